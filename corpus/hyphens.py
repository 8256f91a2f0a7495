"""Lines of one paragraph → its text: a word broken over two lines is made whole, "Skole- og" stays as it is."""

from __future__ import annotations

import re
from collections.abc import Sequence

from corpus.danish import frequencies

_AND = re.compile(r"(?:og|eller|samt|til|&|/|hhv\.?|respektive)\b")
_BROKEN = re.compile(r"([^\W_]+)([-\u2010\u2011\u00ad])$")


def joined(lines: Sequence[str]) -> str:
    """The lines as one.

    >>> joined(["Vi sam-", "arbejder om Skole-", "og Kulturudvalget"])
    'Vi samarbejder om Skole- og Kulturudvalget'
    """
    text = ""
    for line in lines:
        line = line.strip()
        broken = _BROKEN.search(text)
        if not text or not line:
            text += line
        elif broken is None:
            text += f" {line}"
        else:
            text = _whole(text, broken, line)
    return text


def _whole(text: str, broken: re.Match[str], line: str) -> str:
    """Text that ends in a hyphen with the line that follows."""
    before, mark = broken[1], broken[2]
    bare = text[: broken.start(2)]
    after = re.match(r"[^\W_]+", line)
    if mark == "\u00ad":
        return bare + line
    if after is None or _AND.match(line):
        return f"{bare}- {line}"
    if re.search(r"[@/]|\w\.\w", text.split()[-1]) or line[0].isupper() or line[0].isdigit() or before[-1].isdigit() or before.isupper() or len(before) == 1:
        return f"{bare}-{line}"
    known = frequencies()
    whole, halves = known.get((before + after[0]).casefold(), 0.0), known.get(f"{before}-{after[0]}".casefold(), 0.0)
    return f"{bare}-{line}" if halves > whole else bare + line
