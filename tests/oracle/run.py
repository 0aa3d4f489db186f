"""`python -m tests.oracle.run --cases 1000000 [--seed N]`: the engine and the second evaluator, at length.

Exit code 1 after the first disagreements, which are shown at their smallest; 0 when there are none.
"""

from __future__ import annotations

import argparse
import sys

from rich.progress import Progress

from tests.oracle.comparison import Disagreement, disagreements, smallest

_POLICIES = 20  # loaded and compiled at a time


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000, help="applications in all")
    parser.add_argument("--seed", type=int, default=0, help="the first policy's seed")
    parser.add_argument("--each", type=int, default=100, help="applications of one policy")
    parser.add_argument("--stop-after", type=int, default=3, help="disagreements shown before it stops")
    given = parser.parse_args()
    wrong, done, seed = 0, 0, given.seed
    with Progress() as progress:
        task = progress.add_task(f"from seed {given.seed}", total=given.cases)
        while done < given.cases and wrong < given.stop_after:
            for found in disagreements(range(seed, seed + _POLICIES), given.each):
                if isinstance(found, Disagreement):
                    wrong += 1
                    progress.console.print(f"{smallest(found)}\n", markup=False, highlight=False, soft_wrap=True)
                    if wrong == given.stop_after:
                        break
                done += given.each
            seed += _POLICIES
            progress.update(task, completed=min(done, given.cases))
    sys.stdout.write(f"{done} cases, policies {given.seed} to {seed - 1}, {wrong} disagreements\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
