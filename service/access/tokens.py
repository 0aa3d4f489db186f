"""A key as its holder sends it: `elig_<id>_<secret>`, 40 bits of public id and 256 random bits."""

from __future__ import annotations

import hmac
import re
import secrets
from hashlib import sha256

_ID_BYTES = 5
_SECRET_BYTES = 32
_TOKEN = re.compile(r"elig_([0-9a-f]{10})_[0-9a-f]{64}", re.ASCII)
# RFC 6750 2.1; the scheme in any case (RFC 9110 11.1). More would be no key of ours, however long.
_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] {1,8}([^\s,]{1,200})", re.ASCII)
# What a key is compared with where no such id is known, so that this takes the same way.
NO_DIGEST = secrets.token_bytes(32)


def new_token() -> tuple[str, str]:
    """A key nobody has, and its public id."""
    key_id = secrets.token_hex(_ID_BYTES)
    return f"elig_{key_id}_{secrets.token_hex(_SECRET_BYTES)}", key_id


def bearer_token(header: str) -> str | None:
    """What an `Authorization` header carries by the scheme Bearer, or None."""
    found = _BEARER.fullmatch(header)
    return found[1] if found else None


def key_id_of(token: str) -> str | None:
    """The public id in a key, or None where it is not written as a key is."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else None


def token_digest(token: str) -> bytes:
    """The SHA-256 that is kept of a key. It needs no salt: nobody guesses 256 random bits."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def is_token(token: str, digest: bytes) -> bool:
    """Whether this is the key with that digest, in a time that tells nothing of either."""
    return hmac.compare_digest(token_digest(token), digest)
