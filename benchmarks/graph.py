"""A synthetic graph of the shape that sergekg publishes, of any size, the same for the same seed.

Statements with their evidence and selectors in a graph for each text, the plain triple of the asserted ones,
entities with names in a graph of their own. Few persons are spoken of often, most seldom.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

BASE = "https://w3id.org/sergekg/"
SKG, OA = f"{BASE}ontology#", "http://www.w3.org/ns/oa#"
RDF, RDFS = "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "http://www.w3.org/2000/01/rdf-schema#"
SKOS, XSD = "http://www.w3.org/2004/02/skos/core#", "http://www.w3.org/2001/XMLSchema#"
EDTF = "http://id.loc.gov/datatypes/edtf/EDTF"
QUADS_OF_A_STATEMENT = 27
STATEMENTS_OF_A_TEXT = 300

_GIVEN = ("Anna", "Boris", "Claire", "Dmitri", "Élise", "Fiodor", "Germaine", "Henri", "Irène", "Lioubov")
_FAMILY = ("Martin", "Roussakov", "Lévine", "Durand", "Chéron", "Kowalski", "Bergès", "Ivanova", "Tchernov")
_PLACE = (
    "Viatka",
    "Orenbourg",
    "Solovki",
    "Verkhneouralsk",
    "Tomsk",
    "Narym",
    "Astrakhan",
    "Paris",
    "Bruxelles",
)
_TEXT = """
    le camarade fut arrêté la nuit puis déporté sans jugement sa femme malade resta seule avec les enfants on
    ne sait rien de lui depuis huit mois ses lettres ont été saisies par la police les ouvriers protestent
    contre la répression une grève de la faim commença dans la prison le médecin refusa de signer
