"""Numbers → the rectangles of a chart, drawn by the server as SVG; its table is beside it on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 720.0, 200.0, 34.0, 24.0, 10.0


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle, in the chart's own units. `kind` is its class, `told` what it says when it is pointed at."""

    x: float
    y: float
    width: float
    height: float
    kind: str
    told: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on an axis: where, and its words."""

    at: float
    words: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Stacked bars with their axes."""

    bars: tuple[Bar, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    width: float = WIDTH
    height: float = HEIGHT
    left: float = LEFT
    floor: float = HEIGHT - BOTTOM


def stacked(names: Sequence[str], told: Sequence[str], series: Sequence[tuple[str, Sequence[int]]]) -> Chart:
    """A bar for every name, its parts upon each other: `series` are (class, a number for every name)."""
    most = max((sum(values) for values in zip(*(numbers for _, numbers in series), strict=True)), default=0)
    top, floor, step = _round(most), HEIGHT - BOTTOM, (WIDTH - LEFT) / max(1, len(names))
    bars: list[Bar] = []
    for at in range(len(names)):
        y = floor
        for kind, numbers in series:
            height = (floor - TOP) * numbers[at] / top
            y -= height
            if height:
                bars.append(Bar(round(LEFT + at * step + step * 0.12, 2), round(y, 2), round(step * 0.76, 2), round(height, 2), kind, told[at]))
    every = max(1, -(-len(names) // 8))
    across = tuple(Tick(round(LEFT + (at + 0.5) * step, 2), names[at]) for at in range(0, len(names), every))
    up = tuple(Tick(round(floor - (floor - TOP) * part / 2, 2), f"{top * part / 2:g}") for part in range(3))
    return Chart(tuple(bars), across, up)


def _round(most: int) -> int:
    """The axis's end: a round even number that is not less.

    >>> _round(7), _round(130), _round(0)
    (10, 200, 2)
    """
    return next(step * scale for scale in (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000) for step in (2, 4, 6, 10) if step * scale >= most)
