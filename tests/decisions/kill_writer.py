"""Appends decisions from several threads and prints each one's id and sequence once it is acknowledged."""

import os
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

from service.decisions.entry import DecisionDraft
from service.decisions.log import DecisionLog

log = DecisionLog.open(sys.argv[1], key_file=Path(sys.argv[2]))
now = datetime.now(UTC)
draft = DecisionDraft(
    policy_id="studio",
    edition="2024",
    policy_digest=log.archive("policy", "studio/2024.yaml", b"policy"),
    tables=(),
    requested_by="portal",
    received_at=now,
    on=now,
    application={"name": "x" * 2000},
    findings=(),
    reply={"overall": {"status": "eligible"}},
    overall="eligible",
    conditions={},
)


def work() -> None:
    while True:
        stored = log.append(draft)
        os.write(1, f"{stored.sequence} {stored.decision_id}\n".encode())


for _ in range(8):
    threading.Thread(target=work).start()
