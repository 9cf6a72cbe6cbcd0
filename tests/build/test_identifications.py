"""Decisions of identity are published with who stands for them; what nobody could tell is not."""

import re
from pathlib import Path

import pytest
from rdflib import PROV, RDF, SKOS

from sergekg.build.publish import publish
from sergekg.build.run import assemble
from sergekg.config import Config
from sergekg.errors import BuildError
from sergekg.vocab import SKG, WD
from sergekg.web import create_app

HEAD = """#mapping_set_id: https://example.org/essai/mappings
#license: https://creativecommons.org/publicdomain/zero/1.0/
#curie_map:
#  skgid: https://example.org/essai/id/
#  wikidata: http://www.wikidata.org/entity/
#  isbn: "urn:isbn:"
"""
COLUMNS = "subject_id predicate_id predicate_modifier object_id mapping_justification author_label reviewer_agreement object_source"


def decide(config: Config, *rows: str) -> None:
    """Write decisions, a blank between cells, `-` for an empty one."""
    lines = [COLUMNS, *rows]
    config.mappings.mkdir(exist_ok=True)
    text = HEAD + "".join(line.replace(" ", "\t").replace("-\t", "\t") + "\n" for line in lines)
    (config.mappings / "x.sssom.tsv").write_text(text.replace("\t-\n", "\t\n"), encoding="utf-8")


def row(subject: str, obj: str, modifier: str = "-", agreement: str = "-", source: str = "-") -> str:
    of = f"skgid:{subject} skos:closeMatch {modifier} {obj}"
    return f"{of} semapv:ManualMappingCuration Anne {agreement} {source}"


def interpretations(config: Config, predicate: str) -> list[str]:
    """The objects that interpretations have of a predicate, by whole lines."""
    lines = assemble(config).lines()
    return [line for line in lines if "/id/interpretation/" in line and f"<{predicate}>" in line]


def agent(config: Config, key: str) -> None:
    (config.corpus / "interpretations.yaml").write_text(f"agent: {key}\n", encoding="utf-8")


def test_what_a_person_could_not_tell_is_published_nowhere(tiny: Config) -> None:
    agent(tiny, "group/on")
    decide(
        tiny,
        row("person/louise", "wikidata:Q1", agreement="0"),
        row("person/paul", "wikidata:Q2"),
        row("person/jeanne", "wikidata:Q3", modifier="Not"),
        row("place/lyon", "sssom:NoTermFound", source="wikidata:Q2013"),
    )
    lines = assemble(tiny).lines()
    assert not [line for line in lines if f"<{WD}Q1>" in line or "NoTermFound" in line]
    assert len(interpretations(tiny, str(RDF.object))) == 2
    assert [line for line in lines if f"<{SKOS.closeMatch}> <{WD}Q2>" in line]
    assert len([line for line in lines if f"<{SKG.rejected}>" in line and "/interpretation/" in line]) == 1


def test_an_identity_with_what_has_no_address_has_its_interpretation_too(tiny: Config) -> None:
    decide(tiny, row("letter/lettre-a-jeanne", "isbn:9782021166316"))
    (line,) = interpretations(tiny, str(RDF.object))
    assert "<urn:isbn:9782021166316>" in line


def test_the_agent_of_the_corpus_stands_for_its_identifications(tiny: Config) -> None:
    decide(tiny, row("person/paul", "wikidata:Q2"))
    agent(tiny, "group/on")
    (line,) = interpretations(tiny, str(PROV.wasAssociatedWith))
    assert f"<{tiny.base}id/group/on>" in line


def test_where_no_agent_is_named_the_publisher_of_the_corpus_stands_for_its_identifications(
    tiny: Config,
) -> None:
    decide(tiny, row("person/paul", "wikidata:Q2"))
    (line,) = interpretations(tiny, str(PROV.wasAssociatedWith))
    assert f"<{tiny.base}catalogue#publisher>" in line
    client = create_app(publish(tiny, assemble(tiny)), tiny).test_client()
    page = client.get("/page/" + line.partition(">")[0].partition("/id/")[2]).get_data(as_text=True)
    assert re.search(r'<a [^>]*href="/catalogue#publisher"[^>]*><span>essai</span></a>', page)
    assert "x.sssom.tsv: Anne" in page


@pytest.mark.parametrize("written", ["Jean Dupont", "person/nobody", "place/lyon"])
def test_an_agent_that_is_none_is_told_with_its_line_where_it_is_all_that_the_file_holds(
    tiny: Config, written: str
) -> None:
    decide(tiny, row("person/paul", "wikidata:Q2"))
    agent(tiny, written)
    with pytest.raises(BuildError) as caught:
        assemble(tiny)
    assert str(caught.value).startswith("interpretations.yaml:1: ")
    assert Path("interpretations.yaml").name in str(caught.value)
