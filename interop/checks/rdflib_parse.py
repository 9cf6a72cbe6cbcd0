"""rdflib's own parser on the name of a thing: it negotiates, follows the redirect and reads."""

import sys

from rdflib import Graph, URIRef

thing = URIRef(sys.argv[1])
graph = Graph().parse(thing)
assert (thing, None, None) in graph, "nothing is said of the thing itself"
print(f"{len(graph)} triples, {len(list(graph.predicate_objects(thing)))} of the thing")
