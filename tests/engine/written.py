"""A policy written in a test, loaded and compiled as the service does it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from service.engine.application import read_application
from service.engine.assess import Assessment, assess
from service.engine.compiler import CompiledPolicy
from service.engine.findings import read_findings
from service.policy.library import load_library

ON = dt.datetime(2025, 7, 1, tzinfo=dt.UTC)
_HEAD = """
language: 1
policy: demo
edition: 2025
title: 补贴
authority: 机关
effective: {from: 2025-01-01}
date: day
notice: notice
documents: {notice: {title: 通知}}
"""


class Written:
    """One policy, ready to assess."""

    def __init__(self, compiled: CompiledPolicy) -> None:
        self.compiled = compiled
        self.policy = compiled.policy

    def assess(self, application: dict[str, Any], *findings: dict[str, str]) -> Assessment:
        """The assessment of an application; a finding may leave out who made it and when."""
        read, faults = read_application(self.policy, application)
        assert read is not None, faults
        full = [{"kind": "judgement", "by": "评审组", "on": "2025-06-30", **finding} for finding in findings]
        found, faults = read_findings(self.policy, full)
        assert not faults
        return assess(self.compiled, read, found, on=ON)

    def status(self, name: str, application: dict[str, Any], *findings: dict[str, str]) -> object:
        """The status of a section, or of a condition as `section.id`."""
        return self.assess(application, *findings).statuses[name]["status"]


@contextmanager
def written(body: str) -> Iterator[Written]:
    """The policy of a head that is always the same and `body`, which cites a document without a text."""
    with TemporaryDirectory() as home:
        folder = Path(home) / "policies"
        (folder / "demo").mkdir(parents=True)
        (folder / "demo" / "2025.yaml").write_text(_HEAD + body, encoding="utf-8")
        snapshot, problems = load_library(folder)
    assert snapshot is not None, "\n".join(map(str, problems))
    compiled = CompiledPolicy(snapshot.policies[0])
    try:
        yield Written(compiled)
    finally:
        compiled.close()
