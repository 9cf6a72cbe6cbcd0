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
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyoxigraph as ox

from benchmarks.fuzz import fuzz
from benchmarks.servers import ROOT
from benchmarks.service import run
from benchmarks.soak import soak
from benchmarks.speed import KEPT, OURS, Timing, compare, overhead, table, when_kept

PAGE = ROOT / "docs" / "performance.md"


def page(
    speeds: Sequence[tuple[int, Sequence[Timing]]],
    services: Sequence[dict[str, Any]],
    soaked: Any,
    fuzzed: Any,
) -> str:
    """docs/performance.md."""
    load = os.getloadavg()[2]
    lines = [
        "# Performance",
        "",
        "Written by `make bench`; do not edit. Every ratio is the median of pairs measured in turn in one run, on a",
        "synthetic graph (`benchmarks/graph.py`, seed 1936); above 1 the peer took longer than sergekg. sergekg is",
        "asked over HTTP with its worker pool, and without its cache of answers where nothing else is said;",
        "`engine` is the same kind of Oxigraph store in the process that measures, without a server.",
        "",
        f"Machine: {os.cpu_count()} cores, Python {platform.python_version()}, pyoxigraph {ox.__version__}; load of",
        f"the last quarter of an hour at the end {load:.1f} (above the number of cores others worked too, and times",
        "in ms are longer than on a machine of its own; ratios suffer less).",
    ]
    for quads, timings in speeds:
        names = [name for name in timings[0].seconds if name not in (OURS, KEPT)]
        title = f"## Twenty queries over {quads:,} quads, beside {', '.join(names)}"
        lines += ["", title, "", table(timings), ""]
        if "engine" in timings[0].seconds:
            lines.append(f"Over the engine in its own process: {overhead(timings)}.")
        if KEPT in timings[0].seconds:
            said = [f"{name} / {OURS}: {when_kept(timings, name)}" for name in names]
            lines.append(f"With its cache of answers, as it is by default, {'; '.join(said)}.")
    for found in services:
        lines += [
            "",
            f"## The service over {found['quads']:,} quads",
            "",
            "| what | measured |",
            "|---|---:|",
        ]
        lines += [f"| {name} | {_shown(value)} |" for name, value in found.items() if name != "quads"]
    if soaked:
        lines += [
            "",
            f"## {soaked['clients']} clients for {soaked['seconds']:g} s, {soaked['hostile']} of them hostile",
            "",
            "| what | measured |",
            "|---|---:|",
        ]
        lines += [
            f"| {name} | {_shown(value)} |"
            for name, value in soaked.items()
            if name not in ("seconds", "clients", "hostile")
        ]
    if fuzzed:
        lines += [
            "",
            f"## {fuzzed['requests']:,} generated requests",
            "",
            "| what | measured |",
            "|---|---:|",
        ]
        lines += [f"| {name} | {_shown(value)} |" for name, value in fuzzed.items() if name != "requests"]
    return "\n".join([*lines, ""])


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, float):
        return f"{value:.2f}" if value >= 0.1 else f"{value:.4f}"
    return str(value)


def kept(path: Path, measure: Callable[[], Any], *, again: bool) -> Any:
    """What a file holds, else what is measured now, which is then kept there."""
    if again and path.is_file():
        return json.loads(path.read_text(encoding="utf-8"))
    found = measure()
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


def _timings(quads: int, peers: Sequence[str], rounds: int, place: Path) -> list[dict[str, Any]]:
    found = compare(quads, peers, rounds, place)
    return [{"question": t.question, "seconds": t.seconds, "failed": t.failed} for t in found]


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
        raw = kept(file, lambda q=quads, p=peers, r=rounds: _timings(q, p, r, place), again=options.again)
        speeds.append((quads, [Timing(**one) for one in raw]))
        print(table(speeds[-1][1]), flush=True)
    for quads, names in ((options.quads, ("virt",)), (options.small, ("rdflib",))):
        wanted = {name: name in names for name in ("virt", "rdflib")}
        file = place / f"service-{quads}.json"
        services.append(kept(file, lambda q=quads, w=wanted: run(q, place, **w), again=options.again))
        print(json.dumps(services[-1], indent=1), flush=True)
    soaked = kept(place / "soak.json", lambda: soak(options.soak, 64), again=options.again)
    fuzzed = kept(place / "fuzz.json", lambda: fuzz(options.fuzz), again=options.again)
    PAGE.write_text(page(speeds, services, soaked, fuzzed), encoding="utf-8")


if __name__ == "__main__":
    main()
