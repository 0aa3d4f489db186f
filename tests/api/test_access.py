"""Who may do what over HTTP once keys are configured: every route, every role, and what is refused and logged."""

from __future__ import annotations

import json
import logging
import re
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from holders import bearing, key_for, now
from werkzeug.test import TestResponse

from service.access import keys as access_keys
from service.access.changes import revoke_keys, rotate_key
from service.access.keys import AccessKeys
from service.access.roles import RIGHTS, Right, Role
from service.access.tokens import key_id_of
from service.api.app import create_app
from service.api.desk import EXTENSION
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions

POLICY = "lucheng-skills-master-studio"
DECISIONS = f"/v1/policies/{POLICY}/decisions"
REQUESTS = tomllib.loads((Path(__file__).parent.parent / "data/access/requests.toml").read_text(encoding="utf-8"))
REASON = {"reason": "复核申诉"}
FINDING = {"about": "inheritance", "kind": "judgement", "result": "upheld", "by": "专家评审组", "on": "2024-07-15"}
WRONG = f"elig_{'0' * 10}_{'0' * 64}"
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "gateway.example", "HTTP_X_FORWARDED_FOR": "198.51.100.1"}


@pytest.fixture
def tokens(log: DecisionLog) -> dict[str, str]:
    """A key for each role."""
    return {role.value: key_for(log, role.value) for role in Role}


def _decided(client: FlaskClient, token: str, application: dict[str, Any]) -> str:
    reply = client.post(DECISIONS, json=application, headers=bearing(token))
    assert reply.status_code == 201, reply.text
    return str(reply.get_json()["decision_id"])


def _refused(reply: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert (reply.status_code, reply.mimetype) == (status, "application/problem+json"), reply.text
    body: dict[str, Any] = json.loads(reply.data)
    assert body["code"] == code
    assert re.search(r"[\u4e00-\u9fff]", body["detail"])
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)
    return body


@pytest.mark.parametrize("name", REQUESTS)
def test_every_role_gets_the_answer_it_may_have(
    client: FlaskClient, log: DecisionLog, tokens: dict[str, str], application: dict[str, Any], name: str
) -> None:
    wanted = REQUESTS[name]
    known = {"policy": POLICY}
    if "{o" in wanted["request"] or "{j" in wanted["request"]:
        known["own"] = _decided(client, tokens["portal"], application)
        known["other"] = _decided(client, key_for(log, "portal", "another portal"), application)
        path = f"/v1/decisions/{_decided(client, tokens['portal'], application)}/findings"
        judged = client.post(path, json=[FINDING], headers=bearing(tokens["reviewer"]))
        known["judged"] = judged.get_json()["decision_id"]
    method, path = wanted["request"].format(**known).split(" ")
    body: Any = {"application": application, "findings": [FINDING], "reason": REASON}.get(wanted.get("body", ""))
    headers: dict[str, dict[str, str]] = {"none": {}, "wrong": bearing(WRONG)}
    headers |= {role: bearing(token) for role, token in tokens.items()}
    found = {}
    for who, sent in headers.items():
        with client.open(path, method=method, json=body, headers=sent, environ_overrides=ELSEWHERE) as reply:
            found[who] = reply.status_code
    assert found == wanted["answers"]


