#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every miss on real files with its picture and cause.

    bench_misses.py [--build DIR] SHARED OUT [option of clean ...]

Cleans the files of SHARED/corpus that have truth, asks SHARED/eval/score.py
which boxes were decided wrongly, and writes OUT/misses.tsv, OUT/index.html
and a picture of each: the box and its surroundings as stored (strongest
channel and chroma) and as cleaned. Prints the counts of causes as Markdown.
Everything in OUT shows what real people's files show: it stays on the machine.
Needs the target read_lines, python3-pydicom, -gdcm, -numpy, -pil.
"""
import argparse
import collections
import html
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True
import bench_common
import detect_views
import numpy as np
from PIL import Image

AROUND = 24
ZOOM = 4


def truth_files(shared):
    files = os.path.join(shared, "corpus", "files")
    for name in sorted(os.listdir(os.path.join(shared, "corpus", "truth"))):
        base = name[:-len(".json")]
        found = [n for n in (base, base + ".dcm") if os.path.exists(os.path.join(files, n))]
        if found:
            yield os.path.join(files, found[0])


def score(shared, report, out):
    path = os.path.join(out, "score.json")
    subprocess.run([sys.executable, os.path.join(shared, "eval", "score.py"), "--truth",
                    os.path.join(shared, "corpus", "truth"), "--report", report, "--json", path],
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False)
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def misses_of(scored):
    """(file, box of the scorer, was it to go?) of all that is wrong."""
    for r in scored["files"]:
        for b in r["phi"]:
            if not b["gone"]:
                yield r["input"], b, True
        for b in r["keep"]:
            if not b["intact"]:
                yield r["input"], b, False


def common(a, b):
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(0, w) * max(0, h)


def readings(build, places):
    """{(path, frame): [(box, text, confidence, verdict, rule)]}"""
    args = [x for path, frame in places for x in (path, str(frame))]
    r = subprocess.run([os.path.join(build, "tests", "bench", "read_lines")] + args, stdin=subprocess.DEVNULL,
                       capture_output=True, check=True, encoding="utf-8", errors="replace",
                       env={"DSC_MODELS": os.path.join(bench_common.ROOT, "models"), **os.environ})
    out = collections.defaultdict(list)
    for line in r.stdout.splitlines():
        n, _, _, _, _, _, box, confidence, verdict, _, rule, text = line.split("\t", 11)
        out[places[int(n)]].append((tuple(map(int, box.split(","))), text, float(confidence), verdict, rule))
    return out


def squeeze(text):
    return "".join(text.split()).lower()


def cause(box, to_go, words, regions):
    """Why, in a few words; `words` were read at the box, `regions` lie on it."""
    rules = {g["rule"] for g in regions}
    right = [w for w in words if squeeze(w[1]) == squeeze(box["text"]) or squeeze(w[1]) in squeeze(box["text"]).split("/")]
    if to_go:
        return "kept: %s" % ", ".join(sorted({w[4] for w in words if w[3] == "keep"}) or ["not found"])
    if any(rule.startswith("header-") for rule in rules):
        return "the header has it"
    if any(w[3] == "keep" for w in right):
        return "read rightly; a box beside or around it takes it"
    if right and all(w[4] == "bare-number" for w in right):
        return "a number that nothing explains"
    if right:
        return "read rightly; known from no list, or a letter alone"
    if squeeze(box["text"]) in squeeze("".join(w[1] for w in words if w[3])):
        return "read rightly, with other text; it goes with that"
    return "misread" if words else "not read"


def picture(path, cleaned, box, frame, name):
    x, y, w, h = box
    parts = []
    for source in (path, cleaned):
        ds, a = detect_views.read(source)
        for view in detect_views.views(a[frame], ds):
            part = view[max(0, y - AROUND):y + h + AROUND, max(0, x - AROUND):x + w + AROUND]
            parts.append(np.pad(part, 2, constant_values=128))
    sheet = np.concatenate(parts, axis=1)
    Image.fromarray(sheet).resize((sheet.shape[1] * ZOOM, sheet.shape[0] * ZOOM), Image.NEAREST).save(name)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--build", default=os.path.join(bench_common.ROOT, "build"))
    ap.add_argument("shared")
    ap.add_argument("out")
    a, options = ap.parse_known_args()
    os.umask(0o077)
    os.makedirs(a.out, exist_ok=True)
    program = os.path.join(os.path.abspath(a.build), "dcmscrub")
    _, records = bench_common.clean(program, list(truth_files(a.shared)), a.out, "--documents", "policy", "--find",
                                    "ocr,detector", *options)
    by = {os.path.basename(r["input"]): r for r in records}
    misses = list(misses_of(score(a.shared, os.path.join(a.out, "report.jsonl"), a.out)))
    places = sorted({(by[name]["input"], b["frame"]) for name, b, _ in misses})
    read = readings(a.build, places)
    causes, rows = collections.Counter(), []
    for n, (name, b, to_go) in enumerate(misses):
        rec = by[name]
        words = [w for w in read[rec["input"], b["frame"]]
                 if common(w[0], b["box"]) * 4 >= min(b["box"][2] * b["box"][3], w[0][2] * w[0][3])]
        regions = [g for g in rec["regions"] if g["frames"][0] <= b["frame"] <= g["frames"][1]
                   and common((g["x"], g["y"], g["w"], g["h"]), b["box"])]
        why = cause(b, to_go, words, regions)
        causes["left" if to_go else "taken", why] += 1
        png = "%03d.png" % n
        picture(rec["input"], rec["output"], b["box"], b["frame"], os.path.join(a.out, png))
        rows.append([png, name, b["frame"], ",".join(map(str, b["box"])), b["kind"], "left" if to_go else "taken",
                     b["text"], why, " ".join("%s(%.2f %s)" % (w[1], w[2], w[4]) for w in words),
                     " ".join(sorted({g["rule"] for g in regions}))])
    head = ["picture", "file", "frame", "place", "kind", "miss", "text", "cause", "read", "rules of the boxes on it"]
    with open(os.path.join(a.out, "misses.tsv"), "w", encoding="utf-8") as f:
        f.writelines("\t".join(map(str, r)) + "\n" for r in [head] + rows)
    with open(os.path.join(a.out, "index.html"), "w", encoding="utf-8") as f:
        f.write("<!doctype html><meta charset=utf-8><title>Misses</title><table border=1>")
        for r in [head] + rows:
            cells = ["<img src=%s>" % r[0] if r is not head else r[0]] + [html.escape(str(c)) for c in r[1:]]
            f.write("<tr>" + "".join("<td>%s</td>" % c for c in cells) + "</tr>\n")
        f.write("</table>")
    bench_common.table("Misses on real files", ["miss", "cause", "boxes"],
                       [[k[0], k[1], v] for k, v in sorted(causes.items(), key=lambda c: (c[0][0], -c[1]))])
    return 0


if __name__ == "__main__":
    sys.exit(main())
