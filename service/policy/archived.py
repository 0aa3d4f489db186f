"""Archived texts of a policy's documents: read as they lie in its folder, or why one cannot be read."""

from __future__ import annotations

import hashlib
from pathlib import Path

from service.policy.characters import encoding_faults

MAX_BYTES = 1_000_000
# Text and digest, or the code of what is wrong.
Archived = tuple[str, str] | str


def read_archived(folder: Path, name: str) -> tuple[Archived, str | None]:
    """The text that a policy of the folder names, or the code of its fault; and the digest of what was read.

    A name that leaves the folder, also by a link, is not read, and told as missing.
    """
    path = folder / name
    try:
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            return "document-text-missing", None
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return "document-text-missing", None
    if len(raw) > MAX_BYTES:
        return "document-text-too-large", None
    found = archived(raw)
    return found, hashlib.sha256(raw).hexdigest() if isinstance(found, tuple) else None


def archived(raw: bytes) -> Archived:
    """An archived document as the checker takes it: text and digest, or the code of its fault."""
    try:
        return raw.decode("utf-8"), f"sha256:{hashlib.sha256(raw).hexdigest()}"
    except UnicodeDecodeError:
        wide = any(fault.code == "yaml-utf16" for fault in encoding_faults(raw))
        return "document-text-not-utf8.utf16" if wide else "document-text-not-utf8"
