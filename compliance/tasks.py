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


@shared_task(name="compliance.watch_disclosure")
def watch_disclosure() -> None:
    from compliance.disclosure import watch

    watch.watch(now=clock.database_now())


@shared_task(name="compliance.tell_disclosure_week")
def tell_disclosure_week() -> None:
    from compliance.disclosure import watch

    watch.tell_of_week(now=clock.database_now())


@shared_task(name="compliance.keep_data_requests")
def keep_data_requests() -> None:
    """In the morning: who has a request whose time runs out hears of it; copies that were kept long enough go."""
    from compliance.keeping import copies, requests

    now = clock.database_now()
    requests.remind(now=now)
    copies.purge_copies(now=now)
