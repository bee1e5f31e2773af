#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Run the cases of an .ini file against the dcmscrub program; TAP on stdout.

    runner.py PROGRAM CASES.ini [CASE...]

Each section is a case. README.md beside this file explains the keys. Whatever a
case says, every run is checked for the promises that hold for all input: no
crash, no sanitizer report, one report line for each file, outputs only where
the report says so and each provable by `verify`, no temporary file left, no
planted identity in anything that is printed, and the same bytes again from a
second run with the same key.
"""
import configparser
import fnmatch
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
import recipes  # noqa: E402

ROOT = recipes.ROOT
TESTDATA = os.path.join(ROOT, "testdata")
SANITIZER = re.compile(r"(Address|Leak|Memory|Thread|UndefinedBehavior)Sanitizer|runtime error:")
REPORT_KEYS = ("input output outcome reason sop_class modality frames transfer_syntax regions kept "
               "proof ms").split()
OUTCOMES = ("clean", "scrubbed", "quarantined", "failed", "ignored")
WRITTEN = ("clean", "scrubbed")
IDENTIFYING = {"name", "id", "date", "time", "institution", "person", "phone", "address", "accession"}
# A reason for broken data says where.
PLACE = r"\([0-9A-Fa-f]{4},[0-9A-Fa-f]{4}\)|\bframe\b|\bbyte\b|\boffset\b|transfer syntax|file meta|preamble|" \
    r"\bdataset\b|\bsequences?\b"
SANITIZED = os.environ.get("DSC_SANITIZED", "") not in ("", "none")
# One program at a time may take much memory.
SLOW = 6 if SANITIZED else 1
# `verify` proves as `clean` has just done, by the same code: the sanitizers look at
# one case of so many, by its name.
VERIFIED = 4 if SANITIZED else 1


class Problem(Exception):
    pass


def need(condition, text, *args):
    if not condition:
        raise Problem(text % args if args else text)


def planted():
    """Strings of the imaginary patients that must never be printed."""
    try:
        # As bytes: some are names in other character sets.
        with open(os.path.join(TESTDATA, "planted.txt"), "rb") as f:
            return [line for line in f.read().split(b"\n") if line.strip() and not line.startswith(b"#")]
    except OSError:
        return []


PLANTED = planted()


def environment(case):
    env = dict(os.environ, LC_ALL="C.UTF-8")
    for key in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"):
        if key in env:
            env[key] = ":".join(o for o in env[key].split(":") if not o.startswith("log_path"))
    for pair in shlex.split(case.get("env", "")):
        key, _, value = pair.partition("=")
        env[key] = value
    return env


class Run:
    """One run of the program and what it printed."""

    def __init__(self, case, argv, cwd):
        self.argv = argv
        out, err = (tempfile.TemporaryFile() for _ in range(2))
        p = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, cwd=cwd,
                             env=environment(case), start_new_session=True)
        timer = threading.Timer(float(case.get("timeout", "120")) * SLOW, lambda: os.killpg(p.pid, 9))
        timer.start()
        try:
            _, status, usage = os.wait4(p.pid, 0)
        finally:
            timer.cancel()
        p.returncode = self.rc = os.waitstatus_to_exitcode(status)
        self.megabytes = usage.ru_maxrss / 1024
        self.stdout, self.stderr = (self.text(f) for f in (out, err))

    @staticmethod
    def text(f):
        with f:
            f.seek(0)
            return f.read()

    def check_sane(self, case):
        err = self.stderr.decode(errors="replace")
        need(self.rc >= 0, "killed by signal %d: %s", -self.rc, err[-600:])
        m = SANITIZER.search(err)
        need(not m, "sanitizer: %s", err[m.start():m.start() + 1500] if m else "")
        need(self.rc in (0, 1, 2), "exit code %d: %s", self.rc, err[-300:])
        if not SANITIZED:
            most = float(case.get("megabytes", "700"))
            need(self.megabytes <= most, "%d MB of memory, at most %d", self.megabytes, most)


def leaks(where, data):
    for p in PLANTED:
        need(p not in data, "%s shows the planted string number %d", where, PLANTED.index(p) + 1)


def tree(folder):
    """{relative path: bytes} of the files below a folder."""
    found = {}
    for base, dirs, names in os.walk(folder):
        for name in names:
            path = os.path.join(base, name)
            need(stat.S_ISREG(os.lstat(path).st_mode), "the output folder holds something that is no file")
            with open(path, "rb") as f:
                found[os.path.relpath(path, folder)] = f.read()
    return found


def read_report(path):
    if not os.path.exists(path):
        return []
    need(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "the report is readable for others")
    lines = []
    with open(path, "rb") as f:
        for number, raw in enumerate(f.read().split(b"\n"), 1):
            if not raw:
                continue
            try:
                record = json.loads(raw.decode("utf-8"))
            except ValueError as e:
                raise Problem("report line %d is no JSON: %s" % (number, e)) from e
            for key in REPORT_KEYS:
                need(key in record, "report line %d has no %s", number, key)
            need(record["outcome"] in OUTCOMES, "outcome %r", record["outcome"])
            lines.append(record)
    return lines


def input_files(paths):
    """What a walk over the inputs should meet: files, links to files, special
    files; folders once each, links to folders not followed into a loop."""
    n = 0
    for path in paths:
        if os.path.isdir(path):
            for _, _, names in os.walk(path):
                n += len(names)
        else:
            n += 1
    return n


def check_record(record, outdir, key):
    """What holds for a single report line."""
    outcome, output = record["outcome"], record["output"]
    need((outcome in WRITTEN) == (output is not None), "%s with output %s", outcome, bool(output))
    if outcome in WRITTEN:
        path = output if os.path.isabs(output) else os.path.join(outdir, output)
        need(os.path.isfile(path), "the report names an output that is not there")
        need(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "an output is readable for others")
        proof = record["proof"]
        need(proof and proof["boxes_blank"] and proof["outside_identical"], "written without proof")
        need(not proof["residual_text"], "written with text left")
        need((outcome == "scrubbed") == bool(record["regions"]) or record["notes"], "%s with %d regions",
             outcome, len(record["regions"]))
        if key == "plain":
            check_file_meta(path, record["transfer_syntax"]["out"])
    elif outcome != "ignored":
        reason = record["reason"]
        need(reason and reason.strip() and "\n" not in reason, "%s without a one-line reason", outcome)
        need(len(reason) <= 255 and reason.isprintable(), "an odd reason")


def check_file_meta(path, ts):
    """Zero preamble, a known implementation, the transfer syntax reported."""
    with open(path, "rb") as f:
        head = f.read(2000)
    need(head[:128] == bytes(128) and head[128:132] == b"DICM", "no clean preamble")
    meta = {t: head[v:v + n] for t, _, _, v, n in recipes.elements(head) if t[0] == 2}
    need(meta.get((2, 0x10), b"").rstrip(b"\0").decode() == ts, "file meta and report differ in transfer syntax")
    need(b"DCMSCRUB" in meta.get((2, 0x13), b"").upper(), "file meta does not name dcmscrub")
    allowed = {(2, 0), (2, 1), (2, 2), (2, 3), (2, 0x10), (2, 0x12), (2, 0x13)}
    need(set(meta) <= allowed, "file meta holds more than it should: %s", sorted(set(meta) - allowed))


def expectations(case):
    """[(file pattern, outcomes, reason regex)] in order."""
    text = case.get("outcome", "").strip()
    if not text:
        return []
    found = []
    for line in text.splitlines():
        pattern, colon, rest = line.partition(": ")
        if not colon:
            pattern, rest = "*", line
        words = rest.strip().split(None, 1)
        found.append((pattern.strip(), words[0].split("|"), words[1] if len(words) > 1 else case.get("reason", "")))
    return found


def check_expected(case, record, wanted):
    name = record["input"]
    for pattern, outcomes, reason in wanted:
        if not fnmatch.fnmatch(name, "*" + pattern):
            continue
        short = os.path.basename(name)
        need(record["outcome"] in outcomes, "%s: %s, not %s (%s)", short, record["outcome"], "|".join(outcomes),
             record["reason"])
        if reason and record["outcome"] in ("quarantined", "failed"):
            regex = PLACE if reason == "PLACE" else reason
            need(re.search(regex, record["reason"]), "%s: reason %r is not /%s/", short, record["reason"], regex)
        return
    need(not wanted, "%s: nothing is expected of it", os.path.basename(name))


def truth_of(path):
    rel = os.path.relpath(os.path.realpath(path), TESTDATA)
    try:
        with open(os.path.join(TESTDATA, "truth", rel + ".json"), encoding="utf-8") as f:
            return json.load(f)
    except OSError:
        return None


def truth_boxes(truth, frames):
    """(frame, box) for every box in the pixels."""
    if "frames" in truth:
        per = {int(f): boxes for f, boxes in truth["frames"].items()}
    else:
        per = {f: truth["boxes"] for f in (range(frames) if truth.get("frames_same_text") else [0])}
    for f, boxes in per.items():
        for b in boxes:
            if b.get("plane", "pixels") == "pixels" and f < frames:
                yield f, b


def covered_share(box, regions):
    """Share of a box's pixels that lie in a region."""
    cells = bytearray(box["w"] * box["h"])
    for r in regions:
        x0, x1 = max(r["x"], box["x"]), min(r["x"] + r["w"], box["x"] + box["w"])
        for y in range(max(r["y"], box["y"]), min(r["y"] + r["h"], box["y"] + box["h"])):
            if x1 > x0:
                at = (y - box["y"]) * box["w"] + x0 - box["x"]
                cells[at:at + x1 - x0] = b"\1" * (x1 - x0)
    return sum(cells) / max(1, len(cells))


