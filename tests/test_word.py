"""What Word shows is read, in its order and its structure; what it hides is not."""

from __future__ import annotations

import io
from pathlib import Path

import documents
import docx
import pytest
from conftest import SHARED, Command
from docx.document import Document

from corpus.profiles import BlockKind, Profile
from corpus.reading import read, read_bytes


def made(write: object) -> Profile:
    """A document as python-docx writes it, read."""
    document = docx.Document()
    write(document)  # type: ignore[operator]
    out = io.BytesIO()
    document.save(out)
    return read_bytes(out.getvalue(), "leder.docx")


def full(document: Document) -> None:
    document.add_heading("Skoleleder på Ågård", 0)
    document.add_paragraph("Frist:\t1. maj 2027")
    document.add_heading("Opgaver", 1)
    document.add_paragraph("Du skal:")
    for text in ("lede skolen", "styre økonomien"):
        document.add_paragraph(text, style="List Bullet")
    document.add_paragraph("hver dag", style="List Bullet 2")
    for text in ("søg", "kom til samtale"):
        document.add_paragraph(text, style="List Number")
    document.add_paragraph().add_run("Det får du").bold = True
    rows = document.add_table(0, 3)
    for cells in (("Afdeling", "Elever", "Leder"), ("Nord", "120", "Ida"), ("Syd", "90", "Bo")):
        for cell, text in zip(rows.add_row().cells, cells, strict=True):
            cell.text = text


def test_styles_lists_and_tables_keep_their_structure() -> None:
    assert made(full).text == (
        "Skoleleder på Ågård\n\nFrist:\t1. maj 2027\n\nOpgaver\n\nDu skal:\n\n- lede skolen\n- styre økonomien\n  - hver dag\n1. søg\n2. kom til samtale\n\nDet får du\n\n"
        "Afdeling\tElever\tLeder\nNord\t120\tIda\nSyd\t90\tBo"
    )
    assert [block.headers for block in made(full).blocks][-1] == ("Afdeling", "Elever", "Leder")


def test_each_paragraph_of_a_fact_is_a_fact() -> None:
    def write(document: Document) -> None:
        cells = document.add_table(1, 2).rows[0].cells
        cells[0].text, cells[1].text = "Kontakt", "Skolechef Ida Holm, tlf. 20 30 40 50"
        cells[1].add_paragraph("Konsulent Bo Strand, tlf. 60 70 80 90")

    profile = made(write)
    assert profile.text == "Kontakt\tSkolechef Ida Holm, tlf. 20 30 40 50\n\tKonsulent Bo Strand, tlf. 60 70 80 90"
    assert [passage.label for passage in profile.passages] == ["Kontakt", "Kontakt"]


def test_a_running_title_is_no_text_but_a_fact_in_the_margin_is() -> None:
    def write(document: Document) -> None:
        full(document)
        document.sections[0].header.paragraphs[0].text = "Skoleleder på Ågård"
        document.sections[0].footer.paragraphs[0].text = "Spørgsmål: ring til Kirsten Toft, 70 80 90 10"

    text = made(write).text
    assert text.count("Skoleleder på Ågård") == 1
    assert "Kirsten Toft, 70 80 90 10" in text


def test_white_on_a_dark_ground_is_seen() -> None:
    from docx.oxml import parse_xml
    from docx.shared import RGBColor

    def write(document: Document) -> None:
        run = document.add_paragraph("Stilling som leder. ").add_run("Fristen er den 1. maj.")
        run.font.color.rgb = RGBColor(255, 255, 255)
        run._r.get_or_add_rPr().append(parse_xml('<w:shd xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" w:val="clear" w:fill="003366"/>'))

    assert "1. maj" in made(write).text


def test_an_accepted_insertion_is_text_and_a_deletion_is_not() -> None:
    text = read_bytes(documents.word(*documents.LINES, change=documents.deleted), "a.docx").text
    assert documents.SECRET not in text


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared")
def test_word_and_markdown_of_one_profile_are_one_text() -> None:
    one, other = (read(SHARED / "profiles" / f"w1_centerchef_rolfsund{suffix}") for suffix in (".md", ".docx"))
    assert one.text == other.text
    assert one.passages == other.passages
    assert {block.kind for block in other.blocks} == set(BlockKind)


def test_a_changed_document_keeps_its_slug(command: Command, tmp_path: Path) -> None:
    (tmp_path / "leder.docx").write_bytes(documents.word(*documents.LINES))
    command("add", "leder.docx")
    (tmp_path / "leder.docx").write_bytes(documents.word(*documents.LINES, "Der er 412 elever."))
    assert command("add", "leder.docx").out.split("\t")[0] == "leder"
    assert "412" in command("ask", "Hvor mange elever er der?").out
