"""Applications searched for: what is tried, and how an outcome is reached that no single change brings about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.authoring.candidates import Candidates
from service.authoring.case_runs import Bench
from service.authoring.drafts import Draft
from service.authoring.outcomes import Outcome
from service.authoring.search import Search
from service.authoring.sources import SourceBook
from service.authoring.subjects import Subject, subjects
from service.policy.library import policy_from_texts

SMALL = (Path(__file__).parents[1] / "data" / "case_files" / "small.yaml").read_text(encoding="utf-8")
CRITERIA = """\
criteria:
  a:
    label: 甲
    cite: {clause: 一}
    all:
      - {id: staff, fact: staff, at_least: 3人}
      - {id: same, fact: alike, is: true}
      - {id: twice, fact: twice, is: 74人}
      - {id: never, all: [{fact: area, at_least: 3平方米}, {fact: area, less_than: 3平方米}]}
"""
DERIVED = (
    "  alike: {label: 两处相同, same_text: [phone, again]}\n  twice: {label: 两倍, total: [staff, staff], unit: 人}\n"
)


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    head, _, rest = SMALL.partition("criteria:\n")
    text = head + CRITERIA + rest[rest.index("materials:") :]
    text = text.replace("derived:\n", f"  again: {{type: text, label: 再填电话}}\nderived:\n{DERIVED}", 1)
    policy, problems = policy_from_texts("small", "2024", text.encode(), {})
    assert policy is not None, [str(item) for item in problems]
    with Bench(policy) as found:
        yield found


@pytest.fixture
def search(bench: Bench) -> Search:
    return Search(bench, SourceBook(bench.policy), Candidates(bench.policy, []))


def subject(bench: Bench, name: str) -> Subject:
    return next(one for one in subjects(bench.policy) if one.name == name)


@pytest.mark.parametrize(
    "draft",
    [
        Draft(None, {"staff": "many"}),
        Draft(None, {"nothing": 1}),
        Draft(None, {}, ({"about": "nowhere", "kind": "judgement", "result": "upheld"},)),
    ],
    ids=["a value", "a key", "a finding"],
)
def test_what_is_no_application_is_not_tried_nor_gone_on_from(bench: Bench, search: Search, draft: Draft) -> None:
    assert search.tried(draft) is None
    assert search.climb(draft, subject(bench, "a.staff"), Outcome.SATISFIED) is None
    assert search.complete(Draft(None, {"staff": "many", "on": "2024-06-28"})).data["staff"] == "many"
    assert list(search.sweep(Draft(None, {"staff": "many"}), [], frozenset())) == []


def test_a_draft_that_is_there_already_stays(bench: Bench, search: Search) -> None:
    draft = Draft(None, {"staff": 3})
    found = search.climb(draft, subject(bench, "a.staff"), Outcome.SATISFIED)
    assert found is not None
    assert found.draft == draft


@pytest.mark.parametrize(("outcome", "least"), [(Outcome.SATISFIED, True), (Outcome.NOT_SATISFIED, False)])
def test_one_step_is_enough_for_a_threshold(bench: Bench, search: Search, outcome: Outcome, *, least: bool) -> None:
    found = search.climb(Draft(None, {}), subject(bench, "a.staff"), outcome)
    assert found is not None
    assert (found.draft.data["staff"] >= 3) is least


def test_two_steps_are_made_at_once_where_one_leads_nowhere(bench: Bench, search: Search) -> None:
    found = search.climb(Draft(None, {}), subject(bench, "a.same"), Outcome.SATISFIED)
    assert found is not None
    assert found.draft.data["phone"] == found.draft.data["again"]


def test_a_number_that_nothing_suggests_is_counted_up_to(bench: Bench, search: Search) -> None:
    found = search.climb(Draft(None, {"staff": 3}), subject(bench, "a.twice"), Outcome.SATISFIED)
    assert found is not None
    assert found.draft.data["staff"] == 37


def test_what_cannot_be_reached_is_given_up(bench: Bench, search: Search) -> None:
    assert search.climb(Draft(None, {}), subject(bench, "a.never"), Outcome.SATISFIED) is None


def test_what_changes_no_outcome_is_left_out(search: Search) -> None:
    begun = Draft(None, {"staff": 3, "people": [{}, {}], "area": 1})
    pruned = search.pruned(begun)
    before, after = search.tried(begun), search.tried(pruned)
    assert before is not None
    assert after is not None
    assert after.assessment.overall == before.assessment.overall
    assert len(str(pruned.data)) < len(str(begun.data))
    assert search.pruned(pruned) == pruned


def test_a_draft_that_is_no_application_is_left_as_it_is(search: Search) -> None:
    begun = Draft(None, {"nothing": 1})
    assert search.pruned(begun) == begun


def test_no_more_is_judged_than_may_be(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("service.authoring.search._MOST_JUDGED", 1)
    search = Search(bench, SourceBook(bench.policy), Candidates(bench.policy, []))
    draft = Draft(None, {"staff": 1})
    assert not search.exhausted
    assert search.climb(draft, subject(bench, "a.staff"), Outcome.SATISFIED) is None
    assert search.exhausted
