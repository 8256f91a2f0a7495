"""A follow-up → a question that stands alone: what "og anden?" and "hvem deltager?" take from the talk before them.

By rules, no model: an ellipsis puts its words in the place of their like in the question before; a pronoun or an
adverb ("hun", "der", "bagefter") carries the words before it along and stays near the passages just shown.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.questions import Ask, Question, Term
from corpus import concepts

_ELLIPSIS = re.compile(r"^(?:og|hvad med|hvad så med|hvad så|eller|så|men|and|what about|how about|or)\b[\s,]*", re.IGNORECASE)
_ASKS_ITSELF = re.compile(
    r"^(?:hvem|hvad|hvornår|hvor\b|hvordan|hvorfor|hvilke[nt]?|er|har|kan|skal|må|bliver|får|who|what|when|where|how|why|which|is|are|does|do|can|will|kræves|hvis)\b", re.IGNORECASE
)
_PRONOUN = re.compile(
    r"\b(?:han|hun|ham|hende|hans|hendes|vedkommende|dem|deres|dennes|dette|disse|denne|den|bagefter|derefter|derpå|dér|dertil|derudover|dertil|i den forbindelse|der(?= |\?|$)(?!\s+(?:er|en|et|var|bliver|findes|kommer|skal|kan|må|noget|nogen))|"
    r"he|she|him|her|his|they|them|their|it|its|that|those|there|after that|afterwards|then)\b",
    re.IGNORECASE,
)
_DET = re.compile(r"\b(?:er|kan|skal|bliver|foregår|koster|varer|ligger|sker|holdes|gælder) (?:det|den|de)\b|\b(?:det|den|de)\s*\?*$|\b(?:om|ved|til|for|på|med|af|i) (?:det|den|de|dem)\b", re.IGNORECASE)
_PREPOSITION = re.compile(r"^(på|i|til|for|hos|ved|fra|om|med|af|at|in|on|for|with|of)\s+", re.IGNORECASE)


def leans(question: Question, first: bool) -> bool:
    """Whether a question needs the ones before it."""
    if first:
        return False
    text = question.text
    telling = [term for term in question.terms if term.weight >= 1]
    return bool(_ELLIPSIS.match(text)) or bool(_PRONOUN.search(text)) or bool(_DET.search(text)) or len(telling) == 0 or (len(telling) == 1 and question.ask not in (Ask.KEYWORD,) and len(question.tokens) <= 4 and not question.spoken)


def resolve(question: Question, before: Question) -> Question:
    """`question` with what it takes from `before` (itself already resolved)."""
    rest = _ELLIPSIS.sub("", question.text).strip()
    elliptic = rest != question.text and not _ASKS_ITSELF.match(rest)
    if elliptic and len(question.tokens) <= 9:
        return _substituted(question, before, rest)
    carried = tuple(replace(term, carried=True, head=False) for term in before.terms if not _same(term, question.terms))
    ordinal = question.ordinal if question.ordinal is not None else before.ordinal
    spoken = question.spoken or before.spoken
    return replace(question, terms=question.terms + tuple(replace(t, place=-1) for t in carried), spoken=spoken if question.terms else before.spoken, ordinal=ordinal, follows=True)


def _same(term: Term, terms: tuple[Term, ...]) -> bool:
    return any(concepts.key(term.word) == concepts.key(other.word) for other in terms)


def _substituted(question: Question, before: Question, rest: str) -> Question:
    """The question before, with the ellipsis's words in the place of what they are like."""
    ordinal = question.ordinal if question.ordinal is not None else before.ordinal
    telling = [term for term in question.terms if term.weight >= 1]
    if not telling:
        return replace(before, text=question.text, ordinal=ordinal, follows=True, language=question.language)
    dropped = _replaced(before, telling, rest)
    kept = tuple(replace(term, head=term.head and not dropped) for term in before.terms if term not in dropped)
    gone = {term.place for term in dropped}
    spoken = tuple(s for s in before.spoken if not s.places & gone or question.ordinal)
    own = tuple(replace(term, place=-1, head=bool(dropped) and any(d.head for d in dropped) and at == 0, weight=1.0) for at, term in enumerate(telling))
    extra = tuple(replace(s, places=frozenset({-1})) for s in question.spoken if s.name not in {x.name for x in spoken})
    if question.spoken and not question.ordinal:
        spoken = tuple(s for s in spoken if s.name not in {x.name for x in extra})
    return replace(before, text=question.text, terms=kept + own, spoken=extra + spoken, ordinal=ordinal, follows=True, language=question.language)


def _replaced(before: Question, telling: list[Term], rest: str) -> list[Term]:
    """The terms of the question before that the new ones stand in for: after the same preposition, a name for a name, else the head noun."""
    if question_preposition := _PREPOSITION.match(rest):
        preposition = question_preposition[1].casefold()
        if preposition in before.tokens:
            at = len(before.tokens) - 1 - before.tokens[::-1].index(preposition)
            after = [term for term in before.terms if term.place > at]
            if after:
                return after
        return [term for term in before.terms if term.name and not term.head]
    if all(term.name for term in telling):
        names = [term for term in before.terms if term.name]
        if names:
            return names
    heads = [term for term in before.terms if term.head]
    return heads or [term for term in before.terms if term.weight >= 1][:1]
