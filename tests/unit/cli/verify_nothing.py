#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""'verify --report' of a report that names no output must not succeed."""
import json
import os
import subprocess
import sys
import tempfile

ENTRY = {"input": "a", "output": None, "outcome": "quarantined", "regions": []}
REPORTS = {
    "empty": [],
    "quarantined only": [ENTRY],
    "written, but no output": [dict(ENTRY, outcome="clean")],
    "output is missing": [dict(ENTRY, outcome="clean", output="nowhere")],
}


def main():
    bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, lines in REPORTS.items():
            path = os.path.join(folder, "report")
            with open(path, "w", encoding="ascii") as f:
                f.writelines(json.dumps(line) + "\n" for line in lines)
            argv = [sys.argv[1], "verify", "--find", "ocr", "--report", path]
            got = subprocess.run(argv, capture_output=True, timeout=60, check=False)
            if got.returncode not in (1, 2) or not got.stdout + got.stderr:
                print("%s: exit code %d" % (name, got.returncode))
                bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
