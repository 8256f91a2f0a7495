"""Teaches the Danish model what candidates ask, on our own training questions: `python -m assistant.evaluation.tuning`.

A question is to lie nearer the passages that hold its evidence than the profile's other passages, and a question that the
profile doesn't answer nearer to none of them than a learnt bound (a softmax over nearness, contrastive; the bound as one more
choice), both by their vectors and by their tokens (`index.late`). What is learnt is a low-rank change of the model's matrices and
the head that makes token vectors (`index.adapter`), a file of about a megabyte.
Beside it, one model for each part of the profiles is taught on the others: with these, `fitting` sees every training
question as an unseen profile's. Never taught on: tests/questions/test, and anything outside the project.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from tqdm import tqdm

from assistant.answering import spelled_out
from assistant.evaluation.fitting import FOLDS, HOME, PROFILES, TRAINING, Example, gather, usual
from assistant.evaluation.gold import load
from assistant.evaluation.working import cores
from index import adapter, danish_model

RANK, PARTS = 16, 3
MATRICES = ("attention.self.query", "attention.self.value", "intermediate.dense", "output.dense")
QUESTIONS, OTHERS, LONGEST = 12, 16, 96  # a step: questions, passages beside their own, word pieces of a text
RATE, TEMPERATURE, BOUNDS, WITHOUT = 1e-3, 0.05, (0.45, 0.6), 0.15


@dataclass(frozen=True, slots=True)
class Paper:
    """One profile's passages in their context, and its questions with the rows that hold their evidence (none: not answered)."""

    texts: tuple[str, ...]
    pairs: tuple[tuple[str, frozenset[int]], ...]


def papers(examples: Sequence[Example]) -> dict[str, Paper]:
    """By document. Answerable questions whose evidence is not found are left out."""
    out: dict[str, Paper] = {}
    for document in dict.fromkeys(example.document for example in examples):
        own = [e for e in examples if e.document == document and bool(e.gold) == e.answerable]
        profile = next(e for e in examples if e.document == document).found.shard.profile
        pairs = tuple((spelled_out(e.found.question), frozenset(e.gold if e.answerable else ())) for e in own)
        out[document] = Paper(tuple(profile.context(p) for p in profile.passages), pairs)
    return out


class _Read(NamedTuple):
    """Texts as tensors: `vectors` (n, dim) and `tokens` (n, length, width) unit rows, `weights` (n, length) together 1, `there` (n, length): no padding."""

    vectors: Any
    tokens: Any
    weights: Any
    there: Any


def _met(asked: _Read, held: _Read) -> Any:
    """(questions, passages): how near a passage's tokens come to a question's, the nearest for each, weighed."""
    near = asked.tokens.unsqueeze(1) @ held.tokens.transpose(1, 2).unsqueeze(0)
    nearest = near.masked_fill(~held.there[None, :, None, :], -1.0).amax(dim=3)
    return (nearest * asked.weights.unsqueeze(1)).sum(dim=2)


