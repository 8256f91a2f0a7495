"""Questions in running text, and the reply they become."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from assistant.answers import Answer, Citation
from assistant.drafting import body, draft, greeted, questions
from web.desk.wording import reply


@pytest.mark.parametrize(
    ("mail", "asked"),
    [
        ("Hvornår er fristen, og hvornår er samtalerne?", ["Hvornår er fristen?", "Hvornår er samtalerne?"]),
        ("Jeg kunne også godt tænke mig at vide, hvem der sidder i udvalget.", ["Hvem sidder i udvalget?"]),
        ("Jeg har et par spørgsmål: Hvornår er fristen?", ["Hvornår er fristen?"]),
        ("Jeg har nogle spørgsmål til stillingen: Hvem refererer man til, og er der kantine?", ["Hvem refererer man til?", "Er der kantine?"]),
        ("Jeg vil gerne vide, hvor mange elever der er på skolen.", ["Hvor mange elever er der på skolen?"]),
        ("Kan I fortælle mig, hvad man skal vedlægge?", ["Hvad skal man vedlægge?"]),
        ("Jeg er i tvivl om, hvordan jeg søger.", ["Hvordan søger jeg?"]),
        ("Er spændt på hvornår I holder samtaler?", ["Hvornår holder I samtaler?"]),
        ("Kunne man evt. få oplyst lønniveauet?", ["Hvad er lønniveauet?"]),
        ("Jeg vil gerne høre, hvornår fristen udløber, og hvor lang prøvetiden er.", ["Hvornår udløber fristen?", "Hvor lang er prøvetiden?"]),
        ("Kan du sige, hvor mange ansatte skolen har?", ["Hvor mange ansatte har skolen?"]),
        ("Hvilke opgaver har lederen der arbejder med budget?", ["Hvilke opgaver har lederen der arbejder med budget?"]),
        ("Hvor mange elever er der på skolen? Hvornår starter man? Hvem er chefen?", ["Hvor mange elever er der på skolen?", "Hvornår starter man?", "Hvem er chefen?"]),
        ("Could you tell me where I can park?", ["Where can I park?"]),
        ("Kan du fortælle mig, om der er mulighed for hjemmearbejde?", ["Er der mulighed for hjemmearbejde?"]),
        ("Desuden vil jeg gerne høre, hvad lønnen er, og om der er en prøvetid.", ["Hvad er lønnen?", "Er der en prøvetid?"]),
        ("Jeg er i tvivl om, hvorvidt kørekort er et krav.", ["Er kørekort et krav?"]),
        ("Er fristen den 5. februar kl. 12.00?", ["Er fristen den 5. februar kl. 12.00?"]),
        ("- Skal man bo i kommunen\n- hvem refererer man til?", ["Skal man bo i kommunen?", "Hvem refererer man til?"]),
        ("When is the deadline, and who do I report to? I wonder what the salary is.", ["When is the deadline?", "Who do I report to?", "What is the salary?"]),
        ("Tak for samtalen. Jeg glæder mig til at høre fra jer.", []),
        ("Hej\nVil du hjælpe mig?\nMvh Bo", []),
        ("Er der kantine? Er der kantine?", ["Er der kantine?"]),
        ("Er der kantine?\n\nDen 3. januar 2027 skrev Lis:\n> Hvad vil du vide?", ["Er der kantine?"]),
        ("", []),
    ],
)
def test_the_questions_of_a_mail(mail: str, asked: list[str]) -> None:
    assert [one[0] for one in questions(mail)] == asked


def test_a_signature_gives_the_name_and_asks_nothing() -> None:
    mail = "Hej\nEr der kantine?\nMed venlig hilsen\nAnne Møller\nHar du set vores nye side?"
    assert greeted(mail) == "Anne" and [one[0] for one in questions(mail)] == ["Er der kantine?"]
    assert greeted("Er der kantine?") == ""


@examples(max_examples=60, deadline=None)
@given(st.text(alphabet=st.sampled_from("abcæ ?.,\n!Hvornår er omg-1>"), max_size=300))
def test_places_are_places_of_the_mail(mail: str) -> None:
    text = body(mail)
    assert len(text) == len(mail)
    ends = 0
    for question, start, end in questions(mail):
        assert 0 <= start < end <= len(text) and start >= ends and question.endswith("?")
        ends = end


def heard(question: str, profile: str, earlier: object) -> Answer:
    """Knows the deadline, is unsure of the pay, and knows nothing else."""
    if "frist" in question:
        return Answer(question, profile, "da", "Fristen er den 5. maj. [1]", False, 0.9, (Citation(1, profile, "Frist", None, "5. maj", 3, 9),))
    if "løn" in question:
        return Answer(question, profile, "da", "Måske 40. [1]", False, 0.3, (Citation(1, profile, "Løn", None, "40", 13, 15),))
    if "kantine" in question:
        return Answer(question, profile, "da", "Ja, i stuen.\n\nSvar fra konsulenten Lis, 1. maj 2027.", False, 1.0, writer="consultant")
    return Answer(question, profile, "da", "Det fremgår ikke.", True, 0.1)


def test_a_draft_answers_cites_and_says_what_needs_you() -> None:
    made = draft("Hej\nHvornår er fristen? Hvad er lønnen? Er der kantine? Er der hunde?\nMvh\nBo Lund", "job", heard, "Lis Kvist", "", reply, lambda answer: [f"[{one.number}] {one.quote}" for one in answer.citations])
    assert [one.needs_you for one in made.questions] == ["", "unsure", "", "refused"] and made.language == "da"
    assert made.text.startswith("Kære Bo\n") and made.text.endswith("Med venlig hilsen\nLis Kvist")
    assert "Fristen er den 5. maj. [1]\n[1] 5. maj" in made.text and "[Tjek, før du sender:] Måske 40. [1]" in made.text
    assert "Ja, i stuen." in made.text and "Svar fra konsulenten" not in made.text and made.text.count("[Udfyld: Det fremgår ikke af profilen.]") == 1


def test_what_cannot_be_turned_surely_is_quoted() -> None:
    mail = "Hej\nJeg vil gerne vide, hvad man i praksis forventer af den nye leder. Kunne man evt. få oplyst lønniveauet? Hvornår er fristen?\nMvh\nBo"
    made = draft(mail, "job", heard, "Lis", "", reply, lambda answer: [])
    assert [one.shown for one in made.questions] == ["»Jeg vil gerne vide, hvad man i praksis forventer af den nye leder«", "»Kunne man evt. få oplyst lønniveauet?«", "Hvornår er fristen?"]
    assert "Hvad man i praksis" not in made.text and "»Kunne man evt. få oplyst lønniveauet?«" in made.text


def test_an_english_mail_gets_an_english_frame() -> None:
    made = draft("Dear Lis, when is the deadline? Is there a dog?\nBest regards\nAnn Smith", "job", heard, "Lis Kvist", "", reply, lambda answer: [])
    assert made.language == "en" and made.text.startswith("Dear Ann,") and "Kind regards,\nLis Kvist" in made.text


def test_each_question_is_asked_once_and_only_a_leaning_one_takes_another_along() -> None:
    asked: list[tuple[str, list[str]]] = []

    def listen(question: str, profile: str, earlier: object) -> Answer:
        asked.append((question, list(earlier)))  # type: ignore[call-overload]
        return heard(question, profile, earlier)

    draft("Hvornår er første samtale? Hvem deltager i den? Er der mulighed for hjemmearbejde?", "job", listen, "Lis", "", reply, lambda answer: [])
    assert asked == [("Hvornår er første samtale?", []), ("Hvem deltager i den?", ["Hvornår er første samtale?"]), ("Er der mulighed for hjemmearbejde?", [])]
