"""What candidates type, without what nobody may keep: CPR numbers, mail addresses and telephone numbers become words in brackets."""

from __future__ import annotations

import re

_GAP = r"[ \t\u00a0\u202f.\-–/]"
_CPR = re.compile(rf"(?<!\d)(?:0[1-9]|[12]\d|3[01]|6[1-9]|[78]\d|9[01]){_GAP}?(?:0[1-9]|1[0-2]){_GAP}?\d{{2}}{_GAP}{{0,3}}\d{{4}}(?!\d)")
_NAMELESS = re.compile(rf"\(?(?:{_CPR.pattern}|\[CPR-nummer\])\)?")
_MAIL = re.compile(r"(?<![\w.+%'-])[\w.+%'-]+(?:@|[ \t]@[ \t]?|@[ \t])(?:[\w-]+\.)*[\w-]+")
_ABROAD = re.compile(rf"(?<![\d+])(?:\+|00)\d{{1,3}}(?:{_GAP}?\d){{6,12}}(?!\d)")
_HOME = re.compile(
    rf"(?<!\d)(?!(?:19|20)\d\d{_GAP}(?:19|20)\d\d(?!\d))[2-9](?:\d{{7}}|\d(?:{_GAP}\d\d){{3}}|\d{{3}}{_GAP}\d{{4}}|\d{{2}}[ \u00a0]\d{{3}}[ \u00a0]\d{{2}}|\d[ \u00a0]\d{{3}}[ \u00a0]\d{{3}})(?!\d)"
    r"(?!\s*(?:kr\b|kroner|mio\b|mia\b|,-))"
)


def masked(text: str) -> str:
    """The text without CPR numbers, mail addresses and telephone numbers. CPR numbers go by their date, since valid ones may fail the modulus check.

    >>> masked("Jeg hedder Bo, 251248-9996, bo@firma.example, tlf. 31 41 51 61")
    'Jeg hedder Bo, [CPR-nummer], [mail], tlf. [telefon]'
    """
    text = _MAIL.sub("[mail]", text)
    text = _ABROAD.sub("[telefon]", text)
    return _HOME.sub("[telefon]", _CPR.sub("[CPR-nummer]", text))


def without_cpr(text: str) -> str:
    """The text as it is searched for: a CPR number, masked or not, says nothing about a job. All of it when there is nothing else.

    >>> without_cpr("Hvor mange elever har skolen? (251248-9996)")
    'Hvor mange elever har skolen?'
    """
    return " ".join(_NAMELESS.sub(" ", text).split()) or text
