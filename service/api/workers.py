"""The processes that answer: how many, kept alive one by one whatever kills them.

granian starts a process anew that died, and gives up where one dies again at once: right for one that cannot start,
wrong for one that was killed from outside (memory ran out, an operator), which says nothing about the next.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from granian.server.mp import MPServer

_LOOK_SECONDS = 1.0


class Workers(MPServer):
    """A granian server whose processes are replaced as often as they are killed.

    It still ends where one ends by itself soon after it was started.
    """

    def startup(self, spawn_target: Callable[..., None], target_loader: Callable[..., Callable[..., Any]]) -> None:
        """Start the processes, and look after them from then on."""
        super().startup(spawn_target, target_loader)  # type: ignore[no-untyped-call]  # granian's has no types
        threading.Thread(target=self._look_after, name="workers-watch", daemon=True).start()

    def _respawn_workers(
        self,
        workers: list[int],
        spawn_target: Callable[..., None],
        target_loader: Callable[..., Callable[..., Any]],
        delay: float = 0,
    ) -> None:
        # A place in the list may stand there twice, or for a process that lives.
        dead = [at for at in dict.fromkeys(workers) if self.wrks[at].inner.exitcode is not None]
        killed = {at for at in dead if (self.wrks[at].inner.exitcode or 0) < 0}
        super()._respawn_workers(dead, spawn_target, target_loader, delay)
        for at in killed:
            self.respawned_wrks.pop(at, None)

    def _look_after(self) -> None:
        """Name those that died unseen: granian forgets one that dies while it starts another."""
        while not self.interrupt_signal:
            time.sleep(_LOOK_SECONDS)
            if self.interrupt_children:
                continue
            unseen = [at for at, worker in enumerate([*self.wrks]) if worker.inner.exitcode is not None]
            if unseen:
                self.interrupt_children.extend(unseen)
                self.main_loop_interrupt.set()
