"""The same index in Milvus, for as many machines as there are: a worker with an empty disk serves what any other has added.

    profilassistenten_v1_profiles               a row a profile: its entry in the manifest, or that it was taken out for good
    profilassistenten_v1_files                  profile.json, tokens.faiss (as in a folder) and the original, in pieces of 48 kB
    profilassistenten_v1_passages_<embedding>   a row a passage: its vector, its words, its place; partitioned by profile
    profilassistenten_v1_words_<embedding>      a row a word, by its digest: its vector, shared by all profiles

The version and the model stand in the collections' names, so that vectors of two models never meet. A change writes new shards beside
the old ones and then replaces rows of the first collection. No pickle anywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from corpus.profiles import Profile, from_json, to_json
from index.embedding import Floats
from index.engines import Original
from index.late import Tokens
from index.shards import vocabulary
from index.snapshots import Damaged, Entry, Files, Manifest, SnapshotError, builder
from index.vectors import Vectors

VERSION = 1
PREFIX = "profilassistenten_v"
FRESH = 1.0  # seconds between two looks at what others have changed
PATIENCE, QUICK = 30.0, 5.0  # seconds that a call may take, and a look
PIECE, ROWS, MOST = 48_000, 500, 65_535  # bytes of a file in a row; rows in a call; bytes in a text
NONE = [1.0, 0.0]  # the vector of what has none: Milvus wants one in each collection
Row = dict[str, Any]
T = TypeVar("T")


class Milvus:
    """Shards in a Milvus at `address` ("http://…", or a file of Milvus Lite). `folder` holds the builders' lock and fetched originals; `alone` keeps other machines' builders out."""

    def __init__(self, address: str, folder: Path, alone: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self.address, self.folder, self._alone = address, folder, alone
        self._lock = threading.RLock()
        self._made: dict[str, Any] = {}
        self._rows: dict[str, Row] = {}
        self._manifest, self._looked, self._revision = Manifest(), 0.0, 0

    def manifest(self) -> Manifest:
        """What is in force, looked up once a second; the same object while nothing has changed."""
        with self._lock:
            if time.monotonic() - self._looked > FRESH or not self._looked:
                self._look("Bounded" if self._looked else "Strong")
            return self._manifest

    @contextmanager
    def building(self, wait: bool = True) -> Iterator[Manifest]:
        """Whoever holds the lock of this machine's folder and that of all machines."""
        with builder(self.folder, wait), self._alone():
            self._look("Strong")
            yield Manifest(self._manifest.embedding, dict(self._manifest.entries), list(self._manifest.removed))

    def write(self, shard: Files, origin: str, embedding: str, original: Original | None) -> Entry:
        """Rows under a name of the shard's own, which says what they hold, so that a shard in force is never written over with something else."""
        profile, vectors = shard.profile, shard.vectors.rows()
        content = json.dumps(to_json(profile), ensure_ascii=False, sort_keys=True).encode()
        files = {"profile.json": content, "tokens.faiss": shard.tokens.dump()} | ({f"original{original[0]}": original[1]} if original else {})
        digests = {file: _digest(data) for file, data in files.items()} | {"vectors": _digest(vectors.astype("<f4").tobytes())}
        name = f"{profile.slug}-{_digest(' '.join((embedding, *digests.values())).encode())[:12]}"
        for file, data in files.items():
            self._upsert("files", [{"id": f"{name}/{file}/{n}", "shard": name, "content": piece} for n, piece in enumerate(_pieces(data))])
        passages = [
            {"id": f"{name}/{n}", "shard": name, "vector": row, "at": n, "text": _short(profile.quote(p)), "passage": {"start": p.start, "end": p.end, "section": p.heading, "page": p.page}}
            for n, (p, row) in enumerate(zip(profile.passages, vectors, strict=True))
        ]
        self._upsert(f"passages_{embedding}", passages)
        meanings = zip(vocabulary(profile), shard.words.rows(), strict=True)
        self._upsert(f"words_{embedding}", [{"id": _digest(word.encode()), "vector": row} for word, row in meanings])
        return Entry(profile.slug, name, origin, profile.fingerprint, digests)

    def enforce(self, manifest: Manifest) -> None:
        """Replaces the rows that differ, then clears away the shards that nothing names."""
        wanted = {entry.origin: {**asdict(entry), "embedding": manifest.embedding} for entry in manifest.entries.values()}
        wanted |= {origin: {"removed": True} for origin in manifest.removed if origin not in wanted}
        wanted |= {origin: {} for origin, row in self._rows.items() if origin not in wanted and row}
        changed = {origin: row for origin, row in wanted.items() if row != self._rows.get(origin)}
        before = {row["folder"]: row["embedding"] for origin, row in self._rows.items() if origin in changed and "folder" in row}
        self._upsert("profiles", [{"id": origin, "revision": self._revision + 1, "entry": row} for origin, row in changed.items()])
        self._look("Strong")
        for shard in before.keys() - {entry.folder for entry in manifest.entries.values()}:
            for name in ("files", f"passages_{before[shard]}"):
                self._do(lambda client, of, which: client.delete(of, filter=which, timeout=PATIENCE), self._collection(name), f'shard == "{shard}"')

    def check(self, entry: Entry) -> None:
        """Nothing: what has been fetched is compared, and nothing is fetched twice."""

    def profile(self, entry: Entry) -> Profile:
        """From its JSON, after its checksum was compared."""
        return from_json(json.loads(self._file(entry, "profile.json")))

    def shard(self, entry: Entry) -> Files:
        """Fetched once, then searched in memory, exactly as those of a folder."""
        profile = self.profile(entry)
        return Files(profile, self._vectors(entry), Tokens.load(self._file(entry, "tokens.faiss")), self._meanings(entry, vocabulary(profile)))

    def _vectors(self, entry: Entry) -> Vectors:
        found = sorted(self._query(f"passages_{self._embedding(entry)}", filter=f'shard == "{entry.folder}"', output_fields=["at", "vector"]), key=lambda row: int(row["at"]))
        rows = np.array([row["vector"] for row in found], "<f4")
        if _digest(rows.tobytes()) != entry.files.get("vectors"):
            raise self._missing(entry, "vectors")
        return Vectors.of(rows)

    def _meanings(self, entry: Entry, terms: Sequence[str]) -> Vectors:
        """The words' vectors, by their digests."""
        keys, found = [_digest(word.encode()) for word in terms], dict[str, Floats]()
        for at in range(0, len(keys), ROWS):
            found |= {row["id"]: row["vector"] for row in self._query(f"words_{self._embedding(entry)}", ids=keys[at : at + ROWS], output_fields=["id", "vector"])}
        if missing := set(keys) - found.keys():
            raise self._missing(entry, f"words ({len(missing)})")
        return Vectors.of(np.array([found[key] for key in keys], np.float32) if keys else np.zeros((0, 0), np.float32))

    def original(self, entry: Entry) -> Path | None:
        """Fetched into the folder when it is asked for."""
        name = next((file for file in entry.files if file.startswith("original")), None)
        if name is None:
            return None
        path = self.folder / "originals" / entry.folder / name
        if not path.is_file() or _digest(path.read_bytes()) != entry.files[name]:
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(f".{threading.get_ident()}.tmp")
            temporary.write_bytes(self._file(entry, name))
            temporary.replace(path)
        return path

    def _file(self, entry: Entry, name: str) -> bytes:
        found = self._query("files", filter=f'shard == "{entry.folder}" and id like "{entry.folder}/{name}/%"', output_fields=["id", "content"])
        pieces = {int(row["id"].rpartition("/")[2]): row["content"] for row in found}
        data = b"".join(base64.b64decode(pieces[n]) for n in sorted(pieces))
        if _digest(data) != entry.files.get(name):
            raise self._missing(entry, name)
        return data

    def _missing(self, entry: Entry, name: str) -> Damaged:
        """A shard that isn't whole: damaged, or replaced meanwhile, which the next look will tell."""
        self._looked = 0.0
        return Damaged(f"{entry.folder}/{name}")

    def _embedding(self, entry: Entry) -> str:
        """The model that a shard's vectors are of. Raises `SnapshotError` when the shard is no longer in force."""
        row = self._rows.get(entry.origin, {})
        if row.get("folder") != entry.folder:
            raise self._missing(entry, "vectors")
        return str(row["embedding"])

    def _look(self, consistency: str) -> None:
        """Reads the rows that are new since the last look. Revisions only grow, since a builder has read the newest before it writes."""
        with self._lock:
            found = self._all("profiles", f"revision >= {self._revision}", ["id", "revision", "entry"], consistency)
            self._revision, self._looked = max([self._revision, *(int(row["revision"]) for row in found)]), time.monotonic()
            if fresh := {row["id"]: row["entry"] for row in found if self._rows.get(row["id"]) != row["entry"]}:
                self._rows = self._rows | fresh
                self._manifest = _manifest(self._rows)

    def _upsert(self, name: str, rows: Sequence[Row]) -> None:
        if not rows:
            return
        collection = self._collection(name, len(rows[0].get("vector", NONE)))
        for at in range(0, len(rows), ROWS):
            self._do(lambda client, some: client.upsert(collection, some, timeout=PATIENCE), [{"vector": NONE, **row} for row in rows[at : at + ROWS]])

    def _query(self, name: str, **how: Any) -> list[Row]:
        collection = self._collection(name)
        return list(self._do(lambda client: client.query(collection, consistency_level="Strong", timeout=PATIENCE, **how)))

    def _all(self, name: str, filter: str, fields: list[str], consistency: str) -> list[Row]:
        """Every row that a filter lets through, however many."""
        collection = self._collection(name)

        def pages(client: Any) -> list[Row]:
            pages = client.query_iterator(collection, batch_size=ROWS, filter=filter, output_fields=fields, timeout=QUICK, consistency_level=consistency)
            try:
                return [dict(row) for page in iter(pages.next, []) for row in page]
            finally:
                pages.close()

        return self._do(pages)

    def _collection(self, name: str, dim: int = 0) -> str:
        """A collection's full name; it is made when it isn't there, unless `dim` is 0. Raises `SnapshotError` when it is not as we make it."""
        full, kind = f"{PREFIX}{VERSION}_{name}", name.partition("_")[0]
        with self._lock:
            if full not in self._made:
                self._do(lambda client: _make(client, full, kind, dim or (len(NONE) if kind == name else 0)))
                self._made[full] = True
        return full

    def _do(self, call: Callable[..., T], *given: Any) -> T:
        """What a call of the client gives; what goes wrong in it, in our words."""
        client = self._client()
        try:
            return call(client, *given)
        except SnapshotError:
            raise
        except Exception as error:  # pymilvus, gRPC and the operating system each have their own
            raise self._unreachable(error) from error

    def _client(self) -> Any:
        """The connection, made on first use. Raises `SnapshotError` when there is none to be had, or an index of a newer version."""
        with self._lock:
            if "client" not in self._made:
                for talker in ("pymilvus", "milvus_lite", "grpc"):
                    logging.getLogger(talker).setLevel(logging.CRITICAL)
                os.environ.setdefault("GRPC_VERBOSITY", "NONE")
                try:
                    from pymilvus import MilvusClient
                except ImportError as error:
                    raise SnapshotError("ASSISTANT_INDEX nævner Milvus, men pymilvus er ikke installeret. Installér det: pip install 'profilassistenten[milvus]'") from error
                try:
                    if "://" not in self.address:
                        Path(self.address).absolute().parent.mkdir(parents=True, exist_ok=True)
                    client = MilvusClient(self.address, timeout=QUICK)
                    versions = {int(found[1]) for one in client.list_collections() if (found := re.match(rf"{PREFIX}(\d+)_", one))}
                except Exception as error:  # as above
                    raise self._unreachable(error) from error
                if max(versions, default=0) > VERSION:
                    raise SnapshotError(f"Indekset er skrevet af en nyere udgave (version {max(versions)}, denne læser {VERSION}). Opgradér assistenten.")
                self._made["client"] = client
            return self._made["client"]

    def _unreachable(self, error: Exception) -> SnapshotError:
        """The one sentence, without the password that the address may hold."""
        address = re.sub(r"//[^/@]*@", "//", self.address)
        return SnapshotError(f"Indekset i Milvus på {address} kan ikke nås eller bruges ({type(error).__name__}). Se, at Milvus kører, og at ASSISTANT_INDEX er rigtig.")

    def close(self) -> None:
        """Lets go of the connection."""
        with self._lock:
            if client := self._made.pop("client", None):
                client.close()
            self._made = {}


