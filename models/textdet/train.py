#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Train the text finder.

    train.py --net WIDTH[:START[:EVERY]] ... [--minutes M] [--batch N] [--real FOLDER]
             [--seed S] [--out textdet]

Each --net is one net that learns from the same samples: so many channels, from
this checkpoint on (a narrow one is widened; restore.py makes one of weights), at each
EVERYth step. Every 40 seconds their weights, averaged over the last steps, go to
OUT.WIDTH.pt and some samples to OUT.samples.pt, which is what export.py needs.

Needs Debian's python3-torch, python3-numpy, python3-pil and as many font
packages as can be had (README.md lists those of the shipped weights). Only
whoever retrains needs this. --real is a folder of 8-bit grey PNG files that
hold no text (see views.py): grounds, and what the net must stay silent on.

Programs of their own draw grounds and layers of text from the seed (draw.py) into a pool;
samples are put together from it where the net is trained (mix.py), on a GPU if
there is one. The net sees one plane of grey, as the C detector does. It trains
for a given time: the learning rate goes by the clock.
"""
import argparse
import collections
import copy
import math
import os
import subprocess
import sys
import threading
import time
import traceback

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as fn

import draw
import export
import mix

FIRST = 16  # channels of the first layer
DILATIONS = (1, 2, 4, 8, 4, 2, 1, 1)
KEEP = .998  # of the averaged weights, at each step


# ---- the net -------------------------------------------------------------

def rounded(x, step, axis):
    """x as integers of `step`, one for each channel, at most export.TOP; the
    gradient goes through."""
    return torch.fake_quantize_per_channel_affine(x, step, torch.zeros_like(step, dtype=torch.int32), axis, -export.TOP, export.TOP)


def conv(layer, x, scale=None):
    """A convolution; with the input's scale, as 8-bit weights give it."""
    w = layer.weight
    if scale is not None:
        s = scale.reshape(1, -1, 1, 1)
        w = w * s
        w = rounded(w, w.detach().abs().amax((1, 2, 3)) / export.TOP, 0) / s
    return fn.conv2d(x, w, layer.bias, layer.stride, layer.padding, layer.dilation)


class Net(nn.Module):
    """Text and line-centre maps at half resolution. After set_scales() it
    computes what the exported integers will."""

    def __init__(self, width):
        super().__init__()
        self.first = nn.Conv2d(1, FIRST, 3, 2, 1)
        self.second = nn.Conv2d(FIRST, width, 3, 2, 1)
        self.body = nn.ModuleList([nn.Conv2d(width, width, 3, padding=d, dilation=d) for d in DILATIONS])
        self.head = nn.Conv2d(width, 8, 1)  # 2 maps x 4 sub-pixels
        self.scales = None

    def set_scales(self, samples):
        a, s, drops = export.scales(self, samples)
        place = self.head.weight.device
        self.scales = [torch.from_numpy(v).float().to(place) for v in [a] + [s * 2.0 ** d for d in drops]]

    def forward(self, x):
        if self.scales is None:
            x = fn.relu(conv(self.first, x))
            x = fn.relu(conv(self.second, x))
            for layer in self.body:
                x = fn.relu(conv(layer, x)) + x
            return fn.pixel_shuffle(conv(self.head, x), 2)
        first, *body, last = self.scales
        with torch.autocast(x.device.type, enabled=False):
            x = rounded(fn.relu(conv(self.first, x)), first, 1)
        x = fn.relu(conv(self.second, x, first)).float()
        for layer, scale in zip(self.body, body):
            x = fn.relu(conv(layer, rounded(x, scale, 1), scale)).float() + x
        return fn.pixel_shuffle(conv(self.head, rounded(x, last, 1), last), 2)


