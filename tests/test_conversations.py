"""Conversations: a round trip, masking before the write, ownership, and deletion that leaves no byte."""

from __future__ import annotations

import json
import stat
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from databases import address, on_sqlite
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, inspect, text

from assistant.answers import Answer, Citation
from assistant.conversations import Conversations, StorageError, UnknownConversation, masked
from assistant.database import connect, migrate
from assistant.desk_tables import METADATA
from assistant.feedback import Verdict

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


def answer(question: str, text: str = "Fristen er den 5. februar. [1]") -> Answer:
    citation = Citation(1, "job", "Ansøgningsfrist", None, "5. februar", 3, 13)
    return Answer(question, "job", "da", text, False, 0.9, (citation,), ("Hvornår er første samtale?",), seconds=0.01)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = connect(address(tmp_path / "new folder"))
    migrate(engine)
    return engine


@pytest.fixture
def conversations(engine: Engine, clock: Clock) -> Conversations:
    return Conversations(engine, clock)


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_turn_comes_back_as_it_was(conversations: Conversations) -> None:
    started = conversations.start("job")
    conversations.append(started.id, "Hvornår?", answer("Hvornår?"))
    conversations.append(started.id, "Og anden?", answer("Og anden?", "Den står ikke i profilen."))
    first, second = conversations.turns(started.id)
    assert (first.number, first.question, first.answer, first.asked) == (1, "Hvornår?", answer("Hvornår?"), NOON)
    assert second.number == 2
    assert conversations.earlier(started.id) == ("Hvornår?", "Og anden?")
    assert conversations.earlier(started.id, limit=1) == ("Og anden?",)
    assert conversations.get(started.id).profile == "job"


def test_ids_are_128_random_bits_and_the_owner_is_another_secret(conversations: Conversations, tmp_path: Path) -> None:
    one, other = conversations.start("job"), conversations.start("job")
    assert len(one.id) == 32 and int(one.id, 16) >= 0 and one.id != other.id
    assert conversations.owns(one.id, one.owner)
    assert not conversations.owns(one.id, other.owner)
    assert not conversations.owns(one.id, one.id)
    assert not conversations.owns("0" * 32, one.owner)
    assert not conversations.owns(one.id, "\ud800")
    assert one.owner.encode() not in bytes_of(tmp_path)


def test_an_unknown_conversation_is_refused(conversations: Conversations) -> None:
    with pytest.raises(UnknownConversation):
        conversations.get("0" * 32)
    with pytest.raises(UnknownConversation):
        conversations.append("0" * 32, "Hvornår?", answer("Hvornår?"))
    assert conversations.turns("0" * 32) == []
    assert not conversations.delete("0" * 32)


SECRETS = ["251248-9996", "251248 9996", "2512489996", "anne@firma.example", "40 22 87 18", "40228718", "+45 40 22 87 18", "0045 40228718"]


@pytest.mark.parametrize("secret", SECRETS)
def test_what_is_masked_never_reaches_a_file(secret: str, conversations: Conversations, tmp_path: Path) -> None:
    question = f"Jeg er {secret}, hvornår er fristen?"
    started = conversations.start("job")
    turn = conversations.append(started.id, question, answer(question))
    assert secret not in turn.question and turn.question.endswith("hvornår er fristen?")
    assert turn.answer.question == turn.question == conversations.turns(started.id)[0].question
    assert secret.encode() not in bytes_of(tmp_path)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("cpr 25.12.48-9996.", "cpr [CPR-nummer]."),
        ("251248\u20139996", "[CPR-nummer]"),
        ("skriv til lars.bo+job@mail.firma-navn.example, tak", "skriv til [mail], tak"),
        ("anne @ firma.example", "[mail]"),
        ("ring 4022 8718 eller 40.22.87.18", "ring [telefon] eller [telefon]"),
        ("tlf.: 402 287 18", "tlf.: [telefon]"),
        ("+46 70 123 45 67", "[telefon]"),
        ("Hvad sker der i 2024-2028?", "Hvad sker der i 2024-2028?"),
        ("Er budgettet 512.000.000 kr.?", "Er budgettet 512.000.000 kr.?"),
        ("Er budgettet 45 120 300 kr.?", "Er budgettet 45 120 300 kr.?"),
        ("Er fristen 12.10.2025 kl. 23.59?", "Er fristen 12.10.2025 kl. 23.59?"),
        ("Er det den 2026-11-22?", "Er det den 2026-11-22?"),
        ("Hvor mange er 2.650 ud af 31.400?", "Hvor mange er 2.650 ud af 31.400?"),
    ],
)
def test_masking_takes_persons_and_leaves_the_question(typed: str, stored: str) -> None:
    assert masked(typed) == stored


