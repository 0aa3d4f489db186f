"""Derivations from an identity number. See `derivations` for their shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.engine import identity
from service.engine.values import Interval, Reader, Readers, constant
from service.policy.facts import Fact


def _parsed(fact: Fact, read: Reader) -> Reader:
    """A number as `identity.parse` reads it, once a frame however many facts rest on it; None if blank."""
    key = f"#{fact.path}"

    def compute(frame: Any) -> Any:
        if key not in frame.memo:
            number = read(frame)
            frame.memo[key] = None if number is None else identity.parse(number)
        return frame.memo[key]

    return compute


def identity_check(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The first fault of an identity number and what must agree with it, `valid`, or blank without a number.

    Codes in the order looked for: malformed, invalid_checksum, invalid_date, future_birth, sex_mismatch,
    birth_mismatch, category_mismatch.
    """
    number = _parsed(arguments["number"], reader(arguments["number"]))
    on = reader(arguments["on"])
    birth = reader(arguments["birth_date"]) if "birth_date" in arguments else constant(None)
    sex = reader(arguments["sex"]) if "sex" in arguments else constant(None)
    category = reader(arguments["category"]) if "category" in arguments else constant(None)
    categories: Mapping[str, tuple[str, ...]] = arguments.get("categories", {})
    sexes: tuple[str, ...] = ()
    if "sex" in arguments and arguments["sex"].vocabulary is not None:
        # By the standard an odd sequence is a man's; the vocabulary of a sex fact names the man first.
        sexes = tuple(entry.code for entry in arguments["sex"].vocabulary.entries)

    def compute(frame: Any) -> Any:
        parsed, stated_birth, stated_sex, day = number(frame), birth(frame), sex(frame), on(frame)
        born: Interval | None = stated_birth
        actual_sex = stated_sex
        if parsed is not None:
            fault, birthday, odd = parsed
            if fault is not None:
                return fault
            born = (birthday, birthday)
        if born is not None and day is not None and born[0] > day[1]:
            return "future_birth"
        if parsed is not None and len(sexes) == 2:
            actual_sex = sexes[0] if odd else sexes[1]
            if stated_sex is not None and stated_sex != actual_sex:
                return "sex_mismatch"
        if parsed is not None and stated_birth is not None and not stated_birth[0] <= birthday <= stated_birth[1]:
            return "birth_mismatch"
        stated_category = category(frame)
        if stated_category is not None and actual_sex in categories and stated_category not in categories[actual_sex]:
            return "category_mismatch"
        return None if parsed is None else "valid"

    return compute


def identity_birth(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The birth date in an identity number."""
    of = _parsed(arguments["of"], reader(arguments["of"]))

    def compute(frame: Any) -> Any:
        parsed = of(frame)
        return None if parsed is None or parsed[0] is not None else (parsed[1], parsed[1])

    return compute


def identity_sex(arguments: dict[str, Any], reader: Readers, _fact: Fact) -> Reader:
    """The sex an identity number says, by the parity of its sequence."""
    of = _parsed(arguments["of"], reader(arguments["of"]))
    odd, even = arguments["odd"], arguments["even"]

    def compute(frame: Any) -> Any:
        parsed = of(frame)
        return None if parsed is None or parsed[0] is not None else odd if parsed[2] else even

    return compute