def check_covered(record, share):
    """At least `share` of the identifying boxes are (all but an edge) blanked."""
    truth = truth_of(record["input"])
    need(truth is not None, "no truth for %s", os.path.basename(record["input"]))
    total = good = 0
    left = []
    for f, b in truth_boxes(truth, record["frames"]):
        if b["kind"] not in IDENTIFYING:
            continue
        here = [r for r in record["regions"] if r["frames"][0] <= f <= r["frames"][1] and not r.get("overlay")]
        ok = covered_share(b, here) >= 0.95
        total += 1
        good += ok
        if not ok:
            left.append("frame %d %s at %d,%d" % (f, b["kind"], b["x"], b["y"]))
    need(good >= share * total, "only %d of %d identifying boxes are covered; left: %s", good, total,
         "; ".join(left[:6]))


def check_intact(record, texts):
    """No region touches the truth boxes with these texts."""
    boxes = [(f, b) for f, b in truth_boxes(truth_of(record["input"]), record["frames"]) if b["text"] in texts]
    need({b["text"] for _, b in boxes} == set(texts), "the truth lacks one of %s", ", ".join(texts))
    for f, b in boxes:
        here = [r for r in record["regions"] if r["frames"][0] <= f <= r["frames"][1] and not r.get("overlay")]
        need(covered_share(b, here) == 0, "frame %d: %s is gone, in part or all", f, b["text"])


