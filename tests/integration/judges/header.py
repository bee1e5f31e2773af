#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Headers as they leave under the profile basic, judged without our code: no
value of the source that identifies is in any byte of an output; a study scrubbed
in two halves, by two runs, still links; a third run gives the same bytes; and
dciodvfy finds no new error in a picture of every class, and in real files, where
../shared/corpus holds some.

    header.py PROGRAM
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zlib

sys.dont_write_bytecode = True
from common import CORNERS, HTJ2K, ROOT, TESTDATA, Tap, good_files, pydicom, read, syntax  # noqa: E402
from ps315 import BASIC, STRUCTURAL, fate, table, texts  # noqa: E402

CORPUS = os.path.join(os.path.dirname(ROOT), "shared", "corpus", "files")
DEFLATED = "1.2.840.10008.1.2.1.99"
ENCODINGS = ("utf-8", "latin-1", "utf-16-le", "utf-16-be", "iso2022_jp", "cp932", "euc_jp", "euc_kr", "gb18030",
             "iso8859-5", "iso8859-7", "iso8859-8")
TEXT = ("LO", "LT", "SH", "ST", "UC", "UT", "UN", "AE")
# What dcmscrub writes itself.
OWN_TEXT = "dcmscrub Basic Application Confidentiality Profile De-identifying Equipment Clean Pixel Data Option"
IDS = (0x00100010, 0x00100020, 0x00101000, 0x00080050)
DESCRIPTIONS = table("clean_descriptors")
REFERENCES = ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPInstanceUID",
              "ReferencedSOPInstanceUID")


def identity(ds):
    """Texts of the source's header that must be in no output: names and their
    parts, dates, UIDs, and what else Table E.1-1 removes or replaces."""
    found = set()
    staying = [t.strip() for e in ds.iterall() if fate(e) == "stays" for t in texts(e)]
    for e in ds.iterall():
        for text in texts(e):
            text = text.strip().strip("\0")
            if int(e.tag) in STRUCTURAL or int(e.tag) not in IDS and any(text in s for s in staying):
                continue  # a class's UID, the maker's name as that of a hospital
            if e.VR == "UI" and not text.startswith("1.2.840.10008."):
                found.add(text)
            elif e.VR in ("DA", "DT"):
                found.add(text[:8])
            elif e.VR == "PN":
                found |= {part for part in re.split(r"[\^=\s]+", text)} | {text}
            elif e.VR in TEXT and (e.tag.is_private or BASIC.get(int(e.tag), ("", 0, 0))[0]):
                # words of a description may stand elsewhere with good reason
                if not DESCRIPTIONS.get(int(e.tag), ("", 0, 0))[0]:
                    found.add(text)
    return {t for t in found if tells(t) and t not in OWN_TEXT}


def people(ds):
    """What no preset keeps: names, IDs and UIDs."""
    found = set()
    for e in ds.iterall():
        for text in texts(e):
            text = text.strip().strip("\0")
            if e.VR == "UI" and int(e.tag) not in STRUCTURAL and not text.startswith("1.2.840.10008."):
                found.add(text)
            elif e.VR == "PN":
                found |= {part for part in re.split(r"[\^=\s]+", text)} | {text}
            elif int(e.tag) in IDS:
                found.add(text)
    return {t for t in found if tells(t) and t not in OWN_TEXT}


def tells(text):
    """Is it long enough not to stand in any file by chance?"""
    least = 3 if any(ord(c) > 0x2E80 for c in text) else 8 if text.isdigit() else 5
    return len(text) >= least and "ANONYMIZED" not in text


def forms(text):
    for name in ENCODINGS:
        try:
            data = text.encode(name)
        except UnicodeError:
            continue
        if len(data) >= 4:
            yield data


def all_bytes(path):
    with open(path, "rb") as f:
        data = f.read()
    if syntax(pydicom.dcmread(path, stop_before_pixels=True)) == DEFLATED:
        start = 144 + int.from_bytes(data[140:144], "little")
        data += zlib.decompress(data[start:], -zlib.MAX_WBITS)
    return data


