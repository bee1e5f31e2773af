#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of PS3.15 Table E.1-1 under every option: a file that holds them
all, at the top and in a sequence, written by pydicom, and what `dcmscrub header`
says becomes of each.

    rows.py PROGRAM
"""
import csv
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import TESTDATA, Tap, pydicom  # noqa: E402
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


def rows():
    """(tag, row) of all but those of groups that a dataset cannot hold."""
    with open(TABLE, encoding="utf-8") as f:
        for row in csv.DictReader(line for line in f if not line.startswith("#")):
            text = row["tag"].strip("()").replace(",", "")
            if text[:2] in ("50", "60"):
                text = text[:2] + "00" + text[4:].replace("xxxx", "2500")
            if re.fullmatch("[0-9A-F]{8}", text) and int(text, 16) >> 16 >= 8 and text not in ("FFFAFFFA", "FFFCFFFC"):
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


def rulings(program, path, option, folder):
    """{path of the attribute: (action, code, was, now)}"""
    args = [program, "header", "--values", "--find", "masks", "--mask", "none", path]
    if option:
        profile = os.path.join(folder, "p.yaml")
        with open(profile, "w", encoding="ascii") as f:
            f.write("profile: basic\noptions:\n  %s: yes\n" % option)
        args[2:2] = ["--profile", profile]
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


def main():
    program, tap = os.path.abspath(sys.argv[1]), Tap()
    table = list(rows())
    folder = tempfile.mkdtemp(prefix="dsc-rows-")
    try:
        path = os.path.join(folder, "all.dcm")
        make_file(path, table)
        tap.check("%d of 657 rows are in the file" % len(table), lambda: None if len(table) >= 640 else "too few")
        for column in OPTIONS:
            tap.check("each row, %s" % (OPTIONS[column] or "no option"), check, program, path, table, column, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
