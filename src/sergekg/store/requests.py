"""One request to a SPARQL 1.1 server, and all that such servers answer instead of what was asked for."""

from __future__ import annotations

import http.client
import io
import re
import urllib.error
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from SPARQLWrapper import POST, SELECT, URLENCODED, SPARQLWrapper

from sergekg.errors import (
    QueryError,
    QueryFailed,
    QueryTimeout,
    QueryTooLarge,
    StoreError,
    StoreUnavailable,
)
from sergekg.store.analysis import Dataset
from sergekg.store.answers import INCOMPLETE
from sergekg.store.deadline import Deadline, open_within
from sergekg.store.evaluate import SOLUTIONS
from sergekg.store.nesting import Guard, guard
from sergekg.store.rendering import Rendering

_RESULTS = {"application/sparql-results+json": "json", "application/sparql-results+xml": "xml"}
_RDF = {
    "text/turtle": ox.RdfFormat.TURTLE,
    "application/n-triples": ox.RdfFormat.N_TRIPLES,
    "text/plain": ox.RdfFormat.N_TRIPLES,
    "application/rdf+xml": ox.RdfFormat.RDF_XML,
}
_ACCEPT_RESULTS = "application/sparql-results+json, application/sparql-results+xml;q=0.8"
_ACCEPT_RDF = "application/n-triples, text/turtle;q=0.9, application/rdf+xml;q=0.5"
NO_GRAPH = "urn:x-sergekg:no-graph"
"""The name of a graph that no server has."""
_VIRTUOSO_ERROR = re.compile(r"Virtuoso (?!08|40|S1T)[0-9A-Z]{5} Error ")
"""How it says with status 500 what is wrong with a query; not how a transaction fails or runs out of time."""
_VIRTUOSO_ECHO = re.compile(r" SPARQL query: .*")
"""What it was sent, graphs and all, behind what it says."""
PASSING = (429, 500, 502, 503, 504)
"""Statuses after which the same may be done a moment later."""
_MOST_SAID = 65_536
"""Bytes that are read of what a server says of an error."""
_CUT_AT = re.compile(r"(?:^|rows=)([0-9]{1,18})(?![0-9])")
"""The number of rows at which a result was cut, alone as Virtuoso says it, or in our own header."""
_BROKEN_OFF = re.compile(rf"{INCOMPLETE}: (?:more than ([0-9]{{1,18}}) rows|([^\n]*))".encode())
"""What ends a stream of ours that is not whole: the rows that it has, or why it has no more."""
_MOST_AT_END = 1000
"""Bytes of the end of a document that are kept to see that."""
_AGENT = "sergekg (SPARQLWrapper)"


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a remote store is.

    Attributes:
        address: of its query endpoint.
        seconds: that one request of a page may take.
        dataset: the graphs of a request that names none, whose named ones are all that one may name;
            `STORES_OWN` for what the server takes by itself.
    """

    address: str
    seconds: float = 30.0
    dataset: Dataset = Dataset()  # noqa: RUF009 - it is frozen

    def among(self, graphs: Dataset) -> Dataset:
        """The graphs that a request asks for, as far as they belong to ours: a server may have others."""
        if not (graphs.is_given and self.dataset.is_given):
            return graphs if graphs.is_given else self.dataset
        ours = frozenset(self.dataset.named or ())
        return Dataset(
            tuple(iri for iri in graphs.default or () if iri in ours),
            tuple(iri for iri in graphs.named or () if iri in ours),
        )


@dataclass(frozen=True, slots=True)
class Sent:
    """What a server sent: the engine's parser over it, and the cap on rows that it owns up to.

    Attributes:
        limit: of rows at which one of ours breaks off what it streams, and cuts what it does not.
        state: of which state of its data one of ours answers, in a word.
    """

    parsed: Any
    body: Body
    cap: int | None = None
    is_virtuoso: bool = False
    limit: int | None = None
    state: str | None = None


def send(
    remote: Remote, rendering: Rendering, graphs: Dataset, deadline: Deadline, *, rdf: bool = False
) -> Sent:
    """What a server answers, as the engine's parser gives it: lazily, and only if it is what it says.

    Raises:
        QueryError: the server does not read the query.
        QueryFailed: it cannot do what the query asks for.
        QueryTimeout: it takes longer than it may.
        StoreUnavailable: it is down, refuses, redirects, or answers with something else than SPARQL results
            or RDF.
    """
    wrapper = _Wrapper(remote.address, deadline)
    wrapper.setQuery(rendering.portable)
    wrapper.setMethod(POST)
    wrapper.setRequestMethod(URLENCODED)  # Virtuoso does not answer a query that is the body itself
    wrapper.setOnlyConneg(True)  # or it adds `format=xml`, which servers put before Accept
    wrapper.addCustomHttpHeader("Accept", _ACCEPT_RDF if rdf else _ACCEPT_RESULTS)
    dataset = remote.among(graphs)
    if dataset.is_given:  # servers take "no graph at all" for "every graph", so it has a name
        for iri in dataset.default or (NO_GRAPH,):
            wrapper.addParameter("default-graph-uri", iri)
        for iri in dataset.named or (NO_GRAPH,):
            wrapper.addParameter("named-graph-uri", iri)
    response = _open(wrapper, remote, deadline)
    kind = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if kind not in (_RDF if rdf else _RESULTS):
        response.close()
        raise StoreUnavailable(
            f"{remote.address} answered with {kind or 'no media type'} where SPARQL results were asked for",
            remedy="check the address of the store",
        )
    body: Any = Body(response, remote, deadline, guard(kind))
    cap, limit = _rows(response, "X-SPARQL-MaxRows", "SPARQL-Truncated"), _rows(response, "SPARQL-Row-Limit")
    if response.status == 206 and (rdf or cap is None):
        response.close()
        raise StoreUnavailable(
            f"{remote.address} cut its result", remedy="raise the limits of that server, or add a LIMIT"
        )
    is_virtuoso = (response.headers.get("Server") or "").startswith("Virtuoso")
    try:
        if rdf:
            return Sent(ox.parse(body, _RDF[kind]), body, cap, is_virtuoso)
        parsed = ox.parse_query_results(body, SOLUTIONS[_RESULTS[kind]])
        return Sent(parsed, body, cap, is_virtuoso, limit, response.headers.get("SPARQL-State"))
    except UNREADABLE as cause:
        response.close()
        raise body.failure(cause) from cause


UNREADABLE = (SyntaxError, ValueError, OSError, MemoryError)
"""What the engine's parsers raise over a document that is not what it says, or has too long a literal."""


