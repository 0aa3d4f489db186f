"""A decision is superseded once: a chain of decisions has one end, whoever writes beside whom."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from log_places import Place

from service.decisions import schema
from service.decisions.faults import DecisionSuperseded
from service.decisions.verification import verify


@pytest.fixture
def chain(at, log):
    """Three decisions, each on the one before it."""
    made = [log.append(at.draft(log))]
    for _ in range(2):
        made.append(log.append(at.draft(log, supersedes=made[-1].decision_id)))
    return [stored.decision_id for stored in made]


def test_the_newest_of_a_chain_is_found_from_any_of_its_decisions(log, chain):
    assert [log.newest(decision_id) for decision_id in chain] == [chain[-1]] * 3
    assert log.newest("nobody") == "nobody"


def test_a_superseded_decision_is_not_superseded_again_and_the_newest_is_named(at, log, chain, codes):
    for decision_id in chain[:2]:
        with pytest.raises(DecisionSuperseded) as raised:
            log.append(at.draft(log, supersedes=decision_id))
        assert codes(raised.value) == ["log-decision-superseded"]
        assert raised.value.newest == chain[-1]
    assert at.count("entries") == at.count("successors") + 1 == 3
    assert verify(log).sound


def test_of_many_at_once_from_several_processes_one_supersedes(at):
    logs = [at.open() for _ in range(4)]
    first = logs[0].append(at.draft(logs[0])).decision_id
    drafts = [at.draft(log, supersedes=first) for log in logs]

    def supersede(number):
        try:
            return logs[number % 4].append(drafts[number % 4]).decision_id
        except DecisionSuperseded as fault:
            return fault.newest

    with ThreadPoolExecutor(20) as pool:
        named = set(pool.map(supersede, range(20)))
    assert len(named) == 1
    assert at.count("entries") == 2
    assert verify(logs[0]).sound


def test_a_repeated_request_is_answered_though_its_answer_was_superseded_since(at, log):
    first = log.append(at.draft(log)).decision_id
    draft = at.draft(log, supersedes=first)
    second = log.append(draft, idempotency=("key", b"[]"))
    log.append(at.draft(log, supersedes=second.decision_id))
    again = log.append(draft, idempotency=("key", b"[]"))
    assert (again.replayed, again.reply) == (True, second.reply)


def test_several_are_logged_together_or_not_at_all(at, log, chain, codes):
    single = log.append(at.draft(log)).decision_id
    wanted = [at.draft(log, supersedes=decision_id) for decision_id in (single, chain[0], chain[1])]
    with pytest.raises(DecisionSuperseded) as raised:
        log.append_together(wanted)
    assert codes(raised.value) == ["log-decision-superseded"] * 2
    assert at.count("entries") == 4
    assert log.newest(single) == single
    made = log.append_together([wanted[0], at.draft(log, supersedes=chain[2]), at.draft(log)])
    assert [stored.sequence for stored in made] == [5, 6, 7]
    assert {stored.reply["receipt"]["tree_size"] for stored in made} == {7}
    assert [log.get(stored.decision_id) for stored in made] == [*made]
    assert log.newest(chain[0]) == made[1].decision_id
    assert verify(log).sound


def test_two_drafts_on_one_decision_are_a_mistake_of_the_caller(at, log, chain):
    draft = at.draft(log, supersedes=chain[2])
    with pytest.raises(ValueError, match="same decision"):
        log.append_together([draft, draft])
    assert at.count("entries") == 3


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("DELETE FROM successors WHERE decision_id = '{0}'", "log-successor-missing"),
        ("UPDATE successors SET successor = '{2}' WHERE decision_id = '{0}'", "log-successor-edited"),
        ("INSERT INTO successors VALUES ('{2}', '{0}')", "log-successor-edited"),
        ("UPDATE successors SET successor = x'00' WHERE decision_id = '{0}'", "log-successor-edited"),
    ],
)
def test_a_table_that_says_otherwise_than_the_entries_is_found(at, log, chain, statement, code):
    at.tamper(statement.format(*chain))
    faults = verify(log).faults
    assert [fault.code for fault in faults] == [code]
    assert faults[0].message


@pytest.mark.parametrize("statement", ["DELETE FROM successors", "UPDATE successors SET successor = 'x'"])
def test_the_table_is_append_only(at, chain, statement):
    kinds = (sqlite3.IntegrityError, psycopg.IntegrityError)
    with at.raw() as anybody, pytest.raises(kinds, match="append-only"):
        anybody.execute(statement)


@pytest.mark.only("sqlite")
def test_the_table_lets_nobody_replace_a_row(at, chain):
    with at.raw() as anybody, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        anybody.execute("INSERT OR REPLACE INTO successors VALUES (?, 'x')", (chain[0],))


def test_an_older_log_gets_the_table_with_the_later_of_two_successors(at: Place, log, chain):
    # As it was before the table: superseding twice was possible then.
    log.close()
    script = ScriptDirectory.from_config(_alembic())
    before = script.get_revision(_revision_of_the_table()).down_revision
    with at.raw() as raw:
        raw.execute("DROP TABLE successors")
        raw.execute("CREATE TABLE successors (decision_id VARCHAR PRIMARY KEY, successor VARCHAR NOT NULL)")
    reopened = at.open()
    fork = reopened.append(at.draft(reopened, supersedes=chain[0])).decision_id
    reopened.close()
    with at.raw() as raw:
        # Younger tables are made after it.
        for younger in ("successors", "subjects"):
            raw.execute(f"DROP TABLE {younger}")
        raw.execute("ALTER TABLE tree DROP COLUMN note")
        raw.execute(f"UPDATE alembic_version SET version_num = '{before}'")  # noqa: S608 - a known revision
    migrated = at.open()
    assert migrated.newest(chain[0]) == fork
    assert migrated.newest(chain[1]) == chain[2]
    assert verify(migrated).sound


def _alembic() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).with_name("migrations")))
    config.set_main_option("path_separator", "os")
    return config


def _revision_of_the_table() -> str:
    script = ScriptDirectory.from_config(_alembic())
    return next(item.revision for item in script.walk_revisions() if item.path.endswith("_successors.py"))
