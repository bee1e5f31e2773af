# SPDX-License-Identifier: Apache-2.0
"""Finding text: each detector of dcmscrub beside Tesseract on whole pages, on
testdata and its truth; and the corpus of real files."""
import csv
import io
import json
import os
import subprocess
import sys

import bench_data as data
from bench_common import ROOT, clean, missing, run, table
import numpy as np
import pydicom
from PIL import Image

IDENTIFY = {"name", "id", "date", "time", "institution", "person", "phone", "address", "accession"}


def truth_of(name):
    """{frame: [box]} of a test file, pixels only."""
    with open(os.path.join(data.TESTDATA, "truth", name + ".json"), encoding="utf-8") as f:
        t = json.load(f)
    frames = t.get("frames") or {str(t.get("frame", 0)): t.get("boxes", [])}
    return {int(k): [b for b in v if b.get("plane", "pixels") == "pixels"] for k, v in frames.items()}


def chosen():
    """Test files whose frames Pillow can show: still and clip, grey and colour."""
    names = ("us-grey-jpeg50", "us-rgb-jpeg50-420", "us-rgb-explicit", "clip-jpeg50", "clip-rgb-jpeg50", "ct-explicit",
             "cr-mono2-10bit", "cr-rotated", "dx-mono1-14bit", "screen-rgb-explicit", "letter-jpeg50", "ct-dose-screen-rle")
    return [os.path.join(data.TESTDATA, n + ".dcm") for n in names if os.path.exists(os.path.join(data.TESTDATA, n + ".dcm"))]


