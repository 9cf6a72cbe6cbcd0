"""What sergekg is measured beside: the engine in this process, rdflib-endpoint, Virtuoso."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

import pycurl
import pyoxigraph as ox

from benchmarks.graph import BASE
from benchmarks.historian import Question
from benchmarks.servers import ROOT, free_port, serving, wait_for
from sergekg.store.filling import build_store, load_quads
from sergekg.store.local import LocalStore
from sergekg.store.textindex import TextIndex

JSON, NTRIPLES = "application/sparql-results+json", "application/n-triples"


class Peer(Protocol):
    """Answers a question whole and returns the bytes of the answer."""

    def ask(self, question: Question) -> int: ...


class Failed(Exception):
    """The peer gave an error, or took longer than anybody would wait."""


@dataclass
class InProcess:
    """The engine itself, without a server: what nothing over HTTP can beat."""

    store: ox.Store

    def ask(self, question: Question) -> int:
        out = io.BytesIO()
        result: Any = self.store.query(question.whole)
        result.serialize(out, ox.RdfFormat.N_TRIPLES if question.is_graph else ox.QueryResultsFormat.JSON)
        return out.tell()


@lru_cache(64)
def _asked(address: str, query: str, more: tuple[tuple[str, str], ...]) -> str:
    """Where a query is asked, made once: to encode it is no work of the server."""
    return f"{address}?{urlencode([('query', query), *more])}"


class OverHttp:
    """A SPARQL endpoint asked by GET over one connection that is kept open where the server lets it.

    libcurl asks: the work of a client in Python would count as the server's, and is more than some answers
    take.

    Args:
        source: the address of the loopback that the connection comes from.
        more: fields of every request.
    """

    def __init__(self, address: str, seconds: float = 60, source: str = "127.0.0.1", **more: str) -> None:
        self._address, self._more = address, more
        self._size = 0
        self._curl = pycurl.Curl()
        self._curl.setopt(pycurl.NOSIGNAL, 1)  # many threads ask
        self._curl.setopt(pycurl.PROXY, "")
        self._curl.setopt(pycurl.TIMEOUT_MS, int(seconds * 1000))
        self._curl.setopt(pycurl.INTERFACE, f"host!{source}")
        self._curl.setopt(pycurl.BUFFERSIZE, 1 << 18)
        self._curl.setopt(pycurl.WRITEFUNCTION, self._take)

    def ask(self, question: Question) -> int:
        status, size = self.send(question.whole, NTRIPLES if question.is_graph else JSON)
        if status != 200:
            raise Failed(f"status {status}")
        return size

    def send(self, query: str, accept: str = JSON) -> tuple[int, int]:
        """The status and the number of bytes of the answer to a query."""
        self._size = 0
        self._curl.setopt(pycurl.URL, _asked(self._address, query, tuple(self._more.items())))
        self._curl.setopt(pycurl.HTTPHEADER, [f"Accept: {accept}"])
        try:
            self._curl.perform()
        except pycurl.error as error:
            code, message = error.args
            raise Failed("too slow" if code == pycurl.E_OPERATION_TIMEDOUT else message) from error
        return self._curl.getinfo(pycurl.RESPONSE_CODE), self._size

    def close(self) -> None:
        """Let go of the connection."""
        self._curl.close()

    def _take(self, data: bytes) -> None:
        self._size += len(data)


def in_memory(nquads: Path) -> InProcess:
    """The engine in memory, its default graph the union."""
    store = ox.Store()
    load_quads(store, nquads, union=True)
    return InProcess(store)


def make_release(nquads: Path, var: Path) -> Path:
    """A release with the quads of a file, in service in `var`, as far as the endpoint needs one."""
    digest = hashlib.sha256(str(nquads).encode()).hexdigest()
    directory = var / "releases" / digest
    if not (directory / "release.json").is_file():
        directory.mkdir(parents=True, exist_ok=True)
        build_store(directory / "store", nquads)
        store = ox.Store.read_only(str(directory / "store"))
        count: Any = store.query("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g")
        graphs = {row["g"].value: int(row["n"].value) for row in count}
        union = len(store) - sum(graphs.values())
        del store, count
        (directory / "data.nq").hardlink_to(nquads)
        about: dict[str, Any] = dict.fromkeys(("name", "version", "license", "publisher", "contact"), "")
        about |= {
            "modified": "2026-01-01",
            "format": 1,
            "digest": digest,
            "base": BASE,
            "title": {"en": "synthetic"},
            "files": {},
        }
        about |= {
            "description": {},
            "counts": {},
            "graphs": graphs,
            "texts": [],
            "stored": {**graphs, "": union},
        }
        (directory / "release.json").write_text(json.dumps(about), encoding="utf-8")
    (var / "releases" / "current").write_text(f"{digest}\n", encoding="ascii")
    # a server makes it when somebody first searches, and it lasts as long as the release
    TextIndex.open(var / "cache" / "textsearch" / f"{digest}.sqlite", LocalStore.open(directory / "store"))
    return directory


@contextlib.contextmanager
def ours(var: Path, *options: str, cache: int = 0, **environ: str) -> Iterator[str]:
    """The endpoint of `sergekg serve` over the release in service in `var`; keeps no answers by default."""
    settings = {"SERGEKG_VAR": str(var), "SERGEKG_ANSWER_CACHE": str(cache), **environ}
    with serving(*options, **settings) as address:
        yield f"{address}/sparql"


@contextlib.contextmanager
def rdflib_endpoint(nquads: Path) -> Iterator[str]:
    """rdflib-endpoint over rdflib's own store in memory, default graph the union, by uvicorn."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.rdflib_peer", str(nquads), str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"http://127.0.0.1:{port}/?query=ASK%7B%7D", 600)
        yield f"http://127.0.0.1:{port}/"
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        process.kill()
        process.wait()


def timed(peer: Peer, question: Question) -> float:
    """Seconds of one answer."""
    began = time.perf_counter()
    peer.ask(question)
    return time.perf_counter() - began
