#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What the integers of textread.bin compute, with numpy: the reference of the C code.

    reference.py WEIGHTS ROW.png ...

prints what each row says; a row is dark letters on white.

A row is the ink of one row of letters, 5 to 22 px high and at most 1016 wide, stretched
so that its strongest pixel has 127 (prepare()), with 4 columns of background at both
ends, in a window of 24 rows: floor((24 - height) / 2) rows of background above it.
Every layer sees zeros outside of the row's columns and, where `pad` is 1, above and
below. An output is

    sum = bias + sum of weight * input                    (32 bits; out of 9 taps, say)
    v = sum < 0 ? 0 : (sum * mult + half) >> shift        half = shift ? 1 << (shift - 1) : 0
    PLAIN: out = min(v, 127)
    BEGIN: total = min(v, 65535)      ADD: total = min(total + v, 65535)
    both:  out = min((total + drop_half) >> drop, 127)    drop_half = drop ? 1 << (drop - 1) : 0
    HEAD:  logit = the sign of sum, |sum| scaled as above (32 bits, 256 is 1)

with the output's row y at rows y * down - pad + ky of the input and column x at columns
x + (kx - wide / 2) * dilation. No sum or product reaches 2^31.
"""
import struct
import sys
import zlib

import numpy as np

ROWS, END, TOP, SUM_TOP, LOGIT = 24, 4, 127, 65535, 256
LEAST, MOST, WIDEST = 5, 22, 1016
PLAIN, BEGIN, ADD, HEAD = range(4)


class Layer:
    def __init__(self, f):
        self.out, self.inputs, self.high, self.wide, self.down, self.dilation, self.pad, self.kind, self.drop = \
            struct.unpack("<9I", f.read(36))
        n = self.out * self.inputs * self.high * self.wide
        self.weights = np.frombuffer(f.read(n), "<i1").reshape(self.out, self.high, self.wide, self.inputs).astype(np.int64)
        self.bias, self.mult, self.shift = np.frombuffer(f.read(12 * self.out), "<i4").reshape(3, self.out).astype(np.int64)

    def sums(self, x):
        """[out][rows][columns] of [in][rows][columns]"""
        _, h, w = x.shape
        side = self.wide // 2 * self.dilation
        x = np.pad(x, ((0, 0), (self.pad, self.pad), (side, side)))
        rows = (h + 2 * self.pad - self.high) // self.down + 1
        taps = np.stack([x[:, ky:ky + self.down * (rows - 1) + 1:self.down, kx * self.dilation:kx * self.dilation + w]
                         for ky in range(self.high) for kx in range(self.wide)])
        # in doubles, which are exact: all are integers below 2^53
        out = self.weights.reshape(self.out, -1).astype(np.float64) @ taps.reshape(-1, rows * w).astype(np.float64)
        return out.astype(np.int64).reshape(self.out, rows, w) + self.bias[:, None, None]

    def scaled(self, v):
        mult, shift = self.mult[:, None, None], self.shift[:, None, None]
        return (v * mult + (1 << shift >> 1)) >> shift


class Reader:
    def __init__(self, path):
        with open(path, "rb") as f:
            data = f.read()
            assert zlib.crc32(data[:-4]) == struct.unpack("<I", data[-4:])[0], "checksum"
            f.seek(0)
            magic, version, count, self.count, size = struct.unpack("<8s4I", f.read(24))
            assert (magic, version) == (b"DSCREAD\0", 1)
            self.names = f.read(size).decode()
            self.layers = [Layer(f) for _ in range(count)]

    def logits(self, row):
        """[class][column] of a prepared row."""
        x, total = row[None].astype(np.int64), None
        for layer in self.layers:
            v = layer.sums(x)
            if layer.kind == HEAD:
                return (np.sign(v) * layer.scaled(np.abs(v)))[:, 0]
            v = layer.scaled(np.maximum(v, 0))
            if layer.kind == PLAIN:
                x = np.minimum(v, TOP)
                continue
            total = np.minimum(v + (total if layer.kind == ADD else 0), SUM_TOP)
            x = np.minimum((total + (1 << layer.drop >> 1)) >> layer.drop, TOP)

    def read(self, row):
        return decode(self.logits(row), self.names)


def prepare(ink):
    """The net's input of ink, 0 to 255 (255 less the grey of dark letters on white);
    None where it is no row that the net reads."""
    top = int(ink.max()) if ink.size else 0
    ys, xs = np.nonzero(ink)
    if not top:
        return None
    ink = ink[ys.min():ys.max() + 1, xs.min():xs.max() + 1].astype(np.int64)
    h, w = ink.shape
    if not LEAST <= h <= MOST or w > WIDEST:
        return None
    out = np.zeros((ROWS, w + 2 * END), np.uint8)
    at = (ROWS - h) // 2
    out[at:at + h, END:END + w] = ink * TOP // top
    return out


# ---- what the logits say ---------------------------------------------------

# Letters of one shape: their probabilities are summed. Which of them it is does not
# matter to a policy, but for 0 and 1 among digits.
ALIKE = "Cc", "0Oo", "Ss", "Uu", "Vv", "Ww", "1Il|", "Xx", "Zz"


def shapes_of(names):
    """The class that stands for each class: the lowest of one shape."""
    out = list(range(len(names) + 1))
    for group in ALIKE:
        for c in group:
            out[names.index(c) + 1] = min(names.index(k) + 1 for k in group)
    return np.array(out)


def probabilities(logits, shapes):
    """[shape][column]"""
    z = np.exp((logits - logits.max(0)).astype(np.float64) / LOGIT)
    out = np.zeros_like(z)
    np.add.at(out, shapes, z / z.sum(0))
    return out


def log_of(log_p, labels):
    """The log of the probability that columns say `labels` (CTC, all alignments)."""
    path = [0]
    for k in labels:
        path += [k, 0]
    a = np.full(len(path), -np.inf)
    a[:2] = log_p[path[:2], 0]
    skip = [s for s in range(3, len(path), 2) if path[s] != path[s - 2]]
    for t in range(1, log_p.shape[1]):
        b = a.copy()
        b[1:] = np.logaddexp(b[1:], a[:-1])
        b[skip] = np.logaddexp(b[skip], a[[s - 2 for s in skip]])
        a = b + log_p[path, t]
    return np.logaddexp(a[-1], a[-2])


def digits(word, shapes, names):
    """O and l are digits among digits, and beside a point alone."""
    either = [names[k - 1] in "01" for k in shapes]

    def clear(order):
        return next((word[i] for i in order if not either[i] and word[i].isalnum()), "")
    out = list(word)
    for i in range(len(word)):
        before, after = clear(range(i - 1, -1, -1)), clear(range(i + 1, len(word)))
        if either[i] and not before.isalpha() and not after.isalpha() and ("." in word[1:-1] or before or after):
            out[i] = names[shapes[i] - 1]
    return "".join(out)


def decode(logits, names):
    """[(word, first column, end, probability)]: the best path's words. A word's
    probability is that of all alignments of its shapes in its columns, which go
    from the end of the space before to the start of the one after it."""
    shapes = shapes_of(names)
    p = probabilities(logits, shapes)
    with np.errstate(divide="ignore"):
        log_p = np.log(p)
    best, columns = p.argmax(0), p.shape[1]
    space = names.index(" ") + 1
    out, word, at, t = [], [], 0, 0
    while t <= columns:
        end = t + 1
        while end < columns and best[end] == best[t]:
            end += 1
        k = int(best[t]) if t < columns else space
        if k == space:
            if word:
                labels = [w[0] for w in word]
                said = digits("".join(w[1] for w in word), labels, names)
                out.append((said, word[0][2], word[-1][3], float(np.exp(log_of(log_p[:, at:t], labels)))))
            word, at = [], end
        elif k:
            x = t + int(p[k, t:end].argmax())
            word.append((k, names[max(np.nonzero(shapes == k)[0], key=lambda c: logits[c, x]) - 1], t, end))
        t = end
    return out


def main():
    from PIL import Image
    reader = Reader(sys.argv[1])
    for path in sys.argv[2:]:
        row = prepare(255 - np.asarray(Image.open(path).convert("L")))
        print(path, *([] if row is None else ["%s %.3f" % (w[0], w[3]) for w in reader.read(row)]), sep="\t")


if __name__ == "__main__":
    main()
