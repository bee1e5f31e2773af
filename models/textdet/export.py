#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Turn a trained net into the integers that src/detect/net.c runs.

    export.py CHECKPOINT SAMPLES [--out textdet.bin]

Activations get 7 bits, weights 8 (the first layer's 16), each output channel a
scale of its own. What the activations reach is measured on the samples that
train.py leaves beside its checkpoints. Between layers the body keeps a sum of 16
bits a channel; a layer sees its upper 7 bits, those above `drop`.

The file, little endian: "DSCTDET" and a NUL, version, layer count; for each
layer out, in, kernel, stride, dilation, drop (uint32), weights [out][ky][kx][in]
(int8, first layer int16), bias (int32), multiplier and shift (uint32) of each
output: value = sum * multiplier >> shift; last the CRC-32 of all that.
"""
import argparse
import struct
import zlib

import numpy as np
import torch
import torch.nn.functional as fn

MAGIC, VERSION = b"DSCTDET\0", 2
TOP, SUM_TOP = 127, 65535
FIRST_TOP = 1023  # of a weight of the first layer
LOGIT = 16        # DSC_NET_LOGIT
REACH = 99.995    # percent of the values that are represented


def reach(t):
    """What the values of each channel reach."""
    v = t.detach().float().transpose(0, 1).flatten(1)
    k = max(1, int(v.shape[1] * REACH / 100))
    return v.kthvalue(k, 1).values.cpu().numpy().astype(np.float64).clip(1e-3)


def measure(net, samples):
    """Reach of the first layer and of the sum after each layer."""
    first, sums = [], []
    with torch.no_grad():
        for part in samples.split(64):
            x = fn.relu(net.first(part))
            first.append(reach(x))
            x = fn.relu(net.second(x))
            now = [reach(x)]
            for conv in net.body:
                x = fn.relu(conv(x)) + x
                now.append(reach(x))
            sums.append(now)
    return np.max(first, 0), np.max(sums, 0)


def scale_of(ratio, bound):
    """Multiplier and shift nearest to ratio, without overflow for sums up to
    bound."""
    shift = 0
    while shift < 30 and round(ratio * 2 ** (shift + 1)) < 2 ** 15 and \
            round(ratio * 2 ** (shift + 1)) * bound + 2 ** shift < 2 ** 31:
        shift += 1
    return int(round(ratio * 2 ** shift)), shift


def layer(conv, scale_in, scale_out, top, highest):
    """Integers of one layer: values in are integers * scale_in, values out
    integers * scale_out; inputs are at most `highest`."""
    w = conv.weight.detach().double().cpu().numpy() * scale_in.reshape(1, -1, 1, 1)
    b = conv.bias.detach().double().cpu().numpy()
    step = np.maximum(np.abs(w).max((1, 2, 3)), 1e-9) / top
    q = np.round(w / step.reshape(-1, 1, 1, 1)).astype(int)
    bias = np.round(b / step).astype(int)
    bound = np.abs(q).sum((1, 2, 3)) * highest + np.abs(bias)
    scales = [scale_of(s / o, n) for s, o, n in zip(step, scale_out, bound)]
    return q, bias, [s[0] for s in scales], [s[1] for s in scales]


def scales(net, samples):
    """What an integer 1 stands for, for each channel: of the first layer, of
    the sum; and the bits that each layer drops of the sum. Early layers, whose
    sums are small, drop fewer."""
    reach_first, reach_sum = measure(net, samples)
    s = reach_sum[-1] / SUM_TOP
    need = [np.percentile(r / s, 90) / TOP for r in reach_sum]
    return reach_first / TOP, s, [int(np.clip(np.round(np.log2(n)), 0, 9)) for n in need]


def quantise(net, samples):
    """[(layer's numbers, stride, dilation, drop)]."""
    a, s, drops = scales(net, samples)
    out = [(layer(net.first, np.full(1, 1 / 255), a, FIRST_TOP, 255), 2, 1, 0),
           (layer(net.second, a, s, TOP, TOP), 2, 1, drops[0])]
    for i, conv in enumerate(net.body):
        out.append((layer(conv, s * 2.0 ** drops[i], s, TOP, TOP), 1, conv.dilation[0], drops[i + 1]))
    head = np.full(net.head.out_channels, 1 / LOGIT)
    out.append((layer(net.head, s * 2.0 ** drops[-1], head, TOP, TOP), 1, 1, 0))
    return out


def write(net, samples, path):
    layers = quantise(net, samples)
    out = MAGIC + struct.pack("<II", VERSION, len(layers))
    for i, ((q, bias, mult, shift), stride, dilation, drop) in enumerate(layers):
        o, n, k, _ = q.shape
        out += struct.pack("<6I", o, n, k, stride, dilation, drop)
        out += q.transpose(0, 2, 3, 1).astype("<i2" if i == 0 else "<i1").tobytes()
        out += bias.astype("<i4").tobytes() + np.array(mult + shift, "<u4").tobytes()
    with open(path, "wb") as f:
        f.write(out + struct.pack("<I", zlib.crc32(out)))


def main():
    import train
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("checkpoint")
    ap.add_argument("samples")
    ap.add_argument("--out", default="textdet.bin")
    a = ap.parse_args()
    state = torch.load(a.checkpoint, map_location="cpu")
    net = train.Net(len(state["second.weight"]))
    net.load_state_dict(state)
    write(net, torch.load(a.samples) / 127.5 - 1, a.out)


if __name__ == "__main__":
    main()
