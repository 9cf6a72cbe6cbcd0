"""How long the reconciliation service takes for a batch of ten: on the corpus, and on many made-up persons.

    python benchmarks/reconciliation.py [--entities 100000] [--batches 200]

Prints quantiles in milliseconds, elapsed and of the processor, of parsing, searching, scoring and writing
JSON, without HTTP. The persons
are made from a fixed seed: 20,000 surnames of Russian syllables, drawn as unevenly as surnames are, with
real given names and patronymics; the queries are their French press forms, some misprinted, and nobody.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import time

from sergekg.config import load_config
from sergekg.reconcile.facts import Catalogue, read_catalogue
from sergekg.reconcile.given_names import given_names
from sergekg.reconcile.index import EntityIndex
from sergekg.reconcile.ours import OurEntity
from sergekg.reconcile.profile import Profile
from sergekg.reconcile.queries import parse_batch
from sergekg.reconcile.romanisation import fold_cyrillic
from sergekg.reconcile.service import match
from sergekg.reconcile.variants import press_forms
from sergekg.release import current_release
from sergekg.store.local import LocalStore

CONSONANTS, VOWELS = "бвгджзклмнпрстфхчшщ", "аеиоу"
SYLLABLES = [consonant + vowel for consonant in CONSONANTS for vowel in VOWELS] + ["юр", "ям"]
ENDINGS = ("ов", "ев", "ин", "ский", "цкий", "енко", "ович", "ян", "идзе", "швили", "ман", "штейн", "берг")


def make_entities(count: int, chance: random.Random) -> list[OurEntity]:
    surnames = [
        "".join(chance.choice(SYLLABLES) for _ in range(chance.choice((1, 2, 2, 3)))) + chance.choice(ENDINGS)
        for _ in range(min(count, 20_000))
    ]
    weights = [1 / (rank + 20) for rank in range(len(surnames))]
    men = [name.russian.title() for name in given_names().values() if name.gender == "m"]
    entities = []
    for number, surname in enumerate(chance.choices(surnames, weights, k=count)):
        given, father = chance.choice(men), chance.choice(men)
        birth = chance.randrange(1850, 1915)
        russian = f"{given} {father.rstrip('йь')}ович {surname.title()}"
        french = (
            f"{next(press_forms(fold_cyrillic(given), 1)).title()} {next(press_forms(surname, 1)).title()}"
        )
        profile = Profile(
            id=f"person/p{number}",
            label=french,
            names=(french, russian),
            types=frozenset({"person"}),
            births=(str(birth),),
            deaths=(str(birth + chance.randrange(20, 80)),),
        )
        entities.append(
            OurEntity(
                profile.id, profile.id, profile, {"fr": french, "ru": russian}, {}, {}, frozenset({"Person"})
            )
        )
    return entities


def make_batch(
    index: EntityIndex, chance: random.Random
) -> tuple[dict[str, dict[str, object]], dict[str, str]]:
    """A batch of ten queries, and the entity that each is about."""
    batch: dict[str, dict[str, object]] = {}
    truth = {}
    for number in range(10):
        entity = chance.choice(index.entities)
        text = entity.profile.label
        if number % 3 == 1:
            text = text.split()[-1]
        if number % 5 == 2 and len(text) > 6:
            cut = chance.randrange(2, len(text) - 2)
            text = text[:cut] + text[cut + 1 :]
        if number == 9:
            text = "Xavier Personne"
        query: dict[str, object] = {"query": text, "limit": 5}
        if number % 2 and entity.profile.births:
            query["properties"] = [{"pid": "bornOn", "v": entity.profile.births[0]}]
        batch[f"q{number}"] = query
        if number != 9:
            truth[f"q{number}"] = entity.key
    return batch, truth


def measure(name: str, catalogue: Catalogue, batches: int, chance: random.Random) -> None:
    times, busy = [], []
    found = asked = 0
    for _ in range(batches):
        batch, truth = make_batch(catalogue.index, chance)
        raw = json.dumps(batch)
        started, worked = time.perf_counter(), time.process_time()
        queries = parse_batch(json.loads(raw))
        answers = {key: {"result": match(catalogue, query)} for key, query in queries.items()}
        json.dumps(answers)
        times.append(1000 * (time.perf_counter() - started))
        busy.append(1000 * (time.process_time() - worked))
        asked += len(truth)
        found += sum(id_ in [one["id"] for one in answers[key]["result"]] for key, id_ in truth.items())
    print(f"{name}: {len(catalogue.index.entities)} entities, {batches} batches of 10")
    for kind, taken in (("elapsed", sorted(times)), ("of the processor", sorted(busy))):
        p50, p95, p99 = (taken[int(q * (len(taken) - 1))] for q in (0.5, 0.95, 0.99))
        print(f"  {kind}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, most {taken[-1]:.1f} ms")
    print(f"  the entity was among the first five answers for {found} of {asked} queries")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--entities", type=int, default=100_000)
    parser.add_argument("--batches", type=int, default=200)
    options = parser.parse_args()
    chance = random.Random(1936)
    release = current_release(load_config().releases)
    store = LocalStore.open(release.store)
    started = time.perf_counter()
    catalogue = read_catalogue(store.select, release.base)
    print(f"read the corpus in {time.perf_counter() - started:.2f} s")
    measure("corpus", catalogue, options.batches, chance)
    entities = make_entities(options.entities, chance)
    started = time.perf_counter()
    index = EntityIndex(entities)
    print(f"indexed {len(entities)} persons in {time.perf_counter() - started:.1f} s")
    measure("made up", Catalogue(index, {}, {}), options.batches, chance)
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
