"""What an entry holds: the sealed public part as canonical bytes, and the private part, encrypted.

The public part names no fact, explanation or masked number: only ids, digests, times, versions and statuses.
It commits to the private part by the digest of its ciphertext, and to the application by an HMAC whose key is
in the private part, since a plain digest of something guessable gives it away.
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple

from service import __version__
from service.decisions.json_bytes import json_bytes, plain_json
from service.decisions.vault import Sealed, Vault, WrappedKey

if TYPE_CHECKING:
    from service.decisions.subjects import Subject, Tag

# The form of the public part; a reader of old entries looks here first.
FORMAT = 1
_SALT_BYTES = 32


class Kind(StrEnum):
    """What an entry records. A `finding` is a decision made again with what people found."""

    DECISION = "decision"
    FINDING = "finding"
    POLICY_CHANGE = "policy_change"
    ACCESS_CHANGE = "access_change"
    READING = "reading"
    ERASURE = "erasure"
    INDEXING = "indexing"
    KEY_CHANGE = "key_change"


DECISIONS = (Kind.DECISION, Kind.FINDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionDraft:
    """What a caller hands in for a decision; JSON values only in the mappings.

    `tables` are (name, digest); digests are those `DecisionLog.archive` returned. `received_at` and `on` know
    their zone; times of the entry are written in the zone of `on`. `reply` is what is answered without its
    first line (decision_id, decided_at, requested_by, receipt). `conditions` gives status, machine_status and
    deciding per condition id; other keys are left out of the public part. `subject` is who applies, to be found by.
    """

    policy_id: str
    edition: str
    policy_digest: str
    tables: tuple[tuple[str, str], ...]
    requested_by: str
    received_at: datetime
    on: datetime
    application: Mapping[str, Any] = field(repr=False)
    findings: tuple[Mapping[str, Any], ...] = field(repr=False)
    reply: Mapping[str, Any] = field(repr=False)
    overall: str
    conditions: Mapping[str, Mapping[str, Any]]
    supersedes: str | None = None
    subject: Subject | None = None


@dataclass(frozen=True, slots=True)
class AccessChange:
    """A key made, rotated or revoked: what is known of it afterwards, and of the one it takes the place of.

    `key` and `previous` give id, holder, role, unit and times, and of a key just made the SHA-256 it is known by,
    which gives nobody 256 random bits back.
    """

    change: str
    key: Mapping[str, str | None]
    previous: Mapping[str, str | None] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """An entry but for its place in the log."""

    decision_id: str
    kind: Kind
    decided_at: datetime
    public: Mapping[str, Any]
    private: bytes = b""
    key: WrappedKey | None = None
    policy: str | None = None
    edition: str | None = None
    status: str | None = None
    supersedes: str | None = None
    tags: tuple[Tag, ...] = ()

    def public_bytes(self, sequence: int = 0, tree_before: int = 0) -> bytes:
        """The bytes that are sealed, for an entry at `sequence` (from 1).

        `tree_before` is the size of the tree that its batch was added to: so a tree taken out of the log is missed.
        """
        return canonical({**self.public, "sequence": sequence, "tree_before": tree_before})


class Made(NamedTuple):
    """An entry of a decision, the reply it holds without the receipt, and the salt of the reply's digest."""

    prepared: Prepared
    reply: dict[str, Any]
    salt: bytes


@dataclass(frozen=True, slots=True)
class Private:
    """The private part, decrypted; `reply` begins with decision_id, decided_at, requested_by."""

    on: datetime
    application: Mapping[str, Any] = field(repr=False)
    findings: tuple[Mapping[str, Any], ...] = field(repr=False)
    reply: Mapping[str, Any] = field(repr=False)
    salt: bytes = field(repr=False)
    #: What keys `reply_digest`; None of an entry that seals no such digest.
    reply_salt: bytes | None = field(default=None, repr=False)


def digest(raw: bytes) -> str:
    """The SHA-256 of `raw` as it is written everywhere: `sha256:` and 64 hexadecimal digits."""
    return digest_text(sha256(raw).digest())


def digest_text(value: bytes) -> str:
    """A SHA-256 as it is written everywhere."""
    return f"sha256:{value.hex()}"


def keyed_digest(key: bytes, *parts: bytes) -> bytes:
    """HMAC-SHA-256 over the parts, each behind its length so that no two lists of parts read alike."""
    return hmac.digest(key, b"".join(len(part).to_bytes(8, "big") + part for part in parts), "sha256")


