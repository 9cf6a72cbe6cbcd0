"""Requests a second, sent by wrk (Debian: wrk), whose own work leaves the processors to the servers."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

CLIENTS = 8


def rate(
    address: str,
    paths: Sequence[str],
    headers: Mapping[str, str],
    seconds: float = 3,
    clients: int = CLIENTS,
) -> float:
    """Answers a second to clients that ask for the paths in turn; errors are an error here.

    Args:
        address: scheme and authority of the server.
        headers: of every request.

    Raises:
        RuntimeError: an answer was neither 2xx nor 3xx, or none came.
    """
    root = urlsplit(address)
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write("local paths = {\n" + "".join(f"[=[{path}]=],\n" for path in paths) + "}\n")
        script.write("local n = 0\nrequest = function() n = n + 1\n")
        script.write('return wrk.format("GET", paths[n % #paths + 1]) end\n')
        script.flush()
        given = [part for name, value in headers.items() for part in ("-H", f"{name}: {value}")]
        command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "-s", script.name, *given]
        done = subprocess.run(
            [*command, f"{root.scheme}://{root.netloc}/"], capture_output=True, text=True, check=True
        )
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout:
        raise RuntimeError(f"{root.netloc} answered with errors:\n{done.stdout}")
    return float(found[1])
