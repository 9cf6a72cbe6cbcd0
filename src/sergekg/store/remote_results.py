"""The result of a query from a store elsewhere, whole, over as many requests as the server makes necessary.

A server that cuts results silently is asked for the rest, and one that gives them in another order each time
for sorted pages; what cannot be made whole is an error.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pyoxigraph as ox

from sergekg.errors import QueryError, QueryFailed, QueryTooLarge, StoreUnavailable
from sergekg.store.answers import Request
from sergekg.store.calls import projected
from sergekg.store.counting import count
from sergekg.store.deadline import Deadline
from sergekg.store.evaluate import write_result
from sergekg.store.joined import Joined, replaced
from sergekg.store.paging import sorted_page, templated, triples_of_one
from sergekg.store.rendering import Rendering
from sergekg.store.requests import UNREADABLE, Remote, send, too_many
from sergekg.store.rows import AtMost
from sergekg.store.servers import about, note_limit
from sergekg.store.streaming import pull

SILENT_CAP = 1_048_576
"""Rows after which Virtuoso ends a result as if it were whole; it is asked for the rest."""
DURATION, KEPT_DURATION = b"http://www.w3.org/2001/XMLSchema#duration", b"urn:x-sergekg:duration"
"""Virtuoso stores P5Y as the number 60; durations are kept there under a datatype that it leaves alone."""
_BLOCK = 1 << 16
_VIRTUOSO_ASK = "__ASK_RETVAL"
"""The variable of the one row by which Virtuoso says yes to an ASK in JSON; no row says no."""


def results(
    remote: Remote,
    request: Request,
    note_rows: Callable[[int], object] = lambda _: None,
    stopped: threading.Event | None = None,
    look: Callable[[], object] = lambda: None,
    deadline: Deadline | None = None,
) -> Generator[bytes, None, None]:
    """The result of a query in the format that the request asks for, piece by piece.

    Nothing is asked before the first piece is; who leaves before the last closes the connection.

    Args:
        note_rows: is told, before the end, how many solutions there are.
        stopped: set to have it end, and let go of the server, wherever it is.
        look: see `pull`.
        deadline: of all requests; None for that of the limits from now on.

    Raises:
        StoreError: the server is down, slow, refuses, or does not send what it says.
        NotWritable: the format cannot hold the result.
    """
    deadline = deadline or Deadline.after(request.limits.seconds)
    is_virtuoso = about(remote, deadline).is_virtuoso

    def write(writer: Any) -> None:
        writer = _Unhurried(writer, deadline)
        if request.query.form == "ASK":
            _write_boolean(remote, request, deadline, writer)
        elif request.query.form == "SELECT":
            note_rows(_write_solutions(remote, request, deadline, writer))
        else:
            write_result(_Graph(_triples(remote, request, deadline)), request.graph, writer)

    pieces = pull(write, stopped, look)
    try:
        yield from replaced(pieces, KEPT_DURATION, DURATION) if is_virtuoso else pieces
    finally:
        deadline.give_up()


class _Graph:
    """Triples as a result that `write_result` can write."""

    kind = "graph"

    def __init__(self, triples: Iterator[ox.Triple]) -> None:
        self._triples = triples

    def serialize(self, output: Any, format: ox.RdfFormat) -> None:
        ox.serialize(self._triples, output, format)


class _Unhurried:
    """A writer whose waiting for a slow reader is not counted (`answers.Limits`)."""

    def __init__(self, writer: Any, deadline: Deadline) -> None:
        self._writer, self._deadline = writer, deadline

    def write(self, data: bytes) -> int:
        began = time.monotonic()
        size: int = self._writer.write(data)
        self._deadline.end += time.monotonic() - began
        return size

    def flush(self) -> None:
        """Nothing is held back."""


def _write_boolean(remote: Remote, request: Request, deadline: Deadline, writer: Any) -> None:
    found = send(remote, request.query.rendering, request.graphs, deadline)
    try:
        answer = found.parsed
        if not isinstance(answer, ox.QueryBoolean):
            if [variable.value for variable in answer.variables] != [_VIRTUOSO_ASK]:
                raise found.body.failure(ValueError("solutions where a boolean was asked for"))
            said = b"true" if list(answer) else b"false"
            document = b'{"head":{},"boolean":%s}' % said
            answer = ox.parse_query_results(document, ox.QueryResultsFormat.JSON)
        while found.body.read(_BLOCK):
            """It may yet break off."""
        write_result(answer, request.solutions, writer)
    except UNREADABLE as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()


def _write_solutions(remote: Remote, request: Request, deadline: Deadline, writer: Any) -> int:
    """All solutions as one document; a server that ends a result at a cap is asked for the rest.

    Virtuoso says so beforehand and has no order of its own: it is asked again for the first, in sorted pages.
    Pages of different states do not fit together; servers that do not name theirs have to keep it.

    Returns how many it has: one more than were written, and than there may be, where there are more.
    """
    query, most = request.query, request.limits.rows
    written = AtMost(writer, request.solutions, most)
    joined: Any = Joined(written, request.solutions)
    wanted = most + 1 if query.limit is None else min(query.limit, most + 1)
    rendering = query.limited(most + 1)
    server = about(remote, deadline)
    is_virtuoso, cap = server.is_virtuoso, SILENT_CAP
    if server.limit and server.limit < wanted and query.has_pages:
        cap = server.limit
        rendering = query.part(0, cap)
    if query.limit is None and "ORDER" in query.words and is_virtuoso:
        rendering = query.rendering  # it refuses to sort for a LIMIT above ten thousand
    asked = projected(query)
    rows: int = 0
    in_order: list[str] = []
    state: str | None = None
    while True:
        found = send(remote, rendering, request.graphs, deadline)
        try:
            if rows and found.state != state:
                raise StoreUnavailable(
                    f"what {remote.address} has changed between two pages of the result", remedy="ask again"
                )
            state = found.state
            if not isinstance(found.parsed, ox.QuerySolutions):
                raise found.body.failure(ValueError("a boolean where solutions were asked for"))
            names = [variable.value for variable in found.parsed.variables]
            if asked is not None and names and asked != set(names):  # some name none where there are no rows
                raise found.body.failure(ValueError("other variables than were asked for"))
            if is_virtuoso and found.cap is not None and found.cap < wanted and not in_order:
                if not query.is_repeatable:
                    raise too_many(found.cap)
                cap, in_order = found.cap, names
                rendering = sorted_page(query, in_order, 0, min(wanted, cap))
                continue
            if found.limit and found.limit < min(wanted - rows, cap) and query.has_pages:
                cap = found.limit  # it would break off there; what has that many as its LIMIT is whole
                note_limit(remote, cap)
                rendering = query.part(rows, cap)
                continue
            write_result(found.parsed, request.solutions, joined)
        except UNREADABLE as cause:
            raise found.body.failure(cause) from cause
        finally:
            found.body.close()
        joined.end_page()
        page, rows = joined.rows - rows, joined.rows
        if rows > wanted:
            raise QueryTooLarge(f"the result has more than {most:,} rows", remedy="add a LIMIT")
        cap = min(found.cap or cap, cap)
        is_whole = page == 0 or rows == wanted or page < cap
        is_part = rows > page > 0 or (found.cap is not None and not is_whole)
        if not in_order and ((is_part and not query.has_pages) or (is_virtuoso and not is_whole)):
            raise too_many(cap)
        if is_whole:
            joined.close()
            written.close()
            return rows
        left = min(wanted - rows, page)
        rendering = sorted_page(query, in_order, rows, left) if in_order else query.part(rows, left)


def _triples(remote: Remote, request: Request, deadline: Deadline) -> Iterator[ox.Triple]:
    """All triples, over as many requests as the cap of a server makes necessary.

    Virtuoso cuts a CONSTRUCT after so many triples, a DESCRIBE after so many solutions, and does not say so.
    The triples do not tell how many solutions they come from. So where there may be more of these than a cap
    on triples lets through they are counted first.
    """
    query, most = request.query, about(remote, deadline).cap
    cap = None if most is None else most // triples_of_one(query)
    if cap == 0:
        raise too_many(most or 0)
    if cap is None or (query.limit is not None and query.limit <= cap):
        yield from _page(remote, request, deadline, query.rendering)
        return
    solutions = _count(remote, request, deadline)
    if solutions is not None and solutions <= cap:
        yield from _page(remote, request, deadline, query.rendering)
        return
    if not (query.is_repeatable and (variables := templated(query))):
        raise too_many(cap)
    skip = 0
    while query.limit is None or skip < query.limit:
        is_empty = True
        for triple in _page(remote, request, deadline, sorted_page(query, variables, skip, cap)):
            is_empty = False
            yield triple
        skip += cap
        if is_empty if solutions is None else skip >= solutions:
            return


def _page(remote: Remote, request: Request, deadline: Deadline, rendering: Rendering) -> Iterator[ox.Triple]:
    found = send(remote, rendering, request.graphs, deadline, rdf=True)
    try:
        for quad in found.parsed:
            yield quad.triple
    except UNREADABLE as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()


def _count(remote: Remote, request: Request, deadline: Deadline) -> int | None:
    """How many solutions the triples come from; None where the server cannot count them."""
    rendering = count(request.query)
    if rendering is None:
        return 1
    try:
        found = send(remote, rendering, request.graphs, deadline)
    except (QueryError, QueryFailed, StoreUnavailable):
        return None  # Virtuoso calls it an error of its own where VALUES ends a sub-query
    try:
        rows = list(found.parsed)
    except UNREADABLE as cause:
        raise found.body.failure(cause) from cause
    finally:
        found.body.close()
    try:
        (row,) = rows
        return int(row["n"].value)
    except (ValueError, TypeError, KeyError):
        return None
