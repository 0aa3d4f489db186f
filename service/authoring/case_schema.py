"""The keys of a file of cases, `<edition>.cases.yaml`, beside a policy."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any

from service.authoring.cases import OVERALL, STATUSES
from service.authoring.outcomes import Outcome
from service.engine.findings import CHOICES
from service.engine.verdict import NAMES
from service.policy.fields import (
    FIELD_ERRORS,
    Anything,
    ByCondition,
    ConditionName,
    Flag,
    ListOf,
    MapOf,
    OneOf,
    StrictSchema,
    Text,
    Whole,
    nested,
)
from service.policy.keywords import Role

#: The version of the language of these files.
LANGUAGE = 1
_PERCENTAGE = re.compile(r"(\d{1,3}(?:\.\d{1,2})?)%")


def percentage(text: str) -> Decimal | None:
    """`90%` as 90; None if the text is no percentage from 0 to 100."""
    match = _PERCENTAGE.fullmatch("".join(unicodedata.normalize("NFKC", text).split()))
    value = None if match is None else Decimal(match[1])
    return value if value is not None and value <= 100 else None


class Percentage(Text):
    """A share of all outcomes, as it is written."""

    default_error_messages = {**FIELD_ERRORS, "invalid": "cases-percentage"}

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(value, *args, **kwargs)
        if percentage(text) is None:
            raise self.make_error("invalid")
        return text


class ImpossibleSchema(StrictSchema):
    """An outcome that no application can bring about, and why."""

    condition = ConditionName(required=True)
    outcome = OneOf(*(one.value for one in Outcome), required=True)
    why = Text(required=True)


class CoverageSchema(StrictSchema):
    """How many outcomes the cases must bring about."""

    required = Percentage()
    impossible = ListOf(nested(ImpossibleSchema))


class EditsSchema(StrictSchema):
    """What differs from the application begun with."""

    change = MapOf(Anything(allow_none=True))
    remove = ListOf(Text(), or_one=True)
    add = MapOf(ListOf(Anything(), or_one=True))


class BaseSchema(EditsSchema):
    """An application that cases begin with."""

    file = Text()
    application = Anything()
    base = Text()


class FindingSchema(StrictSchema):
    """What people found; of the kind that the condition waits for where none is named."""

    about = ConditionName(required=True)
    kind = OneOf(*CHOICES["kind"])
    result = OneOf(*CHOICES["result"], required=True)
    by = Text()
    on = Text()
    reason = Text()


class CaseSchema(EditsSchema):
    """One application and what must come of it."""

    name = Text(required=True)
    base = Text()
    application = Anything()
    findings = ListOf(nested(FindingSchema))
    expect = ByCondition(OneOf(*NAMES), special={OVERALL: OneOf(*STATUSES, role=Role.OVERALL)})
    deciding = ListOf(ConditionName(), or_one=True)
    proposed = Flag()


class CaseFileSchema(StrictSchema):
    """A whole file."""

    language = Whole(required=True)
    policy = Text(required=True)
    edition = Text(required=True)
    coverage = nested(CoverageSchema)
    bases = MapOf(nested(BaseSchema))
    cases = ListOf(nested(CaseSchema))
