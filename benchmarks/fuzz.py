"""Generated requests, most of them no valid queries: is any of them answered with 500?

    python -m benchmarks.fuzz [--requests 50000]

Runs the test that does it (tests/web/test_hostile_queries.py) with so many requests.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.servers import ROOT

_TEST = "tests/web/test_hostile_queries.py::test_no_request_is_answered_with_500"


def fuzz(requests: int) -> dict[str, Any]:
    """How many requests, the seconds they took, and the answers by status.

    Raises:
        subprocess.CalledProcessError: one was answered with 500; what pytest said of it is on stdout.
    """
    with tempfile.TemporaryDirectory() as place:
        figures = Path(place) / "figures.json"
        environ = {**os.environ, "SERGEKG_FUZZ": str(requests), "SERGEKG_FUZZ_FIGURES": str(figures)}
        began = time.monotonic()
        command = [sys.executable, "-m", "pytest", "-q", "-n0", "-m", "slow", _TEST]
        subprocess.run(command, cwd=ROOT, env=environ, check=True)
        seconds = time.monotonic() - began
        statuses = json.loads(figures.read_text(encoding="utf-8"))
    return {"requests": sum(statuses.values()), "seconds": round(seconds), "answers by status": statuses}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=50_000)
    print(json.dumps(fuzz(parser.parse_args().requests), indent=1))


if __name__ == "__main__":
    main()
