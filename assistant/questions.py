"""What is asked: language, kind of question, what would answer it, its terms and concepts, and what it leans on.

Left to others: which passages meet it (`retrieving`), what earlier questions add (`followups`).
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from corpus import concepts
from corpus.danish import STOP_WORDS, words
from corpus.entities import NUMBER_WORDS, Kind
from corpus.spelling import mend

MAX_CHARACTERS = 2000


class Ask(StrEnum):
    """The form of a question."""

    WHEN = "when"
    WHO = "who"
    WHERE = "where"
    HOW_MANY = "how_many"
    HOW_MUCH = "how_much"
    HOW_LONG = "how_long"
    WHICH = "which"
    WHAT = "what"
    WHY = "why"
    HOW = "how"
    YES_NO = "yes_no"
    KEYWORD = "keyword"


@dataclass(frozen=True, slots=True)
class Term:
    """A word of the question that says something. `place` is its place among the tokens; `weight` 0-1 a prior."""

    word: str
    place: int
    weight: float = 1.0
    name: bool = False
    head: bool = False
    carried: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A question understood. `ordinal` is which one of several is meant ("anden samtale" → 2)."""

    text: str
    language: str
    ask: Ask
    tokens: tuple[str, ...]
    terms: tuple[Term, ...]
    spoken: tuple[concepts.Spoken, ...]
    expects: frozenset[Kind]
    ordinal: int | None = None
    wants_list: bool = False
    follows: bool = False
    idiom: frozenset[int] = frozenset()

    @property
    def how_many(self) -> int | None:
        """How many things the question says that there are ("hvilke fire opgaver" → 4)."""
        said = [int(token) if token.isdigit() else NUMBER_WORDS.get(token, 0) for token in self.tokens]
        return next((number for number in said if 2 <= number <= 12), None) if self.wants_list else None

    @property
    def must_hold(self) -> frozenset[Kind]:
        """The kinds of thing one of which the answer cannot do without: a number for "hvor mange", the name behind a role. Often none."""
        if self.ask is Ask.WHO and any(term.head and _NAMED_ROLE.search(term.word) for term in self.terms) and not self.wants_list:
            return frozenset({Kind.PERSON})
        strict = self.ask in (Ask.HOW_MANY, Ask.HOW_LONG) or self.expects <= _STRICT
        return self.expects if strict else frozenset()

    @property
    def concept_names(self) -> frozenset[str]:
        """The names of the concepts it speaks of."""
        return frozenset(spoken.name for spoken in self.spoken)


