"""Words off a picture of a page, by the program tesseract with its Danish data, when both are installed."""

from __future__ import annotations

import csv
import shutil
import subprocess

from corpus.columns import Word
from corpus.profiles import CorpusError

_LEAST_SURE = 30.0
_SECONDS = 50


def words(grey: bytes, width: int, height: int, stride: int, page_width: float, page_height: float, name: str) -> tuple[Word, ...]:
    """The words of a picture of `height` rows of `stride` bytes, in points on a page of the given size.

    Raises `CorpusError` when tesseract or its Danish data is missing, or gives up.
    """
    program = shutil.which("tesseract")
    if program is None:
        raise CorpusError(f"{name}: filen er scannet, og tekstgenkendelsen (tesseract med danske data) er ikke installeret. Installér den, eller læg den oprindelige fil ind.", "scan")
    rows = b"".join(grey[row * stride : row * stride + width] for row in range(height))
    command = [program, "stdin", "stdout", "-l", "dan", "--dpi", "300", "tsv"]
    try:
        done = subprocess.run(command, input=b"P5 %d %d 255\n" % (width, height) + rows, capture_output=True, timeout=_SECONDS, check=True, env={"OMP_THREAD_LIMIT": "1", "PATH": "/usr/bin:/bin"})
    except (OSError, subprocess.SubprocessError) as error:
        raise CorpusError(f"{name}: filen er scannet, og tekstgenkendelsen kunne ikke læse den. Se, at tesseract og dens danske data er installeret, eller læg den oprindelige fil ind.", "scan") from error
    return tuple(_words(done.stdout.decode("utf-8", "replace"), page_width / width))


def _words(table: str, scale: float) -> list[Word]:
    """Tesseract's table of words → words; those of one line share the line's foot and height."""
    found: dict[tuple[str, ...], list[tuple[str, int, int, int, int]]] = {}
    for row in csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row.get("level") == "5" and (row.get("text") or "").strip() and float(row["conf"]) >= _LEAST_SURE:
            key = tuple(row[part] for part in ("block_num", "par_num", "line_num"))
            found.setdefault(key, []).append((row["text"].strip(), *(int(row[side]) for side in ("left", "top", "width", "height"))))  # type: ignore[arg-type]
    out = []
    for line in found.values():
        foot = sorted(top + height for _, _, top, _, height in line)[len(line) // 2]
        size = round(1.25 * sorted(height for *_, height in line)[len(line) // 2] * scale)
        out += [Word(text, left * scale, top * scale, (left + width) * scale, (top + height) * scale, foot * scale, float(size), False) for text, left, top, width, height in line]
    return out
