"""How strongly a question's words stand in each passage."""

from __future__ import annotations

import numpy as np

from corpus.profiles import Profile
from index.library import Shard


def strength(shard: Shard, term: str, words: str, field: str = "body") -> float:
    """How strongly `term` meets the passage that holds `words`."""
    row = next(row for row, p in enumerate(shard.profile.passages) if words in shard.profile.quote(p))
    return float(shard.words.match([term]).strength[field][0, row])


def test_a_word_meets_itself_its_inflections_and_other_spellings(job_shard: Shard) -> None:
    for term in ("medarbejdere", "medarbejder", "medarbejderne"):
        assert strength(job_shard, term, "58 medarbejdere") == 1
    assert strength(job_shard, "okonomi", "stabil økonomi") == 1


def test_a_slip_meets_less_and_a_stranger_not_at_all(job_shard: Shard) -> None:
    assert 0 < strength(job_shard, "medarbedjere", "58 medarbejdere") < 1
    assert strength(job_shard, "pingvin", "58 medarbejdere") == 0


def test_the_head_of_a_compound_meets_more_than_its_front(job_shard: Shard) -> None:
    head, front = strength(job_shard, "leder", "Skolelederen har"), strength(job_shard, "skole", "Skolelederen har")
    assert 0 < front < head < 1


def test_a_word_stands_in_the_label_or_the_lead_in_it_stands_in(job_shard: Shard) -> None:
    assert strength(job_shard, "ansøgningsfrist", "1. marts 2027", "label") == 1
    assert strength(job_shard, "ansøgningsfrist", "1. marts 2027", "body") == 0
    assert strength(job_shard, "opgaverne", "stabil økonomi", "section") == 1


def test_a_translation_meets_less_than_the_word(job_shard: Shard) -> None:
    matches = job_shard.words.match(["economy"], lambda word: ["økonomi"] if word == "economy" else [])
    row = next(row for row, p in enumerate(job_shard.profile.passages) if "økonomi" in job_shard.profile.quote(p))
    assert 0 < matches.strength["body"][0, row] < 1


def test_bm25_puts_the_passage_that_says_it_first(job_shard: Shard, job: Profile) -> None:
    scores = job_shard.words.match(["elever", "medarbejdere"]).bm25
    assert "412 elever og 58 medarbejdere" in job.quote(job.passages[int(np.argmax(scores))])


def test_what_the_profile_lacks_says_most(job_shard: Shard) -> None:
    idf = job_shard.words.match(["medarbejdere", "pingvindans"]).idf
    assert 0 <= idf[0] < idf[1]


def test_no_terms_meet_nothing(job_shard: Shard, job: Profile) -> None:
    matches = job_shard.words.match([])
    assert matches.bm25.shape == (len(job.passages),)
    assert not matches.bm25.any()


def test_each_passage_knows_its_typed_things(job_shard: Shard, job: Profile) -> None:
    held = {job.quote(p): {kind.value for kind in job_shard.words.entities[row]} for row, p in enumerate(job.passages)}
    contact = next(kinds for quote, kinds in held.items() if "Ida Holm" in quote)
    assert {"person", "phone"} <= contact
