# SPDX-License-Identifier: Apache-2.0
"""Inputs of the benchmarks, made at run time from the pictures in testdata:
each function leaves one DICOM file and returns its path."""
import io
import os
import subprocess

import numpy as np
import pydicom
from PIL import Image, ImageFilter
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixel_data_handlers.util import convert_color_space
from pydicom.uid import UID, generate_uid

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TESTDATA = os.path.join(ROOT, "testdata")
EXPLICIT = "1.2.840.10008.1.2.1"
JPEG = "1.2.840.10008.1.2.4.50"
STORAGE = {"US": "1.2.840.10008.5.1.4.1.1.6.1", "USMF": "1.2.840.10008.5.1.4.1.1.3.1",
           "CT": "1.2.840.10008.5.1.4.1.1.2", "CR": "1.2.840.10008.5.1.4.1.1.1"}
MASK = """# Two boxes of header text, whatever picture comes.
- id: bench
  description: "two boxes of any picture"
  provenance:
    - {source: "the benchmarks", version: "1", licence: own}
  match:
    - any:
        - {attribute: Modality, present: yes}
        - {attribute: Modality, present: no}
  regions:
    - {left: %d, width: %d, top: %d, height: %d}
    - {left: %d, width: %d, top: %d, height: %d}
"""
BOXES = ((8, 150, 6, 48), (170, 70, 90, 40))


def mask_file(folder):
    path = os.path.join(folder, "bench.yaml")
    with open(path, "w", encoding="ascii") as f:
        f.write(MASK % (BOXES[0] + BOXES[1]))
    return path


