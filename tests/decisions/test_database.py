import os
import sqlite3
import subprocess
import sys
import traceback
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from log_places import Place
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from service.decisions import postgres, schema
from service.decisions.database import Database
from service.decisions.faults import DATABASE_ERRORS, LogDamaged, LogUnavailable
from service.decisions.log import DecisionLog

OPEN = """
import sys
import traceback
from pathlib import Path
from service.decisions.faults import LogUnavailable
from service.decisions.log import DecisionLog
try:
    DecisionLog.open(sys.argv[1], key_file=Path(sys.argv[2]), serving=True).close()
except LogUnavailable as fault:
    print(fault.problems[0].code, fault.problems[0].message)
"""


def refused(at, codes, **options):
    with pytest.raises((LogUnavailable, LogDamaged)) as fault:
        at.open(**options)
    return codes(fault.value)


@pytest.mark.only("sqlite")
def test_a_second_process_that_serves_is_refused_by_name_and_let_in_afterwards(at):
    log = at.open(serving=True)

    def second_process() -> str:
        command = [sys.executable, "-c", OPEN, at.url, str(at.key_file)]
        done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
        assert done.stderr == ""
        return done.stdout

    answer = second_process()
    assert answer.startswith("log-locked")
    assert str(os.getpid()) in answer
    log.close()
    assert second_process() == ""


@pytest.mark.only("sqlite")
def test_a_second_service_in_one_process_is_refused_under_any_name_of_the_file(at, codes):
    at.open(serving=True)
    assert refused(at, codes, serving=True) == ["log-locked"]
    alias = at.folder / "alias.db"
    alias.symlink_to(at.database)
    with pytest.raises(LogUnavailable) as fault:
        Database.open(f"sqlite:///{alias}", create=True, read_only=False, serving=True)
    assert codes(fault.value) == ["log-locked"]
    assert "PostgreSQL" in fault.value.problems[0].hint


@pytest.mark.only("sqlite")
def test_the_lock_needs_no_room_on_the_disk(at, monkeypatch, codes):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    log = at.open(serving=True)
    assert log.healthy()
    assert refused(at, codes, serving=True) == ["log-locked"]


def test_readers_stand_beside_the_writer_and_cannot_write(at, log, codes):
    stored = log.append(at.draft(log))
    reader = at.open(read_only=True)
    assert reader.get(stored.decision_id) == stored
    second = log.append(at.draft(log))
    assert [item.sequence for item in reader.list()] == [second.sequence, 1]
    for write in (lambda: reader.archive("policy", "p", b"p"), lambda: reader.append(at.draft(log))):
        with pytest.raises(LogUnavailable) as fault:
            write()
        assert codes(fault.value) == ["log-read-only"]
    assert not reader.healthy()
    with pytest.raises(DATABASE_ERRORS), reader.database.read.begin() as connection:
        connection.exec_driver_sql("DELETE FROM keys")


def test_public_parts_are_read_without_the_key(at, log, codes):
    stored = log.append(at.draft(log))
    log.close()
    at.key_file.unlink()
    reader = at.open(read_only=True)
    assert reader.list()[0].decision_id == stored.decision_id
    with pytest.raises(LogUnavailable) as fault:
        reader.get(stored.decision_id)
    assert codes(fault.value) == ["log-key-missing"]


def test_a_log_with_entries_never_gets_a_new_key(at, log, codes):
    log.close()
    kept = at.key_file.read_text()
    at.key_file.unlink()
    assert refused(at, codes) == ["log-key-missing"]
    assert not at.key_file.exists()
    at.key_file.write_text("A" * 43 + "=\n")
    assert refused(at, codes) == ["log-key-unknown"]
    at.key_file.write_text(kept)
    assert at.open().healthy()


