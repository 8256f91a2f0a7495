"""Evaluation at the desk: the runs and their reports, and the test cases that thumbed-down questions become."""

from __future__ import annotations

import json
import re
import secrets
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from assistant import casebook
from assistant.casebook import CaseError, TestCase
from assistant.jobs import Refused, Report
from assistant.publishing import Outdated
from web.desk import inbox
from web.desk.access import Seat, Seated, number
from web.desk.failing import DeskError
from web.desk.wording import say

router = APIRouter(include_in_schema=False)
_REPORT = "sandbox allow-scripts; default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


@router.get("/konsulent/evaluering")
def evaluation(seat: Seated) -> Response:
    """The runs, latest first, and every test case."""
    return _list(seat)


@router.post("/konsulent/evaluering")
def run(seat: Seated) -> Response:
    """Measures the cases that are ready, of the profiles as they are now."""
    there = {one.slug for one in seat.desk.assistant.library.profiles()}
    cases = [one for one in seat.desk.casebook.all() if one.ready and one.profile in there]
    if not cases:
        return _list(seat, "eval.none", 422)
    name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    desk, english = seat.desk, seat.language == "en"

    def work(tell: Report) -> Any:
        try:
            return casebook.evaluate(cases, desk.assistant, desk.evaluations / name, lambda done, total: tell("asking", done, total))
        except OSError as error:
            raise Refused(say("en" if english else "da", "eval.disk")) from error

    job = seat.desk.jobs.start("evaluation", name, seat.user.name, work)
    seat.note("evaluation_run", f"{name} ({len(cases)})")
    return seat.onwards("opgaver", job)


@router.get("/konsulent/evaluering/koersel/{name}")
def report(name: str, seat: Seated) -> Response:
    """A run's report, a page of its own that can reach nothing of ours."""
    if not any(run.name == name for run in casebook.past(seat.desk.evaluations)):
        raise DeskError("not_found")
    page = seat.desk.evaluations / name / "report.html"
    if not page.is_file():
        raise DeskError("not_found")
    return seat.kept(Response(page.read_bytes(), media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": _REPORT}))


@router.get("/konsulent/evaluering/sager.jsonl")
def export(seat: Seated) -> Response:
    """The cases that are ready, as evaluation questions (the contract's section 4); their document is the file that the profile was read from."""
    rows = [
        {"id": f"sag-{one.id}", "document": profile.source, "conversation": one.conversation, "question": one.question, "kind": one.kind, "answerable": one.answerable}
        | {"answers": one.answers, "evidence": one.evidence, "origin": "log", "reviewed_by": one.reviewed_by}
        for one in seat.desk.casebook.all()
        if one.ready and (profile := inbox.profile_of(seat, one.profile))
    ]
    seat.note("cases_exported", len(rows))
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return seat.kept(Response(text, media_type="application/x-ndjson", headers={"Content-Disposition": 'attachment; filename="testsager.jsonl"'}))


@router.get("/konsulent/evaluering/sager/{number}")
def case(number: str, seat: Seated) -> Response:
    """One case: its gold, and who wrote and reviewed it."""
    return _page(seat, _case(seat, number))


@router.post("/konsulent/evaluering/sager/{number}")
def write(number: str, seat: Seated) -> Response:
    """Saves the gold."""
    found = _case(seat, number)
    given = {"question": seat.text("spoergsmaal", 600), "answers": seat.text("svar", 3000), "evidence": seat.text("steder", 6000), "conversation": seat.text("foer", 6000)}
    profile = inbox.profile_of(seat, found.profile)
    if profile is None:
        raise DeskError("profile_gone")
    answers = [[word.strip() for word in line.split("|") if word.strip()] for line in given["answers"].splitlines() if line.strip(" |")]
    evidence = [line.strip() for line in re.split(r"\n+", given["evidence"]) if line.strip()]
    try:
        seat.desk.casebook.write(found.id, given["question"], answers, evidence, profile, seat.user.name, seat.number("version"), given["conversation"].splitlines())
    except CaseError as error:
        return _page(seat, found, f"case.wrong.{error.code}", given, 422)
    except Outdated:
        return _page(seat, _case(seat, number), "case.outdated", given, 409)
    seat.note("case_written", f"#{found.id}")
    return seat.onwards("evaluering", "sager", str(found.id), gjort="saved")


@router.post("/konsulent/evaluering/sager/{number}/godkend")
def review(number: str, seat: Seated) -> Response:
    """A second person's review."""
    found = _case(seat, number)
    try:
        seat.desk.casebook.review(found.id, seat.user.name, seat.number("version"))
    except CaseError as error:
        return _page(seat, found, f"case.wrong.{error.code}", code=422)
    except Outdated:
        return _page(seat, _case(seat, number), "case.outdated", code=409)
    seat.note("case_reviewed", f"#{found.id}")
    return seat.onwards("evaluering", "sager", str(found.id), gjort="reviewed")


@router.post("/konsulent/evaluering/sager/{number}/slet")
def drop(number: str, seat: Seated) -> Response:
    """Takes a case out."""
    found = _case(seat, number)
    seat.desk.casebook.drop(found.id)
    seat.note("case_dropped", f"#{found.id}")
    return seat.onwards("evaluering", gjort="dropped")


def _list(seat: Seat, complaint: str = "", code: int = 200) -> Response:
    cases = seat.desk.casebook.all()
    return seat.page("evaluation.html", code, runs=casebook.past(seat.desk.evaluations)[:50], cases=cases, ready=sum(one.ready for one in cases), complaint=complaint)


def _case(seat: Seat, given: str) -> TestCase:
    try:
        return seat.desk.casebook.get(number(given))
    except CaseError:
        raise DeskError("gone") from None


def _page(seat: Seat, found: TestCase, complaint: str = "", given: dict[str, str] | None = None, code: int = 200) -> Response:
    evidence = found.evidence if found.written_by else tuple(" ".join(quote.split()) for quote in found.quotes)
    values = given or {"question": found.question, "answers": "\n".join(" | ".join(one) for one in found.answers), "evidence": "\n".join(evidence), "conversation": "\n".join(found.conversation)}
    return seat.page("case.html", code, one=found, profile=inbox.profile_of(seat, found.profile), given=values, complaint=complaint)
