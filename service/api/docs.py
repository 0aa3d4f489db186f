"""`/docs`: the interface as a page made from the OpenAPI document; no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, render_template

from service import messages
from service.api.faults import STATUSES

_POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'none'"
_METHODS = ("get", "post")


def blueprint(spec: Callable[[], dict[str, Any]]) -> Blueprint:
    """The page, over whatever `spec` returns when it is asked for."""
    pages = Blueprint("docs", __name__)

    @pages.get("/docs")
    def show() -> Response:
        document = spec()
        page = render_template(
            "docs.html",
            t=messages.text,
            info=document["info"],
            security=[scheme["description"] for scheme in document["components"]["securitySchemes"].values()],
            tags=document["tags"],
            operations=[*_operations(document)],
            schemas=document["components"]["schemas"],
            codes=[
                (code, status, messages.text(f"api.{code}"), messages.text(f"api.{code}.about"))
                for code, status in STATUSES.items()
            ],
        )
        return Response(page, mimetype="text/html", headers={"Content-Security-Policy": _POLICY})

    return pages


def _operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Every operation with its path and method, the path's own parameters among its parameters."""
    found = []
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = item[method]
                parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
                found.append({**operation, "path": path, "method": method.upper(), "parameters": parameters})
    return found
