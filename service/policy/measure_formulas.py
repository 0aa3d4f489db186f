"""Derived facts that conditions give, read back as Chinese sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from service import messages
from service.policy.facts import Fact
from service.policy.functions import EMPTY, MEASURES
from service.policy.sentences import measured, sentence

_say = messages.text


def measure_formulas(
    number: Callable[[int, Fact], str], written: Callable[[int, Fact], str]
) -> Mapping[str, Callable[[Fact, Mapping[str, Any]], str]]:
    """How each is computed; `number` writes a number of a fact, `written` one, a date or a moment."""

    def measure(fact: Fact, given: Mapping[str, Any]) -> str:
        said = measured(given[""])
        function = "" if fact.derivation is None else fact.derivation.function
        if function == "share":
            said += _say("formula.rounded", least=number(1, fact))
        if function not in EMPTY:
            return said
        when = _say("read.no-whole" if function == "share" else "read.no-rows")
        return said + _say("formula.on-empty", when=when, gives=_empty(fact, given.get("on_empty")))

    def _empty(fact: Fact, value: int | None) -> str:
        return _say("formula.blank") if value is None else written(value, fact)

    holds = {"holds": lambda _fact, given: _say("formula.holds", when=sentence(given[""]))}
    return holds | dict.fromkeys(MEASURES, measure)
