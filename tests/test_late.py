"""Late interaction: the nearest token of each passage, and back from disk."""

from __future__ import annotations

import numpy as np

from index.late import Tokens


def some(*sizes: int, width: int = 16) -> list[np.ndarray]:
    """Unit rows, so many for each passage, the same every time."""
    draw = np.random.default_rng(5)
    rows = [draw.normal(size=(size, width)).astype(np.float32) for size in sizes]
    return [part / np.linalg.norm(part, axis=1, keepdims=True) for part in rows]


def test_each_token_of_the_question_meets_the_nearest_of_each_passage() -> None:
    passages, (question,) = some(3, 1, 7), some(4)
    wanted = np.array([(question @ part.T).max(axis=1) for part in passages]).T
    assert np.allclose(Tokens.of(passages).met(question), wanted, atol=2e-3)


def test_a_passage_meets_its_own_words_wholly_and_the_weights_are_kept() -> None:
    passages = some(5, 2)
    met = Tokens.of(passages).met(passages[1] * np.array([[0.9], [0.1]], np.float32))
    assert np.allclose(met[:, 1], [0.9, 0.1], atol=1e-3)
    assert (met[:, 0] < met[:, 1]).all()


def test_tokens_come_back_from_disk_as_they_were() -> None:
    tokens = Tokens.of(some(2, 9, 1))
    again = Tokens.load(tokens.dump())
    assert len(again) == 3
    assert all(np.array_equal(a, b) for a, b in zip(again.passages(), tokens.passages(), strict=True))
    assert again.dump() == tokens.dump()
