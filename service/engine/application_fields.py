"""The fields of an application: one marshmallow field for each type of fact.

A fault is a ValidationError that carries the code of its problem.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import lru_cache
from typing import Any

from marshmallow import ValidationError, fields, missing

from service import messages
from service.engine import identity
from service.engine.values import HIGHEST, Other, spread
from service.policy import literals, moments
from service.policy.facts import Fact


class _Field(fields.Field[Any]):
    """A field as applications have them: absent or null is no fault, and no validators are declared.

    Knowing that spares the greater part of what a field costs.
    """

    def deserialize(self, value: Any, attr: Any = None, data: Any = None, **kwargs: Any) -> Any:
        """The typed value; absent stays absent, null is None. Raises ValidationError with a fault's code."""
        return value if value is None or value is missing else self._deserialize(value, attr, data, **kwargs)


class Text(_Field):
    """Text without the white space round it; nothing but white space is a blank."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("fault-text")
        return value.strip() or None


class IdentityNumber(Text):
    """An identity number as the checks read it, whatever its form."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, *args, **kwargs)
        return None if text is None else identity.compact(text) or None


class Boolean(_Field):
    """True or false."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, bool):
            raise ValidationError("fault-boolean")
        return value


class Evidence(_Field):
    """Whether evidence is stated: text or true, or false or a word for none."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, str):
            raise ValidationError("fault-evidence")
        text = literals.normalise(value)
        return None if not text else text not in _none_words()


class Number(_Field):
    """A number as an interval of one point, scaled by the declared precision."""

    def __init__(self, fact: Fact) -> None:
        super().__init__()
        self.precision = fact.precision
        self.low, self.high = spread(fact)

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise ValidationError("fault-number")
        exact = Decimal(str(value)) if isinstance(value, float) else Decimal(value)
        if not exact.is_finite() or exact.adjusted() > 15:
            raise ValidationError("fault-number-size")
        scaled = exact.scaleb(self.precision)
        whole = int(scaled)
        if whole != scaled:
            raise ValidationError("fault-decimals" if self.precision else "fault-whole")
        if abs(whole) >= HIGHEST:
            raise ValidationError("fault-number-size")
        if not self.low <= whole <= self.high:
            raise ValidationError("fault-range")
        return whole, whole


class Date(_Field):
    """A date as its first and last ordinal day; a month without a day is as wide as the month."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("fault-date")
        if not value.strip():
            return None
        days = literals.date_bounds(value)
        if days is None:
            raise ValidationError("fault-date")
        return days


class Moment(_Field):
    """A moment as its first and last second on the clock of `zone`; a day without a time is as wide as the day."""

    def __init__(self, zone: dt.tzinfo) -> None:
        super().__init__()
        self.zone = zone

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("fault-moment")
        if not value.strip():
            return None
        found = moments.bounds(value, self.zone)
        if found is None:
            raise ValidationError("fault-moment")
        return found


class Code(_Field):
    """A code of the fact's vocabulary by code, label or alias; where that is open, any other text as `Other`."""

    def __init__(self, fact: Fact) -> None:
        super().__init__()
        self.fact = fact

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if not isinstance(value, str):
            raise ValidationError("fault-text")
        vocabulary = self.fact.vocabulary
        if vocabulary is None or not value.strip():
            return None
        entry = literals.code(value, vocabulary)
        if entry is not None:
            return entry.code
        if not vocabulary.open:
            raise ValidationError("fault-code")
        return Other(value.strip())


class Many(_Field):
    """A list of what `inner` reads, blanks left out; false or a word for none is the empty list."""

    def __init__(self, inner: fields.Field[Any]) -> None:
        super().__init__()
        self.inner = inner

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if _stated_none(value):
            return ()
        if not isinstance(value, list):
            raise ValidationError("fault-list")
        errors: dict[Any, Any] = {}
        items = []
        for index, item in enumerate(value):
            try:
                if item is None:
                    raise ValidationError("fault-null-row")
                items.append(self.inner.deserialize(item))
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        return tuple(item for item in items if item is not None)


def _stated_none(value: Any) -> bool:
    return value is False or (isinstance(value, str) and literals.normalise(value) in _none_words())


@lru_cache(maxsize=1)
def _none_words() -> frozenset[str]:
    return frozenset(literals.normalise(word) for word in messages.text("words-for-none").split())
