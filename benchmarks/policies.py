"""How long a policy of 300 conditions takes to load and compile: `python benchmarks/policies.py [--rounds 9]`.

The floor is the strict reading of its YAML alone; every figure is also shown as a multiple of it. Rounds are
interleaved, so that a machine that slows down slows all of them.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from service.engine.compiler import CompiledPolicy
from service.policy.library import load_library, read_library
from service.policy.source import read_file
from service.policy.warnings import warnings_of
from tests.engine.reloads import CONDITIONS, grown


def main() -> None:
    """Print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home) / "policies"
        file = grown(folder)
        snapshot, problems, documents = read_library(folder)
        assert snapshot is not None, problems
        (policy,) = snapshot.policies
        parts: dict[str, Callable[[], object]] = {
            "YAML floor": lambda: read_file(file),
            "load and check": lambda: load_library(folder),
            "compile": lambda: CompiledPolicy(policy).close(),
            "warnings": lambda: warnings_of(policy, documents[policy.file]),
        }
        taken: dict[str, list[float]] = {name: [] for name in parts}
        for _ in range(rounds):
            for name, part in parts.items():
                start = time.perf_counter()
                part()
                taken[name].append(time.perf_counter() - start)
    floor = statistics.median(taken["YAML floor"])
    sys.stdout.write(f"{CONDITIONS} conditions more     median    x floor\n")
    for name, times in taken.items():
        median = statistics.median(times)
        sys.stdout.write(f"{name:22s} {median * 1000:6.0f} ms  {median / floor:8.1f}\n")


if __name__ == "__main__":
    main()
