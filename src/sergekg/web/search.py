"""Finds things by name, forgiving accents, transliterations and misprints, and words in the texts.

A Russian name reached these texts by ear and by several systems (Soukhanov, Sukhanov, Суханов); two forms
are compared by what is left when the letters that those systems exchange are made one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz, process

from sergekg.model.folding import fold, fold_with_offsets, skeleton, write_together
from sergekg.model.text import Span
from sergekg.store.base import Store
from sergekg.web.asked import LONGEST, PART, bare, is_abbreviation, read_words, unquoted
from sergekg.web.texts import Text

CUTOFF = 72.0
"""Likeness from 0 to 100 below which a name is not what was meant."""
CONTEXT = 60
_NAMED = 88.0
"""Likeness of a name that has every word asked for, though not as they stand."""
_WHOLE = 9.0
"""What is added where it has no other."""
_LAST_PART = re.compile(r"\w+\Z")
_NAMES = """
SELECT ?thing ?form WHERE {
  ?thing skos:prefLabel|skos:altLabel ?form ; a ?class
  FILTER(STRSTARTS(STR(?class), STR(skg:)))
  FILTER NOT EXISTS { ?thing rdfs:isDefinedBy ?ontology }
}"""
_IDENTIFIED = """
SELECT DISTINCT ?thing ?form WHERE {
  ?interpretation a skg:Interpretation ; rdf:subject ?thing ; rdf:predicate skg:identifiedAs ;
    rdf:object ?form ; skg:certainty ?certainty
  FILTER(ISLITERAL(?form) && ?certainty != skg:rejected)
}"""
"""Names that no text gives: who somebody is, as far as nobody has refused it."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing found by one of its names.

    Attributes:
        score: likeness from 0 to 100.
        is_named: whether the words are of the name, accents and transliteration apart; of what is only
            like them nobody can say that it was meant.
        is_interpreted: whether no text gives that name, only an interpretation.
    """

    thing: str
    form: str
    score: float
    is_named: bool = False
    is_interpreted: bool = False


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Words found in a text, with what stands around them; the span is in code points of the file.

    Attributes:
        thing: what the words name, where it was looked for by another of its names.
    """

    text: Text
    span: Span
    before: str
    words: str
    after: str
    thing: str = ""


class Names:
    """Every name of every thing, ready to be searched."""

    def __init__(self, forms: Iterable[tuple[str, str]], interpreted: Iterable[tuple[str, str]] = ()) -> None:
        given = set(forms)
        self._interpreted = set(interpreted) - given
        self.forms: Sequence[tuple[str, str]] = sorted(given | self._interpreted)
        apart = [fold(form) for _, form in self.forms]
        self._folded = [write_together(folded) for folded in apart]
        self._skeletons = [skeleton(folded) for folded in self._folded]
        self._words = [  # of V. I. too each letter may be asked for
            _spaced(folded if folded == letters else f"{folded} {letters}")
            for folded, letters in zip(self._folded, apart, strict=True)
        ]
        self._bones = [_spaced(bones) for bones in self._skeletons]

    @classmethod
    def load(cls, store: Store) -> Names:
        given, interpreted = (
            [(str(row["thing"]), str(row["form"])) for row in store.select(query)]
            for query in (_NAMES, _IDENTIFIED)
        )
        return cls(given, interpreted)

    def of(self, thing: str) -> list[str]:
        """Every name of a thing, the longest first."""
        return sorted((form for named, form in self.forms if named == thing), key=lambda form: -len(form))

    def find(self, words: str, limit: int = 40) -> list[Hit]:
        """Things whose names are like these words, those first that are so named; then the likest.

        Each stands once, by its likest name.
        """
        words = unquoted(words[:LONGEST])
        if not (asked := write_together(fold(words))) or not any(c.isalnum() for c in asked):
            return []
        best: dict[str, Hit] = {}
        scores, is_named = self._scores(asked, is_abbreviation(words)), self._naming(words)
        is_telling = any(word.is_telling for word in read_words(words))
        if " " in asked and is_telling:  # M. Paz, épouse de Serge: others may stand between
            for index in filter(is_named, range(len(self.forms))):
                share = min(len(asked.split()) / len(self._folded[index].split()), 1)
                scores[index] = max(scores.get(index, 0.0), _NAMED + _WHOLE * share)
        for index, score in scores.items():
            thing, form = self.forms[index]
            is_interpreted = (thing, form) in self._interpreted
            hit = Hit(thing, form, score, self._folded[index] == asked or is_named(index), is_interpreted)
            if thing not in best or (best[thing].is_named, best[thing].score) < (hit.is_named, score):
                best[thing] = hit
        ranked = sorted(
            best.values(), key=lambda hit: (not hit.is_named, -hit.score, len(hit.form), hit.thing)
        )
        return ranked[:limit]

    def _naming(self, words: str) -> Callable[[int], bool]:
        """Tells of a form whether every word begins one of it, be it in another transliteration of Russian.

        An abbreviation among other words is a whole word of it; letters alone are no name.
        """
        asked = read_words(words)
        if not asked or (" " in words and all(len(word.folded) == 1 for word in asked)):
            return lambda _: False
        wanted = []
        for word in asked:
            is_whole = word.is_abbreviation and len(asked) > 1
            bones = "" if is_whole else skeleton(word.folded)
            wanted.append((f" {word.folded}{' ' * is_whole}", bones and f" {bones} "))
        wanted.sort(key=lambda pair: -len(pair[0]))  # the longest first, which most names lack

        def is_named(index: int) -> bool:
            held, held_bones = self._words[index], self._bones[index]
            return all(word in held or (bones and bones in held_bones) for word, bones in wanted)

        return is_named

    def _scores(self, asked: str, is_short: bool) -> dict[int, float]:
        bones = skeleton(asked)
        scores: dict[int, float] = {}
        for index, folded in enumerate(self._folded):
            if asked in folded and not (is_short and asked not in PART.findall(folded)):
                starts = folded.startswith(asked) or f" {asked}" in folded
                scores[index] = 100.0 if folded == asked else (98.0 if starts else _NAMED)
        # a word of the name may be what was meant: token by token, and the whole
        for choices, wanted, weight in ((self._skeletons, bones, 0.97), (self._folded, asked, 0.95)):
            scorer = fuzz.ratio if len(wanted) < 4 else fuzz.WRatio
            for _, score, index in process.extract(
                wanted, choices, scorer=scorer, limit=80, score_cutoff=CUTOFF
            ):
                likely = _likely(wanted, choices[index], score * weight)
                scores[index] = max(scores.get(index, 0.0), likely)
        return {index: score for index, score in scores.items() if score >= CUTOFF}


