"""Ten thousand conversations and a million turns: how long the desk's pages take. `MANY_TURNS` says another number."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from databases import on_sqlite
from desks import Room, room, stocked
from filling import fill

from assistant.conversations import Conversations
from assistant.inbox import MOST
from assistant.settings import Settings
from index.library import Encoder

TURNS_IN_ALL = int(os.environ.get("MANY_TURNS", "1000000"))
PAGES = ("/konsulent/indbakke", "/konsulent/indbakke?profil=skole-a", "/konsulent/overblik", "/konsulent/overblik?dage=90", "/konsulent/overblik?dage=7&profil=skole-b", "/konsulent/svar", "/konsulent/log")
pytestmark = on_sqlite


@pytest.fixture(scope="module")
def busy(plain: Settings, encoder: Encoder, tmp_path_factory: pytest.TempPathFactory) -> Room:
    """A desk behind which a million questions lie."""
    folder: Path = tmp_path_factory.mktemp("many")
    made = room(plain, stocked(folder, encoder), folder)
    fill(folder / "conversations.sqlite", TURNS_IN_ALL)
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
