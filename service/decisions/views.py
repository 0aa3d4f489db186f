"""Stored decisions as those see them who need no personal data, by what the policy of the decision declares."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from service.decisions.faults import LogDamaged, place
from service.decisions.reading import LogReader, Stored
from service.decisions.replay import ABSENT, Difference, PolicyTexts, archived_texts
from service.engine.masking import Masked, holds_personal, mask, without_texts
from service.policy.library import policy_from_texts
from service.policy.model import Policy
from service.problems import problem

# Policies read from the archive and kept; more are read again.
_MOST = 16


class MaskedViews:
    """Masks decisions of one log; a policy is read from the archive once. Safe to use from any thread."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._policies: dict[str, Policy] = {}

    def of(self, stored: Stored) -> Masked:
        """Application, findings and reply masked; LogDamaged where the policy cannot be read, and nothing is shown."""
        return mask(self._policy(stored), application=stored.application, findings=stored.findings, reply=stored.reply)

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
        return holds_personal(self._policy(stored), stored.application, text)

    def _policy(self, stored: Stored) -> Policy:
        texts, problems = archived_texts(self._log, stored.public, stored.sequence)
        if texts is None:
            raise LogDamaged(*problems)
        key = _key(texts)
        known = self._policies.get(key)
        if known is None:
            known, faults = policy_from_texts(texts.policy_id, texts.edition, texts.policy, texts.tables)
            if known is None:
                name = place(self._log.database.name)
                raise LogDamaged(problem("log-policy-unread", name, sequence=stored.sequence), *faults)
            if len(self._policies) >= _MOST:
                self._policies.clear()
            self._policies[key] = known
        return known


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


def _key(texts: PolicyTexts) -> str:
    """What tells two policies with their tables apart."""
    whole = hashlib.sha256(f"{texts.policy_id}\0{texts.edition}".encode())
    for name, raw in (("", texts.policy), *sorted(texts.tables.items())):
        whole.update(hashlib.sha256(name.encode() + b"\0" + raw).digest())
    return whole.hexdigest()