def _spaced(folded: str) -> str:
    """The words of a folded text, each between two spaces."""
    return f" {' '.join(PART.findall(folded))} "


def _likely(wanted: str, name: str, score: float) -> float:
    """A partial match of a long name counts only as far as the best single word or the whole is alike."""
    words = name.split()
    best = max([fuzz.ratio(wanted, word) for word in words] + [fuzz.ratio(wanted, name)], default=0.0)
    if " " in wanted:
        best = max(best, fuzz.token_sort_ratio(wanted, name), fuzz.token_set_ratio(wanted, name) * 0.95)
    return min(score, best)


def find_words(texts: Iterable[Text], words: str, limit: int = 100) -> list[Occurrence]:
    """Where the texts have these words, accents and case apart, in the order of the texts.

    Quotation marks count where the texts have them too. An abbreviation is found with full stops and without,
    as a word of its own; where there is none, as the beginning of one. What no reading has is looked for as
    it was received (demisiècle), and found where the reading has it (demi-siècle).
    """
    texts, asked = list(texts), words[:LONGEST]
    plain = unquoted(asked)
    read = _find_words(texts, asked, limit) or _find_words(texts, plain, limit)
    return read or _find_words([text for text in texts if _is_mended(text)], plain, limit, is_received=True)


def _is_mended(text: Text) -> bool:
    """Whether the reading differs from what was received in more than its spaces."""
    return any(edit.old.split() != edit.new.split() for edit in text.reading.edits)


def _find_words(
    texts: Sequence[Text], words: str, limit: int, *, is_received: bool = False
) -> list[Occurrence]:
    wanted = " ".join(write_together(fold(words)).split())
    if len(wanted) < 2:
        return []
    if not is_abbreviation(words):
        return _find(texts, wanted, limit, is_received=is_received)
    if is_received:  # a hyphen at the end of a line would make what follows it a word
        return []
    return _find(texts, wanted, limit, begins=True, ends=True) or _find(texts, wanted, limit, begins=True)


