"""Points as a citizen reads them: what each item gives of what it can, and what a number or the rows come to."""

from __future__ import annotations

from collections.abc import Callable
from math import inf

from service import messages
from service.engine.items import NumberNode
from service.engine.points import PointsNode, points_had
from service.engine.verdict import Node, Result
from service.policy.points import points_text
from service.policy.scoring import spread

_say = messages.text


def told_points(result: Result) -> str:
    """The points of a condition of points or of an item, or what they lie between."""
    low, high = points_had(result)
    if high == inf:
        return _say("actual.points-least", low=points_text(low))
    if low == high:
        return _say("actual.points", points=points_text(low))
    return _say("actual.points-open", low=points_text(low), high=points_text(high))


def told_item(result: Result, value: str | None) -> str:
    """The points of an item, with the value or the rows they are for."""
    points = told_points(result)
    return points if value is None else _say("actual.points-of", value=value, points=points)


def points_json(result: Result) -> dict[str, str | None]:
    """`least` and `most` points as texts, and `of` how many there can be; null where nothing ends them."""
    least, most = points_had(result)
    sign = "-" if _taken(result.node) and most else ""
    return {"least": _text(least, sign), "most": _text(most, sign), "of": _text(_possible(result.node), sign)}


def breakdown(result: Result, label: Callable[[Result], str]) -> str:
    """What every item of a condition of points gives, of what it can give."""
    said = []
    for child in result.children:
        if child.node is result.node.exempt:
            continue
        possible = _possible(child.node)
        points, sign = told_points(child), "-" if _taken(child.node) and points_had(child)[1] else ""
        if possible == inf or sign:
            said.append(_say("summary.points-item", label=label(child), points=sign + points))
        else:
            most = points_text(possible)
            said.append(_say("summary.points-item-of", label=label(child), points=points, most=most))
    return "；".join(said)


def _possible(node: Node) -> float:
    """The most that an item, or all of them, can give."""
    return spread(node.total.condition if isinstance(node, PointsNode) else node.condition)[1]


def _taken(node: Node) -> bool:
    """Whether an item takes points away: what is shown of others counts for them."""
    return isinstance(node, NumberNode) and node.denied


def _text(points: float, sign: str) -> str | None:
    return None if points == inf else f"{sign}{points_text(points)}"
