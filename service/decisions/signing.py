"""The key that signs the tree, in a file outside the database, and the public keys that its signatures verify with.

The key file holds a key a line, as signed notes write them: signer keys, which are secret, and verifier keys of
signers that are no more; `#` starts a comment. The last signer key signs; what earlier ones signed still verifies.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from service.decisions.faults import LogUnavailable, unavailable
from service.decisions.files import make_file, replace_file
from service.decisions.notes import Checkpoint, NoteError, Signer, Verifier, read_text
from service.problems import FilePlace, problem

#: The name a log signs under unless a setting gives one.
ORIGIN = "localhost/eligibility"
_SEED_BYTES = 32


@dataclass(frozen=True)
class Signing:
    """The keys of one key file: the signer, and every verifier, in the order of the file."""

    signer: Signer = field(repr=False)
    verifiers: tuple[Verifier, ...]

    @classmethod
    def open(cls, path: Path, *, create: bool, origin: str = ORIGIN) -> Self:
        """The keys of the file at `path`, made with a fresh key named `origin` and mode 0600 if missing and `create`.

        Raises LogUnavailable where the file is missing, unreadable or not a key file.
        """
        if create and not path.exists():
            line = Signer(origin, secrets.token_bytes(_SEED_BYTES)).written()
            try:
                make_file(path, f"{line}\n".encode())
            except OSError as fault:
                raise unavailable("log-signing-key-unwritable", path) from fault
        keys = _read_keys(path, "log-signing-key-missing")
        signers = [key for key in keys if isinstance(key, Signer)]
        if not signers:
            raise unavailable("log-signing-key-malformed", path)
        return cls(signers[-1], tuple(key.verifier() if isinstance(key, Signer) else key for key in keys))

    def note(self, size: int, root: bytes) -> str:
        """The signed checkpoint of a tree."""
        return self.signer.sign(Checkpoint(self.signer.name, size, root).text())


def signing_key_beside(key_file: Path) -> Path:
    """Where the signing key lies unless a setting says otherwise."""
    return key_file.with_name("signing.key")


def rotate(path: Path, announce: Callable[[Verifier, Verifier], None] | None = None) -> tuple[Verifier, Verifier]:
    """Put a fresh signer key into the key file; the old one is destroyed but for its public key. Old and new.

    `announce` is called with both while the old one still signs, and what it raises leaves the file as it is. A
    process that opened the file before signs with the old key until it opens it again. Raises LogUnavailable.
    """
    before = Signing.open(path, create=False)
    signer = Signer(before.signer.name, secrets.token_bytes(_SEED_BYTES))
    if announce is not None:
        announce(before.signer.verifier(), signer.verifier())
    lines = [*map(str, before.verifiers), signer.written()]
    try:
        replace_file(path, "".join(f"{line}\n" for line in lines).encode())
    except OSError as fault:
        raise unavailable("log-signing-key-unwritable", path) from fault
    return before.signer.verifier(), signer.verifier()


def read_verifiers(path: Path) -> tuple[Verifier, ...]:
    """The public keys of a file of verifier keys, a key a line. Raises LogUnavailable."""
    return tuple(key for key in _read_keys(path, "log-verifier-missing") if isinstance(key, Verifier))


def verifier_lines(verifiers: Iterable[Verifier]) -> bytes:
    """The content of a file of verifier keys."""
    return "".join(f"{verifier}\n" for verifier in verifiers).encode()


def _read_keys(path: Path, missing: str) -> tuple[Signer | Verifier, ...]:
    try:
        text = read_text(path.read_bytes())
    except FileNotFoundError as fault:
        raise unavailable(missing, path) from fault
    except OSError as fault:
        raise unavailable("log-signing-key-unreadable", path) from fault
    except NoteError as fault:
        raise unavailable("log-signing-key-malformed", path) from fault
    keys: list[Signer | Verifier] = []
    bad = []
    for number, line in enumerate(text.splitlines(), start=1):
        content = line.split("#", 1)[0].strip()
        if not content:
            continue
        try:
            keys.append(Signer.parse(content) if content.startswith("PRIVATE+") else Verifier.parse(content))
        except NoteError:
            bad.append(problem("log-signing-key-malformed", FilePlace(str(path), number, 1)))
    if bad:
        raise LogUnavailable(*bad)
    if not keys:
        raise unavailable("log-signing-key-malformed", path)
    return tuple(keys)
