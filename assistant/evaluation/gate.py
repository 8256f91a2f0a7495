"""The gate for CI, closed unless everything is shown: `python -m assistant.evaluation.gate RUN [--before RUN | --baseline FILE] [--junit FILE]`.

Floors and ceilings, non-inferiority to a run before or to what was kept of one (`--keep FILE`), things that must never happen, and the health
of the questions. Exit status: 0 it passes · 1 quality · 2 the data is not valid · 3 the gate itself broke. A value that is missing fails.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

import numpy as np

from assistant.evaluation.comparing import DRAWS, compare, difference
from assistant.evaluation.gold import DatasetError, Gold, fingerprint
from assistant.evaluation.intervals import Resamples, clusters
from assistant.evaluation.metrics import LOWER_IS_BETTER, column, golds_of
from assistant.evaluation.running import Run, read_run
from assistant.evaluation.validating import check

RULES = Path(__file__).with_name("gate.toml")
SECTIONS = ("floors", "ceilings", "margins", "never")
PASS, QUALITY, INVALID, BROKEN = 0, 1, 2, 3


Baseline = Mapping[str, Any]


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


def kept(run: Run, names: Sequence[str]) -> Baseline:
    """What is remembered of a run: each question's value of each metric (None where it does not apply), and which questions and documents they were."""
    questions = {case.gold.id: [case.metrics.get(name) for name in names] for case in run.cases}
    return {**_asked(run), "metrics": list(names), "questions": questions}


def _asked(run: Run) -> dict[str, Any]:
    return {"dataset": fingerprint(golds_of(run.cases)), "documents": {name: paper["sha256"] for name, paper in run.scores["dataset"]["documents"].items()}}


def read_baseline(path: Path) -> Baseline:
    """What `--keep` wrote. Raises `DatasetError` for another thing."""
    try:
        found: Baseline = json.loads(path.read_text(encoding="utf-8"))
        return {name: found[name] for name in ("dataset", "documents", "metrics", "questions")}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{path}: der er intet at måle imod. Lav filen med --keep.") from error


def written(baseline: Baseline) -> str:
    """A baseline as text, a line a question: a later one shows what changed."""
    head = "".join(f' "{name}": {json.dumps(baseline[name], ensure_ascii=False)},\n' for name in ("dataset", "documents", "metrics"))
    rows = ",\n".join(f"  {json.dumps(name, ensure_ascii=False)}: {json.dumps(values)}" for name, values in baseline["questions"].items())
    return f'{{\n{head} "questions": {{\n{rows}\n }}\n}}\n'


def since(baseline: Baseline, run: Run) -> dict[str, Any]:
    """The paired difference from the baseline, metric by metric. Raises `DatasetError` when questions or documents were changed."""
    if any(baseline[name] != value for name, value in _asked(run).items()):
        raise DatasetError("Spørgsmålene eller dokumenterne er ændret, siden der sidst blev målt. Mål igen, og gem med --keep.")
    draws = Resamples(clusters(golds_of(run.cases))[1], DRAWS)
    before = [baseline["questions"][case.gold.id] for case in run.cases]
    columns = {name: np.array([np.nan if row[at] is None else row[at] for row in before], np.float64) for at, name in enumerate(baseline["metrics"])}
    return {name: difference(values, column(run.cases, name), draws) for name, values in columns.items()}


def examine(run: Run, table: Mapping[str, Mapping[str, float]], before: Run | Baseline | None = None, problems: Sequence[str] = ()) -> list[Check]:
    """Everything the gate looks at, passed or not. `before`: a run, or what was kept of one; `problems`: what is wrong with the questions."""
    checks = [Check("dataset", f"problem-{at}", False, problem) for at, problem in enumerate(problems, 1)]
    checks += [Check("dataset", "questions", bool(run.cases), f"{len(run.cases)} spørgsmål")]
    checks += [_bound(run, name, limit, "floors") for name, limit in table.get("floors", {}).items()]
    checks += [_bound(run, name, limit, "ceilings") for name, limit in table.get("ceilings", {}).items()]
    checks += [_never(run, name, int(limit)) for name, limit in table.get("never", {}).items()]
    if before is not None:
        found = compare(before, run)["metrics"] if isinstance(before, Run) else since(before, run)
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
        SubElement(case, "system-out").text = one.said
    indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(suite, encoding="unicode") + "\n"


def told(checks: Sequence[Check]) -> str:
    """A line a check: what was measured, and the bound that it was held against."""
    return "\n".join(f"{'ok  ' if one.passed else 'FEJL'} {one.group}: {one.said}" for one in checks)


def guard(run: Run, before: Run | Baseline | None = None, path: Path = RULES, questions: Sequence[Gold] | None = None, profiles: Sequence[Path] = ()) -> tuple[int, list[Check]]:
    """The gate over a run: its status and what it looked at. With `profiles`, the questions are checked against their documents."""
    golds = list(questions) if questions is not None else [case.gold for case in run.cases]
    checks = examine(run, rules(path), before, check(golds, profiles) if profiles else ())
    return status(checks), checks


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Anything unforeseen closes the gate with 3."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.gate", description=__doc__)
    parser.add_argument("run", type=Path)
    against = parser.add_mutually_exclusive_group()
    against.add_argument("--before", type=Path, help="the run that this one may not be worse than")
    against.add_argument("--baseline", type=Path, help="what was kept of a run that this one may not be worse than")
    parser.add_argument("--keep", type=Path, help="keep of this run what later ones are held against, when the gate lets it through")
    parser.add_argument("--rules", type=Path, default=RULES)
    parser.add_argument("--profiles", type=Path, nargs="*", default=[], help="folders with the documents, to check the questions against")
    parser.add_argument("--junit", type=Path)
    asked = parser.parse_args(arguments)
    try:
        run = read_run(asked.run)
        before = read_run(asked.before) if asked.before else read_baseline(asked.baseline) if asked.baseline else None
        code, checks = guard(run, before, asked.rules, None, asked.profiles)
        if asked.keep and code == PASS:
            asked.keep.write_text(written(kept(run, list(rules(asked.rules).get("margins", {})))), encoding="utf-8")
        if asked.junit:
            asked.junit.write_text(junit(checks), encoding="utf-8")
    except DatasetError as error:
        print(error, file=sys.stderr)
        return INVALID
    except Exception:  # a gate that breaks must not stand open
        traceback.print_exc()
        return BROKEN
    print(told(checks))
    return code


if __name__ == "__main__":
    sys.exit(main())
