"""The extractive writer: selects spans and frames them in a short sentence. It cannot invent.

A fact is said with its label, a list with its lead-in and whole, a description in the sentences that carry it.
Left to others: ranking (`retrieving`), refusing (`deciding`), whether it holds (`checking`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from assistant import wording
from assistant.answers import Sentence
from assistant.facts import contacts
from assistant.listing import asked_list, block_of_facts, counted_up, led_by, length_of, list_of_several, same_block
from assistant.questions import SINGLE, Ask, Question
from assistant.retrieving import Hit, Retrieved
from corpus import dates
from corpus.profiles import Passage, PassageKind, Profile

MOST = 420
_NEGATION = re.compile(r"\b(?:ikke|ingen|intet|uden|hverken|aldrig|fravalgt|udelukket|nej|næppe|afskaffet|nedlagt)\b", re.IGNORECASE)
_POINTS_BACK = re.compile(
    r"(?:han|hun|de|dem|den|dette|disse|dér|her|hertil|heraf|herunder|derfor|dermed|derudover|desuden|dernæst|derefter|endelig|samtidig|også|ligeledes|til gengæld|i den forbindelse|for det (?:andet|tredje|fjerde)|"
    r"det (?:er derfor|er samtidig|er også|gælder|betyder|sker)|da det)\b",
    re.IGNORECASE,
)
_MINE = re.compile(r"\b(?:jeg|mig|min|mit|mine|i|me|my)\b", re.IGNORECASE)
_YOURS = re.compile(r"\b(?:du|dig|din|dit|dine)\b", re.IGNORECASE)
_STANDS_ALONE = 20
# The share of all hits that earns a further passage its place: with less it is hardly the answer. A question with one answer asks for more.
_FURTHER, _SECOND_FACT = 0.05, 0.1
_GOES_ON = 0.002  # the next sentence of a paragraph tells more of what the best one began
_TOLD = frozenset({Ask.WHAT, Ask.HOW, Ask.WHY, Ask.YES_NO})
_OPEN = frozenset({Ask.KEYWORD, Ask.WHAT, Ask.HOW, Ask.HOW_MUCH, Ask.WHICH, Ask.WHERE})
_ANNOUNCES = re.compile(r"\b(?:to|tre|fire|fem|seks|syv|otte|følgende|flere|nogle)\s+(?:\w+\s+)?(?:ting|mål|krav|trin|spor|\w{3,}(?:er|e))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes from one profile on one day."""

    today: date

    def write(self, found: Retrieved) -> list[Sentence]:
        """The answer's sentences, best first; empty when nothing can be said."""
        question = found.question
        if rows := asked_list(found):
            return self._listed(found, rows)
        if announced := self._announced(found):
            return announced
        if "deadline" in question.concept_names and (sentence := self._deadline(found)):
            return [sentence]
        if _asks_for_contacts(question) and (sentences := self._contacts(found)):
            return sentences
        return self._told(found)

    def _told(self, found: Retrieved) -> list[Sentence]:
        """The best passage, and further ones that carry as much, within a reader's patience."""
        chosen = [found.hits[0]]
        length = length_of(found.hits[0])
        for hit in found.hits[1:10]:
            if len(chosen) == (8 if found.question.wants_list else 3) or not self._adds(found, hit, chosen) or length + length_of(hit) > MOST:
                continue
            if _leans(found, hit) and hit.row - 1 not in {other.row for other in chosen}:
                continue
            chosen.append(hit)
            length += length_of(hit)
        if rows := list_of_several(found, chosen) or block_of_facts(found, chosen):
            return self._listed(found, rows)
        chosen = _in_order(found, counted_up(found, chosen, MOST))
        if found.question.ask is Ask.WHEN:
            chosen.sort(key=lambda hit: hit.row)
        if under := self._under(found, chosen[0]):
            return under
        word = _verdict(found, found.hits[0]) if found.question.ask is Ask.YES_NO else None
        if word:
            chosen.sort(key=lambda hit: hit.row != found.hits[0].row)
        sentences = [self.sentence(found, hit) for hit in chosen]
        if word:
            first = sentences[0]
            sentences[0] = Sentence(f"{wording.say(word, found.question.language)}. {first.text}", first.spans)
        return sentences

    def _announced(self, found: Retrieved) -> list[Sentence]:
        """A list that runs through prose: the sentence that announces so many things, and those that follow it."""
        hit, profile = found.hits[0], found.shard.profile
        if not found.question.wants_list or hit.passage.kind is not PassageKind.SENTENCE or not _ANNOUNCES.search(found.quote(hit)):
            return []
        following = [Hit(row, p, 0.0, 0.0) for row, p in enumerate(profile.passages) if row > hit.row and p.group == hit.passage.group and p.kind is PassageKind.SENTENCE]
        chosen, length = [hit], length_of(hit)
        for other in following[:6]:
            length += length_of(other)
            if length > MOST:
                break
            chosen.append(other)
        return [self.sentence(found, each) for each in chosen] if len(chosen) > 2 else []

    def _under(self, found: Retrieved, best: Hit) -> list[Sentence]:
        """What a title announces, when the best passage is only a title: title and the sentences under it."""
        profile = found.shard.profile
        title = found.quote(best).rstrip(".:")
        below = [p for p in profile.passages if p.group == best.passage.group and p.label == title and p.start > best.passage.start]
        sentences, length = [], len(title)
        for passage in below:
            length += passage.end - passage.start
            if length > MOST:
                break
            sentences.append(Sentence(_closed(_capital(profile.quote(passage))), ((passage.start, passage.end),)))
        if not sentences:
            return []
        first = sentences[0]
        return [Sentence(f"{title}: {first.text}", ((best.passage.start, first.spans[0][1]),)), *sentences[1:]]

    def _adds(self, found: Retrieved, hit: Hit, chosen: list[Hit]) -> bool:
        """Whether a further passage belongs in the answer: it may well be what is asked for, or is the same label's next fact."""
        question, best = found.question, chosen[0]
        if hit.passage.kind is PassageKind.HEADING or found.value(hit.row, "asks") or led_by(found.shard, hit.passage):
            return False
        if best.passage.kind is PassageKind.FACT and hit.passage.group == best.passage.group:
            if question.ask is Ask.WHEN and question.wants_list:
                return found.value(hit.row, "holds") > 0
            if hit.passage.label == best.passage.label and not hit.passage.headers:
                return question.ask in _OPEN and hit.share > 0.15 * best.share and found.value(best.row, "ordinal") == 0
        if question.ask in SINGLE:
            return hit.share > _SECOND_FACT and found.value(hit.row, "holds") >= found.value(best.row, "holds")
        goes_on = question.ask in _TOLD and best.passage.kind is hit.passage.kind is PassageKind.SENTENCE and hit.row == best.row + 1 and hit.passage.group == best.passage.group
        return hit.share > (_GOES_ON if goes_on else _FURTHER)

    def sentence(self, found: Retrieved, hit: Hit) -> Sentence:
        """One passage as a sentence that can stand alone, cited."""
        profile, passage = found.shard.profile, hit.passage
        span = (passage.start, passage.end)
        if passage.headers and passage.kind is PassageKind.FACT:
            return Sentence(_table_row(profile, passage), (span,))
        quote = profile.quote(passage)
        if passage.kind is PassageKind.FACT and passage.label and not _is_sentence(quote):
            return Sentence(_closed(f"{passage.label}: {_lower_weekday(quote)}"), (_widened(profile, passage, span),))
        if passage.kind is PassageKind.ITEM and not _is_sentence(quote):
            above = (passage.lead or (passage.section[-1] if passage.section else "")).rstrip(" :")
            text = f"{above}: {quote}" if above and len(above) < 110 else _capital(quote)
            return Sentence(_closed(text), (span,))
        return Sentence(_closed(_capital(quote)), (span,))

    def _deadline(self, found: Retrieved) -> Sentence | None:
        """The deadline, placed against today. None when no leading passage says it, or the question is about another date."""
        if found.question.ask in (Ask.WHO, Ask.WHY, Ask.WHERE):
            return None
        profile = found.shard.profile
        said = [(hit, mention) for hit in found.hits[:4] if hit.share > 0.25 * found.hits[0].share and (mention := _deadline_in(found, hit))]
        known = [(hit, mention) for hit, mention in said if profile.deadline in (None, mention.days[-1].isoformat())]
        if not known or (profile.deadline is None and known[0][0] is not found.hits[0]):
            return None
        (hit, mention), language = known[0], found.question.language
        day, text = mention.days[-1], profile.quote(hit.passage)[mention.start : mention.end].strip(" .,")
        shown = wording.spoken_date(day, language, (mention.time or "").replace(":", ".") or None)
        key = "deadline" if day >= self.today else "deadline_was"
        tail = wording.distance(day, self.today, language) if day >= self.today else wording.say("passed", language)
        start = hit.passage.start + mention.start
        return Sentence(f"{wording.say(key, language, date=shown)}{',' if day >= self.today else ';'} {tail}.", (_at_least(profile, hit.passage, (start, start + len(text))),))

    def _contacts(self, found: Retrieved) -> list[Sentence]:
        """Everyone to ask, each with role and reach."""
        people = contacts(found.shard)[:3]
        best = found.hits[0].passage
        if not people or not any(best.start <= person.start < best.end for person in people):
            return []
        near = [p for p in people if any((x.group == best.group or same_block(x, best)) and x.start <= p.start < x.end for x in found.shard.profile.passages)] or people
        return [Sentence(_closed(_capital(found.shard.profile.text[p.start : p.end])), ((p.start, p.end),)) for p in near]

    def _listed(self, found: Retrieved, rows: list[int]) -> list[Sentence]:
        """A list with its lead-in, an item a line, each cited."""
        profile = found.shard.profile
        passages = [profile.passages[row] for row in rows]
        lead = passages[0].lead_span
        head = [Sentence(_capital(profile.text[lead[0] : lead[1]].strip()).rstrip(" :.") + ":", (lead,))] if lead else []
        brief = sum(p.end - p.start for p in passages) > MOST - 60
        items = [Sentence(_item(profile, p, brief), (_widened(profile, p, (p.start, p.end)),), bullet=True) for p in passages]
        return head + items


