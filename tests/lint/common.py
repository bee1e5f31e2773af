# SPDX-License-Identifier: Apache-2.0
"""What the lint checks share: the list of files, code without its comments and
strings, and TAP lines on stdout."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def tracked():
    """Paths of the project's files, relative to its root. Without git (a tree
    unpacked from an archive) every file that is no build product."""
    try:
        out = subprocess.run(
            ["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            check=True, capture_output=True).stdout.decode()
        names = [n for n in out.split("\0") if n]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, dirs, files in os.walk(ROOT):
            top = folder == ROOT
            dirs[:] = [d for d in dirs if d not in (".git", "__pycache__", ".cache")
                       and not (top and (d.startswith("build") or d == "out"))]
            names += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files]
    return sorted(n for n in names if os.path.isfile(os.path.join(ROOT, n)))


def read(name):
    with open(os.path.join(ROOT, name), encoding="utf-8", errors="replace") as f:
        return f.read()


def is_text(name):
    with open(os.path.join(ROOT, name), "rb") as f:
        return b"\0" not in f.read(4096)


def c_files(under=""):
    return [n for n in tracked() if n.startswith(under) and n.endswith((".c", ".h", ".cc"))]


TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def bare_code(text):
    """The text with comments gone and string literals empty, lines kept."""
    def blank(m):
        s = m.group(0)
        if s[0] == '"':
            return '""'
        if s[0] == "'":
            return "' '"
        return " " + "\n" * s.count("\n")
    return TOKENS.sub(blank, text)


class Tap:
    """One TAP line a check; what is wrong goes to the lines before it."""

    def __init__(self):
        self.n = self.bad = 0

    def check(self, name, problems):
        for p in problems[:40]:
            print("# " + p)
        self.n += 1
        self.bad += bool(problems)
        print("%sok %d - %s" % ("not " if problems else "", self.n, name))

    def skip(self, name, why):
        self.n += 1
        print("ok %d - %s # SKIP %s" % (self.n, name, why))

    def done(self):
        print("1..%d" % self.n)
        sys.exit(1 if self.bad else 0)
