#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make 8-bit grey PNG files of text-free DICOM frames, for train.py --real.

    views.py MANIFEST.csv FILES OUT [--held-out]

MANIFEST has the columns file, truth and has_visible_text; only frames without
visible text and without truth are taken. A quarter of them (by a hash of the
name) is left out of training, for measuring false area: --held-out makes those
instead. Needs python3-pydicom, python3-gdcm, python3-pil.
"""
import csv
import glob
import hashlib
import os
import sys
import warnings

import numpy as np
import pydicom
from PIL import Image
from pydicom.pixel_data_handlers.util import apply_color_lut, convert_color_space

warnings.filterwarnings("ignore")


def greys(path):
    """Views as the C code makes them: windowed, or strongest channel and
    chroma; the first and the middle frame."""
    ds = pydicom.dcmread(path, force=True)
    a = ds.pixel_array
    n = int(ds.get("NumberOfFrames", 1) or 1)
    colour = ds.SamplesPerPixel == 3
    for i in sorted({0, n // 2}):
        f = a[i] if n > 1 else a
        pi = ds.PhotometricInterpretation
        if pi == "PALETTE COLOR":
            f = apply_color_lut(f, ds)
            f = (f // 257 if f.max() > 255 else f).astype("uint8")
        elif colour and pi.startswith("YBR_F"):
            f = convert_color_space(f, "YBR_FULL", "RGB")
        if f.ndim == 3:
            yield f.max(2)
            yield f.max(2) - f.min(2)
            continue
        f = f.astype(float)
        wc, ww = ds.get("WindowCenter"), ds.get("WindowWidth")
        windows = [(f.min(), f.max())]
        if wc is not None and ww is not None:
            c = float(wc[0] if hasattr(wc, "__len__") and not isinstance(wc, str) else wc)
            w = float(ww[0] if hasattr(ww, "__len__") and not isinstance(ww, str) else ww)
            k, b = float(ds.get("RescaleSlope", 1) or 1), float(ds.get("RescaleIntercept", 0) or 0)
            windows.append(((c - w / 2 - b) / k, (c + w / 2 - b) / k))
        for low, high in windows:
            if high <= low:
                continue
            v = ((f - low) / (high - low)).clip(0, 1) * 255
            yield 255 - v if pi == "MONOCHROME1" else v


def save(path, stem):
    for i, v in enumerate(greys(path)):
        v = np.asarray(v).astype("uint8")
        if min(v.shape) < 32 or v.max() == v.min():
            continue
        im = Image.fromarray(v)
        if max(im.size) > 1600:
            im = im.resize((im.width // 2, im.height // 2), Image.BOX)
        im.save("%s-%d.png" % (stem, i))


def main():
    manifest, files, out = sys.argv[1:4]
    held_out = "--held-out" in sys.argv
    os.makedirs(out, exist_ok=True)
    seen = set()
    for row in csv.DictReader(open(manifest)):
        if row["has_visible_text"] != "no" or row["truth"] == "yes":
            continue
        name = row["file"]
        if (int(hashlib.sha256(name.encode()).hexdigest(), 16) % 4 == 0) != held_out:
            continue
        child = os.fork()  # broken files have been seen to crash the readers
        if child == 0:
            try:
                save(os.path.join(files, name), os.path.join(out, hashlib.sha256(name.encode()).hexdigest()[:12]))
            finally:
                os._exit(0)
        os.waitpid(child, 0)
    for path in sorted(glob.glob(out + "/*.png")):
        key = Image.open(path).tobytes()
        if key in seen:
            os.remove(path)
        seen.add(key)


main()
