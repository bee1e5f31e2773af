#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""clang-format 14 (Debian 12's) has nothing to change; other versions lay code
out differently, so they are not asked."""
import os
import re
import shutil
import subprocess

from common import ROOT, Tap, c_files


def main():
    tap = Tap()
    tool = shutil.which("clang-format-14") or shutil.which("clang-format")
    version = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout if tool else ""
    m = re.search(r"version (\d+)", version)
    if not m or m.group(1) != "14":
        tap.skip("clang-format", "needs clang-format 14")
        tap.done()
    bad = []
    for name in c_files():
        path = os.path.join(ROOT, name)
        done = subprocess.run([tool, path], capture_output=True, cwd=ROOT).stdout
        with open(path, "rb") as f:
            if f.read() != done:
                bad.append(name + ": run clang-format")
    tap.check("clang-format has nothing to change", bad)
    tap.done()


if __name__ == "__main__":
    main()
