"""What two editions state beside their conditions compared: quotas, amounts, limits, procedure, each as one change."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from service import messages
from service.authoring.changes import NOWHERE, Change, Part, details_of, kind_of
from service.authoring.diff_facts import recomputed
from service.authoring.effects import Sense, plain
from service.authoring.matching import match, side_by_side
from service.authoring.told import text_of
from service.policy.dependencies import rests_on
from service.policy.model import Policy
from service.policy.source_text import SourceDocument
from service.policy.statements import amount_sentence, limit_sentence, quota_sentence
from service.policy.terms import Amount, Limit, Procedure, Quota

_say = messages.text
#: Where the file writes what is told here, which the rest of the head leaves out.
PATHS = (("award", "quotas"), ("award", "amounts"), ("limits",), ("procedures",))
_Term = Quota | Amount | Limit | Procedure
_Of = Callable[[Policy], Sequence[_Term]]


def diff_terms(
    old: tuple[Policy, SourceDocument], new: tuple[Policy, SourceDocument], documents: Mapping[str, str]
) -> Iterator[Change]:
    """Quotas, amounts, limits and procedures by label, each with what it says and what it cites.

    `documents` names a document of the older edition as the newer one does.
    """
    kinds: tuple[_Of, ...] = (
        lambda policy: policy.quotas,
        lambda policy: policy.amounts,
        lambda policy: policy.limits,
        lambda policy: policy.procedures,
    )
    computed = recomputed(old[0], new[0])
    for path, of in zip(PATHS, kinds, strict=True):
        before, after = of(old[0]), of(new[0])
        lines = {id(term): old[1].place((*path, index)) for index, term in enumerate(before)}
        lines |= {id(term): new[1].place((*path, index)) for index, term in enumerate(after)}
        matched = match(before, after, (lambda term: term.label, _said), lambda term: f"{term.label}{_said(term)}")
        for then, now in side_by_side(before, after, matched):
            moved = _moved(then, now, computed)
            if plain(then, documents) == plain(now) and not moved:
                continue
            held = now or then
            same = then is not None and now is not None and _said(then) == _said(now)
            yield Change(
                part=Part.HEAD,
                kind=kind_of(then, now),
                subject=".".join(path),
                title=_say("diff.term", kind=_say(f"diff.term.{path[-1]}"), label=held.label or ""),
                sense=Sense.WORDING if (same and not moved) or isinstance(held, Procedure) else None,
                before="；".join(one for one, _ in moved) or (None if same or then is None else _said(then) or None),
                after="；".join(one for _, one in moved) or (None if same or now is None else _said(now) or None),
                details=details_of(list(_details(then, now, documents))),
                place_before=lines.get(id(then), NOWHERE),
                place_after=lines.get(id(now), NOWHERE),
            )


def _moved(then: _Term | None, now: _Term | None, computed: Mapping[str, tuple[str, str]]) -> list[tuple[str, str]]:
    """What the same amount rests on that is computed otherwise: the formulas before and after."""
    if not isinstance(then, Amount) or not isinstance(now, Amount) or _said(then) != _said(now) or now.fact is None:
        return []
    fact = now.fact
    return [texts for path, texts in computed.items() if rests_on(fact, {path: texts})]


def _said(term: _Term) -> str:
    """What it states, without its label; nothing for a procedure."""
    match term:
        case Quota():
            return quota_sentence(term)
        case Amount():
            return amount_sentence(term)
        case Limit():
            return limit_sentence(term)
    return ""


def _details(
    then: _Term | None, now: _Term | None, documents: Mapping[str, str]
) -> Iterator[tuple[str, str | None, str | None]]:
    """What it is called and cites; of one that came or went the quote alone."""
    for name in ("label", "citations", "rulings"):
        before, after = (getattr(term, name, None) for term in (then, now))
        whole = then is not None and now is not None
        if (whole or name == "citations") and plain(before, documents) != plain(after):
            yield name, text_of(name, before), text_of(name, after)
