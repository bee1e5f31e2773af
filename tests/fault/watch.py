#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A watched folder: writers that are slow, names that are odd, stops and kills.

    watch.py PROGRAM TESTDATA
"""
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile

sys.dont_write_bytecode = True
from batch import CHEAP, STILL, Place, wait_until, with_uid  # noqa: E402
from kill import Tap, tree  # noqa: E402


class Watch(Place):
    def __init__(self, program, testdata):
        super().__init__(program, testdata)
        with open(os.path.join(testdata, STILL), "rb") as f:
            self.data = f.read()
        self.taken = os.path.join(self.folder, "taken")

    def watch(self, *more, folder=None):
        return subprocess.Popen(
            [self.program, "watch", "-q", "-j1", "--key", self.key, "--ledger", self.ledger, "-o", self.out,
             "--settle", "1", "--rescan", "1"] + CHEAP + list(more) + [folder or self.inputs],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)

    def names(self):
        """Of the inputs in the ledger, below the folder of this test."""
        try:
            found = self.rows("outcome")
        except Exception:  # no ledger yet
            return {}
        return {os.path.relpath(os.fsdecode(k), os.path.realpath(self.folder)): v[0] for k, v in found.items()}

    def wait_for(self, n, p, seconds=60):
        end = time.monotonic() + seconds
        while time.monotonic() < end and p.poll() is None:
            if len(self.names()) >= n:
                return True
            time.sleep(0.1)
        return False


def stop(p, sig=signal.SIGTERM):
    os.kill(p.pid, sig)
    out, err = p.communicate(timeout=60)
    return p.returncode, (out + err).decode(errors="replace")


def complete(tap, place):
    """Only what is complete is taken, from the first moment on."""
    place.add("before.dcm", uid=1)
    p = place.watch()
    tap.check(place.wait_for(1, p), "a file that was there before")
    with open(os.path.join(place.inputs, "slow.dcm"), "wb") as slow:
        slow.write(with_uid(place.data, 2)[:20000])
        slow.flush()
        place.add("sub/new/quick.dcm", uid=3)
        place.add(".hidden", uid=4)
        place.add("x.part", uid=5)
        with zipfile.ZipFile(os.path.join(place.inputs, "a.zip"), "w") as z:
            z.writestr("member", with_uid(place.data, 6))
        os.symlink(os.path.join(place.folder, "key"), os.path.join(place.inputs, "link"))
        came = place.wait_for(4, p)
        time.sleep(2.5)
        names = place.names()
        tap.check(came and sorted(names) == ["in/a.zip", "in/a.zip!1/member", "in/before.dcm", "in/sub/new/quick.dcm"],
                  "what is being written, hidden, partial or a link is left alone", "%s" % names)
        slow.write(with_uid(place.data, 2)[20000:])
    os.rename(os.path.join(place.inputs, "x.part"), os.path.join(place.inputs, "x.dcm"))
    came = place.wait_for(6, p)
    before = place.status()
    time.sleep(2.5)
    rc, err = stop(p)
    names = place.names()
    tap.check(names.pop("in/a.zip", None) == "ignored", "an archive has a row of its own", "%s" % names)
    tap.check(came and rc == 0 and set(names.values()) == {"scrubbed"} and not err and
              before["ignored"] == place.status()["ignored"],
              "closed and renamed files are taken; a signal ends it well", "%s %s %s" % (rc, names, err))
    tap.check(place.status()["state"] == "finished" and len(tree(place.out)[0]) == 5, "one run, finished")


def again(tap, place):
    """Done files stay done; changed and new ones are done."""
    place.many(3)
    p = place.watch()
    place.wait_for(3, p)
    stop(p)
    before = place.rows("run, output")
    place.add("0/0.dcm", uid=77)
    place.add("new.dcm", uid=78)
    p = place.watch()
    came = place.wait_for(4, p) and wait_until(lambda: sum(v == before.get(k) for k, v in place.rows(
        "run, output").items()) == 2)
    time.sleep(2.5)
    rc, err = stop(p)
    after = place.rows("run, output")
    same = sum(before[k] == after.get(k) for k in before)
    tap.check(came and rc == 0 and same == 2 and len(after) == 4 and len(tree(place.out)[0]) == 4,
              "started again it does what is new or changed", "%s %s %d %d" % (rc, err, same, len(after)))


def moved(tap, place):
    """Originals go away under names of their own."""
    odd = b"caf\xe9\n" + b"n" * 240
    place.add(odd, uid=1)
    place.add("a/x.dcm", uid=2)
    p = place.watch("--move-to", place.taken)
    place.wait_for(2, p)
    place.add("a/x.dcm", uid=3)
    came = place.wait_for(3, p)
    rc, err = stop(p)
    left = tree(place.inputs)[0]
    gone = sorted(os.fsencode(n) for n in tree(place.taken)[0])
    tap.check(came and rc == 0 and not left and gone == sorted([odd, b"a/x.dcm", b"a/x.dcm.1"]),
              "moved, and none over another", "%s %s %s %s" % (rc, err, left, gone))
    names = place.names()
    tap.check(set(names.values()) == {"scrubbed"} and len(tree(place.out)[0]) == 3, "each has its output", "%s" % names)


def killed(tap, place):
    """After SIGKILL every file is once in one of the folders, the ledger and
    the output."""
    total = 24
    for i in range(total):
        place.add("%d.dcm" % i, uid=i)
    for n in range(4):
        p = place.watch("--move-to", place.taken)
        place.wait_for(3 * n + 2, p)
        time.sleep(0.01 * n)
        stop(p, signal.SIGKILL)
    place.add("%d.dcm" % total, uid=total)
    total += 1
    p = place.watch("--move-to", place.taken)
    came = place.wait_for(total, p)
    rc, err = stop(p)
    names = place.names()
    files, temps = tree(place.out)
    tap.check(came and rc == 0 and sorted(names) == sorted("taken/%d.dcm" % i for i in range(total)) and
              len(files) == total and not temps and set(names.values()) == {"scrubbed"},
              "four kills lose nothing and double nothing", "%s %s %d %d %s" % (rc, err, len(names), len(files), temps))


def untold(tap, place):
    """A report that cannot be written ends it, and there is more to do."""
    place.add("a.dcm", uid=1)
    _, text = place.watch("--report", "/dev/full").communicate(timeout=60)
    state, rows = place.status()["state"], place.rows("outcome")
    tap.check(b"report" in text and state == "interrupted" and list(rows.values()) == [("pending",)],
              "a report that cannot be written", "%s %s %s" % (text, state, rows))


def place_vanishes(tap, place):
    """The output folder goes away between two rounds."""
    place.add("a.dcm", uid=1)
    p = place.watch()
    place.wait_for(1, p)
    os.rename(place.out, place.out + "-away")
    place.add("b.dcm", uid=2)
    _, text = p.communicate(timeout=60)
    state, names = place.status()["state"], place.names()
    if os.path.exists(place.out):
        shutil.rmtree(place.out)
    os.rename(place.out + "-away", place.out)
    tap.check(p.returncode == 1 and b"output folder" in text and state == "failed" and list(names) == ["in/a.dcm"],
              "an output folder that vanishes ends it", "%s %s %s %s" % (p.returncode, text, state, names))
    p = place.watch()
    came = place.wait_for(2, p)
    rc, err = stop(p)
    tap.check(came and rc == 0 and len(tree(place.out)[0]) == 2, "and is back", "%s %s" % (rc, err))


def refused(tap, place):
    """Set-ups that would eat themselves."""
    inside = os.path.join(place.inputs, "taken")
    ledger, place.ledger = place.ledger, os.path.join(place.inputs, "l.db")
    results = [place.watch()]
    place.ledger = ledger
    results += [place.watch("--move-to", inside), place.watch("--move-to", place.inputs), place.watch("--settle", "0"),
                place.watch("--move-to", "/proc/self/x"), place.watch(place.folder + "/more"),
                place.watch(folder=place.folder + "/none"), place.watch(folder=place.key), place.watch(folder="-"),
                place.watch("--files-from", place.key)]
    codes = [p.wait(timeout=30) for p in results]
    said = [p.stderr.read().decode() for p in results]
    tap.check(codes == [2] * len(codes) and all(said) and not any(place.folder in s for s in said),
              "usage errors", "%s %s" % (codes, said))


def main():
    program, testdata = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    only = sys.argv[3:]
    tap = Tap()
    for test in (complete, again, moved, killed, untold, place_vanishes, refused):
        if only and test.__name__ not in only:
            continue
        with Watch(program, testdata) as place:
            test(tap, place)
    print("1..%d" % tap.n)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
