"""The triggers that keep tables append-only, as the migrations make them: are they there, and do they refuse?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import BindParameter, Connection, bindparam, text

from service.decisions import schema

# table -> what makes two of its rows the same one
_SAME: Mapping[str, str] = {
    "entries": "sequence = NEW.sequence OR decision_id = NEW.decision_id",
    "archive": "digest = NEW.digest",
    "tree": "size = NEW.size",
    "successors": "decision_id = NEW.decision_id",
}
# PostgreSQL's pg_trigger.tgtype of a trigger before the statement, and on what.
_BEFORE = {"update": 2 | 16, "delete": 2 | 8, "truncate": 2 | 32}
_FUNCTION = "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = '23000'; END"
# Access keys may draw nearer to their end: their triggers weigh each row, and are known by name.
_KEYS = "api_keys"
_tables: BindParameter[tuple[str, ...]] = bindparam("tables", expanding=True)
_GUARDED = (*schema.APPEND_ONLY, _KEYS)


def faults(connection: Connection) -> Iterator[tuple[str, dict[str, str]]]:
    """Codes of problems with their parameters: triggers that are missing, altered or strange, by name."""
    postgres = connection.dialect.name == "postgresql"
    expected = _expected_postgres() if postgres else _expected_sqlite()
    found = dict(_postgres(connection) if postgres else _sqlite(connection))
    for name in sorted(expected):
        if name not in found:
            yield "log-trigger-missing", {"name": name}
        elif expected[name] is not None and found[name] != expected[name]:
            yield "log-trigger-altered", {"name": name}
    for name in sorted(set(found) - set(expected)):
        yield "log-trigger-strange", {"name": name}


def _expected_sqlite() -> dict[str, Any]:
    """What must be found by the name of a trigger; None for whatever bears the name."""
    made: dict[str, Any] = dict.fromkeys(f"{_KEYS}_no_{verb}" for verb in ("update", "delete", "replace"))
    for table in schema.APPEND_ONLY:
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        when = f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {_SAME[table]}) "  # noqa: S608 - fixed names, not run
        for verb, event in (("update", "UPDATE"), ("delete", "DELETE"), ("replace", "INSERT")):
            condition = when if verb == "replace" else ""
            made[f"{table}_no_{verb}"] = (
                f"CREATE TRIGGER {table}_no_{verb} BEFORE {event} ON {table} {condition}{refuse}"
            )
    return made


def _sqlite(connection: Connection) -> Iterator[tuple[str, Any]]:
    query = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN :tables")
    for row in connection.execute(query.bindparams(_tables), {"tables": _GUARDED}):
        yield row.name, row.sql


def _expected_postgres() -> dict[str, Any]:
    # Always enabled (A), for every row and column, in the language and words of the migration.
    made: dict[str, Any] = dict.fromkeys(f"{_KEYS}_no_{verb}" for verb in _BEFORE)
    for table in schema.APPEND_ONLY:
        for verb, kind in _BEFORE.items():
            made[f"{table}_no_{verb}"] = (table, "A", kind, True, "plpgsql", _FUNCTION)
    return made


def _postgres(connection: Connection) -> Iterator[tuple[str, Any]]:
    triggers = text(
        "SELECT t.tgname AS name, c.relname AS at, t.tgenabled::text AS enabled, t.tgtype::integer AS kind,"
        " t.tgqual IS NULL AND t.tgattr::text = '' AS plain, l.lanname AS language, btrim(p.prosrc) AS source"
        " FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid"
        " JOIN pg_language l ON l.oid = p.prolang"
        " WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace AND c.relname IN :tables"
    )
    for row in connection.execute(triggers.bindparams(_tables), {"tables": _GUARDED}):
        # One that is known by its name alone must at least be switched on.
        if row.at != _KEYS or row.enabled != "D":
            yield row.name, (row.at, row.enabled, row.kind, row.plain, row.language, row.source)
    # A rule rewrites a statement before any trigger sees it.
    rules = text("SELECT rulename AS name FROM pg_rules WHERE schemaname = current_schema() AND tablename IN :tables")
    for row in connection.execute(rules.bindparams(_tables), {"tables": _GUARDED}):
        yield row.name, None
