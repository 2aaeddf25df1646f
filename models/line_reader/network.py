"""The network of the line reader.

Its coarse part is the recogniser of the PyPI package `trueocr` 0.1.1 (Apache-2.0), rebuilt from its ONNX file, whose weights
it begins with. It sees a line in 32 rows, in which a tone mark is a pixel or two. `Fine` looks at the same line in 64 rows;
its last layer begins at zero, so that training starts from what the published network knows.
"""
import numpy as np, onnx, onnx.numpy_helper, torch
from torch import nn
from torch.nn import functional as F

ROWS = 64     # of the input: a line with its margins
STEP = 8      # columns a time step
CHANNELS = 128


class Context(nn.Module):
    """What stands at each place, weighed over the rows."""

    def __init__(self):
        super().__init__()
        self.patch = nn.Conv2d(1, 32, 4, 4)
        self.dw = nn.Conv2d(32, 32, 3, 1, 1, groups=32, bias=False)
        self.pw = nn.Conv2d(32, 64, 1)
        self.score = nn.Conv2d(64, 4, 1)
        self.row_prior = nn.Parameter(torch.zeros(1, 4, 24, 1))
        self.proj = nn.Conv1d(64, CHANNELS, 1)

    def forward(self, x):
        x = F.hardswish(self.pw(self.dw(F.hardswish(self.patch(x)))))
        weight = torch.softmax(self.score(x) + self.row_prior, dim=2)
        heads = x.unflatten(1, (4, 16)) * weight.unsqueeze(2)
        return self.proj(heads.sum(3).flatten(1, 2))


