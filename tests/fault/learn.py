#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What one header tells of other files of its study and patient.

    learn.py PROGRAM TESTDATA [SEED] [TEST]...

The outputs are the same whatever the order of the files, the number of
workers, kills and resumes: those of `clean`, which reads all headers before the
first file. And the first file does not wait for the last header.
"""
import json
import os
import random
import shutil
import signal
import sqlite3
import struct
import subprocess
import sys
import tarfile
import tempfile
import time
from contextlib import closing

sys.dont_write_bytecode = True
from batch import odd_system, wait_until  # noqa: E402
from kill import Tap, children, group_gone, tree  # noqa: E402

SOURCE = "us-grey-explicit.dcm"
NAME, ID = b"Mustermann^Max", b"FV-4711-0815"
PHYSICIAN, TELLTALE = b"Quacksalber^Otto", b"Fictivberg^Otto "
# The institution stays, unless some header knows a word of it for a name.
KEPT = ["l.db-learned"]  # of what lies beside a ledger, when its run is finished
FIND = ["--policy", "phi", "--find", "ocr", "--keep", "institution"]


def corner(data):
    """The corner of the picture that shows the name, the ID and the
    institution: all that these tests are about, read in no time."""
    columns, rows = 128, 44
    at = data.rindex(b"\xe0\x7f\x10\x00O") + 12
    width = int.from_bytes(data[data.index(b"\x28\x00\x11\x00US") + 8:][:2], "little")
    pixels = b"".join(data[at + y * width:][:columns] for y in range(rows))
    head = data[:at - 4] + len(pixels).to_bytes(4, "little")
    for tag, n in ((b"\x10", rows), (b"\x11", columns)):
        place = head.index(b"\x28\x00" + tag + b"\x00US") + 8
        head = head[:place] + n.to_bytes(2, "little") + head[place + 2:]
    return head + pixels


def instance(data, study, number, name=True, ident=True):
    """Another instance, of another study, that may have lost its patient."""
    for tag, value in ((b"\x08\x00\x18\x00UI", number), (b"\x20\x00\x0d\x00UI", 500000 + study)):
        at = data.index(tag) + 8
        old = data[at:at + int.from_bytes(data[at - 2:at], "little")].rstrip(b"\0")
        data = data.replace(old, old[:-6] + b"%06d" % (100000 + value))
    if not name:
        data = data.replace(NAME, b" " * len(NAME))
    if name and ident:
        data = data.replace(PHYSICIAN, TELLTALE)
    if not ident:
        data = data.replace(ID, b" " * len(ID))
    return data


# study, name in the header?, ID in the header? Study 1 has all in its last
# file, 2 belongs to the same patient, of 3 nobody knows more.
FILES = [(1, False, False), (1, False, False), (2, False, False), (3, False, False), (2, False, True),
         (1, True, True)]


class Place:
    def __init__(self, program, testdata):
        self.program = program
        self.folder = tempfile.mkdtemp(prefix="dsc-learn-")
        self.inputs = os.path.join(self.folder, "in")
        self.key = os.path.join(self.folder, "key")
        self.report = os.path.join(self.folder, "report")
        with open(self.key, "w", encoding="ascii") as f:
            f.write("5" * 64)
        with open(os.path.join(testdata, SOURCE), "rb") as f:
            data = corner(f.read())
        self.names = []
        self.refused = os.path.join(testdata, "refused", "mpeg4-hevc.dcm")
        os.mkdir(self.inputs)
        for i, (study, name, ident) in enumerate(FILES):
            self.names.append(os.path.join(self.inputs, "%d.dcm" % i))
            with open(self.names[-1], "wb") as f:
                f.write(instance(data, study, i, name, ident))
        before = time.monotonic()
        subprocess.run([program, "clean", "-q", "--key", self.key, "-o", self.path("want"), "--report", self.report] + FIND +
                       [self.inputs], check=True, timeout=300)
        self.seconds = time.monotonic() - before
        with open(self.report, encoding="utf-8") as f:
            self.outputs = {r["input"]: r["output"] for r in map(json.loads, f)}
        self.want, _ = tree(self.path("want"))
        self.reset()

    def path(self, name):
        return os.path.join(self.folder, name)

    def reset(self):
        for name in ("out", "report"):
            shutil.rmtree(self.path(name), ignore_errors=True)
        for name in os.listdir(self.folder):
            if name.startswith(("l.db", "report")):
                os.remove(self.path(name))

    def argv(self, *more, find=None):
        return [self.program, "batch", "-q", "--key", self.key, "--ledger", self.path("l.db"), "-o", self.path("out"),
                "--report", self.report] + (find or FIND) + list(more)

    def start(self, *more, names=None, env=None):
        p = subprocess.Popen(self.argv(*more), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, start_new_session=True, env=env)
        p.stdin.write("".join(n + "\n" for n in names or ()).encode())
        p.stdin.close()
        p.stdin = None
        return p

    def run(self, *more, names=None, env=None):
        p = self.start(*more, names=names, env=env)
        _, err = p.communicate(timeout=300)
        return p.returncode, err.decode()

    def lines(self):
        with open(self.report, encoding="utf-8") as f:
            return len(f.readlines())

    def doubles(self):
        """Inputs that have more than one line in the report, or not that of the
        ledger. A kill within a write may leave a part of a line."""
        with open(self.report, encoding="utf-8") as f:
            lines = [json.loads(line) for line in f if line.endswith("}\n")]
        db = sqlite3.connect(self.path("l.db"))
        rows = {r["input"]: r for r in (json.loads(r[0]) for r in db.execute("SELECT record FROM instance"))}
        db.close()
        return [r["input"] for r in lines if rows.pop(r["input"], None) != r] + list(rows)

    def done_anew(self):
        """How many were done after a file that came behind them (-j1)."""
        db = sqlite3.connect(self.path("l.db"))
        ended = [r[0] for r in db.execute("SELECT ended FROM instance ORDER BY id")]
        db.close()
        return sum(e > min(ended[i:]) for i, e in enumerate(ended))

    def relative(self, name):
        """Where its output lies."""
        return os.path.relpath(self.outputs[name], self.path("want"))

    def row(self, name):
        db = sqlite3.connect("file:%s?mode=ro" % self.path("l.db"), uri=True)
        found = db.execute("SELECT outcome, reason FROM instance WHERE input = ?", (name.encode(),)).fetchone()
        db.close()
        return found or (None, "")

    def beside(self):
        return sorted(n for n in os.listdir(self.folder) if n.startswith("l.db-"))

    def state(self):
        r = subprocess.run([self.program, "status", "--json", self.path("l.db")], capture_output=True, timeout=60)
        return json.loads(r.stdout)["state"] if r.returncode == 0 else None

    def number(self, sql):
        try:
            with closing(sqlite3.connect("file:%s?mode=ro" % self.path("l.db"), uri=True)) as db:
                return db.execute(sql).fetchone()[0]
        except sqlite3.Error:
            return 0

    def rows(self):
        return self.number("SELECT count(*) FROM instance")

    def headers_are_read(self):
        """Then it is known how many files there are."""
        return self.number("SELECT ifnull(max(total), 0) FROM run") > 0

    def check(self, tap, rc, name, detail=""):
        """The outputs are the right ones, and nothing is left beside the
        ledger."""
        got, temps = tree(self.path("out"))
        wrong = [n for n in self.want if got.get(n) != self.want[n]] + [n for n in got if n not in self.want]
        wrong += self.doubles()
        tap.check(rc == 0 and not wrong and not temps and self.beside() == KEPT and self.state() == "finished", name,
                  "%s %d of %d wrong, left: %s %s" % (rc, len(wrong), len(self.want), self.beside() + temps, detail))


def is_news(tap, place):
    rc, err = place.run("--no-learn", place.inputs)
    got, _ = tree(place.path("out"))
    differ = sum(got[n] != place.want[n] for n in got)
    tap.check(rc == 0 and differ == 4, "without it %d of %d outputs are others" % (differ, len(got)), err)


def orders(tap, place):
    for jobs in ("-j1", "-j3"):
        place.reset()
        rc, err = place.run(jobs, place.inputs)
        place.check(tap, rc, "a folder, %s" % jobs, err)
    for way, names in (("forwards", place.names), ("backwards", place.names[::-1])):
        place.reset()
        rc, err = place.run("-j2", "-", names=names)
        place.check(tap, rc, "a list on stdin, %s" % way, err)
    place.reset()
    rc, err = place.run("-j1", "-", names=place.names)
    place.check(tap, rc, "one after the other", err)
    tap.check(place.done_anew() > 0, "of a list some are done anew: headers are read at its end",
              "%d" % place.done_anew())


def archives(tap, place):
    path = place.path("in.tar")
    with tarfile.open(path, "w") as t:
        for name in place.names:
            t.add(name, os.path.basename(name))
    rc, err = place.run("-j2", path)
    place.check(tap, rc, "members of an archive", err)


def not_waiting(tap, place):
    """The process that reads headers is stopped at the one that tells: files are
    cleaned all the same, and done anew when it has told."""
    mark, end = place.path("mark"), time.monotonic() + 60
    env = odd_system(DSC_ONCE=place.names[-1], DSC_ONCE_MARK=mark, DSC_ONCE_SIGNAL="%d" % signal.SIGSTOP)
    if env:
        p = place.start("-j1", place.inputs, env=env)
        while place.rows() < len(FILES) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(1.2)
        state = place.rows(), place.state(), p.poll()
        os.killpg(p.pid, signal.SIGCONT)
        _, err = p.communicate(timeout=120)
        tap.check(os.path.exists(mark) and state == (len(FILES), "running", None),
                  "no file waits for headers; the run does", "%s" % (state,))
        place.check(tap, p.returncode, "and what was judged by less is done anew", err.decode())
        os.remove(mark)
    # Killed: another one goes on.
    place.reset()
    p = place.start("-j1", place.inputs)
    killed = 0
    while p.poll() is None and killed < 2:
        for pid in children(p.pid):
            if not is_worker(pid, p.pid):
                os.kill(pid, signal.SIGKILL)
                killed += 1
    _, err = p.communicate(timeout=120)
    place.check(tap, p.returncode, "the keeper is killed (%d)" % killed, err.decode())


def is_worker(pid, parent):
    """A worker has a socket to the supervisor; the keeper a pipe."""
    try:
        links = [os.readlink("/proc/%d/fd/%s" % (pid, fd)) for fd in os.listdir("/proc/%d/fd" % pid)]
    except OSError:
        return True
    return any(x.startswith("socket:") for x in links) or not any("-learned" in x for x in links)


def kills(tap, place, rng):
    for what in (["-"], [place.inputs]):
        for lose in (False, True):
            place.reset()
            shots = 0
            names = place.names if what == ["-"] else None
            while shots < 4:
                p = place.start("-j2", "--resume", *what, names=names)
                time.sleep(rng.uniform(0.05, 1) * place.seconds)
                if p.poll() is not None:
                    break
                os.killpg(p.pid, signal.SIGKILL)
                p.communicate()
                group_gone(p.pid, 10)
                shots += 1
                if lose:
                    for name in place.beside():
                        if "-learned" in name:
                            os.remove(place.path(name))
            rc, err = place.run("-j2", "--resume", *what, names=names)
            place.check(tap, rc, "%d kills, %s%s" % (shots, "a list" if names else "a folder",
                                                     ", what was learned is lost" if lose else ""), err)


def shards(tap, place):
    """A shard holds the whole patient, and with it the files of its studies
    that have lost the Patient ID; in a folder and in an archive."""
    tar = place.path("in.tar")
    with tarfile.open(tar, "w") as t:
        for name in place.names:
            t.add(name, os.path.basename(name))
    for what, root in ((place.inputs, place.inputs + "/"), (tar, tar + "!")):
        place.reset()
        plan = place.path("plan")
        subprocess.run([place.program, "plan", what, "--shards", "5", "--key", place.key, "-o", plan], check=True,
                       capture_output=True, timeout=60)
        with open(plan, encoding="utf-8") as f:
            home = {line.split("\t")[3][len(root):].split("/")[-1]: line.split("\t")[0] for line in f if "\t" in line}
        tap.check(len({home["%d.dcm" % i] for i, f in enumerate(FILES) if f[0] != 3}) == 1, "one shard has the patient",
                  "%s" % home)
        # A temporary file that is none of the shard's stays; its own goes.
        os.makedirs(place.path("out/deep"))
        with open(place.path("out/deep/.dcmscrub-AAAAAA.tmp"), "w", encoding="ascii"):
            pass
        codes = []
        for i in range(1, 6):
            ledger = place.path("l.db-%d.db" % i)
            argv = place.argv("-j1", "--plan", plan, "--shard", "%d/5" % i)
            argv[argv.index("--ledger") + 1] = ledger
            codes.append(subprocess.run(argv, capture_output=True, timeout=120).returncode)
        got, temps = tree(place.path("out"))
        tap.check(codes == [0] * 5 and got == place.want and len(temps) == 1, "shards of %s give the same outputs" % (
            "a folder" if root.endswith("/") else "an archive"), "%s %d %s" % (codes, len(got), temps))
        os.remove(plan)


def shard_is_killed(tap, place):
    """Its node dies: the requeued shard takes back what it had begun, without a
    look through the output folder of all."""
    plan = place.path("plan")
    subprocess.run([place.program, "plan", place.inputs, "--shards", "1", "--key", place.key, "-o", plan], check=True,
                   capture_output=True, timeout=60)
    more = ["-j2", "--plan", plan, "--shard", "1/1", "--resume"]
    shots = planted = 0
    for i in range(4):
        p = place.start("--max-rate", "1", *more)
        end = time.monotonic() + 30
        while p.poll() is None and time.monotonic() < end and not any(
                "-begun-" in n and os.path.getsize(place.path(n)) for n in place.beside()):
            time.sleep(0.01)
        time.sleep(0.05 * i)
        if p.poll() is None:
            os.killpg(p.pid, signal.SIGKILL)
            shots += 1
        p.communicate()
        group_gone(p.pid, 10)
        for name in place.beside():
            if "-begun-" in name:
                with open(place.path(name), "rb") as f:
                    fields = f.read().split(b"\0")
                if len(fields) > 1:  # as if it had been killed while it wrote
                    os.makedirs(os.path.dirname(fields[1]), exist_ok=True)
                    with open(os.path.join(os.path.dirname(fields[1]), b".dcmscrub-%06d.tmp" % planted), "wb"):
                        planted += 1
    rc, err = place.run(*more)
    place.check(tap, rc, "a shard is killed %d times, %d temporary files were left" % (shots, planted), err)
    tap.check(planted > 0, "(there were some)")


def later(tap, place):
    """The file that knows comes when all others are done."""
    away = place.path("away.dcm")
    os.rename(place.names[-1], away)
    rc, err = place.run("-j2", place.inputs)
    first = place.lines()
    got, _ = tree(place.path("out"))
    same = sum(got[n] == place.want[n] for n in got)
    os.rename(away, place.names[-1])
    tap.check(rc == 0 and first == len(FILES) - 1 and same < len(got) and place.beside() == KEPT, "one file is missing",
              "%d %s %d %s" % (rc, err, first, place.beside()))
    rc, err = place.run("-j2", "--resume", place.inputs)
    place.check(tap, rc, "it comes later, the others are done anew", err)
    lines = place.lines()
    rc, err = place.run("-j2", "--resume", place.inputs)
    place.check(tap, rc, "nothing left to do", err)
    tap.check(place.lines() == lines, "and nothing is done", "%d %d" % (lines, place.lines()))
    # A run that did one anew is stopped before its end, the next one has nothing to do.
    with open(place.report, encoding="utf-8") as f:
        doubled = f.readlines()
    with open(place.report, "a", encoding="utf-8") as f:
        f.write(doubled[0])
    busy = odd_system(DSC_BUSY=place.report)
    if busy:
        rc, err = place.run("-j2", "--resume", place.inputs, env=busy)
        tap.check(rc == 0 and place.lines() == len(FILES) + 1 and "mount point" in err, "a report that is a mount keeps both",
                  "%s %d %s" % (rc, place.lines(), err))
    rc, err = place.run("-j2", "--resume", place.inputs)
    place.check(tap, rc, "nor is a line of the report left twice", err)


class Watched:
    """The first file is judged by less than the last one tells."""

    def __init__(self, place, *more):
        place.reset()
        self.place, self.box = place, place.path("box")
        for name in (self.box, place.path("taken")):
            shutil.rmtree(name, ignore_errors=True)
        os.mkdir(self.box)
        self.argv = [place.program, "watch", "-q", self.box, "-o", place.path("out"), "--ledger", place.path("l.db"),
                     "--key", place.key, "--settle", "1"] + FIND + list(more)

    def start(self, env=None):
        return subprocess.Popen(self.argv, stderr=subprocess.DEVNULL, env=env, start_new_session=True)

    def stop(self, p, sig=signal.SIGTERM):
        self.left = self.place.beside()
        if sig == signal.SIGKILL:
            os.killpg(p.pid, sig)
            group_gone(p.pid, 10)
        p.send_signal(sig)
        return p.wait(timeout=60)

    def until(self, done, *names, sig=signal.SIGTERM, env=None, rest=0):
        p, end = self.start(env), time.monotonic() + 60
        for i, name in enumerate(names):
            shutil.copy(name, self.box)
            while self.place.rows() <= i and p.poll() is None and time.monotonic() < end:
                time.sleep(0.05)
        while not done() and p.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(rest)
        return self.stop(p, sig)

    def until_right(self, *want, names=(), env=None):
        """What is out is not in the ledger yet, and nothing tells when the round that wrote it has ended: stopped in it a
        watch is not finished."""
        return self.until(lambda: self.right() == list(want), *names, env=env, rest=2)

    def right(self):
        got = tree(self.place.path("out"))[0]
        return [got[n] == self.place.want[n] for n in sorted(got)]


def watched(tap, place):
    """What came first is judged by less: it is done anew while the watch runs,
    or, where that was stopped before, by the next one."""
    first, last = place.names[0], place.names[-1]
    w = Watched(place, "--rescan", "1")
    rc = w.until_right(True, True, names=[first, last])
    tap.check(rc == 0 and w.right() == [True, True], "a watched folder mends what came first", "%s %s" % (rc, w.right()))
    for more in ([], ["--move-to", place.path("taken")]):
        w = Watched(place, "--rescan", "3600", *more)
        rc = w.until(lambda: len(w.right()) == 2, first, last)
        once = w.right()
        tap.check(rc == 1 and place.state() == "interrupted", "stopped before, it says so", "%s %s" % (rc, place.state()))
        rc = w.until_right(True, True)
        tap.check(rc == 0 and sorted(once) == [False, True] and w.right() == [True, True] and place.state() == "finished",
                  "a watched folder, started again %s" % " ".join(more[:1]), "%s %s %s" % (rc, once, w.right()))
    w = Watched(place, "--rescan", "3600")
    w.until(lambda: len(w.right()) == 2, first, last)
    once = w.right()
    os.remove(os.path.join(w.box, os.path.basename(first)))
    rc, err = place.run("-j1", "--resume", w.box)
    tap.check(rc == 1 and sorted(once) == [False, True] and w.right() == [True], "a batch goes on, its input is gone",
              "%s %s %s %s" % (rc, once, w.right(), err))
    w = Watched(place, "--rescan", "3600")
    w.until(lambda: len(w.right()) == 2, first, last)
    os.remove(os.path.join(w.box, os.path.basename(first)))
    rc = w.until_right(True)
    r = subprocess.run([place.program, "status", "--json", place.path("l.db")], capture_output=True, timeout=60)
    tap.check(rc == 0 and w.right() == [True] and json.loads(r.stdout)["pending"] == 1,
              "where its input is gone its output goes", "%s %s %s" % (rc, w.right(), r.stdout))
    shutil.copy(first, w.box)
    rc = w.until_right(True, True)
    tap.check(rc == 0 and w.right() == [True, True], "it is back, and done", "%s %s" % (rc, w.right()))


def watched_less(tap, place):
    """A watch that cannot read a header, or has lost what headers told."""
    first, second, last = place.names[0], place.names[1], place.names[-1]
    w = Watched(place, "--rescan", "1")
    mark = place.path("mark")
    env = odd_system(DSC_ONCE=os.path.join(w.box, os.path.basename(last)), DSC_ONCE_MARK=mark, DSC_ONCE_FAILS="1")
    if env:
        rc = w.until_right(True, True, names=[first, last], env=env)
        tap.check(rc == 0 and os.path.exists(mark) and w.right() == [True, True],
                  "a header cannot be read for a moment: a watch reads it later", "%s %s" % (rc, w.right()))
        os.remove(mark)
        w = Watched(place, "--rescan", "3600")
        rc = w.until(lambda: len(w.right()) == 2, first, last, env=env)
        tap.check(rc == 1 and os.path.exists(mark) and place.state() == "interrupted",
                  "stopped before, it says so", "%s %s" % (rc, place.state()))
    for gone in (False, True):
        w = Watched(place, "--rescan", "3600")
        w.until(lambda: len(w.right()) == 2, first, last, sig=signal.SIGKILL)
        once = w.right()
        for name in place.beside():
            if "-learned" in name:
                os.remove(place.path(name))
        if gone:
            os.remove(os.path.join(w.box, os.path.basename(last)))
        rc = w.until(lambda: False not in w.right())
        row = place.row(os.path.join(w.box, os.path.basename(first)))
        tap.check(sorted(once) == [False, True] and False not in w.right() and
                  row[0] == ("quarantined" if gone else "scrubbed"),
                  "a watch is killed, what was learned is lost%s" % (", the file that told, too" if gone else ""),
                  "%s %s %s %s" % (rc, once, w.right(), row))
    w = Watched(place, "--rescan", "1")
    w.until(lambda: w.right() == [True, True], first, last)
    os.remove(place.path("l.db-learned"))
    box_second = os.path.join(w.box, os.path.basename(second))
    rc = w.until(lambda: len(w.right()) == 3 or place.row(box_second)[0], second, rest=2)
    tap.check(rc == 0 and w.right() == [True] * 3, "what was learned is lost, all who told are there: no file is refused",
              "%s %s %s" % (rc, w.right(), place.row(box_second)))
    w = Watched(place, "--rescan", "3600")

    def lose():
        if os.path.exists(place.path("l.db-learned")):
            os.remove(place.path("l.db-learned"))
            shutil.copy(second, w.box)
        return False

    rc = w.until(lose, last)
    tap.check(rc == 1 and place.state() == "failed" and len(w.right()) == 1, "it is lost while a watch runs, which fails",
              "%s %s %s" % (rc, w.right(), place.state()))


def watched_another(tap, place):
    """What was learned is another one than when the watch began, and the file
    that told is gone."""
    first, last, path = place.names[0], place.names[-1], place.path("l.db-learned")
    place.run("-j1", place.names[3])
    shutil.copy(path, place.path("another"))
    w = Watched(place, "--rescan", "1")
    w.until(lambda: w.right() == [True], last)
    os.remove(os.path.join(w.box, os.path.basename(last)))

    def swap():
        if place.state() == "running" and os.path.exists(place.path("another")):
            time.sleep(1)  # it says so before it has opened what was learned
            os.rename(place.path("another"), path)
            shutil.copy(first, w.box)
        return False

    rc = w.until(swap)
    tap.check(rc == 1 and w.right() == [True] and place.state() == "failed", "what was learned becomes another one, a watch fails",
              "%s %s %s" % (rc, w.right(), place.state()))


def watched_former(tap, place):
    """A header cannot be read when its file is judged, and the next round finds
    another file in its place: the watch is not finished, whoever came then."""
    first, teller, less = place.names[0], place.names[-1], place.path("less.dcm")
    rel = place.relative(first)
    shutil.copy(place.names[1], less)  # tells the first one nothing new
    w, mark = Watched(place, "--rescan", "3600"), place.path("mark")
    box_teller, box_first = (os.path.join(w.box, os.path.basename(n)) for n in (teller, first))
    env = odd_system(DSC_ONCE=box_teller, DSC_ONCE_MARK=mark, DSC_ONCE_FAILS="1")
    if not env:
        return
    for _ in range(5):
        p = w.start(env)
        shutil.copy(teller, w.box)
        wait_until(place.rows)
        if place.row(box_teller)[0] == "scrubbed" and not headers(place):
            break
        w.stop(p)  # the one that failed was a worker
        os.remove(mark)
        w = Watched(place, "--rescan", "3600")
    os.rename(less, box_teller)
    wait_until(lambda: place.number("SELECT count(*) FROM former") and place.row(box_teller)[0] == "scrubbed")
    shutil.copy(first, w.box)
    wait_until(lambda: place.rows() == 2)
    rc, shown = w.stop(p), tree(place.path("out"))[0].get(rel)
    os.remove(mark)
    tap.check(rc == 1 and place.state() == "interrupted" and shown not in (None, place.want[rel]),
              "a header was not read, its file is another one: a watch is not finished", "%s %s" % (rc, place.state()))
    rc = w.until(lambda: place.row(box_first)[0] == "quarantined")
    tap.check(place.row(box_first)[0] == "quarantined" and rel not in tree(place.path("out"))[0],
              "the next one shows nobody of whom it told", "%s %s" % (rc, place.row(box_first)))


def watched_members(tap, place):
    """What is not there any more has a name as if it were in an archive that
    is; an archive lacks what was in it."""
    first, last, other = place.names[0], place.names[-1], place.names[3]
    w = Watched(place, "--rescan", "1")
    banged, tar = place.path("a!b.dcm"), place.path("x.tar")
    shutil.copy(first, banged)
    os.mkdir(os.path.join(w.box, "a"))
    w.until(lambda: len(w.right()) == 1, banged)
    os.remove(os.path.join(w.box, "a!b.dcm"))
    rc = w.until_right(True, names=[last])
    tap.check(rc == 0 and w.right() == [True], "a folder is no archive", "%s %s" % (rc, w.right()))
    w = Watched(place, "--rescan", "1")
    for source in (first, other):
        with tarfile.open(tar, "w") as t:
            t.add(source, os.path.basename(source))
        n = len(w.right()) + 1
        w.until(lambda: len(w.right()) == n, tar)
    rc = w.until_right(True, True, names=[last])
    tap.check(rc == 0 and w.right() == [True, True], "an archive lacks what was in it: its old output goes",
              "%s %s" % (rc, w.right()))


def twins(tap, place):
    """The same instance under two names, one of them judged by less."""
    for name in ("0-again.dcm", "z-again.dcm"):
        shutil.copy(place.names[0], os.path.join(place.inputs, name))
    names = [os.path.join(place.inputs, n) for n in sorted(os.listdir(place.inputs))]
    for what in ([place.inputs], ["-"]):
        place.reset()
        rc, err = place.run("-j2", *what, names=names if what == ["-"] else None)
        place.check(tap, rc, "twins, %s" % ("a list" if what == ["-"] else "a folder"), err)
        db = sqlite3.connect(place.path("l.db"))
        tap.check(db.execute("SELECT count(*) FROM instance WHERE output IS NOT NULL").fetchone()[0] == len(names),
                  "all of them have the output")
        db.close()


def other_settings(tap, place):
    """A killed run leaves outputs without rows; other settings give others."""
    p = place.start("-j1", "--no-learn", place.inputs)
    end = time.monotonic() + 60
    while not tree(place.path("out"))[0] and time.monotonic() < end:
        time.sleep(0.002)
    os.killpg(p.pid, signal.SIGKILL)
    p.communicate()
    left, _ = tree(place.path("out"))
    rows = place.rows()
    rc, err = place.run("-j2", "--redo", place.inputs)
    place.check(tap, rc, "--redo over %d outputs and %d rows of a killed run" % (len(left), rows), err)


def goes_away(tap, place):
    """A file is moved away, another one touched, before the one comes that
    knows: no output that was judged by less stays, and the run says so."""
    x, z, y = place.names[0], place.names[1], place.names[-1]
    away = place.path("away.dcm")
    for stopped in (False, True):
        place.reset()
        p = subprocess.Popen(place.argv("-j1", "-"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, start_new_session=True)
        p.stdin.write(("%s\n%s\n" % (x, z)).encode())
        p.stdin.flush()
        end = time.monotonic() + 60
        while len(tree(place.path("out"))[0]) < 2 and time.monotonic() < end:
            time.sleep(0.02)
        time.sleep(0.3)
        if stopped:
            p.send_signal(signal.SIGINT)
            p.communicate(timeout=60)
        rows = place.rows()
        os.rename(x, away)
        os.utime(z)
        if stopped:
            rc, err = place.run("-j1", "--resume", "-", names=[z, y])
        else:
            p.stdin.write(("%s\n" % y).encode())
            _, err = p.communicate(timeout=120)
            rc, err = p.returncode, err.decode()
        got, _ = tree(place.path("out"))
        wrong = [n for n in got if got[n] != place.want[n]]
        how = "a run that was stopped, %d rows, " % rows if stopped else ""
        tap.check(not wrong, how + "gone or touched: no output stays that was judged by less",
                  "%d of %d wrong, %s %s" % (len(wrong), len(got), rc, err))
        tap.check(rc == 1 and place.state() == "failed" and "anew" in err and ".dcm" not in err,
                  how + "the run has failed and says why", "%s %s %s" % (rc, place.state(), err))
        # It is failed, for good if it does not come back: the ledger is whole.
        place.run("-j1", "--resume", z, y)
        joined = place.path("report.db")
        r = subprocess.run([place.program, "merge", place.path("l.db"), "-o", joined], capture_output=True, timeout=60)
        outcome, reason = place.row(x)
        tap.check(r.returncode == 0 and place.state() == "finished" and outcome == "failed" and "has no output of this ledger" in reason,
                  how + "what is gone is failed, and merge takes it", "%s %s %s %s" % (r, place.state(), outcome, reason))
        if r.returncode == 0:
            os.remove(joined)
        os.rename(away, x)
        rc, err = place.run("-j1", "--resume", place.inputs)
        place.check(tap, rc, how + "it is back: all is right", err)


def forgets(tap, place):
    """A later run may lack the file whose header told the name: it is gone, has
    another header or is not among the inputs. No run knows less than the one
    before it, or it refuses what belongs together with that file."""
    teller, other = place.names[-1], place.names[0]
    with open(teller, "rb") as f:
        told = f.read()
    for name in os.listdir(place.inputs):  # twins of an earlier test
        if os.path.join(place.inputs, name) not in place.names:
            os.remove(os.path.join(place.inputs, name))
    rel = place.relative(other)

    def again(*more, names=None, env=None):
        """The other one is touched and done anew; is its output still right?"""
        os.utime(other)
        rc, err = place.run("-j1", *more, names=names, env=env)
        return rc, err, tree(place.path("out"))[0]

    def right(name, rc, err, got):
        tap.check(rc == 0 and got.get(rel) == place.want[rel] and place.state() == "finished", name,
                  "%s %s %s" % (rc, got.get(rel) == place.want[rel], err))

    def refused(name, rc, err, got):
        outcome, reason = place.row(other)
        wrong = [n for n in got if got[n] != place.want[n]]
        tap.check(rc == 1 and outcome == "quarantined" and "less is known" in reason and rel not in got and not wrong,
                  name, "%s %s %s %s %d" % (rc, outcome, reason, err, len(wrong)))

    def begin():
        place.reset()
        with open(teller, "wb") as f:
            f.write(told)
        place.run("-j2", place.inputs)

    # A run that was killed behind the first file of a list: headers of a list
    # are read at its end.
    p = place.start("-j1", "--max-rate", "0.1", "-", names=[teller, place.names[3]])
    end = time.monotonic() + 60
    while place.rows() < 1 and time.monotonic() < end:
        time.sleep(0.02)
    os.killpg(p.pid, signal.SIGKILL)
    p.communicate()
    group_gone(p.pid, 10)
    tap.check(place.rows() == 1, "(it was)", "%d" % place.rows())
    for how in (["-"], [other], [other]):
        refused("killed, and the next one lacks its file, %s" % how[0][-5:],
                *again("--resume", *how, names=[other] if how == ["-"] else None))
    rc, err = place.run("-j1", "--resume", "-", names=[other, teller])
    got = tree(place.path("out"))[0]
    tap.check(rc == 0 and got.get(rel) == place.want[rel] and len(got) == 2, "the whole list is done", "%s %s" % (rc, err))
    # Finished runs.
    for how, more in (("a list of the others", ["--resume", "-"]), ("--redo", ["--redo", "-"])):
        begin()
        right(how, *again(*more, names=[other]))
    begin()
    os.remove(teller)
    right("its file is gone", *again("--resume", place.inputs))
    begin()
    with open(teller, "wb") as f:
        f.write(instance(told, 1, 5, False).replace(TELLTALE, b" " * len(TELLTALE)))
    right("its header tells less than before", *again("--resume", place.inputs))
    # A new file of a study that is known.
    begin()
    new = place.path("new.dcm")
    with open(place.names[1], "rb") as f:
        data = f.read()
    with open(new, "wb") as f:
        f.write(data)
    os.remove(os.path.join(place.path("out"), place.relative(place.names[1])))
    db = sqlite3.connect(place.path("l.db"))
    db.execute("DELETE FROM instance WHERE input = ?", (place.names[1].encode(),))
    db.commit()
    db.close()
    rc, err, got = again("--resume", "-", names=[new])
    tap.check(rc == 0 and got == place.want, "a new file, and a list of it alone", "%s %s" % (rc, err))
    os.remove(new)
    # What was learned is lost, or broken.
    for how in ("lost", "broken"):
        begin()
        for name in place.beside():
            os.remove(place.path(name))
        if how == "broken":
            with open(place.path("l.db-learned"), "wb") as f:
                f.write(b"nothing of the kind " * 500)
        refused("what was learned is %s" % how, *again("--resume", "-", names=[other]))
        right("%s, and learned anew from all" % how, *again("--resume", place.inputs))
        right("from then on it is known again", *again("--resume", "-", names=[other]))
    begin()
    os.remove(place.path("l.db-learned"))
    os.remove(teller)
    refused("lost, and the file that told is gone", *again("--resume", place.inputs))
    refused("it stays so", *again("--resume", place.inputs))
    stranger = place.relative(place.names[3])
    tap.check(place.want[stranger] == tree(place.path("out"))[0].get(stranger), "a stranger is cleaned as ever")
    rc, err, got = again("--resume", "--know-less", place.inputs)
    tap.check(rc == 0 and rel in got and got[rel] != place.want[rel], "unless told to go on with less", "%s %s" % (rc, err))
    rc, err, got = again("--resume", place.inputs)
    tap.check(rc == 0, "which is asked once", err)
    with open(teller, "wb") as f:
        f.write(told)


def forgets_former(tap, place):
    """The file that told is another one by now, or has changed and could not be
    read; then what was learned is lost. And what is lost twice."""
    teller, other, new, path = place.names[-1], place.names[0], place.names[1], place.path("l.db-learned")
    rel = place.relative(other)
    with open(teller, "rb") as f:
        told = f.read()
    less = instance(told, 1, 5, False).replace(TELLTALE, b" " * len(TELLTALE))
    unreadable = odd_system(DSC_ONCE=teller, DSC_ONCE_MARK=place.path("mark"), DSC_ONCE_FAILS="1", DSC_ONCE_TIMES="9")
    for how, env in (("is another one", None), ("cannot be read", unreadable)):
        if how == "cannot be read" and not env:
            continue
        place.reset()
        codes = [place.run("-j2", other, teller)[0]]
        with open(teller, "wb") as f:
            f.write(told if env else less)
        codes.append(place.run("-j1", "--resume", other, teller, env=env)[0])
        os.remove(path)
        names = [other] if env else [other, teller]
        codes += [place.run("-j1", "--resume", *more)[0] for more in (names, names + [new])]
        got, row = tree(place.path("out"))[0], place.row(new)
        tap.check(codes == [0, 1 if env else 0, 0, 1] and got.get(rel) == place.want[rel] and row[0] == "quarantined" and
                  place.relative(new) not in got, "the file that told %s, then what was learned is lost" % how,
                  "%s %s %s" % (codes, got.get(rel) == place.want[rel], row))
        with open(teller, "wb") as f:
            f.write(told)
    place.reset()
    codes = [place.run("-j2", other, teller)[0]]
    for _ in range(2):
        os.remove(path)
        os.utime(other)
        codes.append(place.run("-j1", "--resume", other)[0])
    rc, err = place.run("-j1", "--resume", other, teller)
    tap.check(codes == [0, 1, 1] and rc == 0 and tree(place.path("out"))[0].get(rel) == place.want[rel],
              "what was learned is lost twice, and the file that told is back", "%s %s %s" % (codes, rc, err))


def comes_back(tap, place):
    """Files, and options, of before: what rows told of then is kept already."""
    teller, codes = place.names[-1], []
    with open(teller, "rb") as f:
        told = f.read()
    for data in (told, told.replace(TELLTALE, b" " * len(TELLTALE))) * 2:
        with open(teller, "wb") as f:
            f.write(data)
        os.utime(teller, (len(data), sum(data)))
        codes.append(place.run("-j1", *["--resume"] * bool(codes), teller))
    tap.check(codes == [(0, "")] * 4, "one name, two files in turn", "%s" % codes)
    codes = [place.run("-j1", "--resume", "--redo", *more, teller) for more in (["--no-learn"], []) * 2]
    tap.check(codes == [(0, "")] * 4, "with what headers tell and without, in turn", "%s" % codes)
    with open(teller, "wb") as f:
        f.write(told)


def named_twice(tap, place):
    """A list names the file that tells, then, when it is done and another one,
    once more; headers are read at the end of the list."""
    teller, other = place.names[-1], place.names[0]
    rel, times = place.relative(other), os.stat(teller)
    with open(teller, "rb") as f:
        told = f.read()
    p = subprocess.Popen(place.argv("-j1", "-"), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    p.stdin.write(teller.encode() + b"\n")
    p.stdin.flush()
    wait_until(lambda: place.number("SELECT count(*) FROM instance WHERE outcome = 'scrubbed'") == 1)
    with open(teller, "wb") as f:
        f.write(instance(told, 1, 5, False).replace(TELLTALE, b" " * len(TELLTALE)))
    _, err = p.communicate("".join(n + "\n" for n in (teller, other)).encode(), timeout=60)
    state = place.state()
    tap.check(p.returncode == 1 and b"--resume" in err and state == "failed", "a header that was not read when it told",
              "%s %s %s" % (p.returncode, err, state))
    rc, err = place.run("-j1", "--resume", other, teller)
    tap.check(rc == 1 and place.row(other)[0] == "quarantined" and rel not in tree(place.path("out"))[0],
              "whom it told of is not shown", "%s %s %s" % (rc, err, place.row(other)))
    with open(teller, "wb") as f:
        f.write(told)
    os.utime(teller, ns=(times.st_atime_ns, times.st_mtime_ns))
    rc, err = place.run("-j1", "--resume", other, teller)
    tap.check(rc == 0 and tree(place.path("out"))[0].get(rel) == place.want[rel], "and is done when it is back",
              "%s %s %s" % (rc, err, place.row(other)))


def forgets_remote(tap, place):
    """The same where the ledger is on a network file system."""
    env = odd_system(DSC_NETWORK="1")
    if not env:
        return
    other = place.names[0]
    rel = place.relative(other)
    rc, err = place.run("-j2", place.inputs, env=env)
    place.check(tap, rc, "a ledger on a network file system", err)
    for lost in (False, True):
        if lost:
            os.remove(place.path("l.db-learned"))
        os.utime(other)
        rc, err = place.run("-j1", "--resume", other, env=env)
        got = tree(place.path("out"))[0]
        tap.check(got.get(rel) == (None if lost else place.want[rel]) and rc == (1 if lost else 0),
                  "the file that told is not among the inputs" + (", and what was learned is lost" if lost else ""),
                  "%s %s" % (rc, err))
    rc, err = place.run("-j1", "--resume", "-", env=env, names=place.names)
    place.check(tap, rc, "all are there, in a list", err)


def grows(tap, place):
    """A file that comes after its folder's headers were read is met by the
    workers all the same."""
    late = os.path.join(place.inputs, "z", "late.dcm")
    os.mkdir(os.path.dirname(late))
    teller = place.names[-1]
    away = place.path("away.dcm")
    os.rename(teller, away)
    for rate in ("2", "0.5", "0.1"):
        place.reset()
        p = place.start("-j1", "--max-rate", rate, place.inputs)
        wait_until(lambda: place.headers_are_read() or p.poll() is not None)
        os.rename(away, late)
        in_time = len(tree(place.path("out"))[0]) < len(FILES) - 1  # nobody was in the folder since
        _, err = p.communicate(timeout=120)
        if in_time:
            break
        os.rename(late, away)
    tap.check(p.returncode == 1 and place.state() == "failed" and "headers" in err.decode(),
              "a file came too late for its header to be read: the run has failed",
              "%s %s %s" % (p.returncode, place.state(), err))
    rc, err = place.run("-j1", "--resume", place.inputs)
    place.check(tap, rc, "the next one reads it", err)
    os.rename(late, teller)
    os.rmdir(os.path.dirname(late))


def once(tap, place):
    """The file whose header tells kills whoever reads it first, or cannot be read
    then."""
    mark = place.path("mark")
    for fails in (False, True):
        place.reset()
        env = odd_system(DSC_ONCE=place.names[-1], DSC_ONCE_MARK=mark, **({"DSC_ONCE_FAILS": "1"} if fails else {}))
        if not env:
            return
        rc, err = place.run("-j1", place.inputs, env=env)
        tap.check(os.path.exists(mark), "(it was read)")
        os.remove(mark)
        if not fails:
            place.check(tap, rc, "a reader dies, the next one tries again", err)
            continue
        tap.check(rc == 1 and place.state() == "failed" and "headers" in err and ".dcm" not in err,
                  "a header cannot be read for a moment: the run has failed", "%s %s %s" % (rc, place.state(), err))
        rc, err = place.run("-j1", "--resume", place.inputs)
        place.check(tap, rc, "the next one reads it", err)


def killed_at(tap, place):
    """The reader of headers is killed whenever it comes to the file that tells,
    or the process that unpacks it for the reader is."""
    mark, tar = place.path("mark"), place.path("in.tar")
    with tarfile.open(tar, "w") as t:
        for name in (place.names[0], place.names[-1]):
            t.add(name, os.path.basename(name))
    want = place.want[place.relative(place.names[0])]
    for how, what, more in (("the reader", place.inputs, {"DSC_ONCE": place.names[-1], "DSC_ONCE_TIMES": "2"}),
                            ("what unpacks", tar, {"DSC_MEMFD_KILLS": "2"})):
        place.reset()
        env = odd_system(DSC_ONCE_MARK=mark, **more)
        if not env:
            return
        rc, err = place.run("-j1", what, env=env)
        tap.check(os.path.exists(mark) and rc == 1 and place.state() == "failed" and "headers" in err and ".dcm" not in err,
                  "%s is killed over and over: the run has failed" % how, "%s %s %s" % (rc, place.state(), err))
        os.remove(mark)
        rc, err = place.run("-j1", "--resume", what)
        got, _ = tree(place.path("out"))
        tap.check(rc == 0 and want in got.values() and place.state() == "finished",
                  "%s was killed: the next run reads the header" % how, "%s %s %s" % (rc, place.state(), err))


def headers(place):
    """How many the lore has."""
    db = sqlite3.connect("file:%s?mode=ro" % place.path("l.db-learned"), uri=True)
    n, = db.execute("SELECT count(*) FROM file").fetchone()
    db.close()
    return n


def stays(tap, place):
    """What was learned is there, and cannot be read, or not by this one: it is
    not taken for lost, and no output is judged by less."""
    teller, other, path = place.names[-1], place.names[0], place.path("l.db-learned")
    mark, away, rel = place.path("mark"), place.path("away.dcm"), place.relative(other)
    odd = odd_system(DSC_ONCE=path + "-shm", DSC_ONCE_MARK=mark, DSC_ONCE_FAILS="1") or {}
    remote = odd_system(DSC_NETWORK="1") or {}

    def version(n):
        db = sqlite3.connect(path)
        db.execute("PRAGMA user_version = %d" % n)
        db.close()

    def damage(_):
        with open(path, "r+b") as f:
            f.seek(4096)
            f.write(b"nothing of the kind " * 200)

    def link(_):
        os.rename(path, place.path("elsewhere"))
        os.symlink(place.path("elsewhere"), path)

    def check(how, env, ruin, arg, word):
        place.reset()
        place.run("-j2", place.inputs, env=env if env is remote else None)
        os.rename(teller, away)
        os.utime(other)
        ruin(arg)
        with open(path, "rb") as f:
            before = f.read()
        rc, err = place.run("-j1", "--resume", place.inputs, env=env)
        with open(path, "rb") as f:
            same = f.read() == before
        got = tree(place.path("out"))[0]
        wrong = [n for n in got if got[n] != place.want[n]]
        tap.check(rc and same and not wrong and word in err and ".dcm" not in err, how, "%s %s %s %s" % (rc, same, wrong, err))
        os.rename(away, teller)

    for name, env in (("", None), (", over a network", remote)):
        if env is None or env:
            check("one of a newer version" + name, env, version, 3, "newer")
            check("a damaged one" + name, env, damage, None, "damaged")
            check("a link to it" + name, env, link, None, "LEDGER-learned")
            os.remove(path)
    for skip in (1, 2) if odd else ():
        place.reset()
        place.run("-j2", place.inputs)
        os.rename(teller, away)
        os.utime(other)
        rc, err = place.run("-j1", "--resume", place.inputs, env=dict(odd, DSC_ONCE_SKIP=str(skip), DSC_ONCE_TIMES="2"))
        os.remove(mark)
        got, n = tree(place.path("out"))[0], headers(place)
        tap.check(n >= len(FILES) and got.get(rel) in ((place.want[rel],) if rc == 0 else (None, place.want[rel])),
                  "one that cannot be opened twice, after %d times" % skip, "%s %d %s" % (rc, n, err))
        os.rename(away, teller)


def killed_while_kept(tap, place):
    """On a network file system it is written at the start: whoever is killed then
    leaves the one before, also one that has begun to write into that."""
    path, mark, away = place.path("l.db-learned"), place.path("mark"), place.path("away.dcm")
    teller, rel = place.names[-1], place.relative(place.names[0])
    env = odd_system(DSC_NETWORK="1")
    if not env:
        return
    rc, err = place.run("-j2", place.inputs, env=env)
    os.rename(teller, away)
    for how in ("beside it", "into it"):
        os.utime(place.names[0])
        if how == "beside it":
            p, _ = place.run("-j1", "--resume", place.inputs, env=dict(
                env, DSC_ONCE=path + "-new", DSC_ONCE_MARK=mark, DSC_ONCE_SKIP="1"))
        else:
            p = half_written(path)
        rc, err = place.run("-j1", "--resume", place.inputs, env=env)
        n, left = headers(place), [x for x in place.beside() if x.startswith("l.db-learned")]
        tap.check(p == -9 and rc == 0 and n >= len(FILES) and left == KEPT and place.state() == "finished" and
                  tree(place.path("out"))[0].get(rel) == place.want[rel], "killed while it writes " + how,
                  "%s %s %d %s %s" % (p, rc, n, left, err))
    os.rename(away, teller)


def killed_at_birth(tap, place):
    """Whoever is killed that makes it, or writes to it the first time, leaves
    what the next one can use."""
    path = place.path("l.db-learned")
    place.run("-j1", "-")
    os.remove(path)
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.close()
    tap.check(os.path.getsize(path) > 0, "(it has begun to make it)")
    rc, err = place.run("-j2", "--resume", *place.names)
    place.check(tap, rc, "killed while it is made", err)
    os.utime(place.names[0])
    killed = half_written(path)
    rc, err = place.run("-j1", "--resume", place.names[0])
    place.check(tap, rc, "killed while it is written", "%d %s" % (killed, err))


def half_written(path):
    """As somebody leaves it who is killed in a transaction."""
    code = """if 1:
        import os, sqlite3, sys
        db = sqlite3.connect(sys.argv[1], isolation_level=None)
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("PRAGMA cache_size = 1")
        db.execute("BEGIN")
        db.execute("DELETE FROM file")
        for i in range(100):
            db.execute("INSERT INTO value VALUES(?, zeroblob(3000))", (i,))
        os.kill(os.getpid(), 9)"""
    return subprocess.run([sys.executable, "-c", code, path], check=False).returncode


def private(tap, place):
    """Nobody else reads it, however it came there; and a new ledger takes away
    what another one has learned, and nothing else."""
    path = place.path("l.db-learned")
    place.run("-j2", place.inputs)
    os.chmod(path, 0o644)
    os.utime(place.names[0])
    p = place.start("-j2", "--resume", place.inputs)
    seen = set()
    while p.poll() is None:
        for name in place.beside():
            try:
                if name.startswith("l.db-learned-"):
                    seen.add(os.stat(place.path(name)).st_mode & 0o777)
            except OSError:
                pass
    p.communicate()
    tap.check(p.returncode == 0 and os.stat(path).st_mode & 0o777 == 0o600 and seen <= {0o600}, "one that all could read",
              "%s %o %s" % (p.returncode, os.stat(path).st_mode, seen))
    os.chmod(path, 0o400)  # else SQLite would make files beside it that nobody can write
    rc, err = place.run("-j2", "--resume", place.inputs)
    tap.check(rc == 0 and os.stat(path).st_mode & 0o777 == 0o600, "one that could not be written", "%s %s" % (rc, err))
    for name, env in (("", None), (", over a network", odd_system(DSC_NETWORK="1"))):
        if name and not env:
            continue
        place.reset()
        with open(path, "w", encoding="ascii") as f:
            f.write("somebody's file")
        codes = [place.run("-j2", *more, place.inputs, env=env)[0] for more in ([], ["--resume"])]
        with open(path, "rb") as f:
            tap.check(codes == [2, 2] and f.read() == b"somebody's file", "somebody's file in its place" + name, "%s" % codes)
        place.reset()
        place.run("-j2", place.inputs, env=env)
        for ledger in ("l.db", "report"):
            os.remove(place.path(ledger))
        shutil.rmtree(place.path("out"))
        rc, err = place.run("-j2", place.inputs, env=env)
        place.check(tap, rc, "that of another ledger" + name, err)


def swapped(tap, place):
    """Another lore lies in its place while workers start, and then not: nobody is
    judged by that."""
    path, mine, other = (place.path(n) for n in ("l.db-learned", "mine", "another"))
    place.run("-j1", place.names[3])
    shutil.copy(path, other)
    place.reset()
    p = place.start("-j1", "--max-rate", "1", place.inputs)
    wait_until(lambda: place.headers_are_read() and place.rows() or p.poll() is not None)
    for end in ("", "-wal", "-shm"):
        if os.path.exists(path + end):
            os.rename(path + end, mine + end)
    for lore in (other, mine):
        for end in ("", "-wal", "-shm"):
            if os.path.exists(lore + end):
                os.rename(lore + end, path + end)
        rows = place.rows()
        for pid in children(p.pid):
            if is_worker(pid, p.pid):
                os.kill(pid, signal.SIGKILL)
        # The next row may be that of an answer that was there already.
        wait_until(lambda: place.rows() > rows + 1 or p.poll() is not None)
    _, err = p.communicate(timeout=120)
    got = tree(place.path("out"))[0]
    wrong = [n for n in got if got[n] != place.want[n]]
    tap.check(p.returncode == 1 and not wrong, "what was learned is another one for a while", "%s %s %s" % (
        p.returncode, wrong, err))
    rc, err = place.run("-j2", "--resume", place.inputs)
    place.check(tap, rc, "and is back", err)


def strangers(tap, place):
    """What was refused before anybody asked whose it is, and is lost."""
    refused = os.path.join(place.inputs, "refused.dcm")
    shutil.copy(place.refused, refused)
    rc, err = place.run("-j1", place.inputs)
    first = place.row(refused)
    os.remove(refused)
    os.remove(place.path("l.db-learned"))
    before = tree(place.path("out"))[0]
    os.utime(place.names[0])
    argv = ["-j1", "--resume", place.inputs]
    again, err = place.run(*argv)
    tap.check(rc == 1 and first[0] == "quarantined" and again == 2 and "less may be known" in err and ".dcm" not in err and
              tree(place.path("out"))[0] == before, "one that was refused is lost: nothing is done",
              "%s %s %s %s" % (rc, first, again, err))
    again, err = place.run("--know-less", *argv)
    tap.check(again == 0 and tree(place.path("out"))[0] == place.want, "unless told so", "%s %s" % (again, err))


def too_much(tap, place):
    """What is known of a study is too much to be looked at: its file is
    quarantined, others are done, the run ends."""
    rc, err = place.run("-j1", place.names[0])
    db = sqlite3.connect(place.path("l.db"))
    study, = struct.unpack("=q", db.execute("SELECT taught FROM instance").fetchone()[0][:8])
    db.close()
    db = sqlite3.connect(place.path("l.db-learned"))
    db.executemany("INSERT INTO value VALUES(?, ?)", (
        (study, struct.pack("=B3sI", 0, b"LO", 2000) + b"%02000d" % i + b"\0") for i in range(34000)))
    db.commit()
    db.close()
    rc, err = place.run("-j1", "--resume", place.names[0], place.names[3])
    got, left = tree(place.path("out"))[0], place.beside()
    db = sqlite3.connect(place.path("l.db"))
    outcomes = [r[0] for r in db.execute("SELECT outcome FROM instance ORDER BY id")]
    db.close()
    tap.check(rc == 1 and place.state() == "finished" and outcomes[:1] == ["quarantined"] and len(outcomes) == 2 and
              outcomes[1] in ("clean", "scrubbed") and len(got) == 1 and left == KEPT,
              "too much is known of a study: its file is quarantined, the run ends",
              "%s %s %s %d %s %s" % (rc, place.state(), outcomes, len(got), left, err))


def leaves_nothing(tap, place):
    """What a killed run has left beside the ledger goes with the next one that
    ends, whatever its options."""
    for more in (["--redo", "--no-learn"], ["--resume"]):
        place.reset()
        p = subprocess.Popen(place.argv("-j1", "-"), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, start_new_session=True)
        p.stdin.write(("%s\n" % place.names[3]).encode())
        p.stdin.flush()
        end = time.monotonic() + 60
        while not tree(place.path("out"))[0] and time.monotonic() < end:
            time.sleep(0.02)
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate()
        group_gone(p.pid, 10)
        left = place.beside()
        rc, err = place.run("-j1", *more, place.names[3])
        tap.check(rc == 0 and "l.db-list" in left and "l.db-learned" in left and place.beside() == KEPT and
                  place.state() == "finished", "a killed run leaves nothing, %s" % more[0],
                  "%s %s %s %s" % (rc, left, place.beside(), err))


def main():
    program, testdata = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(1 << 30)
    rng = random.Random(seed)
    tap = Tap()
    print("# seed %d" % seed)
    place = Place(program, testdata)
    try:
        for test in (is_news, orders, archives, not_waiting, kills, later, shards, shard_is_killed, other_settings, watched,
                     watched_less, watched_another, watched_former, watched_members, twins, goes_away, too_much, leaves_nothing, forgets,
                     forgets_former, comes_back, named_twice, forgets_remote, grows, once, killed_at, stays, killed_while_kept, killed_at_birth, private,
                     swapped, strangers):
            if sys.argv[4:] and test.__name__ not in sys.argv[4:]:
                continue
            place.reset()
            test(tap, place, rng) if test is kills else test(tap, place)
    finally:
        shutil.rmtree(place.folder, ignore_errors=True)
    print("1..%d" % tap.n)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
