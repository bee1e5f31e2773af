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
    # One process for all files: starting it takes as long as its work.
    done = subprocess.run([tool, "--dry-run", "-Werror"] + c_files(), capture_output=True, text=True, cwd=ROOT)
    names = sorted(set(re.findall(r"^(\S+?):\d+:\d+: error:", done.stderr, re.M)))
    bad = [n + ": run clang-format" for n in names]
    if done.returncode and not bad:
        bad = done.stderr.splitlines() or ["clang-format failed"]
    tap.check("clang-format has nothing to change", bad)
    tap.done()


if __name__ == "__main__":
    main()
