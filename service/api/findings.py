"""`/v1/decisions/<id>/findings`: what people decided, as a new decision that supersedes the old one."""

from __future__ import annotations

from flask import Response

from service import messages
from service.access.roles import Right
from service.api.blueprint import Routes
from service.api.body import idempotency_key, read_json
from service.api.deciding import find
from service.api.decisions import ANSWERED_WITH, IDEMPOTENCY_KEY, LOGGING, READING_BODY, decided
from service.api.desk import desk
from service.api.schemas import Decision, Finding

routes = Routes("findings", __name__, url_prefix="/v1", description=messages.text("api.tag.findings"))

_BODY = {
    "required": True,
    "description": messages.text("api.doc.findings"),
    "content": {"application/json": {"schema": {"type": "array", "minItems": 1, "items": Finding()}}},
}


@routes.operation(
    "POST",
    "/decisions/<decision_id>/findings",
    "find",
    needs=Right.FIND,
    answers=(201, Decision()),
    refuses=(
        *("decision-not-found", "own-unit", "decision-erased", "policy-not-found", "edition-not-found"),
        *("decision-superseded", "findings-outdated", "findings-invalid", "policies-unavailable"),
        *READING_BODY,
        *LOGGING,
    ),
    body=_BODY,
    headers=[IDEMPOTENCY_KEY],
    answered_with=ANSWERED_WITH,
)
def post_findings(decision_id: str) -> Response:
    """Decide again with findings."""
    received_at = desk().now()
    key = idempotency_key()
    return decided(find(decision_id, read_json(), received_at=received_at, key=key))
