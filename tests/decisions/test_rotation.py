"""A new master key wraps every key of the log anew, beside a running service, and is not lost half way."""

from __future__ import annotations

import pytest
from log_places import Place

from service.decisions import rotation
from service.decisions.faults import LogUnavailable
from service.decisions.log import DecisionLog
from service.decisions.rotation import rewrap, wrapped_by
from service.decisions.vault import Vault, add_master_key, drop_master_keys


def test_everything_is_wrapped_by_the_new_key_and_opens_with_it_alone(at: Place, log: DecisionLog) -> None:
    stored = [log.append(at.draft(log)) for _ in range(5)]
    (old,) = wrapped_by(log)
    new = add_master_key(at.key_file)
    assert sum(rewrap(log, Vault.open(at.key_file, create=False))) == 5 + 2
    assert wrapped_by(log) == {new: 7}
    assert drop_master_keys(at.key_file, wrapped_by(log)) == (old,)
    log.close()
    again = at.open()
    assert all(again.get(one.decision_id) is not None for one in stored)
    assert at.key_file.stat().st_mode & 0o777 == 0o600


def test_a_running_service_goes_on_with_both_and_takes_the_new_one(at: Place, log: DecisionLog) -> None:
    first = log.append(at.draft(log))
    new = add_master_key(at.key_file)
    beside = at.open()
    assert sum(rewrap(beside, Vault.open(at.key_file, create=False))) == 3
    assert log.get(first.decision_id) is not None
    log.append(at.draft(log))
    assert wrapped_by(log) == {new: 4}


def test_a_rotation_broken_off_goes_on_where_it_stood(
    at: Place, log: DecisionLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "_AT_ONCE", 2)
    for _ in range(5):
        log.append(at.draft(log))
    (old,) = wrapped_by(log)
    new = add_master_key(at.key_file)
    batches = rewrap(log, Vault.open(at.key_file, create=False))
    assert [next(batches), next(batches)] == [2, 2]
    assert wrapped_by(log) == {old: 3, new: 4}
    # What still needs the old key keeps it in the file.
    assert drop_master_keys(at.key_file, wrapped_by(log)) == ()
    assert [*rewrap(log, Vault.open(at.key_file, create=False))] == [2, 1]
    assert wrapped_by(log) == {new: 7}


def test_without_the_old_key_nothing_is_changed(at: Place, log: DecisionLog) -> None:
    log.append(at.draft(log))
    before = wrapped_by(log)
    add_master_key(at.key_file)
    at.key_file.write_text(at.key_file.read_text().splitlines()[-1] + "\n")
    with pytest.raises(LogUnavailable):
        list(rewrap(log, Vault.open(at.key_file, create=False)))
    assert wrapped_by(log) == before


def test_comments_of_the_key_file_stay(at: Place, log: DecisionLog) -> None:
    at.key_file.write_text(f"# 2024 年启用\n{at.key_file.read_text()}".encode("ascii", "ignore").decode())
    add_master_key(at.key_file)
    assert at.key_file.read_text().startswith("# 2024")
    drop_master_keys(at.key_file, ())
    assert len(at.key_file.read_text().splitlines()) == 2
