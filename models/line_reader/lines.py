"""Printed and degraded lines with their text, as the line reader is shown them.

python3 lines.py CORPUS FONTS LETTERS OUT COUNT SEED

CORPUS holds `vbpl`, `gazette` and `viwiki` as .txt or .txt.xz; FONTS is searched for *.ttf and *.otf; LETTERS is the reader's alphabet
(`line_reader.txt`). OUT.bin has the ink maps one after the other, 64 rows each, a byte a pixel; OUT.tsv a line each: WIDTH<TAB>TEXT.
Needs: Pillow, numpy, opencv-python-headless, fonttools.
"""
import glob, os, random, sys
import cv2, numpy as np
from fontTools.ttLib import TTFont
from PIL import Image, ImageDraw, ImageFont
import text

# What the reader does with a line, see src/stages/read/neural.rs.
ROWS, MARGIN_Y, MARGIN_X, WIDEST, STEP = 64, 0.2, 0.3, 1536, 8

STYLES = ('Regular', 'Bold', 'Italic', 'BoldItalic')
# Offices write in Times New Roman (Nghị định 30/2020), of which the first two families are copies.
TIMES = [[f'LiberationSerif-{s}.ttf', f'Tinos-{s}.ttf', f'FreeSerif{s.removeprefix("Regular")}.ttf'] for s in STYLES]
TIMES_SHARES = (58, 20, 16, 6)
SANS = ['LiberationSans-*.ttf', 'Arimo-*.ttf', 'Carlito-*.ttf', 'DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'Roboto-Regular.ttf',
        'Roboto-Bold.ttf', 'Roboto-Italic.ttf', 'RobotoCondensed-Regular.ttf', 'OpenSans-Regular.ttf', 'OpenSans-Bold.ttf',
        'NotoSans-Regular.ttf', 'NotoSans-Bold.ttf', 'NotoSans-Italic.ttf', 'FreeSans.ttf', 'FreeSansBold.ttf', 'Lato-Regular.ttf']
OTHER = ['NotoSerif-Regular.ttf', 'NotoSerif-Bold.ttf', 'NotoSerif-Italic.ttf', 'DejaVuSerif.ttf', 'DejaVuSerif-Bold.ttf',
         'LinLibertine_R*.otf', 'Gentium-R.ttf', 'GentiumPlus-*.ttf', 'EBGaramond12-Regular.otf', 'LiberationMono-Regular.ttf',
         'Cousine-Regular.ttf', 'NotoSerifDisplay-Regular.ttf']
SIZES = (32, 36, 40, 42, 44, 46, 48, 50, 50, 52, 54, 54, 56, 58, 60)  # pixels at 300 dpi: 8 to 14 points


class Fonts:
    def __init__(self, folder):
        self.glyphs, self.sized = {}, {}
        find = lambda names: [p for n in names for p in sorted(glob.glob(os.path.join(folder, '**', n), recursive=True)) if self.covers(p)]
        self.times, self.sans, self.other = [find(names) for names in TIMES], find(SANS), find(OTHER)

    def covers(self, path):
        if path not in self.glyphs:
            self.glyphs[path] = {chr(c) for c in TTFont(path, fontNumber=0).getBestCmap()} | {' '}
        return set('ạẩữỹĐđơƯổ') <= self.glyphs[path]

    def pick(self, rng):
        """A font and the characters it has."""
        kind = rng.random()
        if kind < 0.66:
            path = rng.choice(self.times[rng.choices(range(len(STYLES)), TIMES_SHARES)[0]])
        else:
            path = rng.choice(self.sans if kind < 0.86 else self.other)
        key = path, rng.choice(SIZES)
        if key not in self.sized:
            self.sized[key] = ImageFont.truetype(*key, layout_engine=ImageFont.Layout.BASIC)
        return self.sized[key], self.glyphs[path]


def jpeg(a, quality):
    return cv2.imdecode(cv2.imencode('.jpg', a, [cv2.IMWRITE_JPEG_QUALITY, int(quality)])[1], 0)


def grain(a, sigma, noise):
    return np.clip(a.astype(np.float32) + noise.normal(0, sigma, a.shape), 0, 255).astype(np.uint8)


