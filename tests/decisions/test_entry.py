import hmac
import json
from collections.abc import Iterator
from datetime import datetime
from types import MappingProxyType
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from service.decisions import entry

ascii_names = st.text(st.characters(max_codepoint=127), max_size=8)
public_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_names, inner, max_size=4),
    max_leaves=20,
)


@given(public_values)
def test_canonical_bytes_are_those_of_rfc_8785(value):
    assert entry.canonical(value) == rfc8785.dumps(value)


def personal_values(value: Any) -> Iterator[str]:
    """Every string an application holds that could name or describe somebody."""
    if isinstance(value, dict):
        for item in value.values():
            yield from personal_values(item)
    elif isinstance(value, list):
        for item in value:
            yield from personal_values(item)
    elif isinstance(value, str) and len(value) > 1:
        yield value


def test_no_personal_value_leaves_the_private_part(at, log):
    body = json.dumps(at.application).encode()
    stored = log.append(
        at.draft(log, findings=({"about": "master", "by": "评审员王五", "reason": "技艺高超"},)),
        idempotency=("330302197603159975", body),
    )
    values = {*personal_values(at.application), "评审员王五", "技艺高超", "2036-03-15", "11年8个月"}
    assert len(values) > 40
    with at.raw() as connection:
        public = connection.execute("SELECT public FROM entries").fetchone()[0].decode()
    log.close()
    everything = at.everything()
    # A year or a sex could stand in random bytes by chance; what is long enough to be somebody's must not.
    assert [value for value in values if value in public] == []
    assert [value for value in values if len(value) > 3 and value.encode() in everything] == []
    assert stored.decision_id.encode() in everything


def test_the_public_part_says_what_an_auditor_needs_and_keeps_statuses_only(at, log):
    draft = at.draft(log)
    stored = log.append(draft)
    assert stored.public == {
        "format": 1,
        "sequence": 1,
        "kind": "decision",
        "decision_id": stored.decision_id,
        "received_at": "2024-07-01T09:30:00+08:00",
        "decided_at": stored.decided_at.isoformat(),
        "requested_by": "portal",
        "policy": {"id": "studio", "edition": "2024", "digest": draft.policy_digest},
        "tables": [{"name": "levels", "digest": draft.tables[0][1]}],
        "engine": entry.engine_version(),
        "service": stored.public["service"],
        "supersedes": None,
        "conditions": {"master.years": {"status": "satisfied", "machine_status": "needs_review", "deciding": True}},
        "overall": "eligible",
        "application_digest": stored.public["application_digest"],
        "tree_before": 0,
        "reply_digest": stored.public["reply_digest"],
        "private_digest": stored.public["private_digest"],
    }


def test_the_application_digest_is_salted_and_can_be_shown_with_the_salt(at, log):
    one, two = (log.append(at.draft(log)) for _ in range(2))
    assert one.public["application_digest"] != two.public["application_digest"]
    salt = b"s" * 32
    shown = {"b": "张", "a": 1}
    expected = hmac.digest(salt, '{"a":1,"b":"张"}'.encode(), "sha256").hex()
    assert entry.application_digest(salt, shown) == f"hmac-sha256:{expected}"


@pytest.mark.parametrize(
    "changes",
    [
        {"overall": "符合"},
        {"conditions": {"c": {"status": "2036-03-15", "machine_status": "unknown", "deciding": True}}},
        {"conditions": {"𠀋": {"status": "unknown", "machine_status": "unknown", "deciding": True}}},
        {"on": datetime(2024, 6, 28)},
        {"received_at": datetime(2024, 6, 28)},
    ],
    ids=["overall-text", "status-text", "condition-id", "on-without-zone", "received-without-zone"],
)
def test_what_does_not_belong_into_the_public_part_is_refused(at, log, changes):
    with pytest.raises(ValueError, match=r"ASCII|Plane|zone"):
        log.append(at.draft(log, **changes))
    assert at.count("entries") == 0


def test_a_condition_id_may_be_chinese(at, log):
    status = {"status": "unknown", "machine_status": "unknown", "deciding": True}
    stored = log.append(at.draft(log, conditions={"有大师.年限": status}))
    assert stored.public["conditions"] == {"有大师.年限": status}


def test_a_private_part_of_before_replies_were_sealed_is_read(at, log):
    vault = log.opened_vault()
    held = {"on": "2024-07-01T09:30:00+08:00", "application": {}, "findings": [], "reply": {}, "salt": "00"}
    sealed = vault.seal(json.dumps(held).encode(), bound_to=b"id")
    assert entry.read_private(sealed, decision_id="id", vault=vault).reply_salt is None


def test_any_mapping_is_kept_and_anything_but_json_is_refused(at, log):
    stored = log.append(at.draft(log, application=MappingProxyType({"name": "张", "odd": "\ud800"})))
    assert log.get(stored.decision_id).application == {"name": "张", "odd": "\ud800"}
    with pytest.raises(TypeError, match="set is not JSON"):
        log.append(at.draft(log, application={"names": {1}}))


def test_two_lists_of_parts_never_share_a_keyed_digest():
    assert entry.keyed_digest(b"k", b"ab", b"c") != entry.keyed_digest(b"k", b"a", b"bc")
    assert entry.keyed_digest(b"k", b"a") != entry.keyed_digest(b"l", b"a")
