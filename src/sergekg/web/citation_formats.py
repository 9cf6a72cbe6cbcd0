"""The formats in which references are given."""

from __future__ import annotations

from sergekg.web.negotiate import Format

CITATION_FORMATS: tuple[Format, ...] = (
    Format("application/x-bibtex", "bib", aliases=("text/x-bibtex", "application/bibtex")),
    Format("application/vnd.citationstyles.csl+json", "csl"),
    Format("application/x-research-info-systems", "ris"),
    Format(
        "application/yaml", "cff", aliases=("application/x-yaml", "text/yaml", "application/vnd.cff+yaml")
    ),
)
"""BibTeX and RIS have no registered media type; these are the ones that DOI resolvers use."""
