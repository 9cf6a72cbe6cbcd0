"""Makes a report readable: IRIs become keys and prefixed names, focus nodes become files and lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from sergekg.errors import Location
from sergekg.iris import Iris
from sergekg.model.report import Finding, Report, Severity
from sergekg.vocab import PREFIXES

_IRI = re.compile(r"<?(https?://[^\s<>«»\"]+[^\s<>«»\".,;:)])>?")
_HEAD = {
    Severity.VIOLATION: {"fr": "faute", "en": "violation"},
    Severity.WARNING: {"fr": "à revoir", "en": "warning"},
    Severity.INFO: {"fr": "remarque", "en": "remark"},
}


def locate(report: Report, origins: Mapping[str, Location], iris: Iris) -> Report:
    """The same report, each finding with the file and line to mend where its focus node has one."""
    return replace(report, findings=[replace(f, where=_origin(f, origins, iris)) for f in report.findings])


def sentences(report: Report, language: str, iris: Iris) -> Iterator[str]:
    """One line for each finding: place, severity, sentence."""
    for finding in report.findings:
        place = f"{finding.where}: " if finding.where else ""
        head = _HEAD[finding.severity].get(language, _HEAD[finding.severity]["en"])
        text = shorten_iris(finding.message(language), iris)
        focus = "" if finding.where and not finding.path else f" [{shorten_iris(finding.focus, iris)}]"
        yield f"{place}{head}: {text}{focus}"


def shorten_iris(text: str, iris: Iris) -> str:
    """Every IRI in a sentence as the name a person knows it by."""
    return _IRI.sub(lambda match: _short(match[1], iris), text)


def _short(iri: str, iris: Iris) -> str:
    if iri.startswith(iris.base + "id/"):
        return iri.removeprefix(iris.base + "id/")
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _origin(finding: Finding, origins: Mapping[str, Location], iris: Iris) -> Location | None:
    for node in (finding.focus, finding.value or ""):
        if node in origins:
            return origins[node]
        key = iris.key(node)
        if key is not None and key.startswith("evidence/"):
            statement = str(iris.statement(key.removeprefix("evidence/")))
            if statement in origins:
                return origins[statement]
    return None
