# SPDX-License-Identifier: Apache-2.0
"""What is no text and drawn on grounds: marks of screens, test patterns, curves, vessels, icons."""
import math

from PIL import Image, ImageDraw

SIZE = 256


def bars(rng, d, x, y, v):
    """Test patterns, fine scales: bars beside each other, checkers, dots."""
    wide, gap, long = rng.randint(1, 6), rng.randint(1, 8), rng.randint(2, 40)
    n, across, kind = rng.randint(3, 30), rng.random() < .5, rng.random()
    for i in range(n):
        t = i * (wide + gap)
        rows = [0] if kind < .7 else range(0, rng.randint(1, 6) * 2 * wide, wide)
        for r in rows:
            u = t + (wide if kind > .85 and r // wide % 2 else 0)
            length = wide if kind >= .7 else long
            box = (x + u, y + r, x + u + wide - 1, y + r + length - 1)
            d.rectangle(box if across else (x + r, y + u, x + r + length - 1, y + u + wide - 1), fill=v)


def vessels(rng, d, x, y, angle, wide, left):
    """A tree of flow, as power Doppler shows it."""
    while left > 0 and wide >= 1:
        n = rng.uniform(2, 12)
        x2, y2 = x + n * math.cos(angle), y + n * math.sin(angle)
        v = rng.randint(170, 255)
        d.line((x, y, x2, y2), fill=v, width=int(wide))
        d.ellipse((x2 - wide / 2, y2 - wide / 2, x2 + wide / 2, y2 + wide / 2), fill=v)
        if rng.random() < .35:
            vessels(rng, d, x2, y2, angle + rng.choice([-1, 1]) * rng.uniform(.5, 1.4), wide * rng.uniform(.5, .9), left * .6)
        x, y, angle, wide, left = x2, y2, angle + rng.uniform(-.5, .5), wide * rng.uniform(.88, 1.05), left - n


def flows(rng, d, framed=True):
    """Vessels in a box, from its edges or anywhere."""
    x, y, w, h = rng.randint(-60, 200), rng.randint(-60, 200), rng.randint(50, 260), rng.randint(30, 160)
    for _ in range(rng.randint(2, 14)):
        vessels(rng, d, x + rng.random() * w, y + rng.random() * h, rng.uniform(0, 6.3), rng.uniform(2, 11), rng.uniform(10, h))
    if framed and rng.random() < .7:
        d.rectangle((x, y, x + w, y + h), outline=rng.randint(90, 255))


def squares(rng, d):
    """Squares in squares, rows of blocks, rings: test patterns, vertebrae, slices through a heart."""
    x, y, n = rng.randint(-30, 230), rng.randint(-30, 230), rng.randint(4, 40)
    across, down, gap, round_ = rng.randint(1, 8), rng.randint(1, 6), rng.randint(0, 14), rng.random()
    values = [rng.randint(0, 255) for _ in range(rng.randint(1, 6))]
    for i in range(across):
        for k in range(down):
            a, b, m = x + i * (n + gap), y + k * (n + gap), n
            while m > 1:
                box = (a, b, a + m, b + m * (.7 if round_ > .8 else 1))
                v = rng.choice(values)
                if round_ < .12:
                    d.ellipse(box, fill=v if rng.random() < .3 else None, outline=v, width=rng.randint(1, max(1, n // 4)))
                elif round_ > .8:
                    d.rounded_rectangle(box, m // 4, fill=v)
                else:
                    d.rectangle(box, fill=v)
                step = rng.randint(1, m)
                a, b, m = a + step / 2, b + step / 2, m - step
                if rng.random() < .5:
                    break


def ribs(rng, d):
    """Curved stripes beside each other: ribs, folds, fibres, ripples."""
    w, h = rng.randint(60, 500), rng.randint(20, 300)
    x, y, pitch, wide = rng.randint(-w, SIZE), rng.randint(-h, SIZE), rng.randint(5, 50), 1
    start, v, drift = rng.randint(0, 360), rng.randint(60, 255), rng.uniform(-.4, .4)
    for i in range(rng.randint(3, 16)):
        if i % 2 == 0:
            wide = rng.randint(1, max(1, pitch * 2 // 3))
        a, b = x + i * pitch * drift, y + i * pitch
        d.arc((a, b, a + w, b + h), start, start + rng.randint(40, 180), fill=v, width=wide)


def rings(rng, d):
    """Test patterns and marks of makers: rings in rings, stars, groups of bars that get finer."""
    x, y, r, v = rng.randint(0, SIZE), rng.randint(0, SIZE), rng.randint(6, 60), rng.randint(80, 255)
    k = rng.random()
    if k < .35:
        step = rng.randint(2, 12)
        for n in range(r, 2, -step):
            d.ellipse((x - n, y - n, x + n, y + n), outline=v, width=rng.randint(1, max(1, step // 2)))
    elif k < .55:
        n = rng.randint(6, 40)
        for i in range(n):
            d.pieslice((x - r, y - r, x + r, y + r), i * 360 / n, (i + .5) * 360 / n, fill=v)
    elif k < .75:
        wide, at = rng.randint(3, 8), x
        while wide >= 1:
            for _ in range(rng.randint(2, 6)):
                d.rectangle((at, y, at + wide - 1, y + r), fill=v)
                at += 2 * wide
            at, wide = at + 2 * wide, wide - 1
    else:
        for _ in range(rng.randint(2, 7)):
            a, b, n = x + rng.randint(-r, r), y + rng.randint(-r // 2, r // 2), rng.randint(3, r)
            what = rng.choice([d.ellipse, d.chord, d.pieslice, d.rectangle])
            args = (rng.randint(0, 360), rng.randint(0, 360)) if what in (d.chord, d.pieslice) else ()
            what((a - n, b - n // 2, a + n, b + n // 2), *args, fill=rng.choice([v, 0, 255 - v]))


def triangle(rng, d, x, y, r, v):
    """Filled, upright or on a side or pointing anywhere: which way a probe lies."""
    t, slim = rng.choice([0, 1.57, 3.14, 4.71, rng.uniform(0, 6.3)]), rng.uniform(1.6, 2.6)
    d.polygon([(x + r * math.cos(t + k), y + r * math.sin(t + k)) for k in (0, slim, -slim)], fill=v)


def depths(rng, d, v):
    """Depth in dots and dashes along a line, some of them longer."""
    x, y, step, every = rng.randint(0, SIZE), rng.randint(-20, SIZE), rng.uniform(4, 30), rng.choice([2, 5, 5, 10])
    wide, high, lying = rng.choice([1, 1, 2, 3, 4, 6]), rng.choice([1, 1, 2]), rng.random() < .3
    for i in range(rng.randint(5, 60)):
        n, t = wide * (rng.choice([1, 2, 3]) if i % every == 0 else 1), round(y + i * step)
        d.rectangle((t, x, t + high - 1, x + n - 1) if lying else (x, t, x + n - 1, t + high - 1), fill=v)


def screen(rng, d):
    """What screens draw around text: rules, buttons, rows of icons, marks of orientation, depth."""
    v, x, y, k = rng.randint(50, 255), rng.randint(0, SIZE), rng.randint(0, SIZE), rng.random()
    if k < .2:
        triangle(rng, d, x, y, rng.uniform(3, 14), v)
    elif k < .45:
        depths(rng, d, v)
    elif k < .6:
        for _ in range(rng.randint(1, 4)):
            n = rng.randint(20, SIZE)
            d.line((x, y, x + n, y) if k < .55 else (x, y, x, y + n), fill=v, width=rng.choice([1, 1, 2, 3]))
            x, y = x + rng.choice([0, 0, rng.randint(-60, 60)]), y + rng.randint(-60, 60)
    else:
        n, pitch, down = rng.randint(9, 18), rng.randint(12, 40), rng.random() < .4
        for _ in range(rng.randint(1, 7)):
            if k > .8:
                d.rounded_rectangle((x - 4, y - 4, x + n + 4, y + n + 4), rng.choice([0, 2, 4]), outline=v // 2)
            d.bitmap((x, y), icon(rng, n), fill=v)
            x, y = (x, y + pitch) if down else (x + pitch, y)


def icon(rng, n):
    """A small closed drawing as buttons have it: folder, printer, probe, disc, heart, arrow, lens, sheet, lamp, cross."""
    zoom = rng.choice([1, 1, 3])
    im = Image.new("L", (n * zoom, n * zoom))
    d, u = ImageDraw.Draw(im), (n * zoom - 1) / 12
    full = rng.random() < .5
    how = dict(outline=255, width=zoom) if not full else dict(fill=255)

    def at(*c):
        return [v * u for v in c]
    k = rng.randrange(10)
    if k == 0:
        d.polygon(at(0, 2, 5, 2, 6, 4, 12, 4, 12, 11, 0, 11), outline=255, fill=255 if full else None)
    elif k == 1:
        d.rectangle(at(0, 4, 12, 9), **how)
        d.rectangle(at(3, 0, 9, 4), outline=255, width=zoom)
        d.rectangle(at(2, 8, 10, 12), outline=255, fill=0, width=zoom)
    elif k == 2:
        d.polygon(at(1, 0, 11, 0, 8, 7, 7, 12, 5, 12, 4, 7), outline=255, fill=255 if full else None)
    elif k == 3:
        d.rectangle(at(0, 0, 12, 12), **how)
        d.rectangle(at(3, 0, 9, 4), outline=0 if full else 255, fill=0)
        d.rectangle(at(2, 7, 10, 12), outline=0 if full else 255)
    elif k == 4:
        d.polygon(at(6, 12, 0, 5, 0, 2, 3, 0, 6, 3, 9, 0, 12, 2, 12, 5), outline=255, fill=255 if full else None)
    elif k == 5:
        d.polygon(at(0, 4, 6, 4, 6, 0, 12, 6, 6, 12, 6, 8, 0, 8), outline=255, fill=255 if full else None)
    elif k == 6:
        d.ellipse(at(0, 0, 8, 8), outline=255, width=2 * zoom)
        d.line(at(7, 7, 12, 12), fill=255, width=2 * zoom)
    elif k == 7:
        d.polygon(at(1, 0, 8, 0, 11, 3, 11, 12, 1, 12), outline=255, fill=255 if full else None)
        for y in (4, 6, 8, 10):
            d.line(at(3, y, 9, y), fill=0 if full else 160, width=zoom)
    elif k == 8:
        d.ellipse(at(1, 0, 11, 9), **how)
        d.rectangle(at(4, 9, 8, 12), **how)
    else:
        d.rounded_rectangle(at(0, 0, 12, 12), 2 * u, **how)
        d.line(at(3, 3, 9, 9), fill=0 if full else 255, width=2 * zoom)
        d.line(at(9, 3, 3, 9), fill=0 if full else 255, width=2 * zoom)
    im = im.rotate(rng.choice([0, 0, 0, 90, 180, 270]))
    return im.resize((n, n), Image.BOX) if zoom > 1 else im


def distractors(rng, d):
    for _ in range(rng.choice([0, 0, 0, 0, 0, 1, 1, 2])):
        screen(rng, d)
    if rng.random() < .14:
        flows(rng, d)
    if rng.random() < .06:
        ribs(rng, d)
    if rng.random() < .07:
        rings(rng, d)
    for _ in range(rng.choice([0, 0, 0, 0, 0, 0, 1, 2])):
        squares(rng, d)
    if rng.random() < .1:
        bars(rng, d, rng.randint(-20, SIZE), rng.randint(-20, SIZE), rng.choice([0, 255, rng.randint(50, 255)]))
    for _ in range(rng.choice([0, 0, 1, 2, 4, 6])):
        v, k = rng.randint(50, 255), rng.random()
        x, y = rng.randint(0, SIZE), rng.randint(0, SIZE)
        if k < .06:  # ECG
            pts, t = [], 0
            while t < SIZE:
                n, amp = rng.randint(20, 70), rng.randint(8, 50)
                pts += [(t, y), (t + n * .5, y - rng.randint(0, 6)), (t + n * .6, y + 3), (t + n * .65, y - amp), (t + n * .7, y + amp // 3), (t + n * .75, y)]
                t += n
            d.line(pts, fill=v, width=rng.choice([1, 1, 2]))
        elif k < .1:  # scratches, dust
            for _ in range(rng.randint(1, 12)):
                cx, cy, n = rng.randint(0, SIZE), rng.randint(0, SIZE), rng.choice([2, 5, 40])
                d.line((cx, cy, cx + rng.randint(-n, n), cy + rng.randint(-n, n)), fill=v)
        elif k < .2:
            step, tick = rng.choice([6, 8, 12, 16, 25]), rng.choice([2, 3, 5, 8])
            for i, t in enumerate(range(-10, SIZE, step)):
                n = tick * (2 if i % 5 == 0 else 1)
                d.line((x, t, x + n, t) if k < .15 else (t, y, t, y + n), fill=v)
        elif k < .35:
            f, amp = rng.uniform(3, 40), rng.uniform(3, 60)
            d.line([(t, y + amp * math.sin(t / f) * rng.uniform(.3, 1)) for t in range(0, SIZE, rng.choice([1, 2, 5]))], fill=v, width=rng.choice([1, 1, 2]))
        elif k < .45:
            w, n = rng.randint(5, 25), rng.randint(40, SIZE)
            for t in range(n):
                d.line((x, y - n // 2 + t, x + w, y - n // 2 + t), fill=255 - t * 255 // n)
        elif k < .6:
            r = rng.randint(2, 10)
            for _ in range(rng.randint(1, 5)):
                cx, cy = rng.randint(0, SIZE), rng.randint(0, SIZE)
                d.line((cx - r, cy, cx + r, cy), fill=v)
                d.line((cx, cy - r, cx, cy + r), fill=v)
        elif k < .7:
            for t in range(0, SIZE, rng.choice([3, 4, 5])):
                d.point((t, y + (t * rng.randint(-1, 1)) // 4), fill=v)
        elif k < .8:
            step = rng.choice([8, 16, 20, 32])
            for t in range(0, SIZE, step):
                d.line((t, 0, t, SIZE), fill=v // 2)
                d.line((0, t, SIZE, t), fill=v // 2)
        elif k < .9:
            d.rectangle((x, y, x + rng.randint(4, 120), y + rng.randint(4, 60)), outline=v, fill=rng.choice([None, v // 3]))
        else:
            n = rng.randint(3, 9)
            d.polygon([(x + rng.randint(-15, 15), y + rng.randint(-15, 15)) for _ in range(n)], outline=v, fill=rng.choice([None, v]))
