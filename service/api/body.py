"""Reading a request's body: JSON by its media type, bounded however it is sent, whole or refused."""

from __future__ import annotations

import re
from typing import Any

from flask import request

from service.api import strict_json
from service.api.desk import desk
from service.api.faults import RefusedError
from service.problems import PointerPlace, problem

_PIECE = 64 * 1024
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,253}[\x21-\x7e])?")


def read_json() -> Any:
    """The body's JSON value; a RefusedError (400, 413, 415) says what keeps it from being read."""
    media_type, charset = request.mimetype, request.mimetype_params.get("charset", "utf-8")
    if media_type != "application/json" or charset.lower() not in {"utf-8", "utf8"}:
        raise RefusedError("media-type-unsupported")
    if request.headers.get("Content-Encoding", "identity").lower() != "identity":
        raise RefusedError("media-type-unsupported")
    limits = strict_json.Limits(size=desk().settings.max_body_bytes)
    value, problems = strict_json.loads(_read(limits.size), limits)
    if problems:
        raise RefusedError("body-malformed", problems)
    return value


def _read(limit: int) -> bytes:
    """The body, at most `limit` bytes of it taken in; chunked bodies are counted as they come."""
    declared = request.content_length
    if declared is not None and declared > limit:
        raise RefusedError("body-too-large", limit=limit)
    pieces: list[bytes] = []
    size = 0
    # Below werkzeug's own limit handling: it trusts a declared length and cannot tell a broken-off body.
    stream = request.stream
    while size <= limit:
        piece = stream.read(min(_PIECE, limit + 1 - size))
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    if size > limit:
        raise RefusedError("body-too-large", limit=limit)
    if declared is not None and size < declared:
        raise RefusedError("body-incomplete")
    return b"".join(pieces)


def idempotency_key() -> str | None:
    """The `Idempotency-Key` header: 1 to 255 printable ASCII characters; another one is refused (400)."""
    values = request.headers.getlist("Idempotency-Key")
    if not values:
        return None
    if len(values) > 1 or not _IDEMPOTENCY_KEY.fullmatch(values[0]):
        raise RefusedError("header-malformed", [problem("idempotency-key", PointerPlace(""))])
    return values[0]
