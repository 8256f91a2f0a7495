"""No sentence without support."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.answers import Sentence
from assistant.checking import keep, supported
from corpus.profiles import Profile

TODAY = date(2027, 2, 20)


def span(profile: Profile, words: str) -> tuple[int, int]:
    """Where `words` stand."""
    at = profile.text.index(words)
    return at, at + len(words)


def holds(profile: Profile, text: str, *quotes: str, today: date = TODAY) -> bool:
    """Whether a sentence that cites `quotes` is let through."""
    return supported(Sentence(text, tuple(span(profile, quote) for quote in quotes)), profile, today)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Skolen har 412 elever.", "412 elever"),
        ("Ring til Ida Holm på 20 30 40 50.", "Ida Holm, tlf. 20 30 40 50"),
        ("Fristen er den 1. marts 2027.", "Mandag den 1. marts 2027 kl. 12.00"),
        ("The deadline is Monday 1 March 2027.", "Mandag den 1. marts 2027 kl. 12.00"),
        ("Fristen er mandag den 1. marts 2027, om 9 dage.", "Mandag den 1. marts 2027 kl. 12.00"),
        ("Lønnen følger overenskomsten.", "Aflønning sker efter overenskomst"),
    ],
)
def test_what_stands_in_the_citation_or_follows_from_it_is_let_through(job: Profile, text: str, quote: str) -> None:
    assert holds(job, text, quote)


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Skolen har 421 elever.", "412 elever"),
        ("Skolen har 58 medarbejdere.", "styrke samarbejdet med forældrene"),
        ("Ring til Ida Holm på 20 30 40 51.", "Ida Holm, tlf. 20 30 40 50"),
        ("Ring til Eva Holm.", "Ida Holm, tlf. 20 30 40 50"),
        ("Fristen er den 2. marts 2027.", "Mandag den 1. marts 2027 kl. 12.00"),
        ("Fristen er den 1. marts 2026.", "Mandag den 1. marts 2027 kl. 12.00"),
        ("Fristen er mandag den 1. marts 2027, om 8 dage.", "Mandag den 1. marts 2027 kl. 12.00"),
        ("Lønnen er 50.000 kr.", "Aflønning sker efter overenskomst"),
        ("Skriv til ida@holm.example.", "Ida Holm, tlf. 20 30 40 50"),
    ],
)
def test_what_does_not_is_dropped(job: Profile, text: str, quote: str) -> None:
    assert not holds(job, text, quote)


def test_a_fact_without_any_citation_is_dropped_and_a_plain_sentence_is_not(job: Profile) -> None:
    assert not supported(Sentence("Skolen har 412 elever."), job, TODAY)
    assert supported(Sentence("Det fremgår ikke af profilen."), job, TODAY)


def test_what_holds_is_kept_in_order(job: Profile) -> None:
    place = (span(job, "412 elever"),)
    sentences = [Sentence("Der er 412 elever.", place), Sentence("Der er 999 elever.", place), Sentence("Og 412 igen.", place)]
    assert keep(sentences, job, TODAY) == [sentences[0], sentences[2]]
