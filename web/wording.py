"""Every sentence that the pages and the errors say, in one place per language. Values are filled in with `str.format`.

Left to others: what an answer says (`assistant`).
"""

from __future__ import annotations

from datetime import date
from typing import Literal

Language = Literal["da", "en"]

TEXTS: dict[Language, dict[str, str]] = {
    "da": {
        "name": "Profilassistenten",
        "skip": "Gå til spørgsmålet",
        "back": "Alle stillinger",
        "front.title": "Spørg til stillingen",
        "front.lead": "Vælg en stilling, og stil dine spørgsmål. Du får et kort svar og kan se præcis, hvor i profilen det står.",
        "front.open": "Ledige stillinger",
        "front.passed": "Fristen er overskredet",
        "front.empty": "Der er ingen stillinger at spørge til lige nu.",
        "deadline": "Ansøgningsfrist",
        "deadline.none": "Fristen er ikke oplyst her",
        "deadline.today": "i dag",
        "deadline.tomorrow": "i morgen",
        "deadline.days": "om {days} dage",
        "deadline.passed": "overskredet",
        "passed.banner": "Ansøgningsfristen er overskredet. Du kan stadig læse profilen og spørge.",
        "chat.machine": "Her svarer en maskine, og den kan tage fejl. Se efter i kilden ved hvert svar.",
        "chat.human": "Vil du hellere tale med et menneske?",
        "chat.human.link": "Se, hvem du kan kontakte",
        "chat.human.plain": "Vil du hellere tale med et menneske, så brug kontaktoplysningerne i profilen.",
        "chat.heading": "Spørgsmål og svar",
        "chat.welcome": "Hvad vil du gerne vide om stillingen?",
        "chat.label": "Dit spørgsmål",
        "chat.placeholder": "Skriv dit spørgsmål her",
        "chat.send": "Spørg",
        "chat.suggestions": "Forslag til spørgsmål",
        "chat.suggestions.next": "Måske vil du også vide",
        "chat.you": "Du spurgte:",
        "chat.answer": "Svar:",
        "chat.sources": "Her står det i profilen",
        "chat.source": "Kilde {number}: {section}",
        "chat.source.plain": "Kilde {number}",
        "chat.page": "side {page}",
        "chat.working": "Leder i profilen …",
        "chat.done": "Svaret er klar.",
        "chat.failed": "Der kom intet svar. Er der forbindelse til nettet?",
        "chat.retry": "Prøv igen",
        "chat.stored": "Spørgsmål og svar gemmes i {days} dage, så samtalen kan fortsætte. CPR-numre, mailadresser og telefonnumre fjernes først. Ingen sporing.",
        "chat.delete": "Slet samtalen",
        "chat.deleted": "Samtalen er slettet.",
        "profile.gone": "Det sted findes ikke længere i profilen.",
        "profile.back": "Tilbage til svaret",
        "profile.contents": "Hele profilen",
        "error.home": "Gå til forsiden",
        "error.status": "Fejl {status}",
        "docs.title": "Brug Profilassistenten fra et program",
        "docs.lead": "Alle adresser, deres indhold og deres svar. Den maskinlæsbare beskrivelse er",
        "docs.request": "Sendes",
        "docs.responses": "Svar",
        "docs.example": "Eksempel",
        "health.profiles": "Der er ingen profiler i indekset. Tilføj en med: assistant add FIL",
        "health.index": "Indekset kan ikke læses.",
        "health.database": "Databasen kan ikke læses.",
        "error.bad_json": "Indholdet er ikke gyldig JSON.",
        "error.bad_request": "Forespørgslen kan ikke læses.",
        "error.foreign_origin": "Spørgsmålet kom fra en anden hjemmeside. Stil det på denne side.",
        "error.not_found": "Siden findes ikke.",
        "error.unknown_profile": "Den stilling findes ikke, eller den er taget ned.",
        "error.unknown_conversation": "Samtalen findes ikke. Den kan være slettet eller udløbet.",
        "error.method": "Adressen kan ikke bruges på den måde.",
        "error.timeout": "Det tog for lang tid at modtage spørgsmålet. Prøv igen.",
        "error.other_profile": "Samtalen handler om en anden stilling. Begynd en ny samtale.",
        "error.too_large": "Det sendte er for stort.",
        "error.content_type": "Indholdstypen kan ikke bruges her.",
        "error.invalid": "Felterne er ikke, som de skal være.",
        "error.empty": "Skriv et spørgsmål.",
        "error.too_long": "Spørgsmålet er for langt. Skriv højst 2.000 tegn.",
        "error.characters": "Spørgsmålet indeholder tegn, der ikke kan læses.",
        "error.too_many": "Der er stillet mange spørgsmål på kort tid. Vent lidt, og prøv igen.",
        "error.unavailable": "Assistenten kan ikke svare lige nu. Prøv igen om lidt.",
        "error.internal": "Noget gik galt hos os. Prøv igen om lidt.",
    },
    "en": {
        "name": "Profilassistenten",
        "skip": "Go to the question",
        "back": "All positions",
        "front.title": "Ask about the position",
        "front.lead": "Choose a position and ask your questions. You get a short answer and can see exactly where in the profile it stands.",
        "front.open": "Open positions",
        "front.passed": "The deadline has passed",
        "front.empty": "There are no positions to ask about right now.",
        "deadline": "Application deadline",
        "deadline.none": "The deadline is not given here",
        "deadline.today": "today",
        "deadline.tomorrow": "tomorrow",
        "deadline.days": "in {days} days",
        "deadline.passed": "passed",
        "passed.banner": "The application deadline has passed. You can still read the profile and ask.",
        "chat.machine": "A machine answers here, and it can be wrong. Check the source beside each answer.",
        "chat.human": "Would you rather talk to a person?",
        "chat.human.link": "See whom you can contact",
        "chat.human.plain": "Would you rather talk to a person? The profile says whom to contact.",
        "chat.heading": "Questions and answers",
        "chat.welcome": "What would you like to know about the position?",
        "chat.label": "Your question",
        "chat.placeholder": "Write your question here",
        "chat.send": "Ask",
        "chat.suggestions": "Suggested questions",
        "chat.suggestions.next": "You may also want to know",
        "chat.you": "You asked:",
        "chat.answer": "Answer:",
        "chat.sources": "Where it stands in the profile",
        "chat.source": "Source {number}: {section}",
        "chat.source.plain": "Source {number}",
        "chat.page": "page {page}",
        "chat.working": "Looking in the profile …",
        "chat.done": "The answer is ready.",
        "chat.failed": "No answer came. Are you connected?",
        "chat.retry": "Try again",
        "chat.stored": "Questions and answers are kept for {days} days so that the conversation can go on. CPR numbers, mail addresses and phone numbers are removed first. No tracking.",
        "chat.delete": "Delete the conversation",
        "chat.deleted": "The conversation has been deleted.",
        "profile.gone": "That place is no longer in the profile.",
        "profile.back": "Back to the answer",
        "profile.contents": "The whole profile, in Danish",
        "error.home": "Go to the front page",
        "error.status": "Error {status}",
        "docs.title": "Use Profilassistenten from a program",
        "docs.lead": "Every address, what it takes and what it answers. The machine-readable description is",
        "docs.request": "Takes",
        "docs.responses": "Answers",
        "docs.example": "Example",
        "health.profiles": "No profile is indexed. Add one with: assistant add FILE",
        "health.index": "The index cannot be read.",
        "health.database": "The database cannot be read.",
        "error.bad_json": "The body is not valid JSON.",
        "error.bad_request": "The request cannot be read.",
        "error.foreign_origin": "The question came from another website. Ask it on this page.",
        "error.not_found": "The page does not exist.",
        "error.unknown_profile": "That position does not exist, or it has been taken down.",
        "error.unknown_conversation": "The conversation does not exist. It may have been deleted or have expired.",
        "error.method": "The address cannot be used that way.",
        "error.timeout": "Receiving the question took too long. Try again.",
        "error.other_profile": "The conversation is about another position. Begin a new one.",
        "error.too_large": "What was sent is too large.",
        "error.content_type": "The content type cannot be used here.",
        "error.invalid": "The fields are not as they should be.",
        "error.empty": "Write a question.",
        "error.too_long": "The question is too long. Write at most 2,000 characters.",
        "error.characters": "The question contains characters that cannot be read.",
        "error.too_many": "Many questions were asked in a short time. Wait a little and try again.",
        "error.unavailable": "The assistant cannot answer right now. Try again in a moment.",
        "error.internal": "Something went wrong on our side. Try again in a moment.",
    },
}
_MONTHS: dict[Language, str] = {
    "da": "januar februar marts april maj juni juli august september oktober november december",
    "en": "January February March April May June July August September October November December",
}


