"""What a policy states at its head beside its conditions: procedure."""

from __future__ import annotations

from dataclasses import dataclass

from service.policy.tables import Citation


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """Sentences of the notice that are procedure, purpose or background: there is nothing in them to decide."""

    label: str | None = None
    citations: tuple[Citation, ...] = ()
