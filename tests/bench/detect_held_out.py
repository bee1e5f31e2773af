#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Make synthetic frames with known text, in the form that bench_detect reads.

    detect_held_out.py OUT [--lines N] [--seed S] [--cjk] [--px LOW HIGH]
                       [--frame W H] [--ground NAME]

Shares nothing with models/textdet/train.py: other fonts (train.py leaves them
out), other layouts, other backgrounds, real names and words instead of
syllables. Needs python3-numpy, python3-pil and the fonts of FONTS (those that
are missing are told).

The last word of a truth line says what was drawn, as k=v;k=v: px (size of the
font), contrast (ink against the mean around it, in grey levels), turn, ground,
script, style, damage.
"""
import argparse
import fnmatch
import glob
import io
import os
import random

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FONTS = {  # file names, by package
    "fonts-dejavu": "DejaVu*", "fonts-liberation": "Liberation*", "fonts-linuxlibertine": "Lin[LB]*",
    "fonts-crosextra-carlito": "Carlito*", "fonts-crosextra-caladea": "Caladea*", "fonts-go": "Go-*",
    "fonts-sil-gentium": "Gentium*",
}
CJK_FONTS = {"fonts-wqy-zenhei": "wqy-zenhei*"}  # the one that train.py leaves out
NO_LETTERS = ("Math", "LinBiolinum_K", "LinLibertine_I.", "Shadow", "Outline", "Initials")
SIZES = [(640, 480), (800, 600), (1024, 768), (768, 576), (512, 512), (720, 576), (1280, 960), (600, 800)]
NAMES = {
    "latin": "Smith Johnson Williams Brown Jones Garcia Miller Davis Martinez Lopez Wilson Anderson Thomas Taylor Moore Jackson Martin "
             "Lee Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill Green Adams Baker Nelson "
             "Mary James Patricia Robert Jennifer John Linda Michael Elizabeth David Barbara William Susan Richard Jessica Joseph",
    "diacritics": "Müller Schröder Jäger Größ Čapek Dvořák Łukasz Wiśniewski Żak Søren Åkesson Ñúñez Peña Gómez François Hélène Özdemir "
                  "Şahin Ağaoğlu Brâncuși Țepeș Kovács Szőke Ólafsdóttir Þór Žižek Đorđević Šimić Grīnbergs Lõhmus",
    "greek": "Παπαδόπουλος Γεωργίου Δημητρίου Νικολαΐδης Ελένη Κωνσταντίνος Αθηνά Σωκράτης",
    "cjk": "佐藤健一 鈴木花子 高橋 渡辺 伊藤誠 赵敏 周杰 吴秀英 徐静 孙丽 김민준 이서연 박지훈 최은주 조현우",
    "cyrillic": "Иванов Смирнова Кузнецов Попова Соколов Щербаков Юлия Фёдор Дмитрий Жукова",
}
HOSPITALS = ("St Mary Hospital", "General Hospital Radiology", "University Clinic", "Heart Center North", "City Medical Centre",
             "Klinikum am See", "Hôpital Saint-Louis", "Mercy Health", "Dept. of Cardiology")
LABELS = ("LVIDd", "IVSd", "Gain 62", "Depth", "FR 41Hz", "MI 0.8", "TIs 0.4", "LIVER", "RT KIDNEY", "Zoom 1.5x", "Persist Med",
          "C5-2", "S4", "Abdomen", "W 400 L 40", "kV 120", "mAs 85", "T2 FSE", "AP", "PORTABLE", "Frame 12/48", "HR 72")
IDENTIFYING = ("name", "id", "date", "time", "institution")


# ---- what is written -----------------------------------------------------

def text_of(rng, kind, cjk):
    """(text, script)."""
    if kind == "name":
        script = "cjk" if cjk else rng.choice(["latin"] * 7 + ["diacritics"] * 3 + ["greek", "cyrillic"])
        a, b = rng.choice(NAMES[script].split()), rng.choice(NAMES[script].split())
        return rng.choice(["%s, %s", "%s %s", "%s^%s", "Name: %s %s", "Patient %s, %s"]) % ((a.upper(), b) if rng.random() < .5 else (a, b)), script
    if kind == "id":
        return rng.choice(["ID %d", "MRN:%07d", "%08d", "Acc# %d", "Pat-ID %06d", "A%07d"]) % rng.randint(1, 10 ** 7), "latin"
    if kind == "date":
        y, m, d = rng.randint(1925, 2026), rng.randint(1, 12), rng.randint(1, 28)
        month = "JanFebMarAprMayJunJulAugSepOctNovDec"[3 * m - 3:3 * m]
        return rng.choice(["%02d.%02d.%d" % (d, m, y), "%d-%02d-%02d" % (y, m, d), "%02d/%02d/%d" % (m, d, y), "%d %s %d" % (d, month, y),
                           "DOB %02d/%02d/%02d" % (d, m, y % 100), "%d%02d%02d" % (y, m, d)]), "latin"
    if kind == "time":
        return "%02d:%02d" % (rng.randint(0, 23), rng.randint(0, 59)) + rng.choice(["", ":%02d" % rng.randint(0, 59), " pm"]), "latin"
    if kind == "institution":
        t = rng.choice(HOSPITALS)
        return (t.upper() if rng.random() < .3 else t), "diacritics" if "ô" in t else "latin"
    if kind == "measurement":
        return rng.choice(["%.2f cm", "Vmax %.1f cm/s", "+ Dist %.2f mm", "EF %.0f %%", "PG %.1f mmHg", "%.1f ml"]) % rng.uniform(.1, 99), "latin"
    return rng.choice(LABELS), "latin"


def kind_of(rng):
    return rng.choice(["name"] * 4 + ["id", "id", "date", "date", "time", "institution", "measurement", "measurement", "label", "label"])


class Fonts:
    def __init__(self, cjk):
        files = glob.glob("/usr/share/fonts/**/*.[ot]t[fc]", recursive=True)
        self.cjk, self.families, self.cache = cjk, [], {}
        for package, pattern in (CJK_FONTS if cjk else FONTS).items():
            found = sorted(f for f in files if fnmatch.fnmatch(os.path.basename(f), pattern) and not any(n in f for n in NO_LETTERS))
            if not found:
                print("no fonts of", package)
            self.families.append(found)
        self.families = [f for f in self.families if f]

    def pick(self, rng, script):
        if self.cjk:
            return rng.choice(self.families[0])
        wide = [f for f in self.families if "DejaVu" in f[0] or "Liberation" in f[0]]
        return rng.choice(rng.choice(wide if script in ("greek", "cyrillic") else self.families))

    def at(self, path, px):
        key = path, px
        if key not in self.cache:
            self.cache[key] = ImageFont.truetype(path, px)
        return self.cache[key]


# ---- what it is written on -----------------------------------------------

def grain(w, h, size, np_rng):
    a = np_rng.rayleigh(1, (h // size + 2, w // size + 2)).astype(np.float32)
    im = Image.fromarray(a).resize(((w // size + 2) * size, (h // size + 2) * size), Image.BICUBIC)
    return np.asarray(im)[:h, :w].clip(0)


def field(w, h, n, np_rng):
    a = np_rng.random((n, n)).astype(np.float32)
    return np.asarray(Image.fromarray(a).resize((w, h), Image.BICUBIC)).clip(0, 1)


def sector(w, h, rng, np_rng):
    """A convex probe's picture: polar speckle, black outside."""
    yy, xx = np.mgrid[:h, :w].astype(np.float32)
    cx, cy = w * rng.uniform(.4, .6), -h * rng.uniform(.05, .3)
    r, t = np.hypot(xx - cx, yy - cy), np.arctan2(xx - cx, yy - cy)
    inside = (abs(t) < rng.uniform(.4, .8)) & (r < h * rng.uniform(.95, 1.15)) & (r > -cy + h * .05)
    polar = grain(512, 512, rng.choice([1, 2, 3]), np_rng) * (.2 + field(512, 512, rng.randint(3, 9), np_rng) ** 2 * 2)
    a = polar[(r / r.max() * 511).astype(int), ((t + 1.6) / 3.2 * 511).astype(int).clip(0, 511)]
    return np.where(inside, a * rng.uniform(30, 80), 0)