class _Wrapper(SPARQLWrapper):
    """SPARQLWrapper, whose own way of sending waits for as long as a server likes and follows it anywhere."""

    def __init__(self, address: str, deadline: Deadline) -> None:
        super().__init__(address, agent=_AGENT)
        self._deadline = deadline

    def _parseQueryType(self, _query: str) -> str:  # noqa: N802 - its name
        """A query, not an update: what is sent was read before.

        SPARQLWrapper looks for the word with regular expressions, in strings too, in quadratic time.
        """
        return str(SELECT)

    def _query(self) -> tuple[Any, str]:
        return open_within(self._createRequest(), self._deadline), self.returnFormat


class Body(io.RawIOBase):
    """The body of a response, read within the time of the request."""

    def __init__(self, response: Any, remote: Remote, deadline: Deadline, watching: Guard) -> None:
        self._response, self._remote, self._deadline, self._watching = response, remote, deadline, watching
        self._failure: StoreError | None = None
        self._end = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            data: bytes = self._response.read1(size)
            if not data and self._response.length:
                raise http.client.IncompleteRead(b"", self._response.length)
        except TimeoutError:
            self._failure = _overrun(self._remote, self._deadline.seconds)
            raise OSError("it took too long") from None
        except (OSError, ValueError, http.client.HTTPException) as cause:
            self._failure = gone(self._remote, "the answer broke off")
            raise OSError("the answer broke off") from cause
        try:
            if data:
                self._end = (self._end + data[-_MOST_AT_END:])[-_MOST_AT_END:]
                self._watching.see(data)
            elif size:
                self._watching.end()
        except ValueError as cause:
            self._failure = self.failure(cause)
            raise OSError("it is no document") from cause
        return data

    def close(self) -> None:
        self._response.close()
        super().close()

    def failure(self, cause: BaseException) -> StoreError:
        """What went wrong while a parser read: the transport, else what was sent.

        One of ours says at the end of a document that it is not whole, and why.
        """
        if self._failure is not None:
            return self._failure
        if found := _BROKEN_OFF.search(self._end):
            if found[1]:
                return too_many(int(found[1]))
            why = " ".join(found[2].decode("utf-8", "replace").removesuffix(" --><").split())[:200]
            return StoreUnavailable(
                f"{self._remote.address} broke off its result: {why}",
                remedy="raise the limits of that server, or add a LIMIT",
            )
        said = " ".join(str(cause).split())[:200]
        return StoreUnavailable(
            f"{self._remote.address} sent a result that cannot be read: {said}", remedy="check the store"
        )


