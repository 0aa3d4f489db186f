"""Two editions of a policy compared: every difference, told apart by whom it favours."""

from __future__ import annotations

from service.authoring.changes import Change, Kind, Part
from service.authoring.diff_conditions import diff_sections
from service.authoring.diff_facts import diff_derived, diff_facts
from service.authoring.diff_parts import diff_documents, diff_head, diff_parameters, diff_rulings
from service.authoring.diff_tables import diff_tables
from service.authoring.diff_terms import diff_terms
from service.authoring.editions import Edition
from service.authoring.effects import Sense


def diff(old: Edition, new: Edition) -> tuple[Change, ...]:
    """Every change from one edition to another, part by part, in the order of the newer; empty for the same.

    Where nothing else differs but the bytes of the files do, one change says so.
    """
    before, after = old.policy, new.policy
    called, documents = diff_documents(before, after)
    changes = (
        *diff_head(old.document, new.document),
        *diff_terms((before, old.document), (after, new.document), called),
        *diff_parameters(before, after, called),
        *diff_sections(before.sections, after.sections, called),
        *diff_rulings(before, after),
        *diff_facts(before, after),
        *diff_derived(old, new),
        *documents,
        *diff_tables(before, after),
    )
    if not changes and before.raw != after.raw:
        return (Change(part=Part.COMMENTS, kind=Kind.CHANGED, subject="", title="", sense=Sense.WORDING),)
    return changes