def truth_masks(inputs, folder):
    """A template file that blanks just the identifying truth boxes, one
    template a file, matched by SOP Instance UID."""
    lines = []
    for number, path in enumerate(inputs):
        truth = truth_of(path)
        need(truth is not None, "no truth for %s", os.path.basename(path))
        boxes = {(b["x"], b["y"], b["w"], b["h"]) for _, b in truth_boxes(truth, 1 << 16) if b["kind"] in IDENTIFYING}
        lines.append("- id: truth-%d\n  description: truth\n  provenance:\n"
                     "    - {source: truth, version: '1', licence: own}\n"
                     "  match:\n    - {attribute: SOPInstanceUID, present: yes}\n  regions:\n" % number)
        lines += ["    - {left: %d, width: %d, top: %d, height: %d}\n" % (x, w, y, h) for x, y, w, h in sorted(boxes)]
    path = os.path.join(folder, "truth.yaml")
    with open(path, "w", encoding="utf-8") as f:
        f.write("".join(lines))
    return path


VERIFY_OPTIONS = {"--find": 1, "--policy": 1, "--mask": 1, "--key": 1, "--keep-overlays": 0, "--lang": 1,
                  "--cpu-mask": 1, "--profile": 1, "--id-map": 1, "--objects": 1}


def verify_args(args):
    kept, i = [], 0
    while i < len(args):
        name, eq, _ = args[i].partition("=")
        n = VERIFY_OPTIONS.get(name)
        if n is not None:
            kept += args[i:i + 1 + (0 if eq else n)]
        i += 1 + (n if n and not eq else 0)
    return kept


