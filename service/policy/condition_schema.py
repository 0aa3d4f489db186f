"""The structure of conditions: every public kind, the keys it takes, and the keys all kinds share.

`KINDS` lists the kinds, `COMPARISONS` the operators of the kind `fact`, `COUNTING` those of `count` and `sum`,
`EXTREMES` those of `highest` and `lowest`, `SHARES` those of `share`, `SCORING` those of `points`.
A new kind, or operator, is added at each of these places:

- here: `KINDS` (or the operators), and a field of `ConditionSchema` for every new key;
- `kinds`: the class it becomes, frozen, every name resolved;
- the reader of that class: `comparisons`, `combinations`, `points`, `meeting`, `rows` or `amounts`, and the kind's
  line in `conditions.ConditionReader`;
- `sentences`: `_core` reads it back, and `expected` where it asks something of one subject; its words stand
  in `messages/sentences.toml` or `lists.toml`, those of new faults in `messages/policy.toml` or `policy_lists.toml`;
- `engine.conditions`: `_made` makes the node that decides it, of a list `engine.lists`;
  `engine.explanation` where its reasons differ;
- `meeting.parts` where it holds conditions under a key of its own, and `engine.meeting._loose` where these are not
  folded as `all` folds them;
- `api.policy_view`: its name in JSON and the conditions below it;
- of an item of points: `ITEMS`, a class in `scoring`, `points.PointsReader`, `engine.items`, `api.policy_view`;
- tests: the base policy, which uses every kind, and the second evaluator in `tests/oracle`.

`dependencies.facts_of` finds the facts of any class by its fields and needs no line.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from marshmallow import ValidationError, fields, validates_schema

from service.policy.citation_schema import cite
from service.policy.fields import Anything, Flag, ListOf, MapOf, OneOf, Said, Sentence, StrictSchema, Text, nested
from service.policy.operand_schema import Needed, Operand, Shift, TimeBound

COMPARISONS = (
    "is", "is_not", "in", "not_in", "at_least", "at_most", "more_than", "less_than", "between",
    "on_or_after", "on_or_before", "before", "after", "within", "for_at_least", "given", "answered",
    "contains_any", "contains_all", "format",
)  # fmt: skip
SCORING = ("at_least", "at_most", "more_than", "less_than", "between")
COUNTING = ("at_least", "at_most", "more_than", "less_than", "is", "between")
ROW_KEYS = ("where", "distinct_by", "excluding")
EXTREMES = (*COUNTING, "on_or_after", "on_or_before", "before", "after")
SHARES = ("at_least", "at_most", "more_than", "less_than", "between")
COMMON_KEYS = (
    "id", "label", "cite", "ruling", "words", "on_miss", "in_principle", "open_list", "exempt_when",
    "gates", "group", "suggestion", "examples",
)  # fmt: skip
WORDS = ("satisfied", "not_satisfied", "unknown", "needs_review", "expected", "actual", "remedy", "exempt")


class Kind(NamedTuple):
    """A kind's keys besides the one that names it: all of `needed`, one of `one_of`, any of `optional`."""

    needed: tuple[str, ...] = ()
    one_of: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()


# By the key that names the kind.
KINDS: dict[str, Kind] = {
    "fact": Kind(one_of=COMPARISONS),
    "all": Kind(),
    "any": Kind(),
    "none": Kind(),
    "not": Kind(),
    "n_of": Kind(needed=("at_least",)),
    "points": Kind(one_of=SCORING),
    "meets": Kind(optional=SCORING),
    "when": Kind(needed=("then",), optional=("else",)),
    "readings": Kind(),
    "judgement": Kind(optional=("evidence",)),
    "count": Kind(one_of=COUNTING, optional=ROW_KEYS),
    "every": Kind(needed=("that",), optional=(*ROW_KEYS, "on_blank", "on_empty")),
    "some": Kind(needed=("that",), optional=(*ROW_KEYS, "on_empty")),
    "sum": Kind(one_of=COUNTING, optional=(*ROW_KEYS, "on_empty")),
    "highest": Kind(one_of=EXTREMES, optional=(*ROW_KEYS, "on_empty")),
    "lowest": Kind(one_of=EXTREMES, optional=(*ROW_KEYS, "on_empty")),
    "share": Kind(one_of=SHARES, optional=(*ROW_KEYS, "among", "of", "on_empty")),
}


# The items of points by the key that names the kind; what gives points by itself comes last.
ITEMS: dict[str, Kind] = {
    "when": Kind(needed=("points",)),
    "fact": Kind(optional=("every", "points", "from", "times", "at_most")),
    "count": Kind(needed=("points",), optional=("every", "from", "at_most", *ROW_KEYS)),
    "best_of": Kind(optional=("at_most",)),
    "sum_of": Kind(optional=("minus", "at_most")),
    "points": Kind(),
}
ITEM_KEYS = ("label", "cite")
ITEM_GROUPS = ("best_of", "sum_of", "minus")
# Of a number: the first key needs the second.
ITEM_PAIRS = (("every", "points"), ("points", "every"), ("from", "every"))


class ExampleSchema(StrictSchema):
    """Values and the status they give."""

    given = MapOf(Anything(allow_none=True), required=True)
    then = OneOf("satisfied", "not_satisfied", "unknown", "needs_review", required=True)


def _condition() -> ConditionSchema:
    return ConditionSchema()


