#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kill `dcmscrub clean` at random instants.

    kill.py PROGRAM TESTDATA [SEED]

Whatever the instant: the output folder holds nothing but whole outputs (the
bytes of an undisturbed run with the same key) and temporary files. A later run
finishes the work and leaves no temporary file. Then single processes are
killed: a worker costs one file, and no worker outlives its supervisor.
"""
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROUNDS = 30


class Tap:
    n = bad = 0

    def check(self, good, name, detail=""):
        self.n += 1
        self.bad += not good
        if not good and detail:
            print("# " + detail)
        print("%sok %d - %s" % ("" if good else "not ", self.n, name), flush=True)


def tree(folder):
    found, temps = {}, []
    for base, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            if name.startswith(".dcmscrub-") and name.endswith(".tmp"):
                temps.append(path)
            else:
                with open(path, "rb") as f:
                    found[os.path.relpath(path, folder)] = f.read()
    return found, temps


def some_of(testdata, box):
    """Copies of every third file of each folder: all kinds of them, and a run
    that is soon over is hit as often in less time."""
    for base, _, names in os.walk(testdata):
        to = os.path.join(box, os.path.relpath(base, testdata))
        os.makedirs(to)
        for name in sorted(names)[::3]:
            shutil.copy(os.path.join(base, name), to)


def command(program, inputs, out, key, jobs=2):
    return [program, "clean", "--find", "masks", "--mask", "builtin", "--mask", "us-regions", "--key", key,
            "--into-existing", "-q", "--jobs", str(jobs), inputs, "-o", out]


def start(argv):
    return subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                            start_new_session=True)


def group_gone(pgid, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            os.killpg(pgid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def children(pid):
    try:
        with open("/proc/%d/task/%d/children" % (pid, pid), encoding="ascii") as f:
            return [int(x) for x in f.read().split()]
    except OSError:
        return []


def odd(want, got):
    """What is in `got` but should not be so."""
    bad = [n for n in got if n not in want]
    bad += [n for n in got if n in want and got[n] != want[n]]
    return "%d of %d files are not whole outputs" % (len(bad), len(got)) if bad else ""


def kill_all(tap, argv, out, want, seconds, rng):
    problem, killed, temps_seen = "", 0, 0
    for i in range(ROUNDS):
        if i % 6 == 0:
            shutil.rmtree(out, ignore_errors=True)
        p = start(argv)
        time.sleep(rng.uniform(0, seconds))
        if p.poll() is None:
            killed += 1
        else:
            seconds *= 0.8  # the machine has less else to do than when that was measured
        try:
            os.killpg(p.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        p.wait()
        group_gone(p.pid, 10)
        got, temps = tree(out) if os.path.isdir(out) else ({}, [])
        temps_seen += bool(temps)
        problem = problem or odd(want, got)
    tap.check(not problem, "killed %d times: only whole outputs" % killed, problem)
    tap.check(killed >= ROUNDS // 3, "the kills came in time (%d, temporary files seen %d times)" % (killed, temps_seen))
    rc = subprocess.run(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600).returncode
    got, temps = tree(out)
    tap.check(rc in (0, 1) and got == want, "the next run finishes the work",
              "exit code %d, %d files of %d. %s" % (rc, len(got), len(want), odd(want, got)))
    tap.check(not temps, "the next run removes what was left", "%d temporary files" % len(temps))


def kill_supervisor(tap, argv, out, want, seconds, rng):
    problem, orphans = "", 0
    for _ in range(4):
        shutil.rmtree(out, ignore_errors=True)
        p = start(argv)
        time.sleep(rng.uniform(0.2, 0.8) * seconds)
        os.kill(p.pid, signal.SIGKILL)
        p.wait()
        orphans += not group_gone(p.pid, 60)
        got, _ = tree(out) if os.path.isdir(out) else ({}, [])
        problem = problem or odd(want, got)
    tap.check(not orphans, "no worker outlives its supervisor")
    tap.check(not problem, "without a supervisor: only whole outputs", problem)


def kill_worker(tap, argv, out, want, seconds, rng):
    problem, hits = "", 0
    for _ in range(6):
        shutil.rmtree(out, ignore_errors=True)
        p = start(argv)
        time.sleep(rng.uniform(0.2, 0.6) * seconds)
        kids = children(p.pid)
        if kids and p.poll() is None:
            try:
                os.kill(rng.choice(kids), signal.SIGKILL)
                hits += 1
            except ProcessLookupError:
                pass
        rc = p.wait(timeout=600)
        got, temps = tree(out)
        if rc not in (0, 1):
            problem = problem or "exit code %d" % rc
        if len(got) < len(want) - 1:
            problem = problem or "a dead worker cost %d files" % (len(want) - len(got))
        problem = problem or odd(want, got)
    tap.check(not problem, "a dead worker costs one file at most (%d killed)" % hits, problem)


def main():
    program, testdata = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    rng = random.Random(seed)
    tap = Tap()
    print("# seed %d" % seed)
    folder = tempfile.mkdtemp(prefix="dsc-kill-")
    try:
        key, inputs, out = (os.path.join(folder, n) for n in ("key", "in", "out"))
        some_of(testdata, inputs)
        subprocess.run([program, "key", "new", key], check=True)
        before = time.monotonic()
        subprocess.run(command(program, inputs, os.path.join(folder, "want"), key), stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=900)
        seconds = time.monotonic() - before
        want, temps = tree(os.path.join(folder, "want"))
        tap.check(len(want) > 20 and not temps, "an undisturbed run writes %d outputs" % len(want))
        argv = command(program, inputs, out, key)
        kill_all(tap, argv, out, want, min(seconds, 4), rng)
        kill_supervisor(tap, argv, out, want, min(seconds, 4), rng)
        kill_worker(tap, argv, out, want, min(seconds, 4), rng)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("1..%d" % tap.n)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
