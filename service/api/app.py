"""The application factory: routes, the one error shape, who may ask, headers."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from flask import Flask, Response, request
from flask_smorest import Api  # type: ignore[import-untyped]  # it has no stubs
from werkzeug.exceptions import HTTPException

from service import __version__, messages
from service.access.keys import AccessKeys
from service.api import decisions, docs, findings, health, policies, previews, readings
from service.api.admission import guard
from service.api.blueprint import SECURITY
from service.api.desk import EXTENSION, Desk
from service.api.faults import MEDIA_TYPE, Refusal, RefusedError, of_http_exception, response, trace
from service.api.schemas import ProblemDetails
from service.config import Settings
from service.decisions.faults import (
    DecisionErased,
    DecisionSuperseded,
    IdempotencyConflict,
    LogDamaged,
    LogUnavailable,
)
from service.decisions.log import DecisionLog
from service.decisions.views import MaskedViews
from service.engine.revisions import Revisions
from service.rounds.archive import RevisionArchive
from service.rounds.faults import NotDecided

_logger = logging.getLogger(__name__)
_RETRY_SECONDS = "5"
_SCHEME = {"type": "http", "scheme": "bearer", "description": messages.text("api.doc.security")}


class _Api(Api):  # type: ignore[misc]  # its base has no stubs
    """OpenAPI from the routes; errors are answered by this module."""

    ERROR_SCHEMA = ProblemDetails

    def _register_error_handlers(self) -> None:
        """Nothing: the handlers below answer in one shape."""

    def _register_responses(self) -> None:
        """The shared error response, by the media type it really has."""
        super()._register_responses()
        # Among the lazy ones: one of its name there would take its place where a route refers to it.
        self.spec.components.responses_lazy[self.DEFAULT_ERROR_RESPONSE_NAME] = {
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

    Without keys it answers on loopback only, unless `insecure`; with keys, whoever has one. `clock` tells the time in
    a zone. Opens and closes nothing: that is the caller's.
    """
    app = Flask("service.web")
    app.config.update(
        API_TITLE=messages.text("api.title"),
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/",
        API_SPEC_OPTIONS={
            "info": {"description": messages.text("api.about"), "x-version": __version__},
            "components": {"securitySchemes": {SECURITY: _SCHEME}},
        },
    )
    app.url_map.converters["edition"] = policies.EditionConverter
    app.extensions[EXTENSION] = Desk(
        settings=settings,
        revisions=revisions,
        log=log,
        keys=AccessKeys(log.database),
        archive=RevisionArchive(log),
        views=MaskedViews(log),
        clock=clock,
    )
    app.after_request(_add_headers)
    _register_errors(app)
    api = _Api(app)
    api.register_converter(policies.EditionConverter, policies.edition_in_path)
    blueprints = [room.routes for room in (decisions, previews, findings, readings, policies, health)]
    for routes in blueprints:
        api.register_blueprint(routes)
    rights = {endpoint: right for routes in blueprints for endpoint, right in routes.rights.items()}
    guard(app, rights, insecure=insecure)
    app.register_blueprint(docs.blueprint(api.spec.to_dict))
    return app


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

    @app.errorhandler(NotDecided)
    def not_decided(fault: NotDecided) -> Response:
        return response(Refusal(fault.code, fault.problems, fault.params))

    @app.errorhandler(HTTPException)
    def of_framework(fault: HTTPException) -> Response:
        return response(of_http_exception(fault))

    @app.errorhandler(LogUnavailable)
    def log_unavailable(fault: LogUnavailable) -> Response:
        _logger.error("%s", fault)
        # With the log, who has a key is unreadable too; that is just what is asked there.
        if request.endpoint == "health.readyz":
            return health.not_ready(fault)
        return response(Refusal("log-unavailable", headers={"Retry-After": _RETRY_SECONDS}))

    @app.errorhandler(LogDamaged)
    def log_damaged(fault: LogDamaged) -> Response:
        _logger.error("%s", fault)
        return response(Refusal("log-damaged"))

    @app.errorhandler(IdempotencyConflict)
    def conflict(_: IdempotencyConflict) -> Response:
        return response(Refusal("idempotency-conflict"))

    @app.errorhandler(DecisionSuperseded)
    def superseded(fault: DecisionSuperseded) -> Response:
        newest = {"newest": fault.newest}
        return response(Refusal("decision-superseded", params=newest, extensions=newest))

    @app.errorhandler(DecisionErased)
    def erased(_: DecisionErased) -> Response:
        return response(Refusal("decision-erased"))

    @app.errorhandler(Exception)
    def unexpected(fault: Exception) -> Response:
        _logger.error("%s: %s", request.endpoint, trace(fault))
        return response(Refusal("internal-error"))
