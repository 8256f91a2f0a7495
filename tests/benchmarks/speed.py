"""How fast we are beside others, in one interleaved run: `make bench` (or `python tests/benchmarks/speed.py --quick`).

Every system runs in a process of its own (`systems`), and each round asks every one of them new questions in turn; what is told is the median
over the rounds, as a ratio to the stock LangChain pipeline's. LangChain runs always; `--others` adds LlamaIndex, Haystack and txtai. Each has
an environment of its own under data/bench, made with pip on first use; what cannot be installed is named and left out.
Prints a table and draws docs/speed.svg.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from importlib import metadata
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import plotting
import varied
import weighing

HOME = Path(__file__).resolve().parents[2]
BENCH, WORKER = HOME / "data" / "bench", Path(__file__).with_name("systems.py")
STOCK = "langchain"
PACKAGES = {
    STOCK: ("langchain-community==0.4.2", "langchain-huggingface==1.2.3", "langchain-text-splitters==1.1.3"),
    "llamaindex": ("llama-index-core==0.14.25", "llama-index-embeddings-huggingface==0.8.0"),
    "haystack": ("haystack-ai==2.31.0",),
    "txtai": ("txtai==9.14.0",),
}
Figures = dict[str, dict[str, float]]


class Worker:
    """A system in its own process: `tell` gives it a job and waits for what it says."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process = subprocess.Popen([python(name), str(WORKER), name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=HOME)
        self._said()

    def tell(self, do: str, **told: Any) -> dict[str, Any]:
        """The answer to one job. Raises `ChildProcessError` when the system has ended."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps({"do": do, **told}) + "\n")
        self._process.stdin.flush()
        return self._said()

    def ask(self, asked: Sequence[varied.Asked], threads: int = 1) -> dict[str, Any]:
        """The seconds that each question takes, and all of them."""
        return self.tell("ask", asked=[(one.question, one.profile) for one in asked], threads=threads)

    def _said(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise ChildProcessError(self.name)
        return dict(json.loads(line))

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


def python(name: str) -> str:
    """The interpreter of a system; ours and the floor's is this one."""
    return str(BENCH / name / "bin/python") if name in PACKAGES else sys.executable


def install(name: str) -> bool:
    """Make a system's environment, which also sees the packages of this one. Whether it stands."""
    folder = BENCH / name
    if not (folder / ".ready").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        place = next(folder.glob("lib/*/site-packages"))
        (place / "shared.pth").write_text("\n".join(path for path in sys.path if path.endswith("site-packages")))
        done = subprocess.run([folder / "bin/python", "-m", "pip", "--disable-pip-version-check", "install", "--quiet", *PACKAGES[name]], capture_output=True, check=False)
        if done.returncode:
            print(f"{name} cannot be installed here and is left out: {(done.stderr.decode().strip().splitlines() or ['?'])[-1]}")
            return False
        (folder / ".ready").touch()
    return True


@contextmanager
def workers(names: Sequence[str]) -> Iterator[dict[str, Worker]]:
    """A process for each system that starts."""
    with ExitStack() as stack:
        started = {}
        for name in names:
            try:
                started[name] = Worker(name)
            except ChildProcessError:
                print(f"{name} does not start and is left out")
                continue
            stack.callback(started[name].close)
        yield started


def index_of(name: str, work: Path, count: int) -> Path:
    """Where a system's index of so many profiles lies; the floor searches ours."""
    return work / f"{'ours' if name == 'floor' else name}-{count}" / "index"


def build(running: dict[str, Worker], work: Path, count: int) -> Figures:
    """Every system's index of `count` profiles: seconds for 1,000 passages, seconds for 100 kilobytes of text."""
    folder = work / f"texts-{count}" / "profiles"
    varied.make(folder, count)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 100_000
    told: Figures = {"build": {}, "build_text": {}, "passages": {}}
    for name in sorted(running.keys() - {"floor"}, key=[STOCK, "ours", *PACKAGES].index):
        index = index_of(name, work, count)
        index.parent.mkdir(parents=True, exist_ok=True)
        said = running[name].tell("build", folder=str(folder), index=str(index))
        told["build"][name], told["build_text"][name] = said["seconds"] / said["passages"] * 1000, said["seconds"] / size
        told["passages"][name] = said["passages"]
    for name, worker in running.items():
        worker.tell("open", index=str(index_of(name, work, count)))
    return told


