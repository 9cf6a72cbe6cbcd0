"""What is known from outside the texts is read from `interpretations.yaml`, and stays an interpretation."""

import re

import pytest
from rdflib import RDF, XSD, Literal, URIRef
from tests.conftest import ROOT

from sergekg.build.run import assemble, check
from sergekg.config import Config
from sergekg.errors import BuildError
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


def problems(config: Config, text: str) -> list[str]:
    """What is said of an `interpretations.yaml`, one line for each mistake."""
    (config.corpus / "interpretations.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BuildError) as caught:
        assemble(config)
    return str(caught.value).splitlines()


def claim(subject: str, predicate: str, obj: str) -> str:
    reason = "  reason: {fr: x}\n"
    return (
        f"agent: group/on\nclaims:\n- subject: {subject}\n  predicate: {predicate}\n  object: {obj}\n{reason}"
    )


CLAIMS = [
    (claim("letter/lettre-a-jeanne", "hasDate", "mars-avril 1935"), ":5: 'mars-avril 1935' is not an EDTF date; write 1936"),
    (claim("person/louise", "hasUnknownFate", "oui"), ":5: 'oui' is not a value of boolean; see hasUnknownFate"),
    (claim("place/lyon", "hasUnknownFate", "true"), ":3: place/lyon is a Place; hasUnknownFate is said of a Agent; change"),
    (claim("person/louise", "hasOccupation", "place/lyon"), ":5: place/lyon is a Place; hasOccupation wants a Occupation; change"),
    (claim("person/louise", "wasArested", "person/paul"), ":4: unknown predicate 'wasArested'; perhaps 'wasArrested'"),
    (claim("person/louise", "identifiedAs", "Louise M.").replace("fr: x", "fr-a: x"), ":6: 'fr-a' is no language; write reason"),
    (claim("person/louise", "identifiedAs", "Louise M.").replace("fr: x", "le français: x"), ":6: 'le français' is no language; write reason"),
    (claim("person/louise", "identifiedAs", "Louise M.").replace("{fr: x}", "{}"), ":3: reason is missing; add reason"),
    (claim("person/louise", "identifiedAs", "Louise M.").replace("group/on", "place/lyon"), ":1: place/lyon is a Place; agent wants a Agent"),
    ("agent: Jean Dupont\n", ":1: unknown entity 'Jean Dupont'; "),
    ("agent: place/lyon\n", ":1: place/lyon is a Place; agent wants a Agent"),
    (claim("person/louise", "identifiedAs", "Louise M.").replace("agent: group/on\n", ""), "interpretations.yaml:1: no agent is named; add `agent: group/…`"),
    ("agent: group/on\nconflicts:\n- between: [lettre-a-jeanne#a, lettre-a-jeanne#a]\n  reason: {fr: x}\n", ":3: a conflict is between two; write [text#id, text#id]"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), CLAIMS, ids=[case[1] for case in CLAIMS])
def test_a_claim_is_held_to_what_a_statement_is_held_to(tiny: Config, text: str, message: str) -> None:
    (line,) = problems(tiny, text)
    assert line.startswith("interpretations.yaml:")
    assert message in line


def test_all_mistakes_of_a_claim_are_told_together_and_with_those_of_the_texts(tiny: Config) -> None:
    path = tiny.corpus / "annotations" / "lettre-a-jeanne.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("Chère Jeanne", "Cher Jean"), encoding="utf-8")
    wrong = claim("person/luise", "hasOccupation", "place/lyon").replace("group/on", "group/onn")
    handle = "conflicts:\n- between: [lettre-a-jeanne#a, autre#b]\n  certainty: sure\n"
    lines = [line.partition(";")[0] for line in problems(tiny, wrong + "  certainty: sure\n" + handle)]
    assert lines[0].startswith("annotations/lettre-a-jeanne.yaml:7: « Cher Jean » does not occur")
    assert lines[1:] == [
        "interpretations.yaml:1: unknown entity 'group/onn'",
        "interpretations.yaml:3: unknown entity 'person/luise'",
        "interpretations.yaml:5: place/lyon is a Place",
        "interpretations.yaml:7: unknown certainty 'sure'",
        "interpretations.yaml:9: no statement is called 'autre#b'",
        "interpretations.yaml:9: reason is missing",
        "interpretations.yaml:10: unknown certainty 'sure'",
    ]


def test_a_truth_value_is_published_as_one(tiny: Config) -> None:
    path = tiny.corpus / "interpretations.yaml"
    path.write_text(claim("person/louise", "hasUnknownFate", "true"), encoding="utf-8")
    lines = [row for row in assemble(tiny).lines() if "id/interpretation/" in row]
    (row,) = [row for row in lines if f"<{RDF.object}>" in row]
    assert Literal("true", datatype=XSD.boolean).n3() in row


def test_only_a_person_is_born(tiny: Config) -> None:
    path = tiny.corpus / "entities" / "all.yaml"
    text = path.read_text(encoding="utf-8")
    dates = '- slug: lyon\n  type: place\n  dates: {birth: {edtf: "1920", source: s}}\n'
    path.write_text(text.replace("- slug: lyon\n  type: place\n", dates), encoding="utf-8")
    (line,) = problems(tiny, "agent: group/on\n")
    assert (
        line == "entities/all.yaml:24: place/lyon is a Place; only a Person is born and dies; drop its dates"
    )


def documented() -> list[str]:
    """The examples of `interpretations.yaml` in docs/own-corpus.md."""
    page = (ROOT / "docs/own-corpus.md").read_text(encoding="utf-8").partition("## Interpretations")[2]
    return re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)


