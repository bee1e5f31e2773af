#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every row of PS3.15 Table E.3.4-1, read a second time in Python.

    content.py PROGRAM

A report with a content item for each row is cleaned under each preset: items
that go are gone, values that go are others, what an option keeps is the same.
Then again in a tree where something hangs on each item, and in one with
references by number: there no item goes, and every value that should is gone.
"""
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime

sys.dont_write_bytecode = True
from common import ROOT, Tap, read, scrub  # noqa: E402

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset  # noqa: E402
from pydicom.sequence import Sequence  # noqa: E402

TABLE = os.path.join(ROOT, "src", "deid", "tables", "ps315_e3_4_1.csv")
PRESETS = {
    "basic": [],
    "research": ["retain_longitudinal_modified_dates", "retain_patient_characteristics", "retain_device_identity"],
    "internal": ["retain_longitudinal_full_dates", "retain_patient_characteristics", "retain_device_identity",
                 "retain_institution_identity", "clean_descriptors"],
}
CLASS = "1.2.840.10008.5.1.4.1.1.88.33"
VALUES = {"TEXT": ("TextValue", "calm waters"), "PNAME": ("PersonName", "Knipser^Karla"), "DATE": ("Date", "20190314"),
          "TIME": ("Time", "104207"), "DATETIME": ("DateTime", "20190314104207"), "UIDREF": ("UID", "1.2.276.0.99.77")}
REFERENCES = ("IMAGE", "COMPOSITE", "WAVEFORM")


def rows():
    with open(TABLE, encoding="utf-8") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def code(value, scheme, meaning):
    c = Dataset()
    c.CodeValue, c.CodingSchemeDesignator, c.CodeMeaning = value, scheme, meaning
    return Sequence([c])


def item(row, children):
    kind, d = row["value_type"], Dataset()
    d.RelationshipType, d.ValueType = "CONTAINS", kind
    d.ConceptNameCodeSequence = code(row["code"], row["scheme"], row["meaning"][:64])
    if kind in VALUES:
        setattr(d, *VALUES[kind])
    elif kind == "NUM":
        m = Dataset()
        m.NumericValue, m.MeasurementUnitsCodeSequence = "47", code("a", "UCUM", "year")
        d.MeasuredValueSequence = Sequence([m])
    elif kind == "CODE":
        d.ConceptCodeSequence = code("F", "DCM", "Female")
    elif kind in REFERENCES:
        r = Dataset()
        r.ReferencedSOPClassUID, r.ReferencedSOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.276.0.99.88"
        d.ReferencedSOPSequence = Sequence([r])
    if children:
        d.ContentSequence = Sequence(children)
    return d


def stays(meaning="Hypertension"):
    return item({"value_type": "CODE", "code": "121071", "scheme": "DCM", "meaning": meaning}, [])


def by_number():
    d = Dataset()
    d.RelationshipType, d.ReferencedContentItemIdentifier = "INFERRED FROM", [1, 1]
    return d


def make(path, children):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = CLASS, "1.2.276.0.99.5"
    meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds = FileDataset(path, {}, file_meta=meta, preamble=bytes(128))
    ds.is_little_endian, ds.is_implicit_VR = True, False
    ds.SOPClassUID, ds.SOPInstanceUID = CLASS, "1.2.276.0.99.5"
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.Modality = "1.2.276.0.99.6", "1.2.276.0.99.7", "SR"
    ds.PatientID, ds.ValueType = "FV-1", "CONTAINER"
    ds.ConceptNameCodeSequence = code("121144", "DCM", "Document Title")
    ds.ContentSequence = Sequence(item(r, children) for r in rows())
    ds.save_as(path, write_like_original=False)


def fate(row, options):
    """"X", "D", "K" or "C"."""
    kind = row["value_type"]
    if kind in REFERENCES:
        return "K"
    if kind in ("DATE", "TIME", "DATETIME"):
        dates = [row[o] for o in options if "longitudinal" in o and row[o]]
        return "C" if dates else row["basic_profile"].split("/")[-1]
    for wanted in ("K", "C"):
        if any(row[o] == wanted for o in options):
            return wanted
    return row["basic_profile"].split("/")[-1]


def value(d):
    kind = d.ValueType
    if kind in VALUES:
        return str(d.get(VALUES[kind][0], ""))
    if kind == "NUM":
        m = d.get("MeasuredValueSequence")
        return str(m[0].NumericValue) if m else ""
    if kind == "CODE":
        c = d.get("ConceptCodeSequence")
        return c[0].CodeMeaning if c else ""
    return d.ReferencedSOPSequence[0].ReferencedSOPInstanceUID if kind in REFERENCES else ""


def is_earlier(now, was):
    """By a day to ten years, with the time of day kept."""
    days = (datetime.strptime(was[:8], "%Y%m%d") - datetime.strptime(now[:8], "%Y%m%d")).days
    return 1 <= days <= 3652 and now[8:] == was[8:]


def is_right(row, how, options, was, now):
    kind = row["value_type"]
    if kind in REFERENCES or kind == "UIDREF":  # mapped, unless all UIDs are retained
        return now != was and now.startswith("2.25.")
    if kind == "CONTAINER":
        return True
    if how == "K":
        return now == was
    if how == "C" and kind == "TEXT":  # the words name nobody
        return now == was
    if how == "C":
        full = "retain_longitudinal_full_dates" in options
        return now == was if full or kind == "TIME" else is_earlier(now, was)
    return now != was and (now or kind == "NUM")


def check(record, profile, whole):
    options, left = PRESETS[profile], list(read(record["output"]).ContentSequence)
    source, bad, at = read(record["input"]).ContentSequence, [], 0
    for row, was in zip(rows(), source):
        how = fate(row, options)
        gone = how == "X" and (not whole or (row["value_type"] == "CONTAINER" and whole == "children"))
        here = left[at] if at < len(left) else None
        same = here is not None and here.ConceptNameCodeSequence[0].CodeValue == row["code"] and \
            here.ValueType == row["value_type"]
        if gone:
            continue
        if not same:
            return "%s (%s) is not where it should be" % (row["meaning"], how)
        at += 1
        if not is_right(row, how, options, value(was), value(here)):
            bad.append("%s: %s of %s became %r" % (row["meaning"], how, row["value_type"], value(here)))
    if at != len(left):
        bad.append("%d items should be gone" % (len(left) - at))
    return "\n".join(bad[:10]) or None


def main():
    tap = Tap()
    folder = tempfile.mkdtemp(prefix="dsc-content-")
    trees = {"leaves": ([], ""), "children": ([stays()], "children"), "references": ([by_number()], "references")}
    try:
        for name, (children, _) in trees.items():
            make(os.path.join(folder, name + ".dcm"), children)
        files = [os.path.join(folder, name + ".dcm") for name in trees]
        for profile in PRESETS:
            out = os.path.join(folder, profile)
            os.mkdir(out)
            key = os.path.join(out, "key")
            subprocess.run([os.path.abspath(sys.argv[1]), "key", "new", key], check=True)
            # "safe", the default, would take from texts what no list knows.
            records = scrub(os.path.abspath(sys.argv[1]), files, out, "--profile", profile, "--key", key,
                            "--policy", "phi")
            for name, (_, whole) in trees.items():
                tap.check("%d rows, %s, %s" % (len(rows()), name, profile), check, records[name + ".dcm"], profile, whole)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
