"""`eligibility log`: a log written as the service writes it, read from outside."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from command import APPLICATIONS, POLICIES, Ended, eligibility
from openpyxl import load_workbook

from service import messages
from service.api.app import create_app
from service.cli import program
from service.config import Settings
from service.decisions.entry import DecisionDraft, Kind
from service.decisions.log import DecisionLog
from service.decisions.reading import Summary
from service.decisions.search import Sought
from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.compiler import CompiledPolicy
from service.engine.explanation import explain
from service.engine.revisions import Revisions
from service.policy.library import load_library
from service.problems import FilePlace
from service.rounds.archive import RevisionArchive
from service.rounds.unknown import unknown

FILES = sorted(APPLICATIONS.glob("*.json"))[:3]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """The folder of a log of three decisions, and their replies."""
    folder = tmp_path_factory.mktemp("log")
    settings = Settings(
        policies=POLICIES,
        database_url=f"sqlite:///{folder / 'log.db'}",
        key_file=folder / "master.key",
        reload_seconds=0,
    )
    revisions = Revisions(POLICIES)
    revisions.reload()
    replies = []
    with DecisionLog.open(settings.database_url, key_file=settings.key_file) as log:
        client = create_app(settings, revisions, log).test_client()
        with revisions.hold() as revision:
            (policy,) = revision.snapshot.ids()
        for path in FILES:
            held = json.loads(path.read_text(encoding="utf-8"))
            answer = client.post(f"/v1/policies/{policy}/decisions", json=held["application"])
            assert answer.status_code == 201
            replies.append(answer.get_json())
    revisions.close()
    return folder, replies


@pytest.fixture(scope="module")
def folder(written: tuple[Path, list[dict[str, Any]]]) -> Path:
    return written[0]


@pytest.fixture(scope="module")
def replies(written: tuple[Path, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return written[1]


def _log(folder: Path, *arguments: object) -> Ended:
    url, key_file = f"sqlite:///{folder / 'log.db'}", str(folder / "master.key")
    return eligibility("log", *arguments, ELIGIBILITY_DATABASE_URL=url, ELIGIBILITY_KEY_FILE=key_file)


@pytest.fixture
def edited(folder: Path, tmp_path: Path) -> Path:
    """A copy of the log in which somebody may write past the triggers."""
    for name in ("log.db", "master.key"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with sqlite3.connect(tmp_path / "log.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
    connection.close()
    return tmp_path


def _execute(folder: Path, statement: str) -> None:
    with sqlite3.connect(folder / "log.db") as connection:
        assert connection.execute(statement).rowcount > 0
    connection.close()


def test_list_shows_every_entry_newest_first(folder: Path, replies: list[dict[str, Any]]) -> None:
    found = _log(folder, "list", "--format", "json").json
    decided = [item["decision_id"] for item in found if item["kind"] == "decision"]
    assert decided == [reply["decision_id"] for reply in reversed(replies)]
    assert {item["kind"] for item in found} == {"decision", "policy_change"}
    table = _log(folder, "list").out
    for reply in replies:
        assert reply["decision_id"] in table
        assert reply["overall"]["label"] in table


def test_list_filters(folder: Path, replies: list[dict[str, Any]]) -> None:
    status = replies[0]["overall"]["status"]
    found = _log(folder, "list", "--status", status, "--edition", "2024", "--format", "json").json
    assert {item["overall"] for item in found} == {status}
    assert _log(folder, "list", "--policy", "none", "--format", "json").json == []
    assert len(_log(folder, "list", "--limit", "2", "--format", "json").json) == 2


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--policy", "lucheng-skill-master-studio"), ("--policy", "是否想写“lucheng-skills-master-studio”")),
        (("--edition", "20244"), ("--edition", "lucheng-skills-master-studio 2024", "是否想写“2024”")),
        (("--policy", "lucheng-skills-master-studio", "--edition", "1999"), ("--edition", "没有这个版本")),
        (("--condition", "skill-levle"), ("--condition", "是否想写“skill-level”")),
        (("--condition", "master.skill-levle"), ("--condition", "是否想写“master.skill-level”")),
        (("--condition", "skill"), ("--condition", "没有这个条件")),
        (("--policy", "x", "--edition", "y", "--condition", "z"), ("--policy", "--edition", "--condition")),
    ],
)
@pytest.mark.parametrize("command", [("list", "--format", "json"), ("export", "--format", "csv")], ids=" ".join)
def test_a_name_that_no_policy_knows_is_told_beside_the_empty_list(
    folder: Path, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], arguments: tuple[str, ...],
    told: tuple[str, ...],
) -> None:  # fmt: skip
    code, said = _searched(folder, capsys, *command, *arguments)
    assert code == 0
    assert all(words in said for words in told), said


@pytest.mark.parametrize(
    "arguments",
    [
        ("--condition", "skill-level", "--condition-status", "unknown"), ("--condition", "master", "--edition", "2018"),
        ("--edition", "2018", "--clause", "二、申报材料"), ("--until", "2020-01-01"), ("--unit", "别的单位"),
    ],
)  # fmt: skip
def test_of_an_honest_empty_list_nothing_is_told(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert _searched(folder, capsys, "list", *arguments) == (0, "")


def test_what_only_the_archive_knows_is_not_called_unknown(
    folder: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    known = ("--condition", "master.skill-level", "--condition-status", "unknown", "--edition", "2024")
    assert _searched(folder, capsys, "list", *known, policies=tmp_path) == (0, "")
    code, said = _searched(folder, capsys, "list", "--condition", "skill-levle", policies=tmp_path)
    assert (code, "没有这个条件" in said) == (0, True)


def test_a_clause_that_only_other_editions_rest_on_is_told(folder: Path) -> None:
    url, key_file = f"sqlite:///{folder / 'log.db'}", folder / "master.key"
    sought = Sought(edition="2024", citing=frozenset({("lucheng-skills-master-studio", "2018", "master")}))
    with DecisionLog.open(url, key_file=key_file, create=False, read_only=True) as log:
        (told,) = unknown(log, sought, (), at=FilePlace)
    assert (told.code, dict(told.params)) == ("sought-clause-unknown", {"known": "lucheng-skills-master-studio 2018"})


def _searched(
    folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str, policies: Path = POLICIES
) -> tuple[int, str]:
    """The exit code and what stands on standard error."""
    places = ("--database-url", f"sqlite:///{folder / 'log.db'}", "--key-file", str(folder / "master.key"))
    code = program.run(["log", *arguments, *places, "--policies", str(policies)])
    return code, capsys.readouterr().err


def test_exported_conditions_are_called_what_their_policy_calls_them(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _searched(folder, capsys, "export", "--output", str(tmp_path / "x.xlsx"), policies=tmp_path) == (0, "")
    entries, conditions = (list(sheet.iter_rows(values_only=True)) for sheet in load_workbook(tmp_path / "x.xlsx"))
    assert {row[3] for row in conditions if row[2] == "master.team-size"} == {"除领办人外的本单位成员"}
    assert {row[3] for row in conditions if row[2] == "master"} == {"有大师"}
    assert all(row[3] for row in conditions)
    assert any("（master.team-size）：不符合" in (row[9] or "") for row in entries)


def test_an_entry_edited_past_the_triggers_is_marked_where_it_is_listed(edited: Path) -> None:
    _execute(edited, "UPDATE entries SET public = replace(public, '\"unknown\"', '\"satisfied\"') WHERE sequence = 2")
    found = _log(edited, "list", "--format", "json")
    assert {item["sequence"]: item["intact"] for item in found.json} == {1: True, 2: False, 3: True, 4: True}
    assert found.code == 1
    assert "第 2 条与封存时不符" in found.err
    assert "eligibility log verify" in found.err
    table = _log(edited, "list")
    assert (table.code, table.out.count("与封存时不符")) == (1, 1)
    exported = _log(edited, "export", "--format", "csv")
    assert (exported.code, exported.out.count("与封存时不符"), exported.out.count(",相符")) == (1, 1, 3)
    assert "第 2 条与封存时不符" in exported.err


@pytest.mark.parametrize(
    "conditions", [7, ["a"], {"a": 7}, {"a": {"stat": "satisfied"}}, {"a": {"status": "satisfied"}}]
)
def test_conditions_of_an_edited_entry_are_searched_without_stumbling(conditions: object) -> None:
    edited = Summary(
        sequence=2, kind=Kind.DECISION, decision_id="x", decided_at=datetime(2024, 6, 1, tzinfo=UTC), requested_by="x",
        policy_id="p", edition="2024", overall="eligible", supersedes=None, public={"conditions": conditions},
    )  # fmt: skip
    assert not Sought(condition_status="satisfied").fits(edited)


def test_an_entry_that_is_found_where_it_does_not_belong_is_marked(edited: Path) -> None:
    _execute(edited, "UPDATE entries SET edition = '2023' WHERE sequence = 3")
    found = _log(edited, "list", "--edition", "2023", "--format", "json")
    assert [(item["sequence"], item["intact"]) for item in found.json] == [(3, False)]
    assert found.code == 1


def _listed(folder: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    places = ("--database-url", f"sqlite:///{folder / 'log.db'}", "--key-file", str(folder / "master.key"))
    assert program.run(["log", "list", "--format", "json", *arguments, *places, "--policies", str(POLICIES)]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "count"),
    [
        (("--unit", "{name}"), 3), (("--unit", " {uscc} "), 3), (("--unit", "别的单位"), 0),
        (("--condition", "skill-level"), 3), (("--condition", "skill-level", "--condition-status", "unknown"), 0),
        (("--clause", "一（一）"), 3), (("--since", "2020-01-01"), 4), (("--until", "2020-01-01"), 0),
        (("--since", "9999-12-31"), 0), (("--until", "9999-12-31"), 4), (("--before", "3"), 2),
    ],
)  # fmt: skip
def test_list_finds_by_unit_condition_clause_and_day(
    folder: Path, arguments: tuple[str, ...], count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    unit = json.loads(FILES[0].read_text("utf-8"))["application"]["unit"]
    filled = (argument.format(name=unit["name"], uscc=unit["uscc"]) for argument in arguments)
    assert len(_listed(folder, capsys, *filled)) == count


def test_a_person_is_found_by_a_number_that_is_not_on_the_command_line(
    folder: Path, replies: list[dict[str, Any]]
) -> None:
    number = json.loads(FILES[0].read_text("utf-8"))["application"]["leader"]["id_number"]
    url, key_file = f"sqlite:///{folder / 'log.db'}", str(folder / "master.key")
    found = eligibility(
        "log", "list", "--person", "--format", "json", stdin=f"{number}\n".encode(), ELIGIBILITY_DATABASE_URL=url,
        ELIGIBILITY_KEY_FILE=key_file,
    ).json  # fmt: skip
    assert replies[0]["decision_id"] in [item["decision_id"] for item in found]


@pytest.mark.parametrize(("arguments", "told"), [(("--clause", "九十九"), "一、"), (("--person",), "身份证号")])
def test_what_cannot_be_looked_for_is_told(folder: Path, arguments: tuple[str, ...], told: str) -> None:
    ended = _log(folder, "list", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert told in ended.err


def test_a_full_page_tells_where_the_next_begins(folder: Path) -> None:
    assert "--before 3" in _log(folder, "list", "--limit", "2").out


def test_show_gives_the_public_part_by_id_and_by_sequence(folder: Path, replies: list[dict[str, Any]]) -> None:
    first = replies[0]
    by_id = _log(folder, "show", first["decision_id"], "--format", "json").json
    by_sequence = _log(folder, "show", first["receipt"]["sequence"], "--format", "json").json
    assert by_id == by_sequence
    assert set(by_id) == {"public", "sound", "faults"}
    assert (by_id["sound"], by_id["faults"]) == (True, [])
    text = _log(folder, "show", first["decision_id"]).out
    assert first["overall"]["label"] in text
    applicant = json.loads(FILES[0].read_text(encoding="utf-8"))["application"]["leader"]["name"]
    assert applicant not in text


def test_show_private_gives_the_reply_masked(folder: Path, replies: list[dict[str, Any]]) -> None:
    shown = _log(folder, "show", replies[0]["decision_id"], "--private", "--format", "json")
    assert shown.json["masked"] is True
    assert shown.json["reply"]["overall"] == replies[0]["overall"]
    leader = json.loads(FILES[0].read_text(encoding="utf-8"))["application"]["leader"]
    assert not [value for value in (leader["name"], leader["id_number"], leader["birth_date"]) if value in shown.out]
    assert replies[0]["overall"]["explanation"][:10] in _log(folder, "show", "2", "--private").out


def test_show_of_an_edited_entry_says_so_loudly_and_is_exit_1(edited: Path) -> None:
    _execute(
        edited,
        "UPDATE entries SET public = CAST(replace(CAST(public AS TEXT), 'deciding', 'deciDing') AS BLOB) "
        "WHERE sequence = 2",
    )
    ended = _log(edited, "show", "2", "--format", "json")
    assert (ended.code, ended.json["sound"]) == (1, False)
    assert [item["code"] for item in ended.json["faults"]] == ["log-entry-edited"]
    text = _log(edited, "show", "2")
    assert text.code == 1
    title, loud, fault, *_ = text.out.splitlines()
    assert "第 2 条" in title
    assert loud == messages.text("log.entry-unsound")
    assert messages.text("log-entry-edited", sequence=2) in fault
    assert _log(edited, "show", "3").code == 0


@pytest.mark.parametrize("name", ["none", "99", "0"])
def test_show_of_no_entry_is_exit_2(folder: Path, name: str) -> None:
    ended = _log(folder, "show", name)
    assert (ended.code, ended.out) == (2, "")


def test_a_sound_log_verifies(folder: Path, replies: list[dict[str, Any]]) -> None:
    ended = _log(folder, "verify", "--format", "json")
    assert ended.code == 0
    assert ended.json["sound"] is True
    assert ended.json["entries"] == len(replies) + 1
    assert ended.json["root"] == replies[-1]["receipt"]["root"]
    assert _log(folder, "verify").code == 0


def test_an_edited_log_is_exit_1_and_names_the_entry(edited: Path) -> None:
    _execute(edited, "UPDATE entries SET public = replace(public, 'deciding', 'deciDing') WHERE sequence = 2")
    ended = _log(edited, "verify", "--format", "json")
    assert ended.code == 1
    assert {"sequence": 2} in [item["params"] for item in ended.json["faults"] if item["code"] == "log-entry-edited"]
    assert _log(edited, "verify").code == 1


def test_every_decision_replays_the_same(folder: Path, replies: list[dict[str, Any]]) -> None:
    ended = _log(folder, "replay", "--all", "--format", "json")
    assert ended.code == 0
    assert [item["outcome"] for item in ended.json] == ["same"] * len(replies)
    one = _log(folder, "replay", replies[1]["decision_id"], "--format", "json")
    assert one.code == 0
    assert one.json["decision_id"] == replies[1]["decision_id"]
    assert _log(folder, "replay", "--all").code == 0


def test_a_reply_that_is_not_what_the_policy_gives_is_told_field_by_field(tmp_path: Path) -> None:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'log.db'}", key_file=tmp_path / "master.key")
    snapshot, _ = load_library(POLICIES)
    assert snapshot is not None
    policy = snapshot.find("lucheng-skills-master-studio", "2024")
    assert policy is not None
    data = json.loads(FILES[0].read_text(encoding="utf-8"))["application"]
    application, _ = read_application(policy, data)
    assert application is not None
    compiled = CompiledPolicy(policy)
    on = datetime(2024, 7, 1, 9, 30, tzinfo=UTC)
    assessment = assess(compiled, application, on=on)
    reply = explain(assessment)
    compiled.close()
    told = {**reply, "overall": {**reply["overall"], "status": "eligible"}, "extra": 1}
    with DecisionLog.open(settings.database_url, key_file=settings.key_file) as log:
        archive = RevisionArchive(log)
        archive.record(snapshot, on)
        archived = archive.of(policy)
        log.append(
            DecisionDraft(
                policy_id=policy.id,
                edition=policy.edition,
                policy_digest=archived.policy,
                tables=archived.pinned,
                requested_by="portal",
                received_at=on,
                on=on,
                application=data,
                findings=(),
                reply=told,
                overall="eligible",
                conditions=assessment.statuses,
            )
        )
    ended = _log(tmp_path, "replay", "2", "--format", "json")
    assert ended.code == 1
    assert ended.json["outcome"] == "different"
    assert ended.json["differences"] == [
        {"pointer": "/overall/status", "then": "eligible", "now": reply["overall"]["status"]},
        {"pointer": "/extra", "then": 1},
    ]
    text = _log(tmp_path, "replay", "--all")
    assert text.code == 1
    assert "/overall/status" in text.out


def test_replay_of_an_entry_that_is_no_decision_is_exit_2(folder: Path) -> None:
    assert _log(folder, "replay", "1").code == 2


def test_replay_without_the_archived_policy_says_so(edited: Path, replies: list[dict[str, Any]]) -> None:
    _execute(edited, "DELETE FROM archive WHERE kind = 'table'")
    ended = _log(edited, "replay", replies[0]["decision_id"], "--format", "json")
    assert ended.code == 1
    assert ended.json["outcome"] == "unreadable"
    assert ended.json["problems"][0]["code"] == "log-archive-missing"


def test_a_log_that_is_not_there_is_exit_2(tmp_path: Path) -> None:
    for command in (("list",), ("verify",), ("replay", "--all"), ("show", "1")):
        ended = _log(tmp_path, *command)
        assert (ended.code, ended.out) == (2, "")
        assert "log.db" in ended.err
    assert list(tmp_path.iterdir()) == []
