"""Check characters agree with those another library calculates, whatever the number."""

from __future__ import annotations

from random import Random

from stdnum.cn import ric
from stdnum.cn import uscc as unit_codes

from service.engine import identity
from service.engine.formats import format_check
from service.policy.tables import Format, Table

UNIT_CODE = "0123456789ABCDEFGHJKLMNPQRTUWXY"
TABLE = Table(
    id="formats", kind="formats", title="", digest="", file="",
    formats={"uscc": Format(id="uscc", label="", check="uscc")},
)  # fmt: skip


def test_of_all_last_characters_one_makes_a_unit_code_valid() -> None:
    holds = format_check(TABLE, "uscc")
    random = Random(31)
    for _ in range(300):
        front = random.choice(UNIT_CODE) + random.choice(UNIT_CODE)
        number = front + f"{random.randrange(10**6):06}" + "".join(random.choices(UNIT_CODE, k=9))
        right = unit_codes.calc_check_digit(number)
        assert [char for char in UNIT_CODE if holds(number + char)] == [right]
        assert holds(f" {number[:8].lower()}-{number[8:].lower()} {right.lower()}")
        assert not holds(number)
        assert not holds(f"{number[:5]}I{number[6:]}{right}")
        assert not holds(f"{number[:12]}I{number[13:]}{right}")


def test_of_all_last_characters_one_makes_an_identity_number_valid() -> None:
    random = Random(11)
    for _ in range(300):
        number = f"{random.randrange(10**6):06}19{random.randrange(10, 99)}0615{random.randrange(1000):03}"
        valid = [char for char in "0123456789X" if identity.check_digit_holds(number + char)]
        assert valid == [ric.calc_check_digit(f"{number}?")]
