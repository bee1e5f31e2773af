#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the libraries export: only dsc_ names, from the static module libraries
as from the shared one, which exports just what its public header declares."""
import glob
import os
import re
import subprocess
import sys

from common import ROOT, Tap, bare_code


def symbols(path, dynamic):
    """Names of defined global symbols; C++ names come back as they are."""
    args = ["nm", "--defined-only", "-g"] + (["-D"] if dynamic else []) + [path]
    out = subprocess.run(args, capture_output=True, text=True).stdout
    return [line.split()[2] for line in out.splitlines() if len(line.split()) == 3 and line.split()[1] in "TDBRCVWGS"]


def main():
    build = sys.argv[1]
    tap = Tap()
    bad, seen = [], 0
    for lib in sorted(glob.glob(os.path.join(build, "src", "**", "lib*.a"), recursive=True)):
        names = symbols(lib, False)
        seen += len(names)
        # Inline C++ of other libraries is weak and mangled; ours is extern "C".
        bad += ["%s: %s" % (os.path.basename(lib), n) for n in names
                if not n.startswith(("dsc_", "_Z", "__asan", "__odr_asan", "__llvm", "__ubsan", "DW.ref."))]
    tap.check("static libraries define dsc_ names only", sorted(set(bad)))
    tap.check("static libraries were seen", [] if seen > 20 else ["only %d symbols" % seen])
    shared = [p for p in glob.glob(os.path.join(build, "**", "libdcmscrub.so*"), recursive=True)
              if os.path.isfile(p) and not p.endswith((".p", ".symbols"))]
    if not shared:
        tap.skip("the shared library exports the public header", "no shared library in this build")
        tap.done()
    with open(os.path.join(ROOT, "src", "dcmscrub.h"), encoding="utf-8") as f:
        declared = set(re.findall(r"\b(dsc_\w+)\s*\((?!\*)", bare_code(f.read())))
    exported = set(symbols(shared[0], True))
    wrong = ["exported but not declared: " + n for n in sorted(exported - declared)]
    wrong += ["declared but not exported: " + n for n in sorted(declared - exported) if not n.endswith("_fn")]
    tap.check("the shared library exports the public header", wrong)
    tap.done()


if __name__ == "__main__":
    main()
