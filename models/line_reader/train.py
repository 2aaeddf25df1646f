"""Fits the line reader.

python3 train.py META.json REC.onnx ALPHABET OUT.onnx MINUTES VALID LINES...

META.json and REC.onnx are those of the PyPI package `trueocr`; REC.onnx may also be what an earlier fitting wrote: then it goes on
from there, with smaller steps. ALPHABET (`line_reader.txt`) is written: the published letters and those that lines of scoring tables
have besides. OUT.onnx is written from time to time. VALID and LINES are what `lines.py` wrote, without suffix. Prints characters and
lines that are wrong, in per cent, of VALID. Needs: torch, onnx, numpy, rapidfuzz.
"""
import json, math, random, sys, time
import numpy as np, onnx, torch
from rapidfuzz.distance import Levenshtein
from torch.nn import functional as F
import network, text

COLUMNS = 26_000   # of a batch, padding included
RATE = 1e-3        # of learning, at most; twice that for what is new
AGAIN = 0.3        # of that where an earlier fitting goes on
WARM_UP = 200      # batches
TOLD_EVERY = 100
KEPT_EVERY = 2000


def load(stem, number):
    """Each line as (pixels, where they begin, width, letters by number)."""
    rows = [row.rstrip('\n').split('\t') for row in open(stem + '.tsv', encoding='utf-8')]
    widths = [int(width) for width, _ in rows]
    starts = np.concatenate(([0], np.cumsum(widths))) * network.ROWS
    pixels = np.memmap(stem + '.bin', np.uint8, 'r')
    return [(pixels, int(start), width, [number[c] for c in content]) for start, width, (_, content) in zip(starts, widths, rows)]


def batch(lines):
    widest = max(width for _, _, width, _ in lines)
    padded = -(-widest // network.STEP) * network.STEP + 2 * network.STEP
    x = np.zeros((len(lines), 1, network.ROWS, padded), np.float32)
    for k, (pixels, start, width, _) in enumerate(lines):
        x[k, 0, :, :width] = pixels[start:start + network.ROWS * width].reshape(network.ROWS, width)
    widths = torch.tensor([width for _, _, width, _ in lines])
    return torch.from_numpy(x / 255), widths, [letters for *_, letters in lines]


def batches(lines, rng):
    """All lines once, in batches of lines of about the same width."""
    rng.shuffle(lines)
    for at in range(0, len(lines), 4000):
        found, current = [], []
        for line in sorted(lines[at:at + 4000], key=lambda line: line[2]):
            if current and (len(current) + 1) * (line[2] + 2 * network.STEP) > COLUMNS:
                found.append(current)
                current = []
            current.append(line)
        found.append(current)
        rng.shuffle(found)
        yield from found


def steps(widths):
    return (widths + network.STEP - 1) // network.STEP


def errors(model, lines):
    """Characters and lines that are wrong, per cent."""
    model.eval()
    wrong = total = wrong_lines = 0
    lines = sorted(lines, key=lambda line: line[2])
    with torch.no_grad():
        for at in range(0, len(lines), 32):
            x, widths, truths = batch(lines[at:at + 32])
            for path, count, truth in zip(model(x, widths).argmax(-1).tolist(), steps(widths).tolist(), truths):
                path = path[:count]
                read = [a for a, before in zip(path, [0] + path) if a and a != before]
                distance = Levenshtein.distance(read, truth)
                wrong, total, wrong_lines = wrong + distance, total + len(truth), wrong_lines + (distance > 0)
    model.train()
    return f'{100 * wrong / total:.2f} % of characters, {100 * wrong_lines / len(lines):.1f} % of lines wrong'


def fit(model, lines, minutes, most, out, rng):
    new = [p for name, p in model.named_parameters() if name.startswith(('fine', 'head'))]
    known = [p for name, p in model.named_parameters() if not name.startswith(('fine', 'head'))]
    optimiser = torch.optim.AdamW([{'params': new, 'times': 2.0}, {'params': known, 'times': 1.0}], lr=most, weight_decay=0.01)
    start, count, seen, mean = time.time(), 0, 0, None
    while True:
        for part in batches(lines, rng):
            done = (time.time() - start) / 60 / minutes
            if done >= 1:
                return
            rate = most * min(1, count / WARM_UP) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done)))
            for group in optimiser.param_groups:
                group['lr'] = rate * group['times']
            x, widths, truths = batch(part)
            letters, sizes = torch.tensor([i for t in truths for i in t]), torch.tensor([len(t) for t in truths])
            loss = F.ctc_loss(model(x, widths).transpose(0, 1), letters, steps(widths), sizes, zero_infinity=True)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 5)
            optimiser.step()
            count, seen = count + 1, seen + len(part)
            mean = loss.item() if mean is None else 0.99 * mean + 0.01 * loss.item()
            if count % KEPT_EVERY == 0:
                network.write(model, out)
            if count % TOLD_EVERY == 0:
                print(f'{seen} lines, {seen / (time.time() - start):.0f} a second, loss {mean:.4f}', flush=True)


if __name__ == '__main__':
    meta, rec, alphabet, out, minutes, valid, *files = sys.argv[1:]
    known = json.load(open(meta, encoding='utf-8'))['charset']
    letters = known + text.NEW
    open(alphabet, 'w', encoding='utf-8').write(''.join(letters) + '\n')
    number = {c: k + 1 for k, c in enumerate(letters)}
    valid, lines = load(valid, number), [line for file in files for line in load(file, number)]
    if any(i.name.startswith('fine.') for i in onnx.load(rec).graph.initializer):
        x, widths, _ = batch(lines[:200])
        model, most = network.again(rec, letters, x, widths), AGAIN * RATE
    else:
        model, most = network.published(rec, known, letters), RATE
    print('before:', errors(model, valid))
    fit(model, lines, float(minutes), most, out, random.Random(5))
    print('after:', errors(model, valid))
    network.write(model, out)
