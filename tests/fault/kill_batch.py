#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Kill `dcmscrub batch` at random instants, and resume it.

    kill_batch.py PROGRAM TESTDATA [KILLS] [SEED]

Each kill (SIGKILL) hits the supervisor, one of its workers, or all of them.
However often: in the end every input has one row with the outcome of an
undisturbed run, every output is there once with the same bytes, and no
temporary file is left.
"""
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
from kill import Tap, children, group_gone, odd, some_of, start, tree  # noqa: E402


def command(program, folder, name, *more):
    return [program, "batch", "--find", "masks", "--mask", "builtin", "--mask", "us-regions", "-q", "-j2", "--key",
            os.path.join(folder, "key"), "--ledger", os.path.join(folder, name + ".db"), "-o",
            os.path.join(folder, name), os.path.join(folder, "in")] + list(more)


def rows(path):
    """{input: (outcome, reason, digest, output below the folder)}; each input
    once."""
    db = sqlite3.connect("file:%s?mode=ro" % path, uri=True)
    found = db.execute("SELECT input, outcome, reason, sha256, output, study || '/' || series || '/' || instance || "
                       "'.dcm' FROM instance").fetchall()
    totals = dict(db.execute("SELECT outcome, files FROM total WHERE files"))
    check = db.execute("PRAGMA integrity_check").fetchone()[0]
    db.close()
    result = {}
    for name, outcome, reason, digest, output, uids in found:
        if name in result:
            raise SystemExit("a double row")
        result[name] = (outcome, reason, digest, uids if output else None)
    for outcome in set(totals) | {r[0] for r in result.values()}:
        if totals.get(outcome, 0) != sum(r[0] == outcome for r in result.values()):
            raise SystemExit("the totals are wrong")
    if check != "ok":
        raise SystemExit("the ledger is corrupt")
    return result


def corpus(program, testdata, folder):
    """Copies of the test files, but one instance for each UID: of two, either
    may come first. Returns the outputs and rows of an undisturbed run."""
    box = os.path.join(folder, "in")
    some_of(testdata, box)
    subprocess.run([program, "key", "new", os.path.join(folder, "key")], check=True)
    run = lambda: subprocess.run(command(program, folder, "want"), stdout=subprocess.DEVNULL,  # noqa: E731
                                 stderr=subprocess.DEVNULL, timeout=900)
    run()
    for name, row in rows(os.path.join(folder, "want.db")).items():
        if "different output" in row[1]:
            os.remove(name)
    shutil.rmtree(os.path.join(folder, "want"))
    os.remove(os.path.join(folder, "want.db"))
    begin = time.monotonic()
    run()
    want, temps = tree(os.path.join(folder, "want"))
    return want, temps, rows(os.path.join(folder, "want.db")), time.monotonic() - begin


def shoot(p, rng):
    """Returns what was hit."""
    kids = children(p.pid)
    target = rng.choice(("supervisor", "worker", "all"))
    try:
        if target == "worker" and kids:
            os.kill(rng.choice(kids), signal.SIGKILL)
        elif target == "all":
            os.killpg(p.pid, signal.SIGKILL)
        elif target == "supervisor":
            os.kill(p.pid, signal.SIGKILL)
        else:
            return None
    except ProcessLookupError:
        return None
    return target


class Killer:
    def __init__(self, program, folder, want, want_rows, seconds, rng):
        self.argv = command(program, folder, "out", "--resume")
        self.out, self.ledger = os.path.join(folder, "out"), os.path.join(folder, "out.db")
        self.want, self.want_rows, self.rng = want, want_rows, rng
        self.seconds = min(seconds, 4)
        self.hits = {"supervisor": 0, "worker": 0, "all": 0}
        self.finished = self.temps = self.lost_workers = 0
        self.problem = ""

    def kills(self):
        return sum(self.hits.values())

    def note(self, problem):
        self.problem = self.problem or problem

    def one_run(self, limit):
        """Start, kill, and see that what is there is whole."""
        p = start(self.argv)
        while p.poll() is None and self.kills() < limit:
            time.sleep(self.rng.uniform(0, 0.5 * self.seconds))
            target = shoot(p, self.rng) if p.poll() is None else None
            if target:
                self.hits[target] += 1
            if target and target != "worker":
                break
        rc = p.wait(timeout=900)
        if not group_gone(p.pid, 60):
            self.note("a worker outlives its supervisor")
        got, temps = tree(self.out) if os.path.isdir(self.out) else ({}, [])
        self.temps += bool(temps)
        self.note(odd(self.want, got))
        if rc in (0, 1):
            self.finish(got, temps)
        elif rc != -signal.SIGKILL:
            self.note("exit code %d" % rc)

    def finish(self, got, temps):
        """A run came to its end. Files that lost two workers are `failed`: the
        next run does them."""
        have = rows(self.ledger)
        failed = [n for n, r in have.items() if r[0] == "failed"]
        self.lost_workers += len(failed)
        if failed:
            subprocess.run(self.argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=900)
            have, (got, temps) = rows(self.ledger), tree(self.out)
        if len(got) != len(self.want):
            self.note("%d outputs of %d" % (len(got), len(self.want)))
        want = self.want_rows
        if have != want:
            self.note("%d rows of %d, %d of them not as without kills" % (
                len(have), len(want), sum(have.get(n) != r for n, r in want.items())))
        if temps:
            self.note("%d temporary files are left" % len(temps))
        self.finished += 1
        shutil.rmtree(self.out)
        for end in ("", "-wal", "-shm", "-lock"):
            if os.path.exists(self.ledger + end):
                os.remove(self.ledger + end)


def main():
    program, testdata = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else 12
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    tap = Tap()
    print("# %d kills, seed %d" % (kills, seed))
    folder = tempfile.mkdtemp(prefix="dsc-kill-batch-")
    try:
        want, temps, want_rows, seconds = corpus(program, testdata, folder)
        tap.check(len(want) > 20 and not temps, "an undisturbed run: %d files, %d outputs" % (len(want_rows), len(want)))
        k = Killer(program, folder, want, want_rows, seconds, random.Random(seed))
        begin = time.monotonic()
        while k.kills() < kills:
            k.one_run(kills)
        while not k.finished or os.path.exists(k.ledger):
            k.one_run(0)
        tap.check(not k.problem, "%d kills (%s), %d runs to their end: every file once in ledger and output" % (
            k.kills(), ", ".join("%d %s" % (n, t) for t, n in k.hits.items()), k.finished), k.problem)
        print("# %.0f s; temporary files seen %d times, files that lost two workers: %d" % (
            time.monotonic() - begin, k.temps, k.lost_workers))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("1..%d" % tap.n)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
