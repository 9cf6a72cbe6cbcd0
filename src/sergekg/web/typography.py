"""French spacing (Lexique des règles typographiques en usage à l'Imprimerie nationale)."""

from __future__ import annotations

import re

NARROW, WIDE = "\u202f", "\u00a0"
_BEFORE_HIGH = re.compile(r"[ \u00a0]([;!?])")
_BEFORE_WIDE = re.compile(r" ([:»])")
_AFTER_OPENING = re.compile(r"« ")


def french_spaces(text: str) -> str:
    """The text with its spaces before `; ! ? : »` and after `«` made unbreakable.

    No space is added and none taken away: words of a source are never improved.

    >>> french_spaces("Qui ? « Lui » : personne !")
    'Qui\\u202f? «\\xa0Lui\\xa0»\\xa0: personne\\u202f!'
    """
    text = _BEFORE_HIGH.sub(rf"{NARROW}\1", text)
    text = _BEFORE_WIDE.sub(rf"{WIDE}\1", text)
    return _AFTER_OPENING.sub(f"«{WIDE}", text)


def keep_together(text: str) -> str:
    """French words of a source set for reading: spaces that must not break, letter for letter as long.

    Every space is one code point before and after, so that offsets hold.

    >>> len(keep_together("« Quoi ? »")) == len("« Quoi ? »")
    True
    """
    return french_spaces(text)


_CONTRACTED = {"de le ": "du ", "de les ": "des ", "à le ": "au ", "à les ": "aux "}
_TITLE = re.compile(r"\AL(?=es |e \w.*\b[a-zàâæçéèêëîïôœùûü]{3})")
"""The article of a title: « Les Humbles », « Le Combat marxiste », but not of a name: « Le Corbusier »."""
_NOUN_OF = re.compile(r"\w+ de\Z")
_VOWEL = re.compile(r"(?!onz|oui\b|ouistiti|uhlan|ululement)[aàâæeéèêëiîïoôœuùûü]", re.IGNORECASE)


def contract(before: str, name: str) -> tuple[str, str]:
    """French words before a name, and the name, with preposition and article made one.

    An h stays as it is: which of them are mute only a dictionary tells.

    >>> contract("est membre de", "le Parti communiste russe")
    ('est membre du', 'Parti communiste russe')
    >>> contract("est membre de", "l’Opposition")
    ('est membre de', 'l’Opposition')
    >>> contract("a subi la privation de", "du travail")
    ('a subi la privation', 'du travail')
    >>> contract("traite de", "Anita Roussakova")
    ('traite d’', 'Anita Roussakova')
    >>> contract("est membre de", "onze camarades")
    ('est membre de', 'onze camarades')
    >>> contract("prévoit la peine de", "peine de mort")
    ('prévoit la', 'peine de mort')
    >>> contract("fait allusion à", "Le Temps du mépris"), contract("traite de", "Le Corbusier")
    (('fait allusion au', 'Temps du mépris'), ('traite de', 'Le Corbusier'))
    """
    name = _TITLE.sub("l", name) if before.endswith((" de", " à")) else name
    if (noun := _NOUN_OF.search(before)) and name.startswith(f"{noun[0]} "):
        return before.removesuffix(noun[0]).rstrip(), name
    if before.endswith(" de") and name.startswith(("du ", "des ", "de la ", "de l’")):
        return before.removesuffix(" de"), name
    for apart, together in _CONTRACTED.items():
        preposition, article, _ = apart.split(" ")
        if before.endswith(f" {preposition}") and name.startswith(f"{article} "):
            return before.removesuffix(preposition) + together.strip(), name.removeprefix(f"{article} ")
    if before.endswith(" de") and _VOWEL.match(name):
        return before.removesuffix("e") + "’", name
    return before, name


def at_place(before: str, locative: str) -> tuple[str, str]:
    """Words before a place, with its own preposition, and the place.

    >>> at_place("a séjourné à", "en Russie")
    ('a séjourné en', 'Russie')
    """
    preposition, name = locative.split(maxsplit=1)
    return f"{before.rpartition(' ')[0]} {preposition}", name
