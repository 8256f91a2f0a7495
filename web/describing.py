"""The OpenAPI document → what a person reads on /docs: each address with what it takes and what it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an object: its name, its type in words, and what there is to say about it."""

    name: str
    kind: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """One of the answers of an address: its status and the object's fields (empty for text)."""

    status: str
    description: str
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Operation:
    """An address and a method."""

    method: str
    path: str
    summary: str
    description: str
    takes: tuple[Field, ...]
    replies: tuple[Reply, ...]
    example: str = ""


def described(document: dict[str, Any]) -> list[Operation]:
    """Every operation of an OpenAPI document, in its order."""
    return [_operation(document, path, method, found) for path, methods in document["paths"].items() for method, found in methods.items()]


def _operation(document: dict[str, Any], path: str, method: str, found: dict[str, Any]) -> Operation:
    body = found.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    takes = tuple(Field(one["name"], "string", one.get("description", "")) for one in found.get("parameters", []))
    replies = tuple(Reply(_status(code), reply.get("description", ""), _fields(document, _schema(reply))) for code, reply in sorted(found["responses"].items()))
    example = {name: one["examples"][0] for name, one in body.get("properties", {}).items() if one.get("examples")}
    shown = json.dumps(example, ensure_ascii=False) if example else ""
    return Operation(method.upper(), path, found.get("summary", ""), found.get("description", ""), takes + _fields(document, body), replies, shown)


def _schema(reply: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = reply.get("content", {}).get("application/json", {}).get("schema", {})
    return found


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> tuple[Field, ...]:
    """The fields of an object, of a reference to one, or of a list of them."""
    schema = _resolved(document, schema)
    if schema.get("type") == "array":
        schema = _resolved(document, schema["items"])
    return tuple(Field(name, _kind(document, one), one.get("description", "")) for name, one in schema.get("properties", {}).items())


def _resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return document["components"]["schemas"][reference.rsplit("/", 1)[1]] if reference else schema


def _kind(document: dict[str, Any], schema: dict[str, Any]) -> str:
    """A type in words, such as "string or null" or "list of Citation"."""
    if "anyOf" in schema:
        return " or ".join(_kind(document, one) for one in schema["anyOf"])
    if "$ref" in schema:
        inner = ", ".join(_resolved(document, schema).get("properties", {}))
        return f"{{{inner}}}"
    if schema.get("type") == "array":
        return f"list of {_kind(document, schema.get('items', {}))}"
    return str(schema.get("type", "any"))


def _status(code: str) -> str:
    return f"{code} {HTTPStatus(int(code)).phrase}"
