"""What a sentence turns round: negation, "kun", and words with an opposite, clause by clause against its source.

>>> clashes("Egen bil er et krav.", "Kørekort er et krav; egen bil er ikke.")
True
>>> clashes("Kørekort er et krav.", "Kørekort er et krav; egen bil er ikke.")
False
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from assistant.meaning import Words
from corpus import concepts
from corpus.danish import ABBREVIATIONS, STOP_WORDS, words

_NO = re.compile(
    r"\b(?:ikke|ingen|intet|uden|hverken|aldrig|ej|nej|næppe|fri for|fritaget|fritage|spar os for|udelukket|undgå|ekskl|eksklusive|excluding|not|no|none|without|never|neither|nor|cannot|can't|don't|doesn't|isn't|aren't)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(r"\b(?:kun|udelukkende|alene|only|solely)\b(?!\s+(?:én|ét|en|et|to|tre|\d))", re.IGNORECASE)
_BOUNDED = re.compile(r"\b(?:kun|udelukkende|alene|eneste|højst|først|bare|blot|hvis|når|dog|undtagen|only|solely|if|once)\b", re.IGNORECASE)
_CUT = re.compile(r"[;:()–—\n\t?!]|(?<=\w)\.(?=\s|$)|,(?!\d)(?!\s*(?:at|der|som|hvor|hvad|hvem|that|who|which)\b)\s*|\s(?=(?:men|but|dog)\b)|,?\s(?=(?:og|and)\s+(?:(?:du|vi|der|den|det|de|han|hun|you|we|it|they)\b|(?:ingen|en|et|no)\s|\w+[rs]\s+(?:ikke|ingen|kun)\b))", re.IGNORECASE)
_JOINED = re.compile(r"^(?:men|og|dog|but|and|eller|uden|without)\b", re.IGNORECASE)
_OWN_SUBJECT = re.compile(r"^(?:men|og|dog|but|and|eller)\s+(?:det|der|den|de|du|vi|han|hun|it|you|they|we|there)\b", re.IGNORECASE)
_CLOSING = frozenset("pct kr mio mia mv osv md mdr stk".split())
_BARE_NO = re.compile(r"(?:nej|no)", re.IGNORECASE)
_OPEN = re.compile(r"\b(?:at|du|som|der)\s*$", re.IGNORECASE)
_NAME = re.compile(r"(?:[A-ZÆØÅ][\wæøåé-]*\s?)+")
_OPPOSITES = tuple(
    tuple(frozenset(side.split()) for side in pair.split("/"))
    for pair in (
        "mindst minimum least/højst højest maksimalt most", "overskud surplus profit/underskud deficit loss",
        "op stige stiger steg steget hæves øges øget vokse vokser vokset voksede rise rises risen rose increase increased grown/ned falde falder faldt faldet sænkes reduceres mindskes mindsket faldende decrease decreased fallen fell reduced",
        "før inden forud before/efter bagefter after", "fuldtid/deltid", "fuld full/deltid part", "frivillig frivilligt voluntary/obligatorisk tvungen pligt mandatory",
        "højere over higher above/lavere under lower below", "flere more/færre fewer", "større larger bigger greater/mindre smaller less", "størst største largest biggest/mindst mindste smallest", "længere longer/kortere shorter",
        "bedre better/dårligere ringere værre worse", "tidligere earlier/senere later", "først first/sidst last", "første/sidste seneste forrige", "åben åbent åbner open opens/lukket lukker closed closes", "fordel plus advantage/ulempe disadvantage",
        "krav kræves påkrævet requirement required/fordel plus ønske ønskeligt advantage", "fast varig varigt permanent/midlertidig midlertidigt tidsbegrænset vikariat temporary",
        "oprettet oprettes åbnet stiftet/nedlagt nedlægges lukket afskaffet", "forgænger predecessor/efterfølger afløser successor", "inkl inklusive including/ekskl eksklusive excluding", "dag dagtimerne dagtimer/nat nattetimerne nattetimer",
        "ældst ældste/yngst yngste", "billigere/dyrere", "hurtigere/langsommere", "nord nordpå/syd sydpå", "øst/vest", "køber købe/sælger sælge", "hjemme/ude",
    )
)
_NEXT_TO = re.compile(r"\b(?:næst|second[- ])(størst\w*|mindst\w*|høj\w*|ældst\w*|yngst\w*|bedst\w*|largest|biggest|smallest)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause's words and whether it negates; `subject` are the words it takes from the clause before ("…, men ikke et krav")."""

    text: str
    content: tuple[str, ...]
    negated: bool
    restricted: bool
    subject: tuple[str, ...] = ()


