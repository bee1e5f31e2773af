#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Measure the reader, in the integers that ship, on rows in fonts that it never saw.

    measure.py --fonts FOLDER [--weights textread.bin] [--rows N] [--names N] [--nothing N]
        [--corpus SHARED] [--two] [--tesseract] [--seed S]

Prints tables of what is read by size, kind of font and damage, of how sure words come
out right, how often a name becomes a word that the allow-lists keep, and how often what
is no letter becomes a word. --two reads each row in two sizes, as src/ocr does: what
it takes for read has a probability of 0.97 and more, all else none. --tesseract reads the same rows with it, as src/ocr scales
them (one line, 32 px). --corpus reads the truth boxes of SHARED/corpus as well, which needs
what tests/bench/detect_views.py does; what is read there is not printed."""
import argparse
import collections
import difflib
import glob
import json
import os
import random
import subprocess
import sys
import tempfile
import unicodedata

import numpy as np
from PIL import Image

import classes
import draw
import reference

HERE = os.path.dirname(os.path.abspath(__file__))
SURE = (.5, .8, .9, .95, .98, .99)


def rows_of(rng, fonts, n, texts_=None, fits=lambda s: True):
    out = []
    while len(out) < n:
        s = draw.sample(rng, fonts, None if texts_ is None else texts_[len(out)])
        if s is not None and fits(s):
            out.append(s)
    return out


def wanted(s):
    return "".join(classes.CHARACTERS[k - 1] for k in s.labels)


def distance(a, b):
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        last, row[0] = row[0], i
        for k, y in enumerate(b, 1):
            last, row[k] = row[k], min(row[k] + 1, row[k - 1] + 1, last + (x != y))
    return row[-1]


def kind_of(s):
    f = s.face
    if f is None:
        return "none"
    if isinstance(f, draw.Bitmaps):
        return "bitmap"
    return "outline, hard" if f.hard else "outline, hinted" if f.zoom == 1 else "outline, unhinted"


def read_in_two(reader, ink):
    """[(word, probability)] as dsc_ocr__agree() has it."""
    first, row = reader.read(reference.prepare(ink)), reference.prepare(draw.larger(ink))
    if row is None:
        return [(w[0], w[3] if w[3] >= .95 else 0) for w in first]
    second, out = reader.read(row) if any(w[3] >= .5 for w in first) else [], []
    for word, _, _, p in first:
        q = max((w[3] for w in second if plain(w[0]) == plain(word)), default=0)
        wrong = (1 - p) * (1 - q)
        out.append((word, 1 - wrong if p >= .5 and wrong <= .01 or p >= .95 and q >= .5 else 0))
    return out


def read_rows(a, reader, inks):
    """[[(word, probability)]]"""
    if a.two:
        return [read_in_two(reader, ink) for ink in inks]
    return [[(w[0], w[3]) for w in reader.read(reference.prepare(ink))] for ink in inks]


def plain(word):
    """Without regard to what has one shape, as the reader is asked."""
    for group in reference.ALIKE:
        for c in group:
            word = word.replace(c, group[0])
    return word


def right_words(want, got):
    """Which of the words read are right?"""
    want, got = list(map(plain, want)), list(map(plain, got))
    right = [False] * len(got)
    for b in difflib.SequenceMatcher(None, want, got, autojunk=False).get_matching_blocks():
        for i in range(b.b, b.b + b.size):
            right[i] = True
    return right


def with_tesseract(rows):
    """[[(word, confidence)]] of rows."""
    out = [[] for _ in rows]
    with tempfile.TemporaryDirectory() as tmp:
        names = []
        for i, s in enumerate(rows):
            ink = np.asarray(s.row)
            ys = np.nonzero(ink.any(1))[0]
            im = Image.fromarray((255 - ink[ys[0]:ys[-1] + 1].astype(int) * 255 // 127).astype(np.uint8))
            k = 32 / im.height
            im = im.resize((round(im.width * k), 32), Image.BICUBIC)
            sheet = Image.new("L", (im.width + 24, 56), 255)
            sheet.paste(im, (12, 12))
            names.append("%s/%d.png" % (tmp, i))
            sheet.save(names[-1])
        with open(tmp + "/list", "w") as f:
            f.write("\n".join(names) + "\n")
        r = subprocess.run(["tesseract", tmp + "/list", "-", "--psm", "7", "tsv"], capture_output=True, encoding="utf-8", check=True,
                           env=dict(os.environ, OMP_THREAD_LIMIT="1"))
    for line in r.stdout.splitlines():
        p = line.split("\t")
        if len(p) == 12 and p[0] == "5" and p[11].strip():
            out[int(p[1]) - 1].append((p[11], float(p[10]) / 100))
    return out


def table(head, rows):
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for r in rows:
        print("| " + " | ".join("%.1f %%" % (100 * v) if isinstance(v, float) else str(v) for v in r) + " |")


def judge(rows, read):
    """(character errors, words wanted, words read right, all words read as (probability, right))"""
    wrong = letters = count = right = 0
    words = []
    for s, got in zip(rows, read):
        want = wanted(s)
        wrong += distance(plain(want), plain(" ".join(w[0] for w in got)))
        letters += len(want)
        ok = right_words(want.split(" "), [w[0] for w in got])
        for w, r in zip(got, ok):
            words.append((w[-1], r, classes.OTHER in w[0]))
        good = [w for w in want.split(" ") if classes.OTHER not in w]
        count += len(good)
        right += sum(r for w, r in zip(got, ok) if classes.OTHER not in w[0])
    return wrong / max(1, letters), count, right / max(1, count), words


def sure_of(words, count, at):
    sure = [w for w in words if w[0] >= at and not w[2]]
    return len([w for w in sure if w[1]]) / max(1, count), len([w for w in sure if w[1]]) / max(1, len(sure))


def folded(word):
    return "".join(c for c in unicodedata.normalize("NFD", word).casefold() if c.isalnum())


def allowed():
    out = set()
    for path in glob.glob(os.path.join(HERE, "..", "..", "masks", "allow", "*.txt")):
        with open(path, encoding="utf-8") as f:
            for line in f:
                if line.strip() and line[0] not in "#[":
                    out |= {folded(line.strip().lstrip("!"))} | {folded(w) for w in line.split()}
    return out - {""}


def names(rng, n):
    """(names, allowed words): half of the names differ from an allowed word by one letter."""
    with open(os.path.join(HERE, "..", "..", "src", "policy", "lists", "names.txt"), encoding="utf-8") as f:
        known = [w.strip() for w in f if w.strip() and w[0] != "#"]
    keep = allowed()
    known = [w for w in known if w not in keep]
    holes = {w[:i] + "_" + w[i + 1:] for w in keep for i in range(len(w))}
    near = [w for w in known if any(w[:i] + "_" + w[i + 1:] in holes for i in range(len(w)))]
    picked = [rng.choice(near if k % 2 else known) for k in range(n)]
    return [w.upper() if rng.random() < .5 else w.capitalize() for w in picked], keep


def drawn_rows(a, rng, reader, fonts):
    rows = rows_of(rng, fonts, a.rows)
    read = read_rows(a, reader, [s.ink for s in rows])
    tess = with_tesseract(rows) if a.tesseract else None
    slices = [("all", lambda s: "all"), ("kind", kind_of), ("damage", lambda s: "+".join(s.damage) if len(s.damage) == 1 else "several"),
              ("size", lambda s: "none" if s.face is None else "%02d" % round(s.face.high))]
    for name, of in slices:
        groups = collections.defaultdict(list)
        for i, s in enumerate(rows):
            groups[of(s)].append(i)
        out = []
        for g in sorted(groups):
            line = [g, len(groups[g])]
            for r in [read] + ([tess] if tess else []):
                cer, count, right, words = judge([rows[i] for i in groups[g]], [r[i] for i in groups[g]])
                kept, exact = sure_of(words, count, .95)
                line += [cer, right, kept, exact]
            out.append(line)
        cols = ["wrong letters", "words right", "sure (.95) and right", "right of the sure"]
        table([name, "rows"] + cols + (["Tesseract: " + c for c in cols] if tess else []), out)
    _, count, _, words = judge(rows, read)
    table(["probability at least", "words sure and right", "right of the sure"], [[str(t), *sure_of(words, count, t)] for t in SURE])
    for low, high in zip((0, .2, .4, .6, .8, .9, .95, .98), (.2, .4, .6, .8, .9, .95, .98, 1.01)):
        part = [w for w in words if low <= w[0] < high]
        print("probability %.2f to %.2f: %d words, mean %.3f, right %.3f" % (low, min(high, 1), len(part), np.mean([w[0] for w in part] or [0]), np.mean([w[1] for w in part] or [0])))


def drawn_names(a, rng, reader, fonts):
    texts_, keep = names(rng, a.names)
    drawn = rows_of(rng, fonts, a.names, texts_)
    counts, shown = collections.Counter(), []
    for s, got in zip(drawn, read_rows(a, reader, [s.ink for s in drawn])):
        want = folded(s.text)
        for word, p in got:
            word = folded(word)
            for t in SURE:
                counts[t, "sure"] += p >= t
                counts[t, "wrong"] += p >= t and word != want
                counts[t, "kept"] += p >= t and word != want and word in keep
            if p >= .8 and word != want and word in keep:
                shown.append((s.text, " ".join("%s(%.3f)" % g for g in got)))
    table(["%d names, half of them a letter from an allowed word; probability at least" % a.names, "words", "other than the name", "in an allow-list"],
          [[str(t)] + [counts[t, k] for k in ("sure", "wrong", "kept")] for t in SURE])
    print(*("%s read as %s" % s for s in shown), sep="\n")


def drawn_nothing(a, rng, reader, fonts):
    rows = rows_of(rng, fonts, a.nothing, fits=lambda s: wanted(s) == classes.OTHER)
    for kind, part in (("of grain and curves", [s for s in rows if s.face is None]), ("of other glyphs", [s for s in rows if s.face])):
        read = read_rows(a, reader, [s.ink for s in part])
        best = [max([p for word, p in got if classes.OTHER not in word], default=0) for got in read]
        table(["%d rows %s; probability at least" % (len(part), kind), "rows with a word"], [[str(t), sum(p >= t for p in best)] for t in SURE])


def crop_of(view, box):
    """The ink of a truth box and its contrast; None where there is none that the net reads."""
    x, y, w, h = (box[k] for k in "xywh")
    for dark in (view, 255 - view):
        a = dark[max(0, y - 2):y + h + 2, max(0, x - 2):x + w + 2].astype(float)
        flat = np.sort(a, axis=None)
        if not a.size:
            return None
        paper, ink = flat[int(flat.size * .4)], flat[max(0, flat.size - 1 - flat.size // 50)]
        edge = np.median(np.concatenate([a[0], a[-1], a[:, 0], a[:, -1]]))
        if ink - paper >= 2 and abs(edge - paper) <= abs(edge - ink):
            row = draw.connected_edge(((a - paper) * 255 / (ink - paper)).clip(0, 255)).astype(np.uint8)
            if reference.prepare(row) is not None:
                return ink - paper, row
    return None


def corpus_rows(shared):
    """[(text, ink)] of the truth boxes of 5 to 24 px, equal ones once."""
    sys.path.insert(0, os.path.join(HERE, "..", "..", "tests", "bench"))
    import detect_views
    out, seen = [], set()
    for path in sorted(glob.glob(os.path.join(shared, "corpus", "truth", "*.json"))):
        with open(path, encoding="utf-8") as f:
            truth = json.load(f)
        name = os.path.join(shared, "corpus", "files", os.path.basename(path)[:-len(".json")])
        if truth.get("plane", "pixels") != "pixels":
            continue
        ds, frames = detect_views.read(name if os.path.exists(name) else name + ".dcm")
        views = detect_views.views(frames[truth.get("frame") or 0], ds)
        for box in truth["boxes"]:
            rows = [r for r in (crop_of(v, box) for v in views) if r] if 5 <= box["h"] <= 24 else []
            row = max(rows, key=lambda r: r[0])[1] if rows else None
            if row is not None and (key := reference.prepare(row).tobytes()) not in seen:
                seen.add(key)
                out.append((box["text"], row))
    return out


def real_rows(a, reader):
    rows = corpus_rows(a.corpus)
    words, count = [], 0
    for (text, _), got in zip(rows, read_rows(a, reader, [ink for _, ink in rows])):
        got = [(w.upper(), p) for w, p in got]
        count += len(text.split())
        ok = right_words(text.upper().split(), [w[0] for w in got])
        words += [(p, r, classes.OTHER in w) for (w, p), r in zip(got, ok)]
    table(["%d rows of the corpus, %d words; probability at least" % (len(rows), count), "words", "right"],
          [[str(t), sum(w[0] >= t and not w[2] for w in words), sum(w[0] >= t and w[1] for w in words)] for t in SURE])


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--fonts", required=True)
    ap.add_argument("--weights", default=os.path.join(HERE, "textread.bin"))
    ap.add_argument("--rows", type=int, default=2000)
    ap.add_argument("--names", type=int, default=2000)
    ap.add_argument("--nothing", type=int, default=500)
    ap.add_argument("--corpus")
    ap.add_argument("--seed", type=int, default=77)
    ap.add_argument("--two", action="store_true")
    ap.add_argument("--tesseract", action="store_true")
    a = ap.parse_args()
    rng = random.Random(a.seed)
    np.random.seed(a.seed)
    reader, fonts = reference.Reader(a.weights), draw.Fonts(a.fonts, held_out=True)
    drawn_rows(a, rng, reader, fonts)
    drawn_names(a, rng, reader, fonts)
    drawn_nothing(a, rng, reader, fonts)
    if a.corpus:
        real_rows(a, reader)


if __name__ == "__main__":
    main()