def test_what_the_manual_shows_can_be_built(tiny: Config) -> None:
    path = tiny.corpus / "annotations" / "lettre-a-jeanne.yaml"
    text = path.read_text(encoding="utf-8")
    for words in ("Paul.", "LETTRE"):
        text = text.replace(f'- quote: "{words}', f'- id: {words[:4]}\n  quote: "{words}', 1)
    path.write_text(text, encoding="utf-8")
    entities = tiny.corpus / "entities" / "all.yaml"
    more = "- {slug: editors, type: group, names: {fr: x}}\n"
    more += "- {slug: mort-de-pierre-martin, type: event, class: Death, names: {fr: x}}\n"
    entities.write_text(entities.read_text(encoding="utf-8") + more, encoding="utf-8")
    whole, difference = documented()
    whole = whole.replace("#arrest", "#Paul", 1).replace("letter#arrest", "lettre-a-jeanne#LETT")
    for written in (whole, "agent: group/editors\n" + difference):
        (tiny.corpus / "interpretations.yaml").write_text(written, encoding="utf-8")
        lines = assemble(tiny).lines()
        assert len([row for row in lines if "/interpretation/" in row and f"<{RDF.object}>" in row]) > 0


@pytest.mark.slow
def test_a_text_that_contradicts_a_reference_work_is_published_once_that_is_noted(tiny: Config) -> None:
    entities = tiny.corpus / "entities" / "all.yaml"
    person = "- slug: pierre-martin\n  type: person\n"
    dates = '  dates: {death: {edtf: "1920", source: un registre}}\n'
    entities.write_text(
        entities.read_text(encoding="utf-8").replace(person, person + dates), encoding="utf-8"
    )
    path = tiny.corpus / "interpretations.yaml"
    path.write_text("agent: group/on\n", encoding="utf-8")
    (finding,) = check(tiny, assemble(tiny)).findings
    assert finding.shape == "Life-afterDeath"
    path.write_text(
        claim("person/pierre-martin", "wasArrested", "event/arrestation-de-pierre-martin"), encoding="utf-8"
    )
    assert check(tiny, assemble(tiny)).findings == []
    path.write_text("agent: group/on\n", encoding="utf-8")
    text = entities.read_text(encoding="utf-8")
    entities.write_text(
        text.replace("source: un reg", "certainty: rejected, source: un reg"), encoding="utf-8"
    )
    assert check(tiny, assemble(tiny)).findings == []
