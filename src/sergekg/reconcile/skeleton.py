"""Consonant skeletons: keys that all writings of a name share, to find candidates among many before scoring.

In the manner of Daitch and Mokotoff's Soundex (1985): sibilants and affricates are one class, velars another;
a sign that stands for several sounds (ch, j, g, h) gives several keys. A key of its own is made for each
consonant left out, so that one misprint still meets.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import islice, product

from sergekg.reconcile.romanisation import fold_cyrillic, fold_latin, is_cyrillic
from sergekg.reconcile.tables import read_table

_ARTICLES = next(frozenset(r["words"].split()) for r in read_table("name_words") if r["kind"] == "article")
MOST = 12
"""Skeletons of one word at most."""
_MOST_GROWN = 16 * MOST
"""Beginnings of skeletons that it follows: more than names of the corpus and of the labelled set need."""
_ONE_CLASS = {
    "S": "chtch schtsch shch szcz stch tsch tch tsh sch sh zh cz sz ts tz s z",
    "K": "kh gh ck qu q k",
    "V": "ph w v f",
    "T": "th dt d t",
    "B": "b", "P": "p", "L": "l", "M": "m", "N": "n", "R": "r", "KS": "x",
}  # fmt: skip
_SEVERAL = {"ch": ("S", "K"), "j": ("S", ""), "c": ("K", "S"), "g": ("K", "S"), "h": ("", "K")}
_SIGNS: list[tuple[str, tuple[str, ...]]] = sorted(
    [(sign, (cls,)) for cls, signs in _ONE_CLASS.items() for sign in signs.split()] + list(_SEVERAL.items()),
    key=lambda entry: -len(entry[0]),
)
"""Latin signs and the classes that they stand for, the longest first."""
_SPELLED = [("ou", ("u",)), ("oo", ("u",)), ("y", ("i",)), *_SIGNS]
_CYRILLIC = dict(zip("бвгджзклмнпрстфхцчшщґ", "BVKTSSKLMNPRSTVKSSSSK", strict=True))
_CYRILLIC_SOUNDS = _CYRILLIC | dict(zip("аеёиоуыэйіїє", "aeeiouieiiie", strict=True)) | {"ю": "iu", "я": "ia"}
_ACRONYM = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}")
_AFFRICATES = re.compile(r"[тд]ь?[сц]")


def words(name: str) -> list[str]:
    """The words of a name that may be searched for, folded; articles and single letters are none.

    A name of nothing else keeps them.
    """
    found = [word for word in spelled_words(name) if len(word) > 1]
    return [word for word in found if word not in _ARTICLES] or found


def spelled_words(name: str) -> list[str]:
    """Every word of a name, folded, in its order."""
    joined = _ACRONYM.sub(lambda found: re.sub(r"\W", "", found[0]) + " ", name)
    parts = re.split(r"[\W\d_]+", joined)
    folded = (fold_cyrillic(part) if is_cyrillic(part) else fold_latin(part) for part in parts)
    return [word for word in folded if word]


@lru_cache(maxsize=262144)
def sounds(word: str) -> frozenset[str]:
    """A folded word as classes of consonants and its vowels, once for each reading of its Latin signs.

    >>> sounds("soukhanov") & sounds("suchanow") & sounds("суханов")
    frozenset({'SuKaNoV'})
    """
    heard: list[tuple[str, ...]] = []
    if is_cyrillic(word):
        heard = [(_CYRILLIC_SOUNDS.get(letter, ""),) for letter in _AFFRICATES.sub("ц", word)]
    else:
        rest = word[:-1] if word.endswith("e") and len(word) > 3 else word
        while rest:
            sign, classes = next(((s, c) for s, c in _SPELLED if rest.startswith(s)), (rest[0], (rest[0],)))
            heard.append(classes)
            rest = rest[len(sign) :]
    return frozenset(_melt("".join(choice)) for choice in islice(product(*heard), MOST))


@lru_cache(maxsize=262144)
def skeletons(word: str) -> frozenset[str]:
    """The skeletons of one folded word; of a Cyrillic one there is just one.

    >>> skeletons("soukhanov") & skeletons("суханов")
    frozenset({'SKNV'})
    """
    if is_cyrillic(word):
        spelled = _AFFRICATES.sub("ц", word)
        return frozenset({_close([(_CYRILLIC.get(letter, "."),) for letter in spelled])[0] or f"~{word}"})
    sounds: list[tuple[str, ...]] = []
    i = 0
    while i < len(word):
        for sign, classes in _SIGNS:
            if word.startswith(sign, i):
                sounds.append(classes)
                i += len(sign)
                break
        else:
            sounds.append((".",))
            i += 1
    return frozenset(key or f"~{word}" for key in _close(sounds))


def keys(word: str) -> set[str]:
    """The skeletons of a folded word and those with one consonant left out."""
    found = set(skeletons(word))
    for skeleton in list(found):
        if len(skeleton) >= 4 and skeleton[0] != "~":
            found |= {skeleton[:i] + skeleton[i + 1 :] for i in range(len(skeleton))}
    return found


def _close(sounds: list[tuple[str, ...]]) -> list[str]:
    """Every choice of sounds as one key: neighbours of one class melt, vowels (.) part and vanish.

    Grown sound by sound, and what is alike so far is one: a name may have so many choices of so few keys (a
    row of h) that to go through them all would not end.
    """
    grown = {("", ""): None}  # keys, each with its last sound
    for classes in sounds:
        grown = dict.fromkeys(
            islice((_append(key, last, one) for key, last in grown for one in classes), _MOST_GROWN)
        )
    return list(dict.fromkeys(key for key, _ in grown))[:MOST]


def _append(key: str, last: str, sounds: str) -> tuple[str, str]:
    for sound in sounds:
        if sound not in (last, "."):
            key += sound
        last = sound
    return key, last


def _melt(sounded: str) -> str:
    """Neighbours that are alike become one."""
    return re.sub(r"(.)\1+", r"\1", sounded)
