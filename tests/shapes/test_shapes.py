"""Each shape has a graph that passes and one that fails it; findings are said in sentences with file and line."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from sergekg.build.run import assemble, check
from sergekg.config import Config
from sergekg.iris import Iris
from sergekg.model.dates import parse_date
from sergekg.model.report import Finding, Report, Severity
from sergekg.validate.shacl import run_shapes
from sergekg.validate.wording import sentences

SKG = "https://w3id.org/sergekg/ontology#"
ID = "https://example.org/essai/id/"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OA = "http://www.w3.org/ns/oa#"
XSD = "http://www.w3.org/2001/XMLSchema#"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
PREFIXES = {"skg:": SKG, "id:": ID, "rdf:": RDF, "oa:": OA, "time:": "http://www.w3.org/2006/time#", "skos:": "http://www.w3.org/2004/02/skos/core#", "rdfs:": "http://www.w3.org/2000/01/rdf-schema#", "prov:": "http://www.w3.org/ns/prov#", "geo:": "http://www.w3.org/2003/01/geo/wgs84_pos#"}  # fmt: skip


def term(text: str) -> str:
    """A term with a prefix, or a literal as it stands."""
    for prefix, namespace in PREFIXES.items():
        if text.startswith(prefix):
            return f"<{namespace}{text.removeprefix(prefix)}>"
    return text


def line(text: str) -> str:
    """One N-Triples line of three terms parted by two blanks."""
    return " ".join(term(part) for part in text.split("  ")) + " ."


class Case:
    """The graph of the example, with the statement and evidence of Pierre Martin's arrest at hand."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.assembly = assemble(config)
        self.lines = list(self.assembly.lines())

    def name(self, predicate: str) -> str:
        """The IRI of the first statement with that predicate, less the base."""
        found = [row for row in self.lines if f"<{RDF}predicate> <{SKG}{predicate}>" in row]
        return found[0].partition(">")[0].removeprefix(f"<{ID}")

    def findings(self, scope: str, add: Sequence[str] = (), drop: Sequence[str] = ()) -> list[Finding]:
        """What the shapes of a scope find once lines are added, and those dropped that hold all given words."""
        kept = [
            row
            for row in self.lines
            if not any(all(term(word) in row for word in words.split("  ")) for words in drop)
        ]
        assert len(kept) < len(self.lines) or not drop
        return list(run_shapes([*kept, *map(line, add)], self.config.shapes, scope).findings)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Case:
    from sergekg.config import load_config
    from sergekg.corpus.workspace import make_workspace

    directory = tmp_path_factory.mktemp("shapes") / "essai"
    make_workspace(directory)
    return Case(load_config(directory, environ={}))


@pytest.mark.parametrize("scope", ["document", "dataset"])
def test_the_example_passes_every_shape(case: Case, scope: str) -> None:
    assert [finding.message("en") for finding in case.findings(scope)] == []


def position(of: str, latitude: str, longitude: str | None) -> list[str]:
    """The interpretations that say where something lies, less their agents and reasons."""
    lines = []
    for name, value in (("lat", latitude), ("long", longitude)):
        node = f"id:interpretation/{name}"
        if value is not None:
            lines += [f"{node}  rdf:type  skg:Interpretation", f"{node}  rdf:subject  {of}"]
            lines += [f"{node}  rdf:predicate  geo:{name}", f"{node}  rdf:object  {value}"]
    return lines


