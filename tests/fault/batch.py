#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What can go wrong in a batch: limits, dying workers, signals, ledgers that
cannot be used, odd and changing inputs.

    batch.py PROGRAM TESTDATA
"""
import itertools
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import zipfile

sys.dont_write_bytecode = True
from kill import Tap, children, tree  # noqa: E402

STILL = "us-grey-explicit.dcm"
CHEAP = ["--find", "masks", "--mask", "us-regions", "--mask", "builtin"]
WRITTEN = ("clean", "scrubbed")


class Place:
    """A folder for one test: inputs, key, ledger, output."""

    def __init__(self, program, testdata):
        self.program, self.testdata = program, testdata
        self.folder = tempfile.mkdtemp(prefix="dsc-batch-")
        self.out, self.ledger, self.key = (os.path.join(self.folder, n) for n in ("out", "ledger.db", "key"))
        self.inputs = os.path.join(self.folder, "in")
        os.mkdir(self.inputs)
        with open(self.key, "w", encoding="ascii") as f:
            f.write("5" * 64)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def add(self, name=b"a.dcm", source=STILL, uid=None):
        """A copy of a test file; with another SOP Instance UID where asked."""
        path = os.path.join(os.fsencode(self.inputs), os.fsencode(name))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(os.path.join(self.testdata, source), "rb") as f:
            data = f.read()
        if uid is not None:
            data = with_uid(data, uid)
        with open(path, "wb") as f:
            f.write(data)
        return path

    def many(self, n):
        for i in range(n):
            self.add("%d/%d.dcm" % (i % 3, i), uid=i)

    def argv(self, *more, find=None):
        return [self.program, "batch", "-q", "-j1", "--key", self.key, "--ledger", self.ledger, "-o", self.out] + \
            (CHEAP if find is None else find) + list(more)

    def start(self, *more, env=None):
        return subprocess.Popen(self.argv(*more) + [self.inputs], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, start_new_session=True, env=env)

    def run(self, *more, find=None, inputs=True, stdin=b""):
        r = subprocess.run(self.argv(*more, find=find) + ([self.inputs] if inputs else []), input=stdin,
                           capture_output=True, timeout=300)
        r.err = r.stderr.decode(errors="replace")
        return r

    def status(self):
        r = subprocess.run([self.program, "status", "--json", self.ledger], capture_output=True, timeout=60)
        return json.loads(r.stdout)

    def rows(self, what="outcome, reason, attempts"):
        db = sqlite3.connect("file:%s?mode=ro" % self.ledger, uri=True)
        found = {r[0]: r[1:] for r in db.execute("SELECT input, %s FROM instance ORDER BY id" % what)}
        db.close()
        return found

    def wait(self, what, n, seconds=90):
        """Until the ledger's table holds n rows."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            try:
                db = sqlite3.connect("file:%s?mode=ro" % self.ledger, uri=True)
                found = db.execute("SELECT count(*) FROM " + what).fetchone()[0]
                db.close()
                if found >= n:
                    return
            except sqlite3.Error:
                pass
            time.sleep(0.05)

    def sql(self, text):
        db = sqlite3.connect(self.ledger)
        db.execute(text)
        db.commit()
        db.close()


def with_uid(data, n):
    """Another SOP Instance UID of the same length, wherever it stands."""
    at = data.index(b"\x08\x00\x18\x00UI") + 8
    old = data[at:at + int.from_bytes(data[at - 2:at], "little")].rstrip(b"\0")
    new = old[:-6] + b"%06d" % (100000 + n)
    return data.replace(old, new)


def struck(place, path, sig, times=1):
    """The environment in which whoever works on the input gets the signal, the
    first `times`; and the file that is there once that has happened."""
    mark = place.folder + "/mark"
    if os.path.exists(mark):
        os.remove(mark)
    return odd_system(DSC_ONCE=os.fsdecode(path), DSC_ONCE_MARK=mark, DSC_ONCE_SIGNAL="%d" % sig,
                      DSC_ONCE_TIMES="%d" % times), mark


def wait_until(done, seconds=90):
    end = time.monotonic() + seconds
    while not done() and time.monotonic() < end:
        time.sleep(0.02)
    return done()


def is_pending(p, sig):
    """Was it not yet taken? A second one of its kind would be lost."""
    with open("/proc/%d/status" % p.pid, encoding="ascii", errors="replace") as f:
        masks = [int(line.split()[1], 16) for line in f if line.startswith("ShdPnd")]
    return any(m >> (sig - 1) & 1 for m in masks)


