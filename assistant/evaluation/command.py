"""What the command line calls: evaluate, propose questions, check questions. Each returns the exit status.

0: done · 2: a mistake by the person at the keyboard, said in one line on standard error.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from assistant.evaluation import ablating, comparing, proposing, report, running, validating
from assistant.evaluation.command_wording import decimal, fault, kind, number, percent, say
from assistant.evaluation.gold import DatasetError, Gold
from assistant.evaluation.observing import Factory
from assistant.evaluation.working import Progress
from corpus.profiles import CorpusError, Profile

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
    tell: Say = print,
    language: str = "da",
) -> int:
    """`assistant evaluate`. `factory` makes the assistant; one that travels between processes is used on every core."""
    try:
        before = running.read_run(compare) if compare else None
        if not profiles.is_dir():
            raise DatasetError(f"Mappen {profiles} findes ikke. Angiv mappen med dokumenterne med --profiles.")
        run = running.evaluate(files, profiles, factory, out, progress)
        found = comparing.compare(before, run) if before else None
        if out is not None:  # before anything is said: whoever stops listening has the files
            _write(run, out, found, before, None)
        tell(told(run, language))
        if found:
            tell("\n" + comparing.told(found, language))
        if sweep:
            tell("\n" + swept(run, language))
        if ablate:
            table = ablating.ablate(files, [profiles], factory, progress, plain=ablating.untaught(factory))
            if out is not None:
                _write(run, out, found, before, table)
            tell("\n" + ablating.told(table, language))
        if out is not None:
            tell("\n" + say("report", language, path=out / "report.html"))
    except (DatasetError, CorpusError) as error:
        return _mistake(error, language)
    return 0


def _write(run: running.Run, out: Path, found: dict[str, Any] | None, before: running.Run | None, table: list[dict[str, Any]] | None) -> None:
    """The report, and what was asked for beside it; what an earlier run left of that is taken away."""
    report.write(run, out / "report.html", found, before, table)
    for name, content in (("comparison.json", found), ("ablation.json", table)):
        if content:
            (out / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        else:
            (out / name).unlink(missing_ok=True)


def questions_make(profile: Profile, out: Path | None = None, language: str = "da", tell: Say = print) -> int:
    """`assistant questions make PROFILE`: proposed questions, a line of JSON each, for a human to read through.

    With `out`, in a file there, with near-misses asked of a copy of the profile from which fields are taken out.
    """
    golds = proposing.make(profile, profile.source)
    if out is None:
        for gold in golds:
            tell(_line(gold))
        return 0
    name, text, misses = proposing.take_out(profile, profile.source)
    out.mkdir(parents=True, exist_ok=True)
    (out / f"{profile.slug}.jsonl").write_text("".join(_line(gold) + "\n" for gold in (*golds, *misses)), encoding="utf-8")
    if misses:
        (out / name).write_text(text, encoding="utf-8")
    tell(say("proposed", language, n=len(golds) + len(misses), file=out / f"{profile.slug}.jsonl", misses=len(misses), document=name))
    return 0


def _line(gold: Gold) -> str:
    return json.dumps(gold.to_json(), ensure_ascii=False)


def questions_check(files: Sequence[Path], profiles: Sequence[Path] = (), language: str = "da", tell: Say = print) -> int:
    """`assistant questions check FILE…`: everything that is wrong, a line each; 2 when anything is.

    Documents are looked for in `profiles`, else beside the questions, in the folders `profiles` above them and in the shipped profiles.
    """
    golds, problems = validating.read_all(files)
    homes = [path if path.is_dir() else path.parent for path in files]
    above = [place for home in homes for folder in (home.parent, home.parent.parent) for place in (folder / "profiles", folder / "profiles" / home.name)]
    problems += validating.check(golds, list(profiles) or [*homes, *above, running.HOME / "corpus/profiles"])
    for problem in problems:
        tell(fault(problem, language))
    tell(say("checked", language, n=len(golds), problems=len(problems)))
    return 2 if problems else 0


def _mistake(error: Exception, language: str) -> int:
    print(f"assistant: {fault(str(error), language)}", file=sys.stderr)
    return 2


def told(run: running.Run, language: str = "da") -> str:
    """A run in a few lines: the headline, what is robust, what to read with care, what should never have happened."""
    return "\n".join([*_headline(run, language), *_beside(run, language), *_never(run, language)])


def _headline(run: running.Run, language: str) -> list[str]:
    def pct(value: float | None) -> str:
        return percent(value, language)

    total, silence, right = run.scores["score"]["total"], run.scores["score"]["abstention"], run.scores["metrics"]["right"]
    ends = {name: pct(right[name]) for name in ("mean", "low", "high")}
    return [
        say("total", language, n=total["n"], correct=pct(total["correct"]), answers=pct(total["answer_accuracy"]), citations=pct(total["citation_recall"])),
        say("right", language, **ends, p=pct(silence["precision"]), r=pct(silence["recall"]), ece=number(run.scores["calibration"]["ece"], language)),
    ]


def _beside(run: running.Run, language: str) -> list[str]:
    robust, talks, made, lines = run.scores["robustness"], run.scores["conversation"], run.scores["machine_made"], []
    judge = run.scores["support"]
    lines.append(say("support", language, pairs=judge["labelled_pairs"], precision=percent(judge["precision"], language), recall=percent(judge["recall"], language)))
    if robust["groups"] or talks["pairs"]:
        shares = {"all": percent(robust["all_variants_right"], language), "each": percent(robust["variants_right"], language), "gap": percent(talks["gap"], language)}
        lines.append(say("robust", language, groups=robust["groups"], pairs=talks["pairs"], **shares))
    if made["n"] and not made["alone"]:
        lines.append(say("made", language, kinds=", ".join(f"{kind(name, language)} {percent(row['right'], language)} (n={row['n']})" for name, row in made["kinds"].items())))
    if made["alone"]:
        lines.append(say("made_alone", language))
    if run.scores["few"]:
        lines.append(say("few", language, kinds=", ".join(kind(name, language) for name in run.scores["few"])))
    return lines


def _never(run: running.Run, language: str) -> list[str]:
    happened = {name: list(found) for name, found in run.scores["failures"].items() if found}
    return [say("never", language, what=say(name, language), n=len(found), ids=", ".join(found[:5])) for name, found in happened.items()]


def swept(run: running.Run, language: str = "da") -> str:
    """Answers and refusals over the threshold, in lines."""
    head = say("sweep", language)
    lines, widths = [head], [len(word) for word in head.split("  ")]
    for row in run.scores["sweep"]:
        cells = [f"{row['threshold']:.2f}", *("–" if row[name] is None else f"{row[name]:.3f}" for name in ("total", "answered_right", "refused", "false_answers", "over_abstention"))]
        lines.append("  ".join(decimal(f"{cell:>{width}s}", language) for cell, width in zip(cells, widths, strict=True)))
    return "\n".join(lines)
