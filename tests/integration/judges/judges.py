#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Outputs as other people's software sees them.

    judges.py PROGRAM

Every good test file is cleaned with two boxes. pydicom and GDCM decode input
and output: outside the boxes that the report tells every sample is the same,
inside there is one value, and it is black; attributes are those of the input
but for the few that re-tagging changes; offset tables and fragments are right;
frames without a box keep their bytes; dciodvfy has nothing new to say.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import (BIG_ENDIAN, HTJ2K, JPEG_LOSSY, RLE, TESTDATA, Tap, fragments, frames, good_files, inside,  # noqa: E402
                    np, pydicom, read, scrub, syntax)
import ps315  # noqa: E402

# Pixels, their offset tables, and what comes and goes with them.
PIXELS = {(0x0008, 0x2112), (0x7FE0, 0x0010), (0x7FE0, 0x0001), (0x7FE0, 0x0002), (0x7FE0, 0x0003)}


def may_differ(tag, recoded):
    key = (tag.group, tag.element)
    if key in PIXELS:
        return True
    # A changed transfer syntax may change how colour is told.
    return recoded and key in {(0x0028, 0x0004), (0x0028, 0x0006)}


def check_header(source, record):
    a, b = read(source), read(record["output"])
    recoded = syntax(a) != syntax(b)
    bad = ps315.problems(a, b, accept=lambda tag: may_differ(tag, recoded))
    return "\n".join(bad[:20]) or None


def check_retag(source, record):
    a, b = read(source), read(record["output"])
    if b.get("BurnedInAnnotation") != "NO":
        return "Burned In Annotation is %s" % b.get("BurnedInAnnotation")
    codes = [(c.CodeValue, c.CodingSchemeDesignator) for c in b.get("DeidentificationMethodCodeSequence", [])]
    if codes.count(("113101", "DCM")) != 1:
        return "De-identification Method Code Sequence holds 113101 %d times" % codes.count(("113101", "DCM"))
    uid = str(b.SOPInstanceUID)
    if uid == str(a.get("SOPInstanceUID", "")) or not uid.startswith("2.25.") or not b.SOPInstanceUID.is_valid:
        return "SOP Instance UID is not a new one under 2.25"
    if str(b.file_meta.MediaStorageSOPInstanceUID) != uid:
        return "file meta has another instance UID"
    if str(b.file_meta.MediaStorageSOPClassUID) != str(b.SOPClassUID):
        return "file meta has another class UID"
    if (0xFFFC, 0xFFFC) in b:
        return "trailing padding was kept"
    with open(record["output"], "rb") as f:
        if f.read(128) != bytes(128):
            return "the preamble is not zero"
    return None


def is_subsampled(record):
    """Decoders bleed chroma over one sample beside a changed block."""
    return record["transfer_syntax"]["in"] in JPEG_LOSSY and record["transfer_syntax"]["out"] in JPEG_LOSSY


def check_outside(source, record):
    if record["transfer_syntax"]["in"] in HTJ2K:
        return "SKIP neither pydicom nor GDCM decodes HTJ2K here"
    a_ds, a = frames(source)
    b_ds, b = frames(record["output"])
    if a.shape != b.shape:
        return "shape %s became %s" % (a.shape, b.shape)
    bleed = 1 if is_subsampled(record) and a.shape[-1] == 3 else 0
    embedded = a_ds.BitsAllocated > a_ds.BitsStored and a_ds.HighBit + 1 < a_ds.BitsAllocated
    for f in range(a.shape[0]):
        out = ~inside(a.shape[1:3], record["regions"], f, bleed)
        x, y = a[f][out], b[f][out]
        if embedded and a_ds.PixelRepresentation == 0:
            # Overlay bits above High Bit are cleared.
            low = (1 << (a_ds.HighBit + 1)) - 1
            x = x & low
        if not np.array_equal(x, y):
            return "frame %d: %d samples outside the boxes changed" % (f, int((x != y).sum()))
    return None


def luminance(pixel):
    r, g, b = (float(v) for v in pixel[:3])
    return 0.299 * r + 0.587 * g + 0.114 * b


