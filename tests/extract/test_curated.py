"""Annotations become statements, and every mistake in them is told with its line."""

from collections.abc import Callable
from pathlib import Path

import pytest
from rdflib import Literal, URIRef

from sergekg.build.run import assemble
from sergekg.config import Config
from sergekg.errors import BuildError

Edit = Callable[[str, str], None]


@pytest.fixture
def edit(tiny: Config) -> Edit:
    """Replace the first occurrence of some words in the annotations of the example."""

    def replace(old: str, new: str) -> None:
        path = tiny.corpus / "annotations" / "lettre-a-jeanne.yaml"
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace


def problems(config: Config) -> list[str]:
    with pytest.raises(BuildError) as caught:
        assemble(config)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("Chère Jeanne", "Cher Jean", ":7: « Cher Jean » does not occur in lettre-a-jeanne; the nearest passage reads « Chère Jeanne"),
        ('quote: "Paul."', 'quote: "a"', ":19: « a » occurs"),
        ("person/jeanne", "person/jeane", ":10: unknown entity 'person/jeane'; perhaps 'person/jeanne'"),
        ("addressedTo", "adressedTo", ":9: unknown predicate 'adressedTo'; perhaps 'addressedTo'"),
        ("object: person/jeanne", "object: place/lyon", ":10: place/lyon is a Place; addressedTo wants a Agent"),
        ("subject: letter/lettre-a-jeanne", "subject: person/paul", ":8: person/paul is a Person; addressedTo is said of a Letter"),
        ("object: 1921-05-03", "object: 1921-13", ":14: '1921-13' is not an EDTF date"),
        ("edtf: 1921-05-02", "edtf: 1921-02-30", ":31: '1921-02-30' is not an EDTF date"),
        ('phrase: "hier"', 'phrase: "demain"', ":31: « demain » does not occur"),
        ("status: reported", "status: reportd", ": unknown status 'reportd'; perhaps 'reported'"),
        ("status: reported", "status: asked", ": unknown status 'asked'; known: asserted, reported, questioned, denied, hypothetical, rhetorical"),
        ("status: reported", "status: supposed", ": unknown status 'supposed'; known: asserted, "),
        ("voice: group/on", "voice: group/onn", ": unknown entity 'group/onn'; perhaps 'group/on'"),
        ("voice: person/paul", "voice: person/paule", ":3: unknown voice 'person/paule'; perhaps 'person/paul'"),
        ("event: event/arrestation-de-pierre-martin", "event: place/lyon", ": place/lyon is a Place; event wants a Event"),
        ("subject: person/paul", "subjet: person/paul", ": unknown key 'subjet'; perhaps 'subject'"),
        ("object: true", "object: maybe", ": 'maybe' is not a value of boolean"),
        ('subject-named-in: "Pierre Martin"', 'subject-named-in: "Pierre Durand"', ": « Pierre Durand » does not occur"),
        ("  object: occupation/typographe\n", "", ": object is missing; add a line `object: …`"),
        ("voice: person/paul", "voice: place/lyon", ":3: place/lyon is a Place; voice wants a Agent; name who speaks"),
        ('    phrase: "hier"\n', "", ":32: phrase is missing; add a line `phrase: …`"),
        ('    phrase: "hier"\n    rule: "la veille de la lettre"\n', "    anchor: 1921-05-03\n", ":32: phrase is missing; add a line `phrase: …`"),
        ('subject-named-in: "Pierre Martin"', 'subject-named-in: {quote: "Pierre Martin", sufix: ","}', ": unknown key 'sufix'; perhaps 'suffix'"),
        ("predicate: hasOccupation", "predicat: hasOccupation", ": unknown key 'predicat'; perhaps 'predicate'"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_place_and_remedy(
    tiny: Config, edit: Edit, old: str, new: str, message: str
) -> None:
    edit(old, new)
    said = problems(tiny)
    assert any(message in line for line in said), said
    assert all(line.startswith("annotations/lettre-a-jeanne.yaml:") for line in said)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("object: person/jeanne", "object: [person/jeanne]"),
        ("object: true", "object: [true]"),
        ('object: "LETTRE À JEANNE"', "object: {fr: x}"),
        ('quote: "LETTRE À JEANNE"', 'quote: ["LETTRE À JEANNE"]'),
        ("event: event/arrestation-de-pierre-martin", "event: [x]"),
        ("event: event/arrestation-de-pierre-martin", "event: event/arrestation-de-pierre-martin\n  object: [x]"),
    ],
    ids=["an entity", "a literal", "words", "a quote", "an event", "an object beside an event"],
)  # fmt: skip
def test_a_list_where_a_text_belongs_is_told_once(tiny: Config, edit: Edit, old: str, new: str) -> None:
    edit(old, new)
    (line,) = problems(tiny)
    assert "holds a list or a mapping; give one text" in line


