"""The pages of a policy: byte for byte as kept in tests/data/pages, well-formed, every link with its end.

`ELIGIBILITY_KEEP=1 python -m pytest tests/authoring/test_page.py` keeps the pages anew, to be read in the diff.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from service.authoring.page import Page, page_of
from service.authoring.page_html import page_html
from service.authoring.page_markdown import page_markdown
from service.policy.library import load_library
from service.policy.model import Policy

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "tests" / "data" / "pages"
WARNED = ROOT / "tests" / "data" / "policies" / "warned"
BASE = ROOT / "tests" / "data" / "policies" / "base"
_VOID = {"meta", "br"}


def policy_of(folder: Path) -> Policy:
    snapshot, problems = load_library(folder)
    assert snapshot is not None, problems
    return snapshot.policies[-1]


@pytest.fixture(scope="module", params=[WARNED / "base", BASE, ROOT / "policies"], ids=["small", "base", "2024"])
def page(request: pytest.FixtureRequest) -> Page:
    return page_of(policy_of(request.param))


class Reader(HTMLParser):
    """Notes what is open, every id and every link."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: Counter[str] = Counter()
        self.links: set[str] = set()
        self.headings: list[int] = []
        self.tags: Counter[str] = Counter()
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags[tag] += 1
        if tag not in _VOID:
            self.open.append(tag)
        if "id" in given:
            self.ids[str(given["id"])] += 1
        if tag == "a":
            self.links.add(str(given["href"]))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        assert not {"src", "onclick", "onload"} & given.keys()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.mark.parametrize("form", ["html", "md"])
def test_the_page_of_a_small_policy_is_the_one_kept(form: str) -> None:
    page = page_of(policy_of(WARNED / "base"))
    text = page_html(page) if form == "html" else page_markdown(page)
    kept = KEPT / f"canteen.{form}"
    if os.environ.get("ELIGIBILITY_KEEP"):
        kept.write_text(text, "utf-8")
    assert text == kept.read_text("utf-8")


def test_every_link_has_an_end_and_every_id_is_one(page: Page) -> None:
    reader = read(page_html(page))
    assert max(reader.ids.values()) == 1
    assert reader.links
    for link in reader.links:
        assert link.startswith("#")
        assert link[1:] in reader.ids
    assert not any(re.search(r"\s", name) for name in reader.ids)


def test_headings_go_down_one_level_at_a_time(page: Page) -> None:
    levels = read(page_html(page)).headings
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_page_needs_nothing_from_outside_and_no_script(page: Page) -> None:
    text = page_html(page)
    reader = read(text)
    assert not {"script", "link", "img", "iframe"} & reader.tags.keys()
    assert "url(" not in text
    assert "http://" not in text
    assert "https://" not in text
    assert "@import" not in text


def test_every_word_of_the_notice_and_every_condition_is_on_the_page(page: Page) -> None:
    shown = "".join("".join(read(page_html(page)).text).split())
    plain = "".join(page_markdown(page).replace("\\", "").split())
    for sentence in page.sentences:
        assert "".join(sentence.text.split()) in shown
        assert "".join(sentence.text.split()) in plain
    for part in (*page.sections, *page.more):
        for item in part.items:
            for text in (item.title, item.text, *(cited.text for cited in item.citations)):
                assert "".join(text.split()) in shown
                assert "".join(text.split()) in plain


def test_citations_and_sentences_lead_to_each_other() -> None:
    page = page_of(policy_of(BASE))
    sentences = {sentence.anchor: sentence for sentence in page.sentences}
    grade = next(item for part in page.sections for item in part.items if item.anchor == "c.master.age")
    (cited,) = grade.citations
    assert cited.sentence is not None
    assert "年龄原则上不超过60周岁" in sentences[cited.sentence].text
    assert "c.master.age" in {use.anchor for use in sentences[cited.sentence].uses}
    uncovered = [sentence.text for sentence in page.sentences if sentence.speaks and not sentence.uses]
    assert len(uncovered) == page.uncovered
    assert "县级以上非遗传承人不受等级限制。" in uncovered


def test_words_that_stand_in_text_and_attachment_are_those_the_clause_names() -> None:
    page = page_of(policy_of(ROOT / "policies"))
    by_use = {use.anchor: [] for sentence in page.sentences for use in sentence.uses}
    for sentence in page.sentences:
        for use in sentence.uses:
            by_use[use.anchor].append(sentence.kind)
    # The text speaks of the age of retirement, the form of the age of a member.
    assert by_use["c.formalities.member-age"] == ["attachment"]


def test_what_a_policy_says_cannot_become_markup(tmp_path: Path) -> None:
    folder = shutil.copytree(WARNED / "base", tmp_path / "policies")
    file = folder / "demo" / "2025.yaml"
    text = file.read_text("utf-8").replace("title: 柳溪县社区食堂扶持", "title: '<script>x</script>|*甲*'")
    file.write_text(text.replace("help: ", ""), "utf-8")
    page = page_of(policy_of(folder))
    assert "script" not in read(page_html(page)).tags
    assert "\\<script\\>x\\</script\\>\\|\\*甲\\*" in page_markdown(page)


def test_a_policy_without_archived_notice_has_a_page(tmp_path: Path) -> None:
    folder = shutil.copytree(WARNED / "base", tmp_path / "policies")
    file = folder / "demo" / "2025.yaml"
    file.write_text(file.read_text("utf-8").replace(", text: documents/notice.txt", ""), "utf-8")
    page = page_of(policy_of(folder))
    assert (page.notice, page.sentences) == (None, ())
    assert "通知没有存档文本" in page_markdown(page)
    assert "通知没有存档文本" in page_html(page)


def test_the_same_policy_gives_the_same_bytes() -> None:
    first, second = (page_html(page_of(policy_of(BASE))) for _ in range(2))
    assert first == second


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_text_stands_out_from_its_ground() -> None:
    style = (ROOT / "service" / "authoring" / "templates" / "policy.css").read_text("utf-8")
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", style))
    for ground in ("#ffffff", colours["band"], colours["mark"]):
        for name in ("ink", "soft", "link", "alarm"):
            light, dark = sorted((_luminance(ground), _luminance(colours[name])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, name
