"""A candidate's mail → a draft of the reply: each question in its running text found, and answered with citations or left to the consultant.

Nothing is stored: the mail is read, the draft handed back. Left to others: how it is shown (`web`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answers import MARK, Answer
from assistant.fronting import WRITER
from assistant.likeness import alone
from assistant.questions import language_of
from corpus.danish import words

SURE = 0.5
MOST_QUESTIONS = 20
Ask = Callable[[str, str, Sequence[str]], Answer]


@dataclass(frozen=True, slots=True)
class Drafted:
    """A question of the mail, `mail[start:end]`, as it was asked of the assistant, and its answer. `needs_you`: why a person must answer (empty: none).

    `shown` is how the reply repeats it: as it was asked, or in the mail's own words where turning them wasn't sure.
    """

    question: str
    start: int
    end: int
    answer: Answer
    needs_you: str = ""
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A whole reply: `text` is what is copied; `language` the mail's own."""

    language: str
    questions: tuple[Drafted, ...]
    text: str


_QUOTED = re.compile(r"(?m)^\s*>.*$|^(?:-{2,}\s*(?:Oprindelig|Original|Videresendt|Forwarded).*|(?:Den|On)\b[^\n]{5,120}\b(?:skrev|wrote):|Fra:\s|From:\s)[\s\S]*\Z")
_SIGNED = re.compile(r"(?mi)^\s*(?:-- ?$|(?:med )?(?:venlig|de bedste|bedste|mange|kærlig|kind|best|warm|many)\b[^\n]{0,30}\b(?:hilsen|hilsner|regards|wishes|thanks)\b|(?:mvh|vh|hilsen|sincerely|regards|best)[\s,.]*$)[\s\S]*\Z")
_SENTENCE = re.compile(r"[^\n.!?]*(?:(?<=\b\d)\.(?=\s?\w)|\.(?=\w)|(?i:(?<=\bca)|(?<=\bfx)|(?<=\bkl)|(?<=\bbl\.a)|(?<=\bf\.eks)|(?<=\bevt)|(?<=\bnr)|(?<=\btlf)|(?<=\bpr)|(?<=\bvedr))\.|[^\n.!?])*[.!?]*")
_INDIRECT = re.compile(
    r"(?i)\b(?:(?:(?:vil|ville|kunne) (?:jeg |vi |man )?(?:også |dog |meget |egentlig |så |desuden |derfor )*(?:gerne |godt )?(?:tænke (?:mig|os) )?(?:at )?(?:vide|høre|spørge|have at vide|få at vide)|(?:kunne|kan|må|vil) (?:jeg|I|du|man|vi) (?:også |evt\.? |eventuelt |måske |venligst |gerne )*(?:fortælle|oplyse|sige|bekræfte|svare|uddybe|få at vide|få oplyst)|er (?:også |meget )?(?:i tvivl|nysgerrig(?: efter)?|interesseret|spændt|usikker)"
    r"|undrer mig|tænk(?:er|te)(?: jeg)?(?: også)? (?:på|over)|undres|har (?:også |lige )?(?:et par |et enkelt |enkelte |nogle få |nogle |flere |et |to |tre |fire )?(?:korte |hurtige |små )?spørgsmål|spørger (?:jeg )?(?:også )?|fremgår det|would like to (?:know|ask)|wonder(?:ing)?|could you (?:please )?(?:tell|say|confirm)|can you (?:please )?(?:tell|say|confirm)|am (?:unsure|curious))"
    r"(?: (?:mig|os|me|us|jer|noget|lidt|mere|også|gerne|på|til|about|om det|nærmere|om(?=,? hv)))*[,:]?\s+(?P<rest>(?:om|hvorvidt|whether|if|hvornår|hvem|hvad|hvor|hvordan|hvorfor|hvilke[nt]?|when|who|what|where|how|why|which)\b.*))",
    re.DOTALL,
)
_WH = r"(?:hvornår|hvem|hvad|hvordan|hvorfor|hvilke[nt]?|hvor|when|who|whom|what|where|how|why|which)"
_JOINED = re.compile(rf"(?i)\s*(?:,|;)?\s+(?:og|samt|and|or|eller)\s+(?:(?:også|om|endelig|så|also)\s+)?(?={_WH}\b|(?:er|har|kan|skal|må|bliver|får|vil|kræver|kræves|is|are|does|do|can|will|must)\s+(?:der|man|jeg|I|det|den|stillingen|there|you|one|I|it|the)\b|om\s|hvorvidt\s|whether\s)|\s*[,;]\s+(?={_WH}\b)(?!hvor (?:jeg|der|man)\b)")
_OPENER = re.compile(r"(?i)^(?:(?:og|men|så|desuden|derudover|endelig|for det (?:første|andet|tredje)|til sidst|også|først|dernæst|jeg|also|and|finally|first|lastly|besides|furthermore|hej[^,.!?]{0,40}|kære[^,.!?]{0,40}|dear[^,.!?]{0,40}|\d+[.)]|[-*•–])[\s,:]+)+")
_LISTED = re.compile(rf"(?i)^(?:\d+[.)]|[-*•–])\s+(?:{_WH}|er|har|kan|skal|må|bliver|får|vil|kræver|kræves|is|are|does|do|can|will|must)\b")
_INTRODUCED = re.compile(rf"(?i)^[^?:]{{0,120}}:\s+(?=(?:{_WH}|er|har|kan|skal|må|bliver|får|vil|is|are|does|do|can|will|must)\b)")
_TOLD = re.compile(r"(?i)^(?:kunne|kan|må|vil|ville) (?:man|jeg|vi|I|du) (?:også |evt\.? |eventuelt |måske |venligst |gerne )*(?:få oplyst|få at vide|oplyse(?: mig)?|fortælle mig)(?: om)? (?!(?:om|hvorvidt|hv\w+)\b)(?P<thing>(?:\S+ ){0,4}\S+)$")
_PHRASE = r"(?:hvor (?:mange|meget|langt?|længe|stort?|store|høj[te]?|ofte|tit|hurtigt|gammel|tidligt|sent)|hvilke[nt]?|hvornår|hvordan|hvorfor|hvem|hvad|hvor)"
_VERB = r"(?:kan|kunne|skal|skulle|vil|ville|må|måtte|bør|burde|ved|var|havde|(?!(?:der|eller|efter|under|over|per|hver|her|hvor|ikke)\b)\w*(?:er|år|or|ør|ar|ir|yr)|\w{2,}[eå]s)"
_ADVERB = r"(?:ikke|også|normalt|typisk|egentlig|cirka|ca\.|helst|evt\.|selv|så|forventeligt)"
_NAMED = r"(?:man|jeg|du|vi|I|han|hun|de|det|den|(?:min|din|jeres|vores|deres) \w+|\w+(?:en|et|erne|ene))"
_MODAL = r"(?:er|har|kan|skal|vil|må|bør|bliver|får|går|kommer|kunne|skulle|ville|var|havde|findes|kræves|gælder|holder|sidder|is|are|does|do|did|can|will|must|should|may|has|have|was)"
_DIRECT = re.compile(rf"(?i)^(?:{_PHRASE}|{_WH})(?: (?!der\b|{_NAMED} )\S+)? {_MODAL}\b(?! )|^(?:{_PHRASE}|{_WH})(?: (?!der\b)\w+)?? {_MODAL} \S")
_WHETHER = re.compile(r"(?i)^(?:om|hvorvidt|whether|if)\s+")


