#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rules for single files: licence line, guards, lengths, banned calls, words
that must not be in the tree, C++ only in shims, every source in a build file."""
import json
import os
import re
import sys

from common import ROOT, Tap, bare_code, c_files, is_text, read, tracked

MAX_FILE_LINES = 800
MAX_FUNCTION_LINES = 100
GENERATED = re.compile(r"(^|/)[^/]*_table(s)?\.(c|h|inc)$")

BANNED = "strcpy strcat stpcpy sprintf vsprintf gets system popen atoi atol atoll atof strtok tmpnam mktemp alloca rand srand".split()
# The library prints nothing, ends no process, and takes memory where faults
# can be injected.
LIBRARY_BANNED = "printf vprintf puts putchar perror exit _exit abort".split()
MEMORY_BANNED = "malloc calloc realloc strdup strndup asprintf vasprintf".split()

# Spelled so that this file does not match itself.
WORDS = [
    (r"\b(T[O]DO|F[I]XME|X[X]X+|H[A]CK)\b", "unfinished work"),
    (r"(?<![\w.$}])/(w[o]rk|r[o]ot|h[o]me)/", "path of a machine"),
    (r"deb[.]debian[.]org|security[.]debian[.]org|snapshot[.]debian[.]org|pypi[.]org|"
     r"pythonhosted[.]org|registry[.]npmjs|crates[.]io|proxy[.]golang|docker[.]io|ghcr[.]io", "registry host"),
]


def problems_of_words():
    found = []
    for name in tracked():
        # Family names are words of any kind.
        if not is_text(name) or name.startswith(("LICENSE", "src/policy/lists/")):
            continue
        for number, line in enumerate(read(name).splitlines(), 1):
            for pattern, what in WORDS:
                if what == "unfinished work" and re.search(r"mktemp|XXXXXX", line):
                    continue
                if re.search(pattern, line):
                    found.append("%s:%d: %s" % (name, number, what))
    return found


def problems_of_licence():
    bad = []
    for name in tracked():
        base = os.path.basename(name)
        if not (name.endswith((".c", ".h", ".cc", ".py", ".sh")) or base in ("bootstrap", "run")):
            continue
        head = read(name)[:200].splitlines()[:3]
        if not any("SPDX-License-Identifier: Apache-2.0" in line for line in head):
            bad.append(name + ": no SPDX line at its top")
    return bad


def problems_of_guards():
    bad = []
    for name in c_files("src/"):
        # *_p.h are bodies that are included once for each set of macros.
        if not name.endswith(".h") or name.endswith("_p.h"):
            continue
        want = "DSC_" + re.sub(r"[/.]", "_", name[len("src/"):]).upper()
        if name == "src/dcmscrub.h":
            want = "DCMSCRUB_H"
        text = read(name)
        if not re.search(r"^#ifndef (%s)\n#define \1$" % want, text, re.M):
            bad.append("%s: guard should be %s" % (name, want))
    return bad


def functions(code):
    """(line, length, header) of each function body in comment-free code."""
    found, stack, start, line, opened = [], [], 0, 1, 0
    for i, ch in enumerate(code):
        if ch == "\n":
            line += 1
        elif ch == "{":
            head = code[start:i].strip()
            outer = all(s[0] == "scope" for s in stack)
            if re.search(r'\bextern\s*""$|\bnamespace\b[^()]*$|^[^()=]*\b(class|struct|union|enum)\b[^()=]*$', head):
                stack.append(("scope", 0, ""))
            elif outer and "(" in head and "=" not in re.sub(r"\([^()]*\)", "", head):
                opened = line - head.count("\n")
                stack.append(("function", opened, head))
            else:
                stack.append(("block", 0, ""))
            start = i + 1
        elif ch == "}":
            if stack:
                kind, opened, head = stack.pop()
                if kind == "function":
                    found.append((opened, line - opened + 1, head))
            start = i + 1
        elif ch in ";#" and not (ch == ";" and code[start:i].count("(") > code[start:i].count(")")):
            start = i + 1
            if ch == "#":
                end = code.find("\n", i)
                start = end + 1 if end >= 0 else start
    return found


def problems_of_length():
    files, funcs, total = [], [], 0
    for name in c_files():
        text = read(name)
        lines = text.count("\n")
        if lines > MAX_FILE_LINES and not GENERATED.search(name):
            files.append("%s: %d lines, at most %d" % (name, lines, MAX_FILE_LINES))
        for line, length, head in functions(bare_code(text)):
            total += 1
            if length > MAX_FUNCTION_LINES:
                funcs.append("%s:%d: function of %d lines, at most %d" % (name, line, length, MAX_FUNCTION_LINES))
    if total < 100:
        funcs.append("only %d functions seen: the parser of this check is broken" % total)
    return files, funcs


def calls(code, names):
    """(line, name) of each call of a function in `names`."""
    pattern = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(names))
    for number, line in enumerate(code.splitlines(), 1):
        for m in pattern.finditer(line):
            yield number, m.group(1)


def problems_of_calls():
    bad, prints, memory = [], [], []
    for name in c_files():
        code = bare_code(read(name))
        library = name.startswith("src/") and not name.startswith("src/cli/")
        bad += ["%s:%d: %s" % (name, n, f) for n, f in calls(code, BANNED)]
        if not library:
            continue
        # A worker process ends itself, and only with _exit.
        prints += ["%s:%d: %s" % (name, n, f) for n, f in calls(code, LIBRARY_BANNED)
                   if not (f == "_exit" and name.startswith("src/batch/"))]
        for number, line in enumerate(code.splitlines(), 1):
            if re.search(r"\b(stdout|stderr)\b|std::c(out|err)|\bCOUT\b|\bCERR\b", line):
                prints.append("%s:%d: writes to the terminal" % (name, number))
        if not name.startswith(("src/base/", "src/batch/")) and not name.endswith(".cc"):
            memory += ["%s:%d: %s" % (name, n, f) for n, f in calls(code, MEMORY_BANNED)]
    return bad, prints, memory


def problems_of_languages():
    bad = [n for n in tracked() if re.search(r"\.(cc|cpp|cxx|hpp)$", n)
           and not (n.startswith("src/") and n.endswith("_shim.cc"))]
    return [n + ": C++ outside a *_shim.cc" for n in bad]


def problems_of_names():
    seen, bad = {}, []
    for name in c_files("src/"):
        base = os.path.basename(name)
        if base in seen:
            bad.append("%s: the name is taken by %s" % (name, seen[base]))
        seen[base] = name
    return bad


def problems_of_build(build):
    """Every .c and .cc is compiled. Kernels of the other architecture are
    compiled and run by the simd suite, through qemu."""
    with open(os.path.join(build, "compile_commands.json"), encoding="utf-8") as f:
        used = {os.path.realpath(os.path.join(c["directory"], c["file"])) for c in json.load(f)}
    bad = []
    for name in c_files():
        if name.endswith(".h") or os.path.realpath(os.path.join(ROOT, name)) in used:
            continue
        folder, base = os.path.split(name)
        if os.path.basename(folder) in ("arm", "x86"):
            listed = any(os.path.isfile(os.path.join(ROOT, b)) and os.path.basename(folder) in read(b)
                         for b in (os.path.dirname(folder) + "/meson.build", "tests/simd/meson.build"))
            if listed and os.path.basename(folder) != machine():
                continue
        bad.append(name + ": compiled by no target")
    return bad


def machine():
    return "arm" if os.uname().machine.startswith(("arm", "aarch64")) else "x86"


def problems_of_top_level():
    allowed = {"meson.build", "meson_options.txt", "bootstrap", "README.md", "LICENSE", "NOTICE", "src", "models",
               "masks", "testdata", "tests", "docs", ".ci", ".clang-format", ".editorconfig", ".gitignore",
               ".gitattributes"}
    return sorted({n.split("/")[0] + ": not in the layout" for n in tracked() if n.split("/")[0] not in allowed})


def main():
    tap = Tap()
    tap.check("SPDX line in every source", problems_of_licence())
    tap.check("include guards", problems_of_guards())
    files, funcs = problems_of_length()
    tap.check("files of at most %d lines" % MAX_FILE_LINES, files)
    tap.check("functions of at most %d lines" % MAX_FUNCTION_LINES, funcs)
    bad, prints, memory = problems_of_calls()
    tap.check("no banned calls", bad)
    tap.check("the library prints nothing and ends no process", prints)
    tap.check("memory comes from dsc_alloc", memory)
    tap.check("C++ only in shims", problems_of_languages())
    tap.check("base names are unique in src", problems_of_names())
    tap.check("every source is compiled", problems_of_build(sys.argv[1]))
    tap.check("no unfinished work, machine paths or registry hosts", problems_of_words())
    tap.check("nothing at the top but the layout", problems_of_top_level())
    tap.done()


if __name__ == "__main__":
    main()
