"""What is odd about a query that is well-formed: a term of ours that nobody has defined."""

from __future__ import annotations

import re

from rdflib import URIRef

from sergekg.errors import QueryError
from sergekg.model.signature import nearest
from sergekg.model.values import is_iri
from sergekg.store.functions import DOCUMENTED
from sergekg.store.lexer import read_tokens
from sergekg.vocab import PREFIXES
from sergekg.web.i18n import gettext
from sergekg.web.site import site

_LONGEST = 20_000
"""Characters of a query that is looked through."""
_OURS = "skg:"
_ESCAPED = re.compile(r"\\(.)")
_KNOWN = frozenset(one.iri for one in DOCUMENTED)


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
    written = {name: PREFIXES["skg"] + _ESCAPED.sub(r"\1", name.removeprefix(_OURS)) for name in names}
    iris = {name: URIRef(iri) for name, iri in written.items() if is_iri(iri)}
    labels = site().labels
    labels.load(iris.values())
    unknown = next((n for n, iri in iris.items() if str(iri) not in _KNOWN and not labels.all(iri)), None)
    used = [term.iri.removeprefix(PREFIXES["skg"]) for term in site().partitions.terms]
    if unknown is None or not used:
        return ""
    guess = nearest(unknown.removeprefix(_OURS), [name for name in used if ":" not in name])
    said = gettext("The ontology has no %(name)s.") % {"name": unknown}
    perhaps = gettext("Did you mean %(name)s?") % {"name": f"{_OURS}{guess}"}
    return f"{said} {perhaps}" if guess else said
