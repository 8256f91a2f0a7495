"""Danish as the search reads it: words, folded spelling, stems, the parts of compounds, where sentences end.

Nothing here is shown to anyone; the canonical text keeps its own spelling. Word frequencies: the package `wordfreq`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from pathlib import Path

from corpus.stemming import snowball

WORD = re.compile(r"[^\W_]+(?:[-'’&/][^\W_]+)*", re.UNICODE)

STOP_WORDS = frozenset(
    """af alle alt altså anden andet andre at bare begge blandt blev blive bliver bl.a. både da de dem den denne der deres det dette dig
    din dine disse dit dog du efter ej eller en end ene eneste enhver er et f.eks. fik fl. flere for fordi fra fx få får fået før først gennem
    gør ham han hans har have havde hen hende hendes her herunder hos hun hvad hvem hver hvilke hvilken hvilket hvis hvor hvordan hvorfor
    hvornår i idet igen ikke ind inden ja jeg jer jeres jo kan kun kunne lige man mange med mellem men mens mere mest mig min mine mit
    mod må måtte naturligvis ned nej noget nogen nogle nok nu når og også om omkring op os over på samt sammen selv selve sig sin sine sit skal skulle
    som så sådan således til tog ud under uden ved vi vil ville vor vore vores være var været via især gerne egentlig mon vel lidt helt
    a about all also am an and any are as at be been by can could did do does during for from get had has have he her him his how i if in
    into is it its may me my of on or our please she should so some tell than that the their them there they this to was we were what when
    where which who whom whose why will with would you your many much lot lots""".split()
)

_SKELETON = (("æ", "a"), ("ae", "a"), ("ä", "a"), ("ø", "o"), ("oe", "o"), ("ö", "o"), ("å", "a"), ("aa", "a"), ("é", "e"), ("ü", "u"))


def words(text: str) -> list[str]:
    """The words of `text`, lower case, in order; hyphenated compounds stay whole.

    >>> words("Børne- og Uddannelsesudvalget, kl. 9")
    ['børne', 'og', 'uddannelsesudvalget', 'kl', '9']
    """
    return [word.casefold() for word in WORD.findall(unicodedata.normalize("NFC", text))]


@lru_cache(maxsize=100_000)
def skeleton(word: str) -> str:
    """One spelling for æ/ae/a, ø/oe/o and å/aa/a, so that a keyboard without them still finds.

    >>> skeleton("tiltrædelse") == skeleton("tiltraedelse") == skeleton("tiltradelse")
    True
    """
    for danish, plain in _SKELETON:
        word = word.replace(danish, plain)
    return word


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The Danish Snowball stem (snowballstem.org) of a lower-case word, without a genitive apostrophe."""
    bare = word.replace("’", "'").split("'")[0]
    return snowball(bare, "danish") or word


@cache
def frequencies() -> dict[str, float]:
    """Danish word forms and their share of running text, 0-1 (loaded once, about 29,000 forms).

    The data of `wordfreq` without its code, which takes half as long to import as all the rest. Bucket n of its file holds the words of share 10^(-n/100).
    """
    import gzip
    from importlib.util import find_spec

    import msgpack

    package = find_spec("wordfreq")
    folder = Path(str(package.origin)).parent if package else Path()
    with gzip.open(folder / "data" / "small_da.msgpack.gz") as file:
        _, *buckets = msgpack.load(file)
    return {word: 10 ** (-at / 100) for at, bucket in enumerate(buckets) for word in bucket}


def rarity(word: str) -> float:
    """How much a word says, 0 (everywhere) to 1 (rare): a prior where a single profile is too short to tell."""
    share = frequencies().get(word, 0.0)
    if share <= 0:
        return 1.0
    from math import log10

    return min(1.0, max(0.0, (-log10(share) - 2.0) / 4.0))


@lru_cache(maxsize=100_000)
def parts(word: str) -> tuple[str, ...]:
    """The parts of a compound, the head last; the word alone when it is none. Linking -s- and -e- are dropped.

    >>> parts("anlægsbudget")
    ('anlæg', 'budget')
    """
    if "-" in word:
        pieces = [piece for piece in word.split("-") if len(piece) > 2]
        return tuple(part for piece in pieces for part in parts(piece)) or (word,)
    found = _split(word, 3) if len(word) >= 7 and frequencies().get(word, 0.0) < 2e-5 else None
    return found[1] if found else (word,)


