"""Lays out networks: a thing among its neighbours, and all ties together. The same ties, the same drawing."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

WIDTH = 1000.0
_LINK = 130.0
"""Length that a tie would like to have."""
_ROUNDS = 80
_CHARACTER, _LINE = 7.4, 24.0
"""Width of a character and height of a label, of the font that labels are set in."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something in a network; `anchor` is where its label stands: `start`, `middle` or `end`."""

    id: str
    x: float
    y: float
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is; the drawing is `width` by `height`."""

    nodes: Mapping[str, Node]
    width: float
    height: float


def around(centre: str, neighbours: Sequence[str]) -> Layout:
    """A thing in the middle and its neighbours on an ellipse, from the top clockwise."""
    count = max(len(neighbours), 1)
    height = max(240.0, 34.0 * (count / 2 + 1))
    cx, cy, rx, ry = WIDTH / 2, height / 2, WIDTH * 0.24, height / 2 - 26
    nodes = {centre: Node(centre, cx, cy)}
    for index, neighbour in enumerate(neighbours):
        # evenly spread down each side, so that labels on one side never share a line
        half = (count + 1) // 2
        right = index < half
        place = (index if right else index - half) + 0.5
        share = place / (half if right else max(count - half, 1))
        angle = math.pi * (share - 0.5)
        x = cx + rx * math.cos(angle) * (1 if right else -1)
        y = cy + ry * math.sin(angle) * (1 if right else -1)
        nodes[neighbour] = Node(neighbour, round(x, 1), round(y, 1), "start" if right else "end")
    return Layout(nodes, WIDTH, round(height, 1))


def spread(labels: Mapping[str, str], ties: Iterable[tuple[str, str]]) -> Layout:
    """All ties of a network: each connected part laid out by stress majorisation, the parts side by side.

    The distance of two nodes in the drawing follows the number of ties between them (Gansner, Koren and
    North, Graph drawing by stress majorization, 2004).

    Args:
        labels: node to the words that stand at it, which need room.
    """
    near: dict[str, set[str]] = {node: set() for node in labels}
    for a, b in ties:
        if a != b and a in near and b in near:
            near[a].add(b)
            near[b].add(a)
    parts = [_lay_out(part, near, labels) for part in _parts(near)]
    return _pack(parts, labels)


def _parts(near: Mapping[str, set[str]]) -> list[list[str]]:
    seen: set[str] = set()
    parts = []
    for node in sorted(near):
        if node in seen:
            continue
        part, queue = [], deque([node])
        seen.add(node)
        while queue:
            here = queue.popleft()
            part.append(here)
            fresh = sorted(near[here] - seen)
            seen.update(fresh)
            queue.extend(fresh)
        parts.append(part)
    return sorted(parts, key=lambda part: (-len(part), part[0]))


def _lay_out(part: Sequence[str], near: Mapping[str, set[str]], labels: Mapping[str, str]) -> dict[str, Node]:
    count = len(part)
    number = {node: index for index, node in enumerate(part)}
    apart = [_distances(node, near, number) for node in part]
    xs = [math.cos(2 * math.pi * i / count) * _LINK * count / 6 for i in range(count)]
    ys = [math.sin(2 * math.pi * i / count) * _LINK * count / 6 for i in range(count)]
    for _ in range(_ROUNDS):
        for i in range(count):
            weight = sum_x = sum_y = 0.0
            xi, yi, row = xs[i], ys[i], apart[i]
            for j in range(count):
                if i == j:
                    continue
                wanted = row[j] * _LINK
                dx, dy = xi - xs[j], yi - ys[j]
                length = math.hypot(dx, dy) or 1e-6
                w = 1.0 / (wanted * wanted)
                weight += w
                sum_x += w * (xs[j] + wanted * dx / length)
                sum_y += w * (ys[j] + wanted * dy / length)
            if weight:
                xs[i], ys[i] = sum_x / weight, sum_y / weight
    # text is wide and low: room is worth more sideways
    xs = [x * 1.35 for x in xs]
    _part_labels(xs, ys, [labels[node] for node in part])
    return {node: Node(node, xs[i], ys[i]) for i, node in enumerate(part)}


def _distances(start: str, near: Mapping[str, set[str]], number: Mapping[str, int]) -> list[int]:
    found = [len(number)] * len(number)
    found[number[start]] = 0
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for neighbour in near[here]:
            if neighbour != start and found[number[neighbour]] == len(number):
                found[number[neighbour]] = found[number[here]] + 1
                queue.append(neighbour)
    return found


def _part_labels(xs: list[float], ys: list[float], labels: Sequence[str]) -> None:
    """Push labels that overlap apart, up and down."""
    widths = [len(label) * _CHARACTER for label in labels]
    for _ in range(60):
        moved = False
        order = sorted(range(len(xs)), key=lambda i: ys[i])
        for position, i in enumerate(order):
            for j in order[position + 1 :]:
                gap = _LINE - (ys[j] - ys[i])
                if gap <= 0:
                    break
                if abs(xs[i] - xs[j]) < (widths[i] + widths[j]) / 2 + 6:
                    ys[i] -= gap / 2
                    ys[j] += gap / 2
                    moved = True
        if not moved:
            return


def _pack(parts: Sequence[Mapping[str, Node]], labels: Mapping[str, str]) -> Layout:
    """Set the parts in rows, the largest first."""
    placed: dict[str, Node] = {}
    width = WIDTH
    x = y = row = 0.0
    for part in parts:
        half = {id_: len(labels[id_]) * _CHARACTER / 2 + 10 for id_ in part}
        left = min(node.x - half[node.id] for node in part.values())
        top = min(node.y for node in part.values()) - 26
        wide = max(node.x + half[node.id] for node in part.values()) - left
        high = max(node.y for node in part.values()) + 26 - top
        width = max(width, wide)
        if x and x + wide > width:
            x, y, row = 0.0, y + row, 0.0
        for node in part.values():
            placed[node.id] = Node(node.id, round(node.x - left + x, 1), round(node.y - top + y, 1))
        x, row = x + wide, max(row, high)
    return Layout(placed, round(width, 1), round(y + row, 1))
