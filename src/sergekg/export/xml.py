"""Builds TEI elements with the standard library: no template, no string that could break out of its place."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

from sergekg.xml import only_characters

TEI = "http://www.tei-c.org/ns/1.0"
_XML = "http://www.w3.org/XML/1998/namespace"


def element(tag: str, /, *children: ET.Element | str | None, **attributes: str | None) -> ET.Element:
    """A TEI element; `xml_id` and `xml_lang` stand for `xml:id` and `xml:lang`, a trailing `_` is dropped.

    Attributes and children that are None are left out; text may stand between children.
    """
    node = ET.Element(f"{{{TEI}}}{tag}", _attributes(attributes))
    for child in children:
        if child is None:
            continue
        if isinstance(child, ET.Element):
            node.append(child)
        elif len(node):
            node[-1].tail = (node[-1].tail or "") + child
        else:
            node.text = (node.text or "") + child
    return node


def to_bytes(root: ET.Element) -> bytes:
    """The document, indented except inside mixed content, with the TEI namespace as default."""
    ET.register_namespace("", TEI)
    _indent(root, "\n")
    text = only_characters(ET.tostring(root, encoding="unicode"))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _attributes(given: Mapping[str, str | None]) -> dict[str, str]:
    written = {}
    for name, value in given.items():
        if value is None:
            continue
        if name.startswith("xml_"):
            written[f"{{{_XML}}}{name[4:]}"] = value
        else:
            written[name.rstrip("_").replace("_", "-")] = value
    return written


def _indent(node: ET.Element, line: str) -> None:
    mixed = bool((node.text or "").strip()) or any((child.tail or "").strip() for child in node)
    if not len(node) or mixed:
        return
    node.text = line + "  "
    for child in node:
        _indent(child, line + "  ")
        child.tail = line + "  "
    node[-1].tail = line
