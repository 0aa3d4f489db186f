"""Leaves decided by durable-rules agree with plain comparisons, whatever happens in between."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import durable_rules_engine
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.engine import rules
from service.engine.partitions import CodeLeaf, EngineFault, IntervalLeaf, Leaf, Outcome
from service.engine.rules import RuleBook

BIG = 2**53 - 1
FAILS, UNDECIDED, HOLDS = 0, 1, 2


def by_comparison(leaf: Leaf, vector: Sequence[int]) -> int:
    if isinstance(leaf, IntervalLeaf):
        if vector[leaf.lo] >= leaf.threshold:
            return HOLDS
        return FAILS if vector[leaf.hi] < leaf.threshold else UNDECIDED
    code = vector[leaf.slot]
    return UNDECIDED if code == -1 else HOLDS if code in leaf.members else FAILS


def decide_once(leaves: Sequence[Leaf], *vectors: Sequence[int]) -> list[list[int]]:
    book = RuleBook(leaves, len(vectors[0]))
    try:
        return [list(book.decide(vector)) for vector in vectors]
    finally:
        book.close()


def draw_book(random: Random, count: int) -> tuple[list[Leaf], Callable[[], list[int]]]:
    """`count` leaves of both kinds over shared slots, and a source of vectors near their thresholds."""
    pairs, codes, size = count // 2 + 1, count // 5 + 1, 40
    leaves: list[Leaf] = []
    for _ in range(count):
        if random.random() < 0.75:
            pair = 2 * random.randrange(pairs)
            lo, hi = random.choice([(pair, pair + 1), (pair, pair), (pair + 1, pair + 1)])
            leaves.append(IntervalLeaf(lo, hi, random.randint(-5, 5) * 100))
        else:
            members = frozenset(random.sample(range(size + 1), random.randint(0, size)))
            leaves.append(CodeLeaf(2 * pairs + random.randrange(codes), members, size))

    def vector() -> list[int]:
        values: list[int] = []
        for _ in range(pairs):
            ends = [random.randint(-6, 6) * 100 + random.randint(-1, 1) for _ in range(2)]
            if random.random() < 0.1:
                ends = [-BIG, BIG]
            values += sorted(ends)
        return values + [random.randint(-1, size) for _ in range(codes)]

    return leaves, vector


edges = st.sampled_from([-BIG, -(2**52), -1, 0, 1, 2**52, BIG])
numbers = st.one_of(edges, st.integers(-BIG, BIG), st.integers(-3, 3))


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_intervals_agree_with_plain_comparisons(data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(numbers, numbers).map(sorted), min_size=1, max_size=6))
    vector = [end for pair in pairs for end in pair]
    near = st.one_of(numbers, st.sampled_from(vector), st.sampled_from([v + 1 for v in vector if v < BIG] or [0]))
    places = st.integers(0, len(pairs) - 1).flatmap(
        lambda n: st.sampled_from([(2 * n, 2 * n + 1), (2 * n, 2 * n), (2 * n + 1, 2 * n + 1)])
    )
    leaves = data.draw(
        st.lists(st.builds(lambda p, t: IntervalLeaf(p[0], p[1], t), places, near), min_size=1, max_size=40)
    )
    assert decide_once(leaves, vector) == [[by_comparison(leaf, vector) for leaf in leaves]]


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_codes_agree_with_membership(data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 60))
    members = st.frozensets(st.integers(0, size))
    leaves = [CodeLeaf(0, chosen, size) for chosen in data.draw(st.lists(members, min_size=1, max_size=5))]
    vectors = [[code] for code in range(-1, size + 1)]
    expected = [[by_comparison(leaf, vector) for leaf in leaves] for vector in vectors]
    assert decide_once(leaves, *vectors) == expected


@pytest.mark.parametrize("members", [range(1, 1500, 2), range(0, 1500, 3), range(1500), range(0), [0, 1499]])
def test_a_set_of_many_ranges_is_one_outcome(members: Sequence[int]) -> None:
    leaf = CodeLeaf(0, frozenset(members), 1499)
    vectors = [[code] for code in range(-1, 1500)]
    assert decide_once([leaf], *vectors) == [[by_comparison(leaf, vector)] for vector in vectors]


def test_several_large_sets_are_split_over_rulesets() -> None:
    random = Random(7)
    leaves = [CodeLeaf(slot, frozenset(random.sample(range(1201), 600)), 1200) for slot in range(8)]
    vectors = [[random.randint(-1, 1200) for _ in leaves] for _ in range(100)]
    expected = [[by_comparison(leaf, vector) for leaf in leaves] for vector in vectors]
    assert decide_once(leaves, *vectors) == expected


@pytest.mark.parametrize("count", [1, 2, 15, 16, 17, 33, 60, 300])
def test_any_number_of_leaves_is_decided_in_the_order_given(count: int) -> None:
    leaves, vector = draw_book(Random(count), count)
    vectors = [vector() for _ in range(40)]
    expected = [[by_comparison(leaf, each) for leaf in leaves] for each in vectors]
    assert decide_once(leaves, *vectors) == expected


@pytest.mark.parametrize("low", [0, 100])
def test_every_leaf_may_come_out_alike(low: int) -> None:
    """All comparisons true at once is what fills the engine's stack."""
    leaves = [IntervalLeaf(2 * n, 2 * n + 1, 50) for n in range(100)]
    for high in (low, 100):
        vector = [low, high] * 100
        assert decide_once(leaves, vector) == [[by_comparison(leaf, vector) for leaf in leaves]]


