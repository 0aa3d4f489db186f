"""The panel sheet as one HTML file to print and fill in by hand: no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from service import messages
from service.rounds.filled import conflicts, results
from service.rounds.questions import Question


def sheet_html(questions: Sequence[Question], title: str) -> str:
    """The page, an application after the other; the same questions give the same bytes."""
    groups = [[*items] for _, items in groupby(questions, key=lambda question: question.decision_id)]
    words = {kind: [word for word, _ in results(kind)] for kind in ("judgement", "exception")}
    declared = [word for word, _ in conflicts()]
    return _template().render(title=title, groups=groups, words=words, declared=declared, t=messages.text)


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("service.rounds"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("panel.html")
