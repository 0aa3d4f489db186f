"""The pack for a complaint: a page for people, and beside it the files that a checker who trusts nobody needs."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from service import messages
from service.decisions.notes import Verifier
from service.decisions.subjects import text_given
from service.engine.masking import Masked
from service.policy.model import Policy
from service.rounds.complaint import Complaint, Step, rest_of
from service.rounds.pages import template

_say = messages.text
# The earliest time a ZIP archive can state: the same pack has the same bytes whenever it is written.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_FILE_MODE = 0o644 << 16


def pack(complaint: Complaint, *, policy: Policy | None, verifiers: tuple[Verifier, ...], made_at: datetime) -> bytes:
    """The pack as a ZIP archive; `policy` is that of the last decision, None where its texts cannot be read.

    The same complaint, keys and time give the same bytes.
    """
    files = dict(_files(complaint, verifiers))
    page = _page(complaint, policy, tuple((name, what) for name, (what, _) in files.items()), made_at)
    written = {_say("complaint.file.page"): page.encode("utf-8"), **{name: raw for name, (_, raw) in files.items()}}
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in written.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = _FILE_MODE
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, raw)
    return stream.getvalue()


def _files(complaint: Complaint, verifiers: tuple[Verifier, ...]) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Name, what it is, and content of every file but the page."""
    for number, step in enumerate(complaint.steps, start=1):
        name = f"{number}-{step.summary.decision_id}"
        if step.shown is not None:
            # The reply alone, with its receipt, as it is taken by `log verify --receipt`.
            yield f"{name}.json", (_what(step), _json(step.shown.reply))
        yield f"{name}-{_say('complaint.file.rest')}.json", (_say("complaint.file.rest-what"), _json(rest_of(step)))
    for name, raw in complaint.texts.items():
        yield f"{_say('complaint.file.texts')}/{name}", (_say("complaint.file.text"), raw)
    if verifiers:
        keys = "".join(f"{verifier}\n" for verifier in verifiers)
        yield _say("complaint.file.keys"), (_say("complaint.file.keys-what"), keys.encode("utf-8"))


def _what(step: Step) -> str:
    return _say("complaint.file.step", kind=_say(f"log.kind.{step.summary.kind.value}"))


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False)
    # What is no Unicode is kept by the log and shown with an escape.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _page(complaint: Complaint, policy: Policy | None, files: tuple[tuple[str, str], ...], made_at: datetime) -> str:
    shown = complaint.last.shown
    application = {} if shown is None else shown.application
    named = None if policy is None else policy.applicant
    return template("complaint.html").render(
        complaint=complaint,
        sections=[] if shown is None else [*_sections(shown.reply)],
        unit=None if named is None else text_given(application, named.unit_name),
        person=None if named is None else text_given(application, named.person_name),
        findings=[] if shown is None else [*_findings(complaint, shown)],
        files=files,
        made_at=made_at.isoformat(timespec="seconds"),
        t=messages.text,
    )


def _findings(complaint: Complaint, shown: Masked) -> Iterator[str]:
    """Every finding, with whose key handed it in: that of the first decision that has it."""
    for number, item in enumerate(shown.findings):
        having = (step for step in complaint.steps if step.shown is not None and len(step.shown.findings) > number)
        first = next(having, None)
        yield finding_told(item, shown.reply, None if first is None else first.summary.requested_by)


def _sections(reply: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield reply["scope"]
    yield from reply["criteria"].values()
    yield from reply.get("tiers", {}).values()
    for name in ("materials", "formalities"):
        if reply[name]["conditions"]:
            yield reply[name]


def finding_told(item: Mapping[str, Any], reply: Mapping[str, Any], submitter: str | None = None) -> str:
    """One finding in a sentence: who found what of what, when, why, on what evidence, and who handed it in."""
    section, _, condition = str(item["about"]).partition(".")
    label = next((one["label"] for name, one in _by_name(reply) if name == section), section)
    about = f"{label}·{condition}" if condition else label
    recused = item.get("conflict") == "recused"
    result = _say("complaint.recused") if recused else _say(f"complaint.{item['result']}")
    evidence = "；".join(item.get("evidence") or ())
    # What is not said is told too: nobody may read silence as a declaration.
    declared = "" if recused else _say(f"complaint.{'no-conflict' if item.get('conflict') else 'undeclared'}")
    evidenced = "" if recused or evidence else _say("complaint.no-evidence")
    handed_in = "" if submitter is None else _say("complaint.submitter", name=submitter)
    told = _say("complaint.finding", on=item["on"], by=item["by"], about=about, result=result)
    return (
        told
        + declared
        + "".join(
            _say(f"complaint.finding-{code}", text=text)
            for code, text in (
                ("reason", item.get("reason")),
                ("evidence", evidence),
                ("note", item.get("conflict_note")),
            )
            if text
        )
        + evidenced
        + handed_in
    )


def _by_name(reply: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name in ("scope", "materials", "formalities"):
        if name in reply:
            yield name, reply[name]
    yield from reply.get("criteria", {}).items()
