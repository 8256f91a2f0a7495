"""Small charts as inline SVG: no library, no style attributes (the report's CSP forbids them), colours by class.

Each takes plain numbers in 0-1 and gives markup; every chart has a title and says its numbers in a table beside it (`report.html`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from markupsafe import Markup

from assistant.evaluation.command_wording import signed

WIDE, HIGH, LEFT, TOP, RIGHT, BOTTOM = 460, 260, 44, 12, 14, 40
BARS, GUTTER, TRACK, LONGEST = 460, 178, 160, 24
Point = tuple[float, float]


def lines(title: str, series: Mapping[str, Sequence[Point]], across: str, up: str, diagonal: bool = False, top: float = 1.0, right: float = 1.0) -> Markup:
    """Lines through points (x, y), x in 0-`right` and y in 0-`top` (what is beyond lies on the edge); with the diagonal for a reliability diagram."""
    body = [_frame(across, up, top, right)]
    if diagonal:
        body.append(f'<line class="guide" x1="{_x(0, right):.1f}" y1="{_y(0, top):.1f}" x2="{_x(right, right):.1f}" y2="{_y(top, top):.1f}"/>')
    for at, points in enumerate(series.values()):
        path = " ".join(f"{_x(min(x, right), right):.1f},{_y(min(y, top), top):.1f}" for x, y in points)
        body.append(f'<polyline class="line c{at}" points="{path}"/>')
        body += [f'<circle class="dot c{at}" cx="{_x(x, right):.1f}" cy="{_y(min(y, top), top):.1f}" r="3"/>' for x, y in points if len(points) <= 24]
    return _svg(title, WIDE, HIGH, "".join(body) + _legend(list(series)))


def bars(title: str, rows: Sequence[tuple[str, float | None, float | None, float | None, str]]) -> Markup:
    """Lying bars: label, value, interval's ends, and what is written after."""
    body = []
    for at, (label, value, low, high, note) in enumerate(rows):
        y = 6 + at * 26
        body.append(_row(label, note, y) + f'<rect class="bar" x="{GUTTER}" y="{y}" width="{TRACK * (value or 0):.1f}" height="18"/>')
        if low is not None and high is not None:
            body.append(f'<line class="whisker" x1="{GUTTER + TRACK * low:.1f}" y1="{y + 9}" x2="{GUTTER + TRACK * high:.1f}" y2="{y + 9}"/>')
    return _svg(title, BARS, 12 + 26 * len(rows), "".join(body))


def waterfall(title: str, rows: Sequence[tuple[str, int, str]]) -> Markup:
    """Bars that each take away from what the ones before left: label, count, and `all`, `lost` or `left`; the first is the whole."""
    whole = max(rows[0][1], 1) if rows else 1
    left, body = whole, []
    for at, (label, count, role) in enumerate(rows):
        y, wide = 6 + at * 26, TRACK * count / whole
        start = GUTTER + (TRACK * left / whole - wide if role == "lost" else 0)
        left -= count if role == "lost" else 0
        body.append(_row(label, str(count), y) + f'<rect class="{role}" x="{start:.1f}" y="{y}" width="{wide:.1f}" height="18"/>')
    return _svg(title, BARS, 12 + 26 * len(rows), "".join(body))


def _row(label: str, note: str, y: int) -> str:
    """What stands left and right of a bar, and the track that it lies in."""
    texts = f'<text class="label" x="{GUTTER - 8}" y="{y + 14}" text-anchor="end">{_short(label)}</text><text class="label" x="{GUTTER + TRACK + 8}" y="{y + 14}">{escape(note)}</text>'
    return f'{texts}<rect class="track" x="{GUTTER}" y="{y}" width="{TRACK}" height="18"/>'


def _short(label: str) -> str:
    """A label that fits its gutter."""
    return escape(label if len(label) <= LONGEST else label[: LONGEST - 1].rstrip() + "…")


