"""What the command line calls: evaluate, propose questions, check questions. Each returns the exit status.

0: done · 2: a mistake by the person at the keyboard, said in one Danish line on standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.evaluation import ablating, comparing, questions, report, running
from assistant.evaluation.gold import DatasetError, load
from assistant.evaluation.observing import Factory
from assistant.evaluation.report import percent
from assistant.evaluation.working import Progress
from corpus.profiles import CorpusError
from corpus.reading import read

Say = Callable[[str], None]


def evaluate(
    files: Sequence[Path],
    profiles: Path,
    factory: Factory,
    out: Path | None = None,
    compare: Path | None = None,
    ablate: bool = False,
    sweep: bool = False,
    progress: Progress | None = None,
    say: Say = print,
) -> int:
    """`assistant evaluate`. `factory` makes the assistant; one that travels between processes is used on every core."""
    try:
        before = running.read_run(compare) if compare else None
        if not profiles.is_dir():
            raise DatasetError(f"Mappen {profiles} findes ikke. Angiv mappen med dokumenterne med --profiles.")
        run = running.evaluate(files, profiles, factory, out, progress)
        say(told(run))
        found = comparing.compare(before, run) if before else None
        if found:
            say("\n" + comparing.told(found))
        if sweep:
            say("\n" + swept(run))
        table = ablating.ablate(files, [profiles], factory, progress) if ablate else None
        if table:
            say("\n" + ablating.told(table))
        if out is not None:
            _write(run, out, found, before, table)
    except (DatasetError, CorpusError) as error:
        return _mistake(error)
    return 0


def _write(run: running.Run, out: Path, found: dict[str, Any] | None, before: running.Run | None, table: list[dict[str, Any]] | None) -> None:
    """The report, and what was asked for beside it."""
    report.write(run, out / "report.html", found, before)
    for name, content in (("comparison.json", found), ("ablation.json", table)):
        if content:
            (out / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def questions_make(profile: Path, say: Say = print) -> int:
    """`assistant questions make PROFILE`: proposed questions, a line of JSON each, for a human to read through."""
    try:
        for gold in questions.make(read(profile), profile.name):
            say(json.dumps(gold.to_json(), ensure_ascii=False))
    except CorpusError as error:
        return _mistake(error)
    return 0


def questions_check(files: Sequence[Path], profiles: Sequence[Path] = (), say: Say = print) -> int:
    """`assistant questions check FILE…`: what is wrong, a line each; 2 when anything is.

    Documents are looked for in `profiles`, else beside the questions, in ../profiles and in the shipped profiles.
    """
    try:
        golds = load(files)
    except DatasetError as error:
        return _mistake(error)
    homes = [path if path.is_dir() else path.parent for path in files]
    folders = list(profiles) or [*homes, *(home.parent / "profiles" for home in homes), *(home.parent.parent / "profiles" for home in homes), running.HOME / "corpus/profiles"]
    problems = questions.check(golds, folders)
    for problem in problems:
        say(problem)
    say(f"{len(golds)} spørgsmål, {len(problems)} fejl")
    return 2 if problems else 0


def _mistake(error: Exception) -> int:
    print(f"assistant: {error}", file=sys.stderr)
    return 2


def told(run: running.Run) -> str:
    """A run in a few lines."""
    total, silence, metrics = run.scores["score"]["total"], run.scores["score"]["abstention"], run.scores["metrics"]
    right = metrics["right"]
    lines = [
        f"{total['n']} spørgsmål · rigtige i alt {percent(total['correct'])} · rigtige svar {percent(total['answer_accuracy'])} · rette citater {percent(total['citation_recall'])}",
        f"rigtigt og belagt {percent(right['mean'])} [{percent(right['low'])}, {percent(right['high'])}] · tavshed P {percent(silence['precision'])} R {percent(silence['recall'])} · ECE {run.scores['calibration']['ece']}",
    ]
    failures = {name: found for name, found in run.scores["failures"].items() if found}
    return "\n".join([*lines, *(f"OBS {name}: {len(found)} ({', '.join(list(found)[:5])})" for name, found in failures.items())])


def swept(run: running.Run) -> str:
    """Answers and refusals over the threshold, in lines."""
    lines = ["tærskel  i alt  rigtige svar  afvist  svar uden grundlag  tavs uden grund"]
    for row in run.scores["sweep"]:
        cells = [row[name] for name in ("total", "answered_right", "refused", "false_answers", "over_abstention")]
        lines.append(f"{row['threshold']:7.2f} " + " ".join(f"{'–' if cell is None else f'{cell:.3f}':>{width}s}" for cell, width in zip(cells, (6, 13, 7, 19, 16), strict=True)))
    return "\n".join(lines)
