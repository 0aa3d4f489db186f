"""A derived fact read back as a Chinese sentence: how it is computed, with every number, code, cap, table and label."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from service import messages
from service.policy import moments
from service.policy.facts import IN_TIME, Across, Duration, Fact, FactGroup, FactType
from service.policy.functions import Band
from service.policy.kinds import LiteralOperand
from service.policy.measure_formulas import measure_formulas
from service.policy.model import Policy
from service.policy.sentences import full_label, sentence
from service.policy.tables import Table

_say = messages.text
# Amounts are told in these where that leaves two decimals at most, as a notice writes them.
_SCALES = ((100_000_000, "formula.hundred-millions"), (10_000, "formula.ten-thousands"))
_MOST_DECIMALS = 6  # of a percentage


def formulas(policy: Policy) -> Iterator[tuple[Fact, str]]:
    """Every derived fact in the order of the file with its formula, and when its value is trusted."""
    trust = {fact.path: condition for fact, condition in policy.trust}
    for fact in policy.derived:
        said = formula(fact)
        condition = trust.get(fact.path)
        yield fact, said if condition is None else said + _say("formula.trusted", when=sentence(condition))


def formula_line(fact: Fact, said: str) -> str:
    """A derived fact by label and path, and its formula: `“奖补金额”（award）：按“档次”：一档8万元、其他0元`."""
    return _say("formula.line", fact=full_label(fact), path=fact.path, formula=said)


def formula(fact: Fact) -> str:
    """How a derived fact is computed, without its label and full stop; "" for a fact of the form."""
    if fact.derivation is None:
        return ""
    return _FORMULAS[fact.derivation.function](fact, dict(fact.derivation.arguments))


def number_text(scaled: int, fact: Fact) -> str:
    """A number of a fact as a notice writes it: `8万元`, `90分`, `0.5元`."""
    exact = Decimal(scaled).scaleb(-fact.precision)
    unit = fact.unit or ""
    # A unit such as 万元 holds its own scale.
    if not any(unit.startswith(_say(code)) for _, code in _SCALES):
        for scale, code in _SCALES:
            if abs(exact) >= scale and exact % (scale // 100) == 0:
                return f"{_plain(exact / scale)}{_say(code)}{unit}"
    return f"{_plain(exact)}{unit}"


def share_text(share: Fraction) -> str:
    """A part as a percentage, or as a fraction where no short percentage is exact."""
    scaled = share * 100 * 10**_MOST_DECIMALS
    if scaled.denominator == 1:
        return f"{_plain(Decimal(scaled.numerator).scaleb(-_MOST_DECIMALS))}%"
    return f"{share.numerator}/{share.denominator}"


def _plain(value: Decimal) -> str:
    """A number without the zeros behind the point."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- parts of a formula ---


def _labels(items: Iterable[Fact | str]) -> str:
    return "、".join(item if isinstance(item, str) else full_label(item) for item in items)


def _code(code: str, fact: Fact) -> str:
    """The label of a code of a fact, of a truth its word."""
    if fact.type is FactType.BOOLEAN:
        return _say(f"value.{str(code).lower()}")
    entries = () if fact.vocabulary is None else fact.vocabulary.entries
    return next((entry.label for entry in entries if entry.code == code), str(code))


def _codes(codes: Iterable[str], fact: Fact) -> str:
    return _say("value.or").join(_code(code, fact) for code in codes)


def _each(pairs: Iterable[tuple[str, str]]) -> str:
    """What each case gives; labels may hold commas, so that the cases stand apart by semicolons then."""
    said = [_say("formula.gives", when=when, gives=gives) for when, gives in pairs]
    return ("；" if any("，" in one or "、" in one for one in said) else "、").join(said)


def _span(duration: Duration) -> str:
    years, months = divmod(duration.months, 12)
    counts = (("years", years), ("months", months), ("days", duration.days))
    return "".join(_say(f"value.{name}", n=n) for name, n in counts if n) or _say("value.zero-days")


def _part(part: Fact | Across | LiteralOperand, fact: Fact) -> str:
    """A number, of a list that of each row, of a literal as a value of the fact."""
    if isinstance(part, Fact):
        return full_label(part)
    if isinstance(part, LiteralOperand):
        return _literal(part, fact)
    rows = "".join(_say("formula.of-each", list=full_label(one)) for one in part.lists)
    return rows + full_label(part.fact)


def _given(value: str | int, fact: Fact) -> str:
    return number_text(value, fact) if isinstance(value, int) else _code(value, fact)


def _pattern(parts: Iterable[object]) -> str:
    """A template with the labels of its facts, and the widths of its free words."""
    said = []
    for part in parts:
        if isinstance(part, Fact):
            said.append(_say("formula.slot", what=part.label))
        elif isinstance(part, tuple):
            said.append(_say("formula.slot", what=_say("formula.width", low=part[0], high=part[1])))
        else:
            said.append(str(part))
    return "".join(said)


