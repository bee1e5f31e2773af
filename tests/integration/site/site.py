#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The site that `dcmscrub report` makes of a run over the test files, as a
reader who trusts nothing sees it: every page is good HTML, every link leads
somewhere, nothing is loaded from elsewhere, no planted identity, original UID
or input path is in any byte.

    site.py PROGRAM
"""
import csv
import html.parser
import json
import os
import re
import shutil
import stat
import struct
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TESTDATA = os.path.join(ROOT, "testdata")
VOID = {"meta", "link", "img", "br", "input"}


SANITIZED = os.environ.get("DSC_SANITIZED", "") not in ("", "none")


class Page(html.parser.HTMLParser):
    """Balanced tags, links, ids; no style, handler or inline script."""

    def __init__(self, path, ours=True):
        super().__init__()
        self.ours = ours  # no text holds markup of its own
        self.path, self.stack, self.links, self.ids, self.problems = path, [], [], set(), []
        self.headings, self.lang, self.title, self.policy = [], None, "", ""
        with open(path, encoding="utf-8") as f:
            self.text = f.read()
        self.feed(self.text)
        self.close()
        if self.stack:
            self.problems.append("open at the end: %s" % self.stack)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs, True)

    def handle_starttag(self, tag, attrs, closed=False):
        a = dict(attrs)
        if len(a) != len(attrs):
            self.problems.append("<%s> has an attribute twice" % tag)
        self.problems += ["<%s %s>" % (tag, k) for k in a if k.startswith("on") or k == "style"]
        if "id" in a:
            if a["id"] in self.ids:
                self.problems.append("id %s twice" % a["id"])
            self.ids.add(a["id"])
        self.links += [a[k] for k in ("href", "src") if a.get(k)]
        self.problems += ["<%s %s> holds markup" % (tag, k) for k in a if self.ours and a[k] and re.search(r"[\"<]", a[k])]
        if tag == "img" and not a.get("alt"):
            self.problems.append("an image without alt")
        if tag == "svg" and not (a.get("aria-label") or a.get("aria-hidden") == "true"):
            self.problems.append("an SVG without a label")
        if tag == "th" and a.get("scope") not in ("col", "row"):
            self.problems.append("a th without scope")
        if tag == "html":
            self.lang = a.get("lang")
        if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy":
            self.policy = a["content"]
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID and not closed:
            self.stack.append(tag)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.problems.append("</%s> closes something else" % tag)

    def handle_data(self, data):
        if self.ours and re.search(r"</?(span|code|td|a)\b", data):
            self.problems.append("markup as text: %s" % data[:60])
        if self.stack and self.stack[-1] == "script" and data.strip():
            self.problems.append("inline script")
        if self.stack and self.stack[-1] == "title" and "svg" not in self.stack:
            self.title += data


class Tests:
    def __init__(self, program, folder):
        self.program, self.folder, self.n, self.bad = program, folder, 0, 0
        self.report = os.path.join(folder, "report.jsonl")
        self.site = os.path.join(folder, "site")

    def check(self, name, problems):
        for p in list(problems)[:20]:
            print("# " + p)
        self.n += 1
        self.bad += bool(problems)
        print("%sok %d - %s" % ("not " if problems else "", self.n, name), flush=True)

    def run(self, *args):
        r = subprocess.run([self.program] + list(args), capture_output=True, text=True, timeout=600,
                           cwd=self.folder, stdin=subprocess.DEVNULL)
        if r.returncode < 0 or "Sanitizer" in r.stderr:
            self.check("no crash", [r.stderr[-2000:]])
        return r

    def files(self, site):
        return sorted(os.path.join(base, n) for base, _, names in os.walk(site) for n in names)

    def records(self):
        with open(self.report, encoding="utf-8") as f:
            return [json.loads(line) for line in f]


def some_files(box):
    """For the sanitizers, which take long: every second of the test files
    of each folder."""
    for base, _, names in os.walk(TESTDATA):
        to = os.path.join(box, os.path.relpath(base, TESTDATA))
        os.makedirs(to)
        for number, name in enumerate(sorted(names)):
            if number % 2 == 0 or name == "us-grey-explicit.dcm":
                shutil.copy(os.path.join(base, name), to)
    return box


def planted():
    with open(os.path.join(TESTDATA, "planted.txt"), "rb") as f:
        return [p for p in f.read().split(b"\n") if p]


def png_problem(path):
    """A picture holds pixels and nothing else."""
    with open(path, "rb") as f:
        data = f.read()
    at, kinds = 8, []
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        kinds.append(kind)
        at += 12 + length
    extra = set(kinds) - {b"IHDR", b"IDAT", b"IEND", b"sRGB"}
    return "%s has %s" % (path, extra) if extra or data[:4] != b"\x89PNG" else None


def page_problems(site, paths, ours=True):
    pages = {p: Page(p, ours) for p in paths if p.endswith(".html")}
    bad = []
    for path, page in pages.items():
        name = os.path.relpath(path, site)
        bad += ["%s: %s" % (name, p) for p in page.problems]
        if page.lang != "en" or not page.title or page.headings[:1] != [1] or page.headings.count(1) != 1:
            bad.append("%s: language, title or headings" % name)
        if "default-src 'none'" not in page.policy or "http" in page.policy or "unsafe" in page.policy:
            bad.append("%s: its policy is %s" % (name, page.policy))
        for link in page.links:
            target, _, anchor = link.partition("#")
            if re.match(r"[a-z]+:|//", target):
                bad.append("%s: leads away: %s" % (name, link))
                continue
            to = os.path.normpath(os.path.join(os.path.dirname(path), target)) if target else path
            if not os.path.isfile(to):
                bad.append("%s: dead link %s" % (name, link))
            elif anchor and anchor not in pages[to].ids:
                bad.append("%s: no such anchor %s" % (name, link))
    return bad


def leaks(site, paths, needles, new_uids):
    """New UIDs are taken out before: a time may be among their digits."""
    bad = []
    uids = re.compile(b"|".join(re.escape(u.encode()) for u in sorted(new_uids, key=len, reverse=True)))
    for path in paths:
        with open(path, "rb") as f:
            data = f.read()
        name = uids.sub(b"", os.path.relpath(path, site).encode()).decode()
        if not path.endswith(".png"):
            data = uids.sub(b"", data)
        # Short strings turn up in compressed pixels by chance.
        least = 9 if path.endswith(".png") else 1
        for i, needle in enumerate(needles):
            if len(needle) >= least and (needle in data or needle in name.encode()):
                bad.append("%s holds string %d" % (name, i))
    return bad


def totals_problems(t):
    bad = []
    records = t.records()
    with open(os.path.join(t.site, "summary.json"), encoding="utf-8") as f:
        summary = json.load(f)
    with open(os.path.join(t.site, "files.csv"), encoding="utf-8", newline="") as f:
        rows = list(csv.DictReader(f))
    with open(os.path.join(t.site, "regions.csv"), encoding="utf-8", newline="") as f:
        boxes = list(csv.DictReader(f))
    outcomes = {}
    for r in records:
        outcomes[r["outcome"]] = outcomes.get(r["outcome"], 0) + 1
    if {o["name"]: o["total"] for o in summary["outcomes"]} != outcomes:
        bad.append("outcomes: %s" % summary["outcomes"])
    if sorted(int(r["number"]) for r in rows) != list(range(1, len(records) + 1)):
        bad.append("files.csv has not every file once")
    for r in rows:
        if r["outcome"] != records[int(r["number"]) - 1]["outcome"]:
            bad.append("files.csv row %s" % r["number"])
    want = sum(len(r["regions"]) + len(r["kept"]) for r in records)
    if len(boxes) != want:
        bad.append("regions.csv has %d boxes, not %d" % (len(boxes), want))
    cards, text = {}, ""
    for path in t.files(t.site):
        if os.sep + "study" + os.sep in path:
            for number in re.findall(r'data-file="(\d+)"', Page(path).text):
                cards[number] = cards.get(number, 0) + 1
        if os.path.basename(path).startswith("quarantine"):
            text += Page(path).text
    written = [i + 1 for i, r in enumerate(records) if r["output"]]
    bad += ["file %d is shown %d times" % (n, cards.get(str(n), 0)) for n in written if cards.get(str(n)) != 1]
    refused = [i + 1 for i, r in enumerate(records) if r["outcome"] in ("quarantined", "failed")]
    shown = [int(n) for n in re.findall(r'<tr><th scope="row">(\d+)</th>', text)]
    if sorted(shown) != refused:
        bad.append("%d refused files are listed, not %d" % (len(shown), len(refused)))
    sample = [r for r in rows if r["sampled"] == "1"]
    if len(sample) != 20 or any(r["outcome"] not in ("clean", "scrubbed") for r in sample):
        bad.append("%d files are in the sample" % len(sample))
    return bad


def key_problems(t):
    """Whoever cannot hover over a bar is told what its colour means."""
    with open(os.path.join(t.site, "index.html"), encoding="utf-8") as f:
        charts = re.findall(r'<figure class="chart">.*?</figure>', f.read(), re.S)
    bad = [] if len(charts) >= 2 else ["%d charts" % len(charts)]
    for chart in charts:
        bars, _, key = chart.partition('<ul class="key">')
        looks = set(re.findall(r'<rect class="([^"]+)"', bars)) - {"stage"}
        bad += ["no key for %s" % look for look in looks if '"%s"' % look not in key]
    return bad


def mode_problems(paths, site, file_mode, folder_mode):
    bad = ["%s: %o" % (p, stat.S_IMODE(os.stat(p).st_mode)) for p in paths
           if stat.S_IMODE(os.stat(p).st_mode) != file_mode]
    for base, _, _ in os.walk(site):
        if stat.S_IMODE(os.stat(base).st_mode) != folder_mode:
            bad.append("%s: %o" % (base, stat.S_IMODE(os.stat(base).st_mode)))
    return bad


def same_again(t):
    other = os.path.join(t.folder, "again")
    t.run("report", t.report, "-o", other, "--sample", "20", "-q")
    a, b = t.files(t.site), t.files(other)
    if [os.path.relpath(p, t.site) for p in a] != [os.path.relpath(p, other) for p in b]:
        return ["other files"]
    bad = []
    for p, q in zip(a, b):
        with open(p, "rb") as f, open(q, "rb") as g:
            if f.read() != g.read():
                bad.append("%s differs" % os.path.relpath(p, t.site))
    return bad


def with_originals(t):
    site = os.path.join(t.folder, "phi")
    # The smallest report that shows what is wanted.
    short = os.path.join(t.folder, "short.jsonl")
    with open(short, "w", encoding="utf-8") as f:
        for r in t.records():
            if os.path.basename(r["input"]) == "us-grey-explicit.dcm":
                f.write(json.dumps(r) + "\n")
    r = t.run("report", short, "-o", site, "--with-originals")
    paths = t.files(site)
    t.check("--with-originals ends well", [] if r.returncode == 0 else [r.stderr])
    t.check("--with-originals: files 0600, folders 0700", mode_problems(paths, site, 0o600, 0o700))
    pages = [p for p in paths if p.endswith(".html")]
    t.check("--with-originals: every page is marked",
            [p for p in pages if 'class="phi"' not in Page(p).text or "PATIENT DATA" not in Page(p).title])
    t.check("--with-originals: good pages", page_problems(site, paths))
    text = "".join(Page(p).text for p in pages)
    t.check("--with-originals: the search for leaks finds them",
            [] if leaks(site, paths, planted(), {"2.25.0"}) else ["nothing was found"])
    missing = [w for w in ("us-grey-explicit.dcm", "-before.png", "Mustermann") if w.lower() not in text.lower()]
    t.check("--with-originals: path, picture and text are there", missing)


HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>&lt;\u202e\u0000\ud7ff"


def hostile(t):
    site = os.path.join(t.folder, "hostile")
    report = os.path.join(t.folder, "hostile.jsonl")
    word = HOSTILE.replace("\u0000", "")
    with open(report, "w", encoding="utf-8") as f:
        for i in range(30):
            record = dict(t.records()[-1], outcome=("scrubbed", "quarantined", "clean")[i % 3], input=word, output="/nonexistent/" + word,
                          reason=word, device=word, modality=word, study=word if i % 2 else "2.25.%d" % i, series=word,
                          instance=word, sop_class=word, notes=[word, 7, None], frames=2 ** 40, columns=-7,
                          regions=[{"frames": [0, 10 ** 12], "x": -1e300, "y": 2 ** 60, "w": 7, "h": [1], "class": word,
                                    "source": word, "mask": word * 50, "reason": word, "confidence": 1e308}] * 3)
            f.write(json.dumps(record) + "\n")
    r = t.run("report", report, "-o", site, "--sample", "5")
    paths = t.files(site)
    t.check("hostile values: outputs are missing, and that is told",
            [] if r.returncode == 1 and "missing" in r.stderr else [r.stderr])
    t.check("hostile values stay text", page_problems(site, paths, False))
    bad = []
    for p in paths:
        with open(p, "rb") as f:
            data = f.read()
        if p.endswith((".html", ".js", ".css")) and (b"<script>" in data or b"<img src=x" in data):
            bad.append(p)
        if p.endswith(".html") and (b"\xe2\x80\xae" in data):
            bad.append(p + ": a mark that turns the direction")
    t.check("hostile values are escaped", bad)


def changed_outputs(t):
    records = [r for r in t.records() if r["output"]][:3]
    report = os.path.join(t.folder, "changed.jsonl")
    copies = []
    for i, r in enumerate(records):
        copies.append(os.path.join(t.folder, "changed%d.dcm" % i))
        with open(os.path.join(t.folder, r["output"]), "rb") as f:
            data = f.read()
        with open(copies[-1], "wb") as f:
            f.write([data[:-2], b"\0" * len(data), data][i])
        r["output"] = copies[-1]
    with open(report, "w", encoding="utf-8") as f:
        f.writelines(json.dumps(r) + "\n" for r in records)
    site = os.path.join(t.folder, "changed")
    r = t.run("report", report, "-o", site)
    text = "".join(Page(p).text for p in t.files(site) if os.sep + "study" + os.sep in p)
    bad = [] if r.returncode == 1 else ["exit code %d" % r.returncode]
    if text.count("its size differs") != 1 or text.count("cannot be shown") != 1:
        bad.append("changed outputs are not told")
    if not any(p.endswith(".png") for p in t.files(site)):
        bad.append("the good one has no picture")
    t.check("changed outputs are told, the others shown", bad)


def many_studies(t):
    """Paged, and every page small enough for a phone."""
    report = os.path.join(t.folder, "many.jsonl")
    base = dict(next(r for r in t.records() if r["output"]), output="/nonexistent/x.dcm")
    with open(report, "w", encoding="utf-8") as f:
        for i in range(3000):
            f.write(json.dumps(dict(base, study="2.25.%d" % (i // 2 if i < 2000 else 7), instance="2.25.9%d" % i)) + "\n")
    site = os.path.join(t.folder, "many")
    t.run("report", report, "-o", site)
    paths = t.files(site)
    t.check("many studies: good pages", page_problems(site, paths))
    t.check("many studies: no page is over 500 kB",
            [p for p in paths if p.endswith(".html") and os.path.getsize(p) > 500000])
    t.check("many studies: 1000 studies on ten lists", [] if len([p for p in paths if "/studies" in p]) == 10 else ["no"])


def main():
    program = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o700)
        os.umask(0o022)
        t = Tests(program, folder)
        source = some_files(os.path.join(folder, "in")) if SANITIZED else TESTDATA
        t.run("clean", "-q", "--find", "masks,ocr", "--policy", "phi", source, "-o", "out", "--report", t.report)
        r = t.run("report", t.report, "-o", t.site, "--sample", "20")
        t.check("a site of the test files", [] if r.returncode == 0 else ["%d %s" % (r.returncode, r.stderr)])
        paths = t.files(t.site)
        t.check("pages and pictures were made", [] if len(paths) > 60 else ["only %d" % len(paths)])
        t.check("pages are good HTML and links lead somewhere", page_problems(t.site, paths))
        t.check("pictures hold only pixels", [p for p in map(png_problem, [p for p in paths if p.endswith(".png")]) if p])
        inputs = [r["input"].encode() for r in t.records()]
        new = {r[k] for r in t.records() for k in ("study", "series", "instance") if r[k]}
        needles = planted() + inputs + [n for n in map(os.path.basename, inputs) if b"." in n or b"-" in n] + [folder.encode(), TESTDATA.encode()]
        t.check("no identity, original UID or path in any byte", leaks(t.site, paths, needles, new))
        t.check("the totals are those of the report", totals_problems(t))
        t.check("the colours of the charts are told", key_problems(t))
        t.check("files are for all, as the umask says", mode_problems(paths, t.site, 0o644, 0o755))
        t.check("the same report gives the same site", same_again(t))
        with_originals(t)
        hostile(t)
        changed_outputs(t)
        many_studies(t)
        print("1..%d" % t.n)
        return 1 if t.bad else 0


if __name__ == "__main__":
    sys.exit(main())
