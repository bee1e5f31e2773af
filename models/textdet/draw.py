#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What train.py trains on, before it is put together by mix.py: grounds with
what is no text, and layers of text. All of it is drawn from a seed.

    draw.py SEED [--fonts FOLDER] [--real FOLDER]

writes chunks of them to its standard output, without end, for train.py."""
import argparse
import glob
import io
import math
import os
import random
import sys
import traceback

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from marks import SIZE, distractors, flows, icon, triangle

CHUNK = 32  # drawings written at once: grounds, ink, lines
MAX_LINES = 63
MARK = 56  # from here on numbers are of what is drawn among text and is none
END, MIDDLE = 64, 128  # of a line, beside its number
# Fonts of the test data and of held-out sets stay out of training.
HELD_OUT = ("DejaVu", "Liberation", "LinLibertine", "LinBiolinum", "Carlito", "Caladea", "Gentium", "gentium", "arkpandora", "croscore", "Verana", "stmary", "wasy", "msam", "rsfs", "Go-", "wqy-zenhei",
            "Symbol", "Emoji", "Dingbat", "D0500", "Math", "cmex", "cmsy", "Icons", "Music", "Weather", "Nushu")


# ---- backgrounds ---------------------------------------------------------

dice = np.random.default_rng()  # of whole planes; seeded in main()


def even(*shape):
    return dice.random(shape, np.float32)


def normal(*shape):
    return dice.standard_normal(shape, np.float32)


def rayleigh(*shape):
    return np.sqrt(2 * dice.standard_exponential(shape, np.float32))


def smooth(rng, low, high):
    """Soft random field of 0..1."""
    n = rng.randint(low, high)
    small = even(n, rng.randint(low, high))
    im = Image.fromarray(small * 255).resize((SIZE, SIZE), Image.BICUBIC)
    return np.asarray(im).clip(0, 255) / 255


def speckle(rng):
    n = rayleigh(SIZE, SIZE)
    im = Image.fromarray(n * 60)
    a = np.asarray(im)
    for axis in (0, 1):
        for _ in range(rng.randint(0, 3)):
            a = (a + np.roll(a, 1, axis)) / 2
    a = a / max(a.mean(), 1e-3)
    return a * smooth(rng, 2, 10) ** rng.uniform(.7, 3) * rng.uniform(30, 220)


def coarse(rng):
    """Speckle of blobs as large as letters."""
    n = rng.randint(24, 110)
    a = rayleigh(n, rng.randint(24, 110))
    a = np.asarray(Image.fromarray(a).resize((SIZE, SIZE), rng.choice([Image.BILINEAR, Image.BICUBIC])))
    a = (a.clip(0) / a.mean()) ** rng.uniform(1, 3) * rng.uniform(20, 110)
    return a * smooth(rng, 2, 8) if rng.random() < .5 else a


def spectrum(rng):
    """Spectral Doppler: columns of noise under a pulsing envelope."""
    x = np.arange(SIZE)
    phase = (x / rng.uniform(40, 160) + rng.random()) % 1
    top = np.exp(-((phase - .3) / rng.uniform(.1, .3)) ** 2) * rng.uniform(40, 200) + rng.uniform(2, 20)
    base, y = rng.randint(60, SIZE), np.arange(SIZE)[:, None]
    a = rayleigh(SIZE, SIZE) * rng.uniform(30, 120)
    if rng.random() < .6:
        a = (a + np.roll(a, 1, 0) + np.roll(a, 1, 1)) / 2
    inside = (y < base) & (y > base - top)
    a = np.where(inside, a * rng.uniform(.6, 1.6), a * rng.uniform(0, .15))
    a[max(0, base - 1):base + 1] = rng.randint(60, 255)
    return a


def m_mode(rng):
    """Wavy bands of speckle along time."""
    shift = (np.sin(np.arange(SIZE) / rng.uniform(8, 40)) * rng.uniform(1, 14)).astype(int)
    n = rng.randint(10, 80)
    column = np.repeat(rayleigh(n) ** rng.uniform(1, 2.5), SIZE // n + 1)[:SIZE] * rng.uniform(20, 100)
    a = np.stack([np.roll(column, s) for s in shift], 1)
    return a * (.5 + .5 * even(SIZE, SIZE)) if rng.random() < .7 else a


def endoscopy(rng):
    """Soft tissue with glaring highlights."""
    a = smooth(rng, 3, 9) * rng.uniform(60, 180) + smooth(rng, 20, 60) * rng.uniform(0, 50)
    im = Image.fromarray(a.clip(0, 255).astype("uint8"))
    d = ImageDraw.Draw(im)
    for _ in range(rng.randint(0, 40)):
        x, y, r = rng.randint(0, SIZE), rng.randint(0, SIZE), 2 ** rng.uniform(0, 4)
        d.ellipse((x - r, y - r * rng.uniform(.3, 1), x + r, y + r * rng.uniform(.3, 1)), fill=rng.randint(200, 255))
    return np.asarray(im.filter(ImageFilter.GaussianBlur(rng.choice([0, .5, 1]))), np.float32)


def noise(rng):
    """Noise of any grain and contrast, up to black and white."""
    grain = rng.choice([1, 1, 1, 2, 2, 3, 4, 6, 8])
    n = SIZE // grain + 2
    a = rng.choice([even, normal])(n, n)
    a = (a - a.mean()) / a.std()
    im = Image.fromarray(a).resize((n * grain, n * grain), rng.choice([Image.NEAREST, Image.BILINEAR, Image.BICUBIC]))
    a = np.asarray(im)[:SIZE, :SIZE]
    for _ in range(rng.choice([0, 0, 1, 2, 4])):
        a = (a + np.roll(a, 1, 0) + np.roll(a, 1, 1)) / 3
    a = a / max(a.std(), 1e-3) * rng.uniform(10, 120) + rng.uniform(40, 200)
    return np.where(a > 128, 255, 0).astype(np.float32) if rng.random() < .1 else a


def cloth(rng):
    """Threads over and under each other, hatching, rows of knots: what repeats as letters do."""
    x, y = np.meshgrid(np.arange(SIZE, dtype=np.float32), np.arange(SIZE, dtype=np.float32))
    bend = (smooth(rng, 2, 8) - .5) * rng.choice([0, 2, 8, 30])
    t = rng.choice([0, 0, rng.uniform(0, 3.2)])
    u = (x * math.cos(t) + y * math.sin(t) + bend) * 6.3 / rng.uniform(4, 24)
    v = (y * math.cos(t) - x * math.sin(t) + bend) * 6.3 / rng.uniform(4, 24)
    k = rng.random()
    if k < .3:
        a = np.cos(u) * np.cos(v)
    elif k < .5:
        a = np.cos(u + rng.uniform(1, 4) * np.sign(np.cos(v * .5)))
    elif k < .75:
        a = np.where(np.cos(u) > np.cos(v), np.cos(u * rng.randint(1, 4)), np.cos(v * rng.randint(1, 4)))
    else:
        a = np.maximum(np.cos(u), np.cos(v)) - np.cos(u + v) * rng.random()
    if rng.random() < .5:
        a = np.clip(a * rng.uniform(1, 6), -1, 1)
    a = a * rng.uniform(8, 110) + rng.uniform(20, 220) + normal(SIZE, SIZE) * rng.uniform(0, 20)
    return a * (.4 + .6 * smooth(rng, 2, 8)) if rng.random() < .6 else a


def cut_sector(rng, a):
    yy, xx = np.mgrid[:SIZE, :SIZE]
    t = rng.uniform(0, 2 * math.pi)
    a[(xx - SIZE * rng.random()) * math.cos(t) + (yy - SIZE * rng.random()) * math.sin(t) > 0] = rng.choice([0, 0, rng.randint(0, 30)])
    return a


def anatomy(rng):
    """Ellipses, bones and vessels: sharp bright edges of every curvature."""
    im = Image.new("L", (SIZE, SIZE), rng.randint(0, 60))
    d = ImageDraw.Draw(im)
    for _ in range(rng.randint(4, 40)):
        w, h = (int(2 ** rng.uniform(1.5, 7)) for _ in "wh")
        x, y, v = rng.randint(-40, SIZE), rng.randint(-40, SIZE), rng.randint(0, 255)
        if rng.random() < .5:
            d.ellipse((x, y, x + w, y + h), fill=v, outline=rng.choice([None, 255, v // 2]))
        else:
            d.arc((x, y, x + w, y + h), rng.randint(0, 360), rng.randint(0, 360), fill=v, width=rng.randint(1, 5))
    im = im.filter(ImageFilter.GaussianBlur(rng.choice([0, .5, 1, 2])))
    return np.asarray(im, np.float32) + normal(SIZE, SIZE) * rng.uniform(0, 15)


def flow(rng, a):
    """Colour or power Doppler: saturated patches with ragged edges."""
    if rng.random() < .4:
        m, v = labyrinth(rng)
        a[m] = v[m]
        return a
    m = smooth(rng, 12, 60) * smooth(rng, 2, 6) > rng.uniform(.25, .5)
    a[m] = rng.uniform(120, 255) * (.7 + .3 * smooth(rng, 10, 60)[m])
    return a


def labyrinth(rng):
    """(mask, fill): patches of flow with even, winding edges, as a colour scale
    with few steps shows them."""
    n = rng.randint(8, 40)
    a = even(n, n)
    a = np.asarray(Image.fromarray(a).resize((SIZE, SIZE), Image.BICUBIC))
    low = rng.uniform(.3, .5)
    v = np.where(a > low + rng.uniform(.02, .3), rng.randint(120, 255), rng.randint(0, 255)) + a * rng.uniform(-40, 40)
    mask = (a < low) | (v > 0) if rng.random() < .5 else a > low
    x, y = rng.randint(-60, SIZE - 30), rng.randint(-60, SIZE - 30)
    inside = np.zeros_like(mask)
    inside[max(0, y):max(0, y + rng.randint(40, 260)), max(0, x):max(0, x + rng.randint(40, 260))] = True
    return mask & inside, v


def background(rng, real):
    k = rng.random()
    if k < .22:
        return coloured(rng)
    if k < .36:  # what small letters are lost in
        return rng.choice([noise, speckle, coarse, spectrum, speckle])(rng)
    if k < .39:
        return cloth(rng)
    a = plain_background(rng, real)
    return flow(rng, a) if rng.random() < .16 else a


def plain_background(rng, real):
    k = rng.random()
    if real and k < .45:
        return real_crop(rng, real)
    k = rng.random()
    if k < .2:
        return np.full((SIZE, SIZE), rng.choice([0, 0, 0, rng.randint(0, 40), rng.randint(0, 255), 255]), np.float32)
    if k < .3:
        return noise(rng)
    if k < .55:
        a = speckle(rng) if rng.random() < .7 else coarse(rng)
        return cut_sector(rng, a) if rng.random() < .5 else a
    if k < .72:
        return anatomy(rng)
    if k < .78:
        return spectrum(rng)
    if k < .82:
        return m_mode(rng)
    if k < .88:
        return endoscopy(rng)
    return smooth(rng, 2, 40) * 255 * rng.random() + normal(SIZE, SIZE) * rng.uniform(0, 10)


def real_crop(rng, real):
    im = rng.choice(real)
    s = rng.choice([1, 1, 1, .5, 1.5, 2])
    n = max(16, int(SIZE / s))
    x, y = rng.randint(min(0, im.width - n), max(0, im.width - n)), rng.randint(min(0, im.height - n), max(0, im.height - n))
    im = im.crop((x, y, x + n, y + n)).resize((SIZE, SIZE), Image.BILINEAR)
    a = np.asarray(im, np.float32)
    if rng.random() < .3:
        a = a.T
    if rng.random() < .3:
        a = a[::-1]
    if rng.random() < .3:
        a = a[:, ::-1]
    if rng.random() < .4:
        a = (a - rng.uniform(0, 60)) * rng.uniform(.6, 3)
    if rng.random() < .05:
        a = 255 - a
    return a.copy()


# ---- colour --------------------------------------------------------------

def colour_scale(rng):
    """256 colours of flow, of its power, of stiffness: what lies at the middle is
    black or another colour."""
    warm, cold = rng.choice([(255, 40, 0), (255, 0, 0), (200, 60, 20)]), rng.choice([(0, 60, 255), (0, 0, 255), (20, 120, 200)])
    k = rng.random()
    if k < .4:
        stops = [rng.choice([(0, 255, 255), (120, 220, 255), (0, 255, 80)]), cold, (0, 0, 0), warm, rng.choice([(255, 255, 0), (255, 220, 120), (80, 255, 0)])]
    elif k < .7:
        stops = [(0, 0, 0), warm, rng.choice([(255, 160, 0), (255, 200, 60), (220, 0, 200)]), rng.choice([(255, 255, 0), (255, 255, 255), (255, 255, 160)])]
    elif k < .8:
        stops = [(0, 0, 255), (0, 255, 255), (0, 255, 0), (255, 255, 0), (255, 0, 0)]
    else:
        stops = [tuple(rng.randint(0, 255) for _ in "rgb") for _ in range(rng.randint(2, 6))]
    if rng.random() < .5:
        stops.reverse()
    t = np.linspace(0, len(stops) - 1, 256)
    steps = rng.choice([256, 256, 32, 16, 8])
    t = np.floor(t / t[-1] * steps).clip(0, steps - 1) / max(steps - 1, 1) * t[-1]
    return np.stack([np.interp(t, range(len(stops)), c) for c in zip(*stops)], 1)


def cells(rng, a):
    """The same in cells of some pixels, as beams and samples lie."""
    n = rng.choice([1, 1, 2, 3, 4])
    im = Image.fromarray(a.astype(np.float32))
    return np.asarray(im.resize((SIZE // n, SIZE // rng.choice([1, n])), Image.NEAREST).resize((SIZE, SIZE), rng.choice([Image.NEAREST, Image.BILINEAR])))


def flow_map(rng):
    """(share of the scale 0..1, mask): vessels, patches, an M-mode strip, all of
    the plane."""
    k, rough = rng.random(), even(SIZE, SIZE)
    v = smooth(rng, 4, 40) * rng.uniform(.6, 1.6) + rng.uniform(-.3, .3)
    if k < .4:
        im = Image.new("L", (SIZE, SIZE))
        flows(rng, ImageDraw.Draw(im), False)
        mask = np.asarray(im.filter(ImageFilter.GaussianBlur(rng.choice([.5, 1, 2]))), np.float32) / 255
        v = rng.choice([v, mask ** rng.uniform(.3, 2), .5 + .5 * mask])
        mask = mask > rng.uniform(.15, .6)
    elif k < .65:
        mask = smooth(rng, 8, 70) * smooth(rng, 2, 6) > rng.uniform(.2, .5)
    elif k < .93:  # along time: jets, and streaks in them
        x, y = np.arange(SIZE), np.arange(SIZE)[:, None]
        phase = (x / rng.uniform(25, 160) + rng.random()) % 1
        width = rng.uniform(.08, .4)
        jet = np.exp(-((phase - rng.uniform(.2, .8)) / width) ** 2)
        low, high = sorted(rng.randint(-20, SIZE + 20) for _ in "lh")
        ragged = smooth(rng, 20, 120) * rng.uniform(0, 60)
        mask = (y > low + (1 - jet) * rng.uniform(0, 120) + ragged) & (y < high - ragged) & (jet > rng.uniform(.05, .5))
        streaks = rough
        for n in (1, 2, 4, 8)[:rng.randint(1, 4)]:
            streaks = (streaks + np.roll(streaks, n, 0)) / 2
        v = v * jet + (streaks - .5) * rng.uniform(.3, 2)
    else:
        mask = np.ones((SIZE, SIZE), bool)
    if rng.random() < .35:  # dust and holes
        grain = smooth(rng, 40, 128)
        mask = mask & (grain > rng.uniform(0, .45)) | (grain > rng.uniform(.8, 1)) & (smooth(rng, 2, 6) > .5)
    v = v + (rough - .5) * rng.choice([0, 0, .1, .3, .8])
    if rng.random() < .3:  # faster than the scale: it starts again at its other end
        v = v * rng.uniform(1, 3) % 1
    return cells(rng, v).clip(0, 1), cells(rng, mask) > .5


views = []  # of the last colour pictures, that grounds are taken of


def coloured(rng):
    """Colour on grey as one of the views of a colour frame shows it: the strongest
    channel, that less the weakest, green less the weakest, cool (docs/adr/0033)."""
    if len(views) < 24:
        r, g, b = np.moveaxis(colour_picture(rng), 2, 0)
        high, low = np.maximum(np.maximum(r, g), b), np.minimum(np.minimum(r, g), b)
        views.extend([high, high - low, g - low, (b - low + high - r) / 2])
    return views.pop(rng.randrange(len(views)))


def colour_picture(rng):
    grey = rng.choice([lambda: np.zeros((SIZE, SIZE)), lambda: np.full((SIZE, SIZE), rng.randint(0, 90)), lambda: speckle(rng),
                       lambda: cut_sector(rng, speckle(rng)), lambda: m_mode(rng)])()
    a = np.repeat(np.asarray(grey, np.float32).clip(0, 255)[..., None], 3, 2)
    if rng.random() < .2:
        a = a * [rng.uniform(.7, 1) for _ in "rgb"]
    tissue = rng.random() < .15
    if tissue:  # glaring highlights are white
        v = endoscopy(rng)[..., None]
        a = np.where(v > 195, v, v * [rng.uniform(.8, 1), rng.uniform(.3, .8), rng.uniform(.2, .7)])
    scale = colour_scale(rng)
    for _ in range(rng.choice([0, 0, 1] if tissue else [1, 1, 2])):
        v, mask = flow_map(rng)
        flow = scale[(v * 255).astype(int)]
        if rng.random() < .5:  # what is slow is not shown
            mask = mask & (flow.max(2) > rng.uniform(10, 90))
        a = np.where(mask[..., None], flow + (a * .3 if rng.random() < .2 else 0), a)
    if rng.random() < .3:
        x, y, w, h = rng.randint(0, SIZE - 8), rng.randint(-40, SIZE - 40), rng.randint(4, 24), rng.randint(30, 200)
        part = a[max(0, y):max(0, y + h), x:x + w]
        part[:] = scale[np.linspace(255, 0, h).astype(int)][:len(part), None]
    if rng.random() < .5:
        marks = Image.new("L", (SIZE, SIZE))
        distractors(rng, ImageDraw.Draw(marks))
        m = np.asarray(marks, np.float32)[..., None] / 255
        white = np.full(3, 255.) if rng.random() < .6 else scale[rng.randint(0, 255)]
        a = a * (1 - m) + white * m
    im = Image.fromarray(a.clip(0, 255).astype("uint8"))
    if rng.random() < .5:
        f = io.BytesIO()
        im.save(f, "JPEG", quality=rng.randint(50, 96), subsampling=rng.choice([0, 1, 2]))
        im = Image.open(f)
    return np.asarray(im, np.float32)


# ---- text ----------------------------------------------------------------

LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
EXTRA = "äöüÄÖÜßéèêçñåøłśżőčřžÉÅØŁŚŻČŘŽ"
GREEK = "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΛΠΣΩ"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщыьэюяАБВГДЕЖЗИКЛМНОПРСТУФ"
LONE = LATIN[26:] * 3 + "0123456789" * 3 + LATIN[:26]
CJK = "一二三四五六七八九十日月年山田中村大小東西南北李王張劉陳林医院検査心臓左右男女超音波患者姓名"
VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnprstvwz"
UNITS = ["", " cm", "cm", " mm", " %", "%", " Hz", " kHz", "MHz", " bpm", " dB", " m/s", " cm/s", " ms", " ml", " mmHg", "°", "°C"]


def name(rng):
    n = "".join(rng.choice(CONSONANTS) + rng.choice(VOWELS) for _ in range(rng.randint(1, 4)))
    if rng.random() < .2:
        i = rng.randrange(len(n))
        n = n[:i] + rng.choice(EXTRA) + n[i + 1:]
    return n + rng.choice(["", "", rng.choice("nrstl")])


def words(rng):
    k = rng.random()
    if k < .22:
        a, b = name(rng), name(rng)
        return rng.choice([a.upper() + ", " + b.capitalize(), a.capitalize() + " " + b.capitalize(), a.upper() + "^" + b.upper(), a.capitalize(), a.upper(), a.upper() + " " + b.upper()])
    if k < .32:
        s = rng.choice("./- ")
        return "%02d%s%02d%s%d" % (rng.randint(1, 31), s, rng.randint(1, 12), s, rng.randint(1920, 2030))
    if k < .4:
        return "%d:%02d" % (rng.randint(0, 23), rng.randint(0, 59)) + rng.choice(["", ":%02d" % rng.randint(0, 59), " AM", " PM"])
    if k < .55:
        return str(rng.randint(0, 10 ** rng.randint(1, 9))) + rng.choice(UNITS)
    if k < .67:
        return rng.choice(["", "-", "+"]) + "%.*f" % (rng.randint(1, 3), rng.uniform(0, 10 ** rng.randint(0, 3))) + rng.choice(UNITS)
    if k < .78:
        return "".join(rng.choice(LATIN[26:]) for _ in range(rng.randint(1, 5))) + rng.choice(["", " ", ":", "-", " " + str(rng.randint(0, 200))])
    if k < .84:
        return rng.choice("0123456789VLRABCX+")
    if k < .9:
        return "".join(rng.choice(LATIN + "0123456789.,:/-()%") for _ in range(rng.randint(2, 16)))
    pool = rng.choice([GREEK, CYRILLIC, CYRILLIC, CJK, CJK, LATIN + EXTRA])
    return "".join(rng.choice(pool) for _ in range(rng.randint(2, 10)))


class Fonts:
    def __init__(self, folder="/usr/share/fonts"):
        paths = sorted(p for p in glob.glob(folder + "/**/*.[to]t[fc]", recursive=True) if not any(h in p for h in HELD_OUT))
        self.paths = [p for p in paths if self.usable(p)]
        self.bitmaps = {}  # by size
        for p in sorted(glob.glob(folder + "/*.pcf")):
            self.bitmaps.setdefault(int(p.split(".")[-2]), []).append(p)
        families = {}
        for p in self.paths:
            families.setdefault(os.path.basename(p)[:6], []).append(p)
        self.families = list(families.values())
        self.cjk = [p for p in self.paths if any(k in p.lower() for k in ("cjk", "wqy", "ipag", "takao", "vl-", "unifont", "japanese", "droidsansfallback"))]
        self.cache, self.kept = {}, {}

    @staticmethod
    def usable(path):
        try:
            f = ImageFont.truetype(path, 20)
            return f.getmask("A").getbbox() is not None and bytes(f.getmask("A")) != bytes(f.getmask("g"))
        except Exception:
            return False

    def pick(self, rng, text):
        if max(map(ord, text)) > 0x2E00 and self.cjk:
            return rng.choice(self.cjk)
        return rng.choice(self.paths if rng.random() < .3 else rng.choice(self.families))

    def bitmap(self, rng, most):
        """(path, size) of a font of screens, where the folder has some."""
        sizes = [s for s in self.bitmaps if s <= most]
        if not sizes:
            return None
        px = rng.choice(sizes)
        return rng.choice(self.bitmaps[px]), px

    def get(self, path, px):
        key = path, px
        if key not in self.cache:
            if len(self.cache) > 4000:
                self.cache.clear()
            self.cache[key] = ImageFont.truetype(path, px, layout_engine=ImageFont.Layout.BASIC)
        return self.cache[key]


def height(rng):
    k = rng.random()
    if k < .1:
        return rng.choice([5, 6, 6, 6])
    if k < .44:
        return rng.choice([7, 7, 8, 8, 9, 9, 10, 11, 12, 13])
    return int(round(2 ** rng.uniform(math.log2(7), math.log2(44 if rng.random() < .93 else 80))))


def ink_of(rng, fonts, text, px, path, hard):
    """Coverage 0..255 of one line, tight around its ink, and the font's line
    height; None where the font cannot draw it."""
    zoom = 2 if px >= 16 and rng.random() < .15 else 1  # bitmap fonts, enlarged
    try:
        font = fonts.get(path, px // zoom)
        room = px // zoom
        im = Image.new("L", (min(900, room * (len(text) + 3)), 2 * room + 8), 0)  # nearly always enough
        d = ImageDraw.Draw(im)
        if zoom == 2 or hard:
            d.fontmode = "1"
        d.text((2, 2), text, fill=255, font=font)
    except OSError:  # a bitmap font without this size or glyph
        return None
    if zoom == 2:
        im = im.resize((im.width * 2, im.height * 2), Image.NEAREST)
    box = im.getbbox()
    return im.crop(box) if box and box[2] < im.width and box[3] < im.height else None


LINES_KEPT = 1500


def line_of(rng, fonts, most):
    """A line as ink: a new one, or one of those before, since drawing letters takes most of the time."""
    kept = fonts.kept.setdefault(most, []) if most < SIZE else fonts.kept.setdefault(SIZE, [])
    if len(kept) >= 200 and rng.random() < .6:
        return rng.choice(kept)
    text, hard = words(rng), rng.random() < .25
    bitmap = fonts.bitmap(rng, min(most, 13)) if rng.random() < .16 and max(map(ord, text)) < 0x100 else None
    path, px = bitmap or (fonts.pick(rng, text), min(most, height(rng)))
    ink = ink_of(rng, fonts, text, px, path, hard)
    if ink is None or ink.height < 4:  # lower ones cannot be read
        return None
    if len(kept) < LINES_KEPT:
        kept.append(ink)
    else:
        kept[rng.randrange(LINES_KEPT)] = ink
    return ink


class Layer:
    """Lines of text on nothing: how much ink a pixel has (0..255), and which
    line's box it is in (1 and up; MIDDLE more in the middle of a line, which is
    what tells lines apart, END more where it starts and ends). A box reaches a
    little beyond its first and last letter: on grain their edges are lost."""

    def __init__(self):
        self.ink = np.zeros((SIZE, SIZE), np.uint8)
        self.line = np.zeros((SIZE, SIZE), np.uint8)
        self.taken, self.marks = [], 0

    def texts(self):
        return len(self.taken) - self.marks

    def put_mark(self, ink, x, y, over=False):
        """What is no text, where nothing else is, or around what is there (`over`)."""
        a = np.asarray(ink)
        h, w = a.shape
        x0, y0, x1, y1 = max(0, x), max(0, y), min(SIZE, x + w), min(SIZE, y + h)
        if MARK + self.marks > MAX_LINES or x0 >= x1 or y0 >= y1 or (not over and self.line[y0:y1, x0:x1].any()):
            return
        free = (self.line[y0:y1, x0:x1] == 0) & (a[y0 - y:y1 - y, x0 - x:x1 - x] > 0)
        self.ink[y0:y1, x0:x1][free] = a[y0 - y:y1 - y, x0 - x:x1 - x][free]
        self.line[y0:y1, x0:x1][free] = MARK + self.marks
        self.marks += 1
        self.taken.append((x, y, x + w, y + h))

    def put(self, ink, x, y, gap, turned):
        """Draw one line where there is room; y is its top."""
        a = np.asarray(ink)
        h, w = a.shape
        if self.texts() == MARK - 1 or \
                any(x < o[2] + gap and o[0] < x + w + gap and y < o[3] + gap and o[1] < y + h + gap for o in self.taken):
            return
        x0, y0, x1, y1 = max(0, x), max(0, y), min(SIZE, x + w), min(SIZE, y + h)
        if x1 - x0 < 5 or y1 - y0 < min(5, max(4, h)):
            return
        self.taken.append((x, y, x + w, y + h))
        self.ink[y0:y1, x0:x1] = a[y0 - y:y1 - y, x0 - x:x1 - x]
        high = w if turned else h
        self.mark(x, y, w, h, turned, self.texts(), min(4, round(high * .15)), high)
        m = max(1, round(high * .27))
        dx, dy = (m, 1) if turned else (1, m)
        self.line[max(0, y + dy):max(0, min(SIZE, y + h - dy)), max(0, x + dx):max(0, min(SIZE, x + w - dx))] |= MIDDLE

    def mark(self, x, y, w, h, turned, number, beyond, letter):
        """Number the box and what lies beyond its ends, where nothing is."""
        line = self.line
        if turned:
            line, x, y, w, h = line.T, y, x, h, w
        rows = line[max(0, y):min(SIZE, y + h)]
        rows[:, max(0, x):max(0, x + w)] = number
        for c in list(range(x - beyond, x)) + list(range(x + w, x + w + beyond)):
            if 0 <= c < SIZE and not rows[:, c].any():
                rows[:, c] = number
        for c in (x - beyond, x + w - letter):
            part = rows[:, max(0, c):max(0, c + beyond + letter)]
            part[(part & MAX_LINES) == number] |= END


def put_words(rng, fonts, layer, most):
    ink = line_of(rng, fonts, most)
    if ink is None:
        return
    turn = rng.choice([0] * 12 + [90, 270])
    if turn:
        ink = ink.rotate(turn, expand=True)
    x, y = rng.randint(-ink.width // 3, SIZE - ink.width // 2), rng.randint(-ink.height // 3, SIZE - ink.height // 2)
    if rng.random() < .2:  # screens write in their corners
        x = rng.choice([0, 1, 2, max(0, SIZE - ink.width - 1)])
    layer.put(ink, x, y, 2 if rng.random() < .3 else 4, turn)


def put_block(rng, fonts, layer, most):
    """Lines of one font close below each other, as screens write them."""
    text = words(rng)
    path, px, hard = fonts.pick(rng, text), min(most, height(rng)), rng.random() < .4
    if rng.random() < .2:
        path, px = fonts.bitmap(rng, min(most, 16)) or (path, px)
    x, y = rng.randint(0, SIZE * 3 // 4), rng.randint(-px, SIZE * 3 // 4)
    right = rng.random() < .3
    pitch = max(px * .8 + 1, px * rng.uniform(.85, 1.4))
    for i in range(rng.randint(2, 12)):
        ink = ink_of(rng, fonts, text, px, path, hard)
        if ink is not None:
            layer.put(ink, x - ink.width if right else x, int(y + i * pitch), 1, 0)
        text = words(rng)
        if max(map(ord, text)) > 0x17F:
            text = name(rng)


def put_column(rng, fonts, layer, most):
    """Characters below each other, or lone ones and initials between and beside large lines, a few
    pixels apart."""
    path, hard = fonts.pick(rng, "A"), rng.random() < .5
    px = rng.randint(7, max(8, min(most, 18)))
    alone, x, y = rng.random(), rng.randint(4, SIZE - 30), rng.randint(-px, SIZE // 2)
    apart = rng.randint(0, 5)
    for _ in range(rng.randint(3, 16)):
        lone = alone < .5 or rng.random() < .4
        text = "".join(rng.choice(LONE) for _ in range(1 if alone < .6 else rng.randint(1, 3))) if lone else words(rng)
        ink = ink_of(rng, fonts, text, px if alone < .6 else rng.randint(7, 11) if lone else px + rng.randint(0, 8), path, hard)
        if ink is None:
            continue
        left = x if alone < .8 else x + rng.randint(-2, 30)
        layer.put(ink, left, y, 1, 0)
        if rng.random() < .15:  # and beside it
            more = ink_of(rng, fonts, rng.choice(LONE), rng.randint(7, max(8, px)), path, hard)
            if more is not None:
                layer.put(more, left + ink.width + rng.randint(2, 12), y + rng.randint(-1, 4), 1, 0)
        y += ink.height + max(1, apart + rng.choice([0, 0, 0, 1, -1]))


def put_marks(rng, fonts, layer):
    """Icons and triangles beside lines, rules between them, rings around lone letters."""
    for x0, y0, x1, y1 in rng.sample(layer.taken, min(len(layer.taken), rng.randint(1, 5))):
        n, k, gap = rng.randint(9, 16), rng.random(), rng.randint(2, 9)
        middle = (y0 + y1) // 2
        if k < .6:
            im = icon(rng, n)
            if k < .15:
                im = Image.new("L", (n, n))
                triangle(rng, ImageDraw.Draw(im), n / 2, n / 2, n / 2, 255)
            layer.put_mark(im, x0 - gap - n if rng.random() < .6 else x1 + gap, middle - n // 2 + rng.randint(-2, 2))
        elif k < .75:
            layer.put_mark(Image.new("L", (x1 - x0 + rng.randint(0, 60), rng.choice([1, 1, 2])), 255), x0 - rng.randint(0, 20), y1 + rng.randint(1, 5))
        elif k < .85:
            high = (y1 - y0) * 2
            layer.put_mark(Image.new("L", (1, high), 255), x1 + gap, middle - high // 2)
    for _ in range(rng.choice([0, 1, 3])):
        path, px = fonts.pick(rng, "A"), rng.randint(8, 22)
        ink = ink_of(rng, fonts, rng.choice(LONE), px, path, rng.random() < .5)
        if ink is None:
            continue
        x, y, many = rng.randint(10, SIZE - 30), rng.randint(10, SIZE - 30), len(layer.taken)
        layer.put(ink, x, y, 4, 0)
        if len(layer.taken) > many:
            r = math.ceil(math.hypot(ink.width, ink.height) / 2) + rng.randint(2, 5)
            ring = Image.new("L", (2 * r + 1, 2 * r + 1))
            ImageDraw.Draw(ring).ellipse((0, 0, 2 * r, 2 * r), outline=255, width=rng.choice([1, 1, 2]))
            layer.put_mark(ring, x + ink.width // 2 - r, y + ink.height // 2 - r, True)


def layer(rng, fonts):
    """(ink, line) of one sample; a third of them are of small letters."""
    out, most = Layer(), rng.randint(5, 14) if rng.random() < .33 else SIZE
    for _ in range(rng.choice([0, 0, 0, 1, 2, 4])):
        put_column(rng, fonts, out, most)
    if rng.random() < .35:
        put_block(rng, fonts, out, most)
    for _ in range(rng.choice([0, 1, 2, 4, 8, 16, 24])):
        put_words(rng, fonts, out, most)
    if rng.random() < .3:
        put_marks(rng, fonts, out)
    return out.ink, out.line


def ground(rng, real):
    """What lies under the text of one sample."""
    im = Image.fromarray(background(rng, real).clip(0, 255).astype("uint8"))
    distractors(rng, ImageDraw.Draw(im))
    return np.asarray(im)


# ---- without end ---------------------------------------------------------

def frames(folder):
    return [Image.open(p).convert("L").copy() for p in sorted(glob.glob(folder + "/*.png"))] if folder else []


def tried(what, *args):
    """What has been seen to fail for one seed in many is drawn again."""
    while True:
        try:
            return what(*args)
        except Exception:
            traceback.print_exc()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("seed", type=int)
    ap.add_argument("--fonts", default="/usr/share/fonts")
    ap.add_argument("--real", default=None)
    a = ap.parse_args()
    global dice
    rng, dice = random.Random(a.seed), np.random.default_rng(a.seed)
    fonts, real = Fonts(a.fonts), frames(a.real)
    chunk = np.empty((3, CHUNK, SIZE, SIZE), np.uint8)
    while True:
        for i in range(CHUNK):
            chunk[0, i] = tried(ground, rng, real)
            chunk[1, i], chunk[2, i] = tried(layer, rng, fonts)
        sys.stdout.buffer.write(chunk)


if __name__ == "__main__":
    main()
