"""One query for all focus nodes finds what a query for each of them finds."""

from __future__ import annotations

import random
from pathlib import Path

import pyoxigraph as ox
import pytest

from sergekg.validate import shacl
from sergekg.validate.constraints import ask_all

NODES = [ox.NamedNode(f"urn:{letter}") for letter in "abcd"]
PREDICATES = [ox.NamedNode(f"urn:{letter}") for letter in "pq"]


def _store(chance: random.Random) -> ox.Store:
    store = ox.Store()
    for _ in range(chance.randint(1, 7)):
        store.add(ox.Quad(chance.choice(NODES), chance.choice(PREDICATES), chance.choice(NODES)))
    return store


def _term(chance: random.Random) -> str:
    return chance.choice(["$this", "?this", "?x", "?y", "?x", "<urn:a>"])


def _triple(chance: random.Random) -> str:
    return f"{_term(chance)} <urn:{chance.choice('pq')}> {_term(chance)} ."


def _test(chance: random.Random, depth: int) -> str:
    if depth and chance.random() < 0.5:
        return f"{chance.choice(['', 'NOT '])}EXISTS {_group(chance, depth - 1)}"
    one, other = _term(chance), _term(chance)
    # the engine takes `BOUND($this)` for false where only a substitution binds it; here it is true
    return "(" + chance.choice([f"{one} != {other}", f"{one} = {other}", "BOUND(?x)", "!BOUND(?y)"]) + ")"


def _group(chance: random.Random, depth: int) -> str:
    parts = []
    for _ in range(chance.randint(1, 3)):
        kind = chance.random() if depth else 0
        if kind < 0.45:
            parts.append(_triple(chance))
        elif kind < 0.6:
            parts.append(f"OPTIONAL {_group(chance, depth - 1)}")
        elif kind < 0.7:
            parts.append(f"{_group(chance, depth - 1)} UNION {_group(chance, depth - 1)}")
        elif kind < 0.75:
            parts.append(_group(chance, depth - 1))
        else:
            parts.append(f"FILTER {_test(chance, depth)}")
    return "{ " + " ".join(parts) + " }"


def _select(chance: random.Random) -> str:
    group = _group(chance, 3)
    if chance.random() < 0.2:
        return f"SELECT $this (COUNT(DISTINCT ?x) AS ?n) WHERE {group} GROUP BY $this HAVING (COUNT(DISTINCT ?x) != 1)"
    return f"SELECT $this ?x WHERE {group}"


@pytest.mark.parametrize("seed", range(40))
def test_a_query_for_all_has_a_solution_where_one_for_each_has(seed: int) -> None:
    chance = random.Random(seed)
    found = set()
    for _ in range(60):
        store, select = _store(chance), _select(chance)
        nodes = [*chance.sample(NODES, chance.randint(1, 3)), ox.Literal('it\'s "a"\n', language="fr")]
        whole = ask_all(select, nodes)
        assert whole is not None
        each = [
            any(True for _ in store.query(select, substitutions={ox.Variable("this"): node}))
            for node in nodes
        ]
        assert any(True for _ in store.query(whole)) or not any(each), whole
        found.add(any(each))
    assert found == {True, False}


@pytest.mark.parametrize(
    "select",
    [
        "SELECT $this WHERE { $this ?p ?o MINUS { $this ?p <urn:a> } }",
        "SELECT $this WHERE { { SELECT $this { $this ?p ?o } } }",
        "SELECT $this (COUNT(*) AS ?n) WHERE { $this ?p ?o } HAVING (COUNT(*) > 2)",
        "SELECT $this (COUNT(*) AS ?n) WHERE { $this ?p ?o } GROUP BY ?o HAVING (COUNT(*) > 2)",
        "SELECT $this WHERE { $this ?p ?o } OFFSET 1",
        "SELECT $this WHERE { $this $PATH ?o }",
        "SELECT ?x WHERE { $this ?p ?x }",
        "SELECT (STR($this) AS ?x) WHERE { $this ?p ?o }",
        "SELECT $this WHERE { ?x ?p ?o } GROUP BY ?x HAVING (COUNT($this) < 2)",
    ],
)  # fmt: skip
def test_what_is_hard_to_judge_is_left(select: str) -> None:
    assert ask_all(select, NODES) is None


