"""Two texts side by side on the same event or thing: what agrees, what differs, what only one says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, render_template
from rdflib import URIRef
from werkzeug.exceptions import NotFound

from sergekg.vocab import SKG
from sergekg.web.addresses import thing_key
from sergekg.web.describe import is_known
from sergekg.web.interpretations import CERTAINTIES, InterpretationView, interpretations_about
from sergekg.web.service import service
from sergekg.web.site import argument, index, site
from sergekg.web.statements import StatementView, load_statements, nodes_of, statements_about

blueprint = Blueprint("compare", __name__)


VERDICTS = ("conflict", "differ", "firmness", "complete", "agree", "left", "right")
"""In the order in which a page lists them."""
SINGLE_VALUED = frozenset(
    (SKG.writtenAt, SKG.hasDate, SKG.hasCount, SKG.died, SKG.wasExecuted, SKG.committedSuicide)
)
"""Properties that can be true of one object only, so that two objects differ. Of any other, two texts that
name two objects say two things. No `owl:FunctionalProperty`: a reasoner would take the two for one thing."""


@dataclass(frozen=True)
class Line:
    """What the two texts say on one point: the same of the same, or what cannot both be so.

    Attributes:
        verdict: `agree`; `complete` (the same, dated or not dated alike, or of what may have happened more
            than once); `firmness` (the same, one less firmly); `differ` (one denies it, the dates of what
            happened once leave no room for each other, or there can be one object only); `conflict` (where
            an interpretation says that they contradict each other, be they alike or not); `left` or
            `right` (where only one speaks).
        reasons: the interpretations that say why they contradict each other.
    """

    left: Sequence[StatementView]
    right: Sequence[StatementView]
    verdict: str
    reasons: Sequence[InterpretationView] = ()

    @property
    def heading(self) -> str:
        """The verdict, with how surely they contradict each other where that is not certain."""
        surest = min(
            (r.certainty for r in self.reasons if r.certainty in CERTAINTIES),
            key=CERTAINTIES.index,
            default="certain",
        )
        is_sure = self.verdict != "conflict" or surest not in ("probable", "possible")
        return self.verdict if is_sure else f"{self.verdict}-{surest}"


@dataclass(frozen=True)
class CompareView:
    """Two texts on one thing.

    Attributes:
        conflicts: those of one of the two with itself or with a third text, which no line shows.
    """

    thing: URIRef
    left: URIRef
    right: URIRef
    documents: Sequence[URIRef]
    lines: Sequence[Line]
    conflicts: Sequence[InterpretationView]

    @property
    def counts(self) -> Mapping[tuple[str, str], int]:
        """How many lines have a verdict and heading, in the order in which the page lists them."""
        return Counter((line.verdict, line.heading) for line in self.lines)

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
    thing = service().iris.thing(thing_key(type, slug))
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
    lines = [_explained(line, conflicts) for line in lines]
    told = {reason.iri for line in lines for reason in line.reasons}
    others = load_statements(
        service().store, [URIRef(str(e)) for i in conflicts for e in (i.subject, i.object)]
    )
    site().labels.load(
        [thing, *nodes_of(statements), *nodes_of(others), *(n for i in conflicts for n in i.nodes())]
    )
    others_told = [i for i in conflicts if i.iri not in told]
    view = CompareView(thing, left, right, documents, lines, others_told)
    return render_template("side_by_side.html", view=view)


def compare_statements(left: Iterable[StatementView], right: Iterable[StatementView]) -> list[Line]:
    """Put what two texts say on the same point on one line; where they meet first, then in textual order.

    They agree if they say the same of the same, as firmly and of the same date; where only one has a date, or
    the dates leave room for each other, or it may have happened twice, they complete each other. Silence is
    not contradiction, nor is one more object of a property that may have many.
    """
    lefts, rights = list(left), list(right)
    lines: list[Line] = []
    alone: dict[tuple[str, URIRef, URIRef], list[StatementView]] = {}
    while lefts or rights:
        first = lefts[0] if lefts else rights[0]
        beside, facing = _component(first, lefts, rights)
        verdict = _verdict(beside, facing)
        if verdict in ("left", "right"):
            alone.setdefault((verdict, first.subject, first.predicate), []).extend(beside or facing)
        else:
            lines.append(Line(beside, facing, verdict))
        lefts = [s for s in lefts if s not in beside]
        rights = [s for s in rights if s not in facing]
    for (side, _, _), said in alone.items():
        lines.append(Line(said, (), side) if side == "left" else Line((), said, side))
    return sorted(lines, key=lambda line: VERDICTS.index(line.verdict))


def _component(
    first: StatementView, left: Sequence[StatementView], right: Sequence[StatementView]
) -> tuple[list[StatementView], list[StatementView]]:
    """Everything on either side that meets a statement, or meets what meets it."""
    found, waiting = {first.iri}, [first]
    while waiting:
        one = waiting.pop()
        met = [s for s in (*left, *right) if s.iri not in found and _meets(one, s)]
        found.update(s.iri for s in met)
        waiting += met
    return [s for s in left if s.iri in found], [s for s in right if s.iri in found]


def _meets(one: StatementView, other: StatementView) -> bool:
    """Whether two statements belong on one line: of one point, or of two texts that contradict each other."""
    if one.document != other.document and _contradicts(one, other):
        return True
    if (one.subject, one.predicate) != (other.subject, other.predicate):
        return False
    return one.object == other.object or one.predicate in SINGLE_VALUED


def _contradicts(one: StatementView, other: StatementView) -> bool:
    return other.iri in one.conflicts or one.iri in other.conflicts


def _verdict(left: Sequence[StatementView], right: Sequence[StatementView]) -> str:
    if not left or not right:
        return "left" if left else "right"
    pairs = [(a, b) for a in left for b in right]
    if any(_contradicts(a, b) for a, b in pairs):
        return "conflict"
    same = [(a, b) for a, b in pairs if a.object == b.object]
    alike = [(a, b) for a, b in same if a.status == b.status]
    if any(a.date == b.date for a, b in alike):
        return "agree"
    if any(_leave_room(a, b) for a, b in alike):
        return "complete"
    is_denied = any((a.status == "denied") != (b.status == "denied") for a, b in same)
    if alike or is_denied or not any(_leave_room(a, b) for a, b in same):
        return "differ"
    return "firmness" if any(_may_be_one_date(a, b) for a, b in same) else "complete"


def _leave_room(one: StatementView, other: StatementView) -> bool:
    """Whether both may be so by their dates: a man stays twice at a place, and dies once."""
    is_once = one.predicate in SINGLE_VALUED or (one.event is not None and one.event == other.event)
    return not is_once or _may_be_one_date(one, other)


def _may_be_one_date(one: StatementView, other: StatementView) -> bool:
    """Whether two dates leave room for the same day; what has no date leaves room for any."""
    if not one.date or not other.date:
        return True
    first = max(one.earliest or "0000", other.earliest or "0000")
    last = min(one.latest or "9999", other.latest or "9999")
    return first <= last


def _explained(line: Line, conflicts: Iterable[InterpretationView]) -> Line:
    """A line with the interpretations that join its two sides."""
    left, right = ({str(s.iri) for s in side} for side in (line.left, line.right))
    joining = [i for i in conflicts if _joins(str(i.subject), str(i.object), left, right)]
    return replace(line, reasons=joining)


def _joins(one: str, other: str, left: set[str], right: set[str]) -> bool:
    return (one in left and other in right) or (other in left and one in right)


def _conflicts(statements: Iterable[StatementView]) -> list[InterpretationView]:
    """The interpretations that say why two of these contradict each other."""
    found = {}
    for statement in statements:
        if statement.conflicts:
            for item in interpretations_about(service().store, statement.iri):
                found[item.iri] = item
    return [found[iri] for iri in sorted(found)]