def frame_views(path):
    """[(frame, 8-bit picture)] of the frames with truth."""
    ds = pydicom.dcmread(path)
    if ds.file_meta.TransferSyntaxUID.is_compressed and not ds.file_meta.TransferSyntaxUID.is_deflated:
        ds.convert_pixel_data("rle" if str(ds.file_meta.TransferSyntaxUID).endswith(".2.5") else "gdcm")
    a = ds.pixel_array
    a = a[None] if int(ds.get("NumberOfFrames", 1) or 1) == 1 else a
    if a.dtype != np.uint8:
        low, high = int(a.min()), int(a.max())
        a = ((a.astype(np.int64) - low) * 255 // max(1, high - low)).astype(np.uint8)
    if ds.PhotometricInterpretation == "MONOCHROME1":
        a = 255 - a
    if ds.PhotometricInterpretation.startswith("YBR"):
        return [(f, np.asarray(Image.fromarray(a[f], "YCbCr").convert("RGB"))) for f in range(len(a))]
    return [(f, a[f]) for f in range(len(a))]


def covered(box, found):
    """Share of a truth box under the found rectangles."""
    x, y, w, h = box["x"], box["y"], box["w"], box["h"]
    m = np.zeros((h, w), bool)
    for fx, fy, fw, fh in found:
        m[max(0, fy - y):max(0, fy + fh - y), max(0, fx - x):max(0, fx + fw - x)] = True
    return m.mean()


def tesseract_page(a, view):
    """(boxes of words, CPU seconds) of one page, psm 11."""
    page = os.path.join(a.folder, "page.png")
    Image.fromarray(view).save(page)
    base = os.path.join(a.folder, "page")
    r = run(["env", "OMP_THREAD_LIMIT=1", "tesseract", page, base, "--psm", "11", "tsv"])
    boxes = []
    if r["rc"] == 0:
        with open(base + ".tsv", encoding="utf-8") as f:
            for line in csv.DictReader(io.StringIO(f.read()), delimiter="\t", quoting=csv.QUOTE_NONE):
                if line["text"] and line["text"].strip():
                    boxes.append([int(line[k]) for k in ("left", "top", "width", "height")])
    return boxes, r["cpu_s"]


def judge(files, boxes_of):
    """(identifying boxes covered, all such boxes, share of the area without
    text that the found boxes take)."""
    hit = total = wrong = empty = 0
    for path in files:
        ds = pydicom.dcmread(path, stop_before_pixels=True)
        for frame, boxes in truth_of(os.path.basename(path)).items():
            found = boxes_of(path, frame)
            for box in (b for b in boxes if b["kind"] in IDENTIFY):
                total += 1
                hit += bool(covered(box, found) >= 0.9)
            text = painted(ds, [(b["x"] - 8, b["y"] - 8, b["w"] + 16, b["h"] + 16) for b in boxes])
            wrong += int((painted(ds, found) & ~text).sum())
            empty += int((~text).sum())
    return hit, total, wrong / max(1, empty)


def painted(ds, boxes):
    m = np.zeros((ds.Rows, ds.Columns), bool)
    for x, y, w, h in boxes:
        m[max(0, y):max(0, y + h), max(0, x):max(0, x + w)] = True
    return m


def detector(a, files, name):
    """Recall and time of `clean --find all` with one detector."""
    r, records = clean(a.program, files, a.folder, "-j1", "--detect", name, "--policy", "all", "--documents",
                       "policy")
    if r["rc"] == 2 or not records:
        print("SKIP --detect %s: this build does not know it" % name)
        return None
    by = {rec["input"]: rec for rec in records}

    def boxes(path, frame):
        return [(g["x"], g["y"], g["w"], g["h"]) for g in by.get(path, {"regions": []})["regions"]
                if g["frames"][0] <= frame <= g["frames"][1]]

    hit, total, wrong = judge(files, boxes)
    frames = sum(rec["frames"] for rec in records)
    return {"what": "clean --detect " + name, "hit": hit, "total": total, "wrong": wrong, "frames": frames,
            "cpu_ms": r["cpu_s"] * 1000 / frames, "plan_ms": sum(rec["ms"]["plan"] for rec in records) / frames}


def text(a):
    files, out = chosen(), []
    for name in ("thorough", "fast"):
        out.append(detector(a, files, name))
    if missing("tesseract"):
        print("SKIP tesseract (the program) is not installed")
    else:
        found, cpu = {}, 0.0
        for path in files:
            for frame, view in frame_views(path):
                found[path, frame], used = tesseract_page(a, view)
                cpu += used
        hit, total, wrong = judge(files, lambda path, frame: found.get((path, frame), []))
        out.append({"what": "tesseract --psm 11, whole pages", "hit": hit, "total": total, "wrong": wrong, "frames": len(found),
                    "cpu_ms": cpu * 1000 / len(found), "plan_ms": None})
    out = [o for o in out if o]
    table("Finding text, %d files of testdata" % len(files),
          ["how", "frames", "identifying boxes", "covered", "share", "area beside text", "CPU ms a frame", "plan ms a frame"],
          [[o["what"], o["frames"], o["total"], o["hit"], o["hit"] / max(1, o["total"]), o["wrong"], o["cpu_ms"], o["plan_ms"]] for o in out])
    return {"testdata": out, "clips": clips(a)}


def clips(a):
    """What clips of 100 frames cost beside one frame of each."""
    out, rows = [], []
    kinds = {"still but for noise": lambda name, n: data.echo_clip_jpeg(a.folder, n, name),
             "sector moves": lambda name, n: data.moving_clip(a.folder, name, False, n),
             "sector moves under labels": lambda name, n: data.moving_clip(a.folder, name, False, n, True),
             "all moves": lambda name, n: data.moving_clip(a.folder, name, True, n)}
    for i, (kind, make) in enumerate(kinds.items()):
        paths = {n: make("clip-%d-%d" % (i, n), n) for n in (1, 100)}
        for name in ("thorough", "fast"):
            row = {"clip": kind, "detector": name}
            for n, path in paths.items():
                r, records = clean(a.program, [path], a.folder, "-j1", "--detect", name)
                if r["rc"] == 2 or not records:
                    break
                row[n] = {"plan_ms": records[0]["ms"]["plan"], "cpu_s": r["cpu_s"], "outcome": records[0]["outcome"]}
            if 100 in row:
                out.append(row)
                rows.append([kind, name, row[1]["outcome"], row[1]["cpu_s"], row[100]["outcome"], row[100]["cpu_s"],
                             row[100]["cpu_s"] / row[1]["cpu_s"]])
    table("Clips of 100 frames beside one frame, 640x480 JPEG, CPU s",
          ["clip", "detector", "one", "CPU s", "hundred", "CPU s", "times"], rows)
    return out


# ---- real files ----

def shared():
    """The folder of real files, or None."""
    for path in (os.environ.get("DSC_SHARED"), os.path.join(os.path.dirname(ROOT), "shared")):
        if path and os.path.isdir(os.path.join(path, "corpus")):
            return path
    return None


def corpus(a):
    home = shared()
    if not home:
        print("SKIP the corpus: DSC_SHARED names no folder of real files")
        return None
    out, rows = [], []
    for policy in ("safe", "phi", "all"):
        r, records = clean(a.program, [os.path.join(home, "corpus", "files")], a.folder, "--policy", policy)
        outcomes = {}
        for rec in records:
            outcomes[rec["outcome"]] = outcomes.get(rec["outcome"], 0) + 1
        scorer = subprocess.run([sys.executable, os.path.join(home, "eval", "score.py"), "--truth",
                                 os.path.join(home, "corpus", "truth"), "--report", os.path.join(a.folder, "report.jsonl"),
                                 "--policy", policy], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=900)
        lines = scorer.stdout.strip().splitlines()
        score = json.loads(lines[-1]) if lines else {}
        out.append({"policy": policy, "wall_s": r["wall_s"], "cpu_s": r["cpu_s"], "outcomes": outcomes, "score": score})
        rows.append([policy, len(records), r["wall_s"], r["cpu_s"]] +
                    [outcomes.get(o, 0) for o in ("clean", "scrubbed", "quarantined", "failed", "ignored")] +
                    [score.get(k) for k in ("phi_removed", "outside_same", "collateral", "lost", "errors")])
    table("Real files", ["policy", "files", "wall s", "CPU s", "clean", "scrubbed", "quarantined", "failed", "ignored",
                         "phi_removed", "outside_same", "collateral", "lost", "errors"], rows)
    return out
