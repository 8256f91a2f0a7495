"""What to ask next."""

from __future__ import annotations

import pytest

from assistant.suggesting import following, usual
from index.library import Shard

ASKED = ("Hvornår er ansøgningsfristen?", "Hvornår er samtalerne?", "Hvornår er der tiltrædelse?", "Hvad står der om løn?")


@pytest.mark.parametrize("last", ["Hvornår er ansøgningsfristen?", "hvornår er fristen", "Hvad er sidste frist for at søge?", "When is the deadline?"])
def test_what_follows_the_last_question_comes_first_in_whatever_words_it_was_asked(last: str) -> None:
    assert following(ASKED, last) == ASKED[1:]


@pytest.mark.parametrize("last", [None, "Er der en kat?"])
def test_a_question_of_its_own_begins_from_the_top(last: str | None) -> None:
    assert following(ASKED, last) == ASKED[:3]


def test_after_the_last_one_it_begins_again() -> None:
    assert following(ASKED, ASKED[-1]) == ASKED[:3]
    assert following((), "Hvad?") == ()


def test_only_what_the_profile_mentions_is_suggested(job_shard: Shard) -> None:
    assert "Hvornår er ansøgningsfristen?" in usual(job_shard, "da") and "When is the application deadline?" in usual(job_shard, "en")
    assert "Skal man igennem en test?" not in usual(job_shard, "da")