class Fine(nn.Module):
    """The line at twice the resolution."""

    def __init__(self):
        super().__init__()

        def conv(i, o, kernel, stride, pad, groups=1):
            return nn.Sequential(nn.Conv2d(i, o, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(o))

        self.a = conv(1, 16, 3, 2, 1)
        self.b = conv(16, 32, 3, 2, 1)
        self.c = conv(32, 32, 3, 2, 1, 32)
        self.d = conv(32, 96, 1, 1, 0)
        self.e = conv(96, 96, 3, (2, 1), 1, 96)
        self.f = conv(96, 128, 1, 1, 0)
        self.g = nn.Conv2d(128, 128, (4, 1), groups=128)
        self.h = nn.Conv1d(128, CHANNELS, 1)
        nn.init.zeros_(self.h.weight)
        nn.init.zeros_(self.h.bias)

    def forward(self, x):
        x = F.hardswish(self.b(F.hardswish(self.a(x))))
        x = F.hardswish(self.f(self.e(F.hardswish(self.d(self.c(x))))))
        return self.h(F.hardswish(self.g(x).squeeze(2)))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.dw = nn.Conv1d(CHANNELS, CHANNELS, 9, 1, 4, groups=CHANNELS)
        self.expand = nn.Conv1d(CHANNELS, 256, 1)
        self.fc1 = nn.Conv1d(256, 64, 1)
        self.fc2 = nn.Conv1d(64, 256, 1)
        self.project = nn.Conv1d(256, CHANNELS, 1)

    def forward(self, x, mask, count):
        y = F.hardswish(self.expand(self.dw(x)))
        mean = (y * mask).sum(2, keepdim=True) / count
        y = y * torch.sigmoid(self.fc2(F.relu(self.fc1(mean))))
        return (x + self.project(y)) * mask


class Network(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.stem = nn.Conv2d(1, CHANNELS, (32, 4), (32, 4))
        self.bn = nn.BatchNorm1d(CHANNELS, momentum=0.02)
        self.context = Context()
        self.fine = Fine()
        self.blocks = nn.ModuleList(Block() for _ in range(10))
        self.head = nn.Conv1d(CHANNELS, classes, 1)

    def forward(self, x, widths):
        """x [B,1,64,W]: ink 0 to 1, W a multiple of 8; widths [B]: columns that count.
        -> logarithms of probabilities [B,W/8,classes]; class 0 is the blank."""
        coarse = F.avg_pool2d(x, 2)
        y = self.stem(coarse).squeeze(2) + self.context(F.pad(coarse, (0, 0, 32, 32))) + self.fine(x)
        steps = (widths + STEP - 1) // STEP
        mask = (torch.arange(y.shape[2], device=y.device)[None] < steps[:, None]).to(y.dtype)[:, None]
        count = mask.sum(2, keepdim=True).clamp(min=1)
        y = F.hardswish(self.bn(y)) * mask
        for block in self.blocks:
            y = block(y, mask, count)
        return torch.log_softmax(self.head(y).transpose(1, 2), dim=-1)


def published(path, known, letters):
    """The network with the published weights; those of `letters` that are not among the `known` begin as unlikely."""
    given = {i.name: torch.tensor(onnx.numpy_helper.to_array(i).copy()) for i in onnx.load(path).graph.initializer}
    # Convolutions whose normalisation was folded into them have lost their names, not their order.
    folded = sorted((n for n in given if n.startswith('onnx::Conv')), key=lambda n: int(n.split('_')[-1]))
    names = ['context.patch', 'context.pw'] + [f'blocks.{i}.dw' for i in range(10)]
    weights = {f'{name}.{part}': given[folded[2 * k + j]]
               for k, name in enumerate(names) for j, part in enumerate(('weight', 'bias'))}
    for i in range(10):
        for own, theirs in (('expand', 'expand'), ('fc1', 'se.fc1'), ('fc2', 'se.fc2'), ('project', 'project')):
            for part in ('weight', 'bias'):
                weights[f'blocks.{i}.{own}.{part}'] = given[f'rec.blocks.{i}.{theirs}.{part}']
    for part in ('dw.weight', 'score.weight', 'score.bias', 'row_prior', 'proj.weight', 'proj.bias'):
        weights[f'context.{part}'] = given[f'rec.context.{part}']
    for part in ('weight', 'bias'):
        weights[f'stem.{part}'] = given[f'rec.stem.{part}']
    for part in ('weight', 'bias', 'running_mean', 'running_var'):
        weights[f'bn.{part}'] = given[f'rec.stem_bn.{part}']
    network = Network(len(letters) + 1)
    weight, bias = torch.randn(len(letters) + 1, CHANNELS, 1) * 0.02, torch.full((len(letters) + 1,), -4.0)
    for row, letter in enumerate([None, *letters]):
        at = 0 if letter is None else known.index(letter) + 1 if letter in known else None
        if at is not None:
            weight[row], bias[row] = given['rec.head.weight'][at], given['rec.head.bias'][at]
    weights['head.weight'], weights['head.bias'] = weight, bias
    missing = set(network.load_state_dict(weights, strict=False).missing_keys)
    assert all(name.startswith('fine.') or 'num_batches' in name for name in missing), missing
    return network


def again(path, letters, x, widths):
    """The network that `write` wrote. Its normalisations were folded into the convolutions; lines `x`, `widths` show what they should be."""
    given = {i.name: torch.tensor(onnx.numpy_helper.to_array(i).copy()) for i in onnx.load(path).graph.initializer}
    folded = sorted((n for n in given if n.startswith('onnx::Conv')), key=lambda n: int(n.split('_')[-1]))
    network = Network(len(letters) + 1).eval()
    network.load_state_dict({n: w for n, w in given.items() if n not in folded}, strict=False)
    for k, name in enumerate('abcdef'):
        conv, norm = getattr(network.fine, name)
        conv.weight.data, bias = given[folded[2 * k]], given[folded[2 * k + 1]]

        def measure(_, inputs, norm=norm, bias=bias):
            y = inputs[0]
            norm.running_mean.data, norm.running_var.data = y.mean((0, 2, 3)), y.var((0, 2, 3))
            norm.weight.data, norm.bias.data = (norm.running_var + norm.eps).sqrt(), norm.running_mean + bias

        norm.register_forward_pre_hook(measure)
    with torch.no_grad():
        network(x, widths)
    for name in 'abcdef':
        getattr(network.fine, name)[1]._forward_pre_hooks.clear()
    return network.train()


def write(network, path):
    """Writes the network as ONNX."""
    network.eval()
    lines = {0: 'lines'}
    torch.onnx.export(network, (torch.zeros(2, 1, ROWS, 256), torch.tensor([256, 200])), path,
                      input_names=['x', 'widths'], output_names=['letters'], opset_version=17, dynamo=False,
                      dynamic_axes={'x': {**lines, 3: 'columns'}, 'widths': lines, 'letters': {**lines, 1: 'steps'}})
    network.train()
