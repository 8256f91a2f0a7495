"""One question to many profiles: the answers of those that surely answer it, surest first. Each answer says which profile it comes from.

Asked of everybody, a question finds in most profiles only something near it; the bar is therefore higher here than for one profile.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from assistant.answers import Answer
from assistant.fronting import WRITER

SURE = 0.7


def across(ask: Callable[[str, str], Answer], question: str, slugs: Sequence[str], most: int = 10) -> list[Answer]:
    """Up to `most` answers, one a profile, each cited or a consultant's own; none where nobody answers. Raises what `ask` raises, for instance `QuestionError`."""
    answers = [ask(question, slug) for slug in slugs]
    found = [answer for answer in answers if (answer.citations or answer.writer == WRITER) and not answer.abstained and answer.confidence >= SURE]
    return sorted(found, key=lambda answer: -answer.confidence)[:most]
