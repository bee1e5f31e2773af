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
import sqlite3
import subprocess
import sys
import tarfile
import zipfile

sys.dont_write_bytecode = True
from batch import WRITTEN, Place, children, held, let_go, odd_system, state_of, struck, told_of, wait_until  # noqa: E402
from kill import Tap, tree  # noqa: E402

FILES = 6
ANOTHER, GONE = "output folder is another one", "output folder: No such file"


class Skip(Exception):
    """Not to be had here, as was said."""


class Held(Place):
    """Runs of six files."""

    def prepare(self, name="%d.dcm"):
        self.paths = [self.add(name % i, uid=i) for i in range(FILES)]

    def hold(self, *more, ledger=True, name="%d.dcm"):
        """One of which the fourth is at hand, and kept waiting."""
        self.prepare(name)
        env, _ = struck(self, self.paths[3], signal.SIGSTOP)
        if not env:
            raise Skip
        argv = self.argv("--no-learn", *more, self.inputs)
        if not ledger:
            argv[1] = "clean"
            at = argv.index("--ledger")
            del argv[at:at + 2]
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, env=env, start_new_session=True)
        assert held(p), "it does not come to the fourth file"
        return p

    def kill(self, *more):
        """One with three rows on disk, and then no process of it."""
        p = self.hold(*more)
        self.wait("instance", 3)
        os.killpg(p.pid, signal.SIGKILL)
        p.communicate(timeout=120)

    def unfinish(self):
        """As if its runs had been killed."""
        self.sql("UPDATE run SET state = 'running'")

    def other(self, path, name):
        """A file of the same UIDs with other pixels."""
        with open(path, "rb") as f:
            data = bytearray(f.read())
        data[len(data) // 3] ^= 64
        path = os.path.join(os.fsencode(self.inputs), os.fsencode(name))
        with open(path, "wb") as f:
            f.write(data)
        return path

    def columns(self, table):
        """All but the number."""
        db = sqlite3.connect(self.ledger)
        names = [row[1] for row in db.execute("PRAGMA table_info(%s)" % table)]
        db.close()
        return names[1:]

    def over(self, *inputs):
        """A run that goes on, over these only."""
        return subprocess.run(self.argv("--no-learn", "--resume", "--into-existing", *inputs), capture_output=True, timeout=120)

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


def hears_nothing(p):
    """Of what its workers do from now on."""
    p.send_signal(signal.SIGSTOP)
    wait_until(lambda: state_of(p.pid) == "T")


def ended(p, err, *words):
    return p.returncode == 1 and any(w in err for w in words)


# ---- other folders ----

def moved(tap, place):
    """It goes away, and nothing is made in its place."""
    p = place.hold()
    take_away(place)
    err, rows = place.go_on(p), len(place.rows())
    made, lost = put_back(place), len(place.lacks())
    wrong = place.finishes()
    tap.check(ended(p, err, GONE) and rows == 3 and made is None and not lost and not wrong,
              "an output folder that goes away and comes back", "%s %d %s %d %s" % (err, rows, made, lost, wrong))


def swapped(tap, place):
    """Another folder takes its place."""
    p = place.hold()
    take_away(place)
    os.mkdir(place.out)
    err, rows, stray = place.go_on(p), len(place.rows()), sorted(tree(place.out)[0])
    lost = len(place.lacks())
    wrong = place.finishes()
    tap.check(ended(p, err, ANOTHER) and rows == 3 == lost and not stray and not wrong,
              "another output folder: what was not put into it is done again", "%s %d %d %s %s" % (err, rows, lost, stray, wrong))


def swapped_for_a_moment(tap, place, ledger=True):
    """The other one is there only while an output is written."""
    report = os.path.join(place.folder, "report")
    p = place.hold("--report", report, ledger=ledger)
    hears_nothing(p)
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
    report = os.path.join(place.folder, "report")
    p = place.hold("--report", report, ledger=False)
    take_away(place)
    err, told, made = place.go_on(p), len(told_of(report)[0]), os.path.exists(place.out)
    tap.check(ended(p, err, GONE) and told == 3 and not made, "clean: an output folder that goes away",
              "%s %d %s" % (err, told, made))


def subfolders(tap, place):
    """A folder in it is moved away and back, with --keep-paths."""
    p = place.hold("--keep-paths", name="a/%d.dcm")
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
    p = place.hold()
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


def watch(place):
    argv = place.argv("--settle", "1", "--rescan", "1", "--no-learn", place.inputs)
    argv[1] = "watch"
    return subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)


