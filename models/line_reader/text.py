"""Text for printed lines: spans of Vietnamese, their marks changed here and there, and what scoring tables are full of."""
import lzma, os, unicodedata

# Letters that the published network does not know.
NEW = ['=', '[', ']', '!', '?', '"', '≤', '≥', '–', '…', '•', '‘', '×']
SOURCES = ('vbpl', 'gazette', 'viwiki')
SHARES = (45, 20, 35)
CHARACTERS = (12_000_000, 9_000_000, 14_000_000)
HELD_BACK = 0.015

VOWELS = 'aăâeêioôơuưy'
NFC = lambda text: unicodedata.normalize('NFC', text)
TONES = {c: family for v in VOWELS for v in (v, v.upper())
         for family in [[NFC(v + tone) for tone in ('', '\u0300', '\u0301', '\u0303', '\u0309', '\u0323')]] for c in family}
SHAPES = {c: group for group in ('aăâ', 'eê', 'oôơ', 'uư', 'dđ', 'DĐ') for c in group}
CAPITALS = 'ABCDGHKLMNPQSTUVXYIEOĐƯ'
SMALL = 'abcdefghijklmnopqrstuvwxyz'
TERMS = 'abcdmnxyklh'
ENDINGS = ('.', ',', ';', ':', ')', '.', ';', ':', ').', '),')


def corpus(folder):
    """For each of SOURCES its lines as lists of words, from `folder/NAME.txt` or `NAME.txt.xz`."""
    out = []
    for name, most in zip(SOURCES, CHARACTERS):
        plain = os.path.join(folder, name + '.txt')
        opened = open(plain, encoding='utf-8') if os.path.exists(plain) else lzma.open(plain + '.xz', 'rt', encoding='utf-8')
        with opened as file:
            text = file.read(most)
        text = text[:int(len(text) * (1 - HELD_BACK))]
        out.append([line.split() for line in NFC(text).split('\n') if len(line) > 20])
    return out


def other_mark(word, rng):
    """The word with another tone or another letter of the same shape: what is printed counts, not what is likely."""
    places = [i for i, c in enumerate(word) if c in TONES or c in SHAPES]
    if not places:
        return word
    i = rng.choice(places)
    c = word[i]
    by_tone = c in TONES and (c not in SHAPES or rng.random() < 0.7)
    return word[:i] + rng.choice(TONES[c] if by_tone else SHAPES[c]) + word[i + 1:]


def number(rng):
    n = rng.choice((rng.randrange(10), rng.randrange(100), rng.randrange(100), rng.randrange(1000), rng.randrange(3000)))
    day, month, year = rng.randrange(1, 32), rng.randrange(1, 13), rng.randrange(1990, 2031)
    return rng.choice((
        f'{n}', f'{n}', f'{n % 20},{rng.choice((5, 5, 25, 75, rng.randrange(10)))}', f'{n % 101}%', f'{n}.{rng.randrange(1000):03}',
        f'0,{rng.choice((5, 25, 75, 1, 2, 3, 8))}', f'{day}/{month}/{year}', f'{n % 30}.{rng.randrange(1, 12)}',
        f'{n % 100}-{n % 100 + rng.randrange(1, 30)}', f'({n % 40})', f'{n % 12}.{rng.randrange(1, 9)}.{rng.randrange(1, 9)}',
        f'{rng.randrange(10)}{rng.randrange(10)}'))


def abbreviation(rng):
    return ''.join(rng.choice(CAPITALS) for _ in range(rng.choice((2, 3, 3, 4, 4, 5, 6))))


def roman(rng):
    return rng.choice(('I', 'II', 'III', 'IV', 'V', 'VI', 'VII', 'VIII', 'IX', 'X', 'XI', 'XII'))


def latin(rng):
    return ''.join(rng.choice(SMALL) for _ in range(rng.randrange(3, 10)))


def token(rng):
    """A number, a code, a formula, an address: no language tells what it should be."""
    a, b, n = rng.choice(TERMS), rng.choice(TERMS), lambda: number(rng)
    return rng.choice((
        n, n, lambda: abbreviation(rng), lambda: f'({abbreviation(rng)})', lambda: f'{n()}/{abbreviation(rng)}-{abbreviation(rng)}',
        lambda: roman(rng), lambda: f'{a}/{b}', lambda: f'{n()} {rng.choice(("<=", "<", ">", ">=", "≤", "≥", "="))} {a}/{b}',
        lambda: f'({a}/{b})*{rng.randrange(1, 101)}%', lambda: f'{rng.randrange(1, 101)}%*{rng.randrange(1, 11)}', lambda: f'{a}+{b}',
        lambda: f'= {n()}', lambda: f'{latin(rng)}@{latin(rng)}.gov.vn', lambda: f'http://{latin(rng)}.{latin(rng)}.vn',
        lambda: f'{latin(rng)}.gov.vn', lambda: f'"{latin(rng)}"',
        lambda: f'[{rng.randrange(0, 90)}% - {rng.randrange(20, 101)}%{rng.choice("])")}', lambda: f'({a}, {b})',
        lambda: f'{rng.choice(("Có", "Không", "Đạt", "Tốt", "Khá"))}: {n()}',
        lambda: f'{rng.randrange(1, 9)} {rng.choice(("đ", "điểm", "Điểm"))}',
        lambda: '…' * rng.randrange(1, 3) if rng.random() < 0.4 else '.' * rng.randrange(3, 8),
        lambda: f'{latin(rng)[:2]}{latin(rng).capitalize()}'))()


def bullet(rng):
    return rng.choice(('-', '-', '+', '•', '–', f'{rng.randrange(1, 20)}.', f'{rng.choice("abcdđe")})',
                       f'{rng.randrange(1, 9)}.{rng.randrange(1, 9)}', '*'))


def span(source, rng):
    line = rng.choice(source[rng.choices(range(len(SHARES)), SHARES)[0]])
    count = rng.randrange(1, 15)
    at = rng.randrange(max(1, len(line) - count + 1))
    return line[at:at + count]


def line(source, letters, rng):
    """One line's text, of `letters` and single spaces; may be empty."""
    if rng.random() < 0.25:
        words = [token(rng) if rng.random() < 0.35 else (roman if rng.random() < 0.05 else number)(rng)]
    else:
        words = span(source, rng)
        if not words:
            return ''
        if rng.random() < 0.25:
            words = [other_mark(w, rng) if rng.random() < 0.4 else w for w in words]
        if rng.random() < 0.12:
            words = [w.upper() for w in words]
        if rng.random() < 0.30:
            for _ in range(rng.choice((1, 1, 2, 3))):
                words.insert(rng.randrange(len(words) + 1), token(rng))
        if rng.random() < 0.08:
            words[rng.randrange(len(words))] = '(' + words[0]
        if rng.random() < 0.15:
            words[-1] += rng.choice(ENDINGS)
        if rng.random() < 0.10:
            words.insert(0, bullet(rng))
    text = NFC(' '.join(' '.join(words).split())).replace('—', '–')
    return ' '.join(''.join(c for c in text if c in letters or c == ' ').split())
