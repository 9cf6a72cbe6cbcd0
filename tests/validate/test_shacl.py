"""Shapes see the literals that were written, whatever the engine makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import RDF, SH, Graph

from sergekg.validate.shacl import _validate, run_shapes

SHAPES = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix e: <http://e/> .
e:Numbered a sh:NodeShape ; sh:targetSubjectsOf e:number ; sh:property e:Form ; sh:sparql e:Positive .
e:Form a sh:PropertyShape ; sh:path e:number ; sh:pattern "^[0-9]{2}$" ; sh:message "two digits"@en .
e:Positive sh:message "positive"@en ; sh:select
  "SELECT $this ?value WHERE { $this <http://e/number> ?value FILTER(?value <= 0) }" .
"""
INTEGER = "http://www.w3.org/2001/XMLSchema#integer"


@pytest.mark.parametrize(
    ("number", "broken"),
    [
        ("12", []),
        ("01", []),
        ("1", ["two digits"]),
        ("00", ["positive"]),
        ("+12", ["two digits"]),
        ("0", ["positive", "two digits"]),
    ],
)
def test_a_shape_sees_the_form_that_was_written(tmp_path: Path, number: str, broken: list[str]) -> None:
    (tmp_path / "document").mkdir()
    (tmp_path / "document" / "numbers.ttl").write_text(SHAPES)
    report = run_shapes([f'<http://e/s> <http://e/number> "{number}"^^<{INTEGER}> .'], tmp_path, "document")
    assert sorted(one.messages["en"] for one in report.findings) == broken
    graph = Graph().parse(data=report.turtle, format="turtle")
    (whole,) = graph.subjects(RDF.type, SH.ValidationReport)
    assert bool(graph.value(whole, SH.conforms)) is not bool(broken)
    results = set(graph.subjects(RDF.type, SH.ValidationResult))
    assert results == set(graph.objects(whole, SH.result))
    assert sorted(str(graph.value(result, SH.resultMessage)) for result in results) == broken


def test_one_term_in_two_forms_is_one_value(tmp_path: Path) -> None:
    """Two graphs may have it so; who asks sees it once."""
    (tmp_path / "document").mkdir()
    shapes = SHAPES.replace('sh:pattern "^[0-9]{2}$"', "sh:maxCount 1")
    (tmp_path / "document" / "numbers.ttl").write_text(shapes)
    forms = [
        f'<http://e/s> <http://e/number> "{form}"^^<{INTEGER}> <http://e/{form}> .' for form in ("12", "012")
    ]
    assert run_shapes(forms, tmp_path, "document").conforms
    forms.append(f'<http://e/s> <http://e/number> "013"^^<{INTEGER}> <http://e/013> .')
    assert not run_shapes(forms, tmp_path, "document").conforms


def test_triples_are_not_counted_for_each_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []

    def count(graph: object, *_: object) -> int:
        counted.append(graph)
        return 1

    monkeypatch.setattr("pyshacl.graph_abstraction.OxigraphDataGraph.__len__", count)
    (tmp_path / "numbers.ttl").write_text(SHAPES)
    lines = [f'<http://e/{n}> <http://e/number> "{n}"^^<{INTEGER}> .' for n in range(3)]
    assert len(_validate(lines, [tmp_path / "numbers.ttl"]).findings) == 4
    assert not counted


def test_shapes_that_take_too_long_are_ended(tmp_path: Path) -> None:
    (tmp_path / "document").mkdir()
    product = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(9))
    all_of_it = ", ".join(f"STR(?c{n})" for n in range(9))
    endless = f"{product} FILTER(STRLEN(CONCAT(STR($this), {all_of_it})) = 0)"
    shapes = SHAPES.replace("$this <http://e/number> ?value FILTER(?value <= 0)", endless)
    (tmp_path / "document" / "numbers.ttl").write_text(shapes)
    lines = [f"<http://e/s> <http://e/number> <http://e/{n}> ." for n in range(60)]
    with pytest.raises(TimeoutError, match="document"):
        run_shapes(lines, tmp_path, "document", seconds=0.2)
