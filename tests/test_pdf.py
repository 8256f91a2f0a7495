"""A PDF's pages are read as they are seen: ligatures, turned pages, scans with tesseract, pages told apart."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import documents
import pytest
import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from corpus.hyphens import joined
from corpus.profiles import CorpusError
from corpus.reading import LIMITS, read, read_bytes

OCR = replace(LIMITS, ocr=True)


def has_danish() -> bool:
    """Whether tesseract is here with its Danish data."""
    return shutil.which("tesseract") is not None and "dan" in subprocess.run(["tesseract", "--list-langs"], capture_output=True, text=True, check=False).stdout


def test_ligatures_and_lost_spaces_read_as_words(tmp_path: Path) -> None:
    pdfmetrics.registerFont(TTFont("Vera", Path(reportlab.__file__).parent / "fonts" / "Vera.ttf"))
    canvas = Canvas(str(tmp_path / "a.pdf"))
    canvas.setFont("Vera", 11)
    canvas.drawString(72, 700, "Kvaliﬁkationer, ﬁnansiering og ﬂeksibilitet i Økonomi")
    x = 72.0
    for word in ("Ordene", "er", "sat", "hver", "for", "sig"):
        canvas.drawString(x, 680, word)
        x += pdfmetrics.stringWidth(word, "Vera", 11) + 3.5
    canvas.save()
    text = read(tmp_path / "a.pdf").text
    assert "Kvalifikationer, finansiering og fleksibilitet i Økonomi" in text
    assert "Ordene er sat hver for sig" in text


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_read_as_it_is_shown(turn: int) -> None:
    matrix = {0: b"1 0 0 1 0 0", 90: b"0 1 -1 0 850 0", 180: b"-1 0 0 -1 595 842", 270: b"0 -1 1 0 -250 842"}[turn]
    data = documents.page(attributes=b"/Rotate %d" % turn).replace(documents.shown(), b"q %s cm %s Q" % (matrix, documents.shown().strip()))
    profile = read_bytes(data, "a.pdf")
    assert "Fristen er den 1. maj 2027." in profile.text


def test_a_scan_is_refused_with_the_way_out_and_a_page_of_one_is_told() -> None:
    with pytest.raises(CorpusError, match="ASSISTANT_OCR=1"):
        read_bytes(documents.scan(), "scan.pdf")


def test_tesseract_reads_a_scan_when_asked() -> None:
    if not has_danish():
        why = "tesseract with its Danish data is not installed: apt-get install tesseract-ocr tesseract-ocr-dan"
        pytest.fail(why) if os.environ.get("REQUIRE_ALL") == "1" else pytest.skip(why)
    profile = read_bytes(documents.scan(), "scan.pdf", OCR)
    assert "1. maj 2027" in profile.text
    assert "Ågård" in profile.text
    assert {passage.page for passage in profile.passages} == {1}


def test_a_file_read_with_and_without_ocr_is_the_same_when_it_has_text() -> None:
    assert read_bytes(documents.page(), "a.pdf") == read_bytes(documents.page(), "a.pdf", OCR)


@pytest.mark.parametrize(
    ("lines", "text"),
    [
        (["sam-", "arbejde"], "samarbejde"), (["Skole-", "og Kulturudvalget"], "Skole- og Kulturudvalget"), (["ud-", "og indskoling"], "ud- og indskoling"), (["MED-", "udvalget"], "MED-udvalget"), (["Nord-", "Jylland"], "Nord-Jylland"),
        (["e-", "mail"], "e-mail"), (["11/3-", "27"], "11/3-27"), (["www.region-", "nord.example"], "www.region-nord.example"), (["lang\u00ad", "varig"], "langvarig"), (["en –", "to"], "en – to"),
    ],
)  # fmt: skip
def test_words_broken_over_lines(lines: list[str], text: str) -> None:
    assert joined(lines) == text
