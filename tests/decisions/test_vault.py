import base64
import os
import stat

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from service.decisions import files
from service.decisions.faults import LogDamaged, LogUnavailable
from service.decisions.vault import Sealed, Vault, WrappedKey


@pytest.fixture
def path(tmp_path):
    return tmp_path / "secret" / "keys"


@pytest.fixture
def vault(path):
    return Vault.open(path, create=True)


def key_line() -> str:
    return base64.b64encode(os.urandom(32)).decode() + "\n"


def test_a_missing_key_file_is_made_for_its_owner_alone(vault, path):
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["keys"]
    assert Vault.open(path, create=False).current == vault.current


def test_a_missing_key_file_is_not_made_unless_allowed(path, codes):
    with pytest.raises(LogUnavailable) as fault:
        Vault.open(path, create=False)
    assert codes(fault.value) == ["log-key-missing"]
    assert not path.exists()


def test_a_key_file_that_appears_meanwhile_is_kept(path, monkeypatch):
    path.parent.mkdir()
    line = key_line()

    def other_process_is_first(source, target):
        path.write_text(line)
        raise FileExistsError

    monkeypatch.setattr(files.os, "link", other_process_is_first)
    Vault.open(path, create=True)
    assert path.read_text() == line
    assert os.listdir(path.parent) == ["keys"]


def test_a_key_file_that_cannot_be_made_or_read_is_said_so(tmp_path, codes):
    (tmp_path / "file").write_text("")
    with pytest.raises(LogUnavailable) as fault:
        Vault.open(tmp_path / "file" / "keys", create=True)
    assert codes(fault.value) == ["log-key-unwritable"]
    with pytest.raises(LogUnavailable) as fault:
        Vault.open(tmp_path, create=True)
    assert codes(fault.value) == ["log-key-unreadable"]


@pytest.mark.parametrize(
    ("text", "lines"),
    [("", [0]), ("# nothing yet\n\n", [0]), ("c2hvcnQ=\n?\n", [1, 2]), ("密钥\n", [0])],
    ids=["empty", "comments", "two-bad-lines", "not-ascii"],
)
def test_every_line_that_is_no_key_is_named(path, text, lines, codes):
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LogUnavailable) as fault:
        Vault.open(path, create=True)
    assert set(codes(fault.value)) == {"log-key-malformed"}
    assert [problem.place.line for problem in fault.value.problems] == lines


def test_what_is_sealed_opens_and_its_key_is_its_own(vault):
    one, two = (vault.seal(b"private", bound_to=b"id") for _ in range(2))
    assert vault.unseal(one, bound_to=b"id") == b"private"
    assert one.ciphertext != two.ciphertext
    assert one.key != two.key
    assert b"private" not in one.ciphertext


def flip(raw: bytes, index: int) -> bytes:
    return raw[:index] + bytes([raw[index] ^ 1]) + raw[index + 1 :]


@pytest.mark.parametrize("index", [0, 1, 20, -1])
def test_a_changed_ciphertext_does_not_open(vault, index, codes):
    sealed = vault.seal(b"private part", bound_to=b"id")
    changed = flip(sealed.ciphertext, index % len(sealed.ciphertext))
    with pytest.raises(LogDamaged) as fault:
        vault.unseal(Sealed(changed, sealed.key), bound_to=b"id")
    assert codes(fault.value) == ["log-private-altered"]


def test_what_says_the_same_over_and_over_takes_little_room(vault):
    reply = "依据：一、申报范围及条件。".encode() * 1000
    sealed = vault.seal(reply, bound_to=b"id")
    assert len(sealed.ciphertext) < len(reply) / 20
    assert vault.unseal(sealed, bound_to=b"id") == reply


def test_a_ciphertext_of_the_form_without_compression_opens(vault):
    key, nonce = b"k" * 32, b"n" * 12
    ciphertext = AESGCM(key).encrypt(nonce, b"private part", b"id")
    assert vault.unseal(Sealed(b"\x01" + nonce + ciphertext, vault.wrap(key)), bound_to=b"id") == b"private part"


def test_a_ciphertext_does_not_open_as_one_of_another_form(vault):
    sealed = vault.seal(b"private part", bound_to=b"id")
    with pytest.raises(LogDamaged):
        vault.unseal(Sealed(b"\x01" + sealed.ciphertext[1:], sealed.key), bound_to=b"id")


def test_a_ciphertext_moved_to_another_decision_does_not_open(vault):
    sealed = vault.seal(b"private part", bound_to=b"id")
    with pytest.raises(LogDamaged):
        vault.unseal(sealed, bound_to=b"other")
    with pytest.raises(LogDamaged):
        vault.unseal(Sealed(b"\x01", sealed.key), bound_to=b"id")


def test_a_changed_key_does_not_unwrap(vault, codes):
    sealed = vault.seal(b"private part", bound_to=b"id")
    changed = WrappedKey(sealed.key.key_id, flip(sealed.key.wrapped, 3))
    with pytest.raises(LogDamaged) as fault:
        vault.unseal(Sealed(sealed.ciphertext, changed), bound_to=b"id")
    assert codes(fault.value) == ["log-key-altered"]


def test_rotation_is_one_more_line(vault, path, codes):
    before = vault.seal(b"old", bound_to=b"id")
    path.write_text(path.read_text() + "# since the audit\n" + key_line())
    rotated = Vault.open(path, create=False)
    assert rotated.current != vault.current
    after = rotated.seal(b"new", bound_to=b"id")
    assert rotated.unseal(before, bound_to=b"id") == b"old"
    # One that was open before takes the new key up, and one that has only the new key cannot read what is older.
    assert vault.unseal(after, bound_to=b"id") == b"new"
    assert vault.seal(b"newer", bound_to=b"id").key.key_id == rotated.current == vault.current
    path.write_text(path.read_text().splitlines()[-1])
    with pytest.raises(LogUnavailable) as fault:
        Vault.open(path, create=False).unseal(before, bound_to=b"id")
    assert codes(fault.value) == ["log-key-unknown"]


def test_a_key_file_spoilt_meanwhile_leaves_the_keys_as_they_were(vault, path):
    before = vault.current
    path.write_text("?\n")
    assert vault.wrap(b"0" * 32).key_id == before
    path.unlink()
    assert vault.wrap(b"0" * 32).key_id == before


def test_a_key_written_twice_counts_where_it_stands_last(path):
    path.parent.mkdir()
    first, second = key_line(), key_line()
    path.write_text(first)
    only_first = Vault.open(path, create=False).current
    path.write_text(first + second + first)
    assert Vault.open(path, create=False).current == only_first
