# SPDX-License-Identifier: Apache-2.0
"""What the benchmarks share: processes with their time and memory, the report
of a run, tables."""
import json
import os
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def run(command, timeout=600):
    """One process and its children: exit code, seconds on the wall and of CPU,
    peak memory of the largest of them in bytes."""
    with open(os.devnull, "r+b") as null:
        start = time.monotonic()
        p = subprocess.Popen(["timeout", str(timeout)] + command, stdin=null, stdout=null, stderr=null)
        _, status, use = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    return {"rc": p.returncode, "wall_s": time.monotonic() - start, "cpu_s": use.ru_utime + use.ru_stime,
            "peak": use.ru_maxrss * 1024}


def median(values):
    values = sorted(values)
    n = len(values)
    return (values[n // 2] + values[(n - 1) // 2]) / 2 if n else None


def clean(program, inputs, folder, *options):
    """One `clean` of its own output folder: (process, report records)."""
    out, report = os.path.join(folder, "out"), os.path.join(folder, "report.jsonl")
    shutil.rmtree(out, ignore_errors=True)
    if os.path.exists(report):
        os.remove(report)
    r = run([program, "clean", "-q", "--keep-paths", "--report", report, "-o", out] + list(options) + inputs)
    records = []
    if os.path.exists(report):
        with open(report, encoding="utf-8") as f:
            records = [json.loads(line) for line in f]
    return r, records


def missing(*tools):
    return [t for t in tools if not shutil.which(t)]


def load():
    return os.getloadavg()[0]


def machine():
    model, cores = "", os.cpu_count()
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as f:
        for line in f:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
    ram = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2 ** 30
    return {"cpu": model, "cores": cores, "ram_gib": round(ram), "load": round(load(), 1),
            "date": time.strftime("%Y-%m-%d")}


def table(title, head, rows):
    """Print rows of strings and numbers under a heading."""
    def word(v):
        if isinstance(v, float):
            return "%.0f" % v if abs(v) >= 100 else "%.3g" % v
        return "-" if v is None else str(v)

    cells = [[word(v) for v in row] for row in [head] + rows]
    widths = [max(len(r[i]) for r in cells) for i in range(len(head))]
    print("\n## %s (load %.1f)\n" % (title, load()))
    for n, r in enumerate(cells):
        print("| " + " | ".join(c.ljust(w) for c, w in zip(r, widths)) + " |")
        if n == 0:
            print("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    sys.stdout.flush()
