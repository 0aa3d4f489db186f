"""The conditions of two editions compared tree by tree: what came, went, moved, changed, and whom that favours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from service import messages
from service.authoring.changes import NOWHERE, Change, Detail, Kind, Part, details_of
from service.authoring.effects import Effect, Place, below, holds, plain, sense_of, slots_of
from service.authoring.matching import match, moved
from service.authoring.pairing import COMBINATIONS, aligned, counted, items_of, named_in, other_count
from service.authoring.senses import WORDING, own_effect
from service.authoring.told import heading_of, text_of, title_of
from service.policy.kinds import AllOf, Condition
from service.policy.model import Section, SectionKind
from service.policy.sentences import sentence

_say = messages.text


@dataclass(frozen=True, slots=True)
class _Found:
    """A change with its effect, the conditions it is about and what they stand under."""

    change: Change
    effect: Effect
    old: Condition | None
    new: Condition | None
    under: str


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a pair of conditions stands: its sign and the like, and the name of the nearest named above it."""

    place: Place
    under: str


def diff_sections(old: tuple[Section, ...], new: tuple[Section, ...], documents: Mapping[str, str]) -> Iterator[Change]:
    """Every change of the conditions, in the order of the newer edition.

    `documents` names a document of the older edition as the newer one does.
    """
    matched = match(old, new, (lambda s: s.id, lambda s: s.label), lambda s: sentence(s.root))
    pairs = {after: before for before, after in matched.pairs}
    walks = []
    for index, section in enumerate(new):
        walk = _Walk(section, documents)
        before = old[pairs[index]] if index in pairs else None
        walks.append(list(walk.section(before, section)))
    for index in matched.dropped:
        walk = _Walk(old[index], documents)
        walks.append(list(walk.section(old[index], None)))
    yield from _joined(walks, documents)


class _Walk:
    def __init__(self, section: Section, documents: Mapping[str, str]) -> None:
        self._section = section
        self._documents = documents

    def section(self, old: Section | None, new: Section | None) -> Iterator[_Found]:
        """The changes of one section; one that came or went is a single change."""
        spot = _Spot(Place(), "")
        if old is None or new is None:
            held = new if old is None else old
            if held is None or _empty(held.root):
                return
            weighs = held.kind in (SectionKind.REFUSE, SectionKind.CORRECT)
            alone = _Spot(Place(left_out=Effect.LOOSER if weighs else Effect.NONE), "")
            yield self._one(held.root, alone, added=old is None, whole=held)
            return
        if (old.id, old.label) != (new.id, new.label):
            details = details_of([("id", old.id, new.id), ("label", old.label, new.label)])
            yield self._made(Kind.CHANGED, Effect.WORDS, old.root, new.root, spot, details=details, sentences=False)
        was = old.root
        if was.label == old.label and new.root.label == new.label:
            # The root goes by the name of the section, which is told above.
            was = replace(was, label=new.root.label)
        yield from self.pair(was, new.root, spot)

    def pair(self, old: Condition, new: Condition, spot: _Spot) -> Iterator[_Found]:
        """The changes of a condition and of all below it."""
        if plain(old, self._documents) == plain(new):
            return
        old, new = aligned(old, new)
        place = spot.place
        if type(old) is not type(new) and not (counted(old) and counted(new)):
            effect = Effect.REWRITTEN | self._words(old, new)
            yield self._made(Kind.CHANGED, _weighed(effect, old, new, place), old, new, spot)
            return
        if type(old) is type(new):
            effect = own_effect(old, new, place, self._documents)
        else:
            effect = place.effect(other_count(old, new)) | self._words(old, new)
        apart: list[_Found] = []
        # The root of a section goes by the name of the section.
        name = title_of(new)
        inside = _Spot(place, spot.under if name in ("", self._section.label) else name)
        for slot in sorted(slots_of(old).keys() | slots_of(new).keys()):
            before, after = getattr(old, slot, None), getattr(new, slot, None)
            if before is None or after is None:
                continue
            here = below(new, slot, place)
            if type(old) is not type(new):
                here = replace(here, left_out=Effect.REWRITTEN)
            found = list(self._slot(before, after, replace(inside, place=here)))
            if (isinstance(before, tuple) and slot != "readings") or named_in(before) or named_in(after):
                apart += found
            else:
                for item in found:
                    effect |= item.effect
        weighed = _weighed(effect, old, new, place)
        if weighed or effect or old.gates != new.gates:
            bare = isinstance(old, COMBINATIONS) and isinstance(new, COMBINATIONS)
            yield self._made(Kind.CHANGED, weighed, old, new, spot, heading=bare)
        silent = not old.gates and not new.gates
        yield from (replace(item, effect=item.effect & Effect.WORDS) if silent else item for item in apart)

    def _words(self, old: Condition, new: Condition) -> Effect:
        common = [part.name for part in fields(Condition) if part.name in WORDING]
        same = all(plain(getattr(old, n), self._documents) == plain(getattr(new, n)) for n in common)
        return Effect.NONE if same else Effect.WORDS

    def _slot(self, old: Any, new: Any, spot: _Spot) -> Iterator[_Found]:
        """The changes of what stands in a slot."""
        if isinstance(old, Condition) and isinstance(new, Condition):
            yield from self.pair(old, new, spot)
            return
        before, after = items_of(old), items_of(new)
        plainly = {id(item.condition): plain(item.condition, self._documents) for item in before}
        plainly |= {id(item.condition): plain(item.condition) for item in after}
        matched = match(
            before,
            after,
            (
                lambda item: item.id,
                lambda item: item.label,
                lambda item: plainly[id(item.condition)],
            ),
            lambda item: sentence(item.condition),
        )
        paired = {second: first for first, second in matched.pairs}
        left_order = moved(matched.pairs)
        for index, item in enumerate(after):
            if index not in paired:
                yield self._one(item.condition, spot, added=True)
                continue
            was = before[paired[index]]
            yield from self.pair(was.condition, item.condition, spot)
            if index in left_order:
                yield self._made(Kind.MOVED, Effect.NONE, was.condition, item.condition, spot, sentences=False)
        for index in matched.dropped:
            yield self._one(before[index].condition, spot, added=False)

    def _one(self, condition: Condition, spot: _Spot, *, added: bool, whole: Section | None = None) -> _Found:
        """A condition that came or went, with all below it."""
        left_out = spot.place.left_out if condition.gates else Effect.NONE
        effect = left_out if not added else left_out.under(-1)
        effect = spot.place.effect(effect) if whole is None else effect
        kind = Kind.ADDED if added else Kind.DROPPED
        old, new = (None, condition) if added else (condition, None)
        found = self._made(kind, effect, old, new, spot)
        return found if whole is None else replace(found, change=replace(found.change, title="", subject=""))

    def _made(
        self,
        kind: Kind,
        effect: Effect,
        old: Condition | None,
        new: Condition | None,
        spot: _Spot,
        *,
        details: tuple[Detail, ...] = (),
        sentences: bool = True,
        heading: bool = False,
    ) -> _Found:
        held = new if new is not None else old
        assert held is not None  # noqa: S101 - one of the two is always there
        say = heading_of if heading else sentence
        before = None if old is None or not sentences else say(old)
        after = None if new is None or not sentences else say(new)
        if old is not None and new is not None and sentences:
            details = (*details, *self._differing(old, new))
            if before == after and details:
                before = after = None
        change = Change(
            part=Part.CONDITIONS,
            kind=kind,
            section=self._section.id,
            section_label=self._section.label,
            subject=held.id or "",
            title=title_of(held) or (spot.under and _say("diff.one-of", title=spot.under)),
            before=before,
            after=after,
            details=details,
            place_before=NOWHERE if old is None else old.position,
            place_after=NOWHERE if new is None else new.position,
        )
        return _Found(change, effect, old, new, spot.under)

    def _differing(self, old: Condition, new: Condition) -> tuple[Detail, ...]:
        """What differs in names, words, sources and weight, which no sentence shows."""
        texts = []
        for name in ("id", "label", "citations", "rulings", "words", "group", "suggestion", "examples", "gates"):
            before, after = getattr(old, name), getattr(new, name)
            if plain(before, self._documents) != plain(after):
                texts.append((name, text_of(name, before), text_of(name, after)))
        if type(old) is type(new) and sentence(old) == sentence(new):
            # What the sentence leaves out is told by name.
            silent = [part.name for part in fields(old) if part.name not in Condition.__dataclass_fields__]
            for name in silent:
                before, after = getattr(old, name), getattr(new, name)
                if name not in WORDING and plain(before, self._documents) != plain(after) and not holds(before):
                    texts.append((name, text_of(name, before), text_of(name, after)))
        return details_of(texts)


