"""Time and memory of a build, clean and incremental: `python -m benchmarks.build [--runs N]`.

Each build is a process of its own over a copy of the corpus. The same run times what cannot be saved: reading
the finished N-Quads into an empty store of the engine, in the ratio of which the others are shown too.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pyoxigraph as ox

from sergekg.config import load_config, to_environ
from sergekg.release import current_release

ROOT = Path(__file__).resolve().parents[1]
EDITED = "annotations/lettre-a-magdeleine-paz.yaml"
BUILD = [sys.executable, "-m", "sergekg", "build", "--quiet"]


def measure(command: list[str], environ: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak resident MiB of a process that has to succeed."""
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environ, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} left with {process.returncode}")
    return time.perf_counter() - began, usage.ru_maxrss / 1024


def run(runs: int) -> None:
    """Print one table: medians over `runs` rounds, each with all kinds of build."""
    found: dict[str, list[tuple[float, float]]] = {}
    load = f"import pyoxigraph as ox; ox.Store().bulk_load(path={'{}'!r}, format=ox.RdfFormat.N_QUADS)"
    for number in range(runs):
        print(f"round {number + 1} of {runs}", file=sys.stderr)
        with tempfile.TemporaryDirectory() as place:
            data = Path(place) / "data"
            base = load_config(ROOT, environ={})
            shutil.copytree(base.corpus.parent, data)
            config = replace(
                base, corpus=data / base.corpus.name, mappings=data / "mappings", var=Path(place) / "var"
            )
            environ = {**os.environ, **to_environ(config)}
            edited = config.corpus / EDITED
            found.setdefault("clean", []).append(measure(BUILD, environ))
            found.setdefault("nothing changed", []).append(measure(BUILD, environ))
            text = edited.read_text(encoding="utf-8")
            edited.write_text(text.replace("  note: signature\n", "  note: signé\n", 1), encoding="utf-8")
            found.setdefault("one text changed", []).append(measure(BUILD, environ))
            quads = current_release(config.releases).quads
            engine = [sys.executable, "-c", load.format(quads)]
            found.setdefault("engine alone, loading the quads", []).append(measure(engine, environ))
            count = sum(1 for _ in ox.parse(path=str(quads), format=ox.RdfFormat.N_QUADS))
    whole = statistics.median(seconds for seconds, _ in found["clean"])
    print(f"{count} quads, {runs} rounds, medians\n")
    print("| build | seconds | to a clean one | peak MiB |\n|---|---|---|---|")
    for kind, measured in found.items():
        seconds = statistics.median(one for one, _ in measured)
        memory = statistics.median(one for _, one in measured)
        print(f"| {kind} | {seconds:.1f} | {seconds / whole:.2f} | {memory:.0f} |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    run(parser.parse_args().runs)
