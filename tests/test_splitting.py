"""Passages: the smallest spans that answer, each with the context it is read in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from corpus.profiles import PassageKind, Profile
from corpus.splitting import split
from corpus.structure import compose, from_lines


def passage(profile: Profile, words: str) -> tuple[str, str | None, str | None, tuple[str, ...]]:
    """Kind, label, lead-in and sections of the passage that holds `words`."""
    found = next(p for p in profile.passages if words in profile.quote(p))
    return found.kind.value, found.label, found.lead, found.section


@given(st.lists(st.sampled_from(["Om os", "Frist:\t1. maj", "- lede", "- følge op", "Vi er 12. Du er en.", "", "Krav:", "A\tB\tC", "1. samtale: 3. maj Test: 4. maj"]), max_size=14))
def test_every_passage_is_a_trimmed_span_and_none_overlaps_another(lines: list[str]) -> None:
    text, blocks = compose(from_lines("\n".join(lines)))
    at = 0
    for found in split(text, blocks):
        quote = text[found.start : found.end]
        assert quote
        assert quote == quote.strip()
        assert found.start >= at
        at = found.end


def test_a_fact_has_its_label_and_its_sentences_apart(job: Profile) -> None:
    assert passage(job, "1. marts 2027")[:2] == ("fact", "Ansøgningsfrist")
    assert passage(job, "overenskomst")[:2] == ("fact", "Løn")


def test_an_item_has_its_lead_in_and_its_headings(job: Profile) -> None:
    kind, _, lead, section = passage(job, "stabil økonomi")
    assert kind == "item"
    assert lead == "Du skal blandt andet:"
    assert section == ("Skoleleder til Birkelund Skole", "Opgaverne")


def test_items_of_a_list_share_a_group_and_sentences_stand_alone(job: Profile) -> None:
    items = [p for p in job.passages if p.kind is PassageKind.ITEM]
    assert len({p.group for p in items}) == 1
    assert [job.quote(p) for p in items] == ["udvikle den faglige kvalitet", "styrke samarbejdet med forældrene", "sikre en stabil økonomi"]
    assert "Kørekort er ikke et krav." in [job.quote(p) for p in job.passages]


def test_several_facts_in_one_cell_part() -> None:
    text, blocks = compose(from_lines("Proces\t1. samtale: fredag den 7. maj 2027 Test: torsdag den 13. maj 2027\n"))
    assert [text[p.start : p.end] for p in split(text, blocks)] == ["1. samtale: fredag den 7. maj 2027", "Test: torsdag den 13. maj 2027"]


def test_a_wide_row_is_one_fact_under_its_column_headers() -> None:
    text, blocks = compose(from_lines("Runde\tDato\tSted\n1. runde\t7. maj 2027\tRådhuset\n2. runde\t13. maj 2027\tSkolen"))
    rows = split(text, blocks)
    assert [p.label for p in rows] == ["1. runde", "2. runde"]
    assert rows[1].headers == ("Runde", "Dato", "Sted")
    assert "13. maj 2027" in text[rows[1].start : rows[1].end]
