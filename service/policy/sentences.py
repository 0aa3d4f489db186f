"""A condition read back as a Chinese sentence, so that an officer sees what was understood."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from service import messages
from service.policy import moments
from service.policy.facts import IN_TIME, Fact, FactGroup, FactType
from service.policy.item_sentences import ITEMS, item_asked, item_sentence, item_sentence_of
from service.policy.kinds import (
    AllOf,
    AnyOf,
    Bounds,
    Compare,
    Condition,
    Count,
    Every,
    Extreme,
    FactOperand,
    HasFormat,
    Judgement,
    LiteralOperand,
    Meets,
    Member,
    NOf,
    NoneOf,
    Not,
    OnMiss,
    Operand,
    PartBounds,
    Points,
    Ratio,
    Readings,
    Rows,
    Share,
    Some,
    Stated,
    Sum,
    When,
)
from service.policy.points import points_text

_say = messages.text


def sentence(condition: Condition) -> str:
    """The condition as a sentence without full stop, what becomes of a miss included."""
    said = _core(condition)
    if isinstance(condition, Judgement) and not condition.gates:
        said += _say("read.not-gating")
    elif not condition.gates:
        said += _say("read.notice-only")
    if condition.on_miss is not OnMiss.FAIL:
        said += _say(f"read.{condition.on_miss.value}")
    if condition.exempt_when is not None:
        said += _say("read.exempt", when=_core(condition.exempt_when))
    return said


def expected(condition: Condition) -> str | None:
    """What a comparison asks for, without its subject: `不低于二级/技师`, `已填写`; None for other kinds."""
    match condition:
        case Compare() | Sum() | Extreme():
            return _bounds(condition)
        case Share() | Ratio():
            return _parts(condition.operator, condition.bounds)
        case Member():
            return _choice(condition)
        case Stated():
            return _say("read.answered" if condition.answered else "read.given")
        case HasFormat():
            return _say("read.format", format=condition.label_of_format)
        case Count():
            return _counted(condition)
        case Judgement():
            return condition.question
        case Points():
            return _scored(condition)
        case _ if isinstance(condition, ITEMS):
            return item_asked(condition)
        case Meets(labels=labels, operator=operator) if operator:
            what = _say("read.part-of").join(f"“{label}”" for label in labels)
            return _say("read.meets-points", what=what, asked=_scored(condition))
        case Meets(labels=labels):
            return _say("read.meets", what=_say("read.part-of").join(f"“{label}”" for label in labels))
    return None


def measured(condition: Condition) -> str:
    """What a condition asks about, without what it asks for: `“订单”中“本县订单”为是的“订单金额”合计`."""
    match condition:
        case Ratio(fact=fact, of=of):
            return _say("read.ratio", fact=fact.label, of=of.label, what="")
        case Count():
            return _rows(replace(condition, on_empty=None), "read.rows", "")
        case Points():
            return _say("read.points", asked="", each=_each_scored(condition))
        case Sum() | Extreme() | Share():
            return _core(replace(condition, on_empty=None))
    raise TypeError(type(condition).__name__)


def _core(condition: Condition) -> str:
    match condition:
        case Compare() | Member() | HasFormat():
            return f"{full_label(condition.fact)}{expected(condition)}"
        case Stated(answered=True):
            return f"{full_label(condition.fact)}{expected(condition)}"
        case Stated():
            return _say("read.has", fact=full_label(condition.fact))
        case Judgement():
            return _say("read.judgement", question=condition.question)
        case AllOf(children=children):
            return _joined(children, "read.and")
        case AnyOf(children=children):
            return _joined(children, "read.or")
        case NoneOf(children=children):
            return _say("read.none", what=_joined(children, "read.or"))
        case Not(child=Stated(answered=False, fact=fact)):
            return _say("read.has-not", fact=full_label(fact))
        case Not(child=Compare(operator="is", fact=fact, bounds=Bounds(at_least=value, at_most=end))) if (
            value is not None and value == end
        ):
            return full_label(fact) + _say("read.not-equal", value=_operand(value, fact))
        case Not(child=child):
            return _say("read.not", what=sentence(child))
        case NOf(children=children, needed=needed):
            what = "；".join(condition.label or sentence(condition) for condition in children)
            if len(needed) == 1:
                return _say("read.n-of", n=needed[0][1], what=what)
            readings = "、".join(_say("read.n-of-reading", name=name, n=n) for name, n in needed)
            return _say("read.n-of-readings", readings=readings, what=what)
        case Points():
            return _say("read.points", asked=_scored(condition), each=_each_scored(condition))
        case _ if isinstance(condition, ITEMS):
            return item_sentence(condition, sentence)
        case Meets():
            return expected(condition) or ""
        case Readings(readings=readings):
            return _say("read.readings", what="；".join(f"（{name}）{sentence(child)}" for name, child in readings))
        case When(when=when, then=then, otherwise=otherwise):
            said = _say("read.when", when=sentence(when), then=sentence(then))
            return said if otherwise is None else said + _say("read.else", otherwise=sentence(otherwise))
        case Count():
            return _rows(condition, "read.count", _counted(condition))
        case Every(of=Fact() as of, that=Member() as that, where=None):
            return _say("read.every-code", list=of.label, what=expected(that))
        case Some(of=Fact() as of, that=Member() as that, where=None):
            return _say("read.some-code", list=of.label, what=expected(that))
        case Every(that=that):
            return _rows(condition, "read.every", sentence(that))
        case Some(that=that):
            return _rows(condition, "read.some", sentence(that))
        case Sum():
            return _rows(condition, "read.sum", _bounds(condition), fact=condition.fact)
        case Extreme():
            names = ("earliest", "latest") if condition.fact.type in IN_TIME else ("lowest", "highest")
            code = f"read.{names[condition.highest]}"
            return _rows(condition, code, _bounds(condition), fact=condition.fact)
        case Share(among=among, fact=fact):
            whole = "" if among is None else _say("read.among", among=_part(sentence(among)))
            code = "read.share" if fact is None else "read.share-of-sum"
            return _rows(condition, code, _parts(condition.operator, condition.bounds), fact=fact, whole=whole)
        case Ratio(fact=fact, of=of, bounds=bounds):
            said = _say("read.ratio", fact=fact.label, of=of.label, what=_parts(condition.operator, bounds))
            return said + _empty(condition.on_empty, "read.no-whole")
    raise TypeError(type(condition).__name__)


def _joined(children: tuple[Condition, ...], code: str) -> str:
    said = [sentence(child) for child in children]
    return said[0] if len(said) == 1 else _say(code).join(_part(text) for text in said)


def _part(text: str) -> str:
    """A sentence as part of another: in brackets where it has parts itself."""
    return f"（{text}）" if "，" in text or "；" in text else text


def _bounds(condition: Compare | Sum | Extreme) -> str:
    bounds, fact = condition.bounds, condition.fact
    if not condition.operator:
        return ""
    kind = "date" if fact.type in IN_TIME else "rank" if fact.type is FactType.CODE else "number"
    low = None if bounds.at_least is None else _operand(bounds.at_least, fact)
    high = None if bounds.at_most is None else _operand(bounds.at_most, fact)
    if condition.operator == "is" and low == high:
        return _say("read.equal", value=low)
    if condition.operator in ("is", "between"):
        return _say(f"read.{kind}.between", low=low, high=high)
    if isinstance(condition, Compare) and condition.literal and isinstance(bounds.at_most, FactOperand):
        return _say(f"read.{condition.operator}", date=bounds.at_most.fact.label, span=condition.literal)
    if low is not None:
        return _say(f"read.{kind}.more_than" if bounds.strict_low else f"read.{kind}.at_least", value=low)
    return _say(f"read.{kind}.less_than" if bounds.strict_high else f"read.{kind}.at_most", value=high)


def _operand(operand: Operand, fact: Fact) -> str:
    if isinstance(operand, LiteralOperand):
        if fact.type is FactType.DATE:
            return dt.date.fromordinal(operand.value).isoformat()
        if fact.type is FactType.MOMENT:
            return moments.text(operand.value)
        if fact.type is FactType.NUMBER and fact.unit and operand.literal.replace(".", "").replace(",", "").isdigit():
            return f"{operand.literal}{fact.unit}"
        return operand.literal
    return _moved(operand)


def _moved(operand: FactOperand) -> str:
    label = full_label(operand.fact)
    if operand.multiple:
        label = _say("read.times", fact=label, times=operand.multiple)
    if operand.growth is not None:
        code = "read.growth" if operand.years == 1 else "read.growth.years"
        label = _say(code, fact=label, growth=operand.growth.literal, years=operand.years)
    if not operand.literal:
        return label
    if operand.fact.type in IN_TIME:
        code = "read.before" if operand.literal.startswith("-") else "read.after"
        return _say(code, fact=label, span=operand.literal.lstrip("-"))
    code = "read.minus" if operand.literal.startswith("-") else "read.plus"
    return _say(code, fact=label, span=operand.literal.lstrip("-"))


def _choice(condition: Member) -> str:
    names = condition.literals
    if condition.fact.type is FactType.BOOLEAN:
        return _say(
            "read.is",
            value=_say("value.true" if (names[0] == "true") != condition.negated else "value.false"),
        )
    if len(names) == 1:
        said = _say("read.is-not" if condition.negated else "read.is", value=names[0])
    else:
        said = _say("read.not-in" if condition.negated else "read.in", values="、".join(names))
    counted = condition.codes[len(names) :]
    entries = condition.fact.vocabulary.entries if condition.fact.vocabulary and counted else ()
    labels = "、".join(entry.label for entry in entries if entry.code in counted)
    return said + _say("read.counted-as", labels=labels) if labels else said


def _counted(condition: Count) -> str:
    low, high = condition.at_least, condition.at_most
    if low is not None and high is not None:
        return _say("read.count.exactly", n=low) if low == high else _say("read.count.between", low=low, high=high)
    return _say("read.count.at_least", n=low) if low is not None else _say("read.count.at_most", n=high)


def _parts(operator: str, bounds: PartBounds) -> str:
    if not operator:
        return ""
    low = None if bounds.at_least is None else bounds.at_least.literal
    high = None if bounds.at_most is None else bounds.at_most.literal
    if operator == "between":
        return _say("read.rank.between", low=low, high=high)
    return _say(f"read.rank.{operator}", value=high if low is None else low)


def _each_scored(condition: Points) -> str:
    return "；".join(item_sentence_of(item, sentence) for item in condition.items)


def _scored(condition: Points | Meets) -> str:
    low, high = condition.at_least, condition.at_most
    # What is asked for lies a thousandth outside the bounds of "more than" and "less than".
    step = 1 if condition.operator in ("more_than", "less_than") else 0
    shown = {
        "low": None if low is None else points_text(low - step),
        "high": None if high is None else points_text(high + step),
    }
    return _say(f"read.points.{condition.operator}", **shown)


def _rows(condition: Rows, code: str, what: str, *, fact: Fact | None = None, whole: str = "") -> str:
    of = condition.of.label
    details = ""
    if condition.distinct_by is not None:
        details += _say("read.distinct", key=condition.distinct_by.label)
    if condition.excluding is not None:
        details += _say("read.excluding", key=full_label(condition.excluding))
    weighed = isinstance(condition, Sum | Extreme)
    place = "read.where-counted" if weighed or isinstance(condition, Count) else "read.where"
    where = _say("read.of-all") if weighed else ""
    if condition.where is not None:
        where = _say(place, where=_part(sentence(condition.where)))
    label = "" if fact is None else fact.label
    said = _say(code, list=of, where=where, what=what, details=details, fact=label, whole=whole)
    if condition.on_empty is None:
        return said
    return said + _empty(condition.on_empty, "read.no-whole" if isinstance(condition, Share) else "read.no-rows")


def _empty(status: str, code: str) -> str:
    return _say("read.on-empty", when=_say(code), then=_say(f"read.on-empty.{status}"))


def full_label(fact: Fact | FactGroup) -> str:
    """A fact's label in quotes, as a policy's reader knows it."""
    return f"“{fact.label}”"
