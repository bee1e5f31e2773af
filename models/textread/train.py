#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Train the reader and export its weights.

    train.py --fonts FOLDER --out FOLDER [--seconds S] [--batch N] [--seed S]

Needs torch, numpy, PIL and the folder that fonts.py makes. Processes draw rows (draw.py)
into a pool on the device, from which batches are taken and varied once more. It trains for
a given time, drawing of the first rows and export included; the learning rate goes by
the clock. At --float-share of it the norms are folded into the weights, and
integers are simulated from there on.

Leaves textread.pt, samples.pt and textread.bin in the folder; the first two now and then
as well, from which export.py can go on.
"""
import argparse
import math
import multiprocessing
import os
import queue
import random
import threading
import time
import traceback

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as fn

import draw
import export
import net

CHUNK = 64
TWICE = .5      # of the rows, that are drawn in the reader's second size as well
END_SECONDS = 15  # for the export
SAVE_SECONDS = 40


# ---- drawing, in processes of its own ----------------------------------------

def draw_forever(out, seed, folder, part, parts):
    rng = random.Random(seed)
    np.random.seed(seed % 2 ** 32)
    fonts = draw.Fonts(folder, part=part, parts=parts)
    rows = drawn(rng, fonts)
    while True:
        out.put(chunk(rows, CHUNK))


def drawn(rng, fonts):
    """(row, labels), one after the other."""
    told = 0
    while True:
        try:
            s = draw.sample(rng, fonts)
            if s is None:
                continue
            yield s.row, s.labels
            if rng.random() < TWICE:
                row = draw.prepare(draw.larger(s.ink))
                if row is not None and row.shape[1] <= draw.WIDE:
                    yield row, s.labels
        except Exception:  # of fonts that FreeType or PIL cannot draw, and whatever else: another row will do
            told += 1
            if told <= 3:
                traceback.print_exc()


def chunk(rows, n):
    """(rows, their widths, labels, their counts)"""
    x = np.zeros((n, net.ROWS, draw.WIDE), np.uint8)
    width, count = np.zeros(n, np.int64), np.zeros(n, np.int64)
    labels = np.zeros((n, draw.LETTERS), np.int64)
    for i in range(n):
        row, k = next(rows)
        x[i, :, :row.shape[1]] = row
        width[i], count[i], labels[i, :len(k)] = row.shape[1], len(k), k
    return x, width, labels, count


class Drawers:
    """Begun before CUDA is, which does not outlive a fork."""

    def __init__(self, a):
        context = multiprocessing.get_context("fork")
        self.queue = context.Queue(8 * a.workers)
        parts = max(1, a.workers // 2)
        self.processes = [context.Process(target=draw_forever, args=(self.queue, a.seed + 7919 * k, a.fonts, k % parts, parts), daemon=True)
                          for k in range(a.workers)]
        for p in self.processes:
            p.start()

    def stop(self):
        for p in self.processes:
            p.kill()


class Pool:
    """The newest rows: pixels and labels on the device, widths and counts here,
    so that taking a batch never waits for the device."""

    def __init__(self, drawers, device, size):
        self.drawn, self.taken, self.size, self.queue = 0, 0, size, drawers.queue
        self.x = torch.zeros(size, net.ROWS, draw.WIDE, dtype=torch.uint8, device=device)
        self.width, self.count = torch.zeros(size, dtype=torch.int64), torch.zeros(size, dtype=torch.int64)
        self.labels = torch.zeros(size, draw.LETTERS, dtype=torch.int64, device=device)
        self.stream = torch.cuda.Stream() if self.x.is_cuda else None
        threading.Thread(target=self.fill, daemon=True).start()

    def fill(self):
        while True:
            if self.drawn > self.size + self.taken:  # more than is used
                time.sleep(.05)
                continue
            try:
                parts = self.queue.get(timeout=1)
                at = self.drawn % self.size
                with torch.cuda.stream(self.stream):
                    for mine, part in zip((self.x, self.width, self.labels, self.count), parts):
                        mine[at:at + CHUNK].copy_(torch.from_numpy(part))
                self.drawn += CHUNK
            except queue.Empty:
                continue
            except Exception:
                traceback.print_exc()
                time.sleep(1)

    def take(self, n, parts=4):
        """`parts` batches of n rows, of like widths each."""
        self.taken += n * parts
        # of the ring, not what is being written or soon will be
        near = min(4096, self.size // 8)
        have, first = min(self.drawn, self.size) - near, 0
        if have + near == self.size:
            have, first = have - near, self.drawn + near
        k = (first + torch.randint(max(have, n), (n * parts,))) % self.size
        k = k[torch.argsort(self.width[k])]
        for p in torch.randperm(parts).tolist():
            j = k[p * n:(p + 1) * n]
            width, count = self.width[j], self.count[j]
            w = min(draw.WIDE, (int(width.max()) + 31) // 32 * 32)  # few shapes, since each is tuned
            on = j.to(self.x.device)
            x = self.x[on, None, :, :w].float() / export.TOP
            mask = (torch.arange(w, device=x.device)[None] < width.to(x.device)[:, None]).float()
            x = varied(x, mask).contiguous(memory_format=torch.channels_last)
            yield x, mask, width, self.labels[on], count


def varied(x, mask):
    """A third of the rows, each in some ways: a row higher or lower, blurred, in grain, with
    another contrast."""
    def some(share):
        return torch.rand(len(x), 1, 1, 1, device=x.device) < share

    def up_to(most, share):
        return most * torch.rand(len(x), 1, 1, 1, device=x.device) * some(share)

    y = torch.where(some(.1), torch.roll(x, 1, 2), x)
    y = torch.where(some(.1), torch.roll(y, -1, 2), y)
    t = up_to(.25, .2)
    y = y * (1 - 2 * t) + t * (torch.roll(y, 1, 3) + torch.roll(y, -1, 3))
    t = up_to(.2, .15)
    y = y * (1 - 2 * t) + t * (torch.roll(y, 1, 2) + torch.roll(y, -1, 2))
    y = y + torch.randn_like(y) * up_to(.12, .2) * (x > 0)
    y = y.clamp(0, 1) ** (1 + up_to(.6, .2)) / (1 + up_to(.4, .2))
    y = y / y.amax((1, 2, 3), keepdim=True).clamp_min(.01)
    return torch.where(some(.35), y, x) * mask[:, None, None, :]


# ---- training ------------------------------------------------------------------

def loss_of(logits, width, labels, count):
    """Mean CTC loss; rows that say more weigh more, by the root. Lengths are not on the
    device, where CTC would wait for them."""
    log_p = fn.log_softmax(logits.permute(2, 0, 1).float(), 2)
    loss = fn.ctc_loss(log_p, labels, width, count, reduction="none", zero_infinity=True)
    return (loss * count.float().rsqrt().to(loss.device)).mean()


def rate_at(share, top):
    return top * min(share / .03, 1) * (.5 + .5 * math.cos(math.pi * min(share, 1))) + 1e-6


def optimiser_of(n, a, decay):
    return torch.optim.AdamW(n.parameters(), a.rate, weight_decay=decay)


def together(batches, most):
    """Rows of all batches, as wide as the widest."""
    wide = max(b[0].shape[-1] for b in batches)
    parts = [(fn.pad(x[:most], (0, wide - x.shape[-1])), fn.pad(mask[:most], (0, wide - x.shape[-1]))) for x, mask, *_ in batches]
    return torch.cat([p[0] for p in parts]), torch.cat([p[1] for p in parts])


def save(what, path):
    torch.save(what, path + ".new")
    os.replace(path + ".new", path)


class Training:
    def __init__(self, a, device, pool):
        self.a, self.device, self.pool = a, device, pool
        self.net = (net.load(a.start, device) if a.start else net.Net().to(device)).to(memory_format=torch.channels_last)
        self.folded = not isinstance(self.net.norms[0], nn.BatchNorm2d)
        self.optimiser = optimiser_of(self.net, a, 1e-4 if self.folded else 1e-2)
        self.step, self.since, self.mean, self.good = 0, 0, None, None

    def fold(self):
        self.net.fold()
        self.optimiser = optimiser_of(self.net, self.a, 1e-4)
        self.folded, self.since, self.good = True, self.step, None

    def batch(self, share, x, mask, width, labels, count):
        # a new optimiser knows nothing of its steps' sizes
        rate = rate_at(share, self.a.rate) * min(1, (self.step - self.since + 1) / 100)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        with torch.autocast(self.device.type, torch.bfloat16, enabled=x.is_cuda):
            logits = self.net(x, mask)
        loss = loss_of(logits, width, labels, count)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        for p in self.net.parameters():
            p.grad.nan_to_num_(0, 0, 0)
        nn.utils.clip_grad_norm_(self.net.parameters(), 2)
        self.optimiser.step()
        self.step += 1
        loss = loss.detach()
        self.mean = loss if self.mean is None else .99 * self.mean + .01 * torch.where(torch.isfinite(loss), loss, self.mean)

    def round(self, share):
        """A few batches."""
        if share >= self.a.float_share and not self.folded:
            self.fold()
        batches = list(self.pool.take(self.a.batch))
        # the last part is trained as it will be computed
        if share >= self.a.float_share and (self.net.scales is None or self.step % 200 == 0):
            self.net.set_scales(*together(batches, 96))
        for b in batches:
            self.batch(share, *b)

    def is_sound(self):
        return all(bool(torch.isfinite(v).all()) for v in self.net.state_dict().values())

    def keep(self):
        """Save what is sound; go back where it is not."""
        if self.is_sound():
            self.good = {k: v.clone() for k, v in self.net.state_dict().items()}
            save(self.good, self.a.out + "/textread.pt")
        elif self.good:
            print("no numbers any more: back to the last sound state", flush=True)
            self.net.load_state_dict(self.good)
            self.optimiser = optimiser_of(self.net, self.a, 1e-4)
            self.since, self.mean = self.step, None

    def samples(self):
        return together([b for _ in range(4) for b in self.pool.take(self.a.batch)], 96)

    def save_samples(self, x, mask):
        save({"x": (x * export.TOP).round().byte().cpu(), "mask": mask.byte().cpu()}, self.a.out + "/samples.pt")

    def run(self):
        start, end, said, saved, failed = time.time(), self.a.begun + self.a.seconds - END_SECONDS, 0, 0, 0
        self.save_samples(*self.samples())
        while (share := (time.time() - start) / (end - start)) < 1 and failed < 20:
            try:
                self.round(share)
            except RuntimeError:  # no memory, say, beside others
                failed += 1
                traceback.print_exc()
                continue
            if time.time() - said > 10:
                said = time.time()
                print("%.0f s, step %d, %d drawn, %d taken, loss %.4f" % (
                    said - self.a.begun, self.step, self.pool.drawn, self.pool.taken, self.mean.item()), flush=True)
            if time.time() - saved > SAVE_SECONDS:
                saved = time.time()
                self.keep()
        self.keep()

    def export(self):
        x, mask = self.samples()
        self.save_samples(x, mask)
        self.net.scales = None
        self.net.fold()
        export.write(self.net.eval(), x, mask, self.a.out + "/textread.bin")


def wait_for(pool, a):
    while pool.drawn < a.first:
        time.sleep(.1)
        if time.time() > a.begun + max(90, a.seconds / 4):
            if not pool.drawn:
                raise SystemExit("nothing is drawn")
            return


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    ap.add_argument("--seconds", type=float, default=3600)
    ap.add_argument("--begun", type=float, default=time.time(), help="since when they count (seconds of the epoch)")
    ap.add_argument("--batch", type=int, default=512)
    ap.add_argument("--pool", type=int, default=1 << 20)
    ap.add_argument("--first", type=int, default=24576, help="rows drawn before training starts")
    ap.add_argument("--workers", type=int, default=max(1, (os.cpu_count() or 2) - 1))
    ap.add_argument("--fonts", required=True)
    ap.add_argument("--seed", type=int, default=20261128)
    ap.add_argument("--rate", type=float, default=3e-3)
    ap.add_argument("--float-share", type=float, default=.6, help="share of the time before integers are simulated")
    ap.add_argument("--start", help="checkpoint to go on from")
    ap.add_argument("--out", required=True)
    a = ap.parse_args()
    os.makedirs(a.out, exist_ok=True)
    drawers = Drawers(a)
    try:
        torch.manual_seed(a.seed)
        device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.benchmark_limit = 4
        pool = Pool(drawers, device, a.pool)
        training = Training(a, device, pool)
        print("%s, torch %s, %d weights" % (device, torch.__version__, sum(p.numel() for p in training.net.parameters())), flush=True)
        wait_for(pool, a)
        training.run()
        training.export()
        print("%.0f s: done" % (time.time() - a.begun), flush=True)
    except Exception:
        traceback.print_exc()
    finally:
        drawers.stop()
    # the thread that fills the pool may wait for ever
    os._exit(0 if os.path.exists(a.out + "/textread.bin") else 1)


if __name__ == "__main__":
    main()
