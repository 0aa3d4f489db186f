"""What service/engine/rules.py relies on in the C module of durable-rules 2.0.28, line by line."""

from __future__ import annotations

import importlib.metadata
import json
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import durable_rules_engine as engine
import pytest

from service.engine import rules
from service.engine.partitions import CodeLeaf, IntervalLeaf

BIG = 2**53 - 1


def in_new_process(script: str, timeout: float = 20) -> subprocess.CompletedProcess[str]:
    """Run what could crash, hang or leak away from the tests."""
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        check=False,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def rule(*comparisons: tuple[str, str, int]) -> dict[str, object]:
    parts = [{operator: {key: constant}} for operator, key, constant in comparisons]
    return {"all": [{"m": parts[0] if len(parts) == 1 else {"$and": parts}}]}


def fact(**values: int) -> str:
    return json.dumps({"id": "1", "sid": "1", **values})


RETRACT = '{"id":"1","sid":"1"}'


class Handle:
    """A ruleset with the calls in the order rules.py makes them."""

    def __init__(self, definition: dict[str, object]) -> None:
        self.handle = engine.create_ruleset("r", json.dumps(definition))

    def fire(self, text: str) -> list[str]:
        code, state = engine.assert_fact(self.handle, text)
        assert code == 0
        messages = [engine.start_action_for_state(self.handle, state)[1]]
        while (message := engine.complete_and_start_action(self.handle, state)) is not None:
            messages.append(message)
        assert engine.retract_fact(self.handle, RETRACT) == (0, state)
        return [next(iter(json.loads(message))) for message in messages]


@pytest.fixture
def ladder() -> Iterator[Handle]:
    """A sentinel and three rules that all hold from a = 3 on, not defined in the order of their names."""
    made = Handle(
        {
            "!": rule(("$gte", "!", 0)),
            "c": rule(("$gte", "a", 1)),
            "a": rule(("$gte", "a", 2)),
            "b": rule(("$gte", "a", 3)),
        }
    )
    yield made
    engine.delete_ruleset(made.handle)


def test_the_pinned_version_is_installed() -> None:
    assert importlib.metadata.version("durable-rules") == "2.0.28"


def test_assert_fact_gives_zero_and_the_same_state_each_time(ladder: Handle) -> None:
    first = engine.assert_fact(ladder.handle, fact(**{"!": 1, "a": 0}))
    engine.start_action_for_state(ladder.handle, first[1])
    assert engine.complete_and_start_action(ladder.handle, first[1]) is None
    assert engine.retract_fact(ladder.handle, RETRACT) == first
    assert engine.assert_fact(ladder.handle, fact(**{"!": 1, "a": 9})) == first
    assert first[0] == 0


def test_a_fact_no_rule_takes_gives_one(ladder: Handle) -> None:
    assert engine.assert_fact(ladder.handle, fact(a=0))[0] == 1


def test_a_fact_not_taken_back_makes_the_next_one_observed(ladder: Handle) -> None:
    _, state = engine.assert_fact(ladder.handle, fact(**{"!": 1, "a": 0}))
    engine.start_action_for_state(ladder.handle, state)
    engine.complete_and_start_action(ladder.handle, state)
    assert engine.assert_fact(ladder.handle, fact(**{"!": 1, "a": 9}))[0] == 2


def test_the_rule_name_begins_at_the_third_character(ladder: Handle) -> None:
    _, state = engine.assert_fact(ladder.handle, fact(**{"!": 1, "a": 1}))
    state_fact, message = engine.start_action_for_state(ladder.handle, state)
    assert json.loads(state_fact)["sid"] == "1"
    assert message.startswith('{"!":{"m":{')
    assert engine.complete_and_start_action(ladder.handle, state).startswith('{"c":{"m":{')


def test_the_drain_ends_with_none_and_nothing_is_left_to_start(ladder: Handle) -> None:
    assert ladder.fire(fact(**{"!": 1, "a": 3})) == ["!", "c", "a", "b"]
    _, state = engine.retract_fact(ladder.handle, RETRACT)
    assert engine.start_action_for_state(ladder.handle, state) is None


def test_rules_fire_in_the_order_of_their_definition_whatever_was_first_true(ladder: Handle) -> None:
    for value, expected in ((2, "!ca"), (0, "!"), (3, "!cab"), (1, "!c")):
        assert "".join(ladder.fire(fact(**{"!": 1, "a": value}))) == expected


