"""A folder of checkpoints outside the database: witnesses of the trees that were, and the keys they verify with.

A file per tree, named by its size, never replaced: what is there and says otherwise is the finding of a rewritten log.
`verifier.keys` holds every public key that ever signed here; whoever checks keeps a copy of it elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

from service.decisions.faults import LogDamaged, place, unavailable
from service.decisions.files import make_file, replace_file
from service.decisions.notes import (
    Checkpoint,
    NoteError,
    Refusal,
    Verifier,
    read_checkpoint,
    read_text,
    split_note,
)
from service.decisions.signing import read_verifiers, verifier_lines
from service.problems import Problem, problem

VERIFIER_FILE = "verifier.keys"
_SUFFIX = ".note"
_DIGITS = 12
# For others to read: there is no secret in it.
_MODE = 0o644
_PROBLEMS = {
    Refusal.MALFORMED: "log-checkpoint-malformed",
    Refusal.UNKNOWN: "log-checkpoint-unknown",
    Refusal.FORGED: "log-checkpoint-forged",
}


@dataclass(frozen=True, slots=True)
class Witness:
    """A tree somebody outside the database saw; `source` is where they kept it."""

    source: str
    size: int
    root: bytes


def keep_checkpoint(folder: Path, note: str, verifiers: Collection[Verifier]) -> Path | None:
    """Write a signed checkpoint into the folder, made if missing, with the keys it verifies with.

    None where that checkpoint is there. Raises LogDamaged where another one of this size is there, or the folder's
    keys are of another log; LogUnavailable where the folder cannot be written.
    """
    checkpoint = Checkpoint.parse(split_note(note)[0])
    path = folder / f"{checkpoint.size:0{_DIGITS}}{_SUFFIX}"
    try:
        # Signed by another key, it is the same tree all the same.
        if path.exists() and _stated(path.read_bytes()) != checkpoint:
            raise LogDamaged(problem("log-witness-differs", place(path), size=checkpoint.size, source=str(path)))
        keep_verifiers(folder, verifiers)
        if path.exists():
            return None
        make_file(path, note.encode("utf-8"), mode=_MODE)
    except OSError as fault:
        raise unavailable("log-checkpoints-unwritable", folder) from fault
    return path


def verifiers_of(folder: Path) -> tuple[Verifier, ...]:
    """The public keys kept in the folder; none where no such file is. Raises LogUnavailable."""
    path = folder / VERIFIER_FILE
    return read_verifiers(path) if path.exists() else ()


def witnesses_of(folder: Path, verifiers: Collection[Verifier]) -> tuple[tuple[Witness, ...], tuple[Problem, ...]]:
    """The checkpoints of a folder, smallest tree first, and what is wrong with those that do not count."""
    witnesses, problems = [], []
    for path in _files(folder):
        witness, fault = read_witness(path, verifiers)
        if witness is not None and path.stem != f"{witness.size:0{_DIGITS}}":
            witness, fault = None, problem("log-checkpoint-malformed", place(path), source=str(path))
        if witness is not None:
            witnesses.append(witness)
        if fault is not None:
            problems.append(fault)
    return tuple(witnesses), tuple(problems)


def read_witness(path: Path, verifiers: Collection[Verifier]) -> tuple[Witness | None, Problem | None]:
    """The checkpoint of one file, or why it does not count. Without verifiers its signature is not looked at.

    The file may be a receipt, or a reply that carries one. Raises LogUnavailable where it cannot be read.
    """
    try:
        note = _note_in(read_text(path.read_bytes()))
        checkpoint = read_checkpoint(note, verifiers) if verifiers else Checkpoint.parse(split_note(note)[0])
    except OSError as fault:
        raise unavailable("log-checkpoint-unreadable", path) from fault
    except NoteError as fault:
        return None, problem(_PROBLEMS[fault.refusal], place(path), source=str(path))
    return Witness(str(path), checkpoint.size, checkpoint.root), None


def _note_in(text: str) -> str:
    """The note that a file holds: itself, or the checkpoint of a receipt in JSON."""
    if not text.lstrip().startswith("{"):
        return text
    try:
        held = json.loads(text)
        note = held.get("receipt", held).get("checkpoint")
    except (AttributeError, ValueError) as fault:
        raise NoteError(Refusal.MALFORMED) from fault
    if not isinstance(note, str):
        raise NoteError(Refusal.MALFORMED)
    return note


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(folder.glob(f"*{_SUFFIX}"))


def keep_verifiers(folder: Path, verifiers: Collection[Verifier]) -> None:
    """Add the public keys that are not in the folder yet; none is ever removed.

    A key that was replaced is still among the keys of its log: LogDamaged where the folder knows none of them.
    """
    held = verifiers_of(folder)
    if held and verifiers and not {*held} & {*verifiers}:
        raise LogDamaged(problem("log-checkpoints-strange", place(folder)))
    missing = [item for item in verifiers if item not in held]
    if missing:
        try:
            replace_file(folder / VERIFIER_FILE, verifier_lines([*held, *missing]), mode=_MODE)
        except OSError as fault:
            raise unavailable("log-checkpoints-unwritable", folder) from fault


def _stated(held: bytes) -> Checkpoint | None:
    try:
        return Checkpoint.parse(split_note(read_text(held))[0])
    except NoteError:
        return None
