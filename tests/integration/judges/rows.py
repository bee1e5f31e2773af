#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of PS3.15 Table E.1-1 under every option: a file that holds them
all, at the top and in a sequence, written by pydicom, and what `dcmscrub header`
says becomes of each. Those that belong to no dataset, or to the end of one, are
in a second file, which is cleaned.

    rows.py PROGRAM
"""
import csv
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import CORNERS, TESTDATA, Tap, pydicom  # noqa: E402
from ps315 import TABLE  # noqa: E402
from pydicom.dataset import Dataset  # noqa: E402
from pydicom.sequence import Sequence  # noqa: E402

# Column of the table -> name in a profile file; None: the Basic Profile alone.
OPTIONS = {None: None, "retain_safe_private": "retain-safe-private", "retain_uids": "retain-uids",
           "retain_device_identity": "retain-device-identity",
           "retain_institution_identity": "retain-institution-identity",
           "retain_patient_characteristics": "retain-patient-characteristics",
           "retain_longitudinal_full_dates": "retain-full-dates",
           "retain_longitudinal_modified_dates": "retain-modified-dates", "clean_descriptors": "clean-descriptors",
           "clean_structured_content": "clean-structured-content", "clean_graphics": "clean-graphics"}
NEST = 0x00189226  # a sequence that the table does not name
DATES = ("DA", "DT", "TM")
TEXT = ("LO", "LT", "SH", "ST", "UC", "UT")
VALUES = {"AE": "SOMEAE", "AS": "042Y", "CS": "SOMETHING", "DA": "20200102", "DS": "1.5", "DT": "20200102101112",
          "FD": 1.5, "FL": 1.5, "IS": "7", "LO": "Befund", "LT": "Befund", "OB": b"\1\2", "OW": b"\1\2",
          "PN": "Zufall^Zoe", "SH": "Befund", "SL": 7, "SS": 7, "ST": "Befund", "TM": "101112", "UC": "Befund",
          "UL": 7, "UN": b"\1\2", "UR": "http://zufall.example", "US": 7, "UT": "Befund", "SV": 7, "UV": 7,
          "OB or OW": b"\1\2", "US or SS": 7, "OF": b"\0\0\0\0", "OD": b"\0" * 8, "OL": b"\0" * 4, "OV": b"\0" * 8}


# Rows that no option changes: command sets, File Meta, DICOMDIR, what follows Pixel Data, private elements.
APART = {"(0000,1000)": 0x00001000, "(0000,1001)": 0x00001001, "(0002,0003)": 0x00020003, "(0004,1511)": 0x00041511,
         "(FFFA,FFFA)": 0xFFFAFFFA, "(FFFC,FFFC)": 0xFFFCFFFC, "(gggg,eeee) gggg odd": 0x00091001}


def rows():
    """(tag, row) of all but those of APART."""
    with open(TABLE, encoding="utf-8") as f:
        for row in csv.DictReader(line for line in f if not line.startswith("#")):
            text = row["tag"].strip("()").replace(",", "")
            if text[:2] in ("50", "60"):
                text = text[:2] + "00" + text[4:].replace("xxxx", "2500")
            if row["tag"] not in APART:
                yield int(text, 16), row


def put(ds, tag, vr, row):
    number = tag & 0xFFFF
    if vr == "SQ":
        item = Dataset()
        item.CodeValue = "1"
        ds.add_new(tag, "SQ", Sequence([item]))
    elif vr == "UI":
        ds.add_new(tag, "UI", "1.2.3.4.%d" % number)
    elif tag == 0x00080201:
        ds.add_new(tag, vr, "+0100")
    elif vr in TEXT and "C" in row.values():
        # other words than those that identify, so that cleaning leaves them
        ds.add_new(tag, vr, "LATERAL")
    elif vr in TEXT and "K" in row.values():
        # a word of its own, for none of an ID or a name is retained elsewhere
        ds.add_new(tag, vr, "Raum" + "".join("bcdfghjklmnpqrst"[int(h, 16)] for h in "%08x" % tag))
    else:
        ds.add_new(tag, vr.split(" or ")[0], VALUES[vr])


def make_file(path, table):
    ds = pydicom.dcmread(os.path.join(TESTDATA, "ct-explicit.dcm"))
    for tag, row in table:
        put(ds, tag, row["vr"] or ("LO" if tag >> 16 == 0x5000 else "UN"), row)
    item = Dataset()
    for tag, row in table:
        put(item, tag, row["vr"] or ("LO" if tag >> 16 == 0x5000 else "UN"), row)
    ds.add_new(NEST, "SQ", Sequence([item]))
    ds.save_as(path)


def profile_of(option, folder):
    """What makes dcmscrub take this one option."""
    if not option:
        return []
    profile = os.path.join(folder, "p.yaml")
    with open(profile, "w", encoding="ascii") as f:
        f.write("profile: basic\noptions:\n  %s: yes\n" % option)
    return ["--profile", profile]


def rulings(program, path, option, folder):
    """{path of the attribute: (action, code, was, now)}"""
    args = [program, "header", "--values", "--find", "masks", "--mask", "none", path] + profile_of(option, folder)
    r = subprocess.run(args, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=60)
    if r.returncode:
        raise RuntimeError("header ended with %d: %s" % (r.returncode, r.stderr[-300:]))
    found, last = {}, None
    for line in r.stdout.splitlines():
        m = re.match(r"(keep|remove|empty|set) +(\(\S+) \S\S.*?: .*?(?: \(([A-Z/*]+)\))?$", line)
        if m:
            last = m.group(2)
            found[last] = [m.group(1), m.group(3) or "", None, None]
        elif last and line.startswith("    was "):
            found[last][2] = line[8:]
        elif last and line.startswith("    now "):
            found[last][3] = line[8:]
    return found


def problem(row, column, ruling):
    """What is wrong with one ruling under one option, or None."""
    vr, basic = row["vr"], row["basic_profile"]
    wanted = (row[column] if column else "") or basic
    action, code, was, now = ruling
    if not vr or row["tag"][1:3] in ("50", "60"):
        return None if action == "remove" else "%s, not removed" % action
    if code != wanted:
        return "code %s, not %s" % (code, wanted)
    gone = action in ("remove", "empty") or (action == "set" and now != was)
    if wanted == "K" or (wanted == "C" and vr == "SQ"):
        return None if action == "keep" else "%s, not kept" % action
    if wanted == "C" and vr in TEXT:
        return None if action == "keep" else "%s, not cleaned" % action
    if wanted == "C" and vr in DATES:
        kept = action == "keep" if vr == "TM" else action == "set" and now != was and len(now) == len(was)
        return None if kept else "%s to %s, not moved" % (action, now)
    if wanted == "U":
        return None if action == "set" and now.startswith("2.25.") else "%s, not mapped" % action
    if vr == "SQ" and wanted in ("D", "X/D", "X/Z/D", "Z/D", "X/Z/U*"):
        return None
    if wanted in ("X/Z", "Z") and action == "set" and now == was:
        return "keeps its value"
    return None if gone else "%s: the value stays" % action


def check(program, path, table, column, folder):
    found, bad, seen = rulings(program, path, OPTIONS[column], folder), [], 0
    for tag, row in table:
        name = "(%04X,%04X)" % (tag >> 16, tag & 0xFFFF)
        # an attribute whose group of its own is judged goes with the group
        for where in (name, "(%04X,%04X)[0].%s" % (NEST >> 16, NEST & 0xFFFF, name)):
            if where not in found:
                bad.append("%s is not told of" % where)
                continue
            seen += 1
            what = problem(row, column, found[where])
            if what:
                bad.append("%s %s: %s" % (where, row["name"], what))
    if seen < 2 * 600:
        bad.append("only %d rulings" % seen)
    return "\n".join(bad[:20]) or None


UID, TEXTS = "1.2.3.4.5.999", "Zufall Zoe"


def apart(ds, tags):
    for tag in tags:
        if tag == 0xFFFAFFFA:
            item = Dataset()
            item.DigitalSignatureUID = UID
            ds.add_new(tag, "SQ", Sequence([item]))
        elif tag & 0x10000:
            ds.add_new(0x00090010, "LO", "SOMEBODY")
            ds.add_new(tag, "LO", TEXTS)
        elif tag == 0xFFFCFFFC:
            ds.add_new(tag, "OB", TEXTS.encode())
        else:
            ds.add_new(tag, "UI", UID)


def make_apart(path, top):
    """All of APART in a sequence; at the top what a reader of files accepts, or
    one element that none should."""
    ds = pydicom.dcmread(os.path.join(TESTDATA, "ct-explicit.dcm"))
    item = Dataset()
    apart(item, APART.values())
    ds.add_new(NEST, "SQ", Sequence([item]))
    apart(ds, (tag for tag in APART.values() if tag >> 16 > 2))
    ds.save_as(path)
    if top is None:
        return
    with open(path, "rb") as f:
        data = f.read()
    start = 144 + int.from_bytes(data[140:144], "little")
    element = struct.pack("<HH2sH", top >> 16, top & 0xFFFF, b"UI", 14) + UID.encode() + b"\0"
    with open(path, "wb") as f:
        f.write(data[:start] + element + data[start:])


def clean(program, path, option, folder):
    """(exit code, output)"""
    out = tempfile.mkdtemp(dir=folder)
    r = subprocess.run([program, "clean", "-q", "--find", "masks", "--mask", CORNERS, "--keep-paths", "-o", out, path]
                       + profile_of(option, folder), stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    return r.returncode, os.path.join(out, os.path.basename(path))


def check_apart(program, path, column, folder):
    found, bad = rulings(program, path, OPTIONS[column], folder), []
    for tag in APART.values():
        name = "(%04X,%04X)" % (tag >> 16, tag & 0xFFFF)
        told = found.get("(%04X,%04X)[0].%s" % (NEST >> 16, NEST & 0xFFFF, name), ["nothing"])[0]
        if told != "remove":
            bad.append("%s in a sequence: %s" % (name, told))
    rc, output = clean(program, path, OPTIONS[column], folder)
    if rc:
        return "clean ended with %d" % rc
    ds = pydicom.dcmread(output)
    bad += ["%s is in the output" % e.tag for e in ds.iterall()
            if int(e.tag) in APART.values() or e.tag.is_private]
    kept = column == "retain_uids"
    if str(ds.file_meta.MediaStorageSOPInstanceUID) != str(ds.SOPInstanceUID):
        bad.append("(0002,0003) is not the instance's UID")
    if (str(pydicom.dcmread(path).SOPInstanceUID) == str(ds.SOPInstanceUID)) != kept:
        bad.append("the instance's UID is kept, or is not")
    with open(output, "rb") as f:
        data = f.read()
    bad += ["%s is in the bytes" % text for text in (UID, TEXTS) if text.encode() in data]
    return "\n".join(bad) or None


def check_refused(program, tag, folder):
    path = os.path.join(folder, "refused-%08x.dcm" % tag)
    make_apart(path, tag)
    rc, output = clean(program, path, None, folder)
    return None if rc == 1 and not os.path.exists(output) else "exit code %d" % rc


def main():
    program, tap = os.path.abspath(sys.argv[1]), Tap()
    table = list(rows())
    folder = tempfile.mkdtemp(prefix="dsc-rows-")
    try:
        path = os.path.join(folder, "all.dcm")
        make_file(path, table)
        tap.check("all rows are in the two files", lambda: None if len(table) + len(APART) == 657 else
                  "%d and %d" % (len(table), len(APART)))
        other = os.path.join(folder, "apart.dcm")
        make_apart(other, None)
        for column in OPTIONS:
            name = OPTIONS[column] or "no option"
            tap.check("each row, %s" % name, check, program, path, table, column, folder)
            tap.check("rows apart, %s" % name, check_apart, program, other, column, folder)
        for tag in (tag for tag in APART.values() if tag >> 16 in (0, 2)):
            tap.check("(%04X,%04X) at the top is refused" % (tag >> 16, tag & 0xFFFF), check_refused, program, tag, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
