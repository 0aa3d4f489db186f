"""From a read request to a verdict: choose the edition, assess, log, answer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from service.access.roles import Right
from service.api.desk import desk, requester
from service.api.faults import RefusedError
from service.api.reach import reached_decision
from service.decisions.reading import Stored
from service.engine.application import Application, application_date, read_application
from service.engine.assess import assess
from service.engine.explanation import explain
from service.engine.revisions import Revision
from service.policy.library import Snapshot
from service.policy.model import Policy
from service.problems import PointerPlace, problem
from service.rounds.deciding import Decider


def preview(policy_id: str, edition: str | None, body: Any) -> Mapping[str, Any]:
    """The reply without its first line; nothing is stored."""
    with desk().revision() as revision:
        policy, application = _read(revision.snapshot, policy_id, edition, body)
        return explain(assess(revision.compiled(policy), application, on=desk().now()))


def decide(policy_id: str, edition: str | None, body: Any, *, received_at: datetime, key: str | None) -> Stored:
    """A decision on an application, durable in the log when this returns."""
    with desk().revision() as revision:
        policy, application = _read(revision.snapshot, policy_id, edition, body)
        once = _once(key, {"application": body, "edition": edition})
        return _decider(revision).decide(policy, application, received_at=received_at, once=once)


def find(decision_id: str, body: Any, *, received_at: datetime, key: str | None) -> Stored:
    """The decision made again with what people found, older findings kept; it supersedes the one named."""
    stored = reached_decision(decision_id, Right.FIND)
    with desk().revision() as revision:
        decider = _decider(revision)
        made = decider.again(stored, body)
        once = _once(key, {"supersedes": decision_id, "findings": body})
        return decider.record(made, received_at=received_at, once=once)


def known_policy(snapshot: Snapshot, policy_id: str) -> tuple[Policy, ...]:
    """The editions of a policy; refused (404) where there is no such policy."""
    editions = snapshot.editions(policy_id)
    if not editions:
        raise RefusedError("policy-not-found", known="、".join(snapshot.ids()))
    return editions


def known_edition(snapshot: Snapshot, policy_id: str, edition: str) -> Policy:
    """One edition of a policy; refused (404) where there is no such edition."""
    editions = known_policy(snapshot, policy_id)
    found = snapshot.find(policy_id, edition)
    if found is None:
        raise RefusedError("edition-not-found", known=_names(editions))
    return found


def _read(snapshot: Snapshot, policy_id: str, edition: str | None, body: Any) -> tuple[Policy, Application]:
    """The edition that judges and the application as it reads it; refused (422) with every fault."""
    policy = _chosen(snapshot, policy_id, edition, body)
    application, problems = read_application(policy, body)
    if application is None:
        raise RefusedError("application-invalid", problems)
    return policy, application


def _chosen(snapshot: Snapshot, policy_id: str, edition: str | None, body: Any) -> Policy:
    """The edition named, else the one in force on the application's date as that edition reads it."""
    if edition is not None:
        return known_edition(snapshot, policy_id, edition)
    editions = known_policy(snapshot, policy_id)
    if not isinstance(body, dict):
        _, problems = read_application(editions[-1], body)
        raise RefusedError("application-invalid", problems)
    in_force = []
    for policy in editions:
        day = application_date(policy, body)
        if day is not None and policy.in_force(day):
            in_force.append(policy)
    if len(in_force) == 1:
        return in_force[0]
    # Whatever else is wrong, as the newest edition reads it, is told in the same answer.
    _, problems = read_application(editions[-1], body)
    asked = PointerPlace("/" + editions[-1].date_fact.path.replace(".", "/"))
    known = _names(in_force or editions)
    raise RefusedError("edition-undecided", [problem("date-of-no-edition", asked), *problems], known=known)


def _names(editions: tuple[Policy, ...] | list[Policy]) -> str:
    return "、".join(policy.edition for policy in editions)


def _decider(revision: Revision) -> Decider:
    held = desk()
    return Decider(log=held.log, archive=held.archive, revision=revision, requested_by=requester().name, clock=held.now)


def _once(key: str | None, body: Mapping[str, Any]) -> tuple[str, bytes] | None:
    """The client's key beside the request in one writing, whatever the order of its members."""
    if key is None:
        return None
    return key, json.dumps(body, sort_keys=True, separators=(",", ":")).encode("ascii")
