"""What OpenRefine asks of a reconciliation service, in its order, for one column of names.

    python tests/clients/openrefine_session.py http://127.0.0.1:8000/reconcile

OpenRefine 3.8 reads the manifest, guesses the type from the first ten cells, reconciles in batches of ten,
shows a preview, lets its user search by hand (suggest), and adds columns (propose, extend).
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import requests

CELLS = (
    ("Soukhanov", "1882"),
    ("Sukhanov, Nikolai", ""),
    ("Лелевич", ""),
    ("Lélévitch", ""),
    ("Novomiski", ""),
    ("V. Serge", "1890"),
    ("Magdeleine Marx", ""),
    ("Gorbatchev", "1931"),
    ("Verkhnéouralsk", ""),
    ("Personne", ""),
)
SURE = 90
AGENT = {"User-Agent": "OpenRefine/3.8 (a script)"}


def session(service: str) -> Iterator[str]:
    """The dialogue: a line for each question and each answer; raises where an answer is no answer."""
    with requests.Session() as http:
        http.headers.update(AGENT)
        manifest = ask(http, "GET", service)
        yield f"> GET {path(service)}"
        yield f"< {manifest['name']}; versions {', '.join(manifest['versions'])}"
        queries = {f"q{n}": {"query": text, "limit": 3} for n, (text, _) in enumerate(CELLS)}
        guessed = ask(http, "POST", service, {"queries": json.dumps(queries)})
        counts: dict[str, int] = {}
        for found in guessed.values():
            for type_ in {t["id"] for candidate in found["result"][:1] for t in candidate["type"]}:
                counts[type_] = counts.get(type_, 0) + 1
        best = max(counts, key=lambda type_: (counts[type_], type_))
        yield f"> POST {path(service)} queries={len(queries)} names, to guess the type"
        yield "< " + ", ".join(f"{type_} {count}" for type_, count in sorted(counts.items()))
        for n, (_, birth) in enumerate(CELLS):
            if birth:
                queries[f"q{n}"]["properties"] = [{"pid": "bornOn", "v": birth}]
            queries[f"q{n}"] |= {"type": best, "type_strict": "should"}
        answers = ask(http, "POST", service, {"queries": json.dumps(queries)})
        yield f"> POST {path(service)} queries={len(queries)} names, with years of birth, type {best} first"
        matched = []
        for (text, birth), found in zip(CELLS, answers.values(), strict=True):
            shown = "; ".join(
                f"{c['id']} {c['score']:.0f}{' match' if c['match'] else ''}" for c in found["result"]
            )
            matched += [c["id"] for c in found["result"][:1] if c["match"] or c["score"] >= SURE]
            yield f"< {text}{f' ({birth})' if birth else ''}: {shown or 'nothing'}"
        if not matched:
            raise AssertionError("nothing was found")
        yield f"  the user accepts the first candidate where it is a match or has a score of {SURE} and more"
        view = manifest["preview"]["url"].replace("{{id}}", matched[0])
        preview = http.get(view, timeout=30)
        preview.raise_for_status()
        yield f"> GET {path(view)}"
        yield f"< {preview.headers['Content-Type']}, {len(preview.text)} characters"
        suggest = manifest["suggest"]["entity"]
        url = suggest["service_url"] + suggest["service_path"]
        hits = ask(http, "GET", f"{url}?prefix=Roussa&type={best}")["result"]
        yield f"> GET {path(url)}?prefix=Roussa&type={best}"
        yield "< " + ", ".join(f"{hit['id']} ({hit['name']})" for hit in hits)
        proposal = manifest["extend"]["propose_properties"]
        url = proposal["service_url"] + proposal["service_path"]
        offered = ask(http, "GET", f"{url}?type={best}&limit=50")["properties"]
        yield f"> GET {path(url)}?type={best}"
        yield f"< {len(offered)} properties, " + ", ".join(p["id"] for p in offered[:6]) + "…"
        wanted = {
            "ids": matched,
            "properties": [{"id": "bornOn"}, {"id": "hasOccupation"}, {"id": "exactMatch"}],
        }
        extended = ask(http, "POST", service, {"extend": json.dumps(wanted)})
        yield f"> POST {path(service)} extend={', '.join(p['id'] for p in wanted['properties'])}"
        for id_, row in extended["rows"].items():
            cells = (", ".join(value_of(v) for v in values) or "-" for values in row.values())
            yield f"< {id_}: {' | '.join(cells)}"


def ask(http: requests.Session, method: str, url: str, form: dict[str, str] | None = None) -> Any:
    answer = http.request(method, url, data=form, timeout=30)
    answer.raise_for_status()
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    return answer.json()


def value_of(value: dict[str, Any]) -> str:
    return str(value.get("name") or value.get("str") or value.get("date") or "")


def path(url: str) -> str:
    return "/" + url.split("/", 3)[3]


if __name__ == "__main__":
    for line in session(sys.argv[1]):
        print(line)