@pytest.mark.parametrize("options", [{"create": False}, {"read_only": True}])
def test_a_missing_database_is_not_made_unless_asked(at, codes, options):
    assert refused(at, codes, **options) == ["log-missing"]
    assert list(at.folder.iterdir()) == []


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("sqlite://", "log-url-unsupported"),
        ("sqlite:///:memory:", "log-url-unsupported"),
        ("mysql://user:geheim@host/db", "log-url-unsupported"),
        ("postgresql+psycopg2://user:geheim@host/db", "log-url-unsupported"),
        ("postgresql://user:geheim@127.0.0.1:1/db?sslpassword=geheim", "log-unreachable"),
        ("postgres://user@host:geheim/log", "log-url-malformed"),
        ("geheim", "log-url-malformed"),
    ],
)
def test_a_url_that_cannot_keep_a_log_is_refused_without_repeating_it(url, code, codes):
    with pytest.raises(LogUnavailable) as fault:
        Database.open(url, create=True, read_only=False)
    assert codes(fault.value) == [code]
    told = fault.value
    assert "geheim" not in "".join(traceback.format_exception(told)) + str(told.problems[0]) + repr(told.problems)


@pytest.mark.only("sqlite")
def test_a_folder_that_cannot_be_made_is_said_so(at, codes):
    (at.folder / "file").write_text("")
    with pytest.raises(LogUnavailable) as fault:
        Database.open(f"sqlite:///{at.folder}/file/log.db", create=True, read_only=False)
    assert codes(fault.value) == ["log-directory-unwritable"]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_that_is_no_database_is_refused_and_left_alone(at, codes, read_only):
    at.database.write_bytes(b"not a database" * 100)
    assert refused(at, codes, read_only=read_only) == ["log-database-failed"]
    assert at.database.read_bytes() == b"not a database" * 100
    at.database.unlink()
    assert at.open().healthy()


@pytest.mark.parametrize("read_only", [True, False])
def test_tables_of_a_later_version_are_refused(at, log, codes, read_only):
    log.close()
    with at.raw() as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    assert refused(at, codes, read_only=read_only) == ["log-schema-differs"]


@pytest.mark.only("sqlite")
def test_an_empty_database_is_no_log_to_read(at, codes):
    at.database.write_bytes(b"")
    assert refused(at, codes, read_only=True) == ["log-schema-differs"]


def test_the_tables_made_are_the_tables_queried(at, log):
    context_options = {"compare_type": True}
    with log.database.read.connect() as connection:
        context = MigrationContext.configure(connection, opts=context_options)
        assert compare_metadata(context, schema.metadata) == []
        assert context.get_current_revision() == schema.REVISION
    folder = Path(schema.__file__).with_name("migrations")
    assert ScriptDirectory(str(folder)).get_current_head() == schema.REVISION


@pytest.mark.only("sqlite")
def test_the_writer_is_set_to_lose_nothing(log):
    with log.database.write.connect() as connection:

        def setting(name):
            return connection.exec_driver_sql(f"PRAGMA {name}").scalar()

        assert setting("journal_mode") == "wal"
        assert setting("synchronous") == 2
        assert setting("recursive_triggers") == 1


STATEMENTS = {
    "update": "UPDATE {table} SET {column} = x'00'",
    "delete": "DELETE FROM {table}",
    "upsert": "INSERT INTO {table} SELECT * FROM {table} WHERE true ON CONFLICT ({key}) DO UPDATE SET {column} = x'00'",
}
SQLITE = {
    "replace": "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    "replace-by-id": (
        "INSERT OR REPLACE INTO entries "
        "SELECT 99, decision_id, kind, policy, edition, status, public, leaf, private FROM entries"
    ),
}
POSTGRESQL = {
    "truncate": "TRUNCATE {table}",
    "update-of-nothing": "UPDATE {table} SET {column} = x'00' WHERE false",
    "merge": "MERGE INTO {table} t USING {table} s ON t.{key} = s.{key} WHEN MATCHED THEN DELETE",
    "as-a-replica": "SET session_replication_role = replica; DELETE FROM {table}",
}
TABLES = [("entries", "sequence", "public"), ("archive", "digest", "bytes"), ("tree", "size", "root")]