def state_of(pid):
    """T: it is stopped; "": there is none."""
    try:
        with open("/proc/%d/stat" % pid, encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def held(p):
    """Until a worker stands still at its file, by a SIGSTOP."""
    return wait_until(lambda: p.poll() is not None or any(state_of(pid) == "T" for pid in children(p.pid))) and \
        p.poll() is None


def let_go(p):
    for pid in children(p.pid):
        os.kill(pid, signal.SIGCONT)


# ---- workers ----

def hangs(tap, place):
    env, _ = struck(place, place.add(), signal.SIGSTOP, 2)
    if not env:
        return
    p = place.start("--no-learn", "--time-limit", "2", env=env)
    p.wait(timeout=120)
    row = list(place.rows().values())
    tap.check(p.returncode == 1 and row == [("quarantined", "over the time limit of 2 s", 2)],
              "a worker that hangs costs one file, after a second try", "%s %s" % (p.returncode, row))


def crashes(tap, place):
    env, _ = struck(place, place.add(), signal.SIGSEGV, 2)
    if not env:
        return
    p = place.start("--no-learn", env=env)
    p.wait(timeout=120)
    row = list(place.rows().values())
    tap.check(p.returncode == 1 and [r[0] for r in row] == ["quarantined"] and row[0][2] == 2,
              "a worker that crashes twice: quarantined", "%s %s" % (p.returncode, row))
    r = place.run("--no-learn", "--resume")
    tap.check(list(place.rows().values()) == row and r.returncode == 1, "quarantined files are not tried again")


def killed_once_and_twice(tap, place):
    path = place.add()
    env, _ = struck(place, path, signal.SIGKILL, 2)
    if not env:
        return
    p = place.start("--no-learn", env=env)
    p.wait(timeout=120)
    row = list(place.rows().values())
    tap.check(p.returncode == 1 and row == [("failed", "the worker died on this file (signal 9)", 2)],
              "killed twice from outside: failed, no fault of the file", "%s %s" % (p.returncode, row))
    p = place.start("--no-learn", "--resume", env=struck(place, path, signal.SIGKILL)[0])
    p.wait(timeout=120)
    row = list(place.rows().values())
    tap.check(p.returncode == 0 and row[0][0] in WRITTEN and row[0][2] == 2,
              "--resume tries it again; killed once, it is done by the second worker", "%s %s" % (p.returncode, row))


def memory(tap, place):
    place.add(source="us-rgb-explicit.dcm")
    r = place.run("--memory-limit", "1", find=[])
    row = list(place.rows().values())
    tap.check(r.returncode == 1 and row == [("quarantined", "over the memory limit of 1 MiB", 2)],
              "a worker over the memory limit", "%s %s" % (r.returncode, row))


# ---- signals, pauses ----

def interrupted(tap, place):
    place.many(40)
    p = place.start("--max-rate", "5")
    place.wait("instance", 3)
    p.send_signal(signal.SIGTERM)
    p.wait(timeout=60)
    state, first = place.status(), place.rows()
    tap.check(p.returncode == 1 and state["state"] == "interrupted" and 2 < len(first) < 40 and
              all(r[0] in WRITTEN for r in first.values()), "SIGTERM: the files at hand are finished",
              "%s %s %d" % (p.returncode, state, len(first)))
    r = place.run("--resume")
    got, temps = tree(place.out)
    same = all(v == first[k] for k, v in place.rows("outcome, reason, attempts").items() if k in first)
    tap.check(r.returncode == 0 and len(place.rows()) == 40 == len(got) and not temps and same, "--resume does the rest",
              "%s %s %d" % (r.returncode, r.err, len(got)))


def stopped_at_once(tap, place):
    env, mark = struck(place, place.add(), signal.SIGSTOP)
    if not env:
        return
    p = place.start("--no-learn", env=env)
    wait_until(lambda: os.path.exists(mark))
    p.send_signal(signal.SIGINT)
    wait_until(lambda: not is_pending(p, signal.SIGINT))
    p.send_signal(signal.SIGINT)
    try:
        p.wait(timeout=20)
    except subprocess.TimeoutExpired:
        p.kill()
    got, temps = tree(place.out)
    tap.check(p.returncode == 1 and not place.rows() and not got and not temps, "a second SIGINT stops at once",
              "%s %s" % (p.returncode, place.rows()))


def stopped_idle(tap, place):
    """Idle workers that somebody has stopped keep nobody waiting."""
    place.many(2)
    p = place.start("--max-rate", "0.01")
    place.wait("instance", 1)
    for pid in children(p.pid):
        os.kill(pid, signal.SIGSTOP)
    p.send_signal(signal.SIGINT)
    try:
        p.wait(timeout=20)
    except subprocess.TimeoutExpired:
        p.kill()
    tap.check(p.returncode == 1 and place.status()["state"] == "interrupted", "idle workers are stopped, SIGINT ends the run",
              "%s %s" % (p.returncode, place.rows()))


def throttled(tap, place):
    place.many(6)
    begin = time.monotonic()
    r = place.run("--max-rate", "5")
    seconds = time.monotonic() - begin
    tap.check(r.returncode == 0 and seconds >= 1, "--max-rate 5: six files in %.1f s" % seconds)
    now = time.localtime()
    closed = "%02d:%02d-%02d:%02d" % ((now.tm_hour + 2) % 24, now.tm_min, (now.tm_hour + 3) % 24, now.tm_min)
    place.add("later.dcm", uid=99)
    p = place.start("--resume", "--between", closed)
    place.wait("run", 2)
    time.sleep(0.5)
    p.send_signal(signal.SIGTERM)
    p.wait(timeout=20)
    tap.check(len(place.rows()) == 6 and p.returncode == 1, "--between: nothing is started at other hours")
    r = place.run("--resume", "--nice", "5", "--between",
                  "%02d:%02d-%02d:%02d" % (now.tm_hour, now.tm_min, (now.tm_hour + 2) % 24, now.tm_min))
    tap.check(len(place.rows()) == 7 and r.returncode == 0, "--between: within the hours, --nice", r.err)


# ---- the ledger ----

def refuses(tap, place, name, pattern, *more, **options):
    r = place.run(*more, **options)
    tap.check(r.returncode == 2 and pattern in r.err and "Traceback" not in r.err, name,
              "%d %s" % (r.returncode, r.err.strip()))


def ledgers(tap, place):
    place.many(3)
    r = place.run()
    tap.check(r.returncode == 0 and stat.S_IMODE(os.stat(place.ledger).st_mode) == 0o600, "the ledger has mode 0600")
    refuses(tap, place, "a ledger that exists", "exists already")
    other_key = os.path.join(place.folder, "key2")
    with open(other_key, "w", encoding="ascii") as f:
        f.write("6" * 64)
    refuses(tap, place, "another key", "--redo", "--resume", "--key", other_key)
    refuses(tap, place, "other options", "--redo", "--resume", "--policy", "phi")
    refuses(tap, place, "another output folder", "another output folder", "--resume", "-o", place.folder + "/out2")
    refuses(tap, place, "a ledger in the output folder", "patient data", "--ledger", place.out + "/x.db",
            "--into-existing")
    p = place.start("--resume", "--max-rate", "0.1", "--redo", "--policy", "phi")
    place.wait("run", 2)
    tap.check(place.status()["state"] == "running", "status beside a running batch")
    refuses(tap, place, "two batches on one ledger", "another batch", "--resume")
    os.symlink(place.ledger, place.folder + "/link.db")
    refuses(tap, place, "the same by a link to it", "another batch", "--resume", "--ledger", place.folder + "/link.db")
    p.kill()
    p.wait()
    tap.check(place.status()["state"] == "killed", "status tells that nobody is left")
    r = place.run("--redo", "--policy", "phi")
    tap.check(r.returncode == 0 and len(tree(place.out)[0]) == 3 and all(v[0] in WRITTEN for v in place.rows().values()),
              "--redo after a kill", "%s %s" % (r.err, place.rows()))
    place.sql("UPDATE run SET version = '9.9.9'")
    refuses(tap, place, "another version", "9.9.9", "--resume", "--policy", "phi")
    place.sql("PRAGMA user_version = 99")
    refuses(tap, place, "a ledger of a newer version", "newer", "--resume")
    for end in ("-wal", "-shm"):
        if os.path.exists(place.ledger + end):
            os.remove(place.ledger + end)
    with open(place.ledger, "r+b") as f:
        f.seek(100)
        f.write(b"\xff" * 8000)
    refuses(tap, place, "a corrupt ledger", "corrupt", "--resume")
    with open(place.ledger, "wb") as f:
        f.write(b"these are no rows" * 100)
    refuses(tap, place, "a ledger that is none", "no ledger", "--resume")
    refuses(tap, place, "a ledger in a missing folder", "ledger", "--into-existing", "--ledger", place.folder + "/none/l.db")
    argv = place.argv("--resume", place.inputs)
    at = argv.index("--key")
    r = subprocess.run(argv[:at] + argv[at + 2:], capture_output=True, timeout=60)
    tap.check(r.returncode == 2 and b"key new" in r.stderr, "no key", "%s" % r.stderr)


def untold(tap, place):
    """There is no room for the report's line: no row says that it was told."""
    place.many(2)
    place.add("bad.dcm", "refused/mpeg4-h264.dcm")
    for _ in range(3):
        r = place.run("--resume", "--report", "/dev/full")
    report = os.path.join(place.folder, "report")
    last = place.run("--resume", "--report", report)
    with open(report, encoding="utf-8") as f:
        told = sorted(json.loads(line)["input"] for line in f)
    tap.check(r.returncode == 1 and "report" in r.err and last.returncode == 1 and len(tree(place.out)[0]) == 2 and
              told == sorted(os.fsdecode(k) for k in place.rows()) and len(told) == 3,
              "a report that cannot be written: the next run tells of all", "%s %s %s" % (r.err, last.err, told))


def told_of(report):
    """The inputs that the report tells of, and what is no such line."""
    inputs, other = [], []
    with open(report, encoding="utf-8") as f:
        for line in f:
            try:
                inputs.append(json.loads(line)["input"])
            except ValueError:
                other.append(line)
    return sorted(inputs), other


def told_in_part(tap, place):
    """The disk is full within a line, and then is not: nothing is put behind
    it, and nobody is left out."""
    report = os.path.join(place.folder, "report")
    env = odd_system(DSC_WRITE=report, DSC_WRITE_AT="2", DSC_WRITE_PART="1")
    if not env:
        return
    place.many(6)
    p = place.start("-j3", "--report", report, env=env)
    err = p.communicate(timeout=60)[1]
    first, after = told_of(report), place.run("--resume", "--report", report)
    last = told_of(report)
    tap.check(p.returncode == 1 and b"report" in err and len(first[0]) == 1 and not first[1] and after.returncode == 0 and
              last == (sorted(os.fsdecode(k) for k in place.rows()), []) and len(last[0]) == 6, "a part of a report's line",
              "%s %s %s %s" % (err, first, after.err, last))


def told_by_two(tap, place, patient=True):
    """Two runs append to a report. The disk is full within a line of the one,
    and then is not: the other's line is not put behind the part, which is
    taken back where the other had the patience to wait for that, else by the
    next run."""
    report = os.path.join(place.folder, "report")
    env = odd_system(DSC_WRITE=report, DSC_WRITE_AT="2", DSC_WRITE_PART="1", DSC_WRITE_STOPS="1")
    if not env:
        return
    place.many(2)
    one = place.start("--report", report, env=env)
    stopped = wait_until(lambda: os.path.exists(report) and state_of(one.pid) == "T")
    place.ledger += "2"
    two = place.start("--report", report, "--into-existing")
    wait_until(lambda: two.poll() is not None or patient and has_open(two, report))
    os.kill(one.pid, signal.SIGCONT)
    codes = [p.wait(timeout=60) for p in (one, two)]
    two_told = told_of(report)
    place.ledger = place.ledger[:-1]
    r = place.run("--resume", "--report", report)
    last = told_of(report)
    tap.check(stopped and codes == [1, 0] and r.returncode == 0 and len(two_told[0]) == 3 and
              len(two_told[1]) == (0 if patient else 1) and
              last == (sorted(os.fsdecode(k) for k in place.rows()), []),
              "two reports in one, and a part of a line%s" % ("" if patient else " that goes later"),
              "%s %s %s" % (codes, two_told, last))


def told_by_two_for_long(tap, place):
    """The one stands still within its line for longer than the other waits."""
    told_by_two(tap, place, patient=False)


def has_open(p, path):
    folder = "/proc/%d/fd" % p.pid
    return any(os.path.realpath(os.path.join(folder, fd)) == os.path.realpath(path) for fd in os.listdir(folder))


def told_for_good(tap, place):
    """The report lies in a folder in which nobody may make another file: all
    that was done twice stays, and the run is none the worse for it."""
    folder = os.path.join(place.folder, "shut")
    report = os.path.join(folder, "report")
    odd = odd_system(DSC_BUSY=report, DSC_BUSY_ERRNO="EACCES")
    place.many(2)
    os.mkdir(folder)
    codes = [place.run("--report", report).returncode]
    os.utime(os.path.join(place.inputs, "0/0.dcm"))
    for _ in range(2):
        p = place.start("--resume", "--report", report, env=odd)
        err = p.communicate(timeout=60)[1].decode()
        codes.append(p.returncode)
    tap.check(not odd or codes == [0, 0, 0] and len(told_of(report)[0]) == 3 and "cannot be replaced" in err,
              "a report that cannot be replaced", "%s %s" % (codes, err))


def killed_before_told(tap, place):
    """No row is there before its line: where there are many rows, and where a
    hook will ask for it."""
    report = os.path.join(place.folder, "report")
    if not odd_system():
        return
    for i in range(520):
        with open(os.path.join(place.inputs, "%03d.txt" % i), "w", encoding="ascii") as f:
            f.write("%d" % i)
    for what, at, more in (("many rows", 500, []), ("a hook", 1, ["--on-quarantine", "/bin/true"])):
        if more:
            shutil.rmtree(place.inputs)
            place.add("bad.dcm", "refused/mpeg4-h264.dcm")
        for name in os.listdir(place.folder):
            if name.startswith(("ledger", "report")):
                os.remove(os.path.join(place.folder, name))
        p = place.start("--report", report, *more, env=odd_system(DSC_WRITE=report, DSC_WRITE_AT="%d" % at))
        p.communicate(timeout=60)
        first = told_of(report)
        place.run("--resume", "--report", report, *more)
        got, rows = told_of(report), sorted(os.fsdecode(k) for k in place.rows())
        tap.check(p.returncode == -signal.SIGKILL and len(first[0]) == at - 1 and got == (rows, []),
                  "killed before a line is written, %s" % what,
                  "%s %d of %d %s" % (p.returncode, len(got[0]), len(rows), got[1]))


def leads_nowhere(tap, place):
    """A ledger that is a link has what lies beside it where that leads to."""
    place.many(1)
    os.mkdir(place.out)
    os.symlink(place.out + "/l.db", place.ledger)
    r = place.run()
    tap.check(r.returncode == 2 and "nowhere" in r.err and not os.listdir(place.out), "a ledger that is a link to nowhere",
              "%s %s" % (r.err, os.listdir(place.out)))


def locked(tap, place):
    """Another program that writes holds the ledger: the batch says so."""
    place.many(2)
    place.run()
    db = sqlite3.connect(place.ledger)
    db.execute("PRAGMA locking_mode = EXCLUSIVE")
    db.execute("BEGIN EXCLUSIVE")
    r = place.run("--resume")
    db.close()
    tap.check(r.returncode == 2 and "locked" in r.err, "a ledger that another program locks", r.err)


def read_only(tap, place):
    """As root the mode does not stop anybody; a read-only mount does."""
    place.many(1)
    place.run()
    fixed = os.path.join(place.folder, "fixed")
    os.mkdir(fixed)
    script = "mount -t tmpfs none %s && cp %s %s/l.db && mount -o remount,ro %s && exec \"$@\"" % (
        fixed, place.ledger, fixed, fixed)
    argv = ["unshare", "-m", "sh", "-c", script, "sh"] + place.argv("--resume", place.inputs)
    argv[argv.index(place.ledger)] = fixed + "/l.db"
    r = subprocess.run(argv, capture_output=True, timeout=60)
    if b"ermission" in r.stderr or b"not permitted" in r.stderr or b"unshare" in r.stderr:
        print("# SKIP a read-only ledger: no mount in this container")
        return
    tap.check(r.returncode == 2 and b"ead-only" in r.stderr, "a ledger that cannot be written",
              "%d %s" % (r.returncode, r.stderr))
    for text in ("DROP INDEX instance_run", "PRAGMA user_version = 2"):
        place.sql(text)
    argv[6:] = [place.program, "status", "--json", fixed + "/l.db"]
    r = subprocess.run(argv, capture_output=True, timeout=60)
    tap.check(r.returncode == 0 and json.loads(r.stdout)["state"] == "finished", "one of an older version is read as it is",
              "%d %s" % (r.returncode, r.stderr))


def full_disk(tap, place):
    """Outputs and ledger on a file system of 1 MiB."""
    place.many(60)
    small = os.path.join(place.folder, "small")
    os.mkdir(small)
    shutil.copy(place.key, place.folder + "/k")
    script = "mount -t tmpfs -o size=1m none %s || exit 77; \"$@\"; rc=$?; cp -r %s/. %s; exit $rc" % (
        small, small, place.folder + "/copy")
    os.mkdir(place.folder + "/copy")
    inner = [a.replace(place.out, small + "/out").replace(place.ledger, small + "/ledger.db")
             for a in place.argv(place.inputs)]
    r = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh"] + inner, capture_output=True, timeout=120)
    if r.returncode == 77 or b"unshare" in r.stderr:
        print("# SKIP a full disk: no mount in this container")
        return
    got, temps = tree(place.folder + "/copy/out")
    tap.check(r.returncode == 1 and (b"disk is full" in r.stderr or b"No space" in r.stderr) and not temps,
              "a full disk: exit code 1, a word, no half file", "%d %s %s" % (r.returncode, r.stderr[-300:], temps))
    # The same place with room: the copy, at the names that the ledger knows.
    os.rmdir(small)
    os.rename(place.folder + "/copy", small)
    r = subprocess.run(inner[:2] + ["--resume"] + inner[2:], capture_output=True, timeout=120)
    more, temps = tree(small + "/out")
    same = all(more.get(n) == d for n, d in got.items())
    tap.check(r.returncode == 0 and len(more) == 60 and same and not temps, "with room again --resume finishes it",
              "%d %d of 60 %s" % (r.returncode, len(more), r.stderr[-300:]))


# ---- inputs ----

def names(tap, place):
    odd = [b"line\nfeed.dcm", b"\xff\xfe not utf-8.dcm", b"-dash.dcm", b"/".join([b"d" * 250] * 15) + b"/x" + b"y" * 40]
    for i, name in enumerate(odd[:3]):
        place.add(name, uid=i)
    deep = place.inputs.encode()
    for part in odd[3].split(b"/"):  # longer than a path may be at once
        os.mkdir(deep) if not os.path.isdir(deep) else None
        deep = os.path.join(deep, part)
    with open(os.path.join(place.testdata, STILL), "rb") as f, open(deep, "wb") as g:
        g.write(with_uid(f.read(), 3))
    r = place.run("--keep-paths")
    rows = place.rows()
    tap.check(len(rows) == 4 and r.returncode in (0, 1) and all(rows[os.path.join(place.inputs.encode(), n)][0] in WRITTEN
              for n in odd[:3]), "line feeds, bytes that are no UTF-8, %d characters" % len(deep), "%s %s" % (
                  r.err, [(k[-20:], v) for k, v in rows.items()]))
    r = place.run("--resume", "--keep-paths")
    tap.check(place.rows() == rows and not r.stdout, "they are found again")


def unreachable(tap, place):
    """Names longer than any call takes, and a loop: nothing is dropped in
    silence."""
    place.add("a.dcm")
    here = os.open(place.inputs, os.O_RDONLY)
    for _ in range(18):
        os.mkdir("e" * 240, dir_fd=here)
        deeper = os.open("e" * 240, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = deeper
    os.close(os.open("x.dcm", os.O_CREAT | os.O_WRONLY, 0o600, dir_fd=here))
    os.close(here)
    r = place.run()
    rows = place.rows()
    tap.check(r.returncode == 1 and [v[0] for v in rows.values()] == ["scrubbed"] and place.status()["state"] == "failed",
              "folders of over 4096 characters: told, the run failed", "%s %s" % (r.err, [v for v in rows.values()]))
    shutil.rmtree(os.path.join(place.inputs, "e" * 240))
    os.symlink(".", os.path.join(place.inputs, "loop"))
    r = place.run("--resume")
    tap.check(r.returncode == 1 and place.status()["state"] == "failed" and
              list(place.rows()) == list(rows), "a loop of links is told, and is no row", r.err)


def odd_names(tap, place):
    """Bytes that are no UTF-8, also by a hair, and a file that is called as one of
    them is told: each has its line, and its output is found."""
    odd = [b"caf\xe9", b"caf%E9", b"line\nfeed", b"\xe0\x80\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"%E0%80%AF"]
    paths = sorted(place.add(name, uid=i) for i, name in enumerate(odd))
    report = os.path.join(place.folder, "report")
    for _ in range(2):
        r = place.run("--resume", "--keep-paths", "--report", report)
    with open(report, "rb") as f:
        told = [json.loads(line.decode()) for line in f]
    named = sorted(bytes.fromhex(t["input_bytes"]) if "input_bytes" in t else t["input"].encode() for t in told)
    tap.check(r.returncode == 0 and len(told) == len(odd) and named == paths and
              len({t["output_bytes"] for t in told if "input_bytes" in t}) == len(odd) - 1, "odd names in a report",
              "%s %s" % (r.err, told))
    r = subprocess.run([place.program, "verify", "--report", report] + CHEAP, capture_output=True, timeout=60)
    tap.check(r.returncode == 0 and r.stdout.count(b": proven") == len(odd), "and are proven", "%s %s" % (r.stdout, r.stderr))
    for source in (place.ledger, report):
        site = os.path.join(place.folder, "site")
        r = subprocess.run([place.program, "report", source, "-o", site], capture_output=True, timeout=60)
        with open(site + "/summary.json", encoding="utf-8") as f:
            missing = json.load(f)["outputs_missing"]
        shutil.rmtree(site)
        tap.check(r.returncode == 0 and missing == 0, "and their outputs", "%d %s" % (missing, r.stderr))


def too_long(tap, place):
    """A member of an archive whose name no file can have: it does not help to try
    again."""
    with zipfile.ZipFile(os.path.join(place.inputs, "a.zip"), "w") as z, open(os.path.join(place.testdata, STILL), "rb") as f:
        z.writestr("n" * 300, f.read())
    r = place.run("--keep-paths")
    row = place.rows()[os.fsencode(place.inputs) + b"/a.zip!1/" + b"n" * 300]
    tap.check(r.returncode == 1 and row[0] == "quarantined" and "too long" in row[1], "a name that no file can have", "%s" % (row,))


def lists(tap, place):
    paths = [place.add("%d.dcm" % i, uid=i) for i in range(3)] + [place.add(b"a\nb.dcm", uid=9)]
    nulls = b"\0".join(paths) + b"\0"
    r = place.run("--null", "--files-from", "-", inputs=False, stdin=nulls)
    tap.check(r.returncode == 0 and len(place.rows()) == 4, "a list with NULs on stdin", r.err)
    r = place.run("--resume", "-", inputs=False, stdin=b"\n".join(paths[:3]))
    tap.check(r.returncode == 0 and len(place.rows()) == 4, "a list with line feeds: nothing left to do", r.err)
    r = place.run("--resume", "-", inputs=False, stdin=b"\n\n" + paths[0] + b"\n" + place.inputs.encode() + b"/gone.dcm\n")
    row = place.rows()[place.inputs.encode() + b"/gone.dcm"]
    tap.check(r.returncode == 1 and row[0] == "failed", "a listed file that is not there: failed", "%s" % (row,))
    refuses(tap, place, "a list that is not there", "list", "--resume", "--files-from", place.folder + "/none", inputs=False)
    refuses(tap, place, "two lists on stdin", "more than one list", "--resume", "-", "--files-from", "-", inputs=False)
    r = place.run("--resume", "-", inputs=False, stdin=paths[0] + b"\nx\0y\n")
    tap.check(r.returncode in (1, 2) and "--null" in r.err, "line feeds and NULs in one list", r.err)


def twins(tap, place):
    place.add("one.dcm")
    place.add("sub/two.dcm")
    r = place.run()
    rows = place.rows("outcome, duplicate, output")
    tap.check(r.returncode == 0 and sorted(x[1] for x in rows.values()) == [0, 1] and
              len({x[2] for x in rows.values()}) == 1 and len(tree(place.out)[0]) == 1,
              "the same file under two names: one output, a duplicate", "%s" % rows)
    r = place.run("--redo", "--policy", "phi")
    rows = place.rows("outcome, duplicate, output")
    tap.check(r.returncode == 0 and all(x[0] in WRITTEN for x in rows.values()) and len(tree(place.out)[0]) == 1,
              "and both anew, one output still", "%s %s" % (r.err, rows))


def changed(tap, place):
    path = place.add("a.dcm")
    place.add("b.dcm", uid=1)
    place.run()
    before, (outputs, _) = place.rows("sha256, id, ended"), tree(place.out)
    with open(path, "r+b") as f:
        f.seek(-os.path.getsize(path) // 3, 2)
        f.write(b"\x55\x55")
    r = place.run("--resume")
    after = place.rows("sha256, id, ended")
    other = [k for k in after if k != path][0]
    now, temps = tree(place.out)
    tap.check(r.returncode == 0 and after[path][0] != before[path][0] and after[other] == before[other] and
              sorted(now) == sorted(outputs) and now != outputs and not temps,
              "a file that has changed is done anew, its old output goes", r.err)
    os.remove(path)
    r = place.run("--resume")
    tap.check(r.returncode == 0 and len(place.rows()) == 2, "an input that is gone keeps its row and output")


def vanishes(tap, place):
    """The input goes away in the middle, as a network mount does, and comes
    back."""
    place.many(9)
    env, _ = struck(place, place.inputs + "/1/4.dcm", signal.SIGSTOP)
    if not env:
        return
    p = place.start("--no-learn", env=env)
    held(p)
    os.rename(place.inputs, place.inputs + "-away")
    let_go(p)
    p.communicate(timeout=120)
    rows = place.rows()
    failed = sum(r[0] == "failed" for r in rows.values())
    tap.check(p.returncode == 1 and failed and len(tree(place.out)[0]) == 4 == len(rows) - failed,
              "inputs that vanish: failed", "%d %d of %d" % (p.returncode, failed, len(rows)))
    os.rename(place.inputs + "-away", place.inputs)
    r = place.run("--no-learn", "--resume")
    tap.check(r.returncode == 0 and len(place.rows()) == 9 == len(tree(place.out)[0]), "and are done when they are back",
              "%d %s" % (r.returncode, r.err))


def grows(tap, place):
    """Written to all the time it is read."""
    changes(tap, place, place.add(source="us-rgb-explicit.dcm"), [], "ab", 0.02)


def rewritten(tap, place):
    """What is wrong with it may be so only now."""
    changes(tap, place, place.add(), CHEAP, "r+b", 0.0005)


def changes(tap, place, path, find, mode, pause):
    p = subprocess.Popen(place.argv("--no-learn", find=find) + [place.inputs], stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    for i in itertools.count():
        if p.poll() is not None:
            break
        with open(path, mode) as f:
            f.seek(os.path.getsize(path) // 3)
            f.write(b"%04d" % (i % 10000) * 20)
        time.sleep(pause)
    row = list(place.rows().values())[0]
    got, temps = tree(place.out)
    tap.check(p.returncode == 1 and row[:2] == ("failed", "the input changed while it was read") and not got and not temps,
              "an input that changes while it is read has no output, %s" % mode, "%s" % (row,))


# ---- telling ----

def tells(tap, place):
    place.add("good.dcm")
    place.add("bad.dcm", "refused/mpeg4-h264.dcm")
    told = os.path.join(place.folder, "told")
    hook = os.path.join(place.folder, "hook; rm -rf")
    with open(hook, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\nprintf '%%s|' \"$@\" >>'%s'\n" % told)
    os.chmod(hook, 0o700)
    log = os.path.join(place.folder, "log")
    r = place.run("--on-quarantine", hook, "--log", log, "--progress", "json")
    with open(told, encoding="utf-8") as f:
        words = f.read().split("|")
    number = [v[0] for k, v in place.rows("id").items() if k.endswith(b"bad.dcm")][0]
    tap.check(words[:2] == [str(number), "quarantined"] and len(words) == 4 and "video" in words[2],
              "--on-quarantine: row, outcome, reason, no path", "%s" % words)
    with open(log, encoding="utf-8") as f:
        text = f.read()
    tap.check("row %d: quarantined" % number in text and "dcm" not in text.replace("dcmscrub", "") and
              stat.S_IMODE(os.stat(log).st_mode) == 0o600, "--log: the row, no names, mode 0600", text)
    last = json.loads(r.stdout.splitlines()[-1])
    tap.check(last["state"] == "finished" and last["done"] == 2 and last["quarantined"] == 1, "--progress json", "%s" % last)
    os.rename(log, log + ".1")
    os.remove(told)
    place.add("worse.dcm", "refused/mpeg2.dcm")
    place.run("--resume", "--on-quarantine", hook, "--hook-input", "--log", log)
    with open(told, encoding="utf-8") as f:
        words = f.read().split("|")
    tap.check(len(words) == 5 and words[3].endswith("worse.dcm") and os.path.exists(log),
              "--hook-input, and a log that was moved away", "%s" % words)
    place.add("worst.dcm", "refused/mpeg4-hevc.dcm")
    r = place.run("--resume", "--on-quarantine", place.folder + "/none")
    tap.check(r.returncode == 1 and len(place.rows()) == 4, "a hook that is not there stops nothing", r.err)


def odd_system(**more):
    """The environment for a system as odd_system.c has it."""
    module = os.environ.get("DSC_ODD_SYSTEM")
    if not module:
        print("# SKIP: DSC_ODD_SYSTEM is not set")
        return None
    return dict(os.environ, LD_PRELOAD=module, ASAN_OPTIONS=os.environ.get("ASAN_OPTIONS", "") +
                ":verify_asan_link_order=0", **more)


def hook_hangs(tap, place):
    """Who is told to stop twice does not wait for programs that hang."""
    place.add("0.dcm", "refused/mpeg4-h264.dcm")
    place.many(9)
    hook, mark = os.path.join(place.folder, "hook"), os.path.join(place.folder, "mark")
    with open(hook, "w", encoding="ascii") as f:
        f.write("#!/bin/sh\ntrap '' INT TERM\n: >'%s'\nexec sleep 100\n" % mark)
    os.chmod(hook, 0o700)
    p = place.start("--on-quarantine", hook, "--max-rate", "1")
    wait_until(lambda: os.path.exists(mark))
    begun = time.monotonic()
    for _ in range(2):
        p.send_signal(signal.SIGTERM)
        wait_until(lambda: p.poll() is not None or not is_pending(p, signal.SIGTERM), 5)
    p.wait(timeout=60)
    taken = time.monotonic() - begun
    tap.check(p.returncode == 1 and taken < 20 and place.status()["state"] == "interrupted", "a hook that hangs keeps nobody for half a minute",
              "%s %.1f s" % (p.returncode, taken))


def network(tap, place):
    """A ledger on a file system that says it is NFS: SQLite's shared memory is
    not used there, so nobody else can look at it while the batch runs."""
    env = odd_system(DSC_NETWORK="1")
    if not env:
        return
    place.many(8)
    run = lambda *more: subprocess.Popen(place.argv(*more) + [place.inputs], env=env, stderr=subprocess.PIPE,  # noqa: E731
                                         stdin=subprocess.DEVNULL, start_new_session=True)
    p = run("--max-rate", "10")
    time.sleep(0.8)
    os.killpg(p.pid, signal.SIGKILL)
    p.communicate()
    p = run("--resume")
    err = p.communicate(timeout=60)[1]
    got, temps = tree(place.out)
    rows = place.rows()
    beside = [n for n in os.listdir(place.folder) if n.startswith("ledger.db-") and "begun" in n]
    tap.check(p.returncode == 0 and b"network file system" in err and len(rows) == 8 == len(got) and not temps and
              all(r[0] in WRITTEN for r in rows.values()) and not beside and
              os.stat(place.folder + "/ledger.db-learned").st_mode & 0o777 == 0o600, "a ledger on a network file system",
              "%s %s %s" % (err, rows, beside))


def lasts(tap, place):
    """After a power cut nothing is there that was not synced, in the order of
    the calls: bytes, then whose they are, then their name, its folder and all
    that were made for it, and only then a row. A row goes before its output, and
    what tells of unfinished outputs after their rows are there."""
    trace = os.path.join(place.folder, "trace")
    env = odd_system(DSC_TRACE=trace, DSC_TRACE_PATHS=place.out + "/")
    if not env:
        return
    place.many(3)

    def calls(*more):
        open(trace, "w", encoding="ascii").close()
        r = subprocess.run(place.argv(*more) + [place.inputs], env=env, stdin=subprocess.DEVNULL, capture_output=True,
                           timeout=120)
        with open(trace, encoding="utf-8", errors="replace") as f:
            return r.returncode, [line.rstrip("\n").split("\t") for line in f]

    def parent(path):
        return path.rpartition("/")[0]

    rc, events = calls()
    outputs = sorted(r[0] for r in sqlite3.connect(place.ledger).execute("SELECT CAST(output AS TEXT) FROM instance"))
    wrong = []
    for output in outputs:
        named = [i for i, e in enumerate(events) if e[0] == "name" and e[1] == output]
        at = named[0] if len(named) == 1 else 0
        temp = events[at][-1]

        def last(what, path, before):
            return max((i for i, e in enumerate(events[:before]) if e[0] == what and e[1] == path), default=-1)

        begun = max((i for i, e in enumerate(events[:at]) if e[0] == "write" and "-begun-" in e[1]), default=-1)
        begun_synced = max((i for i, e in enumerate(events[:at]) if e[0] == "sync" and "-begun-" in e[1]), default=-1)
        folder_synced = min((i for i, e in enumerate(events) if i > at and e == ["sync", parent(output)]), default=None)
        row = min((i for i, e in enumerate(events) if e == ["row", output]), default=None)
        row_synced = max((i for i, e in enumerate(events) if e[0] == "sync" and e[1] == place.ledger + "-wal"), default=-1)
        synced = last("sync", temp, at)
        if not (at and 0 <= last("write", temp, at) < synced < begun < begun_synced < at):
            wrong.append("bytes, note, name")
        if folder_synced is None or row is None or not folder_synced < row < row_synced:
            wrong.append("folder, row: %s %s %s" % (folder_synced, row, row_synced))
        folder = parent(output)
        while len(folder) > len(place.out):
            made = last("folder", folder, at)
            if made >= 0 and not made < last("sync", parent(folder), at):
                wrong.append("a folder that was made")
            folder = parent(folder)
    gone = [i for i, e in enumerate(events) if e[0] == "remove" and "-begun-" in e[1]]
    late = [i for i, e in enumerate(events) if e[0] == "write" and e[1] == place.ledger + "-wal"]
    if not gone or not late or not max(i for i in late if i < gone[0]) < max(
            i for i, e in enumerate(events[:gone[0]]) if e == ["sync", place.ledger + "-wal"]):
        wrong.append("rows, then their notes")
    tap.check(rc == 0 and len(outputs) == 3 and not wrong, "what a power cut leaves", "%d %d %s" % (
        rc, len(outputs), sorted(set(wrong))))
    for base, _, names in os.walk(place.inputs):
        for name in names:
            os.utime(os.path.join(base, name))
    rc, events = calls("--resume")
    wrong = 0
    removed = [i for i, e in enumerate(events) if e[0] == "remove" and e[1] in outputs]
    for i in removed:
        log = [e[0] for e in events[:i] if e[1] == place.ledger + "-wal"]
        wrong += "write" not in log or log[-1] != "sync"
    tap.check(rc == 0 and len(removed) == 3 and not wrong, "a row is pending before its output goes", "%d %s" % (rc, removed))


def jumps(tap, place):
    """The system's clock jumps by hours and days. Only hours of the day may be
    told from it."""
    clock = os.path.join(place.folder, "clock")
    env = odd_system(DSC_CLOCK=clock)
    if not env:
        return

    def jump(seconds):
        with open(clock + ".new", "w", encoding="ascii") as f:
            f.write("%d" % seconds)
        os.rename(clock + ".new", clock)

    def start(*more):
        return subprocess.Popen(place.argv("--progress", "json", *more) + [place.inputs], env=env, text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    jump(-86400)
    day = int(subprocess.run(["date", "+%s"], env=env, capture_output=True, check=True).stdout)
    tap.check(abs(day + 86400 - time.time()) < 60, "(the clock can be made to jump)", "%d" % day)
    place.many(24)
    jump(0)
    begin = time.monotonic()
    p = start("--max-rate", "12", "--time-limit", "20", "--report", place.folder + "/report")
    for rows, seconds in ((3, 7200), (8, -3600), (14, 90 * 86400), (18, -400 * 86400)):
        place.wait("instance", rows)
        jump(seconds)
    out, err = p.communicate(timeout=60)
    told = [json.loads(line) for line in out.splitlines()]
    seconds = [t["seconds"] for t in told]
    with open(place.folder + "/report", encoding="utf-8") as f:
        spent = [ms for line in f for ms in json.loads(line)["ms"].values()]
    rows = list(place.rows("outcome, attempts").values())
    tap.check(p.returncode == 0 and len(rows) == 24 and all(r[0] in WRITTEN and r[1] == 1 for r in rows),
              "the clock jumps: nothing is late, nothing lost", "%s %s" % (err, rows))
    tap.check(seconds == sorted(seconds) and 0 <= seconds[-1] <= time.monotonic() - begin and
              all(0 <= ms < 60000 for ms in spent) and told[-1]["rate"] > 0.1, "durations and rates do not jump",
              "%s %s" % (seconds, max(spent)))
    status = place.status()
    tap.check(status["state"] == "finished" and 0.1 < status["rate"] < 100, "nor do those of status", "%s" % status)
    before = place.rows("outcome, ended")
    jump(500 * 86400)
    p = start("--resume")
    p.communicate(timeout=60)
    tap.check(p.returncode == 0 and place.rows("outcome, ended") == before, "what is done stays done, at any date")
    jump(0)
    place.add("new.dcm", uid=99)
    now = time.localtime()
    p = start("--resume", "--between", "%02d:%02d-%02d:%02d" % ((now.tm_hour + 2) % 24, now.tm_min,
                                                              (now.tm_hour + 3) % 24, now.tm_min))
    time.sleep(1.5)
    waited = p.poll() is None and len(place.rows()) == 24
    jump(2 * 3600 + 60)
    p.communicate(timeout=60)
    tap.check(waited and p.returncode == 0 and len(place.rows()) == 25, "--between follows the clock that people see",
              "%s %d" % (waited, len(place.rows())))


def use_of(p):
    """CPU seconds of the supervisor by itself and of all, its peak in MiB."""
    own = peak = 0
    while True:
        pid, _, use = os.wait4(p.pid, os.WNOHANG)
        if pid:
            p.returncode = 0
            return own, use.ru_utime + use.ru_stime, peak
        try:
            with open("/proc/%d/schedstat" % p.pid, encoding="ascii") as f:
                own = int(f.read().split()[0]) / 1e9 or own
            with open("/proc/%d/status" % p.pid, encoding="ascii", errors="replace") as f:
                peak = max([peak] + [int(line.split()[1]) / 1024 for line in f if line.startswith("VmHWM")])
        except OSError:
            pass
        time.sleep(0.005)


def overhead(tap, place):
    """Guards against something that grows, not measures: other work on the
    machine makes each of these figures up to twice what it is."""
    if "ASAN_OPTIONS" in os.environ:
        print("# SKIP: sanitizers take time and memory of their own")
        return
    place.add("first.dcm")
    start = use_of(place.start())[0]
    place.many(300)
    shares = []
    while len(shares) < 3 and min(shares, default=100) >= 8:  # of three the one that was disturbed least
        shutil.rmtree(place.out)
        for end in ("", "-learned"):
            os.remove(place.ledger + end)
        own, all_, peak = use_of(place.start("-j2"))
        shares.append(100 * (own - start) / all_)
    tap.check(len(place.rows()) == 301 and min(shares) < 8, "the supervisor's share of the cheapest work",
              "%s %%" % shares)
    tap.check(peak < 100, "its memory", "%.0f MiB" % peak)
    for i in range(4000):
        path = os.path.join(place.inputs, "none", "%d" % (i // 500), "%d" % i)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb"):
            pass
    place.run("--resume", "-j2")
    own = use_of(place.start("--resume"))[0]
    tap.check(len(place.rows()) == 4301 and own - start < 4301 * 60e-6,
              "a million done files are passed over in a minute", "%.0f us each" % ((own - start) / 4301e-6))


SYSLOG = r"""
import json, os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
s.settimeout(1)
rc = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
told = []
try:
    while True:
        told.append(s.recv(65536).decode())
except TimeoutError:
    pass
print(json.dumps([rc, told]))
"""


def syslog(tap, place):
    """A /dev of our own, with our own /dev/log in it."""
    place.add("good.dcm")
    place.add("bad.dcm", "refused/mpeg4-h264.dcm")
    dev = os.path.join(place.folder, "dev")
    os.mkdir(dev)
    script = "mount -t tmpfs none %s || exit 77; for n in null zero full random urandom; do touch %s/$n && " \
        "mount --bind /dev/$n %s/$n || exit 77; done; mkdir %s/shm; mount --rbind %s /dev || exit 77; exec \"$@\"" % (
            (dev,) * 5)
    r = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", sys.executable, "-c", SYSLOG] +
                       place.argv("--log", "syslog", place.inputs), capture_output=True, timeout=120)
    if r.returncode == 77 or b"unshare" in r.stderr:
        print("# SKIP syslog: no mount in this container")
        return
    rc, told = json.loads(r.stdout)
    number = [v[0] for k, v in place.rows("id").items() if k.endswith(b"bad.dcm")][0]
    text = "\n".join(told)
    tap.check(rc == 1 and any(t.startswith("<") and "dcmscrub" in t and "row %d: quarantined" % number in t for t in told) and
              "2 files in" in text, "--log syslog: the row and the sum", "%d %s" % (rc, told))
    tap.check(".dcm" not in text and place.folder not in text, "and no names", text)


def main():
    program, testdata = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    only = sys.argv[3:]
    tap = Tap()
    for test in (hangs, crashes, killed_once_and_twice, memory, interrupted, stopped_at_once, stopped_idle, throttled, ledgers,
                 untold, told_in_part, told_by_two, told_by_two_for_long, told_for_good, killed_before_told, leads_nowhere, locked, read_only, full_disk, names, odd_names, too_long,
                 unreachable, lists, twins, changed, vanishes, grows, rewritten, tells, hook_hangs, network, lasts, jumps,
                 syslog, overhead):
        if only and test.__name__ not in only:
            continue
        with Place(program, testdata) as place:
            test(tap, place)
    print("1..%d" % tap.n)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
