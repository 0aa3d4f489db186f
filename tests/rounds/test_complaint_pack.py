"""The pack for a complaint: the whole chain, masked, whether it stands and comes out again; the same bytes."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import delete, text

from service.cli import program
from service.decisions import schema
from service.decisions.entry import Kind
from service.decisions.receipts import check_receipt
from service.decisions.recompute import Recomputation
from service.decisions.replay import Outcome
from service.rounds.complaint import Complaint, gather
from service.rounds.complaint_pack import pack
from tests.rounds.conftest import Office

NUMBER = "11010519491231002X"
MADE = datetime(2025, 5, 1, tzinfo=UTC)


def _gathered(office: Office, decision_id: str) -> Complaint:
    with Recomputation() as engine:
        found = gather(office.log, decision_id, engine)
    assert found is not None
    return found


def _files(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _packed(office: Office, decision_id: str) -> dict[str, bytes]:
    found = _gathered(office, decision_id)
    return _files(pack(found, policy=office.policy, verifiers=office.log.verifiers, made_at=MADE))


@pytest.fixture
def decided(office: Office) -> tuple[str, str]:
    """An application refused by a finding: the first decision and the last."""
    first = office.apply("甲工坊", name="张三丰", number=NUMBER, code="c1")
    return first, office.find(first, "rejected", reason="张三丰的作品平常", evidence=["照片"], conflict="none")


def test_any_decision_of_a_chain_leads_to_the_whole(office: Office, decided: tuple[str, str]) -> None:
    for decision_id in decided:
        found = _gathered(office, decision_id)
        assert [step.summary.decision_id for step in found.steps] == [*decided]
        assert [step.replay and step.replay.outcome for step in found.steps] == [Outcome.SAME] * 2
        assert found.sound


def test_other_submissions_of_the_applicant_are_named(office: Office, decided: tuple[str, str]) -> None:
    again = office.apply("甲工坊", name="张三丰", number=NUMBER, code="c1", grade="三级")
    office.apply("乙工坊")
    assert [item.decision_id for item in _gathered(office, decided[0]).others] == [again]


def test_the_page_tells_why_and_who_found_what_without_personal_data(office: Office, decided: tuple[str, str]) -> None:
    files = _packed(office, decided[1])
    page = files["说明.html"].decode("utf-8")
    for words in (
        "甲工坊",
        "张**",
        "技艺高超",
        "不符合",
        "评委甲",
        "张**的作品平常",
        "照片",
        "与封存一致",
        "相同",
        "通知》二",
    ):
        assert words in page
    for raw in files.values():
        assert "张三丰".encode() not in raw
        assert NUMBER.encode() not in raw
        assert b"19491231" not in raw


def test_what_is_in_the_pack_can_be_checked_without_the_log(office: Office, decided: tuple[str, str]) -> None:
    files = _packed(office, decided[1])
    for number, decision_id in enumerate(decided, start=1):
        reply = json.loads(files[f"{number}-{decision_id}.json"])
        assert check_receipt(reply, office.log.verifiers).problems == ()
        del reply["criteria"]["skill"]
        assert [item.code for item in check_receipt(reply, office.log.verifiers).problems] == ["receipt-reply-differs"]
    assert files["公钥.txt"].decode() == "".join(f"{key}\n" for key in office.log.verifiers)
    assert files["当时的政策/small/2025.yaml"] == office.policy.raw


def test_the_same_complaint_gives_the_same_bytes(office: Office, decided: tuple[str, str]) -> None:
    once, again = (
        pack(_gathered(office, decided[0]), policy=office.policy, verifiers=(), made_at=MADE) for _ in range(2)
    )
    assert once == again


def test_what_an_applicant_wrote_is_no_markup(office: Office) -> None:
    made = office.find(office.apply("<script>x</script>"), "upheld", reason="<b>好</b>")
    page = _packed(office, made)["说明.html"].decode("utf-8")
    assert "<script>" not in page
    assert "<b>好" not in page


def test_an_erased_decision_is_told_as_such(office: Office, decided: tuple[str, str]) -> None:
    assert office.log.database.write is not None
    with office.log.database.write.begin() as connection:
        connection.execute(delete(schema.keys))
    found = _gathered(office, decided[0])
    assert [step.erased for step in found.steps] == [True, True]
    page = _packed(office, decided[0])["说明.html"].decode("utf-8")
    assert "已依法删除" in page
    assert "认定随之删除" in page


def test_there_is_nothing_to_gather_of_what_is_no_decision(office: Office, decided: tuple[str, str]) -> None:
    assert decided
    (change,) = office.log.list(kinds=(Kind.POLICY_CHANGE,))
    with Recomputation() as engine:
        assert gather(office.log, "nobody", engine) is None
        assert gather(office.log, change.decision_id, engine) is None


# --- the command ---


def _command(office: Office, *arguments: object) -> int:
    places = ("--database-url", office.settings.database_url, "--key-file", office.settings.key_file)
    return program.run(["complaint-pack", *map(str, (*arguments, *places))])


def test_the_command_writes_a_file_and_never_over_another(
    office: Office, decided: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "申诉.zip"
    assert _command(office, decided[0], "--output", target) == 0
    assert {"说明.html", "公钥.txt"} <= _files(target.read_bytes()).keys()
    before = target.read_bytes()
    assert _command(office, decided[0], "--output", target) == 2
    assert "已有同名文件" in capsys.readouterr().err
    assert target.read_bytes() == before


def test_an_unknown_decision_and_an_unwritable_place_are_told(
    office: Office, decided: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _command(office, "nobody", "--output", tmp_path / "x.zip") == 2
    assert not (tmp_path / "x.zip").exists()
    assert _command(office, decided[0], "--output", tmp_path / "none" / "x.zip") == 2
    assert "不能写入" in capsys.readouterr().err


def test_a_tampered_entry_is_told_in_the_pack_and_by_the_exit_code(
    office: Office, decided: tuple[str, str], tmp_path: Path
) -> None:
    assert office.log.database.write is not None
    with office.log.database.write.begin() as connection:
        connection.execute(text("DROP TRIGGER entries_no_update"))
        connection.execute(
            text("UPDATE entries SET leaf = :leaf WHERE decision_id = :id"), {"leaf": b"x" * 32, "id": decided[1]}
        )
    assert _command(office, decided[1], "--output", tmp_path / "x.zip") == 1
    page = _files((tmp_path / "x.zip").read_bytes())["说明.html"].decode("utf-8")
    assert "与封存不一致" in page


def test_what_nobody_declared_is_told_and_who_handed_it_in(office: Office) -> None:
    asked = office.apply("甲工坊")
    bare = _packed(office, office.find(asked, "upheld"))["说明.html"].decode()
    assert all(words in bare for words in ("未作回避声明。", "未写明佐证。", "由 anonymous 提交。"))
    whole = office.find(office.apply("乙工坊"), "upheld", conflict="none", evidence=["照片"])
    told = _packed(office, whole)["说明.html"].decode()
    assert "声明无须回避。" in told
    assert not any(words in told for words in ("未作回避声明", "未写明佐证"))


def test_a_reply_tells_that_nothing_was_declared(office: Office) -> None:
    made = [office.find(office.apply("甲工坊"), "upheld", **more) for more in ({}, {"conflict": "none"})]
    shown = []
    for decision_id in made:
        stored = office.log.get(decision_id)
        assert stored is not None
        fame = next(item for item in stored.reply["criteria"]["skill"]["conditions"] if item["id"] == "fame")
        shown.append((fame["finding"]["conflict"], fame["finding"]["evidence"]))
    assert shown == [("undeclared", []), ("none", [])]
