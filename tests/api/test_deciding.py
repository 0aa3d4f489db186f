"""Deciding over HTTP: what is answered is logged, once, and can be read again."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text, update

from service.api.schemas import Decision
from service.decisions.log import DecisionLog
from service.decisions.receipts import check_receipt
from service.decisions.schema import entries
from service.decisions.verification import verify
from service.engine.findings import digest_of

APPLICATIONS = Path(__file__).parent.parent / "data" / "applications"
POLICY = "/v1/policies/lucheng-skills-master-studio"
FIRST_LINE = ["decision_id", "decided_at", "requested_by", "receipt"]
REPLY = [
    *("policy", "overall", "scope", "criteria", "materials", "formalities"),
    *("missing", "reviews", "remedies", "preferences", "notes"),
]


def _samples() -> Iterator[Any]:
    for path in sorted(APPLICATIONS.glob("*.json")):
        yield pytest.param(json.loads(path.read_text(encoding="utf-8")), id=path.stem)


def _verdicts(reply: dict[str, Any]) -> dict[str, Any]:
    """Of a reply, what a sample file expects."""
    missing = [_paper(item) for item in reply["missing"] if item.get("group")]
    formalities = {item["id"]: item["status"] for item in _ids(reply["formalities"]["conditions"])}
    return {
        "overall": reply["overall"]["status"],
        "scope": reply["scope"]["status"],
        "criteria": {name: item["status"] for name, item in reply["criteria"].items()},
        "materials": {"status": reply["materials"]["status"], "missing": sorted(missing)},
        "formalities": formalities,
    }


def _paper(item: dict[str, Any]) -> tuple[str, str, str, str]:
    """A missing paper: its group, whose it is or what it is about, its code."""
    return item["group"], item.get("who") or "", item.get("of") or "", item["code"]


def _ids(conditions: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for item in conditions:
        if item.get("id"):
            yield item
        yield from _ids(item.get("conditions", []))


def _findings(verdict: dict[str, Any]) -> list[Any]:
    """Every finding shown at a verdict and below it."""
    below = [found for item in verdict.get("conditions", []) for found in _findings(item)]
    return [*([verdict["finding"]] if "finding" in verdict else []), *below]


@pytest.mark.parametrize("sample", [*_samples()])
def test_every_sample_gets_the_verdicts_it_expects(
    client: FlaskClient, log: DecisionLog, sample: dict[str, Any]
) -> None:
    reply = client.post(f"{POLICY}/decisions?edition={sample['edition']}", json=sample["application"])
    assert reply.status_code == 201, reply.text
    if sample["findings"]:
        reply = client.post(f"{reply.headers['Location']}/findings", json=sample["findings"])
        assert reply.status_code == 201, reply.text
    assert Decision().validate(json.loads(reply.data)) == {}, "the documented shape is the shape answered"
    checked = check_receipt(json.loads(reply.data), log.verifiers)
    assert (checked.problems, checked.texts) == ((), True)
    found = _verdicts(json.loads(reply.data))
    expected = {name: sample["expected"][name] for name in found}
    missing = [_paper(item) for item in expected["materials"]["missing"]]
    expected["materials"] = {**expected["materials"], "missing": sorted(missing)}
    found["formalities"] = {name: found["formalities"].get(name) for name in expected["formalities"]}
    assert found == expected


def test_a_decision_begins_with_its_first_line_and_keeps_the_order(
    client: FlaskClient, application: dict[str, Any]
) -> None:
    reply = client.post(f"{POLICY}/decisions", json=application)
    body = json.loads(reply.data)
    assert [*body] == [*FIRST_LINE, *REPLY]
    assert reply.headers["Location"] == f"/v1/decisions/{body['decision_id']}"
    assert reply.headers["Content-Type"] == "application/json"
    assert body["decided_at"].endswith("+08:00")


def test_a_decision_is_read_again_byte_for_byte(client: FlaskClient, application: dict[str, Any]) -> None:
    reply = client.post(f"{POLICY}/decisions", json=application)
    assert client.get(reply.headers["Location"]).data == reply.data


def test_a_receipt_shows_every_status_that_was_edited_in_the_reply(
    client: FlaskClient, log: DecisionLog, application: dict[str, Any]
) -> None:
    reply = client.post(f"{POLICY}/decisions", json=application).data
    sealed = json.loads(json.loads(reply)["receipt"]["entry"])["conditions"]
    shown = [name for name, _ in _places(json.loads(reply))]
    assert set(shown) <= set(sealed)
    assert len(shown) > 40
    for number, name in enumerate(shown):
        edited = json.loads(reply)
        pointer, verdict = [*_places(edited)][number]
        assert pointer == name
        verdict["status"] = "unknown" if verdict["status"] != "unknown" else "satisfied"
        problems = check_receipt(edited, log.verifiers).problems
        assert [item.code for item in problems] == ["receipt-reply-differs"], name


def _places(reply: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each verdict of a reply that has an id of its own in the log, by that id."""
    sections = {name: reply[name] for name in ("scope", "materials", "formalities")} | reply["criteria"]
    for name, section in sections.items():
        yield name, section
        for item in _ids(section["conditions"]):
            yield f"{name}.{item['id']}", item


