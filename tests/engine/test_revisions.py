"""A revision of a policy folder serves whole until its last holder lets go; a folder at fault changes nothing."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.engine.application import read_application
from service.engine.assess import assess
from service.engine.partitions import EngineFault
from service.engine.revisions import Revision, Revisions
from tests.engine.trials import DATA, ON

POLICY = ("form", "2025")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DATA / "policies", tmp_path / "policies"))


def edit(folder: Path, old: str = "title: 各种字段", new: str = "title: 改过的字段") -> Path:
    file = folder / "form" / "2025.yaml"
    file.write_text(file.read_text("utf-8").replace(old, new), encoding="utf-8")
    return file


def overall(revision: Revision) -> str:
    policy = revision.snapshot.find(*POLICY)
    assert policy is not None
    application, _ = read_application(policy, {"name": "某厂"})
    assert application is not None
    return assess(revision.compiled(policy), application, on=ON).overall


def test_before_the_first_reading_nothing_serves(folder: Path) -> None:
    revisions = Revisions(folder)
    assert (revisions.ready, revisions.stale, revisions.changed()) == (False, False, True)
    with pytest.raises(LookupError), revisions.hold():
        pass


def test_a_folder_that_loads_serves_and_is_read_again_only_when_it_changed(folder: Path) -> None:
    revisions = Revisions(folder)
    assert revisions.reload() == ()
    assert (revisions.ready, revisions.stale, revisions.changed()) == (True, False, False)
    with revisions.hold() as revision:
        assert overall(revision) == "eligible"
        policy = revision.snapshot.find(*POLICY)
        assert policy is not None
        assert revision.compiled(policy) is revision.compiled(policy)
    edit(folder)
    assert revisions.changed()
    revisions.close()


def test_reading_the_same_files_again_keeps_the_revision(folder: Path) -> None:
    revisions = Revisions(folder)
    revisions.reload()
    with revisions.hold() as before:
        revisions.reload()
        with revisions.hold() as after:
            assert after is before
    revisions.close()


def test_who_holds_a_revision_ends_with_it_and_then_its_rules_are_given_back(folder: Path) -> None:
    revisions = Revisions(folder)
    revisions.reload()
    with revisions.hold() as before:
        assert overall(before) == "eligible"
        edit(folder)
        revisions.reload()
        with revisions.hold() as after:
            assert after.snapshot.digest != before.snapshot.digest
            assert overall(after) == overall(before) == "eligible"
    with pytest.raises(EngineFault, match="closed"):
        overall(before)
    with revisions.hold() as after:
        assert overall(after) == "eligible"
    revisions.close()


def test_a_revision_nobody_holds_gives_its_rules_back_when_it_is_replaced(folder: Path) -> None:
    revisions = Revisions(folder)
    revisions.reload()
    with revisions.hold() as before:
        overall(before)
    edit(folder)
    revisions.reload()
    with pytest.raises(EngineFault, match="closed"):
        overall(before)
    revisions.close()


def test_a_folder_at_fault_leaves_the_last_good_revision_in_service(folder: Path) -> None:
    revisions = Revisions(folder)
    revisions.reload()
    edit(folder, "title: 各种字段", "titel: 各种字段")
    problems = revisions.reload()
    assert problems
    assert revisions.problems == problems
    assert (revisions.ready, revisions.stale, revisions.changed()) == (True, True, False)
    with revisions.hold() as revision:
        assert overall(revision) == "eligible"
    edit(folder, "titel: 各种字段", "title: 各种字段")
    assert revisions.reload() == ()
    assert not revisions.stale
    revisions.close()


def test_a_folder_at_fault_from_the_start_is_not_ready(folder: Path) -> None:
    edit(folder, "title: 各种字段", "titel: 各种字段")
    revisions = Revisions(folder)
    revisions.reload()
    assert (revisions.ready, revisions.stale) == (False, True)
    revisions.close()


def test_what_is_taken_out_of_service_serves_nobody_new(folder: Path) -> None:
    revisions = Revisions(folder)
    revisions.reload()
    with revisions.hold() as revision:
        revisions.close()
        assert not revisions.ready
        assert overall(revision) == "eligible"
    with pytest.raises(EngineFault, match="closed"):
        overall(revision)
    with pytest.raises(LookupError), revisions.hold():
        pass
