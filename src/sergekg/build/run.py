"""The build: reads the corpus, makes the quads of each graph, validates them, publishes a release."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from rdflib import SKOS, URIRef

from sergekg.build.artefacts import Artefact, Cache, code_digest, compile_document, digest_of, document_key
from sergekg.config import Config
from sergekg.corpus.annotations import unread_annotations
from sergekg.corpus.authority import read_authority
from sergekg.corpus.interpretations import InterpretationFile, read_interpretations
from sergekg.corpus.manifest import Manifest, read_documents, read_hyphens, read_manifest
from sergekg.errors import BuildError, CorpusError, Location, SergekgError, UnknownEntity
from sergekg.extract.base import Context
from sergekg.extract.coverage import account_for
from sergekg.extract.interpretations import resolve_interpretations
from sergekg.iris import Iris
from sergekg.model.coverage import Coverage
from sergekg.model.entity import Entity
from sergekg.model.interpretation import Interpretation
from sergekg.model.mapping import Mapping as Decision
from sergekg.model.report import Report
from sergekg.model.signature import nearest
from sergekg.model.statement import Certainty, Status
from sergekg.model.text import Document, Span
from sergekg.rdf.entities import entity_quads, interpretation_quads, ontology_quads, source_quads
from sergekg.rdf.mappings import mapping_quads
from sergekg.rdf.ontology import ontology_triples, read_ontology, to_signature
from sergekg.rdf.terms import Triple, to_nquads
from sergekg.reconcile.sssom import read_mappings
from sergekg.validate.shacl import run_shapes, shapes_digest
from sergekg.validate.wording import locate

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how many of it are done, and how many there are."""


def _silent(_what: str, _done: int, _total: int) -> None:
    return None


@dataclass(frozen=True)
class Material:
    """Everything that a person wrote, read and found sound as far as it can be without its graph.

    Not `is_listed` where mistakes keep things out of the authority list: what is unknown may be one of them.
    """

    manifest: Manifest
    documents: Sequence[Document]
    context: Context
    interpretations: InterpretationFile
    mappings: Sequence[Decision]
    ontology: Sequence[Triple]
    is_listed: bool = True


@dataclass(frozen=True)
class Assembly:
    """All graphs of a release before it is published; `graphs` maps a graph's name to its sorted lines."""

    material: Material
    artefacts: Sequence[Artefact]
    graphs: Mapping[str, Sequence[str]]
    origins: Mapping[str, Location]
    rebuilt: Sequence[str] = field(default=())

    def lines(self) -> Sequence[str]:
        """Every quad, sorted: the bytes of the release."""
        return sorted(chain.from_iterable(self.graphs.values()))

    def coverage(self) -> Iterator[Coverage]:
        """How much of each text its statements account for, in the order of the manifest."""
        entities = self.material.context.entities.values()
        forms = {form for entity in entities for form in entity.forms()}
        artefacts = {artefact.slug: artefact for artefact in self.artefacts}
        for document in self.material.documents:
            artefact = artefacts[document.slug]
            evidence = [Span(start, end) for start, end in artefact.passages]
            silences = [(Span(start, end), reason) for start, end, reason in artefact.silences]
            yield account_for(document, evidence, silences, forms)


def read_material(config: Config) -> Material:
    """Read the corpus, its authority list, the mappings and the ontology.

    Raises:
        BuildError: with every mistake in any of them.
    """
    problems: list[SergekgError] = []
    ontology = read_ontology(config.ontology)
    signature = to_signature(ontology)
    manifest = Manifest.none()
    try:
        manifest = read_manifest(config.corpus)
        slugs = {text.slug for file in manifest.files for text in file.texts}
        problems += unread_annotations(config.corpus, slugs)
    except BuildError as error:
        problems += error.problems
    try:
        hyphens = read_hyphens(config.corpus)
    except BuildError as error:
        problems += error.problems
        hyphens = {}
    documents = read_documents(config.corpus, manifest, hyphens, problems)
    entities = read_authority(config.corpus, signature, problems)
    if entities.is_whole:
        problems += _missing_documents(documents, entities)
    interpretations = InterpretationFile.none()
    try:
        interpretations = read_interpretations(config.corpus)
    except BuildError as error:
        problems += error.problems
    except SergekgError as error:
        problems.append(error)
    mappings: list[Decision] = []
    try:
        mappings = read_mappings(config.mappings)
    except BuildError as error:
        problems += error.problems
    if entities.is_whole:
        problems += _unknown_subjects(mappings, entities)
    material = Material(
        manifest=manifest,
        documents=documents,
        context=Context(entities, signature, Iris(config.base)),
        interpretations=interpretations,
        mappings=mappings,
        ontology=ontology_triples(ontology),
        is_listed=entities.is_whole,
    )
    if problems:
        raise _WithMaterial(problems, material)
    return material


