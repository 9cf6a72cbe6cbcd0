"""Takes a person's name apart: given names, patronymic, surname, and the other names beside it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from sergekg.reconcile.given_names import gender_of, is_initial, known
from sergekg.reconcile.romanisation import fold_latin, is_cyrillic
from sergekg.reconcile.tables import read_table

_WORDS = {row["kind"]: frozenset(row["words"].split()) for row in read_table("name_words")}
_TITLES = _WORDS["male title"] | _WORDS["female title"] | _WORDS["title"]
_OTHERWISE = re.compile(
    r"\s*[,(]?\s*\b(?:dite?s?|alias|pseud(?:onyme)?\.?|née?|surnommée?|connue? sous le nom de|"
    r"он же|она же|псевд(?:оним)?\.?|наст(?:оящая)?\.? (?:фам(?:илия)?\.?|имя)|урожд(?:[её]нная)?\.?)"
    r"[\s:—–-]+",
    re.IGNORECASE,
)
_KIN = re.compile(
    r"(?:l['’]|(?:la|le|les|the)\s+)?(?P<first>[\w-]+)\s+(?:(?:de|du|des|of)\s|d['’])|.*\w(?:['’]s|s['’])\s+(?P<last>[\w-]+)$",
    re.IGNORECASE,
)
"""« La femme de Solntsev », “Solntsev’s wife”."""
_PATRONYMIC_RU = re.compile(
    r"(?:ович|евич|овна|евна|ична|инична)$|^(?:ильич|кузьмич|лукич|фомич|никитич|саввич|силич|фокич)$"
)
_SLAVIC_SURNAME = re.compile(
    r"(?:[oe](?:v|ff|w)a?|ine?a?|sk[iy]|skaia|tsk[iy]|enko|itch|[dv]ze|vili|ian|tchouk)$"
)
_PATRONYMIC_LATIN = re.compile(r"(?:[oe]vi?tch|[oei]vi[ct]h|[oe]wit[sz]c?h|ilitch|[oe]vna|itchna|ovi[cč])$")


@dataclass(frozen=True, slots=True)
class PersonName:
    """One name of a person, in one script, as written; any part may be empty but the surname.

    `gender` is `m` or `f` where a title, a given name, a patronymic or the surname's ending shows it. Where
    `is_description`, it tells whose kin somebody is, and the surname is all of it.
    """

    surname: str
    given: tuple[str, ...] = ()
    patronymic: str = ""
    gender: str | None = None
    is_description: bool = False

    def __str__(self) -> str:
        return " ".join(part for part in (*self.given, self.patronymic, self.surname) if part)


@lru_cache(maxsize=131072)
def parse_names(text: str) -> tuple[PersonName, ...]:
    """All names that a cell gives, the first first; an empty cell gives none.

    Understood: `N. Soukhanov`, `Soukhanov, Nicolas`, `SOUKHANOV (N.)`, `Kalmanson dit Lélévitch`,
    `Троцкий Лев Давидович`, `Давид Борисович Рязанов (Гольдендах)`, names parted by `;`, `|` or ` / `.

    >>> parse_names("Давид Борисович Рязанов (Гольдендах)")[1].surname
    'Гольдендах'
    """
    composed = unicodedata.normalize("NFC", text).replace("\u0301", "").replace("\u00a0", " ")
    found: list[PersonName] = []
    for part in re.split(r"[;|]| / ", composed):
        for name in _with_others(part):
            if name not in found:
                found.append(name)
    return tuple(found)


@lru_cache(maxsize=131072)
def parse_inverted(text: str) -> tuple[PersonName, ...]:
    """The same cell with the surname first, where two or three words do not tell in which order they stand.

    >>> [str(name) for name in parse_inverted("Gide André")]
    ['André Gide']
    """
    tokens, gender = _strip_titles(_tokens(text))
    is_told = re.search(r"[,;|()/]", text) or _OTHERWISE.search(text)
    if is_told or len(tokens) not in (2, 3) or any(is_initial(t) or is_patronymic(t) for t in tokens):
        return ()
    names = (PersonName(_join(tokens[:i]), tuple(tokens[i:]), "", gender) for i in range(1, len(tokens)))
    return tuple(map(_with_gender, names))


def tells_kin(text: str) -> bool:
    """Whether a text says first whose kin somebody is instead of naming him: « la femme de Solntsev »."""
    found = _KIN.match(text.strip())
    return found is not None and fold_latin(found["first"] or found["last"]) in _WORDS["kin"]


def _with_others(text: str) -> Iterator[PersonName]:
    description = re.split(r"[,(]", text, maxsplit=1)[0].strip()
    if tells_kin(description):  # her name may stand beside it
        yield PersonName(description, is_description=True)
        text = text.replace(description, "", 1).strip(" ,.;()")
    inside = [part for part in re.findall(r"\(([^()]*)\)", text) if re.search(r"\b[A-ZÀ-ÞА-ЯЁ]|\bнаст", part)]
    outside = re.sub(r"\([^()]*\)", " ", text)
    pieces = [piece for piece in _OTHERWISE.split(outside) if piece.strip(" ,.")]
    if not pieces:
        pieces, inside = inside[:1], inside[1:]
    if not pieces:
        return
    if len(inside) == 1 and _is_given(inside[0]):  # Soukhanov (N. N.)
        main = _parse(f"{pieces[0].strip()}, {inside.pop()}")
    else:
        main = _parse(pieces[0])
    if main is None:
        return
    yield main
    for other in (*pieces[1:], *(piece for part in inside for piece in _OTHERWISE.split(part))):
        parsed = _parse(other)
        if parsed is None:
            continue
        if parsed.given or parsed.patronymic:
            yield parsed
        elif known(parsed.surname) and main.given:  # Любовь (Блюма) Александровна
            yield replace(main, given=(parsed.surname,))
        else:
            yield replace(main, surname=parsed.surname)


def _is_given(text: str) -> bool:
    tokens = _tokens(text)
    return 0 < len(tokens) < 3 and all(
        is_initial(token) or known(token) or is_patronymic(token) for token in tokens
    )


def _tokens(text: str) -> list[str]:
    spaced = re.sub(r"\b([A-ZА-ЯЁ][a-zа-я]{0,2}\.)(?=\S)", r"\1 ", text)  # N.N.Soukhanov
    raw = (token.strip('«»"“”,:[]') for token in re.split(r"\s+", spaced))
    return [token for token in raw if re.search(r"\w", token)]


def is_patronymic(token: str) -> bool:
    """Whether a token ends as patronymics do; surnames such as Abramovitch do too, so the place decides."""
    if is_cyrillic(token):
        return bool(_PATRONYMIC_RU.search(token.lower()))
    return bool(_PATRONYMIC_LATIN.search(fold_latin(token)))


def _parse(text: str) -> PersonName | None:
    before, comma, after = text.strip(" ,.;—–-").partition(",")
    tokens, gender = _strip_titles(_tokens(before))
    if comma and tokens:
        rest, other = _strip_titles(_tokens(after))
        given, patronymic = _split_given(rest)
        return _with_gender(PersonName(_join(tokens), given, patronymic, gender or other))
    if not tokens:
        return None
    surname, rest = _divide(tokens)
    given, patronymic = _split_given(rest)
    return _with_gender(PersonName(_join(surname), given, patronymic, gender))


def _strip_titles(tokens: list[str]) -> tuple[list[str], str | None]:
    gender = None
    while len(tokens) > 1 and fold_latin(tokens[0]) in _TITLES and not is_cyrillic(tokens[0]):
        if is_initial(tokens[0]) and (len(tokens) == 2 or is_initial(tokens[1])):
            break  # M. Lourié and M. E. Saltykov may be Michel
        title = fold_latin(tokens[0])
        gender = "m" if title in _WORDS["male title"] else "f" if title in _WORDS["female title"] else gender
        tokens = tokens[1:]
    return tokens, gender


def _divide(tokens: list[str]) -> tuple[list[str], list[str]]:
    """The tokens of the surname, and those of given names and patronymic in their order."""
    if len(tokens) == 1:
        return tokens, []
    shouted = [t for t in tokens if len(fold_latin(t) or t) > 2 and t.isupper() and not is_initial(t)]
    if shouted and len(shouted) < len(tokens):
        return shouted, [t for t in tokens if t not in shouted]
    initials = [is_initial(token) for token in tokens]
    if not initials[0] and all(initials[1:]):  # Троцкий Л. Д.
        return tokens[:1], tokens[1:]
    if len(tokens) == 3 and is_patronymic(tokens[2]) and not is_patronymic(tokens[1]) and known(tokens[1]):
        return tokens[:1], tokens[1:]  # Троцкий Лев Давидович
    for place in range(1, len(tokens) - 1):
        if is_patronymic(tokens[place]) and not is_initial(tokens[place]):
            return tokens[place + 1 :], tokens[: place + 1]
    if len(tokens) == 2:
        first, last = tokens
        is_inverted = known(last) and not known(first) and not is_initial(first) and not is_patronymic(last)
        if is_inverted and (is_cyrillic(first) or _SLAVIC_SURNAME.search(fold_latin(first))):
            return [first], [last]
        return [last], [first]
    start = next((i for i in range(1, len(tokens)) if _is_particle(tokens[i])), len(tokens) - 1)
    return tokens[start:], tokens[:start]


def _is_particle(token: str) -> bool:
    if is_cyrillic(token):
        return token in _WORDS["cyrillic particle"]
    return token[:1].islower() and fold_latin(token) in _WORDS["particle"]


def _split_given(tokens: list[str]) -> tuple[tuple[str, ...], str]:
    if len(tokens) >= 2 and (is_patronymic(tokens[-1]) or all(is_initial(token) for token in tokens)):
        return tuple(tokens[:-1]), tokens[-1]
    if len(tokens) >= 2 and is_initial(tokens[-1]) and is_cyrillic(tokens[-1]):
        return tuple(tokens[:-1]), tokens[-1]
    return tuple(tokens), ""


def _join(tokens: list[str]) -> str:
    kept = [token for token in tokens if not _is_particle(token)] or tokens
    return " ".join(re.sub(r"^[dl]['’](?=[A-ZÀ-Ý])", "", token, flags=re.IGNORECASE) for token in kept)


def _with_gender(name: PersonName) -> PersonName:
    if name.gender:
        return name
    return replace(name, gender=_gender_of_parts(name))


def _gender_of_parts(name: PersonName) -> str | None:
    if is_cyrillic(name.patronymic) and not is_initial(name.patronymic):
        return "f" if name.patronymic.lower().endswith("на") else "m"
    given = name.given[0] if name.given and not is_initial(name.given[0]) else ""
    if given and (gender := gender_of(given)):
        return gender
    if is_cyrillic(name.surname):
        lowered = name.surname.lower()
        if re.search(r"(?:[оеё]ва|ина|ская|цкая|ая)$", lowered):
            return "f"
        return "m" if re.search(r"(?:[оеё]в|ский|цкий)$", lowered) else None
    folded = fold_latin(name.surname)
    return "f" if re.search(r"(?:ova|eva|skaia|skaya|aia|aya)$", folded) else None
