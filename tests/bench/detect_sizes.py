#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names of every size, each on a frame of its own, in the form that bench_detect reads.

    detect_sizes.py OUT [--names N] [--seed S] [--sizes PX,PX]
    detect_sizes.py --of LINES

Sizes are those of the capitals. A name stands upright or turned on plain ground, a
slice, a radiograph or a sector (those of detect_held_out.py), in an outline font or as
a bitmap font enlarged, in either polarity; a third on plain ground is faint. --of: what
`bench_detect OUT -l LINES` found, by size and ground.
"""
import argparse
import collections
import os
import random

import detect_held_out as held_out
import numpy as np
from PIL import Image, ImageFont

GROUNDS = ("plain", "ct", "radiograph", "sector")
SIZES = "60,90,130,160,190,240,300,400,500,600"
ROOM = ((640, 480), (1024, 768), (1600, 1200))
BITMAP_PX = 13


def letters(rng, text, px, bitmap):
    """Their ink with capitals of px."""
    path = held_out.Fonts(False).pick(rng, "greek")
    cap = ImageFont.truetype(path, 1000).getbbox("H")
    size = BITMAP_PX if bitmap else round(px * 1000 / (cap[3] - cap[1]))
    font = ImageFont.truetype(path, size)
    im, d = held_out.Image.new("L", (font.getbbox(text)[2] + 8, 2 * size), 0), None
    d = held_out.ImageDraw.Draw(im)
    d.fontmode = "1" if bitmap else "L"
    d.text((4, 4), text, fill=255, font=font)
    im = im.crop(im.getbbox())
    if bitmap:
        times = max(1, round(px / (size * (cap[3] - cap[1]) / 1000)))
        im = im.resize((im.width * times, im.height * times), Image.NEAREST)
    return im


def name_of(rng):
    first, last = (rng.choice(held_out.NAMES["latin"].split()) for _ in range(2))
    return rng.choice([last.upper(), last, "%s %s" % (last.upper(), first[0]), last.upper() + "^" + first[:3].upper()])


def frame(rng, np_rng, ground, px):
    im = letters(rng, name_of(rng), px, rng.random() < .25)
    if rng.random() < .2:
        im = im.rotate(rng.choice([90, 270]), expand=True)
    room = rng.choice(ROOM)
    w, h = (max(side, round(ink + 2 * 8 + rng.random() * px)) for side, ink in zip(room, im.size))
    x, y = rng.randint(8, w - im.width - 8), rng.randint(8, h - im.height - 8)
    if ground == "plain":
        a, style = np.full((h, w), float(rng.choice([0, 0, 255, rng.randint(10, 245)]))), "faint" if rng.random() < .33 else "plain"
        contrast = rng.randint(4, 18) if style == "faint" else rng.randint(60, 255)
        up, down = 255 - a[0, 0], a[0, 0]
        drawn = a[0, 0] + (min(up, contrast) if up > down else -min(down, contrast))
        mask = np.asarray(im) / 255
        part = a[y:y + im.height, x:x + im.width]
        part[:] = part * (1 - mask) + drawn * mask
        return a, (x, y, "name", np.asarray(im) >= 128, "px=%d;ground=%s" % (px, style))
    a = held_out.GROUNDS[ground](w, h, rng, np_rng).astype(np.float32)
    drawn = held_out.put(rng, a, np.asarray(im), x, y, False, "plain")
    return drawn and (a, (x, y, "name", drawn[1], "px=%d;ground=%s" % (px, ground)))


def draw(o):
    rng, np_rng = random.Random(o.seed), np.random.default_rng(o.seed)
    os.makedirs(o.out, exist_ok=True)
    open(os.path.join(o.out, "index.txt"), "w").close()
    for px in map(int, o.sizes.split(",")):
        for ground in GROUNDS:
            for i in range(o.names):
                made = None
                while not made:
                    made = frame(rng, np_rng, ground, px)
                a, damage = held_out.harm(rng, made[0])
                held_out.save(o.out, "%s%d-%d" % (ground, px, i), a, [made[1]], "damage=" + damage)


def tell(path):
    found = collections.Counter()
    for line in open(path):
        words = line.split()
        if words[0] == "L":
            tags = dict(t.split("=") for t in words[4].split(";"))
            key = tags["ground"], int(tags["px"])
            found[key] += float(words[3]) >= .95
            found[key + ("all",)] += 1
    grounds = sorted({k[0] for k in found})
    print("%6s" % "px", *("%12s" % g for g in grounds))
    for px in sorted({k[1] for k in found}):
        print("%6d" % px, *("%6d of %2d" % (found[g, px], found[g, px, "all"]) for g in grounds))


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("out", nargs="?")
    ap.add_argument("--names", type=int, default=24, help="of each size on each ground")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--sizes", default=SIZES)
    ap.add_argument("--of")
    o = ap.parse_args()
    if o.of:
        return tell(o.of)
    if not o.out:
        ap.error("OUT is missing")
    return draw(o)


if __name__ == "__main__":
    main()
