"""A session such as OpenRefine has with the service, over HTTP, from the manifest to new columns."""

from openrefine_session import session


def test_a_column_of_names_is_reconciled_previewed_and_extended(server: str) -> None:
    said = list(session(f"{server}/reconcile"))
    assert any(line.startswith("< Лелевич: person/lelevitch") for line in said)
    assert "< Gorbatchev (1931): nothing" in said
    assert any(line.startswith("< person/soukhanov: 1882-12-09 | historian | ") for line in said)
