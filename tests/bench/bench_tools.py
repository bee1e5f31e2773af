# SPDX-License-Identifier: Apache-2.0
"""dcmscrub beside the tools of the field, on the same files in the same run.

Of both the wall clock and the CPU time are told: on a busy machine only the
latter says much."""
import glob
import json
import os
import shutil
import subprocess

import bench_data as data
from bench_common import clean, median, missing, run, table
import pydicom
from pydicom.encaps import generate_pixel_data_frame

JARS = "/usr/share/java"
REDACT = "com.pixelmed.apps.DeidentifyAndRedactWithOriginalFileName"
MASK_FILES = 100


def json_of(command):
    """The JSON line that a bench program ends with; its table goes to stderr."""
    r = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)
    if r.returncode:
        print("SKIP %s: exit code %d" % (os.path.basename(command[0]), r.returncode))
        return None
    return json.loads(r.stdout.strip().splitlines()[-1])


def bench_program(a, name):
    path = os.path.join(a.build, "tests", "bench", name)
    if os.path.exists(path):
        return path
    print("SKIP %s: not built (configure with -Dtests=true)" % name)
    return None


# ---- JPEG beside jpegtran ----

def jpeg(a):
    bench = bench_program(a, "bench_jpeg")
    found = bench and json_of([bench, "--ms", "800", "--write", a.folder])
    if not found:
        return None
    rows = [[r["size"], r["tables"], r["bytes"], r["edit_ms"], r["copy_ms"], r["same_ms"], r["edit_ms"] / r["copy_ms"],
             r["edit_ms"] / r["same_ms"]] for r in found["rows"]]
    table("JPEG edit beside jpegtran, in one process, ms of CPU",
          ["picture", "tables", "bytes", "edit", "jpegtran -copy all", "same kind out", "edit/copy", "edit/same"], rows)
    found["processes"] = jpeg_processes(a, bench, found["rows"])
    return found


def jpeg_processes(a, bench, rows):
    if missing("jpegtran"):
        print("SKIP jpegtran is not installed")
        return None
    kind = {"standard": [], "optimised": ["-optimize"], "tight": ["-optimize"], "progressive": ["-progressive"]}
    # What it takes to start: the bench program loads all codecs, and DCMTK.
    start = {"edit": cpu_ms([bench, "--help"], a), "copy": cpu_ms(["jpegtran", "-version"], a)}
    out, shown = [], []
    for r in rows:
        source = os.path.join(a.folder, "%s-%s.jpg" % (r["size"], r["tables"]))
        target = os.path.join(a.folder, "out.jpg")
        ms = {"edit": cpu_ms([bench, "--edit", source, target], a),
              "copy": cpu_ms(["jpegtran", "-copy", "all", "-outfile", target, source], a),
              "same": cpu_ms(["jpegtran", "-copy", "all"] + kind[r["tables"]] + ["-outfile", target, source], a)}
        out.append(dict(size=r["size"], tables=r["tables"], **ms))
        shown.append([r["size"], r["tables"], ms["edit"], ms["copy"], ms["same"], ms["edit"] / ms["copy"],
                      ms["edit"] - start["edit"], ms["copy"] - start["copy"]])
    table("JPEG edit beside jpegtran, process against process, ms of CPU (start alone: %.0f and %.0f)"
          % (start["edit"], start["copy"]),
          ["picture", "tables", "edit", "jpegtran -copy all", "same kind out", "edit/copy", "edit less start",
           "copy less start"], shown)
    return {"start": start, "rows": out}


def cpu_ms(command, a):
    return median([run(command)["cpu_s"] * 1000 for _ in range(10 * a.repeat)])


# ---- a mask-only run beside PixelMed ----

