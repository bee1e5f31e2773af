#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The output folder is replaced, moved, unmounted or made read-only while a
worker has a file at hand: nothing counts as done that is not there, and the next
run finishes the work.

    place.py PROGRAM TESTDATA
"""
import ctypes
import json
import os
import shutil
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
from batch import WRITTEN, Place, children, held, let_go, odd_system, state_of, struck, told_of, wait_until  # noqa: E402
from kill import Tap, tree  # noqa: E402

FILES = 6
ANOTHER, GONE = "output folder is another one", "output folder: No such file"


class Held(Place):
    """A run of six files, of which the fourth is at hand, and kept waiting."""

    def prepare(self, name="%d.dcm"):
        self.paths = [self.add(name % i, uid=i) for i in range(FILES)]

    def hold(self, *more, ledger=True):
        env, _ = struck(self, self.paths[3], signal.SIGSTOP)
        argv = self.argv("--no-learn", *more, self.inputs)
        if not ledger:
            argv[1] = "clean"
            at = argv.index("--ledger")
            del argv[at:at + 2]
        p = env and subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env,
                                     start_new_session=True)
        if p and not held(p):
            print("# it does not come to the fourth file")
        return p

    def kill(self):
        """A run with three rows on disk, and then no process of it."""
        p = self.hold()
        if p:
            self.wait("instance", 3)
            os.killpg(p.pid, signal.SIGKILL)
            p.communicate(timeout=120)
        return p

    def empty(self):
        """Its outputs are lost, or handed on."""
        shutil.rmtree(self.out)
        os.mkdir(self.out)

    def go_on(self, p):
        """To its end; what it says."""
        let_go(p)
        return p.communicate(timeout=120)[1].decode()

    def lacks(self):
        """Outputs that rows name and that are not there."""
        return [v for v in self.rows("output").values() if not v[0] or not os.path.exists(v[0])]

    def is_whole(self):
        return len(self.rows()) == FILES == len(tree(self.out)[0]) and not self.lacks() and not tree(self.out)[1] and \
            all(r[0] in WRITTEN for r in self.rows().values())

    def finishes(self, *more):
        """By --resume; else what is wrong."""
        r = self.run("--no-learn", "--resume", *more)
        good = r.returncode == 0 and self.is_whole() and self.status()["state"] == "finished"
        return "" if good else "resumed: %d %s %s %s" % (r.returncode, r.err, self.rows(), self.lacks())


def own_mounts(tap):
    """From now on mounts are seen by us and our children only."""
    if not ctypes.CDLL(None).unshare(0x20000) and mount("--make-rprivate", "/"):
        return True
    print("# SKIP %s: no mount in this container" % tap)
    return False


def mount(*args):
    return not subprocess.run(["mount", *args], stderr=subprocess.DEVNULL, timeout=60).returncode


def unmount(*paths):
    for path in paths:
        subprocess.run(["umount", "-l", path], stderr=subprocess.DEVNULL, timeout=60)


def take_away(place):
    os.rename(place.out, place.out + "-away")


def put_back(place):
    """Was there another one meanwhile? What it holds."""
    strays = None
    if os.path.exists(place.out):
        strays = sorted(tree(place.out)[0])
        os.rename(place.out, place.out + "-stray")
    os.rename(place.out + "-away", place.out)
    return strays


def ended(p, err, *words):
    return p.returncode == 1 and any(w in err for w in words)


# ---- other folders ----

def moved(tap, place):
    """It goes away, and nothing is made in its place."""
    place.prepare()
    p = place.hold()
    if not p:
        return
    take_away(place)
    err, rows = place.go_on(p), len(place.rows())
    made, lost = put_back(place), len(place.lacks())
    wrong = place.finishes()
    tap.check(ended(p, err, GONE) and rows == 3 and made is None and not lost and not wrong,
              "an output folder that goes away and comes back", "%s %d %s %d %s" % (err, rows, made, lost, wrong))


def swapped(tap, place):
    """Another folder takes its place."""
    place.prepare()
    p = place.hold()
    if not p:
        return
    take_away(place)
    os.mkdir(place.out)
    err, rows, stray = place.go_on(p), len(place.rows()), sorted(tree(place.out)[0])
    lost = len(place.lacks())
    wrong = place.finishes()
    tap.check(ended(p, err, ANOTHER) and rows == 3 == lost and not stray and not wrong,
              "another output folder: what was not put into it is done again", "%s %d %d %s %s" % (err, rows, lost, stray, wrong))


def swapped_for_a_moment(tap, place, ledger=True):
    """The other one is there only while an output is written."""
    place.prepare()
    report = os.path.join(place.folder, "report")
    p = place.hold("--report", report, ledger=ledger)
    if not p:
        return
    p.send_signal(signal.SIGSTOP)  # it hears of nothing meanwhile
    wait_until(lambda: state_of(p.pid) == "T")
    take_away(place)
    os.mkdir(place.out)
    let_go(p)
    count = lambda: sum(len(tree(f)[0]) for f in (place.out, place.out + "-away"))  # noqa: E731
    written = wait_until(lambda: count() == 4)
    strays = put_back(place)
    p.send_signal(signal.SIGCONT)
    err = place.go_on(p)
    with open(report, encoding="utf-8") as f:
        told = [json.loads(line)["output"] for line in f]
    tap.check(written and p.returncode == 0 and len(told) == FILES and all(map(os.path.exists, told)) and
              not strays and (not ledger or place.is_whole()),
              "another output folder for a moment%s" % ("" if ledger else ", without a ledger"), "%s %s %s" % (err, told, strays))


def swapped_for_a_moment_without_ledger(tap, place):
    swapped_for_a_moment(tap, place, ledger=False)


def without_ledger(tap, place):
    """No line names an output that is not there."""
    place.prepare()
    report = os.path.join(place.folder, "report")
    p = place.hold("--report", report, ledger=False)
    if not p:
        return
    take_away(place)
    err, told, made = place.go_on(p), len(told_of(report)[0]), os.path.exists(place.out)
    tap.check(ended(p, err, GONE) and told == 3 and not made, "clean: an output folder that goes away",
              "%s %d %s" % (err, told, made))


def subfolders(tap, place):
    """A folder in it is moved away and back, with --keep-paths."""
    place.prepare("a/%d.dcm")
    p = place.hold("--keep-paths")
    if not p:
        return
    inner = os.path.join(place.out, "a")
    os.rename(inner, inner + "-away")
    err = place.go_on(p)
    first = (p.returncode, len(place.rows()), len(place.lacks()))
    for name in os.listdir(inner):
        os.rename(os.path.join(inner, name), os.path.join(inner + "-away", name))
    os.rmdir(inner)
    os.rename(inner + "-away", inner)
    tap.check(first == (0, FILES, 3) and place.is_whole(), "a folder in it that goes away is made again",
              "%s %s" % (err, first))


def two_at_once(tap, place):
    """Two ledgers have one output folder. The run of the one is killed, the
    other one's outputs stay."""
    place.prepare()
    p = place.hold()
    if not p:
        return
    first = place.ledger
    place.ledger += "2"
    other = place.run("--no-learn", "--into-existing")
    os.killpg(p.pid, signal.SIGKILL)
    p.communicate(timeout=120)
    good = other.returncode == 0 and place.is_whole()
    place.ledger = first
    wrong = place.finishes()
    place.ledger += "2"
    tap.check(good and not wrong and place.is_whole(), "two runs into one folder, one is killed", "%s %s" % (other.err, wrong))


