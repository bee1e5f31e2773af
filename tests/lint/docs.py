#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Words and program agree: --help and the man page tell the same options, the
man page is good roff, and what the README and the docs call exists.

    docs.py PROGRAM
"""
import os
import re
import shutil
import subprocess
import sys

from common import ROOT, Tap, read, tracked

OPTION = re.compile(r"(?<![\w-])--([a-z][a-z-]*[a-z])")


def run(*argv, text=None):
    r = subprocess.run(argv, capture_output=True, text=True, input=text, timeout=120)
    return r.returncode, r.stdout, r.stderr


def verbs_of(program):
    rc, out, _ = run(program, "--help")
    found = re.findall(r"^  ([a-z]+) {2,}", out, re.M)
    return found if rc == 0 else []


def options_of_help(text):
    """Options of the list, not those that sentences mention."""
    return set(re.findall(r"^ +(?:-\w, )?--([a-z-]+)", text, re.M))


def man_sections(man):
    """{verb: roff} of the COMMANDS section."""
    parts = re.split(r"^\.SS dcmscrub ([a-z]+)$", man, flags=re.M)
    sections = dict(zip(parts[1::2], parts[2::2]))
    return {v: s.split("\n.SH ")[0] for v, s in sections.items()}


def check_man(tap, program, verbs):
    rc, man, _ = run(program, "--man")
    sections = man_sections(man)
    bad = [] if rc == 0 else ["--man fails"]
    for verb in verbs:
        rc, text, err = run(program, verb, "--help")
        if rc or err:
            bad.append("%s --help: exit code %d" % (verb, rc))
        if verb not in sections:
            bad.append("the man page has no section on %s" % verb)
            continue
        told = set(re.findall(r"^\.B .*?\\-\\-([a-z\\-]+)", sections[verb], re.M))
        told = {t.replace("\\-", "-").rstrip("\\-") for t in told}
        if told != options_of_help(text):
            bad.append("%s: %s" % (verb, ", ".join(sorted(told ^ options_of_help(text)))))
    bad += ["the man page tells %s, which --help does not" % v for v in sections if v not in verbs]
    tap.check("--help and the man page tell the same", bad)
    tool = shutil.which("groff")
    if not tool:
        tap.skip("the man page is good roff", "groff is not installed")
        return
    rc, _, err = run(tool, "-man", "-ww", "-z", "-Tutf8", text=man)
    tap.check("the man page is good roff", err.splitlines()[:10] if rc or err.strip() else [])


def check_mentions(tap, program, verbs):
    """`dcmscrub VERB ... --option` in the docs."""
    known = {v: options_of_help(run(program, v, "--help")[1]) for v in verbs}
    bad = []
    for name in tracked():
        if not name.endswith(".md") or not name.startswith(("README", "docs/", "masks/", "tests/")):
            continue
        for number, line in enumerate(read(name).splitlines(), 1):
            for verb, rest in re.findall(r"\bdcmscrub ([a-z]+)\b([^`|]*)", line):
                if verb not in verbs:
                    continue
                bad += ["%s:%d: dcmscrub %s has no --%s" % (name, number, verb, o)
                        for o in OPTION.findall(rest) if o not in known[verb]]
    tap.check("the docs name options that exist", bad)


def check_width(tap, program, verbs):
    bad = []
    for verb in [""] + verbs:
        _, text, _ = run(*([program, verb, "--help"] if verb else [program, "--help"]))
        bad += ["%s --help: line of %d" % (verb, len(line)) for line in text.splitlines() if len(line) > 80]
    tap.check("help fits 80 columns", bad)


def main():
    program = os.path.abspath(sys.argv[1])
    os.chdir(ROOT)
    tap = Tap()
    verbs = verbs_of(program)
    tap.check("verbs were seen", [] if {"clean", "inspect", "verify", "masks"} <= set(verbs) else [str(verbs)])
    check_man(tap, program, verbs)
    check_mentions(tap, program, verbs)
    check_width(tap, program, verbs)
    tap.done()


if __name__ == "__main__":
    main()