def say(language: Language, key: str, **values: object) -> str:
    """A sentence by its key, such as `say("da", "chat.send")`. Raises `KeyError` for a key that has none."""
    return TEXTS[language][key].format(**values)


def day(language: Language, moment: date) -> str:
    """A date as people write it.

    >>> day("da", date(2024, 2, 5))
    '5. februar 2024'
    """
    month = _MONTHS[language].split()[moment.month - 1]
    return f"{moment.day}{'.' if language == 'da' else ''} {month} {moment.year}"


def distance(language: Language, moment: date, today: date) -> str:
    """How far off a deadline is.

    >>> distance("da", date(2024, 2, 5), date(2024, 1, 20))
    'om 16 dage'
    """
    days = (moment - today).days
    if days < 0:
        return say(language, "deadline.passed")
    if days < 2:
        return say(language, ("deadline.today", "deadline.tomorrow")[days])
    return say(language, "deadline.days", days=days)


def preferred(accept_language: str) -> Language:
    """The language of a program's `Accept-Language`: the one of ours that it wants most, Danish when it names none.

    >>> preferred("en-US,en;q=0.9,da;q=0.8")
    'en'
    """
    wishes = [_wish(part) for part in accept_language[:500].split(",")]
    best = max((weight for language, weight in wishes if language in ("da", "en")), default=0.0)
    first = next((language for language, weight in wishes if language in ("da", "en") and weight == best and best > 0), "da")
    return "en" if first == "en" else "da"


def _wish(part: str) -> tuple[str, float]:
    """`en-GB;q=0.8` → `("en", 0.8)`; what cannot be read weighs nothing."""
    tag, _, weight = part.strip().partition(";q=")
    try:
        return tag.strip().lower().split("-")[0], float(weight or 1)
    except ValueError:
        return "", 0.0
