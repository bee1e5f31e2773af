#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every input of the plan is once in the joined ledger, every output once on
disk, and nothing else is there: check.py PLAN LEDGER OUT"""
import os
import re
import sqlite3
import sys


def planned(path):
    with open(path, "rb") as f:
        lines = f.read().split(b"\n")[1:-2]
    return [re.sub(rb"\\x(..)", lambda m: bytes.fromhex(m[1].decode()), line.split(b"\t")[3]) for line in lines]


def main():
    listed = planned(sys.argv[1])
    db = sqlite3.connect("file:%s?mode=ro" % sys.argv[2], uri=True)
    rows = db.execute("SELECT input, outcome, output FROM instance").fetchall()
    told = [r[0] for r in rows]
    outputs = [os.path.realpath(r[2]) for r in rows if r[2]]
    files = [os.fsencode(os.path.realpath(os.path.join(base, n)))
             for base, _, names in os.walk(sys.argv[3]) for n in names]
    bad = []
    if sorted(told) != sorted(listed):
        bad.append("%d planned, %d told, %d of them different" % (len(listed), len(told), len(set(told))))
    if len(set(outputs)) != len(outputs):
        bad.append("an output is told twice")
    if sorted(files) != sorted(outputs):
        bad.append("%d files in the output, %d told" % (len(files), len(outputs)))
    if any(r[1] in ("failed", "pending") for r in rows):
        bad.append("something failed")
    for b in bad:
        print(b)
    print("%d inputs, each once in the ledger; %d outputs, each once on disk" % (len(set(told)), len(set(files))))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