def watched(tap, place):
    """Another folder takes its place while a watch waits for files."""
    first = watch(place)
    place.add("1.dcm", uid=1)
    place.wait("instance", 1)
    take_away(place)
    os.mkdir(place.out)
    place.add("2.dcm", uid=2)
    err, rows = first.communicate(timeout=120)[1].decode(), len(place.rows())
    strays = put_back(place)
    p = watch(place)
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
    place.kill()
    folder = os.path.dirname(os.fsdecode(place.rows("output").popitem()[1][0]))
    shutil.rmtree(folder)
    with open(folder, "wb"):
        pass
    r, got = place.run("--no-learn", "--resume"), outcomes(place)
    os.remove(folder)
    wrong = place.finishes()
    tap.check(r.returncode == 1 and got == ["failed"] * FILES and not wrong, "a file where a folder of outputs was",
              "%s %s %s" % (r.err, got, wrong))


def folder_in_its_place(tap, place, make=os.mkdir, remove=os.rmdir):
    """Where an output was, there is a folder now: no output, and that file is
    quarantined, also when it is another one by then."""
    place.kill()
    name, (output,) = place.rows("output").popitem()
    output = os.fsdecode(output)
    os.remove(output)
    make(output)
    codes, gots = [], []
    for _ in range(2):
        codes.append(place.run("--no-learn", "--resume").returncode)
        gots.append(outcomes(place))
        os.utime(name)
    remove(output)
    wrong = place.finishes()
    tap.check(codes == [1, 1] and all(got.count("quarantined") == 1 and got.count("scrubbed") == FILES - 1 for got in gots) and
              not wrong, "a %s where an output was" % ("folder" if make == os.mkdir else "pipe"),
              "%s %s %s" % (codes, gots, wrong))


def pipe_in_its_place(tap, place):
    folder_in_its_place(tap, place, os.mkfifo, os.remove)


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
    os.symlink(".", os.path.join(place.inputs, "a loop"))
    place.kill()
    place.empty()
    r = place.run("--no-learn", "--resume")
    tap.check(r.returncode == 1 and place.is_whole() and place.status()["state"] == "failed",
              "outputs lost before a run was killed that could not list a folder", "%s %s" % (r.err, place.rows()))


def a_part_of_the_inputs(tap, place, *more):
    """No finished run hides what is lost of those that it did not meet."""
    place.prepare()
    place.run(*more)
    place.unfinish()
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
    report = os.path.join(place.folder, "report")
    place.kill()
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
              all(v[0] == "failed" and "has no output of this ledger" in v[1] for v in lost) and len(rows) == FILES and
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


def name_taken(tap, place):
    """By then another input of the same UIDs has the name of a lost output."""
    place.prepare()
    place.run("--no-learn")
    place.unfinish()
    place.empty()
    other = place.other(place.paths[0], "other.dcm")
    part, got = place.over(other), outcomes(place)
    rest, rows = place.run("--no-learn", "--resume"), place.rows("outcome, output")
    tap.check(part.returncode == 1 and got == ["failed"] * FILES + ["scrubbed"] and rest.returncode == 1 and
              rows[place.paths[0]][0] == "quarantined" and rows[other][0] == "scrubbed" and
              len(tree(place.out)[0]) == FILES == len({v for _, v in rows.values()} - {None}),
              "the name of a lost output is another input's by now", "%s %s %s %s" % (part.stderr, got, rest.err, rows))


def name_taken_by_another_ledger(tap, place):
    """The same, of another ledger, whose output stays."""
    place.prepare()
    place.run("--no-learn")
    place.unfinish()
    place.empty()
    other = place.other(place.paths[0], "other.dcm")
    place.ledger += "2"
    place.over(other)
    theirs = tree(place.out)[0]
    place.ledger = place.ledger[:-1]
    os.remove(other)
    r, got, found = place.run("--no-learn", "--resume"), outcomes(place), tree(place.out)[0]
    tap.check(r.returncode == 1 and got == ["quarantined"] + ["scrubbed"] * (FILES - 1) and len(theirs) == 1 and
              len(found) == FILES and theirs.items() <= found.items(),
              "the name of a lost output is another ledger's by now", "%s %s %s" % (r.err, got, found.keys()))


