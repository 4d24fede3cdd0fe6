"""Celery tasks of compliance: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task

from collection_ops.core import clock
from collection_ops.core.services import jobs


@shared_task(name="compliance.dispatch_messages")
def dispatch_messages() -> None:
    """A few at a time, each batch with the moment at which it really is sent."""
    from compliance import dispatch

    dispatch.settle_unfinished(now=clock.database_now())
    while dispatch.dispatch_due(now=clock.database_now(), most=20).handled:
        pass


@shared_task(name="compliance.check_wording")
def check_wording() -> None:
    """A job of its own, once an hour, however many schedulers ring."""
    from compliance.wordcheck.jobs import CHECK

    now = clock.database_now()
    jobs.enqueue(kind=CHECK, params={}, actor=None, key=f"check_wording:{now:%Y-%m-%dT%H}")


@shared_task(name="compliance.escalate_complaints")
def escalate_complaints() -> None:
    """Whoever handles a complaint is told that its time runs out, later those above as well."""
    from compliance.complaints import escalating

    escalating.escalate(now=clock.database_now())


@shared_task(name="compliance.remind_referrals")
def remind_referrals() -> None:
    """Each morning: referrals that are due or overdue, suggestions that nobody answers."""
    from compliance.routing import reminding
    from compliance.suggestions import reminding as of_suggestions

    now = clock.database_now()
    reminding.remind_referrals(now=now)
    of_suggestions.remind_owners(now=now)


@shared_task(name="compliance.chase_breaches")
def chase_breaches() -> None:
    """Matters of the register whose days are over: told once a step."""
    from compliance.breaching import overdue

    overdue.chase(now=clock.database_now())


@shared_task(name="compliance.watch_incidents")
def watch_incidents() -> None:
    """The clocks of written reports: 24, 12, 4 and 1 hours left, and late, each told once."""
    from compliance.incidents import watch

    watch.watch(now=clock.database_now())


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
