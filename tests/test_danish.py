"""Danish as the search reads it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wordfreq import get_frequency_dict

from corpus.danish import frequencies, parts, rarity, sentences, skeleton, stem, trim, words


def told(text: str) -> list[str]:
    """The sentences of a text."""
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    "text",
    ["Fristen er den 5. februar 2027.", "Mødet er kl. 9.00 på rådhuset.", "Budgettet er ca. 4,7 mia. kr. om året.", "Ring på tlf. 20 30 40 50.", "Vi har bl.a. skoler og f.eks. haver.", "Der er en 1. samtale i maj.", "Kontakt J. P. Holm nu."],
)
def test_a_full_stop_inside_a_sentence_ends_nothing(text: str) -> None:
    assert told(text) == [text]


def test_a_full_stop_at_the_end_of_a_sentence_ends_it() -> None:
    assert told("Vi startede i 2024. Nu er vi mange. Kommer du?") == ["Vi startede i 2024.", "Nu er vi mange.", "Kommer du?"]
    assert told("Han sagde: \"Kom!\" Så kom de.") == ["Han sagde: \"Kom!\"", "Så kom de."]


@given(st.text(st.sampled_from("abÆ .!?15,\n\"")))
def test_sentences_are_trimmed_spans_that_lose_no_word(text: str) -> None:
    spans = sentences(text)
    assert "".join("".join(text[start:end].split()) for start, end in spans) == "".join(text.split())
    assert all(text[start:end] == text[start:end].strip() for start, end in spans)


def test_a_keyboard_without_danish_letters_still_finds() -> None:
    for plain in ("ansoegning", "ansogning"):
        assert skeleton("ansøgning") == skeleton(plain)
    assert skeleton("århus") == skeleton("aarhus") == skeleton("arhus")


def test_inflections_share_a_stem() -> None:
    assert stem("medarbejdere") == stem("medarbejder") == stem("medarbejderen")
    assert stem("kommunens") == stem("kommune")
    assert stem("MUS's".casefold()) == stem("mus")


def test_a_compound_parts_into_words_the_head_last() -> None:
    assert parts("anlægsbudget") == ("anlæg", "budget")
    assert parts("skole") == ("skole",)
    assert parts("børne-udvalget")[-1].startswith("udvalg")


@given(st.text(max_size=30))
def test_the_parts_of_any_word_are_never_empty(word: str) -> None:
    assert parts(word)


def test_words_are_lower_case_and_hyphens_hold() -> None:
    assert words("By-, Plan- og Trafikudvalget: A/S") == ["by", "plan", "og", "trafikudvalget", "a/s"]


def test_what_stands_everywhere_says_less() -> None:
    assert 0 <= rarity("og") < rarity("kommune") < rarity("anlægsbudget") <= 1


@given(st.text())
def test_trimming_takes_white_space_only(text: str) -> None:
    start, end = trim(text, 0, len(text))
    assert text[start:end] == text.strip()


def test_the_words_shares_are_those_of_wordfreq() -> None:
    assert list(frequencies().items()) == list(get_frequency_dict("da").items())
