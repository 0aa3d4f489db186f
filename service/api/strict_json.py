"""JSON as the service accepts it: RFC 8259 within I-JSON (RFC 7493), and bounded before anything recurses.

Bytes in, a value or every fault out; no HTTP here, the command line reads files with it too. I-JSON asks
for UTF-8 (2.1), numbers a double holds (2.2) and unique names (2.3); what it forbids is refused, never
repaired.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from service.problems import PointerPlace, Problem, problem, sort

# RFC 7493 2.2: integers beyond this lose digits in a double.
MAX_INTEGER = 2**53 - 1
# The longest way to write a number within the limits is 24 characters; longer text is not even converted.
_NUMBER_LENGTH = 24
# A pointer longer than this is cut in a problem: names in the body may be as long as the body.
_POINTER_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Limits:
    """How much JSON is read: bytes, levels of nesting, and values (members and elements counted together)."""

    size: int = 1024 * 1024
    depth: int = 32
    values: int = 20_000


DEFAULT_LIMITS = Limits()


def loads(raw: bytes, limits: Limits = DEFAULT_LIMITS) -> tuple[Any, tuple[Problem, ...]]:
    """The value that `raw` writes, or None and every fault found, with pointers where a place can be named.

    Integers stay int. Numbers with a fraction or exponent are float, and only those that a float writes
    back as the same number are accepted, so `Decimal(repr(x))` is what was written.
    """
    text, problems = _text(raw, limits)
    if text is None:
        return None, problems
    try:
        return (_FAST.decode(text), ()) if not _SUSPICIOUS.search(text) else _carefully(text)
    except _SuspectError:
        return _carefully(text)
    except json.JSONDecodeError as fault:
        return None, (_syntax(fault),)


def _text(raw: bytes, limits: Limits) -> tuple[str | None, tuple[Problem, ...]]:
    """The text, if size, encoding, depth and number of values are within bounds."""
    if len(raw) > limits.size:
        return None, (_whole("json-too-large", limit=limits.size),)
    if not raw.strip(b" \t\r\n"):
        return None, (_whole("json-empty"),)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff", b"\0")) or raw[1:2] == b"\0":
        return None, (_whole("json-not-utf8-but-16"),)
    if raw.startswith(b"\xef\xbb\xbf"):
        return None, (_whole("json-bom"),)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as fault:
        return None, (_whole("json-not-utf8", byte=fault.start + 1),)
    found = _exceeded(text, limits)
    return (None, (found,)) if found else (text, ())


# A string (unclosed: up to the end) or, captured, a structural character; possessive, so that nothing is
# scanned twice.
_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|([\[\]{},])', re.DOTALL)


def _exceeded(text: str, limits: Limits) -> Problem | None:
    """What bound of depth or number the text exceeds; never recurses."""
    opening = text.count("[") + text.count("{")
    # Characters inside strings count here too, so this only ever errs towards looking closer.
    if opening <= limits.depth and opening + text.count(",") < limits.values:
        return None
    structure = "".join(_TOKEN.findall(text))
    depth = 0
    for character in structure.replace(",", ""):
        depth += 1 if character in "[{" else -1
        if depth > limits.depth:
            return _whole("json-too-deep", limit=limits.depth)
    values = 1 + structure.count("[") + structure.count("{") + structure.count(",")
    return _whole("json-too-many", limit=limits.values) if values > limits.values else None


class _SuspectError(Exception):
    """The fast reading met something the careful one must name."""


@dataclass(frozen=True, slots=True)
class _Bad:
    """A value that cannot be taken, with the code that says why."""

    code: str


class _Members(list[tuple[str, Any]]):
    """An object as its members in order, repeats kept."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _SuspectError
    return members


def _integer(text: str) -> int | _Bad:
    if len(text) > _NUMBER_LENGTH:
        return _Bad("json-number-too-long")
    value = int(text)
    return value if abs(value) <= MAX_INTEGER else _Bad("json-number-too-long")


