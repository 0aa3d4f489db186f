"""The same unit and the same person are found however they are typed, and the index shows nobody who they are."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from log_places import Place

from service.decisions.faults import LogUnavailable
from service.decisions.log import DecisionLog
from service.decisions.subjects import Subject, subject_of
from service.policy.library import load_library

ROOT = Path(__file__).parents[2]
CODE, UNIT, NUMBER = "91330302PDY00001X5", "温州示例阀门（集团）有限公司", "330302197603159975"


@pytest.fixture
def filled(at: Place, log: DecisionLog) -> DecisionLog:
    for subject in (
        Subject(CODE, UNIT, NUMBER),
        Subject(None, UNIT, "330302198507219979"),
        Subject("91330302PDY00002X2", "另一家", NUMBER),
        Subject(None, None, None),
    ):
        log.append(at.draft(log, subject=subject))
    log.append(at.draft(log))
    return log


def found(log: DecisionLog, **by: Any) -> list[int]:
    return [one.sequence for one in log.list(**by)]


@pytest.mark.parametrize(
    ("by", "sequences"),
    [
        ({"unit": CODE}, [1]),
        ({"unit": " ９１330302-pdy00001x5 "}, [1]),
        ({"unit": UNIT}, [2, 1]),
        ({"unit": "温州示例阀门(集团) 有限公司"}, [2, 1]),
        ({"person": NUMBER}, [3, 1]),
        ({"person": " ３３０３０２ 1976-0315 9975"}, [3, 1]),
        ({"unit": "另一家", "person": NUMBER}, [3]),
        ({"unit": "温州示例阀门"}, []),
        ({"person": "330302197603159976"}, []),
        ({"person": " "}, []),
    ],
)
def test_decisions_are_found_however_it_is_typed(filled: DecisionLog, by: dict[str, str], sequences: list[int]) -> None:
    assert found(filled, **by) == sequences


def test_a_number_of_fifteen_digits_finds_the_one_that_replaced_it(at: Place, log: DecisionLog) -> None:
    log.append(at.draft(log, subject=Subject(None, None, "11010519491231002x")))
    log.append(at.draft(log, subject=Subject(None, None, "110105 491231 002")))
    assert found(log, person="11010519491231002X") == [2, 1]
    assert found(log, person="110105491231002") == [2, 1]


def test_other_filters_hold_beside_it(filled: DecisionLog) -> None:
    assert found(filled, person=NUMBER, before=3) == [1]
    assert found(filled, person=NUMBER, limit=1) == [3]
    assert found(filled, person=NUMBER, policy="other") == []


def test_the_index_holds_nothing_that_can_be_tried_out(at: Place, filled: DecisionLog) -> None:
    filled.close()
    stored = b"".join(path.read_bytes() for path in at.folder.glob("log.db*"))
    for text in (CODE, UNIT, NUMBER):
        raw = text.encode("utf-8")
        for trace in (raw, *(hashlib.new(name, raw).digest() for name in ("md5", "sha1", "sha256", "sha512"))):
            assert trace not in stored


def test_two_logs_have_digests_of_their_own(at: Place, tmp_path: Path, application: dict[str, Any]) -> None:
    other = Place(tmp_path / "other", application)
    tags = []
    for place in (at, other):
        log = place.open()
        log.append(place.draft(log, subject=Subject(CODE, UNIT, NUMBER)))
        with place.raw() as connection:
            tags.append({row[0] for row in connection.execute("SELECT tag FROM subjects")})
    for log in other.opened:
        log.close()
    assert len(tags[0]) == 3
    assert not tags[0] & tags[1]


def test_looking_for_somebody_needs_the_master_key(at: Place, filled: DecisionLog) -> None:
    filled.close()
    at.key_file.unlink()
    reader = at.open(read_only=True)
    assert len(reader.list()) == 5
    with pytest.raises(LogUnavailable):
        reader.list(person=NUMBER)


def test_a_log_of_before_the_index_gets_it(at: Place, filled: DecisionLog) -> None:
    filled.close()
    with at.raw() as connection:
        connection.execute("DELETE FROM secrets WHERE name = 'subjects'")
    log = at.open()
    assert found(log, person=NUMBER) == []
    log.append(at.draft(log, subject=Subject(CODE, UNIT, NUMBER)))
    assert found(log, person=NUMBER) == [6]


def test_the_policy_says_who_applies() -> None:
    snapshot, _ = load_library(ROOT / "policies")
    assert snapshot is not None
    policy = snapshot.policies[0]
    application = {"unit": {"uscc": CODE, "name": UNIT}, "leader": {"id_number": NUMBER}}
    assert subject_of(policy, application) == Subject(CODE, UNIT, NUMBER)
    assert subject_of(policy, {"unit": None, "leader": {"id_number": 5}}) == Subject(None, None, None)
    assert NUMBER not in repr(subject_of(policy, application))