def widened(state, width):
    """The same net with channels of the body twice, if it is to be wider: each
    reads its share of the two, at random, so that they learn different things."""
    if state["second.weight"].shape[0] == width:
        return state
    out = {}
    for key, v in state.items():
        if key.startswith("body.") and key.endswith("weight") or key == "head.weight":
            share = torch.rand_like(v)
            v = torch.cat([v * share, v * (1 - share)], 1)
        if not key.startswith(("first.", "head.")):
            v = torch.cat([v, v])
        out[key] = v
    return out


# ---- the pool ------------------------------------------------------------

class Pool:
    """The newest drawings, on the device; any ground goes with any layer."""

    def __init__(self, device, size, a):
        self.a, self.drawn, self.stop, self.lock = a, 0, False, threading.Lock()
        self.workers = [self.start(k) for k in range(a.workers)]  # before the device is used
        self.data = torch.zeros(3, size, draw.SIZE, draw.SIZE, dtype=torch.uint8, device=device)
        for k in range(a.workers):
            threading.Thread(target=self.fill, args=(k,), daemon=True).start()

    def start(self, k, again=0):
        command = [sys.executable, draw.__file__, str(self.a.seed + 7919 * k + 104729 * again), "--fonts", self.a.fonts]
        return subprocess.Popen(command + (["--real", self.a.real] if self.a.real else []), stdout=subprocess.PIPE)

    def fill(self, k):
        """Take what worker k draws; one that ends is followed by another."""
        stream = torch.cuda.Stream() if self.data.is_cuda else None
        chunk = np.empty((3, draw.CHUNK, draw.SIZE, draw.SIZE), np.uint8)
        size, again = self.data.shape[1] // draw.CHUNK * draw.CHUNK, 0
        while not self.stop:
            if self.workers[k].stdout.readinto(memoryview(chunk).cast("B")) < chunk.nbytes:
                again += 1
                time.sleep(1)
                if not self.stop:
                    self.workers[k] = self.start(k, again)
                continue
            try:
                with self.lock, torch.cuda.stream(stream):
                    at = self.drawn % size
                    self.data[:, at:at + draw.CHUNK].copy_(torch.from_numpy(chunk))
                    self.drawn += draw.CHUNK
            except RuntimeError:
                traceback.print_exc()

    def take(self, mixer, n):
        have = min(self.drawn, self.data.shape[1])
        i, k = mixer.pick(have, n), mixer.pick(have, n)
        x, truth = mixer.batch(self.data[0, i], self.data[1, k], self.data[2, k])
        return x / 127.5 - 1, truth

    def close(self):
        self.stop = True
        for w in self.workers:
            w.kill()


# ---- training ------------------------------------------------------------

def loss_of(logits, truth):
    truth = fn.avg_pool2d(truth, 2)
    y, counts = (truth[:, :2] >= .5).float(), truth[:, 2:]
    p = torch.sigmoid(logits)
    # the wrong answers on text-free ground count most; of a line, what is found least
    q = p.detach()
    weight = counts * (1 + y * (2.5 + 4 * (1 - q) ** 2) + 16 * (1 - y) * q ** 2)
    bce = fn.binary_cross_entropy_with_logits(logits, y, weight=weight)
    dice = 1 - (2 * (counts * p * y).sum((2, 3)) + 50) / ((counts * (p + y)).sum((2, 3)) + 50)
    return bce + .5 * dice.mean()


class Training:
    """One net of those that learn from the same samples."""

    def __init__(self, spec, device, rate):
        width, start, every = (spec.split(":") + ["", ""])[:3]
        self.width, self.every, self.rate, self.loss = int(width), int(every or 1), rate, None
        self.net = Net(self.width).to(device, memory_format=torch.channels_last)
        if start:
            self.net.load_state_dict(widened(torch.load(start, map_location=device), self.width))
        self.kept = copy.deepcopy(self.net.state_dict())  # averaged
        self.optimiser = torch.optim.AdamW(self.net.parameters(), rate, weight_decay=1e-4)

    def step(self, x, truth, share):
        for group in self.optimiser.param_groups:
            group["lr"] = rate_at(share, self.rate)
        with torch.autocast(x.device.type, torch.bfloat16, enabled=x.is_cuda):
            logits = self.net(x)
        loss = loss_of(logits.float(), truth)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for p in self.net.parameters():
            p.grad.nan_to_num_(0, 0, 0)
        nn.utils.clip_grad_norm_(self.net.parameters(), 2)
        self.optimiser.step()
        with torch.no_grad():
            kept, now = list(self.kept.values()), list(self.net.state_dict().values())
            torch._foreach_mul_(kept, KEEP)
            torch._foreach_add_(kept, now, alpha=1 - KEEP)
        loss = loss.detach().nan_to_num(9, 9, 9)
        self.loss = loss if self.loss is None else .98 * self.loss + .02 * loss


