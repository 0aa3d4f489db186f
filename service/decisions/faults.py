"""What can go wrong with the log, as exceptions that carry problems for people to read."""

from __future__ import annotations

from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError, TimeoutError

from service.problems import FilePlace, Problem, problem

# What a database does to us; SQLAlchemy's other errors are ours and are never caught.
DATABASE_ERRORS = (DBAPIError, TimeoutError)


class LogFault(Exception):  # noqa: N818 - its kinds are states of the log, told to people as problems
    """The log cannot do what was asked; `problems` says why in the catalogue's words."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(f"{item.place}: {item.code}" for item in problems))
        self.problems = problems


class LogUnavailable(LogFault):
    """The log cannot be opened, read or written now; no verdict may leave (HTTP 503)."""


class LogDamaged(LogFault):
    """What was read does not match its seal; `eligibility log verify` names the extent."""


class IdempotencyConflict(LogFault):
    """The same Idempotency-Key came before with another body (HTTP 409)."""


class DecisionSuperseded(LogFault):
    """A decision was to be superseded that another one supersedes already (HTTP 409).

    Each problem has the params `decision_id` and `newest`, the last decision of its chain.
    """

    @property
    def newest(self) -> str:
        """The decision to go on from instead of the first of those in question."""
        return str(dict(self.problems[0].params)["newest"])


class DecisionErased(LogFault):
    """The key of the private part was destroyed; the public part and its seal remain."""


def place(name: object) -> FilePlace:
    """The whole file `name` as a place."""
    return FilePlace(str(name))


def unavailable(code: str, name: object, **params: Any) -> LogUnavailable:
    """A LogUnavailable with one problem about the file `name`."""
    return LogUnavailable(problem(code, place(name), **params))


def database_failed(fault: Exception, name: object) -> LogUnavailable:
    """A database error as LogUnavailable: the driver's own code, never its text, which may quote values."""
    original = fault.orig if isinstance(fault, DBAPIError) else fault
    # psycopg knows no SQLSTATE where no server answered.
    if isinstance(fault, OperationalError) and getattr(original, "sqlstate", "") is None:
        return unavailable("log-unreachable", name)
    reason = getattr(original, "sqlite_errorname", type(original).__name__)
    return unavailable("log-database-failed", name, reason=reason)
