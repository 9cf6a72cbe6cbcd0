"""Functions of ours that a query may call, where the store evaluates in our own processes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FUNCTIONS: dict[str, Callable[..., Any]] = {}
_NAMES = re.compile(r"edtf|fold|matches")


@dataclass(frozen=True, slots=True)
class Documented:
    """A function or a property that only this service knows, as the service description tells it."""

    iri: str
    signature: str
    about: Mapping[str, str]
    is_property: bool = False


DOCUMENTED: tuple[Documented, ...] = ()


def are_called(source: str) -> bool:
    """Whether a query could call one of them; a text that only mentions a name counts."""
    return _NAMES.search(source) is not None
