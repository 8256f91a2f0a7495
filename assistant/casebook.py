"""Test cases from the desk: a thumbed-down question, its gold written by one person and reviewed by another, then measured.

While a case's question, or one that was asked before it, is a candidate's own wording, the case belongs to the conversation and goes with it;
when all of it is in a consultant's words it stays.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rapidfuzz.fuzz import ratio
from sqlalchemy import Connection, Row, delete, insert, select, update

from assistant.answering import Assistant
from assistant.desk_tables import CASES
from assistant.masking import masked
from assistant.publishing import Outdated
from assistant.storing import Store
from assistant.tables import CONVERSATIONS, TURNS
from corpus.danish import words
from corpus.profiles import Profile

NEARLY = 92


class CaseError(Exception):
    """Why a case cannot be kept so, by `code`: gone, evidence, answers, twin, yourself, unwritten. For the person who wrote it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class TestCase:
    """A case. `answers`: each inner tuple must be met by one of its alternatives; `evidence` stands verbatim in the profile; `own`: in a consultant's words.

    `conversation` are the questions that were asked before it, oldest first; `before` is the answer that failed; `quotes` what that answer cited.
    """

    __test__ = False
    id: int
    profile: str
    question: str
    answerable: bool
    answers: tuple[tuple[str, ...], ...]
    evidence: tuple[str, ...]
    written_by: str | None
    reviewed_by: str | None
    version: int
    own: bool
    conversation: tuple[str, ...] = ()
    before: str = ""
    quotes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Its kind as an evaluation question."""
        return ("followup" if self.conversation else "descriptive") if self.answerable else "unanswerable"

    @property
    def ready(self) -> bool:
        """Whether it may be measured: written, reviewed by a second person, and nobody's own words."""
        return bool(self.written_by and self.reviewed_by and self.own)


class Casebook(Store):
    """The cases in a migrated database."""

    def take(self, turn: int) -> int:
        """Makes a case of a turn, once; its id, or that of a case that asks nearly the same. Raises `CaseError` when the turn is gone."""
        query = select(CONVERSATIONS.c.profile, TURNS.c.question, TURNS.c.conversation_id, TURNS.c.number).join(TURNS, TURNS.c.conversation_id == CONVERSATIONS.c.id).where(TURNS.c.id == turn)
        with self._writing() as connection:
            row = connection.execute(query).one_or_none()
            if row is None or row.profile is None:
                raise CaseError("gone")
            profile = row.profile
            known = connection.execute(select(CASES.c.id).where(CASES.c.turn_id == turn)).scalar_one_or_none()
            known = known or _twin(_all(connection), profile, row.question, _earlier(connection, row.conversation_id, row.number))
            if known is not None:
                return int(known)
            fields = {"turn_id": turn, "profile": profile, "question": "", "kind": "descriptive", "answerable": True, "answers": "[]", "evidence": "[]", "version": 1}
            return int(connection.execute(insert(CASES).values(**fields).returning(CASES.c.id)).scalar_one())

    def write(self, case: int, question: str, answers: Sequence[Sequence[str]], evidence: Sequence[str], profile: Profile, by: str, version: int, conversation: Sequence[str] = ()) -> TestCase:
        """The gold, written by a person; a review before it no longer counts. `conversation`: the earlier questions. Raises `CaseError`, `Outdated`."""
        known, question, earlier = self.get(case), masked(question.strip()), [masked(one.strip()) for one in conversation if one.strip()]
        if bool(answers) != bool(evidence) or not question:
            raise CaseError("answers")
        text = " ".join(profile.text.split())
        if any(" ".join(quote.split()) not in text for quote in evidence):
            raise CaseError("evidence")
        if _twin([one for one in self.all() if one.id != case], known.profile, question, earlier):
            raise CaseError("twin")
        theirs = [] if known.own else [words(one) for one in (known.question, *known.conversation)]
        same = any(words(one) in theirs for one in (question, *earlier))
        values = {"answers": json.dumps(answers, ensure_ascii=False), "evidence": json.dumps(list(evidence), ensure_ascii=False), "answerable": bool(answers), "written_by": by, "written": self._moment()}
        kept = {} if same else {"question": question, "turn_id": None, "conversation": json.dumps(earlier, ensure_ascii=False), "before": masked(known.before)}
        self._change(case, version, {**values, **kept, "reviewed_by": None, "reviewed": None})
        return self.get(case)

    def review(self, case: int, by: str, version: int) -> TestCase:
        """A second person has read it. Raises `CaseError` when the first one tries, `Outdated`."""
        known = self.get(case)
        if known.written_by is None:
            raise CaseError("unwritten")
        if known.written_by == by:
            raise CaseError("yourself")
        self._change(case, version, {"reviewed_by": by, "reviewed": self._moment()})
        return self.get(case)

    def drop(self, case: int) -> None:
        """Takes a case out."""
        with self._writing() as connection:
            connection.execute(delete(CASES).where(CASES.c.id == case))

    def get(self, case: int) -> TestCase:
        """One case. Raises `CaseError` when it is gone."""
        found = [one for one in self.all() if one.id == case]
        if not found:
            raise CaseError("gone")
        return found[0]

    def all(self) -> list[TestCase]:
        """Every case, latest first."""
        with self._reading() as connection:
            return _all(connection)

    def _change(self, case: int, version: int, values: dict[str, Any]) -> None:
        with self._writing() as connection:
            if connection.execute(update(CASES).where(CASES.c.id == case, CASES.c.version == version).values(version=version + 1, **values)).rowcount == 0:
                raise Outdated


