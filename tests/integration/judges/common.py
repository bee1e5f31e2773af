# SPDX-License-Identifier: Apache-2.0
"""What the judges share: TAP, a run of dcmscrub over the good test files, and
frames decoded by pydicom and GDCM, which share no code with dcmscrub."""
import glob
import json
import os
import subprocess
import sys

try:
    import numpy as np
    import pydicom
    from pydicom.encaps import encapsulate
    from pydicom.uid import UID
except ImportError as missing:
    print("1..0 # SKIP the judges are not installed: %s" % missing.name)
    sys.exit(0)

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TESTDATA = os.path.join(ROOT, "testdata")
CORNERS = os.path.join(ROOT, "tests", "cases", "corners.yaml")
EXPLICIT = "1.2.840.10008.1.2.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
HTJ2K = tuple("1.2.840.10008.1.2.4.20%d" % i for i in (1, 2, 3))
JPEG_LOSSY = ("1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51")
JPEG2000 = ("1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91")
RLE = "1.2.840.10008.1.2.5"
IMPLICIT = "1.2.840.10008.1.2"


class Tap:
    """A check is a function that returns what is wrong, None where nothing is,
    or a string that starts with "SKIP "."""

    def __init__(self):
        self.n = self.bad = 0

    def check(self, name, fn, *args):
        try:
            problem = fn(*args)
        except Exception as e:  # a judge that cannot read a file has judged it
            problem = "%s: %s" % (type(e).__name__, e)
        self.n += 1
        if problem and problem.startswith("SKIP "):
            print("ok %d - %s # %s" % (self.n, name, problem))
            return
        if problem:
            self.bad += 1
            print("# " + "\n# ".join(problem.splitlines()))
        print("%sok %d - %s" % ("not " if problem else "", self.n, name), flush=True)

    def done(self):
        print("1..%d" % self.n)
        return 1 if self.bad or not self.n else 0


def good_files():
    return sorted(glob.glob(os.path.join(TESTDATA, "*.dcm")))


def scrub(program, inputs, folder, *options):
    """Clean the inputs with two boxes each; {base name: report record}."""
    report = os.path.join(folder, "report.jsonl")
    subprocess.run([program, "clean", "--find", "masks", "--mask", CORNERS, "--keep-paths", "-q", "--report", report,
                    "-o", os.path.join(folder, "out")] + list(options) + inputs, stdin=subprocess.DEVNULL, timeout=900)
    with open(report, encoding="utf-8") as f:
        return {os.path.basename(r["input"]): r for r in map(json.loads, f)}


def read(path):
    ds = pydicom.dcmread(path, force=True)
    if "TransferSyntaxUID" not in ds.file_meta:
        ds.file_meta.TransferSyntaxUID = UID(IMPLICIT)
        ds.is_little_endian, ds.is_implicit_VR = True, True
    return ds


def syntax(ds):
    return str(ds.file_meta.TransferSyntaxUID)


def unpack_422(ds, raw):
    """Y0 Y1 Cb Cr as three full planes of doubled chroma."""
    frames = int(ds.get("NumberOfFrames", 1) or 1)
    a = np.frombuffer(raw, "u1")[: frames * ds.Rows * ds.Columns * 2].reshape(frames, ds.Rows, -1, 4)
    out = np.empty((frames, ds.Rows, a.shape[2] * 2, 3), "u1")
    out[..., 0::2, 0], out[..., 1::2, 0] = a[..., 0], a[..., 1]
    for plane in (1, 2):
        out[..., 0::2, plane] = out[..., 1::2, plane] = a[..., plane + 1]
    return out


def unpack_rle_bits(ds, path):
    """One-bit RLE, which neither pydicom 2.3 nor GDCM 3.0 know: a byte a pixel,
    or eight pixels a byte."""
    n, out = ds.Rows * ds.Columns, []
    for item in fragments(path)[1]:
        at, plane = 64, b""
        while len(plane) < n and at < len(item) - 1:
            code, at = item[at], at + 1
            size = code + 1 if code < 128 else 1
            plane += item[at:at + size] * (1 if code < 128 else 257 - code)
            at += size
        a = np.frombuffer(plane, "u1")
        out.append(a[:n] if len(a) >= n else np.unpackbits(a, bitorder="little")[:n])
    return np.stack(out).reshape(-1, ds.Rows, ds.Columns, 1)


def join_fragments(ds, path):
    """GDCM 3.0.21 misreads JPEG 2000 frames of several fragments, so it is given
    them in one."""
    _, items, _ = fragments(path)
    whole = []
    for item in items:
        if item.startswith(b"\xff\x4f\xff\x51") or not whole:
            whole.append(b"")
        whole[-1] += item
    ds.PixelData = encapsulate(whole)


def frames(path):
    """(dataset, samples as frames x rows x columns x samples). Raises where
    neither pydicom nor GDCM can decode."""
    ds = read(path)
    ts = ds.file_meta.TransferSyntaxUID
    native = not ts.is_compressed or ts.is_deflated
    if native and ds.PhotometricInterpretation.endswith("_422"):
        return ds, unpack_422(ds, ds.PixelData)
    if ds.BitsAllocated == 1 and str(ts) == RLE:
        return ds, unpack_rle_bits(ds, path)
    if not native:
        if str(ts) in JPEG2000:
            join_fragments(ds, path)
        ds.convert_pixel_data("rle" if str(ts) == RLE else "gdcm")
    elif ds.BitsAllocated == 8 and not ts.is_little_endian and ds["PixelData"].VR == "OW":
        # pydicom 2.3 leaves the bytes of 8-bit samples in their words
        ds.PixelData = np.frombuffer(ds.PixelData, "u1").reshape(-1, 2)[:, ::-1].tobytes()
    a = ds.pixel_array
    n = int(ds.get("NumberOfFrames", 1) or 1)
    return ds, a.reshape(n, ds.Rows, ds.Columns, -1)


def fragments(path):
    """(offset table, [fragments], where each fragment's item tag lies after the
    table) of encapsulated Pixel Data, read by hand."""
    raw = read(path).PixelData
    at, items, places = 0, [], []
    while at + 8 <= len(raw):
        tag, length = raw[at:at + 4], int.from_bytes(raw[at + 4:at + 8], "little")
        if tag == b"\xfe\xff\xdd\xe0":
            break
        if tag != b"\xfe\xff\x00\xe0":
            raise ValueError("no item where a fragment should be")
        items.append(raw[at + 8:at + 8 + length])
        places.append(at)
        at += 8 + length
    start = places[1] if len(places) > 1 else at
    table = np.frombuffer(items[0], "<u4")
    return table, items[1:], [p - start for p in places[1:]]


def inside(shape, regions, frame, grow=0):
    """Mask of the regions of a frame; grow > 0 widens, < 0 shrinks them. Image
    edges do not shrink."""
    rows, columns = shape
    m = np.zeros((rows, columns), bool)
    for r in regions:
        if not r["frames"][0] <= frame <= r["frames"][1] or r.get("overlay"):
            continue
        x0, y0, x1, y1 = r["x"], r["y"], r["x"] + r["w"], r["y"] + r["h"]
        x0 -= grow if x0 > 0 else 0
        y0 -= grow if y0 > 0 else 0
        x1 += grow if x1 < columns else 0
        y1 += grow if y1 < rows else 0
        m[max(0, y0):max(0, y1), max(0, x0):max(0, x1)] = True
    return m