SINGLE = frozenset({Ask.WHEN, Ask.WHERE, Ask.WHO, Ask.HOW_MANY, Ask.HOW_MUCH, Ask.HOW_LONG})
"""What one thing answers."""
_STRICT = frozenset({Kind.MAIL, Kind.PHONE, Kind.AMOUNT, Kind.TIME, Kind.PERSON, Kind.PERCENT})
# Roles that are one person's; "hvem er din leder?" may be answered by a role
_NAMED_ROLE = re.compile(r"(?:direktør|formand|borgmester|rektor|forstander|provst|forgænger|mayor|chair|predecessor|.{3,}(?:chef|leder|konsulent|inspektør|koordinator))(?:en|n)?s?$")
_ENGLISH_WORDS = frozenset(
    """the is are what when where who whom whose which how why does do did can could will would should there any my i you of for to in on at and or if must have has
    with about from be this that job position need it they we me much many long please tell yes no get am an application deadline salary interview contact""".split()
)
_DANISH_WORDS = frozenset(
    """er hvad hvornår hvor hvem hvilke hvilken hvilket hvordan hvorfor og i på af til der den det de en et jeg man du skal kan har får med om ikke som for vil bliver mon
    gerne ved hos fra eller min mit mine jobbet stillingen løn frist kommunen""".split()
)
_ASKS: tuple[tuple[str, Ask], ...] = (
    (r"^(?:og |men |så )?(?:hvornår|when|hvilke[nt]? (?:dag|ugedag|dato|datoer|tidspunkt|måned|klokkeslæt|år)|what (?:date|day|time)|which (?:date|day))\b|\bhvilken dato\b|\bhvilket klokkeslæt\b|\bhvad dag\b|\bhvilke datoer\b", Ask.WHEN),
    (r"\bhvor (?:mange(?! penge)|stor en andel)\b|\bhow many\b|\bantal(?:let)?\b|\bnumber of\b|\bwhat is the number\b", Ask.HOW_MANY),
    (r"\bhvor (?:længe|lang tid|lang|langt)\b|\bhow (?:long|far)\b|\bhvor gammel\b|\bhow old\b", Ask.HOW_LONG),
    (r"\bhvor (?:meget|stort|stor|store|højt|høj|dyrt|dyr|mange penge)\b|\bhow (?:much|big|large|high)\b|\bhvad (?:koster|tjener)\b", Ask.HOW_MUCH),
    (r"\bhvem\b|\bwhom?\b|\bwhose\b|\bhvis (?:ansvar|leder)\b", Ask.WHO),
    (r"\bhvor(?! (?:mange|stort?|meget|længe|lang))\b(?!dan|for)|\bwhere\b|\bhvorhen\b", Ask.WHERE),
    (r"\bhvorfor\b|\bwhy\b|\bhvad er (?:grunden|årsagen)\b", Ask.WHY),
    (r"\bhvilke[nt]?\b|\bwhich\b", Ask.WHICH),
    (r"\bhvordan\b|\bhow\b|\bpå hvilken måde\b", Ask.HOW),
    (r"\bhvad\b|\bwhat\b|\bhva\b", Ask.WHAT),
)
_VERB_FIRST = re.compile(
    r"^(?:og |men |så |mon )?(?:er|har|kan|skal|må|bliver|får|vil|kræves|kræver|forventes|indgår|findes|betaler|følger|behøver|hører|gør|ligger|tager|holder|indhentes|tilbydes|tilbyder|gælder|stilles|sker|foregår|deltager|refererer|arbejder|"
    r"søger|udbetales|ydes|medfølger|kender|leder|dækker|kommer|skulle|kunne|ville|burde|bør|mødes|sidder|bor|ejer|driver|rejser|vælger|hjælper|is|are|does|do|did|can|could|will|would|should|must|has|have|was|were|may|am)\b"
)
_ORDINALS = {
    1: r"\b(?:første|1\.|first|1st|runde 1|indledende|one)\b|\b1\. ", 2: r"\b(?:anden|andet|second|2nd|runde 2|sidste runde)\b|\b2\. |\b2\b(?= (?:samtale|runde))", 3: r"\b(?:tredje|tredie|third|3rd|runde 3)\b|\b3\. ",
    4: r"\b(?:fjerde|fourth|4th|runde 4)\b|\b4\. ",
}  # fmt: skip
ORDINAL_NAMES = {"da": ("første", "anden", "tredje", "fjerde"), "en": ("first", "second", "third", "fourth")}
ORDINAL_WORDS = {"første", "anden", "andet", "tredje", "tredie", "fjerde", "first", "second", "third", "fourth", "1", "2", "3", "4"}
WEAK = frozenset(
    """job jobbet stilling stillingen stillingens profil profilen findes fins finde hedder hed heder kaldes forventes forventer forventninger ligger ligge præcis præcise præcist helt nemlig fortæl fortælle
    vide ved sige siger siges står stå gælder gælde stor stort store slags type form mulighed muligheder muligt mange nye ny nyt kommende egentligt bruge bruger brugt have gøre gør sker ske foregår hver del
    ting spørgsmål noget ens person personen lige aktuelle aktuel bestemt gang dag tid år navn navnet hedde information oplysninger info konkret konkrete nærmere forhold forbindelse indenfor inden skrevet nævnt nævnes
    meget går gå gik vist rundt hele givet give giver tager tage lang langt inde hører høre næste nogensinde altså kommer komme vej kender lave laver lavet arbejde arbejder passer passe holder holde
    mener mene godt skidt blevet været bliver sidste faktisk simpelthen reelt typisk
    get need tell know exact exactly job position new kind sort there have has any like take place give given information called name named expected expect required require candidate candidates you""".split()
)
_LIST_WORDS = re.compile(r"\b(?:hvilke|which|hvad er (?:de|kravene|opgaverne|målene)|what are|alle|list|nævn|oplist|hvad hedder (?:de|alle)?\s*\w+(?:ne|erne)\b|hvem (?:sidder|deltager|er med|indgår|består)|who (?:sits|takes part|are))\b")


