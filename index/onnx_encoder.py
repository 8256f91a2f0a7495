"""Texts → unit vectors with ONNX Runtime: the same model at a third of the time, and no torch in the process that answers.

`export` and `quantize` (these do need torch and onnx) make the files once; `OnnxEmbeddings` runs them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np

from index.embedding import EmbeddingError, Encoded, Floats

Precision = Literal["fp32", "int8"]
FILES: dict[Precision, str] = {"fp32": "model.onnx", "int8": "model-int8.onnx"}
MANIFEST = "manifest.json"
HEAD = "late.safetensors"
"""`projection` (width, dim), `weight` (dim,), `bias` (1,): token states → vectors for late interaction, and what a question's tokens weigh."""
TOKENS = 256
"""The longest text, in tokens with [CLS] and [SEP]; what is beyond is not read."""


class OnnxEmbeddings:
    """The model in a folder that `danish_model.build` made. Loaded on first use; one instance serves any number of threads.

    Every text is encoded by itself on one thread, so a vector depends on nothing but its text: no padding, no batch.
    """

    def __init__(self, folder: str | Path, precision: Precision = "int8") -> None:
        self.folder, self.precision = Path(folder), precision
        self._loaded: tuple[Any, Any] | None = None
        self._identity = ""
        self._lock = Lock()

    @property
    def identity(self) -> str:
        """What an index must have been built with to be searched with this model: 16 hexadecimal digits of the file and its tokenizer.

        Raises `EmbeddingError` when the folder is not there.
        """
        if not self._identity:
            self._identity = hashlib.sha256("".join(self._digests()).encode()).hexdigest()[:16]
        return self._identity

    def questions(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        return self.read_questions(texts).vectors

    def passages(self, texts: Sequence[str]) -> Floats:
        """(n, dim) float32, unit rows."""
        return self.read_passages(texts).vectors

    def read_questions(self, texts: Sequence[str]) -> Encoded:
        """Questions, whole and by token, each token as long as it weighs."""
        vectors, tokens, weights = self._encode(texts)
        return Encoded(vectors, [rows * weight[:, None] for rows, weight in zip(tokens, weights, strict=True)])

    def read_passages(self, texts: Sequence[str]) -> Encoded:
        """Passages, whole and by token."""
        vectors, tokens, _ = self._encode(texts)
        return Encoded(vectors, tokens)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """LangChain's name for `passages`."""
        return [[float(x) for x in row] for row in self.passages(texts)]

    def embed_query(self, text: str) -> list[float]:
        """LangChain's name for one question."""
        return [float(x) for x in self.questions([text])[0]]

    def _encode(self, texts: Sequence[str]) -> tuple[Floats, list[Floats], list[Floats]]:
        """(n, dim) unit rows; a text each, its tokens' unit rows and what they weigh."""
        if not texts:
            return np.zeros((0, 0), np.float32), [], []
        tokenizer, session = self._model()
        runs = [session.run(None, {"tokens": np.array([tokenizer.encode(text).ids], np.int64)}) for text in texts]
        vectors, late, weights = ([run[at][0] for run in runs] for at in range(3))
        return np.asarray(vectors, np.float32), late, weights

    def _model(self) -> tuple[Any, Any]:
        """(tokenizer, session), loaded once. Raises `EmbeddingError`."""
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self.folder, FILES[self.precision], self._digests())
            return self._loaded

    def _digests(self) -> list[str]:
        """The sha256 of what decides the vectors, from the manifest (the files are long)."""
        try:
            files = json.loads((self.folder / MANIFEST).read_text("utf-8"))["files"]
            return [files[name]["sha256"] for name in (FILES[self.precision], "tokenizer.json")]
        except (OSError, ValueError, KeyError) as error:
            raise _unusable(self.folder) from error


