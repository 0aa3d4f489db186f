"""Keeps what decisions were made under: every policy, table and document text, every change of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime

from service.decisions.log import DecisionLog
from service.policy.library import Snapshot
from service.policy.model import Policy

# Who the log names for a change that files on disk brought about.
_SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Archived:
    """The digests under which a policy's texts lie in the log.

    `pinned` are (name, digest) of what the policy was read with: `tables/<id>.yaml`, and each archived
    document under the name the policy gives it.
    """

    policy: str
    pinned: tuple[tuple[str, str], ...]


class RevisionArchive:
    """Writes each revision to the log once, before the first decision under it. Safe from any thread."""

    def __init__(self, log: DecisionLog) -> None:
        self._log = log
        self._lock = threading.Lock()
        self._recorded: str | None = None
        self._archived: dict[str, Archived] = {}

    def record(self, snapshot: Snapshot, at: datetime) -> None:
        """Archive every text of the snapshot, and log the change if it is not the revision last logged.

        Harmless to repeat. Raises LogUnavailable; nothing is remembered then, so that the next call tries
        again.
        """
        if self._recorded == snapshot.digest:
            return
        with self._lock:
            if self._recorded == snapshot.digest:
                return
            files: dict[str, str] = {}
            archived = {policy.digest: self._keep(policy, files) for policy in snapshot.policies}
            self._log.record_policy_change(new=snapshot.digest, files=files, requested_by=_SERVICE, at=at)
            # Texts of an earlier revision stay known: a request may still hold it.
            self._archived.update(archived)
            self._recorded = snapshot.digest

    def of(self, policy: Policy) -> Archived:
        """Where the texts of a policy of a recorded snapshot lie."""
        return self._archived[policy.digest]

    def _keep(self, policy: Policy, files: dict[str, str]) -> Archived:
        """Archive one policy with what it was read with; digests by name go into `files` too."""
        pinned: dict[str, str] = {}
        for table in policy.tables:
            name = f"tables/{table.id}.yaml"
            pinned[name] = files[name] = self._log.archive("table", name, table.raw)
        for document in policy.documents:
            if document.text is not None and document.file is not None:
                raw = document.text.encode("utf-8")
                pinned[document.file] = self._log.archive("document", f"{policy.id}/{document.file}", raw)
                files[f"{policy.id}/{document.file}"] = pinned[document.file]
        name = f"{policy.id}/{policy.edition}.yaml"
        files[name] = self._log.archive("policy", name, policy.raw)
        return Archived(files[name], tuple(sorted(pinned.items())))