def draft(mail: str, profile: str, ask: Ask, name: str, sign: str, wording: Callable[[str, str], str], quote: Callable[[Answer], list[str]]) -> Draft:
    """The draft of a reply to a mail about a profile. `ask` answers one question (profile, earlier); `name` signs; `wording` gives our sentences by language and key.

    `quote` gives the lines that say where an answer stands. One question is asked once; only one that leans on the one before takes it along.
    """
    language, found, before = language_of(body(mail)), [], ""
    for text, start, end, sure in _found(mail)[:MOST_QUESTIONS]:
        leaning = bool(before) and not alone(text)
        answer = ask(text, profile, [before] if leaning else [])
        found.append(Drafted(text, start, end, answer, _needs(answer), text if sure else f"»{' '.join(body(mail)[start:end].split()).strip(' ,;.')}«"))
        before = before if leaning else text
    return Draft(language, tuple(found), reply(found, language, greeted(mail), sign or name, wording, quote))


def questions(mail: str) -> list[tuple[str, int, int]]:
    """The questions in a mail's running text, in order: each as it can be asked alone, and its place.

    >>> [one[0] for one in questions("Hej Lis\\nHvornår er fristen, og hvem kan jeg ringe til? Jeg vil gerne vide, om der er kantine.\\nMvh Bo")]
    ['Hvornår er fristen?', 'Hvem kan jeg ringe til?', 'Er der kantine?']
    """
    return [(asked, start, end) for asked, start, end, _ in _found(mail)]


