"""Many clients for a long time, one in ten hostile: does anything leak, fail, or slow the others down?

    python -m benchmarks.soak [--seconds 600] [--clients 64] [--json FILE]

In ten rounds the well-behaved clients ask alone, for a tenth of the time, and then beside the hostile ones,
so that both meet the same machine. Answers are kept as by default; of the queries of the well-behaved one in
five is new every time. Prints the percentiles of both, the answers by status, how the memory of
the server's processes went, and how much of the processors others on the same machine took.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import Failed, OverHttp
from benchmarks.servers import memory_of, serving

_ROUNDS = 10
_MARK = "SOAKED_SERVER"
"""Tells the processes of the server by their environment."""
CALM = (
    'SELECT ?s ?l { ?s a skg:Person ; rdfs:label ?l FILTER(?l != "NEW") } LIMIT 20',
    "SELECT ?st ?q { ?st rdf:subject <https://w3id.org/sergekg/id/person/anita-roussakova> ; skg:quote ?q }",
    "ASK { ?s skg:wasDeportedTo <https://w3id.org/sergekg/id/place/viatka> }",
    "SELECT ?status (COUNT(*) AS ?n) { ?s skg:status ?status } GROUP BY ?status",
    "CONSTRUCT { ?s skg:wasDeportedTo ?o } { ?s skg:wasDeportedTo ?o }",
)
HOSTILE = (
    "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '(a+)+(b*)*c$|(.*)*(.*)*x')) }",
    "SELECT * { ?a (!<x:y>)* ?b . ?b (!<x:z>)* ?c }",
    "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
    "SELECT * {" * 200,
    "SELECT * { ?s ?p ?o } ORDER BY RAND()",
)


class Clients:
    """Threads that ask until they are told to stop."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.calm: list[float] = []
        self.statuses: Counter[str] = Counter()

    def run(self, calm: int, hostile: int, seconds: float) -> None:
        """So many of both kinds for so long."""
        end = time.monotonic() + seconds
        kinds = [(CALM, False)] * calm + [(HOSTILE, True)] * hostile
        threads = [
            threading.Thread(target=self._work, args=(texts, is_hostile, end, number))
            for number, (texts, is_hostile) in enumerate(kinds)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self, texts: Sequence[str], is_hostile: bool, end: float, number: int) -> None:
        chance = random.Random(number)
        # every client has an address of its own, as limits are for each
        source = f"127.0.{1 + is_hostile}.{1 + number}"
        with contextlib.closing(OverHttp(f"{self.address}/sparql", 60, source=source)) as peer:
            self._ask(peer, chance, texts, is_hostile, end)

    def _ask(
        self, peer: OverHttp, chance: random.Random, texts: Sequence[str], is_hostile: bool, end: float
    ) -> None:
        while time.monotonic() < end:
            text = chance.choice(texts).replace("NEW", str(chance.random()))  # no answer to it is kept
            began = time.perf_counter()
            try:
                status, _ = peer.send(text, "*/*")
            except Failed:
                status = 0
            if not is_hostile:
                self.calm.append(time.perf_counter() - began)
            self.statuses[f"{'hostile' if is_hostile else 'calm'} {status}"] += 1
            time.sleep(chance.uniform(0.2, 0.6))  # people read


def soak(seconds: float, clients: int, *options: str) -> dict[str, Any]:
    """The figures of one run; memory in MiB, times in ms."""
    hostile = max(1, clients // 10)
    with serving(*options, "--timeout", "2", **{_MARK: "1"}) as address:
        Clients(address).run(clients - hostile, 0, 2)  # what is loaded and compiled once
        alone, together = Clients(address), Clients(address)
        taken = _processors()
        memory: list[float] = []
        done = threading.Event()

        def watch() -> None:
            while not done.wait(max(seconds / 60, 0.5)):
                memory.append(memory_of(f"{_MARK}=1") / (1 << 20))

        watcher = threading.Thread(target=watch)
        watcher.start()
        for _ in range(_ROUNDS):
            alone.run(clients - hostile, 0, max(seconds / _ROUNDS / 10, 1))
            together.run(clients - hostile, hostile, seconds / _ROUNDS)
        done.set()
        watcher.join()
        taken = [after - before for before, after in zip(taken, _processors(), strict=True)]
    half = len(memory) // 2
    both = _percentiles(alone.calm), _percentiles(together.calm)
    return {
        "seconds": seconds,
        "clients": clients,
        "hostile": hostile,
        "alone": both[0],
        "together": both[1],
        "p99, ratio": both[1]["p99"] / both[0]["p99"],
        "statuses": dict(sorted(together.statuses.items())),
        "memory, MiB": {
            "first half": statistics.median(memory[:half] or [0]),
            "second half": statistics.median(memory[half:] or [0]),
        },
        "processor time that other machines took, %": 100 * taken[1] / max(taken[0], 1),
    }


def _processors() -> list[int]:
    """Ticks of all processors so far, and those that the host of this machine gave to others."""
    with contextlib.suppress(OSError):
        fields = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]
        return [sum(map(int, fields)), int(fields[7])]
    return [0, 0]


def _percentiles(times: Sequence[float]) -> dict[str, float]:
    cuts = statistics.quantiles(times, n=100)
    return {"answers": len(times), "p50": cuts[49] * 1000, "p95": cuts[94] * 1000, "p99": cuts[98] * 1000}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--clients", type=int, default=64)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    found = soak(options.seconds, options.clients)
    print(json.dumps(found, indent=1))
    if options.json:
        with contextlib.suppress(OSError):
            options.json.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
