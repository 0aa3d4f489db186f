"""The closed set of functions a policy may call to compute a fact; each returns its own bounds.

A function is made once for a fact (`derive`) and then called with one frame of an application: it reads its
arguments through the readers it was given and answers a value as `values` describes it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from service.engine.across import row_count, total
from service.engine.days import whole_months
from service.engine.figures import amount_by, band, extreme, minus, portion
from service.engine.lookups import listed, recoded
from service.engine.persons import identity_birth, identity_check, identity_sex
from service.engine.picking import pick
from service.engine.products import product
from service.engine.schedules import between, date_plus, day_of, law_name, scheduled_date, whole_years, year_of
from service.engine.texts import has_format, same_text, template, template_match, text_part
from service.engine.values import Reader, Readers, constant
from service.policy.facts import IN_TIME, Derivation, Fact, FactType
from service.policy.kinds import LiteralOperand


def derive(fact: Fact, derivation: Derivation, reader: Readers) -> Reader:
    """The function that computes a derived fact from a frame, its arguments read through `reader`."""
    return _FUNCTIONS[derivation.function](dict(derivation.arguments), reader, fact)


def _first_given(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """The first of its arguments that is not blank. It fills a blank, so later information may change it."""
    options = arguments[""]
    reads = [reader(option) for option in options if isinstance(option, Fact)]
    last = options[-1]
    fallback: Any = None
    if isinstance(last, LiteralOperand):
        fallback = last.value, last.value
    elif isinstance(last, str):
        fallback = last == "true" if fact.type is FactType.BOOLEAN else last

    def compute(frame: Any) -> Any:
        for read in reads:
            value = read(frame)
            if value is not None:
                return value
        return fallback

    return compute


def _choose(arguments: dict[str, Any], reader: Readers, fact: Fact) -> Reader:
    """The case named by a code; all cases together where the code is blank."""
    by = reader(arguments["by"])
    cases: dict[str, Reader] = {
        code: reader(case) if isinstance(case, Fact) else constant(_given(case))
        for code, case in arguments["cases"].items()
    }
    boolean = arguments["by"].type is FactType.BOOLEAN

    def compute(frame: Any) -> Any:
        code = by(frame)
        if code is None:
            return _either(fact.type, [case(frame) for case in cases.values()])
        if isinstance(code, tuple):
            return _either(fact.type, [cases[name](frame) for name in code if name in cases])
        case = cases.get(("true" if code else "false") if boolean else code)
        return None if case is None else case(frame)

    return compute


def _given(case: LiteralOperand | tuple[str, ...]) -> Any:
    """A number that is written, or the codes."""
    if isinstance(case, LiteralOperand):
        return case.value, case.value
    return case[0] if len(case) == 1 else case


def _either(kind: FactType, values: list[Any]) -> Any:
    """What is known when one of several values holds: the interval around them, or the codes among them."""
    if not values or any(value is None for value in values):
        return None
    if all(value == values[0] for value in values):
        return values[0]
    if kind in (FactType.NUMBER, *IN_TIME):
        return min(value[0] for value in values), max(value[1] for value in values)
    if kind is FactType.CODE:
        codes = [code for value in values for code in (value if isinstance(value, tuple) else (value,))]
        return tuple(dict.fromkeys(codes))
    return None


_FUNCTIONS: dict[str, Callable[[dict[str, Any], Readers, Fact], Reader]] = {
    "first_given": _first_given,
    "choose": _choose,
    "template": template,
    "template_match": template_match,
    "same_text": same_text,
    "has_format": has_format,
    "text_part": text_part,
    "identity_check": identity_check,
    "identity_birth": identity_birth,
    "identity_sex": identity_sex,
    "date_plus": date_plus,
    "years_between": between(whole_years),
    "months_between": between(whole_months),
    "period": between(lambda start, end: end - start),
    "year_of": year_of,
    "day_of": day_of,
    "scheduled_date": scheduled_date,
    "law_name": law_name,
    "band": band,
    "amount_by": amount_by,
    "portion": portion,
    "total": total,
    "product": product,
    "minus": minus,
    "least_of": extreme(min),
    "greatest_of": extreme(max),
    "pick": pick,
    "row_count": row_count,
    "recoded": recoded,
    "listed": listed,
}
