"""The chat model that the settings name, and what can go wrong with it, in our words. LangChain's `init_chat_model` knows the providers.

Nothing is imported before a model is asked for; a provider that is not installed is named with the extra that brings it.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from assistant.settings import SettingsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRAS = ("openai", "anthropic", "ollama")
LOCAL = ("ollama", "huggingface", "llama_cpp")
MOST_TOKENS = 1_500


class ModelError(SettingsError):
    """A chat model that cannot be made. Written for the operator (one sentence); no key is in it."""


class Fault(StrEnum):
    """Why an answer is not the model's. Each has its sentence in `wording` (`notice_…`)."""

    DOWN = "down"
    SLOW = "slow"
    LIMITED = "limited"
    BROKEN = "broken"
    BUSY = "busy"
    SPENT = "spent"
    UNSUPPORTED = "unsupported"
    INCOMPLETE = "incomplete"
    SILENT = "silent"


class ModelFault(Exception):
    """What went wrong while a model was asked."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.value)
        self.fault = fault


def open_model(name: str, url: str | None = None, key: SecretStr | None = None, seconds: float = 20.0) -> BaseChatModel:
    """The model `provider:name`, or any OpenAI-compatible one at `url`. Raises `ModelError`.

    `seconds` is the longest silence on the line; a model is never asked twice for one answer.
    """
    from langchain.chat_models import init_chat_model

    provider = name.partition(":")[0]
    try:
        return init_chat_model(name, **_options(provider, url, key, seconds))  # type: ignore[no-any-return]
    except ImportError as error:
        extra = f"pip install 'profilassistenten[{provider}]'" if provider in EXTRAS else f"pip install langchain-{provider}"
        raise ModelError(f"ASSISTANT_MODEL er {name!r}, men {provider} er ikke installeret. Installér med: {extra}") from error
    except Exception as error:  # every provider complains in its own way, some with the key in the message
        raise ModelError(f"ASSISTANT_MODEL er {name!r}, som ikke kan bruges ({type(error).__name__}). Skriv udbyder:navn, f.eks. ollama:llama3.1, og se ASSISTANT_MODEL_URL og ASSISTANT_MODEL_KEY.") from None


def _options(provider: str, url: str | None, key: SecretStr | None, seconds: float) -> dict[str, Any]:
    """What each provider's class calls the same things."""
    if provider == "ollama":
        return {"temperature": 0, "num_predict": MOST_TOKENS, "client_kwargs": {"timeout": seconds}, **({"base_url": url} if url else {})}
    options: dict[str, Any] = {"timeout": seconds, "max_retries": 0}
    if key or url:
        options["api_key"] = key or SecretStr("none")
    if url:
        options |= {"base_url": url, "temperature": 0, "extra_body": {"max_tokens": MOST_TOKENS}} if provider == "openai" else {"base_url": url}
    else:
        options["max_tokens"] = MOST_TOKENS
    return options


def outside(name: str | None, url: str | None) -> str | None:
    """The host that questions and passages are sent to, when that is not this machine; None when nothing leaves it.

    >>> outside("openai:x", "http://127.0.0.1:8080/v1"), outside("openai:x", "https://eu.example/v1"), outside("anthropic:y", None), outside(None, None)
    (None, 'eu.example', 'anthropic', None)
    """
    if not name:
        return None
    provider = name.partition(":")[0]
    host = urlsplit(url).hostname if url else None
    if url:
        return None if host in ("localhost", "::1") or re.fullmatch(r"127(?:\.\d+){3}", host or "") else host
    return None if provider in LOCAL else provider


def fault_of(error: BaseException) -> Fault:
    """A provider's exception in our words, by its status and its kind's name; its message, which may hold a key, is not read."""
    status = getattr(error, "status_code", None) or getattr(getattr(error, "response", None), "status_code", None)
    names = " ".join(kind.__name__ for kind in type(error).__mro__)
    if status == 429:
        return Fault.LIMITED
    if "Timeout" in names:
        return Fault.SLOW
    if status is not None or re.search(r"Connect|Network|Auth|OSError", names):
        return Fault.DOWN
    return Fault.BROKEN