def _leans(found: Retrieved, hit: Hit) -> bool:
    """Whether a sentence begins on a word that points back at the one before it in the paragraph."""
    return hit.passage.kind is PassageKind.SENTENCE and bool(_POINTS_BACK.match(found.quote(hit))) and _before(found, hit) is not None


def _before(found: Retrieved, hit: Hit) -> Hit | None:
    """The sentence before it in the same paragraph."""
    passages = found.shard.profile.passages
    other = passages[hit.row - 1] if hit.row else None
    same = other is not None and other.group == hit.passage.group and other.kind is PassageKind.SENTENCE
    return Hit(hit.row - 1, other, 0.0, 0.0) if other is not None and same else None


def _in_order(found: Retrieved, chosen: list[Hit]) -> list[Hit]:
    """The sentence that the best one points back at, if there is room; then each paragraph's sentences in its own order."""
    before = _before(found, chosen[0]) if _leans(found, chosen[0]) else None
    if before and before.row not in {hit.row for hit in chosen} and sum(map(length_of, chosen)) + length_of(before) <= MOST:
        chosen = [before, *chosen]
    groups = list(dict.fromkeys(hit.passage.group for hit in chosen))
    return sorted(chosen, key=lambda hit: (groups.index(hit.passage.group), hit.row))