def watched(tap, place):
    """Another folder takes its place while a watch waits for files."""
    argv = place.argv("--settle", "1", "--rescan", "1", "--no-learn", place.inputs)
    argv[1] = "watch"
    first = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    place.add("1.dcm", uid=1)
    place.wait("instance", 1)
    take_away(place)
    os.mkdir(place.out)
    place.add("2.dcm", uid=2)
    err, rows = first.communicate(timeout=120)[1].decode(), len(place.rows())
    strays = put_back(place)
    p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    place.wait("instance", 2)
    p.send_signal(signal.SIGTERM)
    more = p.communicate(timeout=120)[1].decode()
    tap.check(ended(first, err, ANOTHER) and rows == 1 and not strays and p.returncode == 0 and len(place.rows()) == 2 and
              not place.lacks(), "another output folder of a watch", "%s %d %s %s" % (err, rows, strays, more))


# ---- what is lost ----

def outcomes(place):
    return [v for v, *_ in place.rows().values()]


def file_in_its_place(tap, place):
    """Where a folder of outputs was, there is a file now."""
    place.prepare()
    if not place.kill():
        return
    folder = os.path.dirname(os.fsdecode(place.rows("output").popitem()[1][0]))
    shutil.rmtree(folder)
    with open(folder, "wb"):
        pass
    r, got = place.run("--no-learn", "--resume"), outcomes(place)
    os.remove(folder)
    wrong = place.finishes()
    tap.check(r.returncode == 1 and got == ["failed"] * FILES and not wrong, "a file where a folder of outputs was",
              "%s %s %s" % (r.err, got, wrong))


def folder_in_its_place(tap, place):
    """Where an output was, there is a folder now: no output, and that file is
    quarantined, also when it is another one by then."""
    place.prepare()
    if not place.kill():
        return
    name, (output,) = place.rows("output").popitem()
    output = os.fsdecode(output)
    os.remove(output)
    os.mkdir(output)
    codes, gots = [], []
    for _ in range(2):
        codes.append(place.run("--no-learn", "--resume").returncode)
        gots.append(outcomes(place))
        os.utime(name)
    os.rmdir(output)
    wrong = place.finishes()
    tap.check(codes == [1, 1] and all(got.count("quarantined") == 1 and got.count("scrubbed") == FILES - 1 for got in gots) and
              not wrong, "a folder where an output was", "%s %s %s" % (codes, gots, wrong))