def check_bytes(source, output, sought=identity):
    data = all_bytes(output)
    bad = sorted({"%d characters of the source are in it, such as %s" % (len(t), t[:2] + "..." + t[-2:])
                  for t in sought(read(source)) for form in forms(t) if form in data})
    return "\n".join(bad[:5]) or None


def places(ds, path=()):
    """{place: UID} of the references at every level."""
    found = {}
    for e in ds:
        if e.VR == "SQ":
            for i, item in enumerate(e.value):
                found.update(places(item, path + (int(e.tag), i)))
        elif e.keyword in REFERENCES and e.value:
            found[path + (e.keyword,)] = str(e.value)
    return found


def check_links(pairs):
    """One new UID for each old one, and one old for each new, over all files."""
    new_of, old_of, seen = {}, {}, 0
    for source, output in pairs:
        a, b = places(read(source)), places(read(output))
        for place, old in a.items():
            new = b.get(place)
            if new is None or old.startswith("1.2.840.10008."):
                continue
            seen += 1
            if new_of.setdefault(old, new) != new:
                return "one UID became two, at %s of %s" % (place[-1], os.path.basename(source))
            if old_of.setdefault(new, old) != old:
                return "two UIDs became one, at %s of %s" % (place[-1], os.path.basename(source))
    studies = {str(read(s).get("StudyInstanceUID")) for s, _ in pairs}
    if len(new_of) < 20 or len(studies) * 2 > len(pairs):
        return "too few links to judge: %d UIDs, %d studies" % (len(new_of), len(studies))
    return None


def clean(program, key, files, out, *options):
    subprocess.run([program, "clean", "--find", "masks", "--mask", CORNERS, "--keep-paths", "-q", "--key", key, "-o", out]
                   + list(options) + files, stdin=subprocess.DEVNULL, capture_output=True, timeout=900)
    made = [(f, os.path.join(out, os.path.basename(f))) for f in files]
    return [(f, o) for f, o in made if os.path.exists(o)]


def same_bytes(a, b):
    with open(a, "rb") as f, open(b, "rb") as g:
        return f.read() == g.read()


def check_again(pairs, again):
    other = dict(again)
    bad = [os.path.basename(f) for f, o in pairs if f not in other or not same_bytes(o, other[f])]
    return "other bytes: " + ", ".join(bad[:10]) if bad or len(pairs) != len(again) else None