def nice(value: float) -> float:
    """The next number upwards that five even steps divide into round ones.

    >>> nice(0.31), nice(47), nice(230)
    (0.5, 50.0, 250.0)
    """
    size = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(float(step * size) for step in (1, 2, 2.5, 5, 10) if step * size >= value)


def forest(title: str, rows: Sequence[tuple[str, float, float, float, str]]) -> Markup:
    """Differences with their intervals round zero: label, difference, ends, and `better`, `worse` or `unclear`."""
    reach = max([0.05, *(abs(edge) for row in rows for edge in row[1:4])]) * 1.1
    middle = GUTTER + TRACK / 2
    body = [f'<line class="axis" x1="{middle}" y1="0" x2="{middle}" y2="{20 + 24 * len(rows)}"/>']
    for at, (label, gap, low, high, verdict) in enumerate(rows):
        y, ends = 16 + at * 24, [middle + TRACK / 2 * edge / reach for edge in (low, gap, high)]
        body.append(f'<text class="label" x="{GUTTER - 8}" y="{y + 4}" text-anchor="end">{_short(label)}</text>')
        body.append(f'<line class="{verdict}" x1="{ends[0]:.1f}" y1="{y}" x2="{ends[2]:.1f}" y2="{y}"/><circle class="{verdict}" cx="{ends[1]:.1f}" cy="{y}" r="4"/>')
        body.append(f'<text class="label" x="{GUTTER + TRACK + 8}" y="{y + 4}">{signed(gap)}</text>')
    return _svg(title, BARS, 28 + 24 * len(rows), "".join(body))


def _x(value: float, right: float) -> float:
    return LEFT + (WIDE - LEFT - RIGHT) * value / right


def _y(value: float, top: float) -> float:
    return HIGH - BOTTOM - (HIGH - TOP - BOTTOM) * value / top


def _frame(across: str, up: str, top: float, right: float) -> str:
    """Axes with five marks each and their names."""
    parts = [f'<line class="axis" x1="{LEFT}" y1="{HIGH - BOTTOM}" x2="{WIDE - RIGHT}" y2="{HIGH - BOTTOM}"/>']
    for step in range(6):
        share = step / 5
        parts.append(f'<line class="grid" x1="{LEFT}" y1="{_y(share, 1):.1f}" x2="{WIDE - RIGHT}" y2="{_y(share, 1):.1f}"/>')
        parts.append(f'<text class="tick" x="{LEFT - 6}" y="{_y(share, 1) + 4:.1f}" text-anchor="end">{_tick(share * top)}</text>')
        parts.append(f'<text class="tick" x="{_x(share, 1):.1f}" y="{HIGH - BOTTOM + 15}" text-anchor="middle">{_tick(share * right)}</text>')
    parts.append(f'<text class="label" x="{(WIDE + LEFT) / 2}" y="{HIGH - 6}" text-anchor="middle">{escape(across)}</text>')
    return "".join(parts) + f'<text class="label" x="{LEFT + 4}" y="{TOP}">{escape(up)}</text>'


def _tick(value: float) -> str:
    return f"{value:.0f}" if value >= 2 or value == int(value) else f"{value:.1f}".replace(".", ",")


def _legend(names: Sequence[str]) -> str:
    if len(names) < 2:
        return ""
    rows = [f'<rect class="key c{at}" x="{WIDE - 104}" y="{HIGH - BOTTOM - 14 - 17 * (len(names) - at)}" width="12" height="12"/>' for at in range(len(names))]
    texts = [f'<text class="label" x="{WIDE - 87}" y="{HIGH - BOTTOM - 4 - 17 * (len(names) - at)}">{escape(name)}</text>' for at, name in enumerate(names)]
    return "".join([*rows, *texts])


def _svg(title: str, wide: int, high: int, body: str) -> Markup:
    name = escape(title)
    return Markup(f'<svg viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" role="img" aria-label="{name}"><title>{name}</title>{body}</svg>')
