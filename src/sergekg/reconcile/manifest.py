"""The manifests of the reconciliation service: what it is and offers, as 0.2 and as the 1.0 draft say it."""

from __future__ import annotations

from typing import Any

from sergekg.reconcile.facts import Catalogue
from sergekg.reconcile.service import term_label

VERSIONS = ["0.2", "1.0-draft"]
WIDTH, HEIGHT = 430, 280
_NAME = "sergekg"


def manifest_02(catalogue: Catalogue, root: str, base: str, language: str) -> dict[str, Any]:
    """The manifest that OpenRefine reads.

    Args:
        root: address of the server, with its final slash.
        base: the start of our IRIs.
        language: of the names of types.
    """
    service = f"{root}reconcile"
    suggest = {
        kind: {
            "service_url": service,
            "service_path": f"/suggest/{kind}",
            "flyout_service_url": service,
            "flyout_service_path": f"/flyout/{kind}?id=${{id}}",
        }
        for kind in ("entity", "property", "type")
    }
    return {
        "versions": VERSIONS,
        "name": _NAME,
        "identifierSpace": f"{base}id/",
        "schemaSpace": "https://w3id.org/sergekg/ontology#",
        "defaultTypes": _types(catalogue, language),
        "view": {"url": f"{root}id/{{{{id}}}}"},
        "preview": {"url": f"{service}/preview?id={{{{id}}}}", "width": WIDTH, "height": HEIGHT},
        "suggest": suggest,
        "extend": {
            "propose_properties": {"service_url": service, "service_path": "/extend/propose"},
            "property_settings": [
                {
                    "name": "limit",
                    "label": "Limit",
                    "type": "number",
                    "default": 10,
                    "help_text": "How many values at most",
                }
            ],
        },
    }


def manifest_10(catalogue: Catalogue, root: str, language: str) -> dict[str, Any]:
    """The manifest of the 1.0 draft; its routes lie below the address that it is read from."""
    return {
        "versions": VERSIONS,
        "name": _NAME,
        "lang": language,
        "dir": "ltr",
        "defaultTypes": _types(catalogue, language),
        "view": {"url": f"{root}id/{{+id}}"},
        "preview": {"width": WIDTH, "height": HEIGHT},
        "suggest": {"entity": True, "property": True, "type": True},
        "extend": {
            "proposeProperties": True,
            "propertySettings": [
                {
                    "id": "limit",
                    "name": "Limit",
                    "type": "number",
                    "default": 10,
                    "helpText": "How many values at most",
                }
            ],
        },
        "standardizedScore": True,
    }


def _types(catalogue: Catalogue, language: str) -> list[dict[str, str]]:
    used = {cls for entity in catalogue.index.entities for cls in entity.classes} & catalogue.classes.keys()
    return [{"id": cls, "name": term_label(catalogue.classes[cls], cls, language)} for cls in sorted(used)]
