"""Puts terms into the text of a stored query; parameters are written with SPARQL's other sigil, `$name`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from sergekg.errors import QueryError
from sergekg.store.base import Term

_PARAMETER = re.compile(r"\$([A-Za-z_]\w*)")


def bind(query: str, parameters: Mapping[str, Term | Iterable[Term]]) -> str:
    """The query with every `$name` replaced by its term, or by its terms parted by spaces (for VALUES).

    Text is what every store understands the same way; `initBindings` means something else in each.

    Raises:
        QueryError: a parameter of the query has no term.

    >>> from rdflib import URIRef
    >>> bind("SELECT * { $who ?p ?o }", {"who": URIRef("http://example.org/a")})
    'SELECT * { <http://example.org/a> ?p ?o }'
    """

    def written(match: re.Match[str]) -> str:
        name = match[1]
        if name not in parameters:
            raise QueryError(f"the query wants a value for ${name}", remedy=f"give {name}")
        value = parameters[name]
        terms = [value] if hasattr(value, "n3") else value
        return " ".join(_n3(term) for term in terms)

    return _PARAMETER.sub(written, query)


def _n3(term: object) -> str:
    from sergekg.rdf.terms import to_oxigraph

    return str(to_oxigraph(term))  # type: ignore[arg-type]
