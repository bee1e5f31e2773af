#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Judge the test files with other people's software.

    check.py [FOLDER]

Decodes each good file with pydicom (and GDCM behind it), compares lossless
ones with the SHA-256 of the drawn samples in MANIFEST, looks whether the truth
boxes hold ink, and asks dciodvfy, where it is installed, for errors. Exit 0: all as it
should be; 1: not; 77: pydicom or numpy is missing.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import pydicom
    from pydicom.encaps import encapsulate, generate_pixel_data
    from pydicom.uid import UID
except ImportError as e:
    print("SKIP:", e)
    sys.exit(77)

J2K = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
HTJ2K = tuple("1.2.840.10008.1.2.4.20%d" % i for i in (1, 2, 3))
# What is deliberately not as today's standard wants it, or what dciodvfy
# cannot read: file name pattern, error pattern.
EXPECTED = [
    # retired or unusual labels are the point of these files
    (r"-(ybr|jpeg5[01]-4|ybr422|ybrpartial422)", r"Photometric Interpretation|Planar Configuration"),
    (r"jpeg50-(rgb|mislabelled)|j2k90-nomct", r"Photometric Interpretation"),
    # dciodvfy does not count two samples a pixel for 4:2:2
    (r"ybr.*422-", r"PixelData has incorrect value length"),
    # dciodvfy looks for each overlay module in group 6000 only
    (r"overlay-6002", r"Module=<OverlayPlane>"),
    # only what is cleaned is there
    (r"objects/(seg|spectroscopy)", r"Missing attribute"),
    # embedded overlays are retired
    (r"overlay-embedded", r"Overlay"),
]


def unpack_bits(ds):
    """One-bit RLE, which neither pydicom 2.3 nor GDCM 3.0 know: a byte a pixel,
    or eight pixels a byte."""
    n, out = ds.Rows * ds.Columns, []
    for s in generate_pixel_data(ds.PixelData, int(ds.get("NumberOfFrames", 1) or 1)):
        s, at, plane = b"".join(s), 64, b""
        while len(plane) < n and at < len(s) - 1:
            c, at = s[at], at + 1
            size = c + 1 if c < 128 else 1
            plane += s[at:at + size] * (1 if c < 128 else 257 - c)
            at += size
        a = np.frombuffer(plane, "u1")
        out.append(a[:n] if len(a) >= n else np.unpackbits(a, bitorder="little")[:n])
    return np.stack(out).reshape(-1, ds.Rows, ds.Columns)


def native_frames(ds):
    """The samples pixel by pixel, little endian, as the generator hashed them."""
    ts = ds.file_meta.TransferSyntaxUID
    if str(ds.PhotometricInterpretation).endswith("_422") and not ts.is_compressed:
        return ds.PixelData[: ds.Rows * ds.Columns * 2]
    if ts in J2K:
        # GDCM takes each fragment of JPEG 2000 for a frame: join them first
        n = int(ds.get("NumberOfFrames", 1) or 1)
        parts = [b"".join(f) for f in generate_pixel_data(ds.PixelData, n)]
        ds.PixelData = encapsulate(parts)
    if ds.BitsAllocated == 1 and ts.is_compressed:
        return unpack_bits(ds).tobytes()
    if ts.is_compressed and not ts.is_deflated:
        ds.convert_pixel_data("rle" if str(ts) == "1.2.840.10008.1.2.5" else "gdcm")
    if ds.BitsAllocated == 8 and not ts.is_little_endian and ds["PixelData"].VR == "OW":
        # pydicom 2.3 leaves the bytes of 8-bit samples in their words
        raw = np.frombuffer(ds.PixelData, "u1").reshape(-1, 2)[:, ::-1].tobytes()
        return raw[: ds.Rows * ds.Columns * ds.SamplesPerPixel]
    a = ds.pixel_array
    return np.ascontiguousarray(a).astype(a.dtype.newbyteorder("<")).tobytes()


def check_boxes(name, ds, truth, problems):
    """Every box lies in the picture and is no blank area."""
    if ds.PhotometricInterpretation == "YBR_PARTIAL_422":
        return  # pydicom 2.3 cannot unpack it
    a = unpack_bits(ds) if "-1bit-rle" in name else ds.pixel_array
    frames = int(ds.get("NumberOfFrames", 1) or 1)
    a = a.reshape((frames, ds.Rows, ds.Columns, -1)).astype(np.int64)
    per = truth.get("frames") or {str(f): truth["boxes"] for f in (0, frames - 1)}
    for f, boxes in per.items():
        if int(f) >= frames:
            problems.append("%s: truth for frame %s of %d" % (name, f, frames))
            continue
        for b in boxes:
            if b["plane"] != "pixels":
                continue
            part = a[int(f), b["y"]:b["y"] + b["h"], b["x"]:b["x"] + b["w"]]
            if part.shape[:2] != (b["h"], b["w"]):
                problems.append("%s: box of %r leaves the picture" % (name, b["text"]))
            elif np.ptp(part.reshape(-1, part.shape[-1]), axis=0).max() == 0:
                problems.append("%s: no ink where %r should be" % (name, b["text"]))


