"""What `curl -I` shows of the main addresses, for docs/http.md."""

from __future__ import annotations

import re
import shlex
import subprocess

THING = "person/anita-roussakova"
COMMANDS: tuple[tuple[str, str], ...] = (
    (
        "A name leads to the description that is preferred (303, `Vary`)",
        "curl -sI -H 'Accept: text/turtle, text/html;q=0.5' {root}id/" + THING,
    ),
    (
        "A browser is led to the page",
        "curl -sI -H 'Accept: text/html,application/xhtml+xml,*/*;q=0.8' {root}id/" + THING,
    ),
    (
        "A description: strong validator, coding, place, links",
        "curl -sI -H 'Accept-Encoding: br' {root}data/" + THING + ".ttl",
    ),
    (
        "What is held is not sent again (304)",
        "curl -sI -H 'If-None-Match: \"{etag}\"' {root}data/" + THING + ".ttl",
    ),
    ("A page signs itself (FAIR Signposting)", "curl -sI {root}page/letter/lettre-a-andre-gide"),
    ("A reference by `Accept`", "curl -sI -H 'Accept: application/x-bibtex' {root}data/" + THING),
    ("Unknown (404)", "curl -sI {root}id/person/nobody"),
    ("Not to be had so (406)", "curl -sI -H 'Accept: image/png' {root}id/" + THING),
    (
        "A preflight (204)",
        "curl -si -X OPTIONS -H 'Origin: https://example.org' -H 'Access-Control-Request-Method: GET' {root}data/"
        + THING
        + ".ttl",
    ),
    (
        "A part of a dump (206)",
        "curl -s -D - -o /dev/null -H 'Range: bytes=1000-1999' {root}dumps/affaire-victor-serge.nq.gz",
    ),
    (
        "What was current then (RFC 7089)",
        "curl -sI -H 'Accept: text/turtle' -H 'Accept-Datetime: Sat, 21 Nov 2026 00:00:00 GMT' {root}timegate/id/"
        + THING,
    ),
    ("VoID at its well-known place", "curl -sI {root}.well-known/void"),
    ("The catalogue of interfaces (RFC 9727)", "curl -sI {root}.well-known/api-catalog"),
    ("A page of fragments", "curl -sI -H 'Accept: application/trig' '{root}fragments?predicate=rdf:type'"),
    ("A page of the event stream", "curl -sI {root}feed/1"),
)


def transcripts(root: str) -> str:
    """The page, from a server at that address."""
    held = subprocess.run(
        ["curl", "-sI", f"{root}data/{THING}.ttl"], capture_output=True, text=True, check=True
    ).stdout
    etag = re.findall(r'(?mi)^etag: "([^"]+)"', held)[0]
    parts = [
        "# HTTP, as curl sees it",
        "",
        "Made by `make interop` from a running server; only the lines `date` and `server` are left out.",
        "",
    ]
    for title, command in COMMANDS:
        written = command.replace("{root}", root).replace("{etag}", etag)
        shown = subprocess.run(shlex.split(written), capture_output=True, text=True, check=True).stdout
        lines = [
            line
            for line in shown.replace("\r", "").rstrip("\n").split("\n")
            if not re.match(r"(?i)(date|server): ", line)
        ]
        parts += [f"## {title}", "", "```", f"$ {written}", *lines, "```", ""]
    return "\n".join(parts)