# --- several walks as one -----------------------------------------------------------------------------------


def _joined(walks: list[list[_Found]], documents: Mapping[str, str]) -> Iterator[Change]:
    """What went at one place and came at another is one move."""
    everything = [found for walk in walks for found in walk]
    gone = [found for found in everything if found.change.kind is Kind.DROPPED]
    came = [found for found in everything if found.change.kind is Kind.ADDED]
    moves: dict[int, Change] = {}
    dropped: set[int] = set()
    for found in came:
        partner = next((item for item in gone if id(item) not in dropped and _same(item, found, documents)), None)
        if partner is not None:
            dropped.add(id(partner))
            moves[id(found)] = _move(partner, found)
    for found in everything:
        if id(found) in dropped:
            continue
        change = moves.get(id(found))
        if change is None:
            change = replace(found.change, sense=sense_of(found.effect))
        yield change


def _same(gone: _Found, came: _Found, documents: Mapping[str, str]) -> bool:
    old, new = gone.old, came.new
    if old is None or new is None:
        return False
    if old.id is not None or new.id is not None:
        return old.id == new.id
    return bool(plain(old, documents) == plain(new))


def _move(gone: _Found, came: _Found) -> Change:
    """One change of two; where it stood and stands is told before what it said and says."""
    old, new = gone.change, came.change
    details = details_of([("place", _whereabouts(gone), _whereabouts(came))])
    return replace(
        new,
        kind=Kind.MOVED,
        sense=sense_of(gone.effect | came.effect),
        before=old.before if old.before != new.after else None,
        after=new.after,
        details=details,
        place_before=old.place_before,
    )


def _whereabouts(found: _Found) -> str:
    section = found.change.section_label
    return _say("diff.under", section=section, title=found.under) if found.under else section


# --- single conditions --------------------------------------------------------------------------------------


def _weighed(effect: Effect, old: Condition, new: Condition, place: Place) -> Effect:
    """The effect of a change of a condition that may have no weight before or after."""
    words = effect & Effect.WORDS
    if old.gates == new.gates:
        return effect if new.gates else words
    turned = place.left_out if old.gates else place.left_out.under(-1)
    return place.effect(turned) | words


def _empty(root: Condition) -> bool:
    return isinstance(root, AllOf) and not root.children
