"""How a question ended, in one word: what the inbox waits for and the overview counts."""

from __future__ import annotations

from typing import Literal

from assistant.answers import Answer

Outcome = Literal["answered", "unsure", "refused", "scope"]
UNSURE = 0.5
"""An answer less sure than this waits in the inbox."""


def outcome(answer: Answer) -> Outcome:
    """Answered (surely, or unsurely), refused as "not in the profile", or out of scope, which is nobody's work.

    >>> outcome(Answer("?", "job", "da", "Den 5. maj.", False, 0.31))
    'unsure'
    """
    if answer.abstained:
        return "refused" if answer.citations or answer.confidence > 0 else "scope"
    return "unsure" if 0 < answer.confidence < UNSURE else "answered"
