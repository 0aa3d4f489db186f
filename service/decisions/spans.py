"""A stretch of the log looked at by itself: entries and the trees their batches left.

A stretch begins after a tree whose stored frontier is sound, and goes on from it: where every stretch stands, each
ends in the tree the next begins with, and all of them in the last one. So stretches can be looked at side by side.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, select

from service.decisions import merkle, schema
from service.decisions.checkpoints import Witness
from service.decisions.entry import digest
from service.decisions.faults import LogDamaged, place
from service.decisions.notes import NoteError, Refusal, Verifier, read_checkpoint
from service.decisions.reading import blob, summary
from service.problems import Problem, problem

_AT_ONCE = 1000
_ENTRIES = schema.entries.c
_COLUMNS = ("decision_id", "kind", "policy", "edition", "status")
_TREE = schema.tree


@dataclass(frozen=True, slots=True)
class Expected:
    """What a stretch is held against besides itself.

    `witnesses` are trees seen outside. `verifiers` are the public keys known; signatures are verified of trees from
    `signatures_from` on, and every tree from `signed_from` on is signed (None: no tree is known to be).
    """

    witnesses: tuple[Witness, ...] = ()
    verifiers: tuple[Verifier, ...] = ()
    signatures_from: int = 0
    signed_from: int | None = None

    def within(self, first: int, last: int | None) -> dict[int, list[Witness]]:
        """The witnesses of trees of `first` to `last` entries, by size."""
        found: dict[int, list[Witness]] = {}
        for item in self.witnesses:
            if first <= item.size and (last is None or item.size <= last):
                found.setdefault(item.size, []).append(item)
        return found


@dataclass(slots=True)
class Seen:
    """What was seen of a stretch; `size` and `root` are of its last tree, 0 and the empty root if it has none."""

    faults: list[Problem] = field(default_factory=list)
    #: First and last sequence of every run of missing entries.
    missing: list[tuple[int, int]] = field(default_factory=list)
    #: First and last sequence after the last tree.
    unsealed: tuple[int, int] | None = None
    #: Digest named by an entry -> the first sequence that names it.
    named: dict[str, int] = field(default_factory=dict)
    #: Witnesses of trees that could not be computed again.
    unmet: list[Witness] = field(default_factory=list)
    #: Key that signed -> the size of the first tree it signed.
    signers: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    trees: int = 0
    signatures: int = 0
    size: int = 0
    root: bytes = merkle.EMPTY_ROOT

    def lack(self, first: int, last: int) -> None:
        """Note that entries are missing; runs that touch are one."""
        if self.missing and self.missing[-1][1] == first - 1:
            first = self.missing.pop()[0]
        self.missing.append((first, last))


def sound_frontier(head: Row[Any]) -> merkle.Frontier | None:
    """The frontier stored with a tree, if it gives the root stored with it."""
    try:
        stored = merkle.Frontier.from_bytes(head.size, blob(head.frontier))
    except ValueError:
        return None
    return stored if stored.root() == blob(head.root) else None


def look_at(connection: Connection, name: str, after: int, last: int | None, expected: Expected) -> Seen:
    """The entries behind the tree of `after` entries (0: from the beginning) up to that of `last`, or to the end.

    Both trees are there, that of `after` with a sound frontier. `name` is the database's, for problems.
    """
    span = _Span(connection, name, expected, expected.within(after + 1, last))
    if after:
        span.frontier = sound_frontier(connection.execute(select(_TREE).where(_TREE.c.size == after)).one()) or (
            merkle.Frontier()
        )
    span.run(after, last)
    return span.seen


def look_at_batch(connection: Connection, name: str, first: int, last: int, before: Row[Any] | None) -> Seen:
    """One batch: the entries `first` to `last` and the tree they left, behind the tree `before`."""
    span = _Span(connection, name, Expected(), {})
    if before is not None:
        stored = sound_frontier(before)
        if stored is None:
            span.fault("log-tree-edited", size=before.size)
        span.frontier = stored or merkle.Frontier()
    span.run(first - 1, last)
    return span.seen


@dataclass(slots=True)
class _Span:
    connection: Connection
    name: str
    expected: Expected
    witnessed: dict[int, list[Witness]]
    seen: Seen = field(default_factory=Seen)
    #: The tree up to the entry just read, and whether every entry of the batch so far was there.
    frontier: merkle.Frontier = field(default_factory=merkle.Frontier)
    whole: bool = True
    #: The size of the tree that the entry just read was added to, where it says so.
    tree_before: int = 0
    #: Sizes of trees found to be gone.
    gone: set[int] = field(default_factory=set)
    #: The texts that the entry just read names.
    texts: list[Any] = field(default_factory=list)

    def run(self, after: int, last: int | None) -> None:
        entries, trees = [_ENTRIES.sequence > after], [_TREE.c.size > after]
        if last is not None:
            entries.append(_ENTRIES.sequence <= last)
            trees.append(_TREE.c.size <= last)
        rows = self._stream(select(schema.entries).where(*entries).order_by(_ENTRIES.sequence))
        row = next(rows, None)
        size = after
        for head in self._stream(select(_TREE).where(*trees).order_by(_TREE.c.size)):
            row = self._batch(rows, row, first=size + 1, last=head.size)
            self._close_batch(head, first=size + 1)
            size = head.size
        if row is not None:
            first = end = row.sequence
            self._entry(row)
            self._follows(size)
            for row in rows:
                self._entry(row)
                self._follows(size)
                end = row.sequence
            self.seen.unsealed = (first, end)
        self.seen.unmet = [item for size in sorted(self.witnessed) for item in self.witnessed[size]]

    def _batch(self, rows: Iterator[Row[Any]], row: Row[Any] | None, *, first: int, last: int) -> Row[Any] | None:
        """Read the entries `first` to `last` into the tree; the row that follows them."""
        self.whole = True
        expected, leaves = first, []
        while row is not None and row.sequence <= last:
            sequence = row.sequence
            if sequence > expected:
                self.whole = False
                self.seen.lack(expected, sequence - 1)
            leaves.append(self._entry(row))
            self._follows(first - 1)
            if sequence in self.witnessed and self.whole:
                self._witness(sequence, self.frontier.extend(leaves).root())
            expected = sequence + 1
            row = next(rows, None)
        if expected <= last:
            self.whole = False
            self.seen.lack(expected, last)
        if self.whole:
            self.frontier = self.frontier.extend(leaves)
        return row

    def _close_batch(self, head: Row[Any], *, first: int) -> None:
        """Compare the tree with the one stored after the batch; go on from the stored one if it is sound."""
        size, root, raw = head.size, blob(head.root), blob(head.frontier)
        seen, stated = self.seen, root
        if not (self.whole and self.frontier.to_bytes() == raw and self.frontier.root() == root):
            stored = sound_frontier(head)
            if stored is None:
                self.fault("log-tree-edited", size=size)
                # The note then tells of the tree that was.
                stated = self.frontier.root() if self.whole else root
            elif self.whole:
                self.fault("log-root-differs", first=first, last=size)
            if stored is not None:
                self.frontier = stored
            elif not self.whole:
                # Neither computed nor stored: what follows cannot be told from it.
                self.frontier = merkle.Frontier(size, (b"",) * size.bit_count())
        self._note(head.note, size, stated)
        self._witness(size, root)
        seen.trees += 1
        seen.size, seen.root = size, root

    def _note(self, note: str | None, size: int, root: bytes) -> None:
        """The signed checkpoint stored with a tree: it states that tree, and a known key signed it."""
        known = self.expected
        if note is None:
            if known.signed_from is not None and size >= known.signed_from:
                self.fault("log-note-missing", size=size)
            return
        origin = str(note).partition("\n")[0]
        if not str(note).startswith(f"{origin}\n{size}\n{b64encode(root).decode('ascii')}\n\n— {origin} "):
            self.fault("log-note-edited", size=size)
            return
        key = _signer(origin, str(note))
        if key is not None:
            self.seen.signers.setdefault(key, size)
        if known.verifiers and size >= known.signatures_from:
            self.seen.signatures += 1
            try:
                read_checkpoint(note, known.verifiers)
            except NoteError as fault:
                if fault.refusal is Refusal.UNKNOWN:
                    self.fault("log-note-unknown", size=size, key=key)
                else:
                    self.fault("log-note-edited", size=size)

    def _witness(self, size: int, root: bytes) -> None:
        """Compare with the roots that somebody outside saw at this size."""
        for known in self.witnessed.pop(size, ()):
            if known.root != root:
                self.fault("log-witness-differs", size=size, source=known.source)

    def _follows(self, size: int) -> None:
        """The entry just read was added to the tree of `size` entries, or the tree it names is gone."""
        if self.tree_before > size and self.tree_before not in self.gone:
            self.gone.add(self.tree_before)
            self.fault("log-tree-missing", size=self.tree_before)

    def _entry(self, row: Row[Any]) -> bytes:
        """The leaf hash stored for an entry, after checking the entry against it and against itself."""
        self.seen.entries += 1
        self.tree_before = 0
        sequence, public, leaf, private = row.sequence, blob(row.public), blob(row.leaf), blob(row.private)
        edited = sha256(b"\x00" + public).digest() != leaf
        if edited:
            self.fault("log-entry-edited", sequence=sequence)
        try:
            known = summary(public, name=self.name, sequence=sequence)
        except LogDamaged as fault:
            self.seen.faults.extend(fault.problems)
            return leaf
        if known.sequence != sequence:
            self.fault("log-entry-moved", sequence=sequence, written=known.sequence)
        elif not edited and type(before := known.public.get("tree_before")) is int:
            self.tree_before = before
        written = (known.decision_id, known.kind, known.policy_id, known.edition, known.overall)
        held = (row.decision_id, row.kind, row.policy, row.edition, row.status)
        if held != written:
            for name, column, value in zip(_COLUMNS, held, written, strict=True):
                if column != value:
                    self.fault("log-column-edited", sequence=sequence, column=name)
        # An entry without a private part commits to none.
        if (digest(private) if private else None) != known.public.get("private_digest"):
            self.fault("log-private-edited", sequence=sequence)
        self._texts(known.public, sequence)
        return leaf

    def _texts(self, public: Mapping[str, Any], sequence: int) -> None:
        """Note the archived texts that an entry names."""
        texts = [public.get("policy"), public.get("tables"), public.get("files")]
        if texts == self.texts:
            return  # As the entry before: most name the same ones.
        try:
            for value in _digests(public):
                self.seen.named.setdefault(value, sequence)
        except (KeyError, TypeError):
            self.fault("log-entry-unreadable", sequence=sequence)
        else:
            self.texts = texts

    def _stream(self, query: Any) -> Iterator[Row[Any]]:
        return iter(self.connection.execution_options(yield_per=_AT_ONCE).execute(query))

    def fault(self, code: str, **params: Any) -> None:
        self.seen.faults.append(problem(code, place(self.name), **params))


def _signer(origin: str, note: str) -> str | None:
    """Name and id of the key that the last signature of a note is said to be of; None where that is no signature."""
    try:
        return f"{origin}+{b64decode(note.rstrip().rpartition(' ')[2][:8])[:4].hex()}"
    except ValueError:
        return None


def _digests(public: Mapping[str, Any]) -> Iterator[str]:
    """The digests of archived texts that an entry names."""
    if "policy" in public:
        yield public["policy"]["digest"]
    for text in (*public.get("tables", ()), *public.get("files", ())):
        yield text["digest"]
