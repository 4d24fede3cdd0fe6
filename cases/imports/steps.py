"""What several steps of a run do: leave the work to a job, and end a run with the reason it was refused for."""

from typing import Any

from cases.imports.preview import count_problems
from cases.imports.refusals import RunRefused
from cases.imports.staging.staging import stage_problems
from cases.imports.states import move
from cases.imports.words.problems import Problem
from cases.models import ImportRun, RunState
from collection_ops.core.models import Job, User
from collection_ops.core.services import jobs

QUEUE = "imports"


def enqueue_step(kind: str, run: ImportRun, actor: User | None, **params: Any) -> Job:
    """The job of this kind for `run`, in the queue of imports."""
    return jobs.enqueue(
        kind=kind, params={"run": run.pk, **params}, actor=actor, title=run.file_name[:200], queue=QUEUE
    )


def refuse(run: ImportRun, refusal: RunRefused, to: RunState) -> None:
    """Step to `to` with the reason, which becomes a problem of the run as well. In the caller's transaction."""
    problem: Problem = refusal.as_problem()
    stage_problems(run=run, problems=[problem])
    columns: dict[str, Any] = {"problem_counts": count_problems([problem])} if to == RunState.REFUSED else {}
    move(run, to, refusal=refusal.to_json(), **columns)
