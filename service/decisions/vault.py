"""Encryption of private parts: a fresh key each, wrapped by a master key that lives outside the database.

The key file holds one master key a line, base64 of 32 bytes; `#` starts a comment. The last line wraps new
keys, the lines before it still unwrap old ones, so rotation is one more line. A key's id is derived from the
key.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import secrets
import zlib
from collections.abc import Collection, Mapping, Sequence
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
from service.decisions.files import make_file, replace_file
from service.problems import FilePlace, problem

KEY_BYTES = 32
_NONCE_BYTES = 12
# The first byte of a ciphertext names its form: 1 is nonce (12 bytes) || AES-256-GCM ciphertext and tag; 2 the same
# of the plaintext compressed by zlib (RFC 1950), bound to its form too: an eighth of a reply to write, hash and keep.
_FORM_BYTES = 1
_PLAIN, _COMPRESSED = b"\x01", b"\x02"
_FASTEST = 1


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
    """The master keys of one key file; `current` is the id of the one that wraps new keys.

    The file is read again once it has changed: a running service takes up a new key as it is put there.
    """

    __slots__ = ("_held", "_path", "_seen")

    def __init__(self, path: Path, keys: Mapping[str, bytes]) -> None:
        self._path = path
        self._held = keys
        self._seen = _state_of(path)

    @classmethod
    def open(cls, path: Path, *, create: bool) -> Vault:
        """The vault of the file at `path`, made with one fresh key and mode 0600 if missing and `create`.

        Raises LogUnavailable where the file is missing, unreadable or not a key file.
        """
        if create and not path.exists():
            _make_key_file(path)
        return cls(path, _read(path))

    @property
    def current(self) -> str:
        """The id of the key on the last line of the file."""
        return tuple(self._held)[-1]

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys of the file, in its order."""
        return tuple(self._held)

    def wrap(self, key: bytes) -> WrappedKey:
        """`key` wrapped by the current master key."""
        self._look_again()
        keys = self._held
        name = tuple(keys)[-1]
        return WrappedKey(name, aes_key_wrap_with_padding(keys[name], key))

    def unwrap(self, key: WrappedKey) -> bytes:
        """The key inside; LogUnavailable without its master key, LogDamaged where it was altered."""
        if key.key_id not in self._held:
            self._look_again()
        master = self._held.get(key.key_id)
        if master is None:
            raise unavailable("log-key-unknown", self._path, key_id=key.key_id)
        try:
            return aes_key_unwrap_with_padding(master, key.wrapped)
        except InvalidUnwrap as fault:
            raise LogDamaged(problem("log-key-altered", place(self._path))) from fault

    def _look_again(self) -> None:
        """Read the file again if it is another than it was; one that cannot be read leaves the keys as they are."""
        state = _state_of(self._path)
        if state is not None and state != self._seen:
            with contextlib.suppress(LogUnavailable):
                self._held = _read(self._path)
                self._seen = state

    def seal(self, plaintext: bytes, *, bound_to: bytes) -> Sealed:
        """`plaintext` under a fresh key; it opens only with the same `bound_to` (AES-GCM associated data)."""
        key = secrets.token_bytes(KEY_BYTES)
        nonce = secrets.token_bytes(_NONCE_BYTES)
        ciphertext = AESGCM(key).encrypt(nonce, zlib.compress(plaintext, _FASTEST), _COMPRESSED + bound_to)
        return Sealed(_COMPRESSED + nonce + ciphertext, self.wrap(key))

    def unseal(self, sealed: Sealed, *, bound_to: bytes) -> bytes:
        """What `seal` was given; LogDamaged where a bit of it, of its key or of `bound_to` differs."""
        key = self.unwrap(sealed.key)
        form, body = sealed.ciphertext[:_FORM_BYTES], sealed.ciphertext[_FORM_BYTES:]
        try:
            nonce, ciphertext = body[:_NONCE_BYTES], body[_NONCE_BYTES:]
            if form == _COMPRESSED:
                return zlib.decompress(AESGCM(key).decrypt(nonce, ciphertext, _COMPRESSED + bound_to))
            if form != _PLAIN:
                raise InvalidTag
            return AESGCM(key).decrypt(nonce, ciphertext, bound_to)
        except (InvalidTag, ValueError, zlib.error) as fault:
            raise LogDamaged(problem("log-private-altered", place(self._path))) from fault


def add_master_key(path: Path) -> str:
    """Add a fresh master key to the file at `path`, as its last line; its id. Raises LogUnavailable."""
    return _rewrite(path, [*_lines(path), _fresh_line()])


def drop_master_keys(path: Path, needed: Collection[str]) -> tuple[str, ...]:
    """Take the master keys that are not needed out of the file, but for the current one; their ids."""
    keys = _read(path)
    kept = {*needed, tuple(keys)[-1]}
    lines = [line for line in _lines(path) if (held := _key_of(line)) is None or _identity(held) in kept]
    _rewrite(path, lines)
    return tuple(name for name in keys if name not in kept)


def _rewrite(path: Path, lines: Sequence[str]) -> str:
    try:
        replace_file(path, "".join(f"{line}\n" for line in lines).encode("ascii"))
    except OSError as fault:
        raise unavailable("log-key-unwritable", path) from fault
    return tuple(_read(path))[-1]


def _lines(path: Path) -> list[str]:
    _read(path)  # What is no key file is not added to.
    return path.read_text(encoding="ascii").splitlines()


def _fresh_line() -> str:
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")


def _key_of(line: str) -> bytes | None:
    content = line.split("#", 1)[0].strip()
    return base64.b64decode(content) if content else None


def _state_of(path: Path) -> tuple[int, int, int] | None:
    """What changes when the file does; None where it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read(path: Path) -> dict[str, bytes]:
    try:
        text = path.read_text(encoding="ascii")
    except FileNotFoundError as fault:
        raise unavailable("log-key-missing", path) from fault
    except OSError as fault:
        raise unavailable("log-key-unreadable", path) from fault
    except UnicodeDecodeError as fault:
        raise unavailable("log-key-malformed", path) from fault
    return _parse(text, path)


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
    try:
        make_file(path, f"{_fresh_line()}\n".encode("ascii"))
    except OSError as fault:
        raise unavailable("log-key-unwritable", path) from fault
