"""One error shape: hostile bodies, wrong addresses, strangers, faults of our own."""

from __future__ import annotations

import gzip
import json
import logging
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from service import messages
from service.api.app import create_app
from service.api.faults import MEDIA_TYPE, STATUSES
from service.api.schemas import ProblemDetails
from service.config import Settings
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions
from service.rounds import deciding

POLICY = "/v1/policies/lucheng-skills-master-studio"
LIMIT = 256 * 1024


def _refused(reply: TestResponse, status: int, code: str) -> dict[str, Any]:
    assert (reply.status_code, reply.mimetype) == (status, MEDIA_TYPE), reply.text
    body: dict[str, Any] = json.loads(reply.data)
    assert ProblemDetails().validate(body) == {}
    assert (body["status"], body["code"], body["type"]) == (status, code, f"/docs#{code}")
    assert re.search(r"[\u4e00-\u9fff]", body["detail"])
    return body


HOSTILE = {
    "20000-levels": b"[" * 20_000,
    "20000-levels-of-objects": b'{"a":' * 20_000,
    "duplicate-keys": b'{"application_date": "2024-06-28", "application_date": "2023-06-28"}',
    "nan": b'{"a": NaN}',
    "1e999": b'{"a": 1e999}',
    "5000-digits": b'{"a": ' + b"9" * 5000 + b"}",
    "utf-16": '{"a": "中"}'.encode("utf-16"),
    "utf-16-without-mark": '{"a": "中"}'.encode("utf-16-le"),
    "gbk": '{"a": "中"}'.encode("gbk"),
    "lone-surrogate": b'{"a": "\\ud800"}',
    "nul": b'{"a": "\\u0000"}',
    "not-json": b"<xml/>",
    "empty": b"",
    "half": b'{"a": ',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_a_400_with_a_sentence(client: FlaskClient, application: dict[str, Any], name: str) -> None:
    for path in (f"{POLICY}/decisions", f"{POLICY}/previews", "/v1/decisions/x/findings"):
        reply = client.post(path, data=HOSTILE[name], content_type="application/json")
        body = _refused(reply, 400, "body-malformed")
        assert body["problems"]
        assert all(re.search(r"[\u4e00-\u9fff]", item["message"]) for item in body["problems"])
    assert client.post(f"{POLICY}/previews", json=application).status_code == 200


def test_sid_and_its_like_are_unknown_fields(client: FlaskClient, application: dict[str, Any]) -> None:
    reply = client.post(f"{POLICY}/decisions", json={**application, "sid": 1, "$s": 1, "id": 3})
    body = _refused(reply, 422, "application-invalid")
    assert {item["pointer"] for item in body["problems"]} == {"/sid", "/$s", "/id"}


def test_very_many_faults_are_counted_not_all_listed(client: FlaskClient) -> None:
    reply = client.post(f"{POLICY}/decisions?edition=2024", json={f"k{index}": 1 for index in range(1000)})
    body = _refused(reply, 422, "application-invalid")
    assert len(body["problems"]) == 200
    assert body["problems_left_out"] == 800


@pytest.mark.parametrize("size", [LIMIT, LIMIT + 1])
def test_the_limit_holds_to_the_byte_with_a_length_and_without(client: FlaskClient, size: int) -> None:
    body = b'"' + b"x" * (size - 2) + b'"'
    declared = client.post(f"{POLICY}/previews", data=body, content_type="application/json")
    # As a server hands over a chunked body: no length, and an end of its own.
    chunked = client.post(
        f"{POLICY}/previews",
        data=body,
        content_type="application/json",
        environ_overrides={
            "CONTENT_LENGTH": "",
            "HTTP_TRANSFER_ENCODING": "chunked",
            "wsgi.input_terminated": True,
        },
    )
    for reply in (declared, chunked):
        if size > LIMIT:
            assert str(LIMIT) in _refused(reply, 413, "body-too-large")["detail"]
        else:
            _refused(reply, 422, "application-invalid")


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/x-www-form-urlencoded", "application/json; charset=gbk", "text/json"],
)
def test_only_json_in_utf8_is_read(client: FlaskClient, content_type: str) -> None:
    _refused(
        client.post(f"{POLICY}/decisions", data=b"{}", content_type=content_type),
        415,
        "media-type-unsupported",
    )


def test_a_compressed_body_is_not_read(client: FlaskClient) -> None:
    reply = client.post(
        f"{POLICY}/decisions",
        data=gzip.compress(b"{}"),
        content_type="application/json",
        headers={"Content-Encoding": "gzip"},
    )
    _refused(reply, 415, "media-type-unsupported")


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=UTF-8", "Application/JSON"])
def test_json_is_known_however_it_is_written(
    client: FlaskClient, application: dict[str, Any], content_type: str
) -> None:
    body = json.dumps(application).encode()
    assert client.post(f"{POLICY}/previews", data=body, content_type=content_type).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/", 404, "not-found"),
        ("GET", "/v1", 404, "not-found"),
        ("GET", "/v1/decisions/", 404, "not-found"),
        ("GET", "/v1/decisions/nothing", 404, "decision-not-found"),
        ("GET", "/v1/decisions/%00", 404, "decision-not-found"),
        ("GET", "/v1/policies/none", 404, "policy-not-found"),
        ("GET", f"{POLICY}/1999", 404, "edition-not-found"),
        ("POST", "/v1/policies/none/decisions", 404, "policy-not-found"),
        ("POST", f"{POLICY}/decisions?edition=1999", 404, "edition-not-found"),
        ("POST", f"{POLICY}/previews?edition=1999", 404, "edition-not-found"),
        ("POST", "/v1/decisions/nothing/findings", 404, "decision-not-found"),
        ("GET", f"{POLICY}/decisions", 405, "method-not-allowed"),
        ("GET", f"{POLICY}/previews", 405, "method-not-allowed"),
        ("DELETE", "/v1/decisions/x", 405, "method-not-allowed"),
        ("PUT", POLICY, 405, "method-not-allowed"),
        ("PATCH", "/healthz", 405, "method-not-allowed"),
    ],
)
def test_wrong_addresses_and_methods(client: FlaskClient, method: str, path: str, status: int, code: str) -> None:
    reply = client.open(path, method=method, **({"json": {}} if method == "POST" else {}))
    _refused(reply, status, code)
    assert ("Allow" in reply.headers) == (status == 405)