def flagged(case, key, default=True):
    return case.get(key, "yes" if default else "no") == "yes"


class CleanCase:
    """A case of the verb `clean`."""

    def __init__(self, program, name, case, folder):
        self.program, self.name, self.case, self.folder = program, name, case, folder
        self.inputs = self.make_inputs()
        self.args = [self.expand(a) for a in shlex.split(case.get("args", ""))]
        if case.get("mask") == "truth":
            self.args += ["--mask", truth_masks(self.inputs, folder)]
        self.key = os.path.join(folder, "key")
        if not any(a.startswith("--key") for a in self.args):
            with open(self.key, "wb") as f:
                os.fchmod(f.fileno(), 0o600)
                f.write(bytes(range(32)).hex().encode() + b"\n")
            if flagged(case, "key"):
                self.args += ["--key", self.key]

    def expand(self, text):
        return text.replace("@ROOT@", ROOT).replace("@CASE@", self.folder)

    def make_inputs(self):
        paths = [os.path.join(ROOT, p) for p in self.case.get("input", "").split()]
        made = [line for line in self.case.get("make", "").splitlines() if line.strip()]
        if made:
            folder = os.path.join(self.folder, "in")
            os.makedirs(folder)
            for line in made:
                recipes.make(line, folder)
            if not paths:
                paths = [folder]
        extra = [self.expand(p) for p in shlex.split(self.case.get("operands", ""))]
        for p in paths:
            need(os.path.lexists(p), "the case has no input: %s", os.path.relpath(p, ROOT))
        return paths + extra

    def run_clean(self, number, paths, extra):
        outdir = os.path.join(self.folder, "out%d" % number)
        report = os.path.join(self.folder, "report%d.jsonl" % number)
        argv = [self.program, "clean"] + self.args + extra + ["--report", report, "--report-paths=" + paths]
        argv += self.inputs + ([] if self.case.get("out") == "none" else ["-o", self.expand(self.case.get("out", outdir))])
        run = Run(self.case, argv, self.folder)
        run.check_sane(self.case)
        leaks("stdout", run.stdout)
        leaks("stderr", run.stderr)
        return run, outdir, read_report(report), report

    def check_files(self, records, outdir):
        files = tree(outdir) if os.path.isdir(outdir) else {}
        named = sorted(os.path.relpath(os.path.realpath(os.path.join(outdir, r["output"])), os.path.realpath(outdir))
                       for r in records if r["output"])
        need(sorted(files) == sorted(set(named)), "output folder and report differ: %d files, %d named",
             len(files), len(set(named)))
        leaks("an output path", "\n".join(files).encode())
        return files

    def check_first(self):
        case = self.case
        run, outdir, records, report = self.run_clean(1, "plain", ["--jobs", case.get("jobs", "1")])
        wanted_rc = case.get("exit")
        if wanted_rc is None:
            refused = any(r["outcome"] in ("quarantined", "failed") for r in records)
            wanted_rc = "1" if refused else "0"
        err = run.stderr.decode(errors="replace")
        need(str(run.rc) == wanted_rc, "exit code %d, not %s: %s", run.rc, wanted_rc, err[-400:])
        if case.get("stderr"):
            need(re.search(case["stderr"], err), "stderr is not /%s/: %s", case["stderr"], err[-400:])
        if run.rc == 2:
            need(not records, "a usage error came after files were read")
            need(not os.path.isdir(outdir) or not tree(outdir), "a usage error left files")
            need(err.count("\n") >= 1 and err.strip(), "a usage error without a word")
            return None
        files = self.check_files(records, outdir)
        low, _, high = case.get("files", str(input_files(self.inputs))).partition("-")
        need(int(low) <= len(records) <= int(high or low), "%d report lines for %s files", len(records), low)
        wanted = expectations(case)
        for record in records:
            check_record(record, outdir, "plain")
            check_expected(case, record, wanted)
            self.check_details(record)
        self.check_same_boxes(records)
        self.check_absent(files)
        if files and flagged(case, "verify") and zlib.crc32(self.name.encode()) % VERIFIED == 0:
            v = Run(case, [self.program, "verify"] + verify_args(self.args) + ["--report", report], self.folder)
            v.check_sane(case)
            need(v.rc == 0, "verify does not accept the outputs: %s", (v.stdout + v.stderr).decode(errors="replace")[-600:])
            leaks("verify's stdout", v.stdout)
            leaks("verify's stderr", v.stderr)
        return records, files

    def check_details(self, record):
        case = self.case
        if record["outcome"] not in WRITTEN:
            return
        ts = record["transfer_syntax"]
        want = case.get("ts", "same")
        need(want == "ANY" or ts["out"] == (ts["in"] if want == "same" else want), "transfer syntax %s became %s", ts["in"], ts["out"])
        n = len(record["regions"])
        if "regions" in case:
            low, _, high = case["regions"].partition("-")
            need(int(low) <= n <= int(high or low), "%d regions, not %s", n, case["regions"])
        if "sources" in case:
            got = {r["source"] for r in record["regions"]}
            need(got <= set(case["sources"].split()), "regions from %s", sorted(got))
        if "notes" in case:
            need(any(re.search(case["notes"], x) for x in record.get("notes", [])), "no note /%s/ in %s",
                 case["notes"], record.get("notes"))
        if "device" in case:
            need(record["device"] == (case["device"] or None), "the device is %s", record["device"])
        if "covered" in case:
            check_covered(record, float(case["covered"]))
        if "intact" in case:
            check_intact(record, [t.strip() for t in case["intact"].split("|")])

    def check_same_boxes(self, records):
        """Do all files lose the same boxes, for the same classes?"""
        want = self.case.get("same_boxes")
        if want:
            boxes = [sorted((r["x"], r["y"], r["w"], r["h"], r["class"]) for r in record["regions"]) for record in records]
            need(len(boxes) > 1 and (boxes.count(boxes[0]) == len(boxes)) == (want == "yes"),
                 "the boxes of %d files are%s the same", len(boxes), "" if want == "no" else " not")

    def check_absent(self, files):
        """Byte strings (regex) that no output may hold, and such that each must."""
        for pattern in self.case.get("absent", "").split():
            for data in files.values():
                need(not re.search(pattern.encode(), data), "an output holds /%s/", pattern)
        for pattern in self.case.get("present", "").split():
            for data in files.values():
                need(re.search(pattern.encode(), data), "an output lacks /%s/", pattern)

    def check_again(self, records, files):
        """Hidden paths, other worker count, same key: same bytes, no identity."""
        run, outdir, again, report = self.run_clean(2, "hash", ["--jobs", "2"])
        with open(report, "rb") as f:
            text = f.read()
        leaks("the report with hidden paths", text)
        for record in again:
            need(os.sep not in record["input"] and not os.path.splitext(record["input"])[1],
                 "the report with hidden paths names an input")
        need(sorted(r["outcome"] for r in again) == sorted(r["outcome"] for r in records), "a second run ends otherwise")
        if any(a.startswith("--key") for a in self.args):
            need(self.check_files(again, outdir) == files, "a second run with the same key writes other bytes")

    def check(self):
        first = self.check_first()
        # The sanitizers have seen all code by now.
        if first and flagged(self.case, "twice") and not SANITIZED:
            self.check_again(*first)
        for base, _, names in os.walk(self.folder):
            left = [n for n in names if n.startswith(".dcmscrub-")]
            need(not left, "%d temporary files are left in %s", len(left), os.path.basename(base))