STATEMENTS = [
    ("Statement-subject", ["S  rdf:subject  id:person/paul"], []),
    ("Statement-subject", [], ["S  rdf:subject"]),
    ("Statement-predicate", ["S  rdf:predicate  skg:madeUp"], ["S  rdf:predicate"]),
    ("Statement-object", [], ["S  rdf:object"]),
    ("Statement-status", ["S  skg:status  skg:rumoured"], ["S  skg:status"]),
    ("Statement-voice", ["S  skg:voice  id:place/lyon"], ["S  skg:voice"]),
    ("Statement-statedIn", [], ["S  skg:statedIn"]),
    ("Statement-evidence", [], ["S  skg:hasEvidence"]),
    ("Statement-date", [f'S  skg:date  "1921"^^<{EDTF}>'], []),
    ("Statement-event", ["S  skg:describesEvent  id:place/lyon"], []),
    ("Statement-duration", ['S  skg:duration  "five years"'], []),
    ("Statement-quote", ['S  skg:quote  "invented words"'], []),
    ("Statement-domain", ["S  rdf:subject  id:place/lyon"], ["S  rdf:subject"]),
    ("Statement-range", ["S  rdf:object  id:place/lyon"], ["S  rdf:object"]),
    ("Statement-literal", ["L  rdf:object  id:place/lyon"], ["L  rdf:object"]),
    ("Statement-eventClass", ["id:event/x  rdf:type  skg:Release", "S  skg:describesEvent  id:event/x"], ["S  skg:describesEvent"]),
    ("Statement-fact", [], ["<https://example.org/essai/id/person/pierre-martin> <https://w3id.org/sergekg/ontology#wasArrested>"]),
    ("Statement-hearsay", ["S  skg:reportedBy  id:person/paul"], []),
    ("Statement-self", ["S  rdf:object  id:person/pierre-martin"], ["S  rdf:object"]),
    ("Statement-sameText", ["T  oa:hasSource  id:text/other", "id:text/other  rdf:type  skg:SourceText"], ["T  oa:hasSource"]),
    ("Statement-dateOrder", [f'S  skg:latest  "1911-01-01"^^<{XSD}date>'], ["S  skg:latest"]),
    ("Statement-distributed", ["S  skg:distributedFrom  id:group/on"], []),
    ("Evidence-body", ["id:evidence/0  rdf:type  skg:Evidence"], []),
    ("Quote-target", ['E  oa:exact  "forged"'], []),
    ("Quote-target", [], ["T  oa:hasSelector"]),
    ("Target-quote", [], ["Q  oa:exact"]),
    ("Target-quote", [], ["Q  oa:prefix"]),
    ("Target-position", [], ["P  oa:start"]),
    ("Target-slice", [f'P  oa:start  "47"^^<{XSD}integer>'], ["P  oa:start"]),
    ("Target-slice", ['Q  oa:exact  "Pierre Martin"'], ["Q  oa:exact"]),
    ("Target-prefix", ['Q  oa:prefix  "avant"'], ["Q  oa:prefix"]),
    ("Target-suffix", ['Q  oa:suffix  "après"'], ["Q  oa:suffix"]),
    ("Target-inside", [f'id:text/lettre-a-jeanne  skg:startInFile  "99"^^<{XSD}integer>'], ["id:text/lettre-a-jeanne  skg:startInFile"]),
    ("Fact-asserted", ["id:person/louise  skg:wasExecuted  id:event/arrestation-de-pierre-martin"], []),
    ("Role-asserted", ["id:event/arrestation-de-pierre-martin  skg:hasVictim  id:person/louise"], []),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "add", "drop"), STATEMENTS, ids=[f"{n}-{c[0]}" for n, c in enumerate(STATEMENTS)]
)
def test_each_shape_for_documents_catches_what_it_is_for(
    case: Case, shape: str, add: list[str], drop: list[str]
) -> None:
    found = case.findings("document", *_place(case, add, drop))
    assert shape in {finding.shape for finding in found}, [finding.shape for finding in found]


