"""Profiles at the desk: upload with progress, see what was read, replace, publish or hide, close, archive; and what a profile doesn't answer."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import PurePath
from typing import Any

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from assistant.answering import Profile
from assistant.gaps import report
from assistant.jobs import Job, Report
from assistant.publishing import STATE_NAMES, Outdated, Standing
from assistant.uploading import take
from web import marking, viewing
from web.desk import inbox
from web.desk.access import Seat, Seated
from web.desk.failing import DeskError
from web.desk.wording import say

router = APIRouter(include_in_schema=False)
RECENT = timedelta(hours=1)


@router.get("/konsulent/profiler")
def profiles(seat: Seated) -> Response:
    """Every profile, with how it stands, and the form to add one."""
    return _list(seat)


@router.post("/konsulent/profiler")
def add(seat: Seated) -> Response:
    """Reads and indexes each file as a new profile, hidden until somebody publishes it; shows how far it has come."""
    if not seat.uploads:
        return _list(seat, "upload.none", 422)
    jobs = [_started(seat, upload) for upload in seat.uploads]
    return seat.onwards("opgaver", jobs[0]) if len(jobs) == 1 else seat.onwards("profiler", gjort="several")


@router.post("/konsulent/profiler/{slug}/erstat")
def replaced(slug: str, seat: Seated) -> Response:
    """The same in the place of a profile that is there; candidates meet the old one until the new one is ready."""
    profile = _profile(seat, slug)
    if len(seat.uploads) != 1:
        return _page(seat, profile, "upload.one" if seat.uploads else "upload.none", 422)
    return seat.onwards("opgaver", _started(seat, seat.uploads[0], profile.slug))


@router.get("/konsulent/profiler/{slug}")
def profile(slug: str, seat: Seated) -> Response:
    """What was read: the facts found, the text, how it stands."""
    return _page(seat, _profile(seat, slug))


@router.post("/konsulent/profiler/{slug}")
def stand(slug: str, seat: Seated) -> Response:
    """Publishes, hides or archives a profile, and sets the last day of questions."""
    found = _profile(seat, slug)
    state, last = next((one for one in STATE_NAMES if one == seat.text("stand", 20)), None), seat.text("lukker", 10)
    if state is None:
        raise DeskError("invalid")
    try:
        closes = date.fromisoformat(last) if last else None
        seat.desk.publishing.set(found.slug, state, closes, seat.user.name, seat.number("version"))
    except ValueError:
        return _page(seat, found, "answer.date", 422)
    except Outdated:
        return _page(seat, found, "profile.outdated", 409)
    seat.note(f"profile_{state}", f"{found.slug}{f' → {closes}' if closes else ''}")
    return seat.onwards("profiler", found.slug, gjort=state)


@router.get("/konsulent/profiler/{slug}/huller")
def gaps(slug: str, seat: Seated) -> Response:
    """The latest gap report of the profile as it is now."""
    found = _profile(seat, slug)
    latest = next(iter(seat.desk.jobs.latest("gaps", _about(found), 1)), None)
    if latest and not latest.over:
        return seat.onwards("opgaver", latest.id)
    rows = latest.result if latest and latest.stage == "done" else None
    return seat.page("gaps.html", profile=found, rows=rows, made=latest.started if latest else None)


@router.post("/konsulent/profiler/{slug}/huller")
def ask_gaps(slug: str, seat: Seated) -> Response:
    """Asks the standard questions of a profile."""
    found = _profile(seat, slug)

    def work(tell: Report) -> Any:
        return report(lambda question: seat.desk.fronted.consultants(question, found.slug, ()) or seat.desk.assistant.ask(question, found.slug), tell, "da")

    job = seat.desk.jobs.start("gaps", _about(found), seat.user.name, work)
    seat.note("gaps_asked", found.slug)
    return seat.onwards("opgaver", job)


@router.get("/konsulent/opgaver/{job}.json")
def progress(job: str, seat: Seated) -> Response:
    """How far a job has come, for the page's own script."""
    found = _job(seat, job)
    words = say(seat.language, f"stage.{found.stage}")
    return seat.kept(JSONResponse({"stage": found.stage, "words": words, "done": found.done, "total": found.total, "over": found.over}))


