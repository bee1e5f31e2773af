# SPDX-License-Identifier: Apache-2.0
"""Inputs that a case makes for itself, mostly by breaking a good file.

A recipe is one line, `NAME: VERB ARGUMENTS`; paths are relative to the project
and NAME to the case's input folder. The verbs are the functions make_*.
"""
import io
import contextlib
import os
import random
import shlex
import socket
import sqlite3
import struct
import subprocess
import tarfile
import zipfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
LONG_VRS = (b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UN", b"UT", b"UC", b"UR")


def source(path):
    with open(os.path.join(ROOT, path), "rb") as f:
        return f.read()


def put(path, data):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)


def elements(data, start=132):
    """(tag, vr, header offset, value offset, length) of the elements of an
    explicit little endian file, top level only; stops at undefined lengths."""
    at = start
    while at + 8 <= len(data):
        group, element = struct.unpack_from("<HH", data, at)
        vr = data[at + 4:at + 6]
        if vr in LONG_VRS:
            if at + 12 > len(data):
                return
            value, length = at + 12, struct.unpack_from("<I", data, at + 8)[0]
        else:
            value, length = at + 8, struct.unpack_from("<H", data, at + 6)[0]
        yield (group, element), vr, at, value, length
        if length == 0xFFFFFFFF:
            return
        at = value + length


def find(data, tag):
    group, element = (int(x, 16) for x in tag.strip("()").split(","))
    for t, vr, at, value, length in elements(data):
        if t == (group, element):
            return vr, at, value, length
    raise ValueError("no %s in the source of this recipe" % tag)


def make_copy(path, src):
    put(path, source(src))


def make_text(path, text):
    put(path, text.replace("\\n", "\n").encode())


def make_bytes(path, *hexes):
    put(path, bytes.fromhex("".join(hexes)))


def make_zeros(path, count):
    put(path, bytes(int(count)))


def make_random(path, count, seed):
    put(path, random.Random(int(seed)).randbytes(int(count)))


def make_truncate(path, src, at):
    """Keep the first `at` bytes; negative: drop so many."""
    put(path, source(src)[:int(at)])


def make_append(path, src, *hexes):
    put(path, source(src) + bytes.fromhex("".join(hexes)))


def make_patch(path, src, offset, *hexes):
    data = bytearray(source(src))
    new = bytes.fromhex("".join(hexes))
    at = int(offset, 0)
    data[at:at + len(new)] = new
    put(path, bytes(data))


def make_value(path, src, tag, *hexes):
    """Other bytes as the value of a top-level element, its length kept."""
    data = bytearray(source(src))
    _, _, value, length = find(data, tag)
    new = bytes.fromhex("".join(hexes))
    if len(new) != length:
        raise ValueError("%s has %d bytes" % (tag, length))
    data[value:value + length] = new
    put(path, bytes(data))


def make_forget(path, src, *tags):
    """Another instance of the study, with blanks for the values of some tags."""
    data = bytearray(source(src))
    for tag in tags:
        _, _, value, length = find(data, tag)
        data[value:value + length] = b" " * length
    for tag in "(0002,0003)", "(0008,0018)":
        _, _, value, length = find(data, tag)
        last = value + len(bytes(data[value:value + length]).rstrip(b"\0")) - 1
        data[last] = 0x30 + (data[last] - 0x30 + 1) % 10
    put(path, bytes(data))


def make_length(path, src, tag, length):
    """Claim another length for an element; its value stays."""
    data = bytearray(source(src))
    vr, at, _, _ = find(data, tag)
    if vr in LONG_VRS:
        struct.pack_into("<I", data, at + 8, int(length, 0))
    else:
        struct.pack_into("<H", data, at + 6, int(length, 0))
    put(path, bytes(data))


def make_drop(path, src, tag):
    """Leave an element out."""
    data = source(src)
    _, at, value, length = find(data, tag)
    put(path, data[:at] + data[value + length:])


def make_twice(path, src, tag):
    """The same element two times."""
    data = source(src)
    _, at, value, length = find(data, tag)
    put(path, data[:value + length] + data[at:])


def make_insert(path, src, before, *hexes):
    """Bytes in front of an element."""
    data = source(src)
    _, at, _, _ = find(data, before)
    put(path, data[:at] + bytes.fromhex("".join(hexes)) + data[at:])