DATASET = [
    ("Entity-french", ['id:person/new  rdf:type  skg:Person', 'id:person/new  skos:prefLabel  "New"@en'], []),
    ("Life-afterDeath", [*[f"id:interpretation/1  {rest}" for rest in ("rdf:subject  id:person/pierre-martin", "rdf:predicate  skg:diedOn", f'rdf:object  "1920"^^<{EDTF}>', f'skg:latest  "1920-12-31"^^<{XSD}date>')]], []),
    ("Life-beforeBirth", [*[f"id:interpretation/1  {rest}" for rest in ("rdf:subject  id:person/pierre-martin", "rdf:predicate  skg:bornOn", f'rdf:object  "1930"^^<{EDTF}>', f'skg:earliest  "1930-01-01"^^<{XSD}date>')]], []),
    ("EventOrder-loop", ["id:event/arrestation-de-pierre-martin  time:after  id:event/arrestation-de-pierre-martin"], []),
    ("EventOrder-dates", ["id:event/arrestation-de-pierre-martin  time:after  id:event/late", f'id:event/late  skg:earliest  "1930-01-01"^^<{XSD}date>'], []),
    ("EventOrder-told", ["id:event/untold  rdf:type  skg:Event"], []),
    ("Interpretation-plain", ["id:interpretation/1  rdf:type  skg:Interpretation", "id:interpretation/1  rdf:subject  id:person/louise", "id:interpretation/1  rdf:predicate  skg:bornOn", f'id:interpretation/1  rdf:object  "1900"^^<{EDTF}>', f'id:person/louise  skg:bornOn  "1900"^^<{EDTF}>'], []),
    ("Interpretation-position", position("id:person/louise", f'"45.8"^^<{XSD}decimal>', f'"4.8"^^<{XSD}decimal>'), []),
    ("Interpretation-position", position("id:place/lyon", f'"91"^^<{XSD}decimal>', f'"4.8"^^<{XSD}decimal>'), []),
    ("Interpretation-position", position("id:place/lyon", f'"45.8"^^<{XSD}decimal>', None), []),
    ("Interpretation-position", position("id:place/lyon", '"nord"', f'"4.8"^^<{XSD}decimal>'), []),
    ("Link-one", ["id:person/louise  skos:exactMatch  <http://www.wikidata.org/entity/Q1>", "id:person/paul  skos:exactMatch  <http://www.wikidata.org/entity/Q1>"], []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("shape", "add", "drop"), DATASET, ids=[f"{n}-{c[0]}" for n, c in enumerate(DATASET)]
)
def test_each_shape_for_the_dataset_catches_what_it_is_for(
    case: Case, shape: str, add: list[str], drop: list[str]
) -> None:
    found = case.findings("dataset", *_place(case, add, drop))
    assert shape in {finding.shape for finding in found}, [finding.shape for finding in found]


KNOWN_DEATH = [f"id:interpretation/1  {rest}" for rest in ("rdf:subject  id:person/pierre-martin", "rdf:predicate  skg:diedOn", f'rdf:object  "1920"^^<{EDTF}>', f'skg:latest  "1920-12-31"^^<{XSD}date>')]  # fmt: skip
KNOWN_BIRTH = [f"id:interpretation/1  {rest}" for rest in ("rdf:subject  id:person/pierre-martin", "rdf:predicate  skg:bornOn", f'rdf:object  "1930"^^<{EDTF}>', f'skg:earliest  "1930-01-01"^^<{XSD}date>')]  # fmt: skip
TEXT_DEATH = [f"id:statement/2  {rest}" for rest in ("rdf:subject  id:person/pierre-martin", "rdf:predicate  skg:died", "rdf:object  id:event/mort", "skg:status  skg:asserted", "skg:describesEvent  id:event/mort", f'skg:date  "1920"^^<{EDTF}>', f'skg:earliest  "1920-01-01"^^<{XSD}date>', f'skg:latest  "1920-12-31"^^<{XSD}date>')] + ["id:event/mort  rdf:type  skg:Death"]  # fmt: skip
LATER_DEATH = [*TEXT_DEATH, "id:statement/2  rdf:type  skg:Statement", "id:interpretation/1  rdf:subject  id:person/pierre-martin", "id:interpretation/1  rdf:predicate  skg:diedOn", f'id:interpretation/1  rdf:object  "1937"^^<{EDTF}>', f'id:interpretation/1  skg:earliest  "1937-01-01"^^<{XSD}date>']  # fmt: skip
REJECTED = "id:interpretation/1  skg:certainty  skg:rejected"


def noted(predicate: str, obj: str) -> list[str]:
    """What an interpretation of the same subject, predicate and object has, less agent and reason."""
    said = ("rdf:type  skg:Interpretation", "rdf:subject  id:person/pierre-martin")
    said = (*said, f"rdf:predicate  skg:{predicate}", f"rdf:object  id:event/{obj}")
    return [f"id:interpretation/2  {rest}" for rest in said]


TOLD_TWICE = [f"id:statement/2  {rest}" for rest in ("skg:describesEvent  id:event/arrestation-de-pierre-martin", "skg:status  skg:asserted", f'skg:date  "1930"^^<{EDTF}>', f'skg:earliest  "1930-01-01"^^<{XSD}date>', f'skg:latest  "1930-12-31"^^<{XSD}date>')]  # fmt: skip
WEIGHED = [f"id:interpretation/3  {rest}" for rest in ("rdf:predicate  skg:conflictsWith", "rdf:subject  id:statement/2", "rdf:object  S", "skg:certainty  skg:rejected")]  # fmt: skip
ARREST = noted("wasArrested", "arrestation-de-pierre-martin")
CONFLICTS = [
    ("Life-afterDeath", KNOWN_DEATH, [REJECTED]),
    ("Life-afterDeath", KNOWN_DEATH, ARREST),
    ("Life-afterDeath", TEXT_DEATH, ["id:statement/2  skg:conflictsWith  S"]),
    ("Life-afterDeath", TEXT_DEATH, ["S  skg:conflictsWith  id:statement/2"]),
    ("Life-afterDeath", TEXT_DEATH, WEIGHED),
    ("Event-competing", TOLD_TWICE, ["S  skg:conflictsWith  id:statement/2"]),
    ("Event-competing", TOLD_TWICE, WEIGHED),
    ("Life-beforeBirth", KNOWN_BIRTH, [REJECTED]),
    ("Life-beforeBirth", KNOWN_BIRTH, ARREST),
    ("Life-known", LATER_DEATH, [REJECTED]),
    ("Life-known", LATER_DEATH, noted("died", "mort")),
]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("shape", "conflict", "note"), CONFLICTS, ids=[f"{n}-{c[0]}" for n, c in enumerate(CONFLICTS)]
)
def test_a_conflict_of_sources_stops_a_release_until_it_is_noted(
    case: Case, shape: str, conflict: list[str], note: list[str]
) -> None:
    add, _ = _place(case, [*conflict, *note], [])
    assert shape in {f.shape for f in case.findings("dataset", conflict) if f.severity is Severity.VIOLATION}
    assert shape not in {finding.shape for finding in case.findings("dataset", add)}


