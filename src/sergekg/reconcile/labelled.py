"""Reads tables of labelled names: TSV (or CSV) made by hand, with headers that vary and cells that lack."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, replace
from pathlib import Path

from sergekg.errors import Location, ReconciliationError
from sergekg.reconcile.profile import PERSON, Profile
from sergekg.reconcile.romanisation import is_cyrillic

_HEADERS = {
    "id": ("id", "key", "qid", "item", "identifier", "identifiant"),
    "french": (
        "french",
        "fr",
        "francais",
        "forms",
        "form",
        "name",
        "names",
        "nom",
        "noms",
        "label",
        "printed",
    ),
    "type": ("type", "class", "kind"),
    "cyrillic": ("cyrillic", "cyrillique", "ru", "russian", "russe", "native", "original"),
    "birth": ("birth", "born", "naissance", "ne", "dob"),
    "death": ("death", "died", "deces", "mort", "dod"),
    "part": ("part", "split", "partie"),
    "role": ("role", "occupation", "description", "context", "profession", "fonction"),
}


@dataclass(frozen=True, slots=True)
class LabelledName:
    """One row: the forms that are asked, and what is known of the one that they name."""

    id: str
    forms: tuple[str, ...]
    type: str
    cyrillic: str
    birth: str
    death: str
    role: str
    part: str = ""

    def to_candidate(self, *, with_forms: bool = False) -> Profile:
        """The row as a candidate.

        Its names are the Cyrillic ones, so that no form finds itself; the French forms too where there is no
        Cyrillic name, or where `with_forms` asks for them.
        """
        names: tuple[str, ...] = (self.cyrillic,) if self.cyrillic else ()
        if with_forms or not is_cyrillic(self.cyrillic):
            names += self.forms
        return self._profile(self.id, names, is_dated=True)

    def to_query(self, form: str, *, with_context: bool) -> Profile:
        """One form as a query, with years and role or without."""
        return self._profile(f"{self.id} «{form}»", (form,), is_dated=with_context)

    def _profile(self, id_: str, names: tuple[str, ...], *, is_dated: bool) -> Profile:
        return Profile(
            id=id_,
            label=names[0] if names else self.id,
            names=names,
            types=frozenset({self.type}) if self.type else frozenset(),
            births=(self.birth,) if is_dated and self.birth else (),
            deaths=(self.death,) if is_dated and self.death else (),
            roles=(self.role,) if is_dated and self.role else (),
        )


def read_labelled(path: Path) -> list[LabelledName]:
    """The rows of a table, in their order; rows without any name and without id are passed over.

    Raises:
        ReconciliationError: not a table in UTF-8, or without a column of names.
    """
    where = Location(path.name)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise ReconciliationError("not UTF-8", where=where, remedy="convert the file to UTF-8") from cause
    except OSError as cause:
        raise ReconciliationError(
            f"cannot be read ({cause.strerror})", where=where, remedy="check the path"
        ) from cause
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    if not lines:
        raise ReconciliationError("the table is empty", where=where, remedy="give a header and rows")
    delimiter = max("\t;,", key=lines[0].count)
    if delimiter == "\t":
        header, *rows = csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    else:
        header, *rows = csv.reader(lines, delimiter=delimiter)
    columns = _find_columns(header)
    if "french" not in columns and "cyrillic" not in columns:
        raise ReconciliationError(
            f"no column of names among {', '.join(header)}",
            where=where,
            remedy="name one french_1930s and one cyrillic",
        )
    labelled = (_row(cells, columns, f"row-{number}") for number, cells in enumerate(rows, start=1))
    return _with_own_ids([row for row in labelled if row.forms or row.cyrillic])


def _find_columns(header: list[str]) -> dict[str, int]:
    """Where each column stands; `french_1930s`, `French forms` and `fr` are one."""
    columns: dict[str, int] = {}
    for meaning, known in _HEADERS.items():
        for index, name in enumerate(header):
            words = [
                word
                for word in re.split(r"[^a-z]+", name.lower().replace("é", "e").replace("ç", "c"))
                if word
            ]
            if words and words[0] in known and index not in columns.values():
                columns.setdefault(meaning, index)
    return columns


def _row(cells: list[str], columns: dict[str, int], fallback: str) -> LabelledName:
    def cell(meaning: str) -> str:
        index = columns.get(meaning, -1)
        return cells[index].strip().strip('"') if 0 <= index < len(cells) else ""

    forms = tuple(dict.fromkeys(form.strip() for form in cell("french").split("|") if form.strip()))
    kind = cell("type").lower()
    is_person = not kind or kind.startswith(("person", "human", "homme", "femme", "q5"))
    return LabelledName(
        id=cell("id") or fallback,
        forms=forms,
        type=PERSON if is_person else kind,
        cyrillic=cell("cyrillic"),
        birth=cell("birth"),
        death=cell("death"),
        role=cell("role"),
        part=cell("part"),
    )


def _with_own_ids(rows: list[LabelledName]) -> list[LabelledName]:
    """The rows, doubled ids told apart, so that two namesakes with one id stay two."""
    seen: dict[str, int] = {}
    result = []
    for row in rows:
        count = seen[row.id] = seen.get(row.id, 0) + 1
        own = row.id if count == 1 else f"{row.id}#{count}"
        result.append(replace(row, id=own))
    return result
