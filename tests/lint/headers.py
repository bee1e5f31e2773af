#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Each header compiles alone: as C where it is C, and as C++ where modules
outside its own may include it from a shim.

    headers.py CC... -- CXX...
"""
import os
import subprocess
import sys

from common import ROOT, Tap, c_files, read

PACKAGES = ["libjpeg", "libopenjp2", "charls", "lept", "tesseract", "libcyaml", "json-c", "openssl"]


def package_flags():
    flags = []
    for p in PACKAGES:
        r = subprocess.run(["pkg-config", "--cflags", p], capture_output=True, text=True)
        if r.returncode == 0:
            flags += r.stdout.split()
    return flags


def needs_cxx(path):
    return path.endswith("_shim.h") and "dcmtk/" in read(path)


def compile_alone(command, header, flags):
    # Read from stdin, so that "#pragma once in main file" and the like are no
    # matter; twice, so that the guard is seen to work.
    text = '#include "%s"\n#include "%s"\nextern int dsc_lint_unused;\n' % (header, header)
    r = subprocess.run(command + flags + ["-D_GNU_SOURCE", "-I" + os.path.join(ROOT, "src"), "-fsyntax-only", "-"],
                       input=text, capture_output=True, text=True)
    if r.returncode == 0:
        return None
    return "%s: %s" % (header, (r.stderr.splitlines() or ["failed"])[0])


def main():
    # Each may be several words, such as "ccache cc".
    split = sys.argv.index("--")
    cc, cxx = sys.argv[1:split], sys.argv[split + 1:]
    tap = Tap()
    flags = package_flags()
    bad_c, bad_cxx, seen = [], [], 0
    for path in c_files("src/"):
        # *_p.h hold kernels that need their file's macros and -m flags.
        if not path.endswith(".h") or path.endswith("_p.h"):
            continue
        seen += 1
        header = path[len("src/"):]
        private = path.endswith("_priv.h")
        if not needs_cxx(path):
            bad_c.append(compile_alone(cc + ["-x", "c", "-std=c11", "-Wall", "-Wextra", "-Werror"], header, flags))
        if not private or needs_cxx(path):
            bad_cxx.append(compile_alone(cxx + ["-x", "c++", "-std=c++17", "-Wall", "-Werror"], header, flags))
    tap.check("headers compile alone in C", [b for b in bad_c if b])
    tap.check("headers compile alone in C++", [b for b in bad_cxx if b])
    tap.check("headers were seen", [] if seen >= 6 else ["only %d" % seen])
    tap.done()


if __name__ == "__main__":
    main()
