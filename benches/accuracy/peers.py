"""What free table tools make of PDFs: peers.py TOOL PDF... prints {"STEM": [[["cell", ...], ...], ...], ...}.

TOOL is camelot-lattice, camelot-hybrid, img2table or img2table-ocr (with Tesseract, for scans). Run by the accuracy
benchmark with the Python of .runtime/peers (setup/peers.sh), with each tool's own defaults but for borderless tables,
which are asked for."""
import json
import os
import re
import sys
import warnings

warnings.filterwarnings("ignore")
# What the tools print is no part of the answer.
answer = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(2, 1)


def text(cell):
    return re.sub(r"\s+", " ", str(cell if cell is not None else "")).strip()


def camelot_tables(path, flavor):
    import camelot

    return [t.df.values.tolist() for t in camelot.read_pdf(path, pages="all", flavor=flavor)]


def img2table_tables(path, with_ocr):
    from img2table.document import PDF

    ocr = None
    if with_ocr:
        from img2table.ocr import TesseractOCR

        ocr = TesseractOCR(n_threads=1, lang="vie")
    pages = PDF(path).extract_tables(ocr=ocr, borderless_tables=True, implicit_rows=False)
    return [t.df.values.tolist() for tables in pages.values() for t in tables]


def tables(tool, path):
    if tool.startswith("camelot-"):
        return camelot_tables(path, tool.removeprefix("camelot-"))
    return img2table_tables(path, tool == "img2table-ocr")


found = {}
for path in sys.argv[2:]:
    stem = os.path.splitext(os.path.basename(path))[0]
    try:
        found[stem] = [[[text(cell) for cell in row] for row in table] for table in tables(sys.argv[1], path)]
    except Exception as error:  # A tool that fails on a file has found nothing there.
        print(f"{sys.argv[1]}: {stem}: {error!r:.200}", file=sys.stderr)
        found[stem] = []
json.dump(found, answer, ensure_ascii=False)
answer.close()
