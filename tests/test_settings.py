"""Settings: what wins over what, and what is refused."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from assistant.settings import SettingsError, language, load


def test_the_command_line_wins_over_the_environment_over_the_file_over_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text('# a remark\nASSISTANT_DATA="file"\nASSISTANT_RATE=7\n', encoding="utf-8")
    assert load(None, {}, tmp_path).data.name == "file"
    assert load(None, {"ASSISTANT_DATA": "environment"}, tmp_path).data.name == "environment"
    assert load(Path("option"), {"ASSISTANT_DATA": "environment"}, tmp_path).data.name == "option"
    assert load(None, {}, tmp_path).rate == 7
    assert load(None, {"ASSISTANT_RATE": "0"}, tmp_path).rate == 0


def test_the_defaults_are_the_contracts(tmp_path: Path) -> None:
    found = load(None, {}, tmp_path)
    assert (found.data.name, found.retention_days, found.rate, found.language, found.embedding, found.today, found.url) == ("data", 90, 60, "da", None, None, None)
    assert found.database == f"sqlite:///{found.data}/conversations.sqlite"


def test_a_date_stands_for_today(tmp_path: Path) -> None:
    assert load(None, {"ASSISTANT_TODAY": "2024-01-20"}, tmp_path).day() == date(2024, 1, 20)
    assert load(None, {}, tmp_path).day() == date.today()


def test_a_file_of_settings_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"ASSISTANT_DATA=\xff")
    with pytest.raises(SettingsError, match=r"\.env"):
        load(None, {}, tmp_path)
    assert language({}, tmp_path) == "da"


def test_the_language_is_known_also_when_another_setting_is_wrong(tmp_path: Path) -> None:
    assert language({"ASSISTANT_LANGUAGE": "en", "ASSISTANT_RATE": "x"}, tmp_path) == "en"
    assert language({"ASSISTANT_LANGUAGE": "de"}, tmp_path) == "da"


@pytest.mark.parametrize(("name", "value"), [("ASSISTANT_TODAY", "i morgen"), ("ASSISTANT_RATE", "mange"), ("ASSISTANT_RATE", "-1"), ("ASSISTANT_RETENTION_DAYS", "1.5"), ("ASSISTANT_LANGUAGE", "de")])
def test_a_bad_value_is_named(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(None, {name: value}, tmp_path)
