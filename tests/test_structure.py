"""Lines and pieces become blocks, and every block is a span of the canonical text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.profiles import BlockKind
from corpus.structure import Piece, clean, compose, from_lines

LINES = st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=40), max_size=12)


def kinds(text: str) -> list[tuple[str, str]]:
    """Each block's role and words."""
    canonical, blocks = compose(from_lines(text))
    return [(block.kind.value, canonical[block.start : block.end]) for block in blocks]


def test_clean_leaves_one_spelling_and_nothing_invisible() -> None:
    assert clean("A\u030angstro\u0308m\r\nco\u00adop\u200b\ufb01n\u00a0d\ufeff") == "Ångström\ncoopfin d"


@given(st.text())
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(LINES)
def test_blocks_lie_in_order_inside_the_canonical_text(lines: list[str]) -> None:
    text, blocks = compose(from_lines("\n".join(lines)))
    at = 0
    for block in blocks:
        assert at <= block.start <= block.end <= len(text)
        assert all(block.start <= start <= end <= block.end for start, end in block.cells)
        at = block.end


def test_compose_writes_what_its_spans_say() -> None:
    pieces = [Piece(BlockKind.HEADING, "Jobbet", 1), Piece(BlockKind.ROW, "", cells=("Frist", "1. maj")), Piece(BlockKind.ITEM, "lede", mark="-"), Piece(BlockKind.ITEM, "fordele", 1, mark="-")]
    text, blocks = compose(pieces)
    assert [text[b.start : b.end] for b in blocks] == ["Jobbet", "Frist\t1. maj", "lede", "fordele"]
    assert [text[start:end] for start, end in blocks[1].cells] == ["Frist", "1. maj"]
    assert blocks[3].level == 1


def test_a_tab_makes_a_row_a_mark_an_item_and_a_bare_line_a_heading() -> None:
    found = kinds("Om jobbet\n\nFrist\t1. maj 2027\nStart\t1. august 2027\n\nDu skal:\n\n- lede skolen\n- holde budgettet\n\nVi glæder os til at høre fra dig. Ring gerne.")
    assert ("heading", "Om jobbet") in found
    assert ("row", "Frist\t1. maj 2027") in found
    assert ("item", "holde budgettet") in found
    assert found[-1] == ("paragraph", "Vi glæder os til at høre fra dig. Ring gerne.")


def test_a_word_broken_over_lines_is_joined_and_skole_og_fritid_is_not() -> None:
    lines = [
        "Vi er en arbejdsplads med mange forskellige fag og et stærkt sam-",
        "arbejde på tværs af kommunens centre, hvor vi hver dag sammen gør",
        "en forskel for de borgere, der bor her i området, og hvor skole-",
        "og fritidsområdet er det, som den nye leder først og fremmest får",
        "ansvaret for sammen med de andre ledere, der er ansat hos os nu.",
    ]
    text, _ = compose(from_lines("\n".join(lines)))
    assert "et stærkt samarbejde på tværs" in text
    assert "skole- og fritidsområdet" in text


def test_running_headers_and_page_numbers_go() -> None:
    page = "Stillings- og personprofil · Birkelund\n{}\n\nSide {} af 3\n"
    text, _ = compose(from_lines("\f".join(page.format(f"Afsnit nummer {word} handler om arbejdet i huset.", n) for n, word in enumerate(("et", "to", "tre"), 1))))
    assert "Birkelund" not in text
    assert "Side" not in text
    assert "Afsnit nummer to" in text
