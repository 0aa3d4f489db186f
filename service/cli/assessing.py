"""One input -> the reply or what is wrong with it: wrapper, edition, application, findings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from service.api import strict_json
from service.cli import exits
from service.cli.inputs import Input, Outcome
from service.engine.application import application_date, read_application
from service.engine.assess import assess
from service.engine.explanation import explain
from service.engine.findings import read_findings
from service.engine.revisions import Revision
from service.policy.library import Snapshot
from service.policy.model import Policy
from service.problems import FilePlace, PointerPlace, Problem, nearest, problem, sort

_WRAPPED = "application"


class Assessor:
    """Assesses inputs under one policy, each by its edition, all at the moment `on`. A context manager.

    Stops (exit 2) where the policy or edition named is not in the snapshot, or none is named and there are
    several.
    """

    def __init__(self, snapshot: Snapshot, policy: str | None, edition: str | None, *, on: datetime) -> None:
        self._editions = snapshot.editions(_chosen(snapshot, policy))
        self._on = on
        self._named = None if edition is None else self._edition(edition, FilePlace("--edition"))
        if isinstance(self._named, Problem):
            raise exits.StopError(exits.UNREADABLE, [self._named])
        self._revision = Revision(snapshot)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._revision.retire()

    def assess(self, item: Input) -> Outcome:
        """The outcome of one input; raises nothing for a faulty one."""
        if item.problem is not None:
            return Outcome(item.name, problems=(item.problem,))
        data, problems = strict_json.loads(item.raw)
        if problems:
            return Outcome(item.name, problems=problems)
        wrapped = isinstance(data, dict) and _WRAPPED in data
        application = data[_WRAPPED] if wrapped else data
        prefix = f"/{_WRAPPED}" if wrapped else ""
        chosen = self._choose(data.get("edition") if wrapped else None, application)
        if isinstance(chosen, tuple):
            return Outcome(item.name, problems=_below(prefix, chosen))
        if isinstance(chosen, Problem):
            return Outcome(item.name, problems=(chosen,))
        read, faults = read_application(chosen, application)
        findings, more = read_findings(
            chosen, data.get("findings") if wrapped else None, application if isinstance(application, dict) else None
        )
        if read is None or more:
            return Outcome(item.name, problems=sort((*_below(prefix, faults), *_below("/findings", more))))
        assessment = assess(self._revision.compiled(chosen), read, findings, on=self._on)
        return Outcome(item.name, explain(assessment))

    def _choose(self, wished: Any, application: Any) -> Policy | Problem | tuple[Problem, ...]:
        """The edition that judges; a problem of the file, or problems of the application."""
        if isinstance(self._named, Policy):
            return self._named
        if wished is not None:
            return self._edition(wished, PointerPlace("/edition"))
        newest = self._editions[-1]
        in_force = []
        for policy in self._editions:
            day = application_date(policy, application)
            if day is not None and policy.in_force(day):
                in_force.append(policy)
        if len(in_force) == 1:
            return in_force[0]
        # Whatever else is wrong, as the newest edition reads it, is told in the same answer.
        _, faults = read_application(newest, application)
        if not isinstance(application, dict):
            return faults
        place = PointerPlace("/" + newest.date_fact.path.replace(".", "/"))
        known = _names(in_force or self._editions)
        return sort((problem("input-edition-undecided", place, known=known, label=newest.date_fact.label), *faults))

    def _edition(self, name: Any, place: FilePlace | PointerPlace) -> Policy | Problem:
        if not isinstance(name, str):
            return problem("input-edition-text", place)
        found = next((policy for policy in self._editions if policy.edition == name), None)
        if found is not None:
            return found
        names = [policy.edition for policy in self._editions]
        return problem("input-edition-unknown", place, suggestion=nearest(name, names), known=_names(self._editions))


def _chosen(snapshot: Snapshot, name: str | None) -> str:
    """The policy named, or the only one there is."""
    known = snapshot.ids()
    if not known:
        raise exits.StopError(exits.BAD_POLICY, [problem("no-policies", FilePlace("--policies"))])
    if name is None and len(known) == 1:
        return known[0]
    listed = "、".join(known)
    if name is None:
        fault = problem("several-policies", FilePlace("--policy"), known=listed)
    elif name not in known:
        fault = problem("policy-unknown", FilePlace("--policy"), suggestion=nearest(name, known), known=listed)
    else:
        return name
    raise exits.StopError(exits.UNREADABLE, [fault])


def _names(editions: Iterable[Policy]) -> str:
    return "、".join(policy.edition for policy in editions)


def _below(prefix: str, problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems of a part of a file, with pointers into the file."""
    return tuple(
        replace(item, place=PointerPlace(f"{prefix}{item.place.pointer}"))
        for item in problems
        if isinstance(item.place, PointerPlace)
    )
