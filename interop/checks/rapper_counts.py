"""rapper counts the triples of one description in each of the formats that it reads, and of its name."""

import subprocess
import sys

root = sys.argv[1]
thing = "id/person/anita-roussakova"
sources = [
    ("turtle", f"{root}data/person/anita-roussakova.ttl"),
    ("ntriples", f"{root}data/person/anita-roussakova.nt"),
    ("rdfxml", f"{root}data/person/anita-roussakova.rdf"),
    ("nquads", f"{root}data/person/anita-roussakova.nq?graphs=merged"),
    ("trig", f"{root}data/person/anita-roussakova.trig?graphs=merged"),
    ("turtle", f"{root}{thing}"),
    ("guess", f"{root}{thing}"),
]
counts = {}
for syntax, address in sources:
    done = subprocess.run(
        ["rapper", "-q", "-i", syntax, "-o", "ntriples", address], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, (syntax, address, done.stderr[-300:])
    counts[syntax, address] = len(set(done.stdout.splitlines()))
assert len(set(counts.values())) == 1 and min(counts.values()) > 0, counts
print(f"{min(counts.values())} triples in each of {len(sources)} readings")
