"""How far a Latin form is a writing of a Cyrillic name: an alignment over a table of romanisations.

Transliterating the query asks which system it follows; a press form of the 1930s follows several at once
(Wladimir, Tchitcherine, Joukoff). So every way in which a letter was written is tried, each at its cost
(`romanisation.tsv`), and the cheapest alignment counts: Levenshtein's distance with renderings as free moves.
"""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from rapidfuzz.distance import Levenshtein

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
_VOWELS = frozenset("aeiouy")
_NEVER_BEFORE_Y = frozenset(("", *"кгхжшщчц"))
_HUSHING = frozenset("жчшщ")
_LONG_SIGNS = ("chtch", "tch", "sch", "kh", "ch", "ou", "ts", "tz", "dj")
_LATIN = str.maketrans(
    {"ł": "l", "ß": "ss", "œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ı": "i", "ä": "ae", "ö": "oe"}
)
_OLD_CYRILLIC = str.maketrans({"ѣ": "е", "ѳ": "ф", "ѵ": "и"})


@dataclass(frozen=True, slots=True)
class Rendering:
    """One way to write Cyrillic letters in Latin; `where` is `^`, `$` or empty."""

    cyrillic: str
    latin: str
    cost: float
    where: str


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
    return any("\u0400" <= c <= "\u052f" for c in name)


@lru_cache(maxsize=1)
def renderings() -> dict[str, tuple[Rendering, ...]]:
    """The table, by the first Cyrillic letter of each rendering."""
    source = resources.files("sergekg.reconcile").joinpath("romanisation.tsv").read_text(encoding="utf-8")
    lines = (line for line in source.splitlines() if not line.startswith("#"))
    table: dict[str, list[Rendering]] = {}
    for row in csv.DictReader(lines, delimiter="\t"):
        rendering = Rendering(row["cyrillic"], row["latin"], float(row["cost"]), row["where"])
        table.setdefault(rendering.cyrillic[0], []).append(rendering)
    return {letter: tuple(found) for letter, found in table.items()}


