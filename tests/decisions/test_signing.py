import os
import stat

import pytest

from service.decisions.checkpoints import keep_checkpoint, read_witness, verifiers_of, witnesses_of
from service.decisions.faults import LogDamaged, LogUnavailable
from service.decisions.notes import Checkpoint, read_checkpoint
from service.decisions.signing import Signing, rotate

ROOT, OTHER = bytes(32), bytes([1]) * 32


@pytest.fixture
def path(tmp_path):
    return tmp_path / "secret" / "signing.key"


def refused(function, *arguments, **options):
    with pytest.raises((LogUnavailable, LogDamaged)) as caught:
        function(*arguments, **options)
    assert all(item.message for item in caught.value.problems)
    return [item.code for item in caught.value.problems]


def test_a_key_is_made_once_for_its_owner_only_under_the_name_given(path):
    made = Signing.open(path, create=True, origin="example.com/log")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert made.signer.name == "example.com/log"
    again = Signing.open(path, create=True, origin="another.example")
    assert again.verifiers == made.verifiers
    assert read_checkpoint(again.note(3, ROOT), made.verifiers) == Checkpoint("example.com/log", 3, ROOT)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (None, "log-signing-key-missing"),
        ("", "log-signing-key-malformed"),
        ("# nothing\n", "log-signing-key-malformed"),
        ("PRIVATE+KEY+a+00000000+AAAA\n", "log-signing-key-malformed"),
        ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n", "log-signing-key-malformed"),
    ],
)
def test_a_file_that_holds_no_signing_key_is_refused(path, content, code):
    path.parent.mkdir()
    if content is not None:
        path.write_text(content)
    assert refused(Signing.open, path, create=False) == [code]


def test_a_key_that_was_replaced_still_verifies_and_is_secret_no_more(path):
    first = Signing.open(path, create=True)
    note = first.note(3, ROOT)
    old, new = rotate(path)
    second = Signing.open(path, create=False)
    assert (old, new) == (first.signer.verifier(), second.signer.verifier())
    assert second.verifiers == (old, new)
    assert read_checkpoint(note, second.verifiers).size == 3
    assert path.read_text().count("PRIVATE") == 1
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600


def test_checkpoints_are_kept_once_each_with_the_keys_they_verify_with(path, tmp_path):
    signing, folder = Signing.open(path, create=True), tmp_path / "kept"
    made = keep_checkpoint(folder, signing.note(3, ROOT), signing.verifiers)
    assert made == folder / "000000000003.note"
    assert keep_checkpoint(folder, signing.note(3, ROOT), signing.verifiers) is None
    keep_checkpoint(folder, signing.note(12, OTHER), signing.verifiers)
    rotate(path)
    signing = Signing.open(path, create=False)
    assert keep_checkpoint(folder, signing.note(12, OTHER), signing.verifiers) is None
    assert verifiers_of(folder) == signing.verifiers
    witnesses, problems = witnesses_of(folder, signing.verifiers)
    assert [(item.size, item.root) for item in witnesses] == [(3, ROOT), (12, OTHER)]
    assert problems == ()


def test_a_checkpoint_is_never_replaced_by_another_tree(path, tmp_path):
    signing = Signing.open(path, create=True)
    keep_checkpoint(tmp_path, signing.note(3, ROOT), signing.verifiers)
    assert refused(keep_checkpoint, tmp_path, signing.note(3, OTHER), signing.verifiers) == ["log-witness-differs"]
    assert witnesses_of(tmp_path, signing.verifiers)[0][0].root == ROOT


def test_the_keys_of_another_log_are_not_taken_in(path, tmp_path):
    signing, folder = Signing.open(path, create=True), tmp_path / "kept"
    stranger = Signing.open(tmp_path / "other.key", create=True)
    keep_checkpoint(folder, signing.note(3, ROOT), signing.verifiers)
    assert refused(keep_checkpoint, folder, stranger.note(4, ROOT), stranger.verifiers) == ["log-checkpoints-strange"]
    assert verifiers_of(folder) == signing.verifiers
    assert not (folder / "000000000004.note").exists()


def test_checkpoints_that_do_not_count_are_named(path, tmp_path):
    signing = Signing.open(path, create=True)
    stranger = Signing.open(tmp_path / "other.key", create=True)
    keep_checkpoint(tmp_path, signing.note(1, ROOT), signing.verifiers)
    (tmp_path / "000000000002.note").write_text(signing.note(2, ROOT).replace("\n2\n", "\n3\n"))
    (tmp_path / "000000000003.note").write_text(stranger.note(3, ROOT))
    (tmp_path / "000000000004.note").write_text("no note")
    (tmp_path / "000000000005.note").write_text(signing.note(6, ROOT))
    witnesses, problems = witnesses_of(tmp_path, signing.verifiers)
    assert [item.size for item in witnesses] == [1]
    assert [item.code for item in problems] == [
        "log-checkpoint-forged",
        "log-checkpoint-unknown",
        "log-checkpoint-malformed",
        "log-checkpoint-malformed",
    ]
    assert read_witness(tmp_path / "000000000003.note", ())[0].size == 3
    assert refused(read_witness, tmp_path / "none.note", ()) == ["log-checkpoint-unreadable"]
