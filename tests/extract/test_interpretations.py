"""What is known from outside the texts is read from `interpretations.yaml`, and stays an interpretation."""

from rdflib import RDF, XSD, Literal, URIRef

from sergekg.build.run import assemble
from sergekg.config import Config
from sergekg.vocab import GEO

POSITION = """agent: group/on
positions:
- place: place/lyon
  latitude: 45.70
  longitude: 5
  certainty: probable
  source: un atlas
  reason: {fr: la ville, en: the city}
"""


def test_a_position_is_two_interpretations_and_no_plain_triple(tiny: Config) -> None:
    (tiny.corpus / "interpretations.yaml").write_text(POSITION, encoding="utf-8")
    lines = list(assemble(tiny).lines())
    lyon = f"<{tiny.base}id/place/lyon>"
    for name, value in (("lat", "45.7"), ("long", "5")):
        node = next(row.split()[0] for row in lines if f"<{RDF.predicate}> <{GEO[name]}>" in row)
        said = [row for row in lines if row.startswith(node)]
        assert any(f"<{RDF.subject}> {lyon}" in row for row in said)
        assert any(Literal(value, datatype=XSD.decimal).n3() in row for row in said)
        assert [row for row in said if "probable" in row or '"un atlas"' in row]
    assert not [row for row in lines if row.startswith(f"{lyon} <{URIRef(GEO)}")]
