#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A text file as a C array: embed.py INPUT SYMBOL"""
import sys


def main():
    with open(sys.argv[1], "rb") as f:
        data = f.read() + b"\0"
    print('#include "report/site_priv.h"\n\nconst char %s[] = {' % sys.argv[2])
    for at in range(0, len(data), 16):
        print("    " + " ".join("%d," % b for b in data[at:at + 16]))
    print("};")


if __name__ == "__main__":
    main()