class _WithMaterial(BuildError):
    """Mistakes, and what could be read in spite of them, so that the texts are checked in the same run."""

    def __init__(self, problems: Iterable[SergekgError], material: Material) -> None:
        super().__init__(problems)
        self.material = material


def assemble(config: Config, progress: Progress = _silent, executor: Executor | None = None) -> Assembly:
    """Make every graph, rebuilding only the texts of which something changed.

    Args:
        executor: where texts are built; default a process pool of `config.jobs`, or this process for 1.

    Raises:
        BuildError: with every mistake of every file.
    """
    problems: list[SergekgError] = []
    try:
        material = read_material(config)
    except _WithMaterial as error:
        problems += error.problems
        material = error.material
    is_sound = not problems
    artefacts, rebuilt = _compile(config, material, problems, progress, executor)
    context, iris = material.context, material.context.iris
    handles = {handle: URIRef(iri) for a in artefacts for handle, iri in a.handles.items()}
    interpretations: list[Interpretation] = []
    try:
        unbuilt = {document.slug for document in material.documents} - {a.slug for a in artefacts}
        interpretations = resolve_interpretations(material.interpretations, handles, context, unbuilt)
    except BuildError as error:
        # what it names may be missing only because the list that holds it could not be read
        problems += error.problems if is_sound else []
    if not material.is_listed:
        problems = [problem for problem in problems if not isinstance(problem, UnknownEntity)]
    if problems:
        raise BuildError(problems)
    interpretations += _identifications(material)
    attested: dict[str, set[Status]] = {}
    for artefact in artefacts:
        for event, statuses in artefact.attested.items():
            attested.setdefault(event, set()).update(Status(status) for status in statuses)
    rights = {file.path: file.rights for file in material.manifest.files}
    graphs: dict[str, Sequence[str]] = {f"text/{a.slug}": a.nquads for a in artefacts}
    graphs["entities"] = to_nquads(
        chain(
            entity_quads(context.entities.values(), attested, context.signature, iris),
            source_quads(material.documents, rights, iris),
        )
    )
    graphs["interpretations"] = to_nquads(interpretation_quads(interpretations, iris))
    graphs["links"] = to_nquads(mapping_quads(material.mappings, iris))
    graphs["ontology"] = to_nquads(ontology_quads(material.ontology, iris))
    origins = {iri: Location(*where) for a in artefacts for iri, where in a.origins.items()}
    origins |= {str(iris.thing(key)): entity.origin for key, entity in context.entities.items()}
    return Assembly(material, artefacts, graphs, origins, rebuilt)


def check(config: Config, assembly: Assembly, progress: Progress = _silent) -> Report:
    """Validate each text by the shapes for documents, and everything by those for the dataset.

    Reports are kept by the digest of what they are about; what did not change is not validated again.
    """
    cache = Cache(config.cache)
    shared = [*assembly.graphs["entities"], *assembly.graphs["ontology"]]
    tasks: list[tuple[str, Sequence[str], str]] = [
        (f"text {a.slug}", [*a.nquads, *shared], "document") for a in assembly.artefacts
    ]
    tasks.append(("the whole", assembly.lines(), "dataset"))
    findings = []
    turtle = []
    # each validation is a process of its own: threads only wait for them
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        reports = [threads.submit(_validate, config, cache, lines, scope) for _, lines, scope in tasks]
        for done, ((name, _, _), waiting) in enumerate(zip(tasks, reports, strict=True)):
            progress(f"validating {name}", done, len(tasks))
            report = waiting.result()
            located = locate(report, assembly.origins, assembly.material.context.iris)
            findings += [finding for finding in located.findings if finding not in findings]
            turtle.append(report.turtle)
    progress("validating", len(tasks), len(tasks))
    return Report(findings, "\n".join(turtle))


