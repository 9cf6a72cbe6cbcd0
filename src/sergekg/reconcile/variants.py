"""Generates variants of names: Latin writings of Cyrillic names, and Cyrillic readings of Latin forms."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from sergekg.reconcile.romanisation import DOUBLED, Rendering, options, renderings

_VOWELS = frozenset("aeiouy")
_RUSSIAN_VOWELS = frozenset("аеиоуыэёюя")
_NEVER_BEFORE_Y = frozenset(("", *"кгхжшщчц"))
_HUSHING = frozenset("жчшщ")
_LONG_SIGNS = ("chtch", "tch", "sch", "kh", "ch", "ou", "ts", "tz", "dj")


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
            if j and (latin[j] == latin[j - 1] or (latin[j] == "e" and j == len(latin) - 1)):
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
    """The renderings that may begin at `j`, each with what Russian spelling has against it there."""
    for r in _by_latin().get(latin[j], ()):
        following = latin[j + len(r.latin) : j + len(r.latin) + 1]
        is_placed = (r.where != "^" or j == 0) and (r.where != "$" or not following)
        if latin.startswith(r.latin, j) and r.cyrillic[0] not in "іїєґўъ" and is_placed:
            longer = any(len(sign) > len(r.latin) and latin.startswith(sign, j) for sign in _LONG_SIGNS)
            yield r, _oddity(r, text[-1:], following) + (0.3 if longer else 0.0)


def _oddity(r: Rendering, before: str, following: str) -> float:
    """How unlike Russian a reading is, by the Cyrillic letter before it and the Latin one that follows."""
    letter, is_single = r.cyrillic[0], len(r.cyrillic) == 1
    after_vowel, before_vowel = before in _RUSSIAN_VOWELS, following in _VOWELS
    odd = 0.0
    if r.cyrillic == 2 * letter and len(r.latin) == 1:
        odd += 0.5  # one sign for two letters
    if letter == "й" and not after_vowel:
        odd += 0.5
    if r.cyrillic in ("й", "и") and before_vowel and r.latin in ("i", "y"):
        odd += 0.15  # я, ю
    if r.cyrillic == "и" and (after_vowel or (not following and before == "к")):
        odd += 0.2  # й after a vowel; Троцкий, not Троцки
    if letter == "ь" and (after_vowel or not before or not before_vowel):
        odd += 0.5
    if letter in "её" and r.latin == "o" and before not in _HUSHING:
        odd += 0.5
    if letter in "ыё":
        odd += 0.05
    if letter == "ы" and (before in _NEVER_BEFORE_Y or after_vowel):
        odd += 0.5
    if letter == "э" and before:
        odd += 0.3
    if letter == "з" and r.latin == "s" and not (after_vowel and before_vowel):
        odd += 0.2
    if letter in "ие" and before == letter:
        odd += 0.2
    if r.cyrillic in ("ий", "ый", "ия", "ио", "иу") and following:
        odd += 0.3
    if r.cyrillic == "ль" and before_vowel:
        odd += 0.2
    if r.cyrillic == "е" and is_single and not following and before == "н":
        odd += 0.1  # a mute e
    return odd


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
    possible = options(cyrillic)
    while beam and len(done) < 4 * most:
        grown = []
        for cost, text, i in beam:
            if i == len(cyrillic):
                done.append((cost, text))
                continue
            for r in possible[i]:
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
