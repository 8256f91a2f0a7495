"""A conversation as a text file that its owner takes along: every question, every answer with its citations, and what the consultant said."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from web.viewing import Shown
from web.wording import Language, day, say

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


def exported(language: Language, title: str, turns: list[Shown], now: datetime | None = None) -> str:
    """The file's text. Times are Copenhagen's."""
    head = say(language, "export.head", title=title, moment=_moment(language, now or datetime.now(UTC)))
    return "\n\n".join([head, *(_turn(language, one) for one in turns)]) + "\n"


def _turn(language: Language, shown: Shown) -> str:
    parts = [f"{say(language, 'export.asked', moment=_moment(language, shown.turn.asked))}\n{shown.turn.question}", f"{say(language, 'chat.answer')}\n{shown.copied}"]
    if shown.verdict:
        parts.append(say(language, f"export.thumb.{shown.verdict.thumb}") + (f" {shown.verdict.reason}" if shown.verdict.reason else ""))
    if shown.forwarded:
        answer = shown.forwarded.answer
        parts.append(f"{say(language, 'forward.answered', name=answer.approved_by, day=day(language, answer.approved.date()))}\n{answer.answer}" if answer else say(language, "forward.sent"))
    return f"{'-' * 60}\n\n" + "\n\n".join(parts)


def _moment(language: Language, moment: datetime) -> str:
    local = moment.astimezone(COPENHAGEN)
    return f"{day(language, local.date())} {say(language, 'clock', time=local.strftime('%H.%M' if language == 'da' else '%H:%M'))}"
