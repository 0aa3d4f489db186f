"""What a policy states at its head beside its conditions -> the classes of `terms`."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from service.policy import literals, money
from service.policy.conditions import ConditionReader
from service.policy.facts import Fact, FactType
from service.policy.kinds import Condition
from service.policy.operands import OperandReader
from service.policy.reading import Path
from service.policy.scalars import literal_text
from service.policy.tables import Citation
from service.policy.terms import Amount, Applicant, Limit, Procedure, Quota

_QUOTA_BOUNDS = ("at_most", "at_least", "is", "between")
_NAMING = {
    "unit_code": (FactType.TEXT,),
    "unit_name": (FactType.TEXT,),
    "person_number": (FactType.TEXT, FactType.IDENTITY_NUMBER),
    "person_name": (FactType.TEXT,),
}
_LIMIT_BOUNDS = ("at_most", "at_least", "between")


class HeadReader:
    """Reads what one policy states; every fault is noted and the rest is read on."""

    def __init__(self, conditions: ConditionReader) -> None:
        self.conditions = conditions
        self.reading = conditions.reading
        self.facts = conditions.facts
        self.operands = OperandReader(conditions.facts, conditions.parameters)

    def applicant(self, data: Any, path: Path) -> Applicant:
        """The fields that name who applies: text of the form, outside lists."""
        entry = self.reading.mapping(data)
        found: dict[str, Fact] = {}
        for key, types in _NAMING.items():
            fact = None if entry.get(key) is None else self.facts.find(entry[key], (*path, key), "")
            if fact is None:
                continue
            if fact.derivation is not None or fact.type not in types:
                self.reading.fault("applicant-field", (*path, key), name=fact.path, key=key)
                continue
            found[key] = fact
        return Applicant(**found)

    def quotas(self, data: Any, path: Path) -> tuple[Quota, ...]:
        """How many may be chosen."""
        return tuple(self._quota(entry, here) for entry, here in self._items(data, path))

    def amounts(self, data: Any, path: Path) -> tuple[Amount, ...]:
        """What each applicant would get."""
        found = (self._amount(entry, here) for entry, here in self._items(data, path))
        return tuple(amount for amount in found if amount is not None)

    def limits(self, data: Any, path: Path, amounts: tuple[Amount, ...]) -> tuple[Limit, ...]:
        """What holds of all that are chosen together, of whom each would get `amounts`."""
        found = (self._limit(entry, here, amounts) for entry, here in self._items(data, path))
        return tuple(limit for limit in found if limit is not None)

    def procedures(self, data: Any, path: Path) -> tuple[Procedure, ...]:
        """Sentences that are covered though nothing is decided by them."""
        return tuple(
            Procedure(label=_optional(entry.get("label")), citations=self._cited(entry, here))
            for entry, here in self._items(data, path)
        )

    # --- one of them ----------------------------------------------------------------------------------------

    def _quota(self, entry: dict[str, Any], path: Path) -> Quota:
        operator = self._operator(entry, path, _QUOTA_BOUNDS, needed="each" not in entry)
        low = high = None
        if operator is not None:
            value, here = entry[operator], (*path, operator)
            ends = self._range(value, here) if operator == "between" else (self.operands.count(value, here),) * 2
            low = ends[0] if operator != "at_most" and ends is not None else None
            high = ends[1] if operator != "at_least" and ends is not None else None
        per = None if entry.get("per") is None else self.facts.find(entry["per"], (*path, "per"), "")
        return Quota(
            label=str(entry.get("label", "")),
            at_least=low,
            at_most=high,
            per=per,
            each=self._each(entry, path, per),
            citations=self._cited(entry, path),
            rulings=self.conditions.rulings_of(entry.get("ruling"), (*path, "ruling")),
        )

    def _each(
        self, entry: dict[str, Any], path: Path, per: Fact | None
    ) -> tuple[tuple[str, int | None, int | None], ...]:
        """The least and the most of single values of a fact, by their labels."""
        if "each" in entry and "per" not in entry and not self.reading.is_broken((*path, "per")):
            self.reading.fault("each-without-per", (*path, "each"), at_key=True)
        found = []
        for name, value in self.reading.mapping(entry.get("each")).items():
            here = (*path, "each", name)
            label = self._code(name, here, per)
            ends = self._ends(value, here)
            if ends is not None:
                found.append((label, *ends))
        return tuple(found)

    def _ends(self, value: Any, at: Path) -> tuple[int | None, int | None] | None:
        """The least and the most of one value: of a range, of bounds of which one may be left out, of one number."""
        if isinstance(value, list):
            return self._range(value, at)
        if isinstance(value, dict) and "parameter" not in value:
            given = {
                key: self.operands.count(value[key], (*at, key)) for key in ("at_least", "at_most") if key in value
            }
            if not given or None in given.values():
                return None
            low, high = given.get("at_least"), given.get("at_most")
            if low is not None and high is not None and low > high:
                self.reading.fault("between-reversed", at)
                return None
            return low, high
        count = self.operands.count(value, at)
        return None if count is None else (count, count)

    def _code(self, name: str, at: Path, per: Fact | None) -> str:
        vocabulary = None if per is None else per.vocabulary
        if per is None or vocabulary is None:
            return name
        known = literals.code(name, vocabulary)
        if known is None and not vocabulary.open:
            labels = [item.label for item in vocabulary.entries]
            self.reading.fault(
                "unknown-code", at, at_key=True, value=name, fact=per.label, near=name, known=labels,
                allowed="、".join(labels[:20]),
            )  # fmt: skip
        return name if known is None else known.label

    def _amount(self, entry: dict[str, Any], path: Path) -> Amount | None:
        when = self._condition(entry, "when", path, free=True)
        cited = self._cited(entry, path)
        if "amount" in entry:
            return self._sum(entry, path, when, cited)
        fact = None if entry.get("fact") is None else self.facts.find(entry["fact"], (*path, "fact"), "")
        if fact is None:
            return None
        if fact.type is not FactType.NUMBER:
            self.reading.fault("amount-no-number", (*path, "fact"), name=fact.path)
            return None
        return Amount(label=str(entry.get("label", fact.label)), fact=fact, when=when, citations=cited)

    def _sum(
        self, entry: dict[str, Any], path: Path, when: Condition | None, cited: tuple[Citation, ...]
    ) -> Amount | None:
        """A sum as it is written, which needs its unit: no fact says what it is of."""
        text = self.operands.text(entry["amount"], (*path, "amount"))
        if text is None:
            return None
        if isinstance(text, bool) or not literals.is_amount(text):
            self.reading.fault("bad-amount", (*path, "amount"), value=literal_text(text))
            return None
        if "label" not in entry:
            self.reading.fault("required-key", path, at_key=True, key="label")
        return Amount(label=str(entry.get("label", "")), literal=text, when=when, citations=cited)

    def _limit(self, entry: dict[str, Any], path: Path, amounts: tuple[Amount, ...]) -> Limit | None:
        where = self._condition(entry, "where", path)
        cited = self._cited(entry, path)
        share = entry.get("share") is True
        unit = self._unit_of(entry["sum"], (*path, "sum"), amounts) if "sum" in entry else None
        operator = self._operator(entry, path, _LIMIT_BOUNDS, needed=True)
        if operator is None:
            return None
        value, here = entry[operator], (*path, operator)
        if operator == "between":
            if not isinstance(value, list) or len(value) != 2:
                self.reading.fault("between-two", here)
                return None
            ends = [self._end(end, (*here, index), unit, share=share) for index, end in enumerate(value)]
        else:
            ends = [self._end(value, here, unit, share=share)] * 2
        low, high = ends
        if (where is None and not unit) or low is None or high is None:
            return None
        if low[0] > high[0]:
            self.reading.fault("between-reversed", here)
            return None
        low = None if operator == "at_most" else low
        high = None if operator == "at_least" else high
        return Limit(
            label=str(entry.get("label", "")),
            where=where,
            share=share,
            sums=tuple(_listed(entry.get("sum"))),
            unit=unit or "",
            at_least=None if low is None else low[0],
            at_most=None if high is None else high[0],
            low=None if low is None else low[1],
            high=None if high is None else high[1],
            citations=cited,
        )

    def _unit_of(self, value: Any, at: Path, amounts: tuple[Amount, ...]) -> str:
        """The unit in which the amounts of these labels are counted; "" once it is noted that they have not one."""
        labels = [amount.label for amount in amounts]
        units: dict[str, None] = {}
        for index, name in enumerate(_listed(value)):
            here = (*at, index) if isinstance(value, list) else at
            if name not in labels:
                if not self.reading.is_broken(("award", "amounts")):
                    self.reading.fault(
                        "unknown-amount", here, name=name, near=name, known=labels, allowed="、".join(labels)
                    )
                return ""
            amount = amounts[labels.index(name)]
            written = amount.literal if amount.fact is None else f"1{amount.fact.unit or ''}"
            units.setdefault(literals.unit_of(written))
        if len(units) != 1 or not all(units):
            self.reading.fault("amounts-not-alike", at, at_key=True, units="、".join(units))
            return ""
        return next(iter(units))

    # --- parts of them --------------------------------------------------------------------------------------

    def _operator(self, entry: dict[str, Any], path: Path, known: tuple[str, ...], *, needed: bool) -> str | None:
        """The one bound an entry has."""
        given = [operator for operator in known if operator in entry]
        if len(given) > 1:
            self.reading.fault("two-kinds", (*path, given[1]), at_key=True, key=given[1], kind=given[0])
        elif not given and needed and not any(self.reading.is_broken((*path, operator)) for operator in known):
            self.reading.fault("bound-needed", path, label=str(entry.get("label", "")))
        return given[0] if given and not self.reading.is_broken((*path, given[0])) else None

    def _range(self, value: Any, at: Path) -> tuple[int, int] | None:
        """Two counts, the lower first."""
        if not isinstance(value, list) or len(value) != 2:
            self.reading.fault("between-two", at)
            return None
        low, high = (self.operands.count(end, (*at, index)) for index, end in enumerate(value))
        if low is None or high is None:
            return None
        if low > high:
            self.reading.fault("between-reversed", at)
            return None
        return low, high

    def _end(self, value: Any, at: Path, unit: str | None, *, share: bool) -> tuple[Fraction, str] | None:
        """A part of the whole, a count, or what amounts of a unit may come to, and how it is written."""
        text = self.operands.text(value, at)
        if text is None or unit == "":
            return None
        if unit is not None:
            amount = None if isinstance(text, bool) else money.amount(text)
            if amount is None or not literals.same_unit(amount[1], unit):
                self.reading.fault("bad-total", at, value=literal_text(text), unit=unit)
                return None
            return amount[0], str(text)
        if not share:
            count = self.operands.count(value, at)
            return None if count is None else (Fraction(count), str(count))
        part = None if isinstance(text, bool) else literals.fraction(text)
        if part is None or part > 1:
            self.reading.fault("bad-share", at, value=literal_text(text))
            return None
        return part, str(text)

    def _condition(self, entry: dict[str, Any], key: str, path: Path, *, free: bool = False) -> Condition | None:
        """A condition at the head; its ids are its own. A `free` one need not cite: it only points at what is cited."""
        if entry.get(key) is None:
            return None
        self.conditions.ids = {}
        return self.conditions.read(entry[key], (*path, key), cited=free or "cite" in entry)

    def _items(self, data: Any, path: Path) -> list[tuple[dict[str, Any], Path]]:
        """The mappings of a list, each with where it stands."""
        items = data if isinstance(data, list) else []
        return [(item, (*path, index)) for index, item in enumerate(items) if isinstance(item, dict)]

    def _cited(self, entry: dict[str, Any], path: Path) -> tuple[Citation, ...]:
        conditions = self.conditions
        return self.reading.citations(entry.get("cite"), (*path, "cite"), conditions.documents, conditions.notice)


def _listed(value: Any) -> list[str]:
    """One name or several."""
    return [] if value is None else [str(item) for item in (value if isinstance(value, list) else [value])]


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)
