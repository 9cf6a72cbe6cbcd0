"""Loads a release into a remote store by the Graph Store Protocol, in blocks, and goes on where it stopped.

Each named graph goes into a graph of its name. Servers do not agree on what a default graph is, and most
count a triple twice that stands in two graphs; so the union, each triple once, goes into a graph of its own
too, `<base>graph/union`. What is done so far stands in the store itself, in `<base>graph/loading`.
"""

from __future__ import annotations

import http.client
import json
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import IO, Any
from urllib.parse import quote, urljoin

import pyoxigraph as ox

from sergekg.errors import StoreError, StoreUnavailable
from sergekg.store.analysis import Dataset
from sergekg.store.deadline import Deadline
from sergekg.store.remote import DURATION, KEPT_DURATION, RemoteStore, about

Report = Callable[[str, int, int], None]
"""Called with what is done, how many blocks are, and of how many."""

_TIMES, _PAUSE = 4, 0.5
"""How often a block is sent, and seconds before the second time."""
_PASSING = (429, 500, 502, 503, 504)
_REDIRECTIONS = (301, 302, 303, 307, 308)
_LONGEST = 1 << 20
"""Bytes of an answer to a change, which says little or nothing; one that is longer is none."""
_REMOVED = "removed"
"""Stands for the digest while a release is being removed."""
_STATE = "urn:x-sergekg:loaded"


def union_graph(base: str) -> str:
    """The graph that holds every triple once."""
    return f"{base}graph/union"


def state_graph(base: str) -> str:
    """The graph that says how far loading has come."""
    return f"{base}graph/loading"


class _NoRedirections(urllib.request.HTTPRedirectHandler):
    """Leaves a redirection as an error.

    The standard handler takes our credentials to whatever host is named, and makes a GET of a POST.
    """

    def redirect_request(self, *_: Any) -> None:
        return None


@dataclass(frozen=True)
class GraphStore:
    """The address of a SPARQL 1.1 Graph Store, and who we are there.

    Attributes:
        opener: answers its challenge (Basic, Digest), if it has one.
        headers: sent with every request, such as a bearer token.
        seconds: that it may be silent, and that its answer may take.
    """

    address: str
    opener: urllib.request.OpenerDirector
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 120.0

    @classmethod
    def of(cls, address: str, user: str = "", password: str = "", token: str = "") -> GraphStore:
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        if user:
            known.add_password(None, address, user, password)
        opener = urllib.request.build_opener(
            _NoRedirections(),
            urllib.request.HTTPDigestAuthHandler(known),
            urllib.request.HTTPBasicAuthHandler(known),
        )
        return cls(address, opener, {"Authorization": f"Bearer {token}"} if token else {})

    def send(self, method: str, graph: str, data: bytes | None = None) -> None:
        """Change a graph; what fails for a passing reason is tried again.

        Raises:
            StoreUnavailable: it does not answer, or refuses.
        """
        joint = "&" if "?" in self.address else "?"
        name = f"{joint}graph={quote(graph, safe='')}"
        headers = {**self.headers, **({"Content-Type": "application/n-triples"} if data is not None else {})}
        for attempt in range(1, _TIMES + 1):
            try:
                request = urllib.request.Request(self.address + name, data, headers, method=method)  # noqa: S310
                with self.opener.open(request, timeout=self.seconds) as answer:
                    _read_to_end(answer, self.seconds)
                    return
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 404 and method == "DELETE":
                    return
                if error.code in _REDIRECTIONS and (location := error.headers.get("Location")):
                    other = urljoin(self.address, location).removesuffix(name)
                    raise StoreUnavailable(
                        f"{self.address} redirects to {_plain(other)}", remedy="give that address"
                    ) from None
                passing, said = error.code in _PASSING, f"{error.code} {error.reason}"
            except (ValueError, http.client.InvalidURL) as error:
                passing, said = False, str(error)
            except OSError as error:
                passing, said = True, str(getattr(error, "reason", error))
            except http.client.HTTPException as error:
                passing, said = True, f"its answer is not HTTP, or not whole ({str(error).strip()})"
            if not passing or attempt == _TIMES:
                raise StoreUnavailable(
                    f"{self.address} did not take a part of {graph}: {_plain(said)}",
                    remedy="check the address, the rights and the disk of the store, then load again:"
                    " it goes on where it stopped",
                )
            time.sleep(_PAUSE * 2 ** (attempt - 1))


