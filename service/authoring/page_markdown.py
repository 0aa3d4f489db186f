"""A policy page as Markdown, for mail, wikis and comparison by line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from service import messages
from service.authoring.page import Item, Page, Part

_say = messages.text
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~])")


def page_markdown(page: Page) -> str:
    """The page; the same page gives the same text. What the policy says is escaped."""
    return re.sub(r"\n{3,}", "\n\n", "\n".join(_lines(page))) + "\n"


def _lines(page: Page) -> Iterator[str]:
    yield f"# {_text(_say('page.title', title=page.title, edition=page.edition))}"
    yield ""
    yield from (f"- {_text(name)}：{_text(value)}" for name, value in page.head)
    yield from _notice(page)
    yield from _heading(2, _say("page.conditions"))
    for section in page.sections:
        yield from _part(section, 3)
    for part in page.more:
        yield from _part(part, 2)
    yield from _form(page)
    yield from _heading(2, _say("page.tables"))
    for title, texts in page.tables:
        yield f"- {_text(title)}"
        yield from (f"  - {_text(text)}" for text in texts)


def _notice(page: Page) -> Iterator[str]:
    yield from _heading(2, _say("page.notice"))
    if page.notice is None:
        yield _text(_say("page.no-notice"))
        return
    spoken = sum(sentence.speaks for sentence in page.sentences)
    yield _text(_say("page.notice.note", title=page.notice, count=spoken, open=page.uncovered))
    yield ""
    yield from _row((_say("page.sentence"), _say("page.became")))
    yield "|---|---|"
    for sentence in page.sentences:
        if sentence.speaks:
            uses = "<br>".join(_text(use.text) for use in sentence.uses) or f"**{_say('page.nothing')}**"
            yield f"| {_text(sentence.text)} | {uses} |"
        else:
            yield f"| **{_text(sentence.text)}** | |"


def _part(part: Part, level: int) -> Iterator[str]:
    yield from _heading(level, part.title)
    if part.note:
        yield _text(part.note)
        yield ""
    for item in part.items:
        yield from _item(item)


def _item(item: Item) -> Iterator[str]:
    indent = "  " * item.depth
    title = f"**{_text(item.title)}**　" if item.title else ""
    rulings = "、".join(link.text for link in item.rulings)
    by = _text(_say("policy.by-rulings", rulings=rulings)) if rulings else ""
    yield f"{indent}- {title}{_text(item.text)}{by}".rstrip("　")
    yield from (f"{indent}  - {_text(cited.text)}" for cited in item.citations)


def _form(page: Page) -> Iterator[str]:
    yield from _heading(2, _say("page.form"))
    yield _text(_say("page.form.note"))
    yield ""
    yield from _row((_say("page.fact.label"), _say("page.fact.kind"), _say("page.fact.about")))
    yield "|---|---|---|"
    for row in page.facts:
        label = f"**{_text(row.label)}**" if row.is_group else _text(row.label)
        personal = f"（{_say('page.fact.personal')}）" if row.personal else ""
        about = "<br>".join(_text(text) for text in (row.values, row.help) if text)
        yield f"| {'　' * row.depth}{label}{personal} | {_text(row.kind)} | {about} |"
    if page.derived:
        yield from _heading(3, _say("formula.heading"))
        yield from (
            f"- {_text(_say('page.formula', label=label, formula=said))} `{path}`" for label, path, said in page.derived
        )


def _heading(level: int, text: str) -> Iterator[str]:
    yield ""
    yield f"{'#' * level} {_text(text)}"
    yield ""


def _row(cells: Iterable[str]) -> Iterator[str]:
    yield f"| {' | '.join(_text(cell) for cell in cells)} |"


def _text(text: str) -> str:
    """Text in one line with the marks of Markdown escaped."""
    return _SPECIAL.sub(r"\\\1", text.replace("\n", " "))
