"""Works out what a write would change, on a private copy of the store that is thrown away.

The keeper forks a process for each write. It may run as wild as a query: it has the same limits, and its
failure or death changes nothing. What comes back is a `Delta`; the keeper alone applies it.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
from collections.abc import Collection, Iterable
from typing import Any

import pyoxigraph as ox

from sergekg.store.delta import Delta, Unreadable, canonical, forms, line_of, lines_of, parse, remove
from sergekg.store.evaluate import Oxigraph
from sergekg.store.templates import Template
from sergekg.store.wire import DATA, DONE, ERROR, Channel, pack
from sergekg.store.worker import known_functions, limit_memory

_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


class _NoSuchGraph(ValueError):
    """A graph is not there, or is where none may be."""


class Refused(Exception):
    """The write cannot be done; the message is for the client."""


def run_writer(
    sock: socket.socket, engine: Oxigraph, memory: int, stated: Collection[bytes] | None = None
) -> None:
    """Take one write, answer with its delta, and with the state after it if that is asked for."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    limit_memory(memory)
    channel = Channel(sock)
    frame = channel.receive()
    if frame is None:
        return
    job = frame.value
    documents = [found.body for _ in job.get("formats", ()) if (found := channel.receive()) is not None]
    signal.setitimer(signal.ITIMER_REAL, job["seconds"])
    writing = Writing(engine, union=job["union"], additions=job["additions"], stated=stated)
    try:
        existed = (
            writing.graph(job, documents) if job["write"] == "graph" else writing.update(job["operations"])
        )
        delta = writing.delta()
    except SyntaxError as error:
        # without the line that Python adds to it
        _fail(channel, "syntax", SyntaxError(error.msg or str(error)), operation=writing.operation)
        return
    except Unreadable as error:
        _fail(channel, "unreadable", error)
        return
    except Refused as error:
        _fail(channel, "refused", error)
        return
    except (ValueError, RuntimeError, OSError) as error:
        _fail(channel, "evaluation", error)
        return
    signal.setitimer(signal.ITIMER_REAL, 0)
    with contextlib.suppress(OSError):
        channel.send(
            pack(DONE, {"existed": existed, "changed": not delta.is_empty}), pack(DATA, delta.to_bytes())
        )
        if channel.receive() is not None:  # any frame asks for the state after the write
            channel.send(pack(DATA, b"".join(writing.state())))


def _fail(channel: Channel, kind: str, error: BaseException, **more: object) -> None:
    signal.setitimer(signal.ITIMER_REAL, 0)
    with contextlib.suppress(OSError):
        channel.send(pack(ERROR, {"kind": kind, "message": str(error)[:2000], **more}))


