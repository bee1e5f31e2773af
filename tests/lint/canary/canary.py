#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run the tests that must fail and check that they do, for the right reason.

    canary.py PROGRAM SANITIZERS     (meson's b_sanitize: none, address,undefined)
"""
import os
import re
import subprocess
import sys

ALWAYS = [("failed_assert", r"the canary sang")]
WITH_ADDRESS = [
    ("heap_overflow", r"AddressSanitizer: heap-buffer-overflow"),
    ("leak", r"LeakSanitizer: detected memory leaks"),
]
WITH_UNDEFINED = [("undefined_shift", r"runtime error: signed integer overflow")]


def run(program, name):
    # Not --tap: Criterion swallows what a test writes then. The options of the
    # suite stay, but reports must come to us.
    env = dict(os.environ)
    for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS"):
        env[key] = ":".join(o for o in env.get(key, "").split(":") if not o.startswith("log_path"))
    r = subprocess.run([program, "--filter", "canary/" + name, "-j1"], env=env,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    return r.returncode, r.stdout.decode(errors="replace")


def main():
    program, sanitizers = sys.argv[1:3]
    wanted = list(ALWAYS)
    wanted += WITH_ADDRESS if "address" in sanitizers else []
    wanted += WITH_UNDEFINED if "undefined" in sanitizers else []
    bad = 0
    for number, (name, sign) in enumerate(wanted, 1):
        rc, out = run(program, name)
        good = rc != 0 and re.search(r"\[FAIL\] canary::" + name, out) and re.search(sign, out)
        bad += not good
        print("%sok %d - %s fails as it should" % ("" if good else "not ", number, name))
        if not good:
            print("".join("# %s\n" % line for line in out.splitlines()), end="")
    rc, out = run(program, "counted")
    tested = re.search(r"Tested: (\d+) \| Passing: (\d+)", out)
    ran = int(tested.group(2)) if tested else 0
    good = rc == 0 and ran == 3
    bad += not good
    print("%sok %d - parameterized tests all run (%d of 3)" % ("" if good else "not ", len(wanted) + 1, ran))
    print("1..%d" % (len(wanted) + 1))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
