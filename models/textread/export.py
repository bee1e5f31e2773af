#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turn a trained net into the integers that src/ocr runs; reference.py says what
these compute.

    export.py CHECKPOINT SAMPLES [--temperature T] [--out textread.bin]

As models/textdet/export.py has it: activations of 7 bits, weights of 8, a scale
for each output channel, measured on samples. Layers that begin a sum or add to it
keep 16 bits a channel of it; the next layer sees its upper 7 bits, those above
`drop`.

The file, little endian: "DSCREAD" and a NUL, version, number of layers, number of
classes, bytes of their names (uint32); the characters of the classes from 1 on in
UTF-8 (0 is CTC's blank, U+FFFD what is no character of the list); for each layer
out, in, high, wide, down, dilation, pad, kind, drop (uint32), weights
[out][ky][kx][in] (int8), bias (int32), multiplier and shift (uint32) of each
output; last the CRC-32 of all that.
"""
import argparse
import importlib.util
import os
import struct
import zlib

import numpy as np
import torch

import classes

HERE = os.path.dirname(os.path.abspath(__file__))
_spec = importlib.util.spec_from_file_location("textdet_export", os.path.join(HERE, "..", "textdet", "export.py"))
textdet = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(textdet)

MAGIC, VERSION = b"DSCREAD\0", 1
TOP, SUM_TOP = textdet.TOP, textdet.SUM_TOP
LOGIT = 256  # a logit of 1


def measure(net, x, mask):
    """What the values reach after each layer but the head."""
    out = {}

    def seen(i, y):
        now = textdet.reach(y)
        out[i] = np.maximum(out[i], now) if i in out else now

    scales, net.scales = net.scales, None
    with torch.no_grad():
        for part, m in zip(x.split(64), mask.split(64)):
            net(part, m, seen)
    net.scales = scales
    return out


def chains(reach):
    """(scale, drop) of what each layer gives: an integer of its input by the
    next is scale << drop. All layers of one sum have its scale."""
    import net
    out = {}
    kinds = [s.kind for s in net.SHAPES]
    for i, kind in enumerate(kinds[:-1]):
        if kind == net.PLAIN:
            out[i] = reach[i] / TOP, 0
            continue
        end = i
        while kinds[end + 1] == net.ADD:
            end += 1
        s = reach[end] / SUM_TOP
        out[i] = s, int(np.clip(np.round(np.log2(np.percentile(reach[i] / s, 90) / TOP)), 0, 9))
    return out


def inputs(reach):
    """What an integer 1 stands for in each layer's input, for each channel."""
    return [np.full(1, 1 / TOP)] + [s * 2.0 ** drop for s, drop in chains(reach).values()]


def quantise(net_, x, mask, temperature=1.0):
    """[(layer's numbers, shape, drop)]."""
    import net
    reach = measure(net_, x, mask)
    made, scales = chains(reach), inputs(reach)
    out = []
    for i, s in enumerate(net.SHAPES):
        head = s.kind == net.HEAD
        scale, drop = (np.full(s.outputs, temperature / LOGIT), 0) if head else made[i]
        out.append((textdet.layer(net_.convs[i], scales[i], scale, TOP, TOP), s, drop))
    return out


def write(net_, x, mask, path, temperature=1.0):
    layers = quantise(net_, x, mask, temperature)
    names = classes.CHARACTERS.encode()
    out = MAGIC + struct.pack("<4I", VERSION, len(layers), classes.COUNT, len(names)) + names
    for (q, bias, mult, shift), s, drop in layers:
        out += struct.pack("<9I", s.outputs, s.inputs, s.high, s.wide, s.down, s.dilation, s.pad, s.kind, drop)
        out += q.transpose(0, 2, 3, 1).astype("<i1").tobytes()
        out += bias.astype("<i4").tobytes() + np.array(mult + shift, "<u4").tobytes()
    with open(path, "wb") as f:
        f.write(out + struct.pack("<I", zlib.crc32(out)))


def main():
    import net
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("checkpoint")
    ap.add_argument("samples")
    ap.add_argument("--temperature", type=float, default=1)
    ap.add_argument("--out", default="textread.bin")
    a = ap.parse_args()
    n = net.Net().eval()
    n.fold()
    n.load_state_dict(torch.load(a.checkpoint, map_location="cpu"))
    s = torch.load(a.samples)
    write(n, s["x"].float() / TOP, s["mask"].float(), a.out, a.temperature)


if __name__ == "__main__":
    main()
