#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Exports as a stranger would draw them: names of many countries in fonts that no other bench has.

    stranger_attacks.py [--program DCMSCRUB] [--count N] [--seed S] [--scenes A,B ...] OUT

Draws N files, by turns: screens with banners in the manner of several vendors (console);
single pieces turned, slanting, spaced, underlined, struck, cut by the edge, huge, dim (style);
clips of 30 frames with text that moves, fades, blinks, comes in by halves or every other line
(clip); text in bits that no sample uses (words). Forms: RGB, RLE, JPEG, JPEG 2000, MONOCHROME1; headers without a name. Cleans
them with `--policy safe`; a text is left where more than a tenth of its ink is in no box.
OUT/left.tsv has each one. Synthetic throughout. Needs python3-pydicom, -numpy, -pil and FONTS.
"""
import io
import os
import random
import sys

sys.dont_write_bytecode = True
import bench_draw as draw
import numpy as np
import pydicom
from PIL import Image, ImageFont
from pydicom.encaps import encapsulate

FONTS = ["FreeSans", "FreeSansBold", "Arimo-Regular", "Cousine-Bold", "OpenSans-Regular", "Hack-Regular", "Carlito-Regular",
         "JetBrainsMono-Regular", "ClearSans-Regular", "Karla-Regular", "OCRA", "PTS55F", "Tinos-Italic", "NotoSans-Regular"]
WORLD = {"NotoNaskhArabic-Regular": ["محمد العلي", "فاطمة الزهراء"], "NotoSansHebrew-Regular": ["דוד כהן", "שרה לוי"],
         "NotoSansThai-Regular": ["สมชาย ใจดี"], "NotoSansDevanagari-Regular": ["राजेश कुमार", "सुनीता शर्मा"],
         "DejaVuSans": ["Кузнецова Ольга", "Παπαδόπουλος", "გიორგი"], "DroidSansFallbackFull": ["山田花子", "王小明", "佐々木健"]}
SURNAMES = ("Okonkwo Sondergaard Kowalczyk Papadimitriou Haddad Tshabalala Mwangi Quispe Takahashi Oyelaran Virtanen Horvath "
            "Achterberg Lindqvist Iglesias Moreau Schwertfeger Nkrumah Wickramasinghe Hosseini Petrosyan Jokinen Melnyk "
            "Villanueva Tupou Keahi Axel Hertel Deppe Gaines Fokker Compton Probst Harmon Penny Carota Vale Medina").split()
GIVEN = "Chidi Signe Marek Eleni Layla Arvind Nomsa Haruto Folasade Emre Aino Pieter Freja Lucia Giulia Kwame Parisa Liis".split()
SHORT = "Ng Li Wu Ono Ek Fu Ko Sy Uy Yu Ito Poe Cox Roy Jha Bui Vo Xu Kim Eza".split()
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
WAYS = ("turn90 turn180 turn270 turn-6 turn4 turn10 spaced underline strike edge huge dim plain").split()
MOTIONS = "still one last move crawl fade halves interlace blink".split()
SCENES = "console style clip words".split()
FRAMES = 30


def piece(rng, kind):
    s, o, g = rng.choice(SURNAMES), rng.choice(SURNAMES), rng.choice(GIVEN)
    d, m, y = rng.randint(1, 28), rng.randint(1, 12), rng.randint(1930, 2018)
    n = "%07d" % rng.randint(0, 9999999)
    return {"name": lambda: rng.choice([s.upper() + ", " + g.upper(), g + " " + s, s + ", " + g[0] + "."]),
            "hyphen": lambda: rng.choice([s + "-" + o, "O'" + s, "van der " + s, "d'" + s, "Al-" + s]),
            "lower": lambda: rng.choice([s.lower(), g.lower() + " " + s.lower()]), "surname": lambda: s,
            "short": lambda: rng.choice((str, str.upper))(rng.choice(SHORT)),
            "id": lambda: rng.choice([n, n[:5], "K" + n[:5], n[:3] + "-" + n[3:6], n[:4] + "/" + n[4:6], n[:5] + "cm"]),
            "birth": lambda: rng.choice(["%d %s %d" % (d, MONTHS[m - 1], y), "%02d/%02d/%d" % (m, d, y), "%d.%d.%d" % (d, m, y)]),
            "month": lambda: rng.choice(["%d %s" % (d, MONTHS[m - 1]), "%02d/%d" % (m, y % 100), "%s %d" % (MONTHS[m - 1], y % 100)]),
            "age": lambda: rng.choice(["%dy", "%d ans", "%d yo", "F/%d"]) % rng.randint(1, 97),
            "seen": lambda: "%02d/%02d/%d %02d:%02d" % (d, m, rng.randint(2015, 2026), rng.randint(7, 19), rng.randint(0, 59)),
            "hospital": lambda: rng.choice(["Klinikum ", "CHU ", "Ospedale ", "Clinica ", "Szpital "]) + s,
            "staff": lambda: rng.choice(["Dr " + s, s[:4].lower() + g[0].lower(), "Op " + g]),
            "world": lambda: rng.choice(WORLD[rng.choice(sorted(WORLD))])}[kind]()


class Canvas:
    def __init__(self, rng, noise, fonts, size, ground=(0, 0, 0)):
        self.rng, self.noise, self.fonts, self.size = rng, noise, fonts, size
        self.a = np.zeros((size[1], size[0], 3)) + np.asarray(ground, float)
        self.texts, self.taken = [], np.zeros(size[::-1], bool)

    def font(self, text, size, family=None):
        name = next((f for f, known in WORLD.items() if text in known), family or self.rng.choice(list(self.fonts)))
        return ImageFont.truetype(self.fonts.get(name) or draw.font_paths([name])[0], size)

    def ink(self, text, font, x, y, way="plain"):
        """Letters, and letters with what is drawn at them."""
        if way == "spaced":
            m = sum(draw.ink(self.size, c, font, x + int(font.getlength(text[:k])) + 4 * k, y, False) for k, c in enumerate(text))
            return m.clip(0, 1), m.clip(0, 1)
        if way[:4] == "turn":
            m = draw.turned_ink(self.size, text, font, x, y, False, float(way[4:]), text)
            return m, m
        m = draw.ink(self.size, text, font, x, y, way == "strike")
        whole, (left, top, right, bottom) = m.copy(), font.getbbox(text)
        if way in ("underline", "strike"):
            at = y + (bottom + 1 if way == "underline" else (top + bottom) // 2)
            whole[at:at + 1, max(0, x):x + right] = 1
        return m, whole

    def text(self, kind, x, y, size, colour, family=None, way="plain"):
        """Draws a piece, unless something is there already; what was drawn, or None."""
        text = piece(self.rng, kind)
        mask, whole = self.ink(text, self.font(text, size, family), x, y, way)
        ys, xs = np.nonzero(whole > .1)
        if (mask > .5).sum() < 12 or self.taken[ys.min():ys.max() + 4, xs.min():xs.max() + 4].any():
            return None
        self.taken[ys.min():ys.max() + 1, xs.min():xs.max() + 1] = True
        self.a += whole[..., None] * (np.asarray(colour, float) - self.a)
        self.texts.append(dict(kind=kind, text=text, mask=mask, way=way))
        return self.texts[-1]

    def tissue(self):
        ys, xs = np.mgrid[0:self.size[1], 0:self.size[0]]
        r, t = np.hypot(xs - self.size[0] / 2, ys - 50), np.arctan2(xs - self.size[0] / 2, ys - 50)
        g = self.noise.rayleigh(40, r.shape)
        return ((r > 40) & (r < self.size[1] - 110) & (np.abs(t) < .6)) * (g + np.roll(g, 1, 0) + np.roll(g, 1, 1)) / 3


def console(rng, noise, fonts, _):
    """Two rows above in one of three orders, settings at the left, a piece in the sector or below it."""
    c = Canvas(rng, noise, fonts, rng.choice([(800, 600), (640, 480), (1024, 768)]), rng.choice([(0, 0, 0), (14, 16, 22)]))
    family, size = rng.choice(list(fonts)), rng.randint(10, 17)
    c.a += c.tissue()[..., None]
    step, wide, light = int(size * 1.4), c.size[0], rng.random() < .15
    c.a[:2 * step + 8] = (205, 205, 210) if light else rng.choice([(0, 0, 0), (46, 50, 60), (20, 40, 90)])
    name = rng.choice(["name", "hyphen", "lower", "short", "world", "surname"])
    order = rng.choice([[name, "hospital", "seen", "id", "staff", "birth"], ["hospital", name, "seen", "staff", "id", "age"],
                        [name, "id", "hospital", "birth", "seen", "month"]])
    for k, kind in enumerate(order):
        c.text(kind, 8 + k % 3 * wide // 3, 4 + k // 3 * step, size, (15,) * 3 if light else (235, 235, 225), family)
    for k, label in enumerate(rng.sample(["Gn 12", "DR 65", "FR 25Hz", "D 14cm", "PRF 1.2"], 3)):
        m = draw.ink(c.size, label, c.font(label, size, family), 8, 120 + k * step, False)
        c.a += m[..., None] * (np.array((160, 165, 170.)) - c.a)
    c.text(rng.choice(["surname", "lower", "short"]), wide // 2 - 40, rng.randint(200, 320), size, (240, 220, 90), family)
    c.text(rng.choice(["surname", "age", "id", "month"]), rng.choice((20, wide // 2)), c.size[1] - 40, size, (235,) * 3, family)
    return c


def style(rng, noise, fonts, _):
    c = Canvas(rng, noise, fonts, (640, 480), rng.choice([(0, 0, 0), (0, 0, 0), (70, 70, 75), (225, 225, 225)]))
    light = c.a[0, 0, 0] > 128
    if not light and rng.random() < .5:
        c.a += c.tissue()[..., None]
    for way in rng.sample(WAYS, 4):
        size = rng.randint(60, 130) if way == "huge" else rng.randint(12, 22)
        x, y = rng.randint(8, 320), rng.randint(8, 340)
        x, y = rng.choice([(-size, y), (x, -size // 3), (x, 480 - size)]) if way == "edge" else (x, y)
        colour = 20 if light else rng.choice([(235, 235, 235), (240, 220, 90), (110, 220, 235), (245, 160, 60)])
        if way == "dim":
            colour = c.a[max(0, y), max(0, x)] + rng.choice((26, 40)) * (-1 if light else 1)
        c.text(rng.choice("name surname lower hyphen short id birth month age hospital staff world world".split()), x, y, size,
               colour, way=way)
    return c


def words(rng, noise, fonts, ds):
    c = Canvas(rng, noise, fonts, (512, 512))
    for k in range(3):
        c.text(rng.choice("name id birth hospital".split()), rng.randint(10, 200), 40 + 150 * k, rng.randint(14, 26), 255, way="spare")
    ink = np.any([t["mask"] > .5 for t in c.texts], 0).astype("<u2")
    grey_words(ds, (1040 + noise.normal(0, 25, ink.shape)).astype("<u2") | ink << rng.choice((12, 13, 15)), 12)
    return c


def clip(rng, noise, fonts, ds):
    c = Canvas(rng, noise, fonts, (400, 320))
    for k in range(2):
        way, first = rng.choice(MOTIONS), rng.randint(1, FRAMES - 8)
        kind = rng.choice("name surname lower id birth short hyphen".split())
        t = c.text(kind, rng.randint(10, 120), 60 + 110 * k, rng.randint(13, 20), 0)
        if not t:
            continue
        m, middle = np.stack([t["mask"]] * FRAMES), int(np.median(np.nonzero(t["mask"] > .5)[1]))
        for f in range(FRAMES):
            show = {"one": f == first, "last": f == FRAMES - 1, "blink": f % 3 == 1, "fade": np.clip((f - first) / 8, 0, 1)}.get(way, 1)
            m[f] = np.roll(m[f], {"move": (0, 2 * f), "crawl": (f // 4, 0)}.get(way, (0, 0)), (0, 1)) * show
            if way == "halves":
                m[f][:, middle if f % 2 else 0:400 if f % 2 else middle] = 0
            if way == "interlace":
                m[f][f % 2::2] = 0
        t.update(way=way, mask=m, level=rng.choice((200, 140, 80)))
    frames = [c.tissue() + sum(t["mask"][f] * t["level"] for t in c.texts) for f in range(FRAMES)]
    frames = [f.clip(0, 255).round().astype(np.uint8) for f in frames]
    ds.NumberOfFrames, ds.FrameTime = FRAMES, 33
    grey_words(ds, np.stack(frames), 8)
    if rng.random() < .5:
        streams(ds, [draw.jpeg(f, rng.randint(60, 92), 0) for f in frames], "50")
    return c


def grey_words(ds, v, bits):
    draw.make_grey(ds)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 8 * v.itemsize, bits, bits - 1
    ds.PixelData = v.tobytes()


def streams(ds, frames, syntax):
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4." + syntax
    ds.PixelData = encapsulate(frames)
    ds["PixelData"].VR, ds["PixelData"].is_undefined_length = "OB", True


def put(rng, ds, a):
    """A picture in colour, in one of the forms."""
    form = rng.choice(["rgb", "rle", "4:2:2", "4:2:0", "j2k", "mono1"])
    ds.PixelData = a.tobytes()
    if form == "rle":
        ds.compress(pydicom.uid.RLELossless, a, generate_instance_uid=False)
    elif form[0] == "4":
        ds.PhotometricInterpretation = "YBR_FULL_422"
        streams(ds, [draw.jpeg(a, rng.randint(60, 95), 1 if form == "4:2:2" else 2)], "50")
    elif form == "j2k":
        out = io.BytesIO()
        Image.fromarray(a).save(out, "JPEG2000", no_jp2=True, irreversible=True, quality_mode="rates", quality_layers=[15], mct=1)
        ds.PhotometricInterpretation = "YBR_ICT"
        streams(ds, [out.getvalue()], "91")
    elif form == "mono1":
        grey_words(ds, 255 - np.asarray(Image.fromarray(a).convert("L")), 8)
        ds.PhotometricInterpretation = "MONOCHROME1"


def left(t, record):
    """The share of a text's ink that is in no box, on its worst frame; of spare bits, that is still there."""
    if t["way"] == "spare":
        bits = np.frombuffer(pydicom.dcmread(record["output"]).PixelData, "<u2").reshape(t["mask"].shape) >> 12
        return (bits > 0)[t["mask"] > .5].mean()
    frames = t["mask"] if t["mask"].ndim == 3 else [t["mask"]]
    shown = [(f, m > .5) for f, m in enumerate(frames) if (m > .5).any()]
    return max(1 - draw.gone(m.shape[::-1], record, f)[m].mean() for f, m in shown)


