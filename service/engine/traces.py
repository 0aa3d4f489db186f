"""Numbers of persons, mobile phones and dates of birth wherever they stand in a text, in whichever writing.

Full-width digits, spaces and hyphens between digits, dates in digits and in Chinese numerals.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Collection

from service.engine import identity
from service.policy import literals

Month = tuple[int, int]

_DIGIT = "[0-9０-９]"
_LONG_NUMBER = re.compile(rf"(?<!{_DIGIT}){_DIGIT}(?:[ \-　]?{_DIGIT}){{13,16}}[ \-　]?[0-9０-９XxＸｘ](?!{_DIGIT})")
_MOBILE = re.compile(rf"(?<!{_DIGIT})[1１][ \-]?[3-9３-９]{_DIGIT}(?:[ \-]?{_DIGIT}){{8}}(?!{_DIGIT})")
_HAN = "[〇○零一二三四五六七八九十]"
_DATE = re.compile(
    rf"{_DIGIT}{{4}}\s*[-./年－．／]\s*{_DIGIT}{{1,2}}(?:\s*[-./月－．／]\s*{_DIGIT}{{1,2}}\s*日?|\s*月)?"
    rf"|(?<!{_DIGIT}){_DIGIT}{{8}}(?!{_DIGIT})|{_HAN}{{4}}年{_HAN}{{1,2}}月(?:{_HAN}{{1,3}}日)?"
)


def without_numbers(text: str, masked: Callable[[str], str]) -> str:
    """The text with identity numbers as `masked` writes them.

    Of 15 or 18 digits one is taken for an identity number if a date stands where such a number has it.
    """

    def replaced(found: re.Match[str]) -> str:
        compact = re.sub(r"[ \-]", "", identity.compact(found[0]))
        return masked(compact) if _birth(compact) is not None else found[0]

    return _LONG_NUMBER.sub(replaced, text)


def without_phones(text: str, masked: Callable[[str], str]) -> str:
    """The text with mobile numbers as `masked` writes them."""
    return _MOBILE.sub(lambda found: masked(found[0]), text)


def without_dates(text: str, months: Collection[Month], masked: str) -> str:
    """The text with `masked` in place of each date that lies in one of the months."""
    if not months:
        return text
    return _DATE.sub(lambda found: masked if months_of(found[0]) & set(months) else found[0], text)


def months_of(text: str) -> set[Month]:
    """The month a date lies in; empty for what is no date."""
    days = _days(text)
    return set() if days is None else {_month(days[0])}


def months_of_number(number: str) -> set[Month]:
    """The month of birth in an identity number of either length, whether or not its check character holds."""
    day = _birth(re.sub(r"[\s\-]", "", identity.compact(number)))
    return set() if day is None else {_month(day)}


def _birth(compact: str) -> int | None:
    """The ordinal day of birth in a compact number of 18 or of 15 characters."""
    written = {18: compact[6:14], 15: f"19{compact[6:12]}"}.get(len(compact))
    days = None if written is None else _days(written)
    return None if days is None else days[0]


def _days(text: str) -> tuple[int, int] | None:
    """The ordinal days a date in a text spans; None for what is no date."""
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    if re.fullmatch(r"[0-9]{8}", plain):
        plain = f"{plain[:4]}-{plain[4:6]}-{plain[6:]}"
    return literals.date_bounds(plain)


def _month(day: int) -> Month:
    date = dt.date.fromordinal(day)
    return date.year, date.month
