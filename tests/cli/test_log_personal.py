"""`eligibility log`: reading unmasked, finding a person, erasing, retention and a new master key, each as it is run."""

from __future__ import annotations

import io
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from command import APPLICATIONS, POLICIES

from service.api.app import create_app
from service.cli.program import run
from service.config import Settings
from service.decisions.entry import Kind
from service.decisions.log import DecisionLog
from service.decisions.vault import add_master_key
from service.engine.revisions import Revisions

HELD = json.loads((APPLICATIONS / "G01.json").read_text("utf-8"))["application"]
NUMBER, NAME = HELD["leader"]["id_number"], HELD["leader"]["name"]
REASON = "复核申诉"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with a log of one decision, and its id."""
    folder = tmp_path_factory.mktemp("log")
    revisions = Revisions(POLICIES)
    revisions.reload()
    url = f"sqlite:///{folder / 'log.db'}"
    with DecisionLog.open(url, key_file=folder / "master.key") as log:
        client = create_app(Settings(database_url=url), revisions, log).test_client()
        with revisions.hold() as revision:
            (policy,) = revision.snapshot.ids()
        decision_id = client.post(f"/v1/policies/{policy}/decisions", json=HELD).get_json()["decision_id"]
    revisions.close()
    return folder, decision_id


@pytest.fixture
def decision_id(made: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The decision in a log of the test's own, which the commands find."""
    shutil.copytree(made[0], tmp_path / "log")
    monkeypatch.setenv("ELIGIBILITY_DATABASE_URL", f"sqlite:///{tmp_path / 'log' / 'log.db'}")
    monkeypatch.setenv("ELIGIBILITY_KEY_FILE", str(tmp_path / "log" / "master.key"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    return made[1]


@pytest.fixture
def ended(capsys: pytest.CaptureFixture[str]) -> Any:
    def end(*arguments: str) -> tuple[int, str, str]:
        code = run(["log", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return end


def entries(tmp_path: Path, kind: Kind) -> list[dict[str, Any]]:
    folder = tmp_path / "log"
    with DecisionLog.open(f"sqlite:///{folder / 'log.db'}", key_file=folder / "master.key", read_only=True) as log:
        return [dict(one.public) for one in log.list(kinds=(kind,))]


def test_unmasked_shows_everything_and_is_in_the_log(decision_id: str, ended: Any, tmp_path: Path) -> None:
    _, shown, _ = ended("show", decision_id, "--unmask", "--reason", REASON, "--by", "cao")
    assert NAME in shown
    code, out, _ = ended("show", decision_id, "--unmask", "--reason", REASON, "--by", "cao", "--format", "json")
    assert code == 0
    assert json.loads(out)["application"] == HELD
    entry, earlier = entries(tmp_path, Kind.READING)
    for one in (entry, earlier):
        assert [one[key] for key in ("requested_by", "read", "reason")] == ["cao", decision_id, REASON]
    assert REASON in ended("show", entry["decision_id"])[1]


@pytest.mark.parametrize(
    "arguments",
    [("--unmask",), ("--reason", REASON), ("--unmask", "--reason", f"{NAME}来信"), ("--unmask", "--reason", "")],
)
def test_unmasked_needs_a_reason_that_can_stand_in_the_log(
    decision_id: str, ended: Any, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    code, out, err = ended("show", decision_id, *arguments)
    assert (code, out) == (2, "")
    assert NAME not in err
    assert entries(tmp_path, Kind.READING) == []


def test_erasing_tells_what_it_would_do_asks_and_does_it(decision_id: str, ended: Any, tmp_path: Path) -> None:
    erase = ("erase", decision_id, "--reason", "本人申请")
    assert ended(*erase, "--dry-run")[0] == 0
    assert ended(*erase)[0] == 2
    assert entries(tmp_path, Kind.ERASURE) == []
    assert ended(*erase, "--yes", "--by", "cao")[0] == 0
    (entry,) = entries(tmp_path, Kind.ERASURE)
    assert [entry[key] for key in ("requested_by", "erased", "reason")] == ["cao", [decision_id], "本人申请"]
    assert ended("show", decision_id, "--private")[0] == 2
    assert [ended("verify")[0], ended("replay", "--all")[0], ended(*erase, "--yes")[0]] == [0, 0, 0]
    assert len(entries(tmp_path, Kind.ERASURE)) == 1


def test_what_is_no_decision_is_not_erased(decision_id: str, ended: Any) -> None:
    assert ended("erase", "nothing", "--reason", "本人申请", "--yes")[0] == 2
    assert ended("erase", decision_id, "--reason", f"{NUMBER}申请", "--yes")[0] == 2


def test_retention_is_off_until_it_is_set(
    decision_id: str, ended: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ended("retention", "--yes")[0] == 2
    monkeypatch.setenv("ELIGIBILITY_RETENTION_DAYS", "30")
    assert ended("retention", "--yes")[0] == 0
    assert entries(tmp_path, Kind.ERASURE) == []
    monkeypatch.setattr("service.cli.log_personal.now", _in_a_hundred_days)
    assert decision_id in ended("retention", "--dry-run")[1]
    assert entries(tmp_path, Kind.ERASURE) == []
    assert ended("retention", "--yes")[0] == 0
    assert [entry["erased"] for entry in entries(tmp_path, Kind.ERASURE)] == [[decision_id]]


def test_a_new_master_key_opens_everything_and_the_old_one_can_go(decision_id: str, ended: Any, tmp_path: Path) -> None:
    key_file = tmp_path / "log" / "master.key"
    before = key_file.read_text()
    assert ended("rotate-key", "--dry-run")[0] == 0
    assert key_file.read_text() == before
    assert entries(tmp_path, Kind.KEY_CHANGE) == []
    assert ended("rotate-key", "--by", "cao")[0] == 0
    assert key_file.read_text().startswith(before)
    (told,) = entries(tmp_path, Kind.KEY_CHANGE)
    # The keys of the decision, of the index and of repeated requests.
    assert [told[name] for name in ("requested_by", "change", "wrapped", "dropped")] == ["cao", "master", 3, []]
    assert told["new_key"] in ended("show", told["decision_id"])[1]
    assert ended("rotate-key", "--drop-old")[0] == 0
    assert [one["dropped"] for one in entries(tmp_path, Kind.KEY_CHANGE)] == [told["old_keys"], []]
    assert ended("verify")[0] == 0
    assert not [line for line in before.splitlines() if line in str(told)]
    assert len(key_file.read_text().splitlines()) == 1
    assert before not in key_file.read_text()
    assert ended("show", decision_id, "--private")[0] == 0


def test_a_master_key_that_no_entry_tells_of_is_named_until_the_rotation_is_finished(
    decision_id: str, ended: Any, tmp_path: Path
) -> None:
    add_master_key(tmp_path / "log" / "master.key")
    assert ended("verify")[0] == 0
    # Something new is wrapped by the key that was put there by hand.
    with sqlite3.connect(tmp_path / "log" / "log.db") as connection:
        connection.execute("UPDATE secrets SET key_id = 'by hand' WHERE name = 'idempotency'")
    connection.close()
    code, out, _ = ended("verify", "--format", "json")
    assert (code, [item["code"] for item in json.loads(out)["faults"]]) == (1, ["log-master-key-untold"])


def _in_a_hundred_days(settings: Settings) -> Any:
    from datetime import datetime, timedelta

    return datetime.now(settings.utc_offset) + timedelta(days=100)


def test_rows_taken_out_of_the_index_are_named_and_put_back(decision_id: str, ended: Any, tmp_path: Path) -> None:
    counted = {"opened": 1, "closed": 0, "erased": 0, "unread": 0, "unindexed": 0}
    assert json.loads(ended("verify", "--private", "--format", "json")[1])["private"] == counted
    with sqlite3.connect(tmp_path / "log" / "log.db") as connection:
        connection.execute("DELETE FROM subjects WHERE kind = 'person'")
    connection.close()
    code, out, _ = ended("verify", "--private")
    assert code == 1
    assert "身份证号" in out
    code, out, _ = ended("reindex", "--dry-run")
    assert (code, decision_id in out, entries(tmp_path, Kind.INDEXING)) == (0, True, [])
    assert ended("reindex", "--by", "cao")[0] == 0
    (entry,) = entries(tmp_path, Kind.INDEXING)
    assert [entry[name] for name in ("requested_by", "indexed", "added", "removed")] == ["cao", [decision_id], 1, 0]
    assert decision_id in ended("show", entry["decision_id"])[1]
    assert ended("verify", "--private")[0] == 0
    assert ended("reindex")[0] == 0
    assert len(entries(tmp_path, Kind.INDEXING)) == 1
