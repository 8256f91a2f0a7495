"""A file becomes a profile, or a sentence that says why it doesn't."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.encodings import decode
from corpus.profiles import BlockKind, CorpusError, Profile, slugify
from corpus.reading import READERS, read

TEXT = "Skoleleder på Ågård\n\nVi søger en leder, der kan gå foran. Fristen er den 1. maj 2027.\n"


def written(folder: Path, name: str, content: str | bytes) -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_front_matter_is_metadata_and_never_text(job: Profile) -> None:
    assert (job.title, job.employer, job.deadline, job.slug) == ("Skoleleder", "Birkelund Kommune", "2027-03-01", "birkelund-skoleleder")
    assert "Birkelund Kommune" not in job.text
    assert "deadline" not in job.text
    assert job.source == "skoleleder.md"


def test_markdown_keeps_its_structure_without_its_marks(job: Profile) -> None:
    kinds = {block.kind for block in job.blocks}
    assert kinds == set(BlockKind)
    assert "|" not in job.text
    assert "#" not in job.text
    assert "Løn\tAflønning sker efter overenskomst" in job.text


@pytest.mark.parametrize("data", [TEXT.encode(), b"\xef\xbb\xbf" + TEXT.encode(), TEXT.encode("utf-16"), TEXT.encode("cp1252"), TEXT.replace("\n", "\r\n").encode(), TEXT.replace("\n", "\r").encode()])
def test_encodings_and_line_ends_give_one_text(tmp_path: Path, data: bytes) -> None:
    assert read(written(tmp_path, "a.txt", data)).text == read(written(tmp_path, "b.txt", TEXT)).text


def test_decomposed_letters_are_composed(tmp_path: Path) -> None:
    import unicodedata

    assert read(written(tmp_path, "a.txt", unicodedata.normalize("NFD", TEXT))).text == read(written(tmp_path, "b.txt", TEXT)).text


@pytest.mark.parametrize(
    ("name", "content"),
    [("tom.txt", b""), ("blank.txt", b" \n\t\n"), ("bom.md", b"\xef\xbb\xbf"), ("tal.txt", b"1 2 3\n"), ("kun.md", b"---\ntitle: X\n---\n"), ("billede.txt", b"\x89PNG\r\n\x1a\n\0\0"), ("arkiv.md", b"PK\x03\x04abc"), ("nul.txt", b"Frist\0 1. maj")],
)
def test_what_holds_no_text_is_refused_by_name(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(CorpusError, match=name.replace(".", r"\.")) as refused:
        read(written(tmp_path, name, content))
    assert "\n" not in str(refused.value)


def test_a_missing_file_a_folder_and_an_unknown_kind_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="findes ikke"):
        read(tmp_path / "nix.md")
    with pytest.raises(CorpusError):
        read(tmp_path)
    with pytest.raises(CorpusError, match=r"\.xyz"):
        read(written(tmp_path, "a.xyz", TEXT))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_an_unreadable_file_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, "a.txt", TEXT)
    path.chmod(0)
    with pytest.raises(CorpusError, match="kan ikke læses"):
        read(path)


def test_the_slug_comes_from_the_front_matter_or_the_name(tmp_path: Path) -> None:
    assert read(written(tmp_path, "Skoleleder på Ågård.txt", TEXT)).slug == "skoleleder-paa-aagaard"
    assert read(written(tmp_path, "x.md", "---\nslug: Min Ære\n---\n# Leder\n\nVi søger en leder nu.\n")).slug == "min-aere"


@given(st.text())
def test_a_slug_is_an_address_for_any_name(name: str) -> None:
    slug = slugify(name)
    assert slug
    assert slug == slugify(slug)
    assert set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


@given(st.binary(max_size=300))
def test_any_bytes_are_text_or_refused(data: bytes) -> None:
    try:
        assert isinstance(decode(data, "x.txt"), str)
    except CorpusError as refused:
        assert "x.txt" in str(refused)


def test_every_reader_says_no_rather_than_break(tmp_path: Path) -> None:
    for suffix in READERS:
        with pytest.raises(CorpusError):
            read(written(tmp_path, f"a{suffix}", bytes(range(256)) * 4))


def test_the_same_file_read_twice_is_the_same_profile(job_file: Path) -> None:
    assert read(job_file) == read(job_file)


def test_letters_read_wrongly_twice_and_raised_figures_are_only_text(tmp_path: Path) -> None:
    """Two files that the fuzz found: a control character among letters read wrongly, and a line that is a raised figure."""
    twice, raised = tmp_path / "to gange.txt", tmp_path / "hoevet.txt"
    twice.write_bytes("Skoleleder på Å\x83gård\n\nFristen er den 1. maj 2027.".encode().decode("latin-1").encode("cp1252", "ignore").decode("cp1252").encode() + b"\xc3\x83\xc2\x83\xc3\x83\xc2\xa5")
    raised.write_text("Leder\n\n³\n\nFristen er den 1. maj 2027.\n\n³\n\nLøn efter aftale.\n\n³\n", encoding="utf-8")
    assert "1. maj 2027" in read(twice).text and "1. maj 2027" in read(raised).text
