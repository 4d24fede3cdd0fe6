"""The states of a run and the steps between them.

Every step is one conditional update: of two people (or workers) taking it at once, one does and the other is told.
"""

from collections.abc import Collection, Mapping
from typing import Any

from cases.imports.refusals import RunRefused
from cases.models import ImportRun, RunState

TRANSITIONS: dict[RunState, frozenset[RunState]] = {
    RunState.UPLOADED: frozenset({RunState.READING, RunState.REFUSED, RunState.DISCARDED}),
    RunState.READING: frozenset({RunState.ASKING, RunState.PREVIEW, RunState.REFUSED, RunState.DISCARDED}),
    RunState.ASKING: frozenset({RunState.READING, RunState.DISCARDED}),
    # Back to reading when a column is corrected; refused when the book has gone past the file's day.
    RunState.PREVIEW: frozenset(
        {RunState.READING, RunState.SUBMITTED, RunState.APPLYING, RunState.REFUSED, RunState.DISCARDED}
    ),
    # Outside its guard rails: approved (applying), returned to the clerk (preview), or given up.
    RunState.SUBMITTED: frozenset({RunState.APPLYING, RunState.PREVIEW, RunState.REFUSED, RunState.DISCARDED}),
    # Asking: another file for its day, or a newer one, went in while it waited.
    RunState.APPLYING: frozenset({RunState.APPLIED, RunState.PREVIEW, RunState.ASKING, RunState.REFUSED}),
    RunState.APPLIED: frozenset({RunState.UNDONE}),
    RunState.UNDONE: frozenset(),
    RunState.REFUSED: frozenset({RunState.DISCARDED}),
    RunState.DISCARDED: frozenset(),
}


def states_before(to: RunState) -> list[RunState]:
    """From where a run may step to `to`."""
    return [state for state, following in TRANSITIONS.items() if to in following]


NO_APPROVAL: Mapping[str, Any] = {
    "submitted_by": None,
    "submitted_at": None,
    "submit_note": "",
    "approved_by": None,
    "approved_at": None,
    "approval_note": "",
}
"""What was submitted and approved is what people saw: it ends when the run is read or compared again (the audit trail
keeps it)."""


def move(run: ImportRun, to: RunState, *, since: Collection[RunState] = (), **columns: Any) -> ImportRun:
    """Step to `to`, writing `columns` with it, if the run is in a state that leads there (of those in `since`, when
    given). Refreshes `run`.

    Raises RunRefused("wrong_state") when it is not: somebody else was faster, or the step is not a legal one.
    """
    if to in (RunState.READING, RunState.ASKING, RunState.PREVIEW):
        columns = {**NO_APPROVAL, **columns}
    ground = [state for state in states_before(to) if not since or state in since]
    moved = ImportRun.objects.filter(pk=run.pk, state__in=ground).update(state=to, **columns)
    run.refresh_from_db()
    if not moved:
        raise RunRefused("wrong_state", state=run.state, wanted=str(to))
    return run
