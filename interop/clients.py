"""The clients: which version, in which environment, asked by which command, and what has to come of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

SKG = "https://w3id.org/sergekg/ontology#"
DEPORTED = f"SELECT ?who WHERE {{ ?who <{SKG}wasDeportedTo> ?where }}"
ACROSS = f"SELECT DISTINCT ?who ?name WHERE {{ ?who <{SKG}wasDeportedTo> ?where . ?who <http://www.w3.org/2004/02/skos/core#prefLabel> ?name }}"
WALK = f"SELECT ?where ?name WHERE {{ <{{root}}id/person/anita-roussakova> <{SKG}wasDeportedTo> ?where . ?where <http://www.w3.org/2004/02/skos/core#prefLabel> ?name }}"


@dataclass(frozen=True)
class Client:
    """One row.

    Attributes:
        name, version: of the client, as its package is called.
        what: what it is to do, in a few words.
        place: `python`, `cff`, `ckan` (an environment), `npm`, or `system`.
        command: arguments; `{root}` is the address of the server, `{example}` that of the example corpus, `{release}` the directory of its release,
            `{work}` a directory to write in. The first is a module's script in checks/, or a program.
        result: takes what it printed and says in a few words what came; raises AssertionError.
        after_change: whether it runs after a second release went into service.
    """

    name: str
    version: str
    what: str
    place: str
    command: tuple[str, ...]
    result: Callable[[str], str]
    after_change: bool = False


def said(text: str) -> str:
    """What a check said in its last line; it fails by its exit code."""
    lines = text.strip().splitlines()
    assert lines, "it said nothing"
    return lines[-1][:160]


def lines(word: str, least: int) -> Callable[[str], str]:
    """That many lines hold a word."""

    def result(text: str) -> str:
        count = sum(word in line for line in text.splitlines())
        assert count >= least, f"{count} of at least {least}: {text.strip()[-200:]}"
        return f"{count} results"

    return result


def members(text: str) -> str:
    """What ldes-client counts."""
    found = re.findall(r"(?:done|emitted|members?)\D*(\d+)", text, re.IGNORECASE)
    count = len(set(re.findall(r"<([^>]*/version/\d+/[^>]*)> <http://purl.org/dc/terms/isVersionOf>", text)))
    assert count or found, text[-300:]
    return f"{count} members"


def no_errors(text: str) -> str:
    found = re.search(
        r"That's it\. (\d+) links? in (\d+) URLs? checked\..*?(\d+) errors? found", text, re.DOTALL
    )
    assert found, text[-300:]
    assert found[3] == "0", f"{found[3]} errors"
    return f"{found[1]} links in {found[2]} URLs, 0 errors"


def _rapper(syntax: str, suffix: str) -> Client:
    address = f"{{root}}data/person/anita-roussakova.{suffix}"
    return Client(
        "rapper", "2.0.15", f"reads {suffix}", "system", ("rapper", "-q", "-c", "-i", syntax, address), said
    )


def _check(name: str, version: str, what: str, script: str, *arguments: str, place: str = "python") -> Client:
    return Client(name, version, what, place, (script, *arguments), said)


def _npm(name: str, version: str, what: str, program: str, *arguments: str, least: int = 3) -> Client:
    return Client(name, version, what, "npm", (program, *arguments), lines("person/", least))


def _links(what: str, address: str) -> Client:
    command = ("own_links.py", "--config", "linkcheckerrc", "--no-warnings", "--no-status", address)
    return Client("linkchecker", "10.6.0", what, "python", command, no_errors)


CLIENTS: tuple[Client, ...] = (
    _check(
        "rdflib", "7.6.0", "parses the name of a thing", "rdflib_parse.py", "{root}id/person/anita-roussakova"
    ),
    _check("rapper", "2.0.15", "every format it knows, with equal counts", "rapper_counts.py", "{root}"),
    _check("SPARQLWrapper", "2.0.0", "all forms of results", "sparqlwrapper_queries.py", "{root}sparql"),
    _npm(
        "@comunica/query-sparql",
        "4.5.0",
        "finds the endpoint by its description",
        "comunica-sparql",
        "{root}sparql",
        DEPORTED,
    ),
    _npm(
        "@comunica/query-sparql",
        "4.5.0",
        "joins endpoint and document",
        "comunica-sparql",
        "{root}sparql",
        "{root}data/person/anita-roussakova.ttl",
        ACROSS,
    ),
    _npm(
        "@comunica/query-sparql",
        "4.5.0",
        "queries the fragments",
        "comunica-sparql",
        "{root}fragments",
        DEPORTED,
    ),
    _npm(
        "@comunica/query-sparql",
        "4.5.0",
        "queries the quad fragments",
        "comunica-sparql",
        "{root}fragments/quads",
        DEPORTED,
    ),
    Client(
        "@comunica/query-sparql-link-traversal",
        "0.5.0",
        "walks from thing to thing",
        "npm",
        ("comunica-sparql-link-traversal", "{root}id/person/anita-roussakova", "--lenient", WALK),
        lines("viatka", 1),
    ),
    _npm("ldf-client", "2.0.5", "queries the fragments", "ldf-client", "{root}fragments", DEPORTED),
    Client(
        "rdf-dereference",
        "4.0.0",
        "dereferences a thing",
        "npm",
        ("rdf-dereference", "{root}id/person/anita-roussakova"),
        lines("person/anita-roussakova", 20),
    ),
    _npm(
        "fetch-sparql-endpoint",
        "5.1.0",
        "a SELECT",
        "fetch-sparql-endpoint",
        "--endpoint",
        "{root}sparql",
        "--query",
        DEPORTED,
    ),
    Client(
        "sparql-http-client",
        "3.1.0",
        "SELECT, CONSTRUCT, ASK",
        "npm",
        ("node", "http_client.mjs", "{root}sparql"),
        said,
    ),
    Client(
        "ldes-client",
        "0.3.0",
        "reads the whole stream and keeps its state",
        "npm",
        ("ldes-client", "{root}feed", "--save", "{work}/ldes"),
        members,
    ),
    _check(
        "signposting",
        "0.9.9",
        "level 2, header and link set alike",
        "signposting_find.py",
        "{root}page/letter/lettre-a-andre-gide",
        "{root}id/letter/lettre-a-andre-gide",
    ),
    _check(
        "extruct + PyLD",
        "0.18.0 + 2.0.4",
        "the schema.org block of a page",
        "extruct_pyld.py",
        "{root}page/person/victor-serge",
        "{root}id/person/victor-serge",
    ),
    _check(
        "PyLD", "2.0.4", "a description, offline", "pyld_description.py", "{root}data/person/anita-roussakova"
    ),
    _check("resync", "2.0.1", "from the well-known place to the resources", "resync_lists.py", "{root}"),
    _check(
        "ckanext-dcat",
        "2.4.4",
        "harvests with euro_dcat_ap_3",
        "ckan_dcat.py",
        "{root}catalogue",
        place="ckan",
    ),
    _check(
        "pyshacl",
        "0.40.1",
        "the catalogue by the shapes of DCAT-AP 3.0.0",
        "dcat_ap_shapes.py",
        "{root}catalogue.ttl",
    ),
    _check("cffconvert", "2.0.0", "validates references", "cff_validate.py", "{root}", place="cff"),
    _check(
        "bibtexparser",
        "1.4.3",
        "references",
        "bibtex_parse.py",
        "{root}data/person/victor-serge.bib",
        "{root}data/letter/lettre-a-andre-gide.bib",
        "{root}data/dataset/affaire-victor-serge.bib",
    ),
    _check("rocrate", "0.13.0", "the crate of the release", "rocrate_read.py", "{release}"),
    Client(
        "wget",
        "1.21",
        "resumes a dump that broke off",
        "system",
        ("sh", "resume.sh", "{root}", "{work}"),
        said,
    ),
    _links("every own link of a small corpus", "{example}"),
    _links("every own link", "{root}"),
    Client(
        "ldes-client",
        "0.3.0",
        "a second run emits only what changed",
        "npm",
        ("ldes-client", "{root}feed", "--save", "{work}/ldes"),
        members,
        after_change=True,
    ),
    Client(
        "resync",
        "2.0.1",
        "the change list after a second release",
        "python",
        ("resync_lists.py", "{root}"),
        said,
        after_change=True,
    ),
)
