"""How long evaluating takes beside answering the same questions: `python tests/benchmarks/evaluating.py [--most 1.5] [--each 20]`.

In one run, alternating: every question answered (each document read and encoded once), and every question evaluated, both in one process;
then evaluated over every core. Prints the best time of each and their ratios; 1 when evaluating takes more than `--most` times as long.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME))

from assistant.evaluation import report, running  # noqa: E402
from assistant.evaluation.gold import Gold, documents, find_document, load  # noqa: E402
from assistant.evaluation.observing import Observed  # noqa: E402
from assistant.evaluation.working import cores, over_documents  # noqa: E402
from assistant.opening import Opened  # noqa: E402
from assistant.settings import load as load_settings  # noqa: E402
from index.library import Shard  # noqa: E402

QUESTIONS, PROFILES = HOME / "tests/questions", HOME / "corpus/profiles"


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when the ratio holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=float, default=1.5, help="how many times as long as answering evaluating may take")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--each", type=int, help="so many questions a document; all when not given")
    asked = parser.parse_args(arguments)
    golds = [gold for rows in documents(load([QUESTIONS])).values() for gold in rows[: asked.each] if (PROFILES / gold.document).is_file()]
    factory = Opened(load_settings())
    answered, evaluated, shared = [], [], []
    for _ in range(asked.rounds):
        answered.append(_timed(lambda: over_documents(golds, [PROFILES], factory, answer_only, processes=1)))
        evaluated.append(_timed(lambda: report.page(running.run_over(golds, [PROFILES], factory, processes=1))))
        shared.append(_timed(lambda: report.page(running.run_over(golds, [PROFILES], factory))))
    ratio = min(evaluated) / min(answered)
    print(f"{len(golds)} questions on {len(documents(golds))} documents ({sum(find_document(name, [PROFILES]).stat().st_size for name in documents(golds)) // 1024} KB)")
    print(f"answering {min(answered):.1f} s, evaluating {min(evaluated):.1f} s (with its report): {ratio:.2f} times as long, at most {asked.most}")
    print(f"evaluating on {cores()} cores {min(shared):.1f} s: {min(evaluated) / min(shared):.2f} times as fast as on one")
    return int(ratio > asked.most)


def answer_only(observed: Observed, shard: Shard, golds: Sequence[Gold]) -> list[None]:
    """Every question of a document answered, and nothing more."""
    observed.library.hold(shard)
    for gold in golds:
        observed.assistant.ask(gold.question, shard.profile.slug, gold.conversation)
    return [None] * len(golds)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
