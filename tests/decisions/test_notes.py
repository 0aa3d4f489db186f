import json
import tomllib
from pathlib import Path

import pytest

from service.decisions.notes import (
    Checkpoint,
    NoteError,
    Refusal,
    Signer,
    Verifier,
    open_note,
    read_checkpoint,
    split_note,
)

DATA = Path(__file__).parent.parent / "data" / "notes"
REFERENCE = tomllib.loads((DATA / "reference.toml").read_text(encoding="utf-8"))
ED25519 = json.loads((DATA / "ed25519.json").read_text(encoding="utf-8"))["vectors"]
TEXT, PETER_SIGNED, ENOCH_SIGNED = (REFERENCE[name] for name in ("text", "peter_signature", "enoch_signature"))
PETER, ENOCH = Verifier.parse(REFERENCE["peter"]), Verifier.parse(REFERENCE["enoch"])
SIGNER = Signer.parse(REFERENCE["peter_signer"])
ROOT = bytes(range(32))


def refusal(function, *arguments):
    with pytest.raises(NoteError) as caught:
        function(*arguments)
    return caught.value.refusal


@pytest.mark.parametrize("vector", ED25519, ids=lambda vector: vector["name"])
def test_signatures_are_those_of_the_standard(vector):
    signer = Signer("name", bytes.fromhex(vector["seed"]))
    public = bytes.fromhex(vector["public"])
    assert signer.verifier() == Verifier("name", public)
    message = bytes.fromhex(vector["message"])
    if message.isascii():
        assert Verifier("name", public).holds(message.decode("ascii"), bytes.fromhex(vector["signature"]))


def test_keys_are_read_and_written_as_the_reference_writes_them():
    assert str(PETER) == REFERENCE["peter"]
    assert SIGNER.written() == REFERENCE["peter_signer"]
    assert SIGNER.verifier() == PETER
    assert PETER.key_id.hex() == "c74f20a3"


@pytest.mark.parametrize("parse", [Verifier.parse, Signer.parse], ids=["verifier", "signer"])
def test_no_part_and_no_other_writing_of_a_key_is_one(parse):
    whole = REFERENCE["peter"] if parse == Verifier.parse else REFERENCE["peter_signer"]
    parts = {whole[start:end] for start in range(len(whole)) for end in range(start, len(whole) + 1)} - {whole}
    for part in parts:
        assert refusal(parse, part) is Refusal.MALFORMED
    for at, char in enumerate(whole):
        assert refusal(parse, whole[:at] + chr(ord(char) + 1) + whole[at + 1 :]) is Refusal.MALFORMED


@pytest.mark.parametrize("text", REFERENCE["bad_keys"])
def test_a_key_of_another_length_or_algorithm_is_none(text):
    assert refusal(Verifier.parse, text) is Refusal.MALFORMED


def test_a_text_is_signed_as_the_reference_signs_it():
    assert SIGNER.sign(TEXT) == TEXT + "\n" + PETER_SIGNED


@pytest.mark.parametrize("text", ["", "abc", "a\tb\n", "\ud800\n"])
def test_what_is_no_text_of_a_note_is_not_signed(text):
    assert refusal(SIGNER.sign, text) is Refusal.MALFORMED


@pytest.mark.parametrize("verifiers", [[PETER], [PETER, ENOCH], [ENOCH], [ENOCH, PETER, ENOCH]])
def test_a_note_opens_if_one_known_key_signed_it(verifiers):
    assert open_note(TEXT + "\n" + PETER_SIGNED + ENOCH_SIGNED, verifiers) == TEXT


def test_a_note_of_unknown_keys_does_not_open():
    assert refusal(open_note, TEXT + "\n" + PETER_SIGNED, []) is Refusal.UNKNOWN
    assert refusal(open_note, TEXT + "\n" + PETER_SIGNED, [ENOCH]) is Refusal.UNKNOWN
    other_id = PETER_SIGNED.replace("x08g", "xxxx")
    assert refusal(open_note, TEXT + "\n" + other_id, [PETER]) is Refusal.UNKNOWN
    other_name = PETER_SIGNED.replace("PeterNeumann", "CarmenSandiego")
    assert refusal(open_note, TEXT + "\n" + other_name, [PETER]) is Refusal.UNKNOWN


def test_a_signature_that_is_not_of_its_key_spoils_the_note():
    longer = PETER_SIGNED[:60] + "ABCD" + PETER_SIGNED[60:]
    assert refusal(open_note, TEXT + "\n" + longer, [PETER]) is Refusal.FORGED
    assert refusal(open_note, TEXT + "\n" + ENOCH_SIGNED + longer, [PETER, ENOCH]) is Refusal.FORGED
    assert refusal(open_note, "Another text.\n\n" + PETER_SIGNED, [PETER]) is Refusal.FORGED


def test_the_first_signature_of_a_key_counts():
    wrong = ENOCH_SIGNED[:60] + "ABCD" + ENOCH_SIGNED[60:]
    signatures = PETER_SIGNED * 2 + ENOCH_SIGNED * 2 + wrong
    assert open_note(TEXT + "\n" + signatures, [PETER]) == TEXT
    _, found = split_note(TEXT + "\n" + signatures)
    assert [(name, key_id) for name, key_id, _ in found] == [
        ("PeterNeumann", PETER.key_id),
        ("EnochRoot", ENOCH.key_id),
    ]


@pytest.mark.parametrize(
    "note",
    [
        "",
        TEXT,
        TEXT + "\n",
        TEXT + "\n" + PETER_SIGNED[:-1],
        "\x01" + TEXT + "\n" + PETER_SIGNED,
        TEXT + "\n" + PETER_SIGNED.replace("PeterNeumann", "Bad Name"),
        TEXT + "\n" + PETER_SIGNED.replace("PeterNeumann", "Bad+Name"),
        TEXT + "\n" + PETER_SIGNED.replace("—", "-"),
        TEXT + "\n" + PETER_SIGNED.replace("nAM=", "nAN="),
        TEXT + "\n" + "— PeterNeumann x08gow==\n",
        TEXT + "\n" + PETER_SIGNED + "Unexpected line.\n",
        TEXT + "\n" + PETER_SIGNED * 101,
    ],
)
def test_what_is_no_note_is_refused(note):
    assert refusal(open_note, note, [PETER]) is Refusal.MALFORMED


def test_the_text_of_a_note_may_hold_empty_lines():
    text, signatures = split_note(REFERENCE["salvatore"])
    assert text.endswith("\n\ned è subito sera.\n")
    assert [name for name, _, _ in signatures] == ["quasimodo.example/salvatore"]


def test_a_checkpoint_is_read_as_the_specification_writes_it():
    text, _ = split_note(REFERENCE["sofa"])
    checkpoint = Checkpoint.parse(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.root.hex() == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62"
    assert checkpoint.text() == text
    assert Checkpoint.parse(text + "an extension\n") == checkpoint


@pytest.mark.parametrize(
    "text",
    [
        "",
        "log\n1\n",
        "\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n01\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n-1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n٣\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I\n",
        "log\n1\nCsUYapGGPo4=\n",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
        "log\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\nmore\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(text):
    assert refusal(Checkpoint.parse, text) is Refusal.MALFORMED


def test_a_checkpoint_counts_if_the_log_it_names_signed_it():
    checkpoint = Checkpoint("PeterNeumann", 7, ROOT)
    assert read_checkpoint(SIGNER.sign(checkpoint.text()), [PETER]) == checkpoint
    other = Checkpoint("another.example", 7, ROOT)
    assert refusal(read_checkpoint, SIGNER.sign(other.text()), [PETER]) is Refusal.UNKNOWN
