#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Train the text finder and export its weights.

    train.py [--steps N] [--real FOLDER] [--seed S] [--out textdet.bin]

Needs Debian's python3-torch, python3-numpy, python3-pil and as many font
packages as can be had (README.md lists those of the shipped weights). Only
whoever retrains needs this. --real is a folder of 8-bit grey PNG files that
hold no text (see views.py): backgrounds, and what the net must stay silent on.

Every sample is drawn anew from the seed: a background, distractors that look
like text and are none, lines of text, then the damage that devices and
compression do. The net sees one plane of grey, as the C detector does.
"""
import argparse
import glob
import io
import math
import random
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as fn
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import export

SIZE = 256
# Fonts of the test data and of held-out sets stay out of training.
HELD_OUT = ("DejaVu", "Liberation", "LinLibertine", "LinBiolinum", "Carlito", "Caladea", "Gentium", "Go-",
            "Symbol", "Emoji", "Dingbat", "Math", "Icons", "Music")
WIDTHS = (1, 12, 24)
DILATIONS = (1, 2, 4, 8, 4, 1)


# ---- the net -------------------------------------------------------------

def rounded(x, step, top):
    """x as integers of `step`, at most `top`; the gradient goes through."""
    x = x.clamp(max=0) + (x.clamp(min=0) - (x - top * step).clamp(min=0))
    return x + ((x / step).round().clamp(-top, top) * step - x).detach()


def conv(layer, x, scale=None):
    """A convolution; with the input's scale, as 8-bit weights give it."""
    w = layer.weight
    if scale is not None:
        w = w * scale
        w = rounded(w, w.detach().abs().amax((1, 2, 3), True) / export.TOP, export.TOP) / scale
    return fn.conv2d(x, w, layer.bias, layer.stride, layer.padding, layer.dilation)


class Net(nn.Module):
    """Text and line-centre maps at half resolution. After set_scales() it
    computes what the exported integers will."""

    def __init__(self):
        super().__init__()
        one, a, b = WIDTHS
        self.first = nn.Conv2d(one, a, 3, 2, 1)
        self.second = nn.Conv2d(a, b, 3, 2, 1)
        self.body = nn.ModuleList([nn.Conv2d(b, b, 3, padding=d, dilation=d) for d in DILATIONS])
        self.head = nn.Conv2d(b, 8, 1)  # 2 maps x 4 sub-pixels
        self.scales = None

    def set_scales(self, samples):
        a, s, drops = export.scales(self, samples)
        self.scales = [torch.from_numpy(v).float().reshape(1, -1, 1, 1) for v in [a] + [s * 2.0 ** d for d in drops]]

    def forward(self, x):
        if self.scales is None:
            x = fn.relu(conv(self.first, x))
            x = fn.relu(conv(self.second, x))
            for layer in self.body:
                x = fn.relu(conv(layer, x)) + x
            return fn.pixel_shuffle(conv(self.head, x), 2)
        first, *body, last = self.scales
        x = rounded(fn.relu(conv(self.first, x)), first, export.TOP)
        x = fn.relu(conv(self.second, x, first))
        for layer, scale in zip(self.body, body):
            x = fn.relu(conv(layer, rounded(x, scale, export.TOP), scale)) + x
        return fn.pixel_shuffle(conv(self.head, rounded(x, last, export.TOP), last), 2)


# ---- backgrounds ---------------------------------------------------------

def smooth(rng, low, high):
    """Soft random field of 0..1."""
    n = rng.randint(low, high)
    small = np.random.rand(n, rng.randint(low, high)).astype(np.float32)
    im = Image.fromarray(small * 255).resize((SIZE, SIZE), Image.BICUBIC)
    return np.asarray(im).clip(0, 255) / 255


def speckle(rng):
    n = np.random.rayleigh(1, (SIZE, SIZE)).astype(np.float32)
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
    a = np.random.rayleigh(1, (n, rng.randint(24, 110))).astype(np.float32)
    a = np.asarray(Image.fromarray(a).resize((SIZE, SIZE), rng.choice([Image.BILINEAR, Image.BICUBIC])))
    a = (a.clip(0) / a.mean()) ** rng.uniform(1, 3) * rng.uniform(20, 110)
    return a * smooth(rng, 2, 8) if rng.random() < .5 else a