class Writing:
    """One write in progress.

    Args:
        engine: a private copy; it is changed.
        union: the default graph is the union of the named graphs, and cannot be written to as such.
        additions: the graph that takes what a union store is given without a graph.
        stated: the lines that the journal has already, as the store gives them; None where there is none.
    """

    def __init__(
        self,
        engine: Oxigraph,
        *,
        union: bool,
        additions: str,
        stated: Collection[bytes] | None = None,
    ) -> None:
        self.store = store = engine.store
        self._originals = engine.originals
        self.operation = 0
        self._union, self._additions = union, ox.NamedNode(additions)
        self._stated, self._again = stated, dict[bytes, bytes]()
        self._add: dict[bytes, bytes] = {}
        self._remove: set[bytes] = set()
        self._graphs = {graph.value for graph in store.named_graphs()}

    def update(self, operations: list[dict[str, Any]]) -> bool:
        """Run operations in their order; returns True."""
        for number, operation in enumerate(operations):
            self.operation = number
            if self._union and not {"DEFAULT", "ALL"}.isdisjoint(operation["graphs"]):
                raise Refused("the default graph is the union of the named graphs; name a graph")
            if operation["kind"] == "INSERT DATA":
                self._insert_data(operation)
            elif operation["kind"] == "DELETE DATA":
                self._delete_data(operation)
            elif operation["kind"] == "MODIFY":
                self._modify(operation)
            else:
                self._manage(operation)
        return True

    def graph(self, job: dict[str, Any], documents: list[bytes]) -> bool:
        """Replace, merge into, or delete one graph; returns whether it existed."""
        name: ox.NamedNode | ox.DefaultGraph = (
            ox.NamedNode(job["graph"]) if job["graph"] else ox.DefaultGraph()
        )
        is_default = isinstance(name, ox.DefaultGraph)
        if is_default and self._union:
            if job["how"] != "merge":
                raise Refused("the default graph is the union of the named graphs; name a graph")
            name = self._additions
        existed = is_default or self.store.contains_named_graph(name)  # the union is always there
        is_default = isinstance(name, ox.DefaultGraph)
        if job["how"] in ("replace", "delete"):
            self._note_removed(list(self.store.quads_for_pattern(None, None, None, name)))
        if job["how"] != "delete":
            quads = [
                ox.Quad(quad.subject, quad.predicate, quad.object, name)
                for format, data in zip(job["formats"], documents, strict=True)
                for quad in ox.parse(
                    data,
                    _FORMATS[format],
                    base_iri=job["base"],
                    without_named_graphs=True,
                    rename_blank_nodes=True,
                )
            ]
            if not is_default:
                self.store.add_graph(name)
            self._note_stated(quads)
        elif not is_default:
            self.store.remove_graph(name)
        return existed

    def delta(self) -> Delta:
        """What has changed so far.

        Raises:
            Unreadable: the store took what could not be read again.
        """
        graphs = {graph.value for graph in self.store.named_graphs()}
        delta = Delta(
            b"".join(sorted(self._add.values())),
            b"".join(sorted(self._remove)),
            tuple(sorted(graphs - self._graphs)),
            tuple(sorted(self._graphs - graphs)),
            b"".join(sorted(self._again.values())),
        )
        delta.check()
        return delta

    def state(self) -> list[bytes]:
        """Every quad after the write, those of named graphs only if the default graph is their union."""
        lines = lines_of(self.store)
        if self._union:
            default = self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b""
            lines -= set(default.splitlines(keepends=True))
        # the store has the canonical forms of literals; who validates wants them as they were written
        return sorted(self._add.get(line) or self._originals.get(line, line) for line in lines)

    def _insert_data(self, operation: dict[str, Any]) -> None:
        scratch, quads = _read(operation["data"] or {"text": operation["text"], "block": None})
        for graph in scratch.named_graphs():
            self.store.add_graph(graph)
        self._note_stated(self._placed(quads))

    def _delete_data(self, operation: dict[str, Any]) -> None:
        _check_syntax(operation["text"])  # DELETE DATA has rules of its own
        scratch, _ = _read(operation["data"])
        self._note_removed([found for quad in scratch for found in self._found(quad)])

    def _modify(self, operation: dict[str, Any]) -> None:
        """Find the solutions, then take away what they say, then add (SPARQL 1.1 Update, 3.1.3)."""
        _check_syntax(operation["text"])
        parts = operation["modification"]
        if parts is None:
            raise ValueError("the operation cannot be told apart into DELETE, INSERT and WHERE")
        graph = ox.NamedNode(parts["graph"]) if parts["graph"] else ox.DefaultGraph()
        delete, insert = (
            Template(_read(parts[name])[1] if parts[name] else (), parts["hole"], graph)
            for name in ("delete", "insert")
        )
        dataset = parts["dataset"]
        # another handle for each: it keeps what it has merged, and an operation changes the graphs
        engine = Oxigraph(self.store, union=self._union)
        gone: dict[bytes, ox.Quad] = {}
        come: dict[bytes, ox.Quad] = {}
        for solution in engine.query(
            parts["select"], dataset["default"], dataset["named"], known_functions()
        ):
            gone |= {canonical(quad): quad for quad in delete.fill(solution)}
            come |= {canonical(quad): quad for quad in insert.fill(solution)}
        # what comes again stays as it is: where it is in a union, and in the form in which it was written
        left = [found for line, quad in gone.items() if line not in come for found in self._found(quad)]
        self._note_removed([quad for quad in left if canonical(quad) not in come])
        self._note_added(
            self._placed(
                quad
                for quad in come.values()
                if not (isinstance(quad.graph_name, ox.DefaultGraph) and quad in self.store)
            )
        )

    def _manage(self, operation: dict[str, Any]) -> None:
        """Change graphs as wholes (SPARQL 1.1 Update, 3.2)."""
        _check_syntax(operation["text"])
        try:
            if operation["kind"] == "CREATE":
                self._create(*operation["graphs"])
            elif operation["kind"] in ("CLEAR", "DROP"):
                self._clear(*operation["graphs"], is_drop=operation["kind"] == "DROP")
            else:
                self._copy(*operation["graphs"], kind=operation["kind"])
        except _NoSuchGraph:
            if not operation["silent"]:
                raise

    def _create(self, graph: str) -> None:
        if self.store.contains_named_graph(ox.NamedNode(graph)):
            raise _NoSuchGraph(f"the graph <{graph}> is there already")
        self.store.add_graph(ox.NamedNode(graph))

    def _clear(self, graph: str, *, is_drop: bool) -> None:
        graphs: list[ox.NamedNode | ox.DefaultGraph] = []
        if graph in ("NAMED", "ALL"):
            graphs += [name for name in self.store.named_graphs() if isinstance(name, ox.NamedNode)]
        if graph in ("DEFAULT", "ALL"):
            graphs.append(ox.DefaultGraph())
        for name in graphs or ([] if graph == "NAMED" else [self._existing(graph)]):
            self._note_removed(list(self.store.quads_for_pattern(None, None, None, name)))
            if is_drop and isinstance(name, ox.NamedNode):
                self.store.remove_graph(name)

    def _copy(self, source: str, target: str, *, kind: str) -> None:
        """ADD, COPY and MOVE; each fails where there is no source, as they may (3.2.3 to 3.2.5)."""
        begin = self._existing(source)
        if source == target:
            return
        end = ox.DefaultGraph() if target == "DEFAULT" else ox.NamedNode(target)
        come = [
            ox.Quad(written.subject, written.predicate, written.object, end)
            for quad in self.store.quads_for_pattern(None, None, None, begin)
            for written in [self._as_written(quad)]
        ]
        if kind != "ADD":
            self._note_removed(list(self.store.quads_for_pattern(None, None, None, end)))
        if isinstance(end, ox.NamedNode):
            self.store.add_graph(end)
        self._note_added(come)
        if kind == "MOVE":
            self._clear(source, is_drop=True)

    def _existing(self, graph: str) -> ox.NamedNode | ox.DefaultGraph:
        if graph == "DEFAULT":
            return ox.DefaultGraph()
        if not self.store.contains_named_graph(ox.NamedNode(graph)):
            raise _NoSuchGraph(f"there is no graph <{graph}>")
        return ox.NamedNode(graph)

    def _as_written(self, quad: ox.Quad) -> ox.Quad:
        line = canonical(quad)
        written = self._add.get(line) or self._originals.get(line, line)
        return quad if written == line else next(iter(parse(written)))

    def _placed(self, quads: Iterable[ox.Quad]) -> list[ox.Quad]:
        """Quads where they can be kept: a union has no default graph of its own."""
        return [
            ox.Quad(quad.subject, quad.predicate, quad.object, self._additions)
            if self._union and isinstance(quad.graph_name, ox.DefaultGraph)
            else quad
            for quad in quads
        ]

    def _found(self, quad: ox.Quad) -> list[ox.Quad]:
        """Where a quad is to be removed from: from every graph of a union, if it names none."""
        if not (self._union and isinstance(quad.graph_name, ox.DefaultGraph)):
            return [quad]
        found = self.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        return [one for one in found if not isinstance(one.graph_name, ox.DefaultGraph)]

    def _note_stated(self, quads: list[ox.Quad]) -> None:
        """Add quads; what the store has of the release alone is stated from now on, in the form it has."""
        self._note_added(quads)
        if self._stated is None:
            return
        for quad in quads:
            line = canonical(quad)
            if line not in self._add and line not in self._stated:
                self._again[line] = self._originals.get(line, line)

    def _note_added(self, quads: Iterable[ox.Quad]) -> None:
        """Add quads, and remember each as it was written under the form that the store gives it."""
        for quad in quads:
            line, written = forms(quad)
            if line in self._remove and self._originals.get(line, line) == written:
                self._remove.discard(line)
            elif quad not in self.store:
                self._add[line] = written
            self.store.add(quad)
            if self._union:
                self.store.add(ox.Quad(quad.subject, quad.predicate, quad.object))

    def _note_removed(self, quads: Iterable[ox.Quad]) -> None:
        for quad in quads:
            if quad not in self.store:
                continue
            line = canonical(quad)
            self._again.pop(line, None)
            if self._add.pop(line, None) is None:
                self._remove.add(line)
            remove(self.store, quad, union=self._union)


def _check_syntax(text: str) -> None:
    """Have the engine read an operation, which it runs on nothing.

    Raises:
        SyntaxError: it is not SPARQL.
    """
    functions = {ox.NamedNode(iri): function for iri, function in known_functions().items()}
    with contextlib.suppress(RuntimeError, ValueError, OSError):  # what fails on nothing need not fail
        ox.Store().update(text, custom_functions=functions)


def _read(data: dict[str, str | None] | None) -> tuple[ox.Store, list[ox.Quad]]:
    """The quads of a block as the engine reads them, and as they were written."""
    if data is None:
        raise ValueError("the operation cannot be told apart into its quads")
    scratch = ox.Store()
    scratch.update(data["text"] or "")
    if data["block"] is None:
        return scratch, list(scratch)
    try:
        quads = list(ox.parse(data["block"], ox.RdfFormat.TRIG, rename_blank_nodes=True))
    except SyntaxError:
        return scratch, list(scratch)
    # the engine's own reading decides what is said
    return scratch, list(scratch) if len({line_of(quad) for quad in scratch}) > len(quads) else quads
