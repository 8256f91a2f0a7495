"""Settings, read in one place: the command line's options, then the environment, then `.env`, then the defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pydantic import SecretStr


class SettingsError(Exception):
    """A setting that cannot be understood. Written for the operator (one sentence)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, once, as plain values (the contract's section 6)."""

    data: Path
    database: str
    embedding: str | None
    language: str
    today: date | None
    retention_days: int
    rate: int
    url: str | None
    origins: tuple[str, ...] = ()
    model: str | None = None
    model_url: str | None = field(default=None, repr=False)
    model_key: SecretStr | None = field(default=None, repr=False)
    tokens_per_day: int = 500_000
    ocr: bool = False
    index: str | None = field(default=None, repr=False)

    def day(self) -> date:
        """Today, or the date that stands for it."""
        return self.today or date.today()


def load(data: Path | None = None, environment: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """The settings in force. Raises `SettingsError` naming the variable and what it should be."""
    values = _values(environment, folder)
    home = data or Path(values.get("ASSISTANT_DATA") or Path(__file__).resolve().parent.parent / "data")
    home = home.expanduser().resolve()
    language = values.get("ASSISTANT_LANGUAGE") or "da"
    if language not in ("da", "en"):
        raise SettingsError(f"ASSISTANT_LANGUAGE er {language!r}; skriv da eller en.")
    return Settings(
        data=home,
        database=values.get("ASSISTANT_DATABASE") or f"sqlite:///{home / 'conversations.sqlite'}",
        embedding=values.get("ASSISTANT_EMBEDDING") or None,
        language=language,
        today=_date(values.get("ASSISTANT_TODAY")),
        retention_days=_number(values, "ASSISTANT_RETENTION_DAYS", 90),
        rate=_number(values, "ASSISTANT_RATE", 60),
        url=values.get("ASSISTANT_URL") or None,
        origins=_origins(values.get("ASSISTANT_ORIGINS") or ""),
        model=_model(values.get("ASSISTANT_MODEL")),
        model_url=_model_url(values.get("ASSISTANT_MODEL_URL")),
        model_key=SecretStr(values["ASSISTANT_MODEL_KEY"]) if values.get("ASSISTANT_MODEL_KEY") else None,
        tokens_per_day=_number(values, "ASSISTANT_TOKENS_PER_DAY", 500_000),
        ocr=_number(values, "ASSISTANT_OCR", 0) > 0,
        index=_index(values.get("ASSISTANT_INDEX")),
    )


def language(environment: Mapping[str, str] | None = None, folder: Path | None = None) -> str:
    """The language of messages, also when some other setting is wrong: `da` or `en`."""
    try:
        return "en" if _values(environment, folder).get("ASSISTANT_LANGUAGE") == "en" else "da"
    except SettingsError:
        return "da"


def _values(environment: Mapping[str, str] | None, folder: Path | None) -> dict[str, str]:
    return {**_dotenv((folder or Path.cwd()) / ".env"), **(os.environ if environment is None else environment)}


def _model(name: str | None) -> str | None:
    """A chat model's name as `init_chat_model` takes it: provider:name."""
    if name and not re.fullmatch(r"[a-z][a-z0-9_-]*:\S+", name):
        raise SettingsError(f"ASSISTANT_MODEL er {name!r}; skriv udbyder:navn, f.eks. ollama:llama3.1 eller openai:gpt-5-mini.")
    return name or None


def _index(address: str | None) -> str | None:
    """Another engine's address, milvus:ADDRESS; what is wrong with it is said without repeating it, since it may hold a password."""
    if address and not re.fullmatch(r"milvus:(https?://\S+|(?!\w+://).+\.db)", address):
        raise SettingsError("ASSISTANT_INDEX er ikke en adresse, der kendes; skriv f.eks. milvus:http://127.0.0.1:19530 eller milvus:indeks.db.")
    return address or None


def _model_url(url: str | None) -> str | None:
    """A chat model's address; what is wrong with it is said without repeating it, since it may hold a password."""
    if url and not re.fullmatch(r"https?://\S+", url):
        raise SettingsError("ASSISTANT_MODEL_URL er ikke en adresse; skriv f.eks. http://127.0.0.1:8080/v1.")
    return url or None


def _date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError as error:
        raise SettingsError(f"ASSISTANT_TODAY er {value!r}; skriv en dato som 2027-01-31.") from error


def _origins(value: str) -> tuple[str, ...]:
    """The pages that may embed the widget: origins (scheme, host, port) parted by commas or spaces."""
    found = tuple(one.rstrip("/") for one in re.split(r"[\s,]+", value) if one)
    for one in found:
        if not re.fullmatch(r"https?://(?:\*\.)?[a-zA-Z0-9.-]+(?::\d{1,5})?", one):
            raise SettingsError(f"ASSISTANT_ORIGINS nævner {one!r}; skriv adresser som https://www.kommune.example, adskilt af komma.")
    return found


def _number(values: Mapping[str, str], name: str, default: int) -> int:
    try:
        number = int(values.get(name) or default)
    except ValueError as error:
        raise SettingsError(f"{name} er {values[name]!r}; skriv et helt tal.") from error
    if number < 0:
        raise SettingsError(f"{name} er {number}; tallet må ikke være negativt.")
    return number


def _dotenv(path: Path) -> dict[str, str]:
    """The `NAME=value` lines of a `.env` file, when there is one."""
    if not path.is_file():
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path} kan ikke læses. Ret filen, eller fjern den.") from error
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.lstrip().startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}
