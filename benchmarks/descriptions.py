"""Descriptions a second, cached and not, as a ratio to /healthz of the same server (`make descriptions`).

Needs wrk (Debian: wrk). One web process, four connections, one thread of wrk; each figure is the middle one
of three runs that take turns, so that what else the machine does falls on all alike.
"""

from __future__ import annotations

import shutil
import statistics
import sys
from collections.abc import Mapping

from benchmarks import rates
from benchmarks.servers import ROOT, serving

SECONDS, RUNS, CONNECTIONS = 4, 3, 4
THING = "person/anita-roussakova"
PATHS = {
    "/healthz": ("/healthz", {}),
    "description in Turtle": (f"/data/{THING}.ttl", {}),
    "description in Turtle, br": (f"/data/{THING}.ttl", {"Accept-Encoding": "br"}),
    "303 from its name": (f"/id/{THING}", {"Accept": "text/turtle"}),
    "VoID": ("/.well-known/void", {"Accept": "text/turtle"}),
}


def rate(address: str, path: str, headers: Mapping[str, str]) -> float:
    """Requests a second."""
    return rates.rate(address, [path], headers, SECONDS, CONNECTIONS)


def measure(cache: str) -> dict[str, float]:
    """Name to requests a second, with that many MiB of answers kept."""
    with serving("--store", "release", SERGEKG_ANSWER_CACHE=cache) as address:
        turtle = f"/data/{THING}.ttl"
        asked = {**PATHS, "304 by ETag": (turtle, {"If-None-Match": _etag(address + turtle)})}
        found: dict[str, list[float]] = {name: [] for name in asked}
        for _ in range(RUNS):
            for name, (path, headers) in asked.items():
                found[name].append(rate(address, path, headers))
    return {name: statistics.median(taken) for name, taken in found.items()}


def _etag(address: str) -> str:
    import urllib.request

    with urllib.request.urlopen(address) as answer:
        return str(answer.headers["ETag"])


def main() -> int:
    if shutil.which("wrk") is None:
        print("wrk is not installed: apt-get install wrk", file=sys.stderr)
        return 2
    cached, uncached = measure("64"), measure("0")
    lines = [
        "# Descriptions a second",
        "",
        "Made by `make descriptions` in one run: each figure stands beside `/healthz` of the same server.",
        f"One web process, {CONNECTIONS} connections, the middle of {RUNS} runs of {SECONDS} s, in turns.",
        "",
        "| | cached, requests/s | ratio to /healthz | uncached, requests/s | ratio to /healthz |",
        "|---|---:|---:|---:|---:|",
    ]
    for name in cached:
        lines.append(
            f"| {name} | {cached[name]:.0f} | {cached[name] / cached['/healthz']:.2f} "
            f"| {uncached[name]:.0f} | {uncached[name] / uncached['/healthz']:.3f} |"
        )
    text = "\n".join(lines) + "\n"
    (ROOT / "docs" / "descriptions.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
