"""The query strings of the routes. A message of a field is a code of the catalogue."""

from __future__ import annotations

import datetime as dt
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from service.api.schemas import OVERALL, STATUSES, described

MOST_LISTED = 200


class Moment(fields.Field[dt.datetime]):
    """A day, which begins at midnight in the zone of the service, or a time that may state its own zone.

    What states no zone is left without one; the route knows the service's.
    """

    def _deserialize(
        self,
        value: Any,
        attr: str | None,  # noqa: ARG002 - marshmallow's signature
        data: Any,  # noqa: ARG002 - the same
        **_: Any,
    ) -> dt.datetime:
        try:
            return dt.datetime.fromisoformat(value)
        except (TypeError, ValueError) as fault:
            raise ValidationError("query-moment") from fault


def _text(described_as: str, *, longest: int = 100) -> fields.String:
    return fields.String(
        validate=validate.Length(1, longest, error="query-text"),
        error_messages={"invalid": "query-text"},
        metadata=described(described_as),
    )


class NoQuery(Schema):
    """No query parameter at all."""

    class Meta:
        """Unknown parameters are refused: a misspelt one must not pass for none."""

        unknown = RAISE

    error_messages = {"unknown": "query-unknown"}


class EditionQuery(NoQuery):
    """Which edition judges."""

    edition = _text("edition")


class ListQuery(EditionQuery):
    """Which decisions are listed."""

    limit = fields.Integer(
        load_default=50,
        validate=validate.Range(1, MOST_LISTED, error="query-limit"),
        error_messages={"invalid": "query-limit"},
        metadata=described("limit"),
    )
    before = fields.Integer(
        validate=validate.Range(1, 2**53 - 1, error="query-before"),
        error_messages={"invalid": "query-before"},
        metadata=described("before"),
    )
    policy = _text("policy")
    status = fields.String(
        validate=validate.OneOf(OVERALL, error="query-status"),
        error_messages={"invalid": "query-status"},
        metadata=described("overall"),
    )
    unit = _text("unit")
    condition = _text("condition", longest=200)
    condition_status = fields.String(
        validate=validate.OneOf(STATUSES, error="query-condition-status"),
        error_messages={"invalid": "query-condition-status"},
        metadata=described("condition-status"),
    )
    clause = _text("clause")
    since = Moment(metadata={**described("since"), "type": "string"})
    until = Moment(metadata={**described("until"), "type": "string"})