def test_a_note_on_another_statement_notes_nothing(case: Case) -> None:
    add, _ = _place(case, [*TEXT_DEATH, *KNOWN_DEATH, *noted("wasReleased", "x")], [])
    add += _place(case, ["id:statement/3  skg:conflictsWith  S"], [])[0]
    assert "Life-afterDeath" in {finding.shape for finding in case.findings("dataset", add)}


AFTER = [
    ("1936-06-01", "1936-05", True),
    ("1936-06-01", "1936-05/1936-06", False),
    ("1936-07", "1936-05/1936-06", True),
    ("1936-06-01", "../1936-06", False),
    ("1936-07-01", "../1936-06", True),
    ("1936-07", "1936-05~/1936-06", True),
    ("1937", "1936-05/..", False),
    ("1937", "1936-05/", False),
    ("1937", "1936", True),
    ("1936-06", "1936", False),
    ("1936-06", "1936-05~", False),
    ("1936-06", "1936-05?", False),
    ("1936-06", "~1936-05", False),
    ("1936-06~", "1936-05", False),
    ("1936-06/1936-08~", "1936-05", True),
    ("1936-07", "1936-22", False),
    ("1936-07", "1936-0X", False),
    ("1936-07", "[1936-05, 1936-08]", False),
    ("193X", "1936-05", False),
    ("1937", "1936S2", False),
]


