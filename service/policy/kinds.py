"""The kinds of condition a policy may hold, one frozen class each, every name resolved, every literal typed.

`condition_schema` lists all the places that know the kinds. Positions take no part in equality.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from service.policy.facts import Duration, Fact, FactGroup
from service.policy.tables import Citation, Table
from service.problems import FilePlace

_UNMOVED = Duration()
_WHOLE = Fraction(1)


class OnMiss(StrEnum):
    """What a miss of a condition becomes."""

    FAIL = "fail"
    IN_PRINCIPLE = "in_principle"  # 原则上: a recorded exception settles it
    OPEN_LIST = "open_list"  # 等: a judgement settles it
    REVIEW = "review"  # a ruling sends the miss to people


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """口径: the reading chosen where the text is open, by whom and why; `general` where no one condition asks it."""

    id: str
    text: str
    by: str | None = None
    on: str | None = None
    reason: str | None = None
    general: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FactOperand:
    """Another fact as the thing compared with: `times` it (numbers), moved by a duration (dates) or by `offset`.

    With a `growth`, `times` is what that comes to when it is added anew in each of so many `years`.
    """

    fact: Fact
    plus: Duration = _UNMOVED
    offset: int = 0
    literal: str = ""  # the movement as written, signed
    times: Fraction = _WHOLE
    multiple: str = ""  # `times` as written
    growth: Part | None = None
    years: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LiteralOperand:
    """A literal as the notice writes it and the integer it means (scaled number, ordinal day, rank)."""

    literal: str
    value: int


Operand = LiteralOperand | FactOperand


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`at_least <= value <= at_most`, either end open."""

    at_least: Operand | None = None
    at_most: Operand | None = None
    strict_low: bool = False
    strict_high: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What every kind of condition carries."""

    id: str | None = None
    label: str | None = None
    citations: tuple[Citation, ...] = ()
    rulings: tuple[Ruling, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    on_miss: OnMiss = OnMiss.FAIL
    exempt_when: Condition | None = None
    gates: bool = True
    group: str | None = None
    suggestion: Fact | None = None
    examples: tuple[Example, ...] = ()
    position: FilePlace = field(default=FilePlace(""), compare=False)


@dataclass(frozen=True, slots=True)
class Example:
    """Values of facts and the status they must give, run by the policy check."""

    given: Mapping[str, object]
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Condition):
    """A number, date or rank against bounds; a date may be moved by `plus` before it is compared."""

    fact: Fact
    operator: str
    bounds: Bounds
    plus: Duration = _UNMOVED
    literal: str = ""  # a span of time that ends on the day of the application, as written


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Condition):
    """A code or truth value in (or with `negated`, not in) a set.

    `literals` name the codes the policy writes, which come first; the codes after them count as one of these.
    """

    fact: Fact
    operator: str
    codes: tuple[str, ...]
    literals: tuple[str, ...]
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated(Condition):
    """`given`: present and not stated as none; with `answered`, present at all."""

    fact: Fact | FactGroup
    answered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HasFormat(Condition):
    """A text of a named format."""

    fact: Fact
    format: str
    table: Table
    label_of_format: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf(Condition):
    """Every child holds; nothing is satisfied of no children."""

    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf(Condition):
    """One child holds."""

    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneOf(Condition):
    """No child holds."""

    children: tuple[Condition, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Condition):
    """The child does not hold."""

    child: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class NOf(Condition):
    """At least n children hold; several named n are readings of how many the text asks."""

    children: tuple[Condition, ...]
    needed: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Points(Condition):
    """The points that items (`scoring`) give together, against bounds; all in thousandths of a point."""

    items: tuple[Condition, ...]
    operator: str
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meets(Condition):
    """What another section comes to, or a condition of it; `target` names it as a finding does.

    With an operator the target is a condition of points, and its points are held against these bounds, which are
    as those of `Points`: neither the target's own bounds nor its modifiers count.
    """

    target: str
    labels: tuple[str, ...]  # of the section, and of the condition
    operator: str = ""
    at_least: int | None = None
    at_most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class When(Condition):
    """`then` where `when` holds, `otherwise` (or nothing) where it does not."""

    when: Condition
    then: Condition
    otherwise: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings(Condition):
    """Readings of the text or the law: agreeing they decide, differing people do."""

    readings: tuple[tuple[str, Condition], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement(Condition):
    """A question for people, asked when its evidence is given."""

    question: str
    evidence: tuple[Fact | FactGroup, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows(Condition):
    """What the conditions over a list share: its rows, which of them count, and how they are told apart.

    `on_empty` is the status where no row counts, None what the kind itself says then.
    """

    of: FactGroup | Fact
    where: Condition | None = None
    distinct_by: Fact | None = None
    excluding: Fact | None = None
    on_empty: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Rows):
    """How many rows hold, against bounds (plain integers)."""

    operator: str
    at_least: int | None = None
    at_most: int | None = None
    literal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Every(Rows):
    """`that` holds in every row (of those `where` holds); `on_blank` is the status of a list not given."""

    that: Condition
    on_blank: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(Rows):
    """`that` holds in some row."""

    that: Condition


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Rows):
    """The sum of a number over the rows that count, against bounds."""

    fact: Fact
    operator: str
    bounds: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Extreme(Rows):
    """The highest (or the lowest) number, date or rank among the rows that count, against bounds."""

    fact: Fact
    highest: bool
    operator: str
    bounds: Bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a whole: exactly, and as it is written."""

    literal: str
    value: Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class PartBounds:
    """`at_least <= part <= at_most`, either end open."""

    at_least: Part | None = None
    at_most: Part | None = None
    strict_low: bool = False
    strict_high: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Rows):
    """The part that the rows `where` holds have of those `among` holds: of their number, or of the sum of `fact`.

    `on_empty` is the status where that whole is not above zero.
    """

    where: Condition
    among: Condition | None = None
    fact: Fact | None = None
    operator: str
    bounds: PartBounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio(Condition):
    """The part that one number is of another; `on_empty` is the status where the other is not above zero."""

    fact: Fact
    of: Fact
    operator: str
    bounds: PartBounds
    on_empty: str
