"""Wikibase JSON of a batch, made by WikibaseIntegrator, and a trial of it on a wiki that is for trials.

Nothing here can write to Wikidata: a trial goes to the loopback or to test.wikidata.org.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from sergekg.errors import ExtraMissing, ReconciliationError
from sergekg.export.wikidata.claims import Batch, Claim, ItemValue, NewItem, Snak, TimeValue, Value
from sergekg.reconcile.transport import user_agent
from sergekg.vocab import WD

_TRIALS = frozenset({"127.0.0.1", "localhost", "::1", "test.wikidata.org"})
_URLS = frozenset({"P854", "P953"})


def write_wikibase(batch: Batch) -> str:
    """JSON: a list of edits, each `{"id"| "new", "entity": <Wikibase JSON>}`, sorted as the batch is.

    Raises:
        ConfigError: WikibaseIntegrator is not installed.
    """
    found = [{"item": id_, "entity": item.get_json()} for id_, _, item in _items(batch)]
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def try_out(batch: Batch, api: str, contact: str) -> list[str]:
    """Write a batch to a wiki for trials, and say for each item which id it has there.

    Args:
        api: its `api.php`.

    Raises:
        ReconciliationError: it is no wiki for trials, it does not answer, or it refuses an item.
    """
    host = urlsplit(api).hostname or ""
    if host not in _TRIALS:
        raise ReconciliationError(
            f"{host or api} is no wiki for trials", remedy="give the loopback or test.wikidata.org"
        )
    import requests
    from wikibaseintegrator.wbi_config import config
    from wikibaseintegrator.wbi_exceptions import MWApiError

    config["USER_AGENT"] = user_agent(contact)
    found = []
    for id_, name, item in _items(batch):
        try:
            written = item.write(
                mediawiki_api_url=api,
                summary="trial of an export of sergekg",
                allow_anonymous=True,
                as_new=id_ is None,
                max_retries=2,
                retry_after=1,
            )
        except (MWApiError, requests.RequestException, OSError, ValueError, KeyError) as cause:
            what = f"{host} did not take {name}: {type(cause).__name__}: {cause}"
            raise ReconciliationError(what[:300], remedy="nothing of it was written to Wikidata") from cause
        found.append(f"{name}\t{written.id}")
    return found


def _items(batch: Batch) -> Iterator[tuple[str | None, str, Any]]:
    try:
        from wikibaseintegrator.entities import ItemEntity
    except ImportError as cause:
        raise ExtraMissing("wikibase JSON", "reconcile") from cause
    for new in batch.new:
        item = _with_terms(ItemEntity(), new)
        for claim in batch.claims:
            if claim.subject == new.subject and claim.item is None:
                item.claims.add(_statement(claim), _always())
        yield None, new.subject, item
    for qid in dict.fromkeys(claim.item for claim in batch.claims if claim.item is not None):
        item = ItemEntity()
        item.id = qid
        for claim in batch.claims:
            if claim.item == qid:
                item.claims.add(_statement(claim), _always())
        yield qid, qid, item


def _always() -> Any:
    from wikibaseintegrator.wbi_enums import ActionIfExists

    return ActionIfExists.FORCE_APPEND


def _with_terms(item: Any, new: NewItem) -> Any:
    for language, text in new.labels:
        item.labels.set(language, text)
    for language, text in new.descriptions:
        item.descriptions.set(language, text)
    for language, text in new.aliases:
        item.aliases.set(language, text)
    return item


def _statement(claim: Claim) -> Any:
    from wikibaseintegrator.models import Qualifiers
    from wikibaseintegrator.models import Reference as WbiReference

    made = _snak(Snak(claim.pid, claim.value))
    made.qualifiers = Qualifiers()
    for snak in claim.qualifiers:
        made.qualifiers.add(_snak(snak))
    for reference in claim.references:
        added = WbiReference()
        for snak in reference:
            added.add(_snak(snak))
        made.references.add(added)
    return made


def _snak(snak: Snak) -> Any:
    from wikibaseintegrator import datatypes

    value: Value = snak.value
    if isinstance(value, ItemValue):
        return datatypes.Item(prop_nr=snak.pid, value=value.id)
    if isinstance(value, TimeValue):
        return datatypes.Time(
            prop_nr=snak.pid,
            time=value.time,
            precision=value.precision,
            calendarmodel=f"{WD}{value.calendar}",
        )
    if value.language:
        return datatypes.MonolingualText(prop_nr=snak.pid, text=value.text, language=value.language)
    if snak.pid in _URLS:
        return datatypes.URL(prop_nr=snak.pid, value=value.text)
    return datatypes.String(prop_nr=snak.pid, value=value.text)
