"""Shapes see the literals that were written, whatever the engine makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from rdflib import RDF, SH, Graph

from sergekg.errors import ShapeError
from sergekg.model.report import Report
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


HEAD = "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix e: <http://e/> .\n"
BAD = 'sh:message "bad"@en ; sh:select "SELECT $this { $this <http://e/bad> ?x }"'


def found(tmp_path: Path, shapes: str, *triples: str) -> Report:
    (tmp_path / "shapes.ttl").write_text(HEAD + shapes)
    kind = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
    lines = [f"<http://e/a> {kind} <http://e/P> .", *(f"<http://e/a> {triple} ." for triple in triples)]
    return _validate(lines, [tmp_path / "shapes.ttl"])


@pytest.mark.parametrize("number", ["1", "01"], ids=["canonical", "as somebody wrote it"])
@pytest.mark.parametrize(
    ("reference", "is_broken"),
    [
        ("sh:node e:F", True),
        ("sh:not e:F", False),
        ("sh:or ( e:F [ sh:class e:K ] )", True),
        ("sh:property [ sh:path e:self ; sh:node e:F ]", True),
        ("sh:property [ sh:path e:self ; sh:qualifiedValueShape e:F ; sh:qualifiedMinCount 1 ]", True),
    ],
)
def test_a_shape_that_others_refer_to_keeps_its_constraints_in_sparql(
    tmp_path: Path, reference: str, is_broken: bool, number: str
) -> None:
    shapes = f"e:S sh:targetClass e:P ; {reference} . e:F sh:sparql [ {BAD} ] ."
    triples = ["<http://e/bad> <http://e/x>", "<http://e/self> <http://e/a>"]
    report = found(tmp_path, shapes, *triples, f'<http://e/n> "{number}"^^<{INTEGER}>')
    assert len(report.findings) == is_broken


@pytest.mark.parametrize("where", ["e:S sh:severity {}", "e:C sh:severity {}"], ids=["shape", "constraint"])
@pytest.mark.parametrize(
    ("severity", "counted"), [("sh:Warning", "Warning"), ("e:Blocker", "Violation"), ("sh:Info", "Info")]
)
def test_a_severity_is_the_same_in_both_reports_and_an_unknown_one_counts_as_a_violation(
    tmp_path: Path, where: str, severity: str, counted: str
) -> None:
    shapes = f"{where.format(severity)} . e:S sh:targetClass e:P ; sh:sparql e:C . e:C {BAD} ."
    report = found(tmp_path, shapes, "<http://e/bad> <http://e/x>")
    assert [finding.severity for finding in report.findings] == [counted]
    assert report.conforms is (counted != "Violation")
    expected = Graph().parse(data=f"{HEAD} e:x e:y {severity} .", format="turtle")
    graph = Graph().parse(data=report.turtle, format="turtle")
    assert set(graph.objects(None, SH.resultSeverity)) == set(expected.objects())


COMPONENT = (
    "e:CC a sh:ConstraintComponent ; sh:parameter [ sh:path e:most ] ; {} . e:S e:most 3 ; sh:targetClass e:P"
)


@pytest.mark.parametrize(
    "shapes",
    [
        COMPONENT.format('sh:validator [ a sh:SPARQLAskValidator ; sh:ask "ASK { FILTER($value <= $most) }" ]')
        + " ; a sh:PropertyShape ; sh:path e:n .",
        COMPONENT.format(
            'sh:nodeValidator [ a sh:SPARQLSelectValidator ; sh:select '
            '"SELECT $this { $this <http://e/n> ?n FILTER(?n > $most) }" ]'
        ) + " ; a sh:NodeShape .",
        'e:S sh:targetClass e:P ; sh:sparql [ sh:message "m" ; sh:select '
        '"SELECT $this { $this <http://e/n> ?n FILTER(?n > 3 && $currentShape = <http://e/S>) }" ] .',
    ],
    ids=["ask", "select", "current shape"],
)  # fmt: skip
@pytest.mark.parametrize(("number", "count"), [("5", 1), ("05", 1), ("2", 0)])
def test_constraints_that_the_engine_cannot_be_asked_are_run_without_it(
    tmp_path: Path, shapes: str, number: str, count: int
) -> None:
    assert len(found(tmp_path, shapes, f'<http://e/n> "{number}"^^<{INTEGER}>').findings) == count


def test_a_node_validator_that_would_find_nothing_is_refused(tmp_path: Path) -> None:
    select = "SELECT $this ?value { $this <http://e/n> ?value FILTER(?value > $most) }"
    shapes = COMPONENT.format(f'sh:nodeValidator [ a sh:SPARQLSelectValidator ; sh:select "{select}" ]')
    with pytest.raises(ShapeError):
        found(tmp_path, f"{shapes} ; a sh:NodeShape .", f'<http://e/n> "5"^^<{INTEGER}>')


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
