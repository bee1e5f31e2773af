#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes docs/conformance.md from the tables in src/deid/tables.

    conformance.py          rewrite the page
    conformance.py --check  TAP: is it current, and does it say what the code does?"""
import collections
import csv
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
TABLES = os.path.join(ROOT, "src", "deid", "tables")
PAGE = os.path.join(HERE, "conformance.md")

OPTIONS = [
    ("retain_safe_private", "retain-safe-private", "Retain Safe Private", "113111"),
    ("retain_uids", "retain-uids", "Retain UIDs", "113110"),
    ("retain_device_identity", "retain-device-identity", "Retain Device Identity", "113109"),
    ("retain_institution_identity", "retain-institution-identity", "Retain Institution Identity", "113112"),
    ("retain_patient_characteristics", "retain-patient-characteristics", "Retain Patient Characteristics", "113108"),
    ("retain_longitudinal_full_dates", "retain-full-dates", "Retain Long. Full Dates", "113106"),
    ("retain_longitudinal_modified_dates", "retain-modified-dates", "Retain Long. Modified Dates", "113107"),
    ("clean_descriptors", "clean-descriptors", "Clean Descriptors", "113105"),
    ("clean_structured_content", "clean-structured-content", "Clean Structured Content", "113104"),
    ("clean_graphics", "clean-graphics", "Clean Graphics", "113103"),
]

HEAD = """\
# Conformance to DICOM PS3.15 Annex E

<!-- Made by docs/conformance.py from src/deid/tables; do not edit. -->

dcmscrub de-identifies by the Basic Application Level Confidentiality Profile of
DICOM PS3.15 (Table E.1-1 of edition 2026d, {rows} rows) with the Clean Pixel Data
Option. The table applies at every nesting level. `dcmscrub header FILE` shows
what becomes of each attribute of a file, and why.

## Profiles and options

| option of the profile file | of PS3.15 E.3 | code | `basic` | `research` | `internal` |
|---|---|---|---|---|---|
{options}
| always, for images | Clean Pixel Data | 113101 | yes | yes | yes |

A profile file (`--profile FILE`) starts from one of the three, sets options and
overrides single attributes (`keep`, `remove`, `empty`, `replace`, `clean`,
`map-uid`). With an override that keeps more than the standard lets it, code
113100 (Basic Profile) is not claimed; a date or time that one keeps makes (0028,0303)
say `UNMODIFIED`. UIDs of classes and schemes, the character set and the description of
the pixels cannot be overridden.

## How actions are carried out

| code | what dcmscrub does |
|---|---|
| X | removes; leaves it empty where the IOD has it as Type 2 or 2C, gives a dummy where it is Type 1 |
| Z | leaves it empty; Patient ID and Patient's Name get the pseudonym; a dummy where the IOD has it as Type 1 |
| D | dummy: `ANONYMIZED` (text, codes), `19000101`, `000000`, `000Y`, `0`; items of sequences are kept with dummies for their text; Clinical Trial Subject ID and Reading ID get the pseudonym |
| U | new UID, see below |
| X/Z, X/D, X/Z/D, Z/D | the first that the Type in the IOD at hand allows |
| X/Z/U* | removed; kept with mapped UIDs where it is of Type 1, 1C, 2 or 2C |
| C | dates: as the date options say; text and AE titles: word by word, see below; sequences: item by item |
| K | unchanged; sequences are walked into; dates, times and UIDs only when valid, text only where it has no name or ID of the header in it ("Practice of Dr. Smith"); dates that Retain Device Identity keeps are moved under Modified Dates |

Types come from PS3.3 as GDCM ships it (an edition of 2008, {types} entries; see
`src/deid/tables/make_types.py`). For other IODs the strictest Type of any IOD
counts; for attributes that this edition lacks, the strictest action of the code.

Beyond the table:

- **Private elements** go, with their creators. Under Retain Safe Private the {safe}
  of Table E.3.10-1 stay, and those that Private Data Element Characteristics
  Sequence (0008,0300) calls SAFE or lists as Nonidentifying; elements without a
  creator never do. Sequences among them are walked into, also those written as UN;
  pixels and waveforms in them go.
- **UN**: what PS3.5 6.2.2 makes of it. The items of a sequence written so are cleaned
  and written as SQ; what is no sequence to its last byte, but should be one, goes.
- **Unknown attributes** (even group, in no dictionary) go, and so do attributes
  whose VR is not that of the dictionary where text stands in for something else.
