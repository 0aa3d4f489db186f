"""The application factory: routes, the one error shape, who may ask, headers."""

from __future__ import annotations

import ipaddress
import logging
import re
from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, request
from flask_smorest import Api  # type: ignore[import-untyped]  # it has no stubs
from werkzeug.exceptions import HTTPException

from service import __version__, messages
from service.api import decisions, docs, findings, health, policies, previews
from service.api.archive import RevisionArchive
from service.api.desk import EXTENSION, Desk
from service.api.faults import MEDIA_TYPE, Refusal, RefusedError, of_http_exception, response, trace
from service.api.schemas import ProblemDetails
from service.config import Settings
from service.decisions.faults import DecisionErased, IdempotencyConflict, LogDamaged, LogUnavailable
from service.decisions.log import DecisionLog
from service.engine.revisions import Revisions

_logger = logging.getLogger(__name__)
_RETRY_SECONDS = "5"
_LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})


class _Api(Api):  # type: ignore[misc]  # its base has no stubs
    """OpenAPI from the routes; errors are answered by this module."""

    ERROR_SCHEMA = ProblemDetails

    def _register_error_handlers(self) -> None:
        """Nothing: the handlers below answer in one shape."""

    def _register_responses(self) -> None:
        """The shared error response, by the media type it really has."""
        super()._register_responses()
        self.spec.components.responses[self.DEFAULT_ERROR_RESPONSE_NAME] = {
            "description": messages.text("api.doc.error"),
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }


def create_app(
    settings: Settings,
    revisions: Revisions,
    log: DecisionLog,
    *,
    insecure: bool = False,
    clock: Callable[..., datetime] = datetime.now,
) -> Flask:
    """The WSGI application over an open log and the policies in `revisions`.

    Without keys it answers on loopback only, unless `insecure`. `clock` tells the time in a zone. Opens and
    closes nothing: that is the caller's.
    """
    app = Flask("service.web")
    app.config.update(
        API_TITLE=messages.text("api.title"),
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        API_SPEC_OPTIONS={"info": {"description": messages.text("api.about"), "x-version": __version__}},
    )
    app.url_map.converters["edition"] = policies.EditionConverter
    app.extensions[EXTENSION] = Desk(
        settings=settings, revisions=revisions, log=log, archive=RevisionArchive(log), clock=clock
    )
    if not insecure:
        app.before_request(_refuse_strangers)
    app.after_request(_add_headers)
    _register_errors(app)
    api = _Api(app)
    for routes in (decisions, previews, findings, policies, health):
        api.register_blueprint(routes.routes)
    app.register_blueprint(docs.blueprint(api.spec.to_dict))
    return app


def _refuse_strangers() -> Response | None:
    """403 for whoever is not on this machine: no keys are configured, so nobody can be told apart.

    A request that a proxy forwarded comes from elsewhere, and one that names another host comes from a web
    page that had its name point here.
    """
    forwarded = "Forwarded" in request.headers or "X-Forwarded-For" in request.headers
    host = re.sub(r":[0-9]*\Z", "", request.headers.get("Host", "")).lower()
    if _is_loopback(request.remote_addr) and not forwarded and host in _LOCAL_NAMES:
        return None
    return response(Refusal("not-local"))


def _is_loopback(address: str | None) -> bool:
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return False
    mapped = parsed.ipv4_mapped if isinstance(parsed, ipaddress.IPv6Address) else None
    return (mapped or parsed).is_loopback


def _add_headers(reply: Response) -> Response:
    reply.headers.setdefault("Cache-Control", "no-store")
    reply.headers.setdefault("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
    reply.headers["X-Content-Type-Options"] = "nosniff"
    reply.headers["Referrer-Policy"] = "no-referrer"
    return reply


def _register_errors(app: Flask) -> None:
    @app.errorhandler(RefusedError)
    def refused(fault: RefusedError) -> Response:
        return response(fault.refusal)

    @app.errorhandler(HTTPException)
    def of_framework(fault: HTTPException) -> Response:
        return response(of_http_exception(fault))

    @app.errorhandler(LogUnavailable)
    def log_unavailable(fault: LogUnavailable) -> Response:
        _logger.error("%s", fault)
        return response(Refusal("log-unavailable", headers={"Retry-After": _RETRY_SECONDS}))

    @app.errorhandler(LogDamaged)
    def log_damaged(fault: LogDamaged) -> Response:
        _logger.error("%s", fault)
        return response(Refusal("log-damaged"))

    @app.errorhandler(IdempotencyConflict)
    def conflict(_: IdempotencyConflict) -> Response:
        return response(Refusal("idempotency-conflict"))

    @app.errorhandler(DecisionErased)
    def erased(_: DecisionErased) -> Response:
        return response(Refusal("decision-erased"))

    @app.errorhandler(Exception)
    def unexpected(fault: Exception) -> Response:
        _logger.error("%s: %s", request.endpoint, trace(fault))
        return response(Refusal("internal-error"))