def ask(running: dict[str, Worker], count: int, rounds: int, each: int) -> Figures:
    """p50 and p95 in milliseconds and questions a second with one or two threads (the better), warm: every asked profile is open, no question comes twice."""
    told: Figures = {name: {} for name in ("p50", "p95", "rate")}
    pool = list(varied.questions(count, count))
    each = min(each, len(pool) // (2 * rounds))
    samples = [pool[at * each : (at + 1) * each] for at in range(2 * rounds)]
    for worker in running.values():
        worker.ask([varied.Asked(opening, slug) for slug in {one.profile for sample in samples for one in sample} for opening in ("Hvad er de vigtigste opgaver?", "What are the main tasks?")])
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in running}
    for at, sample in enumerate(samples[:rounds]):
        for name in list(running)[at % len(running) :] + list(running)[: at % len(running)]:
            seen[name].append(running[name].ask(sample))
    for name, all_rounds in seen.items():
        told["p50"][name] = median(median(one["each"]) for one in all_rounds) * 1000
        told["p95"][name] = median(float(np.percentile(one["each"], 95)) for one in all_rounds) * 1000
        alone = median(len(one["each"]) / one["all"] for one in all_rounds)
        two = [running[name].ask(sample, 2) for sample in samples[rounds:]]
        told["rate"][name] = max(alone, median(len(one["each"]) / one["all"] for one in two))
    return told


def first(names: Sequence[str], work: Path, count: int, rounds: int) -> dict[str, float]:
    """Saved index to first answer, the whole process: seconds."""
    asked = next(varied.questions(count, 0))
    told: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(rounds):
        for name in names:
            told[name].append(took(lambda name=name: _once(name, work, count, asked)))
    return {name: median(times) for name, times in told.items()}


def _once(name: str, work: Path, count: int, asked: varied.Asked) -> None:
    index = index_of(name, work, count)
    if name == "ours":
        subprocess.run([sys.executable, "-m", "assistant", "--data", str(index.parent), "ask", asked.question, "--profile", asked.profile], check=True, capture_output=True, cwd=HOME)
        return
    jobs = [{"do": "open", "index": str(index)}, {"do": "ask", "asked": [(asked.question, asked.profile)], "threads": 1}]
    subprocess.run([python(name), WORKER, name], input="".join(json.dumps(job) + "\n" for job in jobs), text=True, check=True, capture_output=True, cwd=HOME)


def peak(names: Sequence[str], work: Path, count: int) -> dict[str, float]:
    """The most memory, in megabytes, of a process that opens the index and answers one question in every profile."""
    asked = list({one.profile: one for one in varied.questions(count, 1)}.values())
    with workers(names) as running:
        for name, worker in running.items():
            worker.tell("open", index=str(index_of(name, work, count)))
            worker.ask(asked)
        return {name: worker.tell("peak")["peak"] / 2**20 for name, worker in running.items()}


