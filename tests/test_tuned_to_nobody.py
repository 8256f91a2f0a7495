"""No room knows the name of a document, a person or a municipality: nothing that only a profile says stands in our code or data."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from wordfreq import get_frequency_dict

from corpus.danish import parts, stem
from corpus.reading import READERS, read

HOME = Path(__file__).resolve().parents[1]
SHARED = HOME.parent / "shared" / "profiles"
ROOMS = ("corpus", "index", "assistant")
SUFFIXES = {".py", ".toml", ".tsv", ".json", ".html", ".js", ".css"}

_TELLING = {
    "phone numbers": r"(?<![\d.])\d{2}(?: ?\d{2}){3}(?!\d)",
    "mail addresses": r"[\w.+-]+@[\w-]+\.[\w.-]+\w",
    "domains": r"\b(?:www\.)?[a-zæøå][a-zæøå0-9-]+\.(?:dk|com|org|net|eu|example)\b",
    "long numbers": r"(?<![\d.,])\d{4,}(?![\d,])",
}
_MID_SENTENCE = re.compile(r"(?<=[a-zæøå,] )[A-ZÆØÅ][\wæøåÆØÅ-]{2,}")
# Years of a calendar stand in every profile and in every example of a date
_YEAR = re.compile(r"(?:19|20)\d\d")


def profiles() -> list[Path]:
    folders = [folder for folder in (HOME / "corpus" / "profiles", SHARED) if folder.is_dir()]
    return sorted(path for folder in folders for path in folder.iterdir() if path.suffix in READERS and path.name != "SOURCES.md")


@pytest.fixture(scope="module")
def said() -> dict[Path, str]:
    """Our code and data, lower-case, a file each."""
    files = [path for room in ROOMS for path in (HOME / room).rglob("*") if path.suffix in SUFFIXES and "profiles" not in path.relative_to(HOME).parts]
    return {path.relative_to(HOME): path.read_text(encoding="utf-8").casefold() for path in files}


@pytest.fixture(scope="module")
def words(said: dict[Path, str]) -> dict[str, list[Path]]:
    """Each word of our code and data, with the files it stands in."""
    found: dict[str, list[Path]] = {}
    for path, text in said.items():
        for word in set(re.findall(r"[^\W_]+(?:-[^\W_]+)*", text)):
            found.setdefault(word, []).append(path)
    return found


@pytest.mark.parametrize("path", profiles(), ids=lambda path: path.name)
def test_nothing_that_only_this_profile_says_stands_in_our_rooms(path: Path, said: dict[Path, str], words: dict[str, list[Path]]) -> None:
    text = read(path).text
    for what, pattern in _TELLING.items():
        for found in {match.casefold() for match in re.findall(pattern, text)}:
            standing = [file for file, own in said.items() if found in own and re.search(rf"(?<![\w.]){re.escape(found)}(?!\w)", own)]
            assert not standing or _YEAR.fullmatch(found), f"{what}: {found} of {path.name} stands in {standing}"
    names = {word.casefold() for word in _MID_SENTENCE.findall(text)}
    assert not {name: words[name] for name in names if name in words and not is_a_word(name)}


def is_a_word(word: str) -> bool:
    """Whether a public word list has it, another of its forms, or all its parts ("ældrerådet")."""
    pieces = [piece for half in word.split("-") for piece in parts(half)]
    return all(piece in listed() or stem(piece) in stems() for piece in pieces)


@cache
def listed() -> frozenset[str]:
    return frozenset(get_frequency_dict("da", "best"))


@cache
def stems() -> frozenset[str]:
    return frozenset(stem(word) for word in listed())


def test_the_test_can_see_a_name() -> None:
    assert _MID_SENTENCE.findall("skriv til Tvedhjørn i Nordlyk.") == ["Tvedhjørn", "Nordlyk"]
    assert not is_a_word("tvedhjørn") and is_a_word("ældrerådet")
    assert re.findall(_TELLING["phone numbers"], "ring på 12 34 56 78") == ["12 34 56 78"]
