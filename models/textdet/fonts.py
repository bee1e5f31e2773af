#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Cut the installed fonts down to the letters that draw.py draws.

    fonts.py OUT

Bitmap fonts of X11 (pcf) become NAME.PX.pcf, so that their size need not be tried.
Needs python3-fonttools.
"""
import glob
import gzip
import multiprocessing
import os
import sys

from fontTools import subset
from PIL import ImageFont

import draw

LETTERS = "".join(map(chr, range(32, 127))) + "°" + draw.EXTRA + draw.GREEK + draw.CYRILLIC + draw.CJK


def cut(path, out):
    options = subset.Options(notdef_outline=True, recommended_glyphs=True, layout_features=["kern"], drop_tables=["SVG ", "COLR", "CPAL", "DSIG", "GSUB", "GPOS", "GDEF", "BASE", "EBDT", "EBLC", "EBSC", "morx", "feat", "FFTM", "PfEd", "meta"])
    font = subset.load_font(path, options, dontLoadGlyphNames=True) if not path.endswith("c") else subset.load_font(path, subset.Options(font_number=0))
    s = subset.Subsetter(options)
    s.populate(text=LETTERS)
    s.subset(font)
    subset.save_font(font, out, options)


def size_of(path):
    for px in range(5, 31):
        try:
            font = ImageFont.truetype(path, px)
            return px if font.getmask("Ag4", "1").getbbox() else None
        except OSError:
            pass
    return None


def cut_all(task):
    path, to = task
    try:
        cut(path, to)
    except Exception as e:  # fonts are many, and some are broken
        print(path, e, flush=True)


def main():
    out = sys.argv[1]
    os.makedirs(out, exist_ok=True)
    for path in sorted(glob.glob("/usr/share/fonts/X11/[7m]*/*ISO8859-1.pcf.gz")):
        name = os.path.join(out, os.path.basename(path)[:-7])
        with gzip.open(path) as f, open(name, "wb") as g:
            g.write(f.read())
        px = size_of(name)
        if px:
            os.rename(name, "%s.%d.pcf" % (name, px))
        else:
            os.remove(name)
    tasks = [(path, os.path.join(out, "%s-%03d.%s" % (os.path.basename(path).rsplit(".", 1)[0], k, "otf" if "otf" in path else "ttf")))
             for k, path in enumerate(draw.Fonts().paths)]
    with multiprocessing.Pool() as pool:
        pool.map(cut_all, tasks, 8)


main()
