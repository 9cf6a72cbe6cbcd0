"""Labels for a drawing that is fitted to the width of a phone: fewer, and larger beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

_SCREEN = 350.0
"""Width of the drawing on a phone, in CSS pixels; on a wider one the labels grow with it."""
_FONT = 11.5
"""Height of the labels there, in CSS pixels."""
_ADVANCE, _LINE, _GAP = 0.6, 1.15, 0.6
"""Width of a character, height of a line and distance from the dot, in heights of the font."""
_DESCENT = 0.23
"""How far the base line stands above the foot of a line, in heights of the font."""

Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the base line of a label begins, in the units of the drawing."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class SmallLabels:
    """The height of the font, in the units of the drawing, and the labels for which there is room."""

    font: float
    places: Mapping[str, Place]


def small_labels(
    points: Mapping[str, tuple[float, float]], labels: Mapping[str, str], width: float, height: float
) -> SmallLabels:
    """Labels that cover neither one another nor the dots of one another, and other dots where it has to be.

    What finds no room has no label.

    Args:
        points: id to where its dot is, the most important first: they choose first.
    """
    font = _FONT * width / _SCREEN
    dot = font * _GAP / 2
    dots = {id_: (x - dot, y - dot, x + dot, y + dot) for id_, (x, y) in points.items()}
    taken: list[Box] = []
    places: dict[str, Place] = {}
    for id_, (x, y) in points.items():
        length = len(labels.get(id_, "")) * font * _ADVANCE
        if not length or length > width or _overlaps(dots[id_], taken):
            continue
        boxes = [
            box
            for left, middle in _choices(x, y, length, font)
            if not _overlaps(box := _inside(left, middle, length, font, width, height), [*taken, dots[id_]])
        ]
        if boxes:
            free = next((box for box in boxes if not _overlaps(box, dots.values())), boxes[0])
            taken += [free, dots[id_]]
            places[id_] = Place(round(free[0], 1), round(free[3] - font * _DESCENT, 1))
    return SmallLabels(round(font, 1), places)


def _choices(x: float, y: float, length: float, font: float) -> Iterator[tuple[float, float]]:
    """Left end and middle line of a label: right of its dot, left of it, above, below."""
    gap = font * _GAP
    yield x + gap, y
    yield x - gap - length, y
    for line in (-1, 1):
        beside = y + line * font * (_LINE / 2 + _GAP)
        yield x - length / 2, beside
        yield x, beside
        yield x - length, beside


def _inside(left: float, middle: float, length: float, font: float, width: float, height: float) -> Box:
    """The box of a label, moved into the drawing."""
    left = min(max(left, 0.0), width - length)
    top = min(max(middle - font * _LINE / 2, 0.0), height - font * _LINE)
    return left, top, left + length, top + font * _LINE


def _overlaps(box: Box, others: Iterable[Box]) -> bool:
    return any(
        box[0] < other[2] and box[2] > other[0] and box[1] < other[3] and box[3] > other[1]
        for other in others
    )