@lru_cache(maxsize=65536)
def _options(cyrillic: str) -> tuple[tuple[Rendering, ...], ...]:
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
    """The letters that every romanisation agrees on (l m n r b v), doubled ones once: names with frames far apart differ.

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
    if not 0.5 * sounded <= len(latin) <= 3 * sounded + 2:
        return 0.0
    most = int(worst / CONFUSED) + 1
    if Levenshtein.distance(frame(latin), frame(cyrillic), score_cutoff=most) > most:
        return 0.0
    return max(0.0, 1.0 - _distance(latin, cyrillic, worst) / sounded)


def _distance(latin: str, cyrillic: str, worst: float) -> float:
    options = _options(cyrillic)
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
            for r in options[i]:
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


def readings(latin: str, most: int) -> list[tuple[str, float]]:
    """The Cyrillic names that a folded Latin form can stand for, likeliest first, each with its cost.

    >>> readings("lelevitch", 1)[0][0]
    'лелевич'
    """
    beam: list[tuple[float, str, int]] = [(0.0, "", 0)]
    done: dict[str, float] = {}
    while beam:
        grown: dict[tuple[str, int], float] = {}
        for cost, text, j in beam:
            if j == len(latin):
                done[text] = min(cost, done.get(text, cost))
                continue
            for r, extra in _readable(latin, j, text):
                key = text + r.cyrillic, j + len(r.latin)
                total = cost + r.cost + extra
                grown[key] = min(total, grown.get(key, total))
            if latin[j] == latin[j - 1] and j or latin[j] == "e" and 0 < j == len(latin) - 1:
                key = text, j + 1
                grown[key] = min(cost + DOUBLED, grown.get(key, cost + DOUBLED))
        beam = sorted((cost, text, j) for (text, j), cost in grown.items())[: 6 * most]
    return sorted(done.items(), key=lambda item: (item[1], item[0]))[:most]


@lru_cache(maxsize=1)
def _by_latin() -> dict[str, tuple[Rendering, ...]]:
    table: dict[str, list[Rendering]] = {}
    for rendering in (r for found in renderings().values() for r in found):
        if rendering.latin and rendering.cost <= 0.15:
            table.setdefault(rendering.latin[0], []).append(rendering)
    return {letter: tuple(found) for letter, found in table.items()}


def _readable(latin: str, j: int, text: str) -> Iterator[tuple[Rendering, float]]:
    """The renderings that may begin at `j`, each with what Russian spelling makes it cost more."""
    before = text[-1:]
    for r in _by_latin().get(latin[j], ()):
        end = j + len(r.latin)
        if not latin.startswith(r.latin, j) or r.cyrillic[0] in "іїєґўъ":
            continue
        if (r.where == "^" and j) or (r.where == "$" and end < len(latin)):
            continue
        first, is_last = r.cyrillic[0], end == len(latin)
        after_vowel = before in set("аеиоуыэёюя") and bool(before)
        yield (
            r,
            sum(
                cost
                for holds, cost in (
                    (
                        len(r.cyrillic) == 2 and r.cyrillic[1] == first and len(r.latin) == 1,
                        0.5,
                    ),  # one sign, one letter
                    (first == "й" and not after_vowel, 0.5),
                    (
                        r.cyrillic in ("й", "и")
                        and latin[end : end + 1] in _VOWELS
                        and r.latin in ("i", "y"),
                        0.15,
                    ),  # я, ю
                    (
                        first == "ь" and (after_vowel or not before or is_last or latin[end] not in _VOWELS),
                        0.5,
                    ),
                    (r.latin == "o" and first in "её" and before not in _HUSHING, 0.5),
                    (
                        r.latin == "s"
                        and first == "з"
                        and not (after_vowel and latin[end : end + 1] in _VOWELS),
                        0.2,
                    ),
                    (r.cyrillic in ("ия", "ио", "иу") and not is_last, 0.2),
                    (r.cyrillic == "ль" and latin[end : end + 1] in _VOWELS, 0.2),
                    (first in "ыё", 0.05),
                    (first == "ы" and (before in _NEVER_BEFORE_Y or after_vowel), 0.5),
                    (first == "э" and before != "", 0.3),
                    (first in "ие" and before == first, 0.2),
                    (r.cyrillic == "и" and after_vowel, 0.1),  # й more often
                    (r.cyrillic == "и" and is_last and before == "к", 0.2),  # Троцкий, not Троцки
                    (r.cyrillic in ("ий", "ый") and not is_last, 0.5),
                    (r.cyrillic == "е" and is_last and latin[j - 1 : j] == "n", 0.1),  # mute
                    (
                        any(len(sign) > len(r.latin) and latin.startswith(sign, j) for sign in _LONG_SIGNS),
                        0.3,
                    ),
                )
                if holds
            ),
        )


def press_form(cyrillic: str) -> str:
    """The writing that the table prefers, letter by letter: the likeliest form in the French press.

    >>> press_form("дингельштедт")
    'dinguelchtedt'
    """
    return next(press_forms(cyrillic, 1))


def press_forms(cyrillic: str, most: int) -> Iterator[str]:
    """The cheapest Latin writings of a folded Cyrillic name, best first, at most `most` of them."""
    beam: list[tuple[float, str, int]] = [(0.0, "", 0)]
    done: list[tuple[float, str]] = []
    options = _options(cyrillic)
    while beam and len(done) < 4 * most:
        grown = []
        for cost, text, i in beam:
            if i == len(cyrillic):
                done.append((cost, text))
                continue
            for r in options[i]:
                grown.append(
                    (cost + r.cost + _jar(text, r, cyrillic, i), text + r.latin, i + len(r.cyrillic))
                )
        grown.sort()
        beam = grown[: 8 * most]
    seen: set[str] = set()
    for _, text in sorted(done):
        if text not in seen and len(seen) < most:
            seen.add(text)
            yield text


def _jar(text: str, r: Rendering, cyrillic: str, i: int) -> float:
    """What a rendering costs more where French spelling would not have it."""
    following = cyrillic[i + len(r.cyrillic) : i + len(r.cyrillic) + 1]
    soft = following in set("еиыэёіюя")
    if r.cyrillic == "г" and (r.latin == "gu") != (soft and following != "ю"):
        return 0.5
    if r.latin == "c" and r.cyrillic == "к":
        return 0.5
    between = text[-1:] in set("aeiouy") and following in set("аеиоуыэёюяі")
    if r.cyrillic == "с" and r.latin in ("s", "ss") and (r.latin == "ss") != (between and bool(text)):
        return 0.03
    return 0.0