def check_plain(program, case, folder):
    """A case of another verb, or of no verb: arguments, exit code, words."""
    clean = CleanCase.__new__(CleanCase)
    clean.program, clean.case, clean.folder = program, case, folder
    inputs = clean.make_inputs()
    words = [clean.expand(a) for a in shlex.split(case["run"])]
    if any(w.startswith(folder + "/in/") for w in words):
        inputs = [p for p in inputs if p != os.path.join(folder, "in")]
    argv = [program] + words + inputs
    run = Run(case, argv, folder)
    run.check_sane(case)
    out, err = run.stdout.decode(errors="replace"), run.stderr.decode(errors="replace")
    need(str(run.rc) == case.get("exit", "0"), "exit code %d, not %s: %s", run.rc, case.get("exit", "0"), (out + err)[-500:])
    for key, text in (("stdout", out), ("stderr", err)):
        if key in case:
            need(re.search(case[key], text), "%s is not /%s/: %s", key, case[key], text[-400:])
        if key + "_not" in case:
            need(not re.search(case[key + "_not"], text), "%s is /%s/", key, case[key + "_not"])
    if flagged(case, "silent"):
        leaks("stdout", run.stdout)
        leaks("stderr", run.stderr)
    for pattern in case.get("creates", "").split():
        need(fnmatch.filter(os.listdir(folder), pattern), "no file %s was made", pattern)


