# SPDX-License-Identifier: Apache-2.0
"""What the drawn rows say. The reader must read what is there and not what is
likely: most strings are random, words of screens are as often misspelt as not,
and names are made up of syllables."""
import classes

DIGITS, SMALL = "0123456789", "abcdefghijklmnopqrstuvwxyz"
CAPITALS, MARKS = SMALL.upper(), ".,:;/\\-+=()[]%#*<>'\"!?&_@|~^{}$`"
KNOWN = [c for c in classes.CHARACTERS if c not in (" ", classes.OTHER)]
VOWELS, CONSONANTS = "aeiou", "bcdfghjklmnpqrstvwxyz"
# letters of a language beside the plain ones, small and capital
LANGUAGES = ["", "", "", "", "äöüß", "éèàçêëîïôûùœ", "ñáéíóú", "åøæ", "åäö", "ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áéíóöőúüű",
             "ãõáâéêíóúç", "ğışöüç", "čćšžđ", "àèéìòù", "þðáéíóúýö"]
WORDS = """Gain Depth Freq Power Persist Map Filter Sector Width Focus Zoom Frame Rate Gate Angle Scale Baseline Sweep Speed
PRF WF SV Dyn Range Compress Thermal Index Index Probe Abdomen Renal Vascular Cardiac Carotid Thyroid Breast OB GYN Small
Parts Fetal Vein Artery Aorta Liver Kidney Spleen Left Right Long Trans Sagittal Coronal Axial Medial Lateral Upper Lower
Freeze Review Cine Image Print Store Patient Study Series Exam Report Measure Distance Area Volume Volume Time Heart HR PI
RI S/D TAMAX Vmax Vmin Mean PSV EDV MI TIS TIB TIC Gen Res Pen THI PWR XMIT Harm Tissue Color Colour Doppler CFM CPA PW CW
M-Mode 2D 3D 4D MM Mode B-Mode Live Dual Quad Split Invert Off On Low Med High Max Min Auto Manual Page Menu Help Exit Next
Back Start Stop Select Cancel Done Delete Edit Text Body Mark Arrow Annotate Preset Setup Cal Caliper Ellipse Trace GA EDD LMP
BPD HC AC FL EFW CRL LV RV LA RA MV AV TV PV IVS LVPW EF FS CO SV Kernel Slice Thick Thickness Tilt Gantry kV mA mAs Table
Recon FOV DFOV SFOV Contrast Window Level Center W L WW WL Pos Head Feet First Supine Prone TE TR TI NEX Matrix ETL Coil Flip
IM SE EX Scan Ref Scout Loc Localizer AP PA LAT LAO RAO Cranial Caudal Exp Dose DLP CTDI Total Acq Tm Date Age Sex Name ID
Accession Physician Operator Hospital Institution Comment Tape Disc Print Ready Busy Wait Sec Min Loop Fr Frm Img Clip ECG
Resp Delay Trigger Smooth Enhance Edge Contour Density Rejection Noise Reduction Line Opt Medium Slow Fast Steer Walls Gray
Soft Tissue Bone Lung Brain Spine Knee Hip Shoulder Ankle Wrist Elbow Hand Foot Chest Pelvis Neck Skull Sinus""".split()
UNITS = ["", "", " cm", "cm", " mm", "mm", " %", "%", " Hz", "Hz", "kHz", " MHz", "MHz", " bpm", "BPM", " dB", "dB", " m/s", "cm/s",
         " ms", "ms", "s", " sec", " ml", "ml", "cc", " mmHg", "°", "°C", " cm²", "cm³", "mA", "kV", "mAs", "mGy", "fps", "Hz/s", "kg", " kg/m²",
         "y", "w", "d", "G", "F", "P", "x", "X", "µs", "T", "MB", "in", "µm", " 1/min"]


def some(rng, letters, low, high):
    return "".join(rng.choice(letters) for _ in range(rng.randint(low, high)))


def cased(rng, word):
    k = rng.random()
    return word.upper() if k < .4 else word.capitalize() if k < .75 else word


def syllables(rng, low=1, high=4):
    extra = rng.choice(LANGUAGES)
    out = ""
    for _ in range(rng.randint(low, high)):
        out += rng.choice(CONSONANTS) * rng.choice([0, 1, 1, 1, 1, 2]) + rng.choice(VOWELS) + rng.choice(["", "", rng.choice(CONSONANTS)])
    if extra:
        i = rng.randrange(len(out))
        out = out[:i] + rng.choice(extra) + out[i + 1:]
    return "".join(c for c in cased(rng, out) if c in classes.NUMBER)


def person(rng):
    a, b = syllables(rng), syllables(rng)
    return rng.choice([a + ", " + b, a + " " + b, a + "^" + b, a, b, a + "," + b, a[:1] + ". " + b, a + "-" + b, "Dr. " + a, "Dr " + a, a + " " + b[:1] + "."])


def date(rng):
    s = rng.choice("./-/. ")
    d, m, y = rng.randint(1, 31), rng.randint(1, 12), rng.randint(1920, 2030)
    month = rng.choice("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec JAN FEB MAR OCT DEC Mai Okt Dez".split())
    return rng.choice(["%02d%s%02d%s%d" % (d, s, m, s, y), "%02d%s%02d%s%02d" % (m, s, d, s, y % 100), "%d-%02d-%02d" % (y, m, d),
                       "%d%02d%02d" % (y, m, d), "%d %s %d" % (d, month, y), "%s %d, %d" % (month, d, y), "%02d-%s-%02d" % (d, month, y % 100)])


