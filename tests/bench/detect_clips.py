#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is found in clips in which all moves: names that show on a single frame
or stand, and what is no text.

    detect_clips.py PROGRAM [--clips 60] [--seed 91] [--policy all] [--standing] [--keep DIR]

Drawn clips of 8 frames, new grain or colour flow on each, with three lines on
one frame, or on all. A line counts when 95 % of its ink is covered on each
frame that shows it; false area is what goes more than 8 px from text, on all
frames. With DSC_SHARED, the clips of that folder that show no text as well."""
import argparse
import csv
import os
import random
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from PIL import Image

import bench_data as data
import detect_held_out as held

FRAMES, SHOWN = 8, 4
GROUNDS = ("sector", "linear", "doppler", "mosaic")
BOX = re.compile(r"blank frames (\d+)-(\d+)\s+x (\d+) y (\d+) w (\d+) h (\d+)")


def mosaic(w, h, rng, np_rng):
    """RGB: a sector under colour flow as scanners draw it, in blocks, aliased."""
    a = np.repeat(held.sector(w, h, rng, np_rng)[..., None], 3, 2)
    step = rng.choice([2, 3, 4])
    v = 1.4 * held.field(w // step + 1, h // step + 1, rng.randint(5, 12), np_rng) + .5 * np_rng.random((h // step + 1, w // step + 1))
    v = np.asarray(Image.fromarray((v % 1).astype(np.float32)).resize(((w // step + 1) * step, (h // step + 1) * step), Image.NEAREST))[:h, :w]
    colour = np.stack([np.interp(v, (0, .2, .5, .5001, .8, 1), c) for c in
                       ((0, 40, 0, 130, 255, 255), (0, 220, 0, 0, 120, 230), (130, 255, 90, 0, 0, 60))], 2)
    x = np.mgrid[:h, :w][1]
    there = (abs(x - w * .5) < w * .2) & (held.field(w, h, 6, np_rng) > .4)
    return np.where(there[..., None], colour, a)


def make_clip(path, seed, fonts, standing):
    """Returns (ground, size, the lines as (x, y, ink mask, px, contrast))."""
    rng = random.Random(seed)
    kind, (w, h) = GROUNDS[seed % len(GROUNDS)], rng.choice([(320, 240), (480, 360), (640, 480)])
    frames, lines, drawn = [], [], []
    for f in range(FRAMES):
        ground = random.Random(seed)
        draw = mosaic if kind == "mosaic" else held.GROUNDS[kind]
        a = np.asarray(draw(w, h, ground, np.random.default_rng(seed * 100 + f)), np.float32).copy()
        a = a if a.ndim == 3 else np.repeat(a[..., None], 3, 2)
        for i in range(3 if f == (0 if standing else SHOWN) else 0):
            px = rng.randint(7, 20)
            text, script = held.text_of(rng, rng.choice(["name", "name", "id", "date"]), False)
            ink = held.ink_of(rng, fonts, text, script, px)
            if ink is None or ink.width > w - 8:
                continue
            ink = np.asarray(ink)
            x, y = rng.randint(2, w - ink.shape[1] - 2), h * i // 3 + rng.randint(4, h // 3 - ink.shape[0] - 4)
            shaded = held.shade(rng, a[y:y + ink.shape[0], x:x + ink.shape[1]], rng.random() < .3)
            if shaded:
                drawn.append((x, y, ink[..., None] / 255, shaded[0]))
                lines.append((x, y, ink >= 128, px, shaded[1]))
        for x, y, ink, colour in drawn if standing or f == SHOWN else []:
            part = a[y:y + ink.shape[0], x:x + ink.shape[1]]
            part[:] = part * (1 - ink) + colour * ink
        frames.append(a.clip(0, 255).astype(np.uint8))
    data.save_jpeg(path, frames, "USMF")
    return kind, (w, h), lines


def blanked(program, policy, path, frames, w, h):
    out = subprocess.run([program, "inspect", "--policy", policy, path], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    mask = np.zeros((frames, h, w), bool)
    for first, last, x, y, bw, bh in (map(int, m) for m in BOX.findall(out.stdout)):
        mask[first:last + 1, y:y + bh, x:x + bw] = True
    return mask


def drawn(a, folder):
    fonts, rows, area = held.Fonts(False), [], {g: [] for g in GROUNDS}
    for seed in range(a.seed * 1000, a.seed * 1000 + a.clips):
        path = os.path.join(folder, "clip-%d.dcm" % seed)
        kind, (w, h), lines = make_clip(path, seed, fonts, a.standing)
        mask = blanked(a.program, a.policy, path, FRAMES, w, h)
        shown = range(FRAMES) if a.standing else [SHOWN]
        free = np.ones((h, w), bool)
        for x, y, ink, px, contrast in lines:
            ih, iw = ink.shape
            seen = [mask[f, y:y + ih, x:x + iw][ink].mean() >= .95 for f in shown]
            rows.append((kind, px, contrast, all(seen), sum(seen), len(seen)))
            free[max(0, y - 8):y + ih + 8, max(0, x - 8):x + iw + 8] = False
        mask[shown] &= free
        area[kind].append(100 * mask.mean())
        if not a.keep:
            os.remove(path)
    return rows, area


def share(rows):
    return "%d of %d" % (sum(r[3] for r in rows), len(rows)) if rows else "-"


def corpus(a, folder):
    """Mean false area of the clips that show no text, in per cent."""
    import pydicom
    areas = []
    with open(os.path.join(folder, "manifest.csv"), encoding="utf-8") as f:
        rows = [r for r in csv.DictReader(f) if r["has_visible_text"] == "no" and r["truth"] != "yes"]
    for r in rows:
        path = os.path.join(folder, "files", r["file"])
        try:
            ds = pydicom.dcmread(path, force=True, stop_before_pixels=True)
            n = int(ds.get("NumberOfFrames", 1) or 1)
        except Exception:  # broken on purpose
            continue
        if n >= 3:
            try:
                areas.append((100 * blanked(a.program, a.policy, path, n, ds.Columns, ds.Rows).mean(), r["file"]))
            except subprocess.CalledProcessError:
                continue
    for area, name in sorted(areas)[-3:]:
        if area > 0:
            print("%.3f %% of %s" % (area, name))
    print("%d text-free clips of the corpus: false area %.3f %%" % (len(areas), sum(x for x, _ in areas) / max(1, len(areas))))


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("program")
    p.add_argument("--clips", type=int, default=60)
    p.add_argument("--seed", type=int, default=91)
    p.add_argument("--policy", default="all")
    p.add_argument("--standing", action="store_true", help="lines on all frames, not on one")
    p.add_argument("--keep", help="leave the clips in this folder")
    a = p.parse_args()
    warnings.filterwarnings("ignore")
    with tempfile.TemporaryDirectory() as folder:
        rows, area = drawn(a, a.keep or folder)
    print("lines on %s: %s, frames of lines: %d of %d" % ("all frames" if a.standing else "one frame", share(rows),
                                                          sum(r[4] for r in rows), sum(r[5] for r in rows)))
    for title, key in (("px", lambda r: "%2d-%2d" % (r[1] // 4 * 4, r[1] // 4 * 4 + 3)), ("contrast", lambda r: "%3d-" % (r[2] // 40 * 40)),
                       ("ground", lambda r: r[0])):
        for value in sorted({key(r) for r in rows}):
            print("  %s %s: %s" % (title, value, share([r for r in rows if key(r) == value])))
    for kind, values in area.items():
        print("false area, %s: %.3f %%" % (kind, sum(values) / max(1, len(values))))
    if os.path.isdir(os.path.join(os.environ.get("DSC_SHARED", ""), "corpus")):
        corpus(a, os.path.join(os.environ["DSC_SHARED"], "corpus"))


if __name__ == "__main__":
    sys.exit(main())