- **Dates, times, person names** that the table does not name: X/Z/D (by VR).
- **UIDs** that the table does not name: mapped, unless they name a class, a
  transfer syntax, a coding scheme or a context group, or are registered by DICOM.
- **Curves** (50xx) and **overlays** (60xx) go, whole groups; with
  `--keep-overlays` top-level overlay planes stay with their text blanked.
- **Bits of a pixel word beyond its sample** (PS3.5 8.1.1) are cleared where an
  overlay claims them, and where any word's are more than zeros, its sign or
  padding ([why](adr/0043-bits-that-no-sample-uses.md)).
- **Groups 0000 to 0006** in the dataset go; File Meta Information and preamble
  are made anew. Data Set Trailing Padding and bytes after the dataset go.

## Replacement values

- **UIDs**: `2.25.` and 128 bits of HMAC-SHA256(key, UID), so the same UID becomes
  the same one in every file, run and machine that has the key: referential
  integrity holds over all that is de-identified with one key. Registered
  instances (well-known frames of reference, palettes) keep theirs.
- **Patient ID, Patient's Name**: `P` and 15 characters made from HMAC-SHA256(key,
  Patient ID), or the ID of `--id-map`. Without a Patient ID, name and birth date
  stand for it; without those, the Study Instance UID.
- **Dates** (Modified Dates, E.3.6): DA and the day of DT move back by 1 to 3652
  days, a number made from HMAC-SHA256(key, Patient ID): constant for a patient.
  Times of day stay. Invalid values are treated as without the option.
- **Descriptors** (Clean Descriptors, E.3.5): words are judged by the policy for
  text in pixels (`--policy`; `phi` where that is `all`): those go that match an
  identifying value of the same header, have the form of a date or time, or follow
  a caption such as "Name:". The rest stays in its order. What comes out empty is
  treated as without the option.
- Without `--key` the key is random and not kept.
- With `--keep-mapping FILE` the real IDs, names and UIDs and what stands for them
  are kept in a file under AES-256-GCM (docs/adr/0016-mapping-file.md); `dcmscrub
  reidentify` reads it. Without the option nothing is kept.

## Inserted attributes

| attribute | value |
|---|---|
| Patient Identity Removed (0012,0062) | `YES` |
| De-identification Method (0012,0063) | appended: `dcmscrub: PS3.15 Basic Profile and options`, `dcmscrub: burned-in text removed and proven` |
| De-identification Method Code Sequence (0012,0064) | appended: 113100, 113101 and the codes of the options in force |
| Longitudinal Temporal Information Modified (0028,0303) | `REMOVED`, `UNMODIFIED` or `MODIFIED` |
| Burned In Annotation (0028,0301) | `NO`, after proof |
| Recognizable Visual Features (0028,0302) | `YES` for CT, MR, PET and 3D X-ray slices of a head, neck or whole body, unless they are more than 10 mm apart or show less than 60 mm of it; the Clean Recognizable Visual Features Option is not offered |
| Contributing Equipment Sequence (0018,A001) | one item appended: dcmscrub, its version, purpose (109104, DCM, "De-identifying Equipment") |
| Image Type, Derivation Description, Derivation Code Sequence | when pixels were blanked: `DERIVED` (not in enhanced and ophthalmic images, where other attributes hang on it), a sentence, (113047, DCM, "Pixel by pixel mask") |
| Lossy Image Compression, Ratio, Method | when the source was lossy and does not say so |

Clean Structured Content (113104) and Clean Graphics (113103) are claimed where
they are done: the first in structured reports, key object selections and
waveforms, the second in presentation states, both in all objects where the
profile file asks for them.

Nothing is encrypted: Encrypted Attributes Sequence is not written.

## Objects

Presentation states, structured reports, key object selections, waveforms, RT
objects, registrations, surface segmentations and spectra are de-identified;
encapsulated documents, raw data, voice and SOP Classes that are not known and
have no Pixel Data are refused, unless dropped (`--objects`).

- **Content items** (Clean Structured Content, E.3.4; {items} rows of Table
  E.3.4-1): an item whose row says X goes where nothing hangs on it and no
  reference by number is in the document, else its value becomes a dummy; D is a
  dummy; C a text cleaned as a descriptor, or a date as the date options say. TEXT
  without a row: as C with Clean Descriptors, else a dummy. PNAME without a row: a
  dummy. Dates and times without a row: as the date options say, else X. CODE, NUM,
  SCOORD, TCOORD, CONTAINER, IMAGE, WAVEFORM and COMPOSITE stay; UIDs are mapped.
  Subject Name and Subject ID get the pseudonym. Values that their item's type does
  not have become dummies. Code meanings of local schemes (99..., L) are cleaned word
  by word.
