"""Describes the stored queries as an API (OpenAPI 3.1.0)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sergekg.release import Release
from sergekg.store.queries import Parameter, StoredQuery

_MEDIA = {
    "csv": "text/csv",
    "json": "application/sparql-results+json",
    "tsv": "text/tab-separated-values",
    "srx": "application/sparql-results+xml",
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "rdf": "application/rdf+xml",
    "nt": "application/n-triples",
}
_SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "iri": {"type": "string", "format": "iri-reference"},
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "integer": {"type": "integer"},
}
_PROBLEM = {"$ref": "#/components/responses/Problem"}


def describe_api(
    release: Release,
    queries: Sequence[StoredQuery],
    suffixes_of: Callable[[str], Sequence[str]],
    root: str,
) -> dict[str, Any]:
    """The document of `/openapi.json`: one path for each stored query.

    Args:
        root: the address of the server, with its final slash.
    """
    return {
        "openapi": "3.1.0",
        "info": {
            "title": release.title.get("en", release.name),
            "summary": release.description.get("en", "")[:300],
            "description": "\n\n".join([f"Release {release.short}.", release.description.get("fr", "")]),
            "version": release.version,
            "license": {"name": "CC0 1.0", "url": release.license},
        },
        "servers": [{"url": root.removesuffix("/")}],
        "tags": [{"name": theme} for theme in sorted({_theme(query) for query in queries})],
        "paths": {
            f"/api/{query.name}.{{format}}": _path(query, suffixes_of(query.text), root) for query in queries
        },
        "components": {
            "responses": {
                "Problem": {
                    "description": "What is wrong and what to do (RFC 9457).",
                    "content": {"application/problem+json": {"schema": {"type": "object"}}},
                }
            }
        },
    }


def _path(query: StoredQuery, suffixes: Sequence[str], root: str) -> dict[str, Any]:
    content = {_MEDIA[suffix]: {"schema": {"type": "string"}} for suffix in suffixes}
    return {
        "get": {
            "operationId": query.name,
            "summary": query.title("en"),
            "description": "\n\n".join(filter(None, (query.title("fr"), query.said("summary", "en")))),
            "tags": [_theme(query)],
            "externalDocs": {"url": f"{root}queries/{query.name}"},
            "parameters": [
                {
                    "name": "format",
                    "in": "path",
                    "required": True,
                    "schema": {"type": "string", "enum": list(suffixes)},
                },
                *(_parameter(parameter) for parameter in query.parameters),
            ],
            "responses": {
                "200": {"description": "The answer.", "content": content},
                "400": _PROBLEM,
                "404": _PROBLEM,
                "503": _PROBLEM,
            },
        }
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema = dict(_SCHEMAS[parameter.type])
    if parameter.default:
        schema["default"] = int(parameter.default) if parameter.type == "integer" else parameter.default
    return {
        "name": parameter.name,
        "in": "query",
        "required": not parameter.default,
        "description": parameter.titles.get("en") or f"a value of type {parameter.type}",
        "schema": schema,
    }


def _theme(query: StoredQuery) -> str:
    return query.said("theme", "en") or query.group or "queries"
