"""One edition read from its file with the tables and texts beside it, whatever else its folder holds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from service.policy.bilingual import in_english, read_bilingual
from service.policy.library import TABLES, policy_from_texts
from service.policy.model import Policy
from service.policy.policy_schema import PolicySchema
from service.policy.source import MAX_BYTES, read_file
from service.policy.source_text import SourceDocument
from service.problems import FilePlace, Problem, Severity


@dataclass(frozen=True, slots=True)
class Edition:
    """A sound edition: the policy, and its file with the place of everything in it."""

    path: Path
    policy: Policy
    document: SourceDocument


def read_edition(path: Path) -> tuple[Edition | None, tuple[Problem, ...]]:
    """The edition in a file `<folder>/<policy>/<edition>.yaml`, or None and every problem that withholds it.

    Tables are those of `<folder>/tables`. Problems of other policies of the folder are not looked for.
    """
    document, problems = read_file(path)
    if document is None:
        return None, problems
    tables = path.parent.parent / TABLES
    texts = {f"{TABLES}/{found.name}": _bytes(found) for found in sorted(tables.glob("*.yaml"))}
    texts |= _archived(path.parent, in_english(document, PolicySchema).document)
    name, edition = path.parent.name, path.stem
    policy, problems = policy_from_texts(name, edition, _bytes(path), texts)
    problems = tuple(
        _placed(item, {f"{name}/{edition}.yaml": str(path)}, tables.parent)
        for item in problems
        if item.severity is Severity.ERROR
    )
    if policy is None:
        return None, problems
    file = str(path)
    document, _ = read_bilingual(file, policy.raw, PolicySchema)
    assert document is not None  # noqa: S101 - a policy was read from it
    return Edition(path, replace(policy, file=file), document), ()


def text_names(document: SourceDocument) -> tuple[str, ...]:
    """The names of the archived texts a policy file declares."""
    data = document.data if isinstance(document.data, dict) else {}
    declared = data.get("documents")
    entries = declared.values() if isinstance(declared, dict) else ()
    names = (entry.get("text") for entry in entries if isinstance(entry, dict))
    return tuple(name for name in names if isinstance(name, str))


def _archived(folder: Path, document: SourceDocument) -> dict[str, bytes]:
    """The archived texts; a name that leaves the policy's folder is not read."""
    texts = {}
    for name in text_names(document):
        path = folder / name
        if path.resolve().is_relative_to(folder.resolve()) and path.is_file():
            texts[name] = _bytes(path)
    return texts


def _bytes(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(MAX_BYTES + 1)


def _placed(item: Problem, files: dict[str, str], folder: Path) -> Problem:
    """A problem at the file as it was named, not as its bytes were passed on."""
    place = item.place
    if not isinstance(place, FilePlace):
        return item
    file = files.get(place.file, str(folder / place.file))
    return replace(item, place=replace(place, file=file))
