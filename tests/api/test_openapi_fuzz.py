"""The service against its own OpenAPI document: whatever is sent, the reply is one that is documented."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed
from hypothesis import settings as hypothesis_settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from service.api.app import create_app
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions

_CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance, status_code_conformance]
_OPERATIONS = 11
_POLICY = "lucheng-skills-master-studio"


def test_every_reply_is_a_documented_one(
    settings: Settings, revisions: Revisions, log: DecisionLog, application: dict[str, Any]
) -> None:
    # Requests made within the process have no sender's address.
    app = create_app(settings, revisions, log, insecure=True)
    reply = app.test_client().post(f"/v1/policies/{_POLICY}/decisions", json=application)
    known = {
        "policy": _POLICY,
        "edition": "2024",
        "decision_id": reply.headers["Location"].rpartition("/")[2],
    }
    operations = [item.ok() for item in schemathesis.openapi.from_wsgi("/openapi.json", app).get_all_operations()]
    assert len(operations) == _OPERATIONS
    for operation in operations:

        @seed(1)
        @hypothesis_settings(
            max_examples=20,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=[*HealthCheck],
        )
        @given(case=operation.as_strategy())
        def send(case: Case) -> None:
            case.call_and_validate(checks=_CHECKS)
            # The same request where it leads somewhere.
            case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
            case.call_and_validate(checks=_CHECKS)

        send()
