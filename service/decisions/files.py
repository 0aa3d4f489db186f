"""Files that must be whole or not there: keys, checkpoints."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path


def make_file(path: Path, raw: bytes, *, mode: int = 0o600) -> None:
    """A durable file at `path`, its folder made if missing; one that is there stays as it is. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = _written_beside(path, raw, mode)
    try:
        # Where another process made the file first, its content is the one to read.
        with contextlib.suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        os.unlink(temporary)
    _sync_folder(path.parent)


def replace_file(path: Path, raw: bytes, *, mode: int = 0o600) -> None:
    """A durable file at `path` in place of the one there: readers see the old one or the new one. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.replace(_written_beside(path, raw, mode), path)
    _sync_folder(path.parent)


def _written_beside(path: Path, raw: bytes, mode: int) -> str:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(temporary)
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