def test_every_route_declares_what_it_needs_and_is_tried(app: Flask) -> None:
    operations = {
        operation["operationId"]
        for item in app.test_client().get("/openapi.json").get_json()["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict)
    }
    assert operations <= {*REQUESTS}
    assert {endpoint for endpoint in app.view_functions if "." not in endpoint} == {"static"}


def test_a_route_that_declares_nothing_is_closed(app: Flask, log: DecisionLog, tokens: dict[str, str]) -> None:
    app.add_url_rule("/beside", "beside", lambda: "open")
    for token in tokens.values():
        _refused(app.test_client().get("/beside", headers=bearing(token)), 403, "role-forbidden")


def test_the_document_says_who_may_ask_for_what(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    ((name, scheme),) = document["components"]["securitySchemes"].items()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    for path, item in document["paths"].items():
        for method in {"get", "post"} & {*item}:
            operation = item[method]
            guarded = operation["operationId"] not in {"healthz", "readyz"}
            assert operation["security"] == ([{name: []}] if guarded else []), path
            assert ({"401", "403"} <= {*operation["responses"]}) or not guarded, path
    for role, rights in RIGHTS.items():
        text = document["paths"][f"/v1/policies/{{policy}}/{'decisions'}"]["post"]["description"]
        assert (role.value in text) == (Right.DECIDE in rights)


def test_the_page_says_how_a_key_is_sent_and_by_whom(client: FlaskClient) -> None:
    page = client.get("/docs").text
    assert "Authorization: Bearer &lt;访问密钥&gt;" in page
    assert "可用的角色：officer、auditor。" in page


def test_without_keys_everything_is_open_to_this_machine_and_with_one_nothing(
    client: FlaskClient, log: DecisionLog, application: dict[str, Any]
) -> None:
    anonymous = client.post(DECISIONS, json=application)
    assert anonymous.get_json()["requested_by"] == "anonymous"
    assert client.get("/v1/decisions", environ_overrides=ELSEWHERE).get_json()["code"] == "not-local"
    token = key_for(log, "officer")
    _refused(client.get("/v1/decisions"), 401, "key-missing")
    assert client.get("/v1/decisions", headers=bearing(token), environ_overrides=ELSEWHERE).status_code == 200


def test_insecure_lifts_the_machine_not_the_keys(settings: Settings, revisions: Revisions, log: DecisionLog) -> None:
    client = create_app(settings, revisions, log, insecure=True).test_client()
    assert client.get("/v1/decisions", environ_overrides=ELSEWHERE).status_code == 200
    key_for(log, "officer")
    _refused(client.get("/v1/decisions", environ_overrides=ELSEWHERE), 401, "key-missing")


def test_the_log_names_the_holder_whatever_key_they_use(
    client: FlaskClient, log: DecisionLog, tokens: dict[str, str], application: dict[str, Any]
) -> None:
    old = tokens["portal"]
    first = _decided(client, old, application)
    changed = {"requested_by": "tests", "at": now()}
    new = rotate_key(log, str(key_id_of(old)), overlap=timedelta(hours=1), **changed).token
    second = _decided(client, new, application)
    assert [item.requested_by for item in log.list()] == ["the portal", "the portal"]
    for token in (old, new):
        for decision in (first, second):
            assert client.get(f"/v1/decisions/{decision}", headers=bearing(token)).status_code == 200


def test_a_revoked_key_is_refused_from_the_next_request_on(
    client: FlaskClient, log: DecisionLog, tokens: dict[str, str]
) -> None:
    token = tokens["officer"]
    assert client.get("/v1/decisions", headers=bearing(token)).status_code == 200
    revoke_keys(log, [str(key_id_of(token))], requested_by="tests", at=now())
    _refused(client.get("/v1/decisions", headers=bearing(token)), 401, "key-ended")
    assert client.get("/v1/decisions", headers=bearing(tokens["auditor"])).status_code == 200


def test_the_last_key_revoked_does_not_open_the_service_again(client: FlaskClient, log: DecisionLog) -> None:
    token = key_for(log, "officer")
    revoke_keys(log, [str(key_id_of(token))], requested_by="tests", at=now())
    _refused(client.get("/v1/decisions"), 401, "key-missing")
    _refused(client.get("/v1/decisions", headers=bearing(token)), 401, "key-ended")


def test_an_expired_key_is_told_as_ended(client: FlaskClient, log: DecisionLog) -> None:
    made = now() - timedelta(days=2)
    token = key_for(log, "officer", at=made, expires_at=made + timedelta(days=1))
    _refused(client.get("/v1/decisions", headers=bearing(token)), 401, "key-ended")


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_the_scheme_is_taken_in_any_case(client: FlaskClient, tokens: dict[str, str], scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {tokens['officer']}"}
    assert client.get("/v1/decisions", headers=headers).status_code == 200


@pytest.mark.parametrize(
    "written",
    [
        "{key}",
        "Basic {key}",
        "Bearer",
        "Bearer ",
        "Bearer{key}",
        "Bearer\t{key}",
        "Bearer {key} ",
        "Bearer {key} {key}",
        "Bearer {key}, Bearer {key}",
        "Bearer {key},{key}",
        'Bearer "{key}"',
        "Bearer {upper}",
        "Bearer {key}0",
        "Bearer {short}",
        "Bearer " + "0" * 60_000,
        "Bearer elig_" + "0" * 60_000,
        "Bearer" + " " * 60_000 + "{key}",
        "Bearer élig",
        "Bearer ' OR 1=1 --",
        "",
    ],
    ids=lambda text: text[:24] + str(len(text)),
)
def test_what_is_not_one_whole_key_is_refused(
    client: FlaskClient, tokens: dict[str, str], written: str, caplog: pytest.LogCaptureFixture
) -> None:
    key = tokens["officer"]
    sent = written.format(key=key, upper=key.upper(), short=key[:-1])
    with caplog.at_level(logging.DEBUG):
        reply = client.get("/v1/decisions", environ_overrides={"HTTP_AUTHORIZATION": sent})
    _refused(reply, 401, "key-invalid")
    assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]
    assert key[-64:] not in caplog.text + reply.text + str(reply.headers)


def test_an_unknown_id_takes_the_same_way_as_a_wrong_secret(
    client: FlaskClient, tokens: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[int, int]] = []
    compare = access_keys.is_token

    def counted(token: str, digest: bytes) -> bool:
        compared.append((len(token), len(digest)))
        return compare(token, digest)

    monkeypatch.setattr(access_keys, "is_token", counted)
    known = tokens["officer"]
    replies = [
        client.get("/v1/decisions", headers=bearing(sent))
        for sent in (WRONG, f"{known[:16]}{'0' * 64}", f"{known[:-1]}{'0' if known[-1] != '0' else '1'}")
    ]
    assert compared == [(len(known), 32)] * 3
    assert len({(reply.status_code, reply.data, str(reply.headers)) for reply in replies}) == 1


def test_what_is_refused_is_logged_by_the_id_of_the_key_and_no_more(
    client: FlaskClient,
    log: DecisionLog,
    tokens: dict[str, str],
    application: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    other = _decided(client, key_for(log, "portal", "another portal"), application)
    wrong = f"{tokens['officer'][:-64]}{'ab' * 32}"
    with caplog.at_level(logging.DEBUG):
        client.get("/v1/decisions")
        client.get("/v1/decisions", headers=bearing(wrong))
        client.get("/v1/decisions", headers=bearing(tokens["portal"]))
        client.get(f"/v1/decisions/{other}", headers=bearing(tokens["portal"]))
        elsewhere = {"REMOTE_ADDR": "10.1.2.3"}
        client.post(DECISIONS, headers=bearing(tokens["officer"]), environ_overrides=elsewhere)
        # Anything can be written in a path: what is no id there may be somebody's number.
        client.post("/v1/policies/330302197603159975/decisions", headers=bearing(tokens["officer"]))
        client.get("/v1/decisions/330302197603159975", headers=bearing(tokens["portal"]))
    lines = [record.getMessage() for record in caplog.records if record.name == "service.api.admission"]
    portal, officer, asked = key_id_of(tokens["portal"]), key_id_of(tokens["officer"]), POLICY
    assert "330302197603159975" not in caplog.text
    assert lines == [
        "key-missing: key - at GET decisions.get_decisions from 127.0.0.1 about -",
        f"key-invalid: key {key_id_of(wrong)} at GET decisions.get_decisions from 127.0.0.1 about -",
        f"role-forbidden: key {portal} (portal) at GET decisions.get_decisions from 127.0.0.1 about -",
        f"decision-not-found: key {portal} (portal) at GET decisions.get_decision from 127.0.0.1 about {other}",
        f"role-forbidden: key {officer} (officer) at POST decisions.post_decision from 10.1.2.3 about {asked}",
        f"role-forbidden: key {officer} (officer) at POST decisions.post_decision from 127.0.0.1 about -",
        f"decision-not-found: key {portal} (portal) at GET decisions.get_decision from 127.0.0.1 about -",
    ]
    for token in (wrong, *tokens.values()):
        assert token[-64:] not in caplog.text


def test_a_line_feed_in_a_key_reaches_no_log(client: FlaskClient, tokens: dict[str, str], caplog: Any) -> None:
    with caplog.at_level(logging.DEBUG):
        client.get("/v1/decisions", environ_overrides={"HTTP_AUTHORIZATION": "Bearer a\r\nX: forged"})
    assert "forged" not in caplog.text


def test_another_portals_decision_is_answered_as_one_that_is_not_there(
    client: FlaskClient, log: DecisionLog, tokens: dict[str, str], application: dict[str, Any]
) -> None:
    other = _decided(client, key_for(log, "portal", "another portal"), application)
    replies = [client.get(f"/v1/decisions/{name}", headers=bearing(tokens["portal"])) for name in (other, "not-there")]
    assert len({(reply.status_code, reply.data, str(reply.headers)) for reply in replies}) == 1
    _refused(replies[0], 404, "decision-not-found")


def test_an_idempotency_key_is_each_portals_own(
    client: FlaskClient, log: DecisionLog, tokens: dict[str, str], application: dict[str, Any]
) -> None:
    once = {"Idempotency-Key": "1"}
    one, two = (
        client.post(DECISIONS, json=application, headers={**once, **bearing(token)}).get_json()["decision_id"]
        for token in (tokens["portal"], key_for(log, "portal", "another portal"))
    )
    assert one != two


@pytest.mark.parametrize(
    "unit",
    [
        ("{uscc}", True),
        (" {lower} ", True),
        ("{name}", True),
        ("{spaced}", True),
        ("{wide}", True),
        ("91330302000000000X", False),
        ("别的单位", False),
        (None, False),
    ],
)
def test_a_reviewer_neither_reads_nor_judges_an_application_of_their_own_unit(
    client: FlaskClient,
    log: DecisionLog,
    application: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
    unit: tuple[str | None, bool],
) -> None:
    written, own = unit
    decision = _decided(client, key_for(log, "portal"), application)
    uscc, name = application["unit"]["uscc"], application["unit"]["name"]
    wide = "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in uscc)
    filled = {"uscc": uscc, "lower": uscc.lower(), "name": name, "spaced": " ".join(name), "wide": wide}
    token = key_for(log, "reviewer", unit=written.format(**filled) if written else None)
    for reply in (
        client.get(f"/v1/decisions/{decision}", headers=bearing(token)),
        client.post(f"/v1/decisions/{decision}/findings", json=[FINDING], headers=bearing(token)),
    ):
        if own:
            _refused(reply, 403, "own-unit")
        else:
            assert reply.status_code in {200, 201}
    assert (caplog.text.count(f"own-unit: key {key_id_of(token)} (reviewer)") == 2) is own
    assert name not in caplog.text
    assert len(log.list()) == (1 if own else 2)


def test_readiness_in_full_is_for_those_who_can_mend_it(
    client: FlaskClient, log: DecisionLog, tokens: dict[str, str]
) -> None:
    for who, whole in (("officer", True), ("auditor", True), ("portal", False), ("reviewer", False), (None, False)):
        headers = bearing(tokens[who]) if who else {}
        assert ("policies" in client.get("/readyz", headers=headers).get_json()) is whole
    log.close()
    body = client.get("/readyz").get_json()
    assert (body["code"], "policies" in body) == ("not-ready", False)


@pytest.mark.only("sqlite")
def test_with_an_unreadable_database_nobody_is_let_in(
    app: Flask, tokens: dict[str, str], settings: Settings, revisions: Revisions
) -> None:
    desk = app.extensions[EXTENSION]
    assert isinstance(desk.keys, AccessKeys)
    desk.log.close()
    Path(settings.database_url.removeprefix("sqlite:///")).unlink()
    reply = app.test_client().get("/v1/decisions", headers=bearing(tokens["officer"]))
    assert (reply.status_code, reply.get_json()["code"]) == (503, "log-unavailable")
