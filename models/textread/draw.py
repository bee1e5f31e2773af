# SPDX-License-Identifier: Apache-2.0
"""Rows of letters as screens draw them and src/ocr tells them apart, all from a
seed: composed of glyphs, resampled, spaced, struck twice, on noise, blurred, cut,
through JPEG; then stretched and masked as dsc_ocr__rows does."""
import collections
import glob
import io
import os
import pickle
import random
import re

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

import classes
import texts
from reference import prepare

WIDE = 192     # of a training row
LETTERS = 40   # of a training row, at most
CORE = 105     # 255 - CORE of ocr_rows.c: darker is a letter's ink
# Never trained on. Of outline fonts those of textdet, as they are drawn in the test data.
HELD_OUT = ("DejaVu", "Liberation", "LinLibertine", "LinBiolinum", "Carlito", "Caladea", "Gentium", "Go-", "wqy-zenhei",
            "spleen", "luB", "luI", "luR", "lub", "lut", "7x13", "Galmuri9", "GalmuriMono9", "smalle", "smae")
# Dingbats, other alphabets under Latin codes, handwriting, outlines of letters.
UNUSABLE = ("Symbol", "Emoji", "Dingbat", "D0500", "Math", "cmex", "cmsy", "Icons", "Music", "Weather", "Nushu", "marlett", "Marlett",
            "webdings", "Webdings", "wingding", "Wingding", "DSEG", "BarCode", "Barcode", "symbol", "CursorFont", "Stars", "Smallcaps",
            "esint10", "eufm10", "msam10", "msbm10", "rsfs10", "stmary10", "wasy10", "cmr10", "cmmi10", "dsrom10", "colier", "ufscript", "oyagi",
            "reip", "Z003", "chorus", "Abecedario", "alfa-beta", "elle", "eleg", "emerita", "OCRBF", "OCRBL", "OCRBX", "Galmuri11Bit",
            "Galmuri14Bit", "Galmuri7Bit", "Galmuri9Bit", "GalmuriMono11B", "GalmuriMono7B", "GalmuriMono9B", "unifont_sample", "Biolinum_K")
# As most consoles draw; and how the slanted ones of X11 are called.
SQUARE = re.compile(r"VGA|Fixed|Term|^ter|^clR|^clB|^\d+x\d+|neep|vga|sse|screen|^sm|shnm|mplus")
SLANTED = re.compile(r"(I|O)S?\d\d|\d\d[bB]?[iIO]|gmi|13O|[cht]b?[io]_|\db?i-|\dno")
USUAL = ("Arimo", "texgyreheros", "NimbusSans", "FreeSans", "Aerial", "Roboto", "OpenSans", "NotoSans-", "NotoMono", "Switzera", "Universalis",
         "tahoma", "Verana", "Veranda", "ClearSans", "B612", "Cousine", "Inter-", "DroidSans", "PTS", "Andika", "mplus")
SLANT = ("Italic", "Oblique", "italic", "oblique")
Glyph = collections.namedtuple("Glyph", "bits left top advance")  # top above the baseline


class Face:
    """A font in one size: glyphs of 0..255."""

    def __init__(self, name, high, zoom=1):
        self.name, self.high, self.zoom, self.glyphs = name, high, zoom, {}

    def get(self, c):
        if c not in self.glyphs:
            self.glyphs[c] = self.draw(c)
        return self.glyphs[c]


class Bitmaps(Face):
    def __init__(self, name, high, packed):
        super().__init__(name, high)
        self.packed = packed
        self.space = packed["n"][5] if "n" in packed else high

    def draw(self, c):
        if c not in self.packed:
            return None
        bits, w, h, left, top, advance = self.packed[c]
        a = np.unpackbits(np.frombuffer(bits, np.uint8), count=w * h)
        return Glyph(a.reshape(h, w) * np.uint8(255), left, top, advance)


class Outline(Face):
    def __init__(self, name, path, px, hard, zoom):
        self.font = ImageFont.truetype(path, px * zoom, layout_engine=ImageFont.Layout.BASIC)
        self.hard, self.missing = hard, ()
        super().__init__(name, 0, zoom)
        g = self.get("H")
        if g is None or self.get("i") is None:
            raise OSError("no letters")
        self.high = g.bits.shape[0] / zoom
        self.space = round(self.font.getlength(" ")) or round(self.font.getlength("n"))
        self.missing = {self.key(self.draw("\ue123")), self.key(self.draw("\uffff"))}

    @staticmethod
    def key(g):
        return g and (g.bits.tobytes(), g.left, g.top)

    def draw(self, c):
        n = self.font.size
        im = Image.new("L", (3 * n + 8, 3 * n + 8))
        d = ImageDraw.Draw(im)
        d.fontmode = "1" if self.hard else "L"
        d.text((n, 2 * n), c, fill=255, font=self.font, anchor="ls")
        box = im.getbbox()
        if not box:
            return None
        g = Glyph(np.asarray(im.crop(box)), box[0] - n, 2 * n - box[1], round(self.font.getlength(c)))
        return None if self.key(g) in self.missing else g


