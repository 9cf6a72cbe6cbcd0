"""One request to a SPARQL 1.1 server, and all that such servers answer instead of what was asked for."""

from __future__ import annotations

import http.client
import io
import re
import time
import urllib.error
from dataclasses import dataclass
from typing import Any

import pyoxigraph as ox
from SPARQLWrapper import POST, URLENCODED, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed, SPARQLWrapperException

from sergekg.errors import QueryError, QueryFailed, QueryTimeout, StoreError, StoreUnavailable
from sergekg.store.analysis import Dataset
from sergekg.store.evaluate import SOLUTIONS
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
_VIRTUOSO_LIMITS = re.compile(r"Virtuoso (22023|22026|37000|42000|42001|4200\d)")
"""Its errors that lie in the query, and are answered with 500."""
_LEAST = 0.05
"""Seconds that a socket waits at least."""
_AGENT = "sergekg (SPARQLWrapper)"


@dataclass(frozen=True, slots=True)
class Remote:
    """Where a remote store is.

    Attributes:
        address: of its query endpoint.
        seconds: that one request of a page may take.
        dataset: the graphs of a request that names none; `STORES_OWN` for what the server takes by itself.
    """

    address: str
    seconds: float = 30.0
    dataset: Dataset = Dataset()  # noqa: RUF009 - it is frozen


