"""How long a whole answer takes beside encoding its question with sentence-transformers: `python tests/benchmarks/answering.py`.

In one run and one thread, question by question in turn: the answer (understand, search, decide, write, check), and the same
question encoded by sentence-transformers with the packaged English model. Prints the median and the 95th percentile of each, and
the ratio of the medians; 1 when an answer takes more than `--most` times as long.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"
HOME = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(HOME))

import numpy as np  # noqa: E402

from assistant.evaluation.gold import load  # noqa: E402
from assistant.evaluation.observing import Observed  # noqa: E402
from assistant.opening import Opened  # noqa: E402
from assistant.settings import load as load_settings  # noqa: E402
from corpus.reading import read  # noqa: E402
from index.embedding import SentenceTransformerEmbeddings, packaged  # noqa: E402
from index.library import shard_of  # noqa: E402


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 0 when the ratio holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=float, default=1.0)
    parser.add_argument("--profile", type=Path, default=HOME / "corpus/profiles/helsingoer-direktoer.md")
    asked = parser.parse_args(arguments)
    questions = [gold.question for gold in load([HOME / "tests/questions"]) if gold.document == asked.profile.name and not gold.conversation]
    observed = Observed(Opened(load_settings())())
    shard = shard_of(read(asked.profile), observed.library.timed.inner)
    observed.library.hold(shard)
    stock = SentenceTransformerEmbeddings(packaged())
    times = np.array([[_timed(lambda: observed.assistant.ask(q, shard.profile.slug)), _timed(lambda: stock.questions([q]))] for q in questions[:10] + questions])  # noqa: B023
    median, late = (np.percentile(times[10:], at, axis=0) * 1000 for at in (50, 95))
    print(f"{len(questions)} questions, one thread: a whole answer {median[0]:.1f} ms (95 %: {late[0]:.1f}), encoding with sentence-transformers {median[1]:.1f} ms ({late[1]:.1f})")
    print(f"an answer takes {median[0] / median[1]:.2f} times as long as the encoding, at most {asked.most}")
    return int(median[0] / median[1] > asked.most)


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
