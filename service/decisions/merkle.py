"""The Merkle tree of RFC 9162, section 2.1, over SHA-256: pure functions over bytes.

Hashes are 32 bytes. Leaves are counted from 0; a tree of n leaves is named by its size n.
Functions that make proofs take leaf hashes; functions that check them take only the proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The roots of the full subtrees of a tree, widest first: enough to append and to give the root.

    `size` leaves stand in one subtree per set bit of `size`. A `peaks` of another length raises ValueError.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError(f"{len(self.peaks)} subtrees do not make a tree of {self.size} leaves")

    def append(self, leaf: bytes) -> Frontier:
        """The frontier with one more leaf, given by its leaf hash; O(log size)."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """The frontier with more leaves, given by their leaf hashes."""
        peaks, size = list(self.peaks), self.size
        for leaf in leaves:
            node, rest = leaf, size
            while rest & 1:
                node = sha256(b"\x01" + peaks.pop() + node).digest()
                rest >>= 1
            peaks.append(node)
            size += 1
        return Frontier(size, tuple(peaks))

    def root(self) -> bytes:
        """The root of the tree; SHA-256 of nothing for the empty tree."""
        if not self.peaks:
            return EMPTY_ROOT
        node = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            node = node_hash(peak, node)
        return node

    def to_bytes(self) -> bytes:
        """The subtree roots one after another; the size is kept beside them."""
        return b"".join(self.peaks)

    @classmethod
    def from_bytes(cls, size: int, raw: bytes) -> Frontier:
        """The frontier that `to_bytes` wrote; ValueError where `raw` does not fit `size`."""
        if len(raw) % HASH_BYTES:
            raise ValueError(f"{len(raw)} bytes are not a row of hashes")
        return cls(size, tuple(raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)))


def frontier(leaves: Iterable[bytes]) -> Frontier:
    """The frontier of a tree with these leaf hashes."""
    return Frontier().extend(leaves)


def root(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree with these leaf hashes (MTH, 2.1.1)."""
    if not leaves:
        return EMPTY_ROOT
    level = list(leaves)
    while len(level) > 1:
        pairs = iter(level)
        above = [sha256(b"\x01" + left + right).digest() for left, right in zip(pairs, pairs, strict=False)]
        # The last one of an odd number has no sibling on this level and waits for one above.
        level = above + level[-1:] if len(level) & 1 else above
    return level[0]


class Growth:
    """A tree known by its frontier, and the leaf hashes added to it: enough to prove the place of each of these."""

    def __init__(self, before: Frontier, leaves: Sequence[bytes]) -> None:
        self._first = before.size
        self.size = before.size + len(leaves)
        # Full subtrees by first leaf and width.
        self._nodes: dict[tuple[int, int], bytes] = {}
        start = 0
        for bit, peak in zip(_bits(before.size), before.peaks, strict=True):
            self._nodes[start, bit] = peak
            start += bit
        for index, leaf in enumerate(leaves, start=before.size):
            node, start, width = leaf, index, 1
            self._nodes[start, width] = node
            while start & width:
                start -= width
                node = node_hash(self._nodes[start, width], node)
                width <<= 1
                self._nodes[start, width] = node

    def proof(self, index: int) -> tuple[bytes, ...]:
        """The inclusion proof of an added leaf in the grown tree; ValueError for any other leaf."""
        if not self._first <= index < self.size:
            raise ValueError(f"leaf {index} was not added")
        return self._path(index, 0, self.size)

    def _path(self, index: int, start: int, size: int) -> tuple[bytes, ...]:
        if size == 1:
            return ()
        split = _split(size)
        if index < start + split:
            return (*self._path(index, start, split), self._root(start + split, size - split))
        return (*self._path(index, start + split, size - split), self._root(start, split))

    def _root(self, start: int, size: int) -> bytes:
        known = self._nodes.get((start, size))
        if known is not None:
            return known
        split = _split(size)
        return node_hash(self._root(start, split), self._root(start + split, size - split))


def inclusion_proof(leaves: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The nodes that lead from leaf `index` to the root, lowest first (PATH, 2.1.3.1); ValueError outside."""
    size = len(leaves)
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of {size}")
    if size == 1:
        return ()
    split = _split(size)
    if index < split:
        return (*inclusion_proof(leaves[:split], index), root(leaves[split:]))
    return (*inclusion_proof(leaves[split:], index - split), root(leaves[:split]))


def consistency_proof(leaves: Sequence[bytes], first: int) -> tuple[bytes, ...]:
    """The nodes that show the first `first` leaves to be a prefix (PROOF, 2.1.4.1).

    Empty for first = 0, where there is nothing to show; ValueError outside 0 ... len(leaves).
    """
    if not 0 <= first <= len(leaves):
        raise ValueError(f"a tree of {len(leaves)} has no prefix of {first}")
    return _subproof(leaves, first, known=True) if first else ()


def _subproof(leaves: Sequence[bytes], first: int, *, known: bool) -> tuple[bytes, ...]:
    size = len(leaves)
    if first == size:
        return () if known else (root(leaves),)
    split = _split(size)
    if first <= split:
        return (*_subproof(leaves[:split], first, known=known), root(leaves[split:]))
    return (*_subproof(leaves[split:], first - split, known=False), root(leaves[:split]))


def _bits(size: int) -> list[int]:
    """The powers of two that make up `size`, largest first."""
    return [1 << level for level in reversed(range(size.bit_length())) if size >> level & 1]


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether `proof` leads from the leaf hash at `index` to the root of the tree of `size` (2.1.3.2)."""
    if not 0 <= index < size or len(leaf) != HASH_BYTES:
        return False
    node, position, last = leaf, index, size - 1
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            node = node_hash(sibling, node)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            node = node_hash(node, sibling)
        position >>= 1
        last >>= 1
    return last == 0 and node == tree_root


def verify_consistency(first: int, first_root: bytes, second: int, second_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows the tree of size `first` to be a prefix of that of size `second` (2.1.4.2).

    No proof shows anything of the empty tree, which is a prefix of every other.
    """
    if not 0 < first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    # A full first tree is itself a node of the second and is not repeated in the proof.
    nodes = [first_root, *proof] if first & (first - 1) == 0 else list(proof)
    if not nodes:
        return False
    position, last = first - 1, second - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = nodes[0]
    for node in nodes[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, node)
        position >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root
