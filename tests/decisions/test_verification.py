import threading
import tomllib
from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from log_places import DATA, a_place

from service.decisions import verification
from service.decisions.checkpoints import Witness
from service.decisions.entry import Kind
from service.decisions.faults import LogDamaged, LogUnavailable
from service.decisions.signing import Signing
from service.decisions.verification import verify, verify_entry

VECTORS = sorted((DATA / "tampering").glob("*.toml"))


@pytest.fixture(scope="session")
def whole(database, tmp_path_factory, application):
    """A log of nine entries: 1 to 6 in batches of their own, 4 a policy change, 7 to 9 in one batch."""
    with a_place(database, tmp_path_factory.mktemp("whole"), application) as place:
        write_nine(place)
        yield place


def write_nine(place):
    log = place.open()
    draft = place.draft(log)
    for sequence in range(1, 7):
        if sequence == 4:
            log.record_policy_change(new="r", files={}, requested_by="service", at=draft.on)
        else:
            log.append(draft, idempotency=(f"key-{sequence}", b"{}") if sequence == 5 else None)
    busy, go = threading.Event(), threading.Event()

    def hold(batch):
        busy.set()
        go.wait()

    with ThreadPoolExecutor(4) as pool:
        pool.submit(log._writer.submit, hold)
        busy.wait()
        futures = [pool.submit(log.append, draft) for _ in range(3)]
        while log._writer._queue.qsize() < 3:
            wait(futures, timeout=0.01)
        go.set()
    assert place.count("tree") == 7
    log.close()


@pytest.fixture
def copy(database, whole, tmp_path):
    """The log of nine entries, to be tampered with."""
    with a_place(database, tmp_path / "copy", whole.application) as place:
        whole.copy_to(place)
        yield place


def found(place, **options):
    """Faults as [code, params], decision ids written as the sequence they had at first."""
    log = place.open(read_only=True)
    report = verify(log, verifiers=place.verifiers, **options)
    assert report.sound == (not report.faults)
    assert all(problem.message for problem in report.faults)
    return [[problem.code, dict(problem.params)] for problem in report.faults]


def test_a_log_nobody_touched_is_sound(copy):
    log = copy.open(read_only=True)
    report = verify(log)
    assert report.sound
    assert (report.entries, report.size, report.erased) == (9, 9, 0)
    assert [item.kind for item in log.list(kinds=tuple(Kind))][5] is Kind.POLICY_CHANGE


def test_an_empty_log_is_sound(at, log):
    report = verify(log)
    assert report.sound
    assert (report.entries, report.size) == (0, 0)


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_every_tampering_is_found_and_named(database, copy, path):
    vector = tomllib.loads(path.read_text(encoding="utf-8"))
    if vector.get("only", database) != database:
        pytest.skip("the types of the other kind of database let nobody do this")
    with copy.raw() as connection:
        ids = dict(connection.execute("SELECT decision_id, sequence FROM entries").fetchall())
    copy.tamper(*vector["sql"])
    faults = found(copy)
    for _, params in faults:
        if "decision_id" in params:
            params["decision_id"] = ids[params["decision_id"]]
    assert sorted(faults, key=str) == sorted(vector["found"], key=str)


