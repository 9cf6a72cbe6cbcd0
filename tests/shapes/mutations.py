"""Plausible errors, planted one at a time in the real corpus: what an annotator, an editor or a disk could do.

Each mutation changes one file of a copy of the corpus, or one line of its graph. `make mutations`
plants them all and writes docs/mutations.md.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sergekg.build.run import Assembly, assemble, check
from sergekg.config import Config, load_config
from sergekg.errors import BuildError, SergekgError
from sergekg.iris import Iris
from sergekg.validate.shacl import run_shapes
from sergekg.validate.wording import sentences

ROOT = Path(__file__).resolve().parents[2]
ARTICLE, GIDE, PAZ = (
    f"annotations/{slug}.yaml"
    for slug in (
        "au-sujet-de-victor-serge-et-de-calligaris",
        "lettre-a-andre-gide",
        "lettre-a-magdeleine-paz",
    )
)
SKG = "https://w3id.org/sergekg/ontology#"
OA = "http://www.w3.org/ns/oa#"
Edit = Callable[[str], str]


@dataclass(frozen=True)
class Mutation:
    """An error: what it is in words, the file it is made in, and how; `graph` for an error in the quads."""

    name: str
    file: str
    edit: Edit
    unseen: str | None = None
    """Why no rule can see it, for the ones that are known to pass."""


def swap(old: str, new: str, count: int = 1) -> Edit:
    """Put words in the place of others, which have to be there."""

    def edit(text: str) -> str:
        if old not in text:
            raise LookupError(old)
        return text.replace(old, new, count)

    return edit


def block(*lines: str, change: Edit) -> Edit:
    """Change the one record that holds all the given lines."""

    def edit(text: str) -> str:
        records = re.split(r"(?m)^(?=- )", text)
        found = [n for n, record in enumerate(records) if all(line in record for line in lines)]
        if not found:
            raise LookupError(lines)
        records[found[0]] = change(records[found[0]])
        return "".join(records)

    return edit


def drop(*lines: str) -> Edit:
    """Leave out every record that holds all the given lines."""

    def edit(text: str) -> str:
        records = re.split(r"(?m)^(?=- )", text)
        kept = [record for record in records if not all(line in record for line in lines)]
        if len(kept) == len(records):
            raise LookupError(lines)
        return "".join(kept)

    return edit


def add(record: str) -> Edit:
    """One more record at the head of the statements."""
    return lambda text: text.replace("statements:\n", f"statements:\n{record}", 1)


def assert_it(record: str) -> str:
    """Make a statement a fact, as a careless hand would."""
    return re.sub(r"  (status|voice|reported-by): .*\n", "", record)


def switch(record: str) -> str:
    """Exchange subject and object."""
    subject, obj = re.search(r"  subject: (.*)\n", record), re.search(r"  object: (.*)\n", record)
    assert subject is not None
    assert obj is not None
    return record.replace(subject[0], f"  subject: {obj[1]}\n").replace(obj[0], f"  object: {subject[1]}\n")


def line(pattern: str, new: str) -> Edit:
    """Change the first line of the graph that matches."""

    def edit(text: str) -> str:
        changed, count = re.subn(pattern, new, text, count=1, flags=re.MULTILINE)
        if not count:
            raise LookupError(pattern)
        return changed

    return edit


def fact(subject: str, predicate: str, obj: str) -> Edit:
    """One more plain triple in the graph of the letter to Gide."""
    base = "https://w3id.org/sergekg/"
    row = f"<{base}id/{subject}> <{SKG}{predicate}> {obj} <{base}graph/text/lettre-a-andre-gide> .\n"
    return lambda text: text + row


ANITA_2 = ("event: event/seconde-arrestation-d-anita-roussakova", "predicate: wasArrested")
VIATKA = ("object: place/viatka",)
GRAPH = "the graph"
ENTITIES = {
    name: f"entities/{name}.yaml" for name in ("persons", "groups", "events", "penalties", "works", "places")
}
MAPPINGS = "../mappings/wikidata.sssom.tsv"

MUTATIONS = [
    # subjects and objects
    Mutation("subject and object exchanged: Serge supports Magdeleine Paz", PAZ, block("predicate: supported", "subject: person/magdeleine-paz", change=switch)),
    Mutation("subject and object exchanged: the letter addresses its author", GIDE, block("predicate: addressedTo", "Cher André Gide", change=swap("object: person/andre-gide", "object: person/victor-serge"))),
    Mutation("subject and object exchanged: Viatka is deported to Anita", PAZ, block(*VIATKA, change=switch)),
    Mutation("subject and object exchanged: the child is the parent", PAZ, block("predicate: parentOf", change=switch), unseen="neither has a known birth; only a reader of the quote sees who is whose child"),
    Mutation("the wrong person deported to Viatka", PAZ, block(*VIATKA, change=swap("person/anita-roussakova", "person/magdeleine-paz"))),
    Mutation("the wrong place of deportation", PAZ, block(*VIATKA, change=swap("place/viatka", "place/odessa"))),
    Mutation("the wrong writer at the prison of Verkhnéouralsk", GIDE, block("object: site/prison-de-verkhneouralsk", change=swap("person/soukhanov", "person/riazanov"))),
    Mutation("the wrong author of the Essai", GIDE, block("predicate: authorOf", "essai-d-histoire", change=swap("person/anychev", "person/vardine"))),
    Mutation("a person where a place should be", PAZ, block(*VIATKA, change=swap("place/viatka", "person/lenine"))),
    Mutation("a place where a person should be", PAZ, block("predicate: siblingInLawOf", change=swap("object: person/victor-serge", "object: place/moscou"))),
    Mutation("a work where an agent should be", PAZ, block("predicate: supported", "jacques-mesnil", change=swap("subject: person/jacques-mesnil", "subject: work/la-nuit"))),
    Mutation("an occupation given as an affiliation", PAZ, block("occupation/dactylo", change=swap("hasOccupation", "affiliatedWith"))),
    Mutation("a person said of herself", PAZ, block("predicate: siblingInLawOf", change=swap("object: person/victor-serge", "object: person/anita-roussakova"))),
    Mutation("a slug misspelled", PAZ, swap("place/viatka", "place/vyatka")),
    Mutation("a predicate misspelled", PAZ, swap("wasDeportedTo", "wasDeportedAt")),
    # status and voice
    Mutation("the article's rumour made a fact", ARTICLE, block("id: rumeur-calligaris", change=assert_it)),
    Mutation("the rumour of Piast's suicide made a fact", GIDE, block("predicate: committedSuicide", "status: reported", change=assert_it)),
    Mutation("the question on Piast's suicide made a fact", GIDE, block("predicate: committedSuicide", "status: questioned", change=assert_it)),
    Mutation("the question on Soukhanov's death made a fact", GIDE, block("predicate: died", "person/soukhanov", change=assert_it)),
    Mutation("the question on Sandomirski's prison made a fact", GIDE, block("event/repression-de-sandomirski", change=assert_it)),
    Mutation("the question on Ivanov-Razoumnik's fate made a fact", GIDE, block("person/ivanov-razoumnik", "status: questioned", change=assert_it)),
    Mutation("the forged signature made a fact", PAZ, block("predicate: purportedlySignedBy", change=assert_it)),
    Mutation("the fear for the prisoners' lives made a fact", ARTICLE, block("également leur vie en danger", change=assert_it)),
    Mutation("the thanks that are refused made thanks", PAZ, block("predicate: thanks", change=assert_it)),
    Mutation("hearsay left asserted with who passes it on", ARTICLE, block("id: rumeur-calligaris", change=swap("status: reported", "status: asserted"))),
    Mutation("a status misspelled", PAZ, swap("status: rhetorical", "status: retorical")),
    Mutation("the letter's word given to Gide", PAZ, block(*VIATKA, change=swap("predicate:", "voice: person/andre-gide\n  predicate:"))),
    Mutation("the article's word given to Serge", ARTICLE, swap("voice: group/redaction-de-l-article", "voice: person/victor-serge")),
    Mutation("a place given the word", PAZ, block(*VIATKA, change=swap("predicate:", "voice: place/viatka\n  predicate:"))),
    Mutation("one passage read as a fact and as denied", PAZ, add('- quote: "cette jeune femme fut mise en liberté"\n  subject: person/anita-roussakova\n  predicate: wasReleased\n  event: event/liberation-d-anita-roussakova\n  status: denied\n  subject-named-in: "Anita Rousakova"\n')),
    # dates and lengths
    Mutation("an arrest before the person was born", PAZ, block(*ANITA_2, change=swap("1935-12", "1835-12"))),
    Mutation("an arrest after the letter", PAZ, block(*ANITA_2, change=swap("1935-12", "1936-12"))),
    Mutation("an arrest a year early, after it the release", PAZ, block("event/liberation-d-anita-roussakova", "predicate: wasReleased", change=swap("  event:", "  date: 1936-02\n  event:"))),
    Mutation("a deportation before the arrest", PAZ, block(*VIATKA, change=swap("1936-03/1936-05", "1935-03"))),
    Mutation("an arrest after the prisoner's death", PAZ, block("event/nouvelle-arrestation-de-solntsev", "predicate: wasArrested", change=swap("1934/1935", "1936-03"))),
    Mutation("Solntsev dies a year early", GIDE, block("id: mort-de-solntsev", change=swap("edtf: 1936-01", "edtf: 1935-01"))),
    Mutation("the release of 1934 put in 1936", PAZ, block("id: solntsev-libere-en-1934", change=swap("1934", "1936-04", 9))),
    Mutation("the month that does not exist", PAZ, block(*ANITA_2, change=swap("1935-12", "1935-13"))),
    Mutation("an interval that ends before it begins", PAZ, block(*VIATKA, change=swap("1936-03/1936-05", "1936-05/1936-03"))),
    Mutation("a date worked out from words that are not there", PAZ, block(*ANITA_2, change=swap("en décembre dernier", "en novembre dernier", 2))),
    Mutation("five years written as a number", PAZ, block(*VIATKA, change=swap("duration: P5Y", "duration: 5"))),
    Mutation("a penalty without its length", PAZ, block("id: trois-ans", change=swap("  duration: P3Y\n", ""))),
    Mutation("a penalty without its kind", ENTITIES["penalties"], swap("  kind: penalty-kind/reclusion\n", "")),
    Mutation("the conflict on the date of the exclusion forgotten", "interpretations.yaml", drop("au-sujet-de-victor-serge-et-de-calligaris#exclusion")),
    # events
    Mutation("an arrest told as a deportation", PAZ, block(*ANITA_2, change=swap("event/seconde-arrestation", "event/deportation"))),
    Mutation("two events in a circle", PAZ, block("subject: event/liberation-d-anita-roussakova", "object: event/premiere", change=swap("event/premiere-arrestation-d-anita-roussakova", "event/deportation-d-anita-roussakova"))),
    Mutation("the first arrest forgotten", PAZ, lambda text: drop("object: event/premiere-arrestation-d-anita-roussakova")(drop("event: event/premiere-arrestation-d-anita-roussakova")(text))),
    Mutation("a release of one who was never held", PAZ, block("event/liberation-d-anita-roussakova", "predicate: wasReleased", change=swap("person/anita-roussakova", "person/jacques-mesnil"))),
    Mutation("a death during a journey of another", PAZ, block("predicate: diedDuring", change=swap("event/seconde-deportation-de-solntsev", "event/deportation-d-anita-roussakova"))),
    Mutation("an event that nobody tells of", ENTITIES["events"], lambda text: text + '- slug: arrestation-de-gide\n  type: event\n  class: Arrest\n  names: {fr: "l’arrestation de Gide"}\n'),
    # documents
    Mutation("the addressee dropped", GIDE, drop("predicate: addressedTo", "subject: letter/lettre-a-andre-gide")),
    Mutation("the date of the letter dropped", PAZ, drop("predicate: hasDate")),
    Mutation("the place of the letter dropped", PAZ, drop("predicate: writtenAt", "subject: letter/")),
    Mutation("the author of the letter dropped", GIDE, drop("predicate: authorOf", "object: letter/lettre-a-andre-gide")),
    Mutation("the title of the article dropped", ARTICLE, drop("predicate: hasTitle")),
    Mutation("two dates for one letter", GIDE, add('- quote: "Bruxelles, mai 1936."\n  subject: letter/lettre-a-andre-gide\n  predicate: hasDate\n  object: 1935-05\n')),
    # words
    Mutation("the quotes of two letters exchanged", GIDE, add('- quote: "Mes années de captivité en U.R.S.S. sont finies"\n  subject: person/victor-serge\n  predicate: isDescribedAs\n  object: "sont finies"\n')),
    Mutation("a quote improved", PAZ, block("purportedlySignedBy", change=swap("Anita Rousakova", "Anita Roussakova"))),
    Mutation("a description in the annotator's words", PAZ, block("  object: \"d’un caractère ombrageux et craintif\"", change=swap("object: \"d’un caractère ombrageux et craintif\"", "object: \"timide et méfiante\""))),
    Mutation("an estimate made a number", GIDE, block("plusieurs milliers", "hasCount", change=swap("object: \"plusieurs milliers\"", "object: \"5000\""))),
    Mutation("a quote too short to be one place", PAZ, block(*VIATKA, change=lambda record: re.sub(r'quote: ".*"', 'quote: "elle"', record))),
    Mutation("a pronoun resolved by a passage on another", PAZ, block(*VIATKA, change=swap('subject-named-in: "Anita Rousakova"', 'subject-named-in: "Jacques Mesnil, avec qui"'))),
    Mutation("a pronoun not resolved", PAZ, block(*VIATKA, change=swap('  subject-named-in: "Anita Rousakova"\n', ""))),
    Mutation("the same statement written twice", PAZ, block(*VIATKA, change=lambda record: record + record)),
    Mutation("a fate distributed to one who is not of the group", GIDE, drop("predicate: memberOf", "group/quatre-communistes-suspects", "person/vardine")),
    # persons and identities
    Mutation("Solntsev born after his death", ENTITIES["persons"], swap('birth: {edtf: "1897"', 'birth: {edtf: "1997"')),
    Mutation("a person turned into a place", ENTITIES["persons"], swap("- slug: anita-roussakova\n  type: person", "- slug: anita-roussakova\n  type: place")),
    Mutation("an event turned into a death", ENTITIES["events"], swap("- slug: seconde-arrestation-d-anita-roussakova\n  type: event\n  class: Arrest", "- slug: seconde-arrestation-d-anita-roussakova\n  type: event\n  class: Death")),
    Mutation("a slug given to two persons", ENTITIES["persons"], lambda text: text + '- slug: vardine\n  type: person\n  names: {fr: "Vardine"}\n'),
    Mutation("a namesake beside the critic Gorbatchev", ENTITIES["persons"], lambda text: text + '- slug: mikhail-gorbatchev\n  type: person\n  names: {fr: "Mikhaïl Gorbatchev"}\n  printed: ["Gorbatchev"]\n'),
    Mutation("the critic merged with his namesake", MAPPINGS, swap("skgid:person/gorbatchev\tGorbatchev\tskos:exactMatch\tNot\t", "skgid:person/gorbatchev\tGorbatchev\tskos:exactMatch\t\t")),
    Mutation("one item for two persons", MAPPINGS, swap("wikidata:Q12706", "wikidata:Q164765")),
    Mutation("a person mapped to a place", MAPPINGS, lambda text: re.sub(r"(?m)^(skgid:person/maxime-gorki\t.*?)wikidata:Q12706\t.*?\tskg:Person", r"\1wikidata:Q90\tParis\tskg:Place", text)),
    Mutation("an outside claim without its reason", "interpretations.yaml", lambda text: re.sub(r"  reason:\n    fr: \"Le fichier reçu.*\n.*\n", "", text)),
    Mutation("a certainty that is none", "interpretations.yaml", swap("certainty: probable", "certainty: sure")),
    Mutation("the source edited", "texts/lettres-a-gide-et-a-magdeleine-paz.txt", swap("Novomiski", "Novomirski")),
    # the graph
    Mutation("an offset shifted by one", GRAPH, line(rf'(#position> <{OA}start> ")(\d+)', lambda m: f"{m[1]}{int(m[2]) + 1}")),  # type: ignore[arg-type]
    Mutation("the end of a quote shifted by one", GRAPH, line(rf'(#position> <{OA}end> ")(\d+)', lambda m: f"{m[1]}{int(m[2]) - 1}")),  # type: ignore[arg-type]
    Mutation("a word of a quote changed", GRAPH, line(rf'(#quote> <{OA}exact> ")\w+', r"\1Jamais")),
    Mutation("other words beside the quote of a statement", GRAPH, line(rf'^(<[^>]*/statement/\w+> <{SKG}quote> ").*("@fr .*\n)', r"\g<0>\1Jamais\2")),
    Mutation("other words on the evidence itself", GRAPH, line(rf'^(<[^>]*/evidence/\w+)#quote(> <{OA}exact> ").*("\S* <[^>]*> \.\n)', r"\g<0>\1\2Jamais\3")),
    Mutation("the words before a quote changed", GRAPH, line(rf'(#quote> <{OA}prefix> ")\w', r"\1X")),
    Mutation("evidence taken from the other letter of the file", GRAPH, line(rf"(#target> <{OA}hasSource> <https://w3id.org/sergekg/id/text/)lettre-a-andre-gide", r"\1lettre-a-magdeleine-paz")),
    Mutation("evidence left out", GRAPH, line(r"^<[^>]*/statement/\w+> <[^>]*#hasEvidence> .*\n", "")),
    Mutation("a plain triple that no statement carries", GRAPH, fact("person/vladimir-piast", "committedSuicide", "<https://w3id.org/sergekg/id/event/suicide-de-vladimir-piast>")),
    Mutation("a plain triple of another person", GRAPH, fact("person/andre-gide", "wasDeportedTo", "<https://w3id.org/sergekg/id/place/viatka>")),
    Mutation("a plain triple lost", GRAPH, line(rf"^<[^>]*/person/soukhanov> <{SKG}wasImprisonedIn> .*\n", "")),
    Mutation("a victim that no statement names", GRAPH, fact("event/mort-de-kirov", "hasVictim", "<https://w3id.org/sergekg/id/person/lenine>")),
    Mutation("a birth from outside published as the text's", GRAPH, fact("person/victor-serge", "bornOn", '"1890-12-30"^^<http://id.loc.gov/datatypes/edtf/EDTF>')),
    # what no rule can see
    Mutation("fifteen years for five", PAZ, block(*VIATKA, change=swap("P5Y", "P15Y")), unseen="the length is a length; only a reader of « pour cinq ans » sees that it is another"),
    Mutation("a friend made a supporter", PAZ, block("predicate: friendOf", "marcel-martinet", change=swap("friendOf", "contributedToReleaseOf")), unseen="both properties hold between agents, and the quote names both"),
]  # fmt: skip


def plant(mutation: Mutation, config: Config, whole: Assembly) -> list[str]:
    """What is said of the corpus with that error in it; nothing where it passes unseen."""
    if mutation.file == GRAPH:
        lines = mutation.edit("".join(f"{row}\n" for row in whole.lines())).splitlines()
        found = [
            f for scope in ("document", "dataset") for f in run_shapes(lines, config.shapes, scope).findings
        ]
        return [finding.message("en") for finding in found]
    with tempfile.TemporaryDirectory() as place:
        data = Path(place) / "data"
        shutil.copytree(config.corpus.parent, data)
        corpus = data / config.corpus.name
        path = corpus / mutation.file
        path.write_text(mutation.edit(path.read_text(encoding="utf-8")), encoding="utf-8")
        changed = replace(config, corpus=corpus, mappings=data / "mappings")
        try:
            report = check(changed, assemble(changed))
        except BuildError as error:
            return [str(problem) for problem in error.problems]
        except SergekgError as error:
            return [str(error)]
        return list(sentences(report, "en", Iris(config.base)))


def outcomes(config: Config, mutations: Sequence[Mutation]) -> Iterator[tuple[Mutation, list[str]]]:
    """Each mutation with what was said of it."""
    whole = assemble(config)
    for mutation in mutations:
        yield mutation, plant(mutation, config, whole)


def main() -> None:
    """Plant every error and write the table."""
    config = replace(load_config(ROOT, environ={}), var=ROOT / "var" / "test")
    rows, caught = [], 0
    for mutation, said in outcomes(config, MUTATIONS):
        caught += bool(said)
        answer = said[0] if said else f"**not caught**: {mutation.unseen or 'no rule sees it yet'}"
        where = "graph" if mutation.file == GRAPH else mutation.file.rpartition("/")[2]
        rows.append(f"| {mutation.name} | {where} | {answer.replace('|', '/')} |")
        print(f"{'caught' if said else 'MISSED':7} {mutation.name}", file=sys.stderr)
    text = _PAGE.format(
        caught=caught, count=len(MUTATIONS), share=caught / len(MUTATIONS), rows="\n".join(rows)
    )
    (ROOT / "docs" / "mutations.md").write_text(text, encoding="utf-8")
    print(f"{caught} of {len(MUTATIONS)} caught ({caught / len(MUTATIONS):.1%})")


_PAGE = """# What the shapes catch

Made by `make mutations`: plausible errors, planted one at a time in the real corpus or its graph, and the first
thing that the build says of each. {caught} of {count} are caught ({share:.1%}).

| error | planted in | what is said |
|---|---|---|
{rows}
"""

if __name__ == "__main__":
    main()