def test_an_evaluation_broken_off_spoils_the_next(ladder: Handle) -> None:
    """Why a fault makes rules.py build the ruleset anew."""
    _, state = engine.assert_fact(ladder.handle, fact(**{"!": 1, "a": 3}))
    engine.start_action_for_state(ladder.handle, state)
    engine.retract_fact(ladder.handle, RETRACT)
    engine.assert_fact(ladder.handle, fact(**{"!": 1, "a": 0}))
    # The lease of the action begun above is still running.
    assert engine.start_action_for_state(ladder.handle, state) is None


@pytest.mark.parametrize("value", [-BIG, -BIG + 1, -(2**52), -1, 0, 1, 2**52, BIG - 1, BIG])
@pytest.mark.parametrize("constant", [-BIG, -(2**52), -1, 0, 1, 2**52, BIG])
def test_integers_below_two_to_the_53_compare_exactly(value: int, constant: int) -> None:
    made = Handle(
        {
            "!": rule(("$gte", "!", 0)),
            "g": rule(("$gte", "a", constant)),
            "l": rule(("$lt", "a", constant)),
            "m": rule(("$gte", "a", constant), ("$lte", "a", constant)),
        }
    )
    expected = ["!", *(["g"] if value >= constant else ["l"]), *(["m"] if value == constant else [])]
    assert made.fire(fact(**{"!": 1, "a": value})) == expected
    engine.delete_state(made.handle, "1")
    engine.delete_ruleset(made.handle)


def test_rules_that_share_their_first_comparisons_fire_apart() -> None:
    made = Handle(
        {
            "!": rule(("$gte", "!", 0)),
            "x": rule(("$gte", "a", 5), ("$gte", "b", 5)),
            "y": rule(("$gte", "a", 5), ("$lt", "b", 5)),
            "z": rule(("$gte", "a", 5)),
            "w": rule(("$lt", "a", 5), ("$lt", "b", 5)),
        }
    )
    assert made.fire(fact(**{"!": 1, "a": 5, "b": 5})) == ["!", "x", "z"]
    assert made.fire(fact(**{"!": 1, "a": 5, "b": 4})) == ["!", "y", "z"]
    assert made.fire(fact(**{"!": 1, "a": 4, "b": 4})) == ["!", "w"]
    assert made.fire(fact(**{"!": 1, "a": 4, "b": 5})) == ["!"]
    engine.delete_ruleset(made.handle)


def test_a_comparison_chain_of_fourteen_is_decided() -> None:
    chain = [("$gte", "a", number) for number in range(13)] + [("$lt", "a", 20)]
    made = Handle({"!": rule(("$gte", "!", 0)), "x": rule(*chain)})
    assert made.fire(fact(**{"!": 1, "a": 12})) == ["!", "x"]
    assert made.fire(fact(**{"!": 1, "a": 11})) == ["!"]
    assert made.fire(fact(**{"!": 1, "a": 20})) == ["!"]
    engine.delete_ruleset(made.handle)


def test_sixty_four_true_comparisons_pass_and_sixty_five_are_error_303() -> None:
    made = Handle({f"r{number}": rule(("$gte", "a", number)) for number in range(1, 66)})
    assert len(made.fire(fact(a=64))) == 64
    with pytest.raises(engine.error, match="303"):
        engine.assert_fact(made.handle, fact(a=65))
    engine.delete_state(made.handle, "1")
    engine.delete_ruleset(made.handle)


def test_252_keys_pass_and_253_are_error_302() -> None:
    made = Handle({"!": rule(("$gte", "k0", 0))})
    assert made.fire(fact(**{f"k{number}": 1 for number in range(252)})) == ["!"]
    with pytest.raises(engine.error, match="302"):
        engine.assert_fact(made.handle, fact(**{f"k{number}": 1 for number in range(253)}))
    engine.delete_state(made.handle, "1")
    engine.delete_ruleset(made.handle)


def root_comparisons(number: int) -> str:
    return f"""
        import json
        import durable_rules_engine as engine
        rules = {{str(n): {{"all": [{{"m": {{"$gte": {{"a": n}}}}}}]}} for n in range({number})}}
        engine.create_ruleset("r", json.dumps(rules))
    """


def test_511_comparisons_at_the_root_pass_and_513_never_return() -> None:
    assert in_new_process(root_comparisons(511)).returncode == 0
    with pytest.raises(subprocess.TimeoutExpired):
        in_new_process(root_comparisons(513), timeout=1.5)


