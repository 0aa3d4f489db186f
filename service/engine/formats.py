"""Named formats of texts: patterns of a table, and checks known by name."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from operator import mul

import re2

from service.engine import identity
from service.policy.tables import Table

# 统一社会信用代码: the values of its characters, and their weights.
_USCC_VALUES = {char: value for value, char in enumerate("0123456789ABCDEFGHJKLMNPQRTUWXY")}
_USCC_WEIGHTS = (*(pow(3, place, 31) for place in range(17)), 1)


def format_check(table: Table, name: str) -> Callable[[str], bool]:
    """The test of a named format on a text: a pattern over the whole of it, or a check known by name."""
    declared = table.formats[name]
    if declared.check is not None:
        return _CHECKS[declared.check]
    # A set of one pattern answers yes or no without building a match, in a sixth of the time.
    pattern = re2.Set.FullMatchSet()
    pattern.Add(declared.pattern)
    pattern.Compile()
    return lambda text: bool(pattern.Match(folded(text).strip().encode()))


def folded(text: str) -> str:
    """The text in NFKC."""
    return text if text.isascii() else unicodedata.normalize("NFKC", text)


def _uscc(text: str) -> bool:
    """统一社会信用代码 (GB 32100-2015): eighteen characters of its alphabet with a right check character.

    With the weight one for the check character, the weighted sum of all is a multiple of 31.
    """
    number = "".join(folded(text).split()).replace("-", "").upper()
    if len(number) != 18 or not _USCC_VALUES.keys() >= {*number} or not number[2:8].isdigit():
        return False
    total: int = sum(map(mul, _USCC_WEIGHTS, map(_USCC_VALUES.__getitem__, number)))
    return total % 31 == 0


def _identity_number(text: str) -> bool:
    return identity.parse(identity.compact(text))[0] is None


_CHECKS: dict[str, Callable[[str], bool]] = {"uscc": _uscc, "identity-number": _identity_number}
