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
        peaks, node, size = list(self.peaks), leaf, self.size
        while size & 1:
            node = node_hash(peaks.pop(), node)
            size >>= 1
        peaks.append(node)
        return Frontier(self.size + 1, tuple(peaks))

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
    result = Frontier()
    for leaf in leaves:
        result = result.append(leaf)
    return result


def root(leaves: Iterable[bytes]) -> bytes:
    """The root of the tree with these leaf hashes (MTH, 2.1.1)."""
    return frontier(leaves).root()


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


def _split(size: int) -> int:
    """The largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether `proof` leads from the leaf hash at `index` to the root of the tree of `size` (2.1.3.2)."""
    if not 0 <= index < size:
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
    """Whether `proof` shows the tree of size `first` to be a prefix of that of size `second` (2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not proof and first_root == second_root
    if first == 0:
        return not proof and first_root == EMPTY_ROOT
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