class Fonts:
    """Those of fonts.py's folder: held out ones or the others."""

    def __init__(self, folder, held_out=False):
        def wanted(name):
            return any(h in name for h in HELD_OUT) == held_out and not any(u in name for u in UNUSABLE)

        with open(folder + "/bitmaps.pickle", "rb") as f:
            bitmaps = [b for b in pickle.load(f) if wanted(b[0])]
        self.bitmaps = [Bitmaps(*b) for b in bitmaps]
        self.sized = collections.defaultdict(lambda: collections.defaultdict(list))  # [height][family]
        for b in self.bitmaps:
            self.sized[b.high][b.name[:5]].append(b)
        families = collections.defaultdict(list)
        for p in sorted(glob.glob(folder + "/outlines/*")):
            if wanted(os.path.basename(p)):
                families[os.path.basename(p)[:6]].append(p)
        self.families = list(families.values())
        self.usual = [f for f in self.families if any(u in f[0] for u in USUAL)]
        self.cache = {}

    def bitmap(self, rng):
        square, slanted = rng.random() < .4, rng.random() < .25
        while True:
            families = self.sized[rng.choice([h for h in SIZES if h in self.sized])]
            face = rng.choice(families[rng.choice(sorted(families))])
            if (not square or SQUARE.search(face.name)) and (slanted or not SLANTED.search(face.name.split("-ISO")[0])):
                return face

    def outline(self, rng):
        while True:
            paths = rng.choice(self.usual if self.usual and rng.random() < .4 else self.families)
            path = rng.choice(paths)
            if any(s in path for s in SLANT) and rng.random() < .7:
                continue
            px = round(rng.choice(SIZES) / rng.uniform(.66, .76))
            k = rng.random()
            key = path, px, k < .25, 1 if k < .65 else 4
            if key not in self.cache:
                if len(self.cache) > 3000:
                    self.cache.clear()
                try:
                    self.cache[key] = Outline(os.path.basename(path), *key)
                except Exception:  # FreeType's, of fonts that are broken or have no such size
                    self.cache[key] = None
            face = self.cache[key]
            if face and 4 <= face.high <= 17.5:
                return face

    def pick(self, rng):
        return self.bitmap(rng) if rng.random() < .5 else self.outline(rng)


# Heights of capitals, as often as they are drawn.
SIZES = [5, 5, 6, 6, 6, 7, 7, 7, 7, 7, 8, 8, 8, 8, 9, 9, 9, 9, 9, 10, 10, 10, 10, 11, 11, 12, 12, 13, 14, 15, 16]


# ---- a row of glyphs -------------------------------------------------------

def icon(rng, face):
    """What is as high as a letter and none."""
    h = max(4, round(face.high * face.zoom * rng.uniform(.7, 1.3)))
    w = max(4, round(h * rng.uniform(.6, 2.2)))
    im = Image.new("L", (w, h))
    d, k, t = ImageDraw.Draw(im), rng.random(), face.zoom * rng.choice([1, 1, 2])
    if k < .15:
        d.ellipse((0, 0, w - 1, h - 1), fill=255)
        d.line((0, h, w, 0), fill=0, width=t)
    elif k < .3:
        d.rectangle((0, 0, w - 1, h - 1), outline=255, width=t)
        d.line((0, 0, w, h), fill=255, width=t)
    elif k < .45:
        d.polygon([(0, 0), (w, h / 2), (0, h)] if rng.random() < .5 else [(0, h), (w / 2, 0), (w, h)], fill=255)
    elif k < .6:  # a curve
        x = np.arange(w)
        y = (.5 + .5 * np.sin(x / rng.uniform(1.5, 4) + rng.random())) * (h - 1)
        d.line(list(zip(x.tolist(), y.tolist())), fill=255, width=t)
    elif k < .8:  # a blot
        a = np.random.rand(4, 5)
        return np.where(np.asarray(Image.fromarray(a.astype(np.float32)).resize((w, h), Image.BICUBIC)) > rng.uniform(.35, .6), 255, 0).astype(np.uint8)
    else:
        for _ in range(rng.randint(3, 6)):
            d.line([(rng.randrange(w), rng.randrange(h)) for _ in "ab"], fill=255, width=t)
    return np.asarray(im)


