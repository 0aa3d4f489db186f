"""Edited policies take effect without a restart: a thread looks and loads the folder, all or nothing."""

from __future__ import annotations

import logging
import threading

from service.api.desk import Desk
from service.api.faults import trace
from service.decisions.faults import LogFault

_logger = logging.getLogger(__name__)


class PolicyWatcher:
    """Looks every `reload_seconds` whether the policy folder differs from what is loaded; `stop` ends it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="policy-watcher", daemon=True)

    def start(self) -> None:
        """Begin to look; does nothing where `reload_seconds` is 0."""
        if self._desk.settings.reload_seconds > 0:
            self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when the look under way has ended."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self) -> None:
        """Load the folder if it changed; make ready and log the revision in force if that is not done."""
        revisions = self._desk.revisions
        if revisions.changed():
            for item in revisions.reload():
                _logger.warning("%s", item)
        if revisions.ready:
            with revisions.hold() as revision:
                # Compiled here, so that no applicant waits for it.
                for policy in revision.snapshot.policies:
                    revision.compiled(policy)
                self._desk.archive.record(revision.snapshot, self._desk.now())

    def _run(self) -> None:
        while not self._stop.wait(self._desk.settings.reload_seconds):
            try:
                self.look()
            except LogFault as fault:
                _logger.warning("the change of policies waits for the log: %s", fault)
            # A look that fails, whatever the reason, must not end all later ones.
            except Exception as fault:
                _logger.error("the look at the policy folder failed: %s", trace(fault))
