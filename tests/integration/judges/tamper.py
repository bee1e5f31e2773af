#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Outputs of dcmscrub that pydicom has tampered with: `verify` proves none.

    tamper.py PROGRAM
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import CORNERS, TESTDATA, Tap, encapsulate, fragments, read, scrub  # noqa: E402

CLIPS = ["clip-explicit.dcm", "clip-rle.dcm", "clip-jpeg50.dcm", "clip-jpeg70.dcm", "clip-jpegls80.dcm", "clip-j2k90.dcm"]
STILLS = ["us-grey-explicit.dcm", "us-grey-rle.dcm", "us-grey-jpeg50.dcm", "us-grey-jpeg50-progressive.dcm",
          "us-rgb-jpeg50-420.dcm", "us-grey-jpeg70.dcm", "us-grey-jpegls80.dcm", "us-grey-j2k90.dcm"]
FLIPS = 12


def encoded_frames(path):
    """The bytes of each frame; these files have one fragment a frame."""
    ds = read(path)
    if ds.file_meta.TransferSyntaxUID.is_compressed:
        return ds, [bytes(f) for f in fragments(path)[1]]
    n = int(ds.get("NumberOfFrames", 1) or 1)
    size = ds.Rows * ds.Columns * ds.SamplesPerPixel * ds.BitsAllocated // 8
    return ds, [ds.PixelData[i * size:(i + 1) * size] for i in range(n)]


def save(ds, parts, path):
    if ds.file_meta.TransferSyntaxUID.is_compressed:
        ds.PixelData = encapsulate(parts)
    else:
        whole = b"".join(parts)
        ds.PixelData = whole + b"\0" * (len(whole) % 2)
    if "NumberOfFrames" in ds:
        ds.NumberOfFrames = len(parts)
    ds.save_as(path)


def swapped(parts, _):
    return [parts[1], parts[0]] + parts[2:]


def dropped(parts, _):
    return parts[:-1]


def doubled(parts, _):
    return parts + parts[-1:]


def still(parts, _):
    return [parts[0]] * len(parts)


def restored(parts, source):
    """What the boxes hid is there again, in the last frame only."""
    return parts[:-1] + source[-1:]


# ---- objects without pixels: (file, change of the output, given the source) ----

def item(ds, *path):
    for n in path:
        ds = ds.ContentSequence[n]
    return ds


def number(b, _):
    item(b, 6, 0).MeasuredValueSequence[0].NumericValue = "999"


def text_again(b, a):
    item(b, 6).TextValue = item(a, 6).TextValue


def name_again(b, a):
    item(b, 1).PersonName = item(a, 1).PersonName


def no_item(b, _):
    del b.ContentSequence[-1]


def order(b, _):
    b.ContentSequence[0], b.ContentSequence[-1] = b.ContentSequence[-1], b.ContentSequence[0]


def one_more(b, _):
    b.ContentSequence.append(b.ContentSequence[0])


def private(b, _):
    b.private_block(0x4321, "SOMEBODY", create=True).add_new(1, "LO", "anything")


def pixels(b, _):
    b.add_new(0x7FE00010, "OW", bytes(4))


def drawing_again(b, a):
    mine, theirs = b.GraphicAnnotationSequence[0], a.GraphicAnnotationSequence[0]
    mine.GraphicObjectSequence[1] = theirs.GraphicObjectSequence[1]


def moved(b, _):
    b.GraphicAnnotationSequence[0].TextObjectSequence[0].BoundingBoxTopLeftHandCorner = [1, 1]


def layer(b, a):
    b.GraphicLayerSequence[0].GraphicLayer = a.GraphicLayerSequence[0].GraphicLayer


def reference_again(b, a):
    b.ReferencedSeriesSequence[0].ReferencedImageSequence = a.ReferencedSeriesSequence[0].ReferencedImageSequence


def sample(b, _):
    w = b.WaveformSequence[0]
    w.WaveformData = w.WaveformData[:-2] + b"\1\1"


OBJECTS = [("sr-dose.dcm", c) for c in (number, no_item, order, one_more, private, pixels, name_again)] + \
    [("sr-basic.dcm", text_again), ("sr-basic.dcm", name_again)] + \
    [("pr.dcm", c) for c in (drawing_again, moved, layer, reference_again, private)] + [("ecg.dcm", sample)]


class Tamperer:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        names = [os.path.join(TESTDATA, n) for n in CLIPS + STILLS]
        names += sorted({os.path.join(TESTDATA, "objects", n) for n, _ in OBJECTS})
        self.records = scrub(program, names, folder)

    def verify(self, *args):
        r = subprocess.run([self.program, "verify", "--find", "masks", "--mask", CORNERS] + list(args),
                           stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if r.returncode not in (0, 1):
            raise RuntimeError("verify ended with %d" % r.returncode)
        return r.returncode == 0

    def proven(self, record, output):
        """(as a pair of files, by the report)"""
        report = os.path.join(self.folder, "one.jsonl")
        with open(report, "w", encoding="utf-8") as f:
            f.write(json.dumps(dict(record, output=output)) + "\n")
        return self.verify(record["input"], output), self.verify("--report", report)

    def attempt(self, name, change):
        """None where tampering is seen (and the honest copy is proven)."""
        record = self.records[name]
        path = os.path.join(self.folder, "tampered.dcm")
        ds, parts = encoded_frames(record["output"])
        save(ds, list(parts), path)
        if self.proven(record, path) != (True, True):
            return "written again by pydicom, it is not proven"
        changed = change(list(parts), encoded_frames(record["input"])[1])
        if changed == parts:
            return "the change changed nothing"
        save(ds, changed, path)
        return "tampered with, it is proven" if any(self.proven(record, path)) else None

    def attempt_object(self, name, change):
        record = self.records[name]
        path = os.path.join(self.folder, "tampered.dcm")
        ds = read(record["output"])
        ds.save_as(path)
        if self.proven(record, path) != (True, True):
            return "written again by pydicom, it is not proven"
        change(ds, read(record["input"]))
        ds.save_as(path)
        return "tampered with, it is proven" if any(self.proven(record, path)) else None

    def flips(self, name):
        """Bits of the last frame's data: each changes coefficients or samples,
        or breaks the stream. As a pair, a sample that turns black could be one
        more box, so only the report counts."""
        record = self.records[name]
        path = os.path.join(self.folder, "tampered.dcm")
        passed = []
        for i in range(FLIPS):
            ds, parts = encoded_frames(record["output"])
            at = len(parts[-1]) // 2 + i * (len(parts[-1]) // 3 // FLIPS)
            last = bytearray(parts[-1])
            last[at] ^= 1 << i % 7
            save(ds, parts[:-1] + [bytes(last)], path)
            if self.proven(record, path)[1]:
                passed.append(at)
        return "proven with a changed byte at %s" % passed if passed else None


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="dsc-tamper-")
    try:
        t = Tamperer(sys.argv[1], folder)
        for name in CLIPS:
            for change in (swapped, dropped, doubled, still):
                tap.check("%s, frames %s" % (name, change.__name__), t.attempt, name, change)
        for name in CLIPS + STILLS:
            tap.check("%s, text restored" % name, t.attempt, name, restored)
            tap.check("%s, bytes flipped" % name, t.flips, name)
        for name, change in OBJECTS:
            tap.check("%s, %s" % (name, change.__name__), t.attempt_object, name, change)
    finally:
        shutil.rmtree(folder)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
