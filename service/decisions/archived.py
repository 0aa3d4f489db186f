"""The policies that decisions were made with, read again from the archive."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from service.decisions.faults import LogDamaged, place
from service.decisions.reading import LogReader
from service.decisions.replay import archived_texts
from service.policy.library import policy_from_texts
from service.policy.model import Policy
from service.problems import problem

# Policies kept; more are read again.
_MOST = 16


class ArchivedPolicies:
    """Reads policies of one log, each from the archive once. Safe to use from any thread."""

    def __init__(self, log: LogReader) -> None:
        self._log = log
        self._policies: dict[str, Policy] = {}

    def of(self, public: Mapping[str, Any], sequence: int) -> Policy:
        """The policy of the decision with this public part; LogDamaged where it is gone or cannot be read."""
        # Archived texts never change: their digests tell two policies with their tables apart.
        key = json.dumps([public["policy"], public["tables"]], sort_keys=True)
        known = self._policies.get(key)
        if known is None:
            known = self._read(public, sequence)
            if len(self._policies) >= _MOST:
                self._policies.clear()
            self._policies[key] = known
        return known

    def _read(self, public: Mapping[str, Any], sequence: int) -> Policy:
        texts, problems = archived_texts(self._log, public, sequence)
        if texts is None:
            raise LogDamaged(*problems)
        policy, faults = policy_from_texts(texts.policy_id, texts.edition, texts.policy, texts.tables)
        if policy is None:
            name = place(self._log.database.name)
            raise LogDamaged(problem("log-policy-unread", name, sequence=sequence), *faults)
        return policy
