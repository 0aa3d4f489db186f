"""What of two editions stands outside their conditions and facts: head, parameters, rulings, documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from service import messages
from service.authoring.changes import NOWHERE, Change, Part, details_of, kind_of
from service.authoring.diff_terms import PATHS
from service.authoring.effects import Sense, plain
from service.authoring.flow import leaves
from service.authoring.matching import Matched, match, side_by_side
from service.authoring.told import cited, key_name
from service.policy.model import Policy
from service.policy.source_text import SourceDocument
from service.policy.tables import Citation, Document

_say = messages.text
# Top-level keys that are told part by part; all others are of the head.
_TOLD = frozenset(
    ("documents", "rulings", "parameters", "facts", "derived", "scope", "criteria", "tiers", "materials",
     "formalities", "preferences", "language", "notice"),
)  # fmt: skip


def diff_head(old: SourceDocument, new: SourceDocument) -> Iterator[Change]:
    """Every value of the head that differs: title, authority, period, deadline, award and what else it says."""
    before, after = (
        {
            path: text
            for key, value in side.data.items()
            if key not in _TOLD
            for path, text in leaves(value, (key,))
            if not any(path[: len(term)] == term for term in PATHS)
        }
        for side in (old, new)
    )
    for path in dict.fromkeys((*after, *before)):
        then, now = before.get(path), after.get(path)
        if then != now:
            yield Change(
                part=Part.HEAD,
                kind=kind_of(then, now),
                subject=".".join(path),
                title="·".join(key_name(step) for step in path),
                before=then,
                after=now,
                place_before=NOWHERE if then is None else old.place(path),
                place_after=NOWHERE if now is None else new.place(path),
            )


def diff_parameters(old: Policy, new: Policy, documents: Mapping[str, str]) -> Iterator[Change]:
    """Parameters with the number before and after."""
    before, after = old.parameters, new.parameters
    matched = match(before, after, (lambda p: p.id, lambda p: p.label), lambda p: f"{p.id}{p.label}")
    for then, now in side_by_side(before, after, matched):
        held = now or then
        details = []
        if then is not None and now is not None:
            details = [
                ("id", then.id, now.id),
                ("label", then.label, now.label),
                *_citations(then.citations, now.citations, documents),
            ]
        told = details_of(details)
        literal = (then and then.literal, now and now.literal)
        if literal[0] != literal[1] or told:
            yield Change(
                part=Part.PARAMETERS,
                kind=kind_of(then, now),
                subject=held.id,
                title=_say("read.title", label=held.label, id=held.id),
                sense=Sense.WORDING if literal[0] == literal[1] else None,
                before=literal[0] if literal[0] != literal[1] else None,
                after=literal[1],
                details=told,
            )


def diff_rulings(old: Policy, new: Policy) -> Iterator[Change]:
    """Rulings by id: their text, who signed them, when and why."""
    before, after = old.rulings, new.rulings
    matched = match(before, after, (lambda r: r.id,), lambda r: r.text)
    for then, now in side_by_side(before, after, matched):
        held = now or then
        if then == now:
            continue
        details = []
        if then is not None and now is not None:
            details = [(name, getattr(then, name), getattr(now, name)) for name in ("id", "by", "on", "reason")]
        same = then is not None and now is not None and then.text == now.text
        yield Change(
            part=Part.RULINGS,
            kind=kind_of(then, now),
            subject=held.id,
            title=held.id,
            sense=Sense.WORDING if same else None,
            before=None if same or then is None else then.text,
            after=None if same or now is None else now.text,
            details=details_of(details),
        )


def diff_documents(old: Policy, new: Policy) -> tuple[dict[str, str], list[Change]]:
    """How the newer edition calls each document of the older, and what differs in the documents."""
    before, after = old.documents, new.documents
    names = (lambda d: d.id, lambda d: d.title)
    matched = match(before, after, names, lambda d: d.title)
    # The notice of one year and that of the next have ids of their own and titles that differ by a year.
    rest = matched.dropped, matched.added
    again = match(
        [before[index] for index in rest[0]], [after[index] for index in rest[1]], (lambda _d: None,), lambda d: d.title
    )
    pairs = [*matched.pairs, *((rest[0][a], rest[1][b]) for a, b in again.pairs)]
    matched = Matched(
        tuple(sorted(pairs, key=lambda pair: pair[1])),
        tuple(rest[0][index] for index in again.dropped),
        tuple(rest[1][index] for index in again.added),
    )
    called = {before[first].id: after[second].id for first, second in matched.pairs}
    return called, list(_documents(before, after, matched))


def _documents(before: Sequence[Document], after: Sequence[Document], matched: Matched) -> Iterator[Change]:
    for then, now in side_by_side(before, after, matched):
        held = now or then
        details = []
        if then is not None and now is not None:
            parts = ("id", "title", "number", "issuer", "file")
            details = [(name, getattr(then, name), getattr(now, name)) for name in parts]
            if then.text != now.text and then.file == now.file:
                details.append(("text", _say("diff.text-then"), _say("diff.text-now")))
        told = details_of(details)
        if then is None or now is None or told:
            yield Change(
                part=Part.DOCUMENTS,
                kind=kind_of(then, now),
                subject=held.id,
                title=_say("policy.document", title=held.title),
                details=told,
            )


def _citations(
    then: tuple[Citation, ...], now: tuple[Citation, ...], documents: Mapping[str, str]
) -> list[tuple[str, str | None, str | None]]:
    if plain(then, documents) == plain(now):
        return []
    before, after = ("；".join(cited(item) for item in side) or None for side in (then, now))
    return [("citations", before, after)]