@lru_cache(maxsize=20_000)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of a text, in order."""
    found: list[Clause] = []
    for piece in _pieces(text):
        told = tuple(word for word in words(piece) if _tells(word))
        one = Clause(piece, told, bool(_NO.search(piece)), bool(_ONLY.search(piece)))
        if found and _BARE_NO.fullmatch(piece.strip()):
            found[-1] = replace(found[-1], negated=True)
            continue
        if found and len(told) <= 1 and _JOINED.match(piece.strip()) and not _OWN_SUBJECT.match(piece.strip()):
            one = replace(one, subject=found[-1].subject or _subject(found[-1]))
        if told or one.negated:
            found.append(one)
    return tuple(found)


def _subject(clause: Clause) -> tuple[str, ...]:
    """What a clause speaks of: the name it begins with, else its first telling word."""
    name = _NAME.match(clause.text.strip())
    return tuple(words(name.group())) if name and len(name.group().split()) > 1 else clause.content[:1]


def _pieces(text: str) -> list[str]:
    """The text cut where a clause may end; "ca." and its like end none."""
    pieces: list[str] = [""]
    at = 0
    for cut in _CUT.finditer(text):
        before = text[at : cut.start()]
        last = before.split()[-1].casefold().strip("(") if before.split() else ""
        follows = re.match(r"\s+[A-ZÆØÅ]", text[cut.end() :]) and last in _CLOSING
        if cut.group() == "." and (last in ABBREVIATIONS or last.isdigit()) and not follows:
            continue
        pieces.append(before)
        at = cut.end() if not re.match(r"\s|,\s?$", cut.group()) or cut.group().strip() == "," else cut.start()
    return [piece for piece in [*pieces, text[at:]] if piece.strip()]


def _tells(word: str) -> bool:
    return word not in STOP_WORDS and not word[0].isdigit() and not _NO.fullmatch(word)


def clashes(text: str, source: str | Sequence[str], language: str = "da") -> bool:
    """Whether a clause of `text` denies what the clause of `source` (one, or several) that says the same affirms, or the reverse.

    Of the lines above a source's own, only those that negate count; one that leads in ("Følgende hører ikke til:") negates what it leads.
    """
    sources = [source] if isinstance(source, str) else list(source)
    said, there = clauses(text), tuple(clause for one in sources for clause in _standing(one))
    return opposed(text, "\n".join(sources)) or any(_denies(clause, there, language, bool(_BOUNDED.search(text))) for clause in said) or any(_affirms(said, one, there, language) for one in there if one.negated)


@lru_cache(maxsize=20_000)
def _standing(source: str) -> tuple[Clause, ...]:
    """What a source says: its own clauses, and those above it that negate."""
    *above, own = source.split("\n")
    heads = [clause for line in above if any(clause.negated for clause in clauses(line)) for clause in clauses(line)]
    led = any(_leads_no(line) for line in above)
    question = [clause for line in above[-1:] for clause in clauses(f"{line}\n{own}")] if _BARE_NO.match(own) else []
    mine = tuple(replace(clause, negated=True) if led else clause for clause in clauses(own))
    return (*heads, *question[:1], *mine)


def _leads_no(line: str) -> bool:
    """Whether a lead-in denies what it leads in: "Følgende hører ikke til stillingen:", "… men er ikke en betingelse, at du"."""
    found = clauses(line)
    if not found or not found[-1].negated:
        return False
    return bool(_OPEN.search(line)) or (line.rstrip().endswith(":") and all(clause.negated for clause in found))


def _affirms(said: tuple[Clause, ...], denied: Clause, there: tuple[Clause, ...], language: str) -> bool:
    """Whether the text says, without a negation, all that only a negated clause of the source says."""
    elsewhere = Words.of(" ".join(" ".join(one.content) for one in there if one is not denied))
    own = [word for word in denied.content if not elsewhere.says(word)]
    plain = Words.of(" ".join(" ".join(one.content) for one in said if not one.negated))
    turned = Words.of(" ".join(" ".join(one.content) for one in said if one.negated))
    return bool(own) and all(plain.says(word) for word in own) and not any(turned.says(word) for word in own)


def _denies(clause: Clause, there: tuple[Clause, ...], language: str, bounded: bool) -> bool:
    """Whether the source's clauses nearest to this one all have the other polarity, or a limit ("kun") that only one side sets."""
    wanted = (*clause.content, *clause.subject)
    met = [[_met(word, one, language) for word in wanted] for one in there]
    weights = [1 / max(1.0, sum(row[at] for row in met)) for at in range(len(wanted))]
    scores = [sum(weight * said for weight, said in zip(weights, row, strict=True)) for row in met]
    best = max(scores, default=0.0)
    if best == 0:
        return clause.negated and not any(one.negated for one in there)
    nearest = [one for score, one in zip(scores, there, strict=True) if score > best - 1e-6]
    if all(one.negated != clause.negated for one in nearest) or all(_turned(set(words(clause.text)), set(words(one.text))) for one in nearest):
        return True
    if clause.restricted and not any(_BOUNDED.search(one.text) for one in nearest):
        return True
    return all(one.restricted for one in nearest) and not bounded


def _met(word: str, clause: Clause, language: str) -> float:
    """How surely a clause says a word: as itself, or in other words."""
    own = (*clause.content, *clause.subject)
    if any(concepts.key(word) == concepts.key(other) for other in own):
        return 1.0
    return 0.5 if Words.of(" ".join(own)).says(word, language) else 0.0


def opposed(text: str, source: str) -> bool:
    """Whether the text has a word whose opposite, and not itself, stands in the source; or leaves the "næst" out of "næststørst"."""
    second = {match.casefold() for match in _NEXT_TO.findall(source)}
    plain = set(words(text))
    if second & plain and not second & set(words(source)):
        return True
    return _turned(plain, set(words(source)))


def _turned(said: set[str], there: set[str]) -> bool:
    return any(said & one and not said & other and not there & one and there & other for left, right in _OPPOSITES for one, other in ((left, right), (right, left)))
