#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The DICOMDIR that --dicomdir writes, as dciodvfy, dcmdump and pydicom see it:
dicomdir.py PROGRAM"""
import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import CORNERS, TESTDATA, Tap, pydicom  # noqa: E402
from header import forms, identity  # noqa: E402

INPUTS = ["us-grey-explicit.dcm", "clip-jpeg50.dcm", "us-rgb-rle.dcm", "ct-big.dcm"]


def run(program, verb, out, report, more, inputs):
    return subprocess.run([program, verb, "--find", "masks", "--mask", CORNERS, "--dicomdir", "-o", out,
                           "--report", report] + more + inputs, capture_output=True, text=True, timeout=300)


def batch(program, out, report, more, inputs):
    return run(program, "batch", out, report, ["--resume", "--ledger", report + ".db"] + more, inputs)


def strangers(tap, program, out, report, more, inputs):
    """What lies in the output folder and has no row there is not listed,
    whatever it says of itself; nor is what took the place of an output."""
    whole = [n for n, _ in listed(out)]
    shutil.copy(inputs[0], os.path.join(out, "FOREIGN"))
    twin = pydicom.dcmread(os.path.join(out, whole[0]))
    twin.PatientName = "Stranger^In"
    twin.SOPInstanceUID = twin.file_meta.MediaStorageSOPInstanceUID = "1.2.3.4"
    twin.save_as(os.path.join(out, "TWIN"))
    r = batch(program, out, report, more, inputs)
    check(tap, r.returncode == 0 and [n for n, _ in listed(out)] == whole and not foreign_values(out),
          "a file with our marks is not ours", "%s %s" % (r.stderr, listed(out)))
    shutil.copy(os.path.join(out, whole[0]), os.path.join(out, "KEPT"))
    os.replace(os.path.join(out, "TWIN"), os.path.join(out, whole[0]))
    r = batch(program, out, report, more, inputs)
    check(tap, r.returncode == 1 and "1 file" in r.stderr and [n for n, _ in listed(out)] == whole[1:],
          "nor is one in the place of an output: a word, exit code 1", "%s %s" % (r.stderr, listed(out)))
    os.remove(os.path.join(out, whole[0]))
    r = batch(program, out, report, more, inputs)
    check(tap, r.returncode == 1 and "1 file" in r.stderr and [n for n, _ in listed(out)] == whole[1:],
          "an output that is gone: the same", "%s %s" % (r.stderr, listed(out)))
    os.replace(os.path.join(out, "KEPT"), os.path.join(out, whole[0]))
    r = batch(program, out, report, more, inputs)
    check(tap, r.returncode == 0 and [n for n, _ in listed(out)] == whole, "it is back", r.stderr)


def listed(folder):
    """File IDs, as pydicom reads them."""
    ds = pydicom.dcmread(os.path.join(folder, "DICOMDIR"))
    records = [r for r in ds.DirectoryRecordSequence if "ReferencedFileID" in r]
    return [("/".join(r.ReferencedFileID), r.ReferencedSOPInstanceUIDInFile) for r in records]


def foreign_values(out):
    """Values of the records that no listed file has: what DCMTK invents (dates
    of the run or 1900, its own Study IDs) is left aside."""
    ds = pydicom.dcmread(os.path.join(out, "DICOMDIR"))
    have = {"", "19000101", "000000", "PATIENT", "STUDY", "SERIES", "IMAGE"}
    for name, _ in listed(out):
        f = pydicom.dcmread(os.path.join(out, name), stop_before_pixels=True)
        for e in list(f.iterall()) + list(f.file_meta):
            have |= {str(v) for v in (e.value if e.VM > 1 else [e.value])}
        have |= set(name.split("/"))
    bad = []
    for record in ds.DirectoryRecordSequence:
        for e in record:
            values = {str(v) for v in (e.value if e.VM > 1 else [e.value])} - {"None"}
            invented = e.keyword in ("StudyDate", "StudyTime") or str(e.value).startswith("DCMTK")
            numbers = e.VR in ("UL", "US")  # offsets
            if not values <= have and not invented and not numbers:
                bad.append("%s: %s" % (e.keyword, values - have))
    return bad


def check(tap, good, name, detail=""):
    tap.check(name, lambda: None if good else detail or "not so")


def check_list(tap, out, report, n, what):
    with open(report, encoding="utf-8") as f:
        outputs = sorted({os.path.relpath(json.loads(line)["output"], out) for line in f})
    found = listed(out)
    names = sorted(name for name, _ in found)
    same = all(pydicom.dcmread(os.path.join(out, name)).SOPInstanceUID == uid for name, uid in found)
    plain = all(re.fullmatch(r"[A-Z0-9_]{1,8}(/[A-Z0-9_]{1,8}){2}", name) for name in names)
    check(tap, len(names) == n and names == outputs and same and plain, what, "%s %s" % (names, outputs))


def main():
    program = os.path.abspath(sys.argv[1])
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="dsc-dicomdir-") as folder:
        out, report, key = (os.path.join(folder, n) for n in ("out", "report", "key"))
        subprocess.run([program, "key", "new", key], check=True, timeout=60)
        inputs = [os.path.join(TESTDATA, n) for n in INPUTS]
        keyed = ["--key", key]
        r = batch(program, out, report, keyed, inputs[:2])
        check(tap, r.returncode == 0, "written", r.stderr)
        check_list(tap, out, report, 2, "it lists the outputs, by names that discs can hold")
        r = batch(program, out, report, keyed, inputs[2:])
        check_list(tap, out, report, 4, "added to, it lists all")
        path = os.path.join(out, "DICOMDIR")
        v = subprocess.run(["dciodvfy", path], capture_output=True, text=True, errors="replace", timeout=60)
        check(tap, "BasicDirectory" in v.stderr and "Error" not in v.stderr, "dciodvfy finds no error", v.stderr[-600:])
        d = subprocess.run(["dcmdump", path], capture_output=True, text=True, errors="replace", timeout=60)
        check(tap, d.returncode == 0 and d.stdout.count("[IMAGE]") == 4, "dcmdump reads it", d.stderr)
        with open(path, "rb") as f:
            data = f.read()
        with open(os.path.join(TESTDATA, "planted.txt"), "rb") as f:
            planted = [p for p in f.read().split(b"\n") if p.strip() and not p.startswith(b"#")]
        check(tap, not [p for p in planted if p in data] and stat.S_IMODE(os.stat(path).st_mode) == 0o600,
                  "nothing of the patients in it, mode 0600")
        bad = foreign_values(out)
        check(tap, not bad, "every value in it is one of the outputs", "\n".join(bad[:9]))
        sources = [pydicom.dcmread(n) for n in inputs]
        check(tap, not [t for ds in sources for t in identity(ds) for form in forms(t) if form in data],
              "no name, ID, date or UID of a source is in its bytes")
        left = [n for n in os.listdir(out) if n.startswith(".")]
        again = subprocess.run([program, "plan", path, "--shards", "1", "--key", key, "-o", os.path.join(folder, "plan")],
                               capture_output=True, text=True, timeout=60)
        check(tap, not left and "4 files" in again.stderr, "as an input it gives its files", again.stderr)
        strangers(tap, program, out, report, keyed, inputs)
        once = os.path.join(folder, "once")
        r = run(program, "clean", once, report + ".clean", keyed, inputs[:2] + inputs[:1])
        check(tap, r.returncode == 0, "clean writes one, too", r.stderr)
        check_list(tap, once, report + ".clean", 2, "of what it wrote, each once")
        r = run(program, "clean", once, report, keyed + ["--into-existing"], inputs[2:])
        check(tap, r.returncode == 2 and "--into-existing" in r.stderr,
              "without a ledger nobody knows what lies there already: refused", r.stderr)
        r = run(program, "clean", out, report, ["--keep-paths"], inputs[:1])
        check(tap, r.returncode == 2 and "--keep-paths" in r.stderr, "not with --keep-paths", r.stderr)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
