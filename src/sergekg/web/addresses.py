"""Where things are on this server: IRIs of the data begin with its base, addresses with the request's."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyoxigraph as ox
from flask import request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.sansio.utils import get_current_url

from sergekg.iris import THING
from sergekg.remember import remember
from sergekg.web.service import service

_SERVED = re.compile(
    r"(?:|sparql|void|dumps/.*|fragments.*|feed|page/.*|data/.*|tei/.*|cmif\.xml|releases/[0-9a-f]+)"
)
"""What of our own, after the base, is an address to fetch and not the name of a thing."""


def root() -> str:
    """What every address of this server begins with, as the client sees it; ends with a slash."""
    return _current_url(request.scheme, request.host, request.root_path)


def this_address() -> str:
    """The absolute address of the current request, without what stands after its path."""
    path = request.path.replace("%", "%25")  # the server has decoded it: what is a sign now was %25
    return _current_url(request.scheme, request.host, request.root_path, path)


_current_url = remember(entries=256, longest=1000)(get_current_url)


def here(path: str) -> str:
    """The absolute address of a path of this server."""
    return root() + path.removeprefix("/")


def localise(quads: Iterable[ox.Quad]) -> list[ox.Quad]:
    """The same quads, with the addresses in them on this server; names of things stay."""
    base, local = service().release.base, root()
    if base == local:
        return list(quads)

    def moved(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> ox.NamedNode:
        if isinstance(term, ox.NamedNode) and term.value.startswith(base):
            rest = term.value[len(base) :]
            if _SERVED.fullmatch(rest) and "#" not in rest:
                return ox.NamedNode(local + rest)
        return term  # type: ignore[return-value]

    return [ox.Quad(moved(q.subject), q.predicate, moved(q.object), q.graph_name) for q in quads]


def thing_key(type: str, slug: str) -> str:
    """`<type>/<slug>`, once it is found well-formed.

    Raises:
        NotFound: it cannot be the name of a thing.
    """
    key = f"{type}/{slug}"
    if not THING.fullmatch(key):
        raise NotFound(
            "No thing is named like this; names are made of lower-case letters, digits and hyphens."
        )
    return key


def number_argument(name: str, default: int) -> int:
    """A whole number from 1 in the query of the address.

    Raises:
        BadRequest: it is something else.
    """
    text = request.args.get(name)
    if text is None:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text) or int(text) < 1:
        raise BadRequest(f"{name} has to be a whole number from 1.")
    return int(text)