@dataclass(slots=True)
class Deadline:
    """When an answer has to be there, over however many requests.

    Attributes:
        seconds: the time that it had from the beginning.
        end: on the monotonic clock; who waits for a slow reader may put it off.
    """

    seconds: float
    end: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(seconds, time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds that a socket may wait; a little when there are none, as 0 would mean something else."""
        return max(self.end - time.monotonic(), _LEAST)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.end


@dataclass(frozen=True, slots=True)
class Sent:
    """What a server sent: the engine's parser over it, and the cap on rows that it owns up to."""

    parsed: Any
    body: Body
    cap: int | None = None
    is_virtuoso: bool = False


def send(
    remote: Remote, rendering: Rendering, graphs: Dataset, deadline: Deadline, *, rdf: bool = False
) -> Sent:
    """What a server answers, as the engine's parser gives it: lazily, and only if it is what it says.

    Raises:
        QueryError: the server does not read the query.
        QueryTimeout: it takes longer than it may.
        StoreUnavailable: it is down, refuses, or answers with something else than SPARQL results or RDF.
    """
    wrapper = SPARQLWrapper(remote.address, agent=_AGENT)
    wrapper.setQuery(rendering.text)
    wrapper.setMethod(POST)
    wrapper.setRequestMethod(URLENCODED)  # Virtuoso does not answer a query that is the body itself
    wrapper.setOnlyConneg(True)  # or it adds `format=xml`, which servers put before Accept
    wrapper.timeout = deadline.left  # type: ignore[assignment]  # `setTimeout` drops fractions
    wrapper.addCustomHttpHeader("Accept", _ACCEPT_RDF if rdf else _ACCEPT_RESULTS)
    dataset = graphs if graphs.is_given else remote.dataset
    if dataset.is_given:  # servers take "no graph at all" for "every graph", so it has a name
        for iri in dataset.default or (NO_GRAPH,):
            wrapper.addParameter("default-graph-uri", iri)
        for iri in dataset.named or (NO_GRAPH,):
            wrapper.addParameter("named-graph-uri", iri)
    if deadline.is_over:
        raise _overrun(remote, deadline.seconds)
    response = _open(wrapper, remote, deadline.seconds)
    kind = (response.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    body: Any = Body(response, remote, deadline)
    known = kind in (_RDF if rdf else _RESULTS)
    if not known:
        response.close()
        raise StoreUnavailable(
            f"{remote.address} answered with {kind or 'no media type'} where SPARQL results were asked for",
            remedy="check the address of the store",
        )
    is_virtuoso = (response.headers.get("Server") or "").startswith("Virtuoso")
    try:
        if rdf:
            return Sent(ox.parse(body, _RDF[kind]), body, _cap(response), is_virtuoso)
        parsed = ox.parse_query_results(body, SOLUTIONS[_RESULTS[kind]])
        return Sent(parsed, body, _cap(response), is_virtuoso)
    except (SyntaxError, ValueError, OSError) as cause:
        response.close()
        raise body.failure(cause) from cause


class Body(io.RawIOBase):
    """The body of a response, read within the time of the request."""

    def __init__(self, response: Any, remote: Remote, deadline: Deadline) -> None:
        self._response, self._remote, self._deadline = response, remote, deadline
        self._failure: StoreError | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            if self._deadline.is_over:
                raise TimeoutError
            if self._response.fp is not None:  # the socket is not reached otherwise
                self._response.fp.raw._sock.settimeout(self._deadline.left)
            data: bytes = self._response.read1(size)
            if not data and self._response.length:
                raise http.client.IncompleteRead(b"", self._response.length)
        except TimeoutError:
            self._failure = _overrun(self._remote, self._deadline.seconds)
            raise OSError("it took too long") from None
        except (OSError, ValueError, http.client.HTTPException) as cause:
            self._failure = gone(self._remote, "the answer broke off")
            raise OSError("the answer broke off") from cause
        return data

    def close(self) -> None:
        self._response.close()
        super().close()

    def failure(self, cause: BaseException) -> StoreError:
        """What went wrong while a parser read: the transport, else what was sent."""
        if self._failure is not None:
            return self._failure
        said = " ".join(str(cause).split())[:200]
        return StoreUnavailable(
            f"{self._remote.address} sent a result that cannot be read: {said}", remedy="check the store"
        )


def _cap(response: Any) -> int | None:
    """The cap on rows that Virtuoso tells in a header when it has one."""
    said = response.headers.get("X-SPARQL-MaxRows") or ""
    return int(said) if said.isdecimal() else None


def _open(wrapper: SPARQLWrapper, remote: Remote, seconds: float) -> Any:
    try:
        return wrapper.query().response
    except QueryBadFormed as cause:
        raise QueryError(f"{remote.address} does not take the query: {_words(cause)}") from None
    except SPARQLWrapperException as cause:
        if _VIRTUOSO_LIMITS.search(_words(cause)):
            raise QueryFailed(f"{remote.address} cannot do this: {_words(cause)}") from None
        raise StoreUnavailable(
            f"{remote.address} refused: {_words(cause)}", remedy="check the store"
        ) from None
    except urllib.error.HTTPError as cause:
        cause.close()
        raise StoreUnavailable(
            f"{remote.address} answered {cause.code} {cause.reason}", remedy="check the store"
        ) from None
    except TimeoutError:
        raise _overrun(remote, seconds) from None
    except urllib.error.URLError as cause:
        if isinstance(cause.reason, TimeoutError):
            raise _overrun(remote, seconds) from None
        raise gone(remote, cause.reason) from None
    except (OSError, ValueError, http.client.HTTPException) as cause:
        raise gone(remote, cause) from cause


def _words(error: SPARQLWrapperException) -> str:
    """The beginning of what a server said, as plain text on one line."""
    response = error.args[0].rpartition("Response:\n")[2] if error.args else ""
    if response.startswith(("b'", 'b"')):
        response = response[2:-1].encode("ascii", "replace").decode("unicode_escape", "replace")
    return " ".join(response.split())[:200] or error.msg


def _overrun(remote: Remote, seconds: float) -> QueryTimeout:
    return QueryTimeout(
        f"{remote.address} took longer than {seconds:g} s", seconds=seconds, remedy="narrow the query"
    )


def gone(remote: Remote, cause: object) -> StoreUnavailable:
    """Nothing came, or not all of it."""
    return StoreUnavailable(f"{remote.address} does not answer: {cause}", remedy="check that the store runs")
