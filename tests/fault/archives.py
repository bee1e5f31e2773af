#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Batches over archives that are stopped, killed, cut off and replaced; shards
of them.

    archives.py PROGRAM TESTDATA
"""
import io
import lzma
import os
import random
import signal
import subprocess
import sys
import tarfile
import time
import zlib

sys.dont_write_bytecode = True
from batch import CHEAP, STILL, Place, struck, with_uid  # noqa: E402
from kill import Tap, children, tree  # noqa: E402

MEMBERS = 24


class Archives(Place):
    def make(self, members=MEMBERS):
        """A tar.gz of files and of a tar."""
        with open(os.path.join(self.testdata, STILL), "rb") as f:
            data = f.read()
        inner = io.BytesIO()
        with tarfile.open(fileobj=inner, mode="w") as t:
            put(t, "z", with_uid(data, 999))
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz") as t:
            for i in range(members):
                put(t, "m%d" % i, with_uid(data, i))
            put(t, "inner.tar", inner.getvalue())
        self.whole = out.getvalue()
        self.path = os.path.join(self.inputs, "a.tgz")
        self.write(self.whole)

    def write(self, data):
        with open(self.path, "wb") as f:
            f.write(data)

    def outcomes(self):
        found = {}
        for name, (outcome,) in self.rows("outcome").items():
            found.setdefault(outcome, []).append(os.fsdecode(name)[len(self.inputs) + 1:])
        return found


def put(t, name, data):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    t.addfile(info, io.BytesIO(data))


def is_all(place):
    """Every member scrubbed, both archives whole, every output there once."""
    found = place.outcomes()
    files, temps = tree(place.out)
    return sorted(found) == ["ignored", "scrubbed"] and len(found["scrubbed"]) == MEMBERS + 1 == len(files) and \
        sorted(found["ignored"]) == ["a.tgz", "a.tgz!%d/inner.tar" % (MEMBERS + 1)] and not temps


def kills(tap, place):
    place.make()
    rng = random.Random(5)
    rounds = 0
    for rounds in range(1, 9):
        p = place.start("--resume")
        time.sleep(0.05 + rng.random() * 0.25)
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate()
    r = place.run("--resume")
    tap.check(r.returncode == 0 and is_all(place), "%d kills lose nothing and double nothing" % rounds,
              "%s %s" % (r.err, place.outcomes()))
    r = place.run("--resume")
    tap.check(r.returncode == 0 and is_all(place), "what is done is passed over", r.err)


def reader_of(p, path):
    """The process that has begun to unpack it. It goes no faster than files are
    taken: at a low rate it is there for long."""
    path = os.path.realpath(path)
    while p.poll() is None:
        for pid in children(p.pid):
            try:
                if any(os.path.realpath("/proc/%d/fd/%s" % (pid, fd)) == path for fd in os.listdir("/proc/%d/fd" % pid)):
                    return pid
            except OSError:
                pass
        time.sleep(0.01)
    raise SystemExit("the archive was read before anybody saw it")


def reader_dies(tap, place):
    place.make()
    p = place.start("--max-rate", "5")
    os.kill(reader_of(p, place.path), signal.SIGKILL)
    p.communicate(timeout=60)
    found = place.outcomes()
    tap.check(p.returncode == 1 and "a.tgz" in found.get("failed", ()) and place.status()["state"] == "finished",
              "a reader that is killed fails its archive and stops nothing", "%s %s" % (p.returncode, found))
    r = place.run("--resume")
    tap.check(r.returncode == 0 and is_all(place), "--resume reads it again", "%s %s" % (r.err, place.outcomes()))


def stopped(tap, place):
    """However long an archive takes, SIGTERM does not wait for it; nor for a
    list on stdin that says nothing."""
    place.make()
    p = place.start("--max-rate", "5")
    os.kill(reader_of(p, place.path), signal.SIGSTOP)
    time.sleep(0.3)
    p.send_signal(signal.SIGTERM)
    try:
        p.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        p.kill()
        p.communicate()
    tap.check(p.returncode == 1 and place.status()["state"] == "interrupted", "SIGTERM while an archive is read",
              "%s %s" % (p.returncode, place.status()))
    r = place.run("--resume")
    tap.check(r.returncode == 0 and is_all(place), "--resume goes on", "%s %s" % (r.err, place.outcomes()))
    p = subprocess.Popen(place.argv("--resume", "-"), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
    place.wait("run", 3)
    p.send_signal(signal.SIGTERM)
    try:
        p.wait(timeout=20)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
    p.stdin.close()
    tap.check(p.returncode == 1 and place.status()["state"] == "interrupted", "SIGTERM while stdin is silent",
              "%s %s" % (p.returncode, place.status()))


def not_alone(tap, place):
    """While an archive unpacks, or a list on stdin is silent, workers keep to
    their limits and their rows are written."""
    env, _ = struck(place, place.add("Slow.dcm"), signal.SIGSTOP)
    if not env:
        return
    place.make()
    p = place.start("--no-learn", "-j2", "--time-limit", "2", "--max-rate", "1", env=env)
    pid = reader_of(p, place.path)
    os.kill(pid, signal.SIGSTOP)
    place.wait("instance WHERE CAST(input AS TEXT) LIKE '%Slow.dcm'", 1)
    rows = place.rows("attempts")
    tap.check(rows.get(os.fsencode(place.inputs) + b"/Slow.dcm") == (2,),
              "a worker that hangs while an archive unpacks is replaced, its row written", "%s" % rows)
    os.kill(pid, signal.SIGCONT)
    p.send_signal(signal.SIGTERM)
    p.communicate(timeout=60)
    place.add("quick.dcm", uid=99)
    p = subprocess.Popen(place.argv("--resume", "-j2", "--no-learn", "--redo", "-"), stdin=subprocess.PIPE,
                         stderr=subprocess.DEVNULL)
    p.stdin.write(os.fsencode(place.inputs) + b"/quick.dcm\n")
    p.stdin.flush()
    place.wait("instance WHERE CAST(input AS TEXT) LIKE '%quick.dcm'", 1)
    found = place.outcomes()
    tap.check("quick.dcm" in found.get("scrubbed", ()), "a row is written while stdin is silent", "%s" % found)
    p.stdin.close()
    p.wait(timeout=60)


def hungry(tap, place):
    """An archive that asks for a dictionary of 4 GiB to be unpacked."""
    data = bytearray(lzma.compress(b"x" * 100000, check=lzma.CHECK_CRC32))
    size = 4 * (data[12] + 1)
    assert data[14:16] == b"\x21\x01"
    data[16] = 40
    data[12 + size - 4:12 + size] = zlib.crc32(data[12:12 + size - 4]).to_bytes(4, "little")
    place.path = os.path.join(place.inputs, "a.tar.xz")
    place.write(bytes(data))
    place.add("good.dcm")
    r = place.run()
    found = {os.path.basename(os.fsdecode(k)): v for k, v in place.rows("outcome, reason").items()}
    tap.check(r.returncode == 1 and found["a.tar.xz"][0] == "quarantined" and "memory" in found["a.tar.xz"][1] and
              found["good.dcm"][0] == "scrubbed", "an archive that takes too much memory", "%s %s" % (r.err, found))


def cut_off(tap, place):
    place.make()
    place.write(place.whole[:len(place.whole) // 2])
    r = place.run()
    found = place.outcomes()
    tap.check(r.returncode == 1 and "a.tgz" in found["quarantined"] and 0 < len(found["scrubbed"]) < MEMBERS,
              "half an archive: its whole members are done", "%s %s" % (r.err, found))
    place.write(place.whole)
    r = place.run("--resume")
    tap.check(r.returncode == 0 and is_all(place), "the whole one takes its place", "%s %s" % (r.err, place.outcomes()))


def shards(tap, place):
    place.make()
    place.many(6)
    plan, merged = (os.path.join(place.folder, n) for n in ("plan", "all.db"))
    subprocess.run([place.program, "plan", place.inputs, "--shards", "3", "--key", place.key, "-o", plan],
                   capture_output=True, check=True, timeout=60)
    ledgers = [os.path.join(place.folder, "%d.db" % i) for i in (1, 2, 3)]
    runs = [subprocess.Popen([place.program, "batch", "-q", "-j1", "--plan", plan, "--shard", "%d/3" % (i + 1), "--key",
                              place.key, "--ledger", ledgers[i], "-o", place.out] + CHEAP, stderr=subprocess.PIPE)
            for i in range(3)]
    errs = [p.communicate(timeout=120)[1] for p in runs]
    r = subprocess.run([place.program, "merge", "--plan", plan, "-o", merged] + ledgers, capture_output=True, text=True,
                       timeout=60)
    place.ledger = merged
    n = len(place.rows()) if r.returncode == 0 else 0
    tap.check([p.returncode for p in runs] == [0, 0, 0] and r.returncode == 0 and n == MEMBERS + 3 + 6,
              "three shards at once, joined", "%s %s %d" % (errs, r.stderr, n))
    single = os.path.join(place.folder, "single")
    subprocess.run([place.program, "clean", "-q", "--key", place.key, "-o", single, place.inputs] + CHEAP, timeout=120,
                   check=True)
    tap.check(tree(single)[0] == tree(place.out)[0], "the same bytes as of one run")


def main():
    program, testdata = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    only = sys.argv[3:]
    tap = Tap()
    for test in (kills, reader_dies, stopped, not_alone, hungry, cut_off, shards):
        if only and test.__name__ not in only:
            continue
        with Archives(program, testdata) as place:
            test(tap, place)
    print("1..%d" % tap.n)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