"""
_WORDS = _TEXT.split()
_TIES = ["friendOf", "companionOf", "spouseOf", "messengerOf", "sharesSituationWith", "supported"]
_STATUS = ["asserted"] * 14 + ["reported"] * 3 + ["questioned", "denied", "hypothetical"]


def write_graph(path: Path, quads: int, seed: int = 1936) -> int:
    """Write N-Quads of about so many quads; returns how many they are."""
    count = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        batch: list[str] = []
        for line in _lines(quads, random.Random(seed)):
            batch.append(line)
            count += 1
            if len(batch) == 100_000:
                file.write("".join(batch))
                batch.clear()
        file.write("".join(batch))
    return count


def _lines(quads: int, chance: random.Random) -> Iterator[str]:
    statements = int(quads / QUADS_OF_A_STATEMENT * 1.016)
    persons, places = max(20, statements // 12), max(10, statements // 400)
    events, groups = max(10, statements // 8), max(5, statements // 300)
    yield from _entities(chance, persons, places, events, groups)
    for number in range(statements):
        yield from _statement(chance, number, persons, places, events, groups)


def _entities(chance: random.Random, persons: int, places: int, events: int, groups: int) -> Iterator[str]:
    graph = f"<{BASE}graph/entities> .\n"
    kinds = [("person", "Person", persons), ("place", "Place", places), ("event", "Deportation", events)]
    for kind, cls, many in [*kinds, ("group", "Group", groups)]:
        for number in range(many):
            thing = f"<{BASE}id/{kind}/{kind[0]}{number}>"
            if kind == "person":
                name = f"{chance.choice(_GIVEN)} {chance.choice(_FAMILY)} {number}"
            else:
                name = f"{chance.choice(_PLACE)} {number}"
            yield f"{thing} <{RDF}type> <{SKG}{cls}> {graph}"
            yield f'{thing} <{RDFS}label> "{name}"@fr {graph}'
            yield f'{thing} <{SKOS}prefLabel> "{name}"@fr {graph}'
            if number % 3 == 0:
                yield f'{thing} <{SKOS}altLabel> "{name.upper()}"@fr {graph}'


def _statement(
    chance: random.Random, number: int, persons: int, places: int, events: int, groups: int
) -> Iterator[str]:
    text = number // STATEMENTS_OF_A_TEXT
    graph = f"<{BASE}graph/text/t{text}> .\n"
    key = f"{chance.getrandbits(128):032x}"
    statement, evidence = f"<{BASE}id/statement/{key}>", f"{BASE}id/evidence/{key}"
    subject = f"<{BASE}id/person/p{_often(chance, persons)}>"
    roll = chance.random()
    if roll < 0.25:
        predicate, what = (
            chance.choice(["wasDeportedTo", "stayedIn", "wasImprisonedIn"]),
            f"place/p{_often(chance, places)}",
        )
    elif roll < 0.45:
        predicate, what = (
            chance.choice(["wasArrested", "wasDeported", "participatedIn"]),
            f"event/e{_often(chance, events)}",
        )
    elif roll < 0.6:
        predicate, what = "memberOf", f"group/g{_often(chance, groups)}"
    else:
        predicate, what = chance.choice(_TIES), f"person/p{_often(chance, persons)}"
    thing, status = f"<{BASE}id/{what}>", chance.choice(_STATUS)
    for cls in (f"{SKG}Statement", f"{RDF}Statement"):
        yield f"{statement} <{RDF}type> <{cls}> {graph}"
    yield f"{statement} <{RDF}subject> {subject} {graph}"
    yield f"{statement} <{RDF}predicate> <{SKG}{predicate}> {graph}"
    yield f"{statement} <{RDF}object> {thing} {graph}"
    yield f"{statement} <{SKG}status> <{SKG}{status}> {graph}"
    yield f"{statement} <{SKG}voice> <{BASE}id/person/p{text % 40}> {graph}"
    yield f"{statement} <{SKG}statedIn> <{BASE}id/letter/t{text}> {graph}"
    yield f"{statement} <{SKG}hasEvidence> <{evidence}> {graph}"
    if number % 4 == 0:
        year, month = chance.randint(1905, 1939), chance.randint(1, 12)
        yield f'{statement} <{SKG}date> "{year}-{month:02d}"^^<{EDTF}> {graph}'
        yield f'{statement} <{SKG}earliest> "{year}-{month:02d}-01"^^<{XSD}date> {graph}'
        yield f'{statement} <{SKG}latest> "{year}-{month:02d}-28"^^<{XSD}date> {graph}'
    if what.startswith("event/"):
        yield f"{statement} <{SKG}describesEvent> {thing} {graph}"
        yield f"{thing} <{SKG}hasVictim> {subject} {graph}"
    yield from _evidence(chance, statement, evidence, text, graph)
    if status == "asserted":
        yield f"{subject} <{SKG}{predicate}> {thing} {graph}"


def _evidence(chance: random.Random, statement: str, evidence: str, text: int, graph: str) -> Iterator[str]:
    start = chance.randint(0, 90_000)
    exact, before, after = (" ".join(chance.choices(_WORDS, k=many)) for many in (14, 5, 5))
    target, quote, position = (f"<{evidence}#{part}>" for part in ("target", "quote", "position"))
    yield f"<{evidence}> <{RDF}type> <{OA}Annotation> {graph}"
    yield f"<{evidence}> <{OA}motivatedBy> <{OA}assessing> {graph}"
    yield f"<{evidence}> <{OA}hasBody> {statement} {graph}"
    yield f"<{evidence}> <{OA}hasTarget> {target} {graph}"
    yield f"{target} <{RDF}type> <{OA}SpecificResource> {graph}"
    yield f"{target} <{OA}hasSource> <{BASE}id/text/t{text}> {graph}"
    yield f"{target} <{OA}hasSelector> {quote} {graph}"
    yield f"{target} <{OA}hasSelector> {position} {graph}"
    yield f"{quote} <{RDF}type> <{OA}TextQuoteSelector> {graph}"
    yield f'{quote} <{OA}exact> "{exact}" {graph}'
    yield f'{quote} <{OA}prefix> "{before}" {graph}'
    yield f'{quote} <{OA}suffix> "{after}" {graph}'
    yield f"{position} <{RDF}type> <{OA}TextPositionSelector> {graph}"
    yield f'{position} <{OA}start> "{start}"^^<{XSD}nonNegativeInteger> {graph}'
    yield f'{position} <{OA}end> "{start + len(exact)}"^^<{XSD}nonNegativeInteger> {graph}'


def _often(chance: random.Random, many: int) -> int:
    """A number below `many`, small ones much more often."""
    return int(many * chance.random() ** 3)