NEUTERED = "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$"
ON_SQLITE = [
    (["DROP TRIGGER entries_no_delete"], [["log-trigger-missing", "entries_no_delete"]]),
    (["DROP TRIGGER api_keys_no_delete"], [["log-trigger-missing", "api_keys_no_delete"]]),
    (
        [
            "DROP TRIGGER tree_no_update",
            "CREATE TRIGGER tree_no_update BEFORE UPDATE ON tree WHEN NEW.size < 0 BEGIN SELECT 1; END",
        ],
        [["log-trigger-altered", "tree_no_update"]],
    ),
    (
        ["CREATE TRIGGER quiet BEFORE INSERT ON entries BEGIN SELECT RAISE(IGNORE); END"],
        [["log-trigger-strange", "quiet"]],
    ),
]
ON_POSTGRESQL = [
    (["DROP TRIGGER entries_no_delete ON entries"], [["log-trigger-missing", "entries_no_delete"]]),
    (["DROP TRIGGER api_keys_no_truncate ON api_keys"], [["log-trigger-missing", "api_keys_no_truncate"]]),
    (["ALTER TABLE api_keys DISABLE TRIGGER api_keys_no_update"], [["log-trigger-missing", "api_keys_no_update"]]),
    (["ALTER TABLE tree DISABLE TRIGGER tree_no_update"], [["log-trigger-altered", "tree_no_update"]]),
    # As a plain ENABLE leaves it, a session may switch it off for itself.
    (["ALTER TABLE tree ENABLE TRIGGER tree_no_update"], [["log-trigger-altered", "tree_no_update"]]),
    (
        [
            "DROP TRIGGER archive_no_truncate ON archive",
            "CREATE TRIGGER archive_no_truncate BEFORE DELETE ON archive EXECUTE FUNCTION refuse_change()",
        ],
        [["log-trigger-altered", "archive_no_truncate"]],
    ),
    (
        [NEUTERED],
        [
            ["log-trigger-altered", f"{table}_no_{verb}"]
            for table in ("archive", "entries", "successors", "tree")
            for verb in ("delete", "truncate", "update")
        ],
    ),
    (
        ["CREATE RULE quiet AS ON INSERT TO entries DO INSTEAD NOTHING"],
        [["log-trigger-strange", "quiet"]],
    ),
]


def names_guards(at, log, statements, expected):
    """The statements pass through the service's own connection; verification names what they did."""
    with log.database.write.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    assert found(at) == [[code, {"name": name}] for code, name in expected]


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(("statements", "expected"), ON_SQLITE)
def test_a_trigger_of_sqlite_that_no_longer_guards_is_named(at, log, statements, expected):
    names_guards(at, log, statements, expected)


@pytest.mark.only("postgresql")
@pytest.mark.parametrize(("statements", "expected"), ON_POSTGRESQL)
def test_a_trigger_of_postgresql_that_no_longer_guards_is_named(at, log, statements, expected):
    names_guards(at, log, statements, expected)


def test_a_key_that_is_gone_without_an_erasure_in_the_log_is_told(copy):
    with copy.raw() as connection:
        connection.execute("DELETE FROM keys WHERE decision_id = (SELECT decision_id FROM entries WHERE sequence = 2)")
    report = verify(copy.open(read_only=True))
    assert [(fault.code, dict(fault.params)["sequence"]) for fault in report.faults] == [("log-key-gone", 2)]
    assert report.erased == 1


CUT_EVERYWHERE = (
    "DELETE FROM keys WHERE decision_id IN (SELECT decision_id FROM entries WHERE sequence >= 7)",
    "DELETE FROM entries WHERE sequence >= 7",
    "DELETE FROM tree WHERE size >= 7",
)


def witness(place, *sizes):
    with place.raw() as connection:
        roots = dict(connection.execute("SELECT size, root FROM tree").fetchall())
    return [Witness("kept", size, roots[size]) for size in sizes]


def test_roots_kept_outside_agree_with_an_untouched_log(copy):
    assert found(copy, witnesses=witness(copy, 1, 6, 9)) == []


def test_a_tail_cut_everywhere_is_found_by_a_root_kept_outside(copy):
    kept = witness(copy, 6, 9)
    copy.tamper(*CUT_EVERYWHERE)
    assert found(copy) == []
    assert found(copy, witnesses=kept) == [["log-witness-missing", {"size": 9, "source": "kept"}]]


def test_a_log_written_anew_is_found_by_a_root_kept_outside(at, copy):
    other, log = at, at.open()
    for _ in range(9):
        log.append(other.draft(log))
    log.close()
    kept = witness(copy, 3, 9)
    assert found(other) == []
    assert found(other, witnesses=kept) == [
        ["log-witness-differs", {"size": 3, "source": "kept"}],
        ["log-witness-differs", {"size": 9, "source": "kept"}],
    ]


def test_a_root_inside_a_batch_is_compared_too(copy):
    assert found(copy, witnesses=[Witness("kept", 8, b"\0" * 32)]) == [
        ["log-witness-differs", {"size": 8, "source": "kept"}]
    ]


