"""Numbers in Chinese numerals, as notices write them: 三, 十二, 二十万, 一百零五, 贰万."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
NUMERALS = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"  # for the character class of a pattern
_FORMAL = str.maketrans("〇两壹贰叁肆伍陆柒捌玖拾佰仟", "零二一二三四五六七八九十百千")
_UNITS = {"十": 10, "百": 100, "千": 1000}
_SECTIONS = {"万": 10_000, "亿": 100_000_000}


def value(text: str) -> int | None:
    """The number that numerals write, below a million million; None for any other text.

    Only the full form is taken: 一百五 is none, since it may be 105 or 150.
    """
    plain = text.translate(_FORMAL)
    number = _added(plain)
    if number is None or number >= 10**12:
        return None
    return number if plain in {written(number), written(number).replace("一十", "十", 1)} else None


def spelled(text: str) -> str | None:
    """Numerals read out one by one as digits, 二〇二四 as `2024`; None where one is no digit."""
    plain = text.translate(_FORMAL)
    return "".join(str(DIGITS.index(char)) for char in plain) if plain and not set(plain) - set(DIGITS) else None


def _added(plain: str) -> int | None:
    """What the numerals add up to, whatever their order."""
    total = section = digit = 0
    for char in plain:
        if char in DIGITS:
            digit = DIGITS.index(char)
        elif char in _UNITS:
            section += (digit or 1) * _UNITS[char]
            digit = 0
        elif char in _SECTIONS:
            total = (total + section + digit) * _SECTIONS[char] if char == "亿" else total + (section + digit) * 10_000
            section = digit = 0
        else:
            return None
    return total + section + digit if plain else None


def written(number: int) -> str:
    """A number below a million million in numerals, 10 as 一十."""
    if number == 0:
        return DIGITS[0]
    said = ""
    for size, name in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part = number // size % 10_000
        if part == 0:
            continue
        gap = said and (part < 1000 or number // size // 10_000 % 10_000 == 0)
        said += (DIGITS[0] if gap else "") + _section(part) + name
    return said


def _section(part: int) -> str:
    """A number below 10 000 in numerals."""
    said = ""
    gap = False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = part // size % 10
        if digit:
            said += (DIGITS[0] if gap and said else "") + DIGITS[digit] + name
        gap = digit == 0
    return said