def pixelmed(source, folder):
    """(process, files written), or None without PixelMed."""
    if missing("java") or not os.path.exists(os.path.join(JARS, "pixelmed.jar")):
        print("SKIP PixelMed or java is not installed")
        return None
    target, control = os.path.join(folder, "pixelmed"), os.path.join(folder, "control")
    shutil.rmtree(target, ignore_errors=True)
    os.mkdir(target)
    with open(control, "w", encoding="ascii") as f:
        f.write("640x480=%s\n" % ";".join("(%d,%d,%d,%d)" % (x, y, w, h) for x, w, y, h in data.BOXES))
    jars = ":".join(glob.glob(os.path.join(JARS, "*.jar")))
    r = run(["java", "-Djava.awt.headless=true", "-cp", jars, REDACT, source, target, control, "BLOCK",
             "KEEPALLPRIVATE", "DONOTADDCONTRIBUTINGEQUIPMENT"])
    return r, sum(len(f) for _, _, f in os.walk(target))


def mask_only(a):
    source = os.path.join(a.folder, "in")
    os.mkdir(source)
    for i in range(MASK_FILES):
        data.us_still_jpeg(source, i + 1)
    mask, out, rows = data.mask_file(a.folder), {}, []
    for jobs in ("-j1", "-j2"):
        runs = [clean(a.program, [source], a.folder, jobs, "--find", "masks", "--mask", mask) for _ in range(a.repeat)]
        proven = min(sum(r["outcome"] == "scrubbed" and r["proof"]["outside_identical"] and r["proof"]["boxes_blank"]
                         for r in records) for _, records in runs)
        out[jobs] = {"wall_s": median([r["wall_s"] for r, _ in runs]), "cpu_s": median([r["cpu_s"] for r, _ in runs]),
                     "files": proven}
        rows.append(["dcmscrub " + jobs, proven, out[jobs]["wall_s"], out[jobs]["cpu_s"]])
    theirs = pixelmed(source, a.folder)
    if theirs:
        r, files = theirs
        out["pixelmed"] = {"wall_s": r["wall_s"], "cpu_s": r["cpu_s"], "files": files}
        rows.append(["PixelMed (no proof)", files, r["wall_s"], r["cpu_s"]])
        for row in rows:
            row += [row[2] / r["wall_s"], row[3] / r["cpu_s"]]
    else:
        rows = [row + [None, None] for row in rows]
    table("Mask-only run of %d JPEG files of 640 x 480" % MASK_FILES,
          ["tool", "files done", "wall s", "CPU s", "wall share", "CPU share"], rows)
    return out


# ---- re-encoding ----

# syntax: how to make it of a native file; [(their name, [their two steps])]
PATHS = {
    "RLE": (["dcmcrle"], [("dcmdrle + dcmcrle", [["dcmdrle"], ["dcmcrle"]]),
                          ("gdcmconv", [["gdcmconv", "--raw"], ["gdcmconv", "--rle"]])]),
    "JPEG Lossless": (["dcmcjpeg", "+e1"], [("dcmdjpeg + dcmcjpeg", [["dcmdjpeg"], ["dcmcjpeg", "+e1"]]),
                                            ("gdcmconv", [["gdcmconv", "--raw"], ["gdcmconv", "--jpeg"]])]),
    "JPEG-LS": (["dcmcjpls"], [("dcmdjpls + dcmcjpls", [["dcmdjpls"], ["dcmcjpls"]]),
                               ("gdcmconv", [["gdcmconv", "--raw"], ["gdcmconv", "--jpegls"]])]),
    "JPEG 2000": (["gdcmconv", "--j2k"], [("gdcmconv", [["gdcmconv", "--raw"], ["gdcmconv", "--j2k"]]),
                                          ("opj_decompress + opj_compress", None)]),
}


def two_steps(steps, source, folder):
    """Decode a file and encode it again: a sum of two processes."""
    middle, target = os.path.join(folder, "middle"), os.path.join(folder, "target")
    total = {"wall_s": 0.0, "cpu_s": 0.0}
    for command, a, b in ((steps[0], source, middle), (steps[1], middle, target)):
        r = run(command + [a, b])
        if r["rc"]:
            return None
        for k in total:
            total[k] += r[k]
    return total