class Row:
    """Glyphs side by side, in the face's pixels: `ink`, and for each its first column, end, and label."""

    def __init__(self, rng, face, text):
        z = face.zoom
        gap = rng.choice([0] * 8 + [1, 1, 2, -1]) * z if rng.random() < .6 else 0
        if gap > .3 * face.high * z:
            gap = 0
        jitter = rng.random() < .06
        x, placed = 0, []
        for c in text:
            if c == " ":
                n = 1 if rng.random() < .85 else rng.uniform(1, 4)
                x += round(max(face.space + max(0, gap), .28 * face.high * z + max(0, gap)) * n)
                placed.append((None, x, x, " "))
                continue
            if c == classes.OTHER:
                a = icon(rng, face)
                g = Glyph(a, 1, a.shape[0] - round(rng.uniform(-.2, .2) * face.high * z), a.shape[1] + 2 * z)
            else:
                g = face.get(c)
                if g is None:
                    continue
            placed.append((g, x + g.left, x + g.left + g.bits.shape[1], c if c in classes.NUMBER else classes.OTHER))
            x += max(g.advance + gap, 1) + (rng.choice([0, 0, 1]) * z if jitter else 0)
        shown = [p for p in placed if p[0] is not None]
        self.spans, self.ink = [], None
        if not shown:
            return
        x0, x1 = min(p[1] for p in shown), max(p[2] for p in shown)
        top, low = max(p[0].top for p in shown), min(p[0].top - p[0].bits.shape[0] for p in shown)
        ink = np.zeros((top - low, x1 - x0), np.uint8)
        for g, a, b, _ in shown:
            y = top - g.top
            part = ink[y:y + g.bits.shape[0], a - x0:b - x0]
            np.maximum(part, g.bits, out=part)
        self.ink = ink
        self.spans = [(a - x0, b - x0, c) for _, a, b, c in placed]


def labels_of(spans):
    """Numbers of the classes: spaces inside only, one OTHER for several side by side."""
    out = []
    for _, _, c in spans:
        if c == " " and (not out or out[-1] == " ") or c == classes.OTHER and out and out[-1] == c:
            continue
        out.append(c)
    while out and out[-1] == " ":
        out.pop()
    return [classes.NUMBER[c] for c in out]


def embolden(rng, ink):
    out = np.pad(ink, ((0, 0), (0, 1)))
    np.maximum(out[:, 1:], ink, out=out[:, 1:])
    return out


def resampled(rng, ink, zoom, high):
    """To the screen's pixels, or from there to the stored frame's."""
    im = Image.fromarray(ink)
    fx = fy = 1.0
    k = rng.random()
    if k < .1 and high <= 8:
        fx = fy = 2
    elif k < .16 and high <= 11:
        fx = fy = rng.choice([1.25, 1.5, 1.5, 1.33])
    elif k < .24:
        fx = fy = rng.uniform(.75, 1.3)
    elif k < .34:
        fx, fy = rng.uniform(.72, 1.35), 1
    elif k < .38:
        fx, fy = 1, rng.uniform(.8, 1.3)
    elif k < .4 and high <= 8:
        fx, fy = rng.choice([(1, 2), (2, 1)])
    fx, fy = fx / zoom, fy / zoom
    if fx == fy == 1:
        return ink, 1.0
    if high * zoom * fy < 4.6:
        fy = 5 / high / zoom
    w, h = ink.shape[1] * fx, ink.shape[0] * fy
    n, m = int(w) + 2, int(h) + 2
    # any phase of the new pixels
    pad = 2 * zoom + 2
    big = Image.fromarray(np.pad(ink, pad))
    ox, oy = pad - rng.random() / fx, pad - rng.random() / fy
    whole = fx >= 1 and fy >= 1 and float(fx).is_integer() and float(fy).is_integer()
    if whole:
        return np.asarray(im.resize((round(w), round(h)), Image.NEAREST if rng.random() < .7 else rng.choice([Image.BILINEAR, Image.BICUBIC]))), fx
    how = Image.BOX if zoom > 1 else rng.choice([Image.BILINEAR, Image.BICUBIC, Image.BOX, Image.HAMMING] + ([Image.NEAREST] if min(fx, fy) >= 1.2 else []))
    box = (ox, oy, min(ox + n / fx, big.width), min(oy + m / fy, big.height))
    return np.asarray(big.resize((n, m), how, box=box)), fx


