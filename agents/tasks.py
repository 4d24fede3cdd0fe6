"""Celery tasks of the collectors' app: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task

from collection_ops.core import clock


@shared_task(name="agents.tell_late_notes")
def tell_late_notes() -> None:
    from agents.workbench import late_notes

    late_notes.tell_leaders(now=clock.database_now())


@shared_task(name="agents.catch_up_calls")
def catch_up_calls() -> None:
    from agents.workbench.telephony import calls, line

    if (in_use := line()) is not None:
        calls.catch_up(line=in_use, now=clock.database_now())


@shared_task(name="agents.forget_desk")
def forget_desk() -> None:
    from agents.workbench.queue import lock

    lock.forget(now=clock.database_now())


@shared_task(name="agents.warn_of_expiry")
def warn_of_expiry() -> None:
    from agents.people import expiry

    expiry.warn_of_expiry(now=clock.database_now())
