# SPDX-License-Identifier: Apache-2.0
"""`dcmscrub clean` by itself: time of the stages, and memory beside the
promise."""
import os

import bench_data as data
from bench_common import clean, median, missing, table
import pydicom

STAGES = ("read", "plan", "act", "prove")
MIB = 2 ** 20


def inputs(folder):
    """[(what, path)]"""
    made = [("US still, JPEG 640x480", data.us_still_jpeg(folder)),
            ("US still, native RGB 1024x768", data.us_still_native(folder)),
            ("echo clip, JPEG 640x480 x 100", data.echo_clip_jpeg(folder)),
            ("CT, native 16 bit 512x512", data.ct(folder)),
            ("CR, native 16 bit 2000x2500", data.cr(folder))]
    if missing("dcmcrle", "gdcmconv"):
        print("SKIP RLE and JPEG 2000 inputs: dcmtk or gdcm-tools is not installed")
        return made
    clip = data.clip_native(folder)
    made.insert(3, ("US clip, RLE 640x480 x 20", data.converted(os.path.join(folder, "clip-rle.dcm"), clip, "dcmcrle")))
    made.insert(4, ("US still, JPEG 2000 1024x768",
                    data.converted(os.path.join(folder, "still-j2k.dcm"), made[1][1], "gdcmconv", "--j2k")))
    return made


def stages(a):
    mask, rows, out = data.mask_file(a.folder), [], []
    for what, path in inputs(a.folder):
        for find in ("all", "masks"):
            runs = [clean(a.program, [path], a.folder, "-j1", "--find", find, "--mask", mask)
                    for _ in range(a.repeat if find == "masks" else max(1, a.repeat // 2))]
            records = [r[1][0] for r in runs if r[1]]
            if not records:
                rows.append([what, find, "no report"])
                continue
            ms = {s: median([r["ms"][s] for r in records]) for s in STAGES}
            wall = median([r[0]["wall_s"] for r in runs])
            out.append({"input": what, "find": find, "outcome": records[0]["outcome"], "ms": ms, "wall_s": wall,
                        "cpu_s": median([r[0]["cpu_s"] for r in runs]), "peak": runs[0][0]["peak"]})
            rows.append([what, find, records[0]["outcome"]] + [ms[s] for s in STAGES] + [1000 * wall, out[-1]["cpu_s"] * 1000])
    table("Stages, ms a file", ["input", "--find", "outcome"] + list(STAGES) + ["process", "CPU"], rows)
    return out


def promise(path):
    """Encoded size x 2 + 3 decoded frames + 200 MiB."""
    ds = pydicom.dcmread(path, stop_before_pixels=True)
    frame = ds.Rows * ds.Columns * ds.SamplesPerPixel * ds.BitsAllocated // 8
    return 2 * os.path.getsize(path) + 3 * frame + 200 * MIB, frame


def memory(a):
    mask, rows, out = data.mask_file(a.folder), [], []
    made = [(w, p, f) for w, p in inputs(a.folder) for f in ("all", "masks")]
    made.append(("clip, JPEG 640x480 x 2000", data.long_clip(a.folder), "masks"))
    if os.environ.get("DSC_BENCH_HUGE"):
        made.append(("clip, native 2.1 GiB", data.huge_native(a.folder), "masks"))
    else:
        print("SKIP the native file of more than 2 GiB: DSC_BENCH_HUGE is not set")
    for what, path, find in made:
        r, records = clean(a.program, [path], a.folder, "-j1", "--find", find, "--mask", mask)
        limit, frame = promise(path)
        out.append({"input": what, "find": find, "outcome": records[0]["outcome"] if records else None,
                    "encoded": os.path.getsize(path), "frame": frame, "peak": r["peak"], "promise": limit,
                    "wall_s": r["wall_s"]})
        rows.append([what, find, out[-1]["outcome"], os.path.getsize(path) / MIB, frame / MIB, r["peak"] / MIB,
                     limit / MIB, r["peak"] / limit, r["wall_s"]])
    table("Peak memory, MiB", ["input", "--find", "outcome", "encoded", "a frame", "peak", "promise", "share", "seconds"],
          rows)
    return out
