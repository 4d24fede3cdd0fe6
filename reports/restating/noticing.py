"""Apply: look at the reports of the last months again, and write down which of their figures are others now."""

from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import translation

from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.services import audit
from collection_ops.core.services.notifications import notify
from reports.models import ReportKind, ReportRun, Restatement
from reports.regular.kinds import KINDS
from reports.restating.comparing import compare
from reports.restating.late import Late, LateFact, late_facts

LOOKED_BACK = {
    ReportKind.DAILY: timedelta(days=35),
    ReportKind.WEEKLY: timedelta(days=100),
    ReportKind.MONTHLY: timedelta(days=190),
}
"""How long after its period a report is looked at again. A daily one tells of its month, too."""


def notice(*, now: datetime) -> list[Restatement]:
    """Restatements that are new, at most one a report. Whoever makes reports is told of the first one of each.

    A report of which nothing was learned since is not built again: that is asked in one query each.
    """
    today = clock.business_date(now)
    found = []
    for run in _in_force(today):
        newest = run.restatements.order_by("-known_by").first()
        if not _late(run, newest.known_by if newest else run.known_by):
            continue
        restated = restate(run=run, newest=newest, known_by=now)
        if restated is not None:
            found.append(restated)
    return found


def _in_force(today: date) -> list[ReportRun]:
    """Of each period the report that we made last."""
    runs = ReportRun.objects.order_by("kind", "first", "last", "scope", "-known_by").distinct(
        "kind", "first", "last", "scope"
    )
    return [run for run in runs.filter(last__gte=today - max(LOOKED_BACK.values())) if _is_recent(run, today)]


def _is_recent(run: ReportRun, today: date) -> bool:
    return run.last >= today - LOOKED_BACK[ReportKind(run.kind)]


def _late(run: ReportRun, since: datetime) -> Late:
    return late_facts(first=run.first.replace(day=1), last=run.last, since=since)


def restate(*, run: ReportRun, newest: Restatement | None, known_by: datetime) -> Restatement | None:
    """Build the report again as it is known at `known_by`. None where it says what it, or its newest restatement, said."""
    known_by = known_by.replace(microsecond=0)
    with translation.override(settings.LANGUAGE_CODE):
        paper = KINDS[run.kind].build(run.period, known_by)
    digest = paper.digest
    if digest == (newest.digest if newest else run.digest):
        return None
    figures = compare(run.content, paper.to_json())
    if not figures and newest is None:
        return None  # other words or cases, and the same numbers
    late = _late(run, run.known_by)
    with transaction.atomic():
        restated, is_new = Restatement.objects.get_or_create(
            run=run,
            known_by=known_by,
            defaults={
                "digest": digest,
                "figures": [one.to_json() for one in figures],
                "facts": [_plain(fact) for fact in late.facts],
                "counts": late.counts,
            },
        )
        if not is_new:
            return None
        audit.record(
            action="report.restated",
            actor=None,
            obj=run,
            data={"figures": len(figures), "facts": sum(late.counts.values())},
        )
        if newest is None:
            notify(
                users=users_with("reports.make"),
                kind="report.restated",
                params={"first": run.first.isoformat(), "last": run.last.isoformat(), "figures": len(figures)},
                url=reverse("reports:paper", args=[run.pk]),
                level="warning",
            )
    return restated


def _plain(fact: LateFact) -> dict[str, object]:
    return {
        "kind": fact.kind,
        "ref": fact.ref,
        "day": fact.day.isoformat(),
        "learned_at": fact.learned_at.isoformat(),
        "amount": None if fact.amount is None else str(fact.amount),
    }
