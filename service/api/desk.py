"""What a request needs of the running service, held by the application; and who asks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import cast

from flask import current_app, g

from service.access.keys import AccessKeys
from service.access.roles import Principal
from service.api.faults import RefusedError
from service.config import Settings
from service.decisions.log import DecisionLog
from service.decisions.views import MaskedViews
from service.engine.revisions import Revision, Revisions
from service.rounds.archive import RevisionArchive

EXTENSION = "eligibility"
Clock = Callable[[tzinfo], datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts of the service a request is answered with; `clock` tells the time in a zone."""

    settings: Settings
    revisions: Revisions
    log: DecisionLog
    keys: AccessKeys
    archive: RevisionArchive
    views: MaskedViews
    clock: Clock

    def now(self) -> datetime:
        """The time in the zone of the settings, to the second: that is what the reply shows."""
        return self.clock(self.settings.utc_offset).replace(microsecond=0)

    @contextmanager
    def revision(self) -> Iterator[Revision]:
        """The policies in force, unchanged until the block ends; refused while none have been loaded."""
        if not self.revisions.ready:
            raise RefusedError("policies-unavailable")
        with self.revisions.hold() as revision:
            yield revision


def desk() -> Desk:
    """The desk of the application that answers this request."""
    return cast(Desk, current_app.extensions[EXTENSION])


def requester() -> Principal:
    """Who asks, on a route that needs a right; the log names them by their name."""
    found: Principal = g.principal
    return found
