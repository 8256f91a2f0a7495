"""Work over documents on every core: each document read and embedded once, its questions handed to one function.

Left to others: what is done with them (`running`, `fitting`, `ablating` hand in the function).
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from assistant.evaluation.gold import Gold, documents, find_document
from assistant.evaluation.observing import Factory, Observed
from corpus.reading import read
from index.library import Shard, shard_of

Found = TypeVar("Found")
Work = Callable[[Observed, Shard, Sequence[Gold]], list[Found]]
Progress = Callable[[int, int], None]
ALONE = 50
MOST = 4

_observed: dict[bool, Observed] = {}


def cores() -> int:
    """The cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def over_documents(
    golds: Sequence[Gold], folders: Sequence[Path], factory: Factory, work: Work[Found], progress: Progress | None = None, processes: int | None = None, keep: bool = False
) -> list[Found]:
    """`work` over every document's questions; its results in the order of `golds`, one each.

    With more than 50 questions, several documents and several cores, documents are shared out over processes, the
    largest first; `factory` and `work` must then be importable (pickled by name), else one process does it all.
    Raises `DatasetError` or `CorpusError` for a document that is not there or cannot be read.
    """
    jobs = [(find_document(name, folders), tuple(rows)) for name, rows in documents(golds).items()]
    jobs.sort(key=lambda job: (-job[0].stat().st_size - 200 * len(job[1]), job[0].name))
    wanted = processes or (min(cores(), MOST) if len(golds) > ALONE else 1)
    many = min(wanted, len(jobs)) > 1 and _travels(factory, work)
    done = _shared_out(jobs, factory, work, min(wanted, len(jobs)), keep) if many else _alone(jobs, factory, work, keep)
    results: dict[str, Found] = {}
    for rows, found in done:
        results |= {gold.id: one for gold, one in zip(rows, found, strict=True)}
        if progress:
            progress(len(results), len(golds))
    return [results[gold.id] for gold in golds]


def _alone(jobs: Sequence[Any], factory: Factory, work: Work[Found], keep: bool) -> Iterator[tuple[Sequence[Gold], list[Found]]]:
    with _one_thread():
        observed = Observed(factory(), keep)
        for path, rows in jobs:
            yield rows, _one(observed, path, rows, work)


def _shared_out(jobs: Sequence[Any], factory: Factory, work: Work[Found], processes: int, keep: bool) -> Iterator[tuple[Sequence[Gold], list[Found]]]:
    """The jobs over processes that each begin afresh (spawned: a forked one would inherit torch's locks)."""
    with _one_thread(), ProcessPoolExecutor(processes, get_context("spawn"), _begin, (factory, keep)) as pool:
        waiting = {pool.submit(_job, path, rows, work): rows for path, rows in jobs}
        for future in as_completed(waiting):
            yield waiting[future], future.result()


def _begin(factory: Factory, keep: bool) -> None:
    """The first thing a process does: its own assistant."""
    _observed[True] = Observed(factory(), keep)


def _job(path: Path, rows: Sequence[Gold], work: Work[Found]) -> list[Found]:
    return _one(_observed[True], path, rows, work)


def _one(observed: Observed, path: Path, rows: Sequence[Gold], work: Work[Found]) -> list[Found]:
    shard = shard_of(read(path), observed.library.timed.inner)
    return work(observed, shard, rows)


def _travels(*parts: object) -> bool:
    """Whether another process can be handed these."""
    try:
        pickle.dumps(parts)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False
    return True


@contextmanager
def _one_thread() -> Iterator[None]:
    """Inside, new processes, and a model loaded now, compute on one thread: more threads than free cores are many times slower."""
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
