"""Answers every question against its document, measures each, writes the run: answers.jsonl, cases.jsonl, scores.json, report.html.

Two runs of the same thing give the same bytes, but for `seconds` in answers.jsonl and the key `latency` in scores.json.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant.deciding import answerable
from assistant.evaluation import metrics, scoring
from assistant.evaluation.cases import Case, measure
from assistant.evaluation.gold import DatasetError, Gold, fingerprint, load
from assistant.evaluation.observing import Factory, Observed
from assistant.evaluation.supporting import Reading
from assistant.evaluation.working import Progress, over_documents
from index.library import Shard

HOME = Path(__file__).resolve().parents[2]
VERSION = 1


@dataclass(slots=True)
class Run:
    """One evaluation: its cases in the order of the questions, what scores.json holds, and the documents' canonical texts."""

    cases: list[Case]
    scores: dict[str, Any]
    texts: dict[str, str] = field(default_factory=dict)

    def answers(self) -> list[dict[str, Any]]:
        """The lines of answers.jsonl: the contract's object plus `id` and `document`. A question that gave no answer has no line."""
        return [{**case.answer, "seconds": round(case.stages.get("total", 0.0), 4), "id": case.gold.id, "document": case.gold.document} for case in self.cases if case.answer is not None]


def evaluate(files: Sequence[Path], profiles_folder: Path | Sequence[Path], assistant_factory: Factory, out: Path | None = None, progress: Progress | None = None, processes: int | None = None) -> Run:
    """Answers the questions of `files` against their documents in `profiles_folder`; writes the run to `out` when given.

    Raises `DatasetError` for questions or documents that are not there, `CorpusError` for a document that cannot be read.
    """
    folders = [profiles_folder] if isinstance(profiles_folder, Path) else list(profiles_folder)
    run = run_over(load(files), folders, assistant_factory, progress, processes)
    if out is not None:
        write(run, out)
    return run


def run_over(golds: Sequence[Gold], folders: Sequence[Path], factory: Factory, progress: Progress | None = None, processes: int | None = None) -> Run:
    """The same over questions at hand; writes nothing."""
    done = over_documents(golds, folders, factory, answer_all, progress, processes)
    cards = {case.gold.document: card for case, card in done}
    run = Run([case for case, _ in done], {}, {name: card.pop("text") for name, card in cards.items()})
    run.scores = scores(run, cards)
    return run


def answer_all(observed: Observed, shard: Shard, golds: Sequence[Gold]) -> list[tuple[Case, dict[str, Any]]]:
    """A document's questions, each answered and measured, with the document's card."""
    reading = Reading.of(shard.profile, observed.assistant.today())
    encoder = getattr(observed.library.timed.inner, "name", type(observed.library.timed.inner).__name__)
    card: dict[str, Any] = {"text": shard.profile.text, "sha256": shard.profile.fingerprint, "text_sha256": _sha(shard.profile.text), "passages": len(shard.profile.passages)}
    settings = {"embedding": Path(str(encoder)).name, "embedding_identity": observed.library.timed.identity, "today": reading.today.isoformat()}
    card["settings"] = settings
    observed.warm(shard, sorted({"da", *("en" for gold in golds if gold.kind == "english")}))
    return [(answer_one(observed, shard, gold, reading), card) for gold in golds]


def answer_one(observed: Observed, shard: Shard, gold: Gold, reading: Reading) -> Case:
    """One question answered and measured. What goes wrong inside is the case's `error`, never an answer."""
    try:
        answer = observed.ask(gold, shard)
        stages, found = dict(observed.stages), observed.found
        unrefused = observed.unrefused(gold, shard) if answer.abstained and found is not None else answer
    except Exception as error:  # an evaluation counts crashes; it does not stop at them
        return measure(gold, None, None, None, reading, f"{type(error).__name__}: {error}")
    said = unrefused.to_json() if found is not None or not answer.abstained else None
    case = measure(gold, answer.to_json(), said, found, reading, holds=answerable(found) if found is not None else 0.0)
    case.stages, case.drafted = stages, asdict(answer.drafted) if answer.drafted else None
    return case


def scores(run: Run, cards: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """What scores.json holds."""
    golds = metrics.golds_of(run.cases)
    return {
        "version": VERSION,
        "score": scoring.score(golds, {case.gold.id: case.answer for case in run.cases if case.answer is not None}),
        "dataset": {"sha256": fingerprint(golds), "questions": len(golds), "documents": {name: {k: v for k, v in card.items() if k != "settings"} for name, card in sorted(cards.items())}},
        "card": card(next(iter(cards.values()))["settings"]) | drafts(run.cases),
        **metrics.summary(run.cases),
        "latency": metrics.latency(run.cases),
    }


def drafts(cases: Sequence[Case]) -> dict[str, Any]:
    """How often the checker stepped in: drafts of a chat model, their sentences, those it stopped, and drafts that were no answer; empty without a model."""
    made = [case.drafted for case in cases if case.drafted]
    if not made:
        return {}
    return {"drafts": len(made), "drafted_sentences": sum(d["sentences"] for d in made), "stopped_by_checker": sum(d["stopped"] for d in made), "failed_drafts": sum(bool(d["fault"]) for d in made)}


def card(settings: dict[str, Any]) -> dict[str, Any]:
    """What was evaluated: commit, code, weights, settings."""
    sources = sorted(path for room in ("corpus", "index", "assistant") for path in (HOME / room).rglob("*") if path.suffix in (".py", ".toml", ".tsv", ".json") and "evaluation" not in path.parts)
    code = hashlib.sha256()
    for path in sources:
        code.update(f"{path.relative_to(HOME)}\0".encode() + path.read_bytes())
    weights = HOME / "assistant/weights.json"
    fitted = _sha(weights.read_text(encoding="utf-8")) if weights.exists() else None
    return {"commit": commit(), "code_sha256": code.hexdigest(), "weights_sha256": fitted, "python": platform.python_version(), **settings}


def commit() -> str | None:
    """The commit of the working copy, or None outside one."""
    try:
        found = subprocess.run(["git", "-C", str(HOME), "rev-parse", "HEAD"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def write(run: Run, out: Path) -> None:
    """The run's files in `out`, each whole or not at all."""
    out.mkdir(parents=True, exist_ok=True)
    _place(out / "answers.jsonl", "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in run.answers()))
    _place(out / "cases.jsonl", "".join(json.dumps(case.to_json(), ensure_ascii=False) + "\n" for case in run.cases))
    _place(out / "scores.json", json.dumps(run.scores, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _place(path: Path, text: str) -> None:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, path)


def read_run(folder: Path) -> Run:
    """A run that `write` wrote. Raises `DatasetError` when the folder holds none."""
    try:
        scores_of = json.loads((folder / "scores.json").read_text(encoding="utf-8"))
        lines = (folder / "cases.jsonl").read_text(encoding="utf-8").split("\n")
        return Run([Case.from_json(json.loads(line)) for line in lines if line], scores_of)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{folder} er ingen kørsel (scores.json og cases.jsonl mangler eller er beskadiget). Kør assistant evaluate med --out {folder}.") from error