def understand(text: str, vocabulary: Collection[str] = (), folded: dict[str, str] | None = None, names: Collection[str] = ()) -> Question:
    """Read one question on its own. `vocabulary`: the profile's words, for mending; `names`: its lower-case proper names."""
    language = language_of(text)
    plain = " ".join(text.split())
    tokens = words(plain)
    if language == "da":
        tokens = [mend(token, vocabulary, folded or {}) for token in tokens]
    elif folded:
        tokens = [mend_english(token, folded) for token in tokens]
    lowered = " ".join(tokens)
    raw = re.sub(r"\s+", " ", plain.casefold())
    ask = _ask(lowered, raw, plain, tokens)
    spoken = tuple(s for s in concepts.in_words(tokens, "english" if language == "en" else "danish") if s.strength >= 0.7)
    terms = _terms(tokens, plain, names, ask)
    ordinal = next((n for n, pattern in _ORDINALS.items() if re.search(pattern, raw)), None)
    idiom = frozenset(place for s in spoken if len(s.places) > 1 for place in s.places)
    plural = any(term.head and re.search(r"(?:ene|erne|rne)$", term.word) for term in terms) and ask in (Ask.WHAT, Ask.WHICH, Ask.WHO)
    return Question(plain, language, ask, tuple(tokens), terms, spoken, _expects(ask, spoken, lowered), ordinal, plural or bool(_LIST_WORDS.search(lowered)), idiom=idiom)


_NEXT = re.compile(
    r"(?:,?\s+(?:og|samt|and)|[?;])\s+(?=(?:(?:og|and)\s+)?(?:hv(?:em|ad|ornår|or|ordan|orfor|ilke[nt]?)|who|what|when|where|how|which|why|er|har|kan|skal|is|are|does|do)\b)", re.IGNORECASE
)


def several(text: str) -> list[str]:
    """The questions in one: "Hvornår er 2. samtale, og hvor foregår den?" → the first, and the one that leans on it."""
    parts = [part.strip() for part in _NEXT.split(text) if part.strip()]
    return parts if len(parts) in (2, 3) and all(len(words(part)) > 2 for part in parts) else [text]


def language_of(text: str) -> str:
    """`en` for English, else `da` (the contract: any other language is answered in Danish)."""
    tokens = words(text)
    english = sum(token in _ENGLISH_WORDS for token in tokens)
    danish = sum(token in _DANISH_WORDS for token in tokens) + 2 * sum(any(c in "æøå" for c in token) for token in tokens)
    return "en" if english > danish and (english >= 2 or len(tokens) <= 2) else "da"


def mend_english(word: str, folded: dict[str, str]) -> str:
    """An English word as it stands, or the profile's spelling of a name."""
    from corpus.danish import skeleton

    return folded.get(skeleton(word), word) if len(word) > 3 else word


def _ask(lowered: str, raw: str, plain: str, tokens: list[str]) -> Ask:
    if _VERB_FIRST.match(lowered) and len(tokens) > 2:
        return Ask.YES_NO
    for pattern, ask in _ASKS:
        if re.search(pattern, lowered):
            return ask
    return Ask.KEYWORD


def _terms(tokens: list[str], plain: str, names: Collection[str], ask: Ask) -> tuple[Term, ...]:
    """The words that say something; the head is the noun the question is about."""
    capital = {word.casefold() for word in re.findall(r"(?<=\s)[A-ZÆØÅ][\wæøåÆØÅ-]+", plain)}
    kept = [
        (place, token)
        for place, token in enumerate(tokens)
        if token not in STOP_WORDS and (len(token) > 1 or token.isdigit()) and token not in ORDINAL_WORDS
    ]
    strong = [(place, token) for place, token in kept if token not in WEAK and _bare(token) not in names]
    head = _head(strong, tokens)
    return tuple(
        Term(token, place, 0.3 if token in WEAK else 1.0, token in names or _bare(token) in names or (token in capital and token.upper() not in plain), place == head) for place, token in kept
    )


