"""The words of a search: what each is, and which of them a sentence or a name must have."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sergekg.model.folding import fold_with_offsets

LONGEST = 200
"""Characters of a search that are looked at."""
PART = re.compile(r"\w+")
_SHORT = 5
"""Letters of the longest capitals that are taken for an abbreviation: URSS, POUM, VTSIK."""
_QUOTES = str.maketrans(dict.fromkeys('"“”„‟«»‹›', " "))
_ARTICLES = {"le", "la", "les", "un", "une", "des", "du", "the", "an"}
SMALL = _ARTICLES | {"de", "au", "aux", "a", "et", "ou", "en", "dans", "par", "pour", "sur", "avec", "qu"}
SMALL |= {"of", "in", "on", "at", "to", "and", "by", "for", "from", "with"}
"""Articles, and prepositions and conjunctions that are short; what ends in an apostrophe comes to these."""


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a search.

    Attributes:
        folded: it, folded; an abbreviation without its full stops.
        written: it, as it was asked for.
        is_abbreviation: whether it has full stops, or is a few capitals among smaller letters.
        is_small: whether it is an article or the like, which says nothing of what is looked for.
    """

    folded: str
    written: str
    is_abbreviation: bool
    is_small: bool

    @property
    def is_telling(self) -> bool:
        """Whether a name that has it may be meant: it is no letter alone, no article, no abbreviation."""
        return len(self.folded) > 1 and not self.is_small and not self.is_abbreviation


def read_words(asked: str) -> list[Word]:
    """The words of a search, in its order.

    >>> [(word.folded, word.is_abbreviation, word.is_small) for word in read_words("l’exilé d’U.R.S.S.")]
    [('l', False, True), ('exile', False, False), ('d', False, True), ('urss', True, False)]
    """
    asked = unquoted(asked[:LONGEST])
    folded, offsets = fold_with_offsets(asked)
    words = []
    for part in PART.finditer(folded):
        written = asked[offsets[part.start()] : offsets[part.end() - 1] + 1]
        if "." in written and asked[offsets[part.end() - 1] + 1 :].startswith("."):
            written += "."  # U.R.S.S.
        is_dotted, behind = "." in written, folded[part.end() : part.end() + 1]
        is_short = is_dotted or (len(written) > 1 and is_abbreviation(written) and not asked.isupper())
        is_elided = len(part[0]) == 1 and behind == "'"
        is_small = is_elided or (part[0] in SMALL and not is_dotted and (len(part[0]) > 1 or behind != "."))
        words.append(Word(part[0], written, is_short, is_small))
    return words


def words_of(asked: str) -> dict[str, str]:
    """The words that a sentence must have, folded, each once, with how it was written.

    Small words are none of them, nor letters that stand alone.

    >>> words_of("l’otage « Calligaris » en U.R.S.S., otage")
    {'otage': 'otage', 'calligaris': 'Calligaris', 'urss': 'U.R.S.S.'}
    """
    found = (word for word in read_words(asked) if len(word.folded) > 1 and not word.is_small)
    return {word.folded: word.written for word in found}


def bare(words: str) -> tuple[str, ...]:
    """What makes a name: its words, folded, less the small ones.

    >>> bare("la population d’U.R.S.S.")
    ('population', 'urss')
    """
    return tuple(word.folded for word in read_words(words) if not word.is_small)


def unquoted(words: str) -> str:
    """Words without the quotation marks around them or between them.

    >>> unquoted("« grève de la faim »"), unquoted("‘l’otage’")
    ('grève de la faim', 'l’otage')
    """
    plain = words.translate(_QUOTES).strip()
    is_single = len(plain) > 1 and plain[0] in "'‘" and plain[-1] in "'’"
    return plain[1:-1].strip() if is_single else plain


def is_abbreviation(words: str) -> bool:
    """Whether words are a few capital letters, with full stops or without: no part of a longer word.

    >>> is_abbreviation("R.P."), is_abbreviation("Rp"), is_abbreviation("ECRIVAINS")
    (True, False, False)
    """
    letters = "".join(character for character in words if character not in ". \u00a0")
    is_one = " " not in words.strip() or "." in words
    return is_one and letters.isalpha() and letters.isupper() and len(letters) <= _SHORT
