#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""C tables of the de-identification profile.

    make_tables.py ps315_e1.csv safe_private.csv attribute_types.csv make_types.py > deid_tables.c"""
import csv
import re
import runpy
import sys

ACTIONS = {"X": "X", "Z": "Z", "D": "D", "K": "K", "C": "C", "U": "U", "Z/D": "Z_D",
           "X/Z": "X_Z", "X/D": "X_D", "X/Z/D": "X_Z_D", "X/Z/U*": "X_Z_U"}
# Column of the table -> bit of DSC_DEID_* (deid.h).
OPTIONS = [
    ("retain_safe_private", "DSC_DEID_SAFE_PRIVATE"),
    ("retain_uids", "DSC_DEID_KEEP_UIDS"),
    ("retain_device_identity", "DSC_DEID_KEEP_DEVICE"),
    ("retain_institution_identity", "DSC_DEID_KEEP_INSTITUTION"),
    ("retain_patient_characteristics", "DSC_DEID_KEEP_PATIENT"),
    ("retain_longitudinal_full_dates", "DSC_DEID_FULL_DATES"),
    ("retain_longitudinal_modified_dates", "DSC_DEID_SHIFT_DATES"),
    ("clean_descriptors", "DSC_DEID_DESCRIPTORS"),
    ("clean_structured_content", "DSC_DEID_CONTENT"),
    ("clean_graphics", "DSC_DEID_GRAPHICS"),
]


def read(path):
    with open(path, encoding="utf-8") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def number(tag):
    """(0008,0050) -> 0x00080050; None for a pattern."""
    text = tag.strip("()").replace(",", "")
    return int(text, 16) if re.fullmatch("[0-9A-Fa-f]{8}", text) else None


def mask(row, letter):
    """The options for which the table has this letter; it may lack a column."""
    return " | ".join(bit for column, bit in OPTIONS if row.get(column) == letter) or "0"


def string(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')


def profile(path):
    table = []
    for row in read(path):
        tag = number(row["tag"])
        if tag is not None:
            table.append((tag, row))
    table.sort(key=lambda r: r[0])
    print("const dsc_deid__row dsc_deid__rows[] = {")
    for tag, row in table:
        print("    {0x%08X, DSC_ACTION_%s, %s, %s, %s}," % (
            tag, ACTIONS[row["basic_profile"]], mask(row, "K"), mask(row, "C"),
            string(row["name"])))
    print("};\nconst size_t dsc_deid__row_count = %d;\n" % len(table))


def safe(path):
    table = []
    for row in read(path):
        vr = row["vr"][:2] if re.match("[A-Z][A-Z]", row["vr"]) else ""
        table.append((row["private_creator"], int(row["group"], 16),
                      int(row["element_in_block"], 16), vr))
    table = sorted(set(table))
    print("const dsc_deid__safe dsc_deid__safe_private[] = {")
    for creator, group, element, vr in table:
        print('    {%s, 0x%04X, 0x%02X, "%s"},' % (string(creator), group, element, vr))
    print("};\nconst size_t dsc_deid__safe_count = %d;\n" % len(table))


def types(path, script):
    iods = runpy.run_path(script)["IODS"]
    order = {name: i for i, name in enumerate(iods)}
    kinds = {"1": 0, "1C": 1, "2": 2, "2C": 3, "3": 4}
    print("const dsc_deid__class dsc_deid__classes[] = {")
    pairs = sorted((uid, order[name]) for name, uids in iods.items() for uid in uids)
    for uid, i in pairs:
        print('    {"%s", %d},' % (uid, i))
    print("};\nconst size_t dsc_deid__class_count = %d;\n" % len(pairs))
    top, inner = [], []
    for row in read(path):
        if not re.fullmatch("[0-9A-F]{8}", row["tag"]):
            continue
        tag, kind = int(row["tag"], 16), kinds[row["type"]]
        if row["sequence"]:
            if re.fullmatch("[0-9A-F]{8}", row["sequence"]):
                inner.append((tag, int(row["sequence"], 16), kind))
            continue
        names = iods if row["iods"] == "*" else row["iods"].split()
        bits = sum(1 << order[n] for n in names)
        top.append((tag, kind, bits & (1 << 64) - 1, bits >> 64))
    print("const dsc_deid__type dsc_deid__types[] = {")
    for tag, kind, low, high in sorted(top):
        print("    {0x%08X, %d, {0x%XU, 0x%XU}}," % (tag, kind, low, high))
    print("};\nconst size_t dsc_deid__type_count = %d;\n" % len(top))
    print("const dsc_deid__inner dsc_deid__inners[] = {")
    for tag, sequence, kind in sorted(inner):
        print("    {0x%08X, 0x%08X, %d}," % (tag, sequence, kind))
    print("};\nconst size_t dsc_deid__inner_count = %d;" % len(inner))


def main():
    print("/* SPDX-License-Identifier: Apache-2.0\n *\n"
          " * Made by make_tables.py; do not edit. */\n"
          '#include "deid/deid_priv.h"\n')
    profile(sys.argv[1])
    safe(sys.argv[2])
    types(sys.argv[3], sys.argv[4])


if __name__ == "__main__":
    main()