def _manifest(rows: dict[str, Row]) -> Manifest:
    """What the rows of the profiles say; its embedding is empty while they are of several models (a change of models that was interrupted)."""
    entries = [row for row in rows.values() if "folder" in row]
    models = {row["embedding"] for row in entries}
    named = {row["slug"]: Entry(**{name: value for name, value in row.items() if name != "embedding"}) for row in entries}
    return Manifest(models.pop() if len(models) == 1 else "", named, sorted(origin for origin, row in rows.items() if row.get("removed")))


def _make(client: Any, full: str, kind: str, dim: int) -> None:
    """Makes a collection unless it is there. Raises `SnapshotError` when one of that name has other fields, or when it should be there (`dim` 0)."""
    from pymilvus import DataType

    fields: dict[str, dict[str, Any]] = {
        "profiles": {"revision": {"datatype": DataType.INT64}, "entry": {"datatype": DataType.JSON}},
        "files": {"shard": _partitioning(DataType), "content": {"datatype": DataType.VARCHAR, "max_length": MOST}},
        "passages": {"shard": _partitioning(DataType), "at": {"datatype": DataType.INT64}, "text": {"datatype": DataType.VARCHAR, "max_length": MOST}, "passage": {"datatype": DataType.JSON}},
        "words": {},
    }
    wanted = {"id", "vector", *fields[kind]}
    if client.has_collection(full):
        there = {field["name"] for field in client.describe_collection(full)["fields"]}
        if there != wanted:
            raise SnapshotError(f"Samlingen {full} i Milvus er ikke denne assistents ({', '.join(sorted(there ^ wanted))}). Ret ASSISTANT_INDEX, eller fjern samlingen.")
        return
    if not dim:
        raise SnapshotError(f"Samlingen {full} i Milvus mangler. Tilføj profilerne igen med: assistant add FIL")
    schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.VARCHAR, is_primary=True, max_length=400)
    schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dim)
    for field, how in fields[kind].items():
        schema.add_field(field, **how)
    index = client.prepare_index_params()
    index.add_index("vector", index_type="FLAT", metric_type="IP")
    try:
        client.create_collection(full, schema=schema, index_params=index, consistency_level="Strong", timeout=PATIENCE)
    except Exception:  # another worker was first
        if not client.has_collection(full):
            raise


def _partitioning(types: Any) -> dict[str, Any]:
    """The field that a profile's rows are kept together by."""
    return {"datatype": types.VARCHAR, "max_length": 200, "is_partition_key": True}


def _pieces(data: bytes) -> Iterable[str]:
    """A file in pieces that fit a text field."""
    return (base64.b64encode(data[at : at + PIECE]).decode() for at in range(0, max(1, len(data)), PIECE))


def _short(text: str) -> str:
    """A text cut to what a field holds."""
    return text.encode()[:MOST].decode(errors="ignore")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
