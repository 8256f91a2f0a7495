"""What the Danish model learnt of candidates' questions: a low-rank change to some of its matrices and a head, kept as a small file.

A matrix W (out, in) becomes W + up @ down with up (out, r) and down (r, in) (LoRA, Hu et al. 2021). It is merged into the
weights when the model is built, so it costs nothing when a question is asked. The head turns the model's last states, a token each, into
vectors for late interaction (`index.late`).
Left to others: learning it (`assistant.evaluation.tuning`), the words (`danish_model`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Halves = NDArray[np.float16]
ADAPTER = Path(__file__).with_name("adapter.safetensors")
DOWN, UP, HEAD = ".down", ".up", "head."
WIDTH = 64


def merged(tensors: Mapping[str, NDArray[np.float32]], path: Path = ADAPTER) -> dict[str, NDArray[np.float32]]:
    """The model's tensors with the changes of the adapter at `path` added; as they are when there is no such file.

    Raises `KeyError` for a change to a matrix that the model doesn't have.
    """
    out = dict(tensors)
    if path.is_file():
        from safetensors.numpy import load_file

        halves = load_file(path)
        for name in (key.removesuffix(DOWN) for key in halves if key.endswith(DOWN)):
            out[name] = out[name] + halves[name + UP].astype(np.float32) @ halves[name + DOWN].astype(np.float32)
    return out


def head(dim: int, path: Path = ADAPTER) -> dict[str, NDArray[np.float32]]:
    """`projection` (width, dim), `weight` (dim,), `bias` (1,) of the adapter at `path`; one that leaves out what is beyond `WIDTH` and weighs all alike when there is none."""
    if path.is_file():
        from safetensors.numpy import load_file

        return {key.removeprefix(HEAD): value.astype(np.float32) for key, value in load_file(path).items() if key.startswith(HEAD)}
    return {"projection": np.eye(WIDTH, dim, dtype=np.float32), "weight": np.zeros(dim, np.float32), "bias": np.zeros(1, np.float32)}


def save(halves: Mapping[str, Halves], path: Path = ADAPTER) -> None:
    """Write `{matrix + ".down": (r, in), matrix + ".up": (out, r), "head." + part: …}`, float16."""
    from safetensors.numpy import save_file

    path.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: np.ascontiguousarray(half, np.float16) for name, half in halves.items()}, path)