def _asks_for_contacts(question: Question) -> bool:
    named = any(term.name for term in question.terms)
    return any("contact" in name for name in question.concept_names) and not named and question.ask in (Ask.WHO, Ask.WHAT, Ask.KEYWORD, Ask.WHERE, Ask.HOW)


def _deadline_in(found: Retrieved, hit: Hit) -> dates.Mention | None:
    """The day that a passage about the deadline gives: the one after "senest" or "frist", else the first."""
    table = found.shard.words.concepts.get("deadline")
    if table is None or max(float(table[name][hit.row]) for name in ("label", "body", "lead", "section")) < 0.8:
        return None
    quote = found.quote(hit)
    days = [mention for mention in dates.mentions(quote, dates.usual_year(found.shard.profile.text)) if mention.days]
    cue = re.search(r"senest|frist|inden|deadline", quote, re.IGNORECASE)
    after = [mention for mention in days if cue and mention.start >= cue.start()]
    return next(iter(after or days), None)


def _verdict(found: Retrieved, hit: Hit) -> str | None:
    """`yes` or `no` when the passage settles a yes/no question, else None."""
    quote = found.quote(hit)
    asked_negative = bool(_NEGATION.search(found.question.text))
    negative = bool(_NEGATION.search(quote))
    if found.value(hit.row, "cover_own") < 0.75 or asked_negative:
        return None
    if _MINE.search(found.question.text) and not _YOURS.search(quote):
        return None  # "under mig?" is not settled by what another's is
    return "no" if negative and len(quote) < 160 else None if negative else "yes" if found.value(hit.row, "cover_own") > 0.9 else None