def openjpeg(source, folder):
    """The same of the bare codestreams, two processes a frame."""
    ds = pydicom.dcmread(source)
    total = {"wall_s": 0.0, "cpu_s": 0.0}
    for stream in generate_pixel_data_frame(ds.PixelData, int(ds.get("NumberOfFrames", 1))):
        path = os.path.join(folder, "frame.j2k")
        with open(path, "wb") as f:
            f.write(stream)
        for command in (["opj_decompress", "-i", path, "-o", os.path.join(folder, "frame.pgm")],
                        ["opj_compress", "-i", os.path.join(folder, "frame.pgm"), "-o", os.path.join(folder, "out.j2k")]):
            r = run(command)
            if r["rc"]:
                return None
            for k in total:
                total[k] += r[k]
    return total


def encode(a):
    tools = {c[0] for make, theirs in PATHS.values() for c in [make] + [s for _, t in theirs for s in t or []]}
    lacking = missing("opj_compress", "opj_decompress", *tools)
    if lacking:
        print("SKIP re-encoding: %s not installed" % ", ".join(sorted(lacking)))
        return None
    mask, rows, out = data.mask_file(a.folder), [], []
    sources = [("US 8 bit 640x480 x 20", 20, data.clip_native(a.folder)), ("CR 16 bit 2000x2500", 1, data.cr(a.folder))]
    for name, (make, theirs) in PATHS.items():
        for what, frames, native in sources:
            source = data.converted(os.path.join(a.folder, "source.dcm"), native, *make)
            runs = [clean(a.program, [source], a.folder, "-j1", "--find", "masks", "--mask", mask) for _ in range(a.repeat)]
            record = runs[0][1][0] if runs[0][1] else {"outcome": None, "ms": {}}
            row = {"syntax": name, "input": what, "frames": frames, "outcome": record["outcome"],
                   "cpu_s": median([r["cpu_s"] for r, _ in runs]), "wall_s": median([r["wall_s"] for r, _ in runs]),
                   "act_ms": median([r[1][0]["ms"]["act"] for r in runs if r[1]]), "theirs": {}}
            rows.append([name, what, "dcmscrub, all steps", row["outcome"], row["cpu_s"] * 1000 / frames,
                         row["wall_s"] * 1000 / frames, row["act_ms"] / frames if row["act_ms"] else None, None])
            for tool, steps in theirs:
                r = two_steps(steps, source, a.folder) if steps else openjpeg(source, a.folder)
                row["theirs"][tool] = r
                rows.append([name, what, tool] + (["done", r["cpu_s"] * 1000 / frames, r["wall_s"] * 1000 / frames, None,
                                                   row["cpu_s"] / r["cpu_s"]] if r else ["refused"] + [None] * 4))
            out.append(row)
    table("Decoding and encoding again, ms a frame",
          ["syntax", "input", "tool", "outcome", "CPU", "wall", "of it act", "ours/theirs, CPU"], rows)
    return out


# ---- blitter ----

def blit(a):
    bench = bench_program(a, "bench_blit")
    found = bench and json_of([bench, "--ms", "150"])
    if not found:
        return None
    rows, worst = [], None
    for r in found["rows"]:
        variants = [k for k in r if k not in ("kernel", "case", "bytes", "libc")]
        best = r[variants[-1]]
        rows.append([r["kernel"], r["case"], r["libc"], r["c"], variants[-1], best, best / r["libc"], best / r["c"]])
        if r["kernel"] == "fill" and " 16/" not in r["case"]:
            worst = min(worst or 99, best / r["libc"])
    table("Blitter, GB/s beside memset (fill) or memcmp (the rest)",
          ["kernel", "case", "libc", "scalar", "variant", "GB/s", "of libc", "of scalar"], rows)
    print("\nfill of boxes 64 px wide and up: at least %.2f of memset" % worst)
    found["fill_least"] = worst
    return found