def _all(connection: Connection) -> list[TestCase]:
    query = select(CASES, TURNS.c.question.label("asked"), TURNS.c.answer, TURNS.c.conversation_id, TURNS.c.number)
    rows = connection.execute(query.select_from(CASES.outerjoin(TURNS, TURNS.c.id == CASES.c.turn_id)).order_by(CASES.c.id.desc())).all()
    return [_case(row, _earlier(connection, row.conversation_id, row.number) if row.conversation_id else ()) for row in rows]


def _earlier(connection: Connection, conversation: str, number: int) -> tuple[str, ...]:
    """What was asked before a turn, as the assistant took it along, oldest first."""
    before = select(TURNS.c.question).where(TURNS.c.conversation_id == conversation, TURNS.c.number < number).order_by(TURNS.c.number.desc()).limit(10)
    return tuple(reversed(connection.execute(before).scalars().all()))


def _case(row: Row[Any], earlier: Sequence[str]) -> TestCase:
    answers = tuple(tuple(one) for one in json.loads(row.answers))
    failed = json.loads(row.answer) if row.answer else {}
    conversation = tuple(json.loads(row.conversation)) if row.conversation is not None else tuple(earlier)
    before = row.before if row.before is not None else failed.get("answer", "")
    quotes = () if failed.get("abstained") else tuple(one["quote"] for one in failed.get("citations", ()))
    return TestCase(row.id, row.profile, row.question or row.asked or "", row.answerable, answers, tuple(json.loads(row.evidence)), row.written_by, row.reviewed_by, row.version, bool(row.question), conversation, before, quotes)


def _twin(cases: Sequence[TestCase], profile: str, question: str, earlier: Sequence[str]) -> int | None:
    """The case that asks nearly the same after the same talk."""
    asked = " / ".join([*earlier, question]).casefold()
    found = (one.id for one in cases if one.profile == profile and ratio(" / ".join([*one.conversation, one.question]).casefold(), asked) >= NEARLY)
    return next(found, None)


def evaluate(cases: Sequence[TestCase], assistant: Assistant, out: Path, tell: Callable[[int, int], None] = lambda done, total: None) -> dict[str, Any]:
    """Asks the cases that are ready, of the profiles as they are indexed now, and writes the run and its report to `out`; its headline."""
    from assistant.evaluation import report, running
    from assistant.evaluation.gold import Gold
    from assistant.evaluation.observing import Observed

    library, observed, done, cards = assistant.library, Observed(copy.copy(assistant)), list[Any](), dict[str, Any]()
    slugs = sorted({case.profile for case in cases})
    for slug in slugs:
        tell(len(done), len(cases))
        shard = library.shard(slug)
        golds = [Gold(f"sag-{one.id}", slug, one.question, one.kind, one.answerable, one.conversation, answers=one.answers, evidence=one.evidence, reviewed_by=one.reviewed_by) for one in cases if one.profile == slug]
        found = running.answer_all(observed, shard, golds)
        done += [case for case, _ in found]
        cards[slug] = found[0][1]
    run = running.Run(done, {}, {slug: card.pop("text") for slug, card in cards.items()})
    run.scores = running.scores(run, cards)
    running.write(run, out)
    report.write(run, out / "report.html")
    return {"run": out.name, "questions": len(done)}


@dataclass(frozen=True, slots=True)
class Past:
    """A run on disk: its name, when it was made, its headline (shares 0-1, None where nothing was to be counted)."""

    name: str
    made: datetime
    questions: int
    right: float | None
    answers: float | None
    refusals: float | None


def past(folder: Path) -> list[Past]:
    """The runs in a folder, latest first; what is no run is passed over."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else []:
        try:
            score = json.loads((path / "scores.json").read_text(encoding="utf-8"))["score"]
            made = datetime.fromtimestamp((path / "scores.json").stat().st_mtime, UTC)
            found.append(Past(path.name, made, score["total"]["n"], score["total"].get("correct"), score["total"].get("answer_accuracy"), score["abstention"].get("recall")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            continue
    return sorted(found, key=lambda run: (run.made, run.name), reverse=True)
