#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lines so close that their boxes reach into each other, and text over labels.

    dense_attacks.py [--program DCMSCRUB] [--count N] [--seed S] [--over] [--large LOW HIGH] OUT

Draws N screens of three columns, in which labels and what identifies (names, initials,
IDs, ages, dates, lone characters) follow each other 1 to 5 px apart, in one colour or
several, some below a rule. With --over, text over labels or in the boxes of large ones
(18 to 26 px, or as --large says), in the label's colour, dimmer, darker, of another
hue. 7 to 14 px, 40 levels and more off the ground. Cleans them with `--policy safe`; a
text is left where more than a tenth of its ink is in no box, a label kept where 95 % of
it is. OUT/left.tsv has each one. Synthetic throughout. Needs python3-pydicom, -numpy,
-pil and Debian's fonts-dejavu, -liberation, -noto.
"""
import colorsys
import os
import random
import sys

sys.dont_write_bytecode = True
import bench_draw as draw
import numpy as np
import screen_attacks
from PIL import Image, ImageFont

W, H = 360, 230
LABELS = screen_attacks.SETTINGS + screen_attacks.RESULTS + [
    "Surface", "Axial", "Left", "Right", "Head", "Se: 3", "Liver", "Pelvis", "SUPINE", "L", "R", "A", "S", "I", "GI"]
LARGE = ["Liver", "L", "R", "2D", "THI", "Zoom", "HR 81", "EF 62 %", "Axial", "Left"]
LETTERS = "ABCDEHJKLMPRST"
LEAST = 40


class Screen:
    def __init__(self, rng, names, fonts, sizes):
        self.rng, self.names, self.fonts, self.sizes = rng, names, fonts, sizes
        self.grey = rng.random() < .4
        self.ground = np.array((rng.choice((0, 0, 0, 30, 70)),) * 3, float)
        self.a = np.tile(self.ground, (H, W, 1))
        self.labels, self.texts = [], []

    def colour(self):
        return np.array(((self.rng.choice((180, 230, 255)),) * 3) if self.grey
                        else self.rng.choice(screen_attacks.BRIGHT), float)

    def identity(self):
        rng, name = self.rng, self.rng.choice(self.names)
        kind = rng.choice(("name", "NAME", "Name, F", "initials", "id", "age", "date"))
        return kind, {"name": name.title(), "NAME": name.upper(), "Name, F": "%s, %s" % (name.title(), rng.choice(LETTERS)),
                      "initials": "".join(rng.choices(LETTERS, k=rng.choice((1, 2, 2, 3)))),
                      "id": str(rng.randint(10000, 9999999)), "age": "%dY" % rng.randint(1, 99),
                      "date": "%02d.%02d.%d" % (rng.randint(1, 28), rng.randint(1, 12), rng.randint(1930, 2015))}[kind]

    def put(self, mask, colour):
        if np.abs(colour - self.ground).max() >= LEAST:
            self.a += mask[..., None] * (colour - self.a)
            return True
        return False

    def column(self, x):
        rng, y, hard = self.rng, 6, self.rng.random() < .6
        font = ImageFont.truetype(rng.choice(self.fonts), rng.randint(8, 14))
        top, end = font.getbbox("M")[1::2]
        step, single, own = end - top + rng.choice((1, 2, 2, 3, 3, 4, 5)), rng.random() < .2, self.colour()
        while y < H - 18:
            kind, text = self.identity() if rng.random() < .4 else ("", rng.choice(LABELS))
            if single:
                kind, text = kind and "one", text[0]
            colour = own
            if kind and rng.random() < .4:
                colour = rng.choice((self.colour(), self.ground + (own - self.ground) * rng.choice((.25, .35, .5, .7))))
            if not kind and rng.random() < .1:
                self.a[max(0, y - 2):y, max(0, x - 4):x + 105] = own
            mask = draw.ink((W, H), text, font, x + (rng.random() < .2) * rng.randint(0, 30), y, hard)
            if self.put(mask, colour):
                (self.texts if kind else self.labels).append((kind, text, mask))
            y += step + rng.choice((0, 0, font.getbbox("g")[3] - end))

    def over(self, x, y):
        rng, large, hard = self.rng, self.rng.random() < .4, self.rng.random() < .6
        font = ImageFont.truetype(rng.choice(self.fonts), rng.randint(*self.sizes) if large else rng.randint(7, 11))
        label, own = rng.choice(LARGE if large else LABELS), self.colour()
        under = draw.ink((W, H), label, font, x, y, hard)
        self.put(under, own)
        self.labels.append(("", label, under))
        if rng.random() < .25:
            return
        left, top, right, end = font.getbbox(label)
        text, how = self.identity()[1], rng.choice(("dim", "same", "dark") + ("hue", "hue") * (not self.grey))
        colour = {"hue": np.array(colorsys.hsv_to_rgb(rng.random(), 1, 1)) * own.max(),
                  "dim": self.ground + (own - self.ground) * rng.choice((.2, .3, .45)),
                  "dark": own * rng.choice((.5, .7)), "same": own}[how]
        if large:
            font = ImageFont.truetype(rng.choice(self.fonts), rng.randint(7, 10))
            x, y = x + rng.randint(left, max(left, right - 10)), y + rng.randint(top, max(top, end - 7))
        else:
            x, y = x + rng.randint(-3, right // 2), y + rng.randint(-3, 3)
        mask = draw.ink((W, H), text, font, x, y, hard) * (1 - under * rng.choice((0, 1)))
        if self.put(mask, colour):
            self.texts.append((("in, " if large else "over, ") + how, text, mask))

    def finish(self, over):
        for i in range(12 if over else 3):
            if over:
                self.over(10 + i % 2 * 178, 8 + i // 2 * 37)
            else:
                self.column(8 + i * 118)
        return self.a.clip(0, 255).astype(np.uint8)


def write(rng, s, a, path, number):
    ds = draw.header((W, H), number, "")
    if rng.random() < .3:
        a = draw.decoded(a, quality=rng.choice((75, 90)), sampling=0)
    if s.grey:
        a = np.asarray(Image.fromarray(a).convert("L"))
        draw.make_grey(ds)
    ds.PixelData = a.tobytes()
    draw.save(ds, path)


def main():
    ap = draw.arguments(__doc__, 40)
    ap.add_argument("--over", action="store_true", help="text over labels")
    ap.add_argument("--large", type=int, nargs=2, default=(18, 26), help="px of large labels")
    ap.add_argument("out")
    o = ap.parse_args()
    rng, names, fonts = random.Random(o.seed), draw.surnames(), draw.font_paths(screen_attacks.FONTS)
    folder, drawn = draw.inputs(o.out), {}
    for n in range(o.count):
        s = Screen(rng, names, fonts, o.large)
        path = os.path.join(folder, "d%04d.dcm" % n)
        write(rng, s, s.finish(o.over), path, n + 1)
        drawn[path] = s
    tally = draw.Tally()
    for r in draw.cleaned(o, drawn, "--no-learn"):
        gone = draw.gone((W, H), r)
        for kind, text, mask in drawn[r["input"]].texts:
            solid = mask > .3
            if solid.any():
                share = 1 - gone[solid].mean()
                tally.text(share, ("all", kind), [os.path.basename(r["input"])[1:5], kind, text, "%.2f" % share,
                                                  ",".join(draw.reasons(r["kept"], solid)) or "nothing"])
        for _, _, mask in drawn[r["input"]].labels:
            if (mask > .5).any():
                tally.label(gone, mask)
    tally.write(o.out, "Text over labels" if o.over else "Lines close to each other")
    return 0


if __name__ == "__main__":
    sys.exit(main())