def test_outcomes_are_plain_integers_equal_to_their_names() -> None:
    leaves = [IntervalLeaf(0, 1, 5), IntervalLeaf(0, 0, 5), CodeLeaf(2, frozenset({3}), 4)]
    (outcomes,) = decide_once(leaves, [4, 6, 3])
    assert outcomes == [Outcome.UNDECIDED, Outcome.FAILS, Outcome.HOLDS]
    assert {type(outcome) for outcome in outcomes} == {int}


def test_leaves_that_are_equal_are_compiled_once_and_answered_each() -> None:
    book = RuleBook([IntervalLeaf(0, 0, 5), CodeLeaf(1, frozenset({1}), 2), IntervalLeaf(0, 0, 5)], 2)
    assert list(book.decide([5, -1])) == [HOLDS, UNDECIDED, HOLDS]
    assert {len(told) for ruleset in book._rulesets for told in ruleset._told.values()} == {2}
    book.close()


def test_leaves_about_one_code_and_small_neighbours_take_one_firing() -> None:
    codes = [CodeLeaf(0, frozenset({code}), 7) for code in range(8)]
    flags = [CodeLeaf(1 + n, frozenset({2}), 2) for n in range(4)]
    book = RuleBook([*codes, *flags], 5)
    assert [len(ruleset._expected) for ruleset in book._rulesets] == [3]
    for vector in ([-1, -1, -1, -1, -1], [0, 0, 1, 2, -1], [7, 2, 2, 2, 2], [3, 1, -1, 2, 0]):
        assert list(book.decide(vector)) == [by_comparison(leaf, vector) for leaf in (*codes, *flags)]
    book.close()


def test_no_leaves_need_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    class Untouchable:
        error = durable_rules_engine.error

    monkeypatch.setattr(rules, "_engine", Untouchable())
    for width in (0, 3):
        book = RuleBook([], width)
        assert list(book.decide([1] * width)) == []
        book.close()


@pytest.mark.parametrize("value", [True, 1.0, 2**53, -(2**53), 2**64, None, "5", float("nan")])
def test_a_value_that_is_no_small_integer_is_refused_and_does_no_harm(value: Any) -> None:
    book = RuleBook([IntervalLeaf(0, 1, 5)], 2)
    with pytest.raises(EngineFault) as caught:
        book.decide([value, 9])
    assert repr(value) not in str(caught.value)
    assert list(book.decide([1, 9])) == [UNDECIDED]
    book.close()


@pytest.mark.parametrize("vector", [[], [1], [1, 2, 3]])
def test_a_vector_of_another_length_is_refused(vector: list[int]) -> None:
    book = RuleBook([IntervalLeaf(0, 1, 5)], 2)
    with pytest.raises(EngineFault, match="values, not 2"):
        book.decide(vector)
    book.close()


@pytest.mark.parametrize("vector", [[9, 1, 0], [1, 9, 5], [1, 9, -2]])
def test_an_interval_upside_down_or_a_code_outside_is_a_fault_and_the_next_call_is_right(
    vector: list[int],
) -> None:
    book = RuleBook([IntervalLeaf(0, 1, 5), CodeLeaf(2, frozenset({2}), 4)], 3)
    with pytest.raises(EngineFault, match="exactly one rule"):
        book.decide(vector)
    assert list(book.decide([5, 6, 2])) == [HOLDS, HOLDS]
    book.close()


