"""What a policy states at its head beside its conditions -> the classes of `terms`."""

from __future__ import annotations

from typing import Any

from service.policy.conditions import ConditionReader
from service.policy.reading import Path
from service.policy.tables import Citation
from service.policy.terms import Procedure


class HeadReader:
    """Reads what one policy states; every fault is noted and the rest is read on."""

    def __init__(self, conditions: ConditionReader) -> None:
        self.conditions = conditions
        self.reading = conditions.reading

    def procedures(self, data: Any, path: Path) -> tuple[Procedure, ...]:
        """Sentences that are covered though nothing is decided by them."""
        return tuple(
            Procedure(label=_optional(entry.get("label")), citations=self._cited(entry, here))
            for entry, here in self._items(data, path)
        )

    def _items(self, data: Any, path: Path) -> list[tuple[dict[str, Any], Path]]:
        """The mappings of a list, each with where it stands."""
        items = data if isinstance(data, list) else []
        return [(item, (*path, index)) for index, item in enumerate(items) if isinstance(item, dict)]

    def _cited(self, entry: dict[str, Any], path: Path) -> tuple[Citation, ...]:
        conditions = self.conditions
        return self.reading.citations(entry.get("cite"), (*path, "cite"), conditions.documents, conditions.notice)


def _optional(value: Any) -> str | None:
    return None if value is None else str(value)
