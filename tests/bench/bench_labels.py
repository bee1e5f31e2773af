#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names at labels that stay: what of them is left, and what of the labels.

    bench_labels.py [--build DIR] [--files 480] [--seed 1] OUT [option of clean ...]

Draws one label of a screen on each file and a name or initials at it: behind it or
over it in a colour of its own, beside it brighter or darker, or far away; on flat,
graded, shaded, grainy and coloured grounds, some after JPEG, with the header and
without. A name counts as left where more than a tenth of its visible ink is in no
box, a label as kept where 95 % of it is. Writes OUT/left.tsv and prints Markdown.
Needs python3-pydicom, -numpy, -pil and Debian's fonts-liberation, -lato, -roboto.
"""
import argparse
import collections
import os
import random
import sys

sys.dont_write_bytecode = True
import bench_common
import bench_draw as drawing
import numpy as np
from PIL import ImageFont

W, H = 400, 120
FONTS = ["LiberationSans-Bold", "LiberationSans-Regular", "LiberationMono-Regular", "Lato-Bold", "Lato-Regular",
         "Roboto-Medium", "Roboto-Regular"]
LABELS = ["Depth 11 cm", "Gain 48 dB", "MI 1.1", "72 bpm", "9.4 cm", "TIS 0.3", "THI", "Zoom", "FR 28 Hz",
          "LVIDd 5.1 cm", "Liver", "DR 55", "Freq 3.5 MHz", "HR 81"]
NAMES = ["ROTH", "WEISS", "BRANDT", "OTERO", "KOVACS", "LUND", "IBARRA", "DUPONT", "TANAKA", "ADEYEMI"]
SHORT = ["J.R.", "K.B.", "HM", "E.L.", "ROTH", "LUND", "T. B."]
INITIALS = "ABDEGHJKLMNPRSTW"
PLACES = ["behind", "behind", "over", "right", "left", "above", "below", "alone"]


def ground_of(rng, noise, kind):
    level = rng.choice((0, 0, 30, 70, 120))
    a = np.zeros((H, W, 3)) + level
    if kind == "graded":
        a += np.linspace(0, 60, W)[None, :, None]
    if kind == "grain":
        a += noise.normal(0, 5, (H, W))[:, :, None]
    if kind == "colour":
        a[:] = [rng.choice((0, 60, 130, 200, 255)) for _ in range(3)]
    return a.clip(0, 255)


def colour_off(rng, others, least, same):
    """A colour that differs in hue by so much from all others; with `same` its strongest
    and weakest channel are as strong as the first one's."""
    while True:
        c = np.array([rng.choice((0, 64, 128, 192, 255)) for _ in range(3)], float)
        if same:
            c = np.array([others[0].max(), others[0].min(), rng.uniform(others[0].min(), others[0].max())])
            rng.shuffle(c)
        hues = [np.array([v[0] - v[1], v[2] - v[1]]) for v in [c] + others]
        if all(np.abs(hues[0] - h).max() >= least for h in hues[1:]):
            return c


