"""Every sentence the command line says, in Danish and English. What the assistant answers is worded in `wording`."""

from __future__ import annotations

import errno
import re

SAYINGS: dict[str, dict[str, str]] = {
    "da": {
        "about": "Svarer på spørgsmål om en stilling ud fra dens stillings- og personprofil og viser, hvor svaret står.",
        "usage": "brug: ", "commands": "kommandoer", "arguments": "argumenter", "options": "valgmuligheder",
        "help": "vis denne hjælp", "version": "vis udgaven",
        "data": "mappen med indeks og database (også ASSISTANT_DATA)",
        "serve": "chatten og HTTP-grænsefladen; indekserer først, hvis intet er indekseret",
        "host": "adressen, der lyttes på (127.0.0.1)", "port": "porten, der lyttes på (8000)", "example": "still et spørgsmål og vis svaret, før der åbnes",
        "add": "læs og indeksér profiler; en ændret profil erstattes", "list": "de indekserede profiler", "remove": "tag en profil ud",
        "read": "vis en fils tekst, som den ville blive indekseret; indekserer intet", "json": "svar som JSON",
        "ask": "stil ét spørgsmål", "profile": "profilens slug, eller en fil, der læses på stedet", "earlier": "samtalens tidligere spørgsmål, ældste først (kan gentages)",
        "evaluate": "besvar evalueringsspørgsmål, og mål svarene", "profiles": "mappen med spørgsmålenes dokumenter", "out": "mappen til rapporten",
        "compare": "en tidligere rapports mappe at sammenligne med", "ablate": "hvad hver del er værd", "sweep": "svar og afvisninger over tærsklen",
        "questions": "foreslå evalueringsspørgsmål, eller tjek dem", "make": "foreslå spørgsmål til en profil", "check": "tjek filer med spørgsmål",
        "forget": "slet en samtale", "erase": "samtalens id",
        "slug": "profilens slug", "file": "en profil (.md, .txt)", "question": "spørgsmålet", "set": "fil med spørgsmål (.jsonl)",
        "missing": "der mangler {0}. Se: {prog} --help", "unknown": "kender ikke {0}. Se: {prog} --help", "choice": "{0} findes ikke. Vælg mellem {1}.",
        "valueless": "{0} mangler sin værdi. Se: {prog} --help", "bad_value": "{0} kan ikke være {1}.", "needless": "{0} tager ingen værdi.", "usage_error": "kommandoen kan ikke forstås ({0}). Se: {prog} --help",
        "passages": "{n} passager", "seconds": "{s} s", "empty_library": "Ingen profiler er indekseret. Tilføj en med: assistant add FIL",
        "unknown_profile": "Profilen {slug!r} findes ikke. Der er: {known}.", "removed": "Profilen {slug} er taget ud.",
        "forgotten": "Samtalen er slettet.", "no_conversation": "Samtalen {id!r} findes ikke.", "page": "s. {page}",
        "indexing": "Indekserer {file}", "evaluating": "Spørgsmål",
        "open": "Chatten er åben på {url} (stop med Ctrl-C)", "closed": "Chatten er lukket.", "taken": "Kan ikke lytte på {host} port {port}: {why}. Vælg en anden med --port.",
        "unreadable_name": "Et argument indeholder tegn, der ikke kan læses.",
        "disk": "{why}: {file}", "absent": "det, kommandoen bruger, er ikke installeret ({0})",
    },
    "en": {
        "about": "Answers questions about a job from its profile, and shows where each answer stands.",
        "usage": "usage: ", "commands": "commands", "arguments": "arguments", "options": "options",
        "help": "show this help", "version": "show the version",
        "data": "the folder of index and database (also ASSISTANT_DATA)",
        "serve": "the chat and the HTTP interface; indexes first when nothing is indexed",
        "host": "the address to listen on (127.0.0.1)", "port": "the port to listen on (8000)", "example": "ask one question and show its answer before opening",
        "add": "read and index profiles; one that changed is replaced", "list": "the profiles that are indexed", "remove": "take a profile out",
        "read": "print a file's text as it would be indexed; indexes nothing", "json": "answer as JSON",
        "ask": "ask one question", "profile": "the profile's slug, or a file that is read on the spot", "earlier": "the conversation's earlier questions, oldest first (repeatable)",
        "evaluate": "answer evaluation questions and measure the answers", "profiles": "the folder of the questions' documents", "out": "the folder for the report",
        "compare": "an earlier report's folder to compare with", "ablate": "what each component earns", "sweep": "answers and refusals over the threshold",
        "questions": "propose evaluation questions, or check them", "make": "propose questions for a profile", "check": "check files of questions",
        "forget": "erase a conversation", "erase": "the conversation's id",
        "slug": "the profile's slug", "file": "a profile (.md, .txt)", "question": "the question", "set": "file of questions (.jsonl)",
        "missing": "{0} is missing. See: {prog} --help", "unknown": "does not know {0}. See: {prog} --help", "choice": "there is no {0}. Choose from {1}.",
        "valueless": "{0} lacks its value. See: {prog} --help", "bad_value": "{0} cannot be {1}.", "needless": "{0} takes no value.", "usage_error": "the command cannot be understood ({0}). See: {prog} --help",
        "passages": "{n} passages", "seconds": "{s} s", "empty_library": "No profiles are indexed. Add one with: assistant add FILE",
        "unknown_profile": "There is no profile {slug!r}. There are: {known}.", "removed": "The profile {slug} has been taken out.",
        "forgotten": "The conversation has been erased.", "no_conversation": "There is no conversation {id!r}.", "page": "p. {page}",
        "indexing": "Indexing {file}", "evaluating": "Questions",
        "open": "The chat is open on {url} (stop with Ctrl-C)", "closed": "The chat is closed.", "taken": "Cannot listen on {host} port {port}: {why}. Choose another with --port.",
        "unreadable_name": "An argument holds characters that cannot be read.",
        "disk": "{why}: {file}", "absent": "what the command uses is not installed ({0})",
    },
}  # fmt: skip

