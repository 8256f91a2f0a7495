"""A follow-up → a question that stands alone: what "og anden?" and "hvem deltager?" take from the talk before them.

By rules, no model: an ellipsis puts its words in the place of their like in the question before; a pronoun or an
adverb ("hun", "der", "bagefter") carries the words before it along and stays near the passages just shown.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from assistant.questions import ORDINAL_NAMES, ORDINAL_WORDS, Ask, Question, Term
from corpus import concepts

_ELLIPSIS = re.compile(r"^(?:og|hvad med|hvad så med|hvad så|eller|så|men|and|what about|how about|or)\b[\s,]*", re.IGNORECASE)
_ASKS_ITSELF = re.compile(
    r"^(?:hvem|hvad|hvornår|hvor\b|hvordan|hvorfor|hvilke[nt]?|er|har|kan|skal|må|bliver|får|who|what|when|where|how|why|which|is|are|does|do|can|will|kræves|hvis)\b", re.IGNORECASE
)
_PRONOUN = re.compile(
    r"\b(?:han|hun|ham|hende|hans|hendes|vedkommende|dem|deres|dennes|dette|disse|denne|den|bagefter|derefter|derpå|dér|dertil|derudover|dertil|i den forbindelse|(?<!\ber )(?<!\bvar )(?<!findes )(?<!\bfins )(?<!bliver )(?<!\bstår )(?<!\bsker )(?<!\bkan )(?<!\bskal )(?<!\bvil )(?<!\bmå )der(?= |\?|$)(?!\s+(?:er|en|et|var|bliver|findes|kommer|skal|kan|må|noget|nogen))|"
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
    verb_only = len(telling) == 1 and len(question.tokens) <= 3 and question.ask is not Ask.KEYWORD and telling[0].word[-1:] in "rs" and not any(place > telling[0].place for place in question.idiom)
    return verb_only or bool(_ELLIPSIS.match(text)) or bool(_PRONOUN.search(text)) or bool(_DET.search(text)) or len(telling) == 0 or (len(telling) == 1 and question.ask not in (Ask.KEYWORD,) and len(question.tokens) <= 4 and not question.spoken)


def resolve(question: Question, before: Question, again: Callable[[str], Question]) -> Question:
    """`question` with what it takes from `before` (itself already resolved). `again` reads a question that stands alone."""
    rest = _ELLIPSIS.sub("", question.text).strip()
    elliptic = rest != question.text and not _ASKS_ITSELF.match(rest)
    if elliptic and len(question.tokens) <= 9:
        return _substituted(question, before, rest, again)
    carried = tuple(replace(term, carried=True, head=False) for term in before.terms if not _same(term, question.terms))
    ordinal = question.ordinal if question.ordinal is not None else before.ordinal
    spoken = question.spoken or before.spoken
    return replace(question, terms=question.terms + tuple(replace(t, place=-1) for t in carried), spoken=spoken if question.terms else before.spoken, ordinal=ordinal, follows=True)


def _same(term: Term, terms: tuple[Term, ...]) -> bool:
    return any(concepts.key(term.word) == concepts.key(other.word) for other in terms)


def _substituted(question: Question, before: Question, rest: str, again: Callable[[str], Question]) -> Question:
    """The question before, with the ellipsis's words in the place of what they are like."""
    tokens = list(before.tokens)
    if question.ordinal is not None and before.ordinal is not None:
        tokens = [ORDINAL_NAMES[question.language][question.ordinal - 1] if token in ORDINAL_WORDS else token for token in tokens]
    telling = [term for term in question.terms if term.weight >= 1]
    dropped = _replaced(before, telling, rest) if telling else []
    gone = [term.place for term in dropped if term.place >= 0]
    if telling:
        at = gone[0] if gone else len(tokens)
        words = [term.word for term in telling]
        tokens = [*(t for i, t in enumerate(tokens[:at]) if i not in gone), *words, *(t for i, t in enumerate(tokens[at:], at) if i not in gone)]
    return replace(again(" ".join(tokens)), text=question.text, follows=True, language=question.language)


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