def spectrum(rng):
    """Spectral Doppler: columns of noise under a pulsing envelope."""
    x = np.arange(SIZE)
    phase = (x / rng.uniform(40, 160) + rng.random()) % 1
    top = np.exp(-((phase - .3) / rng.uniform(.1, .3)) ** 2) * rng.uniform(40, 200) + rng.uniform(2, 20)
    base, y = rng.randint(60, SIZE), np.arange(SIZE)[:, None]
    a = np.random.rayleigh(1, (SIZE, SIZE)) * rng.uniform(30, 120)
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
    column = np.repeat(np.random.rayleigh(1, n) ** rng.uniform(1, 2.5), SIZE // n + 1)[:SIZE] * rng.uniform(20, 100)
    a = np.stack([np.roll(column, s) for s in shift], 1)
    return a * (.5 + .5 * np.random.rand(SIZE, SIZE)) if rng.random() < .7 else a


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
    a = rng.choice([np.random.rand, np.random.randn])(n, n).astype(np.float32)
    a = (a - a.mean()) / a.std()
    im = Image.fromarray(a).resize((n * grain, n * grain), rng.choice([Image.NEAREST, Image.BILINEAR, Image.BICUBIC]))
    a = np.asarray(im)[:SIZE, :SIZE]
    for _ in range(rng.choice([0, 0, 1, 2, 4])):
        a = (a + np.roll(a, 1, 0) + np.roll(a, 1, 1)) / 3
    a = a / max(a.std(), 1e-3) * rng.uniform(10, 120) + rng.uniform(40, 200)
    return np.where(a > 128, 255, 0).astype(np.float32) if rng.random() < .1 else a


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
    return np.asarray(im, np.float32) + np.random.randn(SIZE, SIZE) * rng.uniform(0, 15)


def flow(rng, a):
    """Colour or power Doppler: saturated patches with ragged edges."""
    m = smooth(rng, 12, 60) * smooth(rng, 2, 6) > rng.uniform(.25, .5)
    a[m] = rng.uniform(120, 255) * (.7 + .3 * smooth(rng, 10, 60)[m])
    return a


def background(rng, real):
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
    return smooth(rng, 2, 40) * 255 * rng.random() + np.random.randn(SIZE, SIZE) * rng.uniform(0, 10)


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


# ---- things that are no text ---------------------------------------------

def distractors(rng, d):
    for _ in range(rng.choice([0, 0, 1, 2, 4, 6])):
        v, k = rng.randint(50, 255), rng.random()
        x, y = rng.randint(0, SIZE), rng.randint(0, SIZE)
        if k < .06:  # ECG
            pts, t = [], 0
            while t < SIZE:
                n, amp = rng.randint(20, 70), rng.randint(8, 50)
                pts += [(t, y), (t + n * .5, y - rng.randint(0, 6)), (t + n * .6, y + 3), (t + n * .65, y - amp), (t + n * .7, y + amp // 3), (t + n * .75, y)]
                t += n
            d.line(pts, fill=v, width=rng.choice([1, 1, 2]))
        elif k < .1:  # scratches, dust
            for _ in range(rng.randint(1, 12)):
                cx, cy, n = rng.randint(0, SIZE), rng.randint(0, SIZE), rng.choice([2, 5, 40])
                d.line((cx, cy, cx + rng.randint(-n, n), cy + rng.randint(-n, n)), fill=v)
        elif k < .2:
            step, tick = rng.choice([6, 8, 12, 16, 25]), rng.choice([2, 3, 5, 8])
            for i, t in enumerate(range(-10, SIZE, step)):
                n = tick * (2 if i % 5 == 0 else 1)
                d.line((x, t, x + n, t) if k < .15 else (t, y, t, y + n), fill=v)
        elif k < .35:
            f, amp = rng.uniform(3, 40), rng.uniform(3, 60)
            d.line([(t, y + amp * math.sin(t / f) * rng.uniform(.3, 1)) for t in range(0, SIZE, rng.choice([1, 2, 5]))], fill=v, width=rng.choice([1, 1, 2]))
        elif k < .45:
            w = rng.randint(5, 25)
            for t in range(SIZE):
                d.line((x, t, x + w, t), fill=t * 255 // SIZE)
        elif k < .6:
            r = rng.randint(2, 10)
            for _ in range(rng.randint(1, 5)):
                cx, cy = rng.randint(0, SIZE), rng.randint(0, SIZE)
                d.line((cx - r, cy, cx + r, cy), fill=v)
                d.line((cx, cy - r, cx, cy + r), fill=v)
        elif k < .7:
            for t in range(0, SIZE, rng.choice([3, 4, 5])):
                d.point((t, y + (t * rng.randint(-1, 1)) // 4), fill=v)
        elif k < .8:
            step = rng.choice([8, 16, 20, 32])
            for t in range(0, SIZE, step):
                d.line((t, 0, t, SIZE), fill=v // 2)
                d.line((0, t, SIZE, t), fill=v // 2)
        elif k < .9:
            d.rectangle((x, y, x + rng.randint(4, 120), y + rng.randint(4, 60)), outline=v, fill=rng.choice([None, v // 3]))
        else:
            n = rng.randint(3, 9)
            d.polygon([(x + rng.randint(-15, 15), y + rng.randint(-15, 15)) for _ in range(n)], outline=v, fill=rng.choice([None, v]))


# ---- text ----------------------------------------------------------------

LATIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
EXTRA = "äöüÄÖÜßéèêçñåøłśżőčřžÉÅØŁŚŻČŘŽ"
GREEK = "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΛΠΣΩ"
CYRILLIC = "абвгдежзийклмнопрстуфхцчшщыьэюяАБВГДЕЖЗИКЛМНОПРСТУФ"
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
    def __init__(self):
        paths = sorted(p for p in glob.glob("/usr/share/fonts/**/*.[to]t[fc]", recursive=True) if not any(h in p for h in HELD_OUT))
        self.paths = [p for p in paths if self.usable(p)]
        self.cjk = [p for p in self.paths if any(k in p for k in ("CJK", "wqy", "ipa", "takao", "vlgothic", "unifont"))]
        self.cache = {}

    @staticmethod
    def usable(path):
        try:
            f = ImageFont.truetype(path, 20)
            return f.getmask("A").getbbox() is not None and bytes(f.getmask("A")) != bytes(f.getmask("g"))
        except Exception:
            return False

    def pick(self, rng, text):
        return rng.choice(self.cjk if max(map(ord, text)) > 0x2E00 and self.cjk else self.paths)

    def get(self, path, px):
        key = path, px
        if key not in self.cache:
            if len(self.cache) > 4000:
                self.cache.clear()
            self.cache[key] = ImageFont.truetype(path, px)
        return self.cache[key]


def height(rng):
    return int(round(2 ** rng.uniform(math.log2(7), math.log2(44 if rng.random() < .93 else 80))))


def ink_of(rng, fonts, text, px, path, hard):
    """Coverage 0..255 of one line, tight around its ink, and the font's line
    height; None where the font cannot draw it."""
    zoom = 2 if px >= 16 and rng.random() < .15 else 1  # bitmap fonts, enlarged
    try:
        font = fonts.get(path, px // zoom)
        w, h = font.getbbox(text)[2:]
        if not 0 < w < 900 or not h:
            return None
        im = Image.new("L", (w + 4, h + 8), 0)
        d = ImageDraw.Draw(im)
        if zoom == 2 or hard:
            d.fontmode = "1"
        d.text((2, 2), text, fill=255, font=font)
    except OSError:  # a bitmap font without this size or glyph
        return None
    if zoom == 2:
        im = im.resize((im.width * 2, im.height * 2), Image.NEAREST)
    box = im.getbbox()
    return im.crop(box) if box else None


def put_line(rng, canvas, truth, taken, ink, x, y, gap, value, style, turn):
    """Draw one line where there is room; y is its top. False: no room."""
    a = np.asarray(ink, np.float32) / 255
    h, w = a.shape
    if any(x < o[2] + gap and o[0] < x + w + gap and y < o[3] + gap and o[1] < y + h + gap for o in taken):
        return False
    x0, y0, x1, y1 = max(0, x), max(0, y), min(SIZE, x + w), min(SIZE, y + h)
    if x1 - x0 < 5 or y1 - y0 < 5:
        return False
    part = a[y0 - y:y1 - y, x0 - x:x1 - x]
    region = canvas[y0:y1, x0:x1]
    mean, spread = region.mean(), region.std()
    if rng.random() < .15:  # faint
        value = mean + rng.choice([-1, 1]) * (rng.uniform(10, 35) + 1.5 * spread)
        value = value if 0 <= value <= 255 else 2 * mean - value
    elif abs(value - mean) < 30 + 1.5 * spread:
        value = 255 if mean < 128 else 0
    if abs(value - mean) < 9 + 1.5 * spread or not 0 <= value <= 255:
        return False
    if style < .12:  # outlined
        halo = np.asarray(Image.fromarray((part * 255).astype("uint8")).filter(ImageFilter.MaxFilter(3)), np.float32) / 255
        region[:] = region * (1 - halo) + (0 if value > 127 else 255) * halo
    elif style < .2:  # boxed
        b = rng.randint(1, 4)
        canvas[max(0, y0 - b):y1 + b, max(0, x0 - b):x1 + b] = rng.choice([0, 255 - value, abs(value - 90)])
    region = canvas[y0:y1, x0:x1]
    region[:] = region * (1 - part) + value * part
    taken.append((x, y, x + w, y + h))
    truth[0, y0:y1, x0:x1] = 1
    # the middle of the line, along its length: what tells lines apart
    if turn:
        m = max(1, round(w * .27))
        truth[1, max(0, y + 1):max(0, min(SIZE, y + h - 1)), max(0, x + m):max(0, min(SIZE, x + w - m))] = 1
    else:
        m = max(1, round(h * .27))
        truth[1, max(0, y + m):max(0, min(SIZE, y + h - m)), max(0, x + 1):max(0, min(SIZE, x + w - 1))] = 1
    return True


VALUES = [255, 255, 255, 250, 230, 200, 180, 150, 128, 100, 80, 60, 30, 0]


def put_words(rng, fonts, canvas, truth, taken):
    text = words(rng)
    ink = ink_of(rng, fonts, text, height(rng), fonts.pick(rng, text), rng.random() < .25)
    if ink is None:
        return
    turn = rng.choice([0] * 12 + [90, 270])
    if turn:
        ink = ink.rotate(turn, expand=True)
    x, y = rng.randint(-ink.width // 3, SIZE - ink.width // 2), rng.randint(-ink.height // 3, SIZE - ink.height // 2)
    if rng.random() < .2:  # screens write in their corners
        x = rng.choice([0, 1, 2, max(0, SIZE - ink.width - 1)])
    put_line(rng, canvas, truth, taken, ink, x, y, 2 if rng.random() < .3 else 4, rng.choice(VALUES), rng.random(), turn)


def put_block(rng, fonts, canvas, truth, taken):
    """Lines of one font close below each other, as screens write them."""
    text = words(rng)
    path, px, hard = fonts.pick(rng, text), height(rng), rng.random() < .4
    x, y = rng.randint(0, SIZE * 3 // 4), rng.randint(-px, SIZE * 3 // 4)
    right, value, style = rng.random() < .3, rng.choice(VALUES), rng.uniform(.1, 1)
    pitch = max(px * .8 + 1, px * rng.uniform(.85, 1.4))
    for i in range(rng.randint(2, 8)):
        ink = ink_of(rng, fonts, text, px, path, hard)
        if ink is not None:
            put_line(rng, canvas, truth, taken, ink, x - ink.width if right else x, int(y + i * pitch), 1, value, style, 0)
        text = words(rng)
        if max(map(ord, text)) > 0x17F:
            text = name(rng)


# ---- one sample ----------------------------------------------------------

def damage(rng, a):
    im = Image.fromarray(a.clip(0, 255).astype("uint8"))
    if rng.random() < .2:
        im = im.filter(ImageFilter.GaussianBlur(rng.uniform(.3, .8)))
    if rng.random() < .06:
        b = np.asarray(im).copy()
        b[1::2] = np.roll(b[1::2], rng.choice([-1, 1]), 1)  # interlaced
        im = Image.fromarray(b)
    if rng.random() < .45:
        f = io.BytesIO()
        im.save(f, "JPEG", quality=rng.randint(35, 95))
        im = Image.open(f)
    a = np.asarray(im, np.float32)
    if rng.random() < .25:
        a = a + np.random.randn(SIZE, SIZE) * rng.uniform(1, 8)
    if rng.random() < .06:
        a = 255 - a
    return a.clip(0, 255)


def sample(rng, fonts, real):
    canvas = background(rng, real).clip(0, 255)
    truth = np.zeros((2, SIZE, SIZE), np.float32)
    im = Image.fromarray(canvas.astype("uint8"))
    distractors(rng, ImageDraw.Draw(im))
    canvas = np.asarray(im, np.float32).copy()
    taken = []
    if rng.random() < .3:
        put_block(rng, fonts, canvas, truth, taken)
    for _ in range(rng.choice([0, 0, 1, 2, 4, 8, 16])):
        put_words(rng, fonts, canvas, truth, taken)
    return damage(rng, canvas)[None].astype(np.float32), truth


class Stream(torch.utils.data.IterableDataset):
    def __init__(self, seed, real):
        self.seed, self.real = seed, real

    def __iter__(self):
        info = torch.utils.data.get_worker_info()
        seed = self.seed + 7919 * (info.id if info else 0)
        rng = random.Random(seed)
        np.random.seed(seed)
        fonts = Fonts()
        while True:
            yield sample(rng, fonts, self.real)


# ---- training ------------------------------------------------------------

def loss_of(logits, truth):
    y = fn.avg_pool2d(truth, 2)
    y = (y >= .5).float()
    weight = 1 + 3 * y
    bce = fn.binary_cross_entropy_with_logits(logits, y, weight=weight, reduction="none")
    # the wrong answers on text-free ground count most
    hard = bce[y == 0]
    hard = hard.topk(max(1, hard.numel() // 50)).values.mean()
    p = torch.sigmoid(logits)
    dice = 1 - (2 * (p * y).sum((2, 3)) + 50) / ((p + y).sum((2, 3)) + 50)
    return bce.mean() + .1 * hard + .5 * dice.mean()


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--steps", type=int, default=9000)
    ap.add_argument("--batch", type=int, default=16)
    ap.add_argument("--real", default=None)
    ap.add_argument("--seed", type=int, default=20261122)
    ap.add_argument("--rate", type=float, default=4e-3)
    ap.add_argument("--float-share", type=float, default=.5, help="share of the steps before integers are simulated")
    ap.add_argument("--start", help="checkpoint to go on from")
    ap.add_argument("--checkpoint", default="textdet.pt")
    ap.add_argument("--out", default="textdet.bin")
    a = ap.parse_args()
    torch.manual_seed(a.seed)
    torch.set_num_threads(1)
    real = [Image.open(p).convert("L").copy() for p in sorted(glob.glob(a.real + "/*.png"))] if a.real else []
    net, seen = Net(), []
    if a.start:
        net.load_state_dict(torch.load(a.start))
    print(sum(p.numel() for p in net.parameters()), "weights,", len(Fonts().paths), "fonts,", len(real), "real frames", flush=True)
    data = iter(torch.utils.data.DataLoader(Stream(a.seed, real), batch_size=a.batch, num_workers=1))
    optimiser = torch.optim.AdamW(net.parameters(), a.rate, weight_decay=1e-4)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, a.rate, total_steps=a.steps, pct_start=.1)
    start, running = time.time(), None
    for step in range(a.steps):
        x, truth = next(data)
        x = x / 127.5 - 1
        seen = ([x] + seen)[:8]
        # the last part is trained as it will be computed
        if step >= a.steps * a.float_share and len(seen) == 8 and (net.scales is None or step % 100 == 0):
            net.set_scales(torch.cat(seen))
        loss = loss_of(net(x), truth)
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5)
        optimiser.step()
        schedule.step()
        running = loss.item() if running is None else .98 * running + .02 * loss.item()
        if step % 100 == 0 or step + 1 == a.steps:
            print("step %d loss %.4f %.0f s" % (step, running, time.time() - start), flush=True)
            torch.save(net.state_dict(), a.checkpoint)
    export.write(net, export.draw(real, a.seed), a.out)


if __name__ == "__main__":
    main()
