#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Labels of pictures that a frame grabber enlarged, and text through and at them.

    soft_attacks.py [--program DCMSCRUB] [--count N] [--seed S] [--plain] OUT

Draws N screens of 240 x 180 with six labels of 9 to 14 px, most with a name, initials, an ID or
an age of 6 to 8 px through, below or beside their letters (--plain: none), and enlarges them two to four
times, bilinearly. Cleans them with `--policy safe`; a text is left where more than a tenth
of its ink that no label hides is in no box, a label kept where 95 % of it is. "clear" are
texts of which two fifths stand two pixels and more from the label. OUT/left.tsv has
each one. Synthetic throughout. Needs python3-pydicom, -numpy, -pil and Debian's
fonts-dejavu, -liberation, -noto.
"""
import os
import random
import sys

sys.dont_write_bytecode = True
import bench_draw as draw
import numpy as np
from PIL import Image, ImageFilter, ImageFont

W, H = 240, 180
FONTS = ["DejaVuSans", "LiberationSans-Regular", "DejaVuSansCondensed-Bold", "NotoSans-Regular"]
LABELS = ["Liver", "2D", "THI", "Zoom", "HR 81", "EF 62 %", "Axial", "Left", "3.5 MHz", "Gn 62", "DR 70 dB", "FR 42 Hz",
          "MI 1.1", "Depth 11 cm"]
TEXTS = ["KIM", "ROTH", "J.R.", "MEYER", "43Y", "SA", "WEISS", "19670"]
LEAST_PX = 12


class Screen:
    def __init__(self, rng, fonts, plain):
        self.rng, self.fonts = rng, fonts
        times = rng.choice((2, 8 / 3, 3, 4))
        self.size = (int(W * times), int(H * times))
        a, self.labels, self.texts = np.zeros((H, W)), [], []
        for k, label in enumerate(rng.sample(LABELS, 6)):
            x, y = 10 + k % 2 * 120, 10 + k // 2 * 56
            mask = self.ink(label, x, y, 9, 14)
            a = np.maximum(a, mask * rng.choice((180, 220, 250)))
            self.labels.append(self.enlarge(mask))
            if plain or k % 2 and rng.random() > .3:
                continue
            text = rng.choice(TEXTS)
            mask = self.ink(text, x + rng.randint(-2, 14), y + rng.randint(2, 12), 6, 8)
            level = rng.choice((50, 80, 110, 150, 200, 240))
            a = np.maximum(a, mask * level)
            self.texts.append((text, level, self.enlarge(mask)))
        self.picture = np.repeat(self.enlarge(a).clip(0, 255).astype(np.uint8)[..., None], 3, 2)

    def ink(self, text, x, y, low, high):
        font = ImageFont.truetype(self.rng.choice(self.fonts), self.rng.randint(low, high))
        return draw.ink((W, H), text, font, x, y, False)

    def enlarge(self, a):
        return np.asarray(Image.fromarray(a.astype(np.float32)).resize(self.size, Image.BILINEAR))


def main():
    ap = draw.arguments(__doc__, 60)
    ap.add_argument("--plain", action="store_true", help="labels alone")
    ap.add_argument("out")
    o = ap.parse_args()
    rng, fonts = random.Random(o.seed), draw.font_paths(FONTS)
    folder, drawn = draw.inputs(o.out), {}
    for n in range(o.count):
        s = Screen(rng, fonts, o.plain)
        path = os.path.join(folder, "s%04d.dcm" % n)
        ds = draw.header(s.size, n + 1, "")
        ds.PixelData = s.picture.tobytes()
        draw.save(ds, path)
        drawn[path] = s
    tally = draw.Tally()
    for r in draw.cleaned(o, drawn, "--no-learn"):
        s = drawn[r["input"]]
        gone, hidden = draw.gone(s.size, r), np.any([m > .15 for m in s.labels], 0)
        near = np.asarray(Image.fromarray((hidden * 255).astype(np.uint8)).filter(ImageFilter.MaxFilter(5))) > 0
        for text, level, mask in s.texts:
            ink = mask > .4
            if (ink & ~hidden).sum() < LEAST_PX:
                continue
            kind = "clear" if (ink & ~near).sum() >= .4 * ink.sum() else "through"
            share = 1 - gone[ink & ~hidden].mean()
            tally.text(share, ("all", kind), [os.path.basename(r["input"])[1:5], kind, text, str(level), "%.2f" % share,
                                              ",".join(draw.reasons(r["kept"], ink)) or "nothing"])
        for mask in s.labels:
            tally.label(gone, mask)
    tally.write(o.out, "Text at labels of enlarged pictures")
    return 0


if __name__ == "__main__":
    sys.exit(main())
