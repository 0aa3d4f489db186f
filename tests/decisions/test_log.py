from datetime import UTC, datetime

import pytest

from service.decisions import entry
from service.decisions.entry import Kind
from service.decisions.faults import DecisionErased, LogDamaged, LogUnavailable
from service.decisions.signing import Signing


def test_what_was_appended_is_read_back_whole(at, log):
    stored = log.append(at.draft(log, findings=({"about": "master", "result": "upheld"},)))
    assert log.get(stored.decision_id) == stored
    assert list(stored.reply)[:5] == ["decision_id", "decided_at", "requested_by", "receipt", "policy"]
    assert stored.reply["receipt"]["sequence"] == stored.sequence == 1
    assert stored.decided_at.tzinfo == stored.on.tzinfo
    assert "张志强" not in repr(stored)


def test_a_receipt_does_not_change_when_the_log_grows(at, log):
    first = log.append(at.draft(log))
    second = log.append(at.draft(log))
    assert second.reply["receipt"]["tree_size"] == 2
    assert log.get(first.decision_id).reply["receipt"] == first.reply["receipt"]


def test_the_clock_is_asked_for_the_zone_of_the_decision(at):
    frozen = datetime(2024, 6, 28, 1, 30, 0, 250000, tzinfo=UTC)
    log = at.open(clock=frozen.astimezone)
    stored = log.append(at.draft(log))
    assert stored.decided_at == frozen.replace(microsecond=0)
    assert stored.public["decided_at"] == stored.reply["decided_at"] == "2024-06-28T09:30:00+08:00"


def test_a_decision_after_findings_names_the_one_it_supersedes(at, log):
    first = log.append(at.draft(log))
    second = log.append(at.draft(log, supersedes=first.decision_id))
    assert second.public["kind"] == "finding"
    assert log.list()[0].supersedes == first.decision_id
    assert log.get(second.decision_id) == second


def test_unknown_ids_and_entries_that_are_no_decision_are_not_got(at, log):
    digest = log.archive("policy", "studio/2024.yaml", b"x")
    change = log.record_policy_change(
        new="sha256:r1",
        files={"studio/2024.yaml": digest},
        requested_by="service",
        at=at.draft(log).on,
    )
    assert log.get("nothing") is None
    assert log.public("nothing") is None
    assert log.get(change.decision_id) is None
    assert log.public(change.decision_id) == change


def test_a_policy_change_is_an_entry_and_the_last_one_is_known(at, log):
    on = at.draft(log).on
    digest = log.archive("policy", "studio/2024.yaml", b"x")
    assert log.policy_revision() is None
    log.record_policy_change(new="sha256:r1", files={}, requested_by="service", at=on)
    change = log.record_policy_change(
        new="sha256:r2", files={"studio/2024.yaml": digest}, requested_by="service", at=on
    )
    assert log.policy_revision() == "sha256:r2"
    assert change.kind is Kind.POLICY_CHANGE
    assert (change.public["old"], change.public["new"]) == ("sha256:r1", "sha256:r2")
    assert change.public["files"] == [{"name": "studio/2024.yaml", "digest": digest}]
    assert change.policy_id is change.overall is None
    assert log.list() == ()
    assert log.list(kinds=tuple(Kind))[0] == change


def test_lists_run_from_the_newest_and_filter(at, log):
    for edition, overall in (("2024", "eligible"), ("2025", "eligible"), ("2024", "ineligible")):
        log.append(at.draft(log, edition=edition, overall=overall))
    log.append(at.draft(log, policy_id="other"))

    def listed(**wanted):
        return [item.sequence for item in log.list(**wanted)]

    assert listed() == [4, 3, 2, 1]
    assert listed(limit=2) == [4, 3]
    assert listed(limit=2, before=3) == [2, 1]
    assert listed(policy="studio") == [3, 2, 1]
    assert listed(policy="studio", edition="2024") == [3, 1]
    assert listed(edition="2024", status="eligible") == [4, 1]


def test_texts_are_archived_once_by_digest(at, log):
    digest = log.archive("table", "levels", b"levels")
    assert digest == entry.digest(b"levels")
    assert log.archive("table", "renamed", b"levels") == digest
    log.close()
    again = at.open()
    assert again.archive("table", "levels", b"levels") == digest
    assert again.archived(digest) == b"levels"
    assert again.archived("sha256:0") is None
    assert at.count("archive") == 1