def _decimal(text: str) -> float | _Bad:
    if len(text) > _NUMBER_LENGTH:
        return _Bad("json-number-too-long")
    value = float(text)
    if abs(value) > MAX_INTEGER:
        return _Bad("json-number-too-large")
    if Decimal(repr(value)) != Decimal(text):
        return _Bad("json-number-too-long")
    return value


def _constant(_: str) -> _Bad:
    return _Bad("json-not-finite")


def _taken(value: Any) -> Any:
    if type(value) is _Bad:
        raise _SuspectError
    return value


def _refuse(_: str) -> NoReturn:
    raise _SuspectError


_FAST = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=lambda text: _taken(_integer(text)),
    parse_float=lambda text: _taken(_decimal(text)),
    parse_constant=_refuse,
)
_CAREFUL = json.JSONDecoder(
    object_pairs_hook=_Members, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)

# Escapes that can write a control character or a surrogate, and control characters standing as themselves;
# those below U+0020 are a syntax error already.
_SUSPICIOUS = re.compile(r"\\(?:[bf]|u(?:00[01789]|[dD][89a-fA-F]))|[\x7f-\x9f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def _carefully(text: str) -> tuple[Any, tuple[Problem, ...]]:
    """The slow reading, which knows where every value stands: the value, or all faults."""
    try:
        held = _CAREFUL.decode(text)
    except json.JSONDecodeError as fault:
        return None, (_syntax(fault),)
    problems = sort(_faults(held))
    return (None, problems) if problems else (_plain(held), ())


def _faults(held: Any) -> Iterator[Problem]:
    waiting: list[tuple[str, Any]] = [("", held)]
    while waiting:
        pointer, value = waiting.pop()
        if isinstance(value, _Bad):
            yield _at(value.code, pointer)
        elif isinstance(value, str):
            yield from _string_faults(value, pointer)
        elif isinstance(value, _Members):
            seen: set[str] = set()
            for name, member in value:
                place = f"{pointer}/{escaped(name)}"
                if name in seen:
                    yield _at("json-duplicate-key", place)
                seen.add(name)
                yield from _string_faults(name, place)
                waiting.append((place, member))
        elif isinstance(value, list):
            waiting.extend((f"{pointer}/{index}", item) for index, item in enumerate(value))


def _string_faults(value: str, pointer: str) -> Iterator[Problem]:
    if _SURROGATE.search(value):
        yield _at("json-surrogate", pointer)
    if _CONTROL.search(value):
        yield _at("json-control-character", pointer)


def _plain(held: Any) -> Any:
    """Members as dicts; the depth is bounded by then."""
    if isinstance(held, _Members):
        return {name: _plain(value) for name, value in held}
    if isinstance(held, list):
        return [_plain(value) for value in held]
    return held


def escaped(name: str) -> str:
    """A member's name as a token of a JSON pointer (RFC 6901 section 3)."""
    return name.replace("~", "~0").replace("/", "~1")


def shown(pointer: str) -> str:
    """A pointer fit to be shown: cut to a bounded length, and without what cannot be printed."""
    cut = pointer if len(pointer) <= _POINTER_LENGTH else pointer[:_POINTER_LENGTH] + "…"
    return _CONTROL.sub("\ufffd", _SURROGATE.sub("\ufffd", cut))


def _at(code: str, pointer: str) -> Problem:
    return problem(code, PointerPlace(shown(pointer)))


def _whole(code: str, **params: Any) -> Problem:
    return problem(code, PointerPlace(""), **params)


def _syntax(fault: json.JSONDecodeError) -> Problem:
    if fault.msg.startswith("Extra data"):
        code = "json-trailing"
    elif fault.msg.startswith("Invalid control character"):
        code = "json-raw-control-character"
    else:
        code = "json-syntax"
    return _whole(code, line=fault.lineno, column=fault.colno)