class Learner:
    """The model at `folder` with a low-rank change to learn. Everything about torch is in here."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        torch.manual_seed(seed)
        self.torch, self.random = torch, random.Random(seed)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModel.from_pretrained(folder, attn_implementation="eager").eval().requires_grad_(False)
        self.halves = {name: self._widened(module) for name, module in list(self.model.named_modules()) if name.startswith("encoder.layer") and name.endswith(MATRICES)}
        self.head = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in adapter.head(self.model.config.hidden_size, Path()).items()}
        self.head["projection"].data = torch.randn(adapter.WIDTH, self.model.config.hidden_size) / self.model.config.hidden_size**0.5
        self.bounds = [torch.nn.Parameter(torch.tensor(bound)) for bound in BOUNDS]

    def _widened(self, linear: Any) -> tuple[Any, Any]:
        """(down, up): what is learnt beside one matrix; at first it changes nothing."""
        torch = self.torch
        down = torch.nn.Parameter(torch.randn(RANK, linear.in_features) * 0.02)
        up = torch.nn.Parameter(torch.zeros(linear.out_features, RANK))
        linear.register_forward_hook(lambda module, taken, given: given + taken[0] @ down.T @ up.T)
        return down, up

    def learn(self, material: Mapping[str, Paper], epochs: int, show: bool = False) -> None:
        """Over all questions `epochs` times, in a shuffled order that the seed fixes."""
        torch = self.torch
        learnt = [*(half for pair in self.halves.values() for half in pair), *self.head.values(), *self.bounds]
        optimizer = torch.optim.AdamW(learnt, lr=RATE, weight_decay=0.01)
        steps = [step for _ in range(epochs) for step in self._steps(material)]
        for at, (paper, pairs) in enumerate(tqdm(steps, disable=not show, leave=False)):
            for group in optimizer.param_groups:
                group["lr"] = RATE * min(1.0, (at + 1) / 20) * max(0.05, 1 - at / len(steps))
            optimizer.zero_grad()
            self._loss(paper, pairs).backward()
            optimizer.step()

    def _steps(self, material: Mapping[str, Paper]) -> Iterator[tuple[Paper, list[tuple[str, frozenset[int]]]]]:
        steps = []
        for paper in material.values():
            pairs = self.random.sample(paper.pairs, len(paper.pairs))
            steps += [(paper, pairs[at : at + QUESTIONS]) for at in range(0, len(pairs), QUESTIONS)]
        self.random.shuffle(steps)
        yield from steps

    def _loss(self, paper: Paper, pairs: Sequence[tuple[str, frozenset[int]]]) -> Any:
        """Minus the log share of the right passages among some of the profile's, the bound standing for "none of them".

        For some questions the right passages are hidden: then none is the right choice, as for a near miss.
        """
        torch = self.torch
        some = set(self.random.sample(range(len(paper.texts)), min(OTHERS, len(paper.texts))))
        rows = sorted(some | {self.random.choice(sorted(gold)) for _, gold in pairs if gold})
        asked, held = self._encode([question for question, _ in pairs]), self._encode([paper.texts[row] for row in rows])
        right = np.array([[row in gold for row in rows] for _, gold in pairs])
        hidden = np.array([bool(gold) and self.random.random() < WITHOUT for _, gold in pairs])
        none, covered = hidden | ~right.any(axis=1), torch.tensor(right & hidden[:, None])
        wanted = torch.tensor(np.hstack([right & ~none[:, None], none[:, None]]))
        losses = []
        for nearness, bound in zip((asked.vectors @ held.vectors.T, _met(asked, held)), self.bounds, strict=True):
            choices = torch.cat([nearness.masked_fill(covered, -10.0), bound.expand(len(pairs), 1)], 1) / TEMPERATURE
            losses.append((torch.logsumexp(choices, 1) - torch.logsumexp(choices.masked_fill(~wanted, -1e4), 1)).mean())
        return sum(losses)

    def _encode(self, texts: Sequence[str]) -> _Read:
        functional = self.torch.nn.functional
        taken = self.tokenizer(list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
        states = self.model(input_ids=taken["input_ids"], attention_mask=taken["attention_mask"]).last_hidden_state
        mask = taken["attention_mask"].unsqueeze(-1)
        weights = functional.softplus(states @ self.head["weight"] + self.head["bias"]) * mask[..., 0]
        vectors = functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
        return _Read(vectors, functional.normalize(states @ self.head["projection"].T, dim=-1), weights / weights.sum(1, keepdim=True), mask[..., 0] > 0)

    def save(self, path: Path) -> None:
        """The change that was learnt, as `index.adapter` reads it."""
        halves: dict[str, Any] = {}
        for name, (down, up) in self.halves.items():
            halves |= {f"{name}.weight{adapter.DOWN}": down.detach().numpy(), f"{name}.weight{adapter.UP}": up.detach().numpy()}
        halves |= {adapter.HEAD + name: part.detach().numpy() for name, part in self.head.items()}
        adapter.save({name: half.astype(np.float16) for name, half in halves.items()}, path)


def parts(material: Mapping[str, Paper], many: int = PARTS) -> list[list[str]]:
    """The documents in `many` parts of about as many questions each."""
    out: list[list[str]] = [[] for _ in range(many)]
    for document in sorted(material, key=lambda name: (-len(material[name].pairs), name)):
        min(out, key=lambda part: sum(len(material[name].pairs) for name in part)).append(document)
    return out


def taught(base: Path, material: Mapping[str, Paper], path: Path, epochs: int) -> Path:
    """Learn from `material` on the model at `base`, on one thread, and write the adapter to `path`."""
    learner = Learner(base)
    learner.torch.set_num_threads(1)
    learner.learn(material, epochs, sys.stderr.isatty())
    learner.save(path)
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """The command. Writes `index/adapter.safetensors` and the models of the parts, as many at once as there are cores."""
    parser = argparse.ArgumentParser(prog="python -m assistant.evaluation.tuning", description=__doc__)
    parser.add_argument("--questions", type=Path, nargs="+", default=list(TRAINING), help="files or folders of questions")
    parser.add_argument("--profiles", type=Path, nargs="+", default=list(PROFILES), help="folders with their documents")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--folds", type=Path, default=FOLDS, help="where the models of the parts go")
    parser.add_argument("--out", type=Path, default=adapter.ADAPTER)
    asked = parser.parse_args(arguments)
    (asked.folds / "parts.json").unlink(missing_ok=True)
    base = danish_model.build(asked.folds / "untaught", adapter=Path())
    material = papers(gather(load(asked.questions), asked.profiles, usual(str(base))))
    left_out = parts(material)
    with ProcessPoolExecutor(cores(), get_context("spawn")) as pool:
        whole = pool.submit(taught, base, material, asked.out, asked.epochs)
        others = [{name: paper for name, paper in material.items() if name not in part} for part in left_out]
        learnt = [pool.submit(taught, base, other, asked.folds / f"part-{at}.safetensors", asked.epochs) for at, other in enumerate(others)]
        models = [danish_model.build(asked.folds / f"part-{at}", adapter=one.result()) for at, one in enumerate(learnt)]
        whole.result()
    said = {name: str(model) for part, model in zip(left_out, models, strict=True) for name in part}
    (asked.folds / "parts.json").write_text(json.dumps(said, indent=1), encoding="utf-8")
    print(f"{sum(len(paper.pairs) for paper in material.values())} questions over {len(material)} profiles; written: {asked.out.relative_to(HOME)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