def condition(**kwargs: Any) -> fields.Nested:
    """A field that holds one condition; conditions hold conditions."""
    return nested(_condition, **kwargs)


def _scored() -> ScoredSchema:
    return ScoredSchema()


class ScoredSchema(StrictSchema):
    """An item of points: a condition, a number, rows or a group of items, and the points it gives."""

    label = Text()
    cite = cite()
    when = condition()
    fact = Text()
    count = Text()
    best_of = ListOf(nested(_scored))
    sum_of = ListOf(nested(_scored))
    every = Shift()
    points = Shift()
    from_ = Shift(data_key="from")
    times = Shift()
    minus = ListOf(nested(_scored))
    where = condition()
    distinct_by = Text()
    excluding = Text()
    at_most = Shift()

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def kind(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """Exactly one kind of item, with the keys that belong to it."""
        if not isinstance(original, dict):
            return
        present = [kind for kind in ITEMS if kind in original]
        if not present:
            raise ValidationError("item-without-kind")
        # Points stand beside other kinds as well.
        kind, *others = [one for one in present if one != "points"] or present
        if others:
            raise ValidationError({others[0]: [Said("two-kinds", kind)]})
        needed, _, optional = ITEMS[kind]
        allowed = {*ITEM_KEYS, kind, *needed, *optional}
        errors: dict[str, Any] = {}
        for key in original:
            if key not in allowed and key in self.keys():
                errors[key] = [Said("key-not-with", kind)]
        for key in needed:
            if key not in original:
                errors[key] = [Said("key-needed", kind)]
        for key, other in ITEM_PAIRS if kind == "fact" else ():
            if key in original and other not in original:
                errors[other] = [Said("key-needed", key)]
        if "times" in original and "every" in original:
            errors["times"] = [Said("key-not-with", "every")]
        if errors:
            raise ValidationError(errors)


def item_kind(item: Mapping[str, Any]) -> str | None:
    """The kind of an item of points, by the key that names it; None where it has none."""
    return next((kind for kind in ITEMS if kind in item), None)


class ConditionSchema(StrictSchema):
    """One condition: common keys, and the keys of exactly one kind."""

    id = Text()
    label = Text()
    cite = cite()
    ruling = ListOf(Text(), or_one=True)
    words = MapOf(Sentence(), keys=WORDS)
    on_miss = OneOf("review")
    in_principle = Flag()
    open_list = Flag()
    exempt_when = condition()
    gates = Flag()
    group = Text()
    suggestion = Text()
    examples = ListOf(nested(ExampleSchema))

    fact = Text()
    is_ = Operand(data_key="is")
    is_not = Operand()
    in_ = ListOf(Operand(), or_one=True, data_key="in")
    not_in = ListOf(Operand(), or_one=True)
    at_least = Needed()
    at_most = Operand()
    more_than = Operand()
    less_than = Operand()
    between = ListOf(Operand())
    on_or_after = TimeBound()
    on_or_before = TimeBound()
    before = TimeBound()
    after = TimeBound()
    within = Shift()
    for_at_least = Shift()
    given = Flag()
    answered = Flag()
    contains_any = ListOf(Text(), or_one=True)
    contains_all = ListOf(Text(), or_one=True)
    format = Text()

    all = ListOf(condition())
    any = ListOf(condition())
    none = ListOf(condition())
    not_ = condition(data_key="not")
    n_of = ListOf(condition())
    points = ListOf(nested(ScoredSchema))
    meets = Text()
    when = condition()
    then = condition()
    else_ = condition(data_key="else")
    readings = MapOf(condition())
    judgement = Text()
    evidence = ListOf(Text(), or_one=True)
    count = Text()
    every = Text()
    some = Text()
    sum = Text()
    highest = Text()
    lowest = Text()
    share = Text()
    of = Text()
    among = condition()
    where = condition()
    that = condition()
    distinct_by = Text()
    excluding = Text()
    on_blank = OneOf("satisfied", "not_satisfied", "unknown", "needs_review")
    on_empty = OneOf("satisfied", "not_satisfied", "unknown", "needs_review")

    @validates_schema(skip_on_field_errors=False, pass_original=True)
    def kind(self, _data: Any, original: Any, **_kwargs: Any) -> None:
        """Exactly one kind, with the keys that belong to it."""
        if not isinstance(original, dict):
            return
        present = [kind for kind in KINDS if kind in original]
        if not present:
            raise ValidationError("condition-without-kind")
        if len(present) > 1:
            raise ValidationError({present[1]: [Said("two-kinds", present[0])]})
        kind = present[0]
        needed, one_of, optional = KINDS[kind]
        allowed = {*COMMON_KEYS, kind, *needed, *one_of, *optional}
        errors: dict[str, Any] = {}
        for key in original:
            if key not in allowed and key in self.keys():
                errors[key] = [Said("key-not-with", kind)]
        for key in needed:
            if key not in original:
                errors[key] = [Said("key-needed", kind)]
        chosen = [key for key in one_of or (SCORING if kind == "meets" else ()) if key in original]
        if one_of and not chosen:
            raise ValidationError({**errors, kind: [Said("no-comparison", kind, one_of)]})
        if len(chosen) > 1:
            errors[chosen[1]] = [Said("two-kinds", chosen[0])]
        misses = [key for key in ("on_miss", "in_principle", "open_list") if original.get(key)]
        if len(misses) > 1:
            errors[misses[1]] = [Said("two-kinds", misses[0])]
        if errors:
            raise ValidationError(errors)
