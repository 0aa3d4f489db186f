"""What can be read of the policies, of readiness, and of the interface itself."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from service.api.app import create_app
from service.api.desk import EXTENSION
from service.api.schemas import DecisionList, EditionWhole, Health, PolicyEditions, PolicyList, Readiness
from service.api.watcher import PolicyWatcher
from service.config import Settings
from service.decisions.entry import Kind
from service.decisions.faults import LogDamaged, LogFault, unavailable
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions
from service.problems import FilePlace, problem

ROOT = Path(__file__).parent.parent.parent
POLICY = "/v1/policies/lucheng-skills-master-studio"


@pytest.mark.parametrize(
    ("path", "schema"),
    [
        ("/v1/policies", PolicyList()),
        (POLICY, PolicyEditions()),
        (f"{POLICY}/2024", EditionWhole()),
        ("/v1/decisions", DecisionList()),
        ("/healthz", Health()),
        ("/readyz", Readiness()),
    ],
)
def test_replies_have_the_documented_shape(
    client: FlaskClient, application: dict[str, Any], path: str, schema: Any
) -> None:
    client.post(f"{POLICY}/decisions", json=application)
    reply = client.get(path)
    assert reply.status_code == 200
    assert schema.validate(json.loads(reply.data)) == {}


def test_from_the_list_to_the_quoted_clause(client: FlaskClient) -> None:
    listed = json.loads(client.get("/v1/policies").data)["policies"]
    whole = json.loads(client.get(listed[0]["editions"][-1]["url"]).data)
    texts = {item["id"]: item["text"] for item in whole["documents"]}
    quotes = [
        (citation["document"], citation["quote"])
        for section in whole["sections"]
        for condition in _below(section)
        for citation in condition["citations"]
        if citation["quote"] and texts.get(citation["document"])
    ]
    assert len(quotes) > 10
    assert all(quote in re.sub(r"\s", "", texts[document]) for document, quote in quotes)
    assert whole["application_schema"]["properties"]["leader"]["properties"]["birth_date"]


def _below(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node["conditions"]:
        yield from _below(child)


def test_openapi_names_every_route_and_the_page_shows_them(client: FlaskClient) -> None:
    document = json.loads(client.get("/openapi.json").data)
    assert document["openapi"].startswith("3.1")
    page = client.get("/docs")
    assert page.mimetype == "text/html"
    for path, item in document["paths"].items():
        assert path in page.text
        for method in {"get", "post"} & {*item}:
            assert f'id="{item[method]["operationId"]}"' in page.text
            assert item[method]["summary"] in page.text
    assert {"edition", "Idempotency-Key"} == {
        item["name"] for item in document["paths"]["/v1/policies/{policy}/decisions"]["post"]["parameters"]
    }


def test_what_no_route_names_is_documented_as_problem_details(client: FlaskClient) -> None:
    (default,) = json.loads(client.get("/openapi.json").data)["components"]["responses"].values()
    assert [*default["content"]] == ["application/problem+json"]


def test_the_page_needs_nothing_from_outside(client: FlaskClient) -> None:
    page = client.get("/docs")
    assert "<script" not in page.text
    found = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert found
    assert all(item.startswith(("/", "#")) and not item.startswith("//") for item in found)
    for item in found:
        if item.startswith("#"):
            assert f'id="{item[1:]}"' in page.text
        else:
            with client.get(item) as reply:
                assert reply.status_code == 200


def test_every_problem_type_leads_to_its_line_on_the_page(client: FlaskClient) -> None:
    _, _, anchor = json.loads(client.get("/nothing").data)["type"].partition("#")
    assert f'id="{anchor}"' in client.get("/docs").text


class Edited:
    """A service over a copy of the policies that a test may edit."""

    def __init__(self, settings: Settings, log: DecisionLog) -> None:
        self.file = settings.policies / "lucheng-skills-master-studio" / "2024.yaml"
        self.revisions = Revisions(settings.policies)
        self.revisions.reload()
        app = create_app(settings, self.revisions, log)
        self.client = app.test_client()
        self.watcher = PolicyWatcher(app.extensions[EXTENSION])
        self.watcher.look()

    def edit(self, old: str, new: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        assert old in text
        self.file.write_text(text.replace(old, new, 1), encoding="utf-8")
        self.watcher.look()

    def ready(self) -> dict[str, Any]:
        reply = self.client.get("/readyz")
        assert reply.status_code == 200
        body: dict[str, Any] = json.loads(reply.data)
        return body


@pytest.fixture
def edited(tmp_path: Path, log: DecisionLog) -> Edited:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    return Edited(Settings(policies=tmp_path / "policies", reload_seconds=0), log)


def test_an_edit_takes_effect_and_is_in_the_log(edited: Edited, application: dict[str, Any], log: DecisionLog) -> None:
    before = json.loads(edited.client.post(f"{POLICY}/decisions", json=application).data)
    edited.edit("title: 温州市鹿城区技能大师工作室建设项目", "title: 改过的名称")
    after = json.loads(edited.client.post(f"{POLICY}/decisions", json=application).data)
    assert after["policy"]["title"] == "改过的名称"
    assert after["policy"]["digest"] != before["policy"]["digest"]
    changes = log.list(kinds=(Kind.POLICY_CHANGE,))
    assert [item.sequence for item in changes] == [3, 1]
    assert changes[0].public["old"] == changes[1].public["new"]
    assert changes[0].public["new"] == edited.ready()["policies"]["digest"]
    texts = {item["name"]: log.archived(item["digest"]) for item in changes[0].public["files"]}
    assert texts["lucheng-skills-master-studio/2024.yaml"] == edited.file.read_bytes()
    assert "lucheng-skills-master-studio/documents/notice-2024.txt" in texts
    assert any(name.startswith("tables/") for name in texts)


def test_a_faulty_edit_leaves_the_last_good_revision_and_readyz_tells_the_line(
    edited: Edited, application: dict[str, Any], log: DecisionLog
) -> None:
    before = edited.client.post(f"{POLICY}/previews", json=application).data
    edited.edit("\nauthority:", "\nauthoritty:")
    assert edited.client.post(f"{POLICY}/previews", json=application).data == before
    told = edited.ready()["policies"]
    assert told["current"] is False
    assert told["note"]
    assert any(re.search(r"2024\.yaml:[0-9]+:[0-9]+", item["place"]) for item in told["problems"])
    assert len(log.list(kinds=(Kind.POLICY_CHANGE,))) == 1
    edited.edit("\nauthoritty:", "\nauthority:")
    assert edited.ready()["policies"]["current"] is True
    assert len(log.list(kinds=(Kind.POLICY_CHANGE,))) == 1


def test_the_log_is_told_once_across_restarts(settings: Settings, revisions: Revisions) -> None:
    for _ in range(2):
        with DecisionLog.open(settings.database_url, key_file=settings.key_file) as log:
            app = create_app(settings, revisions, log)
            PolicyWatcher(app.extensions[EXTENSION]).look()
            assert len(log.list(kinds=(Kind.POLICY_CHANGE,))) == 1


def test_findings_on_a_text_edited_since_are_refused_where_they_no_longer_fit(
    edited: Edited, application: dict[str, Any]
) -> None:
    first = edited.client.post(f"{POLICY}/decisions", json=application).headers["Location"]
    finding = {"about": "inheritance", "kind": "judgement", "result": "upheld", "by": "a", "on": "2024-07-15"}
    second = edited.client.post(f"{first}/findings", json=[finding])
    assert second.status_code == 201
    # The last of these lines is the criterion; the first is the group of fields.
    before, _, after = edited.file.read_text(encoding="utf-8").rpartition("\n  inheritance:")
    edited.file.write_text(f"{before}\n  heritage:{after}", encoding="utf-8")
    edited.watcher.look()
    assert not edited.revisions.stale
    reply = edited.client.post(f"{second.headers['Location']}/findings", json=[{**finding, "about": "heritage"}])
    assert reply.status_code == 409
    assert json.loads(reply.data)["code"] == "findings-outdated"


def test_without_any_policy_the_service_is_not_ready(tmp_path: Path, log: DecisionLog) -> None:
    settings = Settings(policies=tmp_path / "none", reload_seconds=0)
    revisions = Revisions(settings.policies)
    revisions.reload()
    client = create_app(settings, revisions, log).test_client()
    assert client.get("/healthz").status_code == 200
    reply = client.get("/readyz")
    assert reply.status_code == 503
    body = json.loads(reply.data)
    assert body["code"] == "not-ready"
    assert body["policies"]["problems"]
    assert "policies.problems" in body["detail"]
    assert "日志" not in body["detail"]
    for refused in (client.get("/v1/policies"), client.post(f"{POLICY}/decisions", json={})):
        assert refused.status_code == 503
        assert json.loads(refused.data)["code"] == "policies-unavailable"


def test_with_a_closed_log_the_service_is_not_ready(client: FlaskClient, log: DecisionLog) -> None:
    log.close()
    reply = client.get("/readyz")
    assert reply.status_code == 503
    body = json.loads(reply.data)
    assert (body["code"], "log" in body) == ("not-ready", False)
    # Not even whether there are keys can be read.
    assert "决定日志不能写入" in body["detail"]
    assert "磁盘空间" in body["detail"]
    assert "Idempotency-Key" not in body["detail"]


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (unavailable("log-database-failed", "log.db", reason="SQLITE_FULL"), ("不能写入", "磁盘空间", "SQLITE_FULL")),
        (LogDamaged(problem("log-head-differs", FilePlace("log.db"), size=2, entries=3)), ("与封存不符", "log verify")),
    ],
)
def test_what_keeps_the_log_from_being_written_is_told_with_what_to_do(
    client: FlaskClient, log: DecisionLog, monkeypatch: pytest.MonkeyPatch, fault: LogFault, told: tuple[str, ...]
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(log, "_writing", failing)
        body = json.loads(client.get("/readyz").data)
    assert body["log"]["healthy"] is False
    assert [item["code"] for item in body["log"]["problems"]] == [item.code for item in fault.problems]
    assert all(words in body["detail"] + str(body["log"]["problems"]) for words in told)
    assert "政策" not in body["detail"]
    assert client.get("/readyz").status_code == 200


def test_the_watcher_looks_by_itself_and_stops(tmp_path: Path, log: DecisionLog) -> None:
    shutil.copytree(ROOT / "policies", tmp_path / "policies")
    settings = Settings(policies=tmp_path / "policies", reload_seconds=0.01)
    revisions = Revisions(settings.policies)
    app = create_app(settings, revisions, log)
    watcher = PolicyWatcher(app.extensions[EXTENSION])
    watcher.start()
    try:
        for _ in range(1000):
            if log.policy_revision() is not None:
                break
            watcher._stop.wait(0.01)
    finally:
        watcher.stop()
    with revisions.hold() as revision:
        assert log.policy_revision() == revision.snapshot.digest