# Tampering -> the entries of which, looked at alone, something does not stand.
ALONE = {
    "edited-entry": {3},
    "edited-entry-and-leaf": {3},
    "edited-entry-and-leaf-in-a-batch": {7, 8, 9},
    "edited-status-everywhere-but-in-the-tree": {5},
    "edited-two-batches": {2, 6},
    "edited-column": {5},
    "edited-private-part": {2},
    "removed-private-part": {2},
    "edited-root": {3, 4},
    "edited-frontier": {7, 8, 9},
    "deleted-seal": {7, 8, 9},
    "deleted-tree": {3, 4},
    "deleted-inside-a-batch": {7, 9},
    "deleted-entry": set(),
    "edited-archive": set(),
}


@pytest.mark.parametrize("name", ALONE)
def test_an_entry_looked_at_alone_stands_unless_it_or_its_batch_was_touched(copy, name):
    vector = tomllib.loads((DATA / "tampering" / f"{name}.toml").read_text(encoding="utf-8"))
    copy.tamper(*vector["sql"])
    log = copy.open(read_only=True)
    entries = log.list(kinds=tuple(Kind))
    assert {item.sequence for item in entries if verify_entry(log, item)} == ALONE[name]


def test_an_entry_that_says_it_is_another_does_not_stand(copy):
    copy.tamper(
        "UPDATE entries SET public = CAST(replace(CAST(public AS TEXT), '\"sequence\":3', '\"sequence\":2') AS BLOB)"
    )
    log = copy.open(read_only=True)
    claimed = [item for item in log.list(kinds=tuple(Kind)) if item.sequence == 2]
    faults = [{fault.code for fault in verify_entry(log, item)} for item in claimed]
    assert sorted(faults, key=len) == [set(), {"log-entry-moved"}]


def test_an_entry_cannot_be_looked_at_where_the_database_cannot_be_read(copy):
    log = copy.open(read_only=True)
    (known, *_) = log.list()
    with copy.raw() as connection:
        connection.execute("DROP TABLE tree")
    with pytest.raises(LogUnavailable):
        verify_entry(log, known)


def test_another_entry_under_the_id_asked_for_is_damage(copy, codes):
    with copy.raw() as connection:
        (asked,) = connection.execute("SELECT decision_id FROM entries WHERE sequence = 3").fetchone()
    copy.tamper("UPDATE entries SET public = (SELECT public FROM entries WHERE sequence = 2) WHERE sequence = 3")
    with pytest.raises(LogDamaged) as caught:
        copy.open(read_only=True).public(asked)
    assert codes(caught.value) == ["log-entry-moved"]


@pytest.mark.parametrize("path", VECTORS, ids=lambda path: path.stem)
def test_stretch_by_stretch_the_same_is_found(database, copy, monkeypatch, path):
    vector = tomllib.loads(path.read_text(encoding="utf-8"))
    if vector.get("only", database) != database:
        pytest.skip("the types of the other kind of database let nobody do this")
    copy.tamper(*vector["sql"])
    kept = [Witness("kept", 8, b"")]
    whole = found(copy, witnesses=kept)
    monkeypatch.setattr(verification, "_STRETCH", 2)
    assert found(copy, witnesses=kept) == whole


def test_of_many_signatures_the_newest_are_verified_unless_all_are_asked_for(copy, monkeypatch):
    vector = tomllib.loads((DATA / "tampering" / "edited-signature.toml").read_text(encoding="utf-8"))
    copy.tamper(*vector["sql"])
    assert found(copy) == vector["found"]
    monkeypatch.setattr(verification, "_SIGNATURES", 3)
    assert found(copy) == []
    assert found(copy, all_signatures=True) == vector["found"]
    assert verify(copy.open(read_only=True), verifiers=copy.verifiers).signatures == 3


def test_signatures_of_a_key_nobody_knows_are_named_once(copy):
    stranger = Signing.open(copy.folder / "other.key", create=True)
    report = verify(copy.open(read_only=True), verifiers=stranger.verifiers)
    assert [(item.code, dict(item.params)) for item in report.faults] == [
        ("log-note-unknown", {"size": 1, "key": copy.verifiers[0].short})
    ]


def test_several_processes_find_what_one_finds(copy, monkeypatch):
    vector = tomllib.loads((DATA / "tampering" / "edited-two-batches.toml").read_text(encoding="utf-8"))
    copy.tamper(*vector["sql"])
    monkeypatch.setattr(verification, "_STRETCH", 2)
    monkeypatch.setattr(verification, "_MANY", 0)
    assert found(copy, url=copy.url) == found(copy)