def test_all_mistakes_of_a_run_are_told_together(tiny: Config, edit: Edit) -> None:
    edit("addressedTo", "adressedTo")
    edit("Paris, 3 mai 1921", "Paris, 4 mai 1921")
    edit("status: reported", "status: reportd")
    assert len(problems(tiny)) == 3


def test_the_same_statement_twice_is_refused(tiny: Config, edit: Edit) -> None:
    block = (
        '- quote: "Paul."\n  subject: person/paul\n  predicate: authorOf\n  object: letter/lettre-a-jeanne\n'
    )
    edit(block, block + block)
    assert any(
        "the same statement stands at annotations/lettre-a-jeanne.yaml:19" in line for line in problems(tiny)
    )


def test_a_statement_keeps_its_name_when_only_a_note_is_added(tiny: Config, edit: Edit) -> None:
    before = set(assemble(tiny).artefacts[0].origins)
    edit("  object: person/jeanne\n", '  object: person/jeanne\n  note: "sa fille"\n')
    assert set(assemble(tiny).artefacts[0].origins) == before


@pytest.mark.parametrize(
    ("old", "new"), [("status: questioned", "status: asserted"), ("edtf: 1921-05-02", "edtf: 1921-05")]
)
def test_a_statement_gets_another_name_when_what_it_says_changes(
    tiny: Config, edit: Edit, old: str, new: str
) -> None:
    before = set(assemble(tiny).artefacts[0].origins)
    edit(old, new)
    assert len(set(assemble(tiny).artefacts[0].origins) ^ before) == 2


def test_the_statement_names_do_not_depend_on_the_base(tiny: Config) -> None:
    from dataclasses import replace

    one = assemble(tiny).artefacts[0].origins
    two = assemble(replace(tiny, base="https://data.example.net/x/")).artefacts[0].origins
    assert {iri.rpartition("/")[2] for iri in one} == {iri.rpartition("/")[2] for iri in two}


def test_an_omitted_object_is_the_event_told_of(tiny: Config) -> None:
    lines = "\n".join(assemble(tiny).artefacts[0].nquads)
    assert (
        "person/pierre-martin> <https://w3id.org/sergekg/ontology#wasArrested> <https://example.org/essai/id/event/arrestation-de-pierre-martin>"
        in lines
    )


def test_hearsay_names_who_says_it_and_who_passes_it_on(tiny: Config) -> None:
    lines = assemble(tiny).artefacts[0].nquads
    reported = [line for line in lines if "#reportedBy>" in line]
    assert len(reported) == 1
    assert "person/paul" in reported[0]
    assert not any(
        line.startswith(
            "<https://example.org/essai/id/person/pierre-martin> <https://w3id.org/sergekg/ontology#suffersFrom>"
        )
        for line in lines
    )


def test_terms_of_a_statement_are_rdflib_terms(tiny: Config) -> None:
    from sergekg.build.run import read_material
    from sergekg.corpus.annotations import read_annotations
    from sergekg.extract.curated import extract_curated

    material = read_material(tiny)
    annotations = read_annotations(tiny.corpus, "lettre-a-jeanne")
    statements = extract_curated(material.documents[0], annotations, material.context).statements
    assert {type(s.object) for s in statements} == {URIRef, Literal}
    assert Path(statements[0].origin.path).name == "lettre-a-jeanne.yaml"
