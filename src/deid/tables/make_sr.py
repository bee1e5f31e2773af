#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The C table of content items that identify (PS3.15 Table E.3.4-1).

    make_sr.py ps315_e3_4_1.csv > object_tables.c"""
import sys

sys.dont_write_bytecode = True
from make_tables import mask, read  # noqa: E402

ACTIONS = {"X": "DSC_SR_X", "D": "DSC_SR_D", "X/D": "DSC_SR_D"}


def main(path):
    rows = sorted(read(path), key=lambda r: (r["code"].encode(), r["scheme"].encode(), r["value_type"].encode()))
    print("/* Made by make_sr.py. */")
    print('#include "deid/object_priv.h"\n')
    print("const dsc_sr_row dsc_sr__rows[] = {")
    for r in rows:
        print('    {"%s", "%s", "%s", %s, %s, %s}, /* %s */' % (
            r["code"], r["scheme"], r["value_type"], ACTIONS[r["basic_profile"]],
            mask(r, "K"), mask(r, "C"), r["meaning"].replace("*/", "")))
    print("};\nconst size_t dsc_sr__row_count = %d;" % len(rows))


main(sys.argv[1])
