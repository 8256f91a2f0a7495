"""Every sentence the assistant says itself, in Danish and English, and how dates are said."""

from __future__ import annotations

from datetime import date

from corpus.danish import MONTHS
from corpus.dates import WEEKDAYS

ENGLISH_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
ENGLISH_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

SAYINGS: dict[str, dict[str, str]] = {
    "da": {
        "hello": "Hej! Jeg svarer på spørgsmål om stillingen ud fra profilen og viser, hvor svaret står. Hvad vil du gerne vide?",
        "thanks": "Selv tak. Spørg endelig, hvis der er mere, du vil vide om stillingen.",
        "bye": "Tak, fordi du kiggede forbi. Held og lykke!",
        "help": "Jeg kan svare på spørgsmål om stillingen: frist, løn, opgaver, organisation, samtaler og meget andet. Svarene hentes fra profilen, og du kan altid se stedet. Jeg er en maskine og kan tage fejl.",
        "calm": "Det lyder, som om du har det svært, og det kan jeg som maskine ikke hjælpe med. Tal med et menneske, du er tryg ved, eller ring til din læge. Er der akut fare, så ring 1-1-2.",
        "off_topic": "Jeg svarer kun på spørgsmål om stillingen og det, der står i profilen. Spørg for eksempel om frist, opgaver eller samtaler.",
        "assess": "Jeg vurderer ikke personer. Jeg svarer kun på spørgsmål om stillingen og det, der står i profilen.",
        "which": "Hvilken stilling spørger du til?",
        "absent": "Det fremgår ikke af profilen.",
        "absent_amount": "Det fremgår ikke af profilen; et beløb er ikke nævnt.",
        "ask_contact": "Spørg {who}.",
        "ask_contact_phone": "Spørg {who} på tlf. {reach}.",
        "ask_contact_mail": "Skriv til {who} på {reach}.",
        "rest": "Resten fremgår ikke af profilen.",
        "close": "Profilen siger dog: {quote}",
        "deadline": "Ansøgningsfristen er {date}",
        "deadline_was": "Ansøgningsfristen var {date}",
        "start": "Tiltrædelse er {date}",
        "today": "i dag", "tomorrow": "i morgen", "in_days": "om {n} dage", "passed": "fristen er overskredet",
        "yes": "Ja", "no": "Nej", "and": "og", "empty": "Skriv et spørgsmål.", "long": "Spørgsmålet er for langt. Skriv højst {n} tegn.",
        "count": "I alt {n}.",
        "notice_down": "Sprogmodellen kan ikke nås lige nu. Her er svaret med profilens egne ord.",
        "notice_slow": "Sprogmodellen var for længe om at svare. Her er svaret med profilens egne ord.",
        "notice_limited": "Sprogmodellen har for travlt lige nu. Her er svaret med profilens egne ord.",
        "notice_busy": "Sprogmodellen har for travlt lige nu. Her er svaret med profilens egne ord.",
        "notice_spent": "Sprogmodellen er brugt så meget, som den må i dag. Her er svaret med profilens egne ord.",
        "notice_broken": "Sprogmodellens svar kunne ikke bruges. Her er svaret med profilens egne ord.",
        "notice_unsupported": "Sprogmodellens svar er taget væk, fordi profilen ikke støtter det. Her er svaret med profilens egne ord.",
        "notice_incomplete": "Sprogmodellens svar var ikke helt. Her er svaret med profilens egne ord.",
        "notice_silent": "Sprogmodellen fandt ikke svaret. Her er svaret med profilens egne ord.",
        "notice_withdrawn": "En sætning er taget væk, fordi profilen ikke støtter den.",
    },
    "en": {
        "hello": "Hello! I answer questions about the position from its profile and show where the answer stands. What would you like to know?",
        "thanks": "You are welcome. Do ask if there is more you want to know about the position.",
        "bye": "Thank you for stopping by. Good luck!",
        "help": "I can answer questions about the position: deadline, salary, tasks, organisation, interviews and much more. The answers come from the profile, and you can always see the place. I am a machine and can be wrong.",
        "calm": "It sounds as if you are having a hard time, and as a machine I cannot help with that. Talk to someone you trust, or call your doctor. In an emergency, call 112.",
        "off_topic": "I only answer questions about the position and what its profile says. Ask for instance about the deadline, the tasks or the interviews.",
        "assess": "I do not assess people. I only answer questions about the position and what its profile says.",
        "which": "Which position are you asking about?",
        "absent": "The profile does not say.",
        "absent_amount": "The profile does not say; no amount is given.",
        "ask_contact": "Ask {who}.",
        "ask_contact_phone": "Ask {who} on {reach}.",
        "ask_contact_mail": "Write to {who} at {reach}.",
        "rest": "The profile does not say the rest.",
        "close": "It does say: {quote}",
        "deadline": "The application deadline is {date}",
        "deadline_was": "The application deadline was {date}",
        "start": "The start date is {date}",
        "today": "today", "tomorrow": "tomorrow", "in_days": "in {n} days", "passed": "it has passed",
        "yes": "Yes", "no": "No", "and": "and", "empty": "Write a question.", "long": "The question is too long. Write at most {n} characters.",
        "count": "{n} in all.",
        "notice_down": "The language model cannot be reached right now. Here is the answer in the profile's own words.",
        "notice_slow": "The language model took too long to answer. Here is the answer in the profile's own words.",
        "notice_limited": "The language model is too busy right now. Here is the answer in the profile's own words.",
        "notice_busy": "The language model is too busy right now. Here is the answer in the profile's own words.",
        "notice_spent": "The language model has been used as much as it may be today. Here is the answer in the profile's own words.",
        "notice_broken": "The language model's answer could not be used. Here is the answer in the profile's own words.",
        "notice_unsupported": "The language model's answer was taken away because the profile does not support it. Here is the answer in the profile's own words.",
        "notice_incomplete": "The language model's answer was not complete. Here is the answer in the profile's own words.",
        "notice_silent": "The language model did not find the answer. Here is the answer in the profile's own words.",
        "notice_withdrawn": "A sentence was taken away because the profile does not support it.",
    },
}  # fmt: skip


def openings(language: str) -> frozenset[str]:
    """The words that our own sentences begin with ("Spørg", "Profilen")."""
    return frozenset(text.split()[0].strip(",.:;") for text in SAYINGS[language].values())


def say(key: str, language: str, **values: object) -> str:
    """One of our sentences, filled in."""
    return SAYINGS[language][key].format(**values)


def spoken_date(day: date, language: str, time: str | None = None) -> str:
    """A date in words: "mandag den 5. februar 2024", "Monday 5 February 2024"."""
    if language == "en":
        text = f"{ENGLISH_DAYS[day.weekday()]} {day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"
        return f"{text} at {time}" if time else text
    text = f"{WEEKDAYS[day.weekday()]} den {day.day}. {MONTHS[day.month - 1]} {day.year}"
    return f"{text} kl. {time}" if time else text


def distance(day: date, today: date, language: str) -> str:
    """How far a day to come is off: "i dag", "i morgen", "om 6 dage"."""
    days = (day - today).days
    if days in (0, 1):
        return say("today" if days == 0 else "tomorrow", language)
    return say("in_days", language, n=days)