def test_an_entry_may_not_name_a_text_that_is_not_archived(at, log):
    with pytest.raises(ValueError, match="sha256:0 is not archived"):
        log.append(at.draft(log, tables=(("levels", "sha256:0"),)))
    with pytest.raises(ValueError, match="not archived"):
        log.record_policy_change(new="r", files={"f": "sha256:0"}, requested_by="s", at=at.draft(log).on)
    assert at.count("entries") == 0


def test_a_log_goes_on_after_it_was_closed(at, log):
    first = log.append(at.draft(log))
    draft = at.draft(log)
    log.close()
    with at.open() as again:
        assert again.append(draft).sequence == 2
        assert again.get(first.decision_id) == first


def test_an_erased_decision_keeps_its_public_part(at, log, codes):
    stored = log.append(at.draft(log))
    with at.raw() as connection:
        connection.execute("DELETE FROM keys")
    with pytest.raises(DecisionErased) as fault:
        log.get(stored.decision_id)
    assert codes(fault.value) == ["log-erased"]
    assert log.public(stored.decision_id).public == stored.public


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE entries SET private = private || x'00'", "log-private-edited"),
        ("UPDATE entries SET public = x'5b5d'", "log-entry-unreadable"),
        ("UPDATE entries SET public = x'35'", "log-entry-unreadable"),
        ("DELETE FROM tree", "log-unsealed"),
        ("UPDATE keys SET wrapped = x'00112233445566778899aabbccddeeff'", "log-key-altered"),
    ],
)
def test_a_damaged_decision_is_not_shown(at, log, codes, statement, code):
    stored = log.append(at.draft(log))
    at.tamper(statement)
    with pytest.raises(LogDamaged) as fault:
        log.get(stored.decision_id)
    assert codes(fault.value) == [code]


def test_a_damaged_text_is_not_handed_out(at, log, codes):
    digest = log.archive("table", "levels", b"levels")
    at.tamper("UPDATE archive SET bytes = x'00'")
    with pytest.raises(LogDamaged) as fault:
        log.archived(digest)
    assert codes(fault.value) == ["log-archive-edited"]


def test_health_is_a_write_that_was_tried(at, log):
    assert log.healthy()
    log.close()
    assert not log.healthy()


def test_a_closed_log_refuses(at, log, codes):
    draft = at.draft(log)
    log.close()
    log.close()
    with pytest.raises(LogUnavailable) as fault:
        log.append(draft)
    assert codes(fault.value) == ["log-closed"]


def test_a_log_that_is_signed_is_not_written_without_its_signing_key(at, codes):
    log = at.open()
    log.append(at.draft(log))
    log.close()
    path = at.key_file.with_name("signing.key")
    kept = path.read_bytes()
    path.unlink()
    with pytest.raises(LogUnavailable) as fault:
        at.open()
    assert codes(fault.value) == ["log-signing-key-missing"]
    assert not path.exists()
    Signing.open(path, create=True)
    with pytest.raises(LogUnavailable) as fault:
        at.open()
    assert codes(fault.value) == ["log-signing-key-unknown"]
    path.write_bytes(kept)
    assert at.open().healthy()


def test_a_decision_whose_receipt_no_longer_holds_is_damage(at, codes):
    log = at.open()
    stored = log.append(at.draft(log))
    at.tamper("UPDATE tree SET note = replace(note, '\n1\n', '\n2\n')")
    with pytest.raises(LogDamaged) as fault:
        log.get(stored.decision_id)
    assert codes(fault.value) == ["log-note-edited"]
    at.tamper("UPDATE tree SET root = x'0000000000000000000000000000000000000000000000000000000000000000'")
    with pytest.raises(LogDamaged) as fault:
        log.get(stored.decision_id)
    assert codes(fault.value) == ["log-root-differs"]


def test_a_decision_of_before_trees_were_signed_has_no_checkpoint(at):
    log = at.open()
    stored = log.append(at.draft(log))
    at.tamper("UPDATE tree SET note = NULL")
    receipt = log.get(stored.decision_id).reply["receipt"]
    assert receipt == {**stored.reply["receipt"], "checkpoint": None}
