"""What this applicant would get, told apart from whether it is eligible: it is part of no status."""

from __future__ import annotations

from typing import Any

from service import messages
from service.engine.assess import Assessment
from service.engine.formatting import number_text
from service.engine.gaps import gaps_below
from service.engine.values import EVERYTHING
from service.engine.verdict import NAMES, NOT, Result
from service.policy.terms import Amount

_say = messages.text


def award_of(assessment: Assessment) -> list[dict[str, Any]]:
    """Every amount of the policy: the status of its condition, if it has one, and its value unless that fails.

    Where either is open for want of data, `missing` names the fields to fill.
    """
    shown = []
    for amount, result in assessment.amounts:
        status = None if result is None else result.status
        shown.append(
            {
                "label": amount.label,
                "status": None if status is None else NAMES[status],
                "value": None if status == NOT else _value(assessment, amount),
                "citations": [citation.as_json() for citation in amount.citations],
                **_missing(assessment, amount, result),
            }
        )
    return shown


def _missing(assessment: Assessment, amount: Amount, result: Result | None) -> dict[str, Any]:
    if result is not None and result.status == NOT:
        return {}
    wanted = gaps_below(assessment, result, amount.fact)
    return {"missing": [{"pointer": gap.pointer, "label": gap.fact.label} for gap in wanted]} if wanted else {}


def _value(assessment: Assessment, amount: Amount) -> str:
    if amount.fact is None:
        return amount.literal
    bounds = assessment.compiled.readers.value(amount.fact, assessment.root) or EVERYTHING
    low, high = (None if bound in EVERYTHING else number_text(amount.fact, bound) for bound in bounds)
    if low is None and high is None:
        return _say("award.undecided")
    if low == high:
        return low or ""
    operator = "at_most" if low is None else "at_least" if high is None else "between"
    return _say(f"award.{operator}", low=low, high=high)
