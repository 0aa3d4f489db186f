"""What the guides of docs/zh show is what the program takes, says and prints."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest
from guides import (
    AUDITORS,
    DATA,
    EXAMPLE,
    FILE,
    IN_CHINESE,
    OFFICERS,
    Block,
    Place,
    auditors_place,
    blocks,
    example,
    example_in_chinese,
    in_chinese,
    is_mistake,
    mistake,
    officers_place,
    policy_of,
    reference,
    reference_shown,
    same,
    sentences,
    snippets_loaded,
    steps,
    titled,
)

from service.authoring.examples import check_examples
from service.cli import program
from service.policy.condition_schema import COMPARISONS, KINDS, WORDS, ConditionSchema
from service.policy.facts import FactType
from service.policy.fields import StrictSchema
from service.policy.functions import FUNCTIONS
from service.policy.library import Snapshot

GUIDES = (OFFICERS, AUDITORS)
PLACES: dict[Path, Callable[[Path], Place]] = {OFFICERS: officers_place, AUDITORS: auditors_place}
PAIRS = [(edit, answer) for edit, answer in pairwise(blocks(OFFICERS)) if is_mistake(edit)]
# What an officer may write, by where it is written.
LANGUAGE: dict[str, Iterable[str]] = {
    "kinds": KINDS,
    "functions": FUNCTIONS,
    "types": FactType,
    "words": WORDS,
    **{made.__name__: made.keys() for made in StrictSchema.__subclasses__()},
}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Snapshot, list[Block]]:
    """The policy that all snippets of the officers' guide make together, and the conditions among them."""
    snapshot, problems, conditions = snippets_loaded(OFFICERS, tmp_path_factory.mktemp("snippets"))
    assert problems == ()
    assert snapshot is not None
    return snapshot, conditions