@pytest.mark.parametrize(
    ("path", "codes"),
    [
        ("/v1/decisions?limit=0", ["query-limit"]),
        (
            "/v1/decisions?limit=201&before=0&status=fine&nonsense=1",
            ["query-before", "query-limit", "query-status", "query-unknown"],
        ),
        ("/v1/decisions?limit=abc", ["query-limit"]),
        ("/v1/decisions?since=gestern&until=2024-02-30", ["query-moment", "query-moment"]),
        ("/v1/decisions?condition_status=eligible&unit=", ["query-condition-status", "query-text"]),
        ("/v1/decisions?clause=九十九", ["query-clause"]),
        ("/v1/decisions?before=" + "9" * 5000, ["query-before"]),
        ("/v1/decisions?limit=1&limit=2", ["query-repeated"]),
        ("/v1/decisions?edition=", ["query-text"]),
        ("/v1/decisions/x?a=1", ["query-unknown"]),
        ("/v1/policies?a=1", ["query-unknown"]),
        (f"{POLICY}?edition=2024", ["query-unknown"]),
        ("/healthz?a", ["query-unknown"]),
    ],
)
def test_query_parameters_are_read_strictly(client: FlaskClient, path: str, codes: list[str]) -> None:
    body = _refused(client.get(path), 422, "query-invalid")
    assert sorted(item["code"] for item in body["problems"]) == codes


def test_an_unknown_parameter_of_a_decision_is_refused_before_anything_is_logged(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    _refused(client.post(f"{POLICY}/decisions?editon=2024", json=application), 422, "query-invalid")
    assert log.list() == ()


@pytest.mark.parametrize(
    ("environ", "answered"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, True),
        ({"REMOTE_ADDR": "127.8.8.8"}, True),
        ({"REMOTE_ADDR": "::1", "HTTP_HOST": "[::1]:8000"}, True),
        ({"REMOTE_ADDR": "::ffff:127.0.0.1"}, True),
        ({"HTTP_HOST": "LOCALHOST:8000"}, True),
        ({"REMOTE_ADDR": "10.0.0.7"}, False),
        ({"REMOTE_ADDR": "::ffff:10.0.0.7"}, False),
        ({"REMOTE_ADDR": ""}, False),
        ({"REMOTE_ADDR": "unix:"}, False),
        ({"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, False),
        ({"HTTP_FORWARDED": "for=127.0.0.1"}, False),
        ({"HTTP_HOST": "evil.example"}, False),
        ({"HTTP_HOST": "localhost.evil.example:8000"}, False),
        ({"HTTP_HOST": ""}, False),
    ],
)
def test_without_keys_only_this_machine_is_answered(
    client: FlaskClient, environ: dict[str, str], answered: bool
) -> None:
    for path in ("/healthz", "/readyz", "/docs", "/nothing"):
        reply = client.get(path, environ_overrides=environ)
        if answered:
            assert reply.status_code in {200, 404}
        else:
            _refused(reply, 403, "not-local")


def test_insecure_answers_anyone(settings: Settings, revisions: Revisions, log: DecisionLog) -> None:
    client = create_app(settings, revisions, log, insecure=True).test_client()
    reply = client.get("/healthz", environ_overrides={"REMOTE_ADDR": "10.0.0.7", "HTTP_HOST": "gateway"})
    assert reply.status_code == 200


def test_a_fault_of_our_own_says_nothing_of_the_applicant(
    app: Flask, application: dict[str, Any], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    number = application["leader"]["id_number"]

    def broken(*_: object) -> None:
        raise KeyError(number)

    monkeypatch.setattr(deciding, "explain", broken)
    with caplog.at_level(logging.DEBUG):
        reply = app.test_client().post(f"{POLICY}/decisions", json=application)
    body = _refused(reply, 500, "internal-error")
    assert body["problems"] == []
    assert number not in reply.text
    assert "Traceback" not in reply.text
    assert "KeyError" in caplog.text
    assert "deciding.py" in caplog.text
    assert number not in caplog.text


def test_headers_keep_replies_out_of_caches_and_frames(client: FlaskClient, application: dict[str, Any]) -> None:
    for reply in (
        client.get("/healthz"),
        client.get("/nothing"),
        client.post(f"{POLICY}/previews", json=application),
    ):
        assert reply.headers["Cache-Control"] == "no-store"
        assert reply.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in reply.headers["Content-Security-Policy"]


def test_every_refusal_has_its_words() -> None:
    for code in STATUSES:
        for text in (f"api.{code}", f"api.{code}.detail", f"api.{code}.about"):
            assert messages.has(text), text
