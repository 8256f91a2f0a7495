"""Whether two Danish words, or an English and a Danish one, may say the same: for aligning a sentence with its source.

By stem, by compound part, by derivation, by a shared concept of the field, by a shared translation. No model.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant import wording
from corpus import concepts
from corpus.danish import MONTHS, STOP_WORDS, parts, stem, words
from corpus.dates import WEEKDAYS
from corpus.entities import NUMBER_WORDS
from index.dictionary import danish_for, forms

_FRAMES = ("ask_contact", "ask_contact_phone", "ask_contact_mail", "in_days", "today", "tomorrow", "passed", "yes", "no", "close", "count")
FRAME = frozenset(word for table in wording.SAYINGS.values() for key in _FRAMES for word in words(re.sub(r"\{\w+\}", "", table.get(key, ""))))
LIGHT = frozenset(
    """hedder kaldes navnet udgør holdes holde ligger sted finder finde findes foregår gælder består sidder tale drejer handler stilling stillingen jobbet job profilen varer sker indgår
    medfører kommer gå går gør gøre træffes træffe kontakte kontakt kontaktes ring spørg skriv søger søge behøver behov nødvendig nødvendigt krav kræves kræver muligt mulig mulighed forventes forvente regne
    del fortælle svarer svare blandt nummer telefonnummer opgave opgaver opgaverne fungerer udgøres total antal cirka ca omkring samlet løbet ansvar ansvaret tager tage hører udløber lyder bare blot enkelt
    located takes place held called named contact write position job requirement required necessary part""".split()
) | FRAME
ROLE = re.compile(
    r"\b[\wæøåÆØÅ-]*(?:direktør|chef|leder|formand|forkvinde|konsulent|sekretær|rektor|partner|forstander|inspektør|koordinator|borgmester|rådmand|provst|overlæge|repræsentant|souschef|sygeplejerske|tillidsmand)(?:s|en|ne|n|re|rne|er|erne|ens)?\b",
    re.IGNORECASE,
)
_DERIVED_PREFIX, _HARDLY = 5, 0.3
_PARTICLE = re.compile(r"^(?:til|ind|ud|op|ned|af|på|fra|over|med|for|om)(\w{4,})$")


@lru_cache(maxsize=50_000)
def keys(word: str) -> frozenset[str]:
    """What a word is compared by: its own key and those of its compound's parts."""
    return frozenset(concepts.key(piece) for piece in (word, *parts(word)))


@lru_cache(maxsize=20_000)
def glosses(word: str) -> frozenset[str]:
    """The English words a Danish one is translated by, when it has few meanings."""
    table = forms()
    found = (table.get(word) or table.get(stem(word)) or "").split()
    return frozenset(concepts.english_key(gloss) for gloss in found) if len(found) <= 4 else frozenset()


def content(text: str) -> list[str]:
    """The words of a text that carry its meaning; numbers, days and months are compared elsewhere, empty verbs not at all."""
    return [word for word in words(text) if carries(word)]


def carries(word: str) -> bool:
    """Whether a word counts when a sentence is laid beside its source."""
    return word not in STOP_WORDS and word not in LIGHT and not word[0].isdigit() and not is_calendar(word) and word not in NUMBER_WORDS


@lru_cache(maxsize=10_000)
def is_calendar(word: str) -> bool:
    """Whether a word is a weekday or a month, Danish or English."""
    return word.rstrip("s") in _CALENDAR or word in _CALENDAR


_CALENDAR = frozenset((*WEEKDAYS, *MONTHS, *(month[:3] for month in MONTHS), *(d.casefold() for d in wording.ENGLISH_DAYS), *(m.casefold() for m in wording.ENGLISH_MONTHS)))


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a source, ready to be compared with."""

    keys: frozenset[str]
    glosses: frozenset[str]
    concepts: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Words:
        """A source's words."""
        return _read(text)

    def says(self, word: str, language: str = "da") -> bool:
        """Whether a word of the source may say the same as `word` (lower case)."""
        if concepts.key(word) in self.keys or any(self._meets(part) for part in ([word] if len(parts(word)) == 1 else [])):
            return True
        split = parts(word)
        if len(split) > 1 and all(self._meets(part) for part in split):
            return True
        if (particle := _PARTICLE.match(word)) and any(related(concepts.key(particle[1]), key, 4) for key in self.keys):
            return True
        if language == "en" and any(concepts.key(form) in self.keys for form in danish_for(word)):
            return True
        return bool(glosses(word) & self.glosses) or bool(_spoken((word,), language) & self.concepts)

    def _meets(self, word: str) -> bool:
        key = concepts.key(word)
        return key in self.keys or any(related(key, other) for other in self.keys)


@lru_cache(maxsize=20_000)
def _read(text: str) -> Words:
    found = [word for word in words(text) if word not in STOP_WORDS]
    meant = frozenset[str]().union(*(glosses(word) for word in found)) if found else frozenset()
    return Words(frozenset(key for word in found for key in keys(word)), meant, _spoken(tuple(words(text)), "profile"))


@lru_cache(maxsize=50_000)
def _spoken(tokens: tuple[str, ...], source: str) -> frozenset[str]:
    surest = 0.75
    return frozenset(one.name for one in concepts.in_words(tokens, {"da": "danish", "en": "english"}.get(source, source)) if one.strength >= surest)


def related(one: str, other: str, least: int = _DERIVED_PREFIX) -> bool:
    """Derived from one stem ("udvid" and "udvidels"): the shorter begins the longer, or nearly."""
    short, long = sorted((one, other), key=len)
    if len(short) < least:
        return False
    return long.startswith(short) or (len(short) > _DERIVED_PREFIX and long.startswith(short[:-1]) and len(long) - len(short) <= 4)


def share(text: str, source: Words, language: str = "da", held: int = 0, named: frozenset[str] = frozenset()) -> float:
    """The share of a text's content words that the source says; 1 when there are none.

    `held` values stand already and count along, unless hardly a word does; the words of their names (`named`) don't count again.
    """
    tokens = words(text)
    spoken = concepts.in_words(tokens, "english" if language == "en" else "danish")
    met = frozenset[int]().union(*(one.places for one in spoken if one.name in source.concepts)) if spoken else frozenset()
    wanted = [(place, word) for place, word in enumerate(tokens) if carries(word) and word not in named]
    said = [place in met or source.says(word, language) for place, word in wanted]
    if not said:
        return 1.0
    own = sum(said) / len(said)
    return own if own < _HARDLY else (sum(said) + held) / (len(said) + held)
