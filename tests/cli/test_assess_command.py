"""`eligibility assess`: the forms of its input and output, and its exit codes."""

from __future__ import annotations

import io
import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from command import APPLICATIONS, POLICIES, eligibility
from rich.console import Console

from service.cli.inputs import Outcome
from service.cli.reply_view import show_outcome

FIRST, SECOND = sorted(APPLICATIONS.glob("*.json"))[:2]
JSON = ("--format", "json")


@pytest.fixture(scope="module")
def wrapper() -> dict[str, Any]:
    return json.loads(FIRST.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def reply() -> Any:
    """The reply to the first sample."""
    return eligibility("assess", FIRST, *JSON).json


def _write(path: Path, value: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def _dated(wrapper: dict[str, Any], date: object) -> dict[str, Any]:
    return {**wrapper["application"], "application_date": date}


# --- forms of output ---


def test_one_file_gives_one_object_in_readable_utf8_and_nothing_else() -> None:
    ended = eligibility("assess", FIRST, *JSON)
    assert ended.code == 0
    assert ended.err == ""
    assert ended.out == json.dumps(ended.json, ensure_ascii=False, indent=2) + "\n"
    assert list(ended.json)[:3] == ["policy", "overall", "scope"]


def test_several_files_give_an_array_in_the_order_given(reply: Any) -> None:
    ended = eligibility("assess", SECOND, FIRST, *JSON)
    assert ended.code == 0
    assert ended.out == json.dumps(ended.json, ensure_ascii=False, indent=2) + "\n"
    assert len(ended.json) == 2
    assert ended.json[1] == reply


def test_a_bare_application_is_read_like_a_wrapped_one(tmp_path: Path, wrapper: dict[str, Any], reply: Any) -> None:
    bare = _write(tmp_path / "bare.json", wrapper["application"])
    assert eligibility("assess", bare, *JSON).json == reply


def test_an_unreadable_file_stands_in_its_place_and_the_exit_code_is_2(tmp_path: Path, reply: Any) -> None:
    broken = tmp_path / "broken.json"
    broken.write_text('{"a": 1, "a": NaN', encoding="utf-8")
    gone = tmp_path / "gone.json"
    ended = eligibility("assess", broken, FIRST, gone, *JSON)
    assert ended.code == 2
    first, second, third = ended.json
    assert first["file"] == str(broken)
    assert [set(item) for item in first["problems"]] == [{"code", "message", "pointer", "hint"}]
    assert first["problems"][0]["code"] == "json-syntax"
    assert second == reply
    assert third["file"] == str(gone)
    assert [item["code"] for item in third["problems"]] == ["input-missing"]


def test_one_unreadable_file_is_one_object(tmp_path: Path) -> None:
    ended = eligibility("assess", tmp_path / "gone.json", *JSON)
    assert ended.code == 2
    assert ended.json["problems"][0]["code"] == "input-missing"
    assert ended.err == ""


def test_every_fault_of_a_wrapper_is_told_at_once_with_pointers_into_the_file(
    tmp_path: Path, wrapper: dict[str, Any]
) -> None:
    faulty = {
        **wrapper,
        "application": {**wrapper["application"], "unknown": 1, "application_date": "2024-02-30"},
        "findings": [{"about": "nothing"}],
    }
    ended = eligibility("assess", _write(tmp_path / "a.json", faulty), *JSON)
    assert ended.code == 2
    pointers = [item["pointer"] for item in ended.json["problems"]]
    assert pointers[:2] == ["/application/application_date", "/application/unknown"]
    assert "/findings/0/about" in pointers


def test_the_table_names_file_verdict_and_what_is_missing(tmp_path: Path, wrapper: dict[str, Any]) -> None:
    application = {**wrapper["application"], "application_date": None}
    path = _write(tmp_path / "a.json", {"application": application, "edition": "2024"})
    ended = eligibility("assess", path, COLUMNS="200")
    assert ended.code == 0
    reply = eligibility("assess", path, *JSON).json
    assert str(path) in ended.out.replace("\n", "")
    for text in (
        reply["overall"]["label"],
        reply["policy"]["title"],
        *(i["label"] for i in reply["missing"]),
    ):
        assert text in ended.out
    assert "\x1b" not in ended.out


@pytest.mark.parametrize(("status", "shown"), [("ineligible", False), ("incomplete", True), ("eligible", True)])
def test_the_table_tells_of_the_award_unless_the_applicant_is_ineligible(status: str, shown: bool, reply: Any) -> None:
    award = [{"label": "一等奖励", "value": "30万元", "status": "satisfied"}]
    told = {**reply, "overall": {**reply["overall"], "status": status}, "award": award}
    target = Console(file=io.StringIO(), width=200)
    show_outcome(Outcome("a.json", told), target)
    assert ("30万元" in cast(io.StringIO, target.file).getvalue()) == shown


def test_no_line_of_the_table_is_wider_than_the_terminal_or_ends_in_blanks() -> None:
    from rich.cells import cell_len

    ended = eligibility("assess", FIRST, SECOND)
    assert [line for line in ended.out.split("\n") if cell_len(line) > 80 or line != line.rstrip()] == []


def test_what_an_applicant_wrote_cannot_steer_the_terminal(tmp_path: Path, wrapper: dict[str, Any]) -> None:
    leader = {**wrapper["application"]["leader"], "specialty_and_achievements": "甲\u202e乙[bold]丙:smile:"}
    path = _write(tmp_path / "a\x1b[31m.json", {**wrapper["application"], "leader": leader})
    ended = eligibility("assess", path)
    assert ended.code == 0
    assert not {"\x1b", "\u202e"} & set(ended.out)
    assert "甲?乙[bold]丙:smile:" in ended.out


# --- forms of input ---


def test_standard_input_is_one_file(reply: Any) -> None:
    ended = eligibility("assess", "-", *JSON, stdin=FIRST.read_bytes())
    assert ended.code == 0
    assert ended.json == reply


def test_several_objects_on_standard_input_are_one_a_line(wrapper: dict[str, Any], reply: Any) -> None:
    line = json.dumps(wrapper).encode()
    ended = eligibility("assess", "-", *JSON, stdin=line + b"\r\n\n" + line + b"\n")
    assert ended.json == [reply, reply]


def test_ndjson_is_an_array_and_names_the_line_at_fault(tmp_path: Path, wrapper: dict[str, Any], reply: Any) -> None:
    path = tmp_path / "many.ndjson"
    path.write_text(f"{json.dumps(wrapper)}\n\n{{\n{json.dumps(wrapper['application'])}", encoding="utf-8")
    ended = eligibility("assess", path, *JSON)
    assert ended.code == 2
    assert [item.get("file") for item in ended.json] == [None, f"{path}:3", None]
    assert ended.json[2] == reply


def test_ndjson_of_one_line_is_still_an_array(tmp_path: Path, wrapper: dict[str, Any], reply: Any) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(wrapper) + "\n", encoding="utf-8")
    assert eligibility("assess", path, *JSON).json == [reply]


def test_a_folder_is_its_json_files_by_path_at_any_depth(tmp_path: Path, reply: Any) -> None:
    for name in ("b.json", "a/z.json", ".hidden/c.json", "notes.txt"):
        target = tmp_path / name
        target.parent.mkdir(exist_ok=True)
        shutil.copy(FIRST, target)
    (tmp_path / "b.json").write_text("[]", encoding="utf-8")
    ended = eligibility("assess", tmp_path, *JSON)
    assert ended.json[0] == reply
    assert [item.get("file") for item in ended.json[1:]] == [str(tmp_path / "b.json")]


def test_an_empty_folder_is_told(tmp_path: Path) -> None:
    ended = eligibility("assess", tmp_path, *JSON)
    assert ended.code == 2
    assert [item["problems"][0]["code"] for item in ended.json] == ["input-folder-empty"]


# --- edition and policy ---


def test_the_edition_in_force_on_the_application_date_judges(tmp_path: Path, wrapper: dict[str, Any]) -> None:
    path = _write(tmp_path / "a.json", _dated(wrapper, "2024-01-01"))
    assert eligibility("assess", path, *JSON).json["policy"]["in_force"] is True


@pytest.mark.parametrize("date", [None, "2019-05-01"])
def test_a_date_in_no_edition_is_a_problem_that_names_the_editions(
    tmp_path: Path, wrapper: dict[str, Any], date: object
) -> None:
    path = _write(tmp_path / "a.json", {"application": _dated(wrapper, date)})
    ended = eligibility("assess", path, *JSON)
    assert ended.code == 2
    (found,) = ended.json["problems"]
    assert (found["code"], found["pointer"]) == ("input-edition-undecided", "/application/application_date")
    assert "2024" in found["message"]


def test_an_edition_named_is_used_outside_its_period(tmp_path: Path, wrapper: dict[str, Any]) -> None:
    application = _dated(wrapper, "2019-05-01")
    bare = _write(tmp_path / "bare.json", application)
    wrapped = _write(tmp_path / "wrapped.json", {"application": application, "edition": "2024"})
    ended = eligibility("assess", bare, wrapped, "--edition", "2024", *JSON)
    assert [item["policy"]["in_force"] for item in ended.json] == [False, False]
    assert eligibility("assess", wrapped, *JSON).json["policy"]["in_force"] is False


def test_the_option_overrules_the_edition_of_a_wrapper(tmp_path: Path, wrapper: dict[str, Any]) -> None:
    path = _write(tmp_path / "a.json", {**wrapper, "edition": "1999"})
    assert eligibility("assess", path, *JSON, "--edition", "2024").code == 0
    ended = eligibility("assess", path, *JSON)
    assert ended.code == 2
    assert [(p["code"], p["pointer"]) for p in ended.json["problems"]] == [("input-edition-unknown", "/edition")]


@pytest.mark.parametrize("option", ["--edition", "--policy"])
def test_an_unknown_name_on_the_command_line_is_told_with_the_known_ones(option: str) -> None:
    ended = eligibility("assess", FIRST, option, "none", *JSON)
    assert (ended.code, ended.out) == (2, "")
    assert option in ended.err
    assert ("2024" if option == "--edition" else _policy_id()) in ended.err


def _policy_id() -> str:
    return next(path.parent.name for path in POLICIES.glob("*/*.yaml") if path.parent.name != "tables")


def test_several_policies_must_be_told_apart(tmp_path: Path, reply: Any) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    name = _policy_id()
    shutil.copytree(folder / name, folder / "second")
    for path in (folder / "second").glob("*.yaml"):
        text = path.read_text(encoding="utf-8").replace(f"policy: {name}\n", "policy: second\n")
        path.write_text(text, encoding="utf-8")
    ended = eligibility("assess", FIRST, *JSON, ELIGIBILITY_POLICIES=str(folder))
    assert (ended.code, ended.out) == (2, "")
    assert name in ended.err
    assert "second" in ended.err
    chosen = eligibility("assess", FIRST, *JSON, "--policies", folder, "--policy", name)
    assert chosen.json == reply


def test_a_bad_policy_is_exit_3_and_prints_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    shutil.copytree(POLICIES, folder)
    (folder / "tables" / "bad.yaml").write_text("table: [\n", encoding="utf-8")
    ended = eligibility("assess", FIRST, *JSON, "--policies", folder)
    assert (ended.code, ended.out) == (3, "")
    assert "policies/tables/bad.yaml:" in ended.err


def test_a_folder_that_is_not_there_is_exit_3(tmp_path: Path) -> None:
    assert eligibility("assess", FIRST, "--policies", tmp_path / "none").code == 3


def test_findings_of_a_wrapper_count(tmp_path: Path, wrapper: dict[str, Any], reply: Any) -> None:
    review = next(item for item in reply["reviews"] if item["gates"])
    decided = {"result": "rejected", "by": "评审组", "on": "2024-07-01"}
    finding = {"about": review["about"], "kind": review["kind"], **decided}
    ended = eligibility("assess", _write(tmp_path / "a.json", {**wrapper, "findings": [finding]}), *JSON)
    assert review["about"] in {item["about"] for item in reply["reviews"]}
    assert review["about"] not in {item["about"] for item in ended.json["reviews"]}
