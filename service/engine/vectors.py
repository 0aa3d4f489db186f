"""Frames -> vectors: the integers that the rules see, and where each fact asked about stands among them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Any, NamedTuple

from service.engine.encoders import CodeEncoder, IntervalEncoder
from service.engine.facts import Frame
from service.engine.values import Reader


class Coded(NamedTuple):
    """A fact told by a code: its keys within the values of a frame, if these hold it; how it is read; its code."""

    field: tuple[str, ...]
    read: Reader
    encode: CodeEncoder


# The keys of a group within the values of a frame, what takes its fields, and the code of each.
_Group = tuple[tuple[str, ...], Callable[[Any], tuple[Any, ...]], list[CodeEncoder]]


class VectorMaker:
    """Makes the vector of a frame: the fields of each group, read at once, then other codes, then intervals.

    `codes` and `intervals` are what stands in it by number, an interval under its number and the next; `place`
    says where each number went.
    """

    def __init__(self, codes: Mapping[int, Coded], intervals: Mapping[int, IntervalEncoder]) -> None:
        groups: dict[tuple[str, ...], list[int]] = {}
        for number, coded in codes.items():
            if coded.field:
                groups.setdefault(coded.field[:-1], []).append(number)
        # One field is read as fast by itself, and itemgetter makes no tuple of it.
        together = {keys: numbers for keys, numbers in groups.items() if len(numbers) > 1}
        first = [*chain.from_iterable(together.values())]
        others = [number for number in codes if number not in first]
        order = [*first, *others, *chain.from_iterable((number, number + 1) for number in intervals)]
        self.place = {number: place for place, number in enumerate(order)}
        self._groups: list[_Group] = [
            (keys, itemgetter(*(codes[n].field[-1] for n in numbers)), [codes[n].encode for n in numbers])
            for keys, numbers in together.items()
        ]
        self._others: Sequence[Coded] = [codes[number] for number in others]
        self._intervals: Sequence[IntervalEncoder] = [*intervals.values()]

    def vector(self, frame: Frame) -> tuple[int, ...]:
        """The vector of a frame."""
        made: list[int] = []
        for keys, fields, encoders in self._groups:
            group = frame.values
            for key in keys:
                group = group[key]
            made += [encode(value) for encode, value in zip(encoders, fields(group), strict=True)]
        made += [encode(read(frame)) for _, read, encode in self._others]
        for interval in self._intervals:
            made += interval(frame)
        return tuple(made)
