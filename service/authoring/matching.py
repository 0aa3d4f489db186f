"""What of an older list is what of a newer one: by name first, then by likeness."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, NamedTuple, TypeVar

_Item = TypeVar("_Item")
# Less alike than this are two things, and twice as strict where both have names of their own.
_LIKE, _ALIKE = 0.6, 0.9


class Matched(NamedTuple):
    """Indexes of an older and a newer list: pairs in the order of the newer, what went, what came."""

    pairs: tuple[tuple[int, int], ...]
    dropped: tuple[int, ...]
    added: tuple[int, ...]


def match(
    old: Sequence[_Item],
    new: Sequence[_Item],
    names: Sequence[Callable[[_Item], Hashable | None]],
    text: Callable[[_Item], str],
) -> Matched:
    """Pair the items of two lists by the first of `names` they share, the rest by the likeness of `text`.

    Turned round, the same pairs are found.
    """
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for name in names:
        free: dict[Hashable, list[int]] = {}
        for index, item in enumerate(new):
            key = name(item)
            if index not in taken and key is not None:
                free.setdefault(key, []).append(index)
        for index, item in enumerate(old):
            waiting = free.get(name(item)) if index not in pairs and name(item) is not None else None
            if waiting:
                pairs[index] = waiting.pop(0)
                taken.add(pairs[index])
    named = names[0]
    left = [index for index in range(len(old)) if index not in pairs]
    right = [index for index in range(len(new)) if index not in taken]
    found = []
    texts = {index: text(new[index]) for index in right}
    for first in left:
        written = text(old[first])
        for second in right:
            least = _LIKE if named(old[first]) is None or named(new[second]) is None else _ALIKE
            ratio = likeness(written, texts[second], least)
            if ratio >= least:
                found.append((-ratio, abs(first - second), first + second, first, second))
    for *_, first, second in sorted(found):
        if first not in pairs and second not in taken:
            pairs[first] = second
            taken.add(second)
    return Matched(
        tuple(sorted(pairs.items(), key=lambda pair: pair[1])),
        tuple(index for index in range(len(old)) if index not in pairs),
        tuple(index for index in range(len(new)) if index not in taken),
    )


def likeness(first: str, second: str, least: float = 0.0) -> float:
    """How alike two texts are, from 0 to 1, the same from either side; below `least` it may be given as 0."""
    one, other = sorted((first, second))
    matcher = difflib.SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < least or matcher.quick_ratio() < least:
        return 0.0
    return matcher.ratio()


def moved(pairs: Sequence[tuple[int, int]]) -> frozenset[int]:
    """The newer indexes of pairs that left the order of the rest: those outside a longest rising run."""
    # The longest rising run that ends at each pair, as its length and the pair before.
    runs: list[tuple[int, int | None]] = []
    for first, _ in pairs:
        before = [at for at in range(len(runs)) if pairs[at][0] < first]
        last = max(before, key=lambda at: runs[at][0], default=None)
        runs.append((1 if last is None else runs[last][0] + 1, last))
    at = max(range(len(runs)), key=lambda at: runs[at][0], default=None)
    kept = set()
    while at is not None:
        kept.add(pairs[at][1])
        at = runs[at][1]
    return frozenset(new for _, new in pairs if new not in kept)


def side_by_side(before: Sequence[_Item], after: Sequence[_Item], matched: Matched) -> Iterator[tuple[Any, Any]]:
    """Older and newer beside each other in the order of the newer, None where there is none; what went at the end."""
    first = {second: one for one, second in matched.pairs}
    for index, item in enumerate(after):
        yield (before[first[index]] if index in first else None), item
    for index in matched.dropped:
        yield before[index], None
