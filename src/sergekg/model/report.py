"""What a validation found, one `Finding` for each SHACL result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sergekg.errors import Location


class Severity(StrEnum):
    """Local names of the SHACL severities (SHACL, 3.6.2.5)."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: what is wrong (`messages` by language), with which node, and the file and line to mend."""

    severity: Severity
    focus: str
    shape: str
    messages: Mapping[str, str]
    path: str | None = None
    value: str | None = None
    where: Location | None = None

    def message(self, language: str) -> str:
        """The sentence in that language, else in French, else in whichever there is."""
        for wanted in (language, "fr", ""):
            if wanted in self.messages:
                return self.messages[wanted]
        return next(iter(self.messages.values()), self.shape)


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, and the report graph of SHACL as Turtle."""

    findings: Sequence[Finding]
    turtle: str = ""

    @property
    def conforms(self) -> bool:
        """Whether nothing stands in the way of a release; warnings and remarks do not."""
        return not any(finding.severity is Severity.VIOLATION for finding in self.findings)