@settings(max_examples=200, deadline=None)
@given(st.dates(min_value=datetime(1920, 1, 1).date(), max_value=datetime(2026, 1, 1).date()), st.integers(0, 9999), st.sampled_from(["", "-", " ", " - "]))
def test_every_cpr_number_is_masked(born: datetime, serial: int, gap: str) -> None:
    assert masked(f"nr. {born:%d%m%y}{gap}{serial:04d}!") == "nr. [CPR-nummer]!"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300))
def test_masking_twice_changes_nothing_more(text: str) -> None:
    assert masked(masked(text)) == masked(text)


def test_masking_is_quick_on_hostile_text() -> None:
    begun = datetime.now()
    for hostile in ("a" * 2000, "1 " * 1000, "a@" * 1000, "+1" * 1000, "1." * 1000, "." * 2000):
        masked(hostile)
    assert (datetime.now() - begun).total_seconds() < 1


@on_sqlite
def test_deletion_leaves_no_byte(conversations: Conversations, tmp_path: Path) -> None:
    keep, gone = conversations.start("job"), conversations.start("job")
    for number in range(40):
        conversations.append(gone.id, f"Hemmelighed-{number} " + "x" * 500, answer("?", "Svarhemmelighed " * 50))
    conversations.append(keep.id, "Behold", answer("Behold"))
    assert b"emmelighed" in bytes_of(tmp_path)
    assert conversations.delete(gone.id)
    assert b"emmelighed" not in bytes_of(tmp_path) and gone.id.encode() not in bytes_of(tmp_path)
    assert [turn.question for turn in conversations.turns(keep.id)] == ["Behold"]


def test_expiry_takes_the_old_and_only_them(conversations: Conversations, clock: Clock, tmp_path: Path) -> None:
    old = conversations.start("job")
    conversations.append(old.id, "Udløbet-spørgsmål", answer("?"))
    clock.now = NOON + timedelta(days=80)
    new = conversations.start("job")
    clock.now = NOON + timedelta(days=91)
    assert conversations.expire(clock.now - timedelta(days=90)) == 1
    assert conversations.count() == 1 and conversations.get(new.id)
    assert "Udløbet-spørgsmål".encode() not in bytes_of(tmp_path)


def test_a_question_keeps_its_conversation_alive(conversations: Conversations, clock: Clock) -> None:
    started = conversations.start("job")
    clock.now = NOON + timedelta(days=60)
    conversations.append(started.id, "Hvornår?", answer("Hvornår?"))
    assert conversations.expire(NOON + timedelta(days=30)) == 0


@on_sqlite
def test_only_the_owner_may_read_the_file(engine: Engine) -> None:
    migrate(engine)
    folder = Path(engine.url.database or "").parent
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


def test_migrating_from_empty_and_again(tmp_path: Path) -> None:
    engine = connect(f"sqlite:///{tmp_path / '100%.sqlite'}")
    assert inspect(engine).get_table_names() == []
    migrate(engine)
    migrate(engine)
    assert set(inspect(engine).get_table_names()) >= {"alembic_version", "conversations", "turns", "feedback", "forwarded_questions", "reply_addresses", "approved_answers"}


def test_the_schema_is_the_one_the_code_writes(engine: Engine) -> None:
    for table in METADATA.sorted_tables:
        assert {column["name"] for column in inspect(engine).get_columns(table.name)} == set(table.columns.keys())


def test_an_unmigrated_database_is_named_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(StorageError) as caught:
        Conversations(connect(f"sqlite:///{tmp_path / 'empty.sqlite'}")).start("job")
    assert caught.value.__cause__ is not None


