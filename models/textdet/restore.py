#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A net to go on training from, out of the integers that export.py wrote.

    restore.py WEIGHTS.bin CHECKPOINT.pt

The file keeps products of a layer's weights and of the scales around it, so what an
integer stands for in each channel is free: it is chosen such that the weights into a
channel and out of it are as large as each other, and the first layer and the last as
large as in a net whose training begins (USUAL): else the first step would undo them.
"""
import struct
import sys

import numpy as np
import torch

import export

USUAL = .25, .03  # root of the mean square of weights: first layer, last


def layers_of(data):
    """[(weights out x in x k x k, bias, ratio of value to sum, drop)]."""
    if data[:8] != export.MAGIC or struct.unpack_from("<I", data, 8)[0] != export.VERSION:
        raise SystemExit("not weights of this version")
    out, at = [], 16
    for i in range(struct.unpack_from("<I", data, 12)[0]):
        o, n, k, _, _, drop = struct.unpack_from("<6I", data, at)
        kind = "<i2" if i == 0 else "<i1"
        q = np.frombuffer(data, kind, o * n * k * k, at + 24)
        at += 24 + q.nbytes
        bias = np.frombuffer(data, "<i4", o, at).astype(float)
        mult, shift = np.frombuffer(data, "<u4", 2 * o, at + 4 * o).astype(float).reshape(2, o)
        at += 12 * o
        out.append((q.reshape(o, k, k, n).transpose(0, 3, 1, 2).astype(float), bias, mult / 2 ** shift, drop))
    return out


def balanced(into, out_of):
    """What each channel is multiplied by, by the weights into it and out of it: [channel x weight]."""
    def norm(parts):
        return np.sqrt(sum((p ** 2).sum(1) for p in parts)).clip(1e-12)
    return np.sqrt(norm(out_of) / norm(into))


def restored(data):
    """The state of a net that gives these integers again."""
    layers = layers_of(data)
    weights = [q * ratio.reshape(-1, 1, 1, 1) for q, _, ratio, _ in layers]
    bias = [b * ratio for _, b, ratio, _ in layers]
    weights[0] *= 255
    weights[-1] /= export.LOGIT
    bias[-1] /= export.LOGIT
    for i in range(2, len(layers)):  # what a layer reads has lost the bits below `drop`
        weights[i] /= 2 ** layers[i - 1][3]

    def rows(i):
        return weights[i].reshape(len(weights[i]), -1)

    def columns(i):
        return weights[i].swapaxes(0, 1).reshape(weights[i].shape[1], -1)
    first, body = np.ones(len(bias[0])), np.ones(len(bias[1]))
    for _ in range(30):
        s = balanced([rows(0)], [columns(1)])
        weights[0], bias[0] = weights[0] * s.reshape(-1, 1, 1, 1), bias[0] * s
        weights[1] = weights[1] / s.reshape(1, -1, 1, 1)
        s = balanced([rows(i) for i in range(1, len(layers) - 1)], [columns(i) for i in range(2, len(layers))])
        for i in range(1, len(layers) - 1):
            weights[i], bias[i] = weights[i] * s.reshape(-1, 1, 1, 1), bias[i] * s
        for i in range(2, len(layers)):
            weights[i] = weights[i] / s.reshape(1, -1, 1, 1)
    for i, usual in ((0, USUAL[0]), (len(layers) - 1, USUAL[1])):
        s = usual / np.sqrt((weights[i] ** 2).mean())
        if i == 0:
            weights[0], bias[0], weights[1] = weights[0] * s, bias[0] * s, weights[1] / s
            continue
        weights[i], weights[1] = weights[i] * s, weights[1] / s
        bias[1:-1] = [b / s for b in bias[1:-1]]
    names = ["first", "second"] + ["body.%d" % i for i in range(len(layers) - 3)] + ["head"]
    state = {}
    for name, w, b in zip(names, weights, bias):
        state[name + ".weight"], state[name + ".bias"] = torch.from_numpy(w).float(), torch.from_numpy(b).float()
    return state


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as f:
        torch.save(restored(f.read()), sys.argv[2])