def _found(mail: str) -> list[tuple[str, int, int, bool]]:
    """The questions, each with its place and whether it reads well as it is asked."""
    text, found = body(mail), list[tuple[str, int, int, bool]]()
    for match in _SENTENCE.finditer(text):
        sentence = match[0]
        lead = len(sentence) - len(sentence.lstrip())
        for part, at in _parts(sentence.strip()):
            asked, sure = _asked(part, bool(_INDIRECT.search(sentence)))
            if asked and all(words(asked) != words(known[0]) for known in found):
                start = match.start() + lead + at
                found.append((asked, start, start + len(part), sure))
    return found


def body(mail: str) -> str:
    """The mail's own words: what it quotes and its signature blanked, so that places stay as they are."""
    text = mail.replace("\r\n", " \n").replace("\r", "\n")
    for pattern in (_QUOTED, _SIGNED):
        text = pattern.sub(lambda gone: re.sub(r"[^\n]", " ", gone[0]), text)
    return text


def greeted(mail: str) -> str:
    """The first name that a mail is signed with; empty when there is none.

    >>> greeted("Hej\\nEr der kantine?\\nVenlig hilsen\\nBo Lund, tlf. 1")
    'Bo'
    """
    match = _SIGNED.search(mail.replace("\r", ""))
    lines = [line.strip() for line in re.split(r"\n|,|(?i:\bhilsen\b|\bmvh\b|\bregards\b)", match[0])] if match else []
    name = next((line for line in lines if re.fullmatch(r"[A-ZÆØÅ][\w-]+(?: [A-ZÆØÅ][\w.-]*){0,3}", line) and not re.match(r"(?i)venlig|med|de bedste|bedste|mange|kind|best|warm|vh$|mvh|hilsen|sincerely", line)), "")
    return name.split(" ")[0]


def reply(found: Sequence[Drafted], language: str, name: str, sign: str, wording: Callable[[str, str], str], quote: Callable[[Answer], list[str]]) -> str:
    """The reply as plain text: greeting, each question with its answer and where it stands, signature."""
    parts = [wording(language, "hello.name").format(name=name) if name else wording(language, "hello"), wording(language, "thanks")]
    for one in found:
        parts.append("\n".join([one.shown or one.question, *_said(one, language, wording, quote)]))
    return "\n\n".join([*parts, wording(language, "bye"), f"{wording(language, 'sincerely')}\n{sign}"])


def _said(one: Drafted, language: str, wording: Callable[[str, str], str], quote: Callable[[Answer], list[str]]) -> list[str]:
    """The lines under a question: its answer and where it stands; one that is unsure to be checked, one that is missing to be filled in."""
    if one.needs_you in ("refused", "scope"):
        return [wording(language, "needs")]
    said = wording(language, "check").format(answer=unmarked(one.answer)) if one.needs_you else unmarked(one.answer)
    return [said, *quote(one.answer)]


def unmarked(answer: Answer) -> str:
    """An answer's text with its marks as they are, its empty lines closed up; a consultant's answer without the line that names who gave it."""
    text = answer.answer.rpartition("\n\n")[0] if answer.writer == WRITER else answer.answer
    return re.sub(r"\n{2,}", "\n", text if answer.citations else MARK.sub("", text)).strip()


def _parts(sentence: str) -> list[tuple[str, int]]:
    """A sentence parted where a second question begins, each part with its place in it."""
    if not (sentence.rstrip().endswith("?") or _INDIRECT.search(sentence) or _LISTED.match(sentence)):
        return []
    indirect = _INDIRECT.search(sentence)
    begins = indirect.start("rest") if indirect else -1
    cuts = [(match.start(), match.end()) for match in _JOINED.finditer(sentence) if match.end() != begins and _complete(sentence[: match.start()])]
    edges = [0, *(end for _, end in cuts)]
    ends = [*(start for start, _ in cuts), len(sentence)]
    return [(sentence[start:end], start) for start, end in zip(edges, ends, strict=True)]


def _complete(head: str) -> bool:
    """Whether what stands before a cut asks something by itself."""
    return bool(re.search(rf"(?i)\b{_WH}\b|\bom\b|\bwhether\b|\bif\b|^\W*(?:er|har|kan|skal|må|bliver|får|vil|is|are|does|do|can|will)\b", head)) and len(words(head)) >= 2