def rate_at(share, top):
    return top * min(share / .05, 1) * (.5 + .5 * math.cos(math.pi * min(share, 1))) + 1e-6


def write(what, path):
    """All of it or nothing: whoever looks meanwhile finds the one before."""
    torch.save(what, path + ".new")
    os.replace(path + ".new", path)


def save(nets, samples, out):
    for t in nets:
        write({key: v.cpu() for key, v in t.kept.items()}, "%s.%d.pt" % (out, t.width))
    write(((samples + 1) * 127.5).round().byte().cpu(), out + ".samples.pt")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--minutes", type=float, default=300, help="in all, until training starts too")
    ap.add_argument("--since", type=float, default=time.time(), help="when they began, in seconds since 1970")
    ap.add_argument("--batch", type=int, default=16)
    ap.add_argument("--pool", type=int, default=4096)
    ap.add_argument("--first", type=int, default=1024, help="drawings before training starts")
    ap.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    ap.add_argument("--fonts", default="/usr/share/fonts")
    ap.add_argument("--real", default=None)
    ap.add_argument("--seed", type=int, default=20261126)
    ap.add_argument("--rate", type=float, default=4e-3)
    ap.add_argument("--float-share", type=float, default=.6, help="share of the time before integers are simulated")
    ap.add_argument("--net", action="append", required=True, help="WIDTH[:START[:EVERY]]: 24, 48")
    ap.add_argument("--out", default="textdet")
    a = ap.parse_args()
    end = a.since + 60 * a.minutes
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    pool = Pool(device, a.pool, a)
    torch.manual_seed(a.seed)
    mixer = mix.Mixer(device, a.seed)
    nets = [Training(spec, device, a.rate) for spec in a.net]
    while pool.drawn < a.first:
        time.sleep(.1)
    start, step, seen, said, saved = time.time(), 0, collections.deque(maxlen=6), 0, time.time()
    while (share := (time.time() - start) / (end - start)) < 1:
        try:
            x, truth = pool.take(mixer, a.batch)
            x = x.contiguous(memory_format=torch.channels_last)
            seen.append(x[:32])
            # the last part is trained as it will be computed
            if share >= a.float_share and (step % 500 == 0 or nets[0].net.scales is None):
                for t in nets:
                    t.net.set_scales(torch.cat(tuple(seen)))
            for t in nets:
                if step % t.every == 0:
                    t.step(x, truth, share)
        except RuntimeError:  # such as memory that another program has
            traceback.print_exc()
            time.sleep(.2)
        step += 1
        if time.time() - said > 10 and nets[0].loss is not None:
            said = time.time()
            print("%.0f s, step %d, %d drawn, loss" % (said - a.since, step, pool.drawn),
                  *("%d: %.4f" % (t.width, t.loss.item()) for t in nets if t.loss is not None), flush=True)
        if time.time() - saved > 40:
            saved = time.time()
            save(nets, torch.cat(tuple(seen)), a.out)
    save(nets, torch.cat(tuple(seen)), a.out)
    print("%.0f s, step %d, done" % (time.time() - a.since, step), flush=True)
    pool.close()
    os._exit(0)  # readers of the pool may still wait


if __name__ == "__main__":
    main()
