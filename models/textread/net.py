# SPDX-License-Identifier: Apache-2.0
"""The reader's net, as it is trained. After fold() and set_scales() it computes
what the exported integers will."""
import collections

import torch
import torch.nn as nn
import torch.nn.functional as fn

import classes
import export

ROWS = 24  # height of the window
Shape = collections.namedtuple("Shape", "inputs outputs high wide down dilation pad kind")
# Kinds: what comes out is the layer's own, begins a sum, is added to the sum, is the head's.
PLAIN, BEGIN, ADD, HEAD = range(4)
SHAPES = [
    Shape(1, 16, 3, 3, 1, 1, 1, PLAIN),
    Shape(16, 32, 3, 3, 2, 1, 1, BEGIN),
    Shape(32, 32, 3, 3, 1, 1, 1, ADD),
    Shape(32, 64, 3, 3, 2, 1, 1, PLAIN),
    Shape(64, 128, 6, 3, 1, 1, 0, BEGIN),
    Shape(128, 128, 1, 5, 1, 1, 0, ADD),
    Shape(128, 128, 1, 5, 1, 2, 0, ADD),
    Shape(128, 128, 1, 5, 1, 4, 0, ADD),
    Shape(128, 128, 1, 5, 1, 1, 0, ADD),
    Shape(128, classes.COUNT, 1, 1, 1, 1, 0, HEAD),
]


def rounded(x, step, axis):
    """x as integers of `step`, one for each channel, at most export.TOP; the
    gradient goes through."""
    return torch.fake_quantize_per_channel_affine(x, step, torch.zeros_like(step, dtype=torch.int32), axis, -export.TOP, export.TOP)


class Net(nn.Module):
    """Rows of ROWS pixels, background 0 and ink up to 1, to the logits of each
    column. `mask` is 1 where a column is the row's and 0 beyond its end: there
    all layers give 0, as they do where nothing is computed."""

    def __init__(self):
        super().__init__()
        self.convs = nn.ModuleList(
            nn.Conv2d(s.inputs, s.outputs, (s.high, s.wide), (s.down, 1), (s.pad, s.wide // 2 * s.dilation), (1, s.dilation))
            for s in SHAPES)
        for c in self.convs[:-1]:
            nn.init.kaiming_normal_(c.weight, nonlinearity="relu")
            nn.init.zeros_(c.bias)
        # they make training faster and are folded into the weights before its last part
        self.norms = nn.ModuleList(nn.BatchNorm2d(s.outputs, momentum=.02) if s.kind != HEAD else nn.Identity() for s in SHAPES)
        self.scales = None  # of each layer's input

    def fold(self):
        with torch.no_grad():
            for i, (c, n) in enumerate(zip(self.convs, self.norms)):
                if isinstance(n, nn.BatchNorm2d):
                    k = n.weight / torch.sqrt(n.running_var + n.eps)
                    c.weight.mul_(k.reshape(-1, 1, 1, 1))
                    c.bias.copy_((c.bias - n.running_mean) * k + n.bias)
                    self.norms[i] = nn.Identity()

    def set_scales(self, x, mask):
        place = self.convs[0].weight.device
        self.scales = [torch.from_numpy(s).float().to(place) for s in export.inputs(export.measure(self, x, mask))]

    def conv(self, i, x):
        c = self.convs[i]
        w = c.weight
        if self.scales is not None:
            with torch.autocast(x.device.type, enabled=False):
                x = rounded(x.float(), self.scales[i], 1)
                s = self.scales[i].reshape(1, -1, 1, 1)
                w = w * s
                w = rounded(w, w.detach().abs().amax((1, 2, 3)).clamp_min(1e-9) / export.TOP, 0) / s
        return self.norms[i](fn.conv2d(x, w, c.bias, c.stride, c.padding, c.dilation))

    def forward(self, x, mask, seen=None):
        """Logits [row][class][column]; `seen` gets what each layer gives."""
        mask = mask[:, None, None, :]
        for i, s in enumerate(SHAPES):
            y = self.conv(i, x)
            if s.kind == HEAD:
                return y[:, :, 0]
            y = fn.relu(y) * mask
            x = x + y if s.kind == ADD else y
            if seen is not None:
                seen(i, x)
