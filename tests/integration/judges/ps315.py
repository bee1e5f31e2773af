# SPDX-License-Identifier: Apache-2.0
"""A second reading of PS3.15 Table E.1-1 (Basic Profile), in Python on
pydicom: what may differ between a file and its de-identified form, and what
must. It knows nothing of IODs, so where the table leaves a choice any of the
outcomes is right, but the value must be gone."""
import csv
import os

from pydicom.datadict import dictionary_VR

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
TABLE = os.path.join(ROOT, "src", "deid", "tables", "ps315_e1.csv")
MOVING = {"DA", "DT", "TM", "PN"}
WELL_KNOWN = "1.2.840.10008."
# Class, syntax and scheme UIDs (PS3.15 E.3.9).
STRUCTURAL = {0x00080016, 0x0008001A, 0x0008001B, 0x0008005A, 0x0008010C, 0x00080117, 0x00080118,
              0x00081150, 0x0008115A, 0x00083002, 0x04000010, 0x04000510}
# Written by whoever de-identifies.
OWN = {0x00080008, 0x00082111, 0x00089215, 0x00120062, 0x00120063, 0x00120064, 0x0018A001, 0x00280301, 0x00280302, 0x00280303,
       0x00282110, 0x00282112, 0x00282114}


def table(column="basic_profile"):
    """Tag -> (action, keyword, VR)."""
    rows = {}
    with open(TABLE, encoding="utf-8") as f:
        for row in csv.DictReader(line for line in f if not line.startswith("#")):
            text = row["tag"].strip("()").replace(",", "")
            try:
                rows[int(text, 16)] = (row[column], row["keyword"], row["vr"])
            except ValueError:
                pass  # curves, overlays, private: by group
    return rows


BASIC = table()


def known(tag):
    try:
        return bool(dictionary_VR(tag))
    except KeyError:
        return int(tag) in BASIC


def texts(element):
    """The values of an element as strings."""
    v = element.value
    if v is None or isinstance(v, bytes):
        return []
    return [str(x) for x in v] if isinstance(v, (list, tuple)) or type(v).__name__ == "MultiValue" else [str(v)]


def fate(element):
    """"stays", "goes" (no trace of the value) or "maps" (UIDs)."""
    tag = int(element.tag)
    group = tag >> 16
    if group & 1 or group < 8 or 0x5000 <= group <= 0x501E or 0x6000 <= group <= 0x601E:
        return "goes"
    action = BASIC.get(tag, ("", "", ""))[0]
    if action == "U":
        return "maps"
    if action:
        return "goes"
    if not known(element.tag):
        return "goes"
    if element.VR in MOVING:
        return "goes"
    if element.VR == "UI":
        return "stays" if tag in STRUCTURAL else "maps"
    return "stays"


def same(a, b):
    if a.VR != "SQ":
        return a.value == b.value or [t.strip() for t in texts(a)] == [t.strip() for t in texts(b)]
    return len(a.value) == len(b.value)


def problems(a, b, top=True, path="", accept=lambda tag: False):
    """What is wrong with dataset b as the de-identified form of a."""
    bad = []
    for e in a:
        tag = int(e.tag)
        where = "%s%s" % (path, e.tag)
        if e.tag.element == 0 or (top and (tag in OWN or accept(e.tag))):
            continue
        if top and tag in (0x7FE00001, 0x7FE00002, 0x7FE00010, 0xFFFCFFFC):
            continue
        what = fate(e)
        other = b.get(e.tag)
        if what == "goes":
            if other is None or other.VR == "SQ":
                continue
            old = [t for t in texts(e) if t.strip()]
            if other.value not in (None, "", b"", []) and set(old) & set(texts(other)) and BASIC.get(
                    tag, ("K",))[0] != "K":
                bad.append("%s keeps its value" % where)
            continue
        if other is None:
            bad.append("%s is gone" % where)
        elif what == "maps":
            for x, y in zip(texts(e), texts(other)):
                if x and x == y and not x.startswith(WELL_KNOWN):
                    bad.append("%s keeps its UID" % where)
        elif not same(e, other):
            bad.append("%s is another value" % where)
        elif e.VR == "SQ":
            for i, (x, y) in enumerate(zip(e.value, other.value)):
                bad += problems(x, y, False, "%s[%d]." % (where, i))
    for e in b:
        if e.tag not in a and not (top and (int(e.tag) in OWN or accept(e.tag))):
            bad.append("%s%s is new" % (path, e.tag))
    return bad
