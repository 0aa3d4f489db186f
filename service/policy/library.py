"""A folder of policies as one snapshot: `<policy>/<edition>.yaml`, `tables/*.yaml`, archived texts."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from service.policy.archived import Archived, archived, read_archived
from service.policy.bilingual import read_bilingual
from service.policy.checker import check_policy
from service.policy.fields import StrictSchema
from service.policy.model import Policy
from service.policy.policy_schema import PolicySchema
from service.policy.source_text import SourceDocument
from service.policy.table_schema import TableSchema
from service.policy.tablereader import read_table
from service.policy.tables import Table
from service.problems import FilePlace, Problem, Severity, problem, sort

TABLES = "tables"
#: What ends the name of a file of cases beside a policy; no snapshot depends on those.
CASES = ".cases.yaml"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Every policy of a folder as it stood at one moment; `digest` covers every file that was read."""

    policies: tuple[Policy, ...]
    digest: str

    def ids(self) -> tuple[str, ...]:
        """The policy ids, sorted, each once."""
        return tuple(sorted({policy.id for policy in self.policies}))

    def editions(self, policy_id: str) -> tuple[Policy, ...]:
        """The editions of a policy, oldest first."""
        found = (policy for policy in self.policies if policy.id == policy_id)
        return tuple(sorted(found, key=lambda policy: (policy.effective_from, policy.edition)))

    def find(self, policy_id: str, edition: str) -> Policy | None:
        """One edition by name."""
        return next((p for p in self.policies if p.id == policy_id and p.edition == edition), None)

    def in_force(self, policy_id: str, on: dt.date) -> Policy | None:
        """The edition in force on a day; of several the one that began last."""
        return next((p for p in reversed(self.editions(policy_id)) if p.in_force(on)), None)


def load_library(folder: Path) -> tuple[Snapshot | None, tuple[Problem, ...]]:
    """Read every file of the folder; one error anywhere withholds the whole snapshot.

    Problems carry paths relative to the folder's parent, so that they read as typed from there.
    """
    snapshot, problems, _ = read_library(folder)
    return snapshot, problems


def read_library(
    folder: Path,
) -> tuple[Snapshot | None, tuple[Problem, ...], dict[str, SourceDocument]]:
    """As `load_library`, with the documents read, by the name their problems carry, for excerpts."""
    problems: list[Problem] = []
    documents: dict[str, SourceDocument] = {}
    digests: list[tuple[str, str]] = []
    if not folder.is_dir():
        missing = problem("folder-missing", FilePlace(str(folder)))
        return None, (missing,), documents

    def read(path: Path, schema: type[StrictSchema]) -> tuple[SourceDocument | None, bytes]:
        shown = _shown(path, folder)
        try:
            raw = path.read_bytes()
        except OSError:
            problems.append(problem("file-unreadable", FilePlace(shown)))
            return None, b""
        digests.append((shown, hashlib.sha256(raw).hexdigest()))
        document, found = read_bilingual(shown, raw, schema)
        problems.extend(found)
        if document is not None:
            documents[shown] = document
        return document, raw

    tables: dict[str, Table] = {}
    unread: set[str] = set()
    for path in sorted((folder / TABLES).glob("*.yaml")):
        document, raw = read(path, TableSchema)
        table, found = (None, ()) if document is None else read_table(document, raw)
        problems.extend(found)
        if table is None:
            data = None if document is None else document.data
            unread |= {path.stem, str(data.get("table")) if isinstance(data, dict) else path.stem}
        elif table.id in tables:
            assert document is not None  # noqa: S101  # a table was read from it
            problems.append(problem("table-twice", document.place(("table",)), name=table.id))
        else:
            tables[table.id] = table
    policies: list[Policy] = []
    for path in _policy_files(folder):
        document, raw = read(path, PolicySchema)
        if document is None:
            continue
        texts, read_digests = _texts(path.parent, document)
        digests.extend(read_digests)
        policy, found = check_policy(document, raw, tables=tables, texts=texts, unread=frozenset(unread))
        problems.extend(found)
        if policy is None:
            continue
        if path.parent.name != policy.id or path.stem != policy.edition:
            problems.append(
                problem(
                    "file-name-differs",
                    document.place(("edition" if path.parent.name == policy.id else "policy",)),
                    expected=f"{policy.id}/{policy.edition}.yaml",
                )
            )
        policies.append(policy)
    problems.extend(_overlaps(policies, documents))
    ordered = sort(problems)
    if any(p.severity is Severity.ERROR for p in ordered):
        return None, ordered, documents
    return Snapshot(tuple(policies), _digest(digests)), ordered, documents


