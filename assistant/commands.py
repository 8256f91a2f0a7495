"""What each command does. Each takes its arguments and the settings, prints, and returns the exit status.

Heavy parts (models, FAISS, the web) are imported where they are used. Left to others: how parts are made (`opening`).
"""

from __future__ import annotations

import json
import socket
import sys
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.commands_wording import english, say, system
from assistant.settings import Settings, SettingsError

if TYPE_CHECKING:
    from assistant.answering import Assistant
    from assistant.answers import Answer
    from corpus.profiles import Profile
    from index.library import Library

EXAMPLE, EXAMPLE_PROFILE = "Hvornår er ansøgningsfristen?", "helsingoer-direktoer"


class Mistake(Exception):
    """What the person at the keyboard can mend. Its text is for them, in their language."""


def serve(args: Namespace, settings: Settings) -> int:
    """The chat page and the HTTP interface, until it is stopped."""
    from assistant import backups, opening
    from web import observing, serving
    from web.app import create_app

    library = opening.library(settings)
    conversations = opening.conversations(settings)
    listening = _listen(args.host, args.port, settings.language)
    with listening, backups.in_use(settings.data):
        with _bar(say("indexing", settings.language, file=settings.embedding or library.folder.name)) as progress:
            library.rebuild(progress)
        for path in opening.shipped(library):
            _add(library, path, settings.language, sys.stderr)
        assistant = opening.assistant(settings, library)
        _warm(assistant, args.example)
        url = f"http://{f'[{args.host}]' if ':' in args.host else args.host}:{listening.getsockname()[1]}"
        print(say("open", settings.language, url=url), flush=True)
        observing.configure()
        try:
            serving.serve(create_app(assistant, conversations, settings), listening, bool(settings.url))
        except KeyboardInterrupt:
            print(say("closed", settings.language), file=sys.stderr)
    return 0


def add(args: Namespace, settings: Settings) -> int:
    """Reads files and indexes them; one that is refused is named, the others are done."""
    from assistant import opening

    library = opening.library(settings)
    return _each(args.files, lambda path: _add(library, path, settings.language, sys.stdout), settings.language)


def list_profiles(args: Namespace, settings: Settings) -> int:
    """Slug, title, employer and deadline of every indexed profile, parted by tabs."""
    from assistant import opening

    profiles = opening.library(settings).profiles()
    for profile in profiles:
        print("\t".join((profile.slug, profile.title, profile.employer or "", profile.deadline or "")).rstrip("\t"))
    if not profiles:
        print(say("empty_library", settings.language), file=sys.stderr)
    return 0


def remove(args: Namespace, settings: Settings) -> int:
    """Takes a profile out."""
    from assistant import opening

    opening.library(settings).remove(args.slug)
    print(say("removed", settings.language, slug=args.slug))
    return 0


def read(args: Namespace, settings: Settings) -> int:
    """Prints files as they would be indexed: the canonical text, or a line of JSON each."""
    from corpus import reading

    limits = replace(reading.LIMITS, ocr=settings.ocr)

    def show(path: Path) -> None:
        profile = reading.read(path, limits)
        passages = [{"kind": p.kind.value, "section": p.heading, "start": p.start, "end": p.end} for p in profile.passages]
        print(_json({"text": profile.text, "passages": passages}) if args.json else profile.text)

    return _each(args.files, show, settings.language)


def ask(args: Namespace, settings: Settings) -> int:
    """One answer, for a reader or as JSON."""
    assistant, slug = _opened(args.profile, settings)
    answer = assistant.ask(args.question, slug, args.earlier)
    print(_json(answer.to_json()) if args.json else shown(answer, settings.language))
    return 0


def evaluate(args: Namespace, settings: Settings) -> int:
    """Answers questions against their documents, scores, writes the report."""
    from assistant import opening
    from assistant.evaluation import command

    opening.encoder(settings).identity  # noqa: B018 - made once, before the processes that share the work begin
    with _bar(say("evaluating", settings.language)) as progress:
        return command.evaluate(args.questions, args.profiles, opening.Opened(settings), args.out, args.compare, args.ablate, args.sweep, progress, language=settings.language)


def questions_make(args: Namespace, settings: Settings) -> int:
    """Proposes evaluation questions for a file or an indexed profile, a line of JSON each."""
    from assistant import opening
    from assistant.evaluation import command
    from corpus import reading

    library = opening.library(settings)
    from_file = args.profile not in library.manifest().entries and _is_file(args.profile)
    profile = reading.read(Path(args.profile)) if from_file else library.profile(args.profile)
    return command.questions_make(profile, args.out, settings.language)


def questions_check(args: Namespace, settings: Settings) -> int:
    """Validates files of evaluation questions."""
    from assistant.evaluation import command

    return command.questions_check(args.files, language=settings.language)


def forget(args: Namespace, settings: Settings) -> int:
    """Erases a conversation."""
    from assistant import opening

    if not opening.conversations(settings).delete(args.conversation):
        raise Mistake(say("no_conversation", settings.language, id=args.conversation))
    print(say("forgotten", settings.language))
    return 0


def backup(args: Namespace, settings: Settings) -> int:
    """Writes profiles, index and database to one file; a server may be at work."""
    from assistant import backups, opening
    from assistant.cli import version

    held = backups.write(args.file, settings.data / "index", opening.conversations(settings).engine, version())
    said = "backed_up" if held.database else "backed_up_without"
    print(say(said, settings.language, file=args.file, profiles=held.profiles, conversations=held.conversations))
    return 0


