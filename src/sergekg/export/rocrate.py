"""A release as an RO-Crate: its directory described so that a person or an archive can make sense of it.

RO-Crate Metadata Specification 1.1; the crate is the directory of the release.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sergekg import __version__
from sergekg.iris import Iris
from sergekg.rdf.edition import DumpFile, dataset_key
from sergekg.release import Release

FILE = "ro-crate-metadata.json"
_PROFILE = "https://w3id.org/ro/crate/1.1"


def write_crate(release: Release, files: Mapping[str, int] | None = None, root: str = "") -> bytes:
    """The metadata document.

    Args:
        files: paths inside the release to their size; default those that are there.
        root: what the paths of files begin with; nothing for a document inside the directory.
    """
    sizes = files if files is not None else _sizes(release)
    graph = _entities(
        about={
            "name": release.name,
            "base": release.base,
            "digest": release.digest,
            "title": release.title,
            "description": release.description,
            "version": release.version,
            "modified": release.modified,
            "license": release.license,
            "publisher": release.publisher,
        },
        digests=release.files,
        dumps=release.dumps,
        sizes=sizes,
        root=root,
    )
    return dump_crate(graph)


def dump_crate(graph: Iterable[Mapping[str, Any]]) -> bytes:
    """The document around its entities."""
    document = {"@context": f"{_PROFILE}/context", "@graph": list(graph)}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def _sizes(release: Release) -> Mapping[str, int]:
    paths = [*release.files, *(f"dumps/{dump.name}" for dump in release.dumps)]
    return {path: (release.directory / path).stat().st_size for path in paths}


def _entities(
    about: Mapping[str, Any],
    digests: Mapping[str, str],
    dumps: Sequence[DumpFile],
    sizes: Mapping[str, int],
    root: str,
) -> Iterable[Mapping[str, Any]]:
    title, text = (
        about[name].get("fr") or next(iter(about[name].values()), "") for name in ("title", "description")
    )
    described: dict[str, dict[str, Any]] = {}
    for path, digest in sorted(digests.items()):
        described[path] = {
            "name": path,
            "encodingFormat": _format(path),
            "sha256": digest,
        }
    for dump in dumps:
        described[f"dumps/{dump.name}"] = {
            "name": f"{dump.name} ({dump.profile})",
            "encodingFormat": ["application/gzip", dump.media_type],
            "sha256": dump.sha256,
        }
    files = [
        {"@id": f"{root}{path}", "@type": "File", **more, "contentSize": str(sizes[path])}
        for path, more in described.items()
        if path in sizes
    ]
    publisher = f"{about['base']}catalogue#publisher"
    release = f"{about['base']}releases/{about['digest']}"
    yield {
        "@id": FILE,
        "@type": "CreativeWork",
        "about": {"@id": root or "./"},
        "conformsTo": {"@id": _PROFILE},
    }
    yield {
        "@id": root or "./",
        "@type": "Dataset",
        "name": title,
        "description": text,
        "datePublished": about["modified"],
        "version": about["version"],
        "license": {"@id": about["license"]},
        "publisher": {"@id": publisher},
        "author": {"@id": publisher},
        "identifier": release,
        "cite-as": release,
        "isBasedOn": {"@id": str(Iris(about["base"]).thing(dataset_key(about["name"])))},
        "hasPart": [{"@id": file["@id"]} for file in files],
        "mentions": {"@id": "#build"},
    }
    yield {"@id": about["license"], "@type": "CreativeWork", "name": about["license"]}
    yield {"@id": publisher, "@type": "Organization", "name": about["publisher"]}
    yield {
        "@id": str(Iris(about["base"]).thing(dataset_key(about["name"]))),
        "@type": "CreativeWork",  # a Dataset would have to be a part of the crate (RO-Crate 1.1, 4.1)
        "name": title,
    }
    yield {
        "@id": "#build",
        "@type": "CreateAction",
        "name": "sergekg build",
        "instrument": {"@id": "#sergekg"},
        "object": [{"@id": f"{root}{path}"} for path in digests if path.startswith("sources/")],
        "result": [{"@id": file["@id"]} for file in files if not file["@id"].startswith(f"{root}sources/")],
    }
    yield {"@id": "#sergekg", "@type": "SoftwareApplication", "name": "sergekg", "version": __version__}
    yield from files


def _format(path: str) -> str:
    suffixes = {
        ".nq": "application/n-quads",
        ".json": "application/json",
        ".txt": "text/plain",
        ".xml": "application/tei+xml",
    }
    return next(
        (form for suffix, form in suffixes.items() if path.endswith(suffix)), "application/octet-stream"
    )
