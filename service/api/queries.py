"""The query strings of the routes. A message of a field is a code of the catalogue."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

from service.api.schemas import OVERALL, described

MOST_LISTED = 200


class NoQuery(Schema):
    """No query parameter at all."""

    class Meta:
        """Unknown parameters are refused: a misspelt one must not pass for none."""

        unknown = RAISE

    error_messages = {"unknown": "query-unknown"}


class EditionQuery(NoQuery):
    """Which edition judges."""

    edition = fields.String(
        validate=validate.Length(1, 100, error="query-text"),
        error_messages={"invalid": "query-text"},
        metadata=described("edition"),
    )


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
    policy = fields.String(
        validate=validate.Length(1, 100, error="query-text"),
        error_messages={"invalid": "query-text"},
        metadata=described("policy"),
    )
    status = fields.String(
        validate=validate.OneOf(OVERALL, error="query-status"),
        error_messages={"invalid": "query-status"},
        metadata=described("overall"),
    )
