"""`/healthz`: the process answers. `/readyz`: decisions can be made, and what they are made under."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import Response

from service import messages
from service.access.roles import Right
from service.api.admission import recognised_if_named
from service.api.blueprint import Routes, reply
from service.api.desk import desk
from service.api.faults import Refusal, problem_json, response
from service.api.schemas import Health, Readiness
from service.decisions.faults import LogDamaged, LogFault

routes = Routes("health", __name__, description=messages.text("api.tag.health"))


@routes.operation("GET", "/healthz", "healthz", needs=None, answers=(200, Health()))
def healthz() -> Response:
    """The process answers."""
    return reply({"status": "ok"})


@routes.operation(
    "GET",
    "/readyz",
    "readyz",
    needs=None,
    answers=(200, Readiness()),
    refuses=("not-ready", "key-invalid", "key-ended"),
)
def readyz() -> Response:
    """Decisions can be made: policies are loaded, and a write to the log has just been tried."""
    who = recognised_if_named()
    fault = desk().log.fault()
    policies = _policies()
    log: dict[str, Any] = {"healthy": fault is None}
    if fault is not None:
        log["problems"] = [problem_json(item) for item in fault.problems]
    # What serves and which line of which file is faulty is for those who can do something about it.
    told = {} if who is None or who.extent(Right.STATUS) is None else {"policies": policies, "log": log}
    if policies["digest"] is None or fault is not None:
        return not_ready(fault, policies=policies["digest"] is not None, told=told)
    return reply({"status": "ready", **told})


def not_ready(
    fault: LogFault | None, *, policies: bool = True, told: Mapping[str, Any] = MappingProxyType({})
) -> Response:
    """503 with what is wrong and what to do: with the log by its `fault`, and where no `policies` are loaded.

    Whoever is `told` nothing more learns who is.
    """
    wrong = [] if policies else ["policies"]
    if fault is not None:
        wrong.append("log-damaged" if isinstance(fault, LogDamaged) else "log-unavailable")
    if not told:
        wrong.append("more")
    what = "".join(messages.text(f"api.not-ready.{name}") for name in wrong)
    return response(Refusal("not-ready", params={"what": what}, extensions=told))


def _policies() -> dict[str, Any]:
    """What serves, and what the last reading of the folder said; with errors, an older revision serves."""
    revisions = desk().revisions
    problems = revisions.problems
    current = not revisions.stale
    editions: list[dict[str, str]] = []
    digest = None
    if revisions.ready:
        with revisions.hold() as revision:
            digest = revision.snapshot.digest
            editions = [{"id": policy.id, "edition": policy.edition} for policy in revision.snapshot.policies]
    return {
        "digest": digest,
        "current": current,
        "note": None if current else messages.text("api.policies-stale" if digest else "api.policies-none"),
        "editions": editions,
        "problems": [problem_json(item) for item in problems],
    }
