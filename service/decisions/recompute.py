"""Replays decisions with the engine of this program, under the policies they were made with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from service.decisions.faults import LogDamaged, LogFault
from service.decisions.reading import LogReader, Stored
from service.decisions.replay import Outcome, PolicyTexts, Replay, archived_texts, replay
from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.compiler import CompiledPolicy
from service.engine.explanation import explain
from service.engine.findings import read_findings
from service.policy.library import policy_from_texts


class NotComputable(LogFault):
    """The policy, application or findings of a decision are not what this version of the program reads."""


class Recomputation:
    """Computes replies from archived texts, each policy read and compiled once. A context manager."""

    def __init__(self) -> None:
        self._compiled: dict[tuple[object, ...], CompiledPolicy] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for compiled in self._compiled.values():
            compiled.close()

    def replay(self, log: LogReader, decision_id: str) -> Replay | None:
        """`replay` with this engine; what it can no longer read is `UNREADABLE`."""
        try:
            return replay(log, decision_id, self)
        except NotComputable as fault:
            return Replay(decision_id, Outcome.UNREADABLE, problems=fault.problems)

    def __call__(
        self,
        policy_texts: PolicyTexts,
        application: Mapping[str, Any],
        findings: tuple[Mapping[str, Any], ...],
        on: datetime,
    ) -> Mapping[str, Any]:
        """The reply without its first line. Raises NotComputable."""
        compiled = self._policy(policy_texts)
        read, faults = read_application(compiled.policy, dict(application))
        found, more = read_findings(compiled.policy, list(findings))
        if read is None or more:
            raise NotComputable(*faults, *more)
        return explain(assess(compiled, read, found, on=on))

    def decided_with(self, log: LogReader, stored: Stored) -> CompiledPolicy:
        """The policy a decision was made with, as archived. Raises LogDamaged, LogUnavailable or NotComputable."""
        texts, problems = archived_texts(log, stored.public, stored.sequence)
        if texts is None:
            raise LogDamaged(*problems)
        return self._policy(texts)

    def _policy(self, texts: PolicyTexts) -> CompiledPolicy:
        key = (texts.policy_id, texts.edition, texts.policy, *sorted(texts.tables.items()))
        if key not in self._compiled:
            policy, problems = policy_from_texts(texts.policy_id, texts.edition, texts.policy, texts.tables)
            if policy is None:
                raise NotComputable(*problems)
            self._compiled[key] = CompiledPolicy(policy)
        return self._compiled[key]
