"""One self-contained page about a run (`report.html`): no network, no CDN, its own content security policy with hashes.

Left to others: the numbers (`metrics`, `comparing`), the charts (`charts`), the page's HTML (`report.html`, `report.css`, `report.js`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from assistant.evaluation import charts
from assistant.evaluation.cases import Case
from assistant.evaluation.command_wording import KINDS, SAYINGS, number, part, percent, signed
from assistant.evaluation.comparing import GATED
from assistant.evaluation.metrics import HEADLINE, LOWER_IS_BETTER
from assistant.evaluation.running import Run

_HERE = Path(__file__).parent
NAMES = {
    "right": "rigtigt og belagt", "correct": "rigtigt i alt", "answer_accuracy": "rigtige svar", "citation_hit": "rigtigt citat", "over_abstention": "afvist uden grund",
    "false_answer": "svar uden grundlag", "em": "ordret ens", "token_f1": "F1 over ord", "char_f1": "F1 over tegn", "contains": "indeholder facit", "number_f1": "F1 over tal og navne",
    "list.precision": "lister: præcision", "list.completeness": "lister: fuldstændighed", "list.f1": "lister: F1", "list.exact": "lister: helt ens", "citation.precision": "citater: præcision",
    "citation.recall": "citater: dækning", "citation.f1": "citater: F1", "citation.gold_source": "citerer det rette sted", "faithful": "tro mod kilden", "fabricated": "opdigtede tal eller navne",
    "misattribution": "tro, men forkert kilde", "noise_sensitivity": "lokket af støj", "context_utilisation": "brugt af det fundne", "forbidden": "forbudt indhold",
    "injection": "lod sig narre", "cpr": "viste et CPR-nummer",
}  # fmt: skip
OUTCOMES = {
    "right": "rigtigt og belagt", "not_retrieved": "ikke fundet", "unused": "fundet, ikke brugt", "misused": "brugt forkert", "uncited": "rigtigt, men uden belæg", "refused": "fundet, men afvist",
    "silent_right": "afvist med rette", "false_answer": "svar uden grundlag", "lost": "intet svar",
}  # fmt: skip
STAGES = {"embed": "spørgsmålets vektorer", "search": "søgning og rangering", "write": "svar og efterprøvning", "first": "til det første af svaret", "total": "til hele svaret"}
ORDERS = {"dense": "vektorer", "bm25": "ord (BM25)", "hybrid": "begge", "ranked": "vægtet"}


Table = Sequence[Mapping[str, Any]]


def write(run: Run, path: Path, comparison: Mapping[str, Any] | None = None, before: Run | None = None, ablation: Table | None = None) -> None:
    """The page as a file."""
    path.write_text(page(run, comparison, before, ablation), encoding="utf-8")


def page(run: Run, comparison: Mapping[str, Any] | None = None, before: Run | None = None, ablation: Table | None = None) -> str:
    """The page; with a comparison also its differences, and each case as it was before; with an ablation also its table.

    Two pages about the same run are the same bytes outside the section `svartid`, which holds all that is timed.
    """
    environment = Environment(loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {"pct": percent, "num": lambda value, digits=3: number(value, "da", digits), "signed": signed, "ms": _milliseconds, "part": lambda name: part(name, "da")}
    style, script = ((_HERE / f"report.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; base-uri 'none'; form-action 'none'"
    names = {"NAMES": NAMES, "KINDS": KINDS, "OUTCOMES": OUTCOMES, "LOWER": LOWER_IS_BETTER, "HEADLINE": HEADLINE, "ORDERS": ORDERS, "STAGES": STAGES, "WORDS": SAYINGS["da"]}
    given = {"comparison": comparison, "ablation": sorted(ablation, key=_earned) if ablation else None, "charts": _charts(run.scores, comparison), "browsed": BROWSED}
    return environment.get_template("report.html").render(**names, **given, s=run.scores, style=Markup(style), script=Markup(script), policy=Markup(policy), data=_data(run, before))


def _telling(name: str, row: Mapping[str, Any]) -> bool:
    """Whether a difference is drawn: what the gate looks at, and everything that moved."""
    return name in GATED or row["wins"] > 0 or row["losses"] > 0


BROWSED = ("right", "number_f1", "list.completeness", "citation.precision", "citation.recall", "faithful", "ranked.mrr@10")


def _earned(row: Mapping[str, Any]) -> tuple[bool, float]:
    """The whole first, then what earns most."""
    return row["variant"] != "whole", (row["right.difference"] or {}).get("difference") or 0.0


def _milliseconds(seconds: float) -> str:
    """Seconds as whole milliseconds, with one decimal under ten."""
    return number(1000 * seconds, "da", 0 if seconds >= 0.01 else 1)


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _data(run: Run, before: Run | None) -> Markup:
    """The cases for the browser of cases, as JSON that cannot end its script element."""
    old = {case.gold.id: case for case in before.cases} if before else {}
    names = {"kinds": KINDS, "outcomes": OUTCOMES, "lower": sorted(LOWER_IS_BETTER)}
    rows = {"names": names, "texts": run.texts, "cases": [_case(case, old.get(case.gold.id)) for case in run.cases]}
    return Markup(json.dumps(rows, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))


def _case(case: Case, old: Case | None) -> dict[str, Any]:
    answer = case.answer or {}
    row: dict[str, Any] = {
        "id": case.gold.id,
        "document": case.gold.document,
        "kind": case.gold.kind,
        "outcome": case.outcome,
        "question": case.gold.question,
        "conversation": list(case.gold.conversation),
    }
    row |= {"answer": answer.get("answer") or case.error or "", "abstained": bool(answer.get("abstained")), "sure": round(case.sure, 2), "gold": [list(choices[:4]) for choices in case.gold.answers]}
    row |= {"evidence": case.evidence, "cited": [[c["number"], c["start"], c["end"]] for c in answer.get("citations", ())], "unrefused": case.unrefused if answer.get("abstained") else ""}
    row |= {"metrics": {name: case.metrics.get(name) for name in BROWSED}}
    if old is not None:
        row |= {"before": (old.answer or {}).get("answer") or "", "was": old.outcome, "changed": (case.metrics["right"] or 0) - (old.metrics["right"] or 0)}
    return row


def _charts(scores: Mapping[str, Any], comparison: Mapping[str, Any] | None) -> dict[str, Markup]:
    """Every chart of the page."""
    curve = {ORDERS[name]: [(k, value or 0.0) for k, value in enumerate(values, 1)] for name, values in scores["recall_curve"].items()}
    risks = scores["risk_coverage"]["curve"]
    bins = [(row["confidence"], row["right"]) for row in scores["calibration"]["bins"]]
    sweep = {name: [(row["threshold"], row[key] or 0.0) for row in scores["sweep"]] for name, key in (("i alt", "total"), ("svar", "answered_right"), ("falske", "false_answers"))}
    found = {
        "kinds": charts.bars("Rigtigt og belagt for hver slags spørgsmål", [_bar(KINDS[kind], row["right"]) for kind, row in scores["by_kind"].items()]),
        "documents": charts.bars("Rigtigt og belagt for hvert dokument", [_bar(Path(name).stem, row["right"]) for name, row in scores["by_document"].items()]),
        "recall": charts.lines("Andel af spørgsmål, hvor stedet er blandt de første k", curve, "k", "andel", right=20),
        "risk": charts.lines("Risiko over dækning", {"risiko": [((at + 1) / len(risks), risk or 0.0) for at, risk in enumerate(risks)]}, "dækning", "risiko"),
        "reliability": charts.lines("Sikkerhed og virkelighed", {"": bins}, "sikkerhed", "andel rigtige", diagonal=True),
        "sweep": charts.lines("Svar og afvisninger over tærsklen", sweep, "tærskel", "andel"),
        "latency": _latency(scores["latency"]),
        "waterfall": charts.waterfall("Hvor spørgsmålene gik tabt på vejen", _waterfall(scores["outcomes"])),
    }
    if comparison:
        rows = [(NAMES[name], row["difference"], row["low"], row["high"], row["better"]) for name, row in comparison["metrics"].items() if name in NAMES and _telling(name, row)]
        found["forest"] = charts.forest("Forskelle med 95 %-intervaller", rows)
    return found


def _bar(label: str, row: Mapping[str, Any]) -> tuple[str, float | None, float | None, float | None, str]:
    return label, row["mean"], row["low"], row["high"], f"{percent(row['mean'])} (n={row['n']})"


LOST = ("not_retrieved", "unused", "misused", "uncited", "refused", "false_answer", "lost")


def _waterfall(outcomes: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """All questions, what each step lost of them, and what is left."""
    total, lost = sum(outcomes.values()), [(OUTCOMES[name], outcomes.get(name, 0), "lost") for name in LOST]
    return [("alle", total, "all"), *lost, ("rigtige", total - sum(count for _, count, _ in lost), "left")]


def _latency(found: Mapping[str, Any]) -> Markup:
    """The share of answers that were there within so many milliseconds; the slowest hundredth lies on the edge."""
    curve = [1000 * seconds for seconds in found["curve"]]
    points = [(value, at / 100) for at, value in enumerate(curve)]
    return charts.lines("Andel af svar over millisekunder", {"": points}, "millisekunder", "andel af svar", right=charts.nice(max(curve[99], 1.0)) if curve else 1.0)
