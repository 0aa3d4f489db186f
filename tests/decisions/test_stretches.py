"""A large log is looked at in stretches by several processes, and nothing is lost between them."""

from log_places import Place

from benchmarks.verify import make_log
from service.decisions.log import DecisionLog
from service.decisions.signing import Signing
from service.decisions.verification import verify


def test_a_hundred_thousand_entries_are_verified_by_several_processes(tmp_path):
    url = make_log(tmp_path, 100_000, batch=100, private=16, conditions=1)
    verifiers = Signing.open(tmp_path / "signing.key", create=False).verifiers
    counted = []

    def looked_at():
        with DecisionLog.open(url, key_file=tmp_path / "master.key", read_only=True) as log:
            return verify(log, verifiers=verifiers, url=url, progress=lambda done, total: counted.append((done, total)))

    report = looked_at()
    assert report.sound
    assert (report.entries, report.size, report.trees, report.signatures) == (100_000, 100_000, 1000, 1000)
    assert counted == [(done, 100_000) for done in range(20_000, 100_001, 20_000)]
    Place(tmp_path, {}).tamper(
        "UPDATE entries SET public = CAST(replace(CAST(public AS TEXT), 'portal', 'portel') AS BLOB) "
        "WHERE sequence = 20001",
        "UPDATE tree SET frontier = zeroblob(64) WHERE size = 40000",
        "UPDATE entries SET edition = '2025' WHERE sequence = 77777",
        "UPDATE tree SET note = NULL WHERE size = 99900",
    )
    assert [(item.code, dict(item.params)) for item in looked_at().faults] == [
        ("log-entry-edited", {"sequence": 20001}),
        ("log-tree-edited", {"size": 40000}),
        ("log-column-edited", {"sequence": 77777, "column": "edition"}),
        ("log-note-missing", {"size": 99900}),
    ]
