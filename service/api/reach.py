"""Which decisions who asks may read and judge: all, their own, those on other units, as the table of roles says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.access.roles import Extent, Principal, Right
from service.api.admission import forbidden
from service.api.desk import desk, requester
from service.api.faults import RefusedError
from service.decisions.reading import Stored
from service.decisions.subjects import text_given


def reached_decision(decision_id: str, right: Right) -> Stored:
    """The decision with this id; refused where there is none (404), or the right does not reach it.

    One that is another's is answered as if it were not there: its id tells a stranger nothing.
    """
    held, who = desk(), requester()
    extent = who.extent(right)
    if extent is Extent.OWN:
        known = held.log.public(decision_id)
        # An entry that is no decision supersedes nothing.
        if known is None or known.policy_id is None or not asked_for_by(who.name, known.public):
            raise forbidden("decision-not-found", who)
    stored = held.log.get(decision_id)
    if stored is None:
        raise RefusedError("decision-not-found")
    if extent is Extent.OTHER_UNITS and who.unit is not None:
        _require_another_unit(stored, who)
    return stored


def asked_for_by(name: str, first: Mapping[str, Any] | None) -> bool:
    """Whether this requester asked for the decision of this public part, or for the one it supersedes, and so on.

    A decision made again with findings is asked for by a reviewer, and is still the applicant's.
    """
    known = first
    while known is not None and known["supersedes"] is not None:
        older = desk().log.public(known["supersedes"])
        # Only a log that was tampered with goes in circles.
        known = older.public if older is not None and older.sequence < known["sequence"] else None
    return known is not None and known["requested_by"] == name


def _require_another_unit(stored: Stored, who: Principal) -> None:
    """Refused (403) where who asks belongs to the unit that applies: nobody judges a case of their own.

    Which fields name the unit is the policy's to say; where it names none, no unit applies.
    """
    named = stored.public["policy"]
    with desk().revision() as revision:
        policy = revision.snapshot.find(named["id"], named["edition"])
        if policy is None:
            editions = revision.snapshot.editions(named["id"])
            raise RefusedError("edition-not-found", known="、".join(item.edition for item in editions))
        applicant = policy.applicant
    units = (text_given(stored.application, applicant.unit_code), text_given(stored.application, applicant.unit_name))
    if who.belongs_to(*units):
        raise forbidden("own-unit", who)
