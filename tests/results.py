#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Count what meson test ran in the given build folders.

Prints what failed and, as its last line, `N passed, N failed`, where a TAP
subtest (a Criterion test, a case file) counts as one and so does a program
without subtests. A program that ended badly without a failing subtest is one
failure. Fails too when a build ran fewer unit tests than tests/unit declares,
since Criterion can lose tests silently.
"""
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
# The suite had this many Criterion tests once; raise it as it grows.
LEAST_UNIT_TESTS = 20
PASSED = {"OK", "EXPECTEDFAIL"}
SKIPPED = {"SKIP"}


def declared_unit_tests():
    """Test( and ParameterizedTest( of each tests/unit/<module>."""
    n = 0
    for folder, _, names in os.walk(os.path.join(ROOT, "tests", "unit")):
        for name in names:
            if name.endswith(".c"):
                with open(os.path.join(folder, name), encoding="utf-8") as f:
                    n += len(re.findall(r"^(?:Parameterized)?Test\(", f.read(), re.M))
    return n


def junit_suites(path):
    """{test name: (passed, [failed subtests])} from meson's JUnit file."""
    found = {}
    for suite in ET.parse(path).getroot().iter("testsuite"):
        for case in suite.iter("testcase"):
            # "project.name" or "project.project:suites / name".
            owner = re.split(r"\.| / ", suite.get("name"))[-1]
            name = case.get("name")
            passed, failed = found.get(owner, (0, []))
            if case.find("failure") is not None or case.find("error") is not None:
                failed = failed + [name]
            elif case.find("skipped") is None:
                passed += 1
            found[owner] = (passed, failed)
    return found


def count_build(build):
    logs = os.path.join(build, "meson-logs")
    try:
        with open(os.path.join(logs, "testlog.json"), encoding="utf-8") as f:
            tests = [json.loads(line) for line in f if line.strip()]
        suites = junit_suites(os.path.join(logs, "testlog.junit.xml"))
        with open(os.path.join(build, "meson-info", "intro-tests.json"), encoding="utf-8") as f:
            groups = {t["name"]: t["suite"] for t in json.load(f)}
    except (OSError, ValueError, ET.ParseError) as e:
        print("%s: no test results (%s)" % (build, type(e).__name__))
        return 0, 1
    passed = failed = unit = 0
    for test in tests:
        name = test["name"].rpartition(" / ")[2]
        good, bad = suites.get(name, (0, []))
        if not good and not bad:
            good = 1 if test["result"] in PASSED else 0
            bad = [] if test["result"] in PASSED | SKIPPED else [test["result"]]
        elif not bad and test["result"] not in PASSED:
            # Every subtest was fine, but the program was not.
            bad = [test["result"]]
        passed += good
        failed += len(bad)
        if any(g.endswith("unit") for g in groups.get(name, [])):
            unit += good + len(bad)
        for what in bad:
            print("%s: FAILED %s: %s" % (build, test["name"], what))
    least = max(declared_unit_tests(), LEAST_UNIT_TESTS)
    if unit < least:
        failed += 1
        print("%s: only %d unit tests ran, at least %d are declared" % (build, unit, least))
    print("%s: %d passed, %d failed (%d unit tests)" % (build, passed, failed, unit))
    return passed, failed


def main():
    totals = [count_build(b) for b in sys.argv[1:]]
    passed, failed = sum(t[0] for t in totals), sum(t[1] for t in totals)
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
