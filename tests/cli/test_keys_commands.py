"""`eligibility keys`: made beside a running service, shown once, rotated, revoked with a question."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from command import COMMAND, ROOT, Ended, eligibility, environment

from service.access.keys import AccessKeys
from service.cli import operating, program
from service.decisions.entry import Kind
from service.decisions.log import DecisionLog

KEY = re.compile(r"elig_([0-9a-f]{10})_[0-9a-f]{64}\n")


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    return {
        "ELIGIBILITY_DATABASE_URL": f"sqlite:///{tmp_path / 'log.db'}",
        "ELIGIBILITY_KEY_FILE": str(tmp_path / "master.key"),
    }


@pytest.fixture
def run(places: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command line within this process."""
    for name, text in {**environment(), **places}.items():
        monkeypatch.setenv(name, text)

    def keys(*arguments: object) -> Ended:
        capsys.readouterr()
        code = program.run(["keys", *map(str, arguments)])
        return Ended(code, *capsys.readouterr())

    return keys


def _entries(places: dict[str, str]) -> list[Any]:
    url, key_file = places["ELIGIBILITY_DATABASE_URL"], Path(places["ELIGIBILITY_KEY_FILE"])
    with DecisionLog.open(url, key_file=key_file, read_only=True) as log:
        return [item.public for item in reversed(log.list(kinds=(Kind.ACCESS_CHANGE,)))]


def _made(ended: Ended) -> str:
    assert ended.code == 0, ended.err
    found = KEY.fullmatch(ended.out)
    assert found, "the key stands alone on standard output"
    return found[1]


def test_a_key_is_made_as_a_process_of_its_own_and_stands_alone_on_standard_output(places: dict[str, str]) -> None:
    ended = eligibility("keys", "new", "网上申报平台", "--role", "portal", **places)
    key_id = _made(ended)
    assert key_id in ended.err
    assert "第一把" in ended.err
    assert ended.out.strip() not in ended.err


def test_a_key_is_shown_once_and_never_listed(run: Any) -> None:
    made = run("new", "网上申报平台", "--role", "portal")
    listed, as_json = run("list"), run("list", "--format", "json")
    assert _made(made) in listed.out
    assert made.out.strip()[-64:] not in listed.out + listed.err + as_json.out
    (entry,) = as_json.json
    assert (entry["holder"], entry["role"], entry["state"]) == ("网上申报平台", "portal", "in_use")


def test_json_carries_the_key_and_what_is_known_of_it(run: Any) -> None:
    ended = run("new", "审计局", "--role", "auditor", "--expires", "2099-06-30", "--format", "json")
    made = ended.json
    assert KEY.fullmatch(made["key"] + "\n")
    assert made["expires_at"] == "2099-07-01T00:00:00+08:00", "the last day is a whole day"
    assert [*made][:2] == ["key", "id"]


def test_who_changed_the_keys_is_in_the_log(run: Any, places: dict[str, str], monkeypatch: Any) -> None:
    monkeypatch.setenv("LOGNAME", "operator")
    key_id = _made(run("new", "评审一组", "--role", "reviewer", "--unit", "某单位"))
    run("revoke", key_id, "--yes", "--by", "科长")
    assert [item["requested_by"] for item in _entries(places)] == ["operator", "科长"]


def test_an_account_without_a_name_is_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    def nameless() -> str:
        raise KeyError("no such account")

    monkeypatch.setattr(operating.getpass, "getuser", nameless)
    assert operating.operator(None) == f"uid {os.getuid()}"


def test_rotation_prints_the_new_key_and_leaves_the_old_for_a_day(run: Any) -> None:
    old = _made(run("new", "网上申报平台", "--role", "portal"))
    ended = run("rotate", old)
    new = _made(ended)
    assert "24" in ended.err
    by_id = {item["id"]: item for item in run("list", "--format", "json").json}
    assert by_id[new]["rotated_from"] == old
    assert by_id[old]["state"] == by_id[new]["state"] == "in_use"
    assert _made(run("rotate", new, "--overlap", "0"))
    assert {item["id"]: item["state"] for item in run("list", "--format", "json").json}[new] == "expired"


