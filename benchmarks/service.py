"""How the service behaves: throughput, calm beside a long query, streams, runaways, loading.

    python -m benchmarks.service [--quads 1000000] [--place DIR] [--rdflib] [--virtuoso] [--json FILE]

Every figure is measured in this run, beside the peer that it is compared with.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox

from benchmarks.graph import BASE, write_graph
from benchmarks.historian import Question
from benchmarks.peers import JSON, NTRIPLES, Failed, OverHttp, in_memory, make_release, ours, rdflib_endpoint
from benchmarks.rates import rate
from benchmarks.servers import memory_of
from benchmarks.virtuoso import is_installed, virtuoso
from sergekg.build.dumps import gzip_writer, write_lines
from sergekg.store.filling import build_store

_LONG = Question(
    "long", "SELECT (COUNT(*) AS ?n) { ?a skg:statedIn ?t . ?b skg:statedIn ?t . ?c skg:statedIn ?t }"
)
_FIRST, _PERSONS = 50, 250
"""The first of the persons that are asked for, none of them in half of the texts, and how many."""
_ROWS = Question("rows", "SELECT ?s ?p ?o { ?s ?p ?o }")
_STREAMED = {
    "json": ("application/sparql-results+json", ox.QueryResultsFormat.JSON),
    "xml": ("application/sparql-results+xml", ox.QueryResultsFormat.XML),
    "csv": ("text/csv", ox.QueryResultsFormat.CSV),
    "tsv": ("text/tab-separated-values", ox.QueryResultsFormat.TSV),
}
_STREAMS = 7
"""Pairs of results that are measured of each format; of fewer, one slow one moves the median."""


def look_up(number: int) -> Question:
    """The names of one of the persons."""
    return Question("look-up", f"SELECT ?l {{ <{_person(number)}> rdfs:label ?l }}")


def _person(number: int) -> str:
    return f"{BASE}id/person/p{_FIRST + number % _PERSONS}"


def _asked(address: str, queries: Iterable[str]) -> list[str]:
    path = urlsplit(address).path
    return [f"{path}?{urlencode({'query': query})}" for query in queries]


def look_ups(address: str) -> float:
    """Look-ups a second, each of another person than the last."""
    paths = _asked(address, (look_up(number).whole for number in range(_PERSONS)))
    return rate(address, paths, {"Accept": JSON})


def descriptions(address: str, tag: str | None = None) -> float:
    """Our descriptions of persons a second; with the validator of one, answers that it still holds."""
    numbers = range(_FIRST, _FIRST + (1 if tag else _PERSONS))
    held = {"If-None-Match": tag} if tag else {}
    return rate(address, [f"/data/person/p{number}.nt" for number in numbers], held)


def described(address: str) -> float:
    """What DESCRIBE says of persons, a second."""
    paths = _asked(address, (f"DESCRIBE <{_person(number)}>" for number in range(_PERSONS)))
    return rate(address, paths, {"Accept": NTRIPLES})


def described_triples(root: str, peer: str) -> tuple[float, float]:
    """How many triples our descriptions of persons have on a page, and what DESCRIBE says of them; means."""
    mine, theirs = [], []
    for number in range(0, _PERSONS, 10):
        query = urlencode({"query": f"DESCRIBE <{_person(number)}>"})
        mine.append(_lines(f"{root}/data/person/p{_FIRST + number}.nt"))
        theirs.append(_lines(f"{peer}?{query}"))
    return statistics.mean(mine), statistics.mean(theirs)


def _lines(address: str) -> int:
    request = urllib.request.Request(address, headers={"Accept": NTRIPLES})
    with urllib.request.urlopen(request) as answer:
        return int(answer.read().count(b"\n"))


def _tag(address: str) -> str:
    with urllib.request.urlopen(address) as answer:
        return str(answer.headers["ETag"])


def export(address: str, most: int | None = None) -> tuple[float, int] | str:
    """Seconds of so many triples, or of all, as N-Triples by CONSTRUCT, and how many lines came."""
    began = time.perf_counter()
    limit = "" if most is None else f" LIMIT {most}"
    path = _asked(address, [f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ ?s ?p ?o }}{limit}"])[0]
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=600)
    connection.request("GET", path, headers={"Accept": NTRIPLES})
    answer = connection.getresponse()
    if answer.status != 200:
        return f"fails (status {answer.status})"
    lines = 0
    while data := answer.read1(1 << 18):
        lines += data.count(b"\n")
    connection.close()
    return time.perf_counter() - began, lines


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
    """Seconds to the first byte of the rows of everything, and MB/s to the last, as curl takes them."""
    media, _ = _STREAMED[format]
    path = _asked(address, [f"{_ROWS.whole} LIMIT {min(quads, 1_000_000)}"])[0]
    parts = urlsplit(address)
    command = ["curl", "-sS", "--fail", "-o", os.devnull, "-H", f"Accept: {media}"]
    shown = ["-w", "%{time_starttransfer} %{size_download} %{time_total}"]
    done = subprocess.run(
        [*command, *shown, f"http://{parts.netloc}{path}"], capture_output=True, text=True, check=True
    )
    first, size, total = map(float, done.stdout.split())
    return first, size / 1e6 / total


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


def dumping(nquads: Path, place: Path) -> tuple[float, float]:
    """Seconds of the engine's dump through gzip, and of ours of the same quads."""
    lines = nquads.read_text(encoding="utf-8").splitlines()
    store = ox.Store()
    store.bulk_load(path=str(nquads), format=ox.RdfFormat.N_QUADS)
    spent = []
    with tempfile.TemporaryDirectory(dir=place) as directory:
        for write in (
            lambda file: store.dump(file, ox.RdfFormat.N_QUADS),
            lambda file: write_lines(lines, file),
        ):
            began = time.perf_counter()
            with (Path(directory) / "all.nq.gz").open("wb") as file, gzip_writer(file) as packed:
                write(packed)
            spent.append(time.perf_counter() - began)
    return spent[0], spent[1]