def test_nodes_that_a_query_cannot_name_are_left() -> None:
    select = "SELECT $this WHERE { $this ?p ?o }"
    assert ask_all(select, [ox.BlankNode("a")]) is None
    assert ask_all(select, [ox.Triple(NODES[0], PREDICATES[0], NODES[1])]) is None
    assert ask_all(select, []) is None


@pytest.mark.parametrize(
    "select",
    [
        "SELECT $this { ?x ?p ?m FILTER(?m<$this&&?m>3) }",
        "SELECT $this { ?x ?p ?m FILTER(?m<e:b#$this> EXISTS \n) { $this ?q ?y } }",
        "SELECT $this { ?x e:l\\'un ?n FILTER(?n != $this) FILTER(STR(?n) != 'x') }",
        "SELECT $this { ?x e:l\\#un ?n FILTER(?n != $this) \n }",
        "SELECT $this { ?x ?p '\\u0027 . $this ?q ?y . ?y ?r ' }",
        "SELECT $this { ?x ?p e:e\u0301EXISTS { $this ?q ?y } }",
    ],
)
def test_what_cannot_be_cut_with_certainty_is_left(select: str) -> None:
    assert ask_all(select, NODES) is None


@pytest.mark.parametrize(
    ("select", "groups"),
    [
        ("SELECT $this ?exists { ?x a ?exists { $this ?p ?o } }", 2),
        ("SELECT $this { ?x a e:exists { $this ?p ?o } }", 2),
        ("SELECT $this { FILTER EXISTS # {\n { $this ?p ?o } }", 1),
        ("SELECT $this { ?x ?p ?o # the rest\r $this ?p ?o }", 1),
        ("SELECT $this { ?x <http://e/a#EXISTS> ?y { $this ?p ?o } }", 2),
        ("SELECT $this { ?x ?p ?n } GROUP BY $this HAVING (COUNT(?n) > 0 && STRENDS(STR($this), 'a'))", 1),
    ],
)
def test_every_group_outside_of_exists_is_told_the_focus_nodes(select: str, groups: int) -> None:
    whole = ask_all(select, NODES[:1])
    assert whole is not None
    assert whole.count("VALUES ?this { <urn:a> }") == groups


def test_words_in_strings_and_comments_are_not_read() -> None:
    select = 'SELECT $this { # { $this MINUS\n ?x ?p "{ $this } MINUS" OPTIONAL { ?x ?q $this } }'
    whole = ask_all(select, NODES[:1])
    assert whole is not None
    assert whole.count("VALUES ?this { <urn:a> }") == 2


SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix e: <http://e/> .
e:Ones a sh:NodeShape ; sh:targetClass e:One ; sh:sparql e:Alone, e:Named .
e:Alone sh:message "alone"@en ; sh:select "SELECT $this { FILTER NOT EXISTS { ?x <http://e/knows> $this } }" .
e:Named sh:message "named"@en ; sh:select "SELECT $this { FILTER NOT EXISTS { $this <http://e/name> ?name } }" .
e:Known a sh:NodeShape ; sh:targetSubjectsOf e:knows ; sh:property [ sh:path e:knows ; sh:node e:Friend ] .
e:Friend a sh:NodeShape ; sh:targetClass e:Two ; sh:sparql e:Friendly .
e:Friendly sh:message "friendly"@en ; sh:select "SELECT $this { FILTER NOT EXISTS { $this a <http://e/Two> } }" .
"""


def test_what_is_broken_is_reported_for_each_node_and_the_rest_is_not_asked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shapes.ttl").write_text(SHAPES)
    lines = [
        f"<http://e/{subject}> <{predicate}> <http://e/{value}> ."
        for subject, predicate, value in (
            ("a", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "Below"),
            ("Below", "http://www.w3.org/2000/01/rdf-schema#subClassOf", "One"),
            ("b", "http://www.w3.org/1999/02/22-rdf-syntax-ns#type", "One"),
            ("c", "http://e/knows", "b"),
            ("c", "http://e/knows", "d"),
            ("a", "http://e/name", "n"),
            ("b", "http://e/name", "n"),
        )
    ]
    left: list[object] = []
    real = shacl.unbroken

    def noted(data: object, shapes: object) -> list[object]:
        left.extend(found := real(data, shapes))  # type: ignore[arg-type]
        return found  # type: ignore[return-value]

    monkeypatch.setattr(shacl, "unbroken", noted)
    ours = shacl._validate(lines, [tmp_path / "shapes.ttl"]).findings
    assert [str(one) for one in left] == ["http://e/Named"]  # nobody can tell whom sh:node brings
    monkeypatch.setattr(shacl, "unbroken", lambda data, shapes: [])
    assert shacl._validate(lines, [tmp_path / "shapes.ttl"]).findings == ours
    found = [(one.focus, one.shape, one.value) for one in ours]
    assert ("http://e/a", "http://e/Alone", "http://e/a") in found
    assert [value for focus, shape, value in found if focus == "http://e/c" and not shape] == [
        "http://e/b",
        "http://e/d",
    ]
    assert len(found) == 3


def test_a_constraint_that_nothing_breaks_is_still_read(tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text(SHAPES.replace('"named"@en', "e:named"))
    line = "<http://e/a> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <http://e/One> ."
    name = "<http://e/a> <http://e/name> <http://e/n> ."
    with pytest.raises(shacl.ShapeError, match="sh:message"):
        shacl._validate([line, name], [tmp_path / "shapes.ttl"])


HEAD = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix e: <http://e/> .
"""
BAD = 'sh:message "bad" ; sh:select "SELECT $this { $this <http://e/bad> ?x }"'
DECLARED = """e:C sh:prefixes e:ours ; sh:message "bad" ; sh:select "SELECT $this { $this p:bad ?x }" .
e:ours a owl:Ontology ; sh:declare [ sh:prefix "p" ; sh:namespace "http://e/" ] ."""


@pytest.mark.parametrize(
    ("shapes", "count"),
    [
        (f"e:S sh:targetNode e:a ; sh:sparql e:S ; {BAD.replace('bad>', 'worse>')} ; sh:property [ sh:path e:name ; sh:minCount 1 ] .", 1),
        (f"e:S sh:targetNode e:b, [] ; sh:sparql [ {BAD.replace('$this <http://e/bad> ?x', 'FILTER(isBlank($this))')} ] .", 1),
        (f"e:S sh:targetNode e:a ; sh:sparql e:C . {DECLARED}", 1),
        (f'e:S sh:targetNode e:a ; sh:sparql e:C . {DECLARED} e:T a owl:Ontology ; sh:declare [ sh:prefix "q" ; sh:namespace "http://f/" ] .', 1),
        ('e:S sh:targetNode e:a ; sh:sparql [ sh:message "bad" ; sh:prefixes e:ours ; sh:select "SELECT $this { $this rdf:bad ?x }" ] . '
         'e:ours a owl:Ontology ; sh:declare [ sh:prefix "e" ; sh:namespace "http://e/" ] . '
         'e:T a owl:Ontology ; sh:declare [ sh:prefix "rdf" ; sh:namespace "http://f/" ] .', 1),
    ],
    ids=["a constraint that is a shape", "a target without a name", "prefixes", "prefixes of others", "rdf of others"],
)  # fmt: skip
def test_what_is_switched_off_is_broken_by_nothing(tmp_path: Path, shapes: str, count: int) -> None:
    (tmp_path / "shapes.ttl").write_text(HEAD + shapes)
    rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    lines = [f"<http://e/a> <{namespace}bad> <http://e/x> ." for namespace in ("http://e/", rdf)]
    assert len(shacl._validate(lines, [tmp_path / "shapes.ttl"]).findings) == count


def test_a_select_without_focus_node_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shapes.ttl").write_text(
        f"{HEAD} e:S sh:targetNode e:a ; sh:sparql [ {BAD} ] .".replace("SELECT $this", "SELECT ?x")
    )
    with pytest.raises(shacl.ShapeError, match="this"):
        shacl._validate([], [tmp_path / "shapes.ttl"])
