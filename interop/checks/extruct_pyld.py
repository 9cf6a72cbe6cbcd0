"""extruct takes the JSON-LD out of a page, PyLD expands it; the context is given, so no other host is asked."""

import sys
import urllib.request

import extruct
from pyld import jsonld

page, thing = sys.argv[1:3]
jsonld.set_document_loader(
    lambda url, options: {
        "contextUrl": None,
        "documentUrl": url,
        "contentType": "application/ld+json",
        "document": {"@context": {"@vocab": "http://schema.org/", "url": {"@type": "@id"}}},
    }
)
with urllib.request.urlopen(page) as answer:
    blocks = extruct.extract(answer.read(), base_url=page, syntaxes=["json-ld"])["json-ld"]
assert len(blocks) == 1, f"{len(blocks)} blocks"
(node,) = jsonld.expand(blocks[0])
assert node["@id"] == thing, node["@id"]
print(f"1 block, {node['@type'][0]}, @id is the thing, {len(jsonld.to_rdf(blocks[0])['@default'])} triples")