def errors(path):
    r = subprocess.run(["dciodvfy", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return [re.sub(r"0x[0-9a-f]+|[\d.]*\d", "#", line) for line in r.stdout.decode("utf-8", "replace").splitlines()
            if line.startswith("Error")]


def check_dciodvfy(source, output):
    if not shutil.which("dciodvfy"):
        return "SKIP dciodvfy is not installed"
    ts = syntax(pydicom.dcmread(output, stop_before_pixels=True))
    if ts == DEFLATED or ts in HTJ2K:
        return "SKIP dciodvfy does not read this transfer syntax"
    before, new = errors(source), []
    for line in errors(output):
        if line in before:
            before.remove(line)
        else:
            new.append(line)
    return "\n".join(new[:10]) or None


def judge_testdata(tap, program, folder, key):
    files = good_files() + sorted(glob.glob(os.path.join(TESTDATA, "objects", "*.dcm")))
    pairs = clean(program, key, files[::2], os.path.join(folder, "a"))
    pairs += clean(program, key, files[1::2], os.path.join(folder, "b"))
    tap.check("%d of %d files are written" % (len(pairs), len(files)),
              lambda: None if len(pairs) == len(files) else "too few")
    for source, output in pairs:
        tap.check(os.path.basename(source) + ": nothing of its source", check_bytes, source, output)
    tap.check("sources themselves are seen as what they are", lambda: None if all(
        check_bytes(source, source) for source, _ in pairs[:8]) else "a source passes")
    tap.check("halves of a study link", check_links, pairs)
    tap.check("a third run gives the same bytes", check_again, pairs,
              clean(program, key, files, os.path.join(folder, "c"), "--jobs", "3"))


def judge_presets(tap, program, folder, key):
    """The presets that keep more keep nobody's name, ID or UID."""
    files = good_files() + sorted(glob.glob(os.path.join(TESTDATA, "objects", "*.dcm")))
    for preset in ("research", "internal"):
        pairs = clean(program, key, files, os.path.join(folder, "all-" + preset), "--profile", preset)
        bad = ["%s: %s" % (os.path.basename(s), what) for s, o in pairs for what in [check_bytes(s, o, people)] if what]
        tap.check("%s: nobody is named in %d files" % (preset, len(pairs)),
                  lambda: "\n".join(bad[:20]) or (None if len(pairs) == len(files) else "too few"))


def make_class(path, uid):
    """An image that says ORIGINAL, of any class; enhanced ones say so of their
    frames too."""
    ds = pydicom.dcmread(os.path.join(TESTDATA, "us-rgb-explicit.dcm"))
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = uid
    ds.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL", "NONE"]
    ds.save_as(path)
    if any("<PerFrameFunctionalGroupsSequence>" in line for line in errors(path)):
        ds.PerFrameFunctionalGroupsSequence = [pydicom.dataset.Dataset()]
        ds.save_as(path)


def judge_classes(tap, program, folder, key):
    """What one class asks of an image another forbids: blanked pixels of every
    class that dcmscrub cleans, under each preset by turns."""
    if not shutil.which("dciodvfy"):
        tap.check("dciodvfy over all classes", lambda: "SKIP it is not installed")
        return
    os.mkdir(os.path.join(folder, "classes"))
    files = []
    for uid, what in sorted(pydicom.uid.UID_dictionary.items()):
        if uid.startswith("1.2.840.10008.5.1.4.1.1.") and what[1] == "SOP Class" and "Storage" in what[0]:
            files.append(os.path.join(folder, "classes", uid + ".dcm"))
            make_class(files[-1], uid)
    pairs = []
    for i, preset in enumerate(("basic", "research", "internal")):
        pairs += clean(program, key, files[i::3], os.path.join(folder, preset), "--profile", preset)
    new = ["%s: %s" % (os.path.basename(s), what) for s, o in pairs for what in [check_dciodvfy(s, o)] if what]
    tap.check("dciodvfy: no new error in images of %d classes" % len(pairs),
              lambda: "\n".join(new[:20]) or (None if len(pairs) > 100 else "too few"))


def judge_corpus(tap, program, folder, key):
    if not os.path.isdir(CORPUS) or not shutil.which("dciodvfy"):
        tap.check("dciodvfy over real files", lambda: "SKIP there are none here, or no dciodvfy")
        return
    files = sorted(glob.glob(os.path.join(CORPUS, "*")))
    pairs = clean(program, key, files, os.path.join(folder, "corpus"))
    new, traces, judged, unread = [], [], 0, 0
    for number, (source, output) in enumerate(pairs):
        what = check_dciodvfy(source, output)
        judged += not (what or "").startswith("SKIP ")
        if what and not what.startswith("SKIP "):
            new.append("file %d of those written: %s" % (number + 1, what.splitlines()[0]))
        try:
            what = check_bytes(source, output)
        except Exception:  # a source that pydicom cannot read
            unread, what = unread + 1, None
        if what:
            traces.append("file %d of those written: %s" % (number + 1, what.splitlines()[0]))
    tap.check("dciodvfy: no new error in %d real files" % judged, lambda: "\n".join(new[:20]) or None)
    tap.check("nothing of their sources in %d real files (%d more are beyond pydicom)" % (len(pairs) - unread, unread),
              lambda: "\n".join(traces[:20]) or None)


def main():
    program, tap = os.path.abspath(sys.argv[1]), Tap()
    folder = tempfile.mkdtemp(prefix="dsc-header-")
    try:
        key = os.path.join(folder, "key")
        subprocess.run([program, "key", "new", key], check=True)
        judge_testdata(tap, program, folder, key)
        judge_presets(tap, program, folder, key)
        judge_classes(tap, program, folder, key)
        judge_corpus(tap, program, folder, key)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
