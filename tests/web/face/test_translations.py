"""Every word that a page says is there in French."""

from functools import cache

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from sergekg.web.i18n import CATALOGUES

METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "translate": None, "N_": None}


@cache
def _extracted() -> set[str]:
    found = extract_from_dir(str(CATALOGUES.parent), METHODS, keywords=KEYWORDS)
    return {m if isinstance(m, str) else m[0] for _, _, m, _, _ in found}


def _catalogue() -> Catalog:
    with (CATALOGUES / "fr.po").open("rb") as file:
        return read_po(file, locale="fr")


def _translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    return all(strings) and not message.fuzzy


def test_every_message_is_translated() -> None:
    catalogue = _catalogue()
    missing = [m for m in sorted(_extracted()) if m not in catalogue or not _translated(catalogue[m])]
    assert missing == [], "run `make messages`, then fill in fr.po"


def test_no_translation_outlives_its_message() -> None:
    known = _extracted()
    ids = [m.id if isinstance(m.id, str) else m.id[0] for m in _catalogue() if m.id]
    assert [i for i in ids if i not in known] == []
