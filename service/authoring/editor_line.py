"""The comment by which editors find the JSON Schema of a file: that of a file of cases, made from its policy's."""

from __future__ import annotations

import re

_LINE = re.compile(r"^(# *yaml-language-server: *\$schema=)(\S+?)([^/\s]*)[ \t]*\r?$", re.MULTILINE)


def line_of_cases(policy: str, cases: str = "") -> str | None:
    """The line for cases beside the text of a policy; None where the policy has none, or the cases one already.

    The schema of cases is looked for beside the policy's, under its name with `cases` for `policy`.
    """
    found = _LINE.search(policy)
    if found is None or _LINE.search(cases) is not None or "policy" not in found[3]:
        return None
    return f"{found[1]}{found[2]}{found[3].replace('policy', 'cases')}"