def is_black(ds, value, picture, out):
    """Is `value` what a blanked pixel should be in this frame?"""
    photometric = str(ds.PhotometricInterpretation)
    if photometric.startswith("MONOCHROME"):
        seen = picture[..., 0][out].astype(np.int64)
        padding = ds.get("PixelPaddingValue")
        if padding is not None:
            limit = ds.get("PixelPaddingRangeLimit", padding)
            seen = seen[(seen < min(padding, limit)) | (seen > max(padding, limit))]
        v = int(value[0])
        slack = 3 if ds.get("LossyImageCompression") == "01" else 0
        return v <= seen.min() + slack if photometric == "MONOCHROME2" else v >= seen.max() - slack
    if photometric == "PALETTE COLOR":
        kind = "<u2" if ds.RedPaletteColorLookupTableDescriptor[2] == 16 else "u1"
        luts = [np.frombuffer(ds[t].value, kind) for t in
                ("RedPaletteColorLookupTableData", "GreenPaletteColorLookupTableData", "BluePaletteColorLookupTableData")]
        table = [luminance(p) for p in zip(*luts)]
        return table[int(value[0]) - int(ds.RedPaletteColorLookupTableDescriptor[1])] <= min(table)
    if photometric.startswith("YBR_FULL"):
        middle = 1 << (int(ds.BitsStored) - 1)
        # Decoded JPEG may come as RGB or as YBR, as the decoder likes.
        return tuple(int(v) for v in value) in ((0, middle, middle), (0, 0, 0)) or max(int(v) for v in value) <= 3
    if photometric.startswith("YBR_PARTIAL"):
        return tuple(int(v) for v in value) == (16, 128, 128)
    return max(int(v) for v in value) <= 3


def check_inside(source, record):
    ds, b = frames(record["output"])
    subsampled = is_subsampled(record) and b.shape[-1] == 3
    for f in range(b.shape[0]):
        whole = inside(b.shape[1:3], record["regions"], f)
        core = inside(b.shape[1:3], record["regions"], f, -2) if subsampled else whole
        if not core.any():
            return "frame %d: no box" % f
        values = b[f][core]
        if (values.max(axis=0).astype(np.int64) - values.min(axis=0) > (3 if subsampled else 0)).any():
            return "frame %d: a box holds more than one value" % f
        # A YCbCr stream that is labelled RGB: what GDCM hands out is YCbCr.
        if "mislabelled" in source and tuple(values[0]) == (0, 128, 128):
            continue
        if not is_black(ds, values[0], b[f], ~whole):
            return "frame %d: %s is not black in %s" % (f, values[0], ds.PhotometricInterpretation)
    return None


def check_gdcm(record):
    try:
        import gdcm
    except ImportError:
        return "SKIP GDCM is not installed"
    if read(record["output"]).BitsAllocated == 1 and record["transfer_syntax"]["out"] == RLE:
        return "SKIP GDCM aborts on one-bit RLE"
    reader = gdcm.ImageReader()
    reader.SetFileName(record["output"])
    if not reader.Read():
        return "GDCM cannot read it"
    image = reader.GetImage()
    ds = read(record["output"])
    size = [image.GetDimension(i) for i in (0, 1)]
    if size != [ds.Columns, ds.Rows]:
        return "GDCM sees %s" % size
    if image.GetNumberOfDimensions() > 2 and image.GetDimension(2) != int(ds.get("NumberOfFrames", 1)):
        return "GDCM counts %d frames" % image.GetDimension(2)
    return None


def check_encapsulation(source, record):
    ds = read(record["output"])
    ts = ds.file_meta.TransferSyntaxUID
    if not ts.is_compressed or ts.is_deflated:
        return None
    table, items, places = fragments(record["output"])
    n = int(ds.get("NumberOfFrames", 1) or 1)
    if any(len(i) % 2 for i in items):
        return "a fragment has an odd length"
    if any(len(i) == 0 for i in items):
        return "a fragment is empty"
    if len(table):
        if len(table) != n:
            return "%d offsets for %d frames" % (len(table), n)
        if table[0] != 0 or any(int(t) not in places for t in table) or sorted(set(table)) != list(table):
            return "offsets that begin no fragment"
    if "ExtendedOffsetTable" in ds:
        offsets = np.frombuffer(ds.ExtendedOffsetTable, "<u8")
        lengths = np.frombuffer(ds.ExtendedOffsetTableLengths, "<u8")
        if len(offsets) != n or len(lengths) != n or [int(o) for o in offsets] != places[:n]:
            return "the Extended Offset Table is wrong"
        if any(int(length) not in (len(i), len(i) - 1) for length, i in zip(lengths, items)):
            return "the Extended Offset Table tells wrong lengths"
    elif "ExtendedOffsetTable" in read(source):
        return "the Extended Offset Table is gone"
    elif len(items) < n:
        return "%d fragments for %d frames" % (len(items), n)
    return None


