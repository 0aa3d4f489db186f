"""Signed notes and tree checkpoints, signed with Ed25519: pure functions over text.

Notes are those of c2sp.org/signed-note: a text, a blank line, a line per signature. Checkpoints are those of
c2sp.org/tlog-checkpoint: origin, tree size and root, a line each. Keys are written as there: a verifier key
`<name>+<key id>+<Base64>`, a signer key the same behind `PRIVATE+KEY+`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from service.decisions.merkle import HASH_BYTES

_ED25519 = b"\x01"
_KEY_BYTES = 32
_ID_BYTES = 4
_PRIVATE = "PRIVATE+KEY+"
# A note with more is refused unread; the specification asks for 16 at least.
_MOST_SIGNATURES = 100
_SIGNATURE = re.compile(r"— ([^ ]+) ([^ ]+)")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class Refusal(StrEnum):
    """Why a note is not taken: it is none, no key at hand signed it, or a signature is not of its key."""

    MALFORMED = "malformed"
    UNKNOWN = "unknown"
    FORGED = "forged"


class NoteError(ValueError):
    """A note, checkpoint or key that is not taken; `refusal` says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.value)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key (32 bytes) under the name it signs with."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """The verifier key that `text` writes. Raises NoteError."""
        name, identity, raw = _split_key(text)
        verifier = cls(name, raw)
        if identity != verifier.key_id.hex():
            raise NoteError(Refusal.MALFORMED)
        return verifier

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature names its key."""
        return sha256(self.name.encode("utf-8") + b"\n" + _ED25519 + self.public).digest()[:_ID_BYTES]

    @property
    def short(self) -> str:
        """Name and key id: enough to tell keys apart."""
        return f"{self.name}+{self.key_id.hex()}"

    def __str__(self) -> str:
        return f"{self.short}+{_base64(_ED25519 + self.public)}"

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether the signature (64 bytes) is this key's over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode("utf-8"))
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A private key, given by its seed (32 bytes), under the name it signs with."""

    __slots__ = ("_key", "_verifier", "name")

    def __init__(self, name: str, seed: bytes) -> None:
        self.name = name
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._verifier = Verifier(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Self:
        """The signer key that `text` writes. Raises NoteError."""
        if not text.startswith(_PRIVATE):
            raise NoteError(Refusal.MALFORMED)
        name, identity, raw = _split_key(text.removeprefix(_PRIVATE))
        signer = cls(name, raw)
        if identity != signer.verifier().key_id.hex():
            raise NoteError(Refusal.MALFORMED)
        return signer

    def verifier(self) -> Verifier:
        """The public key that goes with this one."""
        return self._verifier

    def written(self) -> str:
        """The signer key as text: a secret."""
        seed = self._key.private_bytes_raw()
        return f"{_PRIVATE}{self.name}+{self._verifier.key_id.hex()}+{_base64(_ED25519 + seed)}"

    def sign(self, text: str) -> str:
        """The note of a text with this key's signature. Raises NoteError where the text is none of a note."""
        if not text.endswith("\n") or _CONTROL.search(text):
            raise NoteError(Refusal.MALFORMED)
        try:
            raw = text.encode("utf-8")
        except UnicodeEncodeError as fault:
            raise NoteError(Refusal.MALFORMED) from fault
        return f"{text}\n— {self.name} {_base64(self._verifier.key_id + self._key.sign(raw))}\n"


def valid_name(name: str) -> bool:
    """Whether a key may have this name: not empty, without blanks, control characters and plus signs."""
    plain = not any(char.isspace() or char == "+" for char in name) and not _CONTROL.search(name)
    return bool(name) and plain and name.isprintable()


def open_note(note: str, verifiers: Collection[Verifier]) -> str:
    """The text of a note that at least one of the verifiers signed, and none of them is made to have signed.

    Signatures of other keys are ignored. Raises NoteError.
    """
    text, signatures = split_note(note)
    signed = False
    for name, key_id, signature in signatures:
        known = [item for item in verifiers if item.name == name and item.key_id == key_id]
        if known and not any(item.holds(text, signature) for item in known):
            raise NoteError(Refusal.FORGED)
        signed = signed or bool(known)
    if not signed:
        raise NoteError(Refusal.UNKNOWN)
    return text


def split_note(note: str) -> tuple[str, tuple[tuple[str, bytes, bytes], ...]]:
    """The text of a note and its signatures (name, key id, signature), unverified; the first of each key.

    Raises NoteError where it is no note.
    """
    text, blank, lines = note.rpartition("\n\n")
    written = lines.split("\n")
    if not blank or _CONTROL.search(note) or written.pop() or not 1 <= len(written) <= _MOST_SIGNATURES:
        raise NoteError(Refusal.MALFORMED)
    signatures: dict[tuple[str, bytes], bytes] = {}
    for line in written:
        found = _SIGNATURE.fullmatch(line)
        if found is None or not valid_name(found[1]):
            raise NoteError(Refusal.MALFORMED)
        raw = _unbase64(found[2])
        if len(raw) <= _ID_BYTES:
            raise NoteError(Refusal.MALFORMED)
        signatures.setdefault((found[1], raw[:_ID_BYTES]), raw[_ID_BYTES:])
    return text + "\n", tuple((*key, signature) for key, signature in signatures.items())


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the tree of the log `origin`: its size and its root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The text of the note that states it."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"

    @classmethod
    def parse(cls, text: str) -> Self:
        """The checkpoint that a note's text states; lines that extend it are left alone. Raises NoteError."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines) or not _SIZE.fullmatch(lines[1]):
            raise NoteError(Refusal.MALFORMED)
        root = _unbase64(lines[2])
        if len(root) != HASH_BYTES:
            raise NoteError(Refusal.MALFORMED)
        return cls(lines[0], int(lines[1]), root)


def read_checkpoint(note: str, verifiers: Collection[Verifier]) -> Checkpoint:
    """The checkpoint of a note that one of the verifiers signed for the log of its own name. Raises NoteError."""
    checkpoint = Checkpoint.parse(open_note(note, verifiers))
    if not any(item.name == checkpoint.origin for item in verifiers):
        raise NoteError(Refusal.UNKNOWN)
    return checkpoint


def read_text(raw: bytes) -> str:
    """A note, key or list of keys in UTF-8. Raises NoteError."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise NoteError(Refusal.MALFORMED) from fault


def _split_key(text: str) -> tuple[str, str, bytes]:
    """Name, key id and the 32 bytes of a key that begins with the byte of Ed25519."""
    name, _, rest = text.partition("+")
    identity, _, encoded = rest.partition("+")
    raw = _unbase64(encoded)
    if not valid_name(name) or raw[:1] != _ED25519 or len(raw) != len(_ED25519) + _KEY_BYTES:
        raise NoteError(Refusal.MALFORMED)
    return name, identity, raw[1:]


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _unbase64(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as fault:
        raise NoteError(Refusal.MALFORMED) from fault
    # One writing for one value: bits beyond the last byte are zero.
    if _base64(raw) != text:
        raise NoteError(Refusal.MALFORMED)
    return raw
