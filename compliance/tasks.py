"""Celery tasks of compliance: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task

from collection_ops.core import clock


@shared_task(name="compliance.dispatch_messages")
def dispatch_messages() -> None:
    """A few at a time, each batch with the moment at which it really is sent."""
    from compliance import dispatch

    dispatch.settle_unfinished(now=clock.database_now())
    while dispatch.dispatch_due(now=clock.database_now(), most=20).handled:
        pass


@shared_task(name="compliance.remind_referrals")
def remind_referrals() -> None:
    """Each morning: referrals that are due or overdue, suggestions that nobody answers."""
    from compliance.routing import reminding
    from compliance.suggestions import reminding as of_suggestions

    now = clock.database_now()
    reminding.remind_referrals(now=now)
    of_suggestions.remind_owners(now=now)
