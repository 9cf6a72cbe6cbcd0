"""Runs the W3C SPARQL 1.1 tests against running servers and writes docs/conformance.md (`make conformance`).

The tests and their runner are kept beside the checkout (`../shared`), or where SERGEKG_SHARED says; without
them nothing is run and nothing is written.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers import ROOT, serving

TOKEN = "conformance-token"
LEAST = {
    "protocol": 34,
    "graph store": 13,
    "service description": 3,
    "extra": 42,
    "update": 157,
    "query": 330,
}
"""What has to pass of each area."""
_AREAS = {
    "protocol": "protocol",
    "gsp-direct": "graph store",
    "gsp-indirect": "graph store",
    "service-description": "service description",
    "extra-protocol": "extra",
    "extra-gsp": "extra",
}
_UPDATE_GROUPS = """
    add basic-update clear copy delete delete-data delete-insert delete-where drop move syntax-update-1
    syntax-update-2 update-silent
"""
_UPDATES = frozenset(_UPDATE_GROUPS.split())
_WITHOUT_DATA = "|".join(
    (
        "service-description/",
        "syntax-query/",
        "syntax-fed/",
        "protocol/bad_query",
        "protocol/query_(get|post|content|non|syntax)",
        "extra-protocol/(plus|non_ascii|charset_ok|bad_utf8|q_values|select_types|graph_types|unknown_accept|"
        "empty_query|long_query|bad_iri|error_is_text|html_agent)$",
    )
)
_PATHS = "the engine leads no path of length zero to a term that the graph lacks"
REASONS = {
    "aggregates/agg-groupconcat-04": "the engine's GROUP_CONCAT drops the language that its members share",
    "aggregates/agg-groupconcat-06": "the engine's GROUP_CONCAT drops the language of a single member",
    "aggregates/agg-empty-group-count-graph": "the engine evaluates an aggregate in GRAPH ?g once for all",
    "bindings/graph": "the engine gives VALUES within GRAPH ?g no graph unless a pattern binds one",
    "csv-tsv-res/tsv03": "the engine keeps xsd:negativeInteger and its kin as xsd:integer",
    "functions/bnode01": "the engine's BNODE(text) makes a node at each call, not one for each solution",
    "negation/graph-minus": "the engine counts the variable of an outer GRAPH as shared in MINUS",
    "property-path/zero_or_more_set_start": _PATHS,
    "property-path/zero_or_more_set_end": _PATHS,
    "property-path/zero_or_one_set_start": _PATHS,
    "property-path/zero_or_one_set_end": _PATHS,
}
"""Why a test is not passed; a test that fails without a reason here fails the run."""


@dataclass(frozen=True)
class Outcome:
    """The tests of one run, as the runner wrote them down."""

    tests: list[dict[str, Any]]

    def counts(self) -> dict[str, tuple[int, int]]:
        """Area to tests passed and tests judged."""
        passed: Counter[str] = Counter()
        judged: Counter[str] = Counter()
        for test in self.tests:
            if test["outcome"] != "skipped":
                area = area_of(test["group"])
                judged[area] += 1
                passed[area] += test["outcome"] == "passed"
        return {area: (passed[area], judged[area]) for area in judged}

    def misses(self) -> list[str]:
        return [f"{test['group']}/{test['id']}" for test in self.tests if test["outcome"] == "failed"]


def area_of(group: str) -> str:
    return "update" if group in _UPDATES else _AREAS.get(group, "query")


def shared() -> Path | None:
    """Where the tests and their runner are, if they are."""
    place = Path(os.environ.get("SERGEKG_SHARED", ROOT.parent / "shared"))
    return place if (place / "w3c").is_dir() and (place / "tools" / "w3c_http.py").is_file() else None


def run(place: Path, query: str, update: str, *options: str) -> Outcome:
    """Run tests: queries go to one server, what prepares them and updates to another, or to the same."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory) / "report.json"
        script, tests = place / "tools" / "w3c_http.py", place / "w3c"
        command = [
            sys.executable,
            str(script),
            str(tests),
            "--token",
            TOKEN,
            "--json",
            str(report),
            "--quiet",
        ]
        command += ["--query", f"{query}/sparql", "--update", f"{update}/update"]
        command += ["--gsp", f"{update}/graph-store", *options]
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        return Outcome(json.loads(report.read_text(encoding="utf-8"))["tests"])


def run_all(place: Path) -> tuple[Outcome, Outcome]:
    """Every test on a blank writable store, and those that only read on the public configuration."""
    blank = ("--empty", "--no-shapes", "--writable", "--default-graph", "unnamed")
    with serving(*blank, SERGEKG_TOKEN=TOKEN) as trial, serving() as public:
        whole = run(place, trial, trial, "--areas", "query,update,protocol,gsp,sd,extra")
        reading = run(place, public, trial, "--areas", "query,protocol,sd,extra", "--only", _WITHOUT_DATA)
    return whole, reading


def page(whole: Outcome, reading: Outcome) -> str:
    """docs/conformance.md."""
    lines = [
        "# Conformance with the W3C SPARQL 1.1 tests",
        "",
        "Written by `make conformance`; do not edit. The tests of w3c/rdf-tests (SPARQL 1.1 less entailment",
        "and federation) are sent over HTTP to a blank store (`sergekg serve --empty --no-shapes --writable",
        "--default-graph unnamed`), with further checks of the protocol and the graph store (`extra`).",
        "",
        "| area | passed | of |",
        "|---|---:|---:|",
        *(f"| {area} | {passed} | {judged} |" for area, (passed, judged) in sorted(whole.counts().items())),
        "",
        "The tests that need no data of their own, on the public configuration (read-only, union graph):",
        "",
        "| area | passed | of |",
        "|---|---:|---:|",
        *(f"| {area} | {passed} | {judged} |" for area, (passed, judged) in sorted(reading.counts().items())),
        "",
        "## What is not passed, and why",
        "",
        "Each of these is the embedded engine's (Oxigraph); a remote store has its own.",
        "",
        "| test | reason |",
        "|---|---|",
        *(f"| {miss} | {REASONS[miss]} |" for miss in sorted({*whole.misses(), *reading.misses()})),
        "",
    ]
    return "\n".join(lines)


def main() -> None:
    """Run everything and write the page."""
    place = shared()
    if place is None:
        sys.exit("the W3C tests are not beside this checkout; nothing was run")
    whole, reading = run_all(place)
    unexplained = {*whole.misses(), *reading.misses()} - REASONS.keys()
    if unexplained:
        sys.exit(f"these fail and nobody said why: {', '.join(sorted(unexplained))}")
    (ROOT / "docs" / "conformance.md").write_text(page(whole, reading), encoding="utf-8")
    for area, (passed, judged) in sorted(whole.counts().items()):
        print(f"{area}: {passed}/{judged}")


if __name__ == "__main__":
    main()