@pytest.mark.slow
@pytest.mark.parametrize(("date", "written", "is_after"), AFTER, ids=[f"{c[0]} in {c[1]}" for c in AFTER])
def test_a_fact_after_its_document_is_one_after_the_last_day_that_the_document_can_be_of(
    case: Case, date: str, written: str, is_after: bool
) -> None:
    letter = f"id:{case.name('hasDate')}"
    earliest = parse_date(date).earliest
    parse_date(written)
    add = [f'S  skg:date  "{date}"^^<{EDTF}>', f'S  skg:earliest  "{earliest}"^^<{XSD}date>']
    add.append(f'{letter}  rdf:object  "{written}"^^<{EDTF}>')
    drop = ["S  skg:date", "S  skg:earliest", "S  skg:latest", f"{letter}  rdf:object"]
    found = {finding.shape for finding in case.findings("document", *_place(case, add, drop))}
    assert ("Statement-afterDocument" in found) == is_after


def test_a_fact_is_not_after_a_date_that_the_document_is_only_asked_about(case: Case) -> None:
    letter = f"id:{case.name('hasDate')}"
    add = [f'{letter}  rdf:object  "1911"^^<{EDTF}>', f"{letter}  skg:status  skg:questioned"]
    found = case.findings("document", add, [f"{letter}  rdf:object", f"{letter}  skg:status"])
    assert "Statement-afterDocument" not in {finding.shape for finding in found}


ANONYMOUS = [
    ("prefLabel", ["id:person/louise  skos:prefLabel  \"Autre\"@fr"], []),
    ("certainty", ["id:interpretation/1  rdf:type  skg:Interpretation"], []),
    ("textOf", [], ["id:text/lettre-a-jeanne  skg:textOf"]),
    ("sha256", [], ["skg:sha256"]),
]  # fmt: skip


@pytest.mark.parametrize(("path", "add", "drop"), ANONYMOUS, ids=[case[0] for case in ANONYMOUS])
def test_what_an_entity_a_text_and_an_interpretation_must_have_is_asked_for(
    case: Case, path: str, add: list[str], drop: list[str]
) -> None:
    found = case.findings("dataset", add, drop)
    assert path in {str(finding.path).rpartition("#")[2] for finding in found}


def test_a_report_is_said_in_sentences_that_name_file_and_line(tiny: Config) -> None:
    path = tiny.corpus / "entities" / "all.yaml"
    text = path.read_text(encoding="utf-8")
    dates = '  dates:\n    death: {edtf: "1920", source: "un registre"}\n'
    path.write_text(
        text.replace(
            "- slug: pierre-martin\n  type: person\n", "- slug: pierre-martin\n  type: person\n" + dates
        ),
        encoding="utf-8",
    )
    agent = tiny.corpus / "interpretations.yaml"
    agent.write_text("agent: group/on\n", encoding="utf-8")
    report = check(tiny, assemble(tiny))
    assert not report.conforms
    english, french = (list(sentences(report, language, Iris(tiny.base))) for language in ("en", "fr"))
    assert english == [
        "annotations/lettre-a-jeanne.yaml:27: violation: person/pierre-martin acts or suffers in 1921-05-02, after their death (1920)."
    ]
    assert french[0].startswith(
        "annotations/lettre-a-jeanne.yaml:27: faute: person/pierre-martin agit ou subit"
    )


def test_a_warning_does_not_stop_a_release() -> None:
    warning = Finding(Severity.WARNING, "x", "s", {"en": "look again"})
    assert Report([warning]).conforms
    assert not Report([warning, replace(warning, severity=Severity.VIOLATION)]).conforms


def _place(case: Case, add: list[str], drop: list[str]) -> tuple[list[str], list[str]]:
    """Put the arrest's statement for S, its evidence for E, T, Q, P, and the question about Louise for L."""
    arrest = case.name("wasArrested")
    evidence = arrest.replace("statement/", "evidence/")
    names = {
        "S": f"id:{arrest}",
        "L": f"id:{case.name('hasUnknownFate')}",
        "E": f"id:{evidence}",
        "T": f"id:{evidence}#target",
        "Q": f"id:{evidence}#quote",
        "P": f"id:{evidence}#position",
    }

    def placed(text: str) -> str:
        return "  ".join(names.get(part, part) for part in text.split("  "))

    return [placed(text) for text in add], [placed(text) for text in drop]
