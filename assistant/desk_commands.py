"""The commands about the desk's users: `assistant user add NAME`, `assistant user password NAME`. Passwords are asked for, never given as an argument."""

from __future__ import annotations

import getpass
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from assistant.settings import Settings

if TYPE_CHECKING:
    from assistant.users import Users

SAYINGS: dict[str, dict[str, str]] = {
    "da": {
        "user": "konsulenternes brugere",
        "user_add": "opret en bruger; den første bliver administrator",
        "user_password": "giv en bruger en ny adgangskode; brugerens sessioner afsluttes",
        "user_name": "brugerens navn, som det vises under godkendte svar",
        "role": "consultant eller administrator",
        "password": "Adgangskode (mindst 12 tegn): ",
        "again": "Gentag adgangskoden: ",
        "different": "De to adgangskoder er ikke ens. Prøv igen.",
        "none": "Der kom ingen adgangskode. Skriv den, når der bliver spurgt, eller send den på standard input.",
        "added": "{name} er oprettet som {role}. Log ind på /konsulent.",
        "changed": "{name} har fået en ny adgangskode, og alle sessioner er afsluttet.",
        "administrator": "administrator",
        "consultant": "konsulent",
        "error.name": "Navnet kan ikke bruges. Skriv 1-80 bogstaver, tal, mellemrum, punktum eller bindestreg.",
        "error.taken": "Der er allerede en bruger med det navn. Skift adgangskode med: assistant user password NAVN",
        "error.short": "Adgangskoden er for kort. Brug mindst 12 tegn, for eksempel fire ord.",
        "error.long": "Adgangskoden er for lang. Brug højst 200 tegn.",
        "error.plain": "Adgangskoden er for let at gætte. Brug flere forskellige tegn, og ikke dit navn.",
        "error.unknown": "Der er ingen bruger med det navn. Opret brugeren med: assistant user add NAVN",
        "error.last": "Der skal være mindst én aktiv administrator.",
        "error.role": "Rollen findes ikke. Vælg consultant eller administrator.",
    },
    "en": {
        "user": "the consultants' users",
        "user_add": "make a user; the first one is an administrator",
        "user_password": "give a user a new password; the user's sessions end",
        "user_name": "the user's name, as it is shown under approved answers",
        "role": "consultant or administrator",
        "password": "Password (at least 12 characters): ",
        "again": "The password again: ",
        "different": "The two passwords differ. Try again.",
        "none": "No password came. Type it when asked, or send it on standard input.",
        "added": "{name} has been added as {role}. Log in at /konsulent.",
        "changed": "{name} has a new password, and every session has ended.",
        "administrator": "administrator",
        "consultant": "consultant",
        "error.name": "The name cannot be used. Write 1-80 letters, digits, spaces, full stops or hyphens.",
        "error.taken": "There is a user of that name already. Change the password with: assistant user password NAME",
        "error.short": "The password is too short. Use at least 12 characters, four words for instance.",
        "error.long": "The password is too long. Use at most 200 characters.",
        "error.plain": "The password is too easy to guess. Use more different characters, and not your name.",
        "error.unknown": "There is no user of that name. Add the user with: assistant user add NAME",
        "error.last": "There must be at least one active administrator.",
        "error.role": "There is no such role. Choose consultant or administrator.",
    },
}


def say(key: str, language: str, **values: object) -> str:
    """One of our sentences, filled in."""
    return SAYINGS[language][key].format(**values)


def user_add(args: Namespace, settings: Settings) -> int:
    """Makes a user."""
    from assistant.users import tidy

    users = _users(settings)
    tidy(args.name)
    user = users.add(args.name, _password(settings.language), args.role)
    print(say("added", settings.language, name=user.name, role=say(user.role, settings.language)))
    return 0


def user_password(args: Namespace, settings: Settings) -> int:
    """Gives a user a new password."""
    users = _users(settings)
    users.named(args.name)
    user = users.set_password(args.name, _password(settings.language))
    print(say("changed", settings.language, name=user.name))
    return 0


def explained(error: Exception, language: str) -> str | None:
    """A mistake about users in one line; None for anything else."""
    from assistant.users import UserError

    if isinstance(error, NoPassword):
        return say(error.args[0], language)
    return say(f"error.{error.code}", language) if isinstance(error, UserError) else None


class NoPassword(Exception):
    """None came, or two that differ. Its argument is the key of what to say."""


def _password(language: str) -> str:
    """The password as it is typed, twice; from a pipe its first line."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise NoPassword("none")
        return line
    first = getpass.getpass(say("password", language))
    if first != getpass.getpass(say("again", language)):
        raise NoPassword("different")
    return first


def _users(settings: Settings) -> Users:
    from assistant import opening
    from assistant.users import Users

    return Users(opening.conversations(settings).engine)
