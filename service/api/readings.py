"""`/v1/decisions/<id>/readings`: a decision with its personal data, for a reason that is in the log first."""

from __future__ import annotations

from typing import Any

from flask import Response

from service import messages
from service.access.roles import Right
from service.api.blueprint import Routes, reply
from service.api.body import read_json
from service.api.decisions import READING_BODY
from service.api.desk import desk, requester
from service.api.faults import RefusedError
from service.api.reach import reached_decision
from service.api.schemas import Disclosed, Reading
from service.decisions.disclosure import reason_faults, record_reading
from service.problems import PointerPlace, Problem, problem

routes = Routes("readings", __name__, url_prefix="/v1", description=messages.text("api.tag.readings"))

_BODY = {
    "required": True,
    "description": messages.text("api.doc.reading"),
    "content": {"application/json": {"schema": Reading()}},
}


@routes.operation(
    "POST",
    "/decisions/<decision_id>/readings",
    "read_unmasked",
    needs=Right.UNMASK,
    answers=(201, Disclosed()),
    refuses=(
        *("decision-not-found", "decision-erased", "reading-invalid", "log-unavailable", "log-damaged"),
        *READING_BODY,
    ),
    body=_BODY,
)
def post_reading(decision_id: str) -> Response:
    """Read a decision with its personal data."""
    body = read_json()
    stored = reached_decision(decision_id, Right.UNMASK)
    views = desk().views
    faults = [*_faults(body)]
    reason = body.get("reason") if isinstance(body, dict) else None
    faults += reason_faults(
        reason, PointerPlace("/reason"), names_somebody=lambda text: views.names_somebody(stored, text)
    )
    if faults:
        raise RefusedError("reading-invalid", faults)
    reading = record_reading(
        desk().log, decision_id, reason=str(reason), requested_by=requester().name, at=desk().now()
    )
    shown = {"application": stored.application, "findings": stored.findings, "reply": stored.reply}
    return reply({"reading": reading, **shown}, 201)


def _faults(body: Any) -> list[Problem]:
    """What of the body is no request for a reading; keys nobody declared are not repeated."""
    if not isinstance(body, dict):
        return [problem("reading-not-object", PointerPlace(""))]
    return [problem("reading-unknown-key", PointerPlace(""))] if body.keys() - {"reason"} else []
