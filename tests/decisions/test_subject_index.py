"""Rows gone from the index of units and persons, or changed in it, are named, and the index is made anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from log_places import ON, Place

from service.decisions import subject_index
from service.decisions.entry import Kind
from service.decisions.erasure import erase
from service.decisions.log import DecisionLog
from service.decisions.opening import Opening, open_all
from service.decisions.reading import Stored
from service.decisions.subject_index import reindex
from service.decisions.subjects import Subject
from service.decisions.verification import verify

POLICY = Path(__file__).parents[1] / "data" / "policies" / "rounds" / "small" / "2025.yaml"
CODE, UNIT, NUMBER = "91330302PDY00001X5", "温州示例阀门制造有限公司", "330302197603159975"
ALL = "单位代码、单位名称、身份证号"


def decided(at: Place, log: DecisionLog, *, indexed: bool = True) -> Stored:
    """A decision on an application of the unit for the person."""
    subject = Subject(CODE, UNIT, NUMBER)
    return log.append(
        at.draft(
            log,
            policy_id="small",
            edition="2025",
            policy_digest=log.archive("policy", "small/2025.yaml", POLICY.read_bytes()),
            tables=(),
            application={"unit": {"code": CODE, "name": UNIT}, "head": {"number": NUMBER}},
            subject=subject if indexed else None,
        )
    )


@pytest.fixture
def three(at: Place, log: DecisionLog) -> list[Stored]:
    return [decided(at, log) for _ in range(3)]


def found(opening: Opening) -> list[list[Any]]:
    assert all(item.message for item in opening.faults)
    return [[item.code, *reversed(dict(item.params).values())] for item in opening.faults]


def counts(opening: Opening) -> tuple[int, ...]:
    return tuple(opening.counted.values())


def test_an_index_nobody_touched_agrees(three: list[Stored], log: DecisionLog) -> None:
    opening = open_all(log)
    assert (found(opening), counts(opening)) == ([], (3, 0, 0, 0, 0))


TAMPERED = {
    "a row deleted": ("DELETE FROM subjects WHERE sequence = 2 AND kind = 'person'", ["missing", 2, "身份证号"]),
    "every row deleted": ("DELETE FROM subjects WHERE sequence = 2", ["missing", 2, ALL]),
    "a digest changed": (
        "UPDATE subjects SET tag = x'00' WHERE sequence = 3 AND kind = 'unit_name'",
        ["wrong", 3, "单位名称"],
    ),
    "a row put in": (
        "INSERT INTO subjects SELECT kind, x'00', sequence, decision_id FROM subjects "
        "WHERE sequence = 1 AND kind = 'unit_code'",
        ["surplus", 1, "单位代码"],
    ),
    "a row of no known kind": (
        "INSERT INTO subjects SELECT 'age', tag, sequence, decision_id FROM subjects "
        "WHERE sequence = 1 AND kind = 'unit_code'",
        ["surplus", 1, "种类不明的记录"],
    ),
    "a row that would outlive an erasure": (
        "UPDATE subjects SET decision_id = (SELECT decision_id FROM entries WHERE sequence = 1) "
        "WHERE sequence = 2 AND kind = 'person'",
        ["wrong", 2, "身份证号"],
    ),
    "rows that point at nothing": ("UPDATE subjects SET sequence = 9 WHERE sequence = 3 AND kind = 'person'", None),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_done_to_the_index_is_named(at: Place, three: list[Stored], log: DecisionLog, name: str) -> None:
    sql, expected = TAMPERED[name]
    with at.raw() as connection:
        connection.execute(at.sql(sql))
    wanted = [expected] if expected else [["missing", 3, "身份证号"], ["surplus", 9, "身份证号"]]
    opening = open_all(log)
    assert found(opening) == [[f"log-subject-{code}", *rest] for code, *rest in wanted]
    reindex(log, opening.index.differing, requested_by="cao", at=ON)
    assert found(open_all(log)) == []
    assert [one.sequence for one in log.list(person=NUMBER)] == [3, 2, 1]


def test_rows_left_of_an_erased_decision_are_told_without_any_key(
    at: Place, three: list[Stored], log: DecisionLog
) -> None:
    with at.raw() as connection:
        rows = connection.execute("SELECT kind, tag, sequence, decision_id FROM subjects WHERE sequence = 2").fetchall()
    erase(log, [three[1].decision_id], reason="x", requested_by="cao", at=ON)
    assert verify(log).sound
    kept = rows[0]
    with log.database.write.begin() as connection:  # type: ignore[union-attr]  # opened to be written
        connection.execute(
            subject_index.schema.subjects.insert(),
            [dict(zip(("kind", "tag", "sequence", "decision_id"), kept, strict=True))],
        )
    assert [[item.code, *dict(item.params).values()] for item in verify(log).faults] == [["log-subject-left", 2]]
    assert counts(open_all(log)) == (2, 0, 1, 0, 0)


def test_decisions_of_before_the_index_are_counted_and_indexed_on_demand(at: Place, log: DecisionLog) -> None:
    for _ in range(3):
        decided(at, log, indexed=False)
    decided(at, log)
    opening = open_all(log)
    assert (found(opening), counts(opening)) == ([], (4, 0, 0, 0, 3))
    ((entry_id, count),) = reindex(log, opening.index.differing, requested_by="cao", at=ON)
    assert count == 3
    assert [one.sequence for one in log.list(unit=UNIT)] == [4, 3, 2, 1]
    told = log.public(entry_id)
    assert told is not None
    assert (told.kind, told.requested_by, told.public["added"], told.public["removed"]) == (
        Kind.INDEXING, "cao", 9, 0,
    )  # fmt: skip
    assert verify(log).sound
    # From now on their rows must be there.
    with at.raw() as connection:
        connection.execute("DELETE FROM subjects WHERE sequence = 1")
    assert found(open_all(log)) == [["log-subject-missing", 1, ALL]]


def test_a_decision_without_rows_after_one_that_has_some_was_hidden(at: Place, log: DecisionLog) -> None:
    decided(at, log)
    decided(at, log, indexed=False)
    assert found(open_all(log)) == [["log-subject-missing", 2, ALL]]


def test_many_are_told_of_by_several_entries(at: Place, log: DecisionLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject_index, "_TOGETHER", 2)
    for _ in range(3):
        decided(at, log, indexed=False)
    differing = open_all(log).index.differing
    assert [count for _, count in reindex(log, differing, requested_by="cao", at=ON)] == [2, 1]
    assert (found(open_all(log)), open_all(log).index.differing) == ([], [])


def test_what_was_erased_meanwhile_is_not_indexed_again(at: Place, log: DecisionLog) -> None:
    first, _ = decided(at, log, indexed=False), decided(at, log, indexed=False)
    differing = open_all(log).index.differing
    erase(log, [first.decision_id], reason="x", requested_by="cao", at=ON)
    reindex(log, differing, requested_by="cao", at=ON)
    assert [one.sequence for one in log.list(unit=UNIT)] == [2]
    assert verify(log).sound


def test_a_policy_that_cannot_be_read_leaves_its_decisions_uncompared(at: Place, log: DecisionLog) -> None:
    log.append(at.draft(log))
    assert counts(open_all(log)) == (1, 0, 0, 1, 0)


def test_a_private_part_under_another_master_key_is_named(at: Place, three: list[Stored], log: DecisionLog) -> None:
    with at.raw() as connection:
        connection.execute("UPDATE keys SET key_id = 'other' WHERE decision_id IN "
                           "(SELECT decision_id FROM entries WHERE sequence = 2)")  # fmt: skip
    opening = open_all(log)
    assert found(opening) == [["log-private-key-unknown", 2, "other"]]
    assert counts(opening) == (2, 1, 0, 0, 0)


def test_without_the_secret_of_the_index_the_parts_are_opened_all_the_same(
    at: Place, three: list[Stored], log: DecisionLog, codes: Callable[[Any], list[str]]
) -> None:
    with at.raw() as connection:
        connection.execute("DELETE FROM secrets WHERE name = 'subjects'")
    opening = open_all(log)
    assert [item.code for item in opening.faults] == ["log-secret-missing"]
    assert opening.opened == 3