# --- the functions ---


def _first_given(fact: Fact, given: Mapping[str, Any]) -> str:
    *items, last = given[""]
    if isinstance(last, Fact):
        return _say("formula.first_given", of=_labels((*items, last)))
    code = "formula.given-else" if len(items) == 1 else "formula.first_given-else"
    otherwise = _literal(last, fact) if isinstance(last, LiteralOperand) else _code(last, fact)
    return _say(code, of=_labels(items), otherwise=otherwise)


def _choose(fact: Fact, given: Mapping[str, Any]) -> str:
    by: Fact = given["by"]
    cases = ((_code(code, by), _case(case, fact)) for code, case in given["cases"].items())
    return _say("formula.by", of=full_label(by), each=_each(cases))


def _case(case: Fact | LiteralOperand | tuple[str, ...], fact: Fact) -> str:
    if isinstance(case, Fact):
        return full_label(case)
    return _literal(case, fact) if isinstance(case, LiteralOperand) else _codes(case, fact)


def _same_text(_fact: Fact, given: Mapping[str, Any]) -> str:
    one, other = given[""]
    return _say("formula.same_text", of=full_label(one), other=full_label(other))


def _has_format(_fact: Fact, given: Mapping[str, Any]) -> str:
    table, name = given["format"]
    return _say("formula.has_format", of=full_label(given["of"]), format=table.formats[name].label)


def _text_part(fact: Fact, given: Mapping[str, Any]) -> str:
    entries = () if fact.vocabulary is None else fact.vocabulary.entries
    each = _each((entry.code, entry.label) for entry in entries if entry.code != entry.label)
    said = _say("formula.text_part", of=full_label(given["of"]), start=given["from"], end=given["to"])
    return said + _say("formula.means", each=each) if each else said


def _identity_check(_fact: Fact, given: Mapping[str, Any]) -> str:
    said = _say("formula.identity_check", of=full_label(given["number"]), on=full_label(given["on"]))
    agrees = _labels(given[key] for key in ("birth_date", "sex") if key in given)
    if agrees:
        said += _say("formula.identity-agrees", of=agrees)
    if "category" in given and "sex" in given and "categories" in given:
        category = given["category"]
        each = _each((_code(code, given["sex"]), _codes(of, category)) for code, of in given["categories"].items())
        said += _say("formula.identity-category", of=full_label(category), sex=full_label(given["sex"]), each=each)
    return said


def _identity_sex(fact: Fact, given: Mapping[str, Any]) -> str:
    odd, even = (_code(given[key], fact) for key in ("odd", "even"))
    return _say("formula.identity_sex", of=full_label(given["of"]), odd=odd, even=even)


def _date_plus(_fact: Fact, given: Mapping[str, Any]) -> str:
    return _say("formula.date_plus", of=full_label(given["of"]), span=_span(given["plus"]))


def _scheduled_date(_fact: Fact, given: Mapping[str, Any]) -> str:
    birth, category = full_label(given["birth"]), full_label(given["category"])
    return _say("formula.scheduled_date", birth=birth, category=category, law=_law(given))


def _law(given: Mapping[str, Any]) -> str:
    return _say(f"formula.{given['law']}", on=full_label(given["on"]), table=_table(given["table"]))


def _table(table: Table) -> str:
    return _say("formula.table", title=table.title)


def _band(fact: Fact, given: Mapping[str, Any]) -> str:
    """Bands from the highest on; what lies below the lowest is no class, or an amount of 0."""
    of: Fact = given["of"]
    bands: tuple[Band, ...] = given["bands"]
    if bands[0].start is None:
        return _say("formula.always", of=full_label(of), gives=_given(bands[0].gives, fact))
    parts = []
    above: int | None = None
    for band in bands:
        if band.start is None:
            break
        names = {"low": number_text(band.start, of), "gives": _given(band.gives, fact)}
        if above is None:
            parts.append(_say("formula.band", **names))
        else:
            parts.append(_say("formula.band-below", high=number_text(above, of), **names))
        above = band.start
    last = bands[-1]
    none = _say("value.none") if fact.type is FactType.CODE else number_text(0, fact)
    parts.append(_say("formula.rest", gives=_given(last.gives, fact) if last.start is None else none))
    return full_label(of) + "，".join(parts)


def _amount_by(fact: Fact, given: Mapping[str, Any]) -> str:
    of: Fact = given["of"]
    parts = [_code(code, of) + number_text(amount, fact) for code, amount in given["amounts"].items()]
    if "otherwise" in given:
        parts.append(_say("formula.others", gives=number_text(given["otherwise"], fact)))
    return _say("formula.by", of=full_label(of), each="、".join(parts))


def _portion(fact: Fact, given: Mapping[str, Any]) -> str:
    percent = given["percent"]
    share = full_label(percent) if isinstance(percent, Fact) else share_text(percent)
    return _say("formula.portion", of=full_label(given["of"]), share=share) + _kept(fact, given)


