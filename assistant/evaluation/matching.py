"""An answer beside its gold: a Danish normaliser, exact match, F1 over tokens, characters and numbers, lists one to one."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from rapidfuzz.fuzz import token_set_ratio
from scipy.optimize import linear_sum_assignment

from assistant.answers import MARK
from assistant.values import Value, values
from corpus import dates
from corpus.entities import number_value

_ARTICLES = frozenset({"en", "et", "den", "det", "de"})
_PHONE = re.compile(r"(?<![\d.,])(?:\d{2} ){3}\d{2}(?!\d)")
_TOKEN = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\d{4}-\d\d-\d\d|\d\d-\d\d(?!\d)|\d+(?:[.,]\d+)*|\w+")
_NEAR = 90


@lru_cache(maxsize=20_000)
def normalise(text: str) -> tuple[str, ...]:
    """The tokens that two texts are compared by: NFC, case folded, punctuation out, numbers and dates in one form.

    "1.234,50" is "1234.5"; a date is its month and day as ISO writes them, its year a token of its own, so that "5. februar"
    stands in "5. februar 2024"; a leading article goes; æ, ø and å stay.

    >>> normalise("Den 5. februar 2024, ca. 1.234,50 kr.")
    ('02-05', '2024', 'ca', '1234.5', 'kr')
    """
    plain = unicodedata.normalize("NFC", MARK.sub("", text))
    joined = _PHONE.sub(lambda match: match.group().replace(" ", ""), _iso(plain))
    tokens = [_canonical(token) for token in _TOKEN.findall(joined.casefold())]
    return tuple(tokens[1:] if len(tokens) > 1 and tokens[0] in _ARTICLES else tokens)


def _iso(text: str) -> str:
    """`text` with its dates as "02-05 2024" (a joint date as both days)."""
    for mention in reversed(dates.mentions(text, 2000)):
        if mention.days:
            written = text[mention.start : mention.end]
            time = written[written.rfind(mention.time) :] if mention.time else ""
            days = " ".join(f"{day:%m-%d}" for day in mention.days)
            year = f" {mention.days[0].year}" if mention.certain else ""
            text = f"{text[: mention.start]} {days}{year} {time} {text[mention.end :]}"
    return text


def _canonical(token: str) -> str:
    """A number in one form, any other token as it is."""
    if not token[0].isdigit() or "-" in token:
        return token
    value = number_value(token)
    return token if value is None else f"{value:.10g}"


def f1(said: Counter[str], gold: Counter[str]) -> float:
    """2PR / (P + R) over two bags; 1 when both are empty."""
    shared = sum((said & gold).values())
    if not said and not gold:
        return 1.0
    return 2 * shared / (said.total() + gold.total())


def _closest(answer: str, answers: Sequence[Sequence[str]]) -> list[str]:
    """For each required thing, its alternative that shares the largest part of itself with the answer."""
    said = Counter(normalise(answer))

    def share(choice: str) -> float:
        tokens = Counter(normalise(choice))
        return sum((tokens & said).values()) / max(tokens.total(), 1)

    return [max(choices, key=share) for choices in answers]


def exact(answer: str, answers: Sequence[Sequence[str]]) -> float:
    """1 when the normalised answer is one alternative of each required thing, in order, and nothing else."""
    left: set[tuple[str, ...]] = {normalise(answer)}
    for choices in answers:
        left = {rest[len(t) :] for rest in left for t in map(normalise, choices) if rest[: len(t)] == t}
    return float(() in left)


def token_f1(answer: str, answers: Sequence[Sequence[str]]) -> float:
    """F1 over tokens against the closest alternatives."""
    gold = [token for choice in _closest(answer, answers) for token in normalise(choice)]
    return f1(Counter(normalise(answer)), Counter(gold))


def char_f1(answer: str, answers: Sequence[Sequence[str]]) -> float:
    """F1 over the characters of the tokens (order and white space set aside), against the closest alternatives."""
    gold = [token for choice in _closest(answer, answers) for token in normalise(choice)]
    return f1(Counter("".join(normalise(answer))), Counter("".join(gold)))


def contains(answer: str, answers: Sequence[Sequence[str]]) -> float:
    """1 when every required thing stands in the answer, at token borders."""
    said = normalise(answer)
    return float(all(any(_stands(normalise(choice), said) for choice in choices) for choices in answers))


def _stands(part: tuple[str, ...], whole: tuple[str, ...]) -> bool:
    return bool(part) and any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


def number_f1(answer: str, answers: Sequence[Sequence[str]], evidence: Sequence[str], derived: frozenset[Value] = frozenset(), year: int | None = None) -> float | None:
    """F1 over numbers with units, dates, times, phones, mails and names: what tells 37 hours from 73.

    Recall: the share of required things with such values that the answer has; precision: the share of the answer's values that
    stand in the gold (or are `derived` from it by a named rule). None when the gold requires no such value.
    """
    wanted = [[values(choice, year) for choice in choices] for choices in answers]
    wanted = [choices for choices in wanted if any(choices)]
    if not wanted:
        return None
    said = values(MARK.sub("", answer), year)
    gold = frozenset().union(*(values(quote, year) for quote in evidence), *(choice for choices in wanted for choice in choices), derived)
    recall = sum(any(choice and choice <= said for choice in choices) for choices in wanted) / len(wanted)
    precision = sum(value in gold for value in said) / len(said) if said else 0.0
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def pieces(answer: str) -> list[str]:
    """The items an answer lists: its lines with a dash, else its parts between commas, semicolons and "og"."""
    lines = [MARK.sub("", line).strip() for line in answer.split("\n")]
    bullets = [line[2:] for line in lines if line.startswith("- ")]
    if bullets:
        return bullets
    body = " ".join(line.partition(": ")[2] or line for line in lines)
    return [part.strip() for part in re.split(r"[,;]\s|\s(?:og|samt|and)\s", body) if re.search(r"\w", part)]


def list_scores(answer: str, items: Sequence[Sequence[str]]) -> dict[str, float]:
    """Precision, completeness (recall), F1 and exactness of a list, items paired one to one.

    A pair is an equal normalised alternative, or one that the listed item holds (rapidfuzz token_set of at least 90).
    """
    listed = pieces(answer)
    table = np.array([[_same(piece, choices) for choices in items] for piece in listed]).reshape(len(listed), len(items))
    rows, columns = linear_sum_assignment(-table)
    paired = float(table[rows, columns].sum())
    precision, recall = paired / len(listed) if listed else 0.0, paired / len(items) if items else 0.0
    both = 2 * precision * recall / (precision + recall) if paired else 0.0
    return {"list.precision": precision, "list.completeness": recall, "list.f1": both, "list.exact": float(precision == recall == 1.0)}


def _same(piece: str, choices: Sequence[str]) -> float:
    said = normalise(piece)
    return float(any(normalise(choice) == said or token_set_ratio(" ".join(normalise(choice)), " ".join(said)) >= _NEAR for choice in choices))
