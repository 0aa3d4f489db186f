"""A reply as a person reads it: what was decided, why, and what to do about it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from service import messages
from service.cli.inputs import Outcome
from service.cli.prose import Prose, plain
from service.cli.screen import bullets, heading, show_problems

_say = messages.text
Reply = Mapping[str, Any]
_STYLES = {
    "satisfied": "green",
    "eligible": "green",
    "needs_review": "yellow",
    "unknown": "magenta",
    "incomplete": "magenta",
    "not_satisfied": "red",
    "ineligible": "red",
}
_OPTIONAL = "avoids_review"


def show_outcome(outcome: Outcome, target: Console) -> None:
    """One input whole: verdict, sections, then the lists that have something in them."""
    target.rule(Text(plain(outcome.name), "bold"), align="left", style="dim")
    if outcome.reply is None:
        target.print(Prose(_say("view.unreadable"), "bold red"))
        show_problems(outcome.problems, target)
        return
    reply = outcome.reply
    policy, overall = reply["policy"], reply["overall"]
    target.print(Prose(_say("view.policy", title=policy["title"], edition=policy["edition"])))
    if not policy["in_force"]:
        target.print(Prose(_say("view.not-in-force"), "yellow"))
    target.print(Prose(_say("view.overall", label=overall["label"]), f"bold {_STYLES[overall['status']]}"))
    target.print(Padding(Prose(overall["explanation"]), (0, 0, 0, 2), expand=False))
    target.print(_sections(reply))
    shown = [(title, texts) for title, texts in _lists(reply) if texts]
    for number, (title, texts) in enumerate(shown):
        if number:
            target.print()
        target.print(heading(title))
        target.print(bullets(texts))


def show_summary(outcomes: Sequence[Outcome], target: Console) -> None:
    """Many inputs, a line each, and how many came to what."""
    folder = shared_folder([outcome.name for outcome in outcomes])
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_say("view.file"), overflow="fold")
    table.add_column(_say("view.conclusion"), no_wrap=True)
    table.add_column(_say("view.missing-count"), justify="right", no_wrap=True)
    table.add_column(_say("view.review-count"), justify="right", no_wrap=True)
    table.add_column(_say("view.reason"))
    counted: dict[str, int] = {}
    for outcome in outcomes:
        counted_as, row = _line(outcome)
        counted[counted_as] = counted.get(counted_as, 0) + 1
        table.add_row(Text(plain(outcome.name.removeprefix(folder))), *row)
    target.rule(Text(_say("view.summary"), "bold"), align="left", style="dim")
    if folder:
        target.print(Prose(_say("view.folder", folder=folder)))
    target.print(table)
    parts = "，".join(_say("view.counted", label=label, count=count) for label, count in counted.items())
    target.print(Prose(_say("view.total", total=sum(counted.values()), parts=parts), "bold"))


def digest(outcome: Outcome) -> Outcome:
    """What the summary needs of an outcome, so that thousands can be held."""
    if outcome.reply is None:
        return outcome
    kept = {
        "overall": outcome.reply["overall"],
        "missing": [{"effect": item["effect"]} for item in outcome.reply["missing"]],
        "reviews": [{"gates": item["gates"]} for item in outcome.reply["reviews"]],
    }
    return Outcome(outcome.name, kept)


def shared_folder(names: Sequence[str]) -> str:
    """The folder all inputs lie in, with its slash; empty if there is none worth leaving out."""
    try:
        shared = os.path.commonpath([os.path.dirname(name) for name in names])
    except ValueError:  # absolute and relative names
        return ""
    folder = f"{shared}{os.sep}"
    return folder if shared and all(name.startswith(folder) for name in names) else ""


def _line(outcome: Outcome) -> tuple[str, tuple[RenderableType, ...]]:
    if outcome.reply is None:
        label = _say("view.unreadable")
        return label, (Text(label, "red"), "", "", Prose(outcome.problems[0].message))
    overall = outcome.reply["overall"]
    missing = sum(item["effect"] != _OPTIONAL for item in outcome.reply["missing"])
    reviews = sum(item["gates"] for item in outcome.reply["reviews"])
    label = overall["label"]
    cells = (str(missing or "-"), str(reviews or "-"), Prose(overall["explanation"]))
    return label, (Text(label, _STYLES[overall["status"]]), *cells)


def _sections(reply: Reply) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(_say("view.section"), no_wrap=True)
    table.add_column(_say("view.conclusion"), no_wrap=True)
    table.add_column(_say("view.reason"))
    tiers = reply.get("tiers", {})
    # What a policy leaves out asks nothing and has nothing to tell.
    papers = (section for section in (reply["materials"], reply["formalities"]) if section["conditions"])
    for section in (reply["scope"], *reply["criteria"].values(), *tiers.values(), *papers):
        status = section["status"]
        label = Text(_say(f"view.status.{status}"), _STYLES[status])
        table.add_row(Text(section["label"]), label, Prose(section["explanation"]))
    return table


def _lists(reply: Reply) -> Iterator[tuple[str, list[str]]]:
    missing = reply["missing"]
    papers = [item for item in missing if "group" in item]
    facts = [item for item in missing if "group" not in item and item["effect"] != _OPTIONAL]
    optional = [item for item in missing if "group" not in item and item["effect"] == _OPTIONAL]
    labels = {key: section["label"] for key, section in (*reply["criteria"].items(), *reply.get("tiers", {}).items())}
    labels |= {key: reply[key]["label"] for key in ("scope", "materials", "formalities")}
    yield _say("view.missing-facts", count=len(facts)), [_missing(item) for item in facts]
    yield _say("view.missing-papers", count=len(papers)), [_missing(item) for item in papers]
    yield _say("view.missing-optional", count=len(optional)), [_missing(item) for item in optional]
    gating = [item for item in reply["reviews"] if item["gates"]]
    others = [item for item in reply["reviews"] if not item["gates"]]
    yield _say("view.reviews", count=len(gating)), [_review(item, labels) for item in gating]
    yield _say("view.reviews-only-seen", count=len(others)), [_review(item, labels) for item in others]
    remedies = reply["remedies"]
    yield (
        _say("view.remedies"),
        [_say("view.item", of=labels[i["criterion"]], text=i["text"]) for i in remedies],
    )
    suggestions = [*dict.fromkeys(_suggestions(reply["formalities"]))]
    yield _say("view.suggestions"), suggestions
    yield _say("view.preferences"), ["、".join(reply["preferences"])] if reply["preferences"] else []
    # Who is ineligible gets nothing, whatever the conditions of the award alone come to.
    award = [] if reply["overall"]["status"] == "ineligible" else reply.get("award", [])
    yield _say("view.award"), [_say("view.item", of=item["label"], text=_award(item)) for item in award]
    yield _say("view.notes"), [item["text"] for item in reply["notes"]]


def _award(item: Mapping[str, Any]) -> str:
    if item["value"] is None:
        return _say("view.amount.none")
    text = str(item["value"])
    if item["status"] is not None:
        text = _say("view.amount", value=text, status=_say(f"view.status.{item['status']}"))
    if item.get("missing"):
        text = _say("view.amount.missing", text=text, labels="、".join(field["label"] for field in item["missing"]))
    return text


def _missing(item: Mapping[str, Any]) -> str:
    about = item.get("who") or item.get("of")
    text = _say("view.item", of=about, text=item["label"]) if about else str(item["label"])
    if "group" in item:
        return text + _say("view.in-group", group=item["group"])
    text += _say("view.pointer", pointer=item["pointer"])
    return f"{text}\n{item['help']}" if item.get("help") else text


def _review(item: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    of = labels.get(item["about"].partition(".")[0], "")
    text = _say("view.item", of=of, text=item["question"]) if of else str(item["question"])
    return f"{text}\n{_say('view.evidence', evidence=item['evidence'])}" if item["evidence"] else text


def _suggestions(condition: Mapping[str, Any]) -> Iterator[str]:
    if "suggestion" in condition:
        yield _say("view.item", of=condition["label"], text=condition["suggestion"])
    for child in condition["conditions"]:
        yield from _suggestions(child)
