"""What style leaves to be seen of a text: declarations of CSS, and the colours of text and ground.

An element's look is inherited; `hidden_by` says how a style changes it, or that nothing of the element is seen.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
LEAST_CONTRAST = 24
LEAST_POINTS = 3.0
_NAMED = {
    "white": WHITE, "black": BLACK, "snow": (255, 250, 250), "ivory": (255, 255, 240), "whitesmoke": (245, 245, 245), "ghostwhite": (248, 248, 255), "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "yellow": (255, 255, 0), "navy": (0, 0, 128), "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192), "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211), "transparent": None,
}  # fmt: skip
Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Look:
    """How text looks: its colour and ground (red, green, blue, 0-255), its size in points, whether it is bold."""

    colour: Colour = BLACK
    ground: Colour = WHITE
    points: float = 12.0
    strong: bool = False
    visible: bool = True


def painted(look: Look) -> bool:
    """Whether text of this look can be read: another colour than its ground's, and large enough for an eye."""
    return look.visible and contrast(look.colour, look.ground) >= LEAST_CONTRAST and look.points >= LEAST_POINTS


def contrast(one: Colour, other: Colour) -> int:
    """The largest difference of two colours in red, green or blue, 0-255.

    >>> contrast((255, 255, 255), (250, 250, 250))
    5
    """
    return max(abs(a - b) for a, b in zip(one, other, strict=True))


def hidden_by(style: str, above: Look) -> Look | None:
    """The look that declarations (`a: b; c: d`) give an element under another; None when nothing of it is seen.

    >>> hidden_by("display: none", Look()) is None
    True
    """
    said = {key.strip().lower(): value.replace("!important", "").strip().lower() for key, _, value in (part.partition(":") for part in style.split(";")) if value.strip()}
    if said.get("display") == "none" or said.get("content-visibility") == "hidden" or _is_zero(said.get("opacity")) or _is_away(said):
        return None
    look = above
    if "visibility" in said:
        look = replace(look, visible=said["visibility"] not in ("hidden", "collapse"))
    if "color" in said:
        given = colour(said["color"])
        clear = said["color"] == "transparent" or re.fullmatch(r"rgba?\([^)]*[,/]\s*0*\.?0+%?\s*\)", said["color"]) and said["color"].count(",") + said["color"].count("/") != 2
        look = replace(look, colour=given or look.ground) if given or clear else look
    for key in ("background-color", "background"):
        if key in said and (found := next((c for c in (colour(word) for word in re.findall(r"rgba?\([^)]*\)|[^\s]+", said[key])) if c), None)):
            look = replace(look, ground=found)
        elif key in said and re.search(r"url\(|gradient", said[key]):
            look = replace(look, ground=(128, 128, 128))
    if "font-size" in said:
        look = replace(look, points=_points(said["font-size"], above.points))
    return look


def _is_zero(value: str | None) -> bool:
    try:
        return value is not None and float(value.rstrip("%")) <= (5 if value.endswith("%") else 0.05)
    except ValueError:
        return False


def _is_away(said: dict[str, str]) -> bool:
    """Whether an element is moved out of the page or clipped to nothing."""
    far = any((length := _length(said.get(key))) is not None and abs(length) >= 900 and length < 0 for key in ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top"))
    clipped = re.search(r"rect\((?:0|1px)[, ]|inset\((?:50|100)%", f"{said.get('clip', '')} {said.get('clip-path', '')}") is not None
    flat = said.get("overflow") in ("hidden", "clip") and any((length := _length(said.get(key))) is not None and length <= 1 for key in ("height", "width", "max-height", "max-width"))
    shrunk = re.search(r"scale\(0(?:\.0\d*)?\)|translate[xy]?\(-\d{4}", said.get("transform", "").replace(" ", "")) is not None
    return far or clipped or flat or shrunk


def _length(value: str | None) -> float | None:
    """A CSS length in pixels, about."""
    match = re.match(r"(-?[\d.]+)(px|pt|em|rem|vw|vh|%|cm)?$", value or "")
    try:
        return float(match[1]) * {"em": 16, "rem": 16, "vw": 12, "vh": 8, "cm": 38, "pt": 1.33}.get(match[2] or "px", 1) if match else None
    except ValueError:
        return None


def _points(value: str, inherited: float) -> float:
    match = re.match(r"([\d.]+)(px|pt|em|rem|%)?$", value)
    try:
        number = float(match[1]) if match else -1.0
    except ValueError:
        number = -1.0
    if match is None or number < 0:
        return 12.0
    return number * {"px": 0.75, "pt": 1.0, "em": inherited, "rem": 12.0, "%": inherited / 100}.get(match[2] or "px", 0.75)


def colour(value: str) -> Colour | None:
    """A CSS or Word colour (a name, `#rgb`, `rrggbb`, `rgb(…)`); None when it is none, or see-through.

    >>> colour("#fff") == colour("FFFFFF") == colour("rgb(255, 255, 255)")
    True
    """
    value = value.strip().lower()
    if value in _NAMED:
        return _NAMED[value]
    if match := re.fullmatch(r"#?([0-9a-f]{6})(?:[0-9a-f]{2})?", value):
        return int(match[1][:2], 16), int(match[1][2:4], 16), int(match[1][4:], 16)
    if match := re.fullmatch(r"#([0-9a-f]{3,4})", value):
        red, green, blue = (int(c * 2, 16) for c in match[1][:3])
        return red, green, blue
    if match := re.fullmatch(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+%?))?\s*\)", value):
        return None if _is_zero(match[4]) else (min(255, int(match[1])), min(255, int(match[2])), min(255, int(match[3])))
    return None
