#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""From grounds and layers of text to samples: each line gets a colour that can
be read on its ground, then comes the damage that devices and compression do.
Many samples at once, on whatever device the tensors are."""
import math

import torch
import torch.nn.functional as fn

from draw import END, MARK, MAX_LINES, MIDDLE, SIZE

VALUES = (255, 255, 255, 250, 230, 200, 180, 150, 128, 100, 80, 60, 30, 0)
LUMINANCE = (16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55, 14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
             18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92, 49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99)
LINES = MAX_LINES + 1  # line 0 is no line
USUAL = 1500           # pixels of a line's box that count as 1 each
LEAST = 2              # levels that must be left of a line
SHORT = 400            # as many have two words of the smallest letters


class Mixer:
    def __init__(self, device, seed):
        self.device = device
        self.gen = torch.Generator(device)
        self.gen.manual_seed(seed)
        self.host = torch.Generator()  # for what the host must know: it does not wait for the device
        self.host.manual_seed(seed)
        k = torch.arange(8, dtype=torch.float32)
        dct = torch.cos((2 * k[None] + 1) * k[:, None] * math.pi / 16) / 2
        dct[0] /= math.sqrt(2)
        self.dct = dct.to(device)
        self.luminance = torch.tensor(LUMINANCE, dtype=torch.float32, device=device).reshape(8, 1, 8)
        self.values = torch.tensor(VALUES, dtype=torch.float32, device=device)

    # ---- chance ----

    def uniform(self, low, high, *shape):
        return torch.rand(*shape, generator=self.gen, device=self.device) * (high - low) + low

    def chance(self, p, *shape):
        return torch.rand(*shape, generator=self.gen, device=self.device) < p

    def pick(self, n, *shape):
        return torch.randint(n, shape, generator=self.gen, device=self.device)

    def one_of(self, n):
        return int(torch.randint(n, (1,), generator=self.host))

    def some(self, n, p):
        """Indices of about a share p of n samples."""
        return (torch.rand(n, generator=self.host) < p).nonzero()[:, 0].to(self.device, non_blocking=True)

    # ---- text on ground ----

    def look(self, count, mean, spread):
        """For each line of each sample: its value, whether it can be seen; on grain
        less is seen of short lines of small letters."""
        n = len(mean)
        own = self.values[self.pick(len(VALUES), n, LINES)]
        common = self.values[self.pick(len(VALUES), n, 1)].expand(n, LINES)
        value = torch.where(self.chance(.4, n, 1), common, own)
        value = torch.where((value - mean).abs() < 30 + 1.5 * spread, 255. * (mean < 128), value)
        up = torch.where(self.chance(.75, n, LINES), 1., -1.)
        step = self.uniform(5, 40, n, LINES) + self.uniform(1.3, 2.6, n, LINES) * spread
        up = torch.where((mean + up * step > 255) | (mean + up * step < 0), -up, up)
        faint = mean + up * step
        value = torch.where(self.chance(.13, n, 1) | self.chance(.3, n, LINES), faint, value)
        least = 6 + 1.3 * spread * (SHORT / count).clamp(1, 3) ** .35
        return value, ((value - mean).abs() >= least) & (value >= 0) & (value <= 255)

    def measure(self, ground, at, middle):
        """Of each line's box: its pixels, their mean and deviation, and whether it has
        a middle: of a line that the plane's edge cuts less is nothing to learn. Every second
        row and column is looked at; what is no line is counted in many places,
        since sums at one place wait for each other."""
        n = len(ground)
        ground, at = ground[:, ::2, ::2].reshape(n, -1), at[:, ::2, ::2].reshape(n, -1)
        spare = LINES + torch.arange(at.shape[1], device=self.device) % 4096
        bins = torch.where(at > 0, at, spare)
        zero = torch.zeros(n, LINES + 4096, device=self.device)
        count = zero.scatter_add(1, bins, torch.ones_like(ground))[:, :LINES].clamp(min=1)
        mean = zero.scatter_add(1, bins, ground)[:, :LINES] / count
        whole = zero.scatter_add(1, bins, middle[:, ::2, ::2].reshape(n, -1).float())[:, :LINES] > 0
        squares = zero.scatter_add(1, bins, ground ** 2)[:, :LINES] / count
        return 4 * count, mean, (squares - mean ** 2).clamp(min=0).sqrt(), whole

    def shade(self, ground, at, count, mean):
        """For each line: so many levels above or below whatever is behind it, and whether that shows: little of its ground may be rougher."""
        n = len(ground)
        level = torch.exp2(self.uniform(2.2, 6.8, n, LINES))
        level = torch.where(self.chance(.7, n, LINES), level, -level)
        level = torch.where((mean + level > 255) | (mean + level < 0), -level, level)
        part = ground[:, None]
        rough = (part - fn.avg_pool2d(part, 3, 1, 1, count_include_pad=False)).abs()[:, 0, ::2, ::2].reshape(n, -1)
        at = at[:, ::2, ::2].reshape(n, -1)
        over = (rough > level.abs().gather(1, at) / 3).float()
        share = torch.zeros(n, LINES, device=self.device).scatter_add(1, at, over) * 4 / count
        return level, share < .3

    def write(self, ground, ink, line, added):
        """(sample, truth): the text of `line` on `ground`, both N x SIZE x SIZE; `added`: lines that shade it.
        Truth is text, middles of lines, and what a pixel counts: those of small
        lines more, and at the ends."""
        n = len(ground)
        at = (line & MAX_LINES).long()
        count, mean, spread, whole = self.measure(ground, at, line & MIDDLE > 0)
        marks = torch.arange(LINES, device=self.device) >= MARK
        boxed = self.chance(.1, n, LINES)
        boxes = torch.where(self.chance(.5, n, LINES), self.uniform(0, 255, n, LINES), 255. * self.chance(.4, n, LINES))
        value, seen = self.look(count, torch.where(boxed, boxes, mean), torch.where(boxed, torch.zeros_like(spread), spread))
        level, shows = self.shade(ground, at, count, mean)
        added = added & ~boxed
        seen = torch.where(added, shows, seen) & (whole | marks)
        boxed, outlined = boxed & seen, seen & ~boxed & ~added & self.chance(.13, n, LINES)
        seen[:, 0] = boxed[:, 0] = outlined[:, 0] = False

        def of(table, where):
            return table.gather(1, where.reshape(n, -1)).reshape(n, SIZE, SIZE)

        a = ink / 255. * of(seen, at)
        b = self.one_of(4) + 1
        wide = fn.max_pool2d(at[:, None].float(), 2 * b + 1, 1, b)[:, 0].long()
        x = torch.where(of(boxed, wide), of(boxes, wide), ground)
        near = fn.max_pool2d(at[:, None].float(), 3, 1, 1)[:, 0].long()
        halo = fn.max_pool2d(a[:, None], 3, 1, 1)[:, 0] * of(outlined, near)
        x = x * (1 - halo) + of(torch.where(value > 127, 0., 255.), near) * halo
        x = torch.where(of(added, at), (x + of(level, at) * a).clamp(0, 255), x * (1 - a) + of(value, at) * a)
        text, drawn = of(seen & ~marks, at), of(seen & marks, at)
        counts = of((USUAL / count).sqrt().clamp(.6, 2), at) * (1 + (line & END > 0).float())
        return x, torch.stack([text, text & (line & MIDDLE > 0), torch.where(text, counts, 1 + drawn.float())], 1)

    # ---- damage ----

    def soft(self, x):
        """Blurred a little: 1-2-1, more or less of it, once or twice."""
        for _ in range(self.one_of(2) + 1):
            share = self.uniform(.2, 1, len(x), 1, 1)
            for axis in (1, 2):
                x = x + share * ((2 * x + x.roll(1, axis) + x.roll(-1, axis)) / 4 - x)
        return x

    def resampled(self, x):
        size = SIZE * (55 + self.one_of(41)) // 100
        mode = ("bilinear", "area", "nearest")[self.one_of(3)]
        x = fn.interpolate(x[:, None], (size, size), mode=mode)
        return fn.interpolate(x, (SIZE, SIZE), mode="bilinear", align_corners=False)[:, 0]

    def interlaced(self, x):
        x = x.clone()
        x[:, 1::2] = x[:, 1::2].roll(self.one_of(2) * 2 - 1, 2)
        return x

    def jpeg(self, x):
        """Through quantised blocks of 8 x 8, quality 35 to 95."""
        n, shift = len(x), (self.one_of(8), self.one_of(8))
        quality = self.uniform(35, 95, n)
        scale = torch.where(quality < 50, 50 / quality, 2 - quality / 50)
        table = (self.luminance * scale.reshape(n, 1, 1, 1, 1)).round().clamp(1, 255)
        x = x.roll(shift, (1, 2)).round().clamp(0, 255).reshape(n, SIZE // 8, 8, SIZE // 8, 8) - 128
        x = torch.einsum("ij,najbk,lk->naibl", self.dct, x, self.dct)
        x = (x / table).round() * table
        x = torch.einsum("ij,naibl,lk->najbk", self.dct, x, self.dct)
        return x.reshape(n, SIZE, SIZE).add(128).roll((-shift[0], -shift[1]), (1, 2))

    def subsampled(self, x):
        return fn.avg_pool2d(x[:, None], 2).repeat_interleave(2, 2).repeat_interleave(2, 3)[:, 0]

    def harm(self, x):
        for p, what in ((.2, self.soft), (.06, self.resampled), (.1, self.interlaced), (.04, self.subsampled), (.48, self.jpeg)):
            i = self.some(len(x), p)
            if len(i):
                x[i] = what(x[i])
        i = self.some(len(x), .25)
        x[i] += torch.randn(len(i), SIZE, SIZE, generator=self.gen, device=self.device) * self.uniform(1, 8, len(i), 1, 1)
        i = self.some(len(x), .05)
        x[i] = 255 - x[i]
        return x.clamp(0, 255).round()

    def left(self, change, ink, line):
        """Where damage has not taken the line: what text changed in the sample still differs, on its ink, from what
        lies between."""
        n = len(line)
        at = (line & MAX_LINES).long().reshape(n, -1)
        zero = torch.zeros(n, LINES, device=self.device)
        means = []
        for part in (ink > 127, ink < 64):
            part = part.reshape(n, -1).float()
            means.append(zero.scatter_add(1, at, part * change.reshape(n, -1)) / zero.scatter_add(1, at, part).clamp(min=1))
        kept = (means[0] - means[1]).abs() >= LEAST
        kept[:, MARK:] = True
        kept[:, 0] = True
        return kept.gather(1, at).reshape(line.shape)

    # ---- a batch ----

    def shifted(self, ink, line):
        """Layers again, elsewhere; what leaves the plane is gone."""
        for part in torch.arange(len(ink), device=self.device).chunk(8):
            dy, dx = self.one_of(49) - 24, self.one_of(49) - 24
            for t in (ink, line):
                moved = fn.pad(t[part], (24 + dx, 24 - dx, 24 + dy, 24 - dy))
                t[part] = moved[:, 24:24 + SIZE, 24:24 + SIZE]
        return ink, line

    def changes(self, x, line):
        """The ground changes near a line's end: another one begins there, or it is
        lighter or darker."""
        i = self.some(len(x), .2)
        if not len(i):
            return x
        at = (line[i].reshape(len(i), -1) & END > 0).float() + 1e-9
        at = at.multinomial(1, generator=self.gen)[:, 0]
        k = torch.arange(SIZE, device=self.device)
        top = at[:, None] // SIZE - self.uniform(0, 100, len(i), 1)
        down = (k >= top) & (k < top + self.uniform(20, 220, len(i), 1))
        long = self.uniform(12, 200, len(i), 1)
        left = at[:, None] % SIZE + self.uniform(-10, 10, len(i), 1) - torch.where(self.chance(.5, len(i), 1), long, 0 * long)
        across = (k >= left) & (k < left + long)
        other = x[self.pick(len(x), len(i))]
        lighter = (x[i] + self.uniform(-120, 120, len(i), 1, 1)).clamp(0, 255)
        flat = self.uniform(0, 255, len(i), 1, 1).expand_as(lighter)
        kind = self.pick(3, len(i), 1, 1)
        other = torch.where(kind == 0, other, torch.where(kind == 1, lighter, flat))
        x[i] = torch.where(down[:, :, None] & across[:, None], other, x[i])
        return x

    def bar(self, n, ink_at):
        """The place of a bar around or beside a pixel of each sample: (rows, columns) as share of it, N x SIZE each, whether it lies."""
        lying, wide, long = self.chance(.35, n, 1), self.uniform(8, 60, n, 1), self.uniform(40, 220, n, 1)
        size = torch.where(lying, wide, long), torch.where(lying, long, wide)
        k = torch.arange(SIZE, device=self.device)
        shares = []
        for axis, at in enumerate((ink_at // SIZE, ink_at % SIZE)):
            inside = torch.where(self.chance(.65, n, 1), self.uniform(.05, .95, n, 1), self.uniform(-.3, 1.3, n, 1))
            shares.append((k - (at[:, None] - inside * size[axis]).round()) / size[axis].round())
        return shares, size, lying

    def gradient(self, t, length):
        """Grey along a bar (t from 0 to 1), as a view of its colours shows it: between some stops, smooth or in steps."""
        n = len(t)
        stops = torch.where(self.chance(.4, n, 8), 255. * self.chance(.5, n, 8), self.uniform(0, 255, n, 8))
        last = (self.pick(5, n, 1, 1) + 1).float()
        last = torch.where(self.chance(.3, n, 1, 1), torch.ones_like(last), last)
        step = torch.exp2(self.uniform(0, 3.5, n, 1, 1)).floor() / length[:, :, None]
        t = torch.where(self.chance(.5, n, 1, 1), t, (t / step).floor() * step)
        at = t.clamp(0, 1) * last
        low = at.floor().long().clamp(0, 6)
        def of(i):
            return stops.gather(1, i.reshape(n, -1)).reshape(i.shape)
        return of(low) + (of(low + 1) - of(low)) * (at - low)

    def bars(self, x, ink, line):
        """Bars of colour or grey under, across, beside and at the ends of text, most on plain ground. Which samples have some."""
        has = torch.zeros(len(x), 1, dtype=torch.bool, device=self.device)
        flat = self.some(len(x), .2)
        x[flat] = self.values[-self.pick(5, len(flat), 1, 1)].expand(-1, SIZE, SIZE) * self.uniform(0, 1, len(flat), 1, 1)
        for i in (flat, flat, self.some(len(x), .12), self.some(len(x), .06)):
            n = len(i)
            if not n:
                continue
            has[i] = True
            number = line[i] & MAX_LINES
            spot = ((number.reshape(n, -1) > 0) & (number.reshape(n, -1) < MARK)).float() * self.chance(.8, n, 1) + 1e-9
            spot = spot.multinomial(1, generator=self.gen)[:, 0]
            (down, across), size, lying = self.bar(n, spot)
            down, across = down[:, :, None].expand(-1, -1, SIZE), across[:, None].expand(-1, SIZE, -1)
            turned = (lying ^ self.chance(.1, n, 1))[:, :, None]
            v = self.gradient(torch.where(turned, across, down), torch.where(turned[:, 0], size[1], size[0]))
            within = (down >= 0) & (down < 1) & (across >= 0) & (across < 1)
            frame = fn.max_pool2d(within[:, None].float(), 3, 1, 1)[:, 0].bool() & self.chance(.3, n, 1, 1)
            beyond = (across - 1) * size[1][:, :, None]  # pixels right of it
            ticks = (beyond >= 0) & (beyond < self.uniform(2, 8, n, 1, 1)) & (down >= 0) & (down <= 1) & self.chance(.25, n, 1, 1)
            ticks = ticks & ((down * size[0][:, :, None]) % self.uniform(8, 40, n, 1, 1) < 1)
            shade = torch.where(within, v, self.uniform(0, 255, n, 1, 1).expand_as(v))
            x[i] = torch.where(within | frame | ticks, shade, x[i])
            # a name that ends where an upright bar does
            here = number == number.reshape(n, -1).gather(1, spot[:, None])[:, :, None]
            cut = here & (number > 0) & ((across < 0) | (across >= 1)) & (self.chance(.3, n, 1) & ~lying)[:, :, None]
            ink[i], line[i] = ink[i] * ~cut, line[i] * ~cut
        return has

    def panels(self, x):
        """A part of some grounds is of another one, as screens are divided."""
        i = self.some(len(x), .25)
        edges = self.uniform(-SIZE / 2, SIZE * 1.5, len(i), 2, 2).sort(2).values
        k = torch.arange(SIZE, device=self.device)
        down, across = ((k >= edges[:, j, :1]) & (k < edges[:, j, 1:]) for j in (0, 1))
        x[i] = torch.where(down[:, :, None] & across[:, None], x[self.pick(len(x), len(i))], x[i])
        return x

    def turned_ground(self, x):
        """Grounds again, mirrored and in other greys."""
        x = x.float()
        for axis in (1, 2):
            i = self.some(len(x), .5)
            x[i] = x[i].flip(axis)
        i = self.some(len(x), .3)
        x[i] = x[i].transpose(1, 2)
        i = self.some(len(x), .3)
        x[i] = (x[i] * self.uniform(.5, 1.5, len(i), 1, 1) + self.uniform(-40, 40, len(i), 1, 1)).clamp(0, 255)
        return x

    def batch(self, ground, ink, line):
        """Samples of 0..255, N x 1 x SIZE x SIZE, and truth (see write())."""
        ink, line = self.shifted(ink.clone(), line.clone())
        for k in (1, 3):  # text up and down the screen
            i = self.some(len(ink), .1)
            ink[i], line[i] = ink[i].rot90(k, (1, 2)), line[i].rot90(k, (1, 2))
        x = self.changes(self.panels(self.turned_ground(ground)), line)
        n = len(x)
        added = self.chance(.8, n, LINES) & self.bars(x, ink, line) | self.chance(.06, n, LINES)
        bare = x.clone()
        x, truth = self.write(x, ink.float(), line, added)
        state = self.gen.get_state(), self.host.get_state()
        bare = self.harm(bare)
        self.gen.set_state(state[0])
        self.host.set_state(state[1])
        x = self.harm(x)
        left = self.left(x - bare, ink, line)[:, None]
        x, truth = x[:, None], torch.where(left, truth.float(), truth.new_tensor([0., 0., 1.]).reshape(1, 3, 1, 1))
        i = self.some(len(x), .12)  # as the enlarged plane shows it
        half = SIZE // 2
        if len(i):
            y, z = self.one_of(half), self.one_of(half)
            x[i] = fn.interpolate(x[i, :, y:y + half, z:z + half], scale_factor=2, mode="bilinear", align_corners=False).round()
            truth[i] = truth[i, :, y:y + half, z:z + half].repeat_interleave(2, 2).repeat_interleave(2, 3)
        return x, truth
