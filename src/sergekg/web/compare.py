"""Two texts side by side on the same event or thing: what agrees, what differs, what only one says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask import Blueprint, render_template
from rdflib import URIRef
from werkzeug.exceptions import NotFound

from sergekg.web.app import service
from sergekg.web.describe import is_known
from sergekg.web.interpretations import InterpretationView, interpretations_about
from sergekg.web.site import argument, index, site
from sergekg.web.statements import StatementView, load_statements, nodes_of, statements_about

blueprint = Blueprint("compare", __name__)


VERDICTS = ("conflict", "differ", "complete", "agree", "left", "right")
"""In the order in which a page lists them."""


@dataclass(frozen=True)
class Line:
    """What the two texts say on one point: one property of one subject; of one object where both name it.

    Attributes:
        verdict: `agree`, `complete` (the same, dated or not dated alike), `differ`, `conflict` (where an
            interpretation says that they contradict each other), `left` or `right` (where only one speaks).
    """

    subject: URIRef
    predicate: URIRef
    left: Sequence[StatementView]
    right: Sequence[StatementView]
    verdict: str


@dataclass(frozen=True)
class CompareView:
    """Two texts on one thing."""

    thing: URIRef
    left: URIRef
    right: URIRef
    documents: Sequence[URIRef]
    lines: Sequence[Line]
    conflicts: Sequence[InterpretationView]

    @property
    def counts(self) -> Mapping[str, int]:
        return {kind: sum(line.verdict == kind for line in self.lines) for kind in VERDICTS}

    def author(self, document: URIRef) -> URIRef | None:
        """The voice that says most of what one of the two says here; others are named at each statement."""
        voices = Counter(
            s.voice for line in self.lines for s in (*line.left, *line.right) if s.document == document
        )
        return voices.most_common(1)[0][0] if voices else None


@blueprint.get("/compare")
def compare() -> str:
    """Everything that more than one text speaks of."""
    held = index()
    shared = []
    for thing, entries in held.by_thing.items():
        spoken = {entry.document for entry in entries}
        if len(spoken) > 1 and site().links.type(thing) not in ("letter", "article"):
            shared.append((URIRef(thing), sorted(spoken), len(entries)))
    shared.sort(key=lambda item: (site().links.family(str(item[0])) != "event", -item[2], item[0]))
    site().labels.load([thing for thing, _, _ in shared])
    return render_template("compare.html", shared=shared)


@blueprint.get("/compare/<type>/<slug>")
def side_by_side(type: str, slug: str) -> str:
    """Two texts on one thing; `?left=` and `?right=` choose among those that speak of it."""
    thing = service().iris.thing(f"{type}/{slug}")
    if not is_known(service().store, thing):
        raise NotFound(f"The release knows nothing called {type}/{slug}.")
    statements = statements_about(service().store, thing)
    documents = sorted(
        {s.document for s in statements}, key=lambda d: -sum(s.document == d for s in statements)
    )
    if len(documents) < 2:
        raise NotFound(f"Fewer than two texts speak of {type}/{slug}.")
    left = next((d for d in documents if str(d) == argument("left")), documents[0])
    right = next((d for d in documents if str(d) == argument("right") and d != left), None)
    right = right or next(d for d in documents if d != left)
    lines = compare_statements(
        [s for s in statements if s.document == left], [s for s in statements if s.document == right]
    )
    conflicts = _conflicts([s for line in lines for s in (*line.left, *line.right)])
    others = load_statements(
        service().store, [URIRef(str(e)) for i in conflicts for e in (i.subject, i.object)]
    )
    site().labels.load(
        [thing, *nodes_of(statements), *nodes_of(others), *(n for i in conflicts for n in i.nodes())]
    )
    view = CompareView(thing, left, right, documents, lines, conflicts)
    return render_template("side_by_side.html", view=view)


def compare_statements(left: Iterable[StatementView], right: Iterable[StatementView]) -> list[Line]:
    """Put what two texts say on the same point on one line; where they meet first, then in textual order.

    They agree if they say the same of the same, as firmly and of the same date; where only one has a date, or
    the dates leave room for each other, they complete each other. Silence is not contradiction.
    """
    points: dict[tuple[URIRef, URIRef], tuple[list[StatementView], list[StatementView]]] = {}
    for side, statements in enumerate((left, right)):
        for statement in statements:
            points.setdefault((statement.subject, statement.predicate), ([], []))[side].append(statement)
    lines = [
        Line(*point, *sides, verdict=_verdict(*sides))
        for point, both in points.items()
        for sides in _aligned(*both)
    ]
    return sorted(lines, key=lambda line: VERDICTS.index(line.verdict))


def _aligned(
    left: Sequence[StatementView], right: Sequence[StatementView]
) -> Iterator[tuple[list[StatementView], list[StatementView]]]:
    """What speaks of the same object or contradicts each other stands together, all the rest on one line."""
    lefts, rights = list(left), list(right)
    for one in left:
        facing = [other for other in rights if _meets(one, other)]
        if one in lefts and facing:
            beside = [s for s in lefts if any(_meets(s, other) for other in facing)]
            yield beside, facing
            lefts = [s for s in lefts if s not in beside]
            rights = [s for s in rights if s not in facing]
    if lefts or rights:
        yield lefts, rights


def _meets(one: StatementView, other: StatementView) -> bool:
    return one.object == other.object or other.iri in one.conflicts or one.iri in other.conflicts


def _verdict(left: Sequence[StatementView], right: Sequence[StatementView]) -> str:
    if not left or not right:
        return "left" if left else "right"
    rights = {statement.iri for statement in right}
    if any(other in rights for statement in left for other in statement.conflicts):
        return "conflict"
    pairs = [(a, b) for a in left for b in right if (a.object, a.status) == (b.object, b.status)]
    if any(a.date == b.date for a, b in pairs):
        return "agree"
    return "complete" if any(_may_be_one_date(a, b) for a, b in pairs) else "differ"


def _may_be_one_date(one: StatementView, other: StatementView) -> bool:
    """Whether two dates leave room for the same day; what has no date leaves room for any."""
    if not one.date or not other.date:
        return True
    first = max(one.earliest or "0000", other.earliest or "0000")
    last = min(one.latest or "9999", other.latest or "9999")
    return first <= last


def _conflicts(statements: Iterable[StatementView]) -> list[InterpretationView]:
    """The interpretations that say why two of these contradict each other."""
    found = {}
    for statement in statements:
        if statement.conflicts:
            for item in interpretations_about(service().store, statement.iri):
                found[item.iri] = item
    return [found[iri] for iri in sorted(found)]
