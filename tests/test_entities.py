"""Typed things in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.entities import Kind, find, number_value


@pytest.mark.parametrize(
    ("kind", "held", "text"),
    [
        (Kind.PHONE, "20 30 40 50", "Ring på 20 30 40 50 i dag."),
        (Kind.PHONE, "+45 20304050", "Ring på +45 20304050."),
        (Kind.MAIL, "ida@holm.example", "Skriv til ida@holm.example."),
        (Kind.URL, "www.birkelund.example", "Se www.birkelund.example."),
        (Kind.PERSON, "Ida Holm", "Kontakt skolechef Ida Holm om jobbet."),
        (Kind.PERSON, "Bo Strand", "Du kan ringe til Bo Strand."),
        (Kind.AMOUNT, "4,7 mia. kr.", "Budgettet er på 4,7 mia. kr. i alt"),
        (Kind.PERCENT, "3,5 %", "Det er 3,5 % mere."),
        (Kind.DURATION, "tre måneder", "Prøvetiden er tre måneder."),
        (Kind.NUMBER, "4.200", "Vi er 4.200 ansatte."),
        (Kind.ADDRESS, "Skolevej 12, 9999 Birkelund", "Vi bor på Skolevej 12, 9999 Birkelund."),
        (Kind.DATE, "den 3. maj 2027", "Fristen er den 3. maj 2027."),
        (Kind.ROLE, "kommunaldirektør", "Du taler med en kommunaldirektør."),
    ],
)  # fmt: skip
def test_each_kind_is_found_whole(kind: Kind, held: str, text: str) -> None:
    assert held in [entity.text for entity in find(text) if entity.kind is kind]


@pytest.mark.parametrize("text", ["Birkelund Kommune er stor.", "Center for Børn", "Mandag den 3. maj", "Vision 2030", "Den nye leder"])
def test_an_institution_or_a_day_is_no_person(text: str) -> None:
    assert Kind.PERSON not in {entity.kind for entity in find(text)}


def test_a_phone_is_not_also_a_number() -> None:
    assert [entity.kind for entity in find("Ring på 20 30 40 50")] == [Kind.PHONE]


@given(st.text(st.sampled_from("Ida Holm 12.,/-@kr%maj\n")))
def test_every_entity_is_a_span_of_the_text(text: str) -> None:
    for entity in find(text, 2027):
        assert text[entity.start : entity.end] == entity.text != ""


@pytest.mark.parametrize(("text", "value"), [("4.200", 4200), ("4,7", 4.7), ("syv", 7), ("1.234,5", 1234.5), ("12", 12), ("tolv", 12), ("eight", 8), ("mange", None), ("", None)])
def test_written_numbers_have_one_value(text: str, value: float | None) -> None:
    assert number_value(text) == value


@given(st.integers(0, 10**9))
def test_danish_thousands_come_back(number: int) -> None:
    assert number_value(f"{number:,}".replace(",", ".")) == number
