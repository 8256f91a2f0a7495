"""Ten thousand conversations and a million turns: how long the desk's pages take. `MANY_TURNS` says another number."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from desks import Room, room, stocked
from sqlalchemy import Engine, insert

from assistant.answers import Answer, Citation
from assistant.conversations import Conversations
from assistant.inbox import MOST
from assistant.outcomes import outcome
from assistant.settings import Settings
from assistant.tables import CONVERSATIONS, FEEDBACK, TURNS
from index.library import Encoder

TURNS_IN_ALL = int(os.environ.get("MANY_TURNS", "1000000"))
PAGES = ("/konsulent/indbakke", "/konsulent/indbakke?profil=skole-a", "/konsulent/overblik", "/konsulent/overblik?dage=90", "/konsulent/overblik?dage=7&profil=skole-b", "/konsulent/svar", "/konsulent/log")
WORDS = "kantine parkering ferie hjemmearbejde barsel pension bil mobil uniform kursus efteruddannelse overtid vagt rejse udland bolig flytning prøvetid opsigelse motion".split()
FORMS = ("Er der {}?", "Hvordan er det med {}?", "Har I {}?", "Hvad gælder om {}?", "Hvem bestemmer over {}?")


def fill(engine: Engine, turns: int, conversations: int = 10_000) -> None:
    """Writes so many turns of the last 90 days, as a busy service would have them: most answered, some refused or unsure, a thumb here and there."""
    chance, now = random.Random(3), datetime.now(UTC).replace(tzinfo=None)
    each = turns // conversations
    with engine.begin() as connection:
        rows = [{"id": f"{n:032x}", "owner_hash": "x", "profile": ("skole-a", "skole-b")[n % 2], "created": now - timedelta(days=90), "touched": now} for n in range(conversations)]
        connection.execute(insert(CONVERSATIONS), rows)
    for first in range(0, conversations, 200):
        with engine.begin() as connection:
            connection.execute(insert(TURNS), list(_turns(chance, now, range(first, first + 200), each)))
    with engine.begin() as connection:
        connection.execute(insert(FEEDBACK), [{"turn_id": n, "profile": "skole-a", "verdict": ("up", "down")[n % 5 == 0], "given": now} for n in range(1, turns, 50)])


def _turns(chance: random.Random, now: datetime, conversations: range, each: int) -> Iterator[dict[str, Any]]:
    for conversation in conversations:
        for number in range(1, each + 1):
            question = chance.choice(FORMS).format(chance.choice(WORDS))
            citation = Citation(1, "skole-a", "Kontakt", None, "Skolechef Ida Holm", 120, 138)
            abstained = chance.random() < 0.2
            answer = Answer(question, "skole-a", "da", "Det fremgår ikke af profilen. " * 4, abstained, round(chance.random(), 4), (citation,), seconds=round(chance.expovariate(20), 4))
            text = json.dumps({**asdict(answer), "drafted": None}, ensure_ascii=False)
            asked = now - timedelta(days=90 * chance.random())
            yield {"conversation_id": f"{conversation:032x}", "number": number, "question": question, "answer": text, "asked": asked, "outcome": outcome(answer), "seconds": answer.seconds}


@pytest.fixture(scope="module")
def busy(plain: Settings, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Room:
    """A desk behind which a million questions lie."""
    folder: Path = tmp_path_factory.mktemp("many")
    made = room(plain, stocked(folder, encoder), folder)
    fill(made.conversations.engine, TURNS_IN_ALL)
    return made


@pytest.mark.slow
def test_the_desks_pages_stay_quick(busy: Room) -> None:
    person = busy.seated()
    slowest = {}
    for page in PAGES:
        person.get(page)
        times = []
        for _ in range(20):
            begun = time.perf_counter()
            person.get(page)
            times.append(time.perf_counter() - begun)
        slowest[page] = round(sorted(times)[18], 3)
        print(f"{TURNS_IN_ALL} turns, {page}: first after warming p95 {slowest[page]} s")
    assert max(slowest.values()) < 2.5, slowest


@pytest.mark.slow
def test_what_waits_is_found_among_them_all_and_no_more_than_is_shown(busy: Room) -> None:
    begun = time.perf_counter()
    found = busy.desk.inbox.items()
    print(f"{TURNS_IN_ALL} turns, the inbox's rows: {time.perf_counter() - begun:.3f} s")
    assert len(found) == MOST and [item.turn for item in found] == sorted((item.turn for item in found), reverse=True)
    assert all(set(item.reasons) <= {"refused", "unsure", "down", "forwarded"} and item.reasons for item in found)
    conversation = busy.asked("Hvor mange hunde er der på skolen?")
    begun = time.perf_counter()
    assert [turn.number for turn in Conversations(busy.conversations.engine).turns(conversation)] == [1]
    print(f"one conversation's turns: {time.perf_counter() - begun:.4f} s")
