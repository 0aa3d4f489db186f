"""Stored decisions as those see them who need no personal data, by what the policy of the decision declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from service.decisions.archived import ArchivedPolicies
from service.decisions.reading import LogReader, Stored
from service.decisions.replay import ABSENT, Difference
from service.engine.masking import Masked, holds_personal, mask, without_texts


class MaskedViews:
    """Masks decisions of one log; a policy is read from the archive once. Safe to use from any thread."""

    def __init__(self, log: LogReader) -> None:
        self._policies = ArchivedPolicies(log)

    def of(self, stored: Stored) -> Masked:
        """Application, findings and reply masked; LogDamaged where the policy cannot be read, and nothing is shown."""
        return mask(
            self._policies.of(stored.public, stored.sequence),
            application=stored.application,
            findings=stored.findings,
            reply=stored.reply,
        )

    def differences(self, stored: Stored, found: Iterable[Difference]) -> tuple[Difference, ...]:
        """What differs on computing again, without personal values.

        Where the stored value is personal, or there is none to tell by, no text of the new one is shown.
        """
        masked = self.of(stored).reply
        return tuple(self._difference(masked, stored.reply, item) for item in found)

    def _difference(self, masked: Any, whole: Any, item: Difference) -> Difference:
        then, real = _at(masked, item.pointer), _at(whole, item.pointer)
        shown = item.now if then == real and then is not ABSENT and not isinstance(item.now, dict | list) else None
        now = without_texts(item.now) if shown is None else shown
        return Difference(item.pointer, then, now)

    def names_somebody(self, stored: Stored, text: str) -> bool:
        """Whether a text that is to stand in the log for good holds personal data, of this application or any."""
        return holds_personal(self._policies.of(stored.public, stored.sequence), stored.application, text)


def _at(value: Any, pointer: str) -> Any:
    """The value a JSON pointer leads to; ABSENT where it leads nowhere."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, Mapping) and name in value:
            value = value[name]
        elif isinstance(value, list | tuple) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            return ABSENT
    return value
