"""The blueprint every route of this service is declared with: strict query strings, replies sent as built."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from typing import Any, NoReturn

from flask import Request, Response
from flask_smorest import Blueprint  # type: ignore[import-untyped]  # it has no stubs
from marshmallow import Schema, ValidationError
from webargs.flaskparser import FlaskParser

from service import messages
from service.access.roles import Right, roles_with
from service.api.faults import MEDIA_TYPE, STATUSES, RefusedError, dump
from service.api.queries import MOST_LISTED, NoQuery
from service.api.schemas import OVERALL, ProblemDetails
from service.api.schemas import STATUSES as CONDITION_STATUSES
from service.problems import PointerPlace, problem

View = Callable[..., Response]
# What any route may answer, whatever it does.
_ALWAYS = ("not-local", "query-invalid", "internal-error")
# What a route that needs a right may answer beside.
_GUARDED = ("key-missing", "key-invalid", "key-ended", "role-forbidden", "log-unavailable")
# The name of the one way to say who asks, in the OpenAPI document.
SECURITY = "access_key"


class _StrictParser(FlaskParser):
    """Reads query strings by a schema; unknown, repeated and wrong parameters are refused together."""

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """The parameters, none of them given twice."""
        if any(len(values) > 1 for _, values in req.args.lists()):
            raise RefusedError("query-invalid", [problem("query-repeated", PointerPlace(""))])
        return super().load_querystring(req, schema)

    def handle_error(
        self,
        error: ValidationError,
        req: Request,  # noqa: ARG002 - webargs' signature
        schema: Schema,
        *,
        error_status_code: int | None,  # noqa: ARG002 - the same
        error_headers: Any,  # noqa: ARG002 - the same
    ) -> NoReturn:
        """The schema's messages are codes of the catalogue; names nobody declared are not repeated."""
        known = "、".join(sorted(schema.fields)) or messages.text("query-none")
        # webargs nests the messages by where the parameters came from.
        messages_by_place: Any = error.messages
        by_name: Mapping[str, list[str]] = messages_by_place["query"]
        found = [
            problem(
                code,
                PointerPlace(""),
                known=known,
                name=name if name in schema.fields else "",
                most=MOST_LISTED,
                allowed="、".join(OVERALL),
                statuses="、".join(CONDITION_STATUSES),
            )
            for name, codes in by_name.items()
            for code in codes
        ]
        raise RefusedError("query-invalid", found)


class Routes(Blueprint):  # type: ignore[misc]  # its base has no stubs
    """A blueprint whose routes say in one place what they take, answer and refuse, for OpenAPI too."""

    ARGUMENTS_PARSER = _StrictParser(unknown=None)

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        #: What each endpoint needs, None for nothing.
        self.rights: dict[str, Right | None] = {}

    def operation(
        self,
        method: str,
        path: str,
        name: str,
        *,
        needs: Right | None,
        answers: tuple[int, Schema],
        refuses: Iterable[str] = (),
        query: Schema | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Iterable[Mapping[str, Any]] = (),
        answered_with: Mapping[str, Any] | None = None,
    ) -> Callable[[View], View]:
        """Route `method path` to a view that returns a whole Response; who asks `needs` a right, or none.

        `name` is the operation's id, described by the catalogue's `api.op.<name>` and `.more`. With `query`
        the view's first argument is what the schema read; without, no query parameter is taken. `headers` are
        the request's, `answered_with` those of a successful reply by name. `refuses` are codes of STATUSES.
        """
        status, schema = answers
        guarded = () if needs is None else _GUARDED
        doc: dict[str, Any] = {
            "operationId": name,
            "summary": messages.text(f"api.op.{name}"),
            "description": _description(name, needs),
            "security": [] if needs is None else [{SECURITY: []}],
            **({"requestBody": body} if body else {}),
        }

        def decorate(view: View) -> View:
            @wraps(view)
            def called(taken: Mapping[str, Any], **path_values: str) -> Response:
                return view(**path_values) if query is None else view(taken, **path_values)

            success = self.response(status, schema, description=messages.text("api.doc.success"), headers=answered_with)
            routed = success(called)
            routed = self.arguments(query or NoQuery(), location="query")(routed)
            # Beside what the query schema gives; given as `doc` they would replace it.
            routed._apidoc["arguments"]["parameters"].extend(headers)
            for refused, text in _by_status((*refuses, *guarded, *_ALWAYS)):
                routed = self.alt_response(refused, schema=ProblemDetails(), content_type=MEDIA_TYPE, description=text)(
                    routed
                )
            self.route(path, methods=[method])(self.doc(**doc)(routed))
            self.rights[f"{self.name}.{view.__name__}"] = needs
            return view

        return decorate


def reply(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON reply of plain values, written once."""
    return Response(dump(value), status, mimetype="application/json", headers={**(headers or {})})


def _description(name: str, needs: Right | None) -> str:
    """What the operation does beyond its summary, and who may ask for it."""
    more = f"api.op.{name}.more"
    said = messages.text(more) if messages.has(more) else ""
    if needs is None:
        return said + messages.text("api.doc.open")
    return said + messages.text("api.doc.roles", roles="、".join(roles_with(needs)))


def _by_status(codes: Iterable[str]) -> list[tuple[int, str]]:
    """The statuses that codes stand for, each with the titles of its codes."""
    found: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        found.setdefault(STATUSES[code], []).append(f"{messages.text(f'api.{code}')}（{code}）")
    return [(status, "；".join(titles)) for status, titles in sorted(found.items())]
