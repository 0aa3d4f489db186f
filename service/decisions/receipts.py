"""The receipt of a decision: what shows, without the log, that the decision stands in it as it was answered.

It holds the sealed bytes of the entry as text, the entry's place, the checkpoint that was signed with its batch, and
the inclusion proof that leads from the one to the other. Whoever has the public key needs nothing else.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from service.decisions import merkle
from service.decisions.entry import reply_digest
from service.decisions.notes import Checkpoint, NoteError, Refusal, Verifier, read_checkpoint
from service.problems import PointerPlace, Problem, problem

# What the first line of a reply repeats of the entry, and what follows it.
_REPEATED = ("decision_id", "decided_at", "requested_by")
_OF_POLICY = ("id", "edition", "digest")
_CHECKPOINT = {
    Refusal.MALFORMED: "receipt-checkpoint-malformed",
    Refusal.UNKNOWN: "receipt-checkpoint-unknown",
    Refusal.FORGED: "receipt-checkpoint-forged",
}


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where an entry stands: `sequence` (from 1) in the tree of `size` with `root`, whose note is `checkpoint`.

    `checkpoint` is None where the entry was written before trees were signed. `proof` leads from the entry's leaf
    to the root. `salt` keys the sealed digest of the reply; None of an older entry, and in a reply that was masked:
    with it, what was masked could be guessed.
    """

    sequence: int
    size: int
    root: bytes
    checkpoint: str | None
    proof: tuple[bytes, ...]
    entry: bytes
    salt: bytes | None = field(default=None, repr=False)

    @property
    def included(self) -> bool:
        """Whether the proof leads from the entry to the root."""
        leaf = merkle.leaf_hash(self.entry)
        return merkle.verify_inclusion(leaf, self.sequence - 1, self.size, self.proof, self.root)

    def to_json(self) -> dict[str, Any]:
        """The receipt as replies carry it; hashes of the proof in Base64, as in the checkpoint."""
        return {
            "sequence": self.sequence,
            "tree_size": self.size,
            "root": f"sha256:{self.root.hex()}",
            "checkpoint": self.checkpoint,
            "proof": [base64.b64encode(node).decode("ascii") for node in self.proof],
            "entry": self.entry.decode("utf-8", "surrogateescape"),
            **({} if self.salt is None else {"salt": self.salt.hex()}),
        }


@dataclass(frozen=True, slots=True)
class Checked:
    """A receipt looked at: what it says (None where it cannot be read), and what does not hold of it.

    `texts` is whether everything the reply says was held against the seal; of a reply masked or of an older entry
    that are the first line, the policy and the statuses.
    """

    receipt: Receipt | None
    checkpoint: Checkpoint | None
    entry: Mapping[str, Any] | None
    problems: tuple[Problem, ...]
    texts: bool = False


def check_receipt(value: Any, verifiers: Collection[Verifier]) -> Checked:
    """Check a reply that carries its receipt, or a receipt alone, with nothing but public keys.

    Of a reply, what it repeats of the sealed entry is compared with it: its first line, the policy, the whole and
    each condition.
    """
    whole = isinstance(value, dict) and "receipt" in value
    receipt = _read(value["receipt"] if whole else value)
    entry = None if receipt is None else _entry(receipt.entry)
    if receipt is None or entry is None:
        return Checked(receipt, None, None, (_problem("receipt-unreadable"),))
    problems = []
    checkpoint = None
    if receipt.checkpoint is None:
        problems.append(_problem("receipt-unsigned"))
    else:
        try:
            checkpoint = read_checkpoint(receipt.checkpoint, verifiers)
        except NoteError as fault:
            problems.append(_problem(_CHECKPOINT[fault.refusal]))
    if checkpoint is not None and (checkpoint.size, checkpoint.root) != (receipt.size, receipt.root):
        problems.append(_problem("receipt-checkpoint-differs", size=checkpoint.size))
    if not receipt.included:
        problems.append(_problem("receipt-not-included", sequence=receipt.sequence))
    if entry.get("sequence") != receipt.sequence:
        problems.append(_problem("receipt-moved", sequence=receipt.sequence, written=entry.get("sequence")))
    texts = whole and bool(receipt.salt) and "reply_digest" in entry
    if whole:
        differing = [_problem("receipt-reply-differs", pointer) for pointer in _differing(value, entry)]
        if texts and not differing and not _as_sealed(value, receipt.salt or b"", entry):
            differing = [_problem("receipt-texts-differ")]
        problems += differing
    return Checked(receipt, checkpoint, entry, tuple(problems), texts)


