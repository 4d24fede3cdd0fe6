"""Celery tasks of the agencies' room: thin shells, safe to repeat and to run twice at once."""

from celery import shared_task

from collection_ops.core import clock


@shared_task(name="vendors.propose_recalls")
def propose_recalls() -> None:
    from vendors.placement import recalls

    recalls.nightly(now=clock.database_now())


@shared_task(name="vendors.score_month")
def score_month() -> None:
    from vendors.scorecard import scoring

    scoring.score_due(now=clock.database_now())


@shared_task(name="vendors.follow_rectifications")
def follow_rectifications() -> None:
    from vendors.rectification import chasing

    chasing.nightly(now=clock.database_now())


@shared_task(name="vendors.keep_meetings")
def keep_meetings() -> None:
    from vendors.meetings import nightly

    nightly.nightly(now=clock.database_now())


@shared_task(name="vendors.match_claims")
def match_claims() -> None:
    from vendors.returns import claims

    claims.match_claims(now=clock.database_now())


@shared_task(name="vendors.accrue_month")
def accrue_month() -> None:
    from vendors.accruals import jobs

    jobs.enqueue_last_month(now=clock.database_now())
