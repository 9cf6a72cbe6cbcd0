"""What is written for other communities is valid by their schemas."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from lxml import etree
from rdflib import DCTERMS, RDF, SH, Graph, URIRef

from sergekg.export.cmif import write_cmif
from sergekg.export.tei import write_tei
from sergekg.release import Release
from sergekg.store.local import LocalStore

SCHEMAS = Path(__file__).parent / "schemas"
ALL = "shapes.ttl", "range.ttl", "mdr-vocabularies.shape.ttl"


def validate(data: Graph, shapes: str, tmp_path: Path) -> set[tuple[object, object]]:
    """Severity and path of every result, from a process of its own: pyshacl changes rdflib's settings."""
    data.serialize(tmp_path / "data.nt", format="nt", encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pyshacl",
        "-s",
        str(SCHEMAS / shapes),
        "-f",
        "nt",
        str(tmp_path / "data.nt"),
    ]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    report = Graph().parse(data=done.stdout, format="nt")
    (top,) = report.subjects(RDF.type, SH.ValidationReport)
    results = report.objects(top, SH.result)
    return {(report.value(r, SH.resultSeverity), report.value(r, SH.resultPath)) for r in results}


@pytest.fixture(scope="session")
def catalogue(release: Release) -> Graph:
    """The DCAT description as the release holds it."""
    lines = (release.catalogue / "dcat.nq").read_text(encoding="utf-8").splitlines()
    triples = "\n".join(f"{line.rsplit(' ', 2)[0]} ." for line in lines)
    return Graph().parse(data=triples, format="nt")


def test_the_letters_are_valid_by_the_schema_of_cmif(release: Release, store: LocalStore) -> None:
    schema = etree.RelaxNG(etree.parse(SCHEMAS / "cmif.rng"))
    document = etree.fromstring(write_cmif(release, store))
    assert schema.validate(document), schema.error_log


def test_the_schema_of_cmif_refuses_letters_without_a_sender(release: Release, store: LocalStore) -> None:
    schema = etree.RelaxNG(etree.parse(SCHEMAS / "cmif.rng"))
    document = etree.fromstring(write_cmif(release, store).replace(b'type="sent"', b'type="thought"'))
    assert not schema.validate(document)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_text_and_the_letters_are_valid_by_the_whole_of_tei(
    release: Release, store: LocalStore
) -> None:
    schema = etree.RelaxNG(etree.fromstring(gzip.decompress((SCHEMAS / "tei_all.rng.gz").read_bytes())))
    for document in (
        write_cmif(release, store),
        *(write_tei(release, store, slug) for slug in release.texts),
    ):
        assert schema.validate(etree.fromstring(document)), schema.error_log
    broken = write_cmif(release, store).replace(b"<profileDesc>", b"<profileDesc><nonsense/>")
    assert not schema.validate(etree.fromstring(broken))


@pytest.mark.parametrize("shapes", ALL)
def test_the_catalogue_conforms_to_dcat_ap(catalogue: Graph, shapes: str, tmp_path: Path) -> None:
    results = validate(catalogue, shapes, tmp_path)
    assert not [path for severity, path in results if severity != SH.Warning]
    # the publisher is no body of the European Union: that is all there is to warn of
    assert {path for _, path in results} <= {DCTERMS.publisher}


@pytest.mark.slow
def test_dcat_ap_refuses_a_catalogue_without_a_title(catalogue: Graph, tmp_path: Path) -> None:
    bare = Graph()
    bare += catalogue
    bare.remove((None, DCTERMS.title, None))
    assert (SH.Violation, URIRef(DCTERMS.title)) in validate(bare, "shapes.ttl", tmp_path)
