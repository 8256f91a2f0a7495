"""The typed things a stretch of text holds: dates, times, persons, phones, mails, addresses, amounts, numbers.

They tell whether a passage *can* answer a question (who? when? how many?), and what a checker must find again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from corpus import dates
from corpus.danish import parts


class Kind(StrEnum):
    """What a question may ask for and a passage may hold."""

    DATE = "date"
    TIME = "time"
    DURATION = "duration"
    PERSON = "person"
    PHONE = "phone"
    MAIL = "mail"
    URL = "url"
    ADDRESS = "address"
    AMOUNT = "amount"
    PERCENT = "percent"
    NUMBER = "number"
    PLACE = "place"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Entity:
    """A typed span, `text[start:end]`, in characters."""

    kind: Kind
    start: int
    end: int
    text: str


NUMBER_WORDS = {
    word: number
    for number, names in {
        1: "én ét", 2: "to two begge", 3: "tre three", 4: "fire four", 5: "fem five", 6: "seks six", 7: "syv seven", 8: "otte eight", 9: "ni nine",
        10: "ti ten", 11: "elleve eleven", 12: "tolv twelve", 13: "tretten thirteen", 14: "fjorten fourteen", 15: "femten fifteen", 16: "seksten sixteen",
        17: "sytten seventeen", 18: "atten eighteen", 19: "nitten nineteen", 20: "tyve twenty", 30: "tredive thirty", 40: "fyrre forty",
        50: "halvtreds fifty", 60: "tres sixty", 70: "halvfjerds seventy", 80: "firs eighty", 90: "halvfems ninety", 100: "hundrede hundred",
        1000: "tusind tusinde thousand",
    }.items()
    for word in names.split()
}  # fmt: skip
_NUMBER_WORD = "|".join(sorted((*NUMBER_WORDS, "halvanden", "halvandet", "et par", "en snes"), key=len, reverse=True))

_PHONE = re.compile(r"(?<![\d.,/-])(?:\+45\s?|\(\+45\)\s?|0045\s?)?(?:\d{2}[ .-]?\d{2}[ .-]?\d{2}[ .-]?\d{2})(?![\d/]|[.,-]\d)")
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_URL = re.compile(r"(?:https?://|www\.)[^\s<>()]+[^\s<>().,;:!?]|\b[a-zæøå][\w-]*(?:\.[\w-]+)*\.(?:dk|com|eu|org|net|example)(?:/[^\s<>(),;]*[^\s<>(),;.:!?])?")
_UNIT = r"(?:mio\.?|mia\.?|millioner|milliarder|million|milliard|t\.?kr\.?|tusind|kr\.?|kroner|DKK|euro)"
_AMOUNT = re.compile(rf"(?<![\d.,])\d[\d.,]*\d?\s*(?:{_UNIT}\s*)?(?:{_UNIT})(?:\s*(?:kroner|kr\.?))?(?!\w)", re.IGNORECASE)
_PERCENT = re.compile(r"(?<![\d.,])\d+(?:[.,]\d+)?\s*(?:%|pct\.?|procent(?:point)?)(?!\w)", re.IGNORECASE)
_DURATION = re.compile(rf"\b(?:\d+(?:[.,]\d+)?|{_NUMBER_WORD}|et|en)(?:-\d+)?\s+(?:hele\s+)?(?:minutter?|timer?|dage?|døgn|uger?|måneder?|år|årige?|hverdage|arbejdsdage)\b", re.IGNORECASE)
_STREET = re.compile(
    r"\b[A-ZÆØÅ][\wæøåé.-]*(?: [A-ZÆØÅ][\wæøåé.-]*){0,2}?(?:vej|vænget?|gade|gaden|allé|alle|plads|pladsen|torv|torvet|stræde|boulevard|kaj|kajen|parken|bakken|vang|have|park|ager|toften|stien|sti|vejen|alléen|havn|brygge|gård|stien|ringen|engen|marken|lunden|bro|bred) +\d+(?: ?[A-Z]\b)?(?: ?- ?\d+)?(?:,? +(?:\d{4} +[A-ZÆØÅ][\wæøå]+))?"
    r"|\b[A-ZÆØÅ][\wæøåé.-]+ \d{1,3}[A-Z]?,? +\d{4} +[A-ZÆØÅ][\wæøå]+"
    r"|\b\d{4} +[A-ZÆØÅ][a-zæøå]{2,}(?: [A-ZÆØÅ]\b)?"
)
# a word may have run into a number ("i 2012med"); "3g" and "2x" are none
_NUMBER = re.compile(rf"(?<![\w.,])\d+(?:[.,]\d+)*(?!\d|_|[^\W\d]{{1,2}}(?!\w)|[.,]\d)|\b(?:{_NUMBER_WORD})\b", re.IGNORECASE)
_NAME_WORD = r"[A-ZÆØÅÉ][a-zæøåéöüA-ZÆØÅ'’-]*[a-zæøåéöü]"
_PERSON = re.compile(rf"(?<![\w@./-]){_NAME_WORD}(?:\s(?:{_NAME_WORD}|[A-ZÆØÅ]\.|von|van|de|af))*\s{_NAME_WORD}(?![\w@/-])|\[NAVN\]")
_ROLE_TAIL = re.compile(
    r"(?:direktør|chef|leder|formand|forkvinde|borgmester|konsulent|sekretær|repræsentant|rektor|rådmand|inspektør|koordinator|partner|forstander|medlem|medarbejder|provst|præst|læge|sygeplejerske|lærer|pædagog|rådgiver|specialist|manager|specialist|assistent|advokat|ejer|stifter|næstformand|viceborgmester)(?:en|n)?$",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b[A-ZÆØÅa-zæøå-]*(?:direktør|chef|leder|formand|forkvinde|borgmester|konsulent|rektor|rådmand|inspektør|koordinator|partner|forstander|provst|bestyrelse|direktion)(?:en|n|ne|r|re|er)?\b", re.IGNORECASE
)
_NOT_PERSON = re.compile(
    r"(?:kommune|kommunes|region|regionen|center|centret|udvalg|udvalget|råd|rådet|forvaltning|skole|skolen|gymnasium|bibliotek|museum|fond|fonden|fonde|forening|vision|politik|lov|loven|aftale|styrelsen|ministeriet|universitet|forbund|"
    r"a/s|aps|nord|syd|øst|vest|plejecenter|hus|huset|afdeling|team|forsyning|boligforening|danmark|strategi|strategien|profil|stilling|stillingen|by|amt|selskab|gruppen|group|holding|sogn|provsti|stift|"
    r"mandag|tirsdag|onsdag|torsdag|fredag|lørdag|søndag|januar|februar|marts|april|maj|juni|juli|august|september|oktober|november|december|tlf|telefon|mail|adresse|the|we|you|kl|sundhed|omsorg|reform|forum|akademi|\w{3,}(?:ing|else|hed|skab|ende|ede|tion)|\w*(?:indsats|fritid|kultur|omsorg|ejendomme|familier|teknologi|borgerservice))$",
    re.IGNORECASE,
)
_OPENERS = re.compile(
    r"^(?:Det|Den|De|Du|Vi|Han|Hun|Jeg|Der|En|Et|Som|For|I|På|Til|Med|Hos|Om|Ved|Fra|Af|Din|Dit|Dine|Vores|Hvis|Når|Da|Og|Eller|Efter|Under|Kontakt|Ring|Borgmester|Kommunen|Formand|Spørg|Skriv|Hver|Alle|Både|Her|Nu|Ny|Nye|Både|Hvem|Hvad|Hvilke|Hvilken|Hvornår|Hvor|Hvordan|Er|Har|Kan|Skal|Who|What|When|Where|How|Is|Are|Does|Do|Can)$"
)


_TRAILER = re.compile(r"^(?:Tlf|Telefon|Tel|Mobil|Mob|Mail|Email|E-mail|Direkte)$")


def find(text: str, year: int | None = None) -> list[Entity]:
    """Every typed thing in `text`, kinds apart, in order of place; one stretch is not both a phone and a number.

    >>> [(e.kind.value, e.text) for e in find("Ring til Ida Ny, tlf. 12 34 56 78")]
    [('person', 'Ida Ny'), ('phone', '12 34 56 78')]
    """
    taken = bytearray(len(text))
    found: list[Entity] = []

    def claim(kind: Kind, span: tuple[int, int]) -> None:
        if not any(taken[slice(*span)]):
            taken[slice(*span)] = bytes([1]) * (span[1] - span[0])
            found.append(Entity(kind, *span, text[span[0] : span[1]]))

    for match in _MAIL.finditer(text):
        claim(Kind.MAIL, match.span())
    for match in _URL.finditer(text):
        claim(Kind.URL, match.span())
    for mention in dates.mentions(text, year):
        claim(Kind.DATE, (mention.start, mention.end))
        if mention.time:
            found.append(Entity(Kind.TIME, mention.start, mention.end, text[mention.start : mention.end]))
    for match in _PHONE.finditer(text):
        claim(Kind.PHONE, match.span())
    for kind, pattern in ((Kind.ADDRESS, _STREET), (Kind.AMOUNT, _AMOUNT), (Kind.PERCENT, _PERCENT), (Kind.DURATION, _DURATION)):
        for match in pattern.finditer(text):
            claim(kind, match.span())
    for span in dates.times(text):
        claim(Kind.TIME, span)
    for span in _persons(text):
        claim(Kind.PERSON, span)
    for match in _NUMBER.finditer(text):
        claim(Kind.NUMBER, match.span())
    for match in _ROLE.finditer(text):
        found.append(Entity(Kind.ROLE, *match.span(), match.group()))
    return sorted(found, key=lambda entity: entity.start)


def _persons(text: str) -> list[tuple[int, int]]:
    """The spans of what reads as a person's name: two or more capitalised words, titles and institutions left out."""
    spans = []
    for match in _PERSON.finditer(text):
        start, end = match.span()
        names = match.group().split(" ")
        if len(names) > 2 and len(parts(names[0].casefold())) > 1 and "-" not in names[0]:
            start += len(names.pop(0)) + 1
        while names and (_ROLE_TAIL.search(names[0]) or _OPENERS.match(names[0])):
            start += len(names.pop(0)) + 1
        while names and _TRAILER.match(names[-1]):
            end -= len(names.pop()) + 1
        if match.group() == "[NAVN]" or (2 <= len(names) <= 5 and not any(_NOT_PERSON.search(name) for name in names)):
            spans.append((start, end))
    return spans


def number_value(text: str) -> float | None:
    """The value of a written number, Danish or English style, or None: "4.200" → 4200, "7,8" → 7.8, "syv" → 7."""
    word = text.strip().casefold()
    if word in NUMBER_WORDS:
        return float(NUMBER_WORDS[word])
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{3})+", word):
        return float(re.sub(r"[.,]", "", word))
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})*,\d+", word):
        return float(word.replace(".", "").replace(",", "."))
    try:
        return float(word.replace(",", "."))
    except ValueError:
        return None
