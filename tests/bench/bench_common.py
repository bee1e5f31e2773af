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


# A new process counts the pages of the one that forked it until it becomes a
# program of its own, so that a small one has to start it.
LAUNCHER = """
import json, os, signal, sys, time
null = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
start = time.monotonic()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ, file_actions=null)
signal.signal(signal.SIGALRM, lambda *_: os.kill(pid, signal.SIGTERM))
signal.alarm(int(sys.argv[1]))
_, status, use = os.wait4(pid, 0)
print(json.dumps({"rc": os.waitstatus_to_exitcode(status), "wall_s": time.monotonic() - start,
                  "cpu_s": use.ru_utime + use.ru_stime, "peak": use.ru_maxrss * 1024}))
"""


def run(command, timeout=600):
    """One process and its children: exit code, seconds on the wall and of CPU,
    peak memory of the largest of them in bytes."""
    r = subprocess.run([sys.executable, "-I", "-S", "-c", LAUNCHER, str(timeout)] + command,
                       stdin=subprocess.DEVNULL, capture_output=True, check=True)
    return json.loads(r.stdout)


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