- **Graphics** (Clean Graphics, E.3.3): Unformatted Text Value stays where every
  word is known to be harmless (policy `safe`), else it is a dummy, or cleaned under
  Clean Descriptors; labels and descriptions of layers, groups and ticks are dummies,
  or cleaned. Names of layers and the Content
  Label change where they identify, alike in the whole instance. Polylines,
  interpolated lines and multilines of more than 50 points become two points at 0.
  Overlays go, and shutters of shape BITMAP with them.
- **Labels** of such objects (LO and SH that Table E.1-1 does not list: Segment
  Label, Beam Name ...): words that identify go, the others stay. **Remarks** (ST,
  LT, UT, UC that it does not list, and comments in LO): a dummy, or cleaned under
  Clean Descriptors.
- **Addresses** in any instance (Retrieve URL and URI, Storage URL, Contact URI,
  HL7 Instance Identifier): `urn:anonymized`.
- A profile file's overrides of single attributes come first.

## Table E.1-1

{counts}. Action of the Basic Profile, and what options change:

| tag | attribute | basic | options |
|---|---|---|---|
"""
SHORT = {"retain_safe_private": "private", "retain_uids": "UIDs", "retain_device_identity": "device",
         "retain_institution_identity": "institution", "retain_patient_characteristics": "patient",
         "retain_longitudinal_full_dates": "full dates", "retain_longitudinal_modified_dates": "modified dates",
         "clean_descriptors": "descriptors", "clean_structured_content": "content", "clean_graphics": "graphics"}


def rows(name):
    with open(os.path.join(TABLES, name), encoding="utf-8") as f:
        return list(csv.DictReader(line for line in f if not line.startswith("#")))


def presets():
    """Preset -> set of DSC_DEID_* as the program has them."""
    with open(os.path.join(ROOT, "src", "deid", "deid_profile.c"), encoding="utf-8") as f:
        text = f.read()
    body = re.search(r"presets\[\] = \{(.*?)\n\};", text, re.S).group(1)
    found = {}
    for name, bits in re.findall(r'\{"(\w+)",([^{}]*)\}', body):
        found[name] = set(re.findall(r"DSC_DEID_\w+", bits))
    names = dict(re.findall(r'\{"([a-z-]+)", (DSC_DEID_\w+)\}', text))
    return found, names


def page():
    table = rows("ps315_e1.csv")
    found, names = presets()
    options = []
    for _, option, title, code in OPTIONS:
        marks = ["yes" if names[option] in found[p] else "" for p in ("basic", "research", "internal")]
        options.append("| `%s` | %s | %s | %s |" % (option, title, code, " | ".join(marks)))
    counts = collections.Counter(r["basic_profile"] for r in table)
    text = HEAD.format(
        rows=len(table), options="\n".join(options), types=len(rows("attribute_types.csv")),
        safe=len(rows("safe_private.csv")), items=len(rows("ps315_e3_4_1.csv")),
        counts=", ".join("%d x %s" % (n, a) for a, n in counts.most_common()))
    lines = []
    for r in sorted(table, key=lambda r: r["tag"]):
        cells = ["%s %s" % (SHORT[c], r[c]) for c, _, _, _ in OPTIONS if r[c]]
        lines.append("| %s | %s | %s | %s |" % (r["tag"], r["name"], r["basic_profile"], ", ".join(cells)))
    return text + "\n".join(lines) + "\n"


def check():
    text = page()
    try:
        with open(PAGE, encoding="utf-8") as f:
            current = f.read() == text
    except OSError:
        current = False
    with open(os.path.join(ROOT, "src", "deid", "deid_retag.c"), encoding="utf-8") as f:
        retag = f.read()
    codes = [code for _, _, _, code in OPTIONS + [("", "", "", "113100"), ("", "", "", "113101")]]
    missing = [c for c in codes if '"%s"' % c not in retag or c not in text]
    print("%s 1 - docs/conformance.md is what the tables make" % ("ok" if current else "not ok"))
    print("%s 2 - every code of CID 7050 that it names is written%s" % (
        "not ok" if missing else "ok", "" if not missing else " # " + " ".join(missing)))
    print("1..2")
    return 0 if current and not missing else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        sys.exit(check())
    with open(PAGE, "w", encoding="utf-8") as out:
        out.write(page())
