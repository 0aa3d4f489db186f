"""The kind `meets`: names of other sections and conditions, found before those are read; circles of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from service import messages
from service.policy.condition_schema import ITEM_GROUPS, SCORING
from service.policy.factbook import FactBook
from service.policy.keywords import CHINESE
from service.policy.kinds import AllOf, Condition, Meets
from service.policy.nodes import Node
from service.policy.points import PointsReader
from service.policy.reading import Path

SINGLE_SECTIONS = ("scope", "materials", "formalities", "preferences")
NAMED_SECTIONS = ("criteria", "tiers")
EVERY_CRITERION = "criteria"  # what `meets` names for all the criteria together
_LISTS = ("all", "any", "none", "n_of")
_ROWS = ("where", "that", "among")  # what is asked of a row
_MODIFIERS = ("on_miss", "in_principle", "open_list", "exempt_when")
# Steps of a file that conditions may lie below each other once every `meets` is followed: the engine recurses.
_DEEPEST = 150


@dataclass(frozen=True, slots=True)
class _Target:
    """A section or a condition with an id: where it stands, what it is called."""

    path: Path
    labels: tuple[str, ...]
    of_a_row: bool = False


@dataclass(frozen=True, slots=True)
class _Reference:
    path: Path
    name: str
    target: _Target
    negated: bool


class MeetsReader:
    """Reads references of one policy; `check` says what is wrong with them together."""

    def __init__(self, facts: FactBook, points: PointsReader) -> None:
        self.reading = facts.reading
        self.points = points
        self._targets = dict(_targets(self.reading.mapping(self.reading.document.data), facts))
        self._references: list[_Reference] = []

    def meets(self, node: Node) -> Condition | None:
        """What another section or condition comes to."""
        name, here = self._english(str(node.entry["meets"])), node.at("meets")
        if node.scope or node.path[0] in ("facts", "derived"):
            self.reading.fault("meets-of-a-row" if node.scope else "meets-of-a-fact", here)
            return None
        if name == EVERY_CRITERION and name not in self._targets:
            return self._every(node)
        target = self._targets.get(name)
        if target is None:
            known = (*self._targets, self.reading.document.language.word(EVERY_CRITERION))
            self.reading.fault("unknown-target", here, name=name, near=name, known=known)
            return None
        if target.of_a_row:
            self.reading.fault("target-of-a-row", here, name=name)
            return None
        operator = next((o for o in SCORING if o in node.entry), "")
        low = high = None
        if operator:
            bounds = self._bounds(node, operator, name, target)
            if bounds is None:
                return None
            low, high = bounds
        # Any bound but the lower one counts what does not hold.
        negated = node.negated or operator not in ("", "at_least", "more_than")
        self._references.append(_Reference(here, name, target, negated))
        return Meets(
            target=name, labels=target.labels, operator=operator, at_least=low, at_most=high, **node.common
        )  # fmt: skip

    def _every(self, node: Node) -> Condition | None:
        """Every criterion."""
        operator = next((o for o in SCORING if o in node.entry), None)
        if operator is not None:
            self.reading.fault("target-not-scored", node.at(operator), at_key=True, name=EVERY_CRITERION)
            return None
        each = []
        for name in self.reading.mapping(self.reading.document.data.get(EVERY_CRITERION)):
            target = self._targets[name]
            self._references.append(_Reference(node.at("meets"), name, target, node.negated))
            each.append(Meets(target=name, labels=target.labels, position=node.common["position"]))
        return AllOf(children=tuple(each), **node.common)

    def _bounds(self, node: Node, operator: str, name: str, target: _Target) -> tuple[int | None, int | None] | None:
        """Bounds for the points of another condition."""
        items = _found(self.reading.document.data, target.path).get("points")
        if not isinstance(items, list):
            self.reading.fault("target-not-scored", node.at(operator), at_key=True, name=name)
            return None
        return self.points.bounds(node, operator, of=target.path)

    def _english(self, name: str) -> str:
        """The name with a section that every policy has by its keyword, which may be written in Chinese."""
        section, dot, rest = name.partition(".")
        meaning = CHINESE.meaning(section)
        if meaning == EVERY_CRITERION and not dot and name not in self._targets:
            return EVERY_CRITERION
        return f"{meaning}{dot}{rest}" if meaning in SINGLE_SECTIONS and name not in self._targets else name

    def check(self) -> None:
        """Note circles, chains too long, and what a negated reference must not hold."""
        ahead = [
            [number for number, other in enumerate(self._references) if _below(other.path, reference.target.path)]
            for reference in self._references
        ]
        depths = self._depths(ahead)
        told: set[int] = set()
        for number, reference in enumerate(self._references):
            depth = depths.get(number)
            if depth is None:
                circle = _circle(number, ahead, depths)
                if not told & {*circle}:
                    first = min(circle)
                    turned = [*circle[circle.index(first) :], *circle[: circle.index(first)], first]
                    names = " → ".join(self._references[one].name for one in turned)
                    self.reading.fault("meets-in-a-circle", self._references[first].path, names=names)
                told |= {*circle}
            elif depth > _DEEPEST:
                if all(depths[other] <= _DEEPEST for other in ahead[number]):
                    self.reading.fault("meets-too-deep", reference.path, limit=_DEEPEST)
            elif reference.negated:
                self._negated(number, ahead)

    def _depths(self, ahead: list[list[int]]) -> dict[int, int]:
        """How deep each reference reaches; those in or before a circle are left out."""
        depths: dict[int, int] = {}
        waiting = [*range(len(ahead))]
        while waiting:
            ready = [number for number in waiting if all(other in depths for other in ahead[number])]
            if not ready:
                break
            for number in ready:
                beyond = max((depths[other] for other in ahead[number]), default=0)
                depths[number] = len(self._references[number].path) + beyond
            waiting = [number for number in waiting if number not in depths]
        return depths

    def _negated(self, number: int, ahead: list[list[int]]) -> None:
        """Note a modifier in what a negated reference reaches."""
        reached, waiting = {number}, [number]
        while waiting:
            at = waiting.pop()
            target = self._references[at].target
            for path, entry in _conditions(_found(self.reading.document.data, target.path), target.path):
                if any(entry.get(key) for key in _MODIFIERS) or entry.get("gates") is False:
                    line = self.reading.place(path).line
                    reference = self._references[number]
                    self.reading.fault("negated-target", reference.path, name=reference.name, line=line)
                    return
            waiting += [other for other in ahead[at] if other not in reached]
            reached.update(ahead[at])


def _circle(start: int, ahead: list[list[int]], depths: dict[int, int]) -> list[int]:
    """A circle of references reached from one that leads into it."""
    walked = [start]
    while True:
        following = next(number for number in ahead[walked[-1]] if number not in depths)
        if following in walked:
            return walked[walked.index(following) :]
        walked.append(following)


def _below(path: Path, above: Path) -> bool:
    return path[: len(above)] == above


def _found(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _targets(data: dict[str, Any], facts: FactBook) -> Iterator[tuple[str, _Target]]:
    """Every section and every condition with an id, the first of a name last so that it is kept."""
    sections: list[tuple[Path, Any]] = [((name,), data[name]) for name in SINGLE_SECTIONS if name in data]
    for kind in NAMED_SECTIONS:
        named = data.get(kind)
        sections += [((kind, name), root) for name, root in (named.items() if isinstance(named, dict) else ())]
    for path, root in reversed(sections):
        if not isinstance(root, dict):
            continue
        section = str(path[-1])
        label = section_label(section, root.get("label"))
        for at, entry in reversed([*_conditions(root, path)]):
            if "id" in entry:
                subject = facts.known.get(str(entry.get("fact")))
                named = entry["id"] if subject is None else subject.label
                # A section of one condition is called by one name.
                labels = (label,) if at == path else (label, str(entry.get("label", named)))
                of_a_row = any(step in _ROWS for step in at[len(path) :])
                yield f"{section}.{entry['id']}", _Target(at, labels, of_a_row)
        yield section, _Target(path, (label,))


def section_label(name: str, label: object) -> str:
    """What a section is called: its label, else the usual one of the sections every policy has, else its name."""
    if label is not None:
        return str(label)
    return messages.text(f"section.{name}") if messages.has(f"section.{name}") else name


def _conditions(entry: Any, path: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """The data of a condition and of every condition below it, each with where it stands."""
    if not isinstance(entry, dict):
        return
    yield path, entry
    for steps, inner in parts(entry):
        yield from _conditions(inner, (*path, *steps))


def parts(entry: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    """The conditions directly below the data of one, with the steps to each."""
    for key, value in entry.items():
        if key in _LISTS and isinstance(value, list):
            yield from (((key, index), item) for index, item in enumerate(value))
        elif key == "points":
            yield from _of_items(value, (key,))
        elif key == "readings" and isinstance(value, dict):
            yield from (((key, name), item) for name, item in value.items())
        elif key in ("not", "when", "then", "else", "exempt_when", *_ROWS):
            yield (key,), value


def _of_items(items: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """The conditions in the items of points and in those of their groups, with the steps to each."""
    for index, item in enumerate(items if isinstance(items, list) else ()):
        for key, value in item.items() if isinstance(item, dict) else ():
            if key in ITEM_GROUPS:
                yield from _of_items(value, (*path, index, key))
            elif key in ("when", "where"):
                yield (*path, index, key), value