@pytest.fixture(params=GUIDES, ids=["officers", "auditors"])
def guide(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_every_condition_shown_is_accepted_and_read_as_the_guide_says(
    loaded: tuple[Snapshot, list[Block]],
) -> None:
    snapshot, conditions = loaded
    assert conditions
    assert sentences(policy_of(snapshot)) == [block.said for block in conditions]


def test_every_example_shown_gives_the_status_it_says(loaded: tuple[Snapshot, list[Block]]) -> None:
    snapshot, conditions = loaded
    assert sum(block.text.count("then: ") for block in conditions) > len(conditions)
    assert check_examples(policy_of(snapshot)) == ()


def test_each_kind_of_condition_is_shown_with_every_status_it_can_have() -> None:
    shown: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for block in titled(blocks(OFFICERS), "条件"):
        kind = next(kind for kind in KINDS if re.search(rf"^{kind}:", block.body, re.MULTILINE))
        shown[kind] |= set(re.findall(r"then: (\w+)\}", block.body))
    # A judgement is satisfied only once people have said so.
    lacking = {kind: {"satisfied", "not_satisfied", "unknown"} - statuses for kind, statuses in shown.items()}
    assert {kind: statuses for kind, statuses in lacking.items() if statuses} == {"judgement": {"satisfied"}}


def test_every_comparison_and_function_is_shown_in_use() -> None:
    found = blocks(OFFICERS)
    conditions = "".join(block.body for block in titled(found, "条件"))
    functions = "".join(block.body for block in titled(found, "计算字段")) + example()
    assert [name for name in COMPARISONS if not re.search(rf"\b{name}: ", conditions)] == []
    assert [name for name in FUNCTIONS if not re.search(rf"^    {name}: |^  {name}: ", functions, re.MULTILINE)] == []


def test_every_snippet_stands_in_chinese_keywords_too() -> None:
    found = blocks(OFFICERS)
    following = {block.line: after for block, after in pairwise(found)}
    said = in_chinese(OFFICERS)
    assert len(said) > 100
    shown = {line: (following[line].title, following[line].body) for line in said}
    assert shown == {line: (IN_CHINESE, text) for line, text in said.items()}
    (whole,) = titled(found, f"{IN_CHINESE}：全文")
    assert whole.body == example_in_chinese()


def test_the_reference_is_what_the_schemas_say() -> None:
    assert reference_shown(OFFICERS) == reference()


@pytest.mark.parametrize("names", LANGUAGE.values(), ids=LANGUAGE.keys())
def test_every_word_of_the_language_is_in_the_guide(names: Iterable[str]) -> None:
    assert ConditionSchema.__name__ in LANGUAGE
    text = OFFICERS.read_text("utf-8")
    lacking = [name for name in names if not re.search(rf"`{name}[`: ]|\b{name}: ", text)]
    assert lacking == []


def test_a_yaml_block_says_what_it_is(guide: Path) -> None:
    known = {"条件", "计算字段", "字段", "参数", "口径", "依据文件", "文件头", IN_CHINESE, f"{IN_CHINESE}：全文"}
    titles = {block.title for block in blocks(guide) if block.language == "yaml"}
    assert {title for title in titles if not title.startswith("文件：")} <= known


def test_the_example_shown_whole_is_the_one_that_is_checked() -> None:
    found = blocks(OFFICERS)
    (policy,) = titled(found, f"文件：{FILE}")
    assert policy.body == example()
    cases = f"policies/{EXAMPLE}/2025.cases.yaml"
    (shown,) = titled(found, f"文件：{cases}")
    assert shown.body == (DATA / cases).read_text("utf-8")
    texts = {block.text for block in found}
    assert (DATA / "policies" / EXAMPLE / "documents" / "notice-2025.txt").read_text("utf-8") in texts
    assert (DATA / "application.json").read_text("utf-8") in texts


@pytest.mark.parametrize(("edit", "answer"), PAIRS, ids=[f"line {edit.line + 1}" for edit, _ in PAIRS])
def test_a_mistake_shown_is_answered_as_shown(edit: Block, answer: Block) -> None:
    assert answer.language == "text"
    assert mistake(edit) == answer.text


def test_every_command_prints_what_is_shown(guide: Path, tmp_path: Path) -> None:
    place = PLACES[guide](tmp_path)
    done = 0
    for block, printed in steps(guide, place):
        head, _, shown = block.text.partition("\n")
        assert printed is not None
        assert same(shown, printed), f"{guide.name}:{block.line + 1}: {head}\n{printed}"
        done += 1
    place.close()
    assert done > 5


def named(guide: Path) -> Iterator[list[str]]:
    """The words of every `eligibility` command that stands in a sentence or a block."""
    text = guide.read_text("utf-8")
    for line in re.findall(r"`(eligibility [^`\n]+)`|^\$ (eligibility .+)$", text, re.MULTILINE):
        yield [word for word in shlex.split("".join(line))[1:] if word != "…"]


def test_every_command_named_exists(guide: Path) -> None:
    found = list(named(guide))
    assert found
    for words in found:
        command: click.Command = program._program
        while isinstance(command, click.Group) and words and not words[0].startswith("-"):
            inner = command.get_command(click.Context(command), words.pop(0))
            assert inner is not None, words
            command = inner
        options = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_exit_codes_are_those_of_the_table(tmp_path: Path) -> None:
    place = auditors_place(tmp_path)
    codes = {
        "eligibility log verify": 0,
        "eligibility log replay --all": 0,
        "eligibility log verify --database-url sqlite:///改动.db": 1,
        "eligibility log verify --database-url sqlite:///删除.db": 1,
        "eligibility log show 99": 2,
        "eligibility log replay": 2,
        "eligibility log verify --database-url sqlite:///没有.db": 2,
    }
    assert {line: place.command(line)[0] for line in codes} == codes
    (tmp_path / FILE).write_text("language: 2\n", "utf-8")
    assert place.command("eligibility policy check")[0] == 3
    place.close()


def test_a_checkpoint_kept_outside_shows_what_the_database_hides(tmp_path: Path) -> None:
    place = auditors_place(tmp_path)
    cut = "eligibility log verify --database-url sqlite:///截断.db"
    assert place.command(cut)[0] == 0
    assert place.command("eligibility log checkpoint")[0] == 0
    assert place.command(cut)[0] == 1
    place.close()


def test_links_lead_to_headings(guide: Path) -> None:
    text = guide.read_text("utf-8")
    slugs = {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    links = re.findall(r"\]\(#([^)]+)\)", text)
    assert links
    assert set(links) <= slugs
