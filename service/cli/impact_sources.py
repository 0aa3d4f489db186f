"""What `policy impact` looks at: applications from files, or the newest decision of each from the log."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from service.api import strict_json
from service.authoring.editions import Edition
from service.authoring.impact import Case
from service.cli import exits
from service.cli.inputs import Input, Inputs
from service.cli.log import every_decision, opened_log
from service.cli.policy_names import editions_of
from service.engine.application import application_date
from service.engine.compiler import CompiledPolicy
from service.problems import FilePlace, PointerPlace, Problem, nearest, problem

if TYPE_CHECKING:
    from service.decisions.log import DecisionLog
    from service.decisions.recompute import Recomputation

_WRAPPED = "application"


@dataclass(frozen=True, slots=True)
class Unread:
    """An application that cannot be looked at, and why; `erased` where the law had its private part destroyed."""

    name: str
    problems: tuple[Problem, ...] = ()
    erased: bool = False


class Editions:
    """The editions of the policy besides the one in question, each compiled when first asked for. A context manager.

    With `named` every application is taken under that edition; stops (exit 2) where there is no such.
    """

    def __init__(self, new: Edition, folder: Path, named: str | None) -> None:
        found = editions_of(folder, new.policy.id)
        self._others = [item for item in found if item.path.resolve() != new.path.resolve()]
        self._new = new
        self._compiled: dict[str, CompiledPolicy] = {}
        self.named = None
        if named is not None:
            chosen = self.find(named, FilePlace("--from"))
            if isinstance(chosen, Problem):
                raise exits.StopError(exits.UNREADABLE, [chosen])
            self.named = chosen

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for compiled in self._compiled.values():
            compiled.close()

    def find(self, name: str, place: FilePlace | PointerPlace) -> CompiledPolicy | Problem:
        """The edition of that name, or that there is none."""
        chosen = next((item for item in self._others if item.policy.edition == name), None)
        if chosen is None:
            names = [item.policy.edition for item in self._others]
            return problem("input-edition-unknown", place, suggestion=nearest(name, names), known="、".join(names))
        return self._ready(chosen)

    def for_application(self, application: Any) -> CompiledPolicy | Problem:
        """The edition in force on the day of the application, else the newest that began before the one in question."""
        for item in reversed(self._others):
            day = application_date(item.policy, application)
            if day is not None and item.policy.in_force(day):
                return self._ready(item)
        older = [item for item in self._others if item.policy.effective_from < self._new.policy.effective_from]
        if older:
            return self._ready(older[-1])
        return problem("impact-no-edition", PointerPlace(""))

    def _ready(self, edition: Edition) -> CompiledPolicy:
        name = edition.policy.edition
        if name not in self._compiled:
            self._compiled[name] = CompiledPolicy(edition.policy)
        return self._compiled[name]


class FileSource:
    """Applications from files as `assess` takes them."""

    def __init__(self, paths: Sequence[str], editions: Editions) -> None:
        self._inputs = Inputs(paths)
        self._editions = editions

    def count(self) -> int:
        """How many there are."""
        return self._inputs.count()

    def __iter__(self) -> Iterator[Case | Unread]:
        for item in self._inputs:
            yield self._case(item)

    def _case(self, item: Input) -> Case | Unread:
        if item.problem is not None:
            return Unread(item.name, (item.problem,))
        data, problems = strict_json.loads(item.raw)
        if problems:
            return Unread(item.name, problems)
        wrapper = data if isinstance(data, dict) and _WRAPPED in data else None
        application = data if wrapper is None else wrapper[_WRAPPED]
        chosen = self._chosen(wrapper, application)
        if isinstance(chosen, Problem):
            return Unread(item.name, (chosen,))
        return Case(item.name, application, None if wrapper is None else wrapper.get("findings"), chosen)

    def _chosen(self, wrapper: Mapping[str, Any] | None, application: Any) -> CompiledPolicy | Problem:
        if self._editions.named is not None:
            return self._editions.named
        wished = None if wrapper is None else wrapper.get("edition")
        if wished is None:
            return self._editions.for_application(application)
        if not isinstance(wished, str):
            return problem("input-edition-text", PointerPlace("/edition"))
        return self._editions.find(wished, PointerPlace("/edition"))


class LogSource(AbstractContextManager["LogSource"]):
    """The decisions of a policy in the log that no later one supersedes, newest first.

    Each is taken under the edition it was decided on, as archived, unless one is named. Stops (exit 2) where the
    log cannot be read.
    """

    def __init__(self, policy: str, editions: Editions, options: dict[str, str | None]) -> None:
        self._policy = policy
        self._editions = editions
        self._options = options
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        from service.decisions.recompute import Recomputation

        try:
            self._log: DecisionLog = self._stack.enter_context(opened_log(self._options))
        except exits.StopError as stop:
            missing = [item for item in stop.problems if item.code == "log-missing"]
            if not missing:
                raise
            raise exits.StopError(stop.code, [problem("impact-no-log", missing[0].place)]) from stop
        self._engine: Recomputation = self._stack.enter_context(Recomputation())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> bool | None:
        return self._stack.__exit__(kind, fault, trace)

    def count(self) -> int:
        """How many there are."""
        return sum(1 for _ in self._newest())

    def __iter__(self) -> Iterator[Case | Unread]:
        for decision_id in self._newest():
            yield self._case(decision_id)

    def _newest(self) -> Iterator[str]:
        superseded: set[str] = set()
        for item in every_decision(self._log):
            if item.supersedes is not None:
                superseded.add(item.supersedes)
            if item.policy_id == self._policy and item.decision_id not in superseded:
                yield item.decision_id

    def _case(self, decision_id: str) -> Case | Unread:
        from service.decisions.faults import DecisionErased, LogDamaged
        from service.decisions.recompute import NotComputable

        try:
            stored = self._log.get(decision_id)
            assert stored is not None  # noqa: S101 - the id was just read from this log
            before = self._editions.named or self._engine.decided_with(self._log, stored)
        except DecisionErased:
            return Unread(decision_id, erased=True)
        except (LogDamaged, NotComputable) as fault:
            return Unread(decision_id, fault.problems)
        return Case(decision_id, stored.application, list(stored.findings), before)
