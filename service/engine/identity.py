"""公民身份号码 (GB 11643-1999): structure, check digit, birth date and sex.

Eighteen characters: six of the address, eight of the birth date, three of the sequence (odd for men), one
check character by ISO 7064 MOD 11-2. The address is not looked at: codes change, and a number stays valid. A
valid check digit is no proof that the number exists.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from operator import mul

_SHAPE = re.compile(r"[0-9]{17}[0-9X]")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
# Digits are added up by their ASCII codes, which are as much more than the digits as that of zero.
_ZEROS = sum(_WEIGHTS) * ord("0")


def compact(number: str) -> str:
    """The number as compared: NFKC, trimmed, upper case."""
    return (number if number.isascii() else unicodedata.normalize("NFKC", number)).strip().upper()


def well_formed(number: str) -> bool:
    """Whether a compact number has eighteen characters of the right kind."""
    return _SHAPE.fullmatch(number) is not None


def extended(number: str) -> str:
    """A compact number of the fifteen digits in use until 2013 as the eighteen characters that replaced it.

    Those born in the twentieth century had them. Any other text is left as it is.
    """
    if len(number) != 15 or not (number.isascii() and number.isdigit()):
        return number
    longer = f"{number[:6]}19{number[6:]}"
    return longer + _check_character(longer)


def check_digit_holds(number: str) -> bool:
    """Whether the last character of a well-formed number is the check character of the others."""
    return _check_character(number) == number[17]


def _check_character(number: str) -> str:
    return _CHECKS[(sum(map(mul, _WEIGHTS, number[:17].encode("ascii"))) - _ZEROS) % 11]


def birth_date(number: str) -> dt.date | None:
    """The birth date in a well-formed number, None if there is no such day since 1900."""
    try:
        date = dt.date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None
    return date if date.year >= 1900 else None


def is_odd(number: str) -> bool:
    """Whether the sequence of a well-formed number is odd, a man's."""
    return int(number[16]) % 2 == 1


def parse(number: str) -> tuple[str | None, int, bool]:
    """A compact number as (fault, ordinal birth day, odd); the fault is None where there is none."""
    if not well_formed(number):
        return "malformed", 0, False
    if not check_digit_holds(number):
        return "invalid_checksum", 0, False
    date = birth_date(number)
    if date is None:
        return "invalid_date", 0, False
    return None, date.toordinal(), is_odd(number)
