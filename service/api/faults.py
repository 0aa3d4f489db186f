"""One error shape: RFC 9457 problem details, in Chinese, for every request that is not answered as asked."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Response
from werkzeug.exceptions import HTTPException

from service import messages
from service.api.strict_json import shown
from service.decisions.json_bytes import json_bytes
from service.problems import FilePlace, PointerPlace, Problem, sort

MEDIA_TYPE = "application/problem+json"
# A body of a million bytes can hold more faults than anyone reads; the count of the rest is told.
MOST_PROBLEMS = 200

# Every code of a reply as a whole, with its HTTP status. Codes are promised; sentences may be bettered.
STATUSES: Mapping[str, int] = {
    "body-malformed": 400,
    "body-incomplete": 400,
    "header-malformed": 400,
    "request-malformed": 400,
    "key-missing": 401,
    "key-invalid": 401,
    "key-ended": 401,
    "not-local": 403,
    "role-forbidden": 403,
    "own-unit": 403,
    "not-found": 404,
    "policy-not-found": 404,
    "edition-not-found": 404,
    "decision-not-found": 404,
    "method-not-allowed": 405,
    "idempotency-conflict": 409,
    "decision-superseded": 409,
    "findings-outdated": 409,
    "decision-erased": 410,
    "body-too-large": 413,
    "media-type-unsupported": 415,
    "application-invalid": 422,
    "edition-undecided": 422,
    "findings-invalid": 422,
    "reading-invalid": 422,
    "query-invalid": 422,
    "internal-error": 500,
    "log-damaged": 500,
    "log-unavailable": 503,
    "policies-unavailable": 503,
    "not-ready": 503,
}

# What a 401 tells a client's library (RFC 6750 section 3).
_CHALLENGES: Mapping[str, str] = {
    "key-missing": 'Bearer realm="eligibility"',
    "key-invalid": 'Bearer realm="eligibility", error="invalid_token"',
    "key-ended": 'Bearer realm="eligibility", error="invalid_token"',
}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A reply that is an error: a code of STATUSES, what fills its sentence, and the single faults."""

    code: str
    problems: tuple[Problem, ...] = ()
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    extensions: Mapping[str, Any] = field(default_factory=dict)


class RefusedError(Exception):
    """Ends a request with a Refusal."""

    def __init__(self, code: str, problems: Iterable[Problem] = (), **params: Any) -> None:
        super().__init__(code)
        self.refusal = Refusal(code, sort(problems), params)


def details(refusal: Refusal) -> dict[str, Any]:
    """The members of the problem details; `problems` are cut at MOST_PROBLEMS, the rest counted."""
    code = refusal.code
    body: dict[str, Any] = {
        "type": f"/docs#{code}",
        "title": messages.text(f"api.{code}"),
        "status": STATUSES[code],
        "detail": messages.text(f"api.{code}.detail", **refusal.params),
        "code": code,
        "problems": [problem_json(item) for item in refusal.problems[:MOST_PROBLEMS]],
    }
    if len(refusal.problems) > MOST_PROBLEMS:
        body["problems_left_out"] = len(refusal.problems) - MOST_PROBLEMS
    return {**body, **refusal.extensions}


def response(refusal: Refusal) -> Response:
    """The problem details as an HTTP response."""
    reply = Response(dump(details(refusal)), STATUSES[refusal.code], mimetype=MEDIA_TYPE)
    reply.headers.extend(refusal.headers)
    if refusal.code in _CHALLENGES:
        reply.headers["WWW-Authenticate"] = _CHALLENGES[refusal.code]
    return reply


def problem_json(item: Problem) -> dict[str, Any]:
    """A problem for a reply: `pointer` for a place in the body, `place` for one in a policy file."""
    place = item.place
    return {
        "code": item.code,
        "message": item.message,
        "pointer": shown(place.pointer) if isinstance(place, PointerPlace) else None,
        **({"place": str(place)} if isinstance(place, FilePlace) else {}),
        "hint": item.hint,
    }


def dump(value: Any) -> bytes:
    """A reply as UTF-8 JSON. A lone surrogate becomes a question mark: a reply is always valid UTF-8."""
    return json_bytes(value, surrogates="replace")


# What Flask and werkzeug raise, in this service's codes.
_HTTP_CODES: Mapping[int, str] = {
    404: "not-found",
    405: "method-not-allowed",
    415: "media-type-unsupported",
}


def of_http_exception(fault: HTTPException) -> Refusal:
    """An error of the framework as a Refusal; `Allow` and its like are kept."""
    status = fault.code or 500
    code = _HTTP_CODES.get(status, "request-malformed" if 400 <= status < 500 else "internal-error")
    kept = {name: value for name, value in fault.get_headers() if name.lower() in {"allow", "retry-after"}}
    return Refusal(code, headers=kept)


def trace(fault: BaseException) -> str:
    """A fault for the program's log: its kind and frames, never its text, which may quote an applicant."""
    return f"{type(fault).__qualname__}\n{''.join(traceback.format_tb(fault.__traceback__))}"
