"""Job handlers of moves by hand and of the rotation: thin shells, safe to repeat."""

from agents.moves import choice, rotation
from agents.moves.move import MoveRefused
from collection_ops.core import clock
from collection_ops.core.services.jobs import ExpectedFailure, JobRun, Outcome, job_handler


@job_handler(choice.JOB)
def move_many(job_run: JobRun) -> Outcome:
    """Move a choice of more cases than a request takes. One transaction: all that may move, or none."""
    choice_id = int(job_run.job.params["choice"])
    job_run.progress(0, 1)
    try:
        done = choice.run_choice(choice_id=choice_id, now=clock.database_now())
    except MoveRefused as refused:
        choice.give_back(choice_id=choice_id)
        raise ExpectedFailure(str(refused)) from refused
    figures = {"moved": done.result["moved"], "refused": len(done.result["refused"])}
    return Outcome(result={**figures, "sentence": "moves.done", "params": figures}, url=choice.choice_url(done))


@job_handler(rotation.JOB)
def rotate(job_run: JobRun) -> Outcome:
    """The night's rotation: what is due goes back to the pool, what is due tomorrow is listed. Repeatable."""
    job_run.progress(0, 1)
    now = clock.database_now()
    figures = rotation.rotate_idle(day=clock.business_date(now), now=now)
    return Outcome(result={**figures, "sentence": "rotation.done", "params": figures})
