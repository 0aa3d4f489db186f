"""What of a decision who asks may see: their own as it was answered, others' masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.api.desk import desk, requester
from service.api.reach import asked_for_by
from service.decisions.reading import Stored


def reply_for(stored: Stored) -> Mapping[str, Any]:
    """The reply of a decision: whole to who asked for it, to everybody else masked and marked so."""
    if asked_for_by(requester().name, stored.public):
        return stored.reply
    return {**desk().views.of(stored).reply, "masked": True}
