#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The way back: what `--keep-mapping` kept, asked for every output; and broken
files and wrong secrets.

    back.py PROGRAM
"""
import glob
import os
import shutil
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import CORNERS, TESTDATA, Tap, good_files, pydicom  # noqa: E402

KINDS = {"patient-id": "PatientID", "patient-name": "PatientName"}


class Back:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder
        for name in ("key", "key2", "wrong"):
            self.run("key", "new", self.path(name))
        with open(self.path("words"), "w", encoding="ascii") as f:
            f.write("correct horse battery staple\n")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, *args):
        return subprocess.run([self.program] + list(args), stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=600)

    def clean(self, out, files, *options, verb="clean"):
        r = self.run(verb, "--find", "masks", "--mask", CORNERS, "--keep-paths", "-q", "-o", self.path(out),
                     "--jobs", "4", *options, *files)
        if r.returncode:
            raise RuntimeError(verb + " ended with %d: %s" % (r.returncode, r.stderr[-300:]))
        return [(f, os.path.join(self.path(out), os.path.basename(f))) for f in files]

    def ask(self, mapping, *args):
        return self.run("reidentify", "--mapping", self.path(mapping), *args)


def header(path):
    return pydicom.dcmread(path, stop_before_pixels=True, force=True)


def uids(ds, path=()):
    """{place: UID} of every UI element, at every level."""
    found = {}
    for e in ds:
        if e.VR == "SQ":
            for i, item in enumerate(e.value):
                found.update(uids(item, path + ((int(e.tag), i),)))
        elif e.VR == "UI" and e.value and isinstance(e.value, str):
            found[path + (int(e.tag),)] = str(e.value)
    return found


def check_answers(back, mapping, secret, pairs):
    """Every new ID, name and UID of the outputs has its old one."""
    wanted = set()
    for source, output in pairs:
        a, b = header(source), header(output)
        for kind, keyword in KINDS.items():
            if str(a.get(keyword, "")).strip() and b.get(keyword):
                wanted.add((str(b.PatientID), kind, str(a.get(keyword)).strip() if kind == "patient-id" else None))
        old, new = uids(a), uids(b)
        wanted |= {(new[p], "uid", old[p]) for p in new if p in old and old[p] != new[p]}
    r = back.ask(mapping, *secret, *sorted({w[0] for w in wanted}))
    if r.returncode:
        return "ended with %d: %s" % (r.returncode, r.stderr)
    answers = [tuple(line.split("  ", 2)) for line in r.stdout.splitlines()]
    if len(answers) != len(set(answers)):
        return "answers twice"
    known = set(answers) | {(new, kind, None) for new, kind, _ in answers}
    lost = sorted(str(w) for w in wanted if w not in known)
    return "%d of %d are not told, such as %s" % (len(lost), len(wanted), lost[0]) if lost else None


def refuses(r, code, words):
    if r.returncode != code or words not in r.stderr or r.stdout:
        return "ended with %d, %s" % (r.returncode, r.stderr.strip() or "no word")
    return None


def check_mode(back):
    mode = stat.S_IMODE(os.stat(back.path("map")).st_mode)
    return None if mode == 0o600 else "mode %o" % mode


def check_hidden(back, pairs):
    with open(back.path("map"), "rb") as f:
        data = f.read()
    for source, _ in pairs:
        ds = header(source)
        for text in (str(ds.get("PatientID", "")), str(ds.SOPInstanceUID), str(ds.get("PatientName", ""))):
            if len(text) > 4 and text.encode() in data:
                return "a value can be read in the file"
    return None


def changed(back, name, at, byte=None):
    """A copy of the mapping: cut at `at`, or with a byte changed there."""
    with open(back.path("map"), "rb") as f:
        data = bytearray(f.read())
    if byte is None:
        del data[at:]
    else:
        data[at] ^= byte
    with open(back.path(name), "wb") as f:
        f.write(data)
    return name


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="dsc-back-")
    try:
        back = Back(os.path.abspath(sys.argv[1]), folder)
        files = [f for f in good_files() if os.path.basename(f).startswith(("us-grey", "ct-", "clip"))]
        half = len(files) // 2
        key = ("--key", back.path("key"))
        # a study in two halves, in two runs into one mapping
        pairs = back.clean("a", files[:half], *key, "--keep-mapping", back.path("map"))
        pairs += back.clean("b", files[half:], *key, "--keep-mapping", back.path("map"))
        tap.check("two runs of four workers: all is told", check_answers, back, "map", key, pairs)
        tap.check("only its owner may read it", check_mode, back)
        tap.check("nothing can be read in it", check_hidden, back, pairs)
        few = files[:6]
        other = back.clean("c", few, "--keep-mapping", back.path("map2"), "--mapping-key", back.path("key2"))
        tap.check("a fresh key, the mapping under a second one", check_answers, back, "map2",
                  ("--key", back.path("key2")), other)
        words = back.clean("d", few, "--profile", "research", "--keep-mapping", back.path("map3"),
                           "--mapping-passphrase", back.path("words"))
        tap.check("the mapping under a passphrase", check_answers, back, "map3",
                  ("--passphrase", back.path("words")), words)
        tap.check("moved dates: the days are told", lambda: None if "  days  -" in back.ask(
            "map3", "--passphrase", back.path("words"), "--all").stdout else "no days")
        objects = sorted(glob.glob(os.path.join(TESTDATA, "objects", "*.dcm")))
        batch = back.clean("g", objects + few, *key, "--ledger", back.path("ledger"), "--keep-mapping",
                           back.path("map4"), verb="batch")
        tap.check("a batch with objects that are no images", check_answers, back, "map4", key, batch)
        tap.check("an unknown value", lambda: refuses(back.ask("map", *key, "PNOBODY"), 1, "not in the mapping"))
        tap.check("another key", lambda: refuses(back.ask("map", "--key", back.path("wrong"), "PNOBODY"), 2,
                                                 "not that of the mapping"))
        tap.check("a passphrase for a key", lambda: refuses(back.ask("map", "--passphrase", back.path("words"), "P"),
                                                            2, "under a key"))
        size = os.path.getsize(back.path("map"))
        tap.check("truncated", lambda: refuses(back.ask(changed(back, "cut", size - 9), *key, "P"), 1, "truncated"))
        tap.check("tampered with", lambda: refuses(back.ask(changed(back, "bad", 230, 1), *key, "PNOBODY"), 1,
                                                   "record 1 of the mapping"))
        broken = back.run("clean", "--find", "masks", "--mask", CORNERS, "-q", "-o", back.path("e"), *key,
                          "--keep-mapping", back.path(changed(back, "cut", size - 9)), few[0])
        tap.check("a broken one is not added to", lambda: refuses(broken, 2, "truncated"))
        back.clean("f", few, *key)
        tap.check("without the option no mapping is kept", lambda: None if sorted(os.listdir(folder)) == sorted(
            "a b c d f g bad cut key key2 ledger ledger-learned map map2 map3 map4 words wrong".split())
            else str(os.listdir(folder)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
