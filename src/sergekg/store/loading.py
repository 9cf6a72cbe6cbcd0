"""Loads a release into a remote store by the Graph Store Protocol, in blocks, and goes on where it stopped.

Each named graph goes into a graph of its name. Servers do not agree on what a default graph is, and most
count a triple twice that stands in two graphs; so the union, each triple once, goes into a graph of its own
too, `<base>graph/union`. What is done so far stands in the store itself, in `<base>graph/loading`. A load is
called whole when the query endpoint of the store has counted what was sent.
"""

from __future__ import annotations

import http.client
import secrets
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, TypeVar
from urllib.parse import quote, urljoin

import pyoxigraph as ox

from sergekg.errors import ConfigError, QueryTimeout, StoreUnavailable
from sergekg.store.base import Store
from sergekg.store.deadline import Deadline
from sergekg.store.loaded import State, read_state, state_graph, union_graph
from sergekg.store.local import LocalStore
from sergekg.store.remote import RemoteStore
from sergekg.store.remote_results import DURATION, KEPT_DURATION
from sergekg.store.requests import PASSING
from sergekg.store.servers import about

Report = Callable[[str, int, int], None]
"""Called with what is done, how many graphs are, and of how many."""

_TIMES, _PAUSE = 4, 0.5
"""How often a block is sent or the store is asked, and seconds before the second time."""
_T = TypeVar("_T")
_REDIRECTIONS = (301, 302, 303, 307, 308)
_LONGEST = 1 << 20
"""Bytes of an answer to a change, which says little or nothing; one that is longer is none."""
_TOLD = 5
"""Graphs that one error names."""
_AGAIN = "then load again: it goes on where it stopped"
_REMOVED = "removed"
"""Stands for the digest while a release is being removed."""


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
        """The graph store at an address.

        Raises:
            ConfigError: the token cannot be sent.
        """
        known = urllib.request.HTTPPasswordMgrWithDefaultRealm()
        if user:
            known.add_password(None, address, user, password)
        opener = urllib.request.build_opener(
            _NoRedirections(),
            urllib.request.HTTPDigestAuthHandler(known),
            urllib.request.HTTPBasicAuthHandler(known),
        )
        token = token.strip()  # a file ends with a line break
        if not (token.isascii() and token.isprintable()):
            raise ConfigError("the token has characters that no header can hold", remedy="give it again")
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
                passing, said = error.code in PASSING, f"{error.code} {error.reason}"
            except (ValueError, http.client.InvalidURL) as error:
                passing, said = False, str(error)
            except OSError as error:
                passing, said = True, str(getattr(error, "reason", error))
            except http.client.HTTPException as error:
                passing, said = True, f"its answer is not HTTP, or not whole ({str(error).strip()})"
            if not passing or attempt == _TIMES:
                raise StoreUnavailable(
                    f"{self.address} did not take a part of {graph}: {_plain(said)}",
                    remedy=f"check the address, the rights and the disk of the store, {_AGAIN}",
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
    that it had noted; the block in between is sent again, which changes nothing, as graphs are sets. At the
    end, also of a load that finds everything there, all graphs are counted in the store.

    Args:
        source: the store of the release, whose default graph is the union.
        block: triples in one request.

    Raises:
        StoreError: the store does not answer, does not take it, or does not hold afterwards what it took.
    """
    mark = secrets.token_hex(8)
    names = sorted(graph.value for graph in source.named_graphs() if isinstance(graph, ox.NamedNode))
    graphs: dict[str, ox.NamedNode | ox.DefaultGraph] = {name: ox.NamedNode(name) for name in names}
    graphs[union_graph(base)] = ox.DefaultGraph()
    none = dict.fromkeys(graphs, 0)
    state = _asked(lambda: read_state(remote, base))
    if state.digest and state.digest != digest:
        # a removal that breaks off is begun again, whichever release comes next
        _note(remote, target, base, State(_REMOVED, state.sent, mark=mark))
        for number, old in enumerate(state.sent):
            report("remove the release before", number, len(state.sent))
            target.send("DELETE", old)
        state = State()
    if state.is_whole:
        _check(source, remote, target, base, replace(state, sent=none | dict(state.sent)), report)
        return 0
    done, total = none | dict(state.sent), 0
    _note(remote, target, base, State(digest, done, mark=mark))
    server = _asked(lambda: about(remote.remote, Deadline.after(remote.remote.seconds)))
    rename = (b"^^<" + DURATION, b"^^<" + KEPT_DURATION) if server.is_virtuoso else None
    for number, (name, graph) in enumerate(graphs.items()):
        report(f"load {name}", number, len(graphs))
        if done[name] == 0:
            _stay(remote, base, mark)
            target.send("DELETE", name)
        with tempfile.TemporaryFile() as file:
            source.dump(file, ox.RdfFormat.N_TRIPLES, from_graph=graph)
            file.seek(0)
            for lines in _blocks(islice(file, done[name], None), block):
                data = b"".join(lines)
                target.send("POST", name, data.replace(*rename) if rename else data)
                total += len(lines)
                done[name] += len(lines)
                _stay(remote, base, mark)
                target.send("PUT", state_graph(base), State(digest, done, mark=mark).to_line(base))
    state = State(digest, done, is_whole=True, mark=mark)
    _check(source, remote, target, base, state, report)
    _note(remote, target, base, state)
    report("load", len(graphs), len(graphs))
    return total


def _asked(ask: Callable[[], _T]) -> _T:
    """What the store answers; what fails for a passing reason is asked again, as `send` sends again.

    Raises:
        StoreError: it does not answer, or refuses.
    """
    attempt = 1
    while True:
        try:
            return ask()
        except QueryTimeout as error:
            if attempt == _TIMES:
                error.remedy = f"check that the store runs, {_AGAIN}"
                raise
        except StoreUnavailable as error:
            if attempt == _TIMES or not error.is_passing:
                error.remedy = f"{error.remedy}, {_AGAIN}"
                raise
        time.sleep(_PAUSE * 2 ** (attempt - 1))
        attempt += 1


def _note(remote: RemoteStore, target: GraphStore, base: str, state: State) -> None:
    """Write the state, and have the query endpoint show it.

    Raises:
        StoreUnavailable: it does not, so what the one address takes is not what the other answers from.
    """
    target.send("PUT", state_graph(base), state.to_line(base))
    if _asked(lambda: read_state(remote, base)) != state:
        raise StoreUnavailable(
            f"{remote.remote.address} does not show what {target.address} was sent",
            remedy="check that both are addresses of one store and neither of a page to sign in, and that"
            " nobody else loads into it",
        )


def _stay(remote: RemoteStore, base: str, mark: str) -> None:
    """Go on only while the store has the state of this run: two loads at once would mix what they send.

    Raises:
        StoreUnavailable: it has that of another.
    """
    if _asked(lambda: read_state(remote, base)).mark != mark:
        raise StoreUnavailable(
            f"somebody else loads into {remote.remote.address}", remedy="wait for that, then load again"
        )


_IS_VALUE = """(isLiteral(?o) && STRSTARTS(STR(DATATYPE(?o)), "http://www.w3.org/2001/XMLSchema#")
    && DATATYPE(?o) != <http://www.w3.org/2001/XMLSchema#string>
    && DATATYPE(?o) != <http://www.w3.org/2001/XMLSchema#duration>)"""
"""Whether a store may keep a literal as its value, and make one of the integer 12 and the decimal.

Durations stay apart: Virtuoso has them as `KEPT_DURATION`.
"""
_ALL = "SELECT (COUNT(*) AS ?n) { %s }"
_WITHOUT_VALUES = f"SELECT (COUNT(*) AS ?n) {{ %s FILTER(!{_IS_VALUE}) }}"
_VALUED = f"SELECT (COUNT(*) AS ?n) {{ SELECT DISTINCT ?s ?p {{ %s FILTER{_IS_VALUE} }} }}"
"""Subjects and properties that have a value, however many were made one."""


def _check(
    source: ox.Store, remote: RemoteStore, target: GraphStore, base: str, state: State, report: Report
) -> None:
    """Count each graph in the store. One that is wrong is noted as not begun, so that the next load mends it.

    Raises:
        StoreUnavailable: a graph does not hold what the release says.
    """
    wrong = {}
    for number, name in enumerate(state.sent):
        report(f"count {name}", number, len(state.sent))
        there = f"GRAPH <{name}> {{ ?s ?p ?o }}"
        here = "?s ?p ?o" if name == union_graph(base) else there
        if said := _difference(remote, there, LocalStore(source), here):
            wrong[name] = f"{name} {said}"
    if not wrong:
        return
    sent = {name: 0 if name in wrong else triples for name, triples in state.sent.items()}
    target.send("PUT", state_graph(base), replace(state, sent=sent, is_whole=False).to_line(base))
    told = [*islice(wrong.values(), _TOLD)]
    if len(wrong) > _TOLD:
        told.append(f"{len(wrong) - _TOLD:,} more graphs are wrong")
    raise StoreUnavailable(
        f"{remote.remote.address} does not hold what was sent: {', '.join(told)}",
        remedy="load again, which sends these graphs anew; where that does not help, check the log of the"
        f" server, and that {target.address} is one of its addresses",
    )


def _difference(remote: RemoteStore, there: str, ours: Store, here: str) -> str:
    """What is wrong with a graph in the store; nothing where only equal values have become one."""
    found, expected = _count(remote, _ALL % there), _count(ours, _ALL % here)
    if found == expected:
        return ""
    if found < expected and all(
        _count(remote, query % there) == _count(ours, query % here) for query in (_WITHOUT_VALUES, _VALUED)
    ):
        return ""
    return f"has {found:,} triples and should have {expected:,}"


def _count(store: Store, query: str) -> int:
    """The one number that a query asks for.

    Raises:
        StoreUnavailable: the answer is none.
    """
    rows = _asked(lambda: store.select(query))
    try:
        return int(str(rows[0]["n"]))
    except (IndexError, KeyError, ValueError) as cause:
        raise StoreUnavailable(
            "the store answers without a number where triples are counted",
            remedy="check the address of its query endpoint",
        ) from cause


def _blocks(all_lines: Iterator[bytes], size: int) -> Iterator[list[bytes]]:
    while lines := list(islice(all_lines, size)):
        yield lines
