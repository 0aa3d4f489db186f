"""Exit codes, and the one exception by which a command ends early."""

from __future__ import annotations

from collections.abc import Iterable

from service.problems import Problem

OK = 0
#: Something was compared or verified and is not as it should be.
FOUND = 1
#: The command line, a setting, an input or the log cannot be read.
UNREADABLE = 2
#: A policy, table or cases file is faulty.
BAD_POLICY = 3
#: The cases of a policy hold and exercise less of it than is required.
UNCOVERED = 4
#: What a shell reports for a program ended by SIGINT and by SIGPIPE.
INTERRUPTED = 130
PIPE_CLOSED = 141


class StopError(Exception):
    """Ends a command: `problems` are shown on standard error, `code` is the exit code."""

    def __init__(self, code: int, problems: Iterable[Problem]) -> None:
        self.code = code
        self.problems = tuple(problems)
        super().__init__("; ".join(item.code for item in self.problems))
