"""Values as an officer writes them in a file of cases -> values as an application holds them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from service.policy import literals
from service.policy.facts import Fact, FactGroup, FactType
from service.policy.scalars import literal_text


def as_submitted(value: Any, declared: Fact | FactGroup | None, *, row: bool = False) -> Any:
    """A value of what is declared, as JSON would hold it: a text that looks like a number is a text again,
    a number written with its unit (`2万元`) a number. What is no such value stays as it is.

    `row` is for one row of a list, else the value of a list is all of them.
    """
    if isinstance(declared, FactGroup):
        if declared.is_list and not row:
            return [as_submitted(item, declared, row=True) for item in value] if isinstance(value, list) else value
        if not isinstance(value, dict):
            return value
        children = {child.path.rpartition(".")[2]: child for child in declared.children}
        return {key: as_submitted(item, children.get(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [as_submitted(item, declared) for item in value]
    if declared is None or value is None or isinstance(value, bool):
        return value
    if declared.type is FactType.NUMBER:
        return _number(value, declared)
    return literal_text(value) if isinstance(value, int | Decimal) else value


def _number(value: Any, fact: Fact) -> Any:
    if not isinstance(value, str):
        return value
    scaled = literals.number(value, fact.unit, fact.precision)
    if scaled is None:
        return value
    exact = Decimal(scaled).scaleb(-fact.precision)
    return int(exact) if exact == int(exact) else exact
