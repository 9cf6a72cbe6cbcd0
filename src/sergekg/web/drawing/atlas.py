"""Maps: a conic projection, coast lines from the bundle, and a frame around the places shown.

Only coasts are drawn: today's borders would be false in any year that these texts speak of.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from sergekg.web.drawing.small import SmallLabels, small_labels

WIDTH = 1000.0
_SOUTH, _NORTH, _MERIDIAN, _LATITUDE = 40.0, 62.0, 30.0, 52.0
"""Standard parallels and origin: Europe and the north of Asia."""
_MARGIN = 0.12
_LEAST = 0.42
"""Least width of a frame, in radians on the globe: about 2700 km, so that coasts tell where a place is."""
_CHARACTER, _LINE, _GAP = 8.8, 20.0, 12.0
"""Width of a character and height of a label, and how far it stands from its dot."""
_LOWEST_RATIO, _HIGHEST_RATIO = 0.45, 0.75


Ring = Sequence[tuple[float, float]]
Box = tuple[float, float, float, float]
"""Left, top, right and bottom."""


@dataclass(frozen=True, slots=True)
class Dot:
    """A place on a map, in the units of the drawing; `anchor` is the end of its label that is next to it."""

    id: str
    x: float
    y: float
    label_x: float = 0.0
    label_y: float = 0.0
    anchor: str = "start"


@dataclass(frozen=True)
class Map:
    """Coast lines as SVG paths, the graticule, and the places; `has_land` is false without the bundle.

    Attributes:
        small: the labels of a phone.
    """

    width: float
    height: float
    land: Sequence[str]
    graticule: Sequence[str]
    dots: Sequence[Dot]
    small: SmallLabels

    @property
    def has_land(self) -> bool:
        return bool(self.land)


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Albers' equal-area conic on the unit sphere (Snyder, Map Projections, 1987, p. 100); y grows south."""
    south, north = math.radians(_SOUTH), math.radians(_NORTH)
    n = (math.sin(south) + math.sin(north)) / 2
    c = math.cos(south) ** 2 + 2 * n * math.sin(south)
    rho = math.sqrt(max(c - 2 * n * math.sin(math.radians(latitude)), 0.0)) / n
    rho0 = math.sqrt(c - 2 * n * math.sin(math.radians(_LATITUDE))) / n
    theta = n * math.radians((longitude - _MERIDIAN + 180) % 360 - 180)
    return rho * math.sin(theta), rho * math.cos(theta) - rho0


def draw(
    places: Mapping[str, tuple[float, float]], land: Path, labels: Mapping[str, str] | None = None
) -> Map | None:
    """A map that holds all these places; None where there is none.

    Args:
        places: id to latitude and longitude in degrees, the most important first.
        land: `land.json` of the bundle; where it is missing the map has no coasts.
        labels: id to the words set beside it, so that none covers another.
    """
    points = {id_: project(longitude, latitude) for id_, (latitude, longitude) in places.items()}
    if not points:
        return None
    x0, y0, x1, y1 = _frame([*points.values()])
    scale = WIDTH / (x1 - x0)
    height = round((y1 - y0) * scale, 1)

    def place(point: tuple[float, float]) -> tuple[float, float]:
        return round((point[0] - x0) * scale, 1), round((point[1] - y0) * scale, 1)

    dots = [Dot(id_, *place(point)) for id_, point in sorted(points.items(), key=lambda item: item[1][1])]
    dots = _label(dots, labels or {})
    rings = _rings(land, land.stat().st_mtime_ns) if land.is_file() else ()
    coasts = [
        _path([place(point) for point in ring])
        for box, ring in rings
        if box[0] < x1 and box[2] > x0 and box[1] < y1 and box[3] > y0
    ]
    small = small_labels({id_: place(points[id_]) for id_ in points}, labels or {}, WIDTH, height)
    return Map(WIDTH, height, [path for path in coasts if path], _graticule(place), dots, small)


def _label(dots: Sequence[Dot], labels: Mapping[str, str]) -> list[Dot]:
    """Each label right of its dot, or left of it where that is free, else below those that are there."""
    taken: list[tuple[float, float, float, float]] = []
    placed = []
    for dot in dots:
        length = len(labels.get(dot.id, "")) * _CHARACTER
        sides = ("start", "end") if dot.x + _GAP + length < WIDTH else ("end", "start")
        choices = [(anchor, dot.y + line * _LINE) for line in range(8) for anchor in sides]
        boxes = [_box(dot.x, y, length, anchor) for anchor, y in choices]
        free = next((i for i, box in enumerate(boxes) if not any(_overlap(box, t) for t in taken)), 0)
        anchor, y = choices[free]
        taken.append(boxes[free])
        x = dot.x + (_GAP if anchor == "start" else -_GAP)
        placed.append(replace(dot, label_x=round(x, 1), label_y=round(y + 5, 1), anchor=anchor))
    return placed


def _box(x: float, y: float, length: float, anchor: str) -> Box:
    start = x + _GAP if anchor == "start" else x - _GAP - length
    return start, y - _LINE / 2, start + length, y + _LINE / 2


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and one[2] > other[0] and one[1] < other[3] and one[3] > other[1]


def _frame(points: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    xs, ys = [x for x, _ in points], [y for _, y in points]
    width = max((max(xs) - min(xs)) * (1 + 2 * _MARGIN), _LEAST)
    height = max((max(ys) - min(ys)) * (1 + 2 * _MARGIN), width * _LOWEST_RATIO)
    width = max(width, height / _HIGHEST_RATIO)
    cx, cy = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    return cx - width / 2, cy - height / 2, cx + width / 2, cy + height / 2


@lru_cache(maxsize=2)
def _rings(land: Path, _stamp: int) -> Sequence[tuple[Box, Ring]]:
    """Every coast line projected, with its box."""
    found = []
    for ring in json.loads(land.read_text(encoding="utf-8"))["rings"]:
        if max(latitude for _, latitude in ring) < 0:  # the far side of the cone
            continue
        points = [project(longitude / 100, latitude / 100) for longitude, latitude in ring]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        found.append(((min(xs), min(ys), max(xs), max(ys)), points))
    return found


def _path(points: Ring) -> str:
    """An SVG path; points that would not be told apart are left out."""
    kept: list[tuple[float, float]] = []
    for x, y in points:
        x, y = min(max(x, -3000.0), 4000.0), min(max(y, -3000.0), 4000.0)
        if not kept or abs(x - kept[-1][0]) + abs(y - kept[-1][1]) > 0.8:
            kept.append((round(x, 1), round(y, 1)))
    if len(kept) < 4:
        return ""
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in kept) + "Z"


def _graticule(place: object) -> list[str]:
    lines = []
    for longitude in range(-20, 181, 10):
        lines.append([place(project(longitude, latitude)) for latitude in range(30, 81, 5)])  # type: ignore[operator]
    for latitude in range(30, 81, 10):
        lines.append([place(project(longitude, latitude)) for longitude in range(-20, 181, 5)])  # type: ignore[operator]
    return ["M" + "L".join(f"{x:g} {y:g}" for x, y in line) for line in lines]
