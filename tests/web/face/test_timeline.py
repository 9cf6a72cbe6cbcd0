"""The timeline of the query desk knows what an EDTF date covers; run by Node, where there is one."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[3] / "src/sergekg/web/static"
ASK = """
globalThis.document = { documentElement: { dataset: {} } };
const { toInterval } = await import(process.argv[1]);
const found = toInterval({ value: process.argv[2], datatype: "http://id.loc.gov/datatypes/edtf/EDTF" });
console.log(JSON.stringify(found && found.map((at) => new Date(at).toISOString().slice(0, 10))));
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("1936", ["1936-01-01", "1937-01-01"]),
        ("1936-05", ["1936-05-01", "1936-06-01"]),
        ("1936-12", ["1936-12-01", "1937-01-01"]),
        ("1936-05-12", ["1936-05-12", "1936-05-13"]),
        ("1936-21", ["1936-01-01", "1937-01-01"]),
        ("1935-24/1936-05", ["1935-01-01", "1936-06-01"]),
        ("1928~/1936-05", ["1928-01-01", "1936-06-01"]),
        ("../1936-05", ["1936-05-01", "1936-06-01"]),
        ("[..1936-05]", ["1936-05-01", "1936-06-01"]),
        ("[1934..]", ["1934-01-01", "1935-01-01"]),
        ("[1934,1936-05]", ["1934-01-01", "1936-06-01"]),
        ("{1934..1936-05~}", ["1934-01-01", "1936-06-01"]),
        ("[1936,1936-05]", ["1936-01-01", "1937-01-01"]),
        ("[~1930,1936]", ["1930-01-01", "1937-01-01"]),
        ("[1667,1668, 1670..1672]", ["1667-01-01", "1673-01-01"]),
        ("[1936,mai]", None),
        ("[..]", None),
        ("mai", None),
    ],
)
def test_a_date_covers_its_days_and_a_season_its_year(text: str, span: list[str] | None) -> None:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    command = [node, "--input-type=module", "-e", ASK, (STATIC / "results.js").as_uri(), text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == span
