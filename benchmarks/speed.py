"""How fast the endpoint is beside its peers: medians of paired ratios over twenty queries, in one run.

    python -m benchmarks.speed [--quads 1000000] [--peers engine,kept,virtuoso,rdflib] [--rounds 5]
        [--place DIR] [--json FILE]

In each round every peer answers the query once, in turn; a ratio is that of one round, and the table gives
the median over the rounds. Above 1 the peer took longer than sergekg. The graph is synthetic (`graph`),
always the same; the answers are whole, and sergekg keeps none of them.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.graph import write_graph
from benchmarks.historian import QUESTIONS, Question
from benchmarks.peers import (
    Failed,
    InProcess,
    OverHttp,
    Peer,
    in_memory,
    make_release,
    ours,
    rdflib_endpoint,
    timed,
)
from benchmarks.virtuoso import is_installed, virtuoso
from sergekg.web.opening import SMALL

OURS, KEPT = "sergekg", "kept"
"""Without and with its cache of answers."""
_LONGEST = 20.0
"""Seconds after which a query is asked once only."""


@dataclass(frozen=True)
class Timing:
    """Seconds of each round for each peer; one that failed says why instead, and sergekg itself may be it."""

    question: str
    seconds: Mapping[str, Sequence[float]]
    failed: Mapping[str, str]

    def ratio(self, peer: str) -> float | None:
        """The median of the ratios of the rounds; None where the peer or sergekg failed."""
        if self.failed.keys() & {peer, OURS}:
            return None
        pairs = zip(self.seconds[peer], self.seconds[OURS], strict=False)
        return statistics.median(theirs / mine for theirs, mine in pairs)

    def more(self, peer: str) -> float:
        """Seconds that sergekg took more than a peer, in the median of the rounds."""
        pairs = zip(self.seconds[peer], self.seconds[OURS], strict=False)
        return statistics.median(mine - theirs for theirs, mine in pairs)

    def median(self, peer: str) -> float:
        """Seconds."""
        return statistics.median(self.seconds[peer])


def measure(question: Question, peers: Mapping[str, Peer], rounds: int) -> Timing:
    """Ask every peer in turn, after one answer each that does not count, nor does its failure."""
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    failed: dict[str, str] = {}
    for number in range(rounds + 1):
        for name, peer in peers.items():
            if name in failed or (seconds[name] and max(seconds[name]) > _LONGEST):
                continue
            try:
                spent = timed(peer, question)
            except Failed as error:
                if number:
                    failed[name] = str(error)
                continue
            if number or spent > _LONGEST:
                seconds[name].append(spent)
    return Timing(question.name, seconds, failed)


def geometric(values: Sequence[float]) -> float:
    return statistics.geometric_mean(values) if values else float("nan")


def compare(quads: int, names: Sequence[str], rounds: int, place: Path) -> list[Timing]:
    """Every question to every peer that is named, all of them running at once."""
    nquads = place / f"{quads}.nq"
    if not nquads.is_file():
        write_graph(nquads, quads)
    directory = make_release(nquads, place / f"var-{quads}")
    with contextlib.ExitStack() as stack:
        peers: dict[str, Peer] = {OURS: OverHttp(stack.enter_context(ours(place / f"var-{quads}")))}
        if "engine" in names:
            import pyoxigraph as ox

            in_ram = quads <= SMALL
            peers["engine"] = (
                in_memory(nquads) if in_ram else InProcess(ox.Store.read_only(str(directory / "store")))
            )
        if KEPT in names:
            peers[KEPT] = OverHttp(stack.enter_context(ours(place / f"var-{quads}", cache=256)))
        if "rdflib" in names:
            peers["rdflib"] = OverHttp(stack.enter_context(rdflib_endpoint(nquads)))
        if "virtuoso" in names and is_installed():
            where = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=place)))
            buffers = min(max(quads // 10, 20_000), 400_000)
            server = stack.enter_context(virtuoso(where / "db", buffers=buffers, data=place))
            server.load(nquads)
            peers["virtuoso"] = OverHttp(server.query)
        return [measure(question, peers, rounds) for question in QUESTIONS]


def table(timings: Sequence[Timing]) -> str:
    """Markdown: milliseconds of sergekg, and the ratio of every peer to it."""
    peers = [name for name in timings[0].seconds if name not in (OURS, KEPT)]
    lines = [
        f"| query | {OURS}, ms | " + " | ".join(f"{name} / {OURS}" for name in peers) + " |",
        "|---|---:|" + "---:|" * len(peers),
    ]
    for timing in timings:
        cells = [_shown(timing, peer) for peer in peers]
        mine = timing.failed.get(OURS)
        spent = f"fails ({mine})" if mine else f"{timing.median(OURS) * 1000:.1f}"
        lines.append(f"| {timing.question} | {spent} | " + " | ".join(cells) + " |")
    means = []
    for peer in peers:
        ratios = [ratio for timing in timings if (ratio := timing.ratio(peer)) is not None]
        means.append(f"{geometric(ratios):.2f}")
    lines.append("| **geometric mean** | | " + " | ".join(f"**{mean}**" for mean in means) + " |")
    return "\n".join(lines)


def _shown(timing: Timing, peer: str) -> str:
    if peer in timing.failed:
        return f"fails ({timing.failed[peer]})"
    ratio = timing.ratio(peer)
    return "" if ratio is None else f"{ratio:.2f}"


def when_kept(timings: Sequence[Timing], peer: str) -> str:
    """How much longer a peer takes than sergekg with its cache of answers, which was asked before."""
    ratios = [t.median(peer) / t.median(KEPT) for t in timings if not t.failed.keys() & {peer, KEPT}]
    failing = [t.question for t in timings if KEPT in t.failed]
    said = f"{geometric(ratios):.2f} in the geometric mean, {min(ratios, default=float('nan')):.2f} at least"
    return f"{said}; it fails at {', '.join(failing)}" if failing else said


def overhead(timings: Sequence[Timing]) -> str:
    """What the server adds to the engine: in ms below 10 ms, as a factor above."""
    ran = [t for t in timings if not t.failed.keys() & {OURS, "engine"}]
    short = [t.more("engine") * 1000 for t in ran if t.median("engine") < 0.01]
    long = [1 / (t.ratio("engine") or 1) for t in ran if t.median("engine") >= 0.01]
    said = []
    if short:
        said.append(
            f"+{statistics.median(short):.2f} ms in the median, +{max(short):.2f} ms at most (below 10 ms)"
        )
    if long:
        said.append(f"x{statistics.median(long):.2f} in the median, x{max(long):.2f} at most (from 10 ms)")
    return "; ".join(said)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument("--peers", default="engine,virtuoso")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--place", type=Path, help="a directory to keep graphs and stores in")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    with contextlib.ExitStack() as stack:
        place = options.place or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        place.mkdir(parents=True, exist_ok=True)
        timings = compare(options.quads, options.peers.split(","), options.rounds, place)
    print(table(timings))
    if "engine" in options.peers:
        print(f"\nOver the engine in its own process: {overhead(timings)}.")
    if KEPT in options.peers:
        for peer in {"rdflib", "virtuoso"} & timings[0].seconds.keys():
            print(f"\nWith its cache of answers, {peer} / {OURS}: {when_kept(timings, peer)}.")
    if options.json:
        found: list[dict[str, Any]] = [
            {"question": t.question, "seconds": dict(t.seconds), "failed": dict(t.failed)} for t in timings
        ]
        options.json.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
