"""A policy as a page for reading: each sentence of the notice and what became of it, and what was understood.

A page is data: texts, and links between them by anchor. `page_html` and `page_markdown` write it down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from service import messages
from service.authoring.fact_sheet import FactRow, fact_rows
from service.authoring.readback import section_lines
from service.authoring.table_texts import table_texts
from service.policy.bilingual import read_bilingual
from service.policy.coverage import Quote, notice_of, quotes_of
from service.policy.formulas import formulas
from service.policy.kinds import Condition, Judgement
from service.policy.model import Policy, Section
from service.policy.notice import Passage, passages
from service.policy.policy_schema import PolicySchema
from service.policy.source_text import SourceDocument
from service.policy.statements import (
    amount_sentence,
    applicant_sentence,
    deadline_label,
    limit_sentence,
    quota_sentence,
)
from service.policy.tables import Citation, Document
from service.policy.terms import Amount, Limit, Quota
from service.policy.usage import tables_in_use
from service.problems import FilePlace

_say = messages.text


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to an anchor of the page."""

    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A passage of the notice: whether something must come of it, and what came of it."""

    anchor: str
    text: str
    line: int
    kind: str
    speaks: bool
    uses: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Cited:
    """A citation: its text, and the sentence of the notice it leads to where there is one."""

    text: str
    sentence: str | None


@dataclass(frozen=True, slots=True)
class Item:
    """A line of a part of the page: a condition as it was understood, a parameter, a procedure."""

    anchor: str
    depth: int
    title: str
    text: str
    citations: tuple[Cited, ...] = ()
    rulings: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page with its heading; `note` says what it means for the whole."""

    anchor: str
    title: str
    note: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole page; `uncovered` counts the sentences that nothing came of; `derived` is label, path, formula."""

    title: str
    edition: str
    head: tuple[tuple[str, str], ...]
    notice: str | None
    sentences: tuple[Sentence, ...]
    uncovered: int
    sections: tuple[Part, ...]
    more: tuple[Part, ...]
    facts: tuple[FactRow, ...]
    derived: tuple[tuple[str, str, str], ...]
    tables: tuple[tuple[str, tuple[str, ...]], ...]


def page_of(policy: Policy) -> Page:
    """The page of a policy as it was read; the same policy gives the same page."""
    return _Maker(policy).page()


class _Maker:
    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.document = _document(policy)
        notice = notice_of(policy, self.document)
        self.notice = notice
        self.quotes: tuple[Quote, ...] = () if notice is None else quotes_of(self.document, notice)
        self.passages: tuple[Passage, ...] = () if notice is None else passages(notice.text or "")
        self.meant = [(quote, quote.passages(self.passages)) for quote in self.quotes]
        self.anchors = {passage: f"s{number}" for number, passage in enumerate(self.passages, start=1)}
        # Where each condition stands on the page, by its place in the file; other things by their path there.
        self.conditions: dict[FilePlace, Link] = {}
        self.others: dict[tuple[str | int, ...], Link] = {}
        self.rulings = {
            ruling.id: Link(f"ruling-{number}", ruling.id) for number, ruling in enumerate(policy.rulings, start=1)
        }

    def page(self) -> Page:
        policy = self.policy
        sections = tuple(self._section(section) for section in policy.sections)
        more = tuple(
            part for part in (self._parameters(), self._statements(), self._procedures(), self._rulings()) if part.items
        )
        sentences = tuple(self._sentences())
        return Page(
            title=policy.title,
            edition=policy.edition,
            head=tuple(self._head()),
            notice=None if self.notice is None else self.notice.title,
            sentences=sentences,
            uncovered=sum(sentence.speaks and not sentence.uses for sentence in sentences),
            # A section left out of the file asks nothing.
            sections=tuple(section for section in sections if any(item.text for item in section.items)),
            more=more,
            facts=tuple(fact_rows(policy)),
            derived=tuple((fact.label, fact.path, said) for fact, said in formulas(policy)),
            tables=tuple(table_texts(tables_in_use(policy))),
        )

    def _head(self) -> Iterator[tuple[str, str]]:
        policy = self.policy
        until = policy.effective_until.isoformat() if policy.effective_until else _say("policy.until-further-notice")
        yield _say("policy.id"), f"{policy.id} {policy.edition}"
        yield _say("policy.authority"), policy.authority
        yield _say("policy.effective"), _say("policy.period", start=policy.effective_from.isoformat(), until=until)
        yield (
            _say("policy.date"),
            _say("policy.date-fact", label=policy.date_fact.label, path=policy.date_fact.path),
        )
        if applicant := applicant_sentence(policy.applicant):
            yield _say("policy.applicant"), applicant
        for document in policy.documents:
            yield _say("page.document"), _document_text(document)
        yield _say("policy.file"), policy.file
        yield _say("policy.digest"), policy.digest

    # --- the notice ---

    def _sentences(self) -> Iterator[Sentence]:
        for passage, anchor in self.anchors.items():
            uses = dict.fromkeys(
                link
                for quote, meant in self.meant
                if passage in meant
                for link in (self._owner(quote.owner),)
                if link is not None
            )
            yield Sentence(
                anchor=anchor,
                text=passage.text,
                line=passage.line,
                kind=passage.kind.value,
                speaks=passage.speaks,
                uses=tuple(uses) if passage.speaks else (),
            )

    def _owner(self, path: tuple[str | int, ...]) -> Link | None:
        """What cites: the nearest thing on the page at or above a path of the file."""
        for length in range(len(path), 0, -1):
            above = path[:length]
            found = self.others.get(above) or self.conditions.get(self.document.place(above))
            if found is not None:
                return found
        return None

    def _cited(self, citations: Iterable[Citation]) -> tuple[Cited, ...]:
        return tuple(Cited(citation_text(citation), self._sentence(citation)) for citation in citations)

    def _sentence(self, citation: Citation) -> str | None:
        """The anchor of the first sentence in which the words of a citation stand."""
        if self.notice is None or citation.document.id != self.notice.id:
            return None
        words = (citation.clause, citation.quote)
        found = (meant for quote, meant in self.meant if (quote.clause, quote.text) == words)
        return next((self.anchors[meant[0]] for meant in found if meant), None)

    # --- what the program understood ---

    def _section(self, section: Section) -> Part:
        items = []
        for number, line in enumerate(section_lines(section)):
            # Ids hold no dot, so that no two anchors are the same.
            anchor = f"c.{section.id}.{line.id or f'.{number}'}"
            title = line.title
            what = _kind(section, line.condition)
            name = title or ("" if number == 0 else _short(line.sentence))
            shown = _say("page.use", what=what, section=section.label, name=name) if name else ""
            text = shown or _say("page.use-section", what=what, section=section.label)
            self.conditions.setdefault(line.condition.position, Link(anchor, text))
            items.append(
                Item(
                    anchor=anchor,
                    depth=line.depth,
                    title=title,
                    text=line.sentence,
                    citations=self._cited(line.citations),
                    rulings=tuple(self.rulings[name] for name in line.rulings),
                )
            )
        title = _say("policy.section", label=section.label, id=section.id)
        return Part(f"section-{section.id}", title, _say(f"policy.kind.{section.kind.value}"), tuple(items))

    def _parameters(self) -> Part:
        items = []
        for number, parameter in enumerate(self.policy.parameters, start=1):
            anchor = f"parameter-{number}"
            self.others["parameters", parameter.id] = Link(anchor, _say("page.parameter", label=parameter.label))
            title = _say("policy.section", label=parameter.label, id=parameter.id)
            items.append(Item(anchor, 0, title, parameter.literal, self._cited(parameter.citations)))
        return Part("parameters", _say("policy.parameters"), "", tuple(items))

    def _statements(self) -> Part:
        """What the head states: award and deadline."""
        policy = self.policy
        items = [
            self._statement(("deadline",), deadline_label(policy), policy.deadline or _say("policy.deadline-unknown")),
            *(self._statement(("award", name), _say(f"policy.award.{name}"), value) for name, value in policy.award),
        ]
        items += [self._stated(("award", "quotas", n), one, quota_sentence(one)) for n, one in enumerate(policy.quotas)]
        items += [
            self._stated(("award", "amounts", n), one, amount_sentence(one)) for n, one in enumerate(policy.amounts)
        ]
        items += [self._stated(("limits", n), one, limit_sentence(one)) for n, one in enumerate(policy.limits)]
        return Part("stated", _say("page.award"), "", tuple(items))

    def _stated(self, path: tuple[str | int, ...], stated: Quota | Amount | Limit, text: str) -> Item:
        return replace(self._statement(path, stated.label, text), citations=self._cited(stated.citations))

    def _statement(self, path: tuple[str | int, ...], title: str, text: str) -> Item:
        anchor = "-".join(map(str, path))
        self.others[path] = Link(anchor, title)
        return Item(anchor, 0, title, text)

    def _procedures(self) -> Part:
        items = []
        for number, procedure in enumerate(self.policy.procedures):
            anchor = f"procedure-{number + 1}"
            title = procedure.label or _say("page.procedure")
            self.others["procedures", number] = Link(anchor, _say("page.procedure-of", label=title))
            items.append(Item(anchor, 0, title, "", self._cited(procedure.citations)))
        return Part("procedures", _say("policy.procedures"), _say("page.procedures-note"), tuple(items))

    def _rulings(self) -> Part:
        items = []
        for ruling in self.policy.rulings:
            signed = "，".join(part for part in (ruling.by or _say("page.unsigned"), ruling.on) if part)
            reason = _say("page.reason", reason=ruling.reason) if ruling.reason else ""
            text = _say("page.ruling", text=ruling.text, signed=signed, reason=reason)
            items.append(Item(self.rulings[ruling.id].anchor, 0, ruling.id, text))
        return Part("rulings", _say("policy.rulings"), "", tuple(items))


def citation_text(citation: Citation) -> str:
    """Clause and quote; the document too where it is not quoted."""
    if citation.quote is None:
        return _say("policy.cited", title=citation.document.title, clause=citation.clause)
    return _say("policy.quoted", clause=citation.clause, quote=citation.quote)


def _document(policy: Policy) -> SourceDocument:
    """The file of a policy, read again for its places."""
    document = read_bilingual(policy.file, policy.raw, PolicySchema)[0]
    assert document is not None  # noqa: S101  # a policy was read from it
    return document


def _document_text(document: Document) -> str:
    text = _say("policy.document", title=document.title)
    return text + "".join(f"，{part}" for part in (document.number, document.issuer) if part)


def _kind(section: Section, condition: Condition) -> str:
    """What a sentence became: the name of the section's kind, or a question for people."""
    if isinstance(condition, Judgement):
        return _say("page.what.judgement")
    code = f"page.what.{section.id}"
    return _say(code) if messages.has(code) else _say("page.what.condition")


def _short(text: str, most: int = 16) -> str:
    return text if len(text) <= most else f"{text[:most]}……"
