"""Reading personal data: who, when, why and of which decision is in the log before anything is shown.

Reasons of readings and erasures are sealed in clear for good, so they may name nobody.
"""

from __future__ import annotations

import json
import unicodedata
import uuid
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from service.decisions import entry
from service.decisions.entry import Prepared
from service.decisions.log import DecisionLog
from service.decisions.writer import Batch, Placed
from service.engine.masking import holds_numbers
from service.problems import Place, Problem, problem

MOST_CHARACTERS = 200


def reason_faults(
    reason: Any, at: Place, *, names_somebody: Callable[[str], bool] | None = None
) -> tuple[Problem, ...]:
    """Why a reason cannot stand in the log; `names_somebody` knows the people of the decision it is about."""
    if not isinstance(reason, str) or not reason.strip():
        return (problem("reason-missing", at),)
    if len(reason) > MOST_CHARACTERS or any(unicodedata.category(char) in ("Cc", "Cs", "Cf") for char in reason):
        return (problem("reason-text", at, most=MOST_CHARACTERS),)
    if holds_numbers(reason) or (names_somebody is not None and names_somebody(reason)):
        return (problem("reason-personal", at),)
    return ()


def record_reading(
    log: DecisionLog, decision_id: str, *, reason: str, requested_by: str, at: datetime
) -> dict[str, Any]:
    """Log that the personal data of a decision are read; the public part of the entry, durable on return.

    Whoever calls shows them only afterwards. Raises LogUnavailable.
    """
    prepared = entry.prepare_reading(
        decision_id=str(uuid.uuid4()),
        decided_at=at.replace(microsecond=0),
        requested_by=requested_by,
        read=decision_id,
        reason=reason.strip(),
    )
    placed = log.record(partial(_place, prepared=prepared))
    return dict(json.loads(placed.public))


def _place(batch: Batch, prepared: Prepared) -> Placed:
    return batch.add(prepared)
