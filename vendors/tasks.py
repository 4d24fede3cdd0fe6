"""Celery tasks of the agencies' room: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task

from collection_ops.core import clock


@shared_task(name="vendors.propose_recalls")
def propose_recalls() -> None:
    from vendors.placement import recalls

    recalls.nightly(now=clock.database_now())


@shared_task(name="vendors.follow_rectifications")
def follow_rectifications() -> None:
    from vendors.rectification import chasing

    chasing.nightly(now=clock.database_now())


@shared_task(name="vendors.keep_meetings")
def keep_meetings() -> None:
    from vendors.meetings import nightly

    nightly.nightly(now=clock.database_now())
