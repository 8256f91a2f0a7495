"""What a profile costs, measured: disk, memory, processor time; and whether any index beats looking at every passage. docs/scale.md has the result.

    PYTHONPATH=.:tests .venv/bin/python tests/scaling.py            # a minute or two on an idle machine
    PYTHONPATH=.:tests .venv/bin/python tests/scaling.py milvus     # the same profiles in Milvus Lite

Nobody has a million profiles to lend: the shipped ones are copied under other slugs, and vectors are made from theirs by adding noise.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import faiss
import numpy as np

from assistant import opening, settings
from corpus.reading import read
from index import snapshots
from index.engines import Engine, FaissFolder
from index.library import Encoder, Library
from index.snapshots import Entry, Manifest

COPIES, TRIES = 60, 30
QUESTIONS = ["Hvornår er ansøgningsfristen?", "Hvem kan jeg ringe til?", "Hvad står der om løn?", "Er der krav om kørekort?", "Hvor mange medarbejdere er der?"]


def resident() -> float:
    """The memory of the process, MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def seconds(do: Callable[..., object], *given: object) -> float:
    """The processor time that a call takes, which other work on the machine does not change."""
    started = time.process_time()
    do(*given)
    return time.process_time() - started


def middle(times: list[float]) -> float:
    """The median, in milliseconds."""
    return float(np.median(times)) * 1000


def copied(engine: Engine, encoder: Encoder, folder: Path, copies: int) -> tuple[Library, np.ndarray]:
    """A library of so many profiles, the shipped ones by turns; and every vector of the shipped ones' passages."""
    library, written = Library(folder, encoder, engine=engine), dict[str, Entry]()
    made = [library._encoded(read(path)) for path in sorted(opening.SHIPPED.iterdir())]
    with engine.building():
        for n in range(copies):
            shard = made[n % len(made)]
            profile = replace(shard.profile, slug=f"{shard.profile.slug}-{n}")
            written[profile.slug] = engine.write(shard._replace(profile=profile), f"{n:064d}", encoder.identity, (".md", profile.text.encode()))
        engine.enforce(Manifest(encoder.identity, written))
    return library, np.concatenate([shard.vectors.rows() for shard in made])


def profiles(folder: Path, encoder: Encoder, engine: Callable[[], Engine]) -> np.ndarray:
    """What a profile costs on disk, listed, and open."""
    started = time.process_time()
    _, vectors = copied(engine(), encoder, folder, COPIES)
    writing = time.process_time() - started
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.name != "embeddings.sqlite") / 1e6
    library = Library(folder, encoder, engine=engine())
    library.manifest()
    before = resident()
    listing = seconds(library.profiles)
    listed = resident()
    shards = [seconds(library.shard, slug) for slug in library.manifest().entries]
    found = library.profiles()
    passages = np.mean([len(profile.passages) for profile in found])
    words = np.mean([len(library.shard(profile.slug).words.vocabulary) for profile in found])
    print(f"{COPIES} profiles of {passages:.0f} passages and {words:.0f} words: {writing:.1f} s to encode and write, {size / COPIES:.2f} MB a profile on disk")
    print(f"  listed: {(listed - before) / COPIES:.2f} MB a profile, {listing / COPIES * 1000:.1f} ms each, once a process")
    print(f"  open: {(resident() - listed) / COPIES:.2f} MB a profile more, p50 {middle(shards):.0f} ms each, once a process")
    assistant = opening.assistant(replace(settings.load(folder), today=None), library)
    slugs = list(library.manifest().entries)
    for many in (1, COPIES):
        asked = [seconds(assistant.ask, QUESTIONS[n % 5], slugs[n % TRIES * 7 % many]) for n in range(TRIES * 2)]
        print(f"  a warm question among {many}: p50 {middle(asked[TRIES:]):.1f} ms")
    return vectors


def manifests(folder: Path) -> None:
    """What the list of profiles costs as it grows."""
    for count in (100, 10_000, 100_000):
        files = dict.fromkeys(("profile.json", "vectors.faiss", "tokens.faiss", "words.faiss", "original.pdf"), "0" * 64)
        manifest = Manifest("m", {f"profil-{n}": Entry(f"profil-{n}", f"profil-{n}-{n:012d}", f"{n:064d}", "0" * 64, files) for n in range(count)})
        (folder / str(count)).mkdir()
        writing = seconds(snapshots.write_manifest, folder / str(count), manifest)
        reading = seconds(snapshots.read_manifest, folder / str(count))
        size = (folder / str(count) / "manifest.json").stat().st_size / 1e6
        print(f"manifest of {count:,} profiles: {size:.1f} MB, {reading:.2f} s to read, {writing:.2f} s to write")


def search(real: np.ndarray, encoder: Encoder) -> None:
    """Flat float16 against IVF with exact re-ranking, at more and more passages: milliseconds, and the share of the ten best that IVF finds."""
    chance = np.random.default_rng(5)
    encoding = [seconds(encoder.questions, [QUESTIONS[n % 5]]) for n in range(TRIES)]
    print(f"encoding a question: p50 {middle(encoding):.2f} ms")
    asked = encoder.questions(QUESTIONS * 6)
    for count in (100, 1_000, 10_000, 100_000):
        rows = real[chance.integers(len(real), size=count)] + chance.normal(scale=0.6 / np.sqrt(real.shape[1]), size=(count, real.shape[1]))
        rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
        flat = faiss.IndexScalarQuantizer(rows.shape[1], faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
        flat.add(rows)
        cells = max(4, int(np.sqrt(count)))
        ivf = faiss.index_factory(rows.shape[1], f"IVF{cells},SQfp16", faiss.METRIC_INNER_PRODUCT)
        building = seconds(ivf.train, rows[:20_000]) + seconds(ivf.add, rows)
        best = flat.search(asked, 10)[1]
        exact = middle([seconds(flat.search, one[None], 10) for one in asked])
        for probes in (1, 2, 4, 8, 16, 32, 64):
            ivf.nprobe = probes
            found = ivf.search(asked, 10)[1]
            recall = np.mean([len(set(a) & set(b)) / 10 for a, b in zip(best, found, strict=True)])
            if recall >= 0.95 or probes >= min(64, cells):
                break
        fast = middle([seconds(ivf.search, one[None], 10) for one in asked])
        print(f"{count:,} passages: flat {exact:.3f} ms; IVF {fast:.3f} ms at {probes} of {cells} cells, recall {recall:.2f}, {building:.1f} s to build")


@contextmanager
def elsewhere() -> Iterator[Path]:
    """A folder that goes when the work is done."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def main() -> None:
    """Prints every figure."""
    faiss.omp_set_num_threads(1)
    encoder = opening.encoder(settings.load())
    encoder.questions(QUESTIONS)
    print(f"a process that has loaded the model: {resident():.0f} MB")
    with elsewhere() as folder:
        if "milvus" in sys.argv[1:]:
            from index.milvus import Milvus

            profiles(folder / "index", encoder, lambda: Milvus(str(folder / "index.db"), folder / "index"))
            return
        vectors = profiles(folder / "index", encoder, lambda: FaissFolder(folder / "index"))
        manifests(folder)
        search(vectors, encoder)


if __name__ == "__main__":
    main()