def walked_to_its_end(tap, place):
    """Outputs may be handed on, even if there was a folder that nobody can
    list."""
    place.prepare()
    os.symlink(".", os.path.join(place.inputs, "loop"))
    first = place.run("--no-learn"), len(outcomes(place))
    state = place.status()["state"]
    place.empty()
    more = place.run("--no-learn", "--resume")
    tap.check(first[0].returncode == 1 == more.returncode and first[1] == FILES and state == "failed" and
              place.status()["state"] == "failed" and not tree(place.out)[0],
              "outputs handed on after a run that could not list a folder", "%s %s %s" % (first, state, more.err))


def walked_no_further(tap, place):
    """The same, killed before its end: outputs are made anew."""
    place.prepare()
    os.symlink(".", os.path.join(place.inputs, "a loop"))
    if not place.kill():
        return
    place.empty()
    r = place.run("--no-learn", "--resume")
    tap.check(r.returncode == 1 and place.is_whole() and place.status()["state"] == "failed",
              "outputs lost before a run was killed that could not list a folder", "%s %s" % (r.err, place.rows()))


def a_part_of_the_inputs(tap, place, *more):
    """No finished run hides what is lost of those that it did not meet."""
    place.prepare()
    place.run(*more)
    place.sql("UPDATE run SET state = 'running'")  # as after a kill
    place.empty()
    r = subprocess.run(place.argv(*more, "--resume", place.paths[0], *place.paths[3:]), capture_output=True, timeout=120)
    got, lacking = outcomes(place), len(place.lacks())
    rest = place.run(*more, "--resume")
    tap.check(r.returncode == 1 and sorted(got) == ["failed"] * 2 + ["scrubbed"] * 4 and lacking == 2 and
              rest.returncode == 0 and place.is_whole(),
              "a run over a part of the inputs: what is lost of the others is told%s" % ("" if more else ", headers read"),
              "%s %s %s %s" % (r.stderr, got, rest.err, place.rows()))


def a_part_of_the_inputs_no_learn(tap, place):
    a_part_of_the_inputs(tap, place, "--no-learn")


def gone_inputs(tap, place):
    """The output is lost, and the input gone, or no plain file any more."""
    place.prepare()
    report = os.path.join(place.folder, "report")
    if not place.kill():
        return
    place.empty()
    os.remove(place.paths[0])
    os.mkfifo(place.paths[0])
    os.remove(place.paths[1])
    r, rows = place.run("--no-learn", "--resume", "--report", report), place.rows()
    with open(report, encoding="utf-8") as f:
        told = [json.loads(line)["outcome"] for line in f if os.fsdecode(place.paths[1]) in line]
    again = place.run("--no-learn", "--resume")
    lost = [rows[path] for path in place.paths[:2]]
    tap.check(r.returncode == 1 and told == ["failed"] and
              all(v[0] == "failed" and "not among the inputs any more" in v[1] for v in lost) and len(rows) == FILES and
              len(tree(place.out)[0]) == FILES - 2 and place.rows().keys() == rows.keys(),
              "what is lost and has no input any more is failed", "%s %s %s %s" % (r.err, rows, told, again.err))


def handed_on(tap, place):
    """A finished run's outputs: nobody asks, whatever becomes of the inputs."""
    place.prepare()
    first = place.run("--no-learn")
    rows = place.rows()
    place.empty()
    os.remove(place.paths[0])
    r = place.run("--no-learn", "--resume")
    tap.check(first.returncode == r.returncode == 0 and place.rows() == rows and not tree(place.out)[0],
              "outputs of a finished run that are handed on", r.err)


def leftovers(tap, place):
    """A temporary file of a worker that is killed, in the folder that was moved
    away; not one in the folder that took its place."""
    place.prepare()
    p = place.hold(ledger=False)
    if not p:
        return
    names = [os.path.join(f, ".dcmscrub-abcdef.tmp") for f in (place.out + "-away", place.out)]
    take_away(place)
    os.mkdir(place.out)
    for name in names:
        with open(name, "wb"):
            pass
    for pid in children(p.pid):
        os.kill(pid, signal.SIGKILL)
    err = place.go_on(p)
    tap.check(ended(p, err, ANOTHER) and [os.path.exists(n) for n in names] == [False, True],
              "clean: leftovers in a folder that was moved away", err)


