"""cffconvert validates the references to the dataset, a text and an entity by the schema of CFF 1.2.0."""

import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

keys = ("dataset/affaire-victor-serge", "letter/lettre-a-andre-gide", "person/victor-serge")
program = Path(sys.executable).parent / "cffconvert"
for key in keys:
    with (
        tempfile.TemporaryDirectory() as place,
        urllib.request.urlopen(f"{sys.argv[1]}data/{key}.cff") as answer,
    ):
        file = Path(place, "CITATION.cff")
        file.write_bytes(answer.read())
        done = subprocess.run(
            [program, "--validate", "-i", file], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0 and "valid according" in done.stdout, done.stdout + done.stderr
print(f"{len(keys)} references valid according to schema version 1.2.0")
