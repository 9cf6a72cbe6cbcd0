"""Every exception that sergekg raises on purpose.

    SergekgError
    ├── ConfigError             a setting that cannot be used
    │   └── ExtraMissing        something optional that is not installed
    ├── CorpusError             a file of the corpus that cannot be read
    │   └── UnknownEntity       a key that the authority list has not
    ├── SelectorError           a passage that cannot be pointed at
    │   ├── QuoteNotFound
    │   └── QuoteAmbiguous
    ├── DateError               not EDTF, or an impossible day
    ├── ShapeError              shapes or ontology that cannot be used
    │   └── ValidatorFailed     the process that runs them ended
    ├── ReconciliationError     mappings, candidates, an authority that answers nonsense
    ├── NotWritable             something that its format cannot hold
    ├── ReleaseError            no release, a damaged one, a pointer to nothing
    ├── StoreError              the store could not do it
    │   ├── QueryError          the query is wrong (line and column)
    │   │   └── GraphUnreadable a graph that was sent is wrong, in the same way
    │   ├── QueryFailed         the query is right and cannot be evaluated
    │   ├── QueryRefused        the query is right and not allowed here
    │   ├── QueryTimeout        it ran longer than it may
    │   ├── QueryTooLarge       it needs, or gives, more bytes than it may
    │   │   └── EngineFailed    the process that evaluated it ended
    │   ├── ClientGone          nobody waits for the answer any more
    │   ├── StoreBusy           too many queries at once; later it may be answered
    │   └── StoreUnavailable    nothing answers
    └── BuildError              the problems of a whole run together

An error says what, where and what to do; `str()` of it is the one line that a user reads. Data that
does not conform to the shapes is not an error but a `model.report.Report`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a file that a person edits: its path as shown to people, and a 1-based line."""

    path: str
    line: int | None = None

    def __str__(self) -> str:
        return self.path if self.line is None else f"{self.path}:{self.line}"


class SergekgError(Exception):
    """What went wrong, where, and what to do about it."""

    def __init__(self, what: str, *, where: Location | None = None, remedy: str | None = None) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f"; {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{advice}"

    def at(self, where: Location) -> SergekgError:
        """The same error, said of a place in a file, for callers that know it when the raiser did not."""
        if self.where is None:
            self.where = where
        return self


class ConfigError(SergekgError):
    """A setting that cannot be used."""


class ExtraMissing(ConfigError):
    """Something optional is not installed; says how, for an installation and for a checkout."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} needs the extra `{extra}`",
            remedy=f"pip install 'sergekg[{extra}]', or in a checkout .venv/bin/pip install -e '.[{extra}]'",
        )


class CorpusError(SergekgError):
    """A file of the corpus that cannot be read as what it should be."""


class UnknownEntity(CorpusError):
    """A key that the authority list has not, be it only because of a mistake in the list."""

    @classmethod
    def of(cls, key: str, guess: str | None, *, where: Location, called: str = "entity") -> UnknownEntity:
        """The error on a key.

        Args:
            guess: the key that was probably meant.
            called: what the key is of, as the message has it.
        """
        remedy = f"perhaps {guess!r}" if guess else "add it to the entities"
        return cls(f"unknown {called} {key!r}", where=where, remedy=remedy)


class SelectorError(SergekgError):
    """A passage that cannot be pointed at (W3C Web Annotation Data Model, 4.2)."""


class QuoteNotFound(SelectorError):
    """The words do not occur in the text."""


class QuoteAmbiguous(SelectorError):
    """The words recur and the context given does not decide."""


class DateError(SergekgError):
    """Not a date of the Extended Date/Time Format, or an impossible one."""


class ShapeError(SergekgError):
    """Shapes or an ontology that cannot be used."""


class ValidatorFailed(ShapeError):
    """The process that runs the shapes ended: it lacked memory, or somebody killed it."""


class ReconciliationError(SergekgError):
    """Mappings that cannot be trusted, or an authority that answers nonsense."""


class NotWritable(SergekgError):
    """What is to be written has something that its format cannot hold."""


class ReleaseError(SergekgError):
    """No release, a damaged one, or a pointer to nothing."""


class StoreError(SergekgError):
    """The store could not do what was asked."""


class QueryError(StoreError):
    """The query is wrong; `line` and `column` are 1-based and may be unknown."""

    def __init__(
        self, what: str, *, line: int | None = None, column: int | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(what, remedy=remedy)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return place + super().__str__()


class GraphUnreadable(QueryError):
    """A graph that was sent is not in the format that it is said to be, or cannot be kept."""


class QueryFailed(StoreError):
    """The query is well-formed and cannot be evaluated: a function that nobody knows, and the like."""


class QueryRefused(StoreError):
    """The query is well-formed and asks for something that is not allowed here."""


class QueryTimeout(StoreError):
    """The query ran longer than it may; `seconds` is the limit that it met."""

    def __init__(self, what: str, *, seconds: float, remedy: str | None = None) -> None:
        super().__init__(what, remedy=remedy)
        self.seconds = seconds


class QueryTooLarge(StoreError):
    """The query needs more memory, or gives more bytes, than it may."""


class EngineFailed(QueryTooLarge):
    """The process that evaluated a query ended: it lacked memory, or the engine gave up."""


class ClientGone(StoreError):
    """Nobody waits for the answer any more, so the query was stopped."""

    def __init__(self) -> None:
        super().__init__(
            "the query was stopped because nobody waited for it any more", remedy="send it again"
        )


class StoreBusy(StoreError):
    """Too many queries run at once; `by_client` tells whether this client's own are too many."""

    def __init__(self, what: str, *, retry_after: int, by_client: bool, remedy: str | None = None) -> None:
        super().__init__(what, remedy=remedy)
        self.retry_after = retry_after
        self.by_client = by_client


class StoreUnavailable(StoreError):
    """Nothing answers where the store should be.

    Attributes:
        retry_after: the seconds that it asks for itself.
        is_passing: whether it may answer in a moment.
    """

    def __init__(
        self,
        what: str,
        *,
        where: Location | None = None,
        retry_after: int | None = None,
        is_passing: bool = False,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.retry_after = retry_after
        self.is_passing = is_passing


class BuildError(SergekgError):
    """All problems of one run, in the order of the files and lines they stand in."""

    def __init__(self, problems: Iterable[SergekgError], *, remedy: str | None = None) -> None:
        self.problems: Sequence[SergekgError] = sorted(
            problems,
            key=lambda p: (p.where.path if p.where else "", (p.where.line or 0) if p.where else 0, p.what),
        )
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''}", remedy=remedy)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems) or self.what