def make_set(path, src, *fields):
    """Elements with other values, each given as TAG VR VALUE; in their place
    where the source lacks them. VALUE is text, or bytes as 0xHEX."""
    data = source(src)
    for i in range(0, len(fields), 3):
        tag, vr, text = fields[i:i + 3]
        group, element = (int(x, 16) for x in tag.strip("()").split(","))
        value = bytes.fromhex(text[2:]) if text.startswith("0x") else text.encode()
        value += (b"\0" if vr in ("UI", "OB", "UN") else b" ") * (len(value) % 2)
        head = struct.pack("<HH", group, element) + vr.encode()
        head += struct.pack("<HI", 0, len(value)) if vr.encode() in LONG_VRS else struct.pack("<H", len(value))
        at = end = None
        for t, _, start, v, n in elements(data):
            if t == (group, element):
                at, end = start, v + n
            elif t > (group, element) and at is None:
                at = end = start
        data = data[:at] + head + value + data[end:]
    put(path, data)


def make_plain(path, src, columns, rows, level):
    """The file with other pixels, 8-bit grey: all of one level, or `noise`."""
    count = int(columns) * int(rows)
    pixels = random.Random(1).randbytes(count) if level == "noise" else bytes([int(level)]) * count
    sides = [struct.pack("<H", int(n)).hex() for n in (rows, columns)]
    make_set(path, src, "(0028,0010)", "US", "0x" + sides[0], "(0028,0011)", "US", "0x" + sides[1],
             "(7fe0,0010)", "OB", "0x" + pixels.hex())


