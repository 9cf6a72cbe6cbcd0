"""How the service behaves: throughput, calm beside a long query, streams, runaways, loading.

    python -m benchmarks.service [--quads 1000000] [--place DIR] [--rdflib] [--virtuoso] [--json FILE]

Every figure is measured in this run, beside the peer that it is compared with.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import contextlib
import http.client
import json
import multiprocessing
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from benchmarks.graph import BASE, write_graph
from benchmarks.historian import Question
from benchmarks.peers import Failed, OverHttp, in_memory, make_release, ours, rdflib_endpoint
from benchmarks.servers import memory_of
from benchmarks.virtuoso import is_installed, virtuoso
from sergekg.store.keeper import load_quads

_LONG = Question(
    "long", "SELECT (COUNT(*) AS ?n) { ?a skg:statedIn ?t . ?b skg:statedIn ?t . ?c skg:statedIn ?t }"
)
_ROWS = Question("rows", "SELECT ?s ?p ?o { ?s ?p ?o }")
_STREAMED = {
    "json": ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
    "xml": ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
    "csv": ("text/csv", ox.QueryResultsFormat.CSV),
    "tsv": ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
}


def look_up(number: int) -> Question:
    """The names of one of the persons."""
    return Question("look-up", f"SELECT ?l {{ <{BASE}id/person/p{number % 500}> rdfs:label ?l }}")


def _client(address: str, seconds: float, first: int) -> int:
    """How many look-ups four threads of one process get answered."""

    def work(start: int) -> int:
        peer, count, number = OverHttp(address), 0, start
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            peer.ask(look_up(number))
            count, number = count + 1, number + 8
        return count

    with concurrent.futures.ThreadPoolExecutor(4) as threads:
        return sum(threads.map(work, range(first, first + 4)))


def throughput(address: str, seconds: float = 3) -> float:
    """Look-ups in a second with eight clients, in two processes."""
    with concurrent.futures.ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as processes:
        done = [processes.submit(_client, address, seconds, first) for first in (0, 4)]
        return sum(one.result() for one in done) / seconds


def p95_beside(address: str, seconds: float = 4) -> tuple[float, float]:
    """The 95th percentile of look-ups in ms: alone, and beside one long query."""

    def sample(until: float) -> list[float]:
        peer, times, number = OverHttp(address), [], 0
        while time.monotonic() < until:
            began = time.perf_counter()
            with contextlib.suppress(Failed):  # one that is given up counts for as long as was waited
                peer.ask(look_up(number))
            times.append((time.perf_counter() - began) * 1000)
            number += 1
            time.sleep(0.005)
        return times

    alone = sample(time.monotonic() + seconds)

    def long() -> None:
        with contextlib.suppress(Failed):
            OverHttp(address, timeout=str(seconds + 1)).ask(_LONG)

    thread = threading.Thread(target=long)
    thread.start()
    time.sleep(0.3)
    beside = sample(time.monotonic() + seconds - 0.5)
    thread.join()
    return _p95(alone), _p95(beside)


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1] if len(values) > 1 else values[0]


def stream(address: str, format: str, quads: int) -> tuple[float, float]:
    """Seconds to the first byte of the rows of everything, and MB/s to the last."""
    media, _ = _STREAMED[format]
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=120)
    began = time.perf_counter()
    query = f"{_ROWS.whole} LIMIT {min(quads, 1_000_000)}"
    connection.request(
        "POST",
        parts.path,
        urlencode({"query": query}),
        {"Content-Type": "application/x-www-form-urlencoded", "Accept": media},
    )
    answer = connection.getresponse()
    size, first = 0, 0.0
    while data := answer.read1(1 << 18):
        first = first or time.perf_counter() - began
        size += len(data)
    connection.close()
    return first, size / 1e6 / (time.perf_counter() - began)


class _Sink:
    """Counts bytes."""

    def __init__(self) -> None:
        self.size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)

    def flush(self) -> None: ...


def serialise(store: ox.Store, format: str, quads: int) -> float:
    """MB/s of the engine's own serialiser, in this process."""
    sink: Any = _Sink()
    began = time.perf_counter()
    result: Any = store.query(f"{_ROWS.whole} LIMIT {min(quads, 1_000_000)}")
    result.serialize(sink, _STREAMED[format][1])
    return float(sink.size) / 1e6 / (time.perf_counter() - began)


