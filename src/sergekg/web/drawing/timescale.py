"""Places dates on a line of years; what is uncertain is an interval."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500)
_MOST_TICKS = 9
SHORTEST = 0.35
"""Per cent of the line below which an interval is drawn as a point."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A date or interval on the line, in per cent of its length.

    Attributes:
        opens_before, opens_after: whether it runs on past its first or last end here: no known beginning or
            end, or one outside the line.
        is_vague: whether the date is qualified (`~`, `?`, `%`, an unspecified digit).
    """

    start: float
    end: float
    opens_before: bool = False
    opens_after: bool = False
    is_vague: bool = False

    @property
    def is_point(self) -> bool:
        return self.end - self.start < SHORTEST and not (self.opens_before or self.opens_after)

    @property
    def middle(self) -> float:
        return round((self.start + self.end) / 2, 2)


@dataclass(frozen=True, slots=True)
class Timescale:
    """A line from the first day of `first` to the last day of `last`, years both."""

    first: int
    last: int

    @classmethod
    def over(cls, bounds: Iterable[str]) -> Timescale | None:
        """The line that holds all these ISO days; None where there is none."""
        years = [int(day[:4]) for day in bounds if day]
        return cls(min(years), max(years)) if years else None

    @property
    def ticks(self) -> Sequence[tuple[int, float]]:
        """Years to write under the line, each with its place in per cent."""
        span = self.last - self.first + 1
        step = next((s for s in _STEPS if span / s <= _MOST_TICKS), _STEPS[-1])
        years = range(-(-self.first // step) * step, self.last + 1, step)
        return [(year, self._place(date(max(year, 1), 1, 1))) for year in years]

    def bar(self, edtf: str, earliest: str, latest: str) -> Bar:
        """Where a date lies; `earliest` and `latest` are ISO days, empty where the date is open."""
        start = self._place(date.fromisoformat(earliest)) if earliest else 0.0
        end = self._place(date.fromisoformat(latest), after=True) if latest else 100.0
        vague = any(mark in edtf for mark in "~?%X")
        before = not earliest or int(earliest[:4]) < self.first
        after = not latest or int(latest[:4]) > self.last
        return Bar(start, max(start, end), before, after, vague)

    def _place(self, day: date, *, after: bool = False) -> float:
        origin = date(max(self.first, 1), 1, 1).toordinal()
        length = date(self.last, 12, 31).toordinal() + 1 - origin
        share = (day.toordinal() + after - origin) / length
        return round(min(max(share, 0.0), 1.0) * 100, 2)
