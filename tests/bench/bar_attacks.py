#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names around drawn colour bars: how many a run leaves.

    bar_attacks.py [--program DCMSCRUB] [--count N] [--seed S] OUT

Draws N screens (colour, palette, JPEG, clips), each with some colour bars,
their limits and units, and a name or a number of a person at each: dim beside
its ends, across it, downwards beside it, on one frame of a clip only. Cleans
them with `--policy safe` and prints how many names are left (more than a tenth
of the ink in no box of a frame that shows it) and how many labels are kept, by
kind. OUT/found.json has each, for comparing two programs on one seed.
Synthetic throughout. Needs python3-pydicom, -numpy, -pil.
"""
import collections
import io
import json
import os
import random
import sys

sys.dont_write_bytecode = True
import bench_draw
import numpy as np
import pydicom
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid

W, H, SLOT = 660, 480, 132
FONTS = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"]
NAMES = ("KIM LEE WAIBEL FONTANEZ ALMY KHA CORTER EDER BAHL FRECK HUBER MOSER NGUYEN OKAFOR SATO PARK SMITH "
         "GARCIA LOPEZ WEBER MEYER KOCH BAUER WOLF RAO PATEL KHAN ALI CHEN WANG LIU YANG ZHAO TRAN PHAM ROSSI "
         "DUBOIS NOWAK IVANOV JANSEN VISSER CMS MHS BPMS").split()
KINDS = ["dim end", "end", "inside", "inside down", "shaded", "blurred", "down", "down lost", "numbers", "beside",
         "small", "initials"]
MAPS = [[(255, 240, 60), (230, 20, 40), (0, 0, 0), (20, 40, 220), (60, 230, 255)],
        [(255, 255, 0), (120, 0, 0), (0, 0, 0), (120, 0, 0), (255, 255, 0)],
        [(255, 200, 80), (200, 60, 0), (40, 0, 0)],
        [(255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255)],
        [(250, 250, 250), (20, 20, 20)]]


def font(rng, size):
    return ImageFont.truetype(f"/usr/share/fonts/truetype/dejavu/{rng.choice(FONTS)}.ttf", size)


def ink(text, f, x, y, hard):
    im = Image.new("L", (W, H), 0)
    d = ImageDraw.Draw(im)
    d.fontmode = "1" if hard else "L"
    d.text((x, y), text, fill=255, font=f)
    return np.asarray(im).astype(float) / 255


def downwards(text, f, x, y, pitch, hard):
    m = np.zeros((H, W))
    for k, letter in enumerate(text):
        m = np.maximum(m, ink(letter, f, x, y + k * pitch, hard))
    return m


def box_of(m):
    ys, xs = np.nonzero(m > .5)
    return (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if len(ys) else None


def ramp(rng, n, step):
    stops = np.array(rng.choice(MAPS), float)
    at = np.arange(n) // step * step / n * (len(stops) - 1)
    return np.stack([np.interp(at, range(len(stops)), stops[:, k]) for k in range(3)], 1)


class Screen:
    def __init__(self, rng):
        self.rng = rng
        self.ground = rng.choice((0, 0, 0, 16, 40))
        self.a = np.full((H, W, 3), float(self.ground))
        self.names, self.labels, self.attacks = [], [], []

    def draw(self, m, colour):
        self.a = self.a * (1 - m[..., None]) + np.array(colour, float) * m[..., None]

    def add(self, m, levels):
        """Ink that is so many levels off whatever is behind it."""
        return np.clip(self.a + levels * m[..., None], 0, 255)

    def bar(self, slot):
        rng = self.rng
        kind = rng.choice(KINDS)
        lying = kind in ("shaded", "blurred")
        w, h = rng.choice((12, 16, 20, 26, 34, 60)), rng.choice((80, 110, 150, 200))
        x, y = slot * SLOT + 44, rng.randint(90, 110)
        step = rng.choice((1, 1, 2, 4, 6))
        if lying:
            w, h, x = SLOT - 16, 30, slot * SLOT + 8
            strip = ramp(rng, w, step)[None].repeat(h, 0)
        else:
            strip = ramp(rng, h, step)[:, None].repeat(w, 1)
            if rng.random() < .3:
                cells = (np.arange(w) * 4 // w) / 3
                strip[..., 1] = np.clip(strip[..., 1] + cells[None] * .7 * strip.max(2), 0, 255)
        self.a[y:y + h, x:x + w] = strip
        f = font(rng, rng.choice((8, 9, 10, 11, 12, 14)))
        hard, high = rng.random() < .5, f.getbbox("M")[3]
        limit = rng.choice(("52.", ".62", "61.6", "38.5", "0.77"))
        minus = rng.random() < .5
        bright = (200, 200, 200)
        if not lying and kind not in ("numbers", "end", "initials"):
            for text, ly in ((limit, y - high - 4), (("-" if minus else "") + limit, y + h + 1)):
                m = ink(text, f, x - 6, ly, hard)
                self.draw(m, bright)
                self.labels.append((text, m))
        if not lying and kind not in ("down", "down lost", "beside") and rng.random() < .5:
            m = downwards("CM/S", f, x - high, y + h // 2 - 2 * high, high + 2, hard)
            self.draw(m, bright)
            self.labels.append(("CM/S", m))
        self.attack(kind, (x, y, w, h), f, high, hard)

    def attack(self, kind, bar, f, high, hard):
        rng, (x, y, w, h) = self.rng, bar
        name = rng.choice(NAMES)
        level = rng.choice((4, 6, 8, 12, 16, 20, 25, 31, 43, 60))
        bright = 200 - self.ground
        top = rng.random() < .5
        gap = rng.randint(2, 8)
        lost = None
        if kind == "dim end":
            small = font(rng, rng.choice((7, 8, 9, 10)))
            m = ink(name, small, x - 4 + rng.randint(-10, 10),
                    y - gap - small.getbbox("M")[3] if top else y + h + gap - 2, hard)
            level = max(level, 6)
        elif kind in ("end", "initials"):
            name = name if kind == "end" else name[0] + rng.choice("ABDEGHKLMRS")[:rng.randint(0, 1)]
            m = ink(name, f, x + w // 2 - int(f.getlength(name)) // 2,
                    y - gap - high if top else y + h + gap - 2, hard)
            level = rng.choice((level, bright))
        elif kind == "inside":
            small = font(rng, rng.choice((7, 8, 9, 10)))
            m = ink(name, small, x + rng.randint(0, 4), y + rng.randint(10, h - 20), hard)
            m[:, :x] = m[:, x + w:] = 0
        elif kind == "inside down":
            name = name[:max(2, h // (high + 1) - 1)]
            m = downwards(name, f, x + rng.randint(0, max(0, w - 10)), y + 4, high + 1, hard)
            m[:, x + w:] = 0
        elif kind in ("shaded", "blurred"):
            m = ink(name, font(rng, rng.choice((12, 14, 16))), x + 6, y + 7, hard)
            if kind == "blurred":
                soft = Image.fromarray((m * 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1.5))
                m = np.asarray(soft) / 255
                level = rng.choice((60, 100, 130))
        elif kind in ("down", "down lost"):
            m = downwards(name[:6], f, x - high - rng.randint(0, 3), y + 6, high + rng.randint(0, 3), hard)
            level = rng.choice((level, bright, bright))
            if kind == "down lost":
                lost = downwards(name[1:3], f, x + w + 2, y + 6, high + 2, hard)
                m = np.maximum(m, lost)
        elif kind == "numbers":
            name = rng.choice(("52", "347", "12", "71", "4711", "08", "83.", "6"))
            m = np.maximum(ink(name, f, x - 2, y - high - 4, hard), ink(name, f, x - 2, y + h + 2, hard))
            level = bright
        elif kind == "beside":
            name = rng.choice((name, name[0], name[:2]))
            m = ink(name, f, x + w + gap if top else x - gap - int(f.getlength(name)), y + h // 2, hard)
            level = rng.choice((level, bright))
        else:  # a small name between a large number and the bar
            m = ink(name, font(rng, 7), x + rng.randint(-4, 10), y - 8, hard)
            level = rng.choice((level, bright))
        if level < 100 and kind not in ("numbers",) and rng.random() < .2:
            level = -level if kind.startswith("inside") or kind in ("shaded", "blurred") else level
        self.attacks.append(dict(kind=kind, text=name, level=level, mask=m, w=w))
        self.names.append(name)

    def finish(self):
        """The picture without and with the names."""
        plain = self.a
        for t in self.attacks:
            self.a = self.add(t["mask"], t["level"])
        return [np.clip(p, 0, 255).round().astype(np.uint8) for p in (plain, self.a)]


def header(name, syntax):
    m = FileMetaDataset()
    m.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.3.1"
    m.MediaStorageSOPInstanceUID = generate_uid()
    m.TransferSyntaxUID = syntax
    d = Dataset()
    d.file_meta = m
    d.SOPClassUID, d.SOPInstanceUID = m.MediaStorageSOPClassUID, m.MediaStorageSOPInstanceUID
    d.StudyInstanceUID, d.SeriesInstanceUID = generate_uid(), generate_uid()
    d.Modality, d.PatientName, d.PatientID = "US", name, ""
    d.Rows, d.Columns, d.BitsAllocated, d.BitsStored, d.HighBit = H, W, 8, 8, 7
    d.PixelRepresentation, d.SamplesPerPixel, d.PhotometricInterpretation = 0, 3, "RGB"
    d.PlanarConfiguration = 0
    return d


def jpeg(a, quality, sampling):
    b = io.BytesIO()
    Image.fromarray(a).save(b, "JPEG", quality=quality, subsampling=sampling)
    return b.getvalue()


def save(rng, frames, name, path):
    form = rng.choice(("rgb", "rgb", "rgb", "palette", "palette", "decoded", "decoded", "jpeg"))
    quality, sampling = rng.choice((40, 60, 75, 85, 90)), rng.choice((0, 2))
    d = header(name, JPEGBaseline8Bit if form == "jpeg" else ExplicitVRLittleEndian)
    d.NumberOfFrames = len(frames)
    if form == "jpeg":
        d.PhotometricInterpretation = "YBR_FULL_422"
        d.PixelData = encapsulate([jpeg(a, quality, sampling) for a in frames])
        d["PixelData"].is_undefined_length = True
    elif form == "palette":
        first = Image.fromarray(np.concatenate(frames)).quantize(256, dither=Image.Dither.NONE)
        lut = np.zeros(768, np.uint8)
        lut[:len(first.getpalette())] = first.getpalette()
        for k, c in enumerate(("Red", "Green", "Blue")):
            setattr(d, c + "PaletteColorLookupTableDescriptor", [256, 0, 16])
            setattr(d, c + "PaletteColorLookupTableData", (lut[k::3].astype("<u2") * 257).tobytes())
        d.SamplesPerPixel, d.PhotometricInterpretation = 1, "PALETTE COLOR"
        del d.PlanarConfiguration
        d.PixelData = np.asarray(first).tobytes()
    else:
        if form == "decoded":
            frames = [np.asarray(Image.open(io.BytesIO(jpeg(a, quality, sampling)))) for a in frames]
        d.PixelData = b"".join(a.tobytes() for a in frames)
    d.save_as(path, write_like_original=False)
    return form


def make(rng, path, plain_only):
    s = Screen(rng)
    for slot in range(5):
        s.bar(slot)
    plain, full = s.finish()
    if plain_only:
        full, s.attacks = plain, []
    frames = [full] if rng.random() < .8 else [plain, plain, full, plain]
    form = save(rng, frames, s.names[0] if rng.random() < .5 else "", path)
    return dict(form=form if len(frames) == 1 else form + " clip", shown=2 if len(frames) > 1 else 0,
                attacks=s.attacks, labels=s.labels)


def blanked(report, frame):
    m = np.zeros((H, W), bool)
    for b in report["regions"]:
        if b["frames"][0] <= frame <= b["frames"][1]:
            m[b["y"]:b["y"] + b["h"], b["x"]:b["x"] + b["w"]] = True
    return m


def main():
    p = bench_draw.arguments(__doc__, 60)
    p.add_argument("--plain", action="store_true", help="without the names: what of the labels stays")
    p.add_argument("out")
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    rng = random.Random(args.seed)
    paths = [os.path.join(args.out, f"b{i:03}.dcm") for i in range(args.count)]
    truth = {path: make(rng, path, args.plain) for path in paths}
    found, sums = {"names": {}, "labels": {}, "left": {}}, collections.Counter()
    reports = {r["input"]: r for r in bench_draw.cleaned(args, paths)}
    for path, t in truth.items():
        if reports[path]["outcome"] not in ("scrubbed", "clean"):
            sums["quarantined"] += 1
            continue
        gone = blanked(reports[path], t["shown"])
        for k, a in enumerate(t["attacks"]):
            solid = a["mask"] > .5
            if not solid.any():
                continue
            left = float(1 - gone[solid].mean())
            key = f"{os.path.basename(path)[:4]}/{k} {t['form']}: {a['kind']} {a['text']} {a['level']:+d}"
            found["names"][key] = left > .1
            found["left"][key] = round(left, 2)
            for group in (a["kind"], t["form"], "all"):
                sums[group, "names"] += 1
                sums[group, "left"] += left > .1
        for k, (text, m) in enumerate(t["labels"]):
            key = f"{os.path.basename(path)[:4]}/{k} {t['form']}: {text}"
            found["labels"][key] = bool(gone[m > .5].mean() < .05)
            sums["labels"] += 1
            sums["kept"] += found["labels"][key]
    with open(os.path.join(args.out, "found.json"), "w", encoding="utf-8") as f:
        json.dump(found, f, indent=1)
    print(f"| kind | names | left |\n|---|---|---|")
    for group in sorted({g[0] for g in sums if isinstance(g, tuple)}):
        print(f"| {group} | {sums[group, 'names']} | {sums[group, 'left']} |")
    print(f"labels kept: {sums['kept']} of {sums['labels']}; files quarantined: {sums['quarantined']}")


if __name__ == "__main__":
    main()
