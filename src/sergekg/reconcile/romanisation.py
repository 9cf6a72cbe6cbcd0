"""How far a Latin form is a writing of a Cyrillic name: an alignment over a table of romanisations.

Transliterating the query asks which system it follows; a press form of the 1930s follows several at once
(Wladimir, Tchitcherine, Joukoff). So every way in which a letter was written is tried, each at its cost
(`romanisation.tsv`), and the cheapest alignment counts: Levenshtein's distance with renderings as free moves.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import Levenshtein

from sergekg.reconcile.tables import read_table

LEAST = 0.65
"""Likenesses below this are not worked out: such names have nothing to do with each other."""
MISPRINT = 1.0
"""A letter too many, too few or wrong; everything else in the table costs a fraction of it."""
DOUBLED = 0.05
MUTE_E = 0.02
MUTE_H = 0.1
CONFUSED = 0.7
"""Two letters that print or read alike: n and u, e and c, i and l."""
_LOOKALIKES = frozenset(
    map(frozenset, ("nu", "ec", "il", "eo", "ao", "hb", "vy", "ft", "rn", "ea", "oe", "ae", "mn"))
)
_FRAME = str.maketrans(
    dict.fromkeys("acdeghijkopqstuxyz" + "агдеёжзийкопстухцчшщъыьэюяіїєґў", ".")
    | {"w": "v", "f": "v"}
    | dict(zip("лмнрбвф", "lmnrbvv", strict=True))
)
_LATIN = str.maketrans(
    {"ł": "l", "ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ı": "i", "ä": "ae", "ö": "oe"}
)
_CYRILLIC = re.compile("[\u0400-\u052f]")
_OLD_CYRILLIC = str.maketrans({"ѣ": "е", "ѳ": "ф", "ѵ": "и"})


@dataclass(frozen=True, slots=True)
class Rendering:
    """One way to write Cyrillic letters in Latin; `where` is `^`, `$` or empty."""

    cyrillic: str
    latin: str
    cost: float
    where: str


@lru_cache(maxsize=262144)
def fold_latin(name: str) -> str:
    """Lower case, no accents, no marks: the letters a to z that forms are compared by.

    >>> fold_latin("Ivanov-Razoumnik")
    'ivanovrazoumnik'
    """
    lowered = unicodedata.normalize("NFC", name).lower().translate(_LATIN)
    return "".join(c for c in unicodedata.normalize("NFKD", lowered) if "a" <= c <= "z")


def fold_cyrillic(name: str) -> str:
    """Lower case, no stress marks, modern letters; ё and й stay."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).replace("\u0301", ""))
    lowered = composed.lower().translate(_OLD_CYRILLIC)
    letters = "".join(c for c in lowered if "а" <= c <= "я" or c in "ёіїєґў")
    return letters[:-1] if lowered.rstrip().endswith("ъ") else letters


def is_cyrillic(name: str) -> bool:
    """Whether any letter of the name is Cyrillic."""
    return _CYRILLIC.search(name) is not None


@lru_cache(maxsize=1)
def renderings() -> dict[str, tuple[Rendering, ...]]:
    """The table, by the first Cyrillic letter of each rendering."""
    table: dict[str, list[Rendering]] = {}
    for row in read_table("romanisation"):
        rendering = Rendering(row["cyrillic"], row["latin"], float(row["cost"]), row["where"])
        table.setdefault(rendering.cyrillic[0], []).append(rendering)
    return {letter: tuple(found) for letter, found in table.items()}


@lru_cache(maxsize=65536)
def options(cyrillic: str) -> tuple[tuple[Rendering, ...], ...]:
    """For each position of a folded name, the renderings that may begin there."""
    end = len(cyrillic)
    return tuple(
        tuple(
            r
            for r in renderings().get(letter, ())
            if cyrillic.startswith(r.cyrillic, i)
            and (r.where != "^" or i == 0)
            and (r.where != "$" or i + len(r.cyrillic) == end)
        )
        for i, letter in enumerate(cyrillic)
    )


@lru_cache(maxsize=262144)
def frame(name: str) -> str:
    """The letters that every romanisation agrees on, l m n r b v, doubled ones once.

    >>> frame("vladimirov") == frame("владимиров")
    True
    """
    found: list[str] = []
    for letter in name.translate(_FRAME):
        if letter != "." and found[-1:] != [letter]:
            found.append(letter)
    return "".join(found)


@lru_cache(maxsize=262144)
def similarity(latin: str, cyrillic: str) -> float:
    """How well a Latin form writes a Cyrillic name, 0 to 1; both folded; 0 where it is less than `LEAST`.

    1 is a usual writing in the French press, 0.9 about one misprint in ten letters.

    >>> similarity("soukhanov", "суханов")
    1.0
    """
    sounded = sum(letter not in "ьъ" for letter in cyrillic)
    if not latin or not sounded:
        return 0.0
    worst = (1.0 - LEAST) * sounded
    if not 0.5 * sounded <= len(latin) <= 5 * sounded + (len(cyrillic) - sounded):
        return 0.0
    most = int(worst / CONFUSED) + 1
    if Levenshtein.distance(frame(latin), frame(cyrillic), score_cutoff=most) > most:
        return 0.0
    return max(0.0, 1.0 - _distance(latin, cyrillic, worst) / sounded)


def _distance(latin: str, cyrillic: str, worst: float) -> float:
    possible = options(cyrillic)
    rows, columns = len(cyrillic), len(latin)
    infinite = worst + 1.0
    costs = [[infinite] * (columns + 1) for _ in range(rows + 1)]
    costs[0][0] = 0.0
    for i in range(rows + 1):
        here = costs[i]
        for j in range(columns + 1):
            cost = here[j]
            if cost > worst:
                continue
            if j < columns:  # a letter too many
                step = _extra(latin, j, columns)
                here[j + 1] = min(here[j + 1], cost + step)
            if i == rows:
                continue
            below = costs[i + 1]
            below[j] = min(below[j], cost + (DOUBLED if i and cyrillic[i] == cyrillic[i - 1] else MISPRINT))
            if j < columns:
                below[j + 1] = min(below[j + 1], cost + MISPRINT)
            for r in possible[i]:
                if latin.startswith(r.latin, j):
                    row = costs[i + len(r.cyrillic)]
                    k = j + len(r.latin)
                    row[k] = min(row[k], cost + r.cost)
                elif len(r.latin) == 1 and j < columns and frozenset((r.latin, latin[j])) in _LOOKALIKES:
                    row = costs[i + len(r.cyrillic)]
                    row[j + 1] = min(row[j + 1], cost + CONFUSED)
    return costs[rows][columns]


def _extra(latin: str, j: int, columns: int) -> float:
    if j and latin[j] == latin[j - 1]:
        return DOUBLED
    if latin[j] == "h" and j:
        return MUTE_H
    return MUTE_E if latin[j] == "e" and 0 < j == columns - 1 else MISPRINT
