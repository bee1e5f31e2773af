#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every relative link and picture of every page exists, headings that links
name are there, and pictures are small. TAP on stdout."""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MAX_PICTURE_BYTES = 80 * 1024

LINK = re.compile(r"!?\[[^\]]*\]\(([^()\s]+)\)")
IMG = re.compile(r"<img\b[^>]*\bsrc=\"([^\"]+)\"")
CODE = re.compile(r"^```.*?^```", re.M | re.S)


def project_files(suffixes):
    """Paths below ROOT, build folders and dotted ones left out."""
    for folder, dirs, names in os.walk(ROOT):
        top = folder == ROOT
        dirs[:] = [d for d in dirs if not d.startswith(".")
                   and not (top and (d.startswith("build") or d == "out"))]
        for name in sorted(names):
            if name.endswith(suffixes):
                yield os.path.join(folder, name)


def without_code(text):
    """The text with code blocks and code spans blanked, lines kept."""
    text = CODE.sub(lambda m: "\n" * m.group(0).count("\n"), text)
    return re.sub(r"`[^`\n]*`", "", text)


def headings(path):
    """The anchors that a page's headings make."""
    with open(path, encoding="utf-8") as f:
        text = CODE.sub("", f.read())
    found = set()
    for title in re.findall(r"^#+ +(.+?) *$", text, re.M):
        kept = re.sub(r"[^\w\- ]", "", title.lower())
        found.add(kept.replace(" ", "-"))
    return found


def problem_of(page, target):
    """What is wrong with a link, or None."""
    if re.match(r"[a-z]+:", target):
        return None
    name, _, anchor = target.partition("#")
    path = os.path.normpath(os.path.join(os.path.dirname(page), name)) if name else page
    if path != ROOT and not path.startswith(ROOT + os.sep):
        return "leaves the project"
    if not os.path.exists(path):
        return "does not exist"
    if anchor and path.endswith(".md") and anchor not in headings(path):
        return "has no such heading"
    return None


def problems_of_links(pages):
    bad, seen = [], 0
    for page in pages:
        with open(page, encoding="utf-8") as f:
            text = without_code(f.read())
        for number, line in enumerate(text.splitlines(), 1):
            for target in LINK.findall(line) + IMG.findall(line):
                seen += 1
                why = problem_of(page, target)
                if why:
                    bad.append("%s:%d: %s %s" % (os.path.relpath(page, ROOT), number, target, why))
    if seen < 10:
        bad.append("only %d links seen: this check is broken" % seen)
    return bad


def problems_of_pictures(pages):
    """Pictures of docs/img are small and used somewhere."""
    text = ""
    for page in pages:
        with open(page, encoding="utf-8") as f:
            text += f.read()
    bad = []
    for path in project_files((".png",)):
        name = os.path.relpath(path, ROOT)
        if os.path.dirname(name) != os.path.join("docs", "img"):
            continue
        if os.path.getsize(path) > MAX_PICTURE_BYTES:
            bad.append("%s: %d bytes, at most %d" % (name, os.path.getsize(path), MAX_PICTURE_BYTES))
        if os.path.basename(name) not in text:
            bad.append(name + ": no page shows it")
    return bad


def problems_of_self():
    """The check can fail."""
    page = os.path.join(ROOT, "README.md")
    cases = [("no-such-file.md", "does not exist"), ("../outside", "leaves the project"),
             ("#no-such-heading", "has no such heading"), ("README.md", None), ("https://x", None)]
    return ["%s: %r" % (t, problem_of(page, t)) for t, want in cases if problem_of(page, t) != want]


def main():
    pages = list(project_files((".md",)))
    bad = 0
    checks = [("links and pictures exist", problems_of_links(pages)),
              ("pictures are small and shown", problems_of_pictures(pages)),
              ("broken links would be seen", problems_of_self())]
    for n, (name, problems) in enumerate(checks, 1):
        for p in problems:
            print("# " + p)
        bad += bool(problems)
        print("%sok %d - %s" % ("not " if problems else "", n, name))
    print("1..%d" % len(checks))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
