"""The overview: what was asked, in charts that read as tables, and as CSV that no spreadsheet runs. Nobody who asked is shown."""

from __future__ import annotations

import csv
import io
from datetime import datetime, timedelta

from fastapi import APIRouter
from starlette.responses import Response

from assistant.overview import COPENHAGEN, Overview, Tally
from web.desk.access import Seat, Seated
from web.desk.charts import stacked
from web.desk.showing import decimal
from web.desk.wording import say

router = APIRouter(include_in_schema=False)
PERIODS = (7, 30, 90)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")


@router.get("/konsulent/overblik")
def overview(seat: Seated) -> Response:
    """The numbers of a period (`dage=`) of one profile or of all (`profil=`)."""
    days, profile, found = _asked(seat)
    names = [f"{day.day}.{day.month}." for day in found.days]
    told = [f"{day.isoformat()}: {tally.asked}" for day, tally in found.days.items()]
    chart = stacked(names, told, [("answered", [tally.answered for tally in found.days.values()]), ("refused", [tally.refused + tally.scope for tally in found.days.values()])])
    titles = {one.slug: one.title for one in seat.desk.assistant.library.profiles()}
    busy = sorted(found.profiles.items(), key=lambda pair: -pair[1].asked)
    return seat.page("overview.html", days=days, periods=PERIODS, profile=profile, titles=titles, found=found, busy=busy, chart=chart)


@router.get("/konsulent/overblik.csv")
def table(seat: Seated) -> Response:
    """The same numbers as CSV (UTF-8, with semicolons, as Danish spreadsheets read it)."""
    days, profile, found = _asked(seat)
    seat.note("numbers_exported", f"{profile or '*'} ({days})")
    headers = {"Content-Disposition": f'attachment; filename="overblik-{days}-dage.csv"'}
    return seat.kept(Response("\ufeff" + _csv(seat, found), media_type="text/csv; charset=utf-8", headers=headers))


def cell(value: object) -> str:
    """A value as a spreadsheet may hold it: what would be a formula becomes words, and a line stays a line.

    >>> cell('=HYPERLINK("x")'), cell(3), cell("Er der kantine?")
    ('\\'=HYPERLINK("x")', '3', 'Er der kantine?')
    """
    text = "".join(character if character.isprintable() else " " for character in str(value)) if not str(value).startswith(_FORMULA) else "'" + "".join(c if c.isprintable() else " " for c in str(value))
    return text


def _csv(seat: Seat, found: Overview) -> str:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    columns = ("asked", "answered", "refused", "scope", "up", "down", "median", "slow")
    head = [say(seat.language, f"overview.{name}") for name in columns]
    writer.writerow([cell(one) for one in (say(seat.language, "overview.day"), *head)])
    writer.writerows([cell(one) for one in (day.isoformat(), *_row(seat, tally))] for day, tally in found.days.items())
    writer.writerow([])
    writer.writerow([cell(one) for one in (say(seat.language, "overview.profile"), *head)])
    writer.writerows([cell(one) for one in (slug, *_row(seat, tally))] for slug, tally in found.profiles.items())
    writer.writerow([])
    writer.writerow([cell(say(seat.language, f"overview.{name}")) for name in ("profile", "question", "times")])
    writer.writerows([cell(one.profile), cell(one.question), cell(one.times)] for one in found.often)
    return out.getvalue()


def _row(seat: Seat, tally: Tally) -> list[object]:
    return [tally.asked, tally.answered, tally.refused, tally.scope, tally.up, tally.down, decimal(seat.language, tally.percentile(0.5), 3), decimal(seat.language, tally.percentile(0.95), 3)]


def _asked(seat: Seat) -> tuple[int, str, Overview]:
    """The period and profile that the address names, and their numbers."""
    query = seat.request.query_params
    days = next((one for one in PERIODS if str(one) == query.get("dage")), 30)
    profile = query.get("profil", "")
    known = {one.slug for one in seat.desk.assistant.library.profiles()}
    profile = profile if profile in known else ""
    last = datetime.now(COPENHAGEN).date()
    return days, profile, seat.desk.overviews.of(last - timedelta(days=days - 1), last, profile or None)
