"""Items of points read back, and what they ask for as a citizen reads it."""

from __future__ import annotations

from collections.abc import Callable

from service import messages
from service.policy.kinds import Condition, LiteralOperand
from service.policy.points import points_text
from service.policy.scoring import BestOf, Granted, PerRow, PerUnit, Rated, SumOf, Worth

_say = messages.text
ITEMS = Worth | Granted | PerUnit | Rated | PerRow | BestOf | SumOf
Item = Worth | Granted | PerUnit | Rated | PerRow | BestOf | SumOf
_Sentence = Callable[[Condition], str]


def item_asked(item: Item) -> str | None:
    """How an item gives points, without its subject: `每满10户计2分，最高10分`; None for a condition's own words."""
    match item:
        case Worth():
            return None
        case Granted(points=points):
            return _say("actual.points", points=points_text(points))
        case PerUnit(fact=fact, every=every, start=start, points=points):
            said = {"every": _number(every, fact.unit), "points": points_text(points)}
            if start is not None and start.value:
                how = _say("read.points-every-from", start=_number(start, fact.unit), **said)
            else:
                how = _say("read.points-every", **said)
        case PerRow(every=every_row, start=rows, points=points):
            said = {"every": "" if every_row == 1 else f" {every_row} ", "points": points_text(points)}
            how = _say("read.points-every-row-from", start=rows, **said) if rows else _say(
                "read.points-every-row", **said
            )  # fmt: skip
        case Rated(literal=literal):
            how = _say("read.points-rated-times", times=literal) if literal else _say("read.points-rated")
        case BestOf():
            how = _say("read.points-best")
        case SumOf():
            how = _say("read.points-sum")
    return how if item.at_most is None else how + _say("read.points-at_most", points=points_text(item.at_most))


def item_sentence(item: Item, sentence: _Sentence) -> str:
    """An item as a phrase; `sentence` reads back the conditions in it."""
    how = item_asked(item)
    match item:
        case Worth(when=when, points=points):
            what = sentence(when)
            said = _say("read.points-of", what=what, points=points_text(points))
        case Granted(points=points) if item.label is None:
            return _say("read.points-granted", points=points_text(points))
        case Granted(points=points):
            return _say("read.points-of", what=item.label, points=points_text(points))
        case PerUnit(fact=fact) | Rated(fact=fact):
            said = _say("read.points-number", fact=fact.label, how=how)
        case PerRow(of=of, where=where):
            counted = "" if where is None else _say("read.points-where", where=_part(sentence(where)))
            said = _say("read.points-rows", list=of.label, where=counted, how=how, details=_details(item))
        case BestOf(items=items) | SumOf(items=items):
            each = [item_sentence_of(inner, sentence) for inner in items]
            if isinstance(item, SumOf) and item.minus:
                less = "、".join(item_sentence_of(inner, sentence) for inner in item.minus)
                each.append(_say("read.points-minus", each=less))
            said = _say("read.points-items", how=how, each="；".join(each))
    return said if item.label is None else f"{item.label}：{said}"


def item_sentence_of(item: Condition, sentence: _Sentence) -> str:
    """As `item_sentence` beside others, where a condition with a label goes by that."""
    assert isinstance(item, ITEMS)  # noqa: S101  # groups and conditions of points hold nothing else
    if isinstance(item, Worth) and item.when.label is not None:
        return item_sentence(item, lambda when: when.label or sentence(when))
    return item_sentence(item, sentence)


def _details(item: PerRow) -> str:
    details = "" if item.distinct_by is None else _say("read.distinct", key=item.distinct_by.label)
    if item.excluding is not None:
        details += _say("read.excluding", key=f"“{item.excluding.label}”")
    return details


def _part(text: str) -> str:
    return f"（{text}）" if "，" in text or "；" in text else text


def _number(operand: LiteralOperand, unit: str | None) -> str:
    """A number with its unit."""
    written = operand.literal
    return f"{written}{unit}" if unit and written.replace(".", "").replace(",", "").isdigit() else written