def restore(args: Namespace, settings: Settings) -> int:
    """Brings back what a backup holds, in the place of what there is."""
    from datetime import timedelta

    from assistant import backups, opening

    held = backups.restore(args.file, settings.data, opening.database(settings), timedelta(days=settings.retention_days))
    print(say("restored", settings.language, made=held.made, profiles=held.profiles, conversations=held.conversations, expired=held.expired, forgotten=held.forgotten))
    print(say("set_aside" if held.database else "set_aside_without", settings.language, folder=settings.data), file=sys.stderr)
    return 0


def shown(answer: Answer, language: str) -> str:
    """An answer for a reader: its text, then each citation as `[1] Section (s. 3): "quote"`."""
    lines = [answer.answer, *([""] if answer.citations else [])]
    for c in answer.citations:
        page = f" ({say('page', language, page=c.page)})" if c.page else ""
        lines.append(f'[{c.number}] {c.section or c.profile}{page}: "{" ".join(c.quote.split())}"')
    return "\n".join([*lines, *([f"({answer.notice})"] if answer.notice else [])])


def explained(error: Exception, language: str) -> str | None:
    """A mistake or a fault outside us, in one line for the person at the keyboard; None for a fault of our own."""
    from assistant.answering import QuestionError, UnknownProfile
    from assistant.backups import BackupError
    from assistant.conversations import ConversationError
    from corpus.profiles import CorpusError
    from index.embedding import EmbeddingError
    from index.snapshots import SnapshotError

    if isinstance(error, BackupError):
        return say(f"backup.{error.code}", language, **error.values)
    if isinstance(error, UnknownProfile):
        return say("unknown_profile", language, slug=error.slug, known=", ".join(error.known)) if error.known else say("empty_library", language)
    if isinstance(error, (Mistake, SettingsError, CorpusError, SnapshotError, EmbeddingError, QuestionError, ConversationError)):
        line = " ".join(str(error).split())
        return english(line) if language == "en" else line
    if isinstance(error, OSError):
        return say("disk", language, why=system(error, language), file=error.filename) if error.filename else system(error, language)
    if isinstance(error, ModuleNotFoundError):
        return say("absent", language, error.name)
    return None


def _each(files: list[Path], do: Callable[[Path], None], language: str) -> int:
    """Does the same to every file; 2 when any was refused, which is said on standard error."""
    refused = 0
    for path in files:
        try:
            do(path)
        except (BrokenPipeError, KeyboardInterrupt):
            raise
        except Exception as error:
            if (line := explained(error, language)) is None:
                raise
            refused += 1
            print(f"assistant: {line}", file=sys.stderr)
    return 2 if refused else 0


def _add(library: Library, path: Path, language: str, out: Any) -> None:
    """Indexes one file and prints slug, title, passages and seconds, then what else a consultant checks, parted by tabs."""
    started = time.perf_counter()
    with _bar(say("indexing", language, file=path.name)) as progress:
        profile = library.add(path, progress)
    seconds = f"{time.perf_counter() - started:.1f}".replace(".", "," if language == "da" else ".")
    print(profile.slug, profile.title, say("passages", language, n=len(profile.passages)), say("seconds", language, s=seconds), *_told(library, profile, language), sep="\t", file=out, flush=True)


def _told(library: Library, profile: Profile, language: str) -> list[str]:
    """What was read of a profile besides its title: employer, deadline, contacts, and the pages that hold no text."""
    from assistant.facts import contacts

    people = "; ".join(", ".join(part for part in (contact.name, contact.phone, contact.mail) if part) for contact in contacts(library.shard(profile.slug)))
    none = say("not_found", language)
    told = [say("employer", language, profile.employer or none), say("deadline", language, profile.deadline or none), say("contacts", language, people or none)]
    return told + ([say("unread_pages", language, profile.metadata["unread_pages"])] if "unread_pages" in profile.metadata else [])


def _opened(profile: str | None, settings: Settings) -> tuple[Assistant, str | None]:
    """The assistant to ask, and the slug to ask about: an indexed profile's, or that of a file read on the spot."""
    from assistant import opening

    library = opening.library(settings)
    known = library.manifest().entries
    if profile is not None and profile not in known and _is_file(profile):
        library = opening.OneFile(Path(profile), library.encoder, library.limits)
        return opening.assistant(settings, library), library.profiles()[0].slug
    if not known:
        raise Mistake(say("empty_library", settings.language))
    if profile is not None or not library.profiles():
        library.profile(profile or next(iter(known)))  # none that is whole: says what is damaged
    return opening.assistant(settings, library), profile


def _is_file(name: str) -> bool:
    """Whether what is no slug is meant as a file."""
    return Path(name).exists() or "/" in name or bool(Path(name).suffix)


def _listen(host: str, port: int, language: str) -> socket.socket:
    """A socket that listens. Raises `Mistake` when the port is taken or the address is not ours."""
    try:
        return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise Mistake(say("taken", language, host=host, port=port, why=system(error, language))) from error


def _warm(assistant: Assistant, example: bool) -> None:
    """Loads the model before the first visitor comes; with `example`, by asking the main question and showing its answer."""
    slugs = [profile.slug for profile in assistant.library.profiles()]
    if example and slugs:
        answer = assistant.ask(EXAMPLE, EXAMPLE_PROFILE if EXAMPLE_PROFILE in slugs else slugs[0])
        print(f"{EXAMPLE}\n{shown(answer, assistant.language)}\n", flush=True)
    else:
        assistant.library.encoder.questions([EXAMPLE])


@contextmanager
def _bar(text: str) -> Iterator[Callable[[int, int], None] | None]:
    """A progress bar, when somebody sits at the terminal: called with (done, all)."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(desc=text, leave=False) as bar:

        def progress(done: int, all_of_them: int) -> None:
            bar.total = all_of_them
            bar.update(done - bar.n)

        yield progress


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, ensure_ascii=False)