def _item(profile: Profile, passage: Passage, brief: bool) -> str:
    """One entry of a list: a fact with its label, a row of a table in words, or its name alone when all would be too long."""
    quote = profile.quote(passage)
    if passage.headers:
        return quote.split("\t")[0] if brief else _table_row(profile, passage)
    if passage.kind is PassageKind.FACT and passage.label:
        return f"{passage.label}: {_lower_weekday(quote)}".rstrip(" .,;")
    return quote.rstrip(" .,;")


def _table_row(profile: Profile, passage: Passage) -> str:
    """A wide row in words: "Nord: Boliger 72, Bemærkning: …"."""
    cells = profile.quote(passage).split("\t")
    pairs = [f"{head}: {cell}" if head else cell for head, cell in zip(passage.headers[1:], cells[1:], strict=False) if cell.strip()]
    return f"{cells[0]} ({'; '.join(pairs)})" if pairs else cells[0]


def _widened(profile: Profile, passage: Passage, span: tuple[int, int]) -> tuple[int, int]:
    """A value too short to be understood alone is cited with its label before it."""
    if span[1] - span[0] >= _STANDS_ALONE or not passage.label:
        return span
    before = profile.text.rfind(passage.label, max(0, span[0] - len(passage.label) - 4), span[0])
    return (before, span[1]) if before >= 0 else span


def _at_least(profile: Profile, passage: Passage, span: tuple[int, int]) -> tuple[int, int]:
    """A short date inside a sentence is cited with its sentence."""
    if span[1] - span[0] >= _STANDS_ALONE:
        return span
    return _widened(profile, passage, span) if passage.kind is PassageKind.FACT else (passage.start, passage.end)


def _is_sentence(text: str) -> bool:
    return text[:1].isupper() and bool(re.search(r"[.!?]$", text)) and len(text.split()) > 4


def _closed(text: str) -> str:
    """With a full stop at its end, unless it has one."""
    text = " ".join(text.split()).rstrip(" ,;:")
    return text if re.search(r"[.!?…][\"”»’')\]]*$", text) else text + "."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower_weekday(value: str) -> str:
    """A weekday after a colon begins small in Danish."""
    return re.sub(r"^(?:Man|Tirs|Ons|Tors|Fre|Lør|Søn)dag\b", lambda match: match.group().lower(), value)


