"""French and English pages: which of the two a request wants (RFC 9110, 12.5.4), and its words.

Messages are written in English in templates and code; `translations/fr.po` holds their French. The
catalogue is compiled in memory when the application starts, so that there is no file to make first.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, Response, g, request

from sergekg.web.typography import french_spaces

LANGUAGES = ("fr", "en")
NAMES = {"fr": "Français", "en": "English"}
CATALOGUES = Path(__file__).parent / "translations"
_COOKIE = "lang"
_YEAR = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Give templates `_`, `ngettext` and `{% trans %}`, and keep a language that a reader chose."""
    app.jinja_env.add_extension("jinja2.ext.i18n")
    install = app.jinja_env.install_gettext_callables  # type: ignore[attr-defined]
    install(gettext, ngettext, newstyle=True)
    app.after_request(_remember)


def current_language() -> str:
    """The language of this request: `?lang=`, then the reader's choice, then what the browser asks for.

    A client that asks for nothing gets French, the language of the texts; one that asks for neither
    French nor English gets English, unless it refuses that.
    """
    found: str | None = g.get("language")
    if found is None:
        found = g.language = _chosen()
    return found


def asked_language() -> str:
    """The language that a program asks for: `?lang=`, or `Accept-Language`; English if it says none."""
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        return str(chosen)
    return _liked(LANGUAGES[::-1])


def _chosen() -> str:
    for wanted in (request.args.get("lang"), request.cookies.get(_COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    if not request.accept_languages:
        return "fr"
    return _liked(LANGUAGES)


def _liked(languages: Sequence[str]) -> str:
    """Which of these the request likes best, of equals the earlier; English where it names neither.

    Who refuses English, and names no other language of ours, gets French.

    What a region speaks is the language (RFC 4647, 3.4): who asks for fr-CH before en reads French. The
    framework looks for the region itself first, and takes the English that is written out.
    """
    liked: dict[str, float] = {}
    for tag, quality in request.accept_languages:
        language = tag.lower().replace("_", "-").partition("-")[0]
        liked[language] = max(quality, liked.get(language, 0.0))
    best = max(languages, key=lambda language: liked.get(language, liked.get("*", 0.0)))
    if liked.get(best, liked.get("*", 0.0)) > 0:
        return best
    return "fr" if liked.get("en") == 0 and liked.get("fr") != 0 else "en"


def gettext(message: str) -> str:
    """The message in the language of this request."""
    return _catalogue(current_language()).gettext(message)


def ngettext(singular: str, plural: str, number: int) -> str:
    """The message for that number in the language of this request."""
    return _catalogue(current_language()).ngettext(singular, plural, number)


def N_(message: str) -> str:  # noqa: N802 - the name that extractors of messages know
    """The message itself, marked to be translated where it is used."""
    return message


def translate(message: str, language: str) -> str:
    """The message in a language, outside of any request."""
    return _catalogue(language).gettext(message)


@cache
def _catalogue(language: str) -> NullTranslations:
    path = CATALOGUES / f"{language}.po"
    if not path.is_file():  # English is what the messages are written in
        return NullTranslations()
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    if language == "fr":
        for message in catalogue:
            if isinstance(message.string, (list, tuple)):
                message.string = tuple(french_spaces(part) for part in message.string)
            else:
                message.string = french_spaces(message.string or "")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def _remember(answer: Response) -> Response:
    if answer.mimetype != "text/html":  # reading the parameters of a long query takes its time
        return answer
    chosen = request.args.get("lang")
    if chosen in LANGUAGES:
        answer.set_cookie(
            _COOKIE,
            str(chosen),
            max_age=_YEAR,
            path=request.script_root or "/",  # the same host may serve others
            secure=request.is_secure,
            samesite="Lax",
        )
    return answer
