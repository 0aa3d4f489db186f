"""Many assessments in one process, alone and in threads: the same bytes each time and memory that stays flat.

`python -m tests.engine.soak [--cases 50000]` prints what it saw and exits 1 on a wrong answer or growth.
"""

from __future__ import annotations

import argparse
import datetime as dt
import gc
import json
import sys
import threading
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.compiler import CompiledPolicy
from service.engine.findings import read_findings
from service.policy.library import load_library

ROOT = Path(__file__).parent.parent.parent
ON = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
GROWTH_KB = 6_000


def resident_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4


def samples() -> list[Callable[[], str]]:
    """A call for each sample application that assesses it and answers its statuses as text."""
    snapshot, problems = load_library(ROOT / "policies")
    assert snapshot is not None, problems
    policy = snapshot.find("lucheng-skills-master-studio", "2024")
    assert policy is not None
    compiled = CompiledPolicy(policy)
    calls = []
    for path in sorted((ROOT / "tests/data/applications").glob("*.json")):
        wrapper = json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)
        application, faults = read_application(policy, wrapper["application"])
        findings, more = read_findings(policy, wrapper.get("findings"))
        assert application is not None, (faults, more)

        def call(application=application, findings=findings) -> str:  # type: ignore[no-untyped-def]  # bound early
            assessment = assess(compiled, application, findings, on=ON)
            return json.dumps([assessment.overall, dict(assessment.statuses)])

        calls.append(call)
    return calls


def soak(cases: int, threads: int) -> tuple[int, int]:
    """Wrong answers and growth in KB over `cases` assessments shared by `threads`, after a warm-up."""
    calls = samples()
    expected = [call() for call in calls]
    wrong: list[int] = []

    def work(count: int) -> None:
        for number in range(count):
            place = number % len(calls)
            if calls[place]() != expected[place]:
                wrong.append(place)

    def all_at_once(count: int) -> None:
        workers = [threading.Thread(target=work, args=(count // threads,)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    all_at_once(max(cases // 10, threads))
    gc.collect()
    before = resident_kb()
    all_at_once(cases)
    gc.collect()
    return len(wrong), resident_kb() - before


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=50_000)
    given = parser.parse_args()
    failed = False
    for threads in (1, 8):
        wrong, growth = soak(given.cases, threads)
        failed = failed or wrong > 0 or growth > GROWTH_KB
        sys.stdout.write(f"{given.cases} assessments, {threads} thread(s): {wrong} wrong, memory {growth:+d} KB\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
