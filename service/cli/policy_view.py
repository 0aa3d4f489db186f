"""A policy as a page for reading: head, documents, parameters, conditions, rulings, tables."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from service import messages
from service.authoring.page import citation_text
from service.authoring.readback import Line, section_lines
from service.authoring.table_texts import table_texts
from service.cli.prose import Prose
from service.cli.screen import bullets, heading, named
from service.policy.formulas import formula_line, formulas
from service.policy.kinds import AllOf
from service.policy.model import Policy
from service.policy.statements import (
    amount_sentence,
    applicant_sentence,
    deadline_label,
    limit_sentence,
    quota_sentence,
)
from service.policy.terms import Amount, Limit, Quota
from service.policy.usage import tables_in_use

_say = messages.text


def show_policy(policy: Policy, target: Console) -> None:
    """The whole policy, as it was read."""
    target.print(heading(_say("view.policy", title=policy.title, edition=policy.edition)))
    target.print(named(_head(policy)))
    target.print()
    target.print(heading(_say("policy.documents")))
    target.print(bullets(_documents(policy)))
    if policy.parameters:
        target.print()
        target.print(heading(_say("policy.parameters")))
        target.print(bullets(_parameters(policy)))
    for section in policy.sections:
        if section.root == AllOf(children=()):
            continue  # left out of the file: it asks nothing
        target.print()
        target.print(heading(_say("policy.section", label=section.label, id=section.id)))
        meaning = Prose(_say(f"policy.kind.{section.kind.value}"), "dim")
        target.print(Padding(meaning, (0, 0, 0, 2), expand=False))
        for line in section_lines(section):
            _condition(line, target)
    if policy.derived:
        target.print()
        target.print(heading(_say("formula.heading")))
        target.print(bullets(formula_line(fact, said) for fact, said in formulas(policy)))
    for title, stated in _stated(policy):
        if stated:
            target.print()
            target.print(heading(title))
            target.print(bullets(stated))
    if policy.procedures:
        target.print()
        target.print(heading(_say("policy.procedures")))
        target.print(bullets(_procedures(policy)))
    if policy.rulings:
        target.print()
        target.print(heading(_say("policy.rulings")))
        target.print(
            named({ruling.id: _ruling(ruling.text, ruling.by, ruling.on, ruling.reason) for ruling in policy.rulings})
        )
    tables = tables_in_use(policy)
    if tables:
        target.print()
        target.print(heading(_say("policy.tables")))
    for title, texts in table_texts(tables):
        target.print(Padding(Text(title), (0, 0, 0, 2), expand=False))
        for text in texts:
            target.print(Padding(Prose(text), (0, 0, 0, 4), expand=False))


def _head(policy: Policy) -> dict[str, str]:
    until = policy.effective_until.isoformat() if policy.effective_until else _say("policy.until-further-notice")
    period = _say("policy.period", start=policy.effective_from.isoformat(), until=until)
    head = {
        _say("policy.id"): f"{policy.id} {policy.edition}",
        _say("policy.authority"): policy.authority,
        _say("policy.effective"): period,
        _say("policy.date"): _say("policy.date-fact", label=policy.date_fact.label, path=policy.date_fact.path),
    }
    if applicant := applicant_sentence(policy.applicant):
        head[_say("policy.applicant")] = applicant
    head[deadline_label(policy)] = policy.deadline or _say("policy.deadline-unknown")
    head |= {_say(f"policy.award.{name}"): value for name, value in policy.award}
    head[_say("policy.file")] = policy.file
    head[_say("policy.digest")] = policy.digest
    return head


def _documents(policy: Policy) -> Iterator[str]:
    for document in policy.documents:
        text = _say("policy.document", title=document.title)
        text += "".join(f"，{part}" for part in (document.number, document.issuer) if part)
        yield text + (_say("policy.archived", file=document.file) if document.text is not None else "")


def _parameters(policy: Policy) -> Iterator[str]:
    for parameter in policy.parameters:
        text = _say("policy.parameter", label=parameter.label, value=parameter.literal, id=parameter.id)
        yield "\n".join((text, *(citation_text(citation) for citation in parameter.citations)))


def _stated(policy: Policy) -> Iterator[tuple[str, list[str]]]:
    """What the policy states of award and round, under its headings."""

    def one(item: Quota | Amount | Limit, text: str) -> str:
        cited = (citation_text(citation) for citation in item.citations)
        return "\n".join((_say("policy.stated", label=item.label, text=text), *cited))

    yield _say("policy.quotas"), [one(item, quota_sentence(item)) for item in policy.quotas]
    yield _say("policy.amounts"), [one(item, amount_sentence(item)) for item in policy.amounts]
    yield _say("policy.limits"), [one(item, limit_sentence(item)) for item in policy.limits]


def _procedures(policy: Policy) -> Iterator[str]:
    for procedure in policy.procedures:
        cited = (citation_text(citation) for citation in procedure.citations)
        yield "\n".join((*filter(None, [procedure.label]), *cited))


def _condition(line: Line, target: Console) -> None:
    indent = (0, 0, 0, 2 + 2 * line.depth)
    title = f"{line.title}：" if line.title else ""
    rulings = _say("policy.by-rulings", rulings="、".join(line.rulings)) if line.rulings else ""
    target.print(Padding(Prose(f"{title}{line.sentence}{rulings}"), indent, expand=False))
    for citation in line.citations:
        target.print(Padding(Prose(citation_text(citation), "dim"), (0, 0, 0, indent[3] + 2), expand=False))


def _ruling(text: str, by: str | None, on: str | None, reason: str | None) -> str:
    source = "，".join(part for part in (by, on, reason) if part)
    return _say("policy.ruling", text=text, source=source) if source else text