_SYSTEM = {
    errno.ENOSPC: ("disken er fuld", "the disk is full"),
    errno.EDQUOT: ("pladsen er brugt op", "the quota is used up"),
    errno.EACCES: ("ingen adgang", "permission denied"),
    errno.EPERM: ("ingen adgang", "permission denied"),
    errno.EROFS: ("kan kun læses", "read-only"),
    errno.ENOENT: ("findes ikke", "does not exist"),
    errno.ENOTDIR: ("er ikke en mappe", "is not a folder"),
    errno.EEXIST: ("er ikke en mappe", "is not a folder"),
    errno.EISDIR: ("er en mappe", "is a folder"),
    errno.ENAMETOOLONG: ("navnet er for langt", "the name is too long"),
    errno.EADDRINUSE: ("porten er optaget", "the port is taken"),
    errno.EADDRNOTAVAIL: ("adressen er ikke denne maskines", "the address is not this machine's"),
}

_USAGE = (
    (r"the following arguments are required: (.+)", "missing"),
    (r"unrecognized arguments: (.+)", "unknown"),
    (r"argument .+: invalid choice: (\S+) \(choose from (.+)\)", "choice"),
    (r"argument (\S+?)(?:/.+)?: expected (?:one|at least one) argument", "valueless"),
    (r"argument (\S+?): invalid \S+ value: (.+)", "bad_value"),
    (r"argument (\S+?)(?:/.+)?: ignored explicit argument .+", "needless"),
    (r"(.*)", "usage_error"),
)


def say(key: str, language: str, *parts: object, **values: object) -> str:
    """One of our sentences, filled in."""
    return SAYINGS[language][key].format(*parts, **values)


def usage(message: str, language: str, prog: str) -> str:
    """What `argparse` complains of, in our words.

    >>> usage("the following arguments are required: FILE", "en", "assistant add")
    'FILE is missing. See: assistant add --help'
    """
    found, key = next((match, key) for pattern, key in _USAGE if (match := re.fullmatch(pattern, message, re.DOTALL)))
    return say(key, language, *found.groups(), prog=prog)


def system(error: OSError, language: str) -> str:
    """What the operating system refused, without its own English where we know better."""
    known = _SYSTEM.get(error.errno or 0)
    return known[language == "en"] if known else (error.strerror or str(error))
