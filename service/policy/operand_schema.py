"""The structure of what a fact is compared with: a literal, a parameter, or a fact multiplied or moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from service.policy.fields import Anything, MapOf, StrictSchema, Text, Whole
from service.problems import nearest


class ParameterReferenceSchema(StrictSchema):
    """A parameter by name."""

    parameter = Text(required=True)


class Shift(Anything):
    """A duration or number, or the parameter that holds it."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, dict):
            return fields.Nested(ParameterReferenceSchema()).deserialize(value)
        return Text().deserialize(value)


class OperandSchema(StrictSchema):
    """`{parameter: x}`, `{fact: x, plus: 3年}`, `{fact: x, times: 50%}` or `{fact: x, growth: 10%, years: 2}`."""

    parameter = Text()
    fact = Text()
    plus = Shift()
    minus = Shift()
    times = Shift()
    growth = Shift()
    years = Shift()

    @validates_schema
    def one(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """Either a parameter or a fact."""
        moved = "plus" in data or "minus" in data or "growth" in data
        if ("parameter" in data) == ("fact" in data) or ("parameter" in data and moved):
            raise ValidationError("operand-unclear")
        if "plus" in data and "minus" in data:
            raise ValidationError("operand-unclear")
        if "times" in data and "growth" in data:
            raise ValidationError("times-and-growth")
        if "years" in data and "growth" not in data:
            raise ValidationError("years-without-growth")


class Operand(Anything):
    """A literal, or a mapping that names a parameter, or a fact with what multiplies or moves it."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, dict):
            return fields.Nested(OperandSchema()).deserialize(value)
        if isinstance(value, list):
            raise self.make_error("invalid")
        return value


class TimeBound(Operand):
    """An operand, or the keyword of the deadline that the head states."""


class Needed(Anything):
    """How many of n: a number, or readings of how many."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, dict) and not any(nearest(key, ("parameter", "fact")) for key in value):
            return MapOf(Whole()).deserialize(value)
        return Operand().deserialize(value)