def _split(word: str, most: int) -> tuple[float, tuple[str, ...]] | None:
    """The likeliest cut of `word` into at most `most` known parts: (mean log share, parts)."""
    from math import log10

    known = frequencies()
    best: tuple[float, tuple[str, ...]] | None = None
    for cut in range(3, len(word) - 2):
        head = word[cut:]
        share = max(known.get(head, 0.0), *(known.get(bare, 0.0) / 2 for bare in _bare_forms(head)))
        if share <= (1e-6 if len(head) > 3 else 3e-5) or head in STOP_WORDS:
            continue
        for modifier in {word[:cut], word[: cut - 1] if word[cut - 1] in "se" else word[:cut]}:
            if len(modifier) < 3 or modifier in STOP_WORDS:
                continue
            front = known.get(modifier, 0.0)
            candidate: tuple[float, tuple[str, ...]] | None = None
            if front > (1e-6 if len(modifier) > 3 else 3e-5):
                candidate = ((log10(front) + log10(share)) / 2, (modifier, head))
            elif most > 2 and (deeper := _split(modifier, most - 1)):
                candidate = ((deeper[0] + log10(share)) / 2 - 1, (*deeper[1], head))
            if candidate and (best is None or candidate[0] > best[0]):
                best = candidate
    return best


def _bare_forms(word: str) -> list[str]:
    """The word without each inflection it may carry ("fristen" → "frist")."""
    endings = ("ernes", "erne", "ens", "ets", "en", "et", "er", "s", "n")
    return [word[: -len(ending)] for ending in endings if word.endswith(ending) and len(word) - len(ending) >= 4] or [word]


ABBREVIATIONS = frozenset(
    """adm afd bl.a ca cand d d.d dr e.l eks ekskl etc evt f.eks f.m ff fhv fr hhv hr ift iht incl inkl ing jf jr kgl kl kr kt lign m.fl m.m
    m.v max mdr md maks mht mia min mio ml mv nr o.a o.l o.lign obs osv p.t pct pga pkt pr prof resp s sek sml skt soc.dem sr st stk str t tdl tlf
    udg vedr vha v tel mob dvs fx el lb cvr ph.d dr.med dr.phil dr.jur dr.scient merc jur mag polit scient oecon pæd pol kons lic""".split()
)
SHORT_MONTHS = frozenset("jan feb apr jun jul aug sep sept okt nov dec".split())
MONTHS = ("januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september", "oktober", "november", "december")
_STOP = re.compile(r"[.!?…]+[\"”»’')\]]*(?=\s|$)")


def sentences(text: str, start: int = 0, end: int | None = None) -> list[tuple[int, int]]:
    """The spans of the sentences in `text[start:end]`, white space trimmed, in order.

    A full stop after an abbreviation, an initial or an ordinal ("den 5. februar", "1. samtale") ends nothing.
    """
    end = len(text) if end is None else end
    spans, at = [], start
    for stop in _STOP.finditer(text, start, end):
        if stop.group()[0] == "." and not _ends(text, at, stop.start(), stop.end(), end):
            continue
        spans.append((at, stop.end()))
        at = stop.end()
    spans.append((at, end))
    return [span for span in (trim(text, *span) for span in spans) if span[0] < span[1]]


def _ends(text: str, begin: int, dot: int, after: int, end: int) -> bool:
    """Whether the full stop at `dot` ends the sentence that began at `begin`."""
    before = text[begin:dot].split()
    last = before[-1].casefold().lstrip("(\"'»”[") if before else ""
    following = text[after:end].lstrip()
    if not following:
        return True
    if following[0].islower() or following[0] in ",;)":
        return False
    if last in SHORT_MONTHS:
        return not following[0].isdigit()
    if last in ABBREVIATIONS:
        return last in {"kr", "pct", "mio", "mia", "mv", "m.v", "m.m", "m.fl", "osv", "etc", "o.l", "stk", "o.lign"} and not following[0].isdigit()
    if len(last) == 1 and last.isalpha() and before[-1].isupper():
        return False
    if last.isdigit() and len(last) <= 2:
        word = re.split(r"\W", following, maxsplit=1)[0].casefold()
        return len(before) > 1 and word not in MONTHS and not following[0].isdigit()
    return True


def trim(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
