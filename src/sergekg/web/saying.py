"""Says the sentence of an error in the reader's language, as far as its form is known."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from sergekg.web.i18n import translate
from sergekg.web.sentences import SENTENCES

_LONGEST = 1000
"""Characters of the longest sentence that is looked at."""
_WORD = r"\S"
_MARK = re.compile(r"\{(\w+)\}")
_FREE = frozenset(
    (
        "date", "endpoints", "example", "form", "formats", "name", "names", "parameters", "reason", "status",
        "value", "words",
    )
)  # fmt: skip
"""Marks that stand for more than one word; `reason` for a sentence."""


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of a sentence, all in one language."""

    text: str
    language: str


def say(sentence: str, language: str) -> Sequence[Part]:
    """An English sentence in a language; in English what nothing is known of.

    >>> say("no function is called <x:y>", "fr")
    (Part(text='aucune fonction ne s’appelle <x:y>', language='fr'),)
    >>> say("the engine hiccuped", "fr")
    (Part(text='the engine hiccuped', language='en'),)
    """
    if language == "en" or not sentence:
        return (Part(sentence, "en"),) if sentence else ()
    if len(sentence) <= _LONGEST:
        for form, pattern in _forms():
            if found := pattern.fullmatch(sentence):
                return tuple(_filled(translate(form, language), found.groupdict(), language))
        what, mark, remedy = sentence.rpartition("; ")
        if mark:  # an error as one line
            parts = (*say(what, language), Part("\u202f; ", language), *say(remedy, language))
            if all(part.language == language for part in parts):
                return (Part(join(parts), language),)
    return (Part(sentence, "en"),)


def join(parts: Sequence[Part]) -> str:
    """The words of all parts."""
    return "".join(part.text for part in parts)


def _filled(form: str, values: dict[str, str], language: str) -> list[Part]:
    parts: list[Part] = []
    for number, piece in enumerate(_MARK.split(form)):
        if number % 2 == 0:
            said: Sequence[Part] = (Part(piece, language),)
        elif piece == "reason":
            said = say(values[piece], language)
        else:
            said = (Part(_value(values[piece], language), language),)
        for part in said:
            if parts and parts[-1].language == part.language:
                part = Part(parts.pop().text + part.text, language)
            parts.append(part)
    return [part for part in parts if part.text]


def _value(value: str, language: str) -> str:
    """A value as it stands, unless it is a word of ours."""
    return translate(value, language) if value in SENTENCES else value


@cache
def _forms() -> Sequence[tuple[str, re.Pattern[str]]]:
    """The forms that say most first, so that a general one takes nothing from a special one."""
    ordered = sorted(SENTENCES, key=lambda form: -len(_MARK.sub("", form)))
    return [(form, re.compile(_pattern(form), re.DOTALL)) for form in ordered]


def _pattern(form: str) -> str:
    return "".join(
        re.escape(piece) if number % 2 == 0 else rf"(?P<{piece}>{'.' if piece in _FREE else _WORD}+?)"
        for number, piece in enumerate(_MARK.split(form))
    )