def _kept(fact: Fact, given: Mapping[str, Any]) -> str:
    """How a number is rounded, and the limits it is kept within."""
    limits = (
        "，" + _say(f"read.number.{key}", value=number_text(given[key], fact))
        for key in ("at_least", "at_most")
        if key in given
    )
    return _say("formula.rounded", least=number_text(1, fact)) + "".join(limits)


def _product(fact: Fact, given: Mapping[str, Any]) -> str:
    factors = (full_label(one) if isinstance(one, Fact) else one.literal for one in given["of"])
    return _say("formula.times").join(factors) + _kept(fact, given)


def _total(fact: Fact, given: Mapping[str, Any]) -> str:
    return _say("formula.total", of="、".join(_part(part, fact) for part in given[""]))


def _minus(fact: Fact, given: Mapping[str, Any]) -> str:
    return _say("formula.minus", of=_part(given["of"], fact), less=_part(given["less"], fact))


def _extreme(code: str) -> Callable[[Fact, Mapping[str, Any]], str]:
    def said(fact: Fact, given: Mapping[str, Any]) -> str:
        kind = "date" if fact.type in IN_TIME else "number"
        parts = (part if isinstance(part, Fact) else _literal(part, fact) for part in given[""])
        return _say(f"formula.{code}.{kind}", of=_labels(parts))

    return said


def _literal(part: LiteralOperand, fact: Fact) -> str:
    """A literal with the unit of the fact, a date in digits."""
    if fact.type is FactType.DATE:
        return dt.date.fromordinal(part.value).isoformat()
    if fact.type is FactType.MOMENT:
        return moments.text(part.value)
    return number_text(part.value, fact)


def _pick(_fact: Fact, given: Mapping[str, Any]) -> str:
    key = "lowest" if "lowest" in given else "highest"
    by: Fact = given[key].fact
    kind = "date" if by.type is FactType.DATE else "number"
    rows = "".join(_say("formula.of-each", list=full_label(one)) for one in given["of"].lists)
    return _say(f"formula.pick.{key}.{kind}", rows=rows, by=full_label(by), of=full_label(given["of"].fact))


def _row_count(_fact: Fact, given: Mapping[str, Any]) -> str:
    code = "formula.row_count" if isinstance(given[""], FactGroup) else "formula.code_count"
    return _say(code, of=full_label(given[""]))


def _recoded(fact: Fact, given: Mapping[str, Any]) -> str:
    of: Fact = given["of"]
    each = _each((_code(code, of), _code(gives, fact)) for code, gives in given["codes"].items())
    is_open = fact.vocabulary is not None and fact.vocabulary.open
    rest = _say("formula.recoded-open" if is_open else "formula.recoded-rest")
    return _say("formula.by", of=full_label(of), each=each) + rest


def _listed(_fact: Fact, given: Mapping[str, Any]) -> str:
    said = _say("formula.listed", of=full_label(given["of"]), table=_table(given["table"]))
    return said + _say("formula.listed-on", on=full_label(given["on"])) if "on" in given else said


def _between(code: str) -> Callable[[Fact, Mapping[str, Any]], str]:
    return lambda _fact, given: _say(code, start=full_label(given["from"]), end=full_label(given["to"]))


def _of(code: str) -> Callable[[Fact, Mapping[str, Any]], str]:
    return lambda _fact, given: _say(code, of=full_label(given["of"]))


_FORMULAS: dict[str, Callable[[Fact, Mapping[str, Any]], str]] = {
    "first_given": _first_given,
    "choose": _choose,
    "template": lambda _fact, given: _say("formula.template", what=_pattern(given[""])),
    "template_match": lambda _fact, given: _say(
        "formula.template_match", of=full_label(given["of"]), what=_pattern(given["template"])
    ),
    "same_text": _same_text,
    "has_format": _has_format,
    "text_part": _text_part,
    "identity_check": _identity_check,
    "identity_birth": _of("formula.identity_birth"),
    "identity_sex": _identity_sex,
    "date_plus": _date_plus,
    "years_between": _between("formula.years_between"),
    "months_between": _between("formula.months_between"),
    "period": _between("formula.period"),
    "year_of": _of("formula.year_of"),
    "day_of": _of("formula.day_of"),
    "scheduled_date": _scheduled_date,
    "law_name": lambda _fact, given: _say("formula.law_name", law=_law(given)),
    "band": _band,
    "amount_by": _amount_by,
    "portion": _portion,
    "total": _total,
    "product": _product,
    "minus": _minus,
    "least_of": _extreme("least_of"),
    "greatest_of": _extreme("greatest_of"),
    "pick": _pick,
    "row_count": _row_count,
    "recoded": _recoded,
    "listed": _listed,
    **measure_formulas(number_text, lambda value, fact: _literal(LiteralOperand(literal="", value=value), fact)),
}
