"""The interface for programs against its own OpenAPI document, by schemathesis: every check it has, no server error, no long refusal."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from assistant import opening
from assistant.answering import Assistant
from assistant.settings import Settings
from web.app import create_app

EXAMPLES = int(os.environ.get("OPENAPI_EXAMPLES", "100"))
MOST = 2000  # bytes of a refusal
OPERATIONS = [("GET", "/health"), ("GET", "/api/profiles"), ("GET", "/api/profiles/{slug}/text"), ("POST", "/api/ask"), ("POST", "/api/ask/stream")]
# a question of blanks alone fits the schema and is refused all the same
CONFIG = {"checks": {"positive_data_acceptance": {"expected-statuses": ["2xx", "404", "409", "422"]}}}


@pytest.fixture(scope="module")
def schema(plain: Settings, job_assistant: Assistant, tmp_path_factory: pytest.TempPathFactory) -> schemathesis.BaseSchema:
    """The document of an application over the short profile."""
    folder: Path = tmp_path_factory.mktemp("openapi")
    here = replace(plain, data=folder, database=f"sqlite:///{folder / 'conversations.sqlite'}", rate=0)
    load_all_checks()
    return schemathesis.openapi.from_asgi("/openapi.json", create_app(job_assistant, opening.conversations(here), here), config=SchemathesisConfig.from_dict(CONFIG))


def test_these_are_all_operations(schema: schemathesis.BaseSchema) -> None:
    assert sorted((one.ok().method.upper(), one.ok().path) for one in schema.get_all_operations()) == sorted(OPERATIONS)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_an_operation_keeps_to_its_document(schema: schemathesis.BaseSchema, method: str, path: str) -> None:
    statuses: dict[int, int] = {}
    operation = schema[path][method]

    @seed(11)
    @settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @_given(operation)
    def run(case: schemathesis.Case) -> None:
        response = case.call_and_validate(checks=CHECKS.get_all())
        statuses[response.status_code] = statuses.get(response.status_code, 0) + 1
        assert response.status_code < 500
        assert response.status_code < 400 or len(response.content) <= MOST, response.content[:200]

    run()
    print(method, path, dict(sorted(statuses.items())))
    assert sum(statuses.values()) >= (EXAMPLES if "parameters" in operation.definition.raw or method == "POST" else 1)


def _given(operation: schemathesis.APIOperation) -> Callable[[Callable[[schemathesis.Case], None]], Callable[[], None]]:
    """Cases of one operation, right ones and wrong ones."""
    return given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in schemathesis.GenerationMode)))