def clock(rng):
    h, m, s = rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 59)
    return rng.choice(["%02d:%02d:%02d" % (h, m, s), "%d:%02d" % (h, m), "%02d:%02d:%02d%s" % (h % 12, m, s, rng.choice([" AM", " PM", "am", "pm", "AM", "PM"])),
                       "%d:%02d%s" % (h % 12, m, rng.choice([" AM", " PM", "a", "p"])), "%02d.%02d" % (h, m)])


def identity(rng):
    return rng.choice([some(rng, DIGITS, 4, 12), some(rng, CAPITALS, 1, 3) + some(rng, DIGITS, 3, 9), some(rng, DIGITS + CAPITALS, 5, 12),
                       some(rng, DIGITS, 2, 4) + "-" + some(rng, DIGITS, 2, 4) + "-" + some(rng, DIGITS, 2, 5), "#" + some(rng, DIGITS, 1, 6),
                       "ID: " + some(rng, DIGITS, 3, 9), "ID:" + some(rng, DIGITS + CAPITALS, 3, 9), ".".join(some(rng, DIGITS, 1, 5) for _ in range(rng.randint(3, 6)))])


def number(rng):
    k = rng.random()
    if k < .3:
        n = str(rng.randint(0, 10 ** rng.randint(1, 4)))
    elif k < .65:
        n = "%.*f" % (rng.randint(1, 3), rng.uniform(0, 10 ** rng.randint(0, 3)))
    elif k < .72:
        n = "%d." % rng.randint(0, 300)
    elif k < .8:
        n = "%d%s%d" % (rng.randint(0, 400), rng.choice("/:-x"), rng.randint(1, 400))
    elif k < .85:
        n = "%d.%d/%d.%d" % tuple(rng.randint(0, 9) for _ in range(4))
    elif k < .9:
        n = "." + some(rng, DIGITS, 1, 3)
    else:
        n = some(rng, DIGITS, 1, 6)
    return rng.choice(["", "", "", "", "-", "+", "<", ">", "±", "~", "=", "x"]) + n


def label(rng):
    k = rng.random()
    if k < .4:
        return some(rng, CAPITALS, 1, 4)
    if k < .5:
        return some(rng, CAPITALS, 1, 1) + some(rng, SMALL, 1, 3)
    return misspelt(rng, rng.choice(WORDS))


def misspelt(rng, word):
    """Half of the words, with another letter, one less, one more, two swapped."""
    if rng.random() < .5:
        w = list(word)
        i, k = rng.randrange(len(w)), rng.random()
        other = rng.choice(CAPITALS if w[i].isupper() else DIGITS if w[i].isdigit() else SMALL)
        if k < .6:
            w[i] = other
        elif k < .75 and len(w) > 2:
            del w[i]
        elif k < .9:
            w.insert(i, other)
        elif i:
            w[i - 1:i + 1] = w[i], w[i - 1]
        word = "".join(w)
    k = rng.random()
    return word.upper() if k < .3 else word.lower() if k < .4 else word


def measurement(rng):
    unit = rng.choice(UNITS)
    k = rng.random()
    if k < .35:
        return number(rng) + unit
    if k < .75:
        return label(rng) + rng.choice([" ", "  ", "", ":", ": ", "=", " = ", "#", "-", "/", "<", ". ", "_"]) + number(rng) + unit
    if k < .85:
        return " ".join(rng.choice(CAPITALS) + str(rng.randint(0, 99)) for _ in range(rng.randint(1, 4)))
    if k < .9:
        return "[" + rng.choice([unit.strip() or "cm", number(rng), label(rng)]) + "]"
    if k < .95:
        return number(rng) + rng.choice([" ", "x", " x ", " X ", "/"]) + number(rng) + unit
    return number(rng) + rng.choice(CAPITALS + SMALL) + rng.choice(["", number(rng)])


def words(rng):
    n = rng.randint(1, 3)
    return rng.choice([" ", " ", " ", "/", "-", ":", ". "]).join(misspelt(rng, rng.choice(WORDS)) for _ in range(n)) + rng.choice(["", "", "", ":", ".", "?"])


def anything(rng):
    """Strings that mean nothing."""
    k = rng.random()
    if k < .22:
        return some(rng, KNOWN, 1, 14)
    if k < .4:
        return some(rng, DIGITS + SMALL + CAPITALS + MARKS, 1, 16)
    if k < .5:
        return some(rng, DIGITS + CAPITALS, 1, 12)
    if k < .58:
        return some(rng, DIGITS + CAPITALS + ".:/-<%#", 1, 12)
    if k < .7:
        return cased(rng, some(rng, SMALL, 1, 12))
    if k < .8:
        return " ".join(cased(rng, some(rng, SMALL, 1, 7)) for _ in range(rng.randint(1, 4)))
    if k < .9:
        return some(rng, DIGITS, 1, 10)
    extra = rng.choice(LANGUAGES[4:])
    out = some(rng, SMALL + extra * 3, 1, 10)
    return "".join(c for c in (out.upper() if rng.random() < .5 else out.capitalize()) if c in classes.NUMBER) or "A"


def text(rng):
    k = rng.random()
    if k < .42:
        return anything(rng)
    if k < .56:
        return person(rng)
    if k < .61:
        return date(rng)
    if k < .65:
        return clock(rng)
    if k < .7:
        return identity(rng)
    if k < .88:
        return measurement(rng)
    return words(rng)
