"""Ties between things as networks: one thing among its neighbours, and all persons and groups together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rdflib import URIRef

from sergekg.web.drawing.network import Layout, Node, around, spread
from sergekg.web.drawing.small import SmallLabels, small_labels
from sergekg.web.statements import STATUSES, StatementView

MOST_NEIGHBOURS = 26
MOST_NODES = 90
_LONGEST_LABEL = 34


@dataclass(frozen=True)
class Tie:
    """All statements between two things, in either direction.

    Attributes:
        status: the firmest of their statuses: how the line is drawn.
    """

    ends: tuple[str, str]
    statements: Sequence[StatementView]
    status: str


@dataclass(frozen=True)
class Network:
    """A drawing of ties.

    Attributes:
        left_out: how many things it has no room for.
        small: the labels of a phone.
    """

    layout: Layout
    ties: Sequence[Tie]
    left_out: int
    small: SmallLabels

    @property
    def nodes(self) -> Sequence[Node]:
        return sorted(self.layout.nodes.values(), key=lambda node: node.id)


def to_ties(statements: Iterable[StatementView]) -> list[Tie]:
    """Statements that join two things, by pair."""
    pairs: dict[tuple[str, str], list[StatementView]] = {}
    for statement in statements:
        if isinstance(statement.object, URIRef) and statement.object != statement.subject:
            first, second = sorted((str(statement.subject), str(statement.object)))
            pairs.setdefault((first, second), []).append(statement)
    return [Tie(ends, found, firmest(found)) for ends, found in sorted(pairs.items())]


def firmest(statements: Iterable[StatementView]) -> str:
    """The firmest status of some statements; a denial is the weakest ground for a line."""
    order = [status for status in STATUSES if status != "denied"] + ["denied"]
    return min((s.status for s in statements), key=order.index)


def neighbours(
    thing: str,
    statements: Iterable[StatementView],
    family: Callable[[str], str],
    label: Callable[[str], str],
) -> Network | None:
    """A thing among those that it is most said to be tied to; None where it is tied to nothing.

    Args:
        family: the kind of a thing; neighbours stand in groups of a kind.
    """
    ties = [tie for tie in to_ties(statements) if thing in tie.ends]
    if not ties:
        return None
    ranked = sorted(ties, key=lambda tie: (-len(tie.statements), tie.ends))
    shown = ranked[:MOST_NEIGHBOURS]
    others = [_other(tie, thing) for tie in shown]
    layout = around(thing, sorted(others, key=lambda other: (family(other), other)))
    labels = {node: shorten(label(node)) for node in (thing, *others)}
    return Network(layout, shown, len(ranked) - len(shown), _small(layout, labels))


def whole(statements: Iterable[StatementView], label: Callable[[str], str]) -> Network | None:
    """All ties together; of too many things, those with the most ties."""
    ties = to_ties(statements)
    degree: dict[str, int] = {}
    for tie in ties:
        for end in tie.ends:
            degree[end] = degree.get(end, 0) + 1
    kept = set(sorted(degree, key=lambda node: (-degree[node], node))[:MOST_NODES])
    shown = [tie for tie in ties if set(tie.ends) <= kept]
    drawn = {end for tie in shown for end in tie.ends}
    if not drawn:
        return None
    labels = tuple((node, shorten(label(node))) for node in sorted(drawn))
    layout = _spread(labels, tuple(tie.ends for tie in shown))
    ranked = dict(sorted(labels, key=lambda row: (-degree[row[0]], len(row[1]), row[0])))
    return Network(layout, shown, len(degree) - len(drawn), _small(layout, ranked))


def _small(layout: Layout, labels: Mapping[str, str]) -> SmallLabels:
    points = {node: (layout.nodes[node].x, layout.nodes[node].y) for node in labels}
    return small_labels(points, labels, layout.width, layout.height)


@lru_cache(maxsize=64)
def _spread(labels: tuple[tuple[str, str], ...], ties: tuple[tuple[str, str], ...]) -> Layout:
    return spread(dict(labels), ties)


def shorten(label: str) -> str:
    """A label that fits a drawing, cut at a word."""
    if len(label) <= _LONGEST_LABEL:
        return label
    return label[:_LONGEST_LABEL].rpartition(" ")[0] + " …"


def _other(tie: Tie, thing: str) -> str:
    return tie.ends[1] if tie.ends[0] == thing else tie.ends[0]
