"""PyLD reads a description without fetching anything, and finds what the N-Quads say."""

import json
import sys
import urllib.request

from pyld import jsonld


def refuse(url, options):
    raise AssertionError(f"the document asks for {url}")


jsonld.set_document_loader(refuse)
stem = sys.argv[1]


def read(suffix: str) -> bytes:
    with urllib.request.urlopen(f"{stem}.{suffix}") as answer:
        return answer.read()


triples = jsonld.to_rdf(json.loads(read("jsonld")))
count = sum(len(rows) for rows in triples.values())
expected = len({line.strip() for line in read("nt").decode().splitlines() if line.strip()})
assert count == expected, (count, expected)
print(f"{count} triples, as in N-Triples; no context fetched")
