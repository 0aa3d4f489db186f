"""`eligibility log verify`, `checkpoint`, `consistency`, `rotate-signing-key`: what shows that the log stands."""

from __future__ import annotations

import base64
import json
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from service import messages
from service.cli import exits, log_view
from service.cli.framework import Command, option
from service.cli.log import faults_json, form_option, opened_log
from service.cli.operating import by_option, log_to_write, operator
from service.cli.prose import Prose
from service.cli.screen import bullets, err, named, page, write_json
from service.cli.settings import setting_options, settings_of
from service.problems import FilePlace, Problem, problem

if TYPE_CHECKING:
    from rich.console import Console

    from service.config import Settings
    from service.decisions.checkpoints import Witness
    from service.decisions.notes import Verifier
    from service.decisions.receipts import Checked

_say = messages.text
_places = setting_options("database_url", "key_file", "signing_key", "checkpoints")
_key = option("--key", "key", help="option.log-key", metavar="metavar.file")


@click.command("verify", cls=Command, topic="log.verify")
@option("--receipt", help="option.log-receipt", metavar="metavar.file")
@option("--checkpoint", "files", help="option.log-checkpoint", metavar="metavar.file", multiple=True)
@_key
@option("--all-signatures", help="option.all-signatures", is_flag=True)
@option("--private", help="option.verify-private", is_flag=True)
@form_option
@_places
def verify_command(
    *,
    receipt: str | None,
    files: tuple[str, ...],
    key: str | None,
    all_signatures: bool,
    private: bool,
    form: str,
    **options: str | None,
) -> int:
    """Hold the log, or one receipt, against what is known outside."""
    from service.decisions.opening import open_all
    from service.decisions.verification import verify

    settings = settings_of(options)
    if receipt is not None:
        return _verify_receipt(receipt, verifiers_at_hand(settings, key, needed=True), form)
    verifiers = verifiers_at_hand(settings, key)
    witnesses, problems = _witnesses(settings, files, verifiers)
    with opened_log(options) as opened, log_view.counting(err()) as progress:
        report = verify(
            opened,
            witnesses=witnesses,
            verifiers=verifiers,
            all_signatures=all_signatures,
            url=settings.database_url,
            progress=progress,
        )
        opening = open_all(opened, progress) if private else None
    problems += opening.faults if opening else ()
    report = replace(report, faults=(*report.faults, *problems))
    if form == "json":
        write_json(
            {
                "database": report.database,
                "sound": report.sound,
                "entries": report.entries,
                "tree_size": report.size,
                "root": f"sha256:{report.root.hex()}",
                "trees": report.trees,
                "signatures": report.signatures,
                "witnesses": report.witnesses,
                "erased": report.erased,
                **({} if opening is None else {"private": opening.counted}),
                "faults": faults_json(report.faults),
            }
        )
    else:
        page(lambda target: log_view.show_report(report, target, signed=bool(verifiers), opening=opening))
    return exits.OK if report.sound else exits.FOUND


@click.command("checkpoint", cls=Command, topic="log.checkpoint")
@_places
def checkpoint_command(**options: str | None) -> int:
    """Keep the newest checkpoint."""
    from service.decisions.checkpoints import keep_checkpoint
    from service.decisions.notes import Checkpoint, split_note

    settings = settings_of(options)
    with opened_log(options) as opened:
        note = opened.checkpoint()
        if note is None:
            page(lambda target: target.print(Prose(_say("log.no-checkpoint"))))
            return exits.OK
        made = keep_checkpoint(settings.checkpoints_folder, note, _signing_verifiers(settings))
    size = Checkpoint.parse(split_note(note)[0]).size
    said = _say("log.checkpoint-there", size=size) if made is None else _say("log.checkpoint-written", path=made)
    page(lambda target: target.print(Prose(said)))
    return exits.OK


