"""What is no question about the profile: greetings, thanks, what we can do, what we decline. Answered kindly, uncited."""

from __future__ import annotations

import re

from corpus.danish import words

_GREETING = re.compile(r"^(?:hej(?:sa)?|hejsa|goddag|godmorgen|god (?:dag|morgen|aften|eftermiddag)|godaften|dav(?:s)?|mojn|hi|hello|hey|good (?:morning|evening|afternoon))\b(?: (?:med dig|der|igen|there))?[\s!.,]*$")
_THANKS = re.compile(r"^(?:(?:mange |tusind )?tak(?: for (?:hjælpen|det|svaret|svarene|hjælp|din hjælp))?|tusinde? tak|super|fint|perfekt|ok(?:ay)?|thank you|thanks|thx)\b[\w\s]{0,30}[!.\s]*$")
_BYE = re.compile(r"^(?:farvel|hej hej|ses|vi ses|god (?:dag|weekend|aften) til dig|bye|goodbye|see you)[\s!.,]*$")
_HELP = re.compile(
    r"^(?:hvad kan du(?: hjælpe(?: mig)? med| svare på| gøre| fortælle(?: mig)?)?|hvem er du|hvad er du|er du (?:et menneske|en robot|en maskine|ai|kunstig intelligens)|hjælp|help|what can you do|who are you|what are you|are you (?:human|a robot|an ai)|hvordan (?:virker|fungerer) (?:du|det her))[\s?!.]*$"
)
_CALM = re.compile(r"\b(?:selvmord|tage mit (?:eget )?liv|ikke leve længere|gøre skade på mig selv|suicide|kill myself|selvskade)\b")
_ASSESS = re.compile(
    r"\bhvem er (?:bedst|den bedste|mest egnet)\b.*\b(?:job|stilling|kandidat|ansøger)|\ber jeg (?:god nok|egnet|kvalificeret)|\ber jeg for (?:gammel|ung)(?: til (?:jobbet|stillingen))?\W*$|\b(?:får|vil) jeg (?:få )?jobbet\b|\bvurdér? (?:mig|mit|min|ham|hende)\b|\bwho is (?:the )?best (?:for|candidate)|\bam i (?:qualified|good enough|suitable)"
)
_INSTRUCTION = re.compile(
    r"\b(?:ignor[eé]r?|glem|se bort fra|tilsidesæt|disregard|forget|override)\b.{0,40}\b(?:instruk\w*|instructions?|regler|rules|ovenstående|previous|tidligere|prompt\w*)\b|\bsystem ?prompt|\bdine (?:instruk\w+|regler)\b|\byour (?:instructions|rules|prompt)\b|\b(?:lad som om|pretend|act as|roleplay|rollespil|jailbreak)\b|"
    r"\bdu er nu\b|\byou are now\b|\bmiljøvariab|\benvironment variable|/etc/passwd|\bbase64\b|\bapi[- ]?(?:key|nøgle)\b|\bandres? samtale(?:r)? med dig\b|\bandre (?:kandidaters|ansøgeres)\b|\bother (?:candidates|applicants)['’]"
)
_ELSEWHERE = re.compile(
    r"(?<!hvis )(?<!når )\bvejret\b|\bvejrudsigt|\bweather\b|\bhvem vinder\b|\bwho (?:will win|wins)\b|\bfodboldkamp|\bopskrift\b|\brecipe\b|\bfortæl (?:en|mig en) (?:vits|joke|historie)|\btell me a joke|\bskriv (?:et|en) (?:digt|sang|roman|program|kode)|\bwrite (?:a|an) (?:poem|song|program|code)|"
    r"\bhovedstaden i\b|\bcapital of\b|\bstatsminister|\bprime minister|\bpresident\b|\bfolketingsvalg|\bhvad er \d+ ?[-+*/x] ?\d+|\bwhat is \d+ ?[-+*/x] ?\d+|\bhoroskop|\baktiekurs|\bbitcoin|\bhovedpine|\bmedicin mod\b|\boversæt\b|\btranslate\b|\bmeningen med livet|\bmeaning of life"
)


def manner(text: str) -> str | None:
    """The key of the saying that answers `text`, or None when it is a question for the profile.

    "off_topic" and "assess" are refusals; the others are not.
    """
    plain = " ".join(text.casefold().split())
    if not words(plain) or not any(character.isalpha() for character in plain):
        return "off_topic"
    for key, pattern in (("hello", _GREETING), ("bye", _BYE), ("thanks", _THANKS), ("help", _HELP)):
        if pattern.match(plain):
            return key
    for key, pattern in (("calm", _CALM), ("off_topic", _INSTRUCTION), ("assess", _ASSESS), ("off_topic", _ELSEWHERE)):
        if pattern.search(plain):
            return key
    return None


REFUSALS = frozenset({"off_topic", "assess"})
