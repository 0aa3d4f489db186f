"""Who sees what of a decision over HTTP: their own whole, others' masked; the whole only for a reason, logged first."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient
from holders import bearing, key_for

from service.access.roles import Role
from service.decisions.entry import Kind
from service.decisions.erasure import erase
from service.decisions.faults import unavailable
from service.decisions.log import DecisionLog

POLICY = "lucheng-skills-master-studio"
DECISIONS = f"/v1/policies/{POLICY}/decisions"
FINDING = {
    "about": "inheritance",
    "kind": "judgement",
    "result": "upheld",
    "by": "专家评审组",
    "on": "2024-07-15",
    "reason": "张志强徒弟多",
}
NUMBER, BORN, NAME, RETIRES = "330302197603159975", "1976-03-15", "张志强", "2036-03-15"
REASON = "复核申诉"


@pytest.fixture
def tokens(log: DecisionLog) -> dict[str, str]:
    return {role.value: key_for(log, role.value) for role in Role}


@pytest.fixture
def decision_id(client: FlaskClient, tokens: dict[str, str], application: dict[str, Any]) -> str:
    assert (application["leader"]["id_number"], application["leader"]["name"]) == (NUMBER, NAME)
    reply = client.post(DECISIONS, json=application, headers=bearing(tokens["portal"]))
    return str(reply.get_json()["decision_id"])


def holds_nobody(text: str) -> bool:
    return not any(trace in text for trace in (NUMBER, BORN, NAME, RETIRES, "19760315", "13900000002"))


def test_who_asked_for_a_decision_sees_it_whole(client: FlaskClient, tokens: dict[str, str], decision_id: str) -> None:
    reply = client.get(f"/v1/decisions/{decision_id}", headers=bearing(tokens["portal"]))
    assert "masked" not in reply.get_json()
    assert RETIRES in reply.text


@pytest.mark.parametrize("role", ["officer", "reviewer", "auditor"])
def test_everybody_else_sees_it_masked(
    client: FlaskClient, tokens: dict[str, str], decision_id: str, role: str
) -> None:
    own = client.get(f"/v1/decisions/{decision_id}", headers=bearing(tokens["portal"])).get_json()
    reply = client.get(f"/v1/decisions/{decision_id}", headers=bearing(tokens[role]))
    shown = reply.get_json()
    assert shown.pop("masked") is True
    assert holds_nobody(reply.text)
    assert {name: item["status"] for name, item in shown["criteria"].items()} == {
        name: item["status"] for name, item in own["criteria"].items()
    }
    # With its salt, what is masked could be guessed from the sealed digest of the reply.
    del own["receipt"]["salt"]
    assert [shown[key] for key in ("decision_id", "receipt", "policy")] == [
        own[key] for key in ("decision_id", "receipt", "policy")
    ]


def test_a_reviewer_is_answered_masked_and_the_applicant_whole(
    client: FlaskClient, tokens: dict[str, str], decision_id: str
) -> None:
    path = f"/v1/decisions/{decision_id}/findings"
    judged = client.post(path, json=[FINDING], headers=bearing(tokens["reviewer"]))
    assert judged.status_code == 201
    assert judged.get_json()["masked"] is True
    assert holds_nobody(judged.text)
    made = judged.get_json()["decision_id"]
    assert NAME in client.get(f"/v1/decisions/{made}", headers=bearing(tokens["portal"])).text


def test_reading_unmasked_is_in_the_log_with_who_when_why_and_what(
    client: FlaskClient, log: DecisionLog, tokens: dict[str, str], decision_id: str, application: dict[str, Any]
) -> None:
    path = f"/v1/decisions/{decision_id}/readings"
    reply = client.post(path, json={"reason": f" {REASON} "}, headers=bearing(tokens["auditor"]))
    assert reply.status_code == 201
    body = reply.get_json()
    assert body["application"] == application
    assert RETIRES in json.dumps(body["reply"], ensure_ascii=False)
    (entry,) = log.list(kinds=(Kind.READING,))
    assert entry.public == body["reading"]
    assert (entry.requested_by, entry.public["read"], entry.public["reason"]) == (
        "the auditor",
        decision_id,
        REASON,
    )


def test_nothing_is_shown_where_the_reading_cannot_be_logged(
    client: FlaskClient,
    log: DecisionLog,
    tokens: dict[str, str],
    decision_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise unavailable("log-closed", "log.db")

    monkeypatch.setattr(log, "record", fail)
    path = f"/v1/decisions/{decision_id}/readings"
    reply = client.post(path, json={"reason": REASON}, headers=bearing(tokens["auditor"]))
    assert (reply.status_code, reply.get_json()["code"]) == (503, "log-unavailable")
    assert holds_nobody(reply.text)


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({}, ["reason-missing"]),
        ({"reason": " "}, ["reason-missing"]),
        ({"reason": 5}, ["reason-missing"]),
        ({"reason": "长" * 201}, ["reason-text"]),
        ({"reason": "一\n二"}, ["reason-text"]),
        ({"reason": "核对张志强的材料"}, ["reason-personal"]),
        ({"reason": "1976年3月15日出生的申报人"}, ["reason-personal"]),
        ({"reason": "来电 139 1234 5678"}, ["reason-personal"]),
        ({"reason": "核对 11010519491231002x"}, ["reason-personal"]),
        ({"reason": REASON, "why": 1}, ["reading-unknown-key"]),
        ([], ["reading-not-object", "reason-missing"]),
    ],
)
def test_a_reason_that_cannot_stand_in_the_log_is_refused(
    client: FlaskClient, log: DecisionLog, application: dict[str, Any], body: Any, codes: list[str]
) -> None:
    decision_id = client.post(DECISIONS, json=application).get_json()["decision_id"]
    path = f"/v1/decisions/{decision_id}/readings"
    reply = client.post(path, json=body)
    assert (reply.status_code, reply.get_json()["code"]) == (422, "reading-invalid")
    assert sorted(item["code"] for item in reply.get_json()["problems"]) == codes
    assert holds_nobody(reply.text)
    assert log.list(kinds=(Kind.READING,)) == ()


def test_an_erased_decision_shows_nothing_and_makes_no_reading(
    client: FlaskClient, log: DecisionLog, tokens: dict[str, str], decision_id: str
) -> None:
    stored = log.get(decision_id)
    assert stored is not None
    erase(log, [decision_id], reason="保存期满", requested_by="cao", at=stored.on)
    for method, path, body in (("GET", "", None), ("POST", "/readings", {"reason": REASON})):
        reply = client.open(
            f"/v1/decisions/{decision_id}{path}", method=method, json=body, headers=bearing(tokens["auditor"])
        )
        assert (reply.status_code, reply.get_json()["code"]) == (410, "decision-erased")
    assert log.list(kinds=(Kind.READING,)) == ()
