#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every listed file is once in the report, every output once on disk, and
nothing else is there: check.py LIST REPORT OUT"""
import json
import os
import sys


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        listed = f.read().splitlines()
    with open(sys.argv[2], encoding="utf-8") as f:
        records = [json.loads(line) for line in f]
    told = [r["input"] for r in records]
    outputs = [os.path.realpath(r["output"]) for r in records if r["output"]]
    files = [os.path.realpath(os.path.join(base, n)) for base, _, names in os.walk(sys.argv[3]) for n in names]
    bad = []
    if sorted(told) != sorted(listed):
        bad.append("%d listed, %d told, %d of them different" % (len(listed), len(told), len(set(told))))
    if len(set(outputs)) != len(outputs):
        bad.append("an output is told twice")
    if sorted(files) != sorted(outputs):
        bad.append("%d files in the output, %d told" % (len(files), len(outputs)))
    if any(r["outcome"] == "failed" for r in records):
        bad.append("something failed")
    for b in bad:
        print(b)
    print("%d files, each once in the report; %d outputs, each once on disk" % (len(set(told)), len(set(files))))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
