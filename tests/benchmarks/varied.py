"""Profiles by the hundred for measuring: those of the project again and again, with other surnames and other figures in each."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from random import Random

HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME))

from assistant.evaluation.gold import load  # noqa: E402

_SURNAMES = """Holm Lund Krogh Bech Dahl Friis Juhl Kjær Lassen Munk Norup Olsen Poulsen Ravn Skov Thomsen Vinther Winther Aagaard Bertelsen Clausen Drejer Egholm Foged
Gade Hald Iversen Jepsen Kofoed Lykke Mølgaard Nygaard Overgaard Prip Quist Rosendal Storm Tofte Uhre Vestergaard""".split()
_NAMED = re.compile(r"(?<=[a-zæøå,] )([A-ZÆØÅ][a-zæøå]+) ([A-ZÆØÅ][a-zæøå]{3,})(?=[ ,.])")
_FIGURE = re.compile(r"(?<![\d.,])(?!(?:19|20)\d\d\b)\d{3,5}(?![\d.,]*\d)")


@dataclass(frozen=True)
class Asked:
    """A question and the number of the made profile that it is put to."""

    question: str
    profile: str


def sources() -> list[Path]:
    """The project's profiles that are text, those with questions of their own."""
    asked = {gold.document for gold in _golds()}
    return [path for folder in ("corpus/profiles", "tests/profiles") for path in sorted((HOME / folder).glob("*.*")) if path.name in asked and path.suffix in (".md", ".txt")]


def make(folder: Path, count: int) -> None:
    """Write `count` profiles; the slug of number n is its file's name."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, path in enumerate(islice(cycle(sources()), count)):
        text = re.sub(r"(?m)^slug:.*\n", "", path.read_text(encoding="utf-8"))
        (folder / f"{slug(path, number)}{path.suffix}").write_text(varied(text, number), encoding="utf-8")


def slug(path: Path, number: int) -> str:
    """The address of a made profile."""
    return f"{path.stem}-{number}"


def varied(text: str, number: int) -> str:
    """A text with surnames and figures of its own; number 0 is the text itself."""
    chance = Random(number)
    if number == 0:
        return text
    text = _NAMED.sub(lambda name: f"{name[1]} {chance.choice(_SURNAMES)}", text)
    return _FIGURE.sub(lambda figure: f"{chance.randint(10 ** (len(figure[0]) - 1), 10 ** len(figure[0]) - 1)}", text)


def questions(count: int, seed: int) -> Iterator[Asked]:
    """The questions of the project's sets in a random order, each put to a random one of the `count` profiles made of its own document."""
    chance, numbered = Random(seed), {path.name: (path, at) for at, path in enumerate(sources())}
    golds = [gold for gold in _golds() if gold.document in numbered and not gold.conversation]
    chance.shuffle(golds)
    for gold in golds:
        path, at = numbered[gold.document]
        if numbers := range(at, count, len(numbered)):
            yield Asked(gold.question, slug(path, chance.choice(numbers)))


def _golds() -> list:
    return load([HOME / "tests/questions", HOME / "tests/questions/dev"])