@router.get("/konsulent/opgaver/{job}")
def working(job: str, seat: Seated) -> Response:
    """The same as a page, which looks again by itself; when it is done, on to what it gave."""
    found = _job(seat, job)
    if found.stage == "done":
        return _ended(seat, found)
    headers = {} if found.over else {"Refresh": "2"}
    response = seat.page("job.html", job=found)
    response.headers.update(headers)
    return response


def _ended(seat: Seat, job: Job) -> Response:
    """On to what a job gave."""
    if job.kind == "upload":
        return seat.onwards("profiler", str(job.result), gjort="read")
    if job.kind == "gaps":
        return seat.onwards("profiler", job.about.split("@")[0], "huller")
    return seat.onwards("evaluering", gjort="measured")


def _started(seat: Seat, upload: tuple[str, bytes], replaces: str | None = None) -> str:
    """Begins reading an upload in the background; the job. When it has become a profile, the log names that."""
    name, data = upload
    by, desk, english = seat.user.name, seat.desk, seat.language == "en"

    def work(tell: Report) -> Any:
        slug = take(desk.assistant.library, desk.publishing, data, name, by, tell, replaces, english)
        desk.audit.note(by, "profile_replaced" if replaces else "profile_uploaded", slug)
        return slug

    return desk.jobs.start("upload", replaces or PurePath(name.replace("\\", "/")).name, by, work)


def _list(seat: Seat, complaint: str = "", code: int = 200) -> Response:
    known, today = seat.desk.publishing.all(), seat.parts.settings.day()
    found = [(one, known.get(one.slug) or Standing(one.slug), viewing.deadline(seat.language, one.deadline, today)) for one in seat.desk.assistant.library.profiles()]
    ordered = sorted(found, key=lambda row: (row[1].state == "archived", not row[1].open(today), row[2].iso or "9999", row[0].title))
    recent = [job for job in seat.desk.jobs.latest("upload") if job.started_by == seat.user.name and job.stage != "done" and job.started > datetime.now(UTC) - RECENT]
    return seat.page("profiles.html", code, rows=ordered, today=today, complaint=complaint, jobs=recent)


def _page(seat: Seat, found: Profile, complaint: str = "", code: int = 200) -> Response:
    card = seat.parts.cards.of(seat.desk.assistant.library.shard(found.slug))
    today = seat.parts.settings.day()
    span = marking.span_of(found, seat.request.query_params.get("start"), seat.request.query_params.get("end"))
    elements = marking.shown(found, span)
    values = {
        "card": card,
        "lines": viewing.lines(seat.language, card),
        "dates": viewing.dates(seat.language, card.events, today),
        "elements": elements,
        "first": marking.first_mark(elements),
        "standing": seat.desk.publishing.of(found.slug),
        "kinds": _kinds(found),
        "waiting": len(seat.desk.inbox.groups(found.slug)),
        "answers": len(seat.desk.approved.all(found.slug)),
    }
    return seat.page("profile.html", code, profile=found, today=today, complaint=complaint, **values)


def _kinds(found: Profile) -> dict[str, int]:
    """How many passages of each kind were read."""
    counts: dict[str, int] = {}
    for passage in found.passages:
        counts[passage.kind.value] = counts.get(passage.kind.value, 0) + 1
    return counts


def _profile(seat: Seat, slug: str) -> Profile:
    found = inbox.profile_of(seat, slug)
    if found is None:
        raise DeskError("profile_gone")
    return found


def _about(found: Profile) -> str:
    """A profile as it is now: another file, another report."""
    return f"{found.slug}@{found.fingerprint[:16]}"


def _job(seat: Seat, job: str) -> Job:
    found = seat.desk.jobs.get(job)
    if found is None:
        raise DeskError("not_found")
    return found
