# SPDX-License-Identifier: Apache-2.0
"""`dcmscrub batch`: workers, the supervisor's own time and memory, the ledger,
resuming over a million rows, small files beside clips."""
import glob
import os
import shutil
import sqlite3
import subprocess
import time

import bench_data as data
from bench_common import median, table

MIB = 2 ** 20
KEY = "5" * 64
TICK = os.sysconf("SC_CLK_TCK")


def with_uid(blob, n):
    """Another SOP Instance UID of the same length, wherever it stands."""
    at = blob.index(b"\x08\x00\x18\x00UI") + 8
    old = blob[at:at + int.from_bytes(blob[at - 2:at], "little")].rstrip(b"\0")
    return blob.replace(old, old[:-7] + b"%07d" % (1000000 + n))


def copies(path, folder, n):
    with open(path, "rb") as f:
        blob = f.read()
    for i in range(n):
        sub = os.path.join(folder, str(i // 500))
        os.makedirs(sub, exist_ok=True)
        with open(os.path.join(sub, "%d.dcm" % i), "wb") as f:
            f.write(with_uid(blob, i))
    return folder


def own(pid):
    """CPU seconds of the process itself, without its children; peak bytes."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        with open("/proc/%d/status" % pid, encoding="ascii", errors="replace") as f:
            peak = [int(line.split()[1]) * 1024 for line in f if line.startswith("VmHWM")]
    except OSError:
        return None
    return ((int(fields[11]) + int(fields[12])) / TICK, peak[0]) if peak else None


def watch(argv):
    """Run it: wall, CPU of all, CPU and peak of the supervisor alone (sampled
    until it ends)."""
    last, begin = (0, 0), time.monotonic()
    p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        pid, status, use = os.wait4(p.pid, os.WNOHANG)
        if pid:
            p.returncode = os.waitstatus_to_exitcode(status)
            break
        last = own(p.pid) or last
        time.sleep(0.01)
    return {"rc": p.returncode, "wall_s": time.monotonic() - begin, "cpu_s": use.ru_utime + use.ru_stime,
            "own_cpu_s": last[0], "own_peak": last[1]}


class Box:
    def __init__(self, a):
        self.program, self.folder = a.program, a.folder
        self.key, self.ledger, self.out = (os.path.join(a.folder, n) for n in ("key", "l.db", "out"))
        self.mask = data.mask_file(a.folder)
        with open(self.key, "w", encoding="ascii") as f:
            f.write(KEY)

    def clear(self):
        shutil.rmtree(self.out, ignore_errors=True)
        for path in glob.glob(glob.escape(self.ledger) + "*"):
            os.remove(path)

    def argv(self, verb, inputs, jobs, find, *more):
        argv = [self.program, verb, "-q", "-j%d" % jobs, "--key", self.key, "-o", self.out, "--find", find, "--mask",
                self.mask] + list(more) + [inputs]
        return argv + ["--ledger", self.ledger] if verb == "batch" else argv

    def run(self, *args):
        self.clear()
        return watch(self.argv(*args))


def workers(a, box):
    rows, out = [], {}
    for what, source, n, find in (("JPEG still 640x480, masks", data.us_still_jpeg(a.folder), 600, "masks"),
                                  ("CT 512x512, masks", data.ct(a.folder), 400, "masks"),
                                  ("JPEG still 640x480, all", data.us_still_jpeg(a.folder, 1), 60, "all")):
        folder = copies(source, os.path.join(a.folder, "in-%d" % len(rows)), n)
        runs = {(verb, j): [] for verb in ("clean", "batch") for j in (1, 2)}
        for _ in range(a.repeat):
            for verb, j in runs:
                runs[verb, j].append(box.run(verb, folder, j, find))
        m = {k: {f: median([r[f] for r in v]) for f in ("wall_s", "cpu_s", "own_cpu_s", "own_peak")}
             for k, v in runs.items()}
        one, two = m["batch", 1], m["batch", 2]
        ledger = two["cpu_s"] / m["clean", 2]["cpu_s"] - 1
        own_ledger = (two["own_cpu_s"] - m["clean", 2]["own_cpu_s"]) / two["cpu_s"]
        rows.append([what, n, one["wall_s"], two["wall_s"], one["wall_s"] / two["wall_s"], two["cpu_s"],
                     100 * two["own_cpu_s"] / two["cpu_s"], 100 * own_ledger, 100 * ledger, two["own_peak"] / MIB])
        out[what] = {"%s-%d" % k: v for k, v in m.items()}
        shutil.rmtree(folder)
    table("Workers", ["input", "files", "-j1 wall s", "-j2 wall s", "faster", "-j2 CPU s", "supervisor, % of CPU",
                      "of that the ledger, %", "CPU beside clean, %", "supervisor MiB"], rows)
    return out


def resume(a, box):
    """A million empty files in a thousand folders, a row for each, and as many
    files in the output."""
    million = int(os.environ.get("DSC_BENCH_ROWS", "1000000"))
    folder = os.path.join(a.folder, "many")
    os.mkdir(folder)
    first = os.path.join(folder, "0")
    os.mkdir(first)
    open(os.path.join(first, "first"), "wb").close()
    box.clear()
    if watch(box.argv("batch", folder, 1, "all"))["rc"]:
        raise SystemExit("the batch bench: the first file failed")
    db = sqlite3.connect(box.ledger)
    names = [r[1] for r in db.execute("PRAGMA table_info(instance)")]
    columns = ", ".join(n for n in names if n not in ("id", "input", "modified"))

    def rows():
        for i in range(million - 1):
            sub = os.path.join(folder, "%d" % (i // 1000))
            there = os.path.join(box.out, "%d" % (i // 1000))
            if i % 1000 == 0:
                os.makedirs(sub, exist_ok=True)
                os.makedirs(there, exist_ok=True)
            path = os.path.join(sub, "%07d" % i)
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
            os.close(os.open(os.path.join(there, "%07d" % i), os.O_CREAT | os.O_WRONLY, 0o600))
            yield path.encode(), os.stat(path).st_mtime_ns
    db.executemany("INSERT INTO instance(input, modified, %s) SELECT ?, ?, %s FROM instance WHERE id = 1" % (
        columns, columns), rows())
    db.commit()
    db.close()
    r = watch(box.argv("batch", folder, 2, "all", "--resume"))
    size = os.path.getsize(box.ledger)
    begin = time.monotonic()
    subprocess.run([box.program, "status", box.ledger], stdout=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - begin
    table("Resume", ["rows", "ledger MiB", "wall s", "CPU s", "supervisor MiB", "status s"],
          [[million, size / MIB, r["wall_s"], r["cpu_s"], r["own_peak"] / MIB, seconds]])
    shutil.rmtree(folder)
    return dict(r, rows=million, ledger_bytes=size, status_s=seconds)


def small_files(a, box):
    """10,000 single frames beside ten clips of the same 10,000 frames."""
    n = int(os.environ.get("DSC_BENCH_SMALL", "10000"))
    rows, out = [], {}
    for size in ((128, 128), (512, 384)):
        one = data.save_native(os.path.join(a.folder, "one.dcm"), [data.picture("us-rgb-jpeg50-420.dcm", size, 1)], "US")
        clip = data.save_native(os.path.join(a.folder, "clip.dcm"),
                                [data.picture("us-rgb-jpeg50-420.dcm", size, 1)] * (n // 10), "USMF")
        kinds = (("%d files" % n, copies(one, os.path.join(a.folder, "small"), n)),
                 ("10 clips of %d frames" % (n // 10), copies(clip, os.path.join(a.folder, "large"), 10)))
        result = []
        for what, folder in kinds:
            r = box.run("batch", folder, 2, "masks")
            result.append(r)
            rows.append(["%dx%d" % size, what, r["wall_s"], r["cpu_s"], n / r["wall_s"], n / r["cpu_s"],
                         result[0]["cpu_s"] and result[-1]["cpu_s"] / result[0]["cpu_s"]])
            shutil.rmtree(folder)
        out["%dx%d" % size] = result
    table("Small files and clips", ["frame", "input", "wall s", "CPU s", "frames/s", "frames/CPU s", "CPU share"], rows)
    return out


def batch(a):
    box = Box(a)
    return {"workers": workers(a, box), "resume": resume(a, box), "small": small_files(a, box)}