def test_a_state_or_ruleset_given_back_is_an_error_to_give_back_again() -> None:
    made = Handle({"!": rule(("$gte", "!", 0))})
    made.fire(fact(**{"!": 1}))
    engine.delete_state(made.handle, "1")
    with pytest.raises(engine.error):
        engine.delete_state(made.handle, "1")
    engine.delete_ruleset(made.handle)
    with pytest.raises(engine.error):
        engine.delete_ruleset(made.handle)


def test_state_then_ruleset_given_back_leaves_no_growth_even_after_a_broken_evaluation() -> None:
    done = in_new_process(
        """
        import json, os
        import durable_rules_engine as engine
        rules = {str(n): {"all": [{"m": {"$gte": {"a": n}}}]} for n in range(20)}
        def cycle(broken):
            handle = engine.create_ruleset("r", json.dumps(rules))
            _, state = engine.assert_fact(handle, '{"id":"1","sid":"1","a":50}')
            engine.start_action_for_state(handle, state)
            while not broken and engine.complete_and_start_action(handle, state) is not None:
                pass
            if not broken:
                engine.retract_fact(handle, '{"id":"1","sid":"1"}')
            engine.delete_state(handle, "1")
            engine.delete_ruleset(handle)
        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
        for broken in (False, True):
            for _ in range(100):
                cycle(broken)
            before = resident()
            for _ in range(500):
                cycle(broken)
            print(resident() - before)
        """
    )
    assert done.returncode == 0, done.stderr
    whole, broken = map(int, done.stdout.split())
    assert whole < 1000
    assert broken < 1000


def test_a_text_that_is_no_integer_is_refused_or_silent() -> None:
    """rules.py keeps such values out; this shows what would happen if one came through."""
    made = Handle({"!": rule(("$gte", "!", 0)), "x": rule(("$gte", "a", 3))})
    for text in ("True", "None", "1e5", "nan"):
        with pytest.raises(engine.error):
            engine.assert_fact(made.handle, f'{{"id":"1","sid":"1","!":1,"a":{text}}}')
    # A string fires a rule about numbers.
    assert made.fire('{"id":"1","sid":"1","!":1,"a":"5"}') == ["!", "x"]
    engine.delete_ruleset(made.handle)


def fnv1a(name: str) -> int:
    """The hash by which the engine tells keys apart."""
    value = 2166136261
    for byte in name.encode():
        value = (value ^ byte) * 16777619 % 2**32
    return value


def definitions(book: rules.RuleBook) -> list[tuple[dict[str, object], str]]:
    return [(json.loads(ruleset._definition), ruleset._fact) for ruleset in book._rulesets]


def comparisons_of(rule: dict[str, object]) -> list[tuple[str, str, int]]:
    condition = rule["all"][0]["m"]  # type: ignore[index]
    return [
        (operator, key, constant)
        for part in condition.get("$and", [condition])
        for operator, operands in part.items()
        for key, constant in operands.items()
    ]


def test_the_fullest_rulesets_stay_inside_the_limits() -> None:
    intervals = [IntervalLeaf(2 * n, 2 * n + 1, n) for n in range(40)]
    codes = [CodeLeaf(80 + n, frozenset(range(1, 100, 2)), 100) for n in range(20)]
    book = rules.RuleBook([*intervals, *codes], 100)
    for definition, text in definitions(book):
        keys = json.loads(text.replace("%d", "0")).keys()
        assert len(keys) - 2 <= 252
        assert len({fnv1a(key) for key in (*keys, "$s")}) == len(keys) + 1
        paths = [comparisons_of(rule) for rule in definition.values()]
        assert len({path[0] for path in paths}) <= 511
        assert len(paths) <= 4096
        # At each step of a partition's tree at most two comparisons stand side by side, one the other's opposite:
        # so no more than one of each partition waits on the stack of 64.
        steps: dict[tuple[object, ...], set[tuple[str, str, int]]] = {}
        for name, rule_ in definition.items():
            path = comparisons_of(rule_)
            assert len(path) <= 15
            for depth, comparison in enumerate(path):
                steps.setdefault((name[0], *path[:depth]), set()).add(comparison)
        for side_by_side in steps.values():
            if len(side_by_side) > 1:
                below, above = sorted(side_by_side, key=lambda c: c[0] != "$lt")
                assert (below[0], above[0]) == ("$lt", "$gte")
                assert below[1:] == above[1:]
                assert len(side_by_side) == 2
    assert max(len(ruleset._expected) for ruleset in book._rulesets) + 1 <= 64
    book.close()