def adopted(tap, place):
    """Another ledger made the output: it is none of ours to take away."""
    place.prepare()
    place.run("--no-learn")
    before = tree(place.out)[0]
    first, place.ledger = place.ledger, place.ledger + "2"
    same = place.run("--no-learn", "--into-existing")
    os.replace(place.other(place.paths[0], "other.dcm"), place.paths[0])
    os.remove(place.paths[1])
    more, got = place.run("--no-learn", "--resume"), outcomes(place)
    kept, place.ledger = tree(place.out)[0], first
    own, now = place.run("--no-learn", "--resume"), tree(place.out)[0]
    tap.check(same.returncode == 0 and more.returncode == 1 and got == ["quarantined"] + ["scrubbed"] * (FILES - 1) and
              kept == before and own.returncode == 0 and len(now) == FILES and now != before,
              "only the ledger that made an output takes it away", "%s %s %s %s" % (same.err, more.err, got, own.err))


def adopted_and_looked_for(tap, place):
    """What another ledger has made is not read to be known again, and a copy of
    it once."""
    env = odd_system(DSC_DENIED=".dcm", DSC_DENIED_GONE="1")
    if not env:
        return
    place.prepare("%d")
    place.run("--no-learn")
    place.ledger += "2"
    place.run("--no-learn", "--into-existing")
    place.unfinish()
    made = list(place.rows("made").values())
    shutil.copytree(place.out, place.out + "-copy", copy_function=shutil.copyfile)
    shutil.rmtree(place.out)
    os.rename(place.out + "-copy", place.out)
    place.run("--no-learn", "--resume")
    place.unfinish()
    p = place.start("--no-learn", "--resume", env=env)
    err = p.communicate(timeout=120)[1]
    tap.check(p.returncode == 0 and made == [(0,)] * FILES and place.is_whole() and place.status()["state"] == "finished",
              "what another ledger made is looked for", "%s %s %s" % (err, made, place.rows()))


def made_once(tap, place):
    """Of two inputs with the same bytes the one or the other has made it, and it
    goes when both are others by now."""
    paths = [place.add(name, uid=1) for name in ("a.dcm", "b.dcm")]
    place.run("--no-learn")
    codes, got = [], [tree(place.out)[0]]
    for path in paths:
        os.replace(place.other(path, "other.dcm"), path)
        codes.append(place.over(path).returncode)
        got.append(tree(place.out)[0])
    codes.append(place.run("--no-learn", "--resume").returncode)
    os.utime(paths[0])
    codes.append(place.over(paths[0]).returncode)
    tap.check(codes == [1, 0, 1, 0] and got[0] == got[1] != got[2] and
              outcomes(place) == ["scrubbed"] * 2 and len(tree(place.out)[0]) == 1,
              "an output of two inputs goes with the last of them", "%s %s" % (codes, place.rows()))


def copied(tap, place):
    """The folder is a copy, with other times: what is in it is ours as before."""
    place.kill()
    shutil.copytree(place.out, place.out + "-copy", copy_function=shutil.copyfile)
    shutil.rmtree(place.out)
    os.rename(place.out + "-copy", place.out)
    before = place.rows("ended, output")
    wrong, rows = place.finishes(), place.rows("ended, output")
    same = all(rows[path] == row for path, row in before.items())
    os.replace(place.other(place.paths[0], "other.dcm"), place.paths[0])
    again = place.run("--no-learn", "--resume")
    tap.check(len(before) == 3 and same and not wrong and again.returncode == 0 and place.is_whole(),
              "a copy of the output folder", "%s %s %s %s" % (wrong, before, rows, again.err))


REFUSING = ["--find", "masks", "--mask", "builtin"]


def numbered_names(tap, place):
    """A name tells of another inode than its descriptor: what a run has made is
    ours all the same, by its row and by its note."""
    env = odd_system(DSC_INODES="1")
    if not env:
        return
    place.prepare()
    first = place.start("--no-learn", env=env)
    err = first.communicate(timeout=120)[1]
    made = list(place.rows("made").values())
    redo = subprocess.run(place.argv("--no-learn", "--redo", place.inputs, find=REFUSING), env=env, capture_output=True,
                          timeout=120)
    tap.check(first.returncode == 0 and made == [(1,)] * FILES and redo.returncode == 1 and
              outcomes(place) == ["quarantined"] * FILES and not tree(place.out)[0],
              "names with inodes of their own", "%s %s %s %s" % (err, made, redo.stderr, sorted(tree(place.out)[0])))