def canonical(value: Any) -> bytes:
    """`value` as RFC 8785 canonical JSON, for what a public part holds.

    That is strings, booleans, null and integers below 2^53, under ASCII keys: for these the standard library
    writes the canonical form, ten times as fast as a general implementation; a test compares the two. A
    string that is not Unicode (a lone surrogate) raises ValueError.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("utf-8")


def prepare_decision(
    draft: DecisionDraft, *, decision_id: str, decided_at: datetime, vault: Vault, secret: bytes = b""
) -> Made:
    """The entry of a decision but for its sequence, and what it answers.

    `secret` keys the digests of who applies.
    """
    first_line = {
        "decision_id": decision_id,
        "decided_at": stamp(decided_at),
        "requested_by": draft.requested_by,
    }
    # One each: whoever has the reply is given its salt, and with it learns nothing of what else is sealed.
    salt, reply_salt = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_SALT_BYTES)
    reply = {**first_line, **draft.reply}
    # What is no Unicode is kept all the same; json.loads reads it back.
    plaintext = json_bytes(
        {
            "on": stamp(draft.on),
            "application": draft.application,
            "findings": draft.findings,
            "reply": reply,
            "salt": salt.hex(),
            "reply_salt": reply_salt.hex(),
        },
        surrogates="surrogatepass",
    )
    sealed = vault.seal(plaintext, bound_to=decision_id.encode("ascii"))
    kind = Kind.DECISION if draft.supersedes is None else Kind.FINDING
    public = {
        **_common(kind, first_line),
        "received_at": stamp(draft.received_at),
        "policy": {"id": draft.policy_id, "edition": draft.edition, "digest": draft.policy_digest},
        "tables": [{"name": name, "digest": value} for name, value in draft.tables],
        "engine": engine_version(),
        "supersedes": draft.supersedes,
        "conditions": {_plane_zero(name): _statuses(given) for name, given in draft.conditions.items()},
        "overall": _status(draft.overall),
        "application_digest": application_digest(salt, draft.application),
        "reply_digest": reply_digest(reply_salt, reply),
        "private_digest": digest(sealed.ciphertext),
    }
    prepared = Prepared(
        decision_id=decision_id,
        kind=kind,
        decided_at=decided_at,
        public=public,
        private=sealed.ciphertext,
        key=sealed.key,
        policy=draft.policy_id,
        edition=draft.edition,
        status=draft.overall,
        supersedes=draft.supersedes,
        tags=() if draft.subject is None else draft.subject.tags(secret),
    )
    return Made(prepared, reply, reply_salt)


def prepare_record(
    kind: Kind, *, decision_id: str, decided_at: datetime, requested_by: str, **members: Any
) -> Prepared:
    """An entry that is no decision and has no private part: who, when, and the members of its kind."""
    first_line = {"decision_id": decision_id, "decided_at": stamp(decided_at), "requested_by": requested_by}
    public = {**_common(kind, first_line), **members, "private_digest": None}
    return Prepared(decision_id=decision_id, kind=kind, decided_at=decided_at, public=public)


def prepare_policy_change(*, old: str | None, new: str, files: Mapping[str, str], **first_line: Any) -> Prepared:
    """The entry of a change of the policies in force: digests before and after, one per file."""
    named = [{"name": name, "digest": value} for name, value in sorted(files.items())]
    return prepare_record(Kind.POLICY_CHANGE, **first_line, old=old, new=new, files=named)


def prepare_access_change(change: AccessChange, **first_line: Any) -> Prepared:
    """The entry of a change of who may ask for what."""
    about: dict[str, Any] = {"change": change.change, "key": change.key, "previous": change.previous}
    return prepare_record(Kind.ACCESS_CHANGE, **first_line, **about)


def prepare_reading(*, read: str, reason: str, **first_line: Any) -> Prepared:
    """The entry of a reading of the personal data of the decision `read`: who, when and why."""
    return prepare_record(Kind.READING, **first_line, read=read, reason=reason)


def prepare_erasure(*, erased: Sequence[str], reason: str, **first_line: Any) -> Prepared:
    """The entry of the erasure of private parts: of which decisions, who, when and why."""
    return prepare_record(Kind.ERASURE, **first_line, erased=[*erased], reason=reason)


def read_private(sealed: Sealed, *, decision_id: str, vault: Vault) -> Private:
    """The private part of a decision; LogDamaged or LogUnavailable as `Vault.unseal` says."""
    held = json.loads(vault.unseal(sealed, bound_to=decision_id.encode("ascii")))
    return Private(
        datetime.fromisoformat(held["on"]),
        held["application"],
        tuple(held["findings"]),
        held["reply"],
        bytes.fromhex(held["salt"]),
        bytes.fromhex(held["reply_salt"]) if "reply_salt" in held else None,
    )


def application_digest(salt: bytes, application: Mapping[str, Any]) -> str:
    """`hmac-sha256:` and the HMAC under `salt` of the application as UTF-8 JSON, keys sorted, no blanks."""
    text = plain_json(application, sort_keys=True)
    return f"hmac-sha256:{hmac.digest(salt, text.encode('utf-8', 'surrogatepass'), 'sha256').hex()}"


def reply_digest(salt: bytes, reply: Mapping[str, Any]) -> str:
    """`hmac-sha256:` and the HMAC under `salt` of a reply without its receipt, as UTF-8 JSON, keys sorted, no blanks.

    What is no Unicode is a question mark, as in the reply that is sent.
    """
    text = plain_json(reply, sort_keys=True)
    return f"hmac-sha256:{hmac.digest(salt, text.encode('utf-8', 'replace'), 'sha256').hex()}"


def stamp(moment: datetime) -> str:
    """ISO 8601 to the second with offset; ValueError for a time that does not know its zone."""
    if moment.utcoffset() is None:
        raise ValueError("a time in the log knows its zone")
    return moment.isoformat(timespec="seconds")


@cache
def engine_version() -> str:
    """The rules engine that decides the leaves and its version."""
    return f"durable-rules {metadata.version('durable-rules')}"


def _common(kind: Kind, first_line: Mapping[str, str]) -> dict[str, Any]:
    return {"format": FORMAT, "kind": kind.value, "service": __version__, **first_line}


def _statuses(given: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "status": _status(given["status"]),
        "machine_status": _status(given["machine_status"]),
        "deciding": bool(given["deciding"]),
    }


def _plane_zero(name: str) -> str:
    # RFC 8785 sorts names by UTF-16 units, the standard library by code points: alike below U+10000.
    if any(char > "\uffff" for char in name):
        raise ValueError("a condition id lies in the Basic Multilingual Plane")
    return name


def _status(value: str) -> str:
    # A status is a word of the program; free text here would be a leak into the sealed part.
    if not (value.isascii() and value.isidentifier()):
        raise ValueError("a status is an ASCII word")
    return str(value)
