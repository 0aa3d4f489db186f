"""Why something was not decided, as data that a request or a command tells in its own way."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service.problems import Problem, sort


class NotDecided(Exception):  # noqa: N818 - a refusal of what was asked, no fault of the program
    """Nothing was decided: a code of the catalogue's refusals, what fills its sentence, and the single faults."""

    def __init__(self, code: str, problems: Iterable[Problem] = (), **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.problems = sort(problems)
        self.params = params
