"""Small policies give what is written down beside their cases: statuses, what was found, gaps, advice, notes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from service.engine.compiler import CompiledPolicy
from tests.engine.trials import Trial, compiled_policies, reply, said, trials


@pytest.fixture(scope="module")
def compiled() -> Iterator[dict[str, CompiledPolicy]]:
    yield from compiled_policies()


@pytest.mark.parametrize("trial", trials(), ids=lambda trial: f"{trial.policy}: {trial.it}")
def test_a_reply_says_what_is_written_down(trial: Trial, compiled: dict[str, CompiledPolicy]) -> None:
    answer = reply(compiled[trial.policy], trial.given, trial.findings)
    assert {name: said(answer, name) for name in trial.then} == trial.then
