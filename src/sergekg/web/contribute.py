"""`/wikidata`: what the texts state beside Wikidata, to look through, choose from and download.

The pages ask nobody: items come from the copy that `reconcile compare` or `reconcile check` made last, or
from the one that the corpus carries.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.exceptions import NotImplemented as NotImplemented_

from sergekg.errors import ReconciliationError
from sergekg.export.wikidata import quickstatements
from sergekg.export.wikidata.claims import Batch, Caution, Claim, ItemValue, TimeValue
from sergekg.export.wikidata.compare import Comparison, Standing, compare, value_text
from sergekg.export.wikidata.conformance import SCHEMAS, read_schema
from sergekg.export.wikidata.gather import Gathered, new_item, to_batch
from sergekg.export.wikidata.mixnmatch import write_mixnmatch
from sergekg.export.wikidata.modelling import PROPERTIES
from sergekg.export.wikidata.report import quotations
from sergekg.export.wikidata.wikibase import write_wikibase
from sergekg.iris import THING
from sergekg.reconcile.facts import Catalogue
from sergekg.reconcile.snapshot import Snapshot, read_snapshot
from sergekg.web.i18n import N_

_ID = re.compile(r"[0-9a-f]{12}")
_MOST = 500
"""Claims and items that one download may name."""

STANDINGS = {
    Standing.LACKS: N_("Wikidata lacks it"),
    Standing.BOTH: N_("both say it"),
    Standing.DIFFERS: N_("they differ"),
    Standing.BESIDE: N_("Wikidata says something else beside"),
    Standing.UNSEEN: N_("not in our copy of the item: look online"),
    Standing.NO_ITEM: N_("no item is known here"),
}
CAUTIONS = {
    Caution.INEXACT: N_("the text dates it %(detail)s, which is not exact: add the date by hand, with P1480"),
    Caution.WITHIN: N_("it began within %(detail)s: add the date by hand"),
    Caution.CALENDAR: N_("%(detail)s: does the source count by the Gregorian calendar?"),
    Caution.EXILE: N_(
        "P551 says residence, and %(detail)s is a place of deportation: decide whether to add it"
    ),
    Caution.PERIOD: N_(
        "the text dates it %(detail)s: does that end the occupation, or only what the text speaks of?"
    ),
    Caution.CONTRADICTED: N_(
        "%(detail)s: another passage contradicts this, surely or perhaps: read both before you add it"
    ),
    Caution.NO_DATE: N_("%(detail)s: the text gives no date"),
    Caution.UNNAMED: N_("%(detail)s has no name in the texts, and gets no item"),
    Caution.SEARCH: N_(
        "search Wikidata once more for %(detail)s: two items for one thing have to be merged by hand"
    ),
    Caution.PERSON: N_(
        "%(detail)s needs a second source (Wikidata:Notability): a dictionary, an archive, a library"
    ),
    Caution.WORK: N_(
        "%(detail)s is known here by one mention: find an edition, a catalogue or a study first"
    ),
}

_DATED = frozenset((Caution.INEXACT, Caution.WITHIN, Caution.CALENDAR, Caution.PERIOD))
"""Cautions whose matter is a date."""


@dataclass(frozen=True)
class ContributorDesk:
    """What the pages need, each as it is now.

    Attributes:
        copies: files that may hold a copy of items; the first that exists is taken.
    """

    gathered: Callable[[], Gathered]
    catalogue: Callable[[], Catalogue]
    copies: Sequence[Path]
    base: str

    def items(self) -> Snapshot:
        """The copy, read again when its file has changed; an unreadable one counts as empty."""
        for path in self.copies:
            if path.is_file():
                return _read(path, path.stat().st_mtime_ns)
        return Snapshot()


def make_blueprint(desk: ContributorDesk) -> Blueprint:
    """The pages and downloads over a desk."""
    blueprint = Blueprint("contribute", __name__)

    @blueprint.get("/wikidata", strict_slashes=False)
    def overview() -> str:
        found = compare(desk.gathered(), desk.items())
        by_subject: dict[str, list[Comparison]] = {}
        for one in found:
            by_subject.setdefault(one.claim.subject, []).append(one)
        counts = {key: Counter(one.standing for one in ones) for key, ones in by_subject.items()}
        return render_template(
            "contribute_list.html", counts=counts, batch=to_batch(desk.gathered()), **_words(desk)
        )

    @blueprint.get("/wikidata/<type>/<slug>")
    def entity(type: str, slug: str) -> str:
        gathered, key = desk.gathered(), f"{type}/{slug}"
        if key not in gathered.names:
            raise NotFound(f"No statement that can be exported is about {key}.")
        found = [one for one in compare(gathered, desk.items()) if one.claim.subject == key]
        new = None
        if key not in gathered.items:
            try:
                new = new_item(gathered, key)
            except ReconciliationError:
                new = None
        return render_template(
            "contribute_entity.html",
            key=key,
            found=found,
            new=new,
            left=gathered.left.get(key, ()),
            quotations=quotations,
            day=desk.items().days.get(gathered.items.get(key, ""), ""),
            is_ready=_is_ready,
            any_ready=any(_is_ready(one.claim) for one in found),
            **_words(desk),
        )

    @blueprint.get("/wikidata/quickstatements.txt")
    def quickstatements_v1() -> Response:
        return _download(
            quickstatements.write_v1(_batch(desk)), "text/tab-separated-values", "quickstatements.txt"
        )

    @blueprint.get("/wikidata/quickstatements.csv")
    def quickstatements_csv() -> Response:
        return _download(quickstatements.write_csv(_batch(desk)), "text/csv", "quickstatements.csv")

    @blueprint.get("/wikidata/wikibase.json")
    def wikibase() -> Response:
        if not _has_wikibase():
            raise NotImplemented_("This server was installed without WikibaseIntegrator.")
        return _download(write_wikibase(_batch(desk)), "application/json", "wikibase.json")

    @blueprint.get("/wikidata/mixnmatch.tsv")
    def mixnmatch() -> Response:
        text = write_mixnmatch(desk.catalogue(), desk.base)
        return _download(text, "text/tab-separated-values", "mixnmatch.tsv")

    @blueprint.get("/wikidata/<name>.shex")
    def schema(name: str) -> Response:
        if name not in SCHEMAS:
            raise NotFound("There are EntitySchemas for persons and letters.")
        return _download(read_schema(name), "text/shex", f"{name}.shex")

    return blueprint


def _batch(desk: ContributorDesk) -> Batch:
    """What a download asks for: `claim`, `entity`, `create`, each repeated; none means all that is ready."""
    only, create, entities = (request.args.getlist(name) for name in ("claim", "create", "entity"))
    if len(only) + len(create) + len(entities) > _MOST:
        raise BadRequest(f"Choose at most {_MOST} at once.")
    if not all(map(_ID.fullmatch, only)) or not all(map(THING.fullmatch, (*create, *entities))):
        raise BadRequest("`claim` is the id of a claim, `create` and `entity` the key of an entity.")
    gathered = desk.gathered()
    if unknown := set(only) - {claim.id for claim in gathered.claims}:
        raise BadRequest(f"There is no claim {sorted(unknown)[0]}: the texts have been read anew since.")
    try:
        batch = to_batch(gathered, create=create, only=only)
    except ReconciliationError as error:
        raise BadRequest(str(error)) from error
    if only or not (create or entities):
        return batch
    chosen = tuple(claim for claim in batch.claims if claim.item is None or claim.subject in entities)
    return Batch(batch.new, chosen)


def _words(desk: ContributorDesk) -> Mapping[str, object]:
    gathered = desk.gathered()
    keys = {qid: key for key, qid in gathered.items.items()}

    def named(id_: str, language: str) -> tuple[str, str]:
        """What an item or entity is called, and the language of that name."""
        names = gathered.names.get(keys.get(id_, id_), {})
        tag = language if language in names else "fr"
        return (names[tag], tag) if tag in names else (id_, "")

    return {
        "gathered": gathered,
        "named": named,
        "key_of": lambda id_: keys.get(id_, id_),
        "value_text": value_text,
        "is_item": lambda claim: isinstance(claim.value, ItemValue),
        "is_date": lambda claim: isinstance(claim.value, TimeValue),
        "qualifiers": _qualifiers,
        "properties": PROPERTIES,
        "standings": STANDINGS,
        "cautions": CAUTIONS,
        "is_dated": lambda caution: caution in _DATED,
        "shown": list(Standing),
        "has_wikibase": _has_wikibase(),
    }


@cache
def _has_wikibase() -> bool:
    return find_spec("wikibaseintegrator") is not None


def _is_ready(claim: Claim) -> bool:
    return claim.item is not None and claim.is_ready


def _qualifiers(claim: Claim) -> list[tuple[str, str]]:
    return [(q.pid, q.value.date) for q in claim.qualifiers if isinstance(q.value, TimeValue)]


def _download(text: str, media_type: str, name: str) -> Response:
    answer = Response(text, content_type=f"{media_type}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@cache
def _read(path: Path, _stamp: int) -> Snapshot:
    try:
        return read_snapshot(path)
    except ReconciliationError:  # the command says what is wrong with it
        return Snapshot()