def loading(nquads: Path, place: Path) -> tuple[float, float]:
    """Seconds of the engine's bulk load with optimize, and of ours with the union as a set."""

    def raw(directory: Path) -> None:
        store = ox.Store(str(directory))
        store.bulk_load(path=str(nquads), format=ox.RdfFormat.N_QUADS)
        store.optimize()
        store.flush()

    spent = []
    for build in (raw, lambda directory: build_store(directory, nquads)):
        with tempfile.TemporaryDirectory(dir=place) as directory:
            began = time.perf_counter()
            build(Path(directory))
            spent.append(time.perf_counter() - began)
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
        found["look-ups/s"] = look_ups(address)
        found["p95 alone, beside"] = p95_beside(address)
        raw = in_memory(nquads).store
        with watching(f"SERGEKG_VAR={var}") as most:
            before = -1
            while before < most[0]:  # until the workers have settled
                before = most[0]
                time.sleep(2)
            for format in _STREAMED:
                pairs = [
                    (stream(address, format, quads), serialise(raw, format, quads)) for _ in range(_STREAMS)
                ]
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
            with rdflib_endpoint(nquads) as peer, ours(var, cache=64) as keeping:
                pairs = [(look_ups(keeping), look_ups(address), look_ups(peer)) for _ in range(3)]
                found["look-ups/s with kept answers, ratio to rdflib-endpoint"] = _ratio(pairs, 0)
                found["look-ups/s, ratio to rdflib-endpoint"] = _ratio(pairs, 1)
                found["rdflib-endpoint: p95 alone, beside"] = p95_beside(peer)
        if virt and is_installed():
            with (
                tempfile.TemporaryDirectory(dir=place) as where,
                ours(var, cache=64) as keeping,
                virtuoso(
                    Path(where) / "db", buffers=min(max(quads // 10, 20_000), 400_000), data=place
                ) as server,
            ):
                server.load(nquads)
                root = keeping.removesuffix("/sparql")
                peer = server.query
                pairs = [(look_ups(keeping), look_ups(address), look_ups(peer)) for _ in range(3)]
                found["look-ups/s with kept answers, ratio to Virtuoso"] = _ratio(pairs, 0)
                found["look-ups/s, ratio to Virtuoso"] = _ratio(pairs, 1)
                tag = _tag(f"{root}/data/person/p{_FIRST}.nt")
                for number in range(_PERSONS):  # made once; the peer has every page in its buffers too
                    _tag(f"{root}/data/person/p{_FIRST + number}.nt")
                without = address.removesuffix("/sparql")
                rates = [
                    (descriptions(root), descriptions(root, tag), descriptions(without), described(peer))
                    for _ in range(3)
                ]
                found["descriptions/s with kept answers, ratio to DESCRIBE of Virtuoso"] = _ratio(rates, 0)
                found["304s/s with kept answers, ratio to DESCRIBE of Virtuoso"] = _ratio(rates, 1)
                found["descriptions/s, ratio to DESCRIBE of Virtuoso"] = _ratio(rates, 2)
                found["triples of a description, of a DESCRIBE of Virtuoso"] = described_triples(root, peer)
                for most in (None, quads // 2):
                    what = f"export of {'everything' if most is None else f'{most:,} triples'}"
                    found[f"{what}: s, lines"] = export(address, most)
                    found[f"{what} by Virtuoso: s, lines"] = export(peer, most)
    pairs = [loading(nquads, place) for _ in range(2)]
    found["build: s, over those of bulk load and optimize"] = statistics.median(
        mine / engine for engine, mine in pairs
    )
    pairs = [dumping(nquads, place) for _ in range(3)]
    found["dump as nq.gz: s, over those of dump and gzip"] = statistics.median(
        mine / raw for raw, mine in pairs
    )
    return found


def _ratio(rates: Sequence[Sequence[float]], mine: int) -> float:
    return statistics.median(one[mine] / one[-1] for one in rates)


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