def make_clip(path, src, frames, cut, first, last, rise="0", grain="16", contrast="100"):
    """A clip of `frames` frames of grain, made of a native 8-bit grey image: in
    frames first to last its cut X,Y,W,H is seen, coming up over `rise` frames
    and ending at `contrast` percent. Grain is below the number."""
    data = source(src)
    (rows, columns), (x, y, w, h) = (
        [struct.unpack_from("<H", data, find(data, tag)[2])[0] for tag in ("(0028,0010)", "(0028,0011)")],
        [int(n) for n in cut.split(",")])
    first, last, rise = int(first), int(last), int(rise)
    pixels = find(data, "(7fe0,0010)")[2]
    noise = random.Random(int(frames))
    grains = bytes(i * int(grain) // 256 for i in range(256))
    clip = bytearray()
    for f in range(int(frames)):
        frame = bytearray(noise.randbytes(rows * columns).translate(grains))
        share = min(f - first + 1, rise + 1) / (rise + 1) * int(contrast) / 100 if first <= f <= last else 0
        fade = bytes(int(i * share) for i in range(256))
        for row in range(h if share else 0):
            at = (y + row) * columns + x
            text = data[pixels + at:pixels + at + w].translate(fade)
            frame[at:at + w] = bytes(map(max, frame[at:at + w], text))
        clip += frame
    at = find(data, "(7fe0,0010)")[1]
    put(path, data[:at] + data[at:at + 8] + struct.pack("<I", len(clip)) + clip)
    number = str(frames) + " " * (len(str(frames)) % 2)
    at, value, length = find(data, "(0028,0008)")[1:]
    head = data[at:at + 6] + struct.pack("<H", len(number)) + number.encode()
    with open(path, "rb") as f:
        made = f.read()
    put(path, made[:at] + head + made[value + length:])


def make_letters(path, src, frames, *places):
    """Black frames of 640 x 480 with text, each given as FIRST-LAST:X,Y:GREY:TEXT
    or, of other letters than 22 px, FIRST-LAST:X,Y,PX:GREY:TEXT; ~ is a space. Text lies
    over grain, another on each frame, of boxes given as FIRST-LAST:X,Y,W,H:GREY:."""
    from PIL import Image, ImageChops, ImageDraw, ImageFont
    noise = random.Random(int(frames))
    clip = b""
    for f in range(int(frames)):
        page = Image.new("L", (640, 480))
        for place in places:
            when, where, grey, text = place.split(":")
            first, last = (int(n) for n in when.split("-"))
            at = [int(n) for n in where.split(",")]
            if not first <= f <= last:
                continue
            over = Image.new("L", page.size)
            if len(at) == 4:
                grains = noise.randbytes(at[2] * at[3]).translate(bytes(i * int(grey) // 256 for i in range(256)))
                over.paste(Image.frombytes("L", at[2:], grains), at[:2])
            else:
                font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", (at + [22])[2])
                ImageDraw.Draw(over).text(at[:2], text.replace("~", " "), int(grey), font)
            page = ImageChops.lighter(page, over)
        clip += page.tobytes()
    make_set(path, src, "(0028,0008)", "IS", frames, "(0028,0010)", "US", "0xe001", "(0028,0011)", "US", "0x8002",
             "(7fe0,0010)", "OB", "0x" + clip.hex())


def make_colours(path, src, ground, *places):
    """An RGB frame of 320 x 240 of one colour with letters of 20 px, each text given as
    X,Y:COLOUR:TEXT; ~ is a space; X,Y,W,H:COLOUR: is a rectangle."""
    from PIL import Image
    save_texts(path, src, Image.new("RGB", (320, 240), "#" + ground), 20, places)


def make_jpeg(path, src, quality, ground, *places):
    """The same in letters of 12 px, as JPEG Baseline of a quality, chroma at half the width."""
    from PIL import Image
    save_texts(path, src, Image.new("RGB", (320, 240), "#" + ground), 12, places)
    subprocess.run(["dcmcjpeg", "+eb", "+q", quality, "+s2", path, path], check=True)


def make_bar(path, src, *places):
    """Such a frame, black, with letters of 14 px and a map of velocities at 150,60,
    24 x 120, from red over black to blue."""
    save_texts(path, src, draw_bar(), 14, places)


def make_bar_clip(path, src, frames, *places):
    """Frames of that kind, each text given as FIRST-LAST:X,Y:COLOUR:TEXT."""
    pages = []
    for f in range(int(frames)):
        pages.append(draw_bar())
        for place in places:
            when, text = place.split(":", 1)
            first, last = (int(n) for n in when.split("-"))
            if first <= f <= last:
                draw_texts(pages[f], 14, [text])
    save_pages(path, src, pages)


def make_enlarged(path, src, frames, columns, rows, quality=None):
    """The RGB frame of a native file, enlarged as a frame grabber does; on several frames grain
    shines through in a sector. With a quality as JPEG, chroma at half the width."""
    from PIL import Image, ImageChops, ImageDraw, ImageFilter
    data = source(src)
    sides = [find(data, tag)[2] for tag in ("(0028,0011)", "(0028,0010)")]
    size = [int.from_bytes(data[at:at + 2], "little") for at in sides]
    wide, high = int(columns), int(rows)
    still = Image.frombytes("RGB", size, data[-3 * size[0] * size[1]:]).resize((wide, high), Image.BILINEAR)
    sector = Image.new("L", still.size)
    ImageDraw.Draw(sector).pieslice((wide // 2 - high * 5 // 6, 40 - high * 5 // 6, wide // 2 + high * 5 // 6,
                                     40 + high * 5 // 6), 55, 125, 255)
    noise = random.Random(int(frames))
    pages = [still]
    while len(pages) < int(frames):
        grain = Image.frombytes("L", still.size, noise.randbytes(wide * high).translate(
            bytes(i * i // 360 for i in range(256)))).filter(ImageFilter.GaussianBlur(1))
        grain = ImageChops.darker(grain, sector)
        pages.append(ImageChops.lighter(still, Image.merge("RGB", [grain] * 3)))
    save_pages(path, src, pages, columns, rows)
    if quality:
        subprocess.run(["dcmcjpeg", "+eb", "+q", quality, "+s2", path, path], check=True)


def make_hues(path, src, frames, *places):
    """RGB frames of 320 x 240 of grey grain of 120 to 183 levels, another on each, changed by
    colours each given as FIRST-LAST:X,Y,W,H:+RRGGBB: or, in the form of letters of 20 px, as
    FIRST-LAST:X,Y:+RRGGBB:TEXT; - takes the colour away."""
    from PIL import Image, ImageChops, ImageDraw, ImageFont
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", 20)
    noise = random.Random(int(frames))
    pages = []
    for f in range(int(frames)):
        grains = noise.randbytes(320 * 240).translate(bytes(120 + i // 4 for i in range(256)))
        page = Image.frombytes("L", (320, 240), grains).convert("RGB")
        for place in places:
            when, where, colour, text = place.split(":")
            first, last = (int(n) for n in when.split("-"))
            at = [int(n) for n in where.split(",")]
            if not first <= f <= last:
                continue
            shape = Image.new("RGB", page.size)
            if len(at) == 4:
                shape.paste("#" + colour[1:], (at[0], at[1], at[0] + at[2], at[1] + at[3]))
            else:
                ImageDraw.Draw(shape).text(at, text.replace("~", " "), "#" + colour[1:], font)
            page = (ImageChops.add if colour[0] == "+" else ImageChops.subtract)(page, shape)
        pages.append(page)
    save_pages(path, src, pages)


def draw_bar():
    from PIL import Image, ImageDraw
    page = Image.new("RGB", (320, 240))
    for y in range(120):
        level = 4 * abs(60 - y)
        ImageDraw.Draw(page).rectangle((150, 60 + y, 173, 60 + y),
                                       (level, level // 4, 0) if y < 60 else (0, level // 4, level))
    return page


def save_texts(path, src, page, size, places):
    draw_texts(page, size, places)
    save_pages(path, src, [page])


def draw_texts(page, size, places):
    from PIL import ImageDraw, ImageFont
    font = ImageFont.truetype("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf", size)
    for place in places:
        where, colour, text = place.split(":")
        at = [int(n) for n in where.split(",")]
        if len(at) == 4:
            page.paste("#" + colour, (at[0], at[1], at[0] + at[2], at[1] + at[3]))
        else:
            ImageDraw.Draw(page).text(at, text.replace("~", " "), "#" + colour, font)


def save_pages(path, src, pages, columns=320, rows=240):
    sides = ["0x" + int(n).to_bytes(2, "little").hex() for n in (rows, columns)]
    make_set(path, src, "(0028,0008)", "IS", str(len(pages)), "(0028,0010)", "US", sides[0],
             "(0028,0011)", "US", sides[1], "(7fe0,0010)", "OB", "0x" + b"".join(p.tobytes() for p in pages).hex())


def make_sqlite(path, *statements):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with contextlib.closing(sqlite3.connect(path)) as db:
        for statement in statements:
            db.execute(statement)
        db.commit()


def make_truncations(path, src):
    """A folder with the file cut at every structural boundary: after each
    element's tag, VR, length, in the middle and at the end of its value."""
    data = source(src)
    cuts = {1, 64, 127, 128, 130, 131, 132}
    for _, _, at, value, length in elements(data):
        cuts |= {at, at + 2, at + 4, at + 6, value}
        if length != 0xFFFFFFFF:
            cuts |= {value + length // 2, value + length - 1}
        else:
            cuts |= set(range(value, min(len(data), value + 64), 4)) | {len(data) - 8, len(data) - 4, len(data) - 1}
    # The whole file, or its end of an even cut, is no truncation.
    for cut in sorted(c for c in cuts if 0 < c < len(data)):
        put(os.path.join(path, "at-%07d.dcm" % cut), data[:cut])


def make_flips(path, src, count, seed):
    """A folder of copies, each with some of its bytes changed."""
    data = source(src)
    rng = random.Random(int(seed))
    for i in range(int(count)):
        bad = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 8, 32))):
            # Two of three in the front, where the structure is.
            limit = len(bad) if rng.random() < 0.34 else min(len(bad), 2500)
            bad[rng.randrange(128, limit)] = rng.choice((0, 255, 128, 127, rng.randrange(256)))
        put(os.path.join(path, "flip-%03d.dcm" % i), bytes(bad))


# ---- reports: explicit little endian, written by hand ----

def element(tag, vr, value):
    value = value.encode() if isinstance(value, str) else value
    value += (b"\0" if vr in ("UI", "OB") else b" ") * (len(value) % 2)
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode()
    if vr.encode() in LONG_VRS:
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def sequence(tag, items):
    return element(tag, "SQ", b"".join(struct.pack("<HHI", 0xFFFE, 0xE000, len(i)) + i for i in items))


def coded(tag, value, scheme="DCM", meaning="Finding"):
    return sequence(tag, [element(0x00080100, "SH", value) + element(0x00080102, "SH", scheme) +
                          element(0x00080104, "LO", meaning)])


def content(kind, value=b"", children=(), relation="CONTAINS"):
    """A content item with its value's element."""
    return (element(0x0040A010, "CS", relation) + (element(0x0040A040, "CS", kind) if kind else b"") +
            coded(0x0040A043, "121071") + value + (sequence(0x0040A730, list(children)) if children else b""))


def words(text):
    return element(0x0040A160, "UT", text)


def by_number(*numbers):
    return element(0x0040A010, "CS", "INFERRED FROM") + element(0x0040DB73, "UL", struct.pack("<%dI" % len(numbers), *numbers))


def report_items(kind, n):
    """The children of the root."""
    if kind == "wide":
        return [content("TEXT", words("seen by Mustermann, number %d" % i)) for i in range(n)]
    if kind == "deep":
        tree = content("TEXT", words("Mustermann at the bottom"))
        for _ in range(n):
            tree = content("CONTAINER", children=[tree])
        return [tree]
    if kind == "loop":  # 1.1 and 1.2 refer to each other, and 1.3 to itself
        return [content("TEXT", words("Mustermann"), [by_number(1, i)]) for i in (2, 1, 3)]
    if kind == "nowhere":
        return [content("TEXT", words("Mustermann"), [by_number(1, 99, 2), by_number(), by_number(0xFFFFFFFF)])]
    if kind == "typeless":
        return [content("", words("Mustermann")), content("TXET", words("Mustermann")), b"", words("Mustermann")]
    if kind == "strays":  # values that their items should not have
        return [content("NUM", words("Mustermann")), content("CODE", element(0x0040A123, "PN", "Mustermann^Max")),
                content("TEXT", element(0x0040A121, "DA", "19380819"))]
    if kind == "bad-dates":
        return [content("DATETIME", element(0x0040A120, "DT", v)) for v in ("Mustermann", "20191399", "", "2019\\1938")]
    if kind == "wrong-vr":  # a name in the form of a number's unit, a tree in the form of a text
        return [content("PNAME", element(0x0040A123, "LO", "Mustermann^Max")),
                content("TEXT", element(0x0040A160, "UN", "Mustermann")),
                content("CONTAINER") + element(0x0040A730, "UN", "Mustermann")]
    if kind == "codes":  # of the site's own, and a standard one
        return [content("CODE", coded(0x0040A168, "M1", "99SITE", "Mustermann")),
                content("CODE", coded(0x0040A168, "38341003", "SCT", "Hypertension"))]
    if kind == "placeholders":  # as report editors leave them
        return [content("PNAME", element(0x0040A123, "PN", "Enter text")), content("TEXT", words("Enter text")),
                content("IMAGE", sequence(0x00081199, [element(0x00081150, "UI", "0") + element(0x00081155, "UI", "0")]))]
    if kind == "private":
        return [content("TEXT", words("calm")) + element(0x00410010, "LO", "SITE") +
                element(0x00411001, "LT", "Mustermann")]
    if kind == "empty":
        return []
    raise ValueError(kind)


def make_report(path, kind, n="0"):
    """A structured report of one of the kinds above."""
    body = b"".join([
        element(0x00080016, "UI", "1.2.840.10008.5.1.4.1.1.88.33"), element(0x00080018, "UI", "1.2.276.0.99.5." + str(len(kind))),
        element(0x00080060, "CS", "SR"), element(0x00100010, "PN", "Mustermann^Max"),
        element(0x00100020, "LO", "FV-4711-0815"), element(0x0020000D, "UI", "1.2.276.0.99.6"),
        element(0x0020000E, "UI", "1.2.276.0.99.7"), element(0x0040A040, "CS", "CONTAINER"),
        coded(0x0040A043, "121144", meaning="Document Title"), sequence(0x0040A730, report_items(kind, int(n)))])
    meta = element(0x00020001, "OB", b"\0\1") + element(0x00020002, "UI", "1.2.840.10008.5.1.4.1.1.88.33") + \
        element(0x00020003, "UI", "1.2.276.0.99.5") + element(0x00020010, "UI", "1.2.840.10008.1.2.1")
    put(path, bytes(128) + b"DICM" + element(0x00020000, "UL", struct.pack("<I", len(meta))) + meta + body)


def make_class(path, src, uid):
    """Another SOP Class in the dataset."""
    data = source(src)
    _, at, value, length = find(data, "(0008,0016)")
    put(path, data[:at] + element(0x00080016, "UI", uid) + data[value + length:])


def make_folder(path):
    os.makedirs(path, exist_ok=True)


def make_link(path, target):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.symlink(target, path)


def make_fifo(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    os.mkfifo(path)


def make_socket(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    s = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    # The path of a socket is short; the folder of a case may not be.
    fd = os.open(os.path.dirname(path), os.O_RDONLY)
    try:
        s.bind("/proc/self/fd/%d/%s" % (fd, os.path.basename(path)))
    finally:
        os.close(fd)
        s.close()
        os.chdir(here)


def make_locked(path, src):
    put(path, source(src))
    os.chmod(path, 0)


def make_archive(path, *members):
    """A zip or a tar; a member is a file, or NAME=FILE."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    pairs = [m.split("=") if "=" in m else (os.path.basename(m), m) for m in members]
    if path.endswith(".zip"):
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
            for name, src in pairs:
                z.writestr(name, source(src))
        return
    with tarfile.open(path, "w:gz" if path.endswith("gz") else "w") as t:
        for name, src in pairs:
            info = tarfile.TarInfo(name)
            info.size = len(source(src))
            t.addfile(info, io.BytesIO(source(src)))


def make(line, folder):
    name, rest = line.split(": ", 1)
    verb, *args = shlex.split(rest)
    name = name.strip()
    name = name[1:-1] if name[:1] == '"' else name
    globals()["make_" + verb](os.path.normpath(os.path.join(folder, name)), *args)
