"""How long a large log takes to verify: `python benchmarks/verify.py --entries 1000000`.

Makes a log of as many entries as asked, past the service: the public parts are those of the sample policy's size and
form, the ciphertexts are noise of a size to choose (small unless asked: what is hashed is what they cost). Batches
hold as many entries as group commit puts together under load; `--batch 1` is a log that was never busy.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from service.decisions import merkle
from service.decisions.entry import canonical, digest
from service.decisions.log import DecisionLog
from service.decisions.signing import Signing
from service.decisions.verification import verify

_CONDITIONS = 60
_TABLES = 7
_AT_ONCE = 10_000


def make_log(folder: Path, entries: int, *, batch: int, private: int, conditions: int = _CONDITIONS) -> str:
    """A sound log of so many decisions in `folder`; its URL. Its keys open nothing."""
    url, key_file = f"sqlite:///{folder / 'log.db'}", folder / "master.key"
    with DecisionLog.open(url, key_file=key_file) as log:
        texts = [log.archive("table", f"tables/{number}.yaml", b"%d" % number) for number in range(_TABLES)]
        policy = log.archive("policy", "studio/2024.yaml", b"policy: studio\n")
    signing = Signing.open(key_file.with_name("signing.key"), create=False)
    tree = merkle.Frontier()
    connection = sqlite3.connect(folder / "log.db", isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    (master,) = connection.execute("SELECT DISTINCT key_id FROM secrets").fetchone()
    rows: list[tuple[object, ...]] = []
    keys: list[tuple[object, ...]] = []
    heads: list[tuple[object, ...]] = []
    leaves: list[bytes] = []
    for sequence, decision_id, public, ciphertext in _decisions(entries, private, conditions, policy, texts):
        leaf = merkle.leaf_hash(public)
        leaves.append(leaf)
        rows.append((sequence, decision_id, "decision", "studio", "2024", "eligible", public, leaf, ciphertext))
        keys.append((decision_id, master, b"0"))
        if len(leaves) == batch or sequence == entries:
            tree = tree.extend(leaves)
            leaves.clear()
            root = tree.root()
            heads.append((tree.size, root, tree.to_bytes(), signing.note(tree.size, root)))
        if len(rows) == _AT_ONCE or sequence == entries:
            connection.execute("BEGIN")
            connection.executemany(
                "INSERT INTO entries (sequence, decision_id, kind, policy, edition, status, public, leaf, private) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                rows,
            )
            connection.executemany("INSERT INTO keys (decision_id, key_id, wrapped) VALUES (?, ?, ?)", keys)
            connection.executemany("INSERT INTO tree (size, root, frontier, note) VALUES (?, ?, ?, ?)", heads)
            connection.execute("COMMIT")
            for made in (rows, keys, heads):
                made.clear()
    connection.close()
    return url


def _decisions(
    entries: int, private: int, conditions: int, policy: str, texts: list[str]
) -> Iterator[tuple[int, str, bytes, bytes]]:
    """Sequence, id, public part and ciphertext of each entry; canonical bytes, written once and filled in."""
    verdict = {"deciding": True, "machine_status": "not_satisfied", "status": "not_satisfied"}
    public = {
        "application_digest": f"hmac-sha256:{0:064x}",
        "conditions": {f"materials.condition-{number:03}": verdict for number in range(conditions)},
        "decided_at": "2024-07-01T09:30:00+08:00",
        "decision_id": "@id@",
        "engine": "durable-rules 2.0.28",
        "format": 1,
        "kind": "decision",
        "overall": "eligible",
        "policy": {"digest": policy, "edition": "2024", "id": "studio"},
        "private_digest": "@private@",
        "received_at": "2024-07-01T09:30:00+08:00",
        "requested_by": "portal",
        "sequence": 0,
        "service": "0.1.0",
        "supersedes": None,
        "tables": [{"digest": value, "name": f"tables/{number}.yaml"} for number, value in enumerate(texts)],
    }
    form = canonical(public).replace(b'"sequence":0', b'"sequence":@sequence@')
    before, between, after, rest = _split(form, b"@id@", b"@private@", b"@sequence@")
    noise = os.urandom(private)
    for sequence in range(1, entries + 1):
        decision_id = str(uuid.UUID(bytes=sha256(sequence.to_bytes(8, "big")).digest()[:16], version=4))
        ciphertext = sequence.to_bytes(8, "big") + noise
        filled = (before, decision_id.encode(), between, digest(ciphertext).encode(), after, b"%d" % sequence, rest)
        yield sequence, decision_id, b"".join(filled), ciphertext


def _split(form: bytes, *marks: bytes) -> list[bytes]:
    parts = [form]
    for mark in marks:
        parts[-1:] = parts[-1].split(mark)
    return parts


def main() -> int:
    """Make, verify, print; 1 where the log is not sound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=10)
    parser.add_argument("--private", type=int, default=1024, help="bytes of each ciphertext")
    parser.add_argument("--all-signatures", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.perf_counter()
        url = make_log(folder, given.entries, batch=given.batch, private=given.private)
        made = time.perf_counter() - begun
        size = (folder / "log.db").stat().st_size
        with DecisionLog.open(url, key_file=folder / "master.key", read_only=True) as log:
            verifiers = Signing.open(folder / "signing.key", create=False).verifiers
            begun, cpu = time.perf_counter(), sum(os.times()[:4])
            report = verify(log, verifiers=verifiers, url=url, all_signatures=given.all_signatures)
            took, used = time.perf_counter() - begun, sum(os.times()[:4]) - cpu
    print(json.dumps({
        "entries": report.entries, "batches": report.trees, "signatures verified": report.signatures,
        "database": f"{size / 2**30:.2f} GiB", "made in": f"{made:.1f} s", "verified in": f"{took:.1f} s",
        "processor time": f"{used:.1f} s on {os.cpu_count()} cores",
        "entries a second": round(report.entries / took), "sound": report.sound,
    }, indent=1))  # fmt: skip
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main())
