"""YAML read with the line of every key, all scalars as the text that stands in the file (YAML 1.1, failsafe).

Dates and numbers stay text, so that `1936-05` and `no` mean what they look like.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from sergekg.errors import CorpusError, Location
from sergekg.model.signature import nearest

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Record:
    """A YAML mapping that knows where it stands. Values are text, lists of text, or records."""

    where: Location
    values: dict[str, Value]
    lines: dict[str, int] = field(repr=False)

    @classmethod
    def empty(cls, shown: str) -> Record:
        """What a missing or empty file holds."""
        return cls(Location(shown, 1), {}, {})

    def at(self, key: str) -> Location:
        """The line of a key, or of the record where it has no such key."""
        return Location(self.where.path, self.lines.get(key, self.where.line))

    def text(self, key: str) -> str | None:
        """The text under `key`, or None.

        Raises:
            CorpusError: there is something else than text.
        """
        value = self.values.get(key)
        if value is None or isinstance(value, str):
            return value
        raise CorpusError(f"{key} holds a list or a mapping", where=self.at(key), remedy="give one text")

    def required(self, key: str) -> str:
        """The text under `key`.

        Raises:
            CorpusError: it is missing or blank.
        """
        value = self.text(key)
        if not value or not value.strip():
            raise CorpusError(f"{key} is missing", where=self.where, remedy=f"add a line `{key}: …`")
        return value

    def texts(self, key: str) -> list[str]:
        """The list of texts under `key`; one text is a list of one."""
        value = self.values.get(key)
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if not all(isinstance(item, str) for item in items):
            raise CorpusError(f"{key} is not a list of texts", where=self.at(key), remedy="write [a, b, c]")
        return [str(item) for item in items]

    def record(self, key: str) -> Record | None:
        """The mapping under `key`, or None."""
        value = self.values.get(key)
        if value is None or isinstance(value, Record):
            return value
        raise CorpusError(f"{key} is not a mapping", where=self.at(key), remedy="write {key: value}")

    def allow(self, *known: str) -> Iterator[CorpusError]:
        """One error for each key that is not known, with the nearest that is."""
        for key in self.values:
            if key not in known:
                guess = nearest(key, list(known))
                remedy = f"perhaps {guess!r}" if guess else f"known: {', '.join(known)}"
                yield CorpusError(f"unknown key {key!r}", where=self.at(key), remedy=remedy)


Value = str | list["Value"] | Record


def read_utf8(path: Path, shown: str) -> str:
    """The text of a file, decoded strictly; nothing in it is changed, line ends included.

    Raises:
        CorpusError: missing, unreadable, too large, or not UTF-8.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as cause:
        raise CorpusError("the file is missing", where=Location(shown), remedy="restore it") from cause
    except OSError as cause:
        raise CorpusError(
            f"cannot be read ({cause.strerror})", where=Location(shown), remedy="check it"
        ) from cause
    if len(data) > MAX_BYTES:
        raise CorpusError("larger than 32 MiB", where=Location(shown), remedy="divide it")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as cause:
        line = data[: cause.start].count(b"\n") + 1
        raise CorpusError(
            f"not UTF-8: byte 0x{data[cause.start]:02x} at byte offset {cause.start}",
            where=Location(shown, line),
            remedy="convert the file to UTF-8",
        ) from cause


def read_yaml(path: Path, shown: str) -> Record:
    """The mapping at the top of a YAML file; an empty file is an empty mapping.

    Args:
        shown: the path as messages give it.

    Raises:
        CorpusError: not readable, not YAML, not a mapping, or a key given twice.
    """
    return parse_yaml(read_utf8(path, shown), shown)


def parse_yaml(source: str, shown: str) -> Record:
    """The mapping at the top of what a YAML file holds; nothing is an empty mapping.

    Raises:
        CorpusError: not YAML, not a mapping, or a key given twice.
    """
    try:
        node = yaml.compose(source, Loader=_LOADER)
    except yaml.reader.ReaderError as cause:
        # its position counts bytes or characters, as the loader is the fast one or not
        line = source[: source.find(chr(cause.character))].count("\n") + 1
        raise CorpusError(
            f"not YAML: it cannot hold the character U+{cause.character:04X}",
            where=Location(shown, line),
            remedy="take it out",
        ) from cause
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark or cause.context_mark
        raise CorpusError(
            f"not YAML: {cause.problem or cause.context}",
            where=Location(shown, mark.line + 1 if mark else None),
            remedy="mend the indentation or the quotes there",
        ) from cause
    except (yaml.YAMLError, ValueError, RecursionError) as cause:
        raise CorpusError(f"not YAML: {cause}", where=Location(shown), remedy="mend the file") from cause
    if node is None:
        return Record.empty(shown)
    value = _value(node, shown, 0)
    if not isinstance(value, Record):
        raise CorpusError(
            "the top of the file is not a mapping", where=Location(shown, 1), remedy="write `key: …`"
        )
    return value


def _value(node: yaml.Node, shown: str, depth: int) -> Value:
    line = node.start_mark.line + 1
    if depth > 20:
        raise CorpusError("nested too deeply", where=Location(shown, line), remedy="flatten it")
    if isinstance(node, yaml.ScalarNode):
        return str(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, shown, depth + 1) for item in node.value]
    values: dict[str, Value] = {}
    lines: dict[str, int] = {}
    for key_node, value_node in node.value:
        key, key_line = str(key_node.value), key_node.start_mark.line + 1
        if key in values:
            raise CorpusError(
                f"the key {key!r} is given twice",
                where=Location(shown, key_line),
                remedy="keep one of the two",
            )
        values[key], lines[key] = _value(value_node, shown, depth + 1), key_line
    return Record(Location(shown, line), values, lines)
