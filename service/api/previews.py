"""`/v1/policies/<policy>/previews`: the verdict an application would get; nothing is stored."""

from __future__ import annotations

from typing import Any

from flask import Response

from service import messages
from service.access.roles import Right
from service.api.blueprint import Routes, reply
from service.api.body import read_json
from service.api.deciding import preview
from service.api.decisions import APPLICATION_BODY, DECIDING, READING_BODY
from service.api.queries import EditionQuery
from service.api.schemas import Preview

routes = Routes("previews", __name__, url_prefix="/v1", description=messages.text("api.tag.previews"))


@routes.operation(
    "POST",
    "/policies/<policy>/previews",
    "preview",
    needs=Right.PREVIEW,
    answers=(200, Preview()),
    refuses=("policy-not-found", "edition-not-found", *READING_BODY, *DECIDING),
    query=EditionQuery(),
    body=APPLICATION_BODY,
)
def post_preview(query: dict[str, Any], policy: str) -> Response:
    """Assess without deciding."""
    return reply(preview(policy, query.get("edition"), read_json()))
