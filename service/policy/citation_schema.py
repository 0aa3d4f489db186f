"""The structure of what a rule rests on: documents, citations of them, rulings."""

from __future__ import annotations

from typing import Any

from service.policy.fields import Flag, ListOf, StrictSchema, Text, nested


class DocumentSchema(StrictSchema):
    """A cited document."""

    title = Text(required=True)
    number = Text()
    issuer = Text()
    text = Text()


class CitationSchema(StrictSchema):
    """依据."""

    document = Text()
    clause = Text(required=True)
    quote = Text()


def cite(**kwargs: Any) -> ListOf:
    """One citation or several."""
    return ListOf(nested(CitationSchema), or_one=True, **kwargs)


class RulingSchema(StrictSchema):
    """口径."""

    text = Text(required=True)
    by = Text()
    on = Text()
    reason = Text()
    general = Flag()
