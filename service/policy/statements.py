"""What a policy states at its head, read back in words."""

from __future__ import annotations

from dataclasses import fields

from service import messages
from service.policy.model import Policy
from service.policy.sentences import full_label, sentence
from service.policy.terms import Amount, Applicant, Limit, Quota

_say = messages.text


def applicant_sentence(applicant: Applicant) -> str:
    """The fields that name who applies: `单位“单位名称”（unit.name）`; empty where the policy names none."""
    named = ((part.name, getattr(applicant, part.name)) for part in fields(applicant))
    return "、".join(
        _say(f"stated.applicant.{name}", label=fact.label, path=fact.path) for name, fact in named if fact is not None
    )


def deadline_label(policy: Policy) -> str:
    """What the policy calls its deadline, else the word for any."""
    label = None if policy.closing is None else policy.closing.label
    return _say("policy.deadline") if label is None else label


def quota_sentence(quota: Quota) -> str:
    """How many may be chosen, without the label: `不超过 8 个`, `每个“推荐单位”不超过 2 个，其中市直 3 个`."""
    bounded = quota.at_least is not None or quota.at_most is not None
    counted = _counted(quota.at_least, quota.at_most) if bounded else ""
    if quota.per is None:
        return counted
    each = "、".join(_say("stated.each", label=label, counted=_counted(low, high)) for label, low, high in quota.each)
    code = ("stated.per-others" if each else "stated.per") if bounded else "stated.per-each"
    return _say(
        code, fact=full_label(quota.per), counted=f" {counted}" if counted[:1].isdigit() else counted, each=each
    )


def amount_sentence(amount: Amount) -> str:
    """What an applicant would get, without the label."""
    if amount.fact is None:
        if amount.when is None:
            return amount.literal
        return _say("stated.sum-when", literal=amount.literal, when=sentence(amount.when))
    if amount.when is None:
        return _say("stated.amount", fact=full_label(amount.fact))
    return _say("stated.amount-when", fact=full_label(amount.fact), when=sentence(amount.when))


def limit_sentence(limit: Limit) -> str:
    """What holds of all that are chosen together, without the label."""
    code = "sum" if limit.where is None else "share" if limit.share else "count"
    operator = "between" if limit.low and limit.high else "at_least" if limit.low else "at_most"
    asked = _say(f"stated.{code}.{operator}", low=limit.low, high=limit.high)
    if limit.where is None:
        names = "、".join(_say("stated.named", label=label) for label in limit.sums)
        return _say("stated.total", names=names, asked=asked)
    return _say("stated.limit", where=sentence(limit.where), asked=asked)


def _counted(low: int | None, high: int | None) -> str:
    if low is not None and high is not None:
        return _say("stated.count.exactly", n=low) if low == high else _say("stated.count.between", low=low, high=high)
    return _say("stated.count.at_most", high=high) if low is None else _say("stated.count.at_least", low=low)
