"""The formats in which references are given."""

from __future__ import annotations

from sergekg.web.negotiate import Format, choose

CITATION_FORMATS: tuple[Format, ...] = (
    Format("application/x-bibtex", "bib", aliases=("text/x-bibtex", "application/bibtex")),
    Format("application/vnd.citationstyles.csl+json", "csl"),
    Format("application/x-research-info-systems", "ris"),
    Format(
        "application/yaml", "cff", aliases=("application/x-yaml", "text/yaml", "application/vnd.cff+yaml")
    ),
)
"""BibTeX and RIS have no registered media type; these are the ones that DOI resolvers use."""

_PLAIN = Format("text/plain", "txt")


def sent_as(form: Format, accept: str) -> Format:
    """The media type that a reference at an address of its own is sent under.

    A client that takes text/plain and not the unregistered type of BibTeX or RIS gets the same bytes as text
    (RFC 6838, 3.4: what begins with `x-` is for those who agreed on it).
    """
    return (choose(accept, (form, _PLAIN)) or form) if "/x-" in form.media_type else form
