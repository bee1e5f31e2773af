#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The built-in lists as C tables of hashes: make_lists.py NAMES WORDS ALLOW.txt...

Folding and hashing are those of policy_fold.c and policy_term.c; a unit test
looks every line of every list up in the result.
"""
import sys
import unicodedata

APART = {"ß": "SS", "Æ": "AE", "æ": "AE", "Œ": "OE", "œ": "OE", "Ø": "O", "ø": "O", "Đ": "D",
         "đ": "D", "Ł": "L", "ł": "L", "ı": "I", "²": "2", "³": "3", "µ": "U"}
SECTIONS = ["label", "text", "unit", "laterality", "vendor", "caption"]
LOOK = str.maketrans("0QD1L5826", "OOOIISBZG")


def fold(text):
    out = ""
    for c in text:
        for x in APART.get(c) or unicodedata.normalize("NFD", c):
            if not unicodedata.combining(x):
                x = x.upper()
                out += x if x.isascii() and x.isalnum() else " "
    return out.split()


# How readers of English spell letters that they do not know, and how people do.
SPELT = {"ä": ["A", "AE"], "ö": ["O", "OE", "6"], "ü": ["U", "UE", "II"], "å": ["A", "AA"], "ø": ["O", "OE"],
         "ß": ["SS", "B"], "ł": ["L", "T"], "ć": ["C", "E", ""], "ę": ["E", "G"], "ą": ["A", "Q"], "ñ": ["N", "FI", "H"],
         "ó": ["O", "6"], "ò": ["O", "6"], "ô": ["O", "6"], "õ": ["O", "6"], "ç": ["C", "G"], "ś": ["S", "$"]}


def spellings(text):
    """Other folded forms of a term with diacritics; of long words only."""
    forms = [""]
    for c in text.lower():
        options = SPELT.get(c) or ["".join(fold(c)) or " "]
        forms = [f + o for f in forms for o in options]
        if len(forms) > 64:
            return []
    return ["".join(f.replace("$", "S").split()) for f in forms]


def fnv(text):
    h = 0xCBF29CE484222325
    for b in text.encode():
        h = (h ^ b) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def look_alike(solid):
    return solid.translate(LOOK).replace("RN", "M").replace("VV", "W")


def with_open_w(words, section):
    """PUR for PWR, as readers see a W of 5 x 7 dots: of settings, in no other short term. Rut is a
    forename and the number of a Chilean, as UID is a number."""
    solid = "".join(words)
    short = section == "label" and len(words) == 1 and len(solid) == 3 and solid.isalpha()
    other = solid.replace("W", "U")
    return other if short and other not in (solid, "RUT", "UID") else None


def read_terms(paths, names):
    exact, alike = {}, {}
    for path in paths:
        section = None
        with open(path, encoding="utf-8") as f:
            for number, line in enumerate(f, 1):
                line = line.strip()
                if not line or line.startswith("#"):
                    continue
                if line.startswith("["):
                    section = line.strip("[]")
                    continue
                words = fold(line.lstrip("!"))
                solid = "".join(words)
                if section not in SECTIONS or not 2 <= len(solid) <= 64 or len(words) > 10:
                    if section != "unit" or len(solid) != 1:
                        sys.exit("%s:%d: no term" % (path, number))
                alone = line[0] == "!"
                short = len(words) == 1 and len(solid) == 2 and solid.isalpha() and not alone
                name = len(words) == 1 and not alone and (solid in names or (section == "unit" and short))
                initials = short and section in ("label", "text", "laterality")
                at = SECTIONS.index(section)
                key = (fnv(solid), len(words), section == "unit")
                old = exact.get(key)
                # in several lists: the one that says most, but a name stays one
                if old:
                    at, name, initials = min(at, old[0]), name and old[1], initials and old[2]
                exact[key] = (at, name, initials)
                other = with_open_w(words, section)
                if other and not name and other not in names:
                    alike.setdefault((fnv(other), 1, False), (at, False, False))
                if len(solid) >= 4 and section != "unit" and not name:
                    for other in spellings(line.lstrip("!")):
                        if other != solid and not (len(words) == 1 and other in names):
                            alike.setdefault((fnv(look_alike(other)), len(words), False), (at, False, False))
                    alike.setdefault((fnv(look_alike(solid)), len(words), False), (at, False, False))
    return exact, alike


def print_terms(symbol, terms):
    print("const dsc_policy__term %s[] = {" % symbol)
    for (h, words, _), (section, name, initials) in sorted(terms.items()):
        print("    {0x%016xu, DSC_TERM_%s, %d, %d, %d}," % (h, SECTIONS[section].upper(), words, name, initials))
    print("};\nconst size_t %s_count = %d;\n" % (symbol, len(terms)))


def read_words(path):
    with open(path, encoding="ascii") as f:
        return {l.strip().upper() for l in f if not l.startswith("#")}


def print_words(symbol, words):
    hashes = sorted({fnv(n) & 0xFFFFFFFF for n in words})
    print("const uint32_t %s[] = {" % symbol)
    for at in range(0, len(hashes), 8):
        print("    " + " ".join("0x%08xu," % h for h in hashes[at:at + 8]))
    print("};\nconst size_t %s_count = %d;" % (symbol, len(hashes)))


def main():
    names, ordinary = read_words(sys.argv[1]), read_words(sys.argv[2])
    exact, alike = read_terms(sys.argv[3:], names)
    print('#include "policy/policy_term.h"\n')
    print_terms("dsc_policy__terms", exact)
    print_terms("dsc_policy__alikes", alike)
    print_words("dsc_policy__names", names)
    # what is no name needs no word about it
    print_words("dsc_policy__ordinary", ordinary & names)


if __name__ == "__main__":
    main()
