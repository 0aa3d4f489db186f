"""The structure of a policy file: its head and the sections that the other schemas read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from service.policy.citation_schema import DocumentSchema, RulingSchema, cite
from service.policy.condition_schema import condition
from service.policy.fact_schema import DerivedSchema, FactSchema
from service.policy.fields import Anything, Flag, ListOf, MapOf, StrictSchema, Text, Whole, nested
from service.policy.operand_schema import Operand, Shift


class ParameterSchema(StrictSchema):
    """A number an officer changes."""

    label = Text(required=True)
    value = Text(required=True)
    cite = cite()


class EffectiveSchema(StrictSchema):
    """The period an edition is in force, both days included."""

    from_ = Text(required=True, data_key="from")
    until = Text(allow_none=True)


class ApplicantSchema(StrictSchema):
    """The fields of the form that name who applies."""

    unit_code = Text()
    unit_name = Text()
    person_number = Text()
    person_name = Text()


class DeadlineSchema(StrictSchema):
    """A deadline, null while the notice leaves it open."""

    at = Text(required=True, allow_none=True)
    zone = Text()
    label = Text()
    cite = cite()


class QuotaSchema(StrictSchema):
    """How many may be chosen."""

    at_most = Text(required=True)
    cite = cite()


class GrantSchema(StrictSchema):
    """What a chosen applicant gets."""

    amount = Text(required=True)
    once = Flag()
    cite = cite()


class EachSchema(StrictSchema):
    """How many of one value of a fact: a parameter, or bounds of which either may be left out."""

    parameter = Text()
    at_least = Operand()
    at_most = Operand()

    @validates_schema
    def one(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """Either a parameter or bounds."""
        if not data or ("parameter" in data and len(data) > 1):
            raise ValidationError("each-unclear")


class EachCount(Anything):
    """A count, the two ends of a range, or a mapping with a parameter or with bounds."""

    def _deserialize(self, value: Any, *_args: Any, **_kwargs: Any) -> Any:
        if isinstance(value, dict):
            return fields.Nested(EachSchema()).deserialize(value)
        return ListOf(Operand(), or_one=True).deserialize(value)


class CountSchema(StrictSchema):
    """How many may be chosen, in all or of each value of a fact."""

    label = Text(required=True)
    at_most = Operand()
    at_least = Operand()
    is_ = Operand(data_key="is")
    between = ListOf(Operand())
    per = Text()
    each = MapOf(EachCount())
    cite = cite()
    ruling = ListOf(Text(), or_one=True)


class AmountSchema(StrictSchema):
    """What an applicant would get."""

    label = Text()
    fact = Text()
    amount = Shift()
    when = condition()
    cite = cite()

    @validates_schema
    def one(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """Either a fact or a sum."""
        if ("fact" in data) == ("amount" in data):
            raise ValidationError("amount-unclear")


class AwardSchema(StrictSchema):
    """Quota and grant, stated apart from eligibility."""

    quota = nested(QuotaSchema)
    grant = nested(GrantSchema)
    quotas = ListOf(nested(CountSchema))
    amounts = ListOf(nested(AmountSchema))


class LimitSchema(StrictSchema):
    """What holds of all that are chosen together."""

    label = Text(required=True)
    where = condition()
    sum = ListOf(Text(), or_one=True)
    share = Flag()
    at_most = Operand()
    at_least = Operand()
    between = ListOf(Operand())
    cite = cite()

    @validates_schema
    def one(self, data: Mapping[str, Any], **_kwargs: Any) -> None:
        """Either those that are counted or amounts that are added up."""
        if ("where" in data) == ("sum" in data) or ("share" in data and "sum" in data):
            raise ValidationError("limit-unclear")


class ProcedureSchema(StrictSchema):
    """A sentence of the notice that is procedure, purpose or background."""

    label = Text()
    cite = cite(required=True)


class PolicySchema(StrictSchema):
    """A policy file."""

    language = Whole(required=True)
    policy = Text(required=True)
    edition = Text(required=True)
    title = Text(required=True)
    authority = Text(required=True)
    effective = nested(EffectiveSchema, required=True)
    date = Text(required=True)
    applicant = nested(ApplicantSchema)
    deadline = nested(DeadlineSchema)
    award = nested(AwardSchema)
    limits = ListOf(nested(LimitSchema))
    procedures = ListOf(nested(ProcedureSchema))
    notice = Text(required=True)
    documents = MapOf(nested(DocumentSchema), required=True)
    rulings = MapOf(nested(RulingSchema))
    parameters = MapOf(nested(ParameterSchema))
    facts = MapOf(nested(FactSchema), required=True)
    derived = MapOf(nested(DerivedSchema))
    scope = condition(required=True)
    criteria = MapOf(condition(), required=True)
    tiers = MapOf(condition())
    materials = condition()
    formalities = condition()
    preferences = condition()