def refuses_change(at, log, sql, where):
    table, key, column = where
    sql = at.sql(sql.format(table=table, key=key, column=column))
    log.append(at.draft(log))
    before = {name: at.count(name) for name in schema.APPEND_ONLY}
    with pytest.raises(IntegrityError, match="append-only"), log.database.write.begin() as own:
        own.exec_driver_sql(sql)
    kinds = (sqlite3.IntegrityError, psycopg.IntegrityError)
    with at.raw() as anybody, pytest.raises(kinds, match="append-only"):
        anybody.execute(sql)
    assert {name: at.count(name) for name in schema.APPEND_ONLY} == before


@pytest.mark.parametrize("statement", STATEMENTS)
@pytest.mark.parametrize("where", TABLES)
def test_append_only_tables_refuse_changes_from_any_connection(at, log, statement, where):
    refuses_change(at, log, STATEMENTS[statement], where)


@pytest.mark.only("sqlite")
@pytest.mark.parametrize("statement", SQLITE)
@pytest.mark.parametrize("where", TABLES)
def test_append_only_tables_of_sqlite_refuse_a_replacement(at, log, statement, where):
    refuses_change(at, log, SQLITE[statement], where)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("statement", POSTGRESQL)
@pytest.mark.parametrize("where", TABLES)
def test_append_only_tables_of_postgresql_refuse_its_own_ways_too(at, log, statement, where):
    refuses_change(at, log, POSTGRESQL[statement], where)


@pytest.mark.only("postgresql")
def test_the_writer_on_postgresql_is_set_to_lose_nothing_and_lets_no_other_in(at, log):
    with log.database.write.begin() as connection:

        def setting(name):
            return connection.exec_driver_sql(f"SHOW {name}").scalar()

        assert setting("synchronous_commit") == "on"
        assert setting("transaction_isolation") == "read committed"
        assert setting("lock_timeout") == "15s"
        with log.database.read.connect() as reader:
            assert reader.exec_driver_sql("SHOW transaction_read_only").scalar() == "on"
            assert reader.exec_driver_sql("SHOW transaction_isolation").scalar() == "repeatable read"
        with at.raw() as other:
            lock = postgres._LOCK.replace("pg_advisory_xact_lock", "pg_try_advisory_xact_lock")
            assert other.execute(lock).fetchone() == (False,)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("set_to", ["off", "remote_apply"])
def test_commits_wait_for_the_disk_whatever_the_role_is_set_to(at, set_to):
    url = make_url(at.url)
    options = f"{url.query['options']} -csynchronous_commit={set_to}"
    with (
        DecisionLog.open(
            url.update_query_dict({"options": options}).render_as_string(hide_password=False), key_file=at.key_file
        ) as log,
        log.database.write.begin() as connection,
    ):
        kept = connection.exec_driver_sql("SHOW synchronous_commit").scalar()
        assert kept == {"off": "on", "remote_apply": "remote_apply"}[set_to]


@pytest.mark.only("postgresql")
@pytest.mark.parametrize("driver", ["postgres", "postgresql", "postgresql+psycopg"])
def test_an_address_of_postgresql_may_be_written_as_elsewhere(at, driver):
    address = make_url(at.url).set(drivername=driver).render_as_string(hide_password=False)
    with DecisionLog.open(address, key_file=at.key_file) as log:
        assert log.healthy()
        assert log.database.name.startswith("postgresql://")


def test_without_its_driver_postgresql_is_refused_by_name(monkeypatch, codes):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(LogUnavailable) as fault:
        Database.open("postgresql://127.0.0.1/log", create=True, read_only=False)
    assert codes(fault.value) == ["log-driver-missing"]


def test_a_folder_may_have_any_name(tmp_path, application):
    place = Place(tmp_path / "决定 #1", application)
    with place.open() as log:
        log.append(place.draft(log))
    assert place.count("entries") == 1


@pytest.mark.only("sqlite")
def test_closing_leaves_one_database_file(at, log):
    log.append(at.draft(log))
    log.close()
    assert sorted(path.name for path in at.folder.iterdir()) == ["log.db", "secret"]
    at.open(serving=True).close()
    assert sorted(path.name for path in at.folder.iterdir()) == ["log.db", "log.db.lock", "secret"]