def _validate(config: Config, cache: Cache, lines: Sequence[str], scope: str) -> Report:
    key = digest_of(code_digest(), shapes_digest(config.shapes, scope), *lines)
    report = cache.report(key)
    if report is None:
        report = run_shapes(lines, config.shapes, scope)
        cache.keep_report(key, report)
    return report


def _compile(
    config: Config,
    material: Material,
    problems: list[SergekgError],
    progress: Progress,
    executor: Executor | None,
) -> tuple[list[Artefact], list[str]]:
    cache, context = Cache(config.cache), material.context
    made: dict[str, Artefact] = {}
    keys = {
        document.slug: document_key(
            document, config.corpus / "annotations" / f"{document.slug}.yaml", context
        )
        for document in material.documents
    }
    stale = []
    for document in material.documents:
        found = cache.artefact(keys[document.slug])
        if found is None:
            stale.append(document)
        else:
            made[document.slug] = found
    pool = executor
    owned = pool is None and config.jobs > 1 and len(stale) > 1
    with ProcessPoolExecutor(config.jobs) if owned else nullcontext(pool) as workers:
        if workers is None:
            results = (compile_document(document, config.corpus, context) for document in stale)
        else:
            results = (
                future.result()
                for future in [workers.submit(compile_document, d, config.corpus, context) for d in stale]
            )
        for done, (document, result) in enumerate(zip(stale, results, strict=True)):
            progress(f"reading {document.slug}", done, len(stale))
            if isinstance(result, Artefact):
                cache.keep_artefact(keys[document.slug], result)
                made[document.slug] = result
            else:
                problems += result
    progress("reading", len(stale), len(stale))
    ordered = [made[slug] for slug in sorted(made)]
    return ordered, [document.slug for document in stale]


def _missing_documents(
    documents: Iterable[Document], entities: Mapping[str, Entity]
) -> Iterable[SergekgError]:
    for document in documents:
        if document.key not in entities:
            guess = nearest(document.key, [key for key in entities if key.endswith(f"/{document.slug}")])
            yield CorpusError(
                f"the authority list has no {document.key}",
                where=Location("manifest.toml"),
                remedy=f"perhaps the text is {guess}" if guess else "add an entity of that type and slug",
            )


def _unknown_subjects(mappings: Iterable[Decision], entities: Mapping[str, Entity]) -> Iterable[SergekgError]:
    for mapping in mappings:
        if mapping.subject not in entities:
            guess = nearest(mapping.subject, list(entities))
            yield CorpusError(
                f"the mapping is of the unknown entity {mapping.subject!r}",
                where=mapping.origin,
                remedy=f"perhaps {guess!r}" if guess else "add it to the entities",
            )


def _identifications(material: Material) -> Iterable[Interpretation]:
    """Each decision on an identity, refusals too, with who stands for it and why.

    That is the agent of the interpretations, or where none is named, who publishes the corpus; the name of
    who decided is in the source.
    """
    iris = material.context.iris
    named = material.interpretations.agent
    agent = iris.thing(named) if named else iris.publisher
    for mapping in material.mappings:
        if mapping.is_nil or mapping.is_unsure:
            continue
        exact = mapping.predicate == "skos:exactMatch"
        certainty = Certainty.CERTAIN if exact else Certainty.PROBABLE
        reason = mapping.comment or mapping.justification
        yield Interpretation(
            subject=iris.thing(mapping.subject),
            predicate=SKOS.exactMatch if exact else SKOS.closeMatch,
            object=URIRef(mapping.object),
            agent=agent,
            certainty=Certainty.REJECTED if mapping.is_refused else certainty,
            reasons={"en": reason},
            origin=mapping.origin,
            source=f"{Path(mapping.origin.path).name}: {mapping.author}" if mapping.author else None,
        )
