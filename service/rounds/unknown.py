"""What a search of the log asked for that no policy knows: a misspelt name must not pass for a blameless record."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from service.decisions.faults import LogDamaged
from service.decisions.reading import LogReader
from service.decisions.search import Sought
from service.policy.dependencies import conditions_in
from service.policy.model import Policy
from service.problems import Place, Problem, Severity, nearest, problem

_SUFFIX = ".yaml"
_Edition = tuple[str, str]


def names_policy(sought: Sought) -> bool:
    """Whether anything is asked for that policies name."""
    return any(part is not None for part in (sought.policy, sought.edition, sought.condition, sought.citing))


def unknown(
    log: LogReader, sought: Sought, policies: Iterable[Policy], *, at: Callable[[str], Place]
) -> tuple[Problem, ...]:
    """A warning for each name sought that neither the texts archived in the log nor `policies` have, at `at` its part.

    An edition is looked for in the policy asked for, a condition and a clause in the editions asked for. In archived
    texts a condition is any word that reads like its name, so that none is called unknown that was ever there. Raises
    LogUnavailable.
    """
    if not names_policy(sought):
        return ()
    read = {(policy.id, policy.edition): policy for policy in policies}
    archived = {name: digests for name, digests in _archived(log).items() if digests}
    fitting = {*read, *archived}
    found: list[Problem] = []
    if sought.policy is not None:
        ids = sorted({policy_id for policy_id, _ in fitting})
        if sought.policy in ids:
            fitting = {name for name in fitting if name[0] == sought.policy}
        else:
            found.append(_warning("sought-policy-unknown", "policy", at, "、".join(ids), nearest(sought.policy, ids)))
    if sought.edition is not None:
        narrowed = {name for name in fitting if name[1] == sought.edition}
        if narrowed:
            fitting = narrowed
        else:
            near = nearest(sought.edition, sorted({edition for _, edition in fitting}))
            found.append(_warning("sought-edition-unknown", "edition", at, _listed(fitting), near))
    if sought.condition is not None:
        names = [name for key in sorted(fitting & {*read}) for name in condition_labels(read[key])]
        wanted = sought.condition
        if not any(name == wanted or name.endswith(f".{wanted}") for name in names) and not any(
            _may_name(log, digest, wanted) for key in fitting for digest in archived.get(key, ())
        ):
            short = (name.rpartition(".")[2] for name in names)
            near = nearest(wanted, dict.fromkeys(names if "." in wanted else (*short, *names)))
            found.append(_warning("sought-condition-unknown", "condition", at, _listed(fitting), near))
    if sought.citing is not None:
        cited = {(policy_id, edition) for policy_id, edition, _ in sought.citing}
        if not cited & fitting:
            found.append(_warning("sought-clause-unknown", "clause", at, _listed(cited), None))
    return tuple(found)


def condition_labels(policy: Policy) -> dict[str, str]:
    """What every section and every condition with an id is called, by its name in public parts."""
    found: dict[str, str] = {}
    for section in policy.sections:
        found[section.id] = section.label
        for item in conditions_in(section.root):
            if item.id is not None:
                found[f"{section.id}.{item.id}"] = item.label or item.id
    return found


def _archived(log: LogReader) -> dict[_Edition, list[str]]:
    """The digests of the archived texts of each edition."""
    found: dict[_Edition, list[str]] = {}
    for name, digest in log.archived_names("policy"):
        policy_id, _, file = name.partition("/")
        found.setdefault((policy_id, file.removesuffix(_SUFFIX)), []).append(digest)
    return found


def _may_name(log: LogReader, digest: str, condition: str) -> bool:
    """Whether every step of the name stands in the text; of one that cannot be read anything may be so."""
    try:
        raw = log.archived(digest) or b""
    except LogDamaged:
        return True
    steps = (re.escape(step.encode("utf-8", "replace")) for step in condition.split("."))
    return all(re.search(rb"(?<![\w-])" + step + rb"(?![\w-])", raw) for step in steps)


def _warning(code: str, part: str, at: Callable[[str], Place], known: str, near: str | None) -> Problem:
    return problem(code, at(part), suggestion=near, severity=Severity.WARNING, known=known)


def _listed(names: Iterable[_Edition]) -> str:
    return "、".join(f"{policy_id} {edition}" for policy_id, edition in sorted(names))
