"""Gathers from a release what its texts assert, as claims: never a question, a rumour, a denial or a group.

Only statements with the status `asserted` count, said by the author or the editors and not passed on;
only things with an accepted exact match count as items. What is known from outside the texts is left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from rdflib import Literal

from sergekg.errors import ReconciliationError
from sergekg.export.stated import Stated, Thing, load_reading, load_stated, load_things
from sergekg.export.wikidata.claims import (
    Batch,
    Caution,
    Claim,
    ItemValue,
    NewItem,
    Note,
    Reference,
    Snak,
    TextValue,
    TimeValue,
    Value,
    is_plain_date,
    one_line,
)
from sergekg.export.wikidata.modelling import RULES, Rule, Timing, calendar_notes, property_of, to_qualifiers
from sergekg.iris import Iris
from sergekg.model.signature import nearest
from sergekg.model.text import Reading
from sergekg.reconcile.items import HUMAN, WRITTEN_WORK
from sergekg.reconcile.ours import is_proper
from sergekg.release import Release
from sergekg.store.base import Store
from sergekg.vocab import WD

LANGUAGE_ITEMS = {"fr": "Q150", "ru": "Q7737"}
LONGEST = 1500
"""Characters of a text that Wikibase takes."""
SOURCE_TYPES = ("letter", "article")
_TOLD_APART = re.compile(r"^(.+?)(?: \(([^()]+)\))?$")
"""A name, and what tells it from another of the same: *Gorbachev (critic)*."""
_VOWEL = re.compile(r"[aàâæeéèêëiîïoôœuùûü]", re.IGNORECASE)
"""Before which a French « de » is elided."""


@dataclass(frozen=True)
class Gathered:
    """Everything that the texts give.

    Attributes:
        claims: those whose subject has an item, or could be given one.
        items: key to QID, of exact matches.
        names: key to names by language, for every thing that a claim speaks of.
        left: statements that a rule fits and that still are no claim, with the reason, by subject.
        languages: of each source text, by its key.
        base: the start of our IRIs.
    """

    claims: Sequence[Claim]
    items: Mapping[str, str]
    names: Mapping[str, Mapping[str, str]]
    left: Mapping[str, Sequence[Note]]
    languages: Mapping[str, str]
    base: str

    def of(self, key: str) -> list[Claim]:
        return [claim for claim in self.claims if claim.subject == key]

    @property
    def ready(self) -> list[Claim]:
        """Claims on items that exist, all of whose items exist."""
        return [claim for claim in self.claims if claim.item and claim.is_ready]


def gather(release: Release, store: Store) -> Gathered:
    """The claims of a release, by subject, property and value; a value is one claim with all its sources."""
    iris = Iris(release.base)
    stated: list[tuple[Stated, Reading, str]] = []
    languages: dict[str, str] = {}
    for slug in release.texts:
        raw = release.text(slug)
        document = str(raw["key"])
        languages[document] = str(raw["language"])
        reading = load_reading(release, slug)
        stated += [(s, reading, document) for s in load_stated(store, iris.thing(document)) if _counts(s)]
    things = load_things(store, iris, [node for s, _, _ in stated for node in s.things()])
    known = {thing.key: thing for thing in things.values()}
    items = {key: qid for key, thing in known.items() if (qid := _item(thing))}
    claims: list[Claim] = []
    left: defaultdict[str, list[Note]] = defaultdict(list)
    for statement, reading, document in stated:
        found = _to_claim(statement, known, items, iris)
        if isinstance(found, Claim):
            reference = _reference(statement, reading, items.get(document), languages[document])
            claims.append(replace(found, references=(reference,)))
        elif found is not None:
            left[found[0]].append(found[1])
    names = {key: dict(thing.names) for key, thing in known.items()}
    merged = tuple(
        c for c in _merge(claims) if c.item or _can_be_made(c.subject, known[c.subject].name("fr"), languages)
    )
    dated = {claim.subject for claim in merged if isinstance(claim.value, TimeValue)}
    open_ends = {
        key: tuple(n for n in dict.fromkeys(notes) if n.caution is not Caution.NO_DATE or key not in dated)
        for key, notes in left.items()
    }
    return Gathered(merged, items, names, open_ends, languages, release.base)


def to_batch(gathered: Gathered, *, create: Iterable[str] = (), only: Iterable[str] = ()) -> Batch:
    """What an export holds: every claim that needs nobody's eye, or those chosen, and the items to make.

    Args:
        create: keys of entities without an item.
        only: ids of claims; none means all that are ready and bear no note.

    Raises:
        ReconciliationError: an item is not to be made: it exists, or is unnamed, a group or unknown.
    """
    chosen = frozenset(only)
    wanted = list(dict.fromkeys(create))
    new = tuple(new_item(gathered, key) for key in wanted)
    claims = [c for c in gathered.ready if (c.id in chosen if chosen else not c.notes)]
    for key in wanted:
        claims += [
            *_first_claims(gathered, key),
            *(c for c in gathered.of(key) if c.is_ready and not c.notes),
        ]
    return Batch(new, tuple(sorted(claims, key=_order)))


def new_item(gathered: Gathered, key: str) -> NewItem:
    """The item that would be made for an entity, with what a person has to look at first."""
    names = gathered.names.get(key)
    kind = key.partition("/")[0]
    if names is None:
        guess = nearest(key, list(gathered.names))
        remedy = f"perhaps {guess}" if guess else "give <type>/<slug> of an entity that the texts speak of"
        raise ReconciliationError(f"no statement that can be exported is about {key}", remedy=remedy)
    if key in gathered.items:
        raise ReconciliationError(f"{key} is {gathered.items[key]}", remedy="nothing has to be made")
    if not _can_be_made(key, names.get("fr", ""), gathered.languages):
        raise ReconciliationError(
            f"no item is made for {key}", remedy="only texts, works and named persons are given items"
        )
    notes = [Note(Caution.SEARCH, names.get("fr", key))]
    if key not in gathered.languages:
        notes.append(Note(Caution.PERSON if kind == "person" else Caution.WORK, names.get("fr", key)))
    told_apart = sorted((tag, *_TOLD_APART.findall(one_line(name))[0]) for tag, name in names.items() if tag)
    return NewItem(
        subject=key,
        labels=tuple((tag, label) for tag, label, _ in told_apart),
        descriptions=_descriptions(gathered, key, kind)
        or tuple((tag, words) for tag, _, words in told_apart if words),
        notes=tuple(notes),
    )


def _first_claims(gathered: Gathered, key: str) -> list[Claim]:
    kind = key.partition("/")[0]
    cls = HUMAN if kind == "person" else WRITTEN_WORK
    found = [Claim(key, None, "P31", ItemValue(cls))]
    if key in gathered.languages:
        if language := LANGUAGE_ITEMS.get(gathered.languages[key]):
            found.append(Claim(key, None, "P407", ItemValue(language)))
        found.append(Claim(key, None, "P953", TextValue(f"{gathered.base}id/{key}")))
    return found


def _descriptions(gathered: Gathered, key: str, kind: str) -> tuple[tuple[str, str], ...]:
    """`lettre de Victor Serge, 1936`: what the claims say, in both languages."""
    claims = gathered.of(key)
    authors = [c.value.id for c in claims if c.pid == "P50" and isinstance(c.value, ItemValue)]
    dates = [c.value.date[:4] for c in claims if isinstance(c.value, TimeValue) and c.pid == "P571"]
    named = {tag: [_name(gathered, author, tag) for author in authors] for tag in ("fr", "en")}
    words = {"letter": ("lettre", "letter"), "article": ("article", "article"), "work": ("œuvre", "work")}
    found = []
    for index, (tag, by) in enumerate((("fr", "de"), ("en", "by"))):
        if kind not in words:
            continue
        names = ", ".join(named[tag])
        before = "d’" if tag == "fr" and _VOWEL.match(names) else f"{by} "
        text = words[kind][index] + (f" {before}{names}" if names else "")
        found.append((tag, text + (f", {dates[0]}" if dates else "")))
    return tuple(found)


def _name(gathered: Gathered, id_: str, tag: str) -> str:
    keys = [key for key, qid in gathered.items.items() if qid == id_] or [id_]
    names = gathered.names.get(keys[0], {})
    return names.get(tag) or names.get("fr") or id_


def _counts(statement: Stated) -> bool:
    return statement.is_asserted and statement.reporter is None and statement.term in RULES


def _item(thing: Thing) -> str | None:
    found = [match.removeprefix(str(WD)) for match in thing.matches if match.startswith(str(WD))]
    return found[0] if len(found) == 1 else None


def _to_claim(
    statement: Stated, known: Mapping[str, Thing], items: Mapping[str, str], iris: Iris
) -> Claim | tuple[str, Note] | None:
    """The claim; or the subject and why there is none; or None where no rule is meant for it."""
    rule = RULES[statement.term]
    subject, target = iris.key(str(statement.subject)), iris.key(str(statement.object))
    if subject is None or subject not in known or _kind(subject) not in rule.subjects:
        return None
    if rule.objects and (target is None or target not in known or _kind(target) not in rule.objects):
        return None
    if rule.is_of_oneself and statement.voice != statement.subject:
        return None
    prop = property_of(rule, target)
    value = _value(statement, rule, target, items)
    if isinstance(value, Note):
        return subject, value
    owner = subject
    if rule.is_inverse:
        owner, value = str(target), ItemValue(items.get(subject, subject))
    if isinstance(value, ItemValue) and not value.exists and _is_unnamed(value.id, known):
        return owner, Note(Caution.UNNAMED, value.id)
    qualifiers, notes = to_qualifiers(statement.date, rule.timing)
    if rule.predicate == "wasDeportedTo":
        notes = (*notes, Note(Caution.EXILE, str(target)))
    if rule.predicate == "hasOccupation" and statement.date is not None:
        notes = (*notes, Note(Caution.PERIOD, statement.date))
    if isinstance(value, TimeValue):
        notes = (*notes, *calendar_notes(value.date))
    if statement.is_contradicted:
        notes = (*notes, Note(Caution.CONTRADICTED, target or subject))
    return Claim(owner, items.get(owner), prop, value, qualifiers, (), (str(statement.iri),), notes)


def _value(statement: Stated, rule: Rule, target: str | None, items: Mapping[str, str]) -> Value | Note:
    if rule.timing is Timing.VALUE:
        date = str(statement.object) if isinstance(statement.object, Literal) else statement.date
        if date is None:
            return Note(Caution.NO_DATE, rule.pid)
        return TimeValue(date) if is_plain_date(date) else Note(Caution.INEXACT, date)
    if isinstance(statement.object, Literal):
        return TextValue(one_line(str(statement.object)), statement.object.language)
    key = str(target)
    return ItemValue(items.get(key, key))


def _kind(key: str) -> str:
    return key.partition("/")[0]


def _is_unnamed(key: str, known: Mapping[str, Thing]) -> bool:
    return _kind(key) == "person" and not is_proper(known[key].name("fr"))


def _can_be_made(key: str, name: str, texts: Collection[str]) -> bool:
    """A text of the corpus always; else who or what is named: « les livres de Victor Serge » names none."""
    kind = _kind(key)
    if kind in ("work", *SOURCE_TYPES):
        return key in texts or name[:1].isupper()
    return kind == "person" and is_proper(name)


def _reference(statement: Stated, reading: Reading, source: str | None, language: str) -> Reference:
    """P248 the item of the text, P854 the passage, P1683 its words: one reference, in this order."""
    span = reading.reading_span(statement.span)
    words = one_line(reading.text[span.start : span.end])
    found = [Snak("P248", ItemValue(source))] if source else []
    found.append(Snak("P854", TextValue(str(statement.evidence))))
    if len(words) <= LONGEST:
        found.append(Snak("P1683", TextValue(words, language)))
    return tuple(found)


def _merge(claims: Iterable[Claim]) -> list[Claim]:
    """The same claim from several passages once, with every reference; one with another date stays apart."""
    found: dict[tuple[object, ...], Claim] = {}
    for claim in claims:
        key = (claim.subject, claim.pid, claim.value, claim.qualifiers, claim.notes)
        if (earlier := found.get(key)) is not None:
            references = tuple(dict.fromkeys((*earlier.references, *claim.references)))
            statements = tuple(dict.fromkeys((*earlier.statements, *claim.statements)))
            claim = replace(earlier, references=references, statements=statements)
        found[key] = claim
    return sorted(found.values(), key=_order)


def _order(claim: Claim) -> tuple[object, ...]:
    return claim.subject, int(claim.pid[1:]), repr(claim.value), repr(claim.qualifiers)
