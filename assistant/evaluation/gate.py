"""The gate for CI, closed unless everything is shown: `python -m assistant.evaluation.gate RUN [--before RUN] [--junit FILE]`.

Floors and ceilings, non-inferiority to a run before, things that must never happen, and the health of the questions. Exit status:
0 it passes · 1 quality · 2 the data is not valid · 3 the gate itself broke. A value that is missing fails.
"""

from __future__ import annotations

import argparse
import sys
import tomllib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from assistant.evaluation.comparing import compare
from assistant.evaluation.gold import DatasetError, Gold
from assistant.evaluation.metrics import LOWER_IS_BETTER
from assistant.evaluation.running import Run, read_run
from assistant.evaluation.validating import check

RULES = Path(__file__).with_name("gate.toml")
SECTIONS = ("floors", "ceilings", "margins", "never")
PASS, QUALITY, INVALID, BROKEN = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Check:
    """One thing the gate looked at. `group` is floors, ceilings, margins, never or dataset; `said` is for a reader."""

    group: str
    name: str
    passed: bool
    said: str


def rules(path: Path = RULES) -> dict[str, dict[str, float]]:
    """The rules of a file. Raises `DatasetError` for a file that is not there, an unknown section, a value that is no number."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DatasetError(f"{path}: portens regler kan ikke læses.") from error
    odd = [name for name in table if name not in SECTIONS or not isinstance(table[name], dict)]
    numbers = [value for name in SECTIONS for value in table.get(name, {}).values()]
    if odd or not numbers or not all(isinstance(value, (int, float)) and not isinstance(value, bool) and value == value for value in numbers):
        raise DatasetError(f"{path}: portens regler er ikke tal under {', '.join(SECTIONS)}.")
    return table


def examine(run: Run, table: Mapping[str, Mapping[str, float]], before: Run | None = None, problems: Sequence[str] = ()) -> list[Check]:
    """Everything the gate looks at, passed or not. `problems`: what is wrong with the questions."""
    checks = [Check("dataset", f"problem-{at}", False, problem) for at, problem in enumerate(problems, 1)]
    checks += [Check("dataset", "questions", bool(run.cases), f"{len(run.cases)} spørgsmål")]
    checks += [_bound(run, name, limit, "floors") for name, limit in table.get("floors", {}).items()]
    checks += [_bound(run, name, limit, "ceilings") for name, limit in table.get("ceilings", {}).items()]
    checks += [_never(run, name, int(limit)) for name, limit in table.get("never", {}).items()]
    if before is not None:
        found = compare(before, run)["metrics"]
        checks += [_not_worse(found.get(name), name, margin) for name, margin in table.get("margins", {}).items()]
    return checks


def _bound(run: Run, name: str, limit: float, group: str) -> Check:
    """A value against a floor or a ceiling."""
    value = _value(run, name)
    number = float(value) if isinstance(value, (int, float)) and value == value else None
    passed = number is not None and (number >= limit if group == "floors" else number <= limit)
    sign = ">=" if group == "floors" else "<="
    return Check(group, name, passed, f"{name} {'mangler' if number is None else number} skal være {sign} {limit}")


def _value(run: Run, name: str) -> Any:
    """A metric's mean, else what stands at a path of the scores ("robustness.variants_right"); None when neither is there."""
    if name in run.scores.get("metrics", {}):
        return (run.scores["metrics"][name] or {}).get("mean")
    value: Any = run.scores
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return value


def _never(run: Run, name: str, most: int) -> Check:
    """How often a thing happened that may not; not counted at all is a failure."""
    happened = run.scores.get("failures", {}).get(name)
    passed = happened is not None and len(happened) <= most
    said = "mangler" if happened is None else " ".join([str(len(happened)), *list(happened)[:3]])
    return Check("never", name, passed, f"{name}: {said}, højst {most}")


def _not_worse(row: Mapping[str, Any] | None, name: str, margin: float) -> Check:
    """The worse end of the interval of the difference must be nearer than the margin: the lower end, or the upper where less is better."""
    if not row or row.get("low") is None or row.get("high") is None:
        return Check("margins", name, False, f"{name}: forskellen mangler")
    passed = row["high"] < margin if name in LOWER_IS_BETTER else row["low"] > -margin
    side = f"under {margin}" if name in LOWER_IS_BETTER else f"over {-margin}"
    return Check("margins", name, passed, f"{name}: {row['difference']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}] skal ligge {side}")


def status(checks: Sequence[Check]) -> int:
    """The exit status: 2 when the data is not valid, else 1 when anything failed, else 0."""
    if not checks or any(not one.passed and one.group == "dataset" for one in checks):
        return INVALID
    return PASS if all(one.passed for one in checks) else QUALITY


def junit(checks: Sequence[Check]) -> str:
    """The checks as JUnit XML."""
    failed = [one for one in checks if not one.passed]
    suite = Element("testsuite", name="evaluation-gate", tests=str(len(checks)), failures=str(len(failed)), errors="0")
    for one in checks:
        case = SubElement(suite, "testcase", classname=f"gate.{one.group}", name=one.name)
        if not one.passed:
            SubElement(case, "failure", message=one.said)
    indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


def guard(run: Run, before: Run | None = None, path: Path = RULES, questions: Sequence[Gold] | None = None, profiles: Sequence[Path] = ()) -> tuple[int, list[Check]]:
    """The gate over a run: its status and what it looked at. With `profiles`, the questions are checked against their documents."""
    golds = list(questions) if questions is not None else [case.gold for case in run.cases]
    checks = examine(run, rules(path), before, check(golds, profiles) if profiles else ())
    return status(checks), checks


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Anything unforeseen closes the gate with 3."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.gate", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--before", type=Path, help="the run that this one may not be worse than")
    parser.add_argument("--rules", type=Path, default=RULES)
    parser.add_argument("--profiles", type=Path, nargs="*", default=[], help="folders with the documents, to check the questions against")
    parser.add_argument("--junit", type=Path)
    asked = parser.parse_args(arguments)
    try:
        code, checks = guard(read_run(asked.run), read_run(asked.before) if asked.before else None, asked.rules, None, asked.profiles)
        if asked.junit:
            asked.junit.write_text(junit(checks), encoding="utf-8")
    except DatasetError as error:
        print(error, file=sys.stderr)
        return INVALID
    except Exception:  # a gate that breaks must not stand open
        traceback.print_exc()
        return BROKEN
    print("\n".join(f"{'ok  ' if one.passed else 'FEJL'} {one.group}: {one.said}" for one in checks))
    return code


if __name__ == "__main__":
    sys.exit(main())
