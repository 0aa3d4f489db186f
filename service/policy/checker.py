"""A policy file as read -> Policy, with every problem of structure and meaning in it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from service.policy.archived import Archived
from service.policy.asking import AskingReader
from service.policy.closing import read_deadline, read_zone
from service.policy.conditions import ConditionReader
from service.policy.dependencies import conditions_in, facts_of, rests_on
from service.policy.derived import DerivedReader
from service.policy.factbook import FactBook, scope_of
from service.policy.facts import IN_TIME, Fact
from service.policy.head import HeadReader
from service.policy.kinds import AllOf, Condition, Judgement, Rows, Ruling
from service.policy.meeting import NAMED_SECTIONS, SINGLE_SECTIONS, section_label
from service.policy.model import Parameter, Policy, Section, SectionKind
from service.policy.operands import OperandReader
from service.policy.policy_schema import PolicySchema
from service.policy.reading import Path, Reading
from service.policy.source_text import SourceDocument
from service.policy.structure import structure_problems
from service.policy.tables import Document, Table
from service.problems import Problem, Severity, sort

LANGUAGE = 1
_ID = re.compile(r"[^\s./\[\]{}#\U00010000-\U0010ffff]+")


def check_policy(
    document: SourceDocument,
    raw: bytes,
    *,
    tables: Mapping[str, Table],
    texts: Mapping[str, Archived],
    unread: frozenset[str] = frozenset(),
) -> tuple[Policy | None, tuple[Problem, ...]]:
    """The policy a file holds, or None; and all its problems, sorted.

    `tables` are the shared tables by id; `texts` holds the archived documents, file name as the policy writes
    it -> (text, digest), or the code of what is wrong with it. `unread` are tables whose files are at fault:
    naming one of them is no second fault.
    Warnings alone do not withhold the policy.
    """
    found, broken = structure_problems(document, PolicySchema())
    reading = Reading(document, broken)
    policy = _Checker(reading, FactBook(reading, tables, unread=unread), dict(texts)).policy(raw)
    problems = sort((*found, *reading.problems))
    faulty = any(p.severity is Severity.ERROR for p in problems)
    return (None if faulty else policy), problems


class _Checker:
    def __init__(self, reading: Reading, facts: FactBook, texts: dict[str, Archived]) -> None:
        self.reading = reading
        self.data = reading.mapping(reading.document.data)
        self.facts = facts
        self.documents: dict[str, Document] = reading.documents(self.data.get("documents"), ("documents",), texts)
        self.notice = self._notice()

    def policy(self, raw: bytes) -> Policy | None:
        data = self.data
        self._language()
        start, end = self._effective()
        root = self.facts.declare(data.get("facts"), ("facts",))
        parameters = self._parameters()
        stated, at = data.get("deadline"), ("deadline",)
        zone = read_zone(self.reading, stated, at)
        closing = read_deadline(
            self.reading, stated, at, zone=zone, documents=self.documents, notice=self.notice
        )  # fmt: skip
        reader = ConditionReader(
            self.reading,
            self.facts,
            documents=self.documents,
            notice=self.notice,
            rulings=self._rulings(),
            parameters=parameters,
            date=self._date_of_spans,
            closing=closing,
        )
        operands = OperandReader(self.facts, parameters)
        asking = AskingReader(self.reading, reader, operands, data.get("date"))
        derived = DerivedReader(self.facts, operands, asking).read(data.get("derived"), ("derived",))
        date_fact = self._date_fact()
        head = HeadReader(reader)
        trust = self._trust(reader)
        scope = self._section(reader, "scope", SectionKind.REFUSE, ("scope",), data.get("scope"))
        criteria = tuple(
            self._section(reader, name, SectionKind.REFUSE, ("criteria", name), item)
            for name, item in self.reading.mapping(data.get("criteria")).items()
        )
        tiers = tuple(
            self._section(reader, name, SectionKind.TIER, ("tiers", name), item)
            for name, item in self.reading.mapping(data.get("tiers")).items()
        )
        self._names_of_sections()
        materials = self._section(reader, "materials", SectionKind.CORRECT, ("materials",), data.get("materials"))
        formalities = self._section(
            reader, "formalities", SectionKind.CORRECT, ("formalities",), data.get("formalities")
        )
        preferences = self._section(reader, "preferences", SectionKind.TAG, ("preferences",), data.get("preferences"))
        award = self._award()
        awarded = self.reading.mapping(data.get("award"))
        applicant = head.applicant(data.get("applicant"), ("applicant",))
        quotas = head.quotas(awarded.get("quotas"), ("award", "quotas"))
        amounts = head.amounts(awarded.get("amounts"), ("award", "amounts"))
        limits = head.limits(data.get("limits"), ("limits",), amounts)
        reader.points.check()
        reader.meets.check()
        procedures = head.procedures(data.get("procedures"), ("procedures",))
        if start is None or date_fact is None:
            return None
        source = self.reading.document.source
        return Policy(
            id=str(data.get("policy")),
            edition=str(data.get("edition")),
            title=str(data.get("title")),
            authority=str(data.get("authority")),
            effective_from=start,
            effective_until=end,
            date_fact=date_fact,
            applicant=applicant,
            closing=closing,
            zone=zone,
            award=award,
            quotas=quotas,
            amounts=amounts,
            limits=limits,
            procedures=procedures,
            documents=tuple(self.documents.values()),
            rulings=tuple(reader.rulings.values()),
            parameters=tuple(reader.parameters.values()),
            facts=root,
            derived=derived,
            trust=trust,
            scope=scope,
            criteria=criteria,
            tiers=tiers,
            materials=materials,
            formalities=formalities,
            preferences=preferences,
            tables=tuple(sorted(self.facts.tables.values(), key=lambda table: table.id)),
            digest=source.digest,
            file=source.file,
            raw=raw,
            language=self.reading.document.language,
        )

    # --- head -----------------------------------------------------------------------------------------------

    def _language(self) -> None:
        version = self.data.get("language")
        if isinstance(version, int) and version != LANGUAGE:
            self.reading.fault("language-version", ("language",), version=version, known_version=LANGUAGE)

    def _notice(self) -> str:
        """The notice that a citation without a document is of; "" where the file does not say."""
        name = self.data.get("notice")
        if name is None or self.reading.is_broken(("documents",)):
            return ""
        if str(name) not in self.documents:
            self.reading.fault("unknown-document", ("notice",), name=str(name), near=str(name), known=self.documents)
        return str(name)

    def _effective(self) -> tuple[dt.date | None, dt.date | None]:
        period = self.reading.mapping(self.data.get("effective"))
        first = period.get("from")
        start = None if first is None else self.reading.day(first, ("effective", "from"))
        until = period.get("until")
        end = None if until is None else self.reading.day(until, ("effective", "until"))
        if start is not None and end is not None and end < start:
            self.reading.fault("period-reversed", ("effective", "until"))
        return start, end

    def _date_fact(self) -> Fact | None:
        name = self.data.get("date")
        if name is None:
            return None
        fact = self.facts.find(name, ("date",), "")
        if fact is not None and fact.type not in IN_TIME:
            self.reading.fault("argument-type", ("date",), name=fact.path, function="date")
            return None
        return fact

    def _date_of_spans(self) -> Fact | None:
        """The day of the application, which may be a derived fact; what is wrong with it is told elsewhere."""
        found = self.facts.known.get(str(self.data.get("date")))
        return found if isinstance(found, Fact) and found.type in IN_TIME else None

    def _award(self) -> tuple[tuple[str, str], ...]:
        award = self.reading.mapping(self.data.get("award"))
        stated = []
        for name, key in (("quota", "at_most"), ("grant", "amount")):
            entry = self.reading.mapping(award.get(name))
            self._cite(entry.get("cite"), ("award", name, "cite"))
            if key in entry:
                stated.append((name, str(entry[key])))
        return tuple(stated)

    def _cite(self, value: Any, path: Path) -> None:
        self.reading.citations(value, path, self.documents, self.notice)

    def _rulings(self) -> dict[str, Ruling]:
        return {
            name: Ruling(
                id=name,
                text=str(entry.get("text", "")),
                by=None if entry.get("by") is None else str(entry["by"]),
                on=None if entry.get("on") is None else str(entry["on"]),
                reason=None if entry.get("reason") is None else str(entry["reason"]),
                general=entry.get("general") is True,
            )
            for name, item in self.reading.mapping(self.data.get("rulings")).items()
            for entry in (self.reading.mapping(item),)
        }

    def _parameters(self) -> dict[str, Parameter]:
        parameters = {}
        for name, item in self.reading.mapping(self.data.get("parameters")).items():
            entry = self.reading.mapping(item)
            cited = self.reading.citations(entry.get("cite"), ("parameters", name, "cite"), self.documents, self.notice)
            parameters[name] = Parameter(
                id=name,
                label=str(entry.get("label", name)),
                literal=str(entry.get("value", "")),
                citations=cited,
            )
        return parameters

    # --- conditions -----------------------------------------------------------------------------------------

    def _trust(self, reader: ConditionReader) -> tuple[tuple[Fact, Condition], ...]:
        """Conditions on which facts are believed; none may depend on a fact that is itself so conditioned."""
        trust = []
        for name, (data, path) in self.facts.trust.items():
            condition = reader.read(data, path, scope=scope_of(name), cited=True)
            fact = self.facts.known.get(name)
            if condition is None or not isinstance(fact, Fact):
                continue
            if self._beyond_trust(condition, path):
                continue
            doubted = next((f for f in facts_of(condition) if rests_on(f, self.facts.trust)), None)
            if doubted is not None:
                self.reading.fault("trust-in-a-circle", path, at_key=True, name=doubted.path)
                continue
            trust.append((fact, condition))
        return tuple(trust)

    def _beyond_trust(self, condition: Condition, path: Path) -> bool:
        """Whether a condition holds what is not known when facts are believed: rows, and what people judge."""
        inner = next((c for c in conditions_in(condition) if isinstance(c, Rows | Judgement)), None)
        if inner is not None:
            code = "trust-over-list" if isinstance(inner, Rows) else "trust-asks-people"
            self.reading.fault(code, path, at_key=True)
        return inner is not None

    def _section(self, reader: ConditionReader, name: str, kind: SectionKind, path: Path, data: Any) -> Section:
        label = section_label(name, self.reading.mapping(data).get("label"))
        root = None if data is None else reader.section(data, path)
        return Section(
            id=name,
            label=label,
            kind=kind,
            root=root if root is not None else AllOf(children=(), position=self.reading.place(path)),
            position=self.reading.place(path, key=True),
        )

    def _names_of_sections(self) -> None:
        """Criteria and tiers are called by one name each, and by none of the sections every policy has."""
        first: dict[str, Path] = {}
        for kind in NAMED_SECTIONS:
            for name in self.reading.mapping(self.data.get(kind)):
                here = (kind, name)
                if name in SINGLE_SECTIONS or _ID.fullmatch(name) is None:
                    self.reading.fault("bad-id", here, at_key=True, name=name)
                elif name in first:
                    line = self.reading.place(first[name], key=True).line
                    self.reading.fault("id-twice", here, at_key=True, name=name, line=line)
                first.setdefault(name, here)
