"""`/v1/policies/<policy>/decisions` and `/v1/decisions`: verdicts that are logged, and reading them again."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from service import messages
from service.access.roles import Right
from service.api.blueprint import Routes, reply
from service.api.body import idempotency_key, read_json
from service.api.deciding import decide
from service.api.desk import desk
from service.api.faults import RefusedError, problem_json
from service.api.queries import EditionQuery, ListQuery
from service.api.reach import reached_decision
from service.api.schemas import Decision, DecisionList
from service.api.views import reply_for
from service.decisions.reading import Stored
from service.decisions.search import Sought, search
from service.policy.model import Policy
from service.problems import PointerPlace, problem
from service.rounds.clauses import citing, clauses_of
from service.rounds.unknown import unknown

routes = Routes("decisions", __name__, url_prefix="/v1", description=messages.text("api.tag.decisions"))

# A request must not read a log of years whole; the cursor goes on where it stopped.
_MOST_LOOKED_AT = 20_000

APPLICATION_BODY = {
    "required": True,
    "description": messages.text("api.doc.application"),
    "content": {"application/json": {"schema": {"type": "object"}}},
}
IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "description": messages.text("api.doc.idempotency-key"),
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": r"^[!-~]([ -~]{0,253}[!-~])?$"},
}
ANSWERED_WITH = {
    "Location": {
        "description": messages.text("api.doc.location"),
        "required": True,
        "schema": {"type": "string", "format": "uri-reference"},
    },
    "Idempotency-Replayed": {
        "description": messages.text("api.doc.idempotency-replayed"),
        "schema": {"type": "string", "enum": ["true"]},
    },
}
READING_BODY = (
    "body-malformed",
    "body-incomplete",
    "header-malformed",
    "body-too-large",
    "media-type-unsupported",
)
DECIDING = ("edition-undecided", "application-invalid", "query-invalid", "policies-unavailable")
LOGGING = ("idempotency-conflict", "log-unavailable", "log-damaged")


@routes.operation(
    "POST",
    "/policies/<policy>/decisions",
    "decide",
    needs=Right.DECIDE,
    answers=(201, Decision()),
    refuses=("policy-not-found", "edition-not-found", *READING_BODY, *DECIDING, *LOGGING),
    query=EditionQuery(),
    body=APPLICATION_BODY,
    headers=[IDEMPOTENCY_KEY],
    answered_with=ANSWERED_WITH,
)
def post_decision(query: dict[str, Any], policy: str) -> Response:
    """Decide on an application."""
    received_at = desk().now()
    key = idempotency_key()
    stored = decide(policy, query.get("edition"), read_json(), received_at=received_at, key=key)
    return decided(stored)


@routes.operation(
    "GET",
    "/decisions",
    "list_decisions",
    needs=Right.LIST,
    answers=(200, DecisionList()),
    refuses=("policies-unavailable", "log-unavailable", "log-damaged"),
    query=ListQuery(),
)
def get_decisions(query: dict[str, Any]) -> Response:
    """List decisions, newest first, public parts only."""
    limit, before = query.pop("limit"), query.pop("before", None)
    for name in ("since", "until"):
        if name in query and query[name].tzinfo is None:
            query[name] = query[name].replace(tzinfo=desk().settings.utc_offset)
    if "clause" in query:
        query["citing"] = _citing(query.pop("clause"))
    sought = Sought(**query)
    found = search(desk().log, sought, limit=limit, before=before, most=_MOST_LOOKED_AT)
    return reply(
        {
            "decisions": [{**item.public, "intact": item.intact} for item in found.entries],
            "before": found.before,
            "hints": [] if found.entries else _hints(sought),
        }
    )


def _hints(sought: Sought) -> list[dict[str, Any]]:
    """What no policy knows of what was asked for and not found."""
    revisions = desk().revisions
    policies: tuple[Policy, ...] = ()
    if revisions.ready:
        with revisions.hold() as revision:
            policies = revision.snapshot.policies
    found = unknown(desk().log, sought, policies, at=lambda part: PointerPlace(f"/{part}"))
    return [problem_json(item) for item in found]


def _citing(clause: str) -> frozenset[tuple[str, str, str]]:
    """The conditions of the policies in force that rest on a clause; refused where none does."""
    with desk().revision() as revision:
        policies = revision.snapshot.policies
        found = citing(policies, clause)
        if not found:
            known = "、".join(clauses_of(policies))
            at = PointerPlace("/clause")
            raise RefusedError("query-invalid", [problem("query-clause", at, name="clause", clauses=known)])
        return found


@routes.operation(
    "GET",
    "/decisions/<decision_id>",
    "get_decision",
    needs=Right.READ,
    answers=(200, Decision()),
    refuses=(
        *("decision-not-found", "edition-not-found", "own-unit", "decision-erased"),
        *("policies-unavailable", "log-unavailable", "log-damaged"),
    ),
)
def get_decision(decision_id: str) -> Response:
    """One decision as it was answered."""
    return reply(reply_for(reached_decision(decision_id, Right.READ)))


def decided(stored: Stored) -> Response:
    """201 with where the decision stands; a repeated request gets the same reply, marked."""
    location = url_for("decisions.get_decision", decision_id=stored.decision_id)
    replayed = {"Idempotency-Replayed": "true"} if stored.replayed else {}
    return reply(reply_for(stored), 201, {"Location": location, **replayed})
