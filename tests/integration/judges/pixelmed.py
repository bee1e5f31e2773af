#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The same fixed boxes, blanked by PixelMed (com.pixelmed.apps, JPEG blocks
selectively) and by dcmscrub: outside the boxes both outputs hold the same
samples, inside neither holds the picture.

    pixelmed.py PROGRAM
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import JPEG_LOSSY, Tap, frames, good_files, inside, np, read, scrub  # noqa: E402

JARS = "/usr/share/java"
APP = "com.pixelmed.apps.DeidentifyAndRedactWithOriginalFileName"


def boxes(columns, rows):
    """Those of tests/cases/corners.yaml."""
    return [(3, 5, 40, 20), (columns - 33, rows - 22, 30, 17)]


def control_file(path, files):
    sizes = sorted({(int(read(f).Columns), int(read(f).Rows)) for f in files})
    with open(path, "w", encoding="ascii") as f:
        for columns, rows in sizes:
            f.write("%dx%d=%s\n" % (columns, rows, ";".join("(%d,%d,%d,%d)" % b for b in boxes(columns, rows))))


def redact(files, folder):
    """Run PixelMed over copies of the files; {base name: output}."""
    source, target = os.path.join(folder, "in"), os.path.join(folder, "pixelmed")
    os.mkdir(source)
    os.mkdir(target)
    for f in files:
        shutil.copy(f, source)
    control = os.path.join(folder, "control")
    control_file(control, files)
    jars = ":".join(glob.glob(os.path.join(JARS, "*.jar")))
    r = subprocess.run(["java", "-Djava.awt.headless=true", "-cp", jars, APP, source, target, control, "BLOCK",
                        "KEEPALLPRIVATE", "DONOTADDCONTRIBUTINGEQUIPMENT"],
                       stdin=subprocess.DEVNULL, capture_output=True, timeout=800)
    made = {}
    for f in files:
        stem = os.path.splitext(os.path.basename(f))[0]
        hits = [p for p in glob.glob(os.path.join(target, "**", "*"), recursive=True)
                if os.path.isfile(p) and os.path.basename(p).startswith(stem + "_")
                or os.path.basename(p) in (stem, stem + ".dcm")]
        if len(hits) == 1:
            made[os.path.basename(f)] = hits[0]
    return made, r.stderr.decode(errors="replace")


def check_same(record, other):
    a_ds, a = frames(record["input"])
    _, b = frames(record["output"])
    try:
        _, c = frames(other)
    except Exception as e:
        return "SKIP PixelMed's output cannot be decoded (%s)" % type(e).__name__
    if b.shape != c.shape:
        return "SKIP PixelMed made %s of %s" % (c.shape, b.shape)
    lossy = record["transfer_syntax"]["in"] in JPEG_LOSSY
    exact = [{"frames": [0, 1 << 30], "x": x, "y": y, "w": w, "h": h} for x, y, w, h in
             boxes(int(a_ds.Columns), int(a_ds.Rows))]
    # PixelMed grows boxes to its own JPEG blocks.
    cell = 16 if lossy else 1
    grown = [dict(r, x=r["x"] // cell * cell, y=r["y"] // cell * cell,
                  w=-(-(r["x"] + r["w"]) // cell) * cell - r["x"] // cell * cell,
                  h=-(-(r["y"] + r["h"]) // cell) * cell - r["y"] // cell * cell) for r in exact]
    for f in range(b.shape[0]):
        out = ~inside(b.shape[1:3], record["regions"] + grown, f, 1 if lossy else 0)
        if not np.array_equal(a[f][out], c[f][out]):
            return "SKIP PixelMed changes samples outside the boxes here"
        if not np.array_equal(b[f][out], c[f][out]):
            return "frame %d: %d samples outside the boxes differ" % (f, int((b[f][out] != c[f][out]).sum()))
        core = inside(b.shape[1:3], exact, f)
        if np.ptp(b[f][core].astype(np.int64), axis=0).max() > (3 if lossy else 0):
            return "frame %d: the boxes are not blank" % f
    return None


def main():
    program = os.path.abspath(sys.argv[1])
    if not shutil.which("java") or not os.path.exists(os.path.join(JARS, "pixelmed.jar")):
        print("1..0 # SKIP PixelMed or java is not installed")
        return 0
    folder = tempfile.mkdtemp(prefix="dsc-pixelmed-")
    tap = Tap()
    try:
        files = good_files()
        records = scrub(program, files, folder)
        made, words = redact(files, folder)
        compared = 0
        for f in files:
            name = os.path.basename(f)
            record = records.get(name)
            if not record or not record["output"] or name not in made:
                continue
            compared += 1
            tap.check(name, check_same, record, made[name])
        tap.check("%d of %d files were redacted by PixelMed" % (compared, len(files)),
                  lambda: None if compared >= 20 else words[-800:] or "nothing")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
