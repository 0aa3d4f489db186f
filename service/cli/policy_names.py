"""How officers name an edition: a file, `<policy>/<edition>`, or an edition of the only policy there is."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from service.authoring.editions import Edition, read_edition
from service.cli import exits
from service.policy.library import TABLES
from service.problems import FilePlace, nearest, problem

_SUFFIX = ".yaml"


def edition_file(name: str, folder: Path, *, at: str, policy: str | None = None) -> Path:
    """The file that `name` stands for among the policies of a folder; stops (exit 2) where there is none.

    `at` is what the command line calls the name; `policy` the policy whose edition a bare edition is.
    """
    if name.endswith(_SUFFIX):
        path = Path(name)
        if not path.is_file():
            raise _stop("check-missing", name)
        if path.name.endswith(f".cases{_SUFFIX}") or path.resolve().parent.name == TABLES:
            raise _stop("check-not-policy", name)
        return path
    if not folder.is_dir():
        raise _stop("folder-missing", str(folder))
    known = {path.name: _editions(path) for path in sorted(folder.iterdir()) if path.is_dir() and path.name != TABLES}
    known = {policy_id: editions for policy_id, editions in known.items() if editions}
    chosen, _, edition = name.rpartition("/")
    if not chosen:
        chosen = _only(policy, edition, known, at)
    if chosen not in known:
        raise _stop("policy-unknown", name, near=chosen, names=known)
    if edition not in known[chosen]:
        raise _stop("input-edition-unknown", name, near=edition, names=known[chosen])
    return folder / chosen / f"{edition}{_SUFFIX}"


def opened(path: Path) -> Edition:
    """The edition in a file; stops (exit 3) with what is wrong with it."""
    edition, problems = read_edition(path)
    if edition is None:
        raise exits.StopError(exits.BAD_POLICY, problems)
    return edition


def editions_of(folder: Path, policy: str) -> list[Edition]:
    """Every edition of a policy, oldest first; stops (exit 3) with what is wrong with any."""
    found = [opened(folder / policy / f"{name}{_SUFFIX}") for name in _editions(folder / policy)]
    return sorted(found, key=lambda edition: (edition.policy.effective_from, edition.policy.edition))


def _editions(folder: Path) -> list[str]:
    return [path.stem for path in sorted(folder.glob(f"*{_SUFFIX}")) if not path.name.endswith(f".cases{_SUFFIX}")]


def _only(policy: str | None, edition: str, known: dict[str, list[str]], at: str) -> str:
    if policy is not None:
        return policy
    if len(known) == 1:
        return next(iter(known))
    holding = [name for name, editions in known.items() if edition in editions]
    if len(holding) == 1:
        return holding[0]
    raise _stop("name-ambiguous", at, names=known)


def _stop(code: str, at: str, *, near: str | None = None, names: Iterable[str] = ()) -> exits.StopError:
    names = list(names)
    suggestion = None if near is None else nearest(near, names)
    return exits.StopError(
        exits.UNREADABLE, [problem(code, FilePlace(at), suggestion=suggestion, known="、".join(names))]
    )
