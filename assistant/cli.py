"""The command line: what can be said, and how a mistake ends (one line, status 2). What each command does: `commands`.

Importing this file is cheap; a command loads what it needs when it runs.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any, NoReturn, TextIO

from assistant import commands, desk_commands, settings
from assistant.commands_wording import say, usage
from assistant.settings import Settings

MISTAKE, INTERRUPTED, PIPE_CLOSED = 2, 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status: 0, 2 for a mistake by the person, 130 when interrupted, 141 when nobody reads on."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    _utf8(sys.stdout)
    _utf8(sys.stderr)
    language = settings.language()
    try:
        status = _run(given, language)
        sys.stdout.flush()
        return status
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return PIPE_CLOSED
    except SystemExit as done:
        return done.code if isinstance(done.code, int) else 0


def _run(given: list[str], language: str) -> int:
    args = parser(language).parse_args(given)
    try:
        if any("\0" in text or not _encodable(text) for text in given):
            raise commands.Mistake(say("unreadable_name", language))
        return int(args.run(args, settings.load(args.data)))
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        if (line := desk_commands.explained(error, language) or commands.explained(error, language)) is None:
            raise
        print(f"assistant: {line}", file=sys.stderr)
        return MISTAKE


def parser(language: str = "da") -> argparse.ArgumentParser:
    """The contract's section 2 as a parser: each command's `run` takes the arguments and the settings."""

    def t(key: str) -> str:
        return say(key, language)

    top = _Parser(language, prog="assistant", description=t("about"))
    top.add_argument("--data", metavar="FOLDER", type=Path, help=t("data"))
    top.add_argument("--version", action="version", version=f"assistant {version()}", help=t("version"))
    subs = top.add_subparsers(title=t("commands"), metavar="COMMAND", required=True, dest="command")

    def command(name: str, run: Callable[[argparse.Namespace, Settings], int] | None, under: Any = subs, about: str | None = None) -> argparse.ArgumentParser:
        about = about or (desk_commands.say(name, language) if name in desk_commands.SAYINGS[language] else t(name))
        sub: argparse.ArgumentParser = under.add_parser(name, help=about, description=about, language=language)
        sub.add_argument("--data", metavar="FOLDER", type=Path, default=argparse.SUPPRESS, help=t("data"))
        sub.set_defaults(run=run)
        return sub

    serve = command("serve", commands.serve)
    serve.add_argument("--host", metavar="H", default="127.0.0.1", help=t("host"))
    serve.add_argument("--port", metavar="P", type=_port, default=8000, help=t("port"))
    serve.add_argument("--example", action="store_true", help=t("example"))
    command("add", commands.add).add_argument("files", metavar="FILE", nargs="+", type=Path, help=t("file"))
    command("list", commands.list_profiles)
    command("remove", commands.remove).add_argument("slug", metavar="SLUG", help=t("slug"))
    read = command("read", commands.read)
    read.add_argument("files", metavar="FILE", nargs="+", type=Path, help=t("file"))
    read.add_argument("--json", action="store_true", help=t("json"))
    ask = command("ask", commands.ask)
    ask.add_argument("question", metavar="QUESTION", help=t("question"))
    ask.add_argument("--profile", metavar="SLUG|FILE", help=t("profile"))
    ask.add_argument("--earlier", metavar="QUESTION", action="append", default=[], help=t("earlier"))
    ask.add_argument("--json", action="store_true", help=t("json"))
    evaluate = command("evaluate", commands.evaluate)
    evaluate.add_argument("questions", metavar="QUESTIONS.jsonl", nargs="+", type=Path, help=t("set"))
    evaluate.add_argument("--profiles", metavar="FOLDER", type=Path, required=True, help=t("profiles"))
    for name in ("out", "compare"):
        evaluate.add_argument(f"--{name}", metavar="FOLDER", type=Path, help=t(name))
    for name in ("ablate", "sweep"):
        evaluate.add_argument(f"--{name}", action="store_true", help=t(name))
    questions = command("questions", None).add_subparsers(title=t("commands"), metavar="COMMAND", required=True, dest="part")
    make = command("make", commands.questions_make, questions)
    make.add_argument("profile", metavar="PROFILE", help=t("profile"))
    make.add_argument("--out", metavar="FOLDER", type=Path, help=t("proposed"))
    command("check", commands.questions_check, questions).add_argument("files", metavar="FILE", nargs="+", type=Path, help=t("set"))
    command("forget", commands.forget).add_argument("conversation", metavar="CONVERSATION", help=t("erase"))
    command("backup", commands.backup).add_argument("file", metavar="FILE", type=Path, help=t("kept_in"))
    command("restore", commands.restore).add_argument("file", metavar="FILE", type=Path, help=t("kept_in"))
    _users(command, language)
    return top


def _users(command: Callable[..., argparse.ArgumentParser], language: str) -> None:
    """The commands about the consultants' users."""
    user = command("user", None).add_subparsers(title=say("commands", language), metavar="COMMAND", required=True, dest="part")
    for name, run in (("add", desk_commands.user_add), ("password", desk_commands.user_password)):
        sub = command(name, run, user, desk_commands.say(f"user_{name}", language))
        sub.add_argument("name", metavar="NAME", help=desk_commands.say("user_name", language))
        if name == "add":
            sub.add_argument("--role", choices=("consultant", "administrator"), help=desk_commands.say("role", language))


class _Parser(argparse.ArgumentParser):
    """Speaks the chosen language, and says a mistake in one line."""

    def __init__(self, language: str, **more: Any) -> None:
        super().__init__(**more, add_help=False, allow_abbrev=False)
        self.language = language
        self._positionals.title, self._optionals.title = say("arguments", language), say("options", language)
        self.add_argument("-h", "--help", action="help", help=say("help", language))

    def format_usage(self) -> str:
        return super().format_usage().replace("usage: ", say("usage", self.language), 1)

    def format_help(self) -> str:
        return super().format_help().replace("usage: ", say("usage", self.language), 1)

    def error(self, message: str) -> NoReturn:
        self.exit(MISTAKE, f"assistant: {usage(message, self.language, self.prog)}\n")


def version() -> str:
    """The installed package's version."""
    try:
        return metadata.version("profilassistenten")
    except metadata.PackageNotFoundError:
        return "0"


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 65535:
        raise ValueError
    return number


def _encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _utf8(stream: TextIO) -> None:
    """What others parse is UTF-8, whatever the terminal's locale says."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def _discard_output() -> None:
    """Nobody reads on: what Python still holds back goes nowhere, and says nothing."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
