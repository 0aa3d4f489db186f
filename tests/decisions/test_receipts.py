import base64
import copy
import json

import pytest
from log_places import Place

from service.decisions.json_bytes import json_bytes
from service.decisions.log import DecisionLog
from service.decisions.receipts import check_receipt
from service.decisions.signing import rotate


@pytest.fixture(scope="module")
def answered(tmp_path_factory, application):
    """The reply of the third of four decisions, and the public keys."""
    place = Place(tmp_path_factory.mktemp("answered"), application)
    with DecisionLog.open(place.url, key_file=place.key_file) as log:
        replies = [log.append(place.draft(log)).reply for _ in range(4)]
        return json.loads(json.dumps(replies[2])), log.verifiers


def codes(value, verifiers):
    checked = check_receipt(value, verifiers)
    assert all(item.message for item in checked.problems)
    return [(item.code, str(item.place)) if item.place.pointer else item.code for item in checked.problems]


def test_a_reply_and_its_receipt_alone_hold_without_the_log(answered):
    reply, verifiers = answered
    assert codes(reply, verifiers) == codes(reply["receipt"], verifiers) == []
    checked = check_receipt(reply, verifiers)
    assert (checked.receipt.sequence, checked.checkpoint.size) == (3, 3)
    assert checked.entry["decision_id"] == reply["decision_id"]


EDITS = {
    "sequence": (lambda r: r["receipt"].update(sequence=2), ["receipt-not-included", "receipt-moved"]),
    "size": (lambda r: r["receipt"].update(tree_size=4), ["receipt-checkpoint-differs", "receipt-not-included"]),
    "root": (
        lambda r: r["receipt"].update(root="sha256:" + "0" * 64),
        ["receipt-checkpoint-differs", "receipt-not-included"],
    ),
    "proof": (
        lambda r: r["receipt"].update(proof=[base64.b64encode(bytes(32)).decode()]),
        ["receipt-not-included"],
    ),
    "proof cut": (lambda r: r["receipt"].update(proof=[]), ["receipt-not-included"]),
    "checkpoint edited": (
        lambda r: r["receipt"].update(checkpoint=r["receipt"]["checkpoint"].replace("\n3\n", "\n9\n")),
        ["receipt-checkpoint-forged"],
    ),
    "checkpoint cut": (lambda r: r["receipt"].update(checkpoint="log\n"), ["receipt-checkpoint-malformed"]),
    "no checkpoint": (lambda r: r["receipt"].update(checkpoint=None), ["receipt-unsigned"]),
    "entry": (
        lambda r: r["receipt"].update(entry=r["receipt"]["entry"].replace('"portal"', '"portel"')),
        ["receipt-not-included", ("receipt-reply-differs", "/requested_by")],
    ),
    "verdict": (lambda r: r["overall"].update(status="ineligible"), [("receipt-reply-differs", "/overall/status")]),
    "id": (lambda r: r.update(decision_id="0"), [("receipt-reply-differs", "/decision_id")]),
    "edition": (lambda r: r["policy"].update(edition="2025"), [("receipt-reply-differs", "/policy/edition")]),
    "a text": (lambda r: r["overall"].update(explanation="其余从略"), ["receipt-texts-differ"]),
    "a text put in": (lambda r: r.update(remedies=["无"]), ["receipt-texts-differ"]),
    "a text taken out": (lambda r: r.pop("missing"), ["receipt-texts-differ"]),
    "another salt": (lambda r: r["receipt"].update(salt="00" * 32), ["receipt-texts-differ"]),
    "salt no bytes": (lambda r: r["receipt"].update(salt="salt"), ["receipt-unreadable"]),
    "no entry": (lambda r: r["receipt"].pop("entry"), ["receipt-unreadable"]),
    "entry no object": (lambda r: r["receipt"].update(entry="[]"), ["receipt-unreadable"]),
    "proof no list": (lambda r: r["receipt"].update(proof=3), ["receipt-unreadable"]),
    "receipt no object": (lambda r: r.update(receipt=[]), ["receipt-unreadable"]),
}


@pytest.mark.parametrize("edit", EDITS)
def test_every_edit_of_a_receipt_is_found_and_named(answered, edit):
    reply, verifiers = copy.deepcopy(answered[0]), answered[1]
    change, found = EDITS[edit]
    change(reply)
    assert codes(reply, verifiers) == found


def test_without_its_salt_a_reply_is_held_against_the_statuses_alone_and_that_is_said(answered):
    reply, verifiers = copy.deepcopy(answered[0]), answered[1]
    assert check_receipt(reply, verifiers).texts
    assert not check_receipt(reply["receipt"], verifiers).texts
    del reply["receipt"]["salt"]
    reply["overall"]["explanation"] = "其余从略"
    assert (codes(reply, verifiers), check_receipt(reply, verifiers).texts) == ([], False)


def test_the_order_and_the_blanks_of_a_saved_reply_are_its_keepers(answered):
    reply, verifiers = answered
    saved = json.loads(json.dumps(dict(reversed(reply.items())), indent=4, ensure_ascii=True))
    assert codes(saved, verifiers) == []


def test_what_is_no_unicode_is_sealed_as_it_is_sent(at):
    log = at.open()
    draft = at.draft(log)
    stored = log.append(at.draft(log, reply={**draft.reply, "notes": ["甲\ud800乙"]}))
    sent = json.loads(json_bytes(stored.reply, surrogates="replace"))
    assert sent["notes"] == ["甲?乙"]
    assert codes(sent, log.verifiers) == []


@pytest.mark.parametrize("value", [None, 3, "receipt", [], {}])
def test_what_is_no_receipt_is_told(answered, value):
    assert codes(value, answered[1]) == ["receipt-unreadable"]


def test_a_receipt_of_a_stranger_does_not_count(answered, tmp_path, application):
    place = Place(tmp_path, application)
    with DecisionLog.open(place.url, key_file=place.key_file) as log:
        reply = log.append(place.draft(log)).reply
    assert codes(reply, answered[1]) == ["receipt-checkpoint-unknown"]


def test_a_receipt_stays_byte_for_byte_when_the_log_grows_and_the_key_is_replaced(at):
    log = at.open()
    first = log.append(at.draft(log))
    log.close()
    rotate(at.key_file.with_name("signing.key"))
    log = at.open()
    second = log.append(at.draft(log))
    for stored in (first, second):
        assert json.dumps(log.get(stored.decision_id).reply) == json.dumps(stored.reply)
        assert codes(stored.reply, log.verifiers) == []
    assert first.reply["receipt"]["checkpoint"].split()[-1][:5] != second.reply["receipt"]["checkpoint"].split()[-1][:5]