def blur(a, sigma):
    return cv2.GaussianBlur(a, (0, 0), sigma) if sigma > 0.15 else a


def turned(a, degrees):
    if not degrees:
        return a
    h, w = a.shape
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), degrees, 1)
    return cv2.warpAffine(a, turn, (w, h), flags=cv2.INTER_LINEAR, borderValue=255)


def shrunk(a, scale):
    return cv2.resize(a, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else a


def one_bit(a, threshold, specks, noise):
    a = ((a > threshold) * 255).astype(np.uint8)
    a[noise.random(a.shape) < specks] = 0
    return a


def scanned(a, rng, noise):
    """A 300 dpi print as one of seven machines gives it, and its share of 300 dpi."""
    u, kind, scale = rng.uniform, rng.random(), 1.0
    tilt = u(-0.8, 0.8) if rng.random() < 0.35 else 0
    if kind < 0.17:    # a good scanner
        tilt, a = 0, jpeg(blur(a, u(0, 0.7)), u(60, 92))
    elif kind < 0.42:  # an office's scanner
        scale = 2 / 3
        a = jpeg(grain(blur(turned(shrunk(a, scale), tilt), u(0.4, 0.9)), u(3, 10), noise), u(40, 75))
    elif kind < 0.54:  # a fax
        scale = 2 / 3
        a = grain(blur(turned(shrunk(a, scale), tilt), u(0.3, 0.7)), u(15, 26), noise)
        a = one_bit(a, u(125, 175), 0.0008, noise)
        a[noise.random(a.shape) < 0.0008] = 255
    elif kind < 0.67:  # a copy of a copy
        a = grain(blur(turned(a, tilt), u(0.8, 1.3)), u(20, 34), noise)
        a = one_bit(blur(a, u(0.6, 1.0)), u(105, 160), 0.0004, noise)
    elif kind < 0.78:  # a poor scanner
        scale = 0.5
        a = jpeg(grain(blur(turned(shrunk(a, scale), tilt), u(0.4, 0.9)), u(4, 11), noise), u(30, 65))
    elif kind < 0.88:  # a telephone, its light evened out
        tilt, scale = 0, u(0.6, 0.9)
        a = shrunk(a, scale)
        light = cv2.resize(noise.uniform(0.6, 1, (1, 4)).astype(np.float32), a.shape[::-1], interpolation=cv2.INTER_LINEAR)
        a = np.clip(a * light, 0, 255).astype(np.uint8)
        a = jpeg(grain(blur(a, u(0.4, 1.0)), u(3, 8), noise), u(45, 75))
        a = np.clip(a / np.maximum(light, 0.2), 0, 255).astype(np.uint8)
    else:              # too much or too little ink
        scale = rng.choice((1.0, 1.0, 2 / 3, 0.5, u(0.5, 1.0)))
        if rng.random() < 0.4:
            a = (cv2.erode if rng.random() < 0.6 else cv2.dilate)(a, np.ones((2, 2), np.uint8))
        if rng.random() < 0.4:
            a = (255 - (255 - a) * u(0.45, 0.9)).astype(np.uint8)
        a = jpeg(grain(blur(shrunk(turned(a, tilt), scale), u(0, 1.1)), u(0, 12), noise), u(30, 90))
    return turned(a, tilt and u(-0.15, 0.15) - tilt), scale


def area(a, edges, axis):
    """Means of the pixels between fractional edges."""
    sums = np.concatenate((np.zeros_like(np.take(a, [0], axis)), np.cumsum(a, axis, dtype=np.float32)), axis)
    last = sums.shape[axis] - 1
    within = np.clip(edges, 0, last)
    low = np.minimum(within.astype(int), last - 1)
    shape = (-1, 1) if axis == 0 else (1, -1)
    part = (within - low).astype(np.float32).reshape(shape)
    at = np.take(sums, low, axis) * (1 - part) + np.take(sums, low + 1, axis) * part
    return np.diff(at, axis=axis) / np.diff(edges).astype(np.float32).reshape(shape)


def ink_map(a, box, dpi):
    """The line in `box` (x0, y0, x1, y1) as the network sees it; around the box is paper."""
    x0, y0, x1, y1 = box
    height = max(y1 - y0, dpi * 0.125)
    tall = height * (1 + 2 * MARGIN_Y)
    scale = tall / ROWS
    left, right = x0 - MARGIN_X * height, x1 + MARGIN_X * height
    width = int(min(max(round((right - left) / scale), STEP), WIDEST))
    ink = np.zeros_like(a, dtype=np.float32)
    kept = slice(max(0, y0 - 2), y1 + 2), slice(max(0, x0 - 2), x1 + 2)
    ink[kept] = 255 - a[kept].astype(np.float32)
    rows = (y0 + y1) / 2 - tall / 2 + np.arange(ROWS + 1) * scale
    columns = left + np.arange(width + 1) * (right - left) / width
    return np.clip(area(area(ink, rows, 0), columns, 1), 0, 255).astype(np.uint8)


def printed(words, font, rng):
    """The words as a 300 dpi picture, and where their ink lies; None where there is none."""
    space = font.getlength(' ') * (rng.uniform(1.1, 2.2) if rng.random() < 0.12 else 1)
    widths = [font.getlength(w) for w in words]
    width, pad = int(sum(widths) + space * (len(words) - 1)), 40
    image = Image.new('L', (width + 2 * pad, int(font.size * 1.7) + 2 * pad), 255)
    draw, x = ImageDraw.Draw(image), pad
    for word, advance in zip(words, widths):
        draw.text((x, pad), word, font=font, fill=rng.randrange(40))
        x += advance + space
    a = np.asarray(image).copy()
    ys, xs = np.where(a < 200)
    return (a, xs.min(), ys.min(), xs.max() + 1, ys.max() + 1) if len(xs) >= 12 else None


def sample(source, letters, fonts, rng, noise):
    """One ink map and its text."""
    while True:
        content = text.line(source, letters, rng)
        font, glyphs = fonts.pick(rng)
        if not content or not set(content) <= glyphs:
            continue
        words = content.split()
        if font.getlength(content) > 22 * font.size:
            words = words[:max(1, len(words) // 2)]
        content = ' '.join(words)
        found = printed(words, font, rng)
        if found is None:
            continue
        a, x0, y0, x1, y1 = found
        if rng.random() < 0.03:  # what is left of a ruling
            thick, y = rng.randrange(1, 4), rng.choice((y0 - 4, y1 + 2))
            a[y:y + thick, x0:rng.randrange(x0 + 5, x1 + 5)] = rng.randrange(60)
        a, scale = scanned(a, rng, noise)
        a = np.minimum(a.astype(np.float32) * 250 / max(48, np.percentile(a, 85)), 255).astype(np.uint8)
        stray = lambda: rng.choice((-1, 0, 0, 0, 1, 1))
        most = int((y1 - y0) * 0.3) + 1
        above, below = (rng.randrange(most), rng.randrange(most)) if rng.random() < 0.12 else (0, 0)
        box = (int(x0 * scale) + stray(), int(y0 * scale) + stray() - above,
               int(x1 * scale + 0.99) + stray(), int(y1 * scale + 0.99) + stray() + below)
        ink = ink_map(a, box, 300 * scale)
        # CTC needs a step a letter, and one more between two that are the same.
        steps = len(content) + sum(p == q for p, q in zip(content, content[1:])) + 2
        if ink.shape[1] < WIDEST - STEP and steps <= ink.shape[1] // STEP:
            return ink, content


if __name__ == '__main__':
    corpus, folder, alphabet, out, count, seed = sys.argv[1:]
    cv2.setNumThreads(1)
    letters = set(open(alphabet, encoding='utf-8').read().rstrip('\n'))
    source, fonts = text.corpus(corpus), Fonts(folder)
    rng, noise = random.Random(int(seed)), np.random.default_rng(int(seed))
    with open(out + '.bin', 'wb') as pixels, open(out + '.tsv', 'w', encoding='utf-8') as labels:
        for _ in range(int(count)):
            ink, content = sample(source, letters, fonts, rng, noise)
            pixels.write(ink.tobytes())
            labels.write(f'{ink.shape[1]}\t{content}\n')
