"""SPARQLWrapper in every form of result that it knows."""

import sys

from SPARQLWrapper import CSV, JSON, JSONLD, N3, POST, RDFXML, TSV, TURTLE, XML, SPARQLWrapper

endpoint = SPARQLWrapper(sys.argv[1])
select = "SELECT ?who WHERE { ?who <https://w3id.org/sergekg/ontology#wasDeportedTo> ?where } ORDER BY ?who"
counts = []
for form in (JSON, XML, CSV, TSV):
    endpoint.setQuery(select)
    endpoint.setReturnFormat(form)
    answer = endpoint.query().convert()
    if form == JSON:
        counts.append(len(answer["results"]["bindings"]))
    elif form == XML:
        counts.append(len(answer.getElementsByTagName("result")))
    else:
        counts.append(len(answer.decode().strip().splitlines()) - 1)
assert len(set(counts)) == 1 and counts[0] > 0, counts
sizes = []
endpoint.setQuery(
    "CONSTRUCT { ?s ?p ?o } WHERE { ?s <https://w3id.org/sergekg/ontology#wasDeportedTo> ?x ; ?p ?o }"
)
for form in (TURTLE, RDFXML, N3, JSONLD):
    endpoint.setReturnFormat(form)
    answer = endpoint.query().convert()
    if isinstance(answer, bytes):
        from rdflib import Graph

        answer = Graph().parse(data=answer, format="turtle")
    sizes.append(len(answer))
assert len(set(sizes)) == 1 and sizes[0] > 0, sizes
endpoint.setMethod(POST)
endpoint.setQuery("ASK { ?s ?p ?o }")
endpoint.setReturnFormat(JSON)
assert endpoint.query().convert()["boolean"] is True
print(f"{counts[0]} solutions in 4 formats, {sizes[0]} triples in 4 formats, ASK by POST")