def _find(
    texts: Iterable[Text],
    wanted: str,
    limit: int,
    *,
    begins: bool = False,
    ends: bool = False,
    is_received: bool = False,
) -> list[Occurrence]:
    """Where folded texts have a folded one: anywhere, where a word begins, or one ends."""
    found: list[Occurrence] = []
    for text in texts:
        folded, offsets = _folded(text, text.source) if is_received else folded_reading(text)
        start = folded.find(wanted)
        while start >= 0 and len(found) < limit:
            at, behind = start, start + len(wanted)
            start = folded.find(wanted, behind)
            if (begins and folded[at - 1 : at].isalnum()) or (ends and folded[behind : behind + 1].isalnum()):
                continue
            held, reading = read_span(text, offsets, at, behind, is_received=is_received), text.reading.text
            found.append(
                Occurrence(
                    text=text,
                    span=text.reading.source_span(held),
                    before=before(reading, held.start),
                    words=reading[held.start : held.end],
                    after=after(reading, held.end),
                )
            )
    return found


def read_span(text: Text, offsets: Sequence[int], start: int, end: int, *, is_received: bool = False) -> Span:
    """Where a stretch of the folded reading stands in the reading; the last full stop of U.R.S.S. with it.

    Of the folded text as received: where the reading has it.
    """
    if is_received:
        begin = text.span.start
        return text.reading.reading_span(Span(begin + offsets[start], begin + offsets[end - 1] + 1))
    reading, first, last = text.reading.text, offsets[start], offsets[end - 1] + 1
    return Span(first, last + (reading[last : last + 1] == "." in reading[first:last]))


def before(reading: str, end: int) -> str:
    """What stands before an offset in its paragraph: `CONTEXT` characters, and the word these begin in."""
    start = max(0, end - CONTEXT)
    word = _LAST_PART.search(reading, max(0, start - CONTEXT), start)
    return reading[word.start() if word else start : end].rpartition("\n")[2]


def after(reading: str, start: int) -> str:
    """What stands behind an offset in its paragraph: `CONTEXT` characters, and the word these end in."""
    end = start + CONTEXT
    word = PART.match(reading, end, end + CONTEXT)
    return reading[start : word.end() if word else end].partition("\n")[0]


def find_otherwise(
    texts: Sequence[Text], hits: Sequence[Hit], names: Names, limit: int = 60
) -> list[Occurrence]:
    """Where the texts name, by whatever form of theirs, the things that are named as was asked.

    A passage that names a thing in several ways stands once, by the likest of them; those that differ in
    articles alone from what was asked are first, then all are in the order of the texts. What is only like
    the words that were asked for is another name, and not found; nor is who bears it by an interpretation.
    """
    found: list[Occurrence] = []
    for hit in hits:
        if not hit.is_named or hit.score < hits[0].score:
            break
        if hit.is_interpreted:
            continue
        named: list[Occurrence] = []
        for form in names.of(hit.thing):
            for occurrence in find_words(texts, form, limit):
                if _is_whole(occurrence) and not any(_overlap(occurrence, o) for o in (*found, *named)):
                    named.append(replace(occurrence, thing=hit.thing))
        asked = skeleton(hit.form)
        found += _apart(sorted(named, key=lambda o: -fuzz.ratio(skeleton(o.words), asked)))
    order, likest = {text.slug: place for place, text in enumerate(texts)}, [bare(h.form) for h in hits[:1]]
    return sorted(found, key=lambda o: (bare(o.words) not in likest, order[o.text.slug], o.span.start))[
        :limit
    ]


def _is_whole(occurrence: Occurrence) -> bool:
    """Whether the words found are no part of a longer word."""
    return not (occurrence.before[-1:].isalnum() or occurrence.after[:1].isalnum())


def _overlap(one: Occurrence, other: Occurrence) -> bool:
    same = one.text.slug == other.text.slug
    return same and one.span.start < other.span.end and other.span.start < one.span.end


def _apart(occurrences: Iterable[Occurrence]) -> list[Occurrence]:
    """Those that none before them shows already among the words around it."""
    kept: list[Occurrence] = []
    for occurrence in occurrences:
        if not any(_shows(held, occurrence) for held in kept):
            kept.append(occurrence)
    return kept


def _shows(one: Occurrence, other: Occurrence) -> bool:
    first, last = one.span.start - len(one.before), one.span.end + len(one.after)
    same = one.text.slug == other.text.slug
    return same and first <= other.span.start and other.span.end <= last


def folded_reading(text: Text) -> tuple[str, Sequence[int]]:
    """The reading folded, its abbreviations written together, and for each of its characters the offset that
    it comes from.
    """
    return _folded(text, text.reading.text)


def _folded(text: Text, written: str) -> tuple[str, Sequence[int]]:
    """A text as read or as received, folded, once."""
    key = text.sha256 + text.slug, written is text.source
    held = _FOLDED.get(key)
    if held is None:
        held = _FOLDED[key] = fold_with_offsets(written)
    return held


_FOLDED: dict[tuple[str, bool], tuple[str, Sequence[int]]] = {}
