"""Writes a release, or one text of it, for other communities: TEI, CMIF, Web Annotation, BEACON, references.

`exporters()` names them for the command line. Everything comes from the release: what a letter's metadata
say is what asserted statements say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sergekg.errors import ReleaseError
from sergekg.export.wikidata.claims import Batch
from sergekg.release import Release
from sergekg.store.base import Store


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format.

    Attributes:
        write: `(release, store, resource)` to bytes; `resource` is `<type>/<slug>` or None for the release.
        media_type: of what it writes.
        of_resource, of_release: what it can be asked for.
    """

    write: Callable[[Release, Store, str | None], bytes]
    media_type: str
    of_resource: bool
    of_release: bool


def exporters() -> Mapping[str, Exporter]:
    """Name of a format, as `sergekg export --format` knows it, to its exporter."""
    from sergekg.export import beacon, cmif, rocrate, tei, web_annotation

    return {
        "tei": Exporter(_text(tei.write_tei), "application/tei+xml", True, False),
        "cmif": Exporter(_whole(cmif.write_cmif), "application/tei+xml", False, True),
        "annotations": Exporter(_text(web_annotation.write_collection), "application/ld+json", True, False),
        "beacon": Exporter(_whole(beacon.write_beacon), "text/plain", False, True),
        "ro-crate": Exporter(lambda r, _s, _k: rocrate.write_crate(r), "application/ld+json", False, True),
        "quickstatements": Exporter(
            _contributions("quickstatements"), "text/tab-separated-values", False, True
        ),
        "quickstatements-csv": Exporter(_contributions("csv"), "text/csv", False, True),
        "wikibase": Exporter(_contributions("wikibase"), "application/json", False, True),
        "mixnmatch": Exporter(_whole(_mixnmatch), "text/tab-separated-values", False, True),
        **{
            name: Exporter(_reference(suffix), media_type, True, True)
            for name, suffix, media_type in (
                ("bibtex", "bib", "application/x-bibtex"),
                ("csl-json", "csl", "application/vnd.citationstyles.csl+json"),
                ("ris", "ris", "application/x-research-info-systems"),
                ("cff", "cff", "application/yaml"),
            )
        },
    }


def _contributions(form: str) -> Callable[[Release, Store, str | None], bytes]:
    def written(release: Release, store: Store, _key: str | None) -> bytes:
        from sergekg.export.wikidata import quickstatements
        from sergekg.export.wikidata.gather import gather, to_batch
        from sergekg.export.wikidata.wikibase import write_wikibase

        writers: Mapping[str, Callable[[Batch], str]] = {
            "quickstatements": quickstatements.write_v1,
            "csv": quickstatements.write_csv,
            "wikibase": write_wikibase,
        }
        return writers[form](to_batch(gather(release, store))).encode()

    return written


def _mixnmatch(release: Release, store: Store) -> bytes:
    from sergekg.export.wikidata.mixnmatch import write_mixnmatch
    from sergekg.reconcile.facts import read_catalogue

    return write_mixnmatch(read_catalogue(store.select, release.base), release.base).encode()


def _whole(write: Callable[[Release, Store], bytes]) -> Callable[[Release, Store, str | None], bytes]:
    return lambda release, store, _key: write(release, store)


def _text(write: Callable[[Release, Store, str], bytes]) -> Callable[[Release, Store, str | None], bytes]:
    def written(release: Release, store: Store, key: str | None) -> bytes:
        slug = (key or "").rpartition("/")[2]
        if slug not in release.texts:
            raise ReleaseError(
                f"the release has no text {key!r}" if key else "this format is of one text",
                remedy=f"give one of {', '.join(release.texts)}",
            )
        return write(release, store, slug)

    return written


def _reference(suffix: str) -> Callable[[Release, Store, str | None], bytes]:
    from sergekg.export.citation import cite
    from sergekg.rdf.edition import dataset_key

    return lambda release, store, key: cite(release, store, key or dataset_key(release.name), suffix)
