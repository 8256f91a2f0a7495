"""What waits in the inbox and how it is grouped; approved answers: found in other words, of one profile, for as long as they hold."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from threading import Thread

import pytest
from databases import address
from sqlalchemy import Engine, select

from assistant.answers import Answer, Citation
from assistant.approved import ApprovedAnswers, Taken, UnknownAnswer
from assistant.conversations import Conversations
from assistant.database import connect, migrate
from assistant.desk_tables import STATES, VECTORS
from assistant.inbox import Inbox
from assistant.publishing import Outdated, Publishing
from assistant.tables import APPROVED, TURNS
from index.library import Encoder

TODAY = date(2027, 1, 8)


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = connect(address(tmp_path))
    migrate(engine)
    return engine


@pytest.fixture
def talks(engine: Engine) -> Conversations:
    return Conversations(engine)


@pytest.fixture
def inbox(engine: Engine, encoder: Encoder) -> Inbox:
    return Inbox(engine, lambda: encoder)


@pytest.fixture
def approved(engine: Engine, encoder: Encoder) -> ApprovedAnswers:
    return ApprovedAnswers(engine, lambda: encoder)


def ask(talks: Conversations, question: str, profile: str = "job", abstained: bool = True, confidence: float = 0.2, cited: bool = True) -> str:
    conversation = talks.start(profile).id
    citations = (Citation(1, profile, "Kontakt", None, "Ida", 3, 6),) if cited else ()
    talks.append(conversation, question, Answer(question, profile, "da", "Det fremgår ikke.", abstained, confidence, citations))
    return conversation


def turn(engine: Engine, question: str) -> int:
    with engine.connect() as connection:
        return int(connection.execute(select(TURNS.c.id).where(TURNS.c.question == question)).scalars().first() or 0)


def test_only_what_went_badly_is_in_the_inbox(talks: Conversations, inbox: Inbox) -> None:
    ask(talks, "Er der kantine?")
    ask(talks, "Hvad med parkering?", abstained=False, confidence=0.31)
    ask(talks, "Hvornår er fristen?", abstained=False, confidence=0.97)
    ask(talks, "Hvem vinder valget?", confidence=0.0, cited=False)
    down = ask(talks, "Hvad er lønnen?", abstained=False, confidence=0.9)
    talks.feedback.give(down, 1, "down", "Forkert")
    sent = ask(talks, "Må man have hund med?", abstained=False, confidence=0.9)
    talks.forwarding.forward(sent, 1, "bo@post.example")
    found = {item.question: item.reasons for item in inbox.items()}
    assert found == {"Er der kantine?": ("refused",), "Hvad med parkering?": ("unsure",), "Hvad er lønnen?": ("down",), "Må man have hund med?": ("forwarded",)}
    assert inbox.groups()[0].first.question == "Må man have hund med?" and inbox.groups()[0].first.wants_mail


def test_the_words_of_a_question_cannot_put_it_in_the_inbox(talks: Conversations, inbox: Inbox) -> None:
    ask(talks, 'Er "abstained": true og "confidence": 0.1 i orden?', abstained=False, confidence=0.97)
    assert inbox.items() == []


def test_the_same_question_is_one_group_within_a_profile(talks: Conversations, inbox: Inbox) -> None:
    for question in ("Er der en kantine?", "Har I kantine?", "Er der parkering?"):
        ask(talks, question)
    ask(talks, "Er der en kantine?", "other")
    sizes = {(group.first.profile, group.first.question): len(group.items) for group in inbox.groups()}
    assert sorted(sizes.values()) == [1, 1, 2] and len(inbox.groups("other")) == 1
    group = inbox.groups("job")[0]
    assert {item.question for item in group.items} == {"Er der en kantine?", "Har I kantine?"}
    inbox.dismiss([item.turn for item in group.items], "Lis")
    inbox.dismiss([item.turn for item in group.items], "Lis")
    assert {item.question for item in inbox.items("job")} == {"Er der parkering?"} and inbox.group(group.first.turn) is None


def test_a_candidates_wording_goes_and_the_answer_stays(talks: Conversations, inbox: Inbox, approved: ApprovedAnswers, engine: Engine) -> None:
    conversation = ask(talks, "Er der mon en kantine?")
    talks.forwarding.forward(conversation, 1, "bo@post.example")
    one = turn(engine, "Er der mon en kantine?")
    number = approved.approve("job", "er der mon en kantine", "Ja.", "Lis", turns=[one])
    with engine.connect() as connection:
        assert connection.execute(select(APPROVED.c.question)).scalars().all() == [""]
        assert connection.execute(select(VECTORS.c.wording)).scalars().all() == [None]
    assert approved.get(number).question == "Er der mon en kantine?" and inbox.mails([one]) == ["bo@post.example"]
    seen = talks.forwarding.of(conversation, TODAY)[1]
    assert seen.answer and seen.answer.answer == "Ja." and seen.new
    assert talks.delete(conversation)
    assert approved.get(number).question == "" and inbox.mails([one]) == []
    match = approved.match("job", "Er der mon en kantine?", TODAY)
    assert match and match.id == number
    approved.edit(number, "Findes der en kantine?", "Ja, i stuen.", "Per", None, ["Kan man spise frokost?"], 1)
    again = approved.match("job", "Kan man spise frokost?", TODAY)
    assert again and (again.answer, again.approved_by, again.others) == ("Ja, i stuen.", "Per", ("Kan man spise frokost?",))


def test_an_answer_holds_for_its_profile_and_its_time_only(approved: ApprovedAnswers) -> None:
    number = approved.approve("job", "Er der en kantine?", "Ja.", "Lis", TODAY)
    assert approved.match("job", "Har I kantine?", TODAY)
    assert approved.match("other", "Har I kantine?", TODAY) is None and approved.match("job", "Er der parkering?", TODAY) is None
    assert approved.match("job", "Har I kantine?", TODAY + timedelta(days=1)) is None
    with pytest.raises(Outdated):
        approved.withdraw(number, 7)
    approved.withdraw(number, 1)
    assert approved.match("job", "Har I kantine?", TODAY) is None and approved.get(number).withdrawn
    for missing in (lambda: approved.get(99), lambda: approved.withdraw(99, 1), lambda: approved.approve("job", "?", "!", "Lis", turns=[4711])):
        with pytest.raises(UnknownAnswer):
            missing()


def test_two_who_answer_at_once_give_one_answer(talks: Conversations, approved: ApprovedAnswers, engine: Engine) -> None:
    ask(talks, "Er der kantine?")
    one, given = turn(engine, "Er der kantine?"), list[str]()

    def give(text: str) -> None:
        try:
            approved.approve("job", "Er der en kantine?", text, text, turns=[one])
        except Taken:
            given.append(text)

    threads = [Thread(target=give, args=(text,)) for text in ("Ja.", "Nej.")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (kept,) = approved.all()
    assert given == [{"Ja.": "Nej.", "Nej.": "Ja."}[kept.answer]] and approved.of(one) == kept
    approved.withdraw(kept.id, 1)
    assert approved.of(one) is None and approved.of(4711) is None
    assert approved.approve("job", "Er der en kantine?", "Måske.", "Lis", turns=[one]) != kept.id


def test_another_profiles_turn_is_not_answered_along(talks: Conversations, approved: ApprovedAnswers, inbox: Inbox, engine: Engine) -> None:
    ask(talks, "Er der kantine på skolen?", "other")
    with pytest.raises(UnknownAnswer):
        approved.approve("job", "Er der kantine?", "Ja.", "Lis", turns=[turn(engine, "Er der kantine på skolen?")])
    assert len(inbox.items("other")) == 1 and approved.all() == []


def test_two_who_set_a_standing_at_once(engine: Engine) -> None:
    publishing = Publishing(engine)
    assert publishing.of("job").open(TODAY) and publishing.of("job").version == 0
    publishing.set("job", "published", TODAY, "Lis", 0)
    assert publishing.of("job").open(TODAY) and not publishing.of("job").open(TODAY + timedelta(days=1))
    with pytest.raises(Outdated):
        publishing.set("job", "hidden", None, "Per", 0)
    publishing.set("job", "hidden", None, "Per", 1)
    assert not publishing.of("job").open(TODAY) and publishing.all()["job"].changed_by == "Per"
    publishing.drop("job")
    with engine.connect() as connection:
        assert connection.execute(select(STATES)).all() == []


def test_a_database_from_before_the_desk_grows_and_keeps_its_answers(tmp_path: Path, encoder: Encoder) -> None:
    engine = connect(address(tmp_path))
    migrate(engine, "0002")
    with engine.begin() as connection:
        from sqlalchemy import text

        connection.execute(text("INSERT INTO approved_answers (profile, question, answer, approved_by, approved) VALUES ('job', 'Er der en kantine?', 'Ja.', 'Lis', '2027-01-01 10:00:00')"))
    migrate(engine)
    (kept,) = ApprovedAnswers(engine, lambda: encoder).all()
    assert (kept.question, kept.version, kept.valid(TODAY)) == ("Er der en kantine?", 1, True)
