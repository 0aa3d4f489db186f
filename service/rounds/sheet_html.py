"""The panel sheet as one HTML file to print and fill in by hand: no script, nothing from outside."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from service import messages
from service.rounds.filled import conflicts, results
from service.rounds.pages import template
from service.rounds.questions import Question


def sheet_html(questions: Sequence[Question], title: str) -> str:
    """The page, an application after the other; the same questions give the same bytes."""
    groups = [[*items] for _, items in groupby(questions, key=lambda question: question.decision_id)]
    words = {kind: [word for word, _ in results(kind)] for kind in ("judgement", "exception")}
    declared = [word for word, _ in conflicts()]
    return template("panel.html").render(title=title, groups=groups, words=words, declared=declared, t=messages.text)