def vfy(path):
    r = subprocess.run(["dciodvfy", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines = r.stdout.decode("utf-8", "replace").splitlines()
    # UIDs have other numbers of parts afterwards
    return [re.sub(r"0x[0-9a-f]+|[\d.]*\d", "#", line) for line in lines if line.startswith("Error")]


def check_dciodvfy(source, record):
    if not shutil.which("dciodvfy"):
        return "SKIP dciodvfy is not installed"
    if "1.2.840.10008.1.2.1.99" in record["transfer_syntax"].values() or record["transfer_syntax"]["in"] in HTJ2K:
        return "SKIP dciodvfy does not read this transfer syntax"
    before, new = vfy(source), []
    for line in vfy(record["output"]):
        if line in before:
            before.remove(line)
        else:
            new.append(line)
    return "\n".join(new[:10]) or None


def judge_files(tap, program, folder):
    files = good_files()
    records = scrub(program, files, folder)
    tap.check("all %d files are scrubbed" % len(files), lambda: "\n".join(
        "%s: %s" % (os.path.basename(f), records.get(os.path.basename(f), {}).get("reason", "not in the report"))
        for f in files if records.get(os.path.basename(f), {}).get("outcome") != "scrubbed") or None)
    for source in files:
        name = os.path.basename(source)
        record = records.get(name)
        if not record or not record["output"]:
            continue
        tap.check(name + ": header", check_header, source, record)
        tap.check(name + ": re-tagging", check_retag, source, record)
        tap.check(name + ": outside the boxes", check_outside, source, record)
        tap.check(name + ": inside the boxes", check_inside, source, record)
        tap.check(name + ": GDCM", check_gdcm, record)
        tap.check(name + ": fragments", check_encapsulation, source, record)
        tap.check(name + ": dciodvfy", check_dciodvfy, source, record)


def check_untouched(source, record):
    """Pixel Data byte for byte where nothing was blanked."""
    a, b = read(source), read(record["output"])
    if syntax(a) != syntax(b):
        return "the transfer syntax changed"
    return None if a.PixelData == b.PixelData else "Pixel Data changed"


def judge_untouched(tap, program, folder):
    """A template that keeps all: Pixel Data stays, whatever its encoding."""
    keep = os.path.join(os.path.dirname(TESTDATA), "tests", "cases", "keep-all.yaml")
    report = os.path.join(folder, "report.jsonl")
    # Overlays in the pixel words are cleared, which changes them.
    files = [f for f in good_files() if "overlay" not in f]
    subprocess.run([program, "clean", "--find", "masks", "--mask", keep, "--keep-paths", "-q", "--report", report,
                    "-o", os.path.join(folder, "out")] + files, stdin=subprocess.DEVNULL, timeout=900)
    import json
    with open(report, encoding="utf-8") as f:
        for record in map(json.loads, f):
            name = os.path.basename(record["input"])
            if record["outcome"] != "clean":
                tap.check(name + ": untouched", lambda r=record: "%s: %s" % (r["outcome"], r["reason"]))
            else:
                tap.check(name + ": untouched", check_untouched, record["input"], record)


# What is asked for, and which files are written so. Colour that JPEG codes as
# YCbCr comes out as RGB: Pillow says which.
TO = {
    BIG_ENDIAN: ["us-grey-explicit", "us-rgb-planar", "ct-rle", "us-rgb-jpeg50-422", "us-ybr422-explicit"],
    "1.2.840.10008.1.2.1.99": ["us-rgb-j2k91", "cr-mono1-12bit", "clip-jpeg50-fragments"],
    RLE: ["us-grey-big-ow", "us-rgb-planar", "us-ybr422-explicit", "us-rgb-jpeg50-422", "form-1bit", "dose-32bit",
          "clip-jpegls80"],
    "1.2.840.10008.1.2.4.57": ["us-ybr422-explicit", "cr-mono1-12bit", "clip-rle"],
    "1.2.840.10008.1.2.4.70": ["us-rgb-rle", "us-ybr422-explicit", "us-rgb-jpeg50-420", "ct-j2k90", "palette8-explicit"],
    "1.2.840.10008.1.2.4.80": ["us-rgb-explicit", "us-ybr422-explicit", "us-rgb-jpeg50-444", "cr-16bit", "ct-big"],
    "1.2.840.10008.1.2.4.90": ["us-rgb-explicit", "us-rgb-jpeg50-422", "us-rgb-j2k91", "us-ybr422-explicit",
                               "us-rgb-htj2k202", "us-rgb-htj2k203", "form-1bit-rle-packed", "clip-rle"],
}


def pillow_frames(path):
    """Frames of baseline JPEG as RGB."""
    from PIL import Image
    import io
    return np.stack([np.asarray(Image.open(io.BytesIO(i)).convert("RGB")) for i in fragments(path)[1]])


def check_converted(source, record):
    asked = record["transfer_syntax"]
    b_ds = read(record["output"])
    if syntax(b_ds) != asked["out"]:
        return "written as %s" % syntax(b_ds)
    if b_ds.BitsAllocated == 1 and asked["out"] != RLE or asked["in"] in HTJ2K:
        return None  # GDCM aborts on the one, and does not know the other
    a_ds, a = frames(source)
    _, b = frames(record["output"])
    photometric = str(b_ds.PhotometricInterpretation)
    if asked["in"] in JPEG_LOSSY and a.shape[-1] == 3:
        a = pillow_frames(source)
        if photometric not in ("RGB", "YBR_RCT"):
            return "is labelled " + photometric
    if a.shape != b.shape:
        return "shape %s became %s" % (a.shape, b.shape)
    for f in range(a.shape[0]):
        out = ~inside(a.shape[1:3], record["regions"], f)
        if not np.array_equal(a[f][out], b[f][out]):
            return "frame %d: %d samples outside the boxes changed" % (f, int((a[f] != b[f])[out].sum()))
    return None


def check_label(record):
    """Colour of JPEG 2000 is labelled by its colour transform."""
    ds = read(record["output"])
    if ds.SamplesPerPixel == 1 or syntax(ds) != "1.2.840.10008.1.2.4.90":
        return None
    want = "YBR_FULL" if "ybr422" in record["input"] else "YBR_RCT"
    stream = fragments(record["output"])[1][0]
    mct = stream[stream.index(b"\xff\x52") + 8]
    if str(ds.PhotometricInterpretation) != want or mct != (want == "YBR_RCT"):
        return "%s with colour transform %d" % (ds.PhotometricInterpretation, mct)
    return None


def judge_converted(tap, program, folder):
    for uid, names in TO.items():
        files = [os.path.join(TESTDATA, n + ".dcm") for n in names]
        part = os.path.join(folder, uid)
        os.mkdir(part)
        records = scrub(program, files, part, "--transfer-syntax", uid)
        for source in files:
            record = records[os.path.basename(source)]
            name = "%s to %s" % (os.path.basename(source), uid)
            if record["outcome"] != "scrubbed":
                tap.check(name, lambda r=record: "%s: %s" % (r["outcome"], r["reason"]))
                continue
            tap.check(name + ": samples", check_converted, source, record)
            tap.check(name + ": label", check_label, record)
            tap.check(name + ": fragments", check_encapsulation, source, record)


def main():
    program = os.path.abspath(sys.argv[1])
    tap = Tap()
    for judge in (judge_files, judge_untouched, judge_converted):
        folder = tempfile.mkdtemp(prefix="dsc-judges-")
        try:
            judge(tap, program, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    print("# pydicom %s, numpy %s" % (pydicom.__version__, np.__version__))
    sys.exit(main())