def test_a_dry_run_changes_nothing(run: Any, places: dict[str, str]) -> None:
    key_id = _made(run("new", "网上申报平台", "--role", "portal"))
    for arguments in (("new", "a", "--role", "portal"), ("rotate", key_id), ("revoke", key_id)):
        ended = run(*arguments, "--dry-run")
        assert ended.code == 0
        assert "elig_" not in ended.out
        assert "没有变更" in ended.err
    assert len(_entries(places)) == 1


def test_a_dry_run_makes_no_log(run: Any, tmp_path: Path) -> None:
    assert run("new", "a", "--role", "portal", "--dry-run").code == 0
    assert [*tmp_path.iterdir()] == []


def test_revoking_must_be_confirmed(run: Any, places: dict[str, str]) -> None:
    key_id = _made(run("new", "网上申报平台", "--role", "portal"))
    unasked = run("revoke", key_id)
    assert (unasked.code, "--yes" in unasked.err) == (2, True)
    for answer, code in (("n\n", 130), ("\n", 130), ("y\n", 0)):
        assert _answered(answer, "keys", "revoke", key_id, **places) == code
    assert run("list", "--format", "json").json[0]["state"] == "revoked"


def _answered(answer: str, *arguments: str, **variables: str) -> int:
    """The exit code of a command on a terminal, its question answered."""
    parent, child = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdin=child, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=ROOT, env=environment(**variables),
    ) as process:  # fmt: skip
        os.close(child)
        assert process.stderr is not None
        asked = b""
        while b"[y/N] " not in asked and (piece := process.stderr.read(1)):
            asked += piece
        os.write(parent, answer.encode())
        process.stderr.read()
    os.close(parent)
    return process.returncode


def test_several_keys_are_revoked_all_or_none(run: Any) -> None:
    one, two = (_made(run("new", "网上申报平台", "--role", "portal")) for _ in range(2))
    ended = run("revoke", one, "0123456789", two, "--yes")
    assert (ended.code, "0123456789" in ended.err) == (2, True)
    assert {item["state"] for item in run("list", "--format", "json").json} == {"in_use"}
    assert run("revoke", one, two, "--yes").code == 0
    assert {item["state"] for item in run("list", "--format", "json").json} == {"revoked"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("new", "a"), "--role"),
        (("new", "--role", "portal"), "HOLDER"),
        (("new", "a", "--role", "admin"), "portal"),
        (("new", "anonymous", "--role", "portal"), "anonymous"),
        (("new", "a", "--role", "portal", "--expires", "2001-01-01"), "--expires"),
        (("new", "a", "--role", "portal", "--expires", "soon"), "--expires"),
        (("new", "a", "--role", "portal", "--by", ""), "--by"),
        (("rotate", "0123456789", "--overlap", "-1"), "--overlap"),
        (("list",), "日志"),
        (("revoke",), "ID"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_made(
    run: Any, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = run(*arguments)
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err


def test_a_key_that_could_not_be_shown_is_told_by_its_id(places: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [*COMMAND, "keys", "new", "网上申报平台", "--role", "portal"],
            stdout=full, stderr=subprocess.PIPE, cwd=ROOT, env=environment(**places), timeout=60, check=False,
        )  # fmt: skip
    said = ended.stderr.decode()
    url, key_file = places["ELIGIBILITY_DATABASE_URL"], Path(places["ELIGIBILITY_KEY_FILE"])
    with DecisionLog.open(url, key_file=key_file, read_only=True) as log:
        (key,) = AccessKeys(log.database).list()
    assert ended.returncode == 2
    assert f"eligibility keys revoke {key.key_id}" in said
    assert "Traceback" not in said
