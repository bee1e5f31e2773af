#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names that only their hue tells from a panel, through JPEG.

    hue_attacks.py [--program DCMSCRUB] [--count N] [--seed S] OUT

Draws N screens of ten panels, each with a name of 13 to 26 px in another hue, no more than 6
levels brighter or darker, 40 to 140 levels off in a channel; beside or across half of them a
label in a bright colour. Each screen in 4:2:0 of quality 70 and 85, 4:2:2 85 and 4:4:4 85.
Cleans them with `--policy safe`; a name is left where more than a tenth of its ink is in no
box. OUT/left.tsv has each one. Synthetic throughout. Needs python3-pydicom, -numpy, -pil and
Debian's fonts-dejavu, -liberation, -noto.
"""
import os
import random
import sys

sys.dont_write_bytecode = True
import bench_draw as draw
import numpy as np
import screen_attacks
from PIL import ImageFont
from pydicom.encaps import encapsulate

W, H = 640, 480
FORMS = {"4:2:0, 70": (70, 2), "4:2:0, 85": (85, 2), "4:2:2, 85": (85, 1), "4:4:4, 85": (85, 0)}
BRIGHT = [(235, 235, 90), (240, 240, 240), (90, 225, 255)]


def rgb(y, cb, cr):
    return np.array([y + 1.402 * cr, y - .344136 * cb - .714136 * cr, y + 1.772 * cb])


def two_hues(rng):
    """A ground and a colour for letters, both of which a screen can show."""
    y = rng.randint(50, 190)
    while True:
        ground = rgb(y, rng.randint(-70, 70), rng.randint(-70, 70))
        letters = rgb(y + rng.randint(-6, 6), rng.randint(-70, 70), rng.randint(-70, 70))
        both = np.concatenate((ground, letters))
        if both.min() >= 0 and both.max() <= 255 and 40 < np.abs(ground - letters).max() < 140:
            return ground, letters


def screen(rng, names, fonts):
    a, texts = np.zeros((H, W, 3)), []
    for x in range(0, W, 320):
        for y in range(0, H, 96):
            ground, letters = two_hues(rng)
            font = ImageFont.truetype(rng.choice(fonts), rng.randint(13, 26))
            text = "%s %s" % (rng.choice(names).upper(), rng.choice("ABDEHJKLMPRST"))
            a[y:y + 96, x:x + 320] = ground
            if rng.random() < .5:
                label = draw.ink((W, H), "Gain 46 dB", font, x + rng.randint(6, 60), y + rng.randint(4, 50), False)
                a += label[..., None] * (np.array(rng.choice(BRIGHT), float) - a)
            mask = draw.ink((W, H), text, font, x + rng.randint(6, 60), y + rng.randint(4, 50), False)
            a += mask[..., None] * (letters - a)
            texts.append((text, mask))
    return a.clip(0, 255).round().astype(np.uint8), texts


def main():
    ap = draw.arguments(__doc__, 8)
    ap.add_argument("out")
    o = ap.parse_args()
    rng, names, fonts = random.Random(o.seed), draw.surnames(), draw.font_paths(screen_attacks.FONTS)
    folder, drawn = draw.inputs(o.out), {}
    for n in range(o.count):
        a, texts = screen(rng, names, fonts)
        for k, (form, how) in enumerate(FORMS.items()):
            path = os.path.join(folder, "h%03d-%d.dcm" % (n, k))
            ds = draw.header((W, H), len(FORMS) * n + k + 1, "", syntax="1.2.840.10008.1.2.4.50")
            ds.PhotometricInterpretation = "YBR_FULL_422"
            ds.PixelData = encapsulate([draw.jpeg(a, *how)])
            ds["PixelData"].is_undefined_length = True
            draw.save(ds, path)
            drawn[path] = form, texts
    tally = draw.Tally()
    for r in draw.cleaned(o, drawn, "--no-learn"):
        gone, (form, texts) = draw.gone((W, H), r), drawn[r["input"]]
        for text, mask in texts:
            share = 1 - gone[mask > .5].mean()
            tally.text(share, ("all", form), [os.path.basename(r["input"])[1:6], form, text, "%.2f" % share])
    tally.write(o.out, "Names in hue alone, through JPEG")
    return 0


if __name__ == "__main__":
    sys.exit(main())
