"""`/v1/policies`: what the service judges by, down to the quoted clause."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for
from werkzeug.routing import BaseConverter

from service import messages
from service.access.roles import Right
from service.api.blueprint import Routes, reply
from service.api.deciding import known_edition, known_policy
from service.api.desk import desk
from service.api.policy_view import edition_json, edition_summary
from service.api.schemas import EditionWhole, PolicyEditions, PolicyList
from service.policy.library import Snapshot
from service.policy.model import Policy

routes = Routes("policies", __name__, url_prefix="/v1", description=messages.text("api.tag.policies"))


class EditionConverter(BaseConverter):
    """An edition in a path; the words that stand in its place there are none."""

    regex = r"(?!(?:decisions|previews)\Z)[^/]+"


def edition_in_path(_: BaseConverter) -> dict[str, str]:
    """The same as a JSON schema."""
    return {"type": "string", "pattern": "^(?!(decisions|previews)$)[^/]+$"}


@routes.operation(
    "GET",
    "/policies",
    "list_policies",
    needs=Right.POLICIES,
    answers=(200, PolicyList()),
    refuses=("policies-unavailable",),
)
def get_policies() -> Response:
    """Every policy with its editions."""
    with desk().revision() as revision:
        snapshot = revision.snapshot
        return reply({"policies": [_policy_json(snapshot, policy_id) for policy_id in snapshot.ids()]})


@routes.operation(
    "GET",
    "/policies/<policy>",
    "get_policy",
    needs=Right.POLICIES,
    answers=(200, PolicyEditions()),
    refuses=("policy-not-found", "policies-unavailable"),
)
def get_policy(policy: str) -> Response:
    """One policy with its editions."""
    with desk().revision() as revision:
        return reply(_policy_json(revision.snapshot, policy))


@routes.operation(
    "GET",
    "/policies/<policy>/<edition:edition>",
    "get_edition",
    needs=Right.POLICIES,
    answers=(200, EditionWhole()),
    refuses=("policy-not-found", "edition-not-found", "policies-unavailable"),
)
def get_edition(policy: str, edition: str) -> Response:
    """One edition, whole."""
    with desk().revision() as revision:
        found = known_edition(revision.snapshot, policy, edition)
        return reply(edition_json(found, _url(found)))


def _policy_json(snapshot: Snapshot, policy_id: str) -> dict[str, Any]:
    editions = known_policy(snapshot, policy_id)
    return {
        "id": policy_id,
        "url": url_for("policies.get_policy", policy=policy_id),
        "editions": [edition_summary(policy, _url(policy)) for policy in editions],
    }


def _url(policy: Policy) -> str:
    return url_for("policies.get_edition", policy=policy.id, edition=policy.edition)