def long_paths(tap, place):
    """Whatever a path's last part, its temporary name is there instead."""
    got = []
    for total in (4060, 4080, 4095):
        place.out = place.folder + "/o"
        place.empty() if os.path.exists(place.out) else os.mkdir(place.out)
        folder = "/".join([place.out] + ["d" * 100] * ((3900 - len(place.out)) // 101))
        name = "n" * 100 + "/" + "n" * (total - len(folder) - 102)
        path = place.add(name, uid=1)
        place.out = folder
        argv = place.argv("--no-learn", "--keep-paths", place.inputs)
        argv[1] = "clean"
        del argv[argv.index("--ledger"):argv.index("--ledger") + 2]
        r = subprocess.run(argv, capture_output=True, timeout=120)
        got.append((r.returncode, len(folder) + 1 + len(name), r.stderr))
        os.remove(path)
    tap.check([g[:2] for g in got] == [(0, 4060), (0, 4080), (0, 4095)], "the longest paths that there are", "%s" % got)


# ---- mounts ----

def mounted(tap, place):
    """A file system of the same inode number takes its place, and what was
    written is lost."""
    place.prepare()
    os.mkdir(place.out)
    if not own_mounts("mounted") or not mount("-t", "tmpfs", "A", place.out):
        return
    p = place.hold()
    if p:
        unmount(place.out)
        mount("-t", "tmpfs", "B", place.out)
        err, lost, got = place.go_on(p), len(place.lacks()), sorted(tree(place.out)[0])
        wrong = place.finishes()
        tap.check(ended(p, err, ANOTHER) and lost == 3 and not got and not wrong, "another mount in its place",
                  "%s %d %s %s" % (err, lost, got, wrong))
    unmount(place.out, place.out)


def remounted(tap, place):
    """It stays the same, whatever number it has: as overlays give other ones."""
    place.prepare()
    low, up, over = (os.path.join(place.folder, name) for name in ("low", "up", "over"))
    for folder in (low, up, over):
        os.mkdir(folder)
    if not own_mounts("remounted") or not mount("-t", "tmpfs", "low", low) or not mount("-t", "tmpfs", "up", up):
        return
    for folder in (low + "/a/out", up + "/a", up + "/b"):
        os.makedirs(folder)
    place.out = os.path.join(over, "out")
    if mount("-t", "overlay", "-o", "lowerdir=%s/a,upperdir=%s/a,workdir=%s/b,xino=off" % (low, up, up), "none", over):
        p = place.hold()
        for _ in range(8 if p else 0):
            mount("-o", "remount", over)
        if p:
            err = place.go_on(p)
            tap.check(p.returncode == 0 and place.is_whole(), "a mount that is remounted", err)
    else:
        print("# SKIP remounted: no overlays here")
    unmount(over, low, up)


def read_only(tap, place):
    """It is made read-only, and can be written to again."""
    place.prepare()
    os.mkdir(place.out)
    if not own_mounts("read_only") or not mount("-t", "tmpfs", "A", place.out):
        return
    p = place.hold()
    if p:
        mount("-o", "remount,ro", place.out)
        err = place.go_on(p)
        rows = sorted(v for v, *_ in place.rows().values())
        mount("-o", "remount,rw", place.out)
        wrong = place.finishes()
        tap.check(p.returncode == 1 and rows.count("failed") == 3 and not wrong, "a mount that is made read-only",
                  "%s %s %s" % (err, rows, wrong))
    unmount(place.out)


def short_names(tap, place):
    """A name is too long for this place, not for the next."""
    env = odd_system(DSC_NAME_MAX="40")
    if not env:
        return
    place.add("n" * 100, uid=1)
    place.add("short", uid=2)
    p = place.start("--no-learn", "--keep-paths", env=env)
    err = p.communicate(timeout=120)[1]
    rows = sorted(place.rows().values())
    r = place.run("--no-learn", "--keep-paths", "--resume")
    tap.check(p.returncode == 1 and [v[0] for v in rows] == ["failed", "scrubbed"] and "too long" in rows[0][1] and
              r.returncode == 0 and len(tree(place.out)[0]) == 2 and not place.lacks(),
              "a name that is too long for this file system", "%s %s %s" % (err, rows, r.err))


def main():
    program, testdata = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    only = sys.argv[3:]
    tap = Tap()
    for test in (moved, swapped, swapped_for_a_moment, swapped_for_a_moment_without_ledger, without_ledger, subfolders, two_at_once,
                 watched, file_in_its_place, folder_in_its_place, walked_to_its_end, walked_no_further, a_part_of_the_inputs,
                 a_part_of_the_inputs_no_learn, gone_inputs, handed_on, leftovers, long_paths, mounted, remounted, read_only, short_names):
        if only and test.__name__ not in only:
            continue
        with Held(program, testdata) as place:
            test(tap, place)
    print("1..%d" % tap.n)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
