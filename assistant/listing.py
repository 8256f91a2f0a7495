"""Which list a question asks for: items, table rows, facts that stand together, sentences that count up. Whole, or not at all.

Left to others: how a list is said (`extractive`).
"""

from __future__ import annotations

import re

from assistant.questions import SINGLE, Ask
from assistant.retrieving import Hit, Retrieved
from corpus.profiles import Passage, PassageKind, Profile
from index.library import Shard

_NEXT = re.compile(
    r"(?:anden|andet|tredje|fjerde|femte|sjette|så|dernæst|derefter|herefter|bagefter|endelig|sidst|til sidst|derudover|desuden|endvidere|for det (?:andet|tredje|fjerde))\b", re.IGNORECASE
)


def asked_list(found: Retrieved) -> list[int]:
    """The rows of the list the question asks for, whole, or none: the best passage's, or a close one's when a list is asked for."""
    question, best = found.question, found.hits[0]
    if question.ask in (Ask.HOW_MANY, Ask.HOW_MUCH, Ask.WHERE) or (question.ask in (Ask.WHEN, Ask.YES_NO, Ask.WHY, Ask.HOW_LONG) and not question.wants_list):
        return []
    near = [hit for hit in found.hits[:4] if hit.share >= 0.3 * best.share] if question.wants_list else [best]
    counted = (rows for hit in near for rows in _lists_at(found.shard, hit.passage) if len(rows) == question.how_many)
    return next(counted, []) or next((rows for hit in near if len(rows := _list_of(found, hit)) > 1), [])


def list_of_several(found: Retrieved, chosen: list[Hit]) -> list[int]:
    """The rows of the list that several of the chosen passages are items of, when the question asks for more than one thing."""
    if found.question.ask in SINGLE or found.question.ask is Ask.YES_NO:
        return []
    items = [hit for hit in chosen if hit.passage.kind is PassageKind.ITEM]
    lists = [siblings(found.shard.profile, hit.passage) for hit in items]
    return next((rows for rows in lists if sum(hit.row in rows for hit in items) > 1), [])


def block_of_facts(found: Retrieved, chosen: list[Hit]) -> list[int]:
    """The rows of the facts that stand one after the other under one heading, when a list is asked for and most of them are chosen."""
    best, passages = chosen[0], found.shard.profile.passages
    if not found.question.wants_list or best.passage.kind is not PassageKind.FACT or best.passage.headers:
        return []
    first = last = best.row
    while first and same_block(passages[first - 1], best.passage):
        first -= 1
    while last + 1 < len(passages) and same_block(passages[last + 1], best.passage):
        last += 1
    many = sum(first <= hit.row <= last for hit in chosen)
    return list(range(first, last + 1)) if many > 2 and 2 * many > last - first else []


def same_block(one: Passage, other: Passage) -> bool:
    """Whether a passage is a fact under the same heading as another."""
    return one.kind is PassageKind.FACT and not one.headers and one.section == other.section


def counted_up(found: Retrieved, chosen: list[Hit], most: int) -> list[Hit]:
    """When a list is asked for, the sentences that go on counting what the best one began ("Første del … Anden del …"), `most` characters; else those chosen."""
    best, passages = chosen[0], found.shard.profile.passages
    if not found.question.wants_list or best.passage.kind is not PassageKind.SENTENCE:
        return chosen
    going, length = [best], length_of(best)
    for row in range(best.row + 1, len(passages)):
        hit = Hit(row, passages[row], 0.0, 0.0)
        length += length_of(hit)
        same = hit.passage.group == best.passage.group and hit.passage.kind is PassageKind.SENTENCE
        if not same or length > most or not _counts_on(found.quote(going[-1]), found.quote(hit)):
            break
        going.append(hit)
    return going if len(going) > 2 else chosen


def length_of(hit: Hit) -> int:
    """Characters of the hit's own words."""
    return hit.passage.end - hit.passage.start


def led_by(shard: Shard, passage: Passage) -> list[int]:
    """The rows of the list or table that a passage leads in."""
    return shard.columns.led.get((passage.start, passage.end), [])


def siblings(profile: Profile, passage: Passage) -> list[int]:
    """The rows of the list or table a passage belongs to, at its own depth and under the same lead-in."""
    rows = [row for row, p in enumerate(profile.passages) if p.group == passage.group and p.level == passage.level and p.lead_span == passage.lead_span and p.kind is passage.kind]
    return [row for row in rows if bool(profile.passages[row].headers) == bool(passage.headers)]


def _list_of(found: Retrieved, hit: Hit) -> list[int]:
    """The list that a passage stands in, when the question is about the list and not about this item; or that it leads in."""
    passage = hit.passage
    if passage.kind is PassageKind.ITEM or passage.headers:
        own, whole, above = (found.value(hit.row, name) for name in ("cover_own", "cover_all", "above_cover"))
        if (whole - own > 0.3 * whole or own == 0) or (found.question.wants_list and (whole - own > 0.1 * whole or above > 0.5)):
            return siblings(found.shard.profile, passage)
    return led_by(found.shard, passage)


def _lists_at(shard: Shard, passage: Passage) -> list[list[int]]:
    """The list that a passage leads in, the one that it stands in, the one that its lead-in stands in, and the one under it as a heading."""
    profile = shard.profile
    above = next((p for p in profile.passages if passage.lead_span == (p.start, p.end)), None)
    beneath = [row for row, p in enumerate(profile.passages) if p.kind is PassageKind.ITEM and p.level == 0 and p.section == passage.section]
    return [led_by(shard, passage), siblings(profile, passage), siblings(profile, above) if above else [], beneath if passage.kind is PassageKind.HEADING else []]


def _counts_on(before: str, text: str) -> bool:
    """Whether a sentence is the next of a row: it says so, or begins as the one before (as that goes on after its colon)."""
    own = re.match(r"\w+", text.casefold())
    starts = {match[1] for match in re.finditer(r"(?:^|: )(\w+)", before.casefold())}
    return bool(_NEXT.match(text)) or (own is not None and own.group() in starts)