def main():
    ap = draw.arguments(__doc__, 100)
    ap.add_argument("--scenes", nargs="+", choices=SCENES, default=SCENES)
    ap.add_argument("out")
    o = ap.parse_args()
    rng, noise, drawn = random.Random(o.seed), np.random.default_rng(o.seed), {}
    fonts = {os.path.basename(p)[:-4]: p for p in draw.font_paths(FONTS)}
    folder = draw.inputs(o.out)
    for n in range(o.count):
        scene, path = o.scenes[n % len(o.scenes)], os.path.join(folder, "n%04d.dcm" % n)
        ds = draw.header((0, 0), n + 1, "", "2" if scene == "words" else "6.1")
        ds.Modality = "CT" if scene == "words" else "US"
        c = {"console": console, "style": style, "clip": clip, "words": words}[scene](rng, noise, fonts, ds)
        ds.Columns, ds.Rows = c.size
        if "PixelData" not in ds:
            put(rng, ds, c.a.clip(0, 255).round().astype(np.uint8))
        draw.save(ds, path)
        drawn[path] = scene, c.texts
    tally = draw.Tally()
    paths = list(drawn)
    # outputs are there until the next run of fifty
    for r in (r for k in range(0, len(paths), 50) for r in draw.cleaned(o, paths[k:k + 50])):
        scene, texts = drawn[r["input"]]
        for t in texts:
            out = left(t, r)
            tally.text(out, ("all", "scene: " + scene, "kind: " + t["kind"], "%s: %s" % (scene, t["way"])),
                       [os.path.basename(r["input"])[1:5], scene, t["kind"], t["text"], t["way"], "%.2f" % out])
    tally.write(o.out, "Exports of a stranger")
    return 0


if __name__ == "__main__":
    sys.exit(main())
