"""A run in the formats of other tools, so that whoever has them can look at the same answers: RAGAS, DeepEval, promptfoo.

`python -m assistant.evaluation.exporting RUN --profiles FOLDER… --out FOLDER`. Only files are written; none of those tools is a dependency
of ours. What reads what:
- ragas.jsonl: `ragas.EvaluationDataset.from_jsonl(path)` (single-turn samples)
- deepeval.json: `EvaluationDataset().add_test_cases_from_json_file(path, input_key_name="input", actual_output_key_name="actual_output",
  expected_output_key_name="expected_output", context_key_name="context", retrieval_context_key_name="retrieval_context")`
- promptfoo.yaml: `promptfoo eval -c promptfoo.yaml` (the answers are replayed by the echo provider)
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from assistant.answers import MARK
from assistant.evaluation.cases import Case
from assistant.evaluation.gold import DatasetError, find_document
from assistant.evaluation.running import Run, read_run
from corpus.profiles import CorpusError
from corpus.reading import read


def write(run: Run, folder: Path) -> list[Path]:
    """The run as three files in `folder`; their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    ragas_rows = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in ragas(run))
    contents = {
        "ragas.jsonl": ragas_rows,
        "deepeval.json": json.dumps(deepeval(run), ensure_ascii=False, indent=1),
        "promptfoo.yaml": yaml.safe_dump(promptfoo(run), allow_unicode=True, sort_keys=False),
    }
    for name, text in contents.items():
        (folder / name).write_text(text, encoding="utf-8")
    return [folder / name for name in contents]


def ragas(run: Run) -> list[dict[str, Any]]:
    """Single-turn samples: question, answer, what was retrieved, the gold."""
    return [
        {"user_input": _asked(case), "response": _answer(case), "retrieved_contexts": _retrieved(case, run), "reference": _reference(case), "reference_contexts": list(case.gold.evidence)}
        for case in run.cases
    ]


def deepeval(run: Run) -> list[dict[str, Any]]:
    """Test cases by DeepEval's names."""
    return [
        {
            "input": _asked(case),
            "actual_output": _answer(case),
            "expected_output": _reference(case),
            "context": list(case.gold.evidence),
            "retrieval_context": _retrieved(case, run),
            "name": case.gold.id,
        }
        for case in run.cases
    ]


def promptfoo(run: Run) -> dict[str, Any]:
    """A configuration whose tests hold the answers; every required thing is an assertion of its own."""
    return {"description": "Profilassistenten", "prompts": ["{{answer}}"], "providers": ["echo"], "tests": [_test(case) for case in run.cases]}


def _test(case: Case) -> dict[str, Any]:
    checks: list[dict[str, Any]] = [{"type": "icontains-any", "value": list(choices), "threshold": 1} for choices in case.gold.answers]
    refused = {"type": "equals", "value": "true", "transform": "context.vars.abstained", "threshold": 1}
    return {
        "description": case.gold.id,
        "vars": {"question": _asked(case), "answer": _answer(case), "abstained": str(bool((case.answer or {}).get("abstained"))).lower()},
        "assert": checks or [refused],
    }


def _asked(case: Case) -> str:
    return "\n".join([*case.gold.conversation, case.gold.question])


def _answer(case: Case) -> str:
    return MARK.sub("", str((case.answer or {}).get("answer") or ""))


def _reference(case: Case) -> str:
    """The gold as a text: the first alternative of each required thing; for an unanswerable question, that it is not said."""
    return "; ".join(choices[0] for choices in case.gold.answers) or "Det fremgår ikke af profilen."


def _retrieved(case: Case, run: Run) -> Sequence[str]:
    text = run.texts.get(case.gold.document, "")
    return [text[start:end] for start, end in case.retrieved]


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. The documents are read again for the passages that were retrieved."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.exporting", description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--profiles", type=Path, nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args(arguments)
    try:
        run = read_run(asked.run)
        run.texts = {name: read(find_document(name, asked.profiles)).text for name in run.scores["dataset"]["documents"]}
    except (DatasetError, CorpusError) as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(str(path) for path in write(run, asked.out)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
