"""Where the texts have what a search asks for: as it stands, by another name, or by its words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sergekg.web.asked import Word, bare, read_words, words_of
from sergekg.web.search import Hit, Names, Occurrence, find_otherwise, find_words, folded_reading
from sergekg.web.texts import Text
from sergekg.web.together import Together, find_together

_MOST = 60


@dataclass(frozen=True, slots=True)
class WordPlaces:
    """What the texts have of a search.

    Attributes:
        occurrences: the words as they stand; of what follows there is nothing then.
        otherwise: where the thing that is so named is written otherwise; these come before `together`, and
            both are there only for a name that is exactly what was asked.
        together: sentences that have the words, and show no place of `otherwise`.
        missing: the words that the texts have nowhere, as they were asked for.
        lack: how the texts lack the words as they stand: `all` of them, `some` (the missing), in one
            `sentence`, or in that `order` only.
        are_small: whether some of the words say too little to be looked for.
    """

    occurrences: Sequence[Occurrence] = ()
    otherwise: Sequence[Occurrence] = ()
    together: Sequence[Together] = ()
    missing: Sequence[str] = ()
    lack: Literal["", "all", "some", "sentence", "order"] = ""
    are_small: bool = False

    @property
    def count(self) -> int:
        return len(self.occurrences) + len(self.otherwise) + len(self.together)


def find_places(texts: Sequence[Text], asked: str, hits: Sequence[Hit], names: Names) -> WordPlaces:
    """Places for the words of a search; `hits` are what these find among the names."""
    if occurrences := find_words(texts, asked, limit=_MOST):
        return WordPlaces(occurrences)
    together = find_together(texts, asked, limit=_MOST)
    is_name = bool(hits) and hits[0].is_named and bare(hits[0].form) == bare(asked)
    words, every = words_of(asked), read_words(asked)
    is_sought = is_name or (words and not together)  # of the, en la: nobody is named so
    otherwise = find_otherwise(texts, hits, names, limit=_MOST) if is_sought else []
    together = [one for one in together if not any(_holds(one, other) for other in otherwise)]
    sought = {word.folded: word for word in every if not word.is_small}
    missing = [word.written for word in sought.values() if not _is_found(texts, word)]
    lack: Literal["all", "some", "sentence", "order"] = "order"
    if len(missing) == len(sought) and (sought or len(every) < 2):
        lack = "all"
    elif missing:
        lack = "some"
    elif len(words) > 1 and not otherwise and not together:
        lack = "sentence"
    are_small = any(word.is_small for word in every)
    return WordPlaces((), otherwise, together, missing, lack, are_small)


def _is_found(texts: Sequence[Text], word: Word) -> bool:
    """Whether any text has a word; a letter or a digit by itself."""
    if len(word.folded) > 1:
        return bool(find_words(texts, word.written, limit=1))
    alone = re.compile(rf"\b{re.escape(word.folded)}\b")
    return any(alone.search(folded_reading(text)[0]) for text in texts)


def _holds(sentence: Together, occurrence: Occurrence) -> bool:
    return sentence.text.slug == occurrence.text.slug and sentence.span.overlaps(occurrence.span)
