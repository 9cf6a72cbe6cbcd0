"""How much of a text its statements account for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sergekg.model.text import Span


class Account(StrEnum):
    """What became of a sentence."""

    COVERED = "covered"
    SILENT = "silent"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its span in the file, as read, and what became of it; a silence has its reason."""

    span: Span
    text: str
    account: Account
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """The account of one text.

    Attributes:
        share: of the characters of the reading that are not white space, the part under evidence, 0 to 1.
        names: capitalised names of the text that no entity covers, each once, in the order of the text.
    """

    slug: str
    share: float
    sentences: Sequence[Sentence]
    names: Sequence[str]

    def count(self, account: Account) -> int:
        return sum(sentence.account is account for sentence in self.sentences)
