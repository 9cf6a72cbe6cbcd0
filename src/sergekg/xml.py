"""Keeps XML well-formed: the engine and the standard library write any character, and names that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sergekg.errors import NotWritable

_PLAIN = bytes(byte for byte in range(256) if byte >= 0x20 and byte != 0xEF) + b"\t\n"
"""Bytes that need no look: 0xEF begins the two characters above them that XML has not."""
_NO_CHARACTER = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_NO_NAME = re.compile(rb"<(?:[A-Za-z_][\w.\-]*:[\s/>]|xmlns:)")
"""How the engine begins an element whose IRI ends in no name; in a text `<` would be escaped."""
_SPACES = {0x0B: " ", 0x0C: " ", 0x0D: "&#13;"}
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LONGEST = 64
"""Bytes in which a prefix with its marks finds room."""


def only_characters(document: str) -> str:
    """A document with nothing in its texts that XML has not (Extensible Markup Language 1.0, 2.2 and 2.11).

    A form feed or a vertical tab becomes a space, any other such character U+FFFD, so that offsets still
    count; a carriage return, which would be read as a line feed, becomes a reference.
    """
    return _NOT_IN_TEXT.sub("\ufffd", document.translate(_SPACES))


class WellFormed:
    """A writer of XML in front of another (Extensible Markup Language 1.0, 2.2 and 2.11).

    A carriage return, which would be read as a line feed, is written as a reference.

    Args:
        has_names: whether IRIs become names of elements, as in RDF/XML.

    Raises:
        NotWritable: by `write`; a literal has a character, or an IRI an ending, that XML cannot hold.
    """

    def __init__(self, output: Any, *, has_names: bool) -> None:
        self._output, self._has_names = output, has_names
        self._before = b""

    def write(self, data: bytes) -> int:
        """The next bytes of the document."""
        seen = self._before + data
        if self._has_names and _NO_NAME.search(seen):
            raise NotWritable("RDF/XML cannot hold a property or a class whose IRI does not end in a name")
        self._before = seen[-_LONGEST:]
        if not seen.translate(None, _PLAIN):
            self._output.write(data)
        elif _NO_CHARACTER.search(seen):
            raise NotWritable("a literal has a control character, which XML cannot hold")
        else:
            self._output.write(data.replace(b"\r", b"&#13;"))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""


@contextmanager
def refusing_terms() -> Iterator[None]:
    """While the engine writes RDF/XML: terms that this keeps for itself, such as `rdf:li` (7.2.5), are told.

    Raises:
        NotWritable: there is one.
    """
    try:
        yield
    except (OSError, ValueError) as cause:
        if "RDF/XML" not in str(cause):
            raise
        raise NotWritable("RDF/XML has a meaning of its own for a property or a class of this") from cause