def killed_and_copied(tap, place):
    """Before all rows were on disk: what the copy holds is ours."""
    p = place.hold()
    place.wait("instance", 3)
    hears_nothing(p)
    let_go(p)
    count = lambda: len(tree(place.out)[0])  # noqa: E731
    wait_until(lambda: count() == 4)
    os.killpg(p.pid, signal.SIGKILL)
    p.communicate(timeout=120)
    rows, files = len(place.rows()), count()
    shutil.copytree(place.out, place.out + "-copy")
    shutil.rmtree(place.out)
    os.rename(place.out + "-copy", place.out)
    wrong, made = place.finishes(), list(place.rows("made").values())
    redo = place.run("--no-learn", "--redo", find=REFUSING)
    tap.check((rows, files) == (3, 4) and not wrong and made == [(1,)] * FILES and redo.returncode == 1 and not tree(place.out)[0],
              "a kill, and then a copy of the output folder", "%d %d %s %s %s" % (rows, files, wrong, made, redo.err))


def hidden(tap, place, gone=False):
    """What has the name of an old output cannot be read, or goes while somebody
    looks: that ends no run."""
    place.prepare()
    place.run("--no-learn")
    output = os.fsdecode(place.rows("output")[place.paths[0]][0])
    with open(output, "rb") as f:
        data = bytearray(f.read())
    data[-1] ^= 1
    os.remove(output)
    with open(output, "wb") as f:
        f.write(data)
    env = odd_system(DSC_DENIED=os.path.basename(output), **({"DSC_DENIED_GONE": "1"} if gone else {}))
    if not env:
        return
    for path in place.paths:
        os.utime(path)
    log = os.path.join(place.folder, "log")
    argv = [a for a in place.argv("--no-learn", "--resume", "--log", log, place.inputs) if a != "-q"]
    p = subprocess.run(argv, env=env, capture_output=True, timeout=120)
    err, got, state = p.stderr.decode(), outcomes(place), place.status()["state"]
    with open(log, encoding="ascii") as f:
        told = [line for line in f if "and stays" in line]
    tap.check(p.returncode == (0 if gone else 1) and state == "finished" and
              got == ["scrubbed" if gone else "quarantined"] + ["scrubbed"] * (FILES - 1) and os.path.exists(output) and
              ("1 files that have the name" in err) != gone and len(told) == (0 if gone else 1),
              "an old output that %s" % ("goes while it is looked for" if gone else "cannot be read"),
              "%d %s %s %s" % (p.returncode, err, got, state))


def hidden_and_gone(tap, place):
    hidden(tap, place, gone=True)


def handed_on_by_a_watch(tap, place):
    """That was killed: nobody asks for its outputs."""
    place.prepare()
    p = watch(place)
    place.wait("instance", FILES)
    p.kill()
    p.communicate(timeout=120)
    place.empty()
    os.remove(place.paths[0])
    rows = place.rows("outcome, ended")
    r = place.run("--no-learn", "--resume")
    tap.check(len(rows) == FILES and r.returncode == 0 and place.rows("outcome, ended") == rows and not tree(place.out)[0],
              "outputs of a killed watch that are handed on", "%s %s" % (r.err, place.rows()))


def lost_before_a_watch(tap, place):
    """A watch that ends does not hide what a killed batch has lost."""
    place.kill()
    place.empty()
    p = watch(place)
    place.wait("instance", FILES)
    p.send_signal(signal.SIGTERM)
    err = p.communicate(timeout=120)[1]
    lost, wrong = len(place.lacks()), place.finishes()
    tap.check(p.returncode == 0 and lost == 3 and not wrong, "outputs lost before a watch", "%s %d %s" % (err, lost, wrong))


def of_odd_inputs(tap, place):
    """Members of archives, files of a DICOMDIR, of a shard: the same."""
    place.prepare()
    plan, inner, disc = (os.path.join(place.folder, name) for name in ("plan", "inner.zip", "disc"))
    for name, mode in (("a.tar.gz", "w:gz"), ("b.tar", "w")):
        with tarfile.open(os.path.join(place.inputs, name), mode) as t:
            for i in range(3):
                path = place.add("x", uid=10 + i + 3 * len(mode))
                t.add(path, "%d" % i)
    with zipfile.ZipFile(inner, "w") as z:
        z.write(place.add("x", uid=30), "z")
    with tarfile.open(os.path.join(place.inputs, "c.tar"), "w") as t:
        t.add(inner, "inner.zip")
    os.remove(os.path.join(place.inputs, "x"))
    subprocess.run([place.program, "plan", place.inputs, "--shards", "1", "--key", place.key, "-o", plan],
                   stderr=subprocess.DEVNULL, check=True)
    place.run("--no-learn", "--dicomdir")
    shutil.move(place.out, disc)
    wrong = []
    for name, argv in (("a", [place.inputs]), ("p", ["--plan", plan, "--shard", "1/1"]), ("d", [disc + "/DICOMDIR"])):
        place.ledger = os.path.join(place.folder, name)
        first, files, rows = place.over(*argv), tree(place.out)[0], place.rows("outcome, output")
        place.unfinish()
        place.empty()
        again = place.over(*argv)
        if first.returncode or again.returncode or tree(place.out)[0] != files or len(files) != FILES + 7 or \
                place.rows("outcome, output") != rows:
            wrong.append((name, first.stderr, again.stderr, len(files), sorted(tree(place.out)[0])))
        place.empty()
    tap.check(not wrong, "lost outputs of archives, a shard, a DICOMDIR", "%s" % wrong)


