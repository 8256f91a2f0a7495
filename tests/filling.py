"""A database as a busy service has it after three months, written by SQLite itself: a million rows in seconds rather than minutes."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

WORDS = "kantine parkering ferie hjemmearbejde barsel pension bil mobil uniform kursus efteruddannelse overtid vagt rejse udland bolig flytning prøvetid opsigelse motion".split()
FORMS = ("Er der {}?", "Hvordan er det med {}?", "Har I {}?", "Hvad gælder om {}?", "Hvem bestemmer over {}?")
QUESTIONS = [form.format(word) for form in FORMS for word in WORDS]


def fill(path: Path, turns: int, conversations: int = 10_000, profiles: tuple[str, str] = ("skole-a", "skole-b")) -> None:
    """Adds so many turns of the last 90 days to an empty, migrated database: seven in ten answered, the rest unsure, refused or out of scope, a thumb for every fiftieth."""
    citation = {"number": 1, "profile": profiles[0], "section": "Kontakt", "page": None, "quote": "Skolechef Ida Holm", "start": 120, "end": 138}
    answer = {"question": "Er der kantine?", "profile": profiles[0], "language": "da", "answer": "Det fremgår ikke af profilen. " * 4, "abstained": True, "confidence": 0.2, "citations": [citation], "suggestions": []}
    text = json.dumps({**answer, "writer": "extractive", "notice": None, "seconds": 0.02}, ensure_ascii=False)
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA synchronous = OFF")
        database.execute("CREATE TEMP TABLE asked (n INTEGER PRIMARY KEY, question TEXT)")
        database.executemany("INSERT INTO asked VALUES (?, ?)", list(enumerate(QUESTIONS)))
        count = "WITH RECURSIVE counted(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM counted WHERE n < {} - 1)"
        database.execute(
            count.format(conversations)
            + " INSERT INTO conversations SELECT printf('%032x', n), 'x', CASE n % 2 WHEN 0 THEN ? ELSE ? END, strftime('%Y-%m-%d %H:%M:%f000', 'now', '-90 days'), strftime('%Y-%m-%d %H:%M:%f000', 'now') FROM counted",
            profiles,
        )
        database.execute(
            count.format(turns)
            + f""" INSERT INTO turns (id, conversation_id, number, question, answer, asked, outcome, seconds)
            SELECT n + 1, printf('%032x', n % {conversations}), n / {conversations} + 1, (SELECT question FROM asked WHERE asked.n = abs(random()) % {len(QUESTIONS)}), ?,
            strftime('%Y-%m-%d %H:%M:%f000', 'now', printf('-%d seconds', 7776000 - n * 7776000 / {turns})),
            CASE abs(random()) % 20 WHEN 0 THEN 'unsure' WHEN 1 THEN 'scope' WHEN 2 THEN 'refused' WHEN 3 THEN 'refused' WHEN 4 THEN 'refused' WHEN 5 THEN 'refused' ELSE 'answered' END,
            (abs(random()) % 150) / 1000.0 FROM counted""",
            (text,),
        )
        database.execute("INSERT INTO feedback (turn_id, profile, verdict, given) SELECT id, ?, CASE id % 5 WHEN 0 THEN 'down' ELSE 'up' END, asked FROM turns WHERE id % 50 = 0", profiles[:1])