def test_many_threads_lose_no_turn(conversations: Conversations) -> None:
    started = conversations.start("job")

    def ask(name: int) -> None:
        for number in range(5):
            conversations.append(started.id, f"{name}.{number}", answer("?"))

    threads = [threading.Thread(target=ask, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    turns = conversations.turns(started.id)
    assert [turn.number for turn in turns] == list(range(1, 41)) and len({turn.question for turn in turns}) == 40


# -- thumbs and forwarded questions


def asked(conversations: Conversations, profile: str | None = "job") -> str:
    started = conversations.start(profile)
    conversations.append(started.id, "Er der kantine?", answer("Er der kantine?"))
    return started.id


def test_a_thumb_is_kept_and_replaced_and_its_reason_masked(conversations: Conversations, tmp_path: Path) -> None:
    one = asked(conversations)
    conversations.feedback.give(one, 1, "up")
    conversations.feedback.give(one, 1, "down", " Forkert, ring 40 22 87 18 ")
    assert conversations.feedback.of(one) == {1: Verdict("down", "Forkert, ring [telefon]")}
    assert b"40 22 87 18" not in bytes_of(tmp_path)
    for conversation, number in ((one, 2), ("0" * 32, 1)):
        with pytest.raises(UnknownConversation):
            conversations.feedback.give(conversation, number, "up")


def test_a_forwarded_question_waits_until_a_consultant_approves_an_answer(conversations: Conversations) -> None:
    one = asked(conversations)
    conversations.forwarding.forward(one, 1)
    conversations.forwarding.forward(one, 1, "kandidat@post.example")
    (waiting,) = conversations.forwarding.waiting(NOON.date(), "job")
    assert (waiting.question, waiting.number, waiting.profile, waiting.answer) == ("Er der kantine?", 1, "job", None)
    assert conversations.forwarding.mail(waiting.id) == "kandidat@post.example"
    assert conversations.forwarding.waiting(NOON.date(), "other") == []
    conversations.forwarding.approve(waiting.id, "Er der en kantine?", "Ja, på 2. sal.", "Lis Kvist", NOON.date())
    assert conversations.forwarding.waiting(NOON.date()) == []
    seen = conversations.forwarding.of(one, NOON.date())[1]
    assert seen.new and seen.answer is not None and (seen.answer.answer, seen.answer.approved_by) == ("Ja, på 2. sal.", "Lis Kvist")
    conversations.forwarding.see(one)
    assert not conversations.forwarding.of(one, NOON.date())[1].new
    assert conversations.forwarding.of(one, NOON.date() + timedelta(days=1))[1].answer is None


def test_a_dismissed_question_leaves_the_desk_without_an_answer(conversations: Conversations) -> None:
    one = asked(conversations)
    conversations.forwarding.forward(one, 1)
    conversations.forwarding.dismiss(conversations.forwarding.waiting(NOON.date())[0].id)
    assert conversations.forwarding.waiting(NOON.date()) == [] and conversations.forwarding.of(one, NOON.date())[1].answer is None


@on_sqlite
def test_what_hangs_on_a_conversation_goes_with_it(conversations: Conversations, engine: Engine, tmp_path: Path) -> None:
    one = asked(conversations)
    conversations.feedback.give(one, 1, "down", "Begrundelse-hemmelig")
    conversations.forwarding.forward(one, 1, "hemmelig@post.example")
    assert b"hemmelig" in bytes_of(tmp_path)
    conversations.delete(one)
    assert b"hemmelig" not in bytes_of(tmp_path) and b"kantine" not in bytes_of(tmp_path)
    with pytest.raises(UnknownConversation):
        conversations.forwarding.approve(1, "?", "!", "Lis Kvist")
    with pytest.raises(UnknownConversation):
        conversations.forwarding.forward(asked(conversations, None), 1)


def test_a_database_of_the_first_version_grows_and_keeps_what_it_had(tmp_path: Path) -> None:
    engine = connect(address(tmp_path))
    migrate(engine, "0001")
    unsure = replace(answer("Hvornår?"), confidence=0.3, seconds=0.25)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO conversations VALUES (:id, 'x', 'job', :at, :at)"), {"id": "a" * 32, "at": datetime(2026, 11, 22)})
        for number, kept in enumerate((answer("Hvornår?"), unsure), 1):
            row = {"id": "a" * 32, "number": number, "answer": json.dumps(kept.to_json()), "at": datetime(2026, 11, 22)}
            connection.execute(text("INSERT INTO turns (conversation_id, number, question, answer, asked) VALUES (:id, :number, 'Hvornår?', :answer, :at)"), row)
    migrate(engine)
    old = Conversations(engine)
    old.forwarding.forward("a" * 32, 1)
    assert [turn.answer for turn in old.turns("a" * 32)] == [answer("Hvornår?"), unsure]
    with engine.connect() as connection:
        assert [tuple(row) for row in connection.execute(text("SELECT outcome, seconds FROM turns ORDER BY id"))] == [("answered", 0.01), ("unsure", 0.25)]