def over_http(work: Path, count: int, rounds: int) -> tuple[float, float, float]:
    """Our server: seconds from its start until it is healthy; milliseconds to the first streamed piece and to the end of an answer."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = index_of("ours", work, count).parent
    server = subprocess.Popen([sys.executable, "-m", "assistant", "--data", str(data), "serve", "--port", str(port)], cwd=HOME, env={**os.environ, "ASSISTANT_RATE": "0"}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        started = took(lambda: _until_healthy(port))
        asked = list(islice(varied.questions(count, 2), rounds))
        times = [_streamed(port, one) for one in asked + asked][rounds:]
    finally:
        server.terminate()
        server.wait()
    return started, median(begun for begun, _ in times) * 1000, median(ended for _, ended in times) * 1000


def _until_healthy(port: int) -> None:
    for _ in range(3000):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError


def _streamed(port: int, one: varied.Asked) -> tuple[float, float]:
    """Seconds until the first piece of an answer has come, and until all of it has."""
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/api/ask/stream", json.dumps({"question": one.question, "profile": one.profile}), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    answer.readline()
    begun = time.perf_counter() - started
    answer.read()
    return begun, time.perf_counter() - started


def synthetic(profiles: int, passages: int = 64, rounds: int = 5) -> dict[str, float]:
    """10,000 profiles of random vectors: milliseconds to search one profile (ours), and one flat index of all of them (the others)."""
    import faiss

    chance = np.random.default_rng(0)
    one, whole = faiss.IndexFlatIP(384), faiss.IndexFlatIP(384)
    for _ in range(profiles // 100):
        rows = chance.standard_normal((100 * passages, 384), np.float32)
        whole.add(rows)
    one.add(rows[:passages])
    asked = chance.standard_normal((rounds, 1, 384)).astype(np.float32)
    return {name: median(took(lambda index=index, row=row: index.search(row, 4)) for row in asked) * 1000 for name, index in (("ours", one), (STOCK, whole))}


def took(work: Callable[[], object]) -> float:
    """Seconds."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="1 and 20 profiles instead of 1, 100 and 1,000, and fewer rounds")
    parser.add_argument("--others", action="store_true", help="LlamaIndex, Haystack and txtai too")
    parser.add_argument("--sizes", type=int, nargs="+", help="how many profiles")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--each", type=int, help="questions a round")
    parser.add_argument("--plot", type=Path, default=HOME / "docs/speed.svg")
    told = parser.parse_args(arguments)
    sizes = told.sizes or ([1, 20] if told.quick else [1, 100, 1000])
    rounds, each = told.rounds or (3 if told.quick else 5), told.each or (25 if told.quick else 60)
    others = [name for name in PACKAGES if (name == STOCK or told.others) and install(name)]
    if STOCK not in others:
        return 1
    rows = measured(["ours", "floor", *others], sizes, rounds, each, told.quick)
    print(table(rows))
    told.plot.write_text(plotting.ratios(rows, STOCK), encoding="utf-8")
    return 0


def measured(names: Sequence[str], sizes: Sequence[int], rounds: int, each: int, quick: bool) -> list[tuple[str, str, dict[str, float]]]:
    """Every row of the table: what is measured, its unit, and each system's figure."""
    work = BENCH / "work"
    shutil.rmtree(work, ignore_errors=True)
    rows: list[tuple[str, str, dict[str, float]]] = []
    middle = sizes[min(1, len(sizes) - 1)]
    for count in sizes:
        few = [name for name in names if count <= 100 or name in ("ours", "floor", STOCK)]
        with workers(few) as running:
            built, asked = build(running, work, count), ask(running, count, rounds, each)
        rows += [(f"question, p50, {count} profiles", "ms", asked["p50"]), (f"question, p95, {count} profiles", "ms", asked["p95"]), (f"questions a second, {count} profiles", "1/s", asked["rate"])]
        if count == middle:
            rows += [("building, 1,000 passages", "s", built["build"]), ("building, 100 KB of text", "s", built["build_text"]), (f"passages of {count} profiles", "", built["passages"])]
        print(table(rows), file=sys.stderr, flush=True)
    whole = [name for name in names if name != "floor"]
    rows.append(("saved index to first answer, whole process", "s", first(whole, work, middle, 2 if quick else rounds)))
    rows.append((f"peak memory, {middle} profiles", "MB", peak(whole, work, middle)))
    started, begun, ended = over_http(work, middle, each)
    rows += [("server, from start to healthy", "s", {"ours": started}), ("over HTTP, to the first piece", "ms", {"ours": begun}), ("over HTTP, whole answer", "ms", {"ours": ended})]
    if not quick:
        rows.append(("vectors of 10,000 profiles, one search", "ms", synthetic(10_000)))
    return [*rows, ("installed, with the model", "MB", weighing.sizes({name: python(name) for name in whole}))]


def table(rows: Sequence[tuple[str, str, dict[str, float]]]) -> str:
    """Markdown: each figure, and behind it how many times LangChain's it is."""
    names = list(dict.fromkeys(name for _, _, figures in rows for name in figures))
    lines = ["| | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for title, unit, figures in rows:
        cells = [f"{figures[name]:.3g} {unit} ({figures[name] / figures[STOCK]:.2f})" if name in figures and STOCK in figures else f"{figures[name]:.3g} {unit}" if name in figures else "" for name in names]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("onnxruntime", "faiss-cpu", "sentence-transformers", "torch"))
    return "\n".join([*lines, "", f"{os.cpu_count()} cores, Python {sys.version.split()[0]}, {versions}. In brackets: times {STOCK}'s."])


if __name__ == "__main__":
    sys.exit(main())