def _read(value: Any) -> Receipt | None:
    try:
        note = value["checkpoint"]
        if not (note is None or isinstance(note, str)) or type(value["sequence"]) is not int:
            return None
        algorithm, _, root = value["root"].partition(":")
        if algorithm != "sha256" or type(value["tree_size"]) is not int:
            return None
        return Receipt(
            value["sequence"],
            value["tree_size"],
            bytes.fromhex(root),
            note,
            tuple(base64.b64decode(node, validate=True) for node in value["proof"]),
            value["entry"].encode("utf-8", "surrogateescape"),
            bytes.fromhex(value["salt"]) if "salt" in value else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError, binascii.Error):
        return None


def _entry(raw: bytes) -> Mapping[str, Any] | None:
    try:
        entry = json.loads(raw)
    except ValueError:
        return None
    return entry if isinstance(entry, dict) else None


def _as_sealed(reply: Mapping[str, Any], salt: bytes, entry: Mapping[str, Any]) -> bool:
    """Whether a reply is, to the last character of its texts, the one that the entry holds the digest of."""
    said = {name: item for name, item in reply.items() if name != "receipt"}
    try:
        return bool(reply_digest(salt, said) == entry["reply_digest"])
    except (RecursionError, ValueError):  # A number that no reply holds.
        return False


def _differing(reply: Mapping[str, Any], entry: Mapping[str, Any]) -> Iterator[str]:
    """Pointers to what a reply says otherwise than the sealed entry."""
    for name in _REPEATED:
        if reply.get(name) != entry.get(name):
            yield f"/{name}"
    used, sealed = _mapping(reply.get("policy")), _mapping(entry.get("policy"))
    for name in _OF_POLICY:
        if name in used and used[name] != sealed.get(name):
            yield f"/policy/{name}"
    if _mapping(reply.get("overall")).get("status") != entry.get("overall"):
        yield "/overall/status"
    conditions = _mapping(entry.get("conditions"))
    shown = {name for name, _, _ in _verdicts(reply)}
    for name in conditions:
        # A preference is told by its label alone.
        if "." not in name and name not in shown and name != "preferences":
            yield f"/{name}"
    for name, pointer, verdict in _verdicts(reply):
        known = _mapping(conditions.get(name))
        for member in ("status", "machine_status", "deciding"):
            if member in verdict and member in known and verdict[member] != known[member]:
                yield f"{pointer}/{member}"


def _verdicts(reply: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """The id, pointer and verdict of every section of a reply and of every condition in it."""
    for name in ("scope", "materials", "formalities"):
        yield from _section(name, f"/{name}", reply.get(name))
    for group in ("criteria", "tiers"):
        for name, section in _mapping(reply.get(group)).items():
            yield from _section(name, f"/{group}/{name}", section)


def _section(name: str, pointer: str, section: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    if isinstance(section, dict):
        yield name, pointer, section
        yield from _conditions(name, pointer, section.get("conditions"))


def _conditions(section: str, pointer: str, conditions: Any) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for index, item in enumerate(conditions if isinstance(conditions, Sequence) else ()):
        if isinstance(item, dict):
            at = f"{pointer}/conditions/{index}"
            yield f"{section}.{item.get('id')}", at, item
            yield from _conditions(section, at, item.get("conditions"))


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _problem(code: str, pointer: str = "", **params: Any) -> Problem:
    return problem(code, PointerPlace(pointer), **params)