def policy_from_texts(
    policy_id: str, edition: str, raw: bytes, texts: Mapping[str, bytes]
) -> tuple[Policy | None, tuple[Problem, ...]]:
    """One policy from bytes kept elsewhere, read and checked as if it lay in a folder; nothing else is read.

    `texts` are what it was read with: tables as `tables/<id>.yaml`, archived documents under the name the
    policy gives them.
    """
    file = f"{policy_id}/{edition}.yaml"
    document, found = read_bilingual(file, raw, PolicySchema)
    problems = [*found]
    tables: dict[str, Table] = {}
    documents: dict[str, Archived] = {}
    for name, content in texts.items():
        if not name.startswith(f"{TABLES}/"):
            documents[name] = archived(content)
            continue
        source, found = read_bilingual(name, content, TableSchema)
        problems.extend(found)
        if source is not None:
            table, found = read_table(source, content)
            problems.extend(found)
            if table is not None:
                tables[table.id] = table
    if document is None:
        return None, sort(problems)
    policy, found = check_policy(document, raw, tables=tables, texts=documents)
    ordered = sort((*problems, *found))
    faulty = any(p.severity is Severity.ERROR for p in ordered)
    return (None if faulty else policy), ordered


def read_alone(path: Path) -> tuple[SourceDocument | None, tuple[Problem, ...]]:
    """One policy or table file, with the tables and texts beside it: its document and its own problems.

    Its name, and the other files of its folder, are not looked at.
    """
    if path.parent.name == TABLES:
        document, raw, problems = _read(path, TableSchema)
        found = () if document is None else read_table(document, raw)[1]
        return document, sort((*problems, *found))
    document, raw, problems = _read(path, PolicySchema)
    if document is None:
        return None, problems
    tables: dict[str, Table] = {}
    unread: set[str] = set()
    for beside in sorted((path.parent.parent / TABLES).glob("*.yaml")):
        source, content, _ = _read(beside, TableSchema)
        table = None if source is None else read_table(source, content)[0]
        if table is None:
            unread.add(beside.stem)
        else:
            tables[table.id] = table
    texts, _ = _texts(path.parent, document)
    _, found = check_policy(document, raw, tables=tables, texts=texts, unread=frozenset(unread))
    return document, sort((*problems, *found))


def _read(path: Path, schema: type[StrictSchema]) -> tuple[SourceDocument | None, bytes, tuple[Problem, ...]]:
    try:
        raw = path.read_bytes()
    except OSError:
        return None, b"", (problem("file-unreadable", FilePlace(str(path))),)
    document, problems = read_bilingual(str(path), raw, schema)
    return document, raw, problems


def files_of(folder: Path) -> tuple[Path, ...]:
    """Every file a snapshot may depend on, sorted."""
    patterns = ("*/*.yaml", "*/documents/*")
    found = (path for pattern in patterns for path in folder.glob(pattern))
    return tuple(sorted(path for path in found if path.is_file() and not path.name.endswith(CASES)))


def _policy_files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.glob("*/*.yaml")):
        if path.parent.name != TABLES and not path.name.endswith(CASES):
            yield path


def _texts(folder: Path, document: SourceDocument) -> tuple[dict[str, Archived], list[tuple[str, str]]]:
    """The archived texts a policy names, or what is wrong with them; and the digests of those that were read."""
    texts: dict[str, Archived] = {}
    digests = []
    declared = document.data.get("documents") if isinstance(document.data, dict) else None
    for entry in declared.values() if isinstance(declared, dict) else ():
        name = entry.get("text") if isinstance(entry, dict) else None
        if not isinstance(name, str):
            continue
        texts[name], digest = read_archived(folder, name)
        if digest is not None:
            digests.append((f"{folder.name}/{name}", digest))
    return texts, digests


def _overlaps(policies: list[Policy], documents: dict[str, SourceDocument]) -> list[Problem]:
    """Two editions in force on one day leave the date of application without an answer."""
    found = []
    by_id: dict[str, list[Policy]] = {}
    for policy in policies:
        by_id.setdefault(policy.id, []).append(policy)
    for editions in by_id.values():
        ordered = sorted(editions, key=lambda policy: policy.effective_from)
        for before, after in pairwise(ordered):
            if before.effective_until is None or before.effective_until >= after.effective_from:
                place = documents[after.file].place(("effective", "from"))
                found.append(problem("editions-overlap", place, other=before.edition))
    return found


def _digest(digests: list[tuple[str, str]]) -> str:
    joined = "\n".join(f"{name} {digest}" for name, digest in sorted(digests))
    return f"sha256:{hashlib.sha256(joined.encode()).hexdigest()}"


def _shown(path: Path, folder: Path) -> str:
    return f"{folder.name}/{path.relative_to(folder).as_posix()}"
