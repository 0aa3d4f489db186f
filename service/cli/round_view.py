"""A round for reading and for scripts; the names of persons masked in both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service import messages
from service.cli.prose import Prose, plain
from service.cli.screen import bullets, heading
from service.engine.masking import masked_name, masked_value
from service.engine.personal import personal_kind
from service.policy.money import written_like
from service.policy.statements import limit_sentence, quota_sentence
from service.rounds.alike import Unalike
from service.rounds.publicity import rooms
from service.rounds.round import STATUSES, Round, reasons_of
from service.rounds.standing import Standing
from service.rounds.totals import totals

_say = messages.text
_STYLES = {
    "eligible": "green", "satisfied": "green", "needs_review": "yellow", "unknown": "magenta",
    "incomplete": "magenta", "not_satisfied": "red", "ineligible": "red",
}  # fmt: skip
# Enough of an id to find it by.
_SHORT = 8


def show_round(found: Round, selected: Sequence[Standing] | None, target: Console, *, output: str | None) -> None:
    """The figures first, then why, then whoever was judged unlike their like, then the list."""
    target.print(heading(_say("round.title", title=found.policy.title, edition=found.policy.edition)))
    target.print(bullets(summary_lines(found)))
    if found.standings:
        for title, table in (("round.sections", _sections(found)), ("round.reasons", _reasons(found))):
            if table.row_count:
                target.print(heading(_say(title)))
                target.print(Padding(table, (0, 0, 0, 2), expand=False))
        target.print(heading(_say("round.unalike")))
        if not found.unalike:
            target.print(bullets([_say("round.unalike.none")]))
        for item in found.unalike:
            target.print(Padding(Prose(unalike_title(item), "yellow"), (0, 0, 0, 2), expand=False))
            target.print(Padding(bullets(_found_lines(item)), (0, 0, 0, 2), expand=False))
        target.print(heading(_say("round.public" if selected is not None else "round.candidates")))
        if selected is not None and (lines := [*total_lines(found, selected, "chosen")]):
            target.print(Padding(bullets(lines), (0, 0, 0, 2), expand=False))
        target.print(
            Padding(_list(found, found.eligible if selected is None else selected), (0, 0, 0, 2), expand=False)
        )
    if output is not None:
        target.print(Prose(_say("round.output", path=output)))


def summary_lines(found: Round) -> Iterator[str]:
    """What there is, how it came out, how many may be chosen."""
    if not found.standings:
        yield _say("round.empty")
        return
    code = "round.total-replaced" if found.replaced else "round.total"
    yield _say(code, total=len(found.standings), replaced=found.replaced)
    counted = (_say("view.counted", label=_say(f"overall.{name}"), count=n) for name, n in found.overall.items())
    yield f"{_say('round.overall')}：{'，'.join(counted)}"
    if found.erased:
        yield _say("round.erased", count=found.erased)
    eligible = len(found.eligible)
    for quota in found.policy.quotas:
        yield _say("round.quota", label=quota.label, sentence=quota_sentence(quota), count=eligible)
    if any(room.most is not None and room.count > room.most for room in rooms(found.policy, found.eligible)):
        yield _say("round.quota-over")
    for limit in found.policy.limits:
        yield _say("round.limit", label=limit.label, sentence=limit_sentence(limit))
    yield from total_lines(found, found.eligible, "eligible")


def total_lines(found: Round, standings: Sequence[Standing], who: str) -> Iterator[str]:
    """What the amounts of these applications come to, a line for each limit on a sum; `who` is eligible or chosen."""
    for total in totals(found.policy, standings):
        limit = total.limit
        like = limit.high or limit.low or ""
        whole = written_like(total.sum, limit.unit, like)
        said = _say(f"round.sum.{who}", label=limit.label, count=len(standings), sum=whole)
        for name, by in (("over", total.over), ("short", total.short)):
            if by:
                said += _say(f"round.sum.{name}", by=written_like(by, limit.unit, like))
        if total.open:
            said += _say("round.sum.open", count=total.open)
        yield said


def unit_name(found: Round, standing: Standing) -> str:
    """The unit as it is shown: masked where the policy declares its name personal."""
    fact = found.policy.applicant.unit_name
    kind = None if fact is None else personal_kind(fact)
    shown = standing.unit if kind is None or standing.unit is None else str(masked_value(kind, standing.unit))
    return shown or _say("round.unnamed")


def person_name(standing: Standing) -> str:
    """The person as shown: never the whole name."""
    return masked_name(standing.person) if standing.person else _say("round.unnamed")


def award_lines(standing: Standing) -> list[str]:
    """What the applicant would get, a line each, without amounts whose condition fails."""
    award = () if standing.stored is None else standing.stored.reply.get("award") or ()
    return [f"{item['label']}：{item['value']}" for item in award if item["value"] is not None]


def unalike_title(item: Unalike) -> str:
    """Which findings differ, and how like the cases are."""
    return _say(f"round.unalike.{'same' if item.same else 'like'}", label=item.label, about=item.about)


def short(decision_id: str) -> str:
    """As much of an id as tells it apart on a screen."""
    return decision_id[:_SHORT]


def _found_lines(item: Unalike) -> Iterator[str]:
    for one in item.found:
        result = _say("round.upheld" if one.upheld else "round.rejected")
        decision = short(one.standing.summary.decision_id)
        told = {"by": plain(one.by), "reason": plain(one.reason), "holder": plain(one.standing.summary.requested_by)}
        line = _say("round.unalike.found", result=result, decision=decision, **told)
        yield line if one.declared else line + _say("round.unalike.undeclared")


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for code in columns:
        table.add_column(_say(code), overflow="fold")
    return table


def _sections(found: Round) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_say("round.section"))
    for status in STATUSES:
        table.add_column(_say(f"view.status.{status}"), justify="right")
    for section in found.sections:
        if any(section.statuses.values()):
            table.add_row(Prose(section.label), *(str(section.statuses[status] or "") for status in STATUSES))
    return table


def _reasons(found: Round) -> Table:
    table = _table("round.section", "round.condition", "round.status", "round.count")
    for reason in found.reasons:
        table.add_row(
            Prose(reason.section),
            Prose(reason.label),
            Text(_say(f"view.status.{reason.status}"), _STYLES[reason.status]),
            str(len(reason.decisions)),
        )
    return table


def _list(found: Round, listed: Sequence[Standing]) -> Table:
    awards = [award_lines(standing) for standing in listed]
    # A policy that gives everybody the same states it at its head.
    award = ("round.award",) if any(awards) else ()
    table = _table("round.number", "round.unit", "round.person", *award, "round.decision")
    for number, (standing, lines) in enumerate(zip(listed, awards, strict=True), start=1):
        name, person = plain(unit_name(found, standing)), plain(person_name(standing))
        told = [Prose("\n".join(lines))] if award else []
        table.add_row(str(number), Prose(name), Text(person), *told, short(standing.summary.decision_id))
    return table


# --- for scripts ---


def round_json(found: Round, selected: Sequence[Standing] | None) -> dict[str, Any]:
    """Everything as data, applications in the order of their submission."""
    return {
        "policy": found.policy.id,
        "edition": found.policy.edition,
        "applications": [_standing_json(found, item) for item in found.standings],
        "overall": dict(found.overall),
        "sections": [{"id": item.id, "label": item.label, "statuses": dict(item.statuses)} for item in found.sections],
        "reasons": [
            {
                "about": item.about,
                "section": item.section,
                "label": item.label,
                "status": item.status,
                "decisions": list(item.decisions),
            }
            for item in found.reasons
        ],
        "unalike": [
            {
                "about": item.about,
                "label": item.label,
                "same": item.same,
                "findings": [
                    {
                        "decision_id": one.standing.summary.decision_id,
                        "result": "upheld" if one.upheld else "rejected",
                        "by": one.by,
                        "reason": one.reason,
                        "conflict": "none" if one.declared else "undeclared",
                        "requested_by": one.standing.summary.requested_by,
                    }
                    for one in item.found
                ],
            }
            for item in found.unalike
        ],
        "quotas": [
            {"label": room.label, "at_least": room.least, "at_most": room.most, "eligible": room.count}
            for room in rooms(found.policy, found.eligible)
        ],
        "totals": [
            {
                "label": total.limit.label,
                "unit": total.limit.unit,
                **{
                    name: None if end is None else float(end)
                    for name, end in (
                        ("at_least", total.limit.at_least),
                        ("at_most", total.limit.at_most),
                        ("eligible", total.sum),
                    )
                },
                "undecided": total.open,
            }
            for total in totals(found.policy, found.eligible)
        ],
        "erased": found.erased,
        "replaced": found.replaced,
        "chosen": None if selected is None else [item.summary.decision_id for item in selected],
    }


def _standing_json(found: Round, standing: Standing) -> dict[str, Any]:
    return {
        "decision_id": standing.summary.decision_id,
        "sequence": standing.summary.sequence,
        "decided_at": standing.summary.decided_at.isoformat(),
        "unit": unit_name(found, standing) if standing.unit else None,
        "person": person_name(standing) if standing.person else None,
        "overall": standing.summary.overall,
        "reasons": [
            {"about": item.about, "label": item.label, "status": item.status}
            for item in reasons_of(found.policy, standing)
        ],
        "erased": standing.stored is None,
        "earlier": list(standing.earlier),
    }
