"""What a sound policy may still lack: every warning about it, which never withholds it."""

from __future__ import annotations

from dataclasses import replace

from service.policy.consistency import consistency_warnings
from service.policy.coverage import coverage_warnings
from service.policy.model import Policy
from service.policy.source_text import SourceDocument
from service.policy.usage import usage_warnings
from service.problems import Problem, sort


def warnings_of(policy: Policy, document: SourceDocument) -> tuple[Problem, ...]:
    """Every warning about a policy, sorted by place; `document` is the file that it was read from.

    Keywords are told in the language of the file.
    """
    found = (
        *coverage_warnings(policy, document),
        *consistency_warnings(policy),
        *usage_warnings(policy, document),
    )
    return sort(
        replace(warning, params=tuple(sorted(document.language.told(warning.code, dict(warning.params)).items())))
        for warning in found
    )
