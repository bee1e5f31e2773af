#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What an output says of itself under each option, what the actions of a
profile file do, and who is told from whom: keys, maps of IDs, moved dates.

    claims.py PROGRAM
"""
import datetime
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import CORNERS, TESTDATA, Tap, pydicom  # noqa: E402
from pydicom.dataset import Dataset  # noqa: E402
from pydicom.sequence import Sequence  # noqa: E402

# Option in a profile file: code of CID 7050 and term of (0028,0303).
OPTIONS = {
    None: (None, "REMOVED"), "retain-safe-private": ("113111", "REMOVED"), "retain-uids": ("113110", "REMOVED"),
    "retain-device-identity": ("113109", "REMOVED"), "retain-institution-identity": ("113112", "REMOVED"),
    "retain-patient-characteristics": ("113108", "REMOVED"), "retain-full-dates": ("113106", "UNMODIFIED"),
    "retain-modified-dates": ("113107", "MODIFIED"), "clean-descriptors": ("113105", "REMOVED"),
    "clean-structured-content": ("113104", "REMOVED"), "clean-graphics": ("113103", "REMOVED"),
}
NEST = 0x00189226  # a sequence that the table does not name
PRESETS = {"research": ({"113107", "113108", "113109"}, "MODIFIED"),
           "internal": ({"113105", "113106", "113108", "113109", "113111", "113112"}, "UNMODIFIED")}


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)
        return self.path(name)

    def make(self, name, base="ct-explicit.dcm", **values):
        ds = pydicom.dcmread(os.path.join(TESTDATA, base))
        for keyword, value in values.items():
            setattr(ds, keyword, value)
        ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
        ds.save_as(self.path(name))
        return self.path(name)

    def clean(self, inputs, *options):
        """Outputs as datasets, in the order of the inputs."""
        out = tempfile.mkdtemp(dir=self.folder)
        r = subprocess.run([self.program, "clean", "-q", "--find", "masks", "--mask", CORNERS, "--keep-paths", "-o", out,
                            *options, *inputs], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)
        if r.returncode:
            raise RuntimeError("clean ended with %d: %s" % (r.returncode, r.stderr[-300:]))
        return [pydicom.dcmread(os.path.join(out, os.path.basename(i))) for i in inputs]


def claims(ds, codes, dates):
    bad = []
    found = {c.CodeValue for c in ds.DeidentificationMethodCodeSequence}
    if found != {"113100", "113101"} | codes or {c.CodingSchemeDesignator for c in
                                                 ds.DeidentificationMethodCodeSequence} != {"DCM"}:
        bad.append("codes %s" % sorted(found))
    for keyword, value in (("PatientIdentityRemoved", "YES"), ("BurnedInAnnotation", "NO"),
                           ("LongitudinalTemporalInformationModified", dates)):
        if ds.get(keyword) != value:
            bad.append("%s says %s" % (keyword, ds.get(keyword)))
    methods = ds.DeidentificationMethod
    methods = [methods] if isinstance(methods, str) else list(methods)
    if not any("dcmscrub" in m for m in methods) or any(len(m) > 64 for m in methods):
        bad.append("De-identification Method: %s" % methods)
    item = ds.ContributingEquipmentSequence[-1]
    purpose = item.PurposeOfReferenceCodeSequence[0]
    if item.Manufacturer != "dcmscrub" or (purpose.CodeValue, purpose.CodingSchemeDesignator) != ("109104", "DCM"):
        bad.append("Contributing Equipment is another")
    meta = ds.file_meta
    if not meta.ImplementationVersionName.startswith("DCMSCRUB") or "SourceApplicationEntityTitle" in meta:
        bad.append("File Meta Information is not ours")
    return bad


def judge_claims(tap, bench):
    source = bench.make("claims.dcm", DeidentificationMethod="somebody before",
                        DeidentificationMethodCodeSequence=Sequence())
    source = [source]
    for option, (code, dates) in OPTIONS.items():
        text = "options:\n  %s: yes\n" % option if option else "profile: basic\n"
        tap.check("claims: %s" % (option or "basic"), lambda t=text, c=code, d=dates: "\n".join(
            claims(bench.clean(source, "--profile", bench.write("p.yaml", t))[0], {c} - {None}, d)) or None)
    for preset, (codes, dates) in PRESETS.items():
        tap.check("claims: preset " + preset, lambda p=preset, c=codes, d=dates: "\n".join(
            claims(bench.clean(source, "--profile", p)[0], c, d)) or None)
    tap.check("claims: what somebody wrote before stays", lambda: None if "somebody before" in
              bench.clean(source)[0].DeidentificationMethod else "it is gone")


# Attribute, action: what comes out ("=": as it was, "": empty, None: nothing, else a pattern).
ACTIONS = [
    ("PatientAge", "keep", "="), ("PatientAge", "remove", None), ("PatientAge", "empty", ""),
    ("PatientAge", "replace", "000Y"), ("PatientName", "keep", "="), ("PatientName", "replace", "ANONYMIZED"),
    ("StudyDate", "keep", "="), ("StudyDate", "replace", "19000101"), ("PatientBirthDate", "keep", "="),
    ("StudyDescription", "clean", "Thorax"), ("StudyDescription", "remove", None), ("BodyPartExamined", "remove", None),
    ("BodyPartExamined", "empty", ""), ("(0018,0015)", "replace", "ANONYMIZED"), ("SeriesInstanceUID", "keep", "="),
    ("FrameOfReferenceUID", "map-uid", r"2\.25\.\d+"), ("SeriesNumber", "replace", "0"),
    ("OperatorsName", "remove", None),
]
# Values that keep more than the standard lets a profile.
WEAKER = {("PatientAge", "keep"), ("PatientName", "keep"), ("StudyDate", "keep"), ("PatientBirthDate", "keep"),
          ("SeriesInstanceUID", "keep")}


def check_action(bench, source, attribute, action, wanted):
    profile = bench.write("p.yaml", "attributes:\n  \"%s\": %s\n" % (attribute, action))
    was, now = pydicom.dcmread(source), bench.clean([source], "--profile", profile)[0]
    keyword = "BodyPartExamined" if attribute[0] == "(" else attribute
    if wanted is None:
        return None if keyword not in now else "it is there"
    if keyword not in now:
        return "it is gone"
    value = str(now[keyword].value if now[keyword].value is not None else "")
    if not re.fullmatch(re.escape(str(was[keyword].value)) if wanted == "=" else wanted, value):
        return "another value of %d characters" % len(value)
    claimed = "113100" in {c.CodeValue for c in now.DeidentificationMethodCodeSequence}
    if claimed == ((attribute, action) in WEAKER):
        return "the Basic Profile is claimed, or is not"
    kept_date = keyword in ("StudyDate", "PatientBirthDate") and action == "keep"
    if (now.LongitudinalTemporalInformationModified == "REMOVED") == kept_date:
        return "(0028,0303) says " + now.LongitudinalTemporalInformationModified
    return None


def judge_actions(tap, bench):
    source = bench.make("actions.dcm", PatientAge="042Y", StudyDescription="Thorax Mustermann", BodyPartExamined="CHEST",
                        PatientBirthDate="19380819", OperatorsName="Knipser^Karla")
    for attribute, action, wanted in ACTIONS:
        tap.check("a profile file: %s %s" % (action, attribute), check_action, bench, source, attribute, action, wanted)


def identity_of(ds):
    return str(ds.PatientID), str(ds.PatientName), str(ds.StudyInstanceUID), str(ds.SOPInstanceUID)


def judge_people(tap, bench):
    a = bench.make("a.dcm")
    b = bench.make("b.dcm", base="us-grey-explicit.dcm")  # the same patient
    other = bench.make("other.dcm", PatientID="0000", PatientName="Erfunden^Eva")
    namesake = bench.make("namesake.dcm", PatientName="Erfunden^Eva", SOPInstanceUID="1.2.3.4")
    one, two = bench.clean([a, b, other]), bench.clean([a, b, other])
    tap.check("without a key: one person in one run", lambda: None if one[0].PatientID == one[1].PatientID !=
              one[2].PatientID else "no")
    tap.check("without a key: no value of one run in the next", lambda: None if not set(identity_of(one[0])) & set(
        identity_of(two[0])) else "no")
    gone = bench.clean([a, b], "--anonymise")
    tap.check("--anonymise: the same", lambda: None if gone[0].PatientID == gone[1].PatientID and not set(
        identity_of(gone[0])) & set(identity_of(one[0])) else "no")
    for name in ("key", "key2"):
        subprocess.run([bench.program, "key", "new", bench.path(name)], check=True)
    key = ("--key", bench.path("key"))
    here = bench.clean([a], *key) + bench.clean([b], *key, "--jobs", "2") + bench.clean([namesake, other], *key)
    tap.check("with a key: one person in two runs", lambda: None if here[0].PatientID == here[1].PatientID !=
              here[3].PatientID else "no")
    tap.check("one ID with two names is one person", lambda: None if here[0].PatientID == here[2].PatientID and
              here[0].PatientName == here[2].PatientName else "no")
    tap.check("with another key: other values", lambda: None if not set(identity_of(here[0])) & set(
        identity_of(bench.clean([a], "--key", bench.path("key2"))[0])) else "no")
    ids = bench.write("ids.csv", "real,trial\n%s,TRIAL-7\n" % pydicom.dcmread(a).PatientID)
    mapped = bench.clean([a, b, other], *key, "--id-map", ids)
    tap.check("--id-map: its IDs, and pseudonyms for the others", lambda: None if [str(m.PatientID) for m in mapped] == [
        "TRIAL-7", "TRIAL-7", str(here[3].PatientID)] else "no")
    nested = pydicom.dcmread(a)
    item = Dataset()
    item.PatientID, item.PatientName = "0000", "Erfunden^Eva"
    nested.add_new(NEST, "SQ", Sequence([item]))
    nested.save_as(bench.path("nested.dcm"))
    inner = bench.clean([bench.path("nested.dcm")], *key)[0]
    tap.check("a second person, deeper down, has the own pseudonym", lambda: None if inner[NEST].value[
        0].PatientID == inner[NEST].value[0].PatientName == here[3].PatientID != inner.PatientID else "no")


def day(text):
    return datetime.datetime.strptime(str(text)[:8], "%Y%m%d")


def judge_dates(tap, bench):
    key = ("--key", bench.path("key"), "--profile", "research")
    files = [bench.make("d1.dcm", StudyDate="20191230", StudyTime="235959", AcquisitionDateTime="20191231235959.5+0100",
                        SOPInstanceUID="1.2.1"),
             bench.make("d2.dcm", StudyDate="20200301", StudyTime="000001", SOPInstanceUID="1.2.2"),
             bench.make("d3.dcm", StudyDate="20200301", PatientID="0000", SOPInstanceUID="1.2.3")]
    first, second, other = bench.clean(files[:2], *key) + bench.clean(files[2:], *key)
    tap.check("moved dates: intervals stay", lambda: None if day(second.StudyDate) - day(first.StudyDate) ==
              datetime.timedelta(62) and day(first.AcquisitionDateTime) - day(first.StudyDate) ==
              datetime.timedelta(1) else "no")
    tap.check("moved dates: times and zones stay", lambda: None if (first.StudyTime, str(first.AcquisitionDateTime)[8:]) ==
              ("235959", "235959.5+0100") else "%s" % first.AcquisitionDateTime)
    tap.check("moved dates: none stays, and each patient has other days", lambda: None if "20200301" != second.StudyDate !=
              other.StudyDate != "20200301" else "no")


def main():
    program, tap = os.path.abspath(sys.argv[1]), Tap()
    folder = tempfile.mkdtemp(prefix="dsc-claims-")
    try:
        bench = Bench(program, folder)
        judge_claims(tap, bench)
        judge_actions(tap, bench)
        judge_people(tap, bench)
        judge_dates(tap, bench)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
