"""Encryption of private parts: a fresh key each, wrapped by a master key that lives outside the database.

The key file holds one master key a line, base64 of 32 bytes; `#` starts a comment. The last line wraps new
keys, the lines before it still unwrap old ones, so rotation is one more line. A key's id is derived from the
key.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import (
    InvalidUnwrap,
    aes_key_unwrap_with_padding,
    aes_key_wrap_with_padding,
)

from service.decisions.faults import LogDamaged, LogUnavailable, place, unavailable
from service.problems import FilePlace, problem

KEY_BYTES = 32
_NONCE_BYTES = 12
# The first byte of a ciphertext names its form: 1 is nonce (12 bytes) || AES-256-GCM ciphertext and tag.
_FORM = b"\x01"


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A 256-bit key wrapped by the master key `key_id` (AES-KWP, RFC 5649)."""

    key_id: str
    wrapped: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A ciphertext and the wrapped key that opens it; without the key it is noise."""

    ciphertext: bytes
    key: WrappedKey


class Vault:
    """The master keys of one key file; `current` is the id of the one that wraps new keys."""

    __slots__ = ("_keys", "_path", "current")

    def __init__(self, path: Path, keys: Mapping[str, bytes], current: str) -> None:
        self._path = path
        self._keys = keys
        self.current = current

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Vault:
        """The vault of the file at `path`, made with one fresh key and mode 0600 if missing and `create`.

        Raises LogUnavailable where the file is missing, unreadable or not a key file.
        """
        if create and not path.exists():
            _make_key_file(path)
        try:
            text = path.read_text(encoding="ascii")
        except FileNotFoundError as fault:
            raise unavailable("log-key-missing", path) from fault
        except OSError as fault:
            raise unavailable("log-key-unreadable", path) from fault
        except UnicodeDecodeError as fault:
            raise unavailable("log-key-malformed", path) from fault
        keys = _parse(text, path)
        return cls(path, keys, tuple(keys)[-1])

    def wrap(self, key: bytes) -> WrappedKey:
        """`key` wrapped by the current master key."""
        return WrappedKey(self.current, aes_key_wrap_with_padding(self._keys[self.current], key))

    def unwrap(self, key: WrappedKey) -> bytes:
        """The key inside; LogUnavailable without its master key, LogDamaged where it was altered."""
        master = self._keys.get(key.key_id)
        if master is None:
            raise unavailable("log-key-unknown", self._path, key_id=key.key_id)
        try:
            return aes_key_unwrap_with_padding(master, key.wrapped)
        except InvalidUnwrap as fault:
            raise LogDamaged(problem("log-key-altered", place(self._path))) from fault

    def seal(self, plaintext: bytes, *, bound_to: bytes) -> Sealed:
        """`plaintext` under a fresh key; it opens only with the same `bound_to` (AES-GCM associated data)."""
        key = secrets.token_bytes(KEY_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return Sealed(_FORM + nonce + AESGCM(key).encrypt(nonce, plaintext, bound_to), self.wrap(key))

    def unseal(self, sealed: Sealed, *, bound_to: bytes) -> bytes:
        """What `seal` was given; LogDamaged where a bit of it, of its key or of `bound_to` differs."""
        key = self.unwrap(sealed.key)
        body = sealed.ciphertext[len(_FORM) :]
        try:
            if sealed.ciphertext[: len(_FORM)] != _FORM:
                raise InvalidTag
            return AESGCM(key).decrypt(body[:_NONCE_BYTES], body[_NONCE_BYTES:], bound_to)
        except (InvalidTag, ValueError) as fault:
            raise LogDamaged(problem("log-private-altered", place(self._path))) from fault


def _parse(text: str, path: Path) -> dict[str, bytes]:
    """Master keys by id in file order; LogUnavailable names every line that is not a key."""
    keys: dict[str, bytes] = {}
    bad = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#", 1)[0].strip()
        if not content:
            continue
        try:
            key = base64.b64decode(content, validate=True)
        except binascii.Error:
            key = b""
        if len(key) != KEY_BYTES:
            bad.append(problem("log-key-malformed", FilePlace(str(path), number, 1)))
            continue
        identity = _identity(key)
        keys.pop(identity, None)  # A key written twice takes its last place.
        keys[identity] = key
    if bad:
        raise LogUnavailable(*bad)
    if not keys:
        raise unavailable("log-key-malformed", path)
    return keys


def _identity(key: bytes) -> str:
    # The key has 256 random bits, so a digest of it gives nothing away.
    return sha256(b"eligibility master key\x00" + key).hexdigest()[:16]


def _make_key_file(path: Path) -> None:
    """A key file at `path`, whole or not at all: written beside it, then linked to its name."""
    line = base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".key-")  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            # Where another process made the file first, its key is the one to read.
            with contextlib.suppress(FileExistsError):
                os.link(temporary, path)
        finally:
            os.unlink(temporary)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as fault:
        raise unavailable("log-key-unwritable", path) from fault
