#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Fit the weights of the classical finder (src/detect/classic_weights.c).

    detect_fit.py FOLDER... > classic_weights.c
    detect_fit.py --synth FOLDER OUT

FOLDERs are those that detect_views.py makes. --synth draws text with the
machine's fonts on the text-free views of FOLDER: sizes, greys, rims, JPEG,
turned. The chains that the finder judges are labelled by the truth boxes: text
where most of the chain lies in one, none where little of it does. Each class of
chain length gets an additive model over intervals of the features, neighbouring
intervals held together: logistic regression by Newton steps.
Needs python3-numpy, python3-pil, a C compiler.
"""
import glob
import io
import os
import random
import subprocess
import sys
import tempfile

import numpy as np

NAMES = ("glyphs height peak sharp uneven ring_ink ring_half half paper tall base heights fill "
         "stroke strokes rows columns far").split()
CLASSES = [(0, 15), (15, 29), (29, 60), (60, 10**9)]
BINS = 8
MOST = 30000  # negatives of a class
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


# ---- examples ----

def build(folder):
    exe = os.path.join(folder, "detect_trace")
    c = [f for p in ("src/detect/classic_*.c", "src/detect/detect_classic.c", "src/detect/detect_snap.c",
                     "src/image/*.c", "src/base/*.c", "tests/bench/detect_trace.c")
         for f in glob.glob(os.path.join(ROOT, p))]
    subprocess.run(["cc", "-O3", "-std=c11", "-D_GNU_SOURCE", "-DDSC_DETECT_TRACE",
                    "-I" + os.path.join(ROOT, "src"), "-o", exe] + c + ["-lpthread"], check=True)
    return exe


def label(r, truth):
    x, y, w, h, turned = r[:5]
    if not len(truth):
        return 0

    def inside(g):
        iw = np.minimum(x + w, truth[:, 0] + truth[:, 2] + g) - np.maximum(x, truth[:, 0] - g)
        ih = np.minimum(y + h, truth[:, 1] + truth[:, 3] + g) - np.maximum(y, truth[:, 1] - g)
        return np.maximum(iw, 0) * np.maximum(ih, 0) / (w * h)
    high = (w if turned else h) / truth[:, 2 if turned else 3]
    if (inside(3) * (high > 0.5)).max() >= 0.7:
        return 1
    return 0 if inside(8).sum() < 0.3 else -1


def examples(exe, folder):
    rows, labels = [], []
    for line in open(os.path.join(folder, "index.txt")):
        p = line.split()
        truth = np.array([[int(v) for v in t.split()[:4]] for t in open(os.path.join(folder, p[1]))]).reshape(-1, 4)
        for v in p[2:]:
            out = subprocess.run([exe, os.path.join(folder, v)], capture_output=True, text=True).stdout
            for r in out.splitlines():
                r = np.array(r.split(), int)
                y = label(r, truth)
                if y >= 0:
                    rows.append(r)
                    labels.append(y)
    return np.array(rows), np.array(labels)


# ---- the model ----

def edges_of(x, y):
    pos, neg = x[y == 1], x[y == 0]
    neg = neg[np.random.RandomState(0).permutation(len(neg))[:max(1, len(pos))]]
    both = np.concatenate([pos, neg])
    return [np.unique(np.percentile(both[:, j], np.linspace(0, 100, BINS + 1)[1:-1]).astype(int))
            for j in range(x.shape[1])]


def fit(x, y, weight, hold=4.0):
    edges = edges_of(x, y)
    first = np.cumsum([0] + [len(e) + 1 for e in edges])
    n = first[-1]
    at = np.stack([np.searchsorted(e, x[:, j], side="right") + first[j] for j, e in enumerate(edges)], 1)
    penalty = 0.05 * np.eye(n)
    for j, e in enumerate(edges):
        for k in range(first[j], first[j] + len(e)):
            penalty[k:k + 2, k:k + 2] += hold * np.array([[1, -1], [-1, 1]])
    w, b = np.zeros(n), 0.0
    for _ in range(25):
        p = 1 / (1 + np.exp(-np.clip(w[at].sum(1) + b, -30, 30)))
        r, s = weight * (p - y), weight * p * (1 - p) + 1e-9
        g, h = np.zeros(n + 1), np.zeros((n + 1, n + 1))
        for i in range(at.shape[1]):
            g[:n] += np.bincount(at[:, i], r, n)
            side = np.bincount(at[:, i], s, n)
            h[:n, n] += side
            h[n, :n] += side
            for j in range(i, at.shape[1]):
                m = np.bincount(at[:, i] * n + at[:, j], s, n * n).reshape(n, n)
                h[:n, :n] += m if i == j else m + m.T
        g[:n] += penalty @ w
        g[n], h[n, n] = r.sum(), s.sum()
        h[:n, :n] += penalty
        step = np.linalg.solve(h + 1e-6 * np.eye(n + 1), g)
        w, b = w - step[:n], b - step[n]
        if np.abs(step).max() < 1e-4:
            break
    return edges, [w[first[j]:first[j + 1]] for j in range(len(edges))], b


def fit_class(rows, y, k):
    x, box = rows[:, 5:], rows[:, :4]
    use = (x[:, 0] >= CLASSES[k][0]) & (x[:, 0] < CLASSES[k][1])
    if k < 2:
        use &= rows[:, 4] == 0
    # A false line costs what it covers.
    weight = np.where(y == 1, 1.0, np.clip(np.sqrt(box[:, 2] * box[:, 3] / 200.0), 0.5, 30))
    neg = np.where(use & (y == 0))[0]
    if len(neg) > MOST:
        keep = np.random.RandomState(1).choice(neg, MOST, replace=False)
        weight[keep] *= len(neg) / MOST
        use &= y == 1
        use[keep] = True
    return fit(x[use], y[use], weight[use])


def print_weights(models):
    print("/* SPDX-License-Identifier: Apache-2.0\n *\n"
          " * Generated by tests/bench/detect_fit.py: log-odds of text, in hundredths, by\n"
          " * interval of each feature. Do not edit.\n */\n#include \"detect/classic_priv.h\"\n\n"
          "const dsc_weights dsc_classic__weights[DSC_CLASSIC_CLASSES] = {")
    for edges, weights, bias in models:
        print("    {%d,\n     {" % round(bias * 100))
        for name, e, w in zip(NAMES, edges, weights):
            print("         /* %s */ {%d, {%s}, {%s}}," % (
                name, len(e), ", ".join(map(str, e)) or "0", ", ".join("%d" % round(v * 100) for v in w)))
        print("     }},")
    print("};")


# ---- drawn text ----

WORDS = ("Mustermann Max Smith JOHN Doe JANE Garcia Tanaka Lee Ivanova MUELLER Hospital Clinic Dr. ID: DOB: MRN "
         "Name: Date HR bpm cm mm/s kHz FR Hz Gain Depth MI TIs L R A P V kV mAs WL WW Se: Im: LV RV Ao %").split()
SIZES = [[8, 9, 10, 11, 12], [10, 12, 14, 16], [14, 18, 22], [24, 32, 48, 60], [9, 12, 16, 24, 40]]


def words(rnd):
    two = lambda a, b: "%02d" % rnd.randint(a, b)
    return rnd.choice([
        lambda: rnd.choice(WORDS) + ", " + rnd.choice(WORDS) + " " + two(1, 31) + "." + two(1, 12) + ".1961",
        lambda: str(rnd.randint(1920, 2024)) + rnd.choice("-/.") + two(1, 12) + rnd.choice("-/.") + two(1, 28),
        lambda: two(0, 23) + ":" + two(0, 59) + ":" + two(0, 59) + rnd.choice(["", " AM", " PM"]),
        lambda: rnd.choice(WORDS) + " " + str(rnd.randint(0, 999)),
        lambda: str(rnd.randint(0, 20)),
        lambda: str(rnd.randint(100, 99999999)),
        lambda: "%.1f %s" % (rnd.random() * 20, rnd.choice(["cm", "mm", "m/s", "dB"])),
        lambda: " ".join(rnd.choice(WORDS) for _ in range(rnd.randint(1, 5))),
    ])()


def stamp(rnd, fonts):
    from PIL import Image, ImageDraw, ImageFont
    text = words(rnd)
    font = ImageFont.truetype(rnd.choice(fonts), int(rnd.choice(rnd.choice(SIZES)) * 1.35))
    x0, y0, x1, y1 = font.getbbox(text)
    m = Image.new("L", (x1 - x0 + 8, y1 - y0 + 8))
    d = ImageDraw.Draw(m)
    d.fontmode = rnd.choice("1LL")
    d.text((4 - x0, 4 - y0), text, font=font, fill=255)
    m = np.array(m) / 255.0
    return np.rot90(m, rnd.choice([1, 3])) if rnd.random() < 0.12 else m


def ink_for(rnd, region, m):
    """Draws paper or rim where the style has one; None where it would be lost."""
    mean, sd, style = region.mean(), region.std(), rnd.random()
    if style < 0.3:
        ink = 255 if mean < 190 else 0
    elif style < 0.5:
        ink = rnd.randint(120, 255)
    elif style < 0.65:
        ink = 0 if mean > 70 else 255
    elif style < 0.8:
        region[:] = rnd.choice([0, 30, 255, 200])
        ink = 255 - region[0, 0]
    elif style < 0.9:
        rim = np.max([np.roll(m, (dy, dx), (0, 1)) for dy in (-1, 0, 1) for dx in (-1, 0, 1)], axis=0)
        region[:] = region * (1 - rim)
        ink = 255
    else:
        ink = min(255, mean + 3 * sd + rnd.randint(12, 40))
    if abs(ink - region.mean()) < 2.5 * region.std() + 10:
        ink = 255 if mean < 128 else 0
    return None if abs(ink - region.mean()) < 2 * region.std() + 10 else ink


def draw(rnd, fonts, a):
    taken, truth = [], []
    for _ in range(rnd.randint(4, 14)):
        m = stamp(rnd, fonts)
        mh, mw = m.shape
        if mw > a.shape[1] - 4 or mh > a.shape[0] - 4:
            continue
        x, y = rnd.randint(0, a.shape[1] - mw), rnd.randint(0, a.shape[0] - mh)
        if any(x - 12 < t[2] and t[0] < x + mw + 12 and y - 12 < t[3] and t[1] < y + mh + 12 for t in taken):
            continue
        taken.append((x - 12, y - 12, x + mw + 12, y + mh + 12))
        region = a[y:y + mh, x:x + mw]
        ink = ink_for(rnd, region, m)
        ys, xs = np.where(m > 0.35)
        if ink is None or not len(xs):
            continue
        region[:] = region * (1 - m) + ink * m
        cut = m[ys.min():ys.max() + 1, xs.min():xs.max() + 1] > 0.35
        truth.append("%d %d %d %d name %s -\n" % (x + xs.min(), y + ys.min(), cut.shape[1], cut.shape[0],
                                                  "".join("%d" % v for v in cut.ravel())))
    return truth


def synth(folder, out):
    from PIL import Image
    rnd = random.Random(7)
    listed = subprocess.run(["fc-list", "--format", "%{file}\n"], capture_output=True, text=True).stdout.split("\n")
    fonts = sorted(f for f in listed if f.endswith(".ttf") and "Math" not in f)
    backs = sorted(line.split()[2] for line in open(os.path.join(folder, "index.txt")) if line[0] == "N")
    os.makedirs(out, exist_ok=True)
    index = open(os.path.join(out, "index.txt"), "w")
    for k, name in enumerate(backs * 2):
        im = Image.open(os.path.join(folder, name)).convert("L")
        if min(im.size) < 200 or max(im.size) > 2600:
            continue
        if im.width * im.height > 1600 * 1600:
            im = im.resize((im.width // 2, im.height // 2))
        a = np.array(im).astype(np.float64)
        truth = draw(rnd, fonts, a)
        im = Image.fromarray(np.clip(a, 0, 255).astype(np.uint8))
        if rnd.random() < 0.4:
            b = io.BytesIO()
            im.save(b, "JPEG", quality=rnd.choice([75, 85, 92]))
            im = Image.open(b)
        im.save(os.path.join(out, "synth%03d.s.pgm" % k))
        open(os.path.join(out, "synth%03d.txt" % k), "w").writelines(truth)
        index.write("T synth%03d.txt synth%03d.s.pgm\n" % (k, k))
    index.close()


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--synth":
        return synth(sys.argv[2], sys.argv[3])
    if len(sys.argv) < 2 or sys.argv[1].startswith("-"):
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as tmp:
        exe = build(tmp)
        parts = [examples(exe, f) for f in sys.argv[1:]]
    rows, y = (np.concatenate(p) for p in zip(*parts))
    print_weights([fit_class(rows, y, k) for k in range(len(CLASSES))])


if __name__ == "__main__":
    main()
