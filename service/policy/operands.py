"""What a fact is compared with: literals typed by the fact, parameters, other facts multiplied or moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from service import messages
from service.policy import literals, moments
from service.policy.factbook import FactBook
from service.policy.facts import IN_TIME, Duration, Fact, FactType
from service.policy.kinds import FactOperand, LiteralOperand, Operand, Part
from service.policy.model import Parameter
from service.policy.reading import Path
from service.policy.scalars import literal_text

_MOST_YEARS = 30


class OperandReader:
    """Reads operands; each method answers None once it has noted what is wrong."""

    def __init__(self, facts: FactBook, parameters: Mapping[str, Parameter]) -> None:
        self.facts = facts
        self.reading = facts.reading
        self.parameters = parameters

    def operand(self, fact: Fact, value: Any, at: Path, scope: str, *, last: bool = False) -> Operand | None:
        """A bound for a number, date, moment or ranked code; of a day among moments its first or `last` second."""
        if isinstance(value, dict) and "fact" in value:
            return self._fact_operand(fact, value, at, scope)
        if isinstance(value, dict) and "times" in value:
            return self._part(fact, value, at)
        text = self.text(value, at)
        if text is None or isinstance(text, bool):
            if text is not None:
                self.reading.fault("bad-literal", at, value=literal_text(text), fact=fact.label)
            return None
        number = self._literal(fact, text, at, last=last)
        return None if number is None else LiteralOperand(literal=text, value=number)

    def _part(self, fact: Fact, value: dict[str, Any], at: Path) -> LiteralOperand | None:
        """A part of the number that a parameter holds."""
        whole = self.operand(fact, {"parameter": value["parameter"]}, at, "") if "parameter" in value else None
        times = self.times(fact, value["times"], (*at, "times"))
        if not isinstance(whole, LiteralOperand) or times is None:
            return None
        number = times[0] * whole.value
        if number.denominator != 1:
            self.reading.fault("part-not-exact", (*at, "times"), value=whole.literal, times=times[1])
            return None
        said = messages.text("read.times", fact=whole.literal, times=times[1])
        return LiteralOperand(literal=said, value=int(number))

    def codes(self, fact: Fact, operand: Any, here: Path) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
        """The codes and labels an operand names: one or a list of them."""
        many = isinstance(operand, list)
        found: dict[str, str] = {}
        whole = True
        for index, item in enumerate(operand if many else [operand]):
            entry = self._code(fact, item, (*here, index) if many else here)
            if entry is None:
                whole = False
            else:
                found.setdefault(*entry)
        return (tuple(found), tuple(found.values())) if whole and found else None

    def count(self, value: Any, at: Path) -> int | None:
        """A number of things: `3`, `3人`, or the parameter that holds it."""
        text = self.text(value, at)
        if text is None:
            return None
        number = None if isinstance(text, bool) else literals.count(text)
        if number is None:
            self.reading.fault("bad-count", at, value=literal_text(text))
        return number

    def number(self, fact: Fact, value: Any, at: Path) -> int | None:
        """A number as the fact's would be written, or the parameter that holds it."""
        text = self.text(value, at)
        if isinstance(text, bool):
            self.reading.fault("bad-literal", at, value=literal_text(text), fact=fact.label)
            return None
        return None if text is None else self._literal(fact, text, at)

    def code(self, fact: Fact, value: Any, at: Path) -> str | None:
        """The code that a name of a value of the fact means, or the parameter that holds the name."""
        named = self._code(fact, value, at)
        return None if named is None else named[0]

    def fraction(self, value: Any, at: Path) -> tuple[Fraction, str] | None:
        """A part of something, `50%` or `三分之一`, or the parameter that holds it; with what was written."""
        text = self.text(value, at)
        if text is None:
            return None
        part = None if isinstance(text, bool) else literals.fraction(text)
        if part is None:
            self.reading.fault("bad-fraction", at, value=literal_text(text))
            return None
        return part, literal_text(text)

    def text(self, value: Any, at: Path) -> str | bool | None:
        """A literal as written, or as the parameter it names writes it; None where there is none."""
        if isinstance(value, dict):
            if "times" in value and not self.reading.is_broken(at):
                self.reading.fault("times-not-here", (*at, "times"), at_key=True)
                return None
            if "parameter" not in value:
                if self.reading.is_broken((*at, "parameter")):
                    return None
                if "fact" in value:
                    self.reading.fault("parameter-only", at, at_key=True)
                else:
                    self.reading.fault("wrong-type", at, key=next(s for s in at[::-1] if isinstance(s, str)))
                return None
            return self._parameter(value, at)
        if value is None or isinstance(value, list):  # the structure is at fault
            return None
        return value if isinstance(value, bool) else literal_text(value)

    def _parameter(self, value: dict[str, Any], at: Path) -> str | None:
        name = str(value["parameter"])
        if self.reading.is_broken(("parameters", name, "value")):
            return None
        found = self.parameters.get(name)
        if found is None:
            here = (*at, "parameter")
            self.reading.fault("unknown-parameter", here, name=name, near=name, known=self.parameters)
            return None
        return found.literal

    def not_alike(self, code: str, one: Fact, other: Fact, at: Path) -> None:
        """Note that two facts cannot stand beside each other, and why."""
        if one.type is not other.type:
            reason = messages.text("unlike.type")
        elif one.unit and other.unit and not literals.same_unit(one.unit, other.unit):
            reason = messages.text("unlike.unit", one=one.unit, other=other.unit)
        elif one.precision != other.precision:
            reason = messages.text("unlike.precision", one=one.precision, other=other.precision)
        else:
            reason = messages.text("unlike.codes")
        self.reading.fault(code, at, name=one.path, fact=other.path, reason=reason)

    def _code(self, fact: Fact, item: Any, at: Path) -> tuple[str, str] | None:
        """The code one literal names and its label."""
        text = self.text(item, at)
        if text is None:
            return None
        if fact.type is FactType.BOOLEAN:
            if isinstance(text, bool):
                return (literal_text(text),) * 2
            self.reading.fault("wrong-type.flag", at, key=str(at[-1]))
            return None
        vocabulary = fact.vocabulary or literals.vocabulary_of((), is_open=True)
        entry = None if isinstance(text, bool) else literals.code(text, vocabulary)
        if entry is None:
            written = literal_text(text)
            known = [e.label for e in vocabulary.entries] + [a for e in vocabulary.entries for a in e.aliases]
            self.reading.fault(
                "unknown-code", at, value=written, fact=fact.label, near=written, known=known,
                allowed="、".join(e.label for e in vocabulary.entries[:20]),
            )  # fmt: skip
            return None
        return entry.code, entry.label

    def _literal(self, fact: Fact, text: str, at: Path, *, last: bool | None = None) -> int | None:
        if fact.type is FactType.MOMENT:
            return self._moment(text, at, last=last)
        if fact.type is FactType.DATE:
            days = literals.date_bounds(text)
            if days is None or days[0] != days[1]:
                timed = moments.moment(text) is not None
                self.reading.fault("bad-date.timed" if timed else "bad-date", at, value=text)
                return None
            return days[0]
        if fact.type is FactType.NUMBER:
            number = literals.number(text, fact.unit, fact.precision)
            if number is None:
                code = "bad-number" if fact.unit else "bad-number.no-unit"
                self.reading.fault(code, at, value=text, fact=fact.label, unit=fact.unit, precision=fact.precision)
            return number
        named = self._code(fact, text, at)
        if named is None or fact.vocabulary is None:
            return None
        rank = fact.vocabulary.by_name[literals.normalise(named[0])].rank
        if rank is None:
            self.reading.fault("code-without-rank", at, value=text, fact=fact.label)
        return rank

    def _moment(self, text: str, at: Path, *, last: bool | None) -> int | None:
        """A day with a time, or where `last` says which, an end of a day."""
        found = None if moments.moment(text) is None else moments.bounds(text)
        if found is not None and moments.ends_a_day(text):
            found = found[1] + 1, found[1]  # the first second after it, the last before it
        if found is not None and last is None and found[0] != found[1]:
            self.reading.fault("bad-literal.no-time", at, value=text)
            return None
        if found is None:
            meant = moments.suggestion(text) or ""
            self.reading.fault("bad-literal.moment", at, value=text, near=meant, known=(meant,))
            return None
        return found[bool(last)]

    def _fact_operand(self, fact: Fact, value: dict[str, Any], at: Path, scope: str) -> FactOperand | None:
        other = self.facts.find(value["fact"], (*at, "fact"), scope)
        if other is None:
            return None
        if not _comparable(fact, other):
            self.not_alike("facts-not-comparable", other, fact, (*at, "fact"))
            return None
        operand: FactOperand | None = FactOperand(fact=other)
        sign, key = (-1, "minus") if "minus" in value else (1, "plus")
        if key in value:
            text = self.text(value[key], (*at, key))
            operand = self._moved(other, text, sign, (*at, key)) if isinstance(text, str) else None
        if "growth" in value:
            return self._grown(other, operand, value, at)
        if "times" not in value:
            return operand
        times = self.times(other, value["times"], (*at, "times"))
        return None if operand is None or times is None else replace(operand, times=times[0], multiple=times[1])

    def times(self, fact: Fact, value: Any, at: Path) -> tuple[Fraction, str] | None:
        """What a number is multiplied by, and as it is written: more than nothing."""
        if fact.type is not FactType.NUMBER:
            self.reading.fault("argument-type", at, at_key=True, name=fact.path, function="times")
            return None
        found = self.fraction(value, at)
        if found is not None and not found[0]:
            self.reading.fault("times-of-nothing", at, name=fact.label)
            return None
        return found

    def _grown(self, fact: Fact, operand: FactOperand | None, value: dict[str, Any], at: Path) -> FactOperand | None:
        """A fact after so many years of one growth, each upon the year before."""
        if fact.type is not FactType.NUMBER:
            self.reading.fault("argument-type", (*at, "growth"), at_key=True, name=fact.path, function="growth")
            return None
        growth = self.fraction(value["growth"], (*at, "growth"))
        years = self._years(value["years"], (*at, "years")) if "years" in value else 1
        if operand is None or growth is None or years is None:
            return None
        part = Part(literal=growth[1], value=growth[0])
        return replace(operand, times=(1 + part.value) ** years, growth=part, years=years)

    def _years(self, value: Any, at: Path) -> int | None:
        """Whole years, `2` or `2年`."""
        text = self.text(value, at)
        if text is None:
            return None
        said = "" if isinstance(text, bool) else text
        span = literals.duration(said)
        number = literals.count(said) if span is None else span.months // 12
        if not number or number > _MOST_YEARS or (span is not None and span != Duration(12 * number)):
            self.reading.fault("bad-years", at, value=literal_text(text), most=_MOST_YEARS)
            return None
        return number

    def _moved(self, fact: Fact, text: str, sign: int, at: Path) -> FactOperand | None:
        written = text if sign > 0 else f"-{text}"
        if fact.type in IN_TIME:
            span = literals.duration(text)
            if span is None:
                self.reading.bad_duration(text, at)
                return None
            return FactOperand(fact=fact, plus=Duration(sign * span.months, sign * span.days), literal=written)
        if fact.type is not FactType.NUMBER:
            self.reading.fault("bad-literal", at, value=text, fact=fact.label)
            return None
        number = self._literal(fact, text, at)
        return None if number is None else FactOperand(fact=fact, offset=sign * number, literal=written)


def _comparable(fact: Fact, other: Fact) -> bool:
    """Whether the two have one type, precision, unit and scale; a fact without unit takes any, a moment a date."""
    same_unit = fact.unit is None or other.unit is None or literals.same_unit(fact.unit, other.unit)
    same_scale = fact.type is not FactType.CODE or fact.vocabulary == other.vocabulary
    same_type = fact.type is other.type or (fact.type in IN_TIME and other.type in IN_TIME)
    return same_type and fact.precision == other.precision and same_unit and same_scale
