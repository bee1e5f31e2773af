#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What cells of JPEG cost where chroma is subsampled, on real pictures.

    bench_cells.py [--program FILE] SHARED OUT

The first frames of the 8-bit files of SHARED/corpus that have truth and are no
JPEG Baseline, each picture once, are stored as 4:2:2 and 4:2:0 of quality 90
with their own headers, cleaned under `safe`, and judged by SHARED/eval/score.py.
Everything in OUT shows what real people's files show: it stays on the machine.
Needs python3-pydicom, -gdcm, -numpy, -pil.
"""
import argparse
import io
import os
import shutil
import sys

sys.dont_write_bytecode = True
import bench_common
import bench_misses
import detect_views
import numpy as np
import pydicom
from PIL import Image
from pydicom.encaps import encapsulate
from pydicom.pixel_data_handlers.util import apply_color_lut, convert_color_space

BASELINE = "1.2.840.10008.1.2.4.50"
SUBSAMPLED = {"4:2:2": 1, "4:2:0": 2}


def rgb(ds, a):
    """The first frame in colour; None where that is not 8 bits a sample."""
    if ds.PhotometricInterpretation == "PALETTE COLOR":
        a = apply_color_lut(a[0], ds)
        return a if a.dtype == np.uint8 else (a >> 8).astype(np.uint8)
    if a.dtype != np.uint8 or ds.PhotometricInterpretation == "MONOCHROME1":
        return None
    if a.ndim == 3:
        return np.stack([a[0]] * 3, -1)
    return convert_color_space(a[0], "YBR_FULL", "RGB") if ds.PhotometricInterpretation.startswith("YBR_FULL") else a[0]


def store(path, source, picture, sampling):
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=90, subsampling=SUBSAMPLED[sampling])
    ds = pydicom.dcmread(source, force=True)
    for tag in [t for t in ds.keys() if t.group == 0x28 and t.element >= 0x1100]:
        del ds[tag]
    for name in ("NumberOfFrames", "FrameIncrementPointer", "SmallestImagePixelValue", "LargestImagePixelValue"):
        if name in ds:
            delattr(ds, name)
    ds.SamplesPerPixel, ds.PlanarConfiguration, ds.PhotometricInterpretation = 3, 0, "YBR_FULL_422"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PixelData = encapsulate([stream.getvalue()])
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    ds.file_meta.TransferSyntaxUID = BASELINE
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.save_as(path, write_like_original=False)


def pictures(shared):
    seen = set()
    for path in bench_misses.truth_files(shared):
        ds, a = detect_views.read(path)
        picture = None if ds.file_meta.TransferSyntaxUID == BASELINE else rgb(ds, a)
        if picture is not None and picture.tobytes() not in seen:
            seen.add(picture.tobytes())
            yield path, picture


def one(a, sampling, folder):
    files = []
    for path, picture in pictures(a.shared):
        files.append(os.path.join(folder, os.path.basename(path)))
        try:
            store(files[-1], path, picture, sampling)
        except (TypeError, ValueError, AttributeError):  # a header that pydicom cannot write
            files.pop()
    _, records = bench_common.clean(a.program, files, folder, "--documents", "policy", "--find", "ocr,detector")
    scored = bench_misses.score(a.shared, os.path.join(folder, "report.jsonl"), folder)["files"]
    phi, keep = ([b for f in scored for b in f[kind]] for kind in ("phi", "keep"))
    return [sampling, len(scored), len(phi), sum(b["gone"] for b in phi), len(keep), sum(b["intact"] for b in keep),
            sum(len(r["kept"]) for r in records),
            "%.1f" % (100 * np.mean([f["collateral"] for f in scored])), all(f["outside_same"] for f in scored)]


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--program", default=os.path.join(bench_common.ROOT, "build", "dcmscrub"))
    ap.add_argument("shared")
    ap.add_argument("out")
    a = ap.parse_args()
    a.program = os.path.abspath(a.program)
    os.umask(0o077)
    rows = []
    for sampling in SUBSAMPLED:
        folder = os.path.join(a.out, sampling.replace(":", ""))
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        rows.append(one(a, sampling, folder))
    bench_common.table("Real pictures as JPEG",
                       ["chroma", "files", "identifying", "gone", "to keep", "stay", "words kept by the report",
                        "changed beside the boxes, %", "same outside"], rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
