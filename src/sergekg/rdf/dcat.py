"""The catalogue in DCAT-AP 3.0: one dataset, its parts by graph, their files with checksums, the services.

Nothing here is a blank node, and each code of a controlled vocabulary comes with the scheme it is of, so
that the shapes of DCAT-AP can be checked without fetching anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rdflib import DCTERMS, FOAF, PROV, RDF, RDFS, SKOS, XSD, Literal, URIRef

from sergekg.rdf.edition import DumpFile, Edition
from sergekg.rdf.terms import Triple
from sergekg.vocab import DCAT3 as DCAT
from sergekg.vocab import SPDX, VCARD

_EU = "http://publications.europa.eu/resource/authority/"
_IANA = "https://www.iana.org/assignments/media-types/"
_ALGORITHM = URIRef("https://spdx.org/rdf/terms#checksumAlgorithm_sha256")
"""With https, as the shapes of DCAT-AP 3.0 want it, and matched to the term itself."""
_LANGUAGES = {
    "ca": "CAT", "cs": "CES", "de": "DEU", "el": "ELL", "en": "ENG", "es": "SPA", "fr": "FRA", "he": "HEB",
    "hu": "HUN", "it": "ITA", "la": "LAT", "nl": "NLD", "pl": "POL", "pt": "POR", "ro": "RON", "ru": "RUS",
    "uk": "UKR", "yi": "YID",
}  # fmt: skip
_FILE_TYPES = {
    "nq": "RDF_N_QUADS", "nt": "RDF_N_TRIPLES", "trig": "RDF_TRIG", "ttl": "RDF_TURTLE", "jsonld": "JSON_LD",
    "rdf": "RDF_XML",
}  # fmt: skip
_SERVICES = {
    "sparql": (
        {"fr": "Service SPARQL 1.1", "en": "SPARQL 1.1 service"},
        "https://www.w3.org/TR/sparql11-protocol/",
    ),
    "fragments": (
        {"fr": "Fragments de motifs de quadruplets", "en": "Quad pattern fragments"},
        "https://linkeddatafragments.org/specification/quad-pattern-fragments/",
    ),
    "feed": (
        {"fr": "Flux des changements (LDES)", "en": "Feed of changes (LDES)"},
        "https://w3id.org/ldes/specification",
    ),
}
_GRAPHS = {
    "entities": {"fr": "choses et textes", "en": "things and texts"},
    "interpretations": {"fr": "interprétations", "en": "interpretations"},
    "links": {"fr": "liens vers d’autres jeux", "en": "links to other datasets"},
    "ontology": {"fr": "ontologie", "en": "ontology"},
}
_PART_OF = {"fr": "Une partie du jeu « {} ».", "en": "A part of the dataset “{}”."}


def dcat_triples(edition: Edition, graphs: list[str]) -> Iterator[Triple]:
    """The catalogue.

    Args:
        graphs: names of the graphs that are parts of their own.
    """
    base, iris = edition.base, edition.iris
    catalogue, dataset = URIRef(f"{base}catalogue"), iris.thing(edition.dataset_key())
    publisher = iris.publisher
    yield catalogue, RDF.type, DCAT.Catalog
    yield from _named(
        catalogue, {tag: f"Catalogue — {title}" for tag, title in edition.title.items()}, edition
    )
    yield catalogue, FOAF.homepage, URIRef(base)
    yield URIRef(base), RDF.type, FOAF.Document
    yield catalogue, DCAT.themeTaxonomy, URIRef(f"{_EU}data-theme")
    yield URIRef(f"{_EU}data-theme"), RDF.type, SKOS.ConceptScheme
    yield URIRef(f"{_EU}data-theme"), DCTERMS.title, Literal("Data theme", lang="en")
    yield catalogue, DCAT.dataset, dataset
    yield catalogue, FOAF.primaryTopic, dataset
    yield from _common(catalogue, edition)
    yield publisher, RDF.type, FOAF.Agent
    yield publisher, FOAF.name, Literal(edition.publisher)
    yield dataset, RDF.type, DCAT.Dataset
    yield from _named(dataset, edition.title, edition)
    yield from _dataset(edition, dataset)
    for name in graphs:
        part = iris.thing(edition.dataset_key(name))
        yield catalogue, DCAT.dataset, part
        yield dataset, DCTERMS.hasPart, part
        yield part, DCTERMS.isPartOf, dataset
        yield part, RDF.type, DCAT.Dataset
        yield from _titles(part, _graph_titles(edition, name))
        for tag, title in edition.title.items():
            yield part, DCTERMS.description, Literal(_PART_OF.get(tag, "{}").format(title), lang=tag)
        yield from _common(part, edition)
        yield from _about(part, edition)
        for dump in edition.dumps:
            if dump.graph == name:
                yield from _distribution(catalogue, part, dump, edition)
    for dump in edition.dumps:
        if dump.graph is None:
            yield from _distribution(catalogue, dataset, dump, edition)
    for path, (titles, standard) in _SERVICES.items():
        service = URIRef(f"{catalogue}#service/{path}")
        yield catalogue, DCAT.service, service
        yield service, RDF.type, DCAT.DataService
        yield from _titles(service, titles)
        yield service, DCAT.endpointURL, URIRef(f"{base}{path}")
        yield service, DCAT.endpointDescription, URIRef(f"{base}{path}")
        yield service, DCAT.servesDataset, dataset
        yield service, DCTERMS.conformsTo, URIRef(standard)
        yield URIRef(standard), RDF.type, DCTERMS.Standard
        yield service, DCTERMS.license, URIRef(edition.license)
        yield service, DCTERMS.publisher, publisher
    yield from _codes(edition)


def _common(node: URIRef, edition: Edition) -> Iterator[Triple]:
    yield node, DCTERMS.publisher, edition.iris.publisher
    yield node, DCTERMS.license, URIRef(edition.license)
    yield node, DCTERMS.modified, Literal(edition.modified, datatype=XSD.date)
    for code in _language_codes(edition):
        yield node, DCTERMS.language, code


def _dataset(edition: Edition, dataset: URIRef) -> Iterator[Triple]:
    yield from _common(dataset, edition)
    yield from _about(dataset, edition)
    yield dataset, DCTERMS.identifier, Literal(str(dataset))
    version = URIRef(f"{edition.base}releases/{edition.digest}")
    yield dataset, DCAT.hasCurrentVersion, version
    yield version, RDF.type, PROV.Entity
    yield version, DCAT.isVersionOf, dataset
    yield version, DCAT.version, Literal(edition.version)
    yield from _named(version, edition.title, edition)
    yield from _common(version, edition)
    yield dataset, DCTERMS.conformsTo, URIRef("https://w3id.org/sergekg/ontology")
    yield URIRef("https://w3id.org/sergekg/ontology"), RDF.type, DCTERMS.Standard
    if edition.period:
        period = URIRef(f"{edition.base}catalogue#period")
        yield dataset, DCTERMS.temporal, period
        yield period, RDF.type, DCTERMS.PeriodOfTime
        yield period, DCAT.startDate, Literal(edition.period[0], datatype=XSD.date)
        yield period, DCAT.endDate, Literal(edition.period[1], datatype=XSD.date)
    if edition.contact:
        contact = URIRef(f"{edition.base}catalogue#contact")
        address = edition.contact if ":" in edition.contact else f"mailto:{edition.contact}"
        yield dataset, DCAT.contactPoint, contact
        yield contact, RDF.type, VCARD.Kind
        yield contact, VCARD.fn, Literal(edition.publisher)
        kind = VCARD.hasEmail if address.startswith("mailto:") else VCARD.hasURL
        yield contact, kind, URIRef(address)


def _about(node: URIRef, edition: Edition) -> Iterator[Triple]:
    page = URIRef(f"{edition.base}page/{edition.iris.key(str(node))}")
    yield node, DCAT.landingPage, page
    yield page, RDF.type, FOAF.Document
    yield node, DCAT.version, Literal(edition.version)
    yield node, DCAT.theme, URIRef(f"{_EU}data-theme/EDUC")
    yield node, DCTERMS.accessRights, URIRef(f"{_EU}access-right/PUBLIC")
    yield node, DCTERMS.accrualPeriodicity, URIRef(f"{_EU}frequency/IRREG")


def _distribution(catalogue: URIRef, dataset: URIRef, dump: DumpFile, edition: Edition) -> Iterator[Triple]:
    node = URIRef(f"{catalogue}#file/{dump.name}")
    address = URIRef(f"{edition.base}dumps/{dump.name}")
    checksum = URIRef(f"{catalogue}#sha256/{dump.name}")
    yield dataset, DCAT.distribution, node
    yield node, RDF.type, DCAT.Distribution
    yield node, DCTERMS.title, Literal(f"{dump.name} ({dump.profile})")
    yield node, DCAT.accessURL, address
    yield node, DCAT.downloadURL, address
    yield address, RDF.type, RDFS.Resource
    yield node, DCAT.mediaType, URIRef(f"{_IANA}{dump.media_type}")
    yield URIRef(f"{_IANA}{dump.media_type}"), RDF.type, DCTERMS.MediaType
    yield node, DCAT.compressFormat, URIRef(f"{_IANA}application/gzip")
    yield URIRef(f"{_IANA}application/gzip"), RDF.type, DCTERMS.MediaType
    yield node, DCTERMS.format, URIRef(f"{_EU}file-type/{_FILE_TYPES[dump.suffix]}")
    yield (
        node,
        DCAT.byteSize,
        Literal(str(dump.bytes), datatype=XSD.decimal),
    )  # as the shapes of 3.0.0 want it
    yield node, DCTERMS.license, URIRef(edition.license)
    yield node, DCTERMS.modified, Literal(edition.modified, datatype=XSD.date)
    yield node, SPDX.checksum, checksum
    yield checksum, RDF.type, SPDX.Checksum
    yield checksum, SPDX.algorithm, _ALGORITHM
    yield checksum, SPDX.checksumValue, Literal(dump.sha256, datatype=XSD.hexBinary)


def _codes(edition: Edition) -> Iterator[Triple]:
    yield _ALGORITHM, RDF.type, SPDX.ChecksumAlgorithm
    yield _ALGORITHM, SKOS.exactMatch, SPDX.checksumAlgorithm_sha256
    yield URIRef(edition.license), RDF.type, DCTERMS.LicenseDocument
    codes = [
        ("access-right/PUBLIC", "access-right", DCTERMS.RightsStatement),
        ("data-theme/EDUC", "data-theme", SKOS.Concept),
        ("frequency/IRREG", "frequency", DCTERMS.Frequency),
    ]
    codes += [(f"file-type/{name}", "file-type", DCTERMS.MediaTypeOrExtent) for name in _FILE_TYPES.values()]
    names = [code.rpartition("/")[2] for code in _language_codes(edition)]
    codes += [(f"language/{name}", "language", DCTERMS.LinguisticSystem) for name in names]
    for path, scheme, kind in codes:
        code = URIRef(f"{_EU}{path}")
        yield code, RDF.type, kind
        yield code, RDF.type, SKOS.Concept
        yield code, SKOS.inScheme, URIRef(f"{_EU}{scheme}")
        yield code, SKOS.prefLabel, Literal(path.rpartition("/")[2])


def _language_codes(edition: Edition) -> list[URIRef]:
    tags = {text.language.partition("-")[0] for text in edition.texts}
    return [URIRef(f"{_EU}language/{_LANGUAGES[tag]}") for tag in sorted(tags) if tag in _LANGUAGES]


def _named(node: URIRef, titles: Mapping[str, str], edition: Edition) -> Iterator[Triple]:
    yield from _titles(node, titles)
    for tag, text in edition.description.items():
        yield node, DCTERMS.description, Literal(text, lang=tag)


def _titles(node: URIRef, titles: Mapping[str, str]) -> Iterator[Triple]:
    for tag, title in titles.items():
        yield node, DCTERMS.title, Literal(title, lang=tag)
        yield node, RDFS.label, Literal(title, lang=tag)


def _graph_titles(edition: Edition, name: str) -> dict[str, str]:
    kind, _, slug = name.partition("/")
    if kind == "text" and slug:
        for text in edition.texts:
            if text.slug == slug:
                return dict(text.title)
    known = _GRAPHS.get(name, dict.fromkeys(edition.title, name))
    return {tag: f"{title} — {known.get(tag, name)}" for tag, title in edition.title.items()}
