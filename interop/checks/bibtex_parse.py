"""bibtexparser reads references to the dataset, a text and an entity."""

import sys
import urllib.request

import bibtexparser

for address in sys.argv[1:]:
    with urllib.request.urlopen(address) as answer:
        read = bibtexparser.loads(
            answer.read().decode(), parser=bibtexparser.bparser.BibTexParser(ignore_nonstandard_types=False)
        )
    (entry,) = read.entries
    assert {"title", "author", "year", "url", "version"} <= set(entry), entry
print(f"{len(sys.argv) - 1} references, each with title, author, year, url and version")
