#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make the folder that bench_detect reads, from real files with truth.

    detect_views.py SHARED OUT [--hue]

SHARED/corpus holds manifest.csv, files/ and truth/ (the form of
SHARED/eval/score.py, which also says what counts as ink). Frames with truth
and frames of files that show no text (has_visible_text = no; equal ones only
once) become 8-bit PGM views: windowed grey, or strongest channel (.s) and
chroma (.c); with --hue, of colour frames alone, green less the weakest channel (.g)
and cool (.k, docs/adr/0033), which the program searches where they have news. Each line of OUT/index.txt is "T|N TRUTH.txt VIEW.pgm ...".
Needs python3-pydicom, python3-gdcm, python3-numpy.
"""
import csv
import hashlib
import json
import os
import sys
import warnings

import numpy as np
import pydicom
from pydicom.pixel_data_handlers.util import apply_color_lut, convert_color_space

warnings.simplefilter("ignore")
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RLE = "1.2.840.10008.1.2.5"


def first(value):
    return float(value[0] if isinstance(value, pydicom.multival.MultiValue) else value)


def windowed(a, ds):
    a = a.astype(np.float64)
    c, w = ds.get("WindowCenter"), ds.get("WindowWidth")
    if c is not None and w is not None:
        a = a * float(ds.get("RescaleSlope", 1) or 1) + float(ds.get("RescaleIntercept", 0) or 0)
        low, high = first(c) - first(w) / 2, first(c) + first(w) / 2
    elif ds.BitsStored <= 8:
        low, high = 0, (1 << ds.BitsStored) - 1
    else:
        low, high = np.percentile(a, 0.5), a.max()
    v = np.clip((a - low) / max(high - low, 1e-9) * 255, 0, 255)
    return (255 - v if ds.PhotometricInterpretation == "MONOCHROME1" else v).astype(np.uint8)


def colours(p, ds):
    """RGB of a colour frame; None of a grey one."""
    if p.ndim == 2 and ds.PhotometricInterpretation == "PALETTE COLOR":
        p = apply_color_lut(p, ds)
        p = (p >> 8 if p.max() > 255 else p).astype(np.uint8)
    if p.ndim == 2:
        return None
    if ds.PhotometricInterpretation.startswith("YBR_F"):
        p = convert_color_space(p.astype(np.uint8), "YBR_FULL", "RGB")
    return p.astype(np.int32)


def views(p, ds):
    rgb = colours(p, ds)
    if rgb is None:
        return [windowed(p, ds)]
    return [rgb.max(-1).astype(np.uint8), (rgb.max(-1) - rgb.min(-1)).astype(np.uint8)]


def hue_views(p, ds):
    rgb = colours(p, ds)
    if rgb is None:
        return []
    (r, g, b), high, low = np.moveaxis(rgb, -1, 0), rgb.max(-1), rgb.min(-1)
    return [(g - low).astype(np.uint8), ((b - low + high - r) // 2).astype(np.uint8)]


def read(path):
    ds = pydicom.dcmread(path, force=True)
    if "TransferSyntaxUID" not in ds.file_meta:
        ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2"
    ts = ds.file_meta.TransferSyntaxUID
    if ts.is_compressed and not ts.is_deflated:
        ds.convert_pixel_data("rle" if ts == RLE else "gdcm")
    a = ds.pixel_array
    if int(ds.get("NumberOfFrames", 1) or 1) == 1:
        a = a[None]
    if ts == BIG_ENDIAN and ds.BitsAllocated == 8 and a.size % 2 == 0:
        a = a.reshape(-1, 2)[:, ::-1].reshape(a.shape)
    return ds, a


def write_frame(out, base, ds, stored, boxes, seen, score, hue):
    planes = hue_views(stored, ds) if hue else views(stored, ds)
    if not planes:
        return
    digest = hashlib.md5(b"".join(v.tobytes() for v in planes)).digest()
    if boxes is None and digest in seen:
        return
    names = []
    for v, kind in zip(planes, "gk" if hue else "sc"):
        names.append("%s.%s.pgm" % (base, kind))
        with open(os.path.join(out, names[-1]), "wb") as f:
            f.write(b"P5\n%d %d\n255\n" % (v.shape[1], v.shape[0]) + np.ascontiguousarray(v).tobytes())
    s = stored if stored.ndim == 3 else stored[..., None]
    with open(os.path.join(out, base + ".txt"), "w") as f:
        for b in boxes or []:
            x0, y0, x1, y1 = score.clip(b, *s.shape[:2])
            if x1 > x0 and y1 > y0:
                ink, _ = score.ink(s[y0:y1, x0:x1])
                f.write("%d %d %d %d %s %s %s\n" % (
                    x0, y0, x1 - x0, y1 - y0, b.get("kind", "other"),
                    "".join("%d" % i for i in ink.ravel()), b.get("text", "").replace(" ", "_") or "-"))
    with open(os.path.join(out, "index.txt"), "a") as f:
        f.write("%s %s.txt %s\n" % ("N" if boxes is None else "T", base, " ".join(names)))
    with open(os.path.join(out, "seen"), "ab") as f:
        f.write(digest)


def one_file(shared, out, name, truth, score, hue):
    ds, a = read(os.path.join(shared, "corpus", "files", name))
    seen_file = os.path.join(out, "seen")
    raw = open(seen_file, "rb").read() if os.path.exists(seen_file) else b""
    seen = {raw[i:i + 16] for i in range(0, len(raw), 16)}
    per = score.truth_boxes(json.load(open(truth)), len(a)) if truth else {0: None, len(a) // 2: None}
    frames = sorted(per)
    for k in sorted({frames[0], frames[len(frames) // 2], frames[-1]}) if frames else []:
        write_frame(out, "%s.f%d" % (name, k), ds, a[k], per[k], seen, score, hue)


def main():
    hue = sys.argv[3:] == ["--hue"]
    if len(sys.argv) != 3 + hue:
        sys.exit(__doc__)
    shared, out = sys.argv[1:3]
    sys.path.insert(0, os.path.join(shared, "eval"))
    import score
    os.makedirs(out, exist_ok=True)
    open(os.path.join(out, "index.txt"), "w").close()
    open(os.path.join(out, "seen"), "w").close()
    for r in csv.DictReader(open(os.path.join(shared, "corpus", "manifest.csv"))):
        truth = next((t for t in (os.path.join(shared, "corpus", "truth", n + ".json")
                                  for n in (r["file"], os.path.splitext(r["file"])[0])) if os.path.exists(t)), None)
        if not truth and r["has_visible_text"] != "no":
            continue
        # The decoders crash on some of these files: each gets a process.
        sys.stdout.flush()
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
            continue
        try:
            one_file(shared, out, r["file"], truth, score, hue)
        except Exception as e:
            print("left out", r["file"], type(e).__name__)
        sys.stdout.flush()
        os._exit(0)
    os.remove(os.path.join(out, "seen"))


if __name__ == "__main__":
    main()