def test_the_same_application_gives_the_same_bytes_after_the_first_line(
    client: FlaskClient, application: dict[str, Any]
) -> None:
    first, second = (json.loads(client.post(f"{POLICY}/decisions", json=application).data) for _ in range(2))
    assert first["decision_id"] != second["decision_id"]
    assert [json.dumps(first[key]) for key in REPLY] == [json.dumps(second[key]) for key in REPLY]


def test_a_preview_is_the_decision_without_its_first_line_and_stores_nothing(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    preview = client.post(f"{POLICY}/previews", json=application)
    assert preview.status_code == 200
    assert log.list() == ()
    decision = json.loads(client.post(f"{POLICY}/decisions", json=application).data)
    for key in FIRST_LINE:
        del decision[key]
    assert json.dumps(json.loads(preview.data)) == json.dumps(decision)


def test_an_edition_named_outright_is_used_outside_its_period(client: FlaskClient, application: dict[str, Any]) -> None:
    late = {**application, "application_date": "2031-01-05"}
    undecided = client.post(f"{POLICY}/decisions", json=late)
    assert undecided.status_code == 422
    assert json.loads(undecided.data)["code"] == "edition-undecided"
    assert "2024" in json.loads(undecided.data)["detail"]
    named = client.post(f"{POLICY}/decisions?edition=2024", json=late)
    assert named.status_code == 201
    assert json.loads(named.data)["policy"]["in_force"] is False


def test_without_a_date_all_other_faults_are_told_too(client: FlaskClient) -> None:
    body = json.loads(client.post(f"{POLICY}/decisions", json={"sid": 1, "leader": {"name": 5}}).data)
    assert body["code"] == "edition-undecided"
    assert [item["pointer"] for item in body["problems"]] == ["/application_date", "/leader/name", "/sid"]


def test_all_faults_of_an_application_are_told_at_once(client: FlaskClient, application: dict[str, Any]) -> None:
    body = {
        **application,
        "$s": 1,
        "studio_name": 7,
        "leader": {**application["leader"], "birth_date": "2023-02-30"},
    }
    reply = client.post(f"{POLICY}/decisions", json=body)
    assert reply.status_code == 422
    found = json.loads(reply.data)
    assert found["code"] == "application-invalid"
    assert {item["pointer"] for item in found["problems"]} == {"/$s", "/studio_name", "/leader/birth_date"}
    assert all(item["message"] for item in found["problems"])


@pytest.mark.parametrize("body", [[], None, "text", 5, True])
def test_what_is_no_object_is_refused(client: FlaskClient, body: object) -> None:
    for path in (f"{POLICY}/decisions", f"{POLICY}/decisions?edition=2024", f"{POLICY}/previews"):
        reply = client.post(path, data=json.dumps(body), content_type="application/json")
        assert reply.status_code == 422
        assert json.loads(reply.data)["code"] == "application-invalid"


def test_one_key_fifty_times_at_once_is_one_decision(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    replies: list[tuple[int, bytes, str | None]] = []
    start = threading.Barrier(50)

    def send() -> None:
        start.wait()
        found = client.application.test_client().post(
            f"{POLICY}/decisions", json=application, headers={"Idempotency-Key": "a key"}
        )
        replies.append((found.status_code, found.data, found.headers.get("Idempotency-Replayed")))

    threads = [threading.Thread(target=send) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(status, body) for status, body, _ in replies}) == 1
    assert replies[0][0] == 201
    assert sorted(replayed or "" for _, _, replayed in replies) == ["", *["true"] * 49]
    assert len(log.list()) == 1


def test_one_key_for_another_body_or_edition_is_a_conflict(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    headers = {"Idempotency-Key": "k"}
    assert client.post(f"{POLICY}/decisions", json=application, headers=headers).status_code == 201
    reordered = dict(reversed(application.items()))
    assert client.post(f"{POLICY}/decisions", json=reordered, headers=headers).status_code == 201
    other = {**application, "studio_name": None}
    for path, body in ((f"{POLICY}/decisions", other), (f"{POLICY}/decisions?edition=2024", application)):
        reply = client.post(path, json=body, headers=headers)
        assert reply.status_code == 409
        assert json.loads(reply.data)["code"] == "idempotency-conflict"
    assert len(log.list()) == 1


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "中文".encode().decode("latin-1"), "a\tb", " a"])
def test_a_malformed_key_is_refused(client: FlaskClient, application: dict[str, Any], key: str) -> None:
    reply = client.post(f"{POLICY}/decisions", json=application, environ_overrides={"HTTP_IDEMPOTENCY_KEY": key})
    assert reply.status_code == 400
    assert json.loads(reply.data)["code"] == "header-malformed"


