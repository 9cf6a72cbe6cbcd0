"""What the store gives for a query that anybody may send: bytes in a format, within limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from sergekg.store.analysis import STORES_OWN, Dataset, Query
from sergekg.store.evaluate import GRAPHS, SOLUTIONS

SOLUTION_FORMATS = tuple(SOLUTIONS)
GRAPH_FORMATS = tuple(GRAPHS)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one query may take.

    Attributes:
        seconds: of evaluation; the time that a slow client takes to read does not count.
        rows: solutions of a SELECT.
        bytes: of the result as it is written.
    """

    seconds: float = 30.0
    rows: int = 1_000_000
    bytes: int = 1 << 30


def always() -> bool:
    """Yes: what nobody can tell of, or wait for in vain, is wanted."""
    return True


@dataclass(frozen=True, slots=True)
class Request:
    """A query with all that decides its answer.

    Attributes:
        dataset: what the protocol asked for; it takes the place of the query's own (SPARQL 1.1
            Protocol, 2.1.4).
        solutions, graph: the formats that the client prefers, keys of `SOLUTIONS` and `GRAPHS`.
        client: who asks, as far as limits for each client go; never kept or logged.
        is_wanted: whether somebody still waits for the answer; asked now and then until the answer begins.
        as_written: the graph that the query copies, if its literals are to have the forms in which they were
            written and not those of the engine; empty for the default graph.
    """

    query: Query
    limits: Limits
    dataset: Dataset = STORES_OWN
    solutions: str = "json"
    graph: str = "turtle"
    client: str = ""
    is_wanted: Callable[[], bool] = field(default=always, compare=False)
    as_written: str | None = None

    @property
    def graphs(self) -> Dataset:
        """The dataset that the query is evaluated on."""
        return self.dataset if self.dataset.is_given else self.query.dataset

    @property
    def is_bounded(self) -> bool:
        """Whether the row limit, and not the query, may end the solutions."""
        limit = self.query.limit
        return self.query.form == "SELECT" and (limit is None or limit > self.limits.rows)


INCOMPLETE = "INCOMPLETE RESULT"
"""What stands at the end of a stream of ours that is not whole, before the reason."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an answer ended: its size, how long it took, and whether the row limit cut it.

    `rows` is None for a stream that no limit of rows could cut: nobody had to count them.
    """

    rows: int | None
    bytes: int
    seconds: float
    is_cut: bool = False


class Answer(Protocol):
    """The result of a query: whole if it came quickly, else a stream."""

    @property
    def kind(self) -> str:
        """`solutions`, `boolean` or `graph`."""
        ...

    @property
    def body(self) -> bytes | None:
        """The whole result, or None if it is to be read piece by piece."""
        ...

    @property
    def outcome(self) -> Outcome | None:
        """None until the last piece was read."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """The pieces; raises `StoreError` where the result breaks off."""
        ...

    def close(self) -> None:
        """Stop the query if it still runs."""
        ...


def read_whole(answer: Answer) -> bytes:
    """All of an answer, which comes as a stream where the machine is busy.

    Raises:
        StoreError: it breaks off.
    """
    return b"".join(answer) if answer.body is None else answer.body


@dataclass(frozen=True, slots=True)
class Whole:
    """An `Answer` that was whole from the first."""

    kind: str
    body: bytes
    outcome: Outcome

    def __iter__(self) -> Iterator[bytes]:
        yield self.body

    def close(self) -> None:
        """Nothing runs any more."""


class Answering(Protocol):
    """A store that answers free queries; a `Store` may be one as well."""

    @property
    def running(self) -> int:
        """Queries that run now."""
        ...

    def answer(self, request: Request) -> Answer:
        """Begin to answer; returns once the result is whole or its first pieces are here.

        Raises:
            QueryError, QueryRefused, QueryTimeout, QueryTooLarge, StoreBusy, StoreUnavailable,
            ClientGone: as they say.
        """
        ...
