#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Legible names near what stays on a console: how many a run leaves, and why.

    near_attacks.py [--program DCMSCRUB] [--count N] [--seed S] [--kind K] [--plain] OUT

Draws N screens (grey, RGB, some through JPEG) of six places each: a measurement,
a list of settings, a colour bar with limits, a ruler with depths, a setting on
noise, one on a strip of another colour. At each is a name, initials or an ID of 8 px
and more, 40 levels and more off its ground. Cleans them with `--policy safe` and prints
how many names are left (more than a tenth of the ink in no box) and labels kept
(95 % of it), by thing, place and kind. OUT/left.tsv says what is reported to stay
where a name is left: nothing, or the rule that keeps it. Synthetic throughout.
Needs python3-pydicom, -numpy, -pil and Debian's fonts-dejavu, -liberation.
"""
import os
import random
import sys

sys.dont_write_bytecode = True
import bench_draw as draw
import numpy as np
from PIL import Image, ImageFont

W, H, CELL_W, CELL_H = 720, 480, 360, 160
FONTS = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "LiberationSans-Regular", "LiberationSans-Bold",
         "LiberationSansNarrow-Regular"]
SETTINGS = ["Depth 11 cm", "Gain 48 dB", "MI 1.1", "72 bpm", "9.4 cm", "TIS 0.3", "THI", "Zoom", "FR 28 Hz",
            "LVIDd 5.1 cm", "DR 55", "Freq 3.5 MHz", "HR 81", "PRF 1.2 kHz", "EF 62 %", "Dist 23.4 mm"]
THINGS = ["setting", "list", "bar", "ruler", "noise", "strip"]
KINDS = ["NAME", "NAME", "Name", "Name, F", "F. NAME", "initials", "id"]
LETTERS = "AABBCDEEFGHHIJJKKLLMMMNOPRRSSTVWZ"
MAPS = [[(255, 240, 60), (230, 20, 40), (0, 0, 0), (20, 40, 220), (60, 230, 255)],
        [(255, 200, 80), (200, 60, 0), (40, 0, 0)], [(255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255)]]


class Screen:
    def __init__(self, rng, noise, names, fonts, kind):
        self.rng, self.noise, self.known, self.fonts = rng, noise, names, fonts
        self.kinds = [kind] if kind else KINDS
        self.ground = rng.choice((0, 0, 0, 20, 60, 190))
        self.a = np.full((H, W, 3), float(self.ground))
        self.labels, self.names = [], []

    def font(self, low, high):
        return ImageFont.truetype(self.rng.choice(self.fonts), self.rng.randint(low, high))

    def text(self, text, font, x, y, hard, level):
        m = draw.ink((W, H), text, font, x, y, hard)
        self.a += m[..., None] * (np.asarray(level, float) - self.a)
        self.labels.append((text, m))
        return x, y, int(font.getlength(text)), font.getbbox("Mg")[3]

    def patch(self, x, y, w, h, kind):
        part = self.a[y:y + h, x:x + w]
        if kind == "noise":
            grain = self.noise.normal(0, self.rng.choice((4, 8, 14)), part.shape[:2])
            if self.rng.random() < .5:
                grain = (grain + np.roll(grain, 1, 1) + np.roll(grain, 1, 0)) / 2
            part += 40 * (self.ground < 100) + grain[..., None]
        else:
            part[:] = self.rng.choice([(60, 60, 60), (30, 60, 120), (120, 120, 120), (200, 200, 200), (0, 90, 90)])

    def thing(self, kind, x, y):
        """Draws what stays; its box, and the level of its ground."""
        rng = self.rng
        hard, font = rng.random() < .5, self.font(11, 18)
        high = font.getbbox("Mg")[3]
        if kind in ("noise", "strip"):
            tall = CELL_H - 20 if kind == "noise" else high + rng.randint(4, 10)
            self.patch(x - 100, y - 60 if kind == "noise" else y - 2, CELL_W - 20, tall, kind)
        ground = float(np.median(self.a[y:y + high, x:x + 60]))
        bright = 235 if ground < 130 else 15
        if kind == "list":
            b = [self.text(t, font, x, y + k * (high + 3), hard, bright)
                 for k, t in enumerate(rng.sample(SETTINGS, 3))]
            return (x, y, max(t[2] for t in b), 3 * (high + 3)), ground
        if kind == "ruler":
            step = high + 6
            for k in range(6):
                self.a[y - 40 + k * step:y - 39 + k * step, x:x + (9 if k % 5 == 0 else 5)] = bright
            for k in (0, 2, 4):
                self.text(str(k * 2), font, x + 14, y - 40 + k * step - high // 2 - 1, hard, bright)
            return (x, y - 40, 34, 5 * step + high), ground
        if kind == "bar":
            w, h = rng.choice((12, 16, 24)), rng.choice((64, 80))
            stops = np.array(rng.choice(MAPS), float)
            at = np.arange(h) / h * (len(stops) - 1)
            self.a[y - 30:y - 30 + h, x:x + w] = np.stack(
                [np.interp(at, range(len(stops)), stops[:, k]) for k in range(3)], 1)[:, None]
            limit = rng.choice(("52.", ".62", "61.6", "38.5", "0.77"))
            self.text(limit, font, x - 4, y - 34 - high, hard, bright)
            self.text("-" + limit, font, x - 8, y - 28 + h, hard, bright)
            return (x, y - 30, w, h), ground
        return self.text(rng.choice(SETTINGS), font, x, y, hard, bright), ground

    def name(self, kind):
        rng = self.rng
        n, f = rng.choice(self.known), rng.choice(LETTERS)
        return {"NAME": n.upper(), "Name": n.capitalize(), "Name, F": n.capitalize() + ", " + f,
                "F. NAME": f + ". " + n.upper(), "initials": f + rng.choice(LETTERS),
                "id": str(rng.randint(1000, 99999999))}[kind]

    def attack(self, thing, box, ground, limit_x):
        rng, (x, y, w, h) = self.rng, box
        kind, hard = rng.choice(self.kinds), rng.random() < .5
        name, font = self.name(kind), self.font(9, 16)
        wide, high = int(font.getlength(name)), font.getbbox("Mg")[3]
        gap = rng.randint(3, 30)
        place = rng.choice(("right", "left") if thing == "strip" else ("right", "left", "above", "below"))
        at = {"right": (x + w + gap, y + rng.randint(0, max(0, h - high))),
              "left": (x - gap - wide, y + rng.randint(0, max(0, h - high))),
              "above": (x + rng.randint(-10, 10), y - high - gap // 3 - (22 if thing == "bar" else 0)),
              "below": (x + rng.randint(-10, 10), y + h + gap // 3 + (22 if thing == "bar" else 0))}[place]
        at = max(limit_x, at[0]), at[1]
        sign = 1 if ground < 130 else -1
        if thing == "strip" and 70 < ground < 160 and rng.random() < .5:
            sign = -sign
        level = sign * rng.choice((40, 60, 60, 90, 130, 200))
        m = draw.ink((W, H), name, font, *at, hard)
        return dict(thing=thing, place=place, kind=kind, text=name, level=level, mask=m)

    def finish(self, plain):
        cells = [(c % 2 * CELL_W, c // 2 * CELL_H) for c in range(6)]
        self.rng.shuffle(cells)
        attacks = []
        for thing, (x, y) in zip(THINGS, cells):
            box, ground = self.thing(thing, x + 120, y + 66)
            attacks.append(self.attack(thing, box, ground, x + 2))
        taken = sum(m for _, m in self.labels)
        for t in attacks if not plain else ():
            if (t["mask"] * taken).any():
                continue  # over a label: another bench's
            self.a = np.clip(self.a + t["level"] * t["mask"][..., None], 0, 255)
            self.names.append(t)
        return self.a.clip(0, 255).round().astype(np.uint8)


def write(rng, a, path, number):
    form = rng.choice(("rgb", "rgb", "grey", "decoded"))
    ds = draw.header((W, H), number, "")
    if form == "decoded":
        a = draw.decoded(a, quality=rng.choice((75, 90, 95)), sampling=rng.choice((0, 2)))
    if form == "grey":
        a = np.asarray(Image.fromarray(a).convert("L"))
        draw.make_grey(ds)
    ds.PixelData = a.tobytes()
    draw.save(ds, path)
    return form


def main():
    ap = draw.arguments(__doc__, 80)
    ap.add_argument("--kind", choices=sorted(set(KINDS)), help="names of one kind only")
    ap.add_argument("--plain", action="store_true", help="without the names: what of the labels stays")
    ap.add_argument("out")
    o = ap.parse_args()
    rng, noise, known = random.Random(o.seed), np.random.default_rng(o.seed), draw.surnames()
    fonts = draw.font_paths(FONTS)
    folder, drawn = draw.inputs(o.out), {}
    for n in range(o.count):
        s = Screen(rng, noise, known, fonts, o.kind)
        path = os.path.join(folder, "n%04d.dcm" % n)
        drawn[path] = s, write(rng, s.finish(o.plain), path, n + 1)
    tally = draw.Tally()
    for r in draw.cleaned(o, drawn):
        s, form = drawn[r["input"]]
        gone = draw.gone((W, H), r)
        for t in s.names:
            solid = t["mask"] > .5
            if not solid.any():
                continue
            out = 1 - gone[solid].mean()
            tally.text(out, ("all", "form: " + form, "level: %d" % abs(t["level"])) + tuple(
                "%s: %s" % (k, t[k]) for k in ("thing", "place", "kind")), [
                    os.path.basename(r["input"])[1:5], form, t["thing"], t["place"], t["text"], "%+d" % t["level"],
                    "%.2f" % out, ",".join(draw.reasons(r["kept"], solid)) or "nothing"])
        for _, mask in s.labels:
            tally.label(gone, mask)
    tally.write(o.out, "Names near what stays")
    return 0


if __name__ == "__main__":
    sys.exit(main())