def _read_to_end(answer: Any, seconds: float) -> None:
    """Read an answer, which ends when the change is made; what it says does not matter.

    Raises:
        OSError: it does not end.
        http.client.HTTPException: it breaks off.
    """
    end, size = time.monotonic() + seconds, 0
    while data := answer.read1(_LONGEST):
        size += len(data)
        if size > _LONGEST or time.monotonic() > end:
            raise OSError("its answer does not end")
    if answer.length:
        raise http.client.IncompleteRead(b"", answer.length)


def _plain(said: str) -> str:
    """The beginning of what a server said, on one line that a terminal can show."""
    return " ".join("".join(c if c.isprintable() else " " for c in said).split())[:200]


@dataclass(frozen=True, slots=True)
class State:
    """How far a load has come: of which release, and the blocks of each graph that are there."""

    digest: str = ""
    done: Mapping[str, int] = field(default_factory=dict)
    is_whole: bool = False

    def to_line(self, base: str) -> bytes:
        said = json.dumps({"digest": self.digest, "done": dict(self.done), "whole": self.is_whole})
        literal = said.replace("\\", "\\\\").replace('"', '\\"')
        return f'<{state_graph(base)}> <{_STATE}> "{literal}" .\n'.encode()


def read_state(store: RemoteStore, base: str) -> State:
    """What the remote store says of an earlier load.

    Raises:
        StoreError: it does not answer.
    """
    rows = store.select(
        f"SELECT ?state {{ GRAPH <{state_graph(base)}> {{ <{state_graph(base)}> <{_STATE}> ?state }} }}"
    )
    if len(rows) != 1:
        return State()
    try:
        found = json.loads(str(rows[0]["state"]))
        done = {str(graph): int(blocks) for graph, blocks in found["done"].items()}
        return State(str(found["digest"]), done, bool(found["whole"]))
    except (ValueError, KeyError, TypeError, AttributeError) as cause:
        raise StoreError(
            f"the graph {state_graph(base)} of the store is not ours", remedy="remove it"
        ) from cause


def load(
    source: ox.Store,
    digest: str,
    base: str,
    remote: RemoteStore,
    target: GraphStore,
    report: Report,
    block: int = 10_000,
) -> int:
    """Bring a release into the remote store; returns the triples that were sent now.

    Another release that was loaded there goes first. A load that broke off goes on behind the last block
    that it had noted; the block in between is sent again, which changes nothing, as graphs are sets.

    Args:
        source: the store of the release, whose default graph is the union.
        block: triples in one request.

    Raises:
        StoreError: the store does not answer, or does not take it.
    """
    names = sorted(graph.value for graph in source.named_graphs() if isinstance(graph, ox.NamedNode))
    graphs: dict[str, ox.NamedNode | ox.DefaultGraph] = {name: ox.NamedNode(name) for name in names}
    graphs[union_graph(base)] = ox.DefaultGraph()
    state = read_state(remote, base)
    if state.digest and state.digest != digest:
        # a removal that breaks off is begun again, whichever release comes next
        target.send("PUT", state_graph(base), State(_REMOVED, state.done).to_line(base))
        for number, old in enumerate(state.done):
            report("remove the release before", number, len(state.done))
            target.send("DELETE", old)
        state = State()
    if state.is_whole:
        return 0
    done, sent = dict(state.done), 0
    server = about(remote.remote, Deadline.after(remote.remote.seconds))
    rename = (b"^^<" + DURATION, b"^^<" + KEPT_DURATION) if server.is_virtuoso else None
    for number, (name, graph) in enumerate(graphs.items()):
        report(f"load {name}", number, len(graphs))
        with tempfile.TemporaryFile() as file:
            source.dump(file, ox.RdfFormat.N_TRIPLES, from_graph=graph)
            file.seek(0)
            for index, lines in enumerate(_blocks(file, block)):
                if index < done.get(name, 0):
                    continue
                if index == 0:
                    target.send("DELETE", name)
                data = b"".join(lines)
                target.send("POST", name, data.replace(*rename) if rename else data)
                sent += len(lines)
                done[name] = index + 1
                target.send("PUT", state_graph(base), State(digest, done).to_line(base))
    target.send("PUT", state_graph(base), State(digest, done, is_whole=True).to_line(base))
    report("load", len(graphs), len(graphs))
    return sent


def _blocks(file: IO[bytes], size: int) -> Iterator[list[bytes]]:
    while lines := list(islice(file, size)):
        yield lines


def loaded_dataset(state: State, base: str) -> Dataset:
    """The dataset of requests to a store that was loaded: the union, and the named graphs."""
    union = union_graph(base)
    return Dataset((union,), tuple(sorted(name for name in state.done if name != union)))
