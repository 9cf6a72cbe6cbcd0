"""A table of a TOML file whose values are checked as they are read."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sergekg.errors import CorpusError, Location, SergekgError
from sergekg.iris import SLUG
from sergekg.model.signature import nearest
from sergekg.model.values import is_language

CONTROL = re.compile(r"[\x00-\x1f\x7f]")
TAGS = "tag languages as in fr, en or fr-CA"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a TOML file; takes down what is wrong with a value and stands in with an empty one.

    Attributes:
        name: what it is about, as messages call it.
        shown: the path of the file as messages give it.
    """

    name: str
    values: Mapping[str, Any]
    problems: list[SergekgError]
    shown: str

    def wrong(self, what: str, remedy: str) -> None:
        self.problems.append(CorpusError(what, where=Location(self.shown), remedy=remedy))

    def allow(self, *known: str) -> None:
        """Take down each key that is none of these, with the nearest that is."""
        for key in self.values:
            if key not in known:
                guess = nearest(key, list(known))
                remedy = f"perhaps {guess!r}" if guess else f"known: {', '.join(known)}"
                self.wrong(f"unknown key {key!r} of {self.name}", remedy)

    def text(self, key: str, *, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if isinstance(value, str) and (value.strip() or value == default):
            return value
        if value is None or isinstance(value, str):
            self.wrong(f"{key} of {self.name} is missing", f'add {key} = "…"')
        else:
            self.wrong(f"{key} of {self.name} is no text", f'write {key} = "…", in quotation marks')
        return ""

    def checked(
        self, key: str, fits: Callable[[str], bool], wanted: str, remedy: str, *, default: str | None = None
    ) -> str:
        """The text under `key`; taken down where it is not what is wanted."""
        value = self.text(key, default=default)
        if value and not fits(value):
            self.wrong(f"{key} of {self.name} is {value!r}, not {wanted}", remedy)
        return value

    def slug(self, key: str) -> str:
        return self.checked(
            key, lambda slug: bool(SLUG.fullmatch(slug)), "a slug", "use a-z, 0-9 and single hyphens"
        )

    def names(self, key: str, *tags: str) -> dict[str, str]:
        """Texts by language: any, or those given and no other."""
        value = self.values.get(key)
        if not isinstance(value, dict) or not value:
            self.wrong(f"{key} of {self.name} is missing", f'add {key} = {{ fr = "…", en = "…" }}')
            return {}
        inner = Table(f"{key} of {self.name}", value, self.problems, self.shown)
        for tag in value:
            inner.text(tag)
            if not is_language(tag):
                inner.wrong(f"{tag!r} in {inner.name} is not a language tag", TAGS)
            elif tags and tag not in tags:
                inner.wrong(f"{inner.name} is in {tag} too", f"give it in {' and '.join(tags)} only")
        for tag in tags:
            if tag not in value:
                inner.text(tag)
        return dict(value)

    def table(self, key: str, name: str) -> Table:
        value = self.values.get(key)
        if isinstance(value, dict):
            return Table(name, value, self.problems, self.shown)
        self.wrong(f"[{key}] is missing", f"add a table [{key}]")
        return Table(name, {}, [], self.shown)

    def tables(self, key: str, named_by: str, kind: str) -> list[Table]:
        """The tables of a list, each called by the value that names it, or by its number."""
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.wrong(f"{key} of {self.name} is not a list of tables", f"write [[{key}]]")
            return []
        tables = []
        for number, item in enumerate(value, 1):
            name = item.get(named_by)
            is_shown = isinstance(name, str) and name and not CONTROL.search(name)
            tables.append(
                Table(f"the {kind} {name if is_shown else number}", item, self.problems, self.shown)
            )
        return tables
