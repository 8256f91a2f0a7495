"""The fact card: every value is a span, nothing is guessed, and what isn't there is empty."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.factcard import Card, Cards, Fact, card
from corpus.profiles import Profile
from corpus.reading import read
from index import words
from index.library import Library, Shard


def made(tmp_path: Path, text: str) -> Card:
    (tmp_path / "job.md").write_text(text, encoding="utf-8")
    return card(shard(read(tmp_path / "job.md")))


def shard(profile: Profile) -> Shard:
    return Shard(profile, words.build(profile), None, None)  # type: ignore[arg-type]


def said(found: Card) -> dict[str, list[str]]:
    return {fact.name: [value.quote for value in fact.values] for fact in found.facts}


def test_the_short_profile_as_a_card(job_shard: Shard) -> None:
    found = card(job_shard)
    facts = said(found)
    assert facts["position"] == ["Skoleleder"] and facts["terms"] == ["Aflønning sker efter overenskomst"]
    assert facts["employer"] == facts["place"] == facts["start"] == facts["reports"] == []
    assert found.deadline is not None and found.deadline.quote == "Mandag den 1. marts 2027 kl. 12.00"
    assert [person.name for person, _ in found.people] == ["Ida Holm", "Bo Strand"]


def test_every_value_is_its_span_in_every_shipped_profile(stocked: Library) -> None:
    for profile in stocked.profiles():
        found = card(stocked.shard(profile.slug))
        values = [value for fact in found.facts for value in fact.values] + [value for _, value in found.people] + ([found.deadline] if found.deadline else [])
        assert len(values) > 4 and found.deadline
        assert all(profile.text[value.start : value.end] == value.quote for value in values)


def test_the_shipped_profile(shipped: Shard) -> None:
    found = said(card(shipped))
    assert found["reports"] == ["Kommunaldirektøren"] and found["start"] == ["Tiltrædelsen er den 1. april 2024"]
    assert all("tiltræd" not in quote.casefold() for quote in found["terms"]) and len(found["terms"]) == 2


@pytest.mark.parametrize(
    ("text", "name", "quotes"),
    [
        ("# Leder\n\nTre chefer refererer direkte til dig.\n", "reports", []),
        ("# Leder\n\nAfdelingerne har hidtil haft reference til direktøren.\n", "reports", []),
        ("# Leder\n\nDu refererer til skolechefen.\n", "reports", ["Du refererer til skolechefen."]),
        ("# Leder\n\nBo Ny er rykket op. Han bliver din leder.\n", "reports", ["Bo Ny er rykket op. Han bliver din leder."]),
        ("# Leder\n\nForretningsføreren står for regnskab og løn.\n", "terms", []),
        ("# Leder\n\nVælg selv køkkenet, hvis du bliver ansat til tiden.\n", "terms", []),
        ("# Leder\n\nDu ansættes efter overenskomsten.\n", "terms", ["Du ansættes efter overenskomsten."]),
        ("# Leder\n\nDen hidtidige leder tiltræder den 1. maj 2027 en stilling i udlandet.\n", "start", []),
        ("# Leder\n\nTiltrædelse hurtigst muligt.\n", "start", []),
        ("# Leder\n\nDu begynder den 1. maj 2027.\n", "start", ["Du begynder den 1. maj 2027."]),
    ],
)
def test_a_sentence_counts_only_when_it_leaves_no_doubt(tmp_path: Path, text: str, name: str, quotes: list[str]) -> None:
    assert said(made(tmp_path, text))[name] == quotes


def test_a_profile_that_says_nothing_has_an_empty_card(tmp_path: Path) -> None:
    found = made(tmp_path, "# Leder\n\nVi glæder os til at høre fra dig.\n")
    assert [fact for fact in found.facts if fact.values] == [Fact("position", found.facts[0].values)]
    assert (found.deadline, found.people, found.events) == (None, (), ())


def test_cards_are_made_once(job_shard: Shard) -> None:
    cards = Cards(1)
    assert cards.of(job_shard) is cards.of(job_shard)
