#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Objects without pixels as other people's software sees them.

    objects.py PROGRAM

Every file of testdata/objects is cleaned under each preset. No planted string
is left in any byte; numbers, codes, coordinates and samples are those of the
input and in its order; UIDs are mapped alike in all files, and references by
number point at the same concept; dciodvfy and dsrdump have nothing new to say.
"""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import TESTDATA, Tap, pydicom, read, scrub, syntax  # noqa: E402
from judges import vfy  # noqa: E402

DEFLATED = "1.2.840.10008.1.2.1.99"
REPORTS = "1.2.840.10008.5.1.4.1.1.88."
# What the presets keep on purpose: times of day and stations; dates and
# institutions too.
KEPT = {"basic": rb"$", "research": rb"\d{6}(\.\d+)?$|[\d:]{8}$|FICTIV|SN-",
        "internal": rb"[\d./:-]+$|FICTIV|SN-|Klinik am|Erfundene Gasse"}


def planted(profile):
    """Strings of the headers, less what the preset keeps and what is short."""
    with open(os.path.join(TESTDATA, "planted.txt"), "rb") as f:
        lines = [line for line in f.read().split(b"\n") if len(line) > 5]
    return [x for x in lines if not re.match(KEPT[profile], x)]


def check_bytes(record, profile, strings):
    with open(record["output"], "rb") as f:
        data = f.read()
    if record["transfer_syntax"]["out"] == DEFLATED:
        import io
        b = io.BytesIO()
        ds = read(record["output"])
        ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
        ds.save_as(b)
        data = b.getvalue()
    left = [i for i, s in enumerate(strings) if s in data]
    return "planted strings %s are left" % left if left else None


def items(ds):
    """All content items below and with `ds`, depth first."""
    yield ds
    for child in ds.get("ContentSequence", []):
        yield from items(child)


def concept(item):
    name = item.get("ConceptNameCodeSequence")
    return (name[0].CodeValue, name[0].CodingSchemeDesignator) if name else None


def facts(ds):
    """What of a content tree must stay, in order."""
    found = []
    for item in items(ds):
        kind = item.get("ValueType", "")
        if kind == "NUM":
            m = item.MeasuredValueSequence[0]
            found.append((concept(item), str(m.NumericValue), m.MeasurementUnitsCodeSequence[0].CodeValue))
        elif kind == "CODE":
            c = item.ConceptCodeSequence[0]
            found.append((concept(item), c.CodeValue, c.CodeMeaning))
        elif kind == "SCOORD":
            found.append((item.GraphicType, list(item.GraphicData)))
        elif kind in ("IMAGE", "CONTAINER"):
            found.append((kind, concept(item)))
    return found


def targets(ds):
    """The concepts that references by number point at."""
    found = []
    for item in items(ds):
        path = item.get("ReferencedContentItemIdentifier")
        if path is None:
            continue
        at = ds
        for n in list(path)[1:]:
            at = at.ContentSequence[n - 1]
        found.append(concept(at))
    return found


def check_report(source, record):
    a, b = read(source), read(record["output"])
    if facts(a) != facts(b):
        return "codes, numbers or coordinates differ"
    if targets(a) != targets(b):
        return "a reference by number points elsewhere"
    return None


def shapes(ds):
    """Boxes, and drawings of few points, with their place."""
    found = []
    for a in ds.get("GraphicAnnotationSequence", []):
        for t in a.get("TextObjectSequence", []):
            found.append((list(t.get("BoundingBoxTopLeftHandCorner", [])),
                          list(t.get("BoundingBoxBottomRightHandCorner", []))))
        for g in a.get("GraphicObjectSequence", []):
            if g.NumberOfGraphicPoints <= 50:
                found.append((g.GraphicType, list(g.GraphicData)))
    return found


def check_state(source, record):
    a, b = read(source), read(record["output"])
    if [s for s in shapes(a) if s not in shapes(b)]:
        return "a box or a measured shape changed"
    if any(len(g.GraphicData) != 2 * g.NumberOfGraphicPoints for x in b.GraphicAnnotationSequence
           for g in x.get("GraphicObjectSequence", [])):
        return "points and their number differ"
    layers = [{i.GraphicLayer for i in b.get(s, [])} for s in ("GraphicAnnotationSequence", "GraphicLayerSequence")]
    if layers[0] != layers[1]:
        return "annotations name layers that are not there"
    if any(e.tag.group & 0xFF00 == 0x6000 or e.tag.is_private for e in b):
        return "an overlay or a private element is left"
    return None


def check_samples(source, record):
    """Bulk values byte for byte."""
    a, b = read(source), read(record["output"])

    def bulk(ds):
        return [(e.tag, e.value) for e in ds.iterall() if e.VR in ("OW", "OB", "OF", "OB or OW") and e.tag.group in
                (0x5400, 0x5600, 0x7FE0)]
    return None if bulk(a) == bulk(b) else "samples changed"


def check_claims(record, profile):
    b = read(record["output"])
    codes = {c.CodeValue for c in b.DeidentificationMethodCodeSequence}
    wanted = {"113104"} if b.Modality in ("SR", "KO", "ECG") else {"113103"} if b.Modality == "PR" else set()
    if codes & {"113103", "113104"} != wanted:
        return "claims %s" % sorted(codes)
    pixels = "PixelData" in b
    if ("113101" in codes) != pixels or ("BurnedInAnnotation" in b) != pixels:
        return "clean pixels are claimed, or not"
    return None


def check_dciodvfy(source, record):
    if not shutil.which("dciodvfy"):
        return "SKIP dciodvfy is not installed"
    if record["transfer_syntax"]["in"] == DEFLATED:
        return "SKIP dciodvfy does not read this transfer syntax"
    before, new = vfy(source), []
    for line in vfy(record["output"]):
        if line in before:
            before.remove(line)
        else:
            new.append(line)
    return "\n".join(new[:10]) or None


def dsrdump(path):
    r = subprocess.run(["dsrdump", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return r.returncode, set(re.sub(r"[\d.]+", "#", r.stderr.decode("utf-8", "replace")).splitlines())


def check_dsrdump(source, record):
    if not shutil.which("dsrdump"):
        return "SKIP dsrdump is not installed"
    (_, before), (rc, after) = dsrdump(source), dsrdump(record["output"])
    if rc:
        return "dsrdump cannot read it"
    return "\n".join(sorted(after - before)) or None


def uids(ds):
    """UIDs by place; only sequences whose items all stay are compared."""
    found = {}

    def walk(d, path):
        for e in d:
            where = "%s%s" % (path, e.tag)
            if e.VR == "UI" and e.value and not isinstance(e.value, pydicom.multival.MultiValue):
                found[where] = str(e.value)
            elif e.VR == "SQ" and e.keyword != "ContentSequence":
                for i, item in enumerate(e.value):
                    walk(item, "%s[%d]." % (where, i))
    walk(ds, "")
    for i, image in enumerate(x for x in items(ds) if x.get("ValueType") == "IMAGE"):
        found["image %d" % i] = str(image.ReferencedSOPSequence[0].ReferencedSOPInstanceUID)
    return found


def check_uids(records):
    """One old UID, one new one, in all files together; none stays."""
    new = {}
    for source, record in records:
        a, b = uids(read(source)), uids(read(record["output"]))
        for where, old in a.items():
            if old.startswith("1.2.840.10008.") or where not in b:
                continue
            if b[where] == old:
                return "%s of %s stays" % (where, os.path.basename(source))
            if new.setdefault(old, b[where]) != b[where]:
                return "%s of %s is mapped in two ways" % (where, os.path.basename(source))
    return None if len(set(new.values())) == len(new) and new else "two UIDs became one"


def judge(tap, program, folder, profile):
    files = sorted(glob.glob(os.path.join(TESTDATA, "objects", "*.dcm")))
    key = os.path.join(folder, "key")
    subprocess.run([program, "key", "new", key], check=True)
    records = scrub(program, files, folder, "--profile", profile, "--key", key)
    strings, written = planted(profile), []
    for source in files:
        name = os.path.basename(source)
        record = records[name]
        if not record["output"]:
            tap.check("%s, %s" % (name, profile), lambda r=record: "%s: %s" % (r["outcome"], r["reason"]))
            continue
        name = "%s, %s: " % (name, profile)
        written.append((source, record))
        tap.check(name + "bytes", check_bytes, record, profile, strings)
        tap.check(name + "claims", check_claims, record, profile)
        tap.check(name + "dciodvfy", check_dciodvfy, source, record)
        if record["sop_class"].startswith(REPORTS):
            tap.check(name + "tree", check_report, source, record)
            tap.check(name + "dsrdump", check_dsrdump, source, record)
        elif record["modality"] == "PR":
            tap.check(name + "drawings", check_state, source, record)
        elif record["modality"] != "SEG":  # which got two boxes
            tap.check(name + "samples", check_samples, source, record)
    tap.check("UIDs of all, %s" % profile, check_uids, written)


def main():
    tap = Tap()
    for profile in ("basic", "research", "internal"):
        folder = tempfile.mkdtemp(prefix="dsc-objects-")
        try:
            judge(tap, os.path.abspath(sys.argv[1]), folder, profile)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
