# SPDX-License-Identifier: Apache-2.0
"""Inputs that a case makes for itself, mostly by breaking a good file.

A recipe is one line, `NAME: VERB ARGUMENTS`; paths are relative to the project
and NAME to the case's input folder. The verbs are the functions make_*.
"""
import os
import random
import shlex
import socket
import struct

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


def make(line, folder):
    name, rest = line.split(": ", 1)
    verb, *args = shlex.split(rest)
    name = name.strip()
    name = name[1:-1] if name[:1] == '"' else name
    globals()["make_" + verb](os.path.normpath(os.path.join(folder, name)), *args)
