#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Consoles in colour through JPEG with chroma halved: what of them stays, and names at it.

    console_jpeg.py [--program DCMSCRUB] [--count N] [--seed S] [--forms rgb,420-85 ...] [--attack] OUT

Draws N ultrasound screens (settings, results with units, buttons, a sector with
speckle, a bar of colours) with a name, an ID and a birth date above, each in all
FORMS: rgb (no JPEG), or sampling and quality of a JPEG Baseline stream, or of one that
was decoded ("d420-85"). Cleans them with `--policy safe` and prints how many harmless
words stay whole and how many identifying ones are left (more than a tenth of the ink in
no box). With --attack one word in four has a name, initials or a number at it: beside,
behind, through, below, dim. OUT/found.json has each, for comparing two programs.
Synthetic throughout. Needs python3-pydicom, -numpy, -pil, Debian's fonts-dejavu,
-liberation, -noto.
"""
import collections
import io
import json
import os
import random
import sys

sys.dont_write_bytecode = True
import bench_common
import bench_draw
import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, generate_uid

W, H = 640, 480
FONTS = ["dejavu/DejaVuSans", "dejavu/DejaVuSans-Bold", "dejavu/DejaVuSansMono", "dejavu/DejaVuSansCondensed-Bold",
         "liberation/LiberationSans-Regular", "liberation/LiberationSans-Bold", "liberation/LiberationSansNarrow-Bold",
         "liberation/LiberationMono-Regular", "noto/NotoSans-Regular", "noto/NotoSans-Bold"]
COLOURS = {"yellow": (255, 240, 60), "cyan": (90, 225, 255), "green": (90, 240, 90), "white": (235, 235, 235),
           "orange": (255, 165, 40), "grey": (170, 175, 180), "magenta": (245, 120, 230), "blue": (120, 160, 255)}
PANELS = [(0, 0, 0), (0, 0, 0), (28, 32, 44), (10, 30, 60), (48, 48, 52), (20, 50, 48)]
SETTINGS = ["Depth {d} cm", "Gain {g} dB", "MI {m}", "TIS {m}", "FR {g} Hz", "DR {g}", "Freq {f} MHz", "Zoom {f}x",
            "Persist {s}", "Map {s}", "Frame rate {g} Hz", "Power {g} %", "WF {g} Hz", "PRF {f} kHz", "Focus {d} cm",
            "Res", "THI", "Gen", "Abdomen", "2D", "CF"]
RESULTS = [("LVIDd", "{d} cm"), ("IVSd", "{f} cm"), ("LVPWd", "{f} cm"), ("EF", "{g} %"), ("Ao Diam", "{f} cm"),
           ("LA Diam", "{f} cm"), ("MV E Vel", "{g} cm/s"), ("HR", "{g} bpm"), ("Vol", "{g} ml"), ("BPD", "{d} cm"),
           ("FL", "{d} cm"), ("PSV", "{g} cm/s"), ("RI", "0.{g}"), ("Dist", "{g} mm"), ("Area", "{d} cm²")]
BUTTONS = ["Freeze", "Print", "Measure", "Zoom", "Depth", "Exit", "Image", "Caliper", "Trace", "Body Mark"]
NAMES = ("HUBER MOSER NGUYEN OKAFOR SATO PARK GARCIA WEBER KOCH WOLF RAO PATEL KHAN ALI CHEN TRAN ROSSI DUBOIS NOWAK "
         "IVANOV VISSER KIM LEE TANAKA ADEYEMI LUND ROTH").split()
FIRST = "ANNA PETER MARIA JAN LUIS EVA OMAR YUKI".split()
PLACES = ["right", "left", "below", "above", "behind", "through", "near"]
FORMS = "rgb,444-90,422-92,422-80,420-92,420-85,420-75"


def ink(text, font, x, y, hard):
    image = Image.new("L", (W, H), 0)
    draw = ImageDraw.Draw(image)
    draw.fontmode = "1" if hard else "L"
    draw.text((x, y), text, fill=255, font=font)
    return np.asarray(image) / 255.0


class Screen:
    def __init__(self, rng, attack):
        self.rng, self.attack = rng, attack
        self.family, self.hard = rng.choice(FONTS), rng.random() < .4
        self.ground = np.array(rng.choice(PANELS), float)
        self.a = np.zeros((H, W, 3)) + self.ground
        self.words, self.names = [], []  # (kind, text, mask)
        self.size = rng.randint(9, 15)
        self.colours = [COLOURS[c] for c in rng.sample(sorted(COLOURS), 4)]

    def font(self, more=0):
        return ImageFont.truetype("/usr/share/fonts/truetype/%s.ttf" % self.family, max(7, self.size + more))

    def put(self, mask, colour):
        self.a += (np.array(colour, float) - self.a) * mask[..., None]

    def numbers(self, text):
        r = self.rng
        return text.format(d=r.choice(("4.7", "11", "16.0", "8.2")), g=r.randint(12, 98), s=r.randint(1, 5),
                           m=r.choice(("0.4", "1.1", "0.8")), f=r.choice(("3.5", "0.92", "1.24", "5.0")))

    def text(self, text, x, y, colour, kind, font, attackable=True):
        """Each word is one of its own; the right end is returned."""
        first = len(self.words)
        for part in text.split(" "):
            self.words.append([kind, part, ink(part, font, x, y, self.hard), colour])
            x += int(round(font.getlength(part + " ")))
        if self.attack and attackable and self.rng.random() < .25:
            self.plant(x, y, colour, font, self.words[first:])
        for word in self.words[first:]:
            self.put(word[2], colour)
        for name in self.names:
            if name.pop("over", None):
                self.put(name["mask"], name["colour"])
        return x

    def plant(self, end, y, colour, font, words):
        """A name at these words, in their colour, in another or hardly off the ground."""
        r = self.rng
        place = r.choice(PLACES)
        start = int(np.nonzero(words[0][2].max(0) > .3)[0][0])
        text = r.choice((r.choice(NAMES), r.choice(NAMES).title(), "".join(r.sample("ABDEGHJKLMNPRST", 2)),
                         "".join("%s." % c for c in r.sample("ABDEGHJKLMNPRST", 2)), str(r.randint(1040, 988888))))
        small = self.font(r.choice((-3, -1, 0, 0)))
        long, high = int(small.getlength(text)), font.size
        x, y = {"right": (end + r.randint(0, 8), y), "left": (start - long - r.randint(2, 8), y),
                "below": (start + r.randint(-6, 12), y + high + r.randint(0, 4)),
                "above": (start + r.randint(-6, 12), y - high - r.randint(0, 4)),
                "behind": (start + r.randint(-4, 12), y + r.randint(-3, 5)),
                "through": (start + r.randint(-4, 12), y + r.randint(-3, 5)),
                "near": (start + r.randint(-4, 30), y + r.choice((-1, 1)) * (high // 2 + 2))}[place]
        mask = ink(text, small, x, y, self.hard)
        ground = self.a[min(max(y, 0), H - 1), min(max(x, 0), W - 1)].copy()
        tone = r.choice(("same", "other", "other", "dim", "dim other"))
        hue = np.array(colour if tone in ("same", "dim") else r.choice(sorted(COLOURS.values())), float)
        ink_colour = ground + (hue - ground) * (r.choice((.15, .25, .4)) if tone.startswith("dim") else 1)
        behind = place in ("behind", "near")
        if behind:
            self.put(mask, ink_colour)
            for w in words:
                mask = mask * (w[2] < .5)
        self.names.append(dict(kind=place, tone=tone, text=text, mask=mask, colour=ink_colour, over=not behind))

    def header(self):
        r, f, x = self.rng, self.font(1), 8
        colour = r.choice(self.colours)
        family, first = r.choice(NAMES), r.choice(FIRST)
        self.patient = (family + "^" + first, str(r.randint(100000, 9999999)),
                        "19%02d%02d%02d" % (r.randint(30, 99), r.randint(1, 12), r.randint(10, 28)))
        d = self.patient[2]
        for k, text in enumerate((family + ",", first, self.patient[1], "%s.%s.%s" % (d[6:], d[4:6], d[:4]))):
            mask = ink(text, f, x, 6, self.hard)
            self.put(mask, colour)
            self.names.append(dict(kind="header", tone="header", text=text, mask=mask, colour=colour))
            x += int(f.getlength(text)) + (6 if k == 0 else 22)

    def panel(self, x, y, w, h):
        if self.rng.random() < .5:
            self.fill(x, y, w, h, self.rng.choice(PANELS))

    def fill(self, x, y, w, h, colour):
        """Names below it are seen no more."""
        self.a[y:y + h, x:x + w] = colour
        for name in self.names:
            name["mask"][y:y + h, x:x + w] = 0

    def settings(self):
        r, f = self.rng, self.font()
        step = self.size + r.randint(5, 12)
        self.panel(2, 40, 150, 390)
        label, value = r.choice(self.colours), r.choice(self.colours)
        for k, line in enumerate(r.sample(SETTINGS, min(len(SETTINGS), 370 // step, 14))):
            words = self.numbers(line).split(" ", 1) if r.random() < .5 else [self.numbers(line)]
            x = self.text(words[0], 8, 48 + k * step, label, "setting", f, len(words) == 1)
            if len(words) > 1:
                self.text(words[1], x + r.choice((0, 6)), 48 + k * step, value, "setting", f)

    def results(self):
        r, f = self.rng, self.font()
        step, apart = self.size + r.randint(4, 9), r.randint(5, 9) * 9
        self.panel(478, 40, 160, 200)
        name, value = r.choice(self.colours), r.choice(self.colours)
        for k, (label, number) in enumerate(r.sample(RESULTS, min(8, 190 // step))):
            y = 48 + k * step
            end = self.text(label, 484, y, name, "label", f)
            self.text(self.numbers(number), max(end + 4, 484 + apart), y, value, "value", f)

    def buttons(self):
        r, f, x = self.rng, self.font(-1), 6
        fill, colour = r.choice(((60, 64, 72), (30, 60, 110), (80, 80, 84))), r.choice(self.colours)
        for text in r.sample(BUTTONS, 7):
            wide = int(f.getlength(text)) + 14
            if x + wide > W - 4:
                break
            self.fill(x, 448, wide, 26, fill)
            self.text(text, x + 7, 461 - f.size * 2 // 3, colour, "button", f)
            x += wide + 6

    def picture(self, noise):
        ys, xs = np.mgrid[0:H, 0:W]
        cx, cy, far = 315, 45, 320
        reach = np.hypot(xs - cx, ys - cy)
        fan = (reach < far) & (reach > 20) & (np.abs(xs - cx) < .55 * (ys - cy))
        grain = noise.rayleigh(28, (H, W)) * (1.2 + np.sin(reach / 24)) / 1.5
        soft = np.asarray(Image.fromarray(grain.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1)))
        self.a[fan] = soft[fan][:, None]
        bar = np.linspace(0, 1, 120)[:, None]
        self.a[60:180, 160:172] = (bar * COLOURS[self.rng.choice(("orange", "white", "blue"))])[::-1][:, None]
        for k in range(0, 5):
            self.text(str(4 * k), 462 - 2 * (k > 2), 48 + k * 76 - 6, (200, 200, 200), "scale", self.font(-2), False)
            self.a[48 + k * 76, 452:458] = 200

    def finish(self):
        return self.a.clip(0, 255).round().astype(np.uint8)


def jpeg(a, form):
    sampling, quality = form.lstrip("d").split("-")
    stream = io.BytesIO()
    Image.fromarray(a).save(stream, "JPEG", quality=int(quality), subsampling={"444": 0, "422": 1, "420": 2}[sampling])
    return stream.getvalue()


def write(path, a, form, patient):
    encoded = form[0] == "4"
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = JPEGBaseline8Bit if encoded else ExplicitVRLittleEndian
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.6.1"
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = generate_uid()
    ds.StudyInstanceUID, ds.SeriesInstanceUID = generate_uid(), generate_uid()
    ds.Modality, (ds.PatientName, ds.PatientID, ds.PatientBirthDate) = "US", patient
    ds.Rows, ds.Columns, ds.SamplesPerPixel, ds.PlanarConfiguration = H, W, 3, 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.PhotometricInterpretation = "YBR_FULL_422" if encoded else "RGB"
    if form[0] == "d":
        a = np.asarray(Image.open(io.BytesIO(jpeg(a, form))))
    ds.PixelData = encapsulate([jpeg(a, form)]) if encoded else a.tobytes()
    ds["PixelData"].is_undefined_length = encoded
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.save_as(path, write_like_original=False)


def blanked(record):
    m = np.zeros((H, W), bool)
    for b in record["regions"]:
        m[b["y"]:b["y"] + b["h"], b["x"]:b["x"] + b["w"]] = True
    return m


def make(seed, attack):
    s = Screen(random.Random(seed), attack)
    s.picture(np.random.default_rng(seed))
    for part in (s.settings, s.results, s.buttons, s.header):
        part()
    return s


def main():
    ap = bench_draw.arguments(__doc__, 6)
    ap.add_argument("--forms", default=FORMS)
    ap.add_argument("--attack", action="store_true")
    ap.add_argument("out")
    o = ap.parse_args()
    os.makedirs(os.path.join(o.out, "in"), exist_ok=True)
    os.environ.setdefault("DSC_MODELS", os.path.join(bench_common.ROOT, "models"))
    drawn, records = {}, []
    for n in range(o.count):
        s, paths = make(1000 * o.seed + n, o.attack), []
        for form in o.forms.split(","):
            paths.append(os.path.join(o.out, "in", "c%02d-%s.dcm" % (n, form)))
            write(paths[-1], s.finish(), form, s.patient)
            drawn[paths[-1]] = (s, form)
        records += bench_common.clean(os.path.abspath(o.program), paths, o.out, "--documents", "policy", "--find",
                                      "ocr,detector", "--policy", "safe")[1]
    sums, found = collections.Counter(), {"words": {}, "names": {}}
    for r in records:
        s, form = drawn[r["input"]]
        if r["outcome"] not in ("clean", "scrubbed"):
            sums[form, "quarantined"] += 1
            continue
        gone, file = blanked(r), os.path.basename(r["input"])[:-4]
        for k, (kind, text, mask, _) in enumerate(s.words):
            stays = bool(gone[mask > .3].mean() < .02)
            found["words"]["%s/%d %s %s" % (file, k, kind, text)] = stays
            for group in (form, kind, "all"):
                sums[group, "words"] += 1
                sums[group, "kept"] += stays
        for k, name in enumerate(s.names):
            if not (name["mask"] > .5).any():
                continue
            left = bool(gone[name["mask"] > .5].mean() < .9)
            found["names"]["%s/%d %s %s %s" % (file, k, name["kind"], name["tone"], name["text"])] = left
            for group in (form, "at: " + name["kind"], "tone: " + name["tone"], "all"):
                sums[group, "names"] += 1
                sums[group, "left"] += left
    with open(os.path.join(o.out, "found.json"), "w", encoding="utf-8") as f:
        json.dump(found, f, indent=1)
    columns = ["words", "kept", "names", "left", "quarantined"]
    bench_common.table("Consoles", ["which"] + columns,
                       [[g] + [sums[g, c] for c in columns] for g in sorted({g for g, _ in sums})])
    return 0


if __name__ == "__main__":
    sys.exit(main())