def draw(rng, noise, fonts):
    place = rng.choice(PLACES)
    kind = rng.choice(("flat", "graded", "grain", "colour") if place not in ("behind", "over") else ("flat", "colour", "colour"))
    a = ground_of(rng, noise, kind)
    size, smooth = rng.randint(11, 22), rng.random() < 0.6
    big = ImageFont.truetype(rng.choice(fonts), size)
    label = rng.choice(LABELS)
    lx, ly = 130, 45
    wide = int(big.getlength(label))
    ground = a[ly, lx].copy()
    white = ground.mean() < 140
    tone = np.array([255.0] * 3 if white else [0.0] * 3)
    if place in ("behind", "over"):
        small = ImageFont.truetype(rng.choice(fonts), max(9, size - rng.randint(1, 6)))
        name = rng.choice(SHORT)
        at = lx + rng.randint(0, max(1, wide - int(small.getlength(name)))), ly + rng.randint(0, 5)
        strong = np.ptp(ground) > 64
        colour = colour_off(rng, [ground, tone], 64, strong and rng.random() < 0.7)
    else:
        small = ImageFont.truetype(rng.choice(fonts), rng.randint(9, 16))
        name = rng.choice(NAMES) if rng.random() < 0.6 else "".join(rng.sample(INITIALS, 2))
        step = rng.randint(4, 16)
        at = {"right": (lx + wide + step, ly), "left": (lx - int(small.getlength(name)) - step, ly),
              "above": (lx, ly - size - rng.randint(2, 6)), "below": (lx, ly + size + rng.randint(4, 8)),
              "alone": (20, 95)}[place]
        colour = (ground + (1 if white else -1) * rng.choice((40, 80, 130))).clip(0, 255)
    masks = {"label": drawing.ink((W, H), label, big, lx, ly, not smooth),
             "name": drawing.ink((W, H), name, small, *at, not smooth)}
    order = ["name", "label"] if place != "over" else ["label", "name"]
    for what in order:
        m = masks[what][:, :, None]
        a = a * (1 - m) + (tone if what == "label" else colour) * m
    if order[-1] == "label":
        masks["name"] = masks["name"] * (masks["label"] < 0.5)
    else:
        masks["label"] = masks["label"] * (masks["name"] < 0.5)
    a = a.round().astype(np.uint8)
    jpeg = rng.random() < 0.3
    if jpeg:
        a = drawing.decoded(a, quality=90, sampling=rng.choice((0, 1)))
    facts = {"place": place, "ground": kind, "jpeg": "yes" if jpeg else "no",
             "name": "initials" if len(name) < 5 and not name.isalpha() or len(name) == 2 else "name",
             "size": "11-14" if size < 15 else "15-22"}
    return a, masks, name, label, facts


def write(path, a, patient):
    ds = drawing.header((W, H), int(os.path.basename(path)[1:-4]), patient)
    ds.PixelData = a.tobytes()
    drawing.save(ds, path)


def main():
    ap = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    ap.add_argument("--build", default=os.path.join(bench_common.ROOT, "build"))
    ap.add_argument("--files", type=int, default=480)
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("out")
    o, options = ap.parse_known_args()
    fonts = drawing.font_paths(FONTS)
    rng, noise = random.Random(o.seed), np.random.default_rng(o.seed)
    os.makedirs(os.path.join(o.out, "in"), exist_ok=True)
    drawn = {}
    for n in range(o.files):
        path = os.path.join(o.out, "in", "n%04d.dcm" % n)
        drawn[path] = draw(rng, noise, fonts)
        a, _, name, _, facts = drawn[path]
        facts["header"] = rng.choice(("yes", "no"))
        write(path, a, name if facts["header"] == "yes" else "")
    _, records = bench_common.clean(os.path.join(os.path.abspath(o.build), "dcmscrub"), list(drawn), o.out,
                                    "--documents", "policy", "--find", "ocr,detector", *options)
    total, left, kept = collections.Counter(), collections.Counter(), collections.Counter()
    rows = []
    for r in records:
        _, masks, name, label, facts = drawn[r["input"]]
        gone = drawing.gone((W, H), r)
        out = 1 - gone[masks["name"] > 0.5].mean() if (masks["name"] > 0.5).any() else 0
        stays = gone[masks["label"] > 0.5].mean() < 0.05
        for key in ["all"] + sorted(facts.items()):
            total[key] += 1
            left[key] += out > 0.1
            kept[key] += stays
        if out > 0.1:
            rows.append([os.path.basename(r["input"]), name, label, "%.2f" % out, "kept" if stays else "gone"] +
                        ["%s=%s" % f for f in sorted(facts.items())])
    with open(os.path.join(o.out, "left.tsv"), "w", encoding="utf-8") as f:
        f.writelines("\t".join(row) + "\n" for row in rows)
    bench_common.table("Names at labels", ["which", "drawn", "names left", "labels kept"],
                       [["all" if k == "all" else "%s: %s" % k, total[k], left[k], kept[k]]
                        for k in sorted(total, key=str)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
