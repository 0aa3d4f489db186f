"""Revisions of a policy folder in service: one immutable snapshot with its compiled policies, replaced whole.

A request holds the revision it began with; the rules of a replaced revision are given back when the last holder
lets go. A folder that does not load leaves the last good revision in service and says what is wrong.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.engine.compiler import CompiledPolicy
from service.policy.library import Snapshot, files_of, load_library
from service.policy.model import Policy
from service.problems import Problem, Severity


class Revision:
    """A snapshot and its policies, compiled when first asked for."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self._compiled: dict[tuple[str, str], CompiledPolicy] = {}
        self._lock = threading.Lock()
        self._holders = 0
        self._retired = False

    def compiled(self, policy: Policy) -> CompiledPolicy:
        """The policy ready to assess; one for every caller of this revision."""
        key = (policy.id, policy.edition)
        found = self._compiled.get(key)
        if found is None:
            with self._lock:
                found = self._compiled.get(key)
                if found is None:
                    found = self._compiled[key] = CompiledPolicy(policy)
        return found

    def acquire(self) -> None:
        """Count one more holder."""
        with self._lock:
            self._holders += 1

    def release(self) -> None:
        """Count one holder less; the last one of a retired revision closes it."""
        with self._lock:
            self._holders -= 1
            last = self._retired and self._holders == 0
        if last:
            self._close()

    def retire(self) -> None:
        """No new holders will come."""
        with self._lock:
            self._retired = True
            last = self._holders == 0
        if last:
            self._close()

    def _close(self) -> None:
        for compiled in self._compiled.values():
            compiled.close()


class Revisions:
    """The revision of a folder that is in service, and what the last reading of the folder found."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: tuple[Problem, ...] = ()
        self._current: Revision | None = None
        self._seen: object = None
        self._lock = threading.Lock()
        self._reloading = threading.Lock()

    @property
    def ready(self) -> bool:
        """Whether some revision is in service."""
        return self._current is not None

    @property
    def stale(self) -> bool:
        """Whether the folder as last read did not load, so that an older revision (or none) serves."""
        return any(problem.severity is Severity.ERROR for problem in self.problems)

    def changed(self) -> bool:
        """Whether the folder's files differ by name, size or time from those last read."""
        return self._fingerprint() != self._seen

    def reload(self) -> tuple[Problem, ...]:
        """Read the folder: every file or none. Returns the problems; errors leave the last good revision."""
        with self._reloading:
            # Taken before reading, so that an edit made while reading is seen as a change afterwards.
            self._seen = self._fingerprint()
            snapshot, problems = load_library(self.folder)
            self.problems = problems
            if snapshot is not None and (self._current is None or snapshot.digest != self._current.snapshot.digest):
                revision = Revision(snapshot)
                with self._lock:
                    before, self._current = self._current, revision
                if before is not None:
                    before.retire()
            return problems

    @contextmanager
    def hold(self) -> Iterator[Revision]:
        """The revision in service, kept whole until the block ends. Raises LookupError while there is none."""
        with self._lock:
            revision = self._current
            if revision is None:
                raise LookupError("no policy revision in service")
            revision.acquire()
        try:
            yield revision
        finally:
            revision.release()

    def close(self) -> None:
        """Take the revision out of service."""
        with self._lock:
            before, self._current = self._current, None
        if before is not None:
            before.retire()

    def _fingerprint(self) -> object:
        found = []
        for path in files_of(self.folder):
            try:
                state = path.stat()
            except OSError:
                continue
            found.append((str(path), state.st_size, state.st_mtime_ns, state.st_ino))
        return tuple(found)
