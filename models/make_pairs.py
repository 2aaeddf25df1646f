"""Make the pairs that the confusion model is learned from: printed Vietnamese, and what an
OCR without Vietnamese makes of it.

python3 make_pairs.py TEXT.txt FONT_DIR OUT.tsv [--pages N] [--seed N]

Lines of TEXT are printed in the fonts of FONT_DIR (`*.ttf`), degraded as an office scanner, a fax and a
photocopier do, and read by `tesseract -l eng --psm 6`. OUT has one line a printed line: GARBLED<TAB>TRUE.
Needs: tesseract with eng, Pillow, numpy, opencv-python-headless.
"""
import argparse, csv, glob, io, os, random, re, subprocess, sys, tempfile, unicodedata
import cv2, numpy as np
from PIL import Image, ImageDraw, ImageFont

VIETNAMESE = re.compile(r'[ạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹơưăđ]', re.I)
WEIGHTS = {'LiberationSerif-Regular': 10, 'LiberationSerif-Bold': 4, 'LiberationSerif-Italic': 3,
           'LiberationSans-Regular': 2, 'LiberationSans-Bold': 1, 'NotoSerif-Regular': 1}


def paragraphs(path):
    """Distinct paragraphs with enough Vietnamese in them."""
    seen = set()
    for raw in open(path, encoding='utf-8'):
        line = ' '.join(unicodedata.normalize('NFC', raw).split())
        if len(line) > 40 and len(VIETNAMESE.findall(line)) > len(line) / 12 and line not in seen:
            seen.add(line)
            yield line


def prints_vietnamese(path):
    """False for a font that prints an empty box for a Vietnamese letter, as Liberation before version 2 does: what an OCR
    makes of a box says nothing."""
    font = ImageFont.truetype(path, 46)
    box = bytes(font.getmask('\U0010ffff'))
    return all(bytes(font.getmask(letter)) != box for letter in 'ạấằẽệỉổợửỵđƠƯẢỀỘỨ')


def wrap(words, font, width):
    line = []
    for word in words:
        if line and font.getlength(' '.join(line + [word])) > width:
            yield ' '.join(line)
            line = []
        line.append(word)
    if line:
        yield ' '.join(line)


def degrade(page, rng, noise):
    """A 300 dpi page -> (image, scale) as one of four machines gives it."""
    kind = rng.choice(['clean', 'office', 'fax', 'copy'])
    image = np.asarray(page)
    scale = 1.0
    grain = lambda a, s: np.clip(a.astype(np.float32) + noise.normal(0, s, a.shape), 0, 255).astype(np.uint8)
    if kind in ('office', 'fax'):
        scale = rng.choice([0.5, 2 / 3, 2 / 3])
        image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if kind == 'office':
        image = grain(cv2.GaussianBlur(image, (0, 0), 0.6), 8)
    if kind == 'fax':
        image = (grain(cv2.GaussianBlur(image, (0, 0), 0.5), 20) > 150).astype(np.uint8) * 255
    if kind == 'copy':
        image = grain(cv2.GaussianBlur(image, (0, 0), 1.1), 25)
        image = (cv2.GaussianBlur(image, (0, 0), 0.8) > rng.randint(120, 165)).astype(np.uint8) * 255
    return image, scale


def read(image, dpi):
    """(y of the middle, text) of every word that tesseract sees."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'page.png')
        Image.fromarray(image).save(path, dpi=(dpi, dpi))
        tsv = subprocess.run(['tesseract', path, '-', '-l', 'eng', '--psm', '6', 'tsv'], check=True,
                             capture_output=True, text=True, env={**os.environ, 'OMP_THREAD_LIMIT': '1'}).stdout
    for row in csv.DictReader(io.StringIO(tsv), delimiter='\t', quoting=csv.QUOTE_NONE):
        if row['level'] == '5' and row['text'].strip():
            yield int(row['top']) + int(row['height']) / 2, int(row['left']), row['text'].strip()


def main():
    parse = argparse.ArgumentParser()
    parse.add_argument('text'), parse.add_argument('fonts'), parse.add_argument('out')
    parse.add_argument('--pages', type=int, default=80)
    parse.add_argument('--seed', type=int, default=1)
    args = parse.parse_args()
    rng, noise = random.Random(args.seed), np.random.default_rng(args.seed)
    fonts = {os.path.basename(p)[:-4]: p for p in sorted(glob.glob(args.fonts + '/**/*.ttf', recursive=True))}
    boxes = [n for n in WEIGHTS if n in fonts and not prints_vietnamese(fonts[n])]
    if boxes:
        sys.exit(f'no Vietnamese letters in {", ".join(boxes)} under {args.fonts}')
    names = [n for n in WEIGHTS if n in fonts]
    if not names:
        sys.exit(f'no font of {", ".join(WEIGHTS)} under {args.fonts}')
    pool = list(paragraphs(args.text))
    rng.shuffle(pool)
    with open(args.out, 'w', encoding='utf-8') as out:
        for _ in range(args.pages):
            size, pitch = rng.choice([46, 50, 50, 54, 58]), 74
            font = ImageFont.truetype(fonts[rng.choices(names, [WEIGHTS[n] for n in names])[0]], size)
            width, capitals = rng.choice([900, 1300, 1800, 2200]), rng.random() < 0.12
            lines = []
            while len(lines) < 40:
                words = pool.pop().split()[:60]
                text = ' '.join(words).upper() if capitals else ' '.join(words)
                lines += wrap(text.split(), font, width)
            lines = lines[:40]
            page = Image.new('L', (2480, 120 + pitch * len(lines)), 255)
            draw = ImageDraw.Draw(page)
            for i, line in enumerate(lines):
                draw.text((120, 60 + i * pitch), line, font=font, fill=20)
            image, scale = degrade(page, rng, noise)
            found = [[] for _ in lines]
            for y, x, text in read(image, round(300 * scale)):
                i = int((y / scale - 60 + (pitch - size) / 4) // pitch)
                if 0 <= i < len(lines):
                    found[i].append((x, text))
            for line, words in zip(lines, found):
                garbled = ' '.join(text for _, text in sorted(words))
                if 0.6 < len(garbled) / len(line) < 1.5:
                    out.write(f'{garbled}\t{line}\n')
            out.flush()


main()