def too_many(cap: int) -> QueryTooLarge:
    """There are more rows than a store gives at once, and the rest cannot be put behind them."""
    return QueryTooLarge(
        f"the store gives {cap:,} rows at once, and these need not come in the same order again",
        remedy="add a LIMIT",
    )


def _rows(response: Any, *names: str) -> int | None:
    """The number of rows that a header tells: a cap of Virtuoso's, or one of ours, that was or may be met."""
    for name in names:
        if found := _CUT_AT.search(response.headers.get(name) or ""):
            return int(found[1])
    return None


def _open(wrapper: _Wrapper, remote: Remote, deadline: Deadline) -> Any:
    """The response, if it is one that may carry a result."""
    try:
        response: Any = wrapper.query().response
        if response.status in (200, 206):
            return response
        with response:
            said = " ".join(response.read(_MOST_SAID).decode("utf-8", "replace").split())
        said = _VIRTUOSO_ECHO.sub("", said)[:200]
    except TimeoutError:
        raise _overrun(remote, deadline.seconds) from None
    except urllib.error.URLError as cause:
        if isinstance(cause.reason, TimeoutError):
            raise _overrun(remote, deadline.seconds) from None
        raise gone(remote, cause.reason) from None
    except (OSError, ValueError, http.client.HTTPException) as cause:
        raise gone(remote, cause) from cause
    raise _refusal(remote, response, said)


def _refusal(remote: Remote, response: Any, said: str) -> StoreError:
    """What a status other than 200 and 206 means."""
    status = int(response.status)
    if status == 400:  # whoever sent the query need not know where the store is
        return QueryError(f"the store does not take the query: {said}")
    if status == 500 and _VIRTUOSO_ERROR.match(said):
        return QueryFailed(f"the store cannot do this: {said}")
    if 300 <= status < 400 and (elsewhere := response.headers.get("Location")):
        return StoreUnavailable(f"{remote.address} redirects to {elsewhere}", remedy="give that address")
    waiting = response.headers.get("Retry-After") or ""
    return StoreUnavailable(
        f"{remote.address} answered {status} {said or response.reason}".rstrip(),
        remedy="check the store",
        retry_after=int(waiting) if waiting.isdecimal() and len(waiting) < 5 else None,
        is_passing=status in PASSING,
    )


def _overrun(remote: Remote, seconds: float) -> QueryTimeout:
    return QueryTimeout(
        f"{remote.address} took longer than {seconds:g} s", seconds=seconds, remedy="narrow the query"
    )


def gone(remote: Remote, cause: object) -> StoreUnavailable:
    """Nothing came, or not all of it."""
    return StoreUnavailable(
        f"{remote.address} does not answer: {cause}", is_passing=True, remedy="check that the store runs"
    )
