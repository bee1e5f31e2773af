#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Train the reader and export its weights.

    train.py --fonts FOLDER [--seconds S] [--batch N] [--seed S] [--out textread.bin]

Needs Debian's python3-torch, python3-numpy, python3-pil and the folder that fonts.py
makes. Processes draw rows (draw.py) into a pool on the device, from which batches are
taken. It trains for a given time, the learning rate goes by the clock; from
--float-share of it on, integers are simulated.
"""
import argparse
import math
import multiprocessing
import os
import queue
import random
import threading
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as fn

import draw
import export
import net

CHUNK = 64


def draw_forever(out, seed, folder):
    torch.set_num_threads(1)
    rng = random.Random(seed)
    np.random.seed(seed % 2 ** 32)
    fonts = draw.Fonts(folder)
    while True:
        out.put(chunk(rng, fonts, CHUNK))


def chunk(rng, fonts, n):
    """(rows, their widths, labels, their counts)"""
    x = np.zeros((n, net.ROWS, draw.WIDE), np.uint8)
    width, count = np.zeros(n, np.int64), np.zeros(n, np.int64)
    labels = np.zeros((n, draw.LETTERS), np.int64)
    i = 0
    while i < n:
        try:
            s = draw.sample(rng, fonts)
        except (OSError, ValueError, MemoryError):  # a font that FreeType or PIL cannot draw
            continue
        if s is None:
            continue
        row, k = s[:2]
        x[i, :, :row.shape[1]] = row
        width[i], count[i], labels[i, :len(k)] = row.shape[1], len(k), k
        i += 1
    return x, width, labels, count


class Pool:
    """The newest rows, on the device."""

    def __init__(self, device, a):
        self.drawn, self.taken, self.stop, self.size = 0, 0, False, a.pool
        self.queue = multiprocessing.Queue(8 * a.workers)
        self.workers = [multiprocessing.Process(target=draw_forever, args=(self.queue, a.seed + 7919 * k, a.fonts), daemon=True)
                        for k in range(a.workers)]
        for w in self.workers:
            w.start()
        self.x = torch.zeros(a.pool, net.ROWS, draw.WIDE, dtype=torch.uint8, device=device)
        self.width, self.count = (torch.zeros(a.pool, dtype=torch.int64, device=device) for _ in "wc")
        self.labels = torch.zeros(a.pool, draw.LETTERS, dtype=torch.int64, device=device)
        self.stream = torch.cuda.Stream() if self.x.is_cuda else None
        self.thread = threading.Thread(target=self.fill, daemon=True)
        self.thread.start()

    def fill(self):
        while not self.stop:
            if self.drawn > self.size + self.taken:  # more than is used
                time.sleep(.05)
                continue
            try:
                parts = self.queue.get(timeout=1)
            except queue.Empty:
                continue
            at = self.drawn % self.size
            with torch.cuda.stream(self.stream):
                for mine, part in zip((self.x, self.width, self.labels, self.count), parts):
                    mine[at:at + CHUNK].copy_(torch.from_numpy(part))
            self.drawn += CHUNK

    def take(self, n, parts=4):
        """`parts` batches of n rows, of like widths each."""
        self.taken += n * parts
        # of the ring, not what is being written or soon will be
        near = min(4096, self.size // 8)
        have, first = min(self.drawn, self.size) - near, 0
        if have + near == self.size:
            have, first = have - near, self.drawn + near
        k = (first + torch.randint(max(have, n), (n * parts,), device=self.x.device)) % self.size
        k = k[torch.argsort(self.width[k])]
        order = torch.randperm(parts).tolist()
        ends = self.width[k].reshape(parts, n).amax(1).tolist()
        for p in order:
            j = k[p * n:(p + 1) * n]
            w = min(draw.WIDE, (ends[p] + 31) // 32 * 32)  # few shapes, since each is tuned
            x = self.x[j, None, :, :w].float() / export.TOP
            x = x.contiguous(memory_format=torch.channels_last)
            width = self.width[j]
            mask = (torch.arange(w, device=x.device)[None] < width[:, None]).float()
            yield x, mask, width, self.labels[j], self.count[j]

    def close(self):
        self.stop = True
        for w in self.workers:
            w.terminate()
        self.thread.join()


def loss_of(logits, width, labels, count):
    """Mean CTC loss; rows that say more weigh more, by the root."""
    log_p = fn.log_softmax(logits.float(), 1).permute(2, 0, 1)
    loss = fn.ctc_loss(log_p, labels, width, count, reduction="none", zero_infinity=True)
    weight = count.float().rsqrt()
    return (loss * weight).mean()


def rate_at(share, top):
    return top * min(share / .04, 1) * (.5 + .5 * math.cos(math.pi * min(share, 1))) + 1e-6


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--seconds", type=float, default=3600)
    ap.add_argument("--batch", type=int, default=64)
    ap.add_argument("--pool", type=int, default=16384)
    ap.add_argument("--first", type=int, default=1024, help="drawings before training starts")
    ap.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    ap.add_argument("--fonts", required=True)
    ap.add_argument("--seed", type=int, default=20261126)
    ap.add_argument("--rate", type=float, default=3e-3)
    ap.add_argument("--float-share", type=float, default=.65, help="share of the time before integers are simulated")
    ap.add_argument("--start", help="checkpoint to go on from")
    ap.add_argument("--out", default="textread.bin")
    a = ap.parse_args()
    torch.manual_seed(a.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    torch.backends.cudnn.benchmark_limit = 4
    pool = Pool(device, a)
    n = net.Net().to(device, memory_format=torch.channels_last)
    if a.start:
        state = torch.load(a.start, map_location=device)
        if "norms.0.weight" not in state:
            n.fold()
        n.load_state_dict(state)
    folded = not isinstance(n.norms[0], nn.BatchNorm2d)
    optimiser = torch.optim.AdamW(n.parameters(), a.rate, weight_decay=1e-4)
    while pool.drawn < a.first:
        time.sleep(.1)
    start, step, mean, said, saved = time.time(), 0, None, 0, time.time()
    while (share := (time.time() - start) / a.seconds) < 1:
        if share >= a.float_share and not folded:
            n.fold()
            optimiser = torch.optim.AdamW(n.parameters(), a.rate, weight_decay=1e-4)
            folded = True
        batches = list(pool.take(a.batch))
        # the last part is trained as it will be computed
        if share >= a.float_share and step % 200 == 0:
            x, mask = together(batches, 96)
            n.set_scales(x, mask)
        for x, mask, width, labels, count in batches:
            for group in optimiser.param_groups:
                group["lr"] = rate_at(share, a.rate)
            with torch.autocast(device.type, torch.bfloat16, enabled=x.is_cuda):
                logits = n(x, mask)
            loss = loss_of(logits, width, labels, count)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            for p in n.parameters():
                p.grad.nan_to_num_(0, 0, 0)
            nn.utils.clip_grad_norm_(n.parameters(), 2)
            optimiser.step()
            step += 1
            mean = loss.detach() if mean is None else .99 * mean + .01 * loss.detach()
        if time.time() - said > 10:
            said = time.time()
            print("%.0f s, step %d, %d drawn, loss %.4f" % (said - start, step, pool.drawn, mean.item()), flush=True)
        if time.time() - saved > 30:
            saved = time.time()
            torch.save(n.state_dict(), a.out + ".pt")
    if not folded:
        n.fold()
    n = n.eval()
    x, mask = zip(*[together(list(pool.take(a.batch)), 96) for _ in range(6)])
    wide = max(v.shape[-1] for v in x)
    x, mask = (torch.cat([fn.pad(v, (0, wide - v.shape[-1])) for v in t]) for t in (x, mask))
    pool.close()
    torch.save({"x": (x * export.TOP).round().byte().cpu(), "mask": mask.byte().cpu()}, a.out + ".samples.pt")
    torch.save(n.state_dict(), a.out + ".pt")
    n.scales = None
    export.write(n, x, mask, a.out)


def together(batches, most):
    """Rows of all batches, as wide as the widest."""
    wide = max(b[0].shape[-1] for b in batches)
    parts = [(fn.pad(x[:most], (0, wide - x.shape[-1])), fn.pad(mask[:most], (0, wide - x.shape[-1]))) for x, mask, *_ in batches]
    return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])


if __name__ == "__main__":
    main()