def connected_edge(v):
    """Ink and the pixel around it, as row_crop() keeps."""
    core = np.pad(v > CORE, 1)
    near = core[:, :-2] | core[:, 1:-1] | core[:, 2:]
    return v * (near[:-2] | near[1:-1] | near[2:])


def remnants(rng, ink):
    """Pieces of other lines and of ticks above and below, off the letters."""
    h, w = ink.shape
    room = rng.randint(1, 3)
    out = np.pad(ink, ((room + 1, room + 1), (0, 0)))
    for _ in range(rng.randint(1, 4)):
        n, m = rng.choice([1, 1, 2, 3, 5]), rng.randint(1, min(2, room))
        x = rng.randrange(max(1, w - n))
        y = rng.choice([0, room - m]) if rng.random() < .5 else out.shape[0] - rng.choice([m, room])
        out[y:y + m, x:x + n] = 255
    return out


def garbage(rng):
    """What the rows sometimes are: grain, vessels, curves."""
    h, w = rng.randint(6, 20), rng.randint(6, 120)
    if rng.random() < .5:
        a = np.random.rand(max(2, h // rng.randint(1, 6)), max(2, w // rng.randint(1, 6))).astype(np.float32)
        a = np.asarray(Image.fromarray(a).resize((w, h), rng.choice([Image.BICUBIC, Image.BILINEAR])))
        return ((a - rng.uniform(.3, .6)) * rng.uniform(1, 6)).clip(0, 1) * 255
    im = Image.new("L", (w, h))
    d = ImageDraw.Draw(im)
    for _ in range(rng.randint(1, 5)):
        pts = [(rng.randrange(w), rng.randrange(h)) for _ in range(rng.randint(3, 7))]
        d.line(pts, fill=rng.randint(120, 255), width=rng.choice([1, 1, 2, 3]))
    return np.asarray(im, np.float32)


def cut(rng, row, ink, scale):
    """Cut the first or last letter through; its label is OTHER."""
    shown = [i for i, s in enumerate(row.spans) if s[2] != " "]
    i = shown[0 if rng.random() < .5 else -1]
    a, b, c = row.spans[i]
    at = a + (b - a) * rng.uniform(.3, .7)
    if (b - a) * scale < 4:
        return ink
    at = int(round(at * scale))
    row.spans[i] = (a, b, classes.OTHER)
    if i == shown[0] and len(shown) > 1 or len(shown) == 1 and rng.random() < .5:
        ink = ink[:, at:]
    else:
        ink = ink[:, :at]
    return ink


def damaged(rng, ink):
    """(ink of 0..255, what was done): on the screen's ground, through whatever
    stored it, and back."""
    m, done = 8, []
    ink = np.pad(ink.astype(np.float32) * (1 / 255), m)
    h, w = ink.shape
    if rng.random() < .22:
        done.append("blur")
        if rng.random() < .4:  # across only: analogue video
            t = rng.uniform(.05, .5)
            beside = np.roll(ink, 1, 1) + (np.roll(ink, -1, 1) if rng.random() < .6 else np.roll(ink, 1, 1))
            ink = ink * (1 - t) + t * .5 * beside
        else:
            ink = np.asarray(Image.fromarray(ink * 255).convert("L").filter(ImageFilter.GaussianBlur(rng.uniform(.3, .85))), np.float32) / 255
    contrast = rng.choice([255, 255, 230, 200, 160, 120, 80, 50, 30, 20, 12])
    paper = ground = 0 if rng.random() < .5 else rng.uniform(0, 255 - contrast)
    if contrast < 40:
        done.append("faint")
    k = rng.random()
    if k < .1:
        ground = paper + np.random.randn(h, w) * contrast * rng.uniform(.02, .2)
    elif k < .2:  # speckle, of some grain
        n = rng.choice([1, 2, 3])
        g = np.random.rayleigh(1, (h // n + 2, w // n + 2)).astype(np.float32)
        g = np.asarray(Image.fromarray(g).resize(((w // n + 2) * n, (h // n + 2) * n), Image.BILINEAR))[:h, :w]
        ground = paper + g * contrast * rng.uniform(.03, .22)
    elif k < .26:  # a slope
        ground = paper + np.linspace(0, contrast * rng.uniform(-.3, .3), w)[None, :]
    opaque = rng.random() < .7
    a = ground + ink * (contrast + (paper - ground if opaque else 0))
    if rng.random() < .1:
        a = a + np.random.randn(h, w) * contrast * rng.uniform(.02, .12)
        k = 0
    if k < .2:
        done.append("noise")
    if rng.random() < .1:  # a shadow in black
        s = np.roll(ink, (rng.choice([0, 1]), 1), (0, 1))
        a = np.where(ink > .3, a, a - s * min(paper, contrast) * .7)
    a = a.clip(0, 255)
    if rng.random() < .3:
        done.append("jpeg")
        b = io.BytesIO()
        y, x = rng.randrange(8), rng.randrange(8)
        p = np.pad(a, ((y, 8 - y), (x, 8 - x)), mode="edge")
        Image.fromarray((p + .5).clip(0, 255).astype(np.uint8)).save(b, "JPEG", quality=rng.randint(35, 95))
        a = np.asarray(Image.open(b), np.float32)[y:y + h, x:x + w]
    elif contrast < 60:
        a = np.round(a)
    # as normalise() of ocr_crop.c
    flat = np.sort(a[m - 3:h - m + 3, m - 3:w - m + 3], axis=None)
    low, high = flat[int(flat.size * .4)], flat[max(0, flat.size - 1 - flat.size // 50)]
    if rng.random() < .3:  # the box held more
        low, high = flat[int(flat.size * rng.uniform(.2, .5))], high * rng.uniform(1, 1.4)
    if high - low < 2:
        return None, done
    v = ((a - low) * (255 / (high - low))).clip(0, 255)
    core = ink > .6
    if not core.any() or (v[core] > CORE).mean() < .75 and rng.random() < .85:  # nobody could read that
        return None, done
    return connected_edge(v)[m - 3:h - m + 3, m - 3:w - m + 3], done or ["none"]


LARGER = 1.15  # src/ocr/ocr_small.c reads every row in this size, too


def larger(ink):
    """Ink as dsc_ocr__larger() hands it on."""
    h, w = (int(n * LARGER + .5) for n in ink.shape)
    im = Image.fromarray(np.pad(ink, ((0, 2), (0, 2))))
    return np.asarray(im.resize((w, h), Image.BICUBIC, box=(0, 0, w / LARGER, h / LARGER)))


# `ink`: before prepare(), as larger() takes it
Sample = collections.namedtuple("Sample", "row labels face text damage ink")


def sample(rng, fonts, text=None):
    """A Sample, its row as the net sees it [ROWS][columns]; None where it came to
    nothing. A given text is drawn alone and whole."""
    given = text is not None
    if not given and rng.random() < .025:
        ink = connected_edge(garbage(rng)).astype(np.uint8)
        row = prepare(ink)
        return None if row is None or row.shape[1] > WIDE else Sample(row, [classes.NUMBER[classes.OTHER]], None, classes.OTHER, ["none"], ink)
    face = fonts.pick(rng)
    if not given:
        text = texts.text(rng)
        if rng.random() < .06:
            i = rng.randrange(len(text) + 1)
            other = classes.OTHER if rng.random() < .5 else "".join(rng.choice(classes.FOREIGN) for _ in range(rng.randint(1, 5)))
            text = rng.choice([text[:i] + other + text[i:], other, text + " " + other])
        if len(text) * face.high * .45 > WIDE:
            text = text[:max(1, int(WIDE / face.high / .6))].strip() or "A"
    row = Row(rng, face, text)
    if row.ink is None:
        return None
    ink, scale = resampled(rng, row.ink, face.zoom, face.high)
    if rng.random() < .12:
        ink = embolden(rng, ink)
    labels = None
    k = 1 if given else rng.random()
    if k < .03:
        ink = cut(rng, row, ink, scale)
    elif k < .045:  # cut across: nothing can be read
        n = int(ink.shape[0] * rng.uniform(.4, .6))
        ink, labels = (ink[n:] if rng.random() < .5 else ink[:n]), [classes.NUMBER[classes.OTHER]]
    elif k < .12:
        ink = remnants(rng, ink)
    if ink.size == 0 or not ink.any():
        return None
    v, damage = damaged(rng, ink)
    if v is None:
        return None
    v = v.astype(np.uint8)
    out = prepare(v)
    labels = labels or labels_of(row.spans)
    if out is None or not labels or not given and (len(labels) > LETTERS or out.shape[1] > WIDE):
        return None
    if len(labels) + sum(a == b for a, b in zip(labels, labels[1:])) > out.shape[1]:
        return None
    return Sample(out, labels, face, text, damage, v)
