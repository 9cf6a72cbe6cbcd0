"""Measures everything and writes docs/performance.md (`make bench`).

    python -m benchmarks.performance [--quads 1000000] [--small 100000] [--large 10000000] [--soak 600]
        [--fuzz 50000] [--place DIR] [--again]

Raw figures are kept as JSON in the place; with `--again` those that are there are not measured anew.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from benchmarks.fuzz import fuzz
from benchmarks.servers import ROOT
from benchmarks.service import run
from benchmarks.soak import soak
from benchmarks.speed import KEPT, OURS, Timing, compare, overhead, table, when_kept
from sergekg.store.large_pages import GLIBC_TUNABLES

PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True)
class Measured:
    """Figures, the day they were measured on, and the load of the quarter of an hour before they were there."""

    figures: Any
    day: str
    load: float

    def __str__(self) -> str:
        return f"Measured on {self.day}, load {self.load:.1f}."


def page(
    speeds: Sequence[tuple[int, Measured, Measured | None]],
    services: Sequence[Measured],
    soaked: Measured,
    fuzzed: Measured,
) -> str:
    """docs/performance.md.

    Args:
        speeds: for each number of quads the timings, and those beside an engine with large pages of memory.
    """
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; do not edit. The graph is synthetic (`benchmarks/graph.py`, seed 1936). sergekg",
        "is asked over HTTP with its worker pool, and keeps no answer but where “with kept answers” or “with its",
        "cache” is said, which is how it runs by default; `engine` is the same kind of Oxigraph store in the process",
        "that measures, without a server. A ratio of times tells how often sergekg’s time the peer took, one of",
        "rates (/s) how often the peer’s rate sergekg reached, so above 1 sergekg is ahead; “over” turns it round. Each",
        "is the median of pairs measured in turn, but for kept answers in the tables of queries, where medians are",
        "divided. The clients of the long run meet the cache as it is by default, one query in five past it.",
        "Virtuoso’s default graph gives a triple of two graphs twice; its answers are longer by these.",
        "",
        f"Machine: {os.cpu_count()} cores, Python {platform.python_version()}, pyoxigraph {ox.__version__}. The load",
        "is that of the last quarter of an hour of a measurement, its own included.",
    ]
    for quads, found, with_large_pages in speeds:
        timings = found.figures
        names = [name for name in timings[0].seconds if name not in (OURS, KEPT)]
        title = f"## Twenty queries over {quads:,} quads, beside {', '.join(names)}"
        lines += ["", title, "", str(found), "", table(timings), ""]
        if "engine" in timings[0].seconds:
            lines.append(f"Over the engine in its own process: {overhead(timings)}.")
        if with_large_pages:
            lines.append(
                "Over an engine that is started with large pages of memory, as the workers of sergekg are: "
                f"{overhead(with_large_pages.figures)}."
            )
        if KEPT in timings[0].seconds:
            said = [f"{name} / {OURS}: {when_kept(timings, name)}" for name in names]
            lines.append(f"With its cache of answers, as it is by default, {'; '.join(said)}.")
    for found in services:
        lines += _section(f"The service over {found.figures['quads']:,} quads", found, ("quads",))
    about = soaked.figures
    title = f"{about['clients']} clients for {about['seconds']:g} s, {about['hostile']} of them hostile"
    lines += _section(title, soaked, ("seconds", "clients", "hostile"))
    lines += _section(f"{fuzzed.figures['requests']:,} generated requests", fuzzed, ("requests",))
    return "\n".join([*lines, ""])


def _section(title: str, found: Measured, said: Sequence[str]) -> list[str]:
    rows = [f"| {name} | {_shown(value)} |" for name, value in found.figures.items() if name not in said]
    return ["", f"## {title}", "", str(found), "", "| what | measured |", "|---|---:|", *rows]


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, float):
        return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"
    return str(value)


def kept(path: Path, measure: Callable[[], Any], *, again: bool) -> Measured:
    """What a file holds, else what is measured now, which is then kept there."""
    if again and path.is_file():
        return Measured(**json.loads(path.read_text(encoding="utf-8")))
    found = {"figures": measure(), "day": date.today().isoformat(), "load": os.getloadavg()[2]}
    path.write_text(json.dumps(found), encoding="utf-8")
    return Measured(**found)


def _timings(quads: int, peers: Sequence[str], rounds: int, place: Path) -> list[dict[str, Any]]:
    found = compare(quads, peers, rounds, place)
    return [{"question": t.question, "seconds": t.seconds, "failed": t.failed} for t in found]


def _with_large_pages(quads: int, rounds: int, place: Path) -> Any:
    """As `_timings` beside the engine, in a process that is started with large pages of memory."""
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "timings.json"
        command = [sys.executable, "-m", "benchmarks.speed", "--peers", "engine", "--json", str(file)]
        options = ["--quads", str(quads), "--rounds", str(rounds), "--place", str(place)]
        environ = {**os.environ, "GLIBC_TUNABLES": GLIBC_TUNABLES}
        subprocess.run([*command, *options], env=environ, check=True, stdout=subprocess.DEVNULL)
        return json.loads(file.read_text(encoding="utf-8"))


def _as_timings(found: Measured) -> Measured:
    return Measured([Timing(**one) for one in found.figures], found.day, found.load)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quads", type=int, default=1_000_000)
    parser.add_argument(
        "--small", type=int, default=100_000, help="quads of the service beside rdflib-endpoint"
    )
    parser.add_argument("--large", type=int, default=10_000_000, help="quads beside Virtuoso; 0 for none")
    parser.add_argument("--rounds", type=int, default=5, help="three times as many beside the engine")
    parser.add_argument("--soak", type=float, default=600, help="seconds")
    parser.add_argument("--fuzz", type=int, default=50_000, help="requests")
    parser.add_argument("--place", type=Path, help="a directory to keep graphs, stores and figures in")
    parser.add_argument("--again", action="store_true", help="measure only what is not kept there")
    options = parser.parse_args()
    place = options.place or Path(tempfile.mkdtemp(prefix="sergekg-bench-"))
    place.mkdir(parents=True, exist_ok=True)
    speeds, services = [], []
    # what is compared runs at once, and each takes memory and caches from the others: few at a time
    beside: list[tuple[int, tuple[str, ...]]] = [
        (options.quads, peers) for peers in (("engine",), ("virtuoso",), (KEPT, "rdflib"))
    ]
    if options.large:
        beside.append((options.large, (KEPT, "virtuoso")))
    for quads, peers in beside:
        file = place / f"speed-{quads}-{'-'.join(peers)}.json"
        # the difference from the engine is small, and quickly measured
        rounds = options.rounds * (3 if "engine" in peers else 1)
        found = _as_timings(
            kept(file, lambda q=quads, p=peers, r=rounds: _timings(q, p, r, place), again=options.again)
        )
        large = None
        if "engine" in peers:
            file = place / f"speed-{quads}-engine-large-pages.json"
            large = _as_timings(
                kept(file, lambda q=quads, r=rounds: _with_large_pages(q, r, place), again=options.again)
            )
        speeds.append((quads, found, large))
        print(table(found.figures), flush=True)
    for quads, names in ((options.quads, ("virt",)), (options.small, ("rdflib",))):
        wanted = {name: name in names for name in ("virt", "rdflib")}
        file = place / f"service-{quads}.json"
        services.append(kept(file, lambda q=quads, w=wanted: run(q, place, **w), again=options.again))
        print(json.dumps(services[-1].figures, indent=1), flush=True)
    soaked = kept(place / "soak.json", lambda: soak(options.soak, 64), again=options.again)
    fuzzed = kept(place / "fuzz.json", lambda: fuzz(options.fuzz), again=options.again)
    PAGE.write_text(page(speeds, services, soaked, fuzzed), encoding="utf-8")


if __name__ == "__main__":
    main()