def run_case(program, name, case):
    folder = tempfile.mkdtemp(prefix="dsc-case-")
    try:
        if case.get("needs_user") and os.getuid() == 0:
            return "SKIP root may read everything"
        if "run" in case:
            check_plain(program, case, folder)
        else:
            CleanCase(program, name, case, folder).check()
        return None
    except Problem as e:
        return str(e)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def load(path):
    ini = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=(";",), strict=True)
    ini.optionxform = str
    with open(path, encoding="utf-8") as f:
        ini.read_file(f)
    cases = {}
    for name in ini.sections():
        case = dict(ini[name])
        each = case.pop("each", None)
        if not each:
            cases[name] = case
            continue
        # One case for each file of a pattern, less those named elsewhere.
        but = case.pop("but", "").split()
        few = int(case.pop("sanitized", "1")) if SANITIZED else 1
        names = sorted(os.path.relpath(os.path.join(base, n), ROOT)
                       for base, _, files in os.walk(os.path.join(ROOT, os.path.dirname(each))) for n in files)
        hits = [n for n in names if fnmatch.fnmatch(n, each) and os.path.dirname(n) == os.path.dirname(each)]
        for n in hits:
            if zlib.crc32(n.encode()) % few == 0 and not any(fnmatch.fnmatch(os.path.basename(n), b) for b in but):
                cases["%s %s" % (name, os.path.basename(n))] = dict(case, input=n)
        if not hits:
            cases[name + " (no file)"] = dict(case, input=each)
    return cases


def main():
    program, path = os.path.abspath(sys.argv[1]), sys.argv[2]
    cases = load(path)
    if sys.argv[3:]:
        cases = {n: c for n, c in cases.items() if any(fnmatch.fnmatch(n, p) for p in sys.argv[3:])}
    bad = 0
    with ThreadPoolExecutor(2) as pool:
        runs = [(n, pool.submit(run_case, program, n, c)) for n, c in cases.items()]
        for number, (name, future) in enumerate(runs, 1):
            problem = future.result()
            name = name.replace("#", "")
            if problem and problem.startswith("SKIP "):
                print("ok %d - %s # %s" % (number, name, problem))
                continue
            for line in (problem or "").splitlines():
                print("# " + line)
            print("%sok %d - %s" % ("not " if problem else "", number, name), flush=True)
            bad += bool(problem)
    print("1..%d" % len(cases))
    return 1 if bad or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
