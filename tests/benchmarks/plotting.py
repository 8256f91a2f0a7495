"""The figures as one picture: each system's as times the stock pipeline's, on a logarithmic axis; left of the line is faster or smaller."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

WIDE, LEFT, STEP, TOP = 760, 300, 26, 58
LOW, HIGH = 0.01, 10.0
COLOURS = {"ours": "#0b6e4f", "floor": "#8a8a8a", "llamaindex": "#7b4fb5", "haystack": "#c25b12", "txtai": "#2563a8"}
Row = tuple[str, str, dict[str, float]]


def ratios(rows: Sequence[Row], stock: str) -> str:
    """An SVG of the rows that the stock pipeline has a figure in; what is counted by the second is turned over."""
    shown = [(title, {name: (figures[stock] / value if unit == "1/s" else value / figures[stock]) for name, value in figures.items() if name != stock}) for title, unit, figures in rows if stock in figures and unit]
    high = TOP + STEP * len(shown) + 30
    body = [*_axis(high), *(part for at, (title, values) in enumerate(shown) for part in _row(title, values, TOP + STEP * at))]
    names = [name for name in COLOURS if any(name in values for _, values in shown)]
    body += [f'<circle cx="{LEFT + 110 * at}" cy="14" r="5" fill="{COLOURS[name]}"/><text x="{LEFT + 10 + 110 * at}" y="18">{name}</text>' for at, name in enumerate(names)]
    style = "text{font:13px sans-serif;fill:#222}.end{text-anchor:end}.mid{text-anchor:middle}"
    title = "Time and size as times the stock LangChain pipeline's"
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {high}" role="img" aria-label="{title}"><title>{title}</title><style>{style}</style><rect width="100%" height="100%" fill="#fff"/>{"".join(body)}</svg>\n'


def _axis(high: int) -> list[str]:
    parts = []
    for value in (0.01, 0.03, 0.1, 0.3, 1, 3, 10):
        x, strong = _x(value), value == 1
        parts.append(f'<line x1="{x:.0f}" y1="{TOP - 14}" x2="{x:.0f}" y2="{high - 26}" stroke="{"#222" if strong else "#ddd"}"/><text class="mid" x="{x:.0f}" y="{high - 8}">{"LangChain" if strong else f"{value:g}×"}</text>')
    return parts


def _row(title: str, values: dict[str, float], y: int) -> list[str]:
    parts = [f'<text class="end" x="{LEFT - 12}" y="{y + 5}">{escape(title)}</text>']
    if "ours" in values:
        x = _x(values["ours"])
        parts.append(f'<line x1="{x:.0f}" y1="{y}" x2="{_x(1):.0f}" y2="{y}" stroke="{COLOURS["ours"]}" stroke-width="6"/>')
    return parts + [f'<circle cx="{_x(value):.0f}" cy="{y}" r="5" fill="{COLOURS[name]}"><title>{name}: {value:.2f}×</title></circle>' for name, value in values.items()]


def _x(value: float) -> float:
    share = (math.log(min(max(value, LOW), HIGH)) - math.log(LOW)) / (math.log(HIGH) - math.log(LOW))
    return LEFT + (WIDE - LEFT - 30) * share
