"""Checkpoints are kept outside the database while the service runs: a thread writes the newest one now and then."""

from __future__ import annotations

import logging
import threading

from service.api.desk import Desk
from service.api.faults import trace
from service.decisions.checkpoints import keep_checkpoint
from service.decisions.faults import LogFault

_logger = logging.getLogger(__name__)


class CheckpointKeeper:
    """Keeps the newest checkpoint every `checkpoint_seconds` and when it stops; `stop` ends it."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="checkpoint-keeper", daemon=True)

    def start(self) -> None:
        """Begin; does nothing where `checkpoint_seconds` is 0."""
        if self._desk.settings.checkpoint_seconds > 0:
            self._thread.start()

    def stop(self) -> None:
        """Keep the last checkpoint and end."""
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join()

    def keep(self) -> None:
        """Write the newest checkpoint, if it is not there. Raises LogUnavailable, or LogDamaged at another one."""
        log = self._desk.log
        note = log.checkpoint()
        if note is not None:
            keep_checkpoint(self._desk.settings.checkpoints_folder, note, log.verifiers)

    def _run(self) -> None:
        ended = False
        while not ended:
            ended = self._stop.wait(self._desk.settings.checkpoint_seconds)
            try:
                self.keep()
            except LogFault as fault:
                _logger.error("no checkpoint was kept: %s", fault)
            # One that fails, whatever the reason, must not end all later ones.
            except Exception as fault:
                _logger.error("no checkpoint was kept: %s", trace(fault))