@click.command("consistency", cls=Command, topic="log.consistency")
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@_key
@form_option
@_places
def consistency_command(*, old: str, new: str, key: str | None, form: str, **options: str | None) -> int:
    """Prove one checkpoint from another."""
    from service.decisions import merkle

    settings = settings_of(options)
    verifiers = verifiers_at_hand(settings, key)
    first, second = (_witness(name, verifiers) for name in (old, new))
    if first.size > second.size:
        fault = problem("log-checkpoints-reversed", FilePlace(old), first=first.size, second=second.size)
        raise exits.StopError(exits.UNREADABLE, [fault])
    with opened_log(options) as opened:
        leaves = opened.leaves(second.size)
    proof = merkle.consistency_proof(leaves, first.size) if len(leaves) == second.size else ()
    holds = merkle.verify_consistency(first.size, first.root, second.size, second.root, proof)
    if form == "json":
        write_json(
            {
                "consistent": holds,
                "first": {"tree_size": first.size, "root": f"sha256:{first.root.hex()}"},
                "second": {"tree_size": second.size, "root": f"sha256:{second.root.hex()}"},
                "proof": [base64.b64encode(node).decode("ascii") for node in proof],
            }
        )
        return exits.OK if holds else exits.FOUND
    fault = problem("log-checkpoints-inconsistent", FilePlace(new), first=first.size, second=second.size)
    said = Prose(_say("log.consistent"), "bold green") if holds else Prose(fault.message, "bold red")

    def show(target: Console) -> None:
        sizes = {_say("log.old-size"): first.size, _say("log.new-size"): second.size}
        target.print(named({name: _say("log.size", size=size) for name, size in sizes.items()}))
        target.print(said)

    page(show)
    return exits.OK if holds else exits.FOUND


@click.command("rotate-signing-key", cls=Command, topic="log.rotate-signing-key")
@by_option
@setting_options("utc_offset")
@_places
def rotate_command(*, by: str | None, **options: str | None) -> int:
    """Put a fresh signing key in place of the old one, told in the log under the old one's signature."""
    from service.decisions.checkpoints import keep_verifiers
    from service.decisions.faults import LogFault
    from service.decisions.key_changes import SIGNING, record_key_change
    from service.decisions.signing import rotate

    settings = settings_of(options)

    def announce(old: Verifier, new: Verifier) -> None:
        with log_to_write(settings) as log:
            at = datetime.now(settings.utc_offset)
            record_key_change(log, SIGNING, old=[str(old)], new=str(new), requested_by=operator(by), at=at)

    try:
        old, new = rotate(settings.signing_key_file, announce)
        keep_verifiers(settings.checkpoints_folder, _signing_verifiers(settings))
    except LogFault as fault:
        raise exits.StopError(exits.UNREADABLE, fault.problems) from fault

    def show(target: Console) -> None:
        target.print(named({_say("log.old-key"): str(old), _say("log.new-key"): str(new)}))
        target.print(Prose(_say("log.new-key-done")))

    page(show)
    return exits.OK


def _verify_receipt(name: str, verifiers: tuple[Verifier, ...], form: str) -> int:
    from service.decisions.receipts import check_receipt

    try:
        raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
        value = json.loads(raw)
    except OSError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("receipt-file-unreadable", FilePlace(name))]) from fault
    except ValueError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("receipt-unreadable", FilePlace(name))]) from fault
    checked = check_receipt(value, verifiers)
    if form == "json":
        write_json(_checked_json(checked))
    else:
        page(lambda target: _show_checked(checked, target))
    return exits.FOUND if checked.problems else exits.OK


def _checked_json(checked: Checked) -> dict[str, Any]:
    receipt, checkpoint, entry = checked.receipt, checked.checkpoint, checked.entry
    return {
        "sound": not checked.problems,
        "decision_id": entry.get("decision_id") if entry else None,
        "sequence": receipt.sequence if receipt else None,
        "tree_size": receipt.size if receipt else None,
        "root": f"sha256:{receipt.root.hex()}" if receipt else None,
        "texts": checked.texts,
        "origin": checkpoint.origin if checkpoint else None,
        "faults": [
            {"code": item.code, "message": item.message, "pointer": str(item.place), "params": dict(item.params)}
            for item in checked.problems
        ],
    }


