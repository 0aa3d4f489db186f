"""Timing of calls in one process: every stage in turn, a few calls each, until the time is up."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# Enough calls of a stage for caches and the interpreter's specialisation to settle.
_WARMING = 50
# Few enough calls in a row that all stages see the same machine, many enough that caches are a stage's own.
_IN_A_ROW = 20


@dataclass(frozen=True, slots=True)
class Stage:
    """What is timed, and what comes before and after each call of it outside the time."""

    run: Callable[[], object]
    prepare: Callable[[], object] | None = None
    after: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """Microseconds of one stage: the median is what to expect on this machine, the least what it can do."""

    median: float
    least: float
    calls: int


def measure(stages: Mapping[str, Stage], seconds: float) -> dict[str, Sample]:
    """Every stage timed for about `seconds` in all, in rounds.

    Garbage is collected between rounds and not in the middle of whichever stage fills a generation.
    """
    found: dict[str, list[int]] = {name: [] for name in stages}
    for stage in stages.values():
        for _ in range(_WARMING):
            _once(stage)
    end = time.perf_counter() + seconds
    gc.disable()
    try:
        while time.perf_counter() < end:
            for name, stage in stages.items():
                found[name] += [_once(stage) for _ in range(_IN_A_ROW)]
            gc.collect(1)
    finally:
        gc.enable()
    return {
        name: Sample(statistics.median(times) / 1000, min(times) / 1000, len(times)) for name, times in found.items()
    }


def _once(stage: Stage) -> int:
    if stage.prepare is not None:
        stage.prepare()
    start = time.perf_counter_ns()
    stage.run()
    spent = time.perf_counter_ns() - start
    if stage.after is not None:
        stage.after()
    return spent
