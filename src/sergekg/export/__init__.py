"""Writes a release, or one text of it, for other communities: TEI, CMIF, Web Annotation, BEACON, references.

`exporters()` names them for the command line. Everything comes from the release: what a letter's metadata
say is what asserted statements say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sergekg.errors import ReleaseError
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