def doppler(w, h, rng, np_rng):
    """RGB: a sector with a colour box."""
    a = np.repeat(sector(w, h, rng, np_rng)[..., None], 3, 2)
    x, y = int(w * rng.uniform(.3, .5)), int(h * rng.uniform(.3, .5))
    bw, bh = int(w * .25), int(h * .3)
    flow = field(bw, bh, rng.randint(4, 14), np_rng)
    hot = (flow > .6)[..., None] * np.stack([180 + 70 * flow, 200 * flow, 20 * flow], 2)
    cold = (flow < .3)[..., None] * np.stack([10 * flow, 120 * (1 - flow), 230 * (1 - flow)], 2)
    part = a[y:y + bh, x:x + bw]
    part[:] = np.where((flow > .6)[..., None], hot, np.where((flow < .3)[..., None], cold, part))
    return a


def spectral(w, h, rng, np_rng):
    a = np.zeros((h, w), np.float32)
    base, x = int(h * .75), np.arange(w)
    top = (.25 + .75 * abs(np.sin(x / rng.uniform(30, 70))) ** rng.uniform(1, 4)) * h * .35
    strip = grain(w, h, rng.choice([1, 2]), np_rng) * 70
    yy = np.arange(h)[:, None]
    a = np.where((yy < base) & (yy > base - top), strip, strip * .04)
    a[:h // 3] = sector(w, h // 3, rng, np_rng)
    a[base:base + 1] = 180
    for t in range(0, w, rng.choice([40, 64])):
        a[base - 4:base + 5, t:t + 1] = 200
    return a


def slice_of(w, h, rng, np_rng):
    """A CT slice: body, organs, spine, noise."""
    im = Image.new("L", (w, h), 0)
    d = ImageDraw.Draw(im)
    d.ellipse((w * .1, h * .15, w * .9, h * .85), fill=90, outline=140)
    for _ in range(rng.randint(8, 20)):
        x, y, r = w * rng.uniform(.2, .75), h * rng.uniform(.25, .7), rng.uniform(.01, .12) * w
        d.ellipse((x, y, x + r, y + r * rng.uniform(.5, 1.4)), fill=rng.randint(60, 150))
    for i in range(rng.randint(4, 12)):
        x, y = w * rng.uniform(.15, .85), h * rng.uniform(.2, .8)
        d.ellipse((x, y, x + w * .03, y + h * .015), fill=250)
    a = np.asarray(im.filter(ImageFilter.GaussianBlur(1)), np.float32)
    return a + np_rng.normal(0, rng.uniform(3, 12), (h, w)) * (a > 5)


def radiograph(w, h, rng, np_rng):
    a = 40 + 150 * field(w, h, 4, np_rng)
    im = Image.fromarray(a.astype("uint8"))
    d = ImageDraw.Draw(im)
    for i in range(rng.randint(5, 14)):
        y = h * i / 12
        d.arc((w * .1, y, w * .9, y + h * .4), 200, 340, fill=rng.randint(150, 230), width=rng.randint(3, 12))
    return np.asarray(im.filter(ImageFilter.GaussianBlur(2.5)), np.float32) + np_rng.normal(0, 3, (h, w))


def scope(w, h, rng, np_rng):
    """RGB: an endoscope's round view with highlights."""
    tissue = field(w, h, 7, np_rng)[..., None] * np.array([150, 70, 50]) + np.array([60, 20, 20])
    im = Image.fromarray(tissue.astype("uint8"))
    d = ImageDraw.Draw(im)
    for _ in range(rng.randint(5, 60)):
        x, y, r = rng.uniform(.2, .8) * w, rng.uniform(.2, .8) * h, rng.uniform(1, 9)
        d.ellipse((x, y, x + r * rng.uniform(1, 3), y + r), fill=(255, 250, 240))
    a = np.asarray(im.filter(ImageFilter.GaussianBlur(.7)), np.float32).copy()
    yy, xx = np.mgrid[:h, :w]
    a[np.hypot(xx - w / 2, yy - h / 2) > h * .47] = 0
    return a


def paper(w, h, rng, np_rng):
    a = np.full((h, w), rng.uniform(215, 250)) + np_rng.normal(0, rng.uniform(1, 5), (h, w))
    for y in range(rng.randint(40, 90), h, rng.randint(60, 160)):
        a[y:y + 1] = 120
    return a


GROUNDS = {
    "black": lambda w, h, r, n: np.zeros((h, w)),
    "grey": lambda w, h, r, n: np.full((h, w), float(r.randint(10, 200))),
    "window": lambda w, h, r, n: np.repeat(np.full((h, w, 1), 0.0) + np.array([r.randint(20, 90), r.randint(20, 90), r.randint(40, 140)]), 1, 0),
    "sector": sector, "doppler": doppler, "spectral": spectral,
    "linear": lambda w, h, r, n: grain(w, h, r.choice([1, 2, 3]), n) * r.uniform(20, 70) * (.3 + field(w, h, 6, n)),
    "ct": slice_of, "radiograph": radiograph, "endoscopy": scope, "paper": paper,
}


def furniture(rng, a):
    """Scales, grey bars, calipers, traces beside the picture."""
    im = Image.fromarray(a.clip(0, 255).astype("uint8"))
    d = ImageDraw.Draw(im)
    w, h = im.size
    ink = (lambda v: (v, v, v)) if a.ndim == 3 else (lambda v: v)
    if rng.random() < .5:
        for y in range(60, h - 40, rng.choice([10, 20, 25])):
            d.line((w - 12, y, w - (6 if y % 50 else 2), y), fill=ink(190))
    if rng.random() < .3:
        for y in range(80, 220):
            d.line((8, y, 22, y), fill=ink(255 - (y - 80) * 255 // 140))
    for _ in range(rng.choice([0, 0, 2, 4])):
        x, y = rng.randint(40, w - 40), rng.randint(60, h - 60)
        d.line((x - 5, y, x + 5, y), fill=ink(230))
        d.line((x, y - 5, x, y + 5), fill=ink(230))
    if rng.random() < .25:
        pts = [(x, h - 30 - (25 if x % 90 < 4 else 4 * ((x // 7) % 2))) for x in range(0, w, 3)]
        d.line(pts, fill=ink(160))
    return np.asarray(im, np.float32).copy()


# ---- a line --------------------------------------------------------------

def ink_of(rng, fonts, text, script, px):
    font = fonts.at(fonts.pick(rng, script), px)
    w, h = font.getbbox(text)[2:]
    im = Image.new("L", (w + 8, h + 12), 0)
    d = ImageDraw.Draw(im)
    d.fontmode = "1" if rng.random() < .25 else "L"
    d.text((4, 4), text, fill=255, font=font)
    box = im.getbbox()
    return im.crop(box) if box else None


def shade(rng, part, faint):
    """(ink colour, contrast) on this ground; None: not to be read on it."""
    grey = part.max(2) if part.ndim == 3 else part
    mean, spread = float(grey.mean()), float(grey.std())
    want = rng.uniform(8, 40) if faint else rng.uniform(40, 255)
    want += 2 * spread
    up, down = 255 - mean, mean
    side = 1 if up >= want and (down < want or rng.random() < .8) else -1 if down >= want else 0
    if not side:
        side, want = (1, up) if up > down else (-1, down)
    if want < 8 + 2 * spread:
        return None
    v = mean + side * want
    if part.ndim == 3 and side > 0 and rng.random() < .4:
        return np.array(rng.choice([(v, v, 0), (0, v, v), (0, v, 0), (v, v * .6, 0)])), want
    return (np.full(3, v) if part.ndim == 3 else v), want


def put(rng, a, ink, x, y, faint, style):
    """Draw; returns (contrast, ink mask), or None."""
    h, w = ink.shape
    part = a[y:y + h, x:x + w]
    if style == "boxed":
        around = a[max(0, y - 3):y + h + 3, max(0, x - 4):x + w + 4]
        around[:] = rng.choice([0, 60, 200])
    found = shade(rng, part, faint)
    if not found:
        return None
    colour, contrast = found
    m = ink[..., None] / 255 if part.ndim == 3 else ink / 255
    if style == "outlined":
        halo = np.asarray(Image.fromarray(ink).filter(ImageFilter.MaxFilter(3)), np.float32) / 255
        halo = halo[..., None] if part.ndim == 3 else halo
        part[:] = part * (1 - halo) + (0 if np.max(colour) > 127 else 255) * halo
    part[:] = part * (1 - m) + colour * m
    return contrast, ink >= 128


def lines_of(rng, fonts, a, sizes):
    h, w = a.shape[:2]
    taken, out = [], []
    base = rng.randint(*sizes) if sizes else rng.choice([9, 10, 11, 12, 13, 14, 16, 18, 20, 24])
    column, y, gap = rng.choice([4, 10, 24]), rng.randint(2, 14), rng.randint(2, 8)
    for i in range(rng.randint(14, 34)):
        kind = kind_of(rng)
        text, script = text_of(rng, kind, fonts.cjk)
        block = i < 7
        px = base if block else rng.randint(*sizes) if sizes else int(round(2 ** rng.uniform(2.81, 6)))
        turn = 0 if block else rng.choice([0] * 10 + [90, 270])
        im = ink_of(rng, fonts, text, script, px)
        if im is None:
            continue
        im = im.rotate(turn, expand=True)
        if im.width > w - 8 or im.height > h - 8:
            continue
        if block:
            x0, y0 = column, y
            y += max(im.height, int(px * .8)) + gap
        else:
            x0, y0 = rng.randint(2, w - im.width - 2), rng.randint(2, h - im.height - 2)
        style = rng.choice(["plain"] * 8 + ["outlined", "boxed"])
        room = 5 if style == "boxed" or not block else 1
        if y0 + im.height >= h or \
                any(x0 < t[2] + room and t[0] < x0 + im.width + room and y0 < t[3] + room and t[1] < y0 + im.height + room for t in taken):
            continue
        drawn = put(rng, a, np.asarray(im), x0, y0, rng.random() < .15, style)
        if drawn:
            taken.append((x0, y0, x0 + im.width, y0 + im.height))
            out.append((x0, y0, kind, drawn[1], "px=%d;contrast=%d;turn=%d;script=%s;style=%s" % (px, drawn[0], turn, script, style)))
    return out


# ---- a frame -------------------------------------------------------------

def harm(rng, a):
    """(frame, name of the damage)."""
    im = Image.fromarray(a.clip(0, 255).astype("uint8"))
    kind = rng.choice(["none", "none", "jpeg", "jpeg", "blur", "interlace"])
    if kind == "jpeg":
        f = io.BytesIO()
        im.save(f, "JPEG", quality=rng.choice([40, 60, 75, 90]), subsampling=rng.choice([0, 2]))
        im = Image.open(f)
    elif kind == "blur":
        im = im.filter(ImageFilter.GaussianBlur(rng.choice([.4, .6])))
    elif kind == "interlace":
        b = np.asarray(im).copy()
        b[1::2] = np.roll(b[1::2], 1, 1)
        im = Image.fromarray(b)
    return np.asarray(im), kind


def save(out, name, a, lines, tail):
    views = {"s": a} if a.ndim == 2 else {"s": a.max(2), "c": a.max(2) - a.min(2)}
    for k, v in views.items():
        with open(os.path.join(out, "%s.%s.pgm" % (name, k)), "wb") as f:
            f.write(b"P5\n%d %d\n255\n" % (v.shape[1], v.shape[0]) + np.ascontiguousarray(v).tobytes())
    with open(os.path.join(out, name + ".txt"), "w") as f:
        for x, y, kind, ink, tags in lines:
            f.write("%d %d %d %d %s %s %s;%s\n" % (x, y, ink.shape[1], ink.shape[0], kind, "".join("%d" % i for i in ink.ravel()), tags, tail))
    with open(os.path.join(out, "index.txt"), "a") as f:
        f.write("T %s.txt %s\n" % (name, " ".join("%s.%s.pgm" % (name, k) for k in views)))


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("out")
    ap.add_argument("--lines", type=int, default=10000)
    ap.add_argument("--seed", type=int, default=77)
    ap.add_argument("--cjk", action="store_true", help="names in Chinese, Japanese and Korean")
    ap.add_argument("--px", type=int, nargs=2, help="sizes of the fonts, else from 7 to 64")
    ap.add_argument("--frame", type=int, nargs=2, help="the size of all frames, else drawn")
    ap.add_argument("--ground", choices=list(GROUNDS), help="what all lines are over, else drawn")
    o = ap.parse_args()
    rng, np_rng, fonts = random.Random(o.seed), np.random.default_rng(o.seed), Fonts(o.cjk)
    os.makedirs(o.out, exist_ok=True)
    open(os.path.join(o.out, "index.txt"), "w").close()
    count, number = 0, 0
    while count < o.lines:
        w, h = o.frame or rng.choice(SIZES)
        ground = o.ground or rng.choice(list(GROUNDS))
        a = furniture(rng, GROUNDS[ground](w, h, rng, np_rng))
        lines = lines_of(rng, fonts, a, o.px)
        a, damage = harm(rng, a)
        save(o.out, "%05d-%s" % (number, ground), a, lines, "ground=%s;damage=%s" % (ground, damage))
        count += len(lines)
        number += 1
    print(count, "lines on", number, "frames")


if __name__ == "__main__":
    main()
