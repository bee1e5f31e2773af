#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Names and numbers of people as screens show them: what of them a run leaves.

    screen_attacks.py [--program DCMSCRUB] [--count N] [--seed S] [--plain] OUT
    screen_attacks.py [--program DCMSCRUB] [--seed S] --lines N

Draws N screens with labels (settings, results, a scale, a bar of colours, tissue) and
what identifies: banners, corners, footers, rows of lists, text over scales, bars and
tissue, upright and turned, in one frame of a clip; names that are terms, of other
scripts, with strokes and carets; IDs, dates, ages, rooms, operators, hospitals,
telephone numbers. 40 levels and more off the ground, 8 to 16 px, half the files with
a header. Cleans them with `--policy safe`; a text is left where more than a tenth of
its ink is in no box, a label kept where 95 % of it is. OUT/left.tsv has each one.
With --lines nothing is drawn: N such texts, four of ten on a line with a label, are
judged by `policy test`, in seconds; one is left where a word of it is kept.
Synthetic throughout. Needs python3-pydicom, -numpy, -pil and Debian's fonts-dejavu,
-liberation, -noto.
"""
import collections
import os
import random
import subprocess
import sys

sys.dont_write_bytecode = True
import bench_common
import bench_draw as draw
import numpy as np
from PIL import Image, ImageFilter, ImageFont
from pydicom.encaps import encapsulate

W, H = 360, 230
FONTS = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono", "LiberationSans-Regular", "LiberationSans-Bold",
         "LiberationSansNarrow-Regular", "LiberationMono-Regular", "NotoSans-Regular"]
WIDE_FONTS = ["DejaVuSans", "DejaVuSans-Bold", "DejaVuSansMono"]
SETTINGS = ["Depth 11 cm", "Gain 48 dB", "MI 1.1", "72 bpm", "TIS 0.3", "THI", "Zoom", "FR 28 Hz", "DR 55",
            "Freq 3.5 MHz", "HR 81", "PRF 1.2 kHz", "Persist 3", "Map 4", "2D", "Abdomen", "Frame rate 31 Hz"]
RESULTS = ["LVIDd 5.1 cm", "EF 62 %", "Dist 23.4 mm", "IVSd 0.9 cm", "BPD 4.7 cm", "RI 0.71", "PSV 92 cm/s",
           "Vol 31 ml", "LA Diam 3.6 cm", "FL 3.3 cm", "Liver", "MV E Vel 71 cm/s"]
GIVEN = ["John", "Anna", "Peter", "Maria", "Luis", "Eva", "Omar", "Yuki", "Kim", "Jo", "Al", "Ida", "Uwe", "Li"]
TERMS = ["Hadlock Simpson", "Gray", "Long", "Stone", "April May", "Max Power", "Rose", "Grace Field", "Peak", "Cua",
         "Page", "Frank", "Mark Image", "Art Line", "Will Gates", "Short", "Young", "Head", "Foot", "Hertz", "Bach",
         "Dorothy Gain", "Rich Focus", "Penn Scan", "June Summer", "Bernoulli", "Hall", "Hand", "Neck", "Temple",
         "Marker", "Reader", "Singer", "Walker", "Teichholz", "Devereux", "Cross", "Waters", "Towne", "Judkins"]
FOREIGN = ["Müller, Jörg", "Łukasz Żak", "Núñez, Iñés", "Şahin Gül", "Håkon Ås", "Çelik", "D'Angelo", "O'Brien, T",
           "van der Berg", "al-Hakim", "Nguyễn Văn An", "García-López", "Dvořák", "Иванов Иван", "Смирнова", "Жук",
           "Παπαδόπουλος", "Νίκος", "Щукин А.", "Ω. Ράλλη"]
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
KINDS = ["name", "name", "name", "form", "form", "term", "foreign", "id", "id", "captioned", "birth", "date",
         "age", "room", "staff", "hospital", "phone", "initials"]
PLACES = ["banner", "corner", "footer", "row", "beside", "scale", "bar", "tissue", "turned", "stacked", "button",
          "alone", "between"]
FORMS = ["rgb", "rgb", "grey", "decoded", "jpeg", "clip", "mono16"]
BRIGHT = [(255, 240, 60), (90, 225, 255), (90, 240, 90), (235, 235, 235), (235, 235, 235), (255, 165, 40),
          (170, 175, 180), (245, 120, 230), (120, 160, 255)]


class People:
    """What identifies somebody, as text."""

    def __init__(self, rng):
        self.rng, self.known = rng, draw.surnames()

    def digits(self, low, high):
        return "".join(self.rng.choice("0123456789") for _ in range(self.rng.randint(low, high)))

    def person(self):
        return self.rng.choice(self.known), self.rng.choice(GIVEN)

    def date(self, least, most):
        d, m, y = self.rng.randint(1, 28), self.rng.randint(1, 12), self.rng.randint(least, most)
        return self.rng.choice(["%02d.%02d.%d" % (d, m, y), "%02d/%02d/%d" % (m, d, y), "%d-%02d-%02d" % (y, m, d),
                                "%02d-%s-%d" % (d, MONTHS[m - 1], y), "%s %d %d" % (MONTHS[m - 1].title(), d, y),
                                "%02d.%02d.%02d" % (d, m, y % 100), "%02d%s%02d" % (d, MONTHS[m - 1], y % 100),
                                "%d%02d%02d" % (y, m, d), "%02d/%d" % (m, y), "%d/%d/%02d" % (m, d, y % 100)])

    def make(self, kind):
        r = self.rng
        s, g = self.person()
        two = "".join(r.sample("ABCDEGHJKLMNPRSTVW", 2))
        years = r.randint(1, 97)
        return {
            "name": lambda: r.choice([s.upper(), s.title(), "%s %s" % (g, s.title()), "%s %s" % (s.upper(), g.upper())]),
            "form": lambda: r.choice(["%s^%s" % (s.upper(), g.upper()), "%s, %s" % (s.title(), g),
                                      "%s/%s" % (s.upper(), g.upper()), "%s. %s" % (g[0], s.title()),
                                      "%s, %s." % (s.upper(), g[0]), "%s-%s" % (s.title(), self.person()[0].title()),
                                      "%s_%s" % (s.upper(), g.upper()), "%s%s" % (g, s.title()), "(%s)" % s.title(),
                                      "%s %s %s" % (g[0], r.choice("ABEJLM"), s.upper())]),
            "term": lambda: r.choice((str, str.upper))(r.choice(TERMS)),
            "foreign": lambda: r.choice(FOREIGN),
            "id": lambda: r.choice([self.digits(3, 4), self.digits(5, 9), r.choice("AEKMPU") + self.digits(3, 7),
                                    "%s-%s-%s" % (self.digits(2, 3), self.digits(2, 2), self.digits(3, 4)),
                                    two + self.digits(3, 6), "%s/%s" % (self.digits(3, 5), self.digits(2, 2)),
                                    "%s.%s" % (self.digits(2, 4), self.digits(3, 4)), "#" + self.digits(3, 6)]),
            "captioned": lambda: r.choice(["MRN |", "MRN: |", "ID: |", "ID |", "Acc# |", "Acc: |US", "PID:|", "Pat. ID |",
                                           "Case |", "Nr. |", "Fallnr. |", "HN |", "SSN |", "Exam |"]) + self.digits(3, 8),
            "birth": lambda: r.choice(["DOB |", "DOB: |", "*|", "geb. |", "Born |", "b. |", "D.O.B. |", ""]) +
            self.date(1930, 2015),
            "date": lambda: r.choice(["", "", "Date |", "Scan |"]) + self.date(2016, 2026),
            "age": lambda: r.choice(["%dY M", "%dY", "0%dY", "%d yrs", "F %d", "%dF", "M/%d", "%dy 3m", "Age |%d", "%d y/o",
                                     "%d M", "Alter |%d", "(%d)"]) % years,
            "room": lambda: r.choice(["Room |%d", "Bed |%d", "ICU-|%d", "Ward |%dB", "Rm |%d", "OR |%d", "Station |%d"]) %
            r.randint(1, 40),
            "staff": lambda: r.choice(["Dr. |%s" % s.title(), "Op: |%s" % two, "Tech: |%s" % two, "Sonographer: |%s" % two,
                                       "Ref: |%s" % s.title(), "OPR |%s" % two, "by |%s" % two, "Operator |%s" % s.title(),
                                       "%s, MD" % s.title(), "Perf. |%s" % s.upper(), "%s RDMS" % s.title()]),
            "hospital": lambda: r.choice(["St. Mary's Hospital", "Klinik %s" % s.title(), "%s General" % s.title(), "MGH",
                                          "%s Medical Center" % s.title(), "KH Nord", "Mayo Clinic", "UZ Gent",
                                          "Praxis %s" % s.title(), "%s Imaging" % s.title(), "Radiology %s" % s.title(),
                                          "Echo Lab %s" % s.title()]),
            "phone": lambda: r.choice(["(555) 123-%s", "+49 731 5%s", "Tel |0731-%s", "Ph: |555-%s", "x%s"]) %
            self.digits(4, 4),
            "initials": lambda: r.choice([two, "%s.%s." % tuple(two), "%s %s" % tuple(two), two.lower(), two + r.choice("ABS")]),
        }[kind]()


class Screen:
    """Two of four parts: settings at the left, results at the right, a bar of colours
    with limits, tissue with a scale; room above for a banner and below for a footer."""

    def __init__(self, rng, noise, people, fonts):
        self.rng, self.noise, self.people, self.fonts = rng, noise, people, fonts
        self.ground = np.array(rng.choice([(0, 0, 0), (0, 0, 0), (28, 32, 44), (48, 48, 52), (190, 190, 195)]), float)
        self.dark = self.ground[0] < 130
        self.a = np.zeros((H, W, 3)) + self.ground
        self.labels, self.texts = [], []
        self.hard, self.size, self.family = rng.random() < .4, rng.randint(9, 15), rng.choice(fonts["plain"])
        self.taken = np.zeros((H, W), bool)
        self.rows, self.bar, self.scale = [], None, []

    def font(self, more=0, text=""):
        path = self.rng.choice(self.fonts["wide"]) if any(ord(c) > 0x7F for c in text) else self.family
        return ImageFont.truetype(path, max(8, self.size + more))

    def ink(self, text, font, x, y, turn=0, whole=None):
        if turn:
            return draw.turned_ink((W, H), text, font, x, y, self.hard, turn, whole or text)
        return draw.ink((W, H), text, font, x, y, self.hard)

    def tone(self):
        c = np.array(self.rng.choice(BRIGHT), float)
        return c if self.dark else c * .2

    def label(self, text, x, y, colour, more=0):
        font = self.font(more)
        m = self.ink(text, font, x, y)
        if (self.taken & (m > .1)).any():
            return x
        self.put(m, colour)
        self.labels.append((text, m))
        return x + int(font.getlength(text))

    def put(self, m, colour):
        self.a += (np.asarray(colour, float) - self.a) * m[..., None]
        ys, xs = np.nonzero(m > .1)
        if len(ys):
            self.taken[max(0, ys.min() - 1):ys.max() + 2, max(0, xs.min() - 2):xs.max() + 3] = True

    def column(self, lines, x, colour):
        step = self.size + self.rng.randint(4, 9)
        for k, t in enumerate(lines):
            y = 46 + k * step * 3 // 2
            self.rows.append((x, y, self.label(t, x, y, colour)))

    def tissue(self):
        r = self.rng
        ys, xs = np.mgrid[0:H, 0:W]
        fan = (np.hypot(xs - 180, ys - 24) < 170) & (np.abs(xs - 180) < .5 * (ys - 14))
        grain = self.noise.rayleigh(r.choice((15, 28)), (H, W)) + 30 * np.sin(xs / 31) * np.sin(ys / 23)
        soft = np.asarray(Image.fromarray(grain.clip(0, 255).astype(np.uint8)).filter(ImageFilter.GaussianBlur(1)))
        self.a[fan] = soft[fan][:, None]
        c, x = self.tone(), 262
        for k in range(4):
            y = 40 + k * 46
            self.a[y, x:x + 6] = c
            self.scale.append((x + 9, y - self.size // 2 - 1))
            self.label(str(4 * k), *self.scale[-1], c, -1)

    def colours(self):
        r, c, x = self.rng, self.tone(), 112
        share = np.linspace(1, 0, 80)[:, None]
        self.bar = (x, 60, r.choice((12, 16, 22)), 80)
        ends = np.array(r.choice(BRIGHT), float), np.array(r.choice(BRIGHT), float) * .3
        self.a[60:140, x:x + self.bar[2]] = (share * ends[0] + (1 - share) * ends[1])[:, None]
        limit = r.choice((".62", "61.6", "38.5", "0.77"))
        self.label(limit, x - 2, 60 - self.size - 5, c)
        self.label("-" + limit, x - 6, 142, c)

    def scenery(self):
        r = self.rng
        parts = r.sample(("settings", "results", "bar", "tissue"), 2)
        if "tissue" in parts:
            self.tissue()
        if "bar" in parts:
            self.colours()
        if "settings" in parts:
            self.column(r.sample(SETTINGS, 3), 6, self.tone())
        if "results" in parts or not self.rows:
            self.column(r.sample(RESULTS, 3), W - 98, self.tone())

    # ---- what identifies ----

    def text(self, place, kind, x, y, text=None, turn=0, more=None, over=False, stacked=False):
        r = self.rng
        caption, bar, text = (text or self.people.make(kind)).rpartition("|")
        text = caption + text
        font = self.font(r.choice((-2, -1, 0, 0, 1)) if more is None else more, text)
        if x is None:
            x = W - 6 - int(font.getlength(text))
        if stacked:
            text = text.replace(" ", "")[:9].upper()
            m = np.max([self.ink(c, font, x, y + k * (font.size + 2)) for k, c in enumerate(text)], 0)
        else:
            m = self.ink(text, font, x, y, turn)
        announced = self.ink(caption, font, x, y, turn, text) if caption and not stacked else m * 0
        cut = m[:, -1].any() or m[-1].any()
        if cut or (m > .3).sum() < 8 or (not over and (self.taken & (m > .1)).any()):
            return x
        ground = self.a[m > .3].mean(0)
        light = ground.mean() < 130
        level = r.choice((40, 60, 90, 130, 200))
        hue = r.choice(BRIGHT) if level > 100 and r.random() < .5 else (255, 255, 255)
        colour = ground + (1 if light else -1) * level * np.array(hue, float) / 255 if not over or r.random() < .5 else \
            np.array([255.0] * 3 if light else [0.0] * 3)
        self.texts.append(dict(place=place, kind=kind, text=text, mask=m, announced=announced, colour=colour.clip(0, 255), level=level,
                               size=font.size))
        ys, xs = np.nonzero(m > .1)
        self.taken[max(0, ys.min() - 2):ys.max() + 3, max(0, xs.min() - 3):xs.max() + 4] = True
        return x + int(font.getlength(text))

    def in_lines(self, place, kind):
        r = self.rng
        if place == "banner":
            x = 6
            for _ in range(r.randint(2, 4)):
                x = self.text(place, r.choice(KINDS), x, 4) + r.choice((6, 14, 30, 60))
                if x > W - 60:
                    break
        elif place == "corner":
            x, y = r.choice((6, None)), r.choice((20, H - 56))
            for k in range(r.randint(2, 3)):
                self.text(place, r.choice(KINDS), x, y + k * (self.size + 3))
        elif place == "footer":
            self.text(place, kind, r.randint(4, 100), H - self.size - 6)
            self.text(place, r.choice(KINDS), None, H - self.size - 6)
        else:
            x, y, end = r.choice(self.rows)
            if place == "beside":
                self.text(place, kind, end + r.randint(4, 14), y)
            elif place == "between":
                self.text(place, kind, x, y + self.size + 2, more=-2)
            else:
                self.text(place, kind, x, max(t[1] for t in self.rows if t[0] == x) + self.size + r.randint(5, 9))

    def attack(self, place):
        r, kind = self.rng, self.rng.choice(KINDS)
        if place in ("banner", "corner", "footer", "row", "beside", "between"):
            self.in_lines(place, kind)
        elif place == "scale" and self.scale:
            x, y = r.choice(self.scale)
            self.text(place, kind, x + r.randint(-30, 4), y + r.randint(-5, 5), over=True)
        elif place == "bar" and self.bar:
            x, y, w, h = self.bar
            on = r.random() < .6
            self.text(place, kind, x + (r.randint(-20, 4) if on else w + r.randint(2, 8)), y + r.randint(4, h - 14), over=on)
        elif place == "tissue" and self.scale:
            self.text(place, kind, r.randint(130, 190), r.randint(90, 170), over=True)
        elif place == "turned":
            self.text(place, kind, r.choice((90, 244)), r.randint(90, 140), turn=r.choice((90, 270)))
        elif place == "stacked":
            self.text(place, kind, r.choice((94, 248)), r.randint(60, 120), stacked=True)
        elif place == "button":
            y, x = H - 44, r.randint(100, 200)
            self.a[y - 3:y + self.size + 6, x - 5:x + 110] = r.choice([(60, 64, 72), (30, 60, 110), (150, 150, 150)])
            self.text(place, kind, x, y)
        elif place == "alone":
            self.text(place, kind, r.randint(80, 200), H - 64)

    def finish(self, plain):
        self.scenery()
        for place in self.rng.sample(PLACES, 4):
            self.attack(place)
        bare = self.a.copy()
        for t in self.texts if not plain else ():
            self.put(t["mask"], t["colour"])
        if plain:
            self.texts = []
        for t in self.texts:  # what others cover is nobody's to see
            t["seen"] = (t["mask"] > .5) & (t["announced"] < .1) & (np.abs(self.a - bare).max(2) > 20)
        return [v.clip(0, 255).round().astype(np.uint8) for v in (bare, self.a)]


# ---- files ----

def header_of(screen):
    for t in screen.texts:
        if t["kind"] in ("name", "form"):
            return t["text"].replace(", ", "^")
    return "Muster^Erika"


def write(rng, bare, a, path, number, patient):
    form = rng.choice(FORMS)
    quality, sampling = rng.choice((75, 85, 92)), rng.choice((0, 2))
    ds = draw.header((W, H), number, patient, {"clip": "3.1", "mono16": "1"}.get(form, "6.1"),
                     "1.2.840.10008.1.2.4.50" if form == "jpeg" else "1.2.840.10008.1.2.1")
    if form == "decoded":
        a = draw.decoded(a, quality, sampling)
    if form in ("grey", "mono16"):
        a = np.asarray(Image.fromarray(a).convert("L"))
        draw.make_grey(ds)
    if form == "mono16":
        a, ds.Modality = a.astype("<u2") * 16, "CR"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12, 11
    if form == "clip":
        ds.NumberOfFrames = 3
        a = np.stack((bare, a, bare))
    if form == "jpeg":
        ds.PhotometricInterpretation = "YBR_FULL_422"
        ds.PixelData = encapsulate([draw.jpeg(a, quality, sampling)])
        ds["PixelData"].is_undefined_length = True
    else:
        ds.PixelData = a.tobytes()
    draw.save(ds, path)
    return form


# ---- without pictures ----

def make_line(rng, people):
    """(kind, words, is a word of what identifies?)"""
    kind, r = rng.choice(KINDS), rng.random()
    caption, _, text = people.make(kind).rpartition("|")
    before = rng.choice(SETTINGS + RESULTS).split() if r < .25 else []
    after = rng.choice(SETTINGS + RESULTS).split() if .25 <= r < .4 else []
    said = (caption + text).split()
    known = caption.count(" ") + bool(caption and caption[-1] not in " #-:*")
    return kind, before + said + after, [len(before) + known <= k < len(before) + len(said)
                                         for k in range(len(before + said + after))]


def judge_lines(o):
    rng = random.Random(o.seed)
    people = People(rng)
    lines = [make_line(rng, people) for _ in range(o.lines)]
    total, left, labels = collections.Counter(), collections.Counter(), collections.Counter()
    for k in range(0, len(lines), 400):
        part = lines[k:k + 400]
        r = subprocess.run([o.program, "policy", "test", "--"] + [" ".join(words) for _, words, _ in part],
                           stdin=subprocess.DEVNULL, capture_output=True, check=True, encoding="utf-8")
        verdicts = iter([v for v in r.stdout.splitlines() if v])
        for kind, words, identifies in part:
            kept = [next(verdicts).startswith("keep") for _ in words]
            out = any(a and b for a, b in zip(kept, identifies))
            for key in ("all", kind):
                total[key] += 1
                left[key] += out
            for word, stays, secret in zip(words, kept, identifies):
                labels["drawn"] += not secret
                labels["kept"] += stays and not secret
    bench_common.table("What identifies in lines", ["which", "lines", "left"],
                       [[k, total[k], left[k]] for k in sorted(total)])
    print("words of labels and captions kept: %d of %d" % (labels["kept"], labels["drawn"]))


def main():
    ap = draw.arguments(__doc__, 80)
    ap.add_argument("--plain", action="store_true", help="without what identifies: what of the labels stays")
    ap.add_argument("--lines", type=int, metavar="N", help="judge N lines of text, without pictures")
    ap.add_argument("out", nargs="?")
    o = ap.parse_args()
    if o.lines:
        judge_lines(o)
        return 0
    if not o.out:
        ap.error("OUT is missing")
    rng, noise = random.Random(o.seed), np.random.default_rng(o.seed)
    people = People(rng)
    fonts = {"plain": draw.font_paths(FONTS), "wide": draw.font_paths(WIDE_FONTS)}
    folder, drawn = draw.inputs(o.out), {}
    for n in range(o.count):
        s = Screen(rng, noise, people, fonts)
        bare, full = s.finish(o.plain)
        path = os.path.join(folder, "n%04d.dcm" % n)
        known = rng.random() < .5
        drawn[path] = s, write(rng, bare, full, path, n + 1, header_of(s) if known else ""), known
    tally, quarantined = draw.Tally(), 0
    for r in draw.cleaned(o, drawn):
        s, form, known = drawn[r["input"]]
        quarantined += r["outcome"] == "quarantined"
        gone = draw.gone((W, H), r, form == "clip")
        for t in s.texts:
            if t["seen"].sum() < 8:
                continue
            out = 1 - gone[t["seen"]].mean()
            tally.text(out, ("all", "form: " + form, "level: %d" % t["level"], "header: " + "ny"[known]) + tuple(
                "%s: %s" % (k, t[k]) for k in ("place", "kind")), [
                    os.path.basename(r["input"])[1:5], form, "header" if known else "none", t["place"], t["kind"], t["text"],
                    "%d px" % t["size"], "%d" % t["level"], "%.2f" % out,
                    ",".join(draw.reasons(r["kept"], t["seen"])) or "nothing"])
        for _, mask in s.labels:
            tally.label(gone, mask)
    tally.write(o.out, "What identifies on screens")
    print("files quarantined: %d" % quarantined)
    return 0


if __name__ == "__main__":
    sys.exit(main())
