"""Works out what a write would change, on a private copy of the store that is thrown away.

The keeper forks a process for each write. It may run as wild as a query: it has the same limits, and its
failure or death changes nothing. What comes back is a `Delta`; the keeper alone applies it.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import socket
from typing import Any

import pyoxigraph as ox

from sergekg.store.delta import Delta, canonical, line_of, lines_of
from sergekg.store.evaluate import MERGED, Oxigraph, copy_graph
from sergekg.store.wire import DATA, DONE, ERROR, Channel, pack
from sergekg.store.worker import known_functions, limit_memory

_FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "ntriples": ox.RdfFormat.N_TRIPLES,
    "rdfxml": ox.RdfFormat.RDF_XML,
    "jsonld": ox.RdfFormat.JSON_LD,
}


class Refused(Exception):
    """The write cannot be done; the message is for the client."""


def run_writer(sock: socket.socket, engine: Oxigraph, memory: int) -> None:
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
    writing = Writing(engine, union=job["union"], additions=job["additions"])
    try:
        existed = (
            writing.graph(job, documents) if job["write"] == "graph" else writing.update(job["operations"])
        )
        delta = writing.delta()
    except SyntaxError as error:
        _fail(channel, "syntax", error, operation=writing.operation)
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
    """

    def __init__(self, engine: Oxigraph, *, union: bool, additions: str) -> None:
        self.store = store = engine.store
        self._originals = engine.originals
        self.operation = 0
        self._union, self._additions = union, ox.NamedNode(additions)
        self._add: dict[bytes, bytes] = {}
        self._remove: set[bytes] = set()
        self._graphs = {graph.value for graph in store.named_graphs()}

    def update(self, operations: list[dict[str, Any]]) -> bool:
        """Run operations in their order; returns True."""
        for number, operation in enumerate(operations):
            self.operation = number
            if self._union and operation["touches_default"]:
                raise Refused("the default graph is the union of the named graphs; name a graph")
            if operation["kind"] == "INSERT DATA" and operation["block"] is not None:
                self._insert_data(operation)
            elif operation["kind"] == "DELETE DATA":
                self._delete_data(operation)
            else:
                self._run(operation)
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
            name, is_default = self._additions, False
        existed = is_default or self.store.contains_named_graph(name)
        if job["how"] in ("replace", "delete"):
            self._note_removed(self.store.quads_for_pattern(None, None, None, name))
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
            self._note_added(quads)
        elif not is_default:
            self.store.remove_graph(name)
        return existed

    def delta(self) -> Delta:
        """What has changed so far."""
        graphs = {graph.value for graph in self.store.named_graphs()}
        return Delta(
            b"".join(sorted(self._add.values())),
            b"".join(sorted(self._remove)),
            tuple(sorted(graphs - self._graphs)),
            tuple(sorted(self._graphs - graphs)),
        )

    def state(self) -> list[bytes]:
        """Every quad after the write, those of named graphs only if the default graph is their union."""
        lines = lines_of(self.store)
        if self._union:
            default = self.store.dump(format=ox.RdfFormat.N_TRIPLES, from_graph=ox.DefaultGraph()) or b""
            lines -= set(default.splitlines(keepends=True))
        # the store has the canonical forms of literals; who validates wants them as they were written
        return sorted(self._add.get(line) or self._originals.get(line, line) for line in lines)

    def _insert_data(self, operation: dict[str, Any]) -> None:
        scratch = ox.Store()
        scratch.update(operation["text"])  # the engine's own reading decides whether it is SPARQL
        try:
            quads = list(ox.parse(operation["block"], ox.RdfFormat.TRIG, rename_blank_nodes=True))
        except SyntaxError:
            quads = list(scratch)
        if len({line_of(quad) for quad in scratch}) > len(quads):
            quads = list(scratch)
        for graph in scratch.named_graphs():
            self.store.add_graph(graph)
        self._note_added(self._placed(quads))

    def _delete_data(self, operation: dict[str, Any]) -> None:
        ox.Store().update(operation["text"])  # DELETE DATA has rules of its own
        scratch = ox.Store()
        scratch.update(operation["as_insert"])
        for quad in scratch:
            is_default = isinstance(quad.graph_name, ox.DefaultGraph)
            self._note_removed(self._everywhere(quad) if is_default and self._union else [quad])

    def _run(self, operation: dict[str, Any]) -> None:
        before = lines_of(self.store)
        if operation["using"]:
            self._merge(operation["using"])
        functions = {ox.NamedNode(iri): function for iri, function in known_functions().items()}
        try:
            self.store.update(operation["text"], custom_functions=functions)
        finally:
            if operation["using"]:
                self.store.remove_graph(ox.NamedNode(MERGED))
        after = lines_of(self.store)
        gone, come = before - after, after - before
        if self._union:
            self._settle(gone, come)
        else:
            self._count(gone, come)

    def _merge(self, graphs: list[str]) -> None:
        for iri in graphs:
            copy_graph(self.store, ox.NamedNode(iri), self.store, ox.NamedNode(MERGED))

    def _settle(self, gone: set[bytes], come: set[bytes]) -> None:
        """Bring a union store in order after an engine that does not know that it is one."""
        for quad in ox.parse(b"".join(gone), ox.RdfFormat.N_QUADS):
            if isinstance(quad.graph_name, ox.DefaultGraph):
                self._note_removed(self._everywhere(quad))
            else:
                self._note_removed([quad], is_gone=True)
        self._note_added(self._placed(ox.parse(b"".join(come), ox.RdfFormat.N_QUADS)), is_new=True)

    def _placed(self, quads: Any) -> list[ox.Quad]:
        if not self._union:
            return list(quads)
        return [
            ox.Quad(q.subject, q.predicate, q.object, self._additions)
            if isinstance(q.graph_name, ox.DefaultGraph)
            else q
            for q in quads
        ]

    def _everywhere(self, quad: ox.Quad) -> list[ox.Quad]:
        found = self.store.quads_for_pattern(quad.subject, quad.predicate, quad.object, None)
        return [one for one in found if not isinstance(one.graph_name, ox.DefaultGraph)]

    def _note_added(self, quads: list[ox.Quad], *, is_new: bool = False) -> None:
        """Add quads, and remember each as it was written under the form that the store gives it.

        Args:
            is_new: the engine has just added them.
        """
        for quad in quads:
            known = not is_new and quad in self.store
            self.store.add(quad)
            if self._union:
                self.store.add(ox.Quad(quad.subject, quad.predicate, quad.object))
            line = canonical(quad)
            if line in self._remove:
                self._remove.discard(line)
            elif not known:
                self._add[line] = line_of(quad)

    def _note_removed(self, quads: Any, *, is_gone: bool = False) -> None:
        for quad in list(quads):
            if not is_gone and quad not in self.store:
                continue
            line = canonical(quad)
            if self._add.pop(line, None) is None:
                self._remove.add(line)
            self.store.remove(quad)
            if self._union and not self._everywhere(quad):
                self.store.remove(ox.Quad(quad.subject, quad.predicate, quad.object))

    def _count(self, gone: set[bytes], come: set[bytes]) -> None:
        for line in gone:
            if self._add.pop(line, None) is None:
                self._remove.add(line)
        for line in come:
            if line in self._remove:
                self._remove.discard(line)
            else:
                self._add[line] = line
