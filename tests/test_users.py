"""Who may sit at the desk: passwords, locks, sessions that rotate and end, the commands."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from conftest import Command
from databases import address
from desks import PASSWORD, QUICK
from sqlalchemy import Engine, select

from assistant.auditing import KEPT, Audit
from assistant.database import connect, migrate
from assistant.desk_tables import SESSIONS, USERS
from assistant.sessions import ABSOLUTE, IDLE, OVERLAP, ROTATED, Sessions
from assistant.users import LOCKED, TRIES, UserError, Users, checked, tidy


class Clock:
    now = datetime(2027, 1, 8, 8, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    engine = connect(address(tmp_path))
    migrate(engine)
    return engine


@pytest.fixture
def users(engine: Engine, clock: Clock) -> Users:
    return Users(engine, clock, QUICK)


@pytest.fixture
def sessions(engine: Engine, clock: Clock) -> Sessions:
    return Sessions(engine, clock)


def test_the_first_user_is_an_administrator_and_passwords_are_argon2id(users: Users, engine: Engine) -> None:
    assert [users.add("Lis Kvist", PASSWORD).role, users.add("Per", PASSWORD).role] == ["administrator", "consultant"]
    with engine.connect() as connection:
        kept = connection.execute(select(USERS.c.password)).scalars().all()
    assert all(one.startswith("$argon2id$") and PASSWORD not in one for one in kept) and len(set(kept)) == 2
    assert users.check(" lis kvist ", PASSWORD) is not None
    assert users.check("Lis Kvist", PASSWORD + "x") is None and users.check("Ingen", PASSWORD) is None


@pytest.mark.parametrize(("name", "password", "code"), [("", PASSWORD, "name"), ("a\x00b", PASSWORD, "name"), ("x" * 81, PASSWORD, "name"), ("Bo", "kort", "short"), ("Bo", "x" * 201, "long"), ("Bo", "aaaaaaaaaaaaaa", "plain"), ("Bo Lund Hansen", "bo lund hansen1", "plain")])
def test_what_cannot_be_a_name_or_a_password_is_refused(name: str, password: str, code: str) -> None:
    with pytest.raises(UserError) as refused:
        checked(tidy(name), password)
    assert refused.value.code == code


def test_a_name_is_taken_in_any_case(users: Users) -> None:
    users.add("Lis Kvist", PASSWORD)
    with pytest.raises(UserError, match="taken"):
        users.add("LIS  kvist", PASSWORD)


def test_wrong_passwords_lock_and_time_opens(users: Users, clock: Clock) -> None:
    users.add("Lis", PASSWORD)
    for _ in range(TRIES):
        assert users.check("Lis", "forkert forkert") is None
    assert users.check("Lis", PASSWORD) is None
    clock.now += LOCKED + timedelta(seconds=1)
    assert users.check("Lis", PASSWORD) is not None
    for _ in range(TRIES - 1):
        users.check("Lis", "forkert forkert")
    assert users.check("Lis", PASSWORD) is not None and users.check("Lis", "forkert") is None and users.check("Lis", PASSWORD) is not None


def test_a_session_is_a_hash_in_the_database_and_ends_when_idle_or_old(users: Users, sessions: Sessions, engine: Engine, clock: Clock) -> None:
    token = sessions.begin(users.add("Lis", PASSWORD))
    with engine.connect() as connection:
        assert token not in str(connection.execute(select(SESSIONS)).all())
    assert sessions.open(token) is not None and sessions.open("x" * 43) is None
    clock.now += IDLE + timedelta(minutes=1)
    assert sessions.open(token) is None
    token = sessions.begin(users.named("Lis"))
    began = clock.now
    while clock.now - began < ABSOLUTE:
        clock.now += IDLE / 2
        opened = sessions.open(token)
        token = opened.renewed or token if opened else token
    clock.now = began + ABSOLUTE + timedelta(seconds=1)
    assert sessions.open(token) is None
    sessions.sweep()
    with engine.connect() as connection:
        assert connection.execute(select(SESSIONS)).all() == []


def test_a_token_is_rotated_the_old_one_ends_and_forms_stay_valid(users: Users, sessions: Sessions, clock: Clock) -> None:
    token = sessions.begin(users.add("Lis", PASSWORD))
    first = sessions.open(token)
    clock.now += ROTATED + timedelta(seconds=1)
    second = sessions.open(token)
    assert first and second and second.renewed and second.renewed != token and first.form == second.form
    assert sessions.open(token) is not None
    clock.now += OVERLAP + timedelta(seconds=1)
    assert sessions.open(token) is None and sessions.open(second.renewed) is not None
    sessions.end(second.renewed)
    assert sessions.open(second.renewed) is None


def test_logging_in_again_ends_the_session_before(users: Users, sessions: Sessions) -> None:
    lis = users.add("Lis", PASSWORD)
    one = sessions.begin(lis)
    two = sessions.begin(lis, one)
    assert sessions.open(one) is None and sessions.open(two) is not None


def test_a_new_password_and_shutting_out_end_every_session(users: Users, sessions: Sessions) -> None:
    lis, per = users.add("Lis", PASSWORD), users.add("Per", PASSWORD)
    tokens = [sessions.begin(lis), sessions.begin(lis)]
    users.set_password("Lis", "en helt anden kode")
    assert [sessions.open(token) for token in tokens] == [None, None]
    assert users.check("Lis", PASSWORD) is None and users.check("Lis", "en helt anden kode") is not None
    token = sessions.begin(per)
    users.change(per.id, active=False)
    assert sessions.open(token) is None and users.check("Per", PASSWORD) is None
    assert sessions.end_all(lis.id) == 0


def test_there_is_always_an_administrator(users: Users) -> None:
    lis, per = users.add("Lis", PASSWORD), users.add("Per", PASSWORD)
    for change in ({"active": False}, {"role": "consultant"}):
        with pytest.raises(UserError, match="last"):
            users.change(lis.id, **change)  # type: ignore[arg-type]
    assert users.named("Lis").role == "administrator"
    users.change(per.id, role="administrator")
    assert users.change(lis.id, role="consultant").role == "consultant"


def test_the_log_says_who_did_what_and_is_swept(engine: Engine, clock: Clock) -> None:
    audit = Audit(engine, clock)
    audit.note("Lis", "login")
    audit.note("Lis", "answer_approved", "job #1\x1b[2J\n")
    assert [(one.who, one.action, one.target) for one in audit.latest()] == [("Lis", "answer_approved", "job #1[2J"), ("Lis", "login", "")]
    clock.now += KEPT + timedelta(days=1)
    assert audit.sweep() == 2 and audit.latest() == []


def test_the_commands_make_a_user_and_change_a_password(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def typed(line: str) -> None:
        monkeypatch.setattr("sys.stdin", io.StringIO(line))

    typed(PASSWORD + "\n")
    added = command("user", "add", "Lis Kvist")
    assert added.status == 0 and "administrator" in added.out and PASSWORD not in added.out + added.err
    typed(PASSWORD + "\n")
    assert command("user", "add", "Per", "--role", "consultant").status == 0
    for line, arguments in (("kort\n", ("add", "Bo")), ("", ("add", "Bo")), (PASSWORD + "\n", ("add", "Lis Kvist")), (PASSWORD + "\n", ("password", "Ukendt"))):
        typed(line)
        ran = command("user", *arguments)
        assert ran.status == 2 and len(ran.err.strip().splitlines()) == 1 and ran.out == ""
    typed("en helt anden kode\n")
    assert command("user", "password", "lis kvist").status == 0
