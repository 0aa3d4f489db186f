"""Deciding, and deciding again with what people found: one way for requests and for commands.

A decision names the texts it was made under, so they are archived first; it is answered once it is durable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from service.decisions.entry import DecisionDraft
from service.decisions.log import DecisionLog
from service.decisions.reading import Stored
from service.decisions.subjects import subject_of
from service.engine.application import Application, read_application
from service.engine.assess import Assessment, assess
from service.engine.explanation import explain
from service.engine.findings import Finding, read_findings
from service.engine.revisions import Revision
from service.policy.model import Policy
from service.problems import PointerPlace, Problem, problem
from service.rounds.archive import RevisionArchive
from service.rounds.faults import NotDecided

_PLAIN = "sha256:"
#: The client's key and the canonical body of its request.
Once = tuple[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Redecision:
    """A decision made again with findings, not logged yet.

    `findings` are all that count for it, the older ones first, as they will be stored; `added` are the new ones.
    """

    stored: Stored
    policy: Policy
    assessment: Assessment
    reply: Mapping[str, Any]
    findings: tuple[Mapping[str, Any], ...]
    added: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decider:
    """Decides under one revision of the policies; the caller holds it until the last call returns.

    `requested_by` is whom the log names, `clock` tells the time in the zone of the entries. Whatever logs raises
    what `DecisionLog.append` raises.
    """

    log: DecisionLog
    archive: RevisionArchive
    revision: Revision
    requested_by: str
    clock: Callable[[], datetime]

    def decide(
        self, policy: Policy, application: Application, *, received_at: datetime, once: Once | None = None
    ) -> Stored:
        """A decision on an application, durable when this returns."""
        assessment = self._assessed(policy, application, ())
        draft = self._draft(assessment, (), received_at=received_at)
        return self.log.append(draft, idempotency=once)

    def again(self, stored: Stored, body: object) -> Redecision:
        """What a decision comes to with the findings in a JSON array, older ones kept; nothing is logged.

        The application is the stored one, the policy the edition of the stored decision as it is in force now.
        Raises NotDecided with every fault.
        """
        named = stored.public["policy"]
        policy = self._edition(named["id"], named["edition"])
        application, problems = read_application(policy, stored.application)
        _, outdated = read_findings(policy, [*stored.findings])
        if application is None or outdated:
            raise NotDecided("findings-outdated", (*problems, *outdated))
        _, faults = read_findings(policy, body, stored.application)
        faults = (*faults, *self._of_others(stored, body))
        if faults:
            raise NotDecided("findings-invalid", faults)
        if not isinstance(body, list) or not body:
            raise NotDecided("findings-invalid", [problem("findings-empty", PointerPlace(""))])
        # Bound to the application they were made on: by the digest in the sealed part of its decision.
        bound = stored.public["application_digest"]
        added = tuple({**item, "application_digest": item.get("application_digest") or bound} for item in body)
        raw = (*stored.findings, *added)
        findings, _ = read_findings(policy, [*raw])
        assessment = self._assessed(policy, application, findings)
        reply = explain(assessment)
        return Redecision(stored=stored, policy=policy, assessment=assessment, reply=reply, findings=raw, added=added)

    def record(self, made: Redecision, *, received_at: datetime, once: Once | None = None) -> Stored:
        """The redecision, durable when this returns; it supersedes the decision it was made from."""
        return self.log.append(self._redraft(made, received_at), idempotency=once)

    def record_together(self, made: Sequence[Redecision], *, received_at: datetime) -> tuple[Stored, ...]:
        """Several redecisions, all or none."""
        return self.log.append_together([self._redraft(one, received_at) for one in made])

    def _edition(self, policy_id: str, edition: str) -> Policy:
        editions = self.revision.snapshot.editions(policy_id)
        if not editions:
            raise NotDecided("policy-not-found", known="、".join(self.revision.snapshot.ids()))
        found = self.revision.snapshot.find(policy_id, edition)
        if found is None:
            raise NotDecided("edition-not-found", known="、".join(policy.edition for policy in editions))
        return found

    def _of_others(self, stored: Stored, body: object) -> Iterator[Problem]:
        """Findings that name the application of a decision outside the chain this one ends."""
        for index, item in enumerate(body if isinstance(body, list) else []):
            digest = item.get("application_digest") if isinstance(item, dict) else None
            if not isinstance(digest, str) or digest.startswith(_PLAIN) or digest in self._digests(stored):
                continue
            yield problem("finding-other-application", PointerPlace(f"/{index}/application_digest"))

    def _digests(self, stored: Stored) -> Iterator[str]:
        """The digests of one application in a decision and all it superseded: each has a key of its own."""
        public: Mapping[str, Any] = stored.public
        while True:
            yield public["application_digest"]
            before = None if public["supersedes"] is None else self.log.public(public["supersedes"])
            if before is None:
                return
            public = before.public

    def _assessed(self, policy: Policy, application: Application, findings: tuple[Finding, ...]) -> Assessment:
        return assess(self.revision.compiled(policy), application, findings=findings, on=self.clock())

    def _redraft(self, made: Redecision, received_at: datetime) -> DecisionDraft:
        return self._draft(
            made.assessment,
            made.findings,
            received_at=received_at,
            reply=made.reply,
            supersedes=made.stored.decision_id,
        )

    def _draft(
        self,
        assessment: Assessment,
        raw_findings: tuple[Mapping[str, Any], ...],
        *,
        received_at: datetime,
        reply: Mapping[str, Any] | None = None,
        supersedes: str | None = None,
    ) -> DecisionDraft:
        policy = assessment.policy
        self.archive.record(self.revision.snapshot, assessment.on)
        archived = self.archive.of(policy)
        return DecisionDraft(
            policy_id=policy.id,
            edition=policy.edition,
            policy_digest=archived.policy,
            tables=archived.pinned,
            requested_by=self.requested_by,
            received_at=received_at,
            on=assessment.on,
            application=assessment.application.data,
            findings=raw_findings,
            reply=explain(assessment) if reply is None else reply,
            overall=assessment.overall,
            conditions=assessment.statuses,
            supersedes=supersedes,
            subject=subject_of(policy, assessment.application.data),
        )
