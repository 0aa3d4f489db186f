"""What replies and errors look like, as marshmallow schemas that describe them in OpenAPI.

Replies are plain JSON already and are not dumped through these; the tests check that they have this shape.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from service import messages

STATUSES = ("satisfied", "needs_review", "unknown", "not_satisfied")
OVERALL = ("eligible", "needs_review", "incomplete", "ineligible")


def described(code: str) -> dict[str, Any]:
    """The catalogue's `api.doc.<code>` as the metadata of a field."""
    return {"description": messages.text(f"api.doc.{code}")}


def _text(code: str | None = None, **options: Any) -> fields.String:
    return fields.String(required=True, metadata=described(code) if code else {}, **options)


def _status(**options: Any) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf(STATUSES), **options)


class Problem(Schema):
    """One fault."""

    code = _text("problem-code")
    message = _text("problem-message")
    pointer = fields.String(required=True, allow_none=True, metadata=described("problem-pointer"))
    place = fields.String(metadata=described("problem-place"))
    hint = fields.String(required=True, allow_none=True, metadata=described("problem-hint"))


class ProblemDetails(Schema):
    """RFC 9457 problem details."""

    type = _text("problem-type")
    title = _text()
    status = fields.Integer(required=True)
    detail = _text()
    code = _text("problem-code")
    problems = fields.List(fields.Nested(Problem()), required=True, metadata=described("problems"))
    problems_left_out = fields.Integer()
    newest = fields.String(metadata=described("newest"))


class Citation(Schema):
    """Where a rule stands."""

    document = _text()
    title = _text()
    number = fields.String(required=True, allow_none=True)
    clause = _text()
    quote = fields.String(required=True, allow_none=True)


class Finding(Schema):
    """What a person decided."""

    about = _text("finding-about")
    kind = fields.String(required=True, validate=validate.OneOf(("judgement", "exception")))
    result = fields.String(validate=validate.OneOf(("upheld", "rejected")), metadata=described("finding-result"))
    by = _text("finding-by")
    on = _text("finding-on")
    reason = fields.String(metadata=described("finding-reason"))
    evidence = fields.List(fields.String(), metadata=described("finding-evidence"))
    conflict = fields.String(validate=validate.OneOf(("none", "recused")), metadata=described("finding-conflict"))
    conflict_note = fields.String(metadata=described("finding-conflict-note"))
    application_digest = fields.String(metadata=described("finding-application-digest"))


class PointsHad(Schema):
    """Points of a condition of points, or of one of its items."""

    least = _text("points-least")
    most = fields.String(required=True, allow_none=True, metadata=described("points-most"))
    of = fields.String(required=True, allow_none=True, metadata=described("points-of"))


class FindingShown(Finding):
    """What a person decided, as a verdict tells it: where nothing was declared, that stands there."""

    conflict = fields.String(
        required=True,
        validate=validate.OneOf(("none", "recused", "undeclared")),
        metadata=described("finding-conflict-shown"),
    )


class ConditionVerdict(Schema):
    """A condition, judged."""

    id = fields.String(required=True, allow_none=True)
    label = _text()
    status = _status()
    machine_status = _status(metadata=described("machine-status"))
    applies = fields.Boolean(required=True, metadata=described("applies"))
    gates = fields.Boolean(required=True, metadata=described("gates"))
    deciding = fields.Boolean(required=True, metadata=described("deciding"))
    expected = fields.String(required=True, allow_none=True, metadata=described("expected"))
    actual = fields.String(required=True, allow_none=True, metadata=described("actual"))
    citations = fields.List(fields.Nested(Citation()), required=True)
    rulings = fields.List(fields.String(), required=True, metadata=described("rulings"))
    question = fields.String(metadata=described("question"))
    suggestion = fields.String(metadata=described("suggestion"))
    points = fields.Nested(PointsHad(), metadata=described("points"))
    finding = fields.Nested(FindingShown())
    rows = fields.List(fields.Nested(lambda: RowVerdict()), required=True)  # noqa: PLW0108 - defined below
    conditions = fields.List(fields.Nested(lambda: ConditionVerdict()), required=True)  # noqa: PLW0108 - the same


class RowVerdict(Schema):
    """A row of a list, judged."""

    pointer = _text("row-pointer")
    who = fields.String(allow_none=True, metadata=described("who"))
    of = fields.String(allow_none=True, metadata=described("of"))
    status = _status()
    actual = fields.String(metadata=described("actual"))
    note = fields.String()
    counted = fields.Boolean(required=True, metadata=described("counted"))
    conditions = fields.List(fields.Nested(ConditionVerdict()), required=True)


class SectionVerdict(Schema):
    """A section, judged."""

    status = _status()
    machine_status = _status(metadata=described("machine-status"))
    label = _text()
    explanation = _text()
    citations = fields.List(fields.Nested(Citation()), required=True)
    conditions = fields.List(fields.Nested(ConditionVerdict()), required=True)
    finding = fields.Nested(FindingShown())


class PolicyUsed(Schema):
    """The edition that judged."""

    id = _text()
    edition = _text()
    title = _text()
    digest = _text()
    in_force = fields.Boolean(required=True, metadata=described("in-force"))


class Overall(Schema):
    """The whole."""

    status = fields.String(required=True, validate=validate.OneOf(OVERALL))
    label = _text()
    explanation = fields.String(allow_none=True)


class Missing(Schema):
    """A blank or a paper not handed in."""

    pointer = _text("missing-pointer")
    label = _text()
    who = fields.String(allow_none=True, metadata=described("who"))
    of = fields.String(allow_none=True, metadata=described("of"))
    group = fields.String(metadata=described("missing-group"))
    code = fields.String(metadata=described("missing-code"))
    blocks = fields.List(fields.String(), required=True, metadata=described("missing-blocks"))
    effect = fields.String(
        required=True,
        validate=validate.OneOf(("decides", "completes", "avoids_review")),
        metadata=described("missing-effect"),
    )
    help = fields.String(allow_none=True)


