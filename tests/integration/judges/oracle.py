#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""PixelMed's de-identifier as a second opinion: what becomes of each attribute,
at every level, in its outputs and in those of dcmscrub. Where the two differ,
DIFFERENCES says why; a difference that is not in it is a failure, and so is a
line of it that no file shows any more.

PixelMed's program keeps dates, device, institution, patient characteristics and
descriptions: `--profile internal`.

    oracle.py PROGRAM
"""
import glob
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import CORNERS, TESTDATA, Tap, good_files, pydicom  # noqa: E402
from pixelmed import APP, JARS  # noqa: E402
from ps315 import OWN  # noqa: E402

# (keyword or tag, fate with PixelMed, fate with dcmscrub): why
GONE, EMPTIED, CHANGED, SAME = "gone", "emptied", "changed", "same"
# which words go is the text policy's to say, so that these may come and go
CLEANED = "PixelMed keeps descriptions as they are; here their words are cleaned, or the text is a dummy"
DRAWN = "text of a graphic goes, and so do drawings that may be letters (E.3.3)"
DIFFERENCES = {
    ("PatientID", EMPTIED, CHANGED): "a pseudonym, so that a patient's studies stay together (Z allows a dummy)",
    ("PatientName", EMPTIED, CHANGED): "the same",
    ("60xx", SAME, GONE): "overlays are burned-in text too: whole groups go, unless --keep-overlays searches them",
    ("SpecificCharacterSet", GONE, SAME): "PixelMed writes the text anew; here other values keep their bytes",
    ("PhotometricInterpretation", CHANGED, SAME): "PixelMed corrects the label of a JPEG stream; not a header's matter",
    ("OperatorsName", GONE, EMPTIED): "X/Z/D: empty where some IOD has it as Type 2",
    ("ContentCreatorName", CHANGED, EMPTIED): "Z: both leave no name, PixelMed writes a dummy",
    ("ContentCreatorName", CHANGED, SAME): "it was empty and stays so",
    ("VerifyingObserverSequence", EMPTIED, SAME): "D: the items stay, with dummies for names",
    ("SourceImageSequence", SAME, GONE): "X/Z/U*: removed where the IOD does not need it; PixelMed maps its UIDs",
    ("InstitutionName", SAME, GONE): "a practice that bears the name of a physician of the same header",
    ("PatientComments", GONE, CHANGED): "Clean Descriptors: cleaned word by word",
    ("TextValue", SAME, CHANGED): CLEANED,
    ("PersonName", SAME, CHANGED): "a name in a content item: PixelMed leaves those of structured reports to an option",
    ("ContentSequence", SAME, CHANGED): "content items that identify by their concept go (Table E.3.4-1)",
    ("ContentDescription", SAME, CHANGED): CLEANED,
    ("ProtocolName", SAME, CHANGED): CLEANED,
    ("StudyDescription", SAME, CHANGED): CLEANED,
    ("StudyDescription", SAME, GONE): CLEANED,
    ("SeriesDescription", SAME, CHANGED): CLEANED,
    ("SeriesDescription", SAME, GONE): CLEANED,
    ("RTPlanLabel", SAME, CHANGED): CLEANED,
    ("RTPlanName", SAME, CHANGED): CLEANED,
    ("StructureSetName", SAME, CHANGED): CLEANED,
    ("SegmentDescription", SAME, CHANGED): CLEANED,
    ("GraphicGroupLabel", SAME, CHANGED): CLEANED,
    ("GraphicGroupDescription", SAME, CHANGED): CLEANED,
    ("GraphicLayer", SAME, CHANGED): CLEANED,
    ("GraphicLayerDescription", SAME, CHANGED): CLEANED,
    ("TickLabel", SAME, CHANGED): CLEANED,
    ("UnformattedTextValue", SAME, CHANGED): CLEANED,
    ("GraphicData", SAME, CHANGED): DRAWN,
    ("NumberOfGraphicPoints", SAME, CHANGED): DRAWN,
}


def headers():
    """Files of which no two hold the same attributes."""
    seen = {}
    files = good_files() + sorted(glob.glob(os.path.join(TESTDATA, "objects", "*.dcm")))
    for f in files:
        ds = pydicom.dcmread(f, stop_before_pixels=True, force=True)
        kind = (str(ds.get("SOPClassUID")), str(sorted({(int(e.tag), e.VR) for e in ds.iterall()})))
        seen.setdefault(kind, f)
    return sorted(seen.values())


def run_pixelmed(files, folder):
    """{base name: output}"""
    source, target = os.path.join(folder, "in"), os.path.join(folder, "pixelmed")
    os.mkdir(source)
    os.mkdir(target)
    for f in files:
        shutil.copy(f, source)
    control = os.path.join(folder, "control")
    open(control, "w", encoding="ascii").close()
    jars = ":".join(sorted(glob.glob(os.path.join(JARS, "*.jar"))))
    subprocess.run(["java", "-Djava.awt.headless=true", "-cp", jars, APP, source, target, control, "BLOCK",
                    "KEEPSAFEPRIVATE"], stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
    made = {}
    for path in glob.glob(os.path.join(target, "**", "*_Anon.dcm"), recursive=True):
        made[os.path.basename(path).replace("_Anon.dcm", ".dcm")] = path
    return made


def run_dcmscrub(program, files, folder):
    out = os.path.join(folder, "dcmscrub")
    # "safe", the default, would take from descriptions what no list knows.
    subprocess.run([program, "clean", "--find", "masks", "--mask", CORNERS, "--keep-paths", "--profile", "internal", "-q",
                    "--policy", "phi", "-o", out] + files, stdin=subprocess.DEVNULL, capture_output=True, timeout=600)
    return {os.path.basename(f): os.path.join(out, os.path.basename(f)) for f in files
            if os.path.exists(os.path.join(out, os.path.basename(f)))}


def is_empty(e):
    return e.value in (None, "", b"", []) or str(e.value) == ""


def name_of(e):
    if 0x6000 <= e.tag.group <= 0x601E:
        return "60xx"
    return e.keyword or "(%04X,%04X)" % (e.tag.group, e.tag.element)


def fate(e, other):
    if other is None:
        return "gone"
    if e.VR == "SQ" and other.VR == "SQ" and len(e.value) == len(other.value):
        return "same"
    if is_empty(other) and not is_empty(e):
        return "emptied"
    return "same" if str(e.value) == str(other.value) else "changed"


def compare(a, b, c, found, top=True):
    """Adds {(name, fate in b, fate in c)} of the elements of a."""
    for e in a:
        if e.tag.element == 0 or e.tag.group == 0x7FE0 or (top and int(e.tag) in OWN):
            continue
        theirs, ours = fate(e, b.get(e.tag)), fate(e, c.get(e.tag))
        if theirs != ours:
            found.add((name_of(e), theirs, ours))
        elif theirs == "same" and e.VR == "SQ":
            for x, y, z in zip(e.value, b[e.tag].value, c[e.tag].value):
                compare(x, y, z, found, False)


def read(path):
    return pydicom.dcmread(path, stop_before_pixels=True, force=True)


def main():
    program, tap = os.path.abspath(sys.argv[1]), Tap()
    if not shutil.which("java") or not os.path.exists(os.path.join(JARS, "pixelmed.jar")):
        print("1..0 # SKIP PixelMed or java is not installed")
        return 0
    folder = tempfile.mkdtemp(prefix="dsc-oracle-")
    try:
        files = headers()
        theirs, ours = run_pixelmed(files, folder), run_dcmscrub(program, files, folder)
        both = [f for f in files if os.path.basename(f) in theirs and os.path.basename(f) in ours]
        tap.check("%d of %d kinds of headers were written by both" % (len(both), len(files)),
                  lambda: None if len(both) * 3 >= len(files) * 2 else "too few")
        every = set()
        for f in both:
            found = set()
            compare(read(f), read(theirs[os.path.basename(f)]), read(ours[os.path.basename(f)]), found)
            every |= found
            tap.check(os.path.basename(f), lambda d=found: "\n".join(
                "%s: %s with PixelMed, %s with dcmscrub" % x for x in sorted(d - set(DIFFERENCES))) or None)
        tap.check("each difference that is explained is still there", lambda: "\n".join(
            "%s: %s, %s" % x for x in sorted(set(DIFFERENCES) - every) if DIFFERENCES[x] != CLEANED) or None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
