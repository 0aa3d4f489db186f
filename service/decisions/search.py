"""Looking for entries of the log by what their public parts say; no private part is opened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from service.decisions.entry import DECISIONS, Kind
from service.decisions.reading import LogReader, Summary

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """What an entry must be; a part that is None asks for nothing.

    `status` is the overall status; `unit` and `person` as `LogReader.list` takes them; `since` and `until`, both
    with their zone, include the first moment and leave out the last. `condition` is a name as the public part has
    it, or its last step; `citing` are (policy, edition, name) of conditions of which one must be there. With
    `condition_status` one of them, or any where none is asked for, came to that status; one that is not asked for
    by its own name counts only if it decided, since an alternative that nobody needs fails in many an application.
    """

    policy: str | None = None
    edition: str | None = None
    status: str | None = None
    kinds: tuple[Kind, ...] = DECISIONS
    unit: str | None = None
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    condition: str | None = None
    condition_status: str | None = None
    citing: frozenset[tuple[str, str, str]] | None = None

    def fits(self, item: Summary) -> bool:
        """Whether an entry is what is sought by its time and its conditions."""
        if (self.since is not None and item.decided_at < self.since) or (
            self.until is not None and item.decided_at >= self.until
        ):
            return False
        if self.condition is None and self.condition_status is None and self.citing is None:
            return True
        conditions = item.public.get("conditions")
        return isinstance(conditions, Mapping) and any(
            self.condition_status is None or self._came_to_it(state)
            for name, state in conditions.items()
            if self._is_asked_for(item, name)
        )

    def _came_to_it(self, state: object) -> bool:
        # In an entry that was tampered with anything may stand there.
        return (
            isinstance(state, Mapping)
            and state.get("status") == self.condition_status
            and (self.condition is not None or bool(state.get("deciding")))
        )

    def _is_asked_for(self, item: Summary, name: str) -> bool:
        if self.condition is not None and name != self.condition and not name.endswith(f".{self.condition}"):
            return False
        return self.citing is None or (item.policy_id or "", item.edition or "", name) in self.citing


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, newest first; with `before` the search goes on, None where the log was searched to its start."""

    entries: tuple[Summary, ...]
    before: int | None


def search(log: LogReader, sought: Sought, *, limit: int, before: int | None = None, most: int | None = None) -> Found:
    """At most `limit` entries with sequences below `before`, having looked at no more than about `most`.

    Fewer than `limit`, even none, may be found before the search must go on. Raises what `LogReader.list` raises.
    """
    entries: list[Summary] = []
    looked = 0
    while True:
        block = log.list(
            limit=_AT_ONCE, before=before, policy=sought.policy, edition=sought.edition, status=sought.status,
            kinds=sought.kinds, unit=sought.unit, person=sought.person,
        )  # fmt: skip
        for item in block:
            before = item.sequence
            if sought.fits(item):
                entries.append(item)
                if len(entries) == limit:
                    return Found(tuple(entries), before if before > 1 else None)
        looked += len(block)
        if len(block) < _AT_ONCE:
            return Found(tuple(entries), None)
        if most is not None and looked >= most:
            return Found(tuple(entries), before)
