"""What `/sparql` says of itself: the counts of its release, its functions and its limits."""

from __future__ import annotations

from flask import Response

from sergekg.store.functions import DOCUMENTED
from sergekg.web.catalogue import describe_endpoint
from sergekg.web.service import service

_LIMITS = {
    "en": "A query may run {seconds:g} s, give {rows} rows and have {length} bytes; what is cut says so.",
    "fr": "Une requête peut durer {seconds:g} s, rendre {rows} lignes et compter {length} octets ; "
    "une réponse tronquée le dit.",
}


def describe_service() -> Response:
    """The SPARQL 1.1 Service Description in the RDF format that the client prefers.

    Raises:
        NotAcceptable: the client takes none of them.
    """
    config = service().config
    return describe_endpoint(
        ("SPARQL11Query", "SPARQL11Update") if config.writable else ("SPARQL11Query",),
        functions={one.iri: one.about for one in DOCUMENTED if not one.is_property},
        features={one.iri: one.about for one in DOCUMENTED if one.is_property},
        comments={
            language: text.format(seconds=config.timeout, rows=config.max_rows, length=config.max_query)
            for language, text in _LIMITS.items()
        },
        can_federate=bool(config.services),
        has_union=config.has_union,
    )
