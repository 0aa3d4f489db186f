"""The closed set of functions a derived fact may call: their arguments and what they give.

The engine's `derivations` module implements each; a policy never brings code of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import NamedTuple

from service.policy.facts import IN_TIME, FactType


class Argument(StrEnum):
    """What an argument of a function may be."""

    FACT = "fact"
    FACTS = "facts"  # a list of facts, with a literal of the result's type at its end
    TEMPLATE = "template"  # text with {fact} in it
    PATTERN = "pattern"  # a template that may also hold {low-high}: that many Chinese characters
    WHOLE = "whole"
    DURATION = "duration"
    TABLE = "table"
    FORMAT = "format"
    LAW = "law"
    CASES = "cases"  # code -> fact, or code -> list of codes
    CODES_BY_CODE = "codes_by_code"  # code of the argument's fact -> list of codes
    CODE = "code"
    ALIKE = "alike"  # facts of one type, unit and precision, and literals like them
    NUMBERS = "numbers"  # number facts, or one of all rows of a list, and literals like them
    TERM = "term"  # a number fact, or a literal like the fact beside it
    ROW = "row"  # a fact of the rows of a list
    FACTORS = "factors"  # number facts, amounts and parts to be multiplied
    LIST = "list"
    BANDS = "bands"
    AMOUNTS = "amounts"  # code of the argument's fact -> amount
    AMOUNT = "amount"  # typed by the result
    SHARE = "share"
    CODE_MAP = "code_map"  # code of the argument's fact -> code of the result
    NAMES = "names"  # a table of names: a list or a vocabulary
    CONDITION = "condition"


class Band(NamedTuple):
    """What is given from `start` (included; None is all below) up to the band above."""

    start: int | None
    gives: str | int


Amounts = Mapping[str, int]
Share = Fraction  # as it is written; a fact in its place holds a percentage

# Arguments in which no fact is named.
LITERALS = frozenset(
    {Argument.BANDS, Argument.AMOUNTS, Argument.AMOUNT, Argument.SHARE, Argument.CODE_MAP, Argument.NAMES}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """One function: named arguments, or one unnamed (`bare`), and the type of its result.

    `result` None means: the type of what it is given (`first_given`, `choose`). `own_decimals`: the derived
    fact says how many decimals it has.
    """

    result: FactType | None
    required: dict[str, Argument]
    optional: dict[str, Argument]
    bare: Argument | None = None
    own_decimals: bool = False


def _function(
    result: FactType | None,
    required: dict[str, Argument] | None = None,
    optional: dict[str, Argument] | None = None,
    bare: Argument | None = None,
    *,
    own_decimals: bool = False,
) -> Function:
    return Function(
        result=result, required=required or {}, optional=optional or {}, bare=bare, own_decimals=own_decimals
    )


FUNCTIONS: dict[str, Function] = {
    "first_given": _function(None, bare=Argument.FACTS),
    "choose": _function(None, {"by": Argument.FACT, "cases": Argument.CASES}),
    "template": _function(FactType.TEXT, bare=Argument.TEMPLATE),
    "template_match": _function(FactType.BOOLEAN, {"of": Argument.FACT, "template": Argument.PATTERN}),
    "same_text": _function(FactType.BOOLEAN, bare=Argument.FACTS),
    "has_format": _function(FactType.BOOLEAN, {"of": Argument.FACT, "format": Argument.FORMAT}),
    "text_part": _function(FactType.CODE, {"of": Argument.FACT, "from": Argument.WHOLE, "to": Argument.WHOLE}),
    "identity_check": _function(
        FactType.CODE,
        {"number": Argument.FACT, "on": Argument.FACT},
        {
            "birth_date": Argument.FACT,
            "sex": Argument.FACT,
            "category": Argument.FACT,
            "categories": Argument.CODES_BY_CODE,
        },
    ),
    "identity_birth": _function(FactType.DATE, {"of": Argument.FACT}),
    "identity_sex": _function(FactType.CODE, {"of": Argument.FACT, "odd": Argument.CODE, "even": Argument.CODE}),
    "date_plus": _function(FactType.DATE, {"of": Argument.FACT, "plus": Argument.DURATION}),
    "years_between": _function(FactType.NUMBER, {"from": Argument.FACT, "to": Argument.FACT}),
    "months_between": _function(FactType.NUMBER, {"from": Argument.FACT, "to": Argument.FACT}),
    "period": _function(FactType.NUMBER, {"from": Argument.FACT, "to": Argument.FACT}),
    "year_of": _function(FactType.NUMBER, {"of": Argument.FACT}),
    "day_of": _function(FactType.DATE, {"of": Argument.FACT}),
    "scheduled_date": _function(
        FactType.DATE,
        {
            "birth": Argument.FACT,
            "category": Argument.FACT,
            "table": Argument.TABLE,
            "law": Argument.LAW,
            "on": Argument.FACT,
        },
    ),
    "law_name": _function(FactType.TEXT, {"table": Argument.TABLE, "law": Argument.LAW, "on": Argument.FACT}),
    "band": _function(None, {"of": Argument.FACT, "bands": Argument.BANDS}, own_decimals=True),
    "amount_by": _function(
        FactType.NUMBER,
        {"of": Argument.FACT, "amounts": Argument.AMOUNTS},
        {"otherwise": Argument.AMOUNT},
        own_decimals=True,
    ),
    "portion": _function(
        FactType.NUMBER,
        {"of": Argument.FACT, "percent": Argument.SHARE},
        {"at_least": Argument.AMOUNT, "at_most": Argument.AMOUNT},
        own_decimals=True,
    ),
    "total": _function(FactType.NUMBER, bare=Argument.NUMBERS),
    "product": _function(
        FactType.NUMBER,
        {"of": Argument.FACTORS},
        {"at_least": Argument.AMOUNT, "at_most": Argument.AMOUNT},
        own_decimals=True,
    ),
    "minus": _function(FactType.NUMBER, {"of": Argument.TERM, "less": Argument.TERM}),
    "least_of": _function(None, bare=Argument.ALIKE),
    "greatest_of": _function(None, bare=Argument.ALIKE),
    "pick": _function(None, {"of": Argument.ROW}, {"highest": Argument.ROW, "lowest": Argument.ROW}),
    "row_count": _function(FactType.NUMBER, bare=Argument.LIST),
    "recoded": _function(FactType.CODE, {"of": Argument.FACT, "codes": Argument.CODE_MAP}),
    "listed": _function(FactType.BOOLEAN, {"of": Argument.FACT, "table": Argument.NAMES}, {"on": Argument.FACT}),
    "holds": _function(FactType.BOOLEAN, bare=Argument.CONDITION),
    "count": _function(FactType.NUMBER, bare=Argument.CONDITION),
    "sum": _function(FactType.NUMBER, bare=Argument.CONDITION),
    "highest": _function(None, bare=Argument.CONDITION),
    "lowest": _function(None, bare=Argument.CONDITION),
    "share": _function(FactType.NUMBER, bare=Argument.CONDITION, own_decimals=True),
    "points": _function(FactType.NUMBER, bare=Argument.CONDITION, own_decimals=True),
}

# Functions that measure what a condition of their name asks about; its other keys stand beside theirs.
MEASURES = ("count", "sum", "highest", "lowest", "share", "points")
# Of which an empty whole, or no row at all, leaves no value but the one that is said of it.
EMPTY = ("highest", "lowest", "share")

# What each function takes where its arguments must be of one type; a date for a date, a text for a text.
ARGUMENT_TYPES: dict[tuple[str, str], frozenset[FactType]] = {
    ("identity_check", "number"): frozenset({FactType.IDENTITY_NUMBER}),
    ("identity_check", "birth_date"): frozenset({FactType.DATE}),
    ("identity_check", "sex"): frozenset({FactType.CODE}),
    ("identity_check", "category"): frozenset({FactType.CODE}),
    ("identity_check", "on"): frozenset({FactType.DATE}),
    ("identity_birth", "of"): frozenset({FactType.IDENTITY_NUMBER}),
    ("identity_sex", "of"): frozenset({FactType.IDENTITY_NUMBER}),
    ("has_format", "of"): frozenset({FactType.TEXT, FactType.IDENTITY_NUMBER}),
    ("text_part", "of"): frozenset({FactType.TEXT, FactType.IDENTITY_NUMBER}),
    ("template_match", "of"): frozenset({FactType.TEXT}),
    ("date_plus", "of"): frozenset({FactType.DATE}),
    ("years_between", "from"): frozenset({FactType.DATE}),
    ("years_between", "to"): frozenset({FactType.DATE}),
    ("months_between", "from"): frozenset({FactType.DATE}),
    ("months_between", "to"): frozenset({FactType.DATE}),
    ("period", "from"): frozenset({FactType.DATE}),
    ("period", "to"): frozenset({FactType.DATE}),
    ("year_of", "of"): frozenset({FactType.DATE}),
    ("day_of", "of"): frozenset({FactType.MOMENT}),
    ("scheduled_date", "birth"): frozenset({FactType.DATE}),
    ("scheduled_date", "category"): frozenset({FactType.CODE}),
    ("scheduled_date", "on"): frozenset({FactType.DATE}),
    ("law_name", "on"): frozenset({FactType.DATE}),
    ("choose", "by"): frozenset({FactType.CODE, FactType.BOOLEAN}),
    ("same_text", ""): frozenset({FactType.TEXT, FactType.IDENTITY_NUMBER}),
    ("band", "of"): frozenset({FactType.NUMBER}),
    ("amount_by", "of"): frozenset({FactType.CODE}),
    ("portion", "of"): frozenset({FactType.NUMBER}),
    ("total", ""): frozenset({FactType.NUMBER}),
    ("minus", ""): frozenset({FactType.NUMBER}),
    ("least_of", ""): frozenset({FactType.NUMBER, *IN_TIME}),
    ("greatest_of", ""): frozenset({FactType.NUMBER, *IN_TIME}),
    ("pick", "of"): frozenset({FactType.NUMBER, FactType.DATE, FactType.CODE, FactType.BOOLEAN}),
    ("pick", "highest"): frozenset({FactType.NUMBER, FactType.DATE}),
    ("pick", "lowest"): frozenset({FactType.NUMBER, FactType.DATE}),
    ("recoded", "of"): frozenset({FactType.CODE}),
    ("listed", "of"): frozenset({FactType.TEXT, FactType.IDENTITY_NUMBER, FactType.CODE}),
    ("listed", "on"): frozenset({FactType.DATE}),
}
