"""`eligibility log verify`, `checkpoint`, `consistency` and `rotate-signing-key`, in one process."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from service.api.checkpoints import CheckpointKeeper
from service.cli.program import run
from service.config import Settings
from service.decisions.entry import DecisionDraft
from service.decisions.log import DecisionLog
from service.decisions.signing import rotate

ON = datetime(2024, 7, 1, 9, 30, tzinfo=UTC)
CUT = (
    "DELETE FROM keys WHERE decision_id IN (SELECT decision_id FROM entries WHERE sequence > 2)",
    "DELETE FROM entries WHERE sequence > 2",
    "DELETE FROM tree WHERE size > 2",
)


def _settings(folder: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{folder / 'log.db'}", key_file=folder / "secret" / "master.key")


def _append(folder: Path, count: int) -> list[dict[str, Any]]:
    settings = _settings(folder)
    with DecisionLog.open(settings.database_url, key_file=settings.key_file) as log:
        digest = log.archive("policy", "studio/2024.yaml", b"policy: studio\n")
        draft = DecisionDraft(
            policy_id="studio",
            edition="2024",
            policy_digest=digest,
            tables=(),
            requested_by="portal",
            received_at=ON,
            on=ON,
            application={},
            findings=(),
            reply={"policy": {"id": "studio", "edition": "2024"}, "overall": {"status": "eligible"}},
            overall="eligible",
            conditions={},
        )
        return [json.loads(json.dumps(log.append(draft).reply)) for _ in range(count)]


@pytest.fixture
def said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[int, Any]]:
    """Runs `eligibility log` on the log of the test; exit code, and the JSON or text it wrote."""
    settings = _settings(tmp_path)
    monkeypatch.setenv("ELIGIBILITY_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("ELIGIBILITY_KEY_FILE", str(settings.key_file))
    monkeypatch.setenv("COLUMNS", "200")

    def command(*arguments: object) -> tuple[int, Any]:
        capsys.readouterr()
        code = run(["log", *map(str, arguments)])
        out, errors = capsys.readouterr()
        return code, json.loads(out) if "json" in arguments and out else out + errors

    return command


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    return tmp_path / "secret" / "checkpoints"


def _tamper(folder: Path, *statements: str) -> None:
    import sqlite3

    with sqlite3.connect(folder / "log.db") as connection:
        triggers = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        for _, sql in triggers:
            connection.execute(sql)
    connection.close()


def _codes(found: Any) -> list[str]:
    return [item["code"] for item in found["faults"]]


def test_checkpoints_are_kept_outside_and_held_against_the_log(tmp_path: Path, said: Any, kept: Path) -> None:
    _append(tmp_path, 2)
    code, text = said("checkpoint")
    assert (code, str(kept / "000000000002.note") in text) == (0, True)
    assert said("checkpoint")[0] == 0
    _append(tmp_path, 2)
    said("checkpoint")
    assert sorted(path.name for path in kept.iterdir()) == ["000000000002.note", "000000000004.note", "verifier.keys"]
    code, report = said("verify", "--format", "json")
    assert (code, report["sound"], report["witnesses"], report["signatures"], report["trees"]) == (0, True, 2, 4, 4)


def test_a_tail_cut_in_every_table_is_found_by_the_folder_and_by_a_receipt(
    tmp_path: Path, said: Any, kept: Path
) -> None:
    replies = _append(tmp_path, 4)
    said("checkpoint")
    (tmp_path / "reply.json").write_text(json.dumps(replies[2]), "utf-8")
    _tamper(tmp_path, *CUT)
    code, report = said("verify", "--format", "json")
    assert (code, _codes(report)) == (1, ["log-witness-missing"])
    shutil.rmtree(kept)
    assert said("verify")[0] == 0
    code, report = said("verify", "--checkpoint", tmp_path / "reply.json", "--format", "json")
    assert (code, _codes(report)) == (1, ["log-witness-missing"])
    assert report["faults"][0]["params"]["size"] == 3


def test_a_log_written_anew_with_a_new_key_is_found(tmp_path: Path, said: Any, kept: Path) -> None:
    replies = _append(tmp_path, 3)
    said("checkpoint")
    (tmp_path / "reply.json").write_text(json.dumps(replies[0]), "utf-8")
    for path in (tmp_path / "log.db", tmp_path / "secret" / "signing.key"):
        path.unlink()
    _append(tmp_path, 3)
    code, report = said("verify", "--format", "json")
    assert (code, _codes(report)) == (1, ["log-note-unknown", "log-witness-differs"])
    code, text = said("checkpoint")
    assert (code, "检查点" in text) == (1, True)
    (kept / "000000000003.note").unlink()
    code, report = said("verify", "--checkpoint", tmp_path / "reply.json", "--format", "json")
    assert sorted(_codes(report)) == ["log-note-unknown", "log-witness-differs"]


def test_an_edited_checkpoint_file_is_found(tmp_path: Path, said: Any, kept: Path) -> None:
    _append(tmp_path, 2)
    said("checkpoint")
    path = kept / "000000000002.note"
    path.write_text(path.read_text("utf-8").replace("\n2\n", "\n1\n"), "utf-8")
    code, report = said("verify", "--format", "json")
    assert (code, _codes(report)) == (1, ["log-checkpoint-forged"])


def test_a_receipt_is_verified_without_the_log(tmp_path: Path, said: Any, kept: Path) -> None:
    reply = _append(tmp_path, 2)[1]
    said("checkpoint")
    (tmp_path / "log.db").unlink()
    path, keys = tmp_path / "reply.json", kept / "verifier.keys"
    path.write_text(json.dumps(reply), "utf-8")
    code, found = said("verify", "--receipt", path, "--format", "json")
    assert (code, found["sound"], found["sequence"], found["decision_id"]) == (0, True, 2, reply["decision_id"])
    assert said("verify", "--receipt", path, "--key", keys)[0] == 0
    assert said("verify", "--receipt", path, "--key", keys.read_text("utf-8").strip())[0] == 0
    reply["overall"]["status"] = "ineligible"
    path.write_text(json.dumps(reply), "utf-8")
    code, text = said("verify", "--receipt", path)
    assert (code, "/overall/status" in text) == (1, True)


def test_a_receipt_needs_a_readable_file_and_a_key(tmp_path: Path, said: Any) -> None:
    assert said("verify", "--receipt", tmp_path / "none.json", "--key", "nonsense")[0] == 2
    path = tmp_path / "reply.json"
    path.write_text("{", "utf-8")
    assert said("verify", "--receipt", path)[0] == 2
    key = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    for name in (path, tmp_path / "none.json"):
        assert said("verify", "--receipt", name, "--key", key)[0] == 2
    path.write_text("[]", "utf-8")
    assert said("verify", "--receipt", path, "--key", key)[0] == 1


def test_keys_that_were_swapped_are_found_with_the_master_key(tmp_path: Path, said: Any) -> None:
    _append(tmp_path, 3)
    assert said("verify", "--private")[0] == 0
    _tamper(
        tmp_path,
        "CREATE TEMP TABLE kept AS SELECT e.sequence, k.wrapped FROM keys k JOIN entries e USING (decision_id)",
        "UPDATE keys SET wrapped = (SELECT wrapped FROM kept WHERE sequence = 3 - "
        "(SELECT sequence FROM entries e WHERE e.decision_id = keys.decision_id)) WHERE decision_id IN "
        "(SELECT decision_id FROM entries WHERE sequence < 3)",
    )
    assert said("verify")[0] == 0
    code, report = said("verify", "--private", "--format", "json")
    assert code == 1
    assert [(item["code"], item["params"]) for item in report["faults"]] == [
        ("log-private-closed", {"sequence": 1}),
        ("log-private-closed", {"sequence": 2}),
    ]
    (tmp_path / "secret" / "master.key").unlink()
    assert said("verify", "--private")[0] == 2


def test_two_checkpoints_are_consistent_or_not(tmp_path: Path, said: Any, kept: Path) -> None:
    _append(tmp_path, 3)
    said("checkpoint")
    _append(tmp_path, 4)
    said("checkpoint")
    old, new = kept / "000000000003.note", kept / "000000000007.note"
    code, found = said("consistency", old, new, "--format", "json")
    assert (code, found["consistent"], len(found["proof"])) == (0, True, 4)
    assert said("consistency", old, new)[0] == 0
    assert said("consistency", new, old)[0] == 2
    assert said("consistency", old, kept / "none.note")[0] == 2
    _tamper(tmp_path, "UPDATE entries SET leaf = zeroblob(32) WHERE sequence = 2")
    assert said("consistency", old, new)[0] == 1
    _tamper(tmp_path, "DELETE FROM entries WHERE sequence = 5")
    assert said("consistency", old, new)[0] == 1
    old.write_text("no checkpoint", "utf-8")
    assert said("consistency", old, new)[0] == 1


def test_a_new_key_leaves_what_the_old_one_signed_verifiable(tmp_path: Path, said: Any, kept: Path) -> None:
    reply = _append(tmp_path, 1)[0]
    said("checkpoint")
    code, text = said("rotate-signing-key")
    assert (code, text.count("localhost/eligibility+")) == (0, 2)
    _append(tmp_path, 1)
    code, report = said("verify", "--format", "json")
    assert (code, report["signatures"]) == (0, 3)
    path = tmp_path / "reply.json"
    path.write_text(json.dumps(reply), "utf-8")
    assert said("verify", "--receipt", path)[0] == 0
    assert len((kept / "verifier.keys").read_text("utf-8").splitlines()) == 2


def test_a_new_signing_key_is_told_in_the_log_under_the_old_ones_signature(
    tmp_path: Path, said: Any, kept: Path
) -> None:
    _append(tmp_path, 1)
    said("checkpoint")
    old_keys = tmp_path / "old.keys"
    shutil.copy(kept / "verifier.keys", old_keys)
    said("rotate-signing-key", "--by", "cao")
    _append(tmp_path, 1)
    told = said("show", 2, "--format", "json")[1]["public"]
    old, new = (kept / "verifier.keys").read_text("utf-8").splitlines()
    assert [told[name] for name in ("kind", "change", "requested_by", "old_keys", "new_key")] == [
        "key_change", "signing", "cao", [old], new,
    ]  # fmt: skip
    assert new in said("show", 2)[1]
    code, report = said("verify", "--key", old_keys, "--format", "json")
    assert (code, _codes(report)) == (1, ["log-note-succeeded"])
    params = report["faults"][0]["params"]
    assert (params["size"], params["sequence"], params["new"]) == (3, 2, new)
    old_keys.write_text(f"{old}\n{new}\n", "utf-8")
    assert said("verify", "--key", old_keys)[0] == 0


def test_a_signing_key_that_no_entry_tells_of_is_named(tmp_path: Path, said: Any) -> None:
    _append(tmp_path, 1)
    rotate(_settings(tmp_path).signing_key_file)
    _append(tmp_path, 2)
    code, report = said("verify", "--format", "json")
    assert (code, _codes(report)) == (1, ["log-signing-key-untold"])
    assert report["faults"][0]["params"]["size"] == 2


def test_a_signing_key_stays_where_the_log_cannot_be_told(tmp_path: Path, said: Any) -> None:
    _append(tmp_path, 1)
    key_file = _settings(tmp_path).signing_key_file
    before = key_file.read_bytes()
    assert said("rotate-signing-key", "--database-url", f"sqlite:///{tmp_path}/none.db")[0] == 2
    assert key_file.read_bytes() == before


def test_a_log_without_signed_trees_has_no_checkpoint(tmp_path: Path, said: Any, kept: Path) -> None:
    settings = _settings(tmp_path)
    DecisionLog.open(settings.database_url, key_file=settings.key_file).close()
    assert said("checkpoint")[0] == 0
    assert not kept.exists()
    assert said("rotate-signing-key", "--signing-key", tmp_path / "none.key")[0] == 2


def test_the_service_keeps_the_newest_checkpoint_when_it_stops(tmp_path: Path, kept: Path) -> None:
    class _Desk:
        settings = _settings(tmp_path)

    _append(tmp_path, 2)
    with DecisionLog.open(_Desk.settings.database_url, key_file=_Desk.settings.key_file) as log:
        _Desk.log = log  # type: ignore[attr-defined]
        keeper = CheckpointKeeper(_Desk())  # type: ignore[arg-type]
        keeper.start()
        keeper.stop()
    assert (kept / "000000000002.note").exists()