def runaway(address: str, limit: float = 1.0) -> tuple[float, float]:
    """Seconds past the limit at which a runaway query is answered, and those of the query after it."""
    peer = OverHttp(address, timeout=str(limit))
    endless = Question("endless", "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }")
    began = time.perf_counter()
    status, _ = peer.send(endless.whole)
    assert status == 503
    past = time.perf_counter() - began - limit
    began = time.perf_counter()
    peer.ask(look_up(1))
    return past, time.perf_counter() - began


def loading(nquads: Path, place: Path) -> tuple[float, float]:
    """Seconds of the engine's bulk load with optimize, and of ours with the union as a set."""
    spent = []
    for union in (False, True):
        with tempfile.TemporaryDirectory(dir=place) as directory:
            began = time.perf_counter()
            store = ox.Store(directory)
            load_quads(store, nquads, union=union)
            store.optimize()
            store.flush()
            spent.append(time.perf_counter() - began)
            del store
    return spent[0], spent[1]


@contextlib.contextmanager
def watching(mark: str) -> Iterator[list[int]]:
    """The most bytes that processes with this in their environment hold while the block runs."""
    most, over = [0], threading.Event()

    def watch() -> None:
        while not over.wait(0.1):
            most[0] = max(most[0], memory_of(mark))

    thread = threading.Thread(target=watch)
    thread.start()
    yield most
    over.set()
    thread.join()


def run(quads: int, place: Path, *, rdflib: bool, virt: bool) -> dict[str, Any]:
    """Every figure."""
    nquads = place / f"{quads}.nq"
    if not nquads.is_file():
        write_graph(nquads, quads)
    var = place / f"var-{quads}"
    make_release(nquads, var)
    found: dict[str, Any] = {"quads": quads}
    with ours(var) as address:
        found["look-ups/s"] = throughput(address)
        found["p95 alone, beside"] = p95_beside(address)
        raw = in_memory(nquads).store
        with watching(f"SERGEKG_VAR={var}") as most:
            time.sleep(1)
            before = most[0]
            for format in _STREAMED:
                pairs = [(stream(address, format, quads), serialise(raw, format, quads)) for _ in range(3)]
                found[f"stream {format}"] = {
                    "first byte, ms": statistics.median(first for (first, _), _ in pairs) * 1000,
                    "MB/s": statistics.median(speed for (_, speed), _ in pairs),
                    "ratio to the engine's serialiser": statistics.median(s / r for (_, s), r in pairs),
                }
            found["memory, MiB more"] = (most[0] - before) / (1 << 20)
        del raw
        past = [runaway(address) for _ in range(3)]
        found["runaway: s past the limit"] = statistics.median(one for one, _ in past)
        found["runaway: s of the query after it"] = statistics.median(after for _, after in past)
        if rdflib:
            with rdflib_endpoint(nquads) as peer:
                pairs = [(throughput(address, 2), throughput(peer, 2)) for _ in range(3)]
                found["look-ups/s, ratio to rdflib-endpoint"] = statistics.median(a / b for a, b in pairs)
                found["rdflib-endpoint: p95 alone, beside"] = p95_beside(peer)
        if virt and is_installed():
            with (
                tempfile.TemporaryDirectory(dir=place) as where,
                virtuoso(
                    Path(where) / "db", buffers=min(max(quads // 10, 20_000), 400_000), data=place
                ) as server,
            ):
                server.load(nquads)
                pairs = [(throughput(address, 2), throughput(server.query, 2)) for _ in range(3)]
                found["look-ups/s, ratio to Virtuoso"] = statistics.median(a / b for a, b in pairs)
    pairs = [loading(nquads, place) for _ in range(2)]
    found["build, ratio to bulk load and optimize"] = statistics.median(
        mine / engine for engine, mine in pairs
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument("--place", type=Path, help="a directory to keep graphs and stores in")
    parser.add_argument("--rdflib", action="store_true")
    parser.add_argument("--virtuoso", action="store_true")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        place = options.place or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place.mkdir(parents=True, exist_ok=True)
        found = run(options.quads, place, rdflib=options.rdflib, virt=options.virtuoso)
    print(json.dumps(found, indent=1, ensure_ascii=False))
    if options.json:
        options.json.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
