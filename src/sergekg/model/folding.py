"""Text less its accents and less what transliterations of Russian differ in.

A Russian name reached these texts by ear and by several systems (Soukhanov, Sukhanov, Суханов); two forms
are compared by what is left when the letters that those systems exchange are made one.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence

_CYRILLIC = dict(zip("абвгдеёзийклмнопрстуфыэіѣѳ", "abvgdeeziiklmnoprstufieief", strict=True)) | {
    "ж": "zh",
    "х": "kh",
    "ц": "ts",
    "ч": "ch",
    "ш": "sh",
    "щ": "shch",
    "ъ": "",
    "ь": "",
    "ю": "iu",
    "я": "ia",
}
_LIGATURES = {
    "œ": "oe",
    "æ": "ae",
    "ß": "ss",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "’": "'",
    "ʼ": "'",
    "\u00a0": " ",
}
_SAME = (
    (re.compile(r"shch|stch|chtch|sch|tch|tsch|sh|ch|cz|š|č"), "c"),
    (re.compile(r"kh|gh|h"), "h"),
    (re.compile(r"(?<=[fkmptvw])j(?=[aeou])"), "i"),
    (re.compile(r"ou|oo|w(?=[^aeiou]|$)"), "u"),
    (re.compile(r"zh|dj|j(?=[aeiou])"), "z"),
    (re.compile(r"iy|ij|yi|yy|ii|y|j"), "i"),
    (re.compile(r"(?:off|ow|of|ou|ov)\b"), "ov"),
    (re.compile(r"(?:eff|ew|ef|iev|yev)\b"), "ev"),
    (re.compile(r"tz|ts"), "s"),
    (re.compile(r"w"), "v"),
    (re.compile(r"ph|ff"), "f"),
    (re.compile(r"ck|qu|q|k"), "k"),
    (re.compile(r"th"), "t"),
    (re.compile(r"ss|z"), "s"),
    (re.compile(r"i?e"), "e"),
    (re.compile(r"(.)\1+"), r"\1"),
)


def fold(text: str) -> str:
    """Lower case, without accents, Cyrillic in Latin letters.

    >>> fold("Лёв Œuvre")
    'lev oeuvre'
    """
    lowered = unicodedata.normalize("NFKC", text).lower()
    spelled = "".join(_CYRILLIC.get(c, _LIGATURES.get(c, c)) for c in lowered)
    return "".join(c for c in unicodedata.normalize("NFKD", spelled) if not unicodedata.combining(c))


_LETTER = r"[^\W\d_]"
_ABBREVIATION = re.compile(
    rf"(?<![^\W_]){_LETTER}\.(?:(?:\s{_LETTER}\.)+(?:\s{_LETTER}(?![^\W_]))?|(?:{_LETTER}\.)*(?:{_LETTER}\.|{_LETTER}(?![^\W_])))"
)


def abbreviations(folded: str) -> Iterator[tuple[int, int]]:
    """Where a folded text has letters with full stops, two at least: U.R.S.S., U.R.S.S, V. I.; with a space
    between all of them, or none.

    >>> list(abbreviations("u.r.s.s. a dit"))
    [(0, 8)]
    """
    return (found.span() for found in _ABBREVIATION.finditer(folded))


def write_together(folded: str) -> str:
    """A folded text whose abbreviations are words: with full stops or without, they are the same.

    >>> write_together("l'u. r. s. s. et la s.d.n")
    "l'urss et la sdn"
    """
    return _ABBREVIATION.sub(lambda found: "".join(filter(str.isalpha, found[0])), folded)


def fold_with_offsets(text: str) -> tuple[str, Sequence[int]]:
    """A text folded, line ends as spaces, its abbreviations written together; and for each of its characters
    the offset that it comes from.

    >>> fold_with_offsets("l’U.R.")
    ("l'ur", array('I', [0, 1, 2, 4]))
    """
    parts, offsets = [], array("I")
    for offset, character in enumerate(text):
        folded = fold(character) if character != "\n" else " "
        parts.append(folded)
        offsets.extend([offset] * len(folded))
    whole = "".join(parts)
    spans = [range(start, end) for start, end in abbreviations(whole)]
    dropped = {at for span in spans for at in span if not whole[at].isalpha()}
    return write_together(whole), array(
        "I", (offset for at, offset in enumerate(offsets) if at not in dropped)
    )


def skeleton(text: str) -> str:
    """A name less what transliterations differ in.

    >>> skeleton("Soukhanov") == skeleton("Sukhanov") == skeleton("Суханов")
    True
    """
    left = fold(text)
    for pattern, replacement in _SAME:
        left = pattern.sub(replacement, left)
    return left
