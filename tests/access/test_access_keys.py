"""Keys made, rotated and revoked: what is kept of them, what is refused, and what the log tells of each change."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from key_places import REFUSED, Owned

from service.access.changes import AccessRefused, MadeKey, make_key, revoke_keys, rotate_key
from service.access.keys import AccessKey, AccessKeys, State
from service.access.roles import RIGHTS, Extent, Principal, Right, Role
from service.access.tokens import bearer_token, is_token, key_id_of, new_token, token_digest
from service.decisions.entry import Kind
from service.decisions.faults import LogUnavailable
from service.decisions.log import DecisionLog
from service.decisions.verification import verify

AT = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def _make(log: DecisionLog, holder: str = "申报平台", role: Role = Role.PORTAL, **more: Any) -> MadeKey:
    return make_key(log, holder=holder, role=role, **{"requested_by": "admin", "at": AT, **more})


def _changes(log: DecisionLog) -> list[Any]:
    return [item.public for item in reversed(log.list(kinds=(Kind.ACCESS_CHANGE,)))]


def _refused(change: Callable[[], object]) -> list[str]:
    with pytest.raises(AccessRefused) as fault:
        change()
    assert all(item.message for item in fault.value.problems)
    return [item.code for item in fault.value.problems]


def test_a_key_is_known_by_itself_alone(log: DecisionLog, keys: AccessKeys) -> None:
    made = _make(log, unit="91330302MA2ABCDEF1")
    assert re.fullmatch(r"elig_[0-9a-f]{10}_[0-9a-f]{64}", made.token)
    seen = keys.identify(made.token, AT)
    assert seen.principal == Principal("申报平台", Role.PORTAL, "91330302MA2ABCDEF1", made.key.key_id)
    for other in (
        made.token[:-1],
        made.token[:-1] + "g",
        made.token.upper(),
        _make(log, "另一个").token[:16] + made.token[16:],
    ):
        assert keys.identify(other, AT).principal is None
    assert made.key in keys.list()


def test_no_two_keys_are_alike_and_none_is_shown_by_repr(log: DecisionLog) -> None:
    assert len({new_token() for _ in range(100)}) == 100
    made = _make(log)
    assert made.token not in repr(made)
    assert made.token[16:] not in repr(made)


@pytest.mark.only("sqlite")
def test_the_database_holds_the_digest_and_not_the_key(log: DecisionLog, tmp_path: Path) -> None:
    made = _make(log)
    log.close()
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert token_digest(made.token) in written
    for part in (made.token, made.token[16:], bytes.fromhex(made.token[16:])):
        assert (part.encode() if isinstance(part, str) else part) not in written


def test_every_change_is_an_entry_of_the_log_without_the_key(log: DecisionLog) -> None:
    made = _make(log, unit="某单位")
    new = rotate_key(log, made.key.key_id, overlap=DAY, requested_by="admin", at=AT)
    revoke_keys(log, [new.key.key_id], requested_by="chief", at=AT + DAY)
    first, second, third = _changes(log)
    assert [item["change"] for item in (first, second, third)] == ["made", "rotated", "revoked"]
    assert [item["requested_by"] for item in (first, second, third)] == ["admin", "admin", "chief"]
    assert first["key"] == {
        "id": made.key.key_id,
        "holder": "申报平台",
        "role": "portal",
        "unit": "某单位",
        "made_at": "2026-03-01T09:00:00+00:00",
        "expires_at": None,
        "revoked_at": None,
        "rotated_from": None,
        "digest": f"sha256:{token_digest(made.token).hex()}",
    }
    assert second["key"]["rotated_from"] == second["previous"]["id"] == made.key.key_id
    assert second["previous"]["expires_at"] == "2026-03-02T09:00:00+00:00"
    assert third["key"]["revoked_at"] == "2026-03-02T09:00:00+00:00"
    assert verify(log).sound
    for token in (made.token, new.token):
        assert token[-64:] not in str((first, second, third))


def test_a_dry_run_checks_and_keeps_nothing(log: DecisionLog, keys: AccessKeys) -> None:
    made = _make(log)
    again: dict[str, Any] = {"requested_by": "admin", "at": AT, "dry_run": True}
    _make(log, "评审一组", Role.REVIEWER, dry_run=True)
    rotate_key(log, made.key.key_id, overlap=DAY, **again)
    assert revoke_keys(log, [made.key.key_id], **again)[0].revoked_at == AT
    assert _refused(lambda: _make(log, role=Role.OFFICER, dry_run=True)) == ["access-other-role"]
    assert keys.list() == (made.key,)
    assert len(_changes(log)) == 1


def test_a_key_ends_at_its_time_and_not_before(log: DecisionLog, keys: AccessKeys) -> None:
    token = _make(log, expires_at=AT + DAY).token
    assert keys.identify(token, AT + DAY - timedelta(seconds=1)).principal is not None
    ended = keys.identify(token, AT + DAY)
    assert (ended.principal, ended.state) == (None, State.EXPIRED)


def test_rotation_leaves_the_old_key_for_the_time_asked_for(log: DecisionLog, keys: AccessKeys) -> None:
    old = _make(log)
    new = rotate_key(log, old.key.key_id, overlap=timedelta(hours=1), requested_by="admin", at=AT)
    assert new.key.rotated_from == old.key.key_id
    assert (new.key.holder, new.key.role) == (old.key.holder, old.key.role)
    for after, old_taken in ((timedelta(minutes=59), True), (timedelta(hours=1), False)):
        assert (keys.identify(old.token, AT + after).principal is not None) is old_taken
        assert keys.identify(new.token, AT + after).principal is not None
    at_once = rotate_key(log, new.key.key_id, overlap=timedelta(0), requested_by="admin", at=AT)
    assert keys.identify(new.token, AT).principal is None
    assert keys.identify(at_once.token, AT).principal is not None


def test_rotation_never_lengthens_the_old_key_and_keeps_how_long_one_lasts(log: DecisionLog) -> None:
    old = _make(log, expires_at=AT + 10 * DAY)
    at = AT + 9 * DAY
    new = rotate_key(log, old.key.key_id, overlap=7 * DAY, requested_by="admin", at=at)
    assert new.key.expires_at == at + 10 * DAY
    kept = {key.key_id: key for key in AccessKeys(log.database).list()}
    assert kept[old.key.key_id].expires_at == AT + 10 * DAY
    named = rotate_key(log, new.key.key_id, overlap=DAY, expires_at=at + DAY, requested_by="admin", at=at)
    assert named.key.expires_at == at + DAY


def test_keys_are_revoked_all_or_none_and_only_once(log: DecisionLog, keys: AccessKeys) -> None:
    one, two = _make(log).key.key_id, _make(log).key.key_id
    revoked = {"requested_by": "admin", "at": AT}
    assert _refused(lambda: revoke_keys(log, [one, "0000000000", two], **revoked)) == ["access-unknown"]
    assert {key.state(AT) for key in keys.list()} == {State.IN_USE}
    revoke_keys(log, [one, one, two], **revoked)
    assert {key.state(AT) for key in keys.list()} == {State.REVOKED}
    assert len(_changes(log)) == 4
    assert _refused(lambda: revoke_keys(log, [one, two], **revoked)) == ["access.state.revoked"] * 2
    assert _refused(lambda: rotate_key(log, one, overlap=DAY, **revoked)) == ["access.state.revoked"]


def test_an_expired_key_can_be_revoked_but_not_rotated(log: DecisionLog) -> None:
    key_id = _make(log, expires_at=AT + DAY).key.key_id
    later = {"requested_by": "admin", "at": AT + 2 * DAY}
    assert _refused(lambda: rotate_key(log, key_id, overlap=DAY, **later)) == ["access.state.expired"]
    revoke_keys(log, [key_id], **later)


@pytest.mark.parametrize(
    ("holder", "codes"),
    [
        ("", ["access-holder"]),
        ("   ", ["access-holder"]),
        ("长" * 101, ["access-holder"]),
        ("a\nb", ["access-holder"]),
        ("a\u202eb", ["access-holder"]),
        ("a\udcffb", ["access-holder"]),
        ("Anonymous", ["access-holder-reserved"]),
        ("service", ["access-holder-reserved"]),
        ("张三13800138000", ["access-holder-number"]),
        ("１３８００１３８０００", ["access-holder-number"]),
    ],
)
def test_a_name_that_the_log_could_not_bear_is_refused(log: DecisionLog, holder: str, codes: list[str]) -> None:
    assert _refused(lambda: _make(log, holder)) == codes


def test_all_that_is_wrong_is_told_at_once(log: DecisionLog) -> None:
    found = _refused(lambda: _make(log, "", unit="", expires_at=AT))
    assert sorted(found) == ["access-holder", "access-past", "access-unit"]


def test_a_name_stands_for_one_role_and_one_unit(log: DecisionLog) -> None:
    first = _make(log, "评审一组", Role.REVIEWER, unit="甲单位").key.key_id
    assert _refused(lambda: _make(log, "评审一组", Role.AUDITOR)) == ["access-other-role"]
    assert _refused(lambda: _make(log, "评审一组", Role.REVIEWER)) == ["access-other-unit"]
    second = _make(log, "评审一组", Role.REVIEWER, unit="甲单位").key
    revoke_keys(log, [first, second.key_id], requested_by="admin", at=AT)
    assert _make(log, "评审一组", Role.REVIEWER, unit="乙单位").key.unit == "乙单位"
    assert _refused(lambda: _make(log, "评审一组", Role.AUDITOR)) == ["access-other-role"]


def test_keys_stay_configured_when_the_last_one_is_revoked(log: DecisionLog, keys: AccessKeys) -> None:
    assert not keys.configured()
    made = _make(log)
    assert keys.configured()
    revoke_keys(log, [made.key.key_id], requested_by="admin", at=AT)
    assert AccessKeys(log.database).configured()


STATEMENTS = [
    "DELETE FROM api_keys",
    "UPDATE api_keys SET digest = x'00'",
    "UPDATE api_keys SET role = 'auditor'",
    "UPDATE api_keys SET holder = 'x'",
    "UPDATE api_keys SET unit = 'x'",
    "UPDATE api_keys SET revoked_at = NULL",
    "UPDATE api_keys SET revoked_at = '2099-01-01T00:00:00+00:00'",
    "UPDATE api_keys SET expires_at = NULL",
    "UPDATE api_keys SET expires_at = '2099-01-01T00:00:00+00:00'",
    "INSERT INTO api_keys SELECT * FROM api_keys WHERE true ON CONFLICT (id) DO UPDATE SET role = 'auditor'",
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_the_table_gives_no_key_back_whoever_asks(log: DecisionLog, owned: Owned, statement: str) -> None:
    made = _make(log, unit="某单位", expires_at=AT + DAY)
    revoke_keys(log, [made.key.key_id], requested_by="admin", at=AT)
    with pytest.raises(REFUSED, match="never"):
        owned.run(statement)


def test_its_own_ways_round_a_trigger_are_closed_too(log: DecisionLog, owned: Owned, database: str) -> None:
    statement = {"sqlite": "INSERT OR REPLACE INTO api_keys SELECT * FROM api_keys", "postgresql": "TRUNCATE api_keys"}
    _make(log)
    with pytest.raises(REFUSED, match="never"):
        owned.run(statement[database])


TAMPERING = {
    "INSERT INTO api_keys SELECT 'ffffffffff', digest, holder, 'auditor', unit, made_at, expires_at, revoked_at, "
    "rotated_from FROM api_keys": "log-access-key-unlogged",
    "UPDATE api_keys SET role = 'auditor'": "log-access-key-edited",
    "UPDATE api_keys SET unit = NULL": "log-access-key-edited",
    "UPDATE api_keys SET revoked_at = NULL": "log-access-key-edited",
    "UPDATE api_keys SET expires_at = NULL": "log-access-key-edited",
    "UPDATE api_keys SET digest = x'00'": "log-access-key-edited",
    "DELETE FROM api_keys": "log-access-key-lost",
}


@pytest.mark.parametrize("statement", TAMPERING)
def test_a_table_that_differs_from_the_log_is_found(log: DecisionLog, owned: Owned, statement: str) -> None:
    made = _make(log, unit="某单位", expires_at=AT + DAY)
    revoke_keys(log, [made.key.key_id], requested_by="admin", at=AT)
    assert verify(log).sound
    owned.run(statement, unguarded=True)
    fault, *triggers = sorted(verify(log).faults, key=lambda item: item.code)
    assert (fault.code, bool(fault.message)) == (TAMPERING[statement], True)
    assert [item.code for item in triggers] == ["log-trigger-missing"] * 3
    assert AccessKeys(log.database).configured(), "rows taken out do not open the service"


@pytest.mark.only("sqlite")
def test_without_a_database_nobody_is_recognised(log: DecisionLog, keys: AccessKeys, tmp_path: Path) -> None:
    token = _make(log).token
    log.close()
    (tmp_path / "log.db").unlink()
    with pytest.raises(LogUnavailable):
        keys.identify(token, AT)


def test_a_key_is_compared_whatever_is_sent() -> None:
    token, key_id = new_token()
    assert key_id_of(token) == key_id
    assert is_token(token, token_digest(token))
    for other in ("", "密钥", "\udcff", token + "0", token[:-1]):
        assert not is_token(other, token_digest(token))
        assert key_id_of(other) is None


def test_an_authorization_header_carries_one_key() -> None:
    assert bearer_token("bEaReR  abc") == "abc"
    for header in ("", "Bearer", "Bearer a b", "Bearer a,b", "Basic a", "Bearer\u00a0a", "Bearer " + "a" * 201):
        assert bearer_token(header) is None


def test_the_table_of_roles_says_what_the_design_asks() -> None:
    reach = {role.value: {right.value: extent.value for right, extent in RIGHTS[role].items()} for role in Role}
    assert reach["portal"]["read"] == Extent.OWN
    assert reach["reviewer"]["read"] == reach["reviewer"]["find"] == Extent.OTHER_UNITS
    assert {role for role in reach if Right.DECIDE in reach[role]} == {"portal"}
    assert {role for role in reach if Right.FIND in reach[role]} == {"reviewer"}
    assert {role for role in reach if Right.LIST in reach[role]} == {"officer", "auditor"}
    assert Principal("anonymous").extent(Right.FIND) is Extent.ALL


def test_a_principal_without_unit_belongs_to_none() -> None:
    assert not Principal("a", Role.REVIEWER).belongs_to(None, "", "x")
    assert not Principal("a", Role.REVIEWER, "x").belongs_to(None, "")
    assert Principal("a", Role.REVIEWER, "（某）Ｘ1").belongs_to(None, "(某) x1")


def test_a_key_that_was_revoked_is_revoked_whatever_its_time() -> None:
    key = AccessKey(key_id="a", holder="b", role=Role.PORTAL, unit=None, made_at=AT, expires_at=AT, revoked_at=AT)
    assert key.state(AT) is State.REVOKED