@pytest.mark.parametrize(
    "leaf",
    [
        IntervalLeaf(0, 2, 5),
        IntervalLeaf(-1, 0, 5),
        IntervalLeaf(0, 1, 2**53),
        IntervalLeaf(0, 1, -(2**53)),
        CodeLeaf(2, frozenset({1}), 3),
        CodeLeaf(0, frozenset({4}), 3),
        CodeLeaf(0, frozenset({-1}), 3),
        CodeLeaf(0, frozenset(), -1),
        CodeLeaf(0, frozenset(range(1, 9000, 2)), 9000),
    ],
)
def test_a_leaf_that_cannot_be_decided_is_refused_when_the_book_is_made(leaf: Leaf) -> None:
    with pytest.raises(EngineFault):
        RuleBook([IntervalLeaf(0, 1, 5), leaf], 2)


def test_a_closed_book_answers_no_more_and_closes_again() -> None:
    book = RuleBook([IntervalLeaf(0, 0, 5)], 1)
    other = RuleBook([IntervalLeaf(0, 0, 5)], 1)
    book.close()
    # A new ruleset takes the handle that was freed; closing the first again must not touch it.
    third = RuleBook([IntervalLeaf(0, 0, 7)], 1)
    book.close()
    with pytest.raises(EngineFault, match="closed"):
        book.decide([1])
    assert list(other.decide([6])) == [HOLDS]
    assert list(third.decide([6])) == [FAILS]
    other.close()
    third.close()


class Meddler:
    """The engine, going wrong in the way named by `wrong`, in the middle of a drain."""

    def __init__(self) -> None:
        self.wrong = ""
        self.step = 0
        self.last: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(durable_rules_engine, name)

    def assert_fact(self, handle: int, text: str) -> tuple[int, int]:
        code, state = durable_rules_engine.assert_fact(handle, "{" if self.wrong == "refused" else text)
        return (1 if self.wrong == "not taken" else code, state)

    def start_action_for_state(self, handle: int, state: int) -> tuple[str, str] | None:
        self.step = 0
        first: tuple[str, str] = durable_rules_engine.start_action_for_state(handle, state)
        if self.wrong == "no sentinel":
            return first[0], durable_rules_engine.complete_and_start_action(handle, state)
        return None if self.wrong == "silent" else first

    def complete_and_start_action(self, handle: int, state: int) -> str | None:
        self.step += 1
        if self.step == 5:
            if self.wrong == "doubled":
                return self.last
            if self.wrong == "cut short":
                return None
            if self.wrong == "broken off":
                raise KeyboardInterrupt
        if self.wrong == "endless" and self.step > 6:
            return self.last
        message: str | None = durable_rules_engine.complete_and_start_action(handle, state)
        if self.wrong == "dropped" and self.step == 5:
            message = durable_rules_engine.complete_and_start_action(handle, state)
        self.last = message
        return message

    def retract_fact(self, handle: int, text: str) -> tuple[int, int]:
        code, state = durable_rules_engine.retract_fact(handle, text)
        return (1 if self.wrong == "not taken back" else code, state)


@pytest.fixture
def meddler(monkeypatch: pytest.MonkeyPatch) -> Meddler:
    made = Meddler()
    monkeypatch.setattr(rules, "_engine", made)
    return made


@pytest.mark.parametrize(
    ("wrong", "raised"),
    [
        ("refused", EngineFault),
        ("not taken", EngineFault),
        ("silent", EngineFault),
        ("no sentinel", EngineFault),
        ("dropped", EngineFault),
        ("doubled", EngineFault),
        ("cut short", EngineFault),
        ("endless", EngineFault),
        ("not taken back", EngineFault),
        ("broken off", KeyboardInterrupt),
    ],
)
def test_an_engine_gone_wrong_is_a_fault_and_the_next_call_is_right(
    meddler: Meddler, wrong: str, raised: type[BaseException]
) -> None:
    book = RuleBook([IntervalLeaf(n, n, 5) for n in range(40)], 40)
    low, mixed = [0] * 40, [0, 9] * 20
    expected = [FAILS, HOLDS] * 20
    for _ in range(3):
        assert list(book.decide(mixed)) == expected
        meddler.wrong = wrong
        with pytest.raises(raised):
            book.decide(low)
        meddler.wrong = ""
    assert list(book.decide(mixed)) == expected
    book.close()


