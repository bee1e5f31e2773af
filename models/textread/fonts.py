#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Pack fonts for draw.py, where there may be none.

    fonts.py OUT FOLDER ...

Bitmap fonts of the folders (PCF, BDF, PSF, FON, OTB) with letters of 4 to 17 px, go to OUT/bitmaps.pickle:
[(name, capital's height, {character: (bits, width, height, left, top, advance)})], `top`
above the baseline; outline fonts, cut down to the characters that are drawn, to
OUT/outlines/. What looks the same is packed once."""
import argparse
import gzip
import hashlib
import io
import os
import pickle
import struct

import numpy as np
from fontTools import subset
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont

import classes

WANTED = [c for c in classes.CHARACTERS + classes.FOREIGN if c not in (" ", classes.OTHER)]
LEAST, MOST = 4, 17
# Of no use, and many: scripts of their own, weights that no screen has.
SKIPPED = ("NotoSans-Extra", "NotoSans-Semi", "NotoSans-Thin", "NotoSans-Light", "NotoSerif-Semi", "NotoSerif-Extra", "NotoSerif-Thin",
           "Black", "Thin", "Hairline", "ExtraLight", "UltraLight") + tuple(
               "Noto%s%s" % (a, b) for a in ("Sans", "Serif", "Naskh", "Kufi", "Rashi", "Nastaliq") for b in "ABCDEFGHIJKLMNOPQRSTUVWXYZ")


def glyph(image, left, base, advance):
    """(bits, width, height, left, top, advance), or None of nothing."""
    box = image.getbbox()
    if not box:
        return None
    a = np.asarray(image.crop(box)) > 127
    return np.packbits(a).tobytes(), a.shape[1], a.shape[0], box[0] - left, base - box[1], advance


def by_freetype(font):
    def draw(c):
        im = Image.new("L", (96, 96))
        d = ImageDraw.Draw(im)
        d.fontmode = "1"
        d.text((32, 64), c, fill=255, font=font, anchor="ls")
        return glyph(im, 32, 64, round(font.getlength(c)))

    missing = {draw(c) for c in ("\ue123", "\U000f1234", "\uffff")}
    out = {c: draw(c) for c in WANTED}
    return {c: g for c, g in out.items() if g and g not in missing}


def strikes(path):
    """The font in the sizes it has, which are tried out."""
    with (gzip.open if path.endswith("gz") else open)(path, "rb") as f:
        data = f.read()
    for px in range(5, 34):
        try:
            font = ImageFont.truetype(io.BytesIO(data), px, layout_engine=ImageFont.Layout.BASIC)
            if font.getbbox("A")[3] > 0:
                yield font
        except OSError as e:
            if "pixel size" not in str(e):
                return


def by_psf(path):
    with (gzip.open if path.endswith("gz") else open)(path, "rb") as f:
        data = f.read()
    if data[:2] == b"\x36\x04":
        mode, size = data[2:4]
        count, wide, high, at, unicode_ = 512 if mode & 1 else 256, 8, size, 4, mode & 6
    elif data[:4] == b"\x72\xb5\x4a\x86":
        _, at, flags, count, size, high, wide = struct.unpack("<7I", data[4:32])
        unicode_ = flags & 1
    else:
        return {}
    if not unicode_:
        return {}
    two, row = data[:2] != b"\x36\x04", (wide + 7) // 8
    table, out = data[at + count * size:], {}
    if two:
        names = [t.split(b"\xfe")[0].decode("utf-8", "ignore") for t in table.split(b"\xff")]
    else:
        names, now, skip = [], "", False
        for (u,) in struct.iter_unpack("<H", table[:len(table) // 2 * 2]):
            if u == 0xFFFF:
                names, now, skip = names + [now], "", False
            elif u == 0xFFFE:
                skip = True
            elif not skip:
                now += chr(u)
    for i, name in enumerate(names[:count]):
        bits = np.unpackbits(np.frombuffer(data[at + i * size:at + i * size + row * high], np.uint8)).reshape(high, row * 8)[:, :wide]
        g = glyph(Image.fromarray(bits * np.uint8(255)), 0, high, wide)
        for c in name if g else "":
            if c in WANTED:
                out[c] = g
    # the baseline is where an A ends
    if "A" in out:
        low = out["A"][4] - out["A"][2]
        out = {c: g[:4] + (g[4] - low, g[5]) for c, g in out.items()}
    return out


def by_fon(path):
    """Windows' fonts: resources of type 0x8008, which hold columns of 8 pixels."""
    with open(path, "rb") as f:
        data = f.read()

    def u16(at):
        return data[at] | data[at + 1] << 8
    ne = u16(0x3C)
    table = ne + u16(ne + 0x24)
    shift, at = u16(table), table + 2
    while u16(at):
        kind, count = u16(at), u16(at + 2)
        for k in range(count if kind == 0x8008 else 0):
            f = u16(at + 8 + 12 * k) << shift
            high, ascent, wide = u16(f + 88), u16(f + 74), 4 if u16(f) < 0x300 else 6
            first, last, head, out = data[f + 95], data[f + 96], 118 if wide == 4 else 148, {}
            for code in range(first, last + 1):
                e = f + head + wide * (code - first)
                w, bits = u16(e), f + u16(e + 2) + (u16(e + 4) << 16 if wide == 6 else 0)
                c = bytes([code]).decode("cp1252", "ignore") if code < 127 or path[-5] in "er" else ""
                n = (w + 7) // 8
                a = np.frombuffer(data[bits:bits + n * high], np.uint8)
                if c not in WANTED or not w or a.size != n * high:
                    continue
                a = np.unpackbits(a.reshape(n, high).T, axis=1)[:, :w]
                g = glyph(Image.fromarray(a * np.uint8(255)), 0, ascent, w)
                if g:
                    out[c] = g
            yield out
        at += 8 + 12 * count


def by_bdf(path):
    out, c, bits = {}, None, None
    with open(path, encoding="latin-1") as f:
        for line in f:
            key, _, rest = line.strip().partition(" ")
            if key == "ENCODING":
                c = chr(max(0, int(rest.split()[0])))
            elif key == "DWIDTH":
                advance = int(rest.split()[0])
            elif key == "BBX":
                w, h, x, y = map(int, rest.split())
            elif key == "BITMAP":
                bits = []
            elif key == "ENDCHAR":
                if c in WANTED and w and h:
                    a = np.array([[v >> (4 * len(r) - 1 - i) & 1 for i in range(w)] for r in bits for v in [int(r, 16)]], np.uint8)
                    g = glyph(Image.fromarray(a * np.uint8(255)), -x, h + y, advance)
                    if g:
                        out[c] = g
                bits = None
            elif bits is not None:
                bits.append(key)
    return out


def faces(path):
    low = path.lower()
    if low.endswith((".psf", ".psf.gz", ".psfu.gz", ".psfu")):
        yield by_psf(path)
    elif low.endswith(".bdf"):
        yield by_bdf(path)
    elif low.endswith(".fon"):
        yield from by_fon(path)
    elif low.endswith((".pcf", ".pcf.gz", ".otb")):
        for font in strikes(path):
            yield by_freetype(font)


def outline(path, out):
    font = TTFont(path, fontNumber=0 if path.lower().endswith("c") else -1, lazy=True)
    have = font.getBestCmap()
    if not have or any(ord(c) not in have for c in "AZaz09."):
        return
    tables = ["DSIG", "FFTM", "GPOS", "GSUB", "GDEF", "kern", "MATH", "EBDT", "EBLC"]
    s = subset.Subsetter(subset.Options(layout_features=[], hinting=True, name_IDs=[], notdef_outline=True,
                                        drop_tables=subset.Options._drop_tables_default + tables))
    s.populate(unicodes=[ord(c) for c in WANTED + [" "]])
    s.subset(font)
    font.save(out)


class Pack:
    def __init__(self, out):
        self.out, self.seen, self.bitmaps = out, set(), []
        os.makedirs(out + "/outlines", exist_ok=True)

    def is_new(self, key):
        new = key not in self.seen
        self.seen.add(key)
        return new

    def add_outline(self, path):
        name = os.path.basename(path)
        with open(path, "rb") as f:
            digest = hashlib.sha256(f.read()).digest()
        if not any(k in name for k in SKIPPED) and self.is_new(digest):
            outline(path, "%s/outlines/%s" % (self.out, name[:-1] + "f" if name.endswith("c") else name))

    def add_bitmaps(self, path):
        for face in faces(path):
            if all(c in face for c in "AHZaz09") and LEAST <= face["H"][2] <= MOST and len({face[c][0] for c in "AHZaz"}) == 5 and \
                    self.is_new(tuple(face.get(c, ())[:5] for c in "AHZaxz0589")):
                self.bitmaps.append((os.path.basename(path), face["H"][2], face))

    def add(self, path):
        try:
            if path.lower().endswith((".ttf", ".otf", ".ttc")):
                self.add_outline(path)
            else:
                self.add_bitmaps(path)
        except Exception as e:  # of many kinds: fonts are broken in every way
            print(path, e)


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("out")
    ap.add_argument("folders", nargs="+")
    a = ap.parse_args()
    pack = Pack(a.out)
    for folder in a.folders:
        for where, _, files in sorted(os.walk(folder)):
            for name in sorted(files):
                pack.add(os.path.join(where, name))
    with open(a.out + "/bitmaps.pickle", "wb") as f:
        pickle.dump(pack.bitmaps, f)
    print(len(pack.bitmaps), "bitmap fonts,", len(os.listdir(a.out + "/outlines")), "outline fonts")


if __name__ == "__main__":
    main()