def test_findings_make_a_new_decision_and_add_up(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    first = json.loads(client.post(f"{POLICY}/decisions", json=application).data)
    # Two findings where two are asked for, else the one there is, given twice.
    about = [item["about"] for item in first["reviews"] if item["gates"]]
    assert about
    findings = [
        {
            "about": name,
            "kind": "judgement",
            "result": "upheld",
            "by": "专家组",
            "on": "2024-07-15",
            "reason": "会议认定",
        }
        for name in about
    ]
    second = client.post(f"/v1/decisions/{first['decision_id']}/findings", json=findings[:1])
    assert second.status_code == 201
    body = json.loads(second.data)
    # Bound to the application as the sealed part of the decision they were made on names it.
    digests = [log.public(item["decision_id"]).public["application_digest"] for item in (first, body)]  # type: ignore[union-attr]
    bound = {**findings[0], "application_digest": digests[0]}
    assert log.get(body["decision_id"]).findings == (bound,)  # type: ignore[union-attr]
    third = client.post(f"/v1/decisions/{body['decision_id']}/findings", json=findings[1:] or findings)
    latest = json.loads(third.data)
    stored = log.get(latest["decision_id"])
    assert stored is not None
    later = [{**item, "application_digest": digests[1]} for item in findings[1:] or findings]
    assert stored.findings == (bound, *later)
    assert stored.public["supersedes"] == body["decision_id"]
    assert latest["overall"]["status"] == "eligible"
    assert json.loads(client.get(f"/v1/decisions/{first['decision_id']}").data) == first


def test_faulty_findings_are_refused_with_pointers(client: FlaskClient, application: dict[str, Any]) -> None:
    location = client.post(f"{POLICY}/decisions", json=application).headers["Location"]
    good = {"about": "inheritance", "kind": "judgement", "result": "upheld", "by": "a", "on": "2024-07-15"}
    for body, pointer in (
        ([], ""),
        ({}, ""),
        (None, ""),
        ([good, 5], "/1"),
        ([good, {**good, "about": "nowhere"}], "/1/about"),
        ([{**good, "kind": "guess"}], "/0/kind"),
    ):
        reply = client.post(f"{location}/findings", data=json.dumps(body), content_type="application/json")
        assert reply.status_code == 422, body
        found = json.loads(reply.data)
        assert found["code"] == "findings-invalid"
        assert [item["pointer"] for item in found["problems"]] == [pointer]


FINDING = {
    "about": "inheritance",
    "kind": "judgement",
    "result": "upheld",
    "by": "专家评审组",
    "on": "2024-07-15",
    "reason": "会议认定",
    "evidence": ["徒弟获奖证书复印件", "评审会议纪要"],
    "conflict": "none",
}


def test_a_finding_carries_evidence_and_declaration_into_reply_and_log(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    location = client.post(f"{POLICY}/decisions", json=application).headers["Location"]
    reply = client.post(f"{location}/findings", json=[FINDING])
    assert reply.status_code == 201, reply.text
    body = json.loads(reply.data)
    assert FINDING in _findings(body["criteria"]["inheritance"])
    assert Decision().validate(body) == {}
    stored = log.get(body["decision_id"])
    assert stored is not None
    assert {**FINDING, "application_digest": stored.findings[0]["application_digest"]} == stored.findings[0]


def test_who_recuses_is_recorded_and_settles_nothing(client: FlaskClient, application: dict[str, Any]) -> None:
    location = client.post(f"{POLICY}/decisions", json=application).headers["Location"]
    recused = {**FINDING, "conflict": "recused", "conflict_note": "领办人的师父"}
    refused = client.post(f"{location}/findings", json=[recused])
    assert refused.status_code == 422
    assert [item["code"] for item in json.loads(refused.data)["problems"]] == ["finding-recused-result"]
    del recused["result"]
    reply = client.post(f"{location}/findings", json=[FINDING, recused])
    assert reply.status_code == 201, reply.text
    body = json.loads(reply.data)
    assert body["overall"]["status"] == "needs_review"
    assert [note["code"] for note in body["notes"] if note["code"].startswith("finding")] == [
        "finding-without-effect",
        "finding-recused",
    ]
    settled = client.post(f"{reply.headers['Location']}/findings", json=[{**FINDING, "by": "另一位专家"}])
    assert json.loads(settled.data)["overall"]["status"] == "eligible"


def test_a_superseded_decision_takes_no_findings_and_the_newest_is_named(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    first = client.post(f"{POLICY}/decisions", json=application).headers["Location"]
    once = {"Idempotency-Key": "k"}
    second = client.post(f"{first}/findings", json=[FINDING], headers=once)
    third = client.post(f"{second.headers['Location']}/findings", json=[{**FINDING, "result": "rejected"}])
    newest = json.loads(third.data)["decision_id"]
    for path in (first, second.headers["Location"]):
        reply = client.post(f"{path}/findings", json=[FINDING])
        assert reply.status_code == 409
        found = json.loads(reply.data)
        assert (found["code"], found["newest"]) == ("decision-superseded", newest)
        assert newest in found["detail"]
    again = client.post(f"{first}/findings", json=[FINDING], headers=once)
    assert (again.status_code, again.data) == (201, second.data)
    assert len(log.list()) == 3


def test_findings_posted_at_once_on_one_decision_do_not_fork_it(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    location = client.post(f"{POLICY}/decisions", json=application).headers["Location"]
    start = threading.Barrier(12)
    replies: list[tuple[int, Any]] = []

    def send(number: int) -> None:
        start.wait()
        sent = client.application.test_client().post(f"{location}/findings", json=[{**FINDING, "by": f"专家{number}"}])
        replies.append((sent.status_code, json.loads(sent.data)))

    threads = [threading.Thread(target=send, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(status for status, _ in replies) == [201, *[409] * 11]
    (made,) = (body for status, body in replies if status == 201)
    assert {body["newest"] for status, body in replies if status == 409} == {made["decision_id"]}
    assert len(log.list()) == 2
    assert verify(log).sound


def test_a_finding_on_another_application_is_refused(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    first, other = (client.post(f"{POLICY}/decisions", json=application).headers["Location"] for _ in range(2))
    theirs, ours = (item.public["application_digest"] for item in log.list())
    plain = digest_of(application)
    for digest in (theirs, digest_of({**application, "studio_name": None})):
        reply = client.post(f"{first}/findings", json=[FINDING, {**FINDING, "application_digest": digest}])
        assert reply.status_code == 422
        found = [(item["code"], item["pointer"]) for item in json.loads(reply.data)["problems"]]
        assert found == [("finding-other-application", "/1/application_digest")]
    for digest in (ours, plain, ours):
        # Of a chain every decision is on the same application.
        reply = client.post(f"{first}/findings", json=[{**FINDING, "application_digest": digest}])
        assert reply.status_code == 201, reply.text
        first = reply.headers["Location"]
    assert client.get(other).status_code == 200


def test_the_list_is_public_parts_newest_first_in_pages(client: FlaskClient, application: dict[str, Any]) -> None:
    ids = [json.loads(client.post(f"{POLICY}/decisions", json=application).data)["decision_id"] for _ in range(5)]
    page = json.loads(client.get("/v1/decisions?limit=2").data)
    seen = [item["decision_id"] for item in page["decisions"]]
    while page["before"] is not None:
        page = json.loads(client.get(f"/v1/decisions?limit=2&before={page['before']}").data)
        seen += [item["decision_id"] for item in page["decisions"]]
    assert seen == ids[::-1]
    text = client.get("/v1/decisions").text
    for secret in (
        application["leader"]["id_number"],
        application["leader"]["name"],
        application["unit"]["name"],
    ):
        assert secret not in text


def test_an_entry_edited_past_the_triggers_is_marked_in_the_list(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    for _ in range(2):
        client.post(f"{POLICY}/decisions", json=application)
    write = log.database.write
    assert write is not None
    with write.begin() as connection:
        # SQLite names a trigger alone, PostgreSQL its table too.
        table = " ON entries" if connection.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER entries_no_update{table}"))
        newest = select(func.max(entries.c.sequence)).scalar_subquery()
        connection.execute(update(entries).where(entries.c.sequence == newest).values(leaf=b"x" * 32))
    listed = json.loads(client.get("/v1/decisions").data)["decisions"]
    assert [item["intact"] for item in listed] == [False, True]


def test_the_list_is_narrowed(client: FlaskClient, application: dict[str, Any]) -> None:
    overall = json.loads(client.post(f"{POLICY}/decisions", json=application).data)["overall"]["status"]
    other = next(item for item in ("eligible", "ineligible") if item != overall)
    for query, count in (
        (f"status={overall}", 1),
        (f"status={other}", 0),
        ("edition=2024&policy=lucheng-skills-master-studio", 1),
        ("edition=2025", 0),
        ("policy=other", 0),
        (f"unit={application['unit']['uscc']}", 1),
        (f"unit={application['unit']['name']}", 1),
        ("unit=别的单位", 0),
        ("condition=master.years-to-retirement", 1),
        ("condition=years-to-retirement&condition_status=satisfied", 1),
        ("condition=years-to-retirement&condition_status=not_satisfied", 0),
        ("condition_status=not_satisfied", 1),
        ("clause=一（一）&condition_status=satisfied", 1),
        ("clause=一、（四）&condition_status=not_satisfied", 0),
        ("since=2000-01-01&until=9999-12-31", 1),
        ("since=9999-12-31T23:59:59%2B14:00", 0),
        ("until=0001-01-01T00:00:00-12:00", 0),
    ):
        assert len(json.loads(client.get(f"/v1/decisions?{query}").data)["decisions"]) == count, query


def test_names_that_no_policy_knows_are_told_beside_the_empty_list(
    client: FlaskClient, application: dict[str, Any]
) -> None:
    client.post(f"{POLICY}/decisions", json=application)
    for query, told in (
        ("policy=other&edition=1999", [("/policy", None), ("/edition", None)]),
        ("condition=master.skill-levle", [("/condition", "是否想写“master.skill-level”？")]),
        ("condition=master.skill-level&condition_status=unknown", []),
        ("condition=master.skill-level", []),
        ("edition=2018", []),
        ("", []),
    ):
        hints = json.loads(client.get(f"/v1/decisions?{query}").data)["hints"]
        assert [(item["pointer"], item["hint"]) for item in hints] == told, query


def test_without_a_log_there_is_no_verdict(client: FlaskClient, application: dict[str, Any], log: DecisionLog) -> None:
    log.close()
    reply = client.post(f"{POLICY}/decisions", json=application)
    assert reply.status_code == 503
    assert reply.headers["Retry-After"]
    assert json.loads(reply.data)["code"] == "log-unavailable"
    assert "overall" not in json.loads(reply.data)


def test_the_log_holds_the_policy_before_the_first_decision_and_is_sound(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    client.post(f"{POLICY}/decisions", json=application)
    public = log.list()[0].public
    assert public["sequence"] == 2
    assert log.archived(public["policy"]["digest"]) is not None
    assert public["tables"]
    assert all(log.archived(item["digest"]) is not None for item in public["tables"])
    assert verify(log).sound


@pytest.mark.parametrize("path", ["/v1/policies/{policy}/decisions", "/v1/decisions/{decision_id}/findings"])
def test_the_headers_of_a_decision_are_documented(client: FlaskClient, path: str) -> None:
    document = json.loads(client.get("/openapi.json").data)
    headers = document["paths"][path]["post"]["responses"]["201"]["headers"]
    assert set(headers) == {"Location", "Idempotency-Replayed"}
    assert headers["Location"]["required"] is True
    assert all(header["description"] and header["schema"]["type"] == "string" for header in headers.values())


def test_the_time_of_a_decision_is_the_same_to_the_second_in_reply_and_log(
    client: FlaskClient, application: dict[str, Any], log: DecisionLog
) -> None:
    reply = json.loads(client.post(f"{POLICY}/decisions", json=application).data)
    public = log.list()[0].public
    assert reply["decided_at"] == public["decided_at"]
    for moment in (public["decided_at"], public["received_at"]):
        assert dt.datetime.fromisoformat(moment).isoformat(timespec="seconds") == moment


def test_a_citation_has_one_shape_wherever_it_is_shown(client: FlaskClient, application: dict[str, Any]) -> None:
    reply = json.loads(client.post(f"{POLICY}/previews?edition=2024", json=application).data)
    edition = json.loads(client.get(f"{POLICY}/2024").data)
    shown = reply["criteria"]["master"]["citations"]
    (written,) = (section["conditions"][0]["citations"] for section in edition["sections"] if section["id"] == "master")
    assert shown
    assert shown == written