def test_a_fault_while_rulesets_are_built_anew_leaves_the_book_able_to_recover(meddler: Meddler) -> None:
    book = RuleBook([IntervalLeaf(n, n, 5) for n in range(40)], 40)
    meddler.wrong = "refused"
    for _ in range(3):
        with pytest.raises(EngineFault):
            book.decide([9] * 40)
    meddler.wrong = ""
    assert list(book.decide([9] * 40)) == [HOLDS] * 40
    book.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("refused", "refused the rules"),
        ("not taken", "first fact"),
        ("silent", "sentinel"),
    ],
)
def test_an_engine_gone_wrong_when_the_book_is_made_is_a_fault(meddler: Meddler, wrong: str, said: str) -> None:
    meddler.wrong = wrong
    with pytest.raises(EngineFault, match=said):
        RuleBook([IntervalLeaf(0, 0, 5)], 1)


def test_eight_threads_share_a_book() -> None:
    leaves, vector = draw_book(Random(8), 40)
    vectors = [vector() for _ in range(60)]
    expected = [[by_comparison(leaf, each) for leaf in leaves] for each in vectors]
    book = RuleBook(leaves, len(vectors[0]))
    wrong: list[int] = []
    interval = sys.getswitchinterval()

    def work(start: int) -> None:
        for turn in range(300):
            number = (start + turn) % len(vectors)
            if list(book.decide(vectors[number])) != expected[number]:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(7 * start,)) for start in range(8)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    book.close()
    assert wrong == []


def in_new_process(script: str) -> str:
    """What `script` prints; for what forks or measures the process."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)],
        check=False,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


MEMORY = """
    import os
    from service.engine.partitions import CodeLeaf, IntervalLeaf
    from service.engine.rules import RuleBook
    leaves = [IntervalLeaf(2 * n, 2 * n + 1, 50) for n in range(12)] + [CodeLeaf(24, frozenset({1, 5}), 9)]
    vectors = [[shift + 7 * n for n in range(24)] + [shift % 9] for shift in range(100)]
    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
"""


def test_deciding_leaves_no_memory_behind() -> None:
    growth = in_new_process(
        MEMORY
        + """
    book = RuleBook(leaves, 25)
    def decide(times):
        for turn in range(times):
            book.decide(vectors[turn % 100])
    decide(2_000)
    before = resident()
    decide(20_000)
    print(resident() - before)
    """
    )
    assert int(growth) < 500


def test_opening_and_closing_books_leaves_no_memory_behind() -> None:
    growth = in_new_process(
        MEMORY
        + """
    def cycle(times):
        for turn in range(times):
            book = RuleBook(leaves, 25)
            book.decide(vectors[turn % 100])
            book.close()
    cycle(50)
    before = resident()
    cycle(300)
    print(resident() - before)
    """
    )
    assert int(growth) < 2_000


def test_a_book_made_before_a_fork_answers_after_it_even_if_a_thread_held_it() -> None:
    printed = in_new_process(
        """
        import os, threading
        from service.engine.partitions import IntervalLeaf
        from service.engine.rules import RuleBook
        book = RuleBook([IntervalLeaf(n, n, 5) for n in range(40)], 40)
        book.decide([9] * 40)
        held, forked = threading.Event(), threading.Event()
        def hold():
            with book._lock:
                # As a thread would in the middle of an evaluation: a fact is in, nothing is drained.
                book._clean = False
                first = book._rulesets[0]
                import durable_rules_engine as engine
                engine.assert_fact(first._handle, first._fact.replace("%d", "9"))
                first._start()
                held.set()
                forked.wait()
        thread = threading.Thread(target=hold, daemon=True)
        thread.start()
        held.wait()
        child = os.fork()
        if child == 0:
            right = all(list(book.decide([0, 9] * 20)) == [0, 2] * 20 for _ in range(200))
            book.close()
            os._exit(0 if right else 1)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        forked.set()
        thread.join()
        print(list(book.decide([9, 0] * 20)) == [2, 0] * 20)
        """
    )
    assert printed.split() == ["0", "True"]
