"""Solutions as the engine writes them, for tests of what reads or joins them."""

import io

import pyoxigraph as ox

from sergekg.store.evaluate import SOLUTIONS

Row = list[str | None]


def document(rows: list[Row], format: str) -> bytes:
    """A result with two variables; None leaves one unbound."""
    cells = ["(" + " ".join("UNDEF" if c is None else str(ox.Literal(c)) for c in row) + ")" for row in rows]
    found = ox.Store().query(f"SELECT ?a ?b {{ VALUES (?a ?b) {{ {' '.join(cells)} }} }}")
    out = io.BytesIO()
    assert isinstance(found, ox.QuerySolutions)
    found.serialize(out, SOLUTIONS[format])
    return out.getvalue()
