"""JSON is what the engine itself would write, to the byte, whichever way it is made."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sergekg.store import results_json
from sergekg.store.results_json import write_json

JSON = ox.QueryResultsFormat.JSON
XSD = "http://www.w3.org/2001/XMLSchema#"

iris = st.sampled_from(
    ["http://e/", "http://e/%25b%2F", "http://é.org/ü?a=b&c='d'#e", "urn:x:@fr--x", "x:--@"]
)
uris = st.builds(lambda iri: {"type": "uri", "value": iri}, iris)
texts = st.one_of(
    st.sampled_from(
        ["", "a\tb", "\n", '"', "\\", '\\"', '"@fr', '"^^<x', "<", ">", ">\t<", "%b", "--", "<<("]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
)
plain = st.builds(lambda value: {"type": "literal", "value": value}, texts)
tagged = st.builds(lambda one, tag: one | {"xml:lang": tag}, plain, st.sampled_from(["fr", "en-gb"]))
directed = st.builds(lambda one: one | {"its:dir": "rtl"}, tagged)
values = [
    "1",
    "-5",
    "+05",
    "1.5",
    "-.5",
    "5.",
    "1e0",
    "-1.5E-30",
    "true",
    "false",
    "INF",
    "NaN",
    "1_0",
    "",
    "٣",
]
types = [*(f"{XSD}{name}" for name in ("integer", "decimal", "double", "boolean", "date")), "http://e/%25b"]
typed = st.builds(
    lambda value, datatype: {"type": "literal", "value": value, "datatype": datatype},
    st.sampled_from(values) | texts,
    st.sampled_from(types),
)
nodes = st.builds(lambda name: {"type": "bnode", "value": name}, st.sampled_from(["b0", "a.b", "é"]))
simple = uris | plain | tagged | typed | nodes
triples = st.builds(
    lambda s, p, o: {"type": "triple", "value": {"subject": s, "predicate": p, "object": o}},
    *(uris | nodes, uris, simple | directed),
)
rows = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys("abc", simple)), max_size=5)
rare = st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys("abc", triples | directed)), max_size=1)


@pytest.fixture(autouse=True, scope="module")
def unhurried() -> Iterator[None]:
    """On a machine that has other work to do solutions may take long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results_json, "_FAST", 60.0)
        yield


def solutions(names: str, rows: list[Any]) -> ox.QuerySolutions:
    bindings = [{name: row[name] for name in names if name in row} for row in rows]
    found = ox.parse_query_results(
        json.dumps({"head": {"vars": list(names)}, "results": {"bindings": bindings}}), JSON
    )
    assert isinstance(found, ox.QuerySolutions)
    return found


def by_us(names: str, rows: list[Any], most: int | None = None) -> bytes:
    out = io.BytesIO()
    counted = write_json(solutions(names, rows), out, most)
    assert counted.rows == (len(rows) if most is None else min(most, len(rows)))
    assert counted.is_cut == (most is not None and len(rows) > most)
    return out.getvalue()


def by_engine(names: str, rows: list[Any]) -> bytes:
    return solutions(names, rows).serialize(format=JSON) or b""


@pytest.mark.parametrize("piece", [1, 100, 1 << 15])
@given(
    names=st.sampled_from(["", "a", "ab", "abc"]),
    first=st.sampled_from([0, 1, 15, 16, 17, 40]),
    iri=uris,
    rows=rows,
    odd=rare,
    others=rows,
)
def test_it_is_what_the_engine_writes(
    names: str, first: int, piece: int, iri: Any, rows: list[Any], odd: list[Any], others: list[Any]
) -> None:
    found = [dict.fromkeys("abc", iri)] * first + rows + odd + others
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results_json, "_ENOUGH", piece)
        assert by_us(names, found) == by_engine(names, found)


@pytest.mark.parametrize("first", [0, 16, 40])
@pytest.mark.parametrize(
    "character", [*map(chr, range(0x21)), "\x7f", "\x85", "\u2028", "\ufeff", "\U0001f600"]
)
def test_every_character_is_escaped_as_the_engine_does(first: int, character: str) -> None:
    iris = [{"a": {"type": "uri", "value": "http://e/"}}] * first
    found = [*iris, {"a": {"type": "literal", "value": f"x{character}y", "xml:lang": "fr"}}] * 3
    assert by_us("a", found) == by_engine("a", found)


@pytest.mark.parametrize("kind", ["iris", "texts", "texts after iris"])
@pytest.mark.parametrize("number", [15, 16, 17, 18, 5000])
@pytest.mark.parametrize("fewer", [0, 1, 3])
def test_what_is_too_much_is_left_out(kind: str, number: int, fewer: int) -> None:
    iri, text = {"type": "uri", "value": "http://e/"}, {"type": "literal", "value": "},{"}
    found = [{"a": text if kind == "texts" else iri, "b": iri} for _ in range(number)]
    if kind == "texts after iris":
        found[-1] = {"a": text}
    most = number - fewer
    assert by_us("ab", found, most) == by_engine("ab", found[:most])


@pytest.mark.parametrize("first", [0, 17])
@pytest.mark.parametrize("value", ["x", '--\u0001 "'])
def test_a_literal_may_be_longer_than_a_line_that_the_engine_reads(first: int, value: str) -> None:
    whole = ox.Literal(value * (17_000_000 // len(value)), language="fr")
    query = f"SELECT ?a {{ VALUES ?i {{ {'<http://e/> ' * first} 0 }} BIND(IF(isIRI(?i), ?i, <x:long>()) AS ?a) }}"

    def found() -> ox.QuerySolutions:
        solutions = ox.Store().query(query, custom_functions={ox.NamedNode("x:long"): lambda: whole})
        assert isinstance(solutions, ox.QuerySolutions)
        return solutions

    out = io.BytesIO()
    assert not write_json(found(), out, None).is_cut
    assert out.getvalue() == found().serialize(format=JSON)


@pytest.mark.parametrize(("fast", "is_turned"), [(0.001, False), (60.0, True)])
def test_solutions_that_come_slowly_are_not_gathered(fast: float, is_turned: bool) -> None:
    number = 0

    def wait(term: Any) -> Any:
        nonlocal number
        number += 1
        time.sleep(0.001)
        return term

    class Noting(io.BytesIO):
        """Notes how many solutions there were at each write."""

        def __init__(self) -> None:
            super().__init__()
            self.seen: list[int] = []

        def write(self, data: Any) -> int:
            self.seen.append(number)
            return super().write(data)

    cells = " ".join(f'"{at}"' for at in range(200))
    query = f"SELECT ?a {{ VALUES ?l {{ {cells} }} BIND(IRI(CONCAT('http://e/', <x:wait>(?l))) AS ?a) }}"
    found = ox.Store().query(query, custom_functions={ox.NamedNode("x:wait"): wait})
    assert isinstance(found, ox.QuerySolutions)
    out = Noting()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results_json, "_FAST", fast)
        write_json(found, out, None)
    assert (out.seen[0] == 16) is not is_turned
    assert len(json.loads(out.getvalue())["results"]["bindings"]) == 200


def test_no_iri_has_what_json_escapes() -> None:
    for character in '"\\<>\t\n\x00\x7f'[:-1]:
        with pytest.raises(ValueError, match="IRI"):
            ox.NamedNode(f"http://e/{character}")
        with pytest.raises(SyntaxError):
            list(ox.parse(f"<http://e/\\u{ord(character):04X}> <x:> <x:> .", ox.RdfFormat.N_TRIPLES))