def _bare(token: str) -> str:
    """A name without its genitive."""
    return token.removesuffix("s").removesuffix("'").removesuffix("’")


def _head(strong: list[tuple[int, str]], tokens: list[str]) -> int | None:
    """The first telling word, or the one after it when the first is a genitive of it ("direktørens telefonnummer")."""
    if not strong:
        return None
    place, token = strong[0]
    if len(strong) > 1 and token.endswith("s") and not token.endswith("ss") and strong[1][0] == place + 1 and tokens[place - 1 : place] != ["mange"]:
        return strong[1][0]
    return place


_AMOUNT_ASKED = re.compile(r"\b(?:i kroner|kronebeløb|beløb(?:et)?|månedsløn(?:nen)?|årsløn(?:nen)?|timeløn(?:nen)?|monthly salary|annual salary|hourly (?:pay|wage))\b")
ROLE_WORD = re.compile(
    r"(?:direktør|chef|leder|formand|borgmester|medlem|konsulent|rektor|inspektør|koordinator|forstander|provst|kolleg|sekretær|lærer|forgænger|repræsentant|medlemmer|direktører|chefer|ledere|efternavn|mayor|director|manager|chair|head)(?:en|n|ne|r|re|er|erne)?\b"
)


def _expects(ask: Ask, spoken: tuple[concepts.Spoken, ...], lowered: str) -> frozenset[Kind]:
    """The kinds of thing that would answer."""
    by_form = {
        Ask.WHEN: {Kind.DATE, Kind.TIME},
        Ask.WHO: {Kind.PERSON, Kind.ROLE},
        Ask.HOW_MANY: {Kind.NUMBER, Kind.PERCENT, Kind.AMOUNT, Kind.DURATION},
        Ask.HOW_MUCH: {Kind.AMOUNT, Kind.PERCENT, Kind.NUMBER},
        Ask.HOW_LONG: {Kind.DURATION, Kind.NUMBER},
        Ask.WHERE: {Kind.ADDRESS, Kind.PLACE},
    }
    if "salary" in {s.name for s in spoken} and not _AMOUNT_ASKED.search(lowered):
        return frozenset()  # the terms answer it as well as an amount does
    if ask in (Ask.WHAT, Ask.WHICH, Ask.KEYWORD, Ask.HOW, Ask.WHERE, Ask.HOW_MANY, Ask.HOW_LONG):
        for pattern, kind in ((r"telefon|nummer(?:et)?\b|\btlf|phone|mobil", Kind.PHONE), (r"mail|e-post", Kind.MAIL), (r"adresse[nr]?\b|\baddress", Kind.ADDRESS), (r"procent|sygefravær|percent|rate\b", Kind.PERCENT)):
            if re.search(pattern, lowered) and not (kind is Kind.ADDRESS and "mail" in lowered) and not (kind is Kind.PHONE and "cpr" in lowered):
                return frozenset({kind})
    found = by_form.get(ask, set())
    if re.search(r"\bklokkeslæt|\bklokken\b|\b(?:hvad|hvilken) tid (?:på|af)|\bwhat time\b", lowered):
        found = {Kind.TIME}
    elif re.search(r"\b(?:koste\w*|pris\w*|cost)\b", lowered) and ask in (Ask.WHAT, Ask.WHICH, Ask.HOW_MUCH) or _AMOUNT_ASKED.search(lowered):
        found = {Kind.AMOUNT}
    elif ask is Ask.WHAT and re.search(r"\b(?:hedder|hed|navnet|efternavn|name)\b", lowered) and ROLE_WORD.search(lowered):
        found = {Kind.PERSON}
    if ask in (Ask.WHAT, Ask.WHICH, Ask.KEYWORD) and not found:
        table = concepts.concepts()
        wanted = [table[s.name].expects for s in spoken[:1]]
        found = {Kind(kind) for kind in wanted if kind}
    return frozenset(found)
