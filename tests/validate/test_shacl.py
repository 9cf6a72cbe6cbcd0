"""Shapes see the literals that were written, whatever the engine makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sergekg.validate.shacl import run_shapes

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
