"""What is odd about a query that is well-formed: a term of ours that nobody has defined."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rdflib import URIRef

from sergekg.errors import QueryError, StoreError
from sergekg.model.signature import nearest
from sergekg.model.values import is_iri
from sergekg.store.functions import DOCUMENTED
from sergekg.store.lexer import read_tokens
from sergekg.vocab import PREFIXES, SKG
from sergekg.web.i18n import gettext
from sergekg.web.site import site

_LONGEST = 20_000
"""Characters of a query that is looked through."""
_OURS = "skg:"
_KNOWN = frozenset((*(one.iri for one in DOCUMENTED), *map(str, dir(SKG))))
_ESCAPED = re.compile(r"\\(.)")
"""A character of a local name behind its backslash (SPARQL 1.1, PN_LOCAL_ESC)."""


def doubt_about(query: str) -> str:
    """A sentence on the first term `skg:…` of a query that the ontology lacks; empty where there is none."""
    try:
        tokens = read_tokens(query) if len(query) <= _LONGEST else []
    except QueryError:
        return ""
    for before, name, iri in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (before.text, name.text) == ("PREFIX", _OURS) and iri.text != f"<{PREFIXES['skg']}>":
            return ""  # it is another's prefix there
    names = dict.fromkeys(
        token.text for token in tokens if token.text.startswith(_OURS) and token.text != _OURS
    )
    iris = {name: PREFIXES["skg"] + _ESCAPED.sub(r"\1", name.removeprefix(_OURS)) for name in names}
    try:
        unknown = _unknown({name: iri for name, iri in iris.items() if iri not in _KNOWN and is_iri(iri)})
        used = [term.iri.removeprefix(PREFIXES["skg"]) for term in site().partitions.terms] if unknown else []
    except StoreError:  # the answer does without a hint
        return ""
    if not (unknown and used):
        return ""
    guess = nearest(unknown.removeprefix(_OURS), [name for name in used if ":" not in name])
    said = gettext("The ontology has no %(name)s.") % {"name": unknown}
    perhaps = gettext("Did you mean %(name)s?") % {"name": f"{_OURS}{guess}"}
    return f"{said} {perhaps}" if guess else said


def _unknown(iris: Mapping[str, str]) -> str | None:
    """The first of these names whose IRI the store has no label for."""
    labels = site().labels
    if iris:
        labels.load(map(URIRef, iris.values()))
    return next((name for name, iri in iris.items() if not labels.all(iri)), None)