class Review(Schema):
    """A question for people."""

    about = _text("finding-about")
    kind = fields.String(required=True, validate=validate.OneOf(("judgement", "exception")))
    question = _text("question")
    evidence = fields.String(required=True, allow_none=True)
    gates = fields.Boolean(required=True, metadata=described("gates"))


class Remedy(Schema):
    """A smallest change that turns a criterion to satisfied."""

    criterion = _text()
    text = _text()
    pointers = fields.List(fields.String(), required=True)


class Note(Schema):
    """A remark of little weight; it changes no verdict."""

    code = _text()
    about = fields.String(required=True, allow_none=True)
    text = _text()


class Preview(Schema):
    """A verdict without its first line."""

    policy = fields.Nested(PolicyUsed(), required=True)
    overall = fields.Nested(Overall(), required=True)
    scope = fields.Nested(SectionVerdict(), required=True)
    criteria = fields.Dict(keys=fields.String(), values=fields.Nested(SectionVerdict()), required=True)
    tiers = fields.Dict(keys=fields.String(), values=fields.Nested(SectionVerdict()))
    materials = fields.Nested(SectionVerdict(), required=True)
    formalities = fields.Nested(SectionVerdict(), required=True)
    missing = fields.List(fields.Nested(Missing()), required=True, metadata=described("missing"))
    reviews = fields.List(fields.Nested(Review()), required=True)
    remedies = fields.List(fields.Nested(Remedy()), required=True)
    preferences = fields.List(fields.String(), required=True)
    award = fields.List(fields.Dict())
    deadline = fields.Dict()
    notes = fields.List(fields.Nested(Note()), required=True)


class Receipt(Schema):
    """Where the decision stands in the log, and what shows it."""

    sequence = fields.Integer(required=True)
    tree_size = fields.Integer(required=True)
    root = _text("receipt-root")
    checkpoint = fields.String(required=True, allow_none=True, metadata=described("receipt-checkpoint"))
    proof = fields.List(fields.String(), required=True, metadata=described("receipt-proof"))
    entry = _text("receipt-entry")
    salt = fields.String(metadata=described("receipt-salt"))


class Decision(Preview):
    """A verdict in the log."""

    decision_id = _text()
    decided_at = _text("decided-at")
    requested_by = _text()
    receipt = fields.Nested(Receipt(), required=True, metadata=described("receipt"))
    masked = fields.Boolean(metadata=described("masked"))


class ListedDecision(Schema):
    """The public part of a decision."""

    decision_id = _text()
    sequence = fields.Integer(required=True)
    kind = _text()
    decided_at = _text("decided-at")
    received_at = _text()
    requested_by = _text()
    format = fields.Integer(required=True)
    service = _text()
    engine = _text()
    policy = fields.Dict(required=True)
    tables = fields.List(fields.Dict(), required=True)
    overall = fields.String(required=True, validate=validate.OneOf(OVERALL))
    supersedes = fields.String(required=True, allow_none=True)
    conditions = fields.Dict(required=True)
    application_digest = _text()
    reply_digest = fields.String()
    tree_before = fields.Integer()
    private_digest = _text()
    intact = fields.Boolean(required=True, metadata=described("intact"))


class Reading(Schema):
    """Why a decision is read with its personal data."""

    reason = _text("reading-reason", validate=validate.Length(min=1, max=200))


class Disclosed(Schema):
    """A decision with its personal data, and the entry of the log that tells of this reading."""

    reading = fields.Dict(required=True, metadata=described("reading-entry"))
    application = fields.Dict(required=True)
    findings = fields.List(fields.Dict(), required=True)
    reply = fields.Nested(Decision(), required=True)


class DecisionList(Schema):
    """A page of decisions, newest first."""

    decisions = fields.List(fields.Nested(ListedDecision()), required=True)
    before = fields.Integer(required=True, allow_none=True, metadata=described("next-before"))
    hints = fields.List(fields.Nested(Problem()), required=True, metadata=described("hints"))


class Edition(Schema):
    """An edition of a policy in short."""

    edition = _text()
    title = _text()
    authority = _text()
    effective_from = _text()
    effective_until = fields.String(required=True, allow_none=True)
    digest = _text()
    url = _text()


class PolicyEditions(Schema):
    """A policy and its editions, oldest first."""

    id = _text()
    url = _text()
    editions = fields.List(fields.Nested(Edition()), required=True)


class PolicyList(Schema):
    """Every policy."""

    policies = fields.List(fields.Nested(PolicyEditions()), required=True)


class EditionWhole(Edition):
    """An edition of a policy, whole."""

    id = _text()
    applicant = fields.Dict(required=True)
    deadline = fields.String(required=True, allow_none=True)
    award = fields.Dict(required=True)
    limits = fields.List(fields.Dict(), required=True)
    documents = fields.List(fields.Dict(), required=True)
    tables = fields.List(fields.Dict(), required=True)
    rulings = fields.List(fields.Dict(), required=True)
    parameters = fields.List(fields.Dict(), required=True)
    sections = fields.List(fields.Dict(), required=True)
    procedures = fields.List(fields.Dict(), required=True)
    application_schema = fields.Dict(required=True, metadata=described("application-schema"))


class Health(Schema):
    """The process answers."""

    status = _text()


class Readiness(Schema):
    """Decisions can be made; what serves, and whether the last edit of the policies could be loaded.

    Without a key that allows it, where keys are configured, only `status`.
    """

    status = _text()
    policies = fields.Dict(metadata=described("readiness"))
    log = fields.Dict(metadata=described("readiness"))
