"""A policy page as one HTML file: no script, nothing from outside, fit for screens, phones and paper."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from service import messages
from service.authoring.page import Page


def page_html(page: Page) -> str:
    """The page; the same page gives the same bytes."""
    return _template().render(page=page, t=messages.text)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("service.authoring"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("policy.html")