def told_to_stop(tap, place):
    """SIGTERM while what is lost is told: the next run does the rest."""
    path = place.add()
    place.run("--no-learn")
    place.unfinish()
    columns = place.columns("instance")
    place.sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000) INSERT INTO instance(%s) "
              "SELECT %s FROM instance, n" % (", ".join(columns), ", ".join(
                  {"input": "CAST('/gone/' || i AS BLOB)", "output": "CAST(output || i AS BLOB)"}.get(c, c) for c in columns)))
    p = place.start("--no-learn", "--resume")
    place.wait("instance WHERE outcome = 'pending'", 1)
    p.send_signal(signal.SIGTERM)
    err, first = p.communicate(timeout=120)[1], place.status()
    pending = outcomes(place).count("pending")
    place.sql("DELETE FROM instance WHERE id > 300")
    r, got = place.run("--no-learn", "--resume"), outcomes(place)
    tap.check(p.returncode == 1 and first["state"] == "interrupted" and 0 < pending < 4000 and r.returncode == 1 and
              place.status()["state"] == "finished" and set(got) == {"scrubbed", "failed"} and
              place.rows()[path][0] == "scrubbed", "a signal while what is lost is told",
              "%s %s %d %s %s" % (err, first, pending, r.err, set(got)))


def leftovers(tap, place):
    """A temporary file of a worker that is killed, in the folder that was moved
    away; not one in the folder that took its place."""
    p = place.hold(ledger=False)
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
    os.mkdir(place.out)
    if not own_mounts("mounted") or not mount("-t", "tmpfs", "A", place.out):
        return
    p = place.hold()
    unmount(place.out)
    mount("-t", "tmpfs", "B", place.out)
    err, lost, got = place.go_on(p), len(place.lacks()), sorted(tree(place.out)[0])
    wrong = place.finishes()
    tap.check(ended(p, err, ANOTHER) and lost == 3 and not got and not wrong, "another mount in its place",
              "%s %d %s %s" % (err, lost, got, wrong))
    unmount(place.out, place.out)


def remounted(tap, place):
    """It stays the same, whatever number it has: as overlays give other ones."""
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
        for _ in range(8):
            mount("-o", "remount", over)
        err = place.go_on(p)
        tap.check(p.returncode == 0 and place.is_whole(), "a mount that is remounted", err)
    else:
        print("# SKIP remounted: no overlays here")
    unmount(over, low, up)


def read_only(tap, place):
    """It is made read-only, and can be written to again."""
    os.mkdir(place.out)
    if not own_mounts("read_only") or not mount("-t", "tmpfs", "A", place.out):
        return
    p = place.hold()
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
    for test in (moved, swapped, swapped_for_a_moment, swapped_for_a_moment_without_ledger, without_ledger, subfolders,
                 two_at_once, watched, file_in_its_place, folder_in_its_place, pipe_in_its_place, walked_to_its_end,
                 walked_no_further, a_part_of_the_inputs, a_part_of_the_inputs_no_learn, gone_inputs, handed_on, name_taken,
                 name_taken_by_another_ledger, adopted, adopted_and_looked_for, made_once, copied, numbered_names,
                 killed_and_copied, hidden, hidden_and_gone, handed_on_by_a_watch, lost_before_a_watch,
                 of_odd_inputs, told_to_stop, leftovers, long_paths, mounted, remounted, read_only, short_names):
        if only and test.__name__ not in only:
            continue
        with Held(program, testdata) as place:
            try:
                test(tap, place)
            except Skip:
                pass
    print("1..%d" % tap.n)
    return 1 if tap.bad else 0


if __name__ == "__main__":
    sys.exit(main())
