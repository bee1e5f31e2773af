#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The C table of content items that identify (PS3.15 Table E.3.4-1).

    make_sr.py ps315_e3_4_1.csv > object_tables.c"""
import csv
import sys

ACTIONS = {"X": "DSC_SR_X", "D": "DSC_SR_D", "X/D": "DSC_SR_D"}
OPTIONS = [
    ("retain_uids", "DSC_DEID_KEEP_UIDS"),
    ("retain_device_identity", "DSC_DEID_KEEP_DEVICE"),
    ("retain_institution_identity", "DSC_DEID_KEEP_INSTITUTION"),
    ("retain_patient_characteristics", "DSC_DEID_KEEP_PATIENT"),
    ("retain_longitudinal_full_dates", "DSC_DEID_FULL_DATES"),
    ("retain_longitudinal_modified_dates", "DSC_DEID_SHIFT_DATES"),
    ("clean_descriptors", "DSC_DEID_DESCRIPTORS"),
]


def mask(row, letter):
    return " | ".join(bit for column, bit in OPTIONS if row[column] == letter) or "0"


def main(path):
    with open(path, encoding="utf-8") as f:
        rows = list(csv.DictReader(line for line in f if not line.startswith("#")))
    rows.sort(key=lambda r: (r["code"].encode(), r["scheme"].encode(), r["value_type"].encode()))
    print("/* Made by make_sr.py. */")
    print('#include "deid/object_priv.h"\n')
    print("const dsc_sr_row dsc_sr__rows[] = {")
    for r in rows:
        print('    {"%s", "%s", "%s", %s, %s, %s}, /* %s */' % (
            r["code"], r["scheme"], r["value_type"], ACTIONS[r["basic_profile"]],
            mask(r, "K"), mask(r, "C"), r["meaning"].replace("*/", "")))
    print("};\nconst size_t dsc_sr__row_count = %d;" % len(rows))


main(sys.argv[1])