def check_htj2k(ds, name, samples, problems):
    """Neither pydicom 2.3 nor GDCM 3.0 know HTJ2K; OpenJPEG's program does."""
    if not shutil.which("opj_decompress"):
        return "opj_decompress is not installed: HTJ2K not judged"
    with tempfile.TemporaryDirectory() as tmp:
        src, dst = os.path.join(tmp, "a.j2k"), os.path.join(tmp, "a.rawl")
        with open(src, "wb") as f:
            f.write(b"".join(next(generate_pixel_data(ds.PixelData, 1))))
        if subprocess.run(["opj_decompress", "-i", src, "-o", dst], stdout=subprocess.DEVNULL).returncode:
            problems.append("%s: opj_decompress failed" % name)
            return None
        a = np.fromfile(dst, "<u%d" % (ds.BitsAllocated // 8))
    raw = a.reshape(ds.SamplesPerPixel, -1).T.tobytes()
    if len(a) != ds.Rows * ds.Columns * ds.SamplesPerPixel:
        problems.append("%s: %d samples" % (name, len(a)))
    elif samples != "-" and hashlib.sha256(raw).hexdigest() != samples:
        problems.append("%s: decoded samples are not those that were drawn" % name)
    return None


def check_pixels(folder, name, samples, problems):
    ds = pydicom.dcmread(os.path.join(folder, name), force=True)
    if "TransferSyntaxUID" not in ds.file_meta:
        ds.file_meta.TransferSyntaxUID = UID("1.2.840.10008.1.2")
    ts = ds.file_meta.TransferSyntaxUID
    if str(ts) in HTJ2K:
        return check_htj2k(ds, name, samples, problems)
    try:
        raw = native_frames(ds)
        with open(os.path.join(folder, "truth", name + ".json")) as f:
            check_boxes(name, ds, json.load(f), problems)
    except Exception as e:
        problems.append("%s: %s: %s" % (name, type(e).__name__, str(e)[:200]))
        return None
    if samples != "-" and hashlib.sha256(raw).hexdigest() != samples:
        problems.append("%s: decoded samples are not those that were drawn" % name)
    return None


def check_conformance(folder, name, problems):
    path = os.path.join(folder, name)
    ts = pydicom.dcmread(path, force=True, stop_before_pixels=True).file_meta.get("TransferSyntaxUID", "")
    if ts == "1.2.840.10008.1.2.1.99" or str(ts) in HTJ2K:
        return "dciodvfy cannot read this transfer syntax"
    r = subprocess.run(["dciodvfy", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for line in r.stdout.decode("utf-8", "replace").splitlines():
        if line.startswith("Error") and not any(re.search(n, name) and re.search(e, line) for n, e in EXPECTED):
            problems.append("%s: dciodvfy: %s" % (name, line))
    return None


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    problems, notes, n = [], [], 0
    with open(os.path.join(folder, "MANIFEST")) as f:
        rows = [line.rstrip("\n").split("\t") for line in f if not line.startswith("#")]
    conformance = shutil.which("dciodvfy")
    if not conformance:
        notes.append("dciodvfy is not installed: conformance not judged")
    for path, _, sha, samples in rows:
        with open(os.path.join(folder, path), "rb") as f:
            if hashlib.sha256(f.read()).hexdigest() != sha:
                problems.append("%s: not the file of the MANIFEST" % path)
        if path.startswith("objects/") and conformance:
            notes.append(check_conformance(folder, path, problems))
        if "/" in path:
            continue
        n += 1
        notes.append(check_pixels(folder, path, samples, problems))
        if conformance:
            notes.append(check_conformance(folder, path, problems))
    for text in sorted({x for x in notes if x}):
        print("note: %s (%d files)" % (text, notes.count(text)))
    for p in problems:
        print("FAIL:", p)
    print("%d good files judged, %d problems" % (n, len(problems)))
    return 1 if problems or not n else 0


if __name__ == "__main__":
    sys.exit(main())