def _asked(part: str, told: bool = False) -> tuple[str, bool]:
    """A part as a question that can be asked alone (empty when it asks nothing), and whether it reads well; `told`: its sentence asks indirectly."""
    indirect = _INDIRECT.search(part)
    text = _INTRODUCED.sub("", (indirect["rest"] if indirect else part).strip())
    text, sure = _OPENER.sub("", text).strip(" ,;.!?"), not (indirect or told)
    if _WHETHER.match(text):
        text, sure = _inverted(clause := _WHETHER.sub("", text)), _inverted(clause) != clause
    elif match := _TOLD.match(text):
        text, sure = f"hvad er {match['thing']}", False
    elif turned := _turned(text):
        text, sure = turned, True
    elif _DIRECT.match(text):
        sure = True
    if len(words(text)) < 2 or re.fullmatch(r"(?i)(?:kan|vil|gider) (?:du|I) (?:hjælpe|svare)(?: mig)?.{0,20}|hvordan går det.{0,15}|how are you.{0,10}", text):
        return "", False
    return text[:1].upper() + text[1:] + "?", sure


_TURNS = (
    (rf"(hvem) der ({_VERB})( .+)?", r"\1 \2\3"),
    (r"((?:hvilke[nt]?|hvor (?:mange|meget)) \S+) der (er|findes|kommer|bliver|\w+es)( .+)?", r"\1 \2 der\3"),
    (rf"((?:hvilke[nt]?|hvor (?:mange|meget))(?: \S+)?) der ({_VERB})( .+)?", r"\1 \2\3"),
    (rf"(hvornår|hvordan|hvorfor|hvor) der ({_VERB})( .+)?", r"\1 \2 der\3"),
    (r"(hvad) der (sker|står|\w+es)( .+)?", r"\1 \2 der\3"),
    (rf"({_PHRASE}) ({_NAMED}) ({_ADVERB} )?({_VERB})( .+)?", r"\1 \4 \2 \3\5"),
    (rf"((?:hvilke[nt]?|hvor (?:mange|meget|stort?|store)) (?!{_MODAL}\b)\S+) ({_NAMED}) ({_ADVERB} )?({_VERB})( .+)?", r"\1 \4 \2 \3\5"),
    (r"(when|where|how|what|why) (I|you|one|we|they|it) (can|must|will|should|may)( .+)?", r"\1 \3 \2\4"),
    (rf"({_PHRASE}|{_WH}) ((?!{_MODAL}\b)(?:\S+ ){{0,5}}\S+) (er|bliver|is|are)", r"\1 \3 \2"),
)


def _turned(clause: str) -> str:
    """A clause that asks indirectly as a question; empty when it is none, or how to turn it isn't sure.

    >>> [_turned(one) for one in ("hvordan jeg søger", "hvor mange elever der er på skolen", "hvem der sidder i udvalget", "hvor lang prøvetiden er")]
    ['hvordan søger jeg', 'hvor mange elever er der på skolen', 'hvem sidder i udvalget', 'hvor lang er prøvetiden']
    """
    found = next(((match, into) for pattern, into in _TURNS if (match := re.fullmatch(pattern, clause, re.IGNORECASE))), None)
    return re.sub(r" {2,}", " ", found[0].expand(found[1])).strip() if found else ""


def _inverted(clause: str) -> str:
    """"der er kantine" → "er der kantine": a clause after "om" as a question.

    >>> _inverted("der er kantine")
    'er der kantine'
    """
    match = re.match(r"(?i)(der|man|jeg|det|den|I|stillingen|there|it|you|one|the \w+|\w+en|\w+et)\s+((?:også|altid|ikke|eventuelt)\s+)?(\w+)\b", clause)
    if not match:
        verb = re.match(r"(?i)(\S+(?: \S+){0,3}?) (er|kan|skal|har|bliver|må|vil|is|are|can|must|will|has) ", clause)
        return f"{verb[2]} {verb[1]} {clause[verb.end() :]}" if verb else clause
    return f"{match[3]} {match[1]} {match[2] or ''}{clause[match.end() :].lstrip()}".replace("  ", " ")


def _needs(answer: Answer) -> str:
    """Why a person must answer: the profile doesn't say, it is unsure, or it was no question about the profile."""
    if answer.writer == WRITER:
        return ""
    if answer.abstained:
        return "refused" if answer.confidence > 0 or answer.citations else "scope"
    if not answer.citations:
        return "scope"
    return "unsure" if answer.confidence < SURE else ""


def meant(mail: str, titles: dict[str, str]) -> str:
    """The profile that a mail is about: the only one, or the one whose title and employer it names most of; empty when that is not clear."""
    if len(titles) == 1:
        return next(iter(titles))
    said = set(words(mail))
    scores = {slug: len({word for word in words(title) if len(word) > 3} & said) for slug, title in titles.items()}
    best = max(scores.values(), default=0)
    leading = [slug for slug, score in scores.items() if score == best]
    return leading[0] if best and len(leading) == 1 else ""