def picture(name, size, seed=0, colour=False):
    """The frame of a test file at another size. A seed other than 0 gives
    every picture samples of its own."""
    ds = pydicom.dcmread(os.path.join(TESTDATA, name), force=True)
    if ds.file_meta.TransferSyntaxUID.is_compressed:
        ds.convert_pixel_data("gdcm")
    a = ds.pixel_array
    if ds.PhotometricInterpretation.startswith("YBR"):
        a = convert_color_space(a, "YBR_FULL", "RGB")
    if a.dtype == np.uint8:
        im = Image.fromarray(a).convert("RGB" if colour else "L")
        a = np.asarray(im.resize(size, Image.BICUBIC))
    else:
        a = np.asarray(Image.fromarray(a.astype(np.int32), "I").resize(size, Image.BICUBIC)).clip(0).astype(np.uint16)
    if seed:
        h, w = a.shape[:2]
        noise = np.random.default_rng(seed).integers(-6, 7, (h // 2, w // 2))
        part = a[h // 4:h // 4 + h // 2, w // 4:w // 4 + w // 2].astype(np.int32)
        part += (noise if a.ndim == 2 else noise[..., None]) * (part > 12 if a.ndim == 2 else part.max(-1, keepdims=True) > 12)
        a = a.copy()
        a[h // 4:h // 4 + h // 2, w // 4:w // 4 + w // 2] = part.clip(0, np.iinfo(a.dtype).max)
    return a


def jpeg_bytes(a, **options):
    out = io.BytesIO()
    Image.fromarray(a).save(out, "JPEG", quality=90, subsampling=1 if a.ndim == 3 else 0, **options)
    return out.getvalue()


def dataset(path, a, frames, kind, syntax):
    """A dataset for pictures like `a`, without Pixel Data."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(STORAGE[kind])
    meta.MediaStorageSOPInstanceUID = generate_uid()
    meta.TransferSyntaxUID = UID(syntax)
    ds = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.SOPClassUID, ds.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    ds.Modality = kind[:2]
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Mustermann^Max", "FV-4711-0815", "19590102"
    ds.StudyDate = "20190314"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.Rows, ds.Columns = a.shape[:2]
    ds.SamplesPerPixel = 3 if a.ndim == 3 else 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    if a.ndim == 3:
        ds.PlanarConfiguration = 0
        ds.PhotometricInterpretation = "YBR_FULL_422" if syntax == JPEG else "RGB"
    ds.BitsAllocated = 8 * a.dtype.itemsize
    ds.BitsStored = 8 if a.dtype == np.uint8 else 12
    ds.HighBit, ds.PixelRepresentation = ds.BitsStored - 1, 0
    if kind == "USMF":
        ds.NumberOfFrames = frames
        ds.FrameTime = "33"
        ds.FrameIncrementPointer = (0x0018, 0x1063)
    if syntax == JPEG:
        ds.LossyImageCompression, ds.LossyImageCompressionRatio = "01", "10"
        ds.LossyImageCompressionMethod = "ISO_10918_1"
    return ds


def save_native(path, pictures, kind):
    ds = dataset(path, pictures[0], len(pictures), kind, EXPLICIT)
    ds.PixelData = b"".join(p.tobytes() for p in pictures)
    ds["PixelData"].VR = "OW" if ds.BitsAllocated == 16 else "OB"
    ds.save_as(path)
    return path


def save_jpeg(path, pictures, kind, frames=None, **options):
    """`frames`: so many, the pictures taken in turn."""
    streams = [jpeg_bytes(p, **options) for p in pictures]
    frames = frames or len(streams)
    ds = dataset(path, pictures[0], frames, kind, JPEG)
    ds.PixelData = encapsulate([streams[i % len(streams)] for i in range(frames)])
    ds["PixelData"].is_undefined_length = True
    ds.save_as(path)
    return path


def converted(path, source, *command):
    """`source` in another transfer syntax, by a tool that takes IN OUT."""
    subprocess.run(list(command) + [source, path], check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    return path


def us_still_jpeg(folder, seed=0):
    return save_jpeg(os.path.join(folder, "us-still-jpeg-%d.dcm" % seed),
                     [picture("us-rgb-jpeg50-420.dcm", (640, 480), seed, True)], "US")


def us_still_native(folder):
    return save_native(os.path.join(folder, "us-still-native.dcm"),
                       [picture("us-rgb-jpeg50-420.dcm", (1024, 768), 1, True)], "US")


def clip(n, size, colour=True):
    return [picture("us-rgb-jpeg50-420.dcm", size, i + 1, colour) for i in range(n)]


def echo_clip_jpeg(folder, frames=100, name="echo-clip-jpeg"):
    return save_jpeg(os.path.join(folder, name + ".dcm"), clip(frames, (640, 480)), "USMF")


def moving_clip(folder, name, everywhere, frames=100, drawn_over=False):
    """Speckle that drifts by many levels from frame to frame under still labels,
    in a sector or everywhere; labels let it shine through, or are drawn over it."""
    w, h = 640, 480
    still = picture("us-rgb-explicit.dcm", (w, h), 0, True)
    speckle = np.random.default_rng(7).gamma(2, 28, (2 * h, 2 * w)).clip(0, 180).astype(np.uint8)
    speckle = np.asarray(Image.fromarray(speckle).filter(ImageFilter.GaussianBlur(1)))
    y, x = np.mgrid[:h, :w]
    where = (np.hypot(x - w / 2, y - 40) < 400) & (np.abs(np.arctan2(x - w / 2, y - 40)) < .62)
    pictures = []
    for i in range(frames):
        at_x, at_y = i * 7 % w, i * 11 % h
        part = speckle[at_y:at_y + h, at_x:at_x + w] * (where | everywhere)
        lit = np.maximum(still, part[..., None])
        ink = still.max(2, keepdims=True) > 90
        pictures.append(np.where(ink, still, lit) if drawn_over else lit)
    return save_jpeg(os.path.join(folder, name + ".dcm"), pictures, "USMF")


def clip_native(folder, frames=20):
    return save_native(os.path.join(folder, "clip-native.dcm"), clip(frames, (640, 480), False), "USMF")


def ct(folder):
    return save_native(os.path.join(folder, "ct.dcm"), [picture("ct-explicit.dcm", (512, 512))], "CT")


def cr(folder):
    return save_native(os.path.join(folder, "cr.dcm"), [picture("cr-mono2-10bit.dcm", (2000, 2500))], "CR")


def long_clip(folder, frames=2000):
    return save_jpeg(os.path.join(folder, "clip-2000.dcm"), clip(25, (640, 480)), "USMF", frames)


def huge_native(folder, frames=2200):
    """More than 2 GiB of native frames, almost all of them holes on the disk."""
    path = os.path.join(folder, "huge-native.dcm")
    a = picture("us-rgb-jpeg50-420.dcm", (1024, 1024), 0, False)
    ds = dataset(path, a, frames, "USMF", EXPLICIT)
    ds.PixelData = a.tobytes()
    ds["PixelData"].VR = "OB"
    ds.save_as(path)
    with open(path, "r+b") as f:
        f.seek(0, 2)
        end = f.tell()
        f.seek(end - a.nbytes - 4)  # the length of Pixel Data, OB explicit
        f.write((a.nbytes * frames).to_bytes(4, "little"))
        f.truncate(end + a.nbytes * (frames - 1))
    return path
