#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Which Type (1, 1C, 2, 2C, 3) an attribute has in which IOD.

    make_types.py Part3.xml ps315_e1.csv > attribute_types.csv

Part3.xml is GDCM's reading of PS3.3 (Debian: libgdcm3.0, under
/usr/share/gdcm-3.0/XML; BSD-3-clause-like licence, Copyright 2006-2011 Mathieu
Malaterre, 1993-2005 CREATIS). Only facts are taken from it: tag, Type, IOD.
Kept are the attributes that Table E.1-1 names and those that hold dates,
times, person names or UIDs. Of several Types the strictest counts, in the
order 1, 1C, 2, 2C, 3.

Output: tag,sequence,iods,type. `sequence` is the sequence the attribute lies
in ("" at the top level, where `iods` lists the IODs' short names or * for all
the rest); Types inside sequences hold for every IOD."""
import collections
import csv
import re
import sys
import xml.etree.ElementTree as ET

# IOD table of PS3.3 -> SOP Classes (PS3.4 B.5; the last digits after
# 1.2.840.10008.5.1.4.1.1.).
IODS = {
    "A.2-1": ["1"], "A.3-1": ["2"], "A.4-1": ["4"],
    "A.5-1": ["20"], "A.6-1": ["6.1", "6"], "A.7-1": ["3.1", "3"],
    "A.8-1": ["7"], "A.8-2": ["7.1"], "A.8-3": ["7.2"], "A.8-4": ["7.3"],
    "A.8-5": ["7.4"], "A.14-1": ["12.1"], "A.16-1": ["12.2"],
    "A.17.3-1": ["481.1"], "A.18.3-1": ["481.2"], "A.19.3-1": ["481.3"],
    "A.20.3-1": ["481.5"], "A.21.3-1": ["128"],
    "A.26-1": ["1.1", "1.1.1"], "A.27-1": ["1.2", "1.2.1"],
    "A.28-1": ["1.3", "1.3.1"], "A.29.3-1": ["481.4"], "A.30.3-1": ["481.6"],
    "A.31.3-1": ["481.7"], "A.32.1-1": ["77.1.1"], "A.32.1-2": ["77.1.2"],
    "A.32.1-3": ["77.1.3"], "A.32.4-1": ["77.1.4"], "A.32.5-1": ["77.1.1.1"],
    "A.32.6-1": ["77.1.2.1"], "A.32.7-1": ["77.1.4.1"],
    "A.33.1-1": ["11.1"], "A.33.2-1": ["11.2"], "A.33.3-1": ["11.3"],
    "A.33.4-1": ["11.4"], "A.34.2-1": ["9.4.1"], "A.34.3-1": ["9.1.1"],
    "A.34.4-1": ["9.1.2"], "A.34.5-1": ["9.1.3"], "A.34.6-1": ["9.2.1"],
    "A.34.7-1": ["9.3.1"], "A.35.1-1": ["88.11"], "A.35.2-1": ["88.22"],
    "A.35.3-1": ["88.33"], "A.35.4-1": ["88.59"], "A.35.5-1": ["88.50"],
    "A.35.6-1": ["88.65"], "A.35.7-1": ["88.40"], "A.35.8-1": ["88.67"],
    "A.36-1": ["4.1"], "A.36-3": ["4.2"], "A.37-1": ["66"],
    "A.38-1": ["2.1"], "A.39.1-1": ["66.1"], "A.39.2-1": ["66.3"],
    "A.40-1": ["66.2"], "A.41-1": ["77.1.5.1"], "A.42-1": ["77.1.5.2"],
    "A.43-2": ["77.1.5.3"], "A.45.1-1": ["104.1"], "A.45.2-1": ["104.2"],
    "A.46-1": ["67"], "A.47-1": ["12.1.1"], "A.48.-1": ["12.2.1"],
    "A.49-1": ["481.8"], "A.50-1": ["481.9"], "A.51-1": ["66.4"],
    "A.52.3-1": ["77.1.5.4"], "A.53-1": ["13.1.1"], "A.54-1": ["13.1.2"],
}
# What newer editions ask for, as dciodvfy knows them: (tag, IOD) -> Type. The
# RT Series Module has Operators' Name as Type 2, the dose report has the
# Enhanced General Equipment Module.
NEWER = {("00081070", iod): "2" for iod in ("A.18.3-1", "A.19.3-1", "A.31.3-1")}
NEWER["00181000", "A.35.8-1"] = "1"
TYPES = ["1", "1C", "2", "2C", "3"]
STRICT = {t: i for i, t in enumerate(TYPES)}
BY_VR = {"DA", "DT", "TM", "PN", "UI"}


def wanted(path):
    """Tags of Table E.1-1."""
    rows = csv.DictReader(l for l in open(path) if not l.startswith("#"))
    return {r["tag"].strip("()").replace(",", "").upper() for r in rows}


def by_vr(part6):
    """By pattern: Part6.xml names entities that a plain parser lacks."""
    found = re.findall(r'<entry group="(\w{4})" element="(\w{4})"[^>]*\bvr="(\w\w)', open(part6).read())
    return {(g + e).upper() for g, e, vr in found if vr in BY_VR}


def depth_of(text):
    return len(re.match(r"[> ]*", text).group(0).replace(" ", ""))


class Tables:
    def __init__(self, root):
        self.macros = {m.get("table"): m for m in root.iter("macro")}
        self.modules = collections.defaultdict(list)
        for m in root.iter("module"):
            self.modules[m.get("ref")].append(m)
        self.found = {}

    def walk(self, table, base, seen):
        """(sequence or '', tag, strictness) of all entries; `base` is the
        sequence around the table."""
        stack = [base]
        for e in table:
            if e.tag == "entry":
                d = depth_of(e.get("name", ""))
                tag = (e.get("group", "") + e.get("element", "")).upper()
                if d >= len(stack):
                    d = len(stack) - 1
                del stack[d + 1:]
                yield stack[-1], tag, STRICT.get(e.get("type", ""), 4)
                stack.append(tag)
            elif e.tag == "include":
                ref = e.get("ref", "")
                found = re.search(r"Table\s+([A-Z0-9.\-]+?)\.?$", ref.strip()) or \
                    re.search(r"Table\s+([A-Z0-9.\-]+)", ref)
                name = found.group(1).rstrip(".") if found else ""
                if name not in self.macros or name in seen:
                    continue
                d = min(depth_of(ref), len(stack) - 1)
                yield from self.walk(self.macros[name], stack[d], seen | {name})


def main():
    root = ET.parse(sys.argv[1]).getroot()
    tags = wanted(sys.argv[2]) | by_vr(sys.argv[1].replace("Part3", "Part6"))
    tables = Tables(root)
    top = collections.defaultdict(dict)      # tag -> iod -> strictness
    inner = {}                               # (sequence, tag) -> strictness
    for iod in root.iter("iod"):
        name = iod.get("table")
        if name not in IODS:
            continue
        for entry in iod.iter("entry"):
            for module in tables.modules.get(entry.get("ref", ""), []):
                for sequence, tag, strict in tables.walk(module, "", frozenset()):
                    if tag not in tags:
                        continue
                    if sequence:
                        key = (sequence, tag)
                        inner[key] = min(inner.get(key, 4), strict)
                    else:
                        top[tag][name] = min(top[tag].get(name, 4), strict)
    for (tag, name), word in NEWER.items():
        top[tag][name] = min(top[tag].get(name, 4), STRICT[word])
    # Functional groups are macros that no module includes by name.
    for macro in tables.macros.values():
        for sequence, tag, strict in tables.walk(macro, "", frozenset()):
            if sequence and tag in tags:
                inner[(sequence, tag)] = min(inner.get((sequence, tag), 4), strict)
    print("# Types of attributes, from GDCM's Part3.xml (see make_types.py, which"
          " made this file; do not edit)")
    print("tag,sequence,iods,type")
    for tag in sorted(top):
        for strict, word in enumerate(TYPES):
            iods = sorted(n for n, s in top[tag].items() if s == strict)
            if iods:
                every = len(iods) == len(IODS)
                print("%s,,%s,%s" % (tag, "*" if every else " ".join(iods), word))
    for (sequence, tag), strict in sorted(inner.items()):
        print("%s,%s,,%s" % (tag, sequence, TYPES[strict]))


if __name__ == "__main__":
    main()
