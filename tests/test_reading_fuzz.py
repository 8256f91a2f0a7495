"""A minute of files that nobody would send, to each reader: every one is read or refused, and the reading process lives on."""

from __future__ import annotations

import fuzzing
import pytest

SECONDS = 60


@pytest.mark.slow
@pytest.mark.parametrize("suffix", fuzzing.SUFFIXES)
def test_a_minute_of_broken_files(suffix: str) -> None:
    found = fuzzing.fuzz(suffix, SECONDS)
    print(found)
    assert found.faults == []
    assert found.restarts == 0
    assert found.files > 50
    assert found.slowest < 40


@pytest.mark.slow
@pytest.mark.parametrize("suffix", fuzzing.SUFFIXES)
def test_a_moment_of_broken_files(suffix: str) -> None:
    found = fuzzing.fuzz(suffix, 1)
    assert found.faults == []
    assert found.restarts == 0