def _show_checked(checked: Checked, target: Console) -> None:
    if checked.receipt is not None and checked.entry is not None:
        about = {
            _say("log.id"): str(checked.entry.get("decision_id")),
            _say("log.sequence"): str(checked.receipt.sequence),
            _say("log.tree-size"): str(checked.receipt.size),
            _say("log.root"): f"sha256:{checked.receipt.root.hex()}",
        }
        if checked.checkpoint is not None:
            about[_say("log.origin")] = checked.checkpoint.origin
        target.print(named(about))
    if not checked.problems:
        target.print(Prose(_say("log.receipt-sound"), "bold green"))
        texts = _say("log.receipt-texts") if checked.texts else _say("log.receipt-no-texts")
        target.print(Prose(texts, "bold green" if checked.texts else "yellow"))
        return
    target.print(Prose(_say("log.faults", count=len(checked.problems)), "bold red"))
    target.print(bullets(_pointed(item) for item in checked.problems))


def _pointed(item: Problem) -> str:
    where = str(item.place)
    return f"{where}：{item.message}" if where.startswith("/") else item.message


def verifiers_at_hand(settings: Settings, key: str | None, *, needed: bool = False) -> tuple[Verifier, ...]:
    """The public keys given, else those of the checkpoint folder, else those of the signing key at hand."""
    from service.decisions.checkpoints import verifiers_of
    from service.decisions.faults import LogFault
    from service.decisions.notes import NoteError, Verifier
    from service.decisions.signing import read_verifiers

    try:
        if key is not None and Path(key).exists():
            return read_verifiers(Path(key))
        if key is not None:
            return (Verifier.parse(key.strip()),)
        found = verifiers_of(settings.checkpoints_folder) or _signing_verifiers(settings)
    except NoteError as fault:
        raise exits.StopError(exits.UNREADABLE, [problem("log-verifier-malformed", FilePlace("--key"))]) from fault
    except LogFault as fault:
        raise exits.StopError(exits.UNREADABLE, fault.problems) from fault
    if needed and not found:
        folder = settings.checkpoints_folder
        raise exits.StopError(exits.UNREADABLE, [problem("log-verifier-missing", FilePlace(str(folder)))])
    return found


def _signing_verifiers(settings: Settings) -> tuple[Verifier, ...]:
    """The public keys of the signing key file; none where it is not at hand."""
    from service.decisions.faults import LogUnavailable
    from service.decisions.signing import Signing

    try:
        return Signing.open(settings.signing_key_file, create=False).verifiers
    except LogUnavailable:
        return ()


def _witnesses(
    settings: Settings, files: tuple[str, ...], verifiers: tuple[Verifier, ...]
) -> tuple[list[Witness], list[Problem]]:
    """The checkpoints of the folder and of the files given, and what is wrong with those that do not count."""
    from service.decisions.checkpoints import read_witness, witnesses_of
    from service.decisions.faults import LogFault

    folder = settings.checkpoints_folder
    if settings.checkpoints is not None and not folder.is_dir():
        raise exits.StopError(exits.UNREADABLE, [problem("log-checkpoints-missing", FilePlace(str(folder)))])
    try:
        kept, faults = witnesses_of(folder, verifiers)
        witnesses, problems = [*kept], [*faults]
        for name in files:
            witness, fault = read_witness(Path(name), verifiers)
            witnesses += [witness] if witness else []
            problems += [fault] if fault else []
    except LogFault as fault:
        raise exits.StopError(exits.UNREADABLE, fault.problems) from fault
    return witnesses, problems


def _witness(name: str, verifiers: tuple[Verifier, ...]) -> Witness:
    """The checkpoint of a file; stops (exit 1) at one that does not count."""
    from service.decisions.checkpoints import read_witness
    from service.decisions.faults import LogFault

    try:
        witness, fault = read_witness(Path(name), verifiers)
    except LogFault as unreadable:
        raise exits.StopError(exits.UNREADABLE, unreadable.problems) from unreadable
    if witness is None:
        raise exits.StopError(exits.FOUND, [fault] if fault else [])
    return witness