def _load(folder: Path, file: str, digests: Sequence[str]) -> tuple[Any, Any]:
    """(tokenizer, session) of the files that the manifest means: a damaged one may load and give other vectors."""
    import onnxruntime
    from tokenizers import Tokenizer

    if [_sha256(folder / name) for name in (file, "tokenizer.json")] != digests:
        raise _unusable(folder)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        session = onnxruntime.InferenceSession(str(folder / file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # both raise bare Exceptions of their own
        raise _unusable(folder) from error
    tokenizer.enable_truncation(TOKENS)
    tokenizer.no_padding()
    return tokenizer, session


def _sha256(path: Path) -> str:
    """Of a file; empty when it can't be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def _unusable(folder: Path) -> EmbeddingError:
    return EmbeddingError(f"Embeddingmodellen i {folder} mangler eller er beskadiget. Slet mappen, så bygges den igen (make setup), eller kopiér den fra en maskine, hvor den er bygget.")


def export(folder: Path) -> Path:
    """Write the fp32 ONNX file of a BERT model in a sentence-transformers folder, mean pooling, unit length and late interaction inside.

    Its input `tokens` is (texts, length) int64, without padding; its outputs are `vectors` (texts, dim), `late` (texts, length, width), unit
    rows both, and `weights` (texts, length), together 1, all float32. Raises `EmbeddingError` when torch, transformers or onnx is not
    installed, or a weight is missing.
    """
    try:
        import onnx  # noqa: F401 - torch.onnx wants it and says so late
        import torch
    except ImportError as error:
        raise EmbeddingError(f"Embeddingmodellen kan ikke bygges uden pakken {error.name}. Installér den, eller kopiér en færdig modelmappe hertil.") from error

    from safetensors.torch import load_file

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.bert, self.head = _bert(folder), load_file(folder / HEAD)

        def forward(self, tokens: Any) -> Any:
            hidden = self.bert(tokens, torch.ones_like(tokens)).last_hidden_state
            late = torch.nn.functional.normalize(hidden @ self.head["projection"].T, dim=2)
            weights = torch.nn.functional.softplus(hidden @ self.head["weight"] + self.head["bias"])
            return torch.nn.functional.normalize(hidden.mean(dim=1), dim=1), late, weights / weights.sum(dim=1, keepdim=True)

    path, example = folder / FILES["fp32"], torch.tensor([[101, 2023, 2003, 102]])
    axes = {"tokens": {0: "texts", 1: "length"}, "vectors": {0: "texts"}, "late": {0: "texts", 1: "length"}, "weights": {0: "texts", 1: "length"}}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(Pooled().eval(), (example,), str(path), input_names=["tokens"], output_names=["vectors", "late", "weights"], dynamic_axes=axes, opset_version=17, dynamo=False)
    return path


def _bert(folder: Path) -> Any:
    """The transformer in `folder`, without the pooler that sentence-transformers does not use. Raises `EmbeddingError`."""
    from safetensors.torch import load_file
    from transformers import BertConfig, BertModel

    bert = BertModel(BertConfig.from_pretrained(str(folder), attn_implementation="eager"), add_pooling_layer=False)
    missing = bert.load_state_dict(load_file(folder / "model.safetensors"), strict=False).missing_keys
    if missing:
        raise EmbeddingError(f"Vægtene i {folder} er ikke hele: {', '.join(missing[:3])} mangler.")
    return bert


def quantize(folder: Path) -> Path:
    """Write the int8 file beside the fp32 one: a third of the size, half the time.

    Weights are rounded per channel, activations while running. The first layer stays as it is: an error there grows through all that
    follow, and leaving it out costs a tenth of the time. Raises `EmbeddingError` when onnx is not installed.
    """
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
    except ImportError as error:
        raise EmbeddingError(f"Embeddingmodellen kan ikke bygges uden pakken {error.name}. Installér den, eller kopiér en færdig modelmappe hertil.") from error

    fp32, int8 = folder / FILES["fp32"], folder / FILES["int8"]
    first = [node.name for node in onnx.load(fp32).graph.node if "/layer.0/" in node.name and node.op_type == "MatMul"]
    logging.disable(logging.WARNING)  # it recommends a preparation that changes nothing here
    try:
        quantize_dynamic(fp32, int8, per_channel=True, weight_type=QuantType.QInt8, nodes_to_exclude=first)
    finally:
        logging.disable(logging.NOTSET)
    return int8
