"""Reads of kept papers."""

from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTransform
from django.db.models.functions import TruncMonth

from reports.models import ReportRun


def months_with_runs() -> list[date]:
    """The months in which a run's period ends, the newest first. One query."""
    found = ReportRun.objects.annotate(month=TruncMonth("last")).order_by("-month").values_list("month", flat=True)
    return list(found.distinct())


def runs_of(month: date, kind: str = "") -> "QuerySet[ReportRun]":
    """Runs whose period ends in the month, the newest first, without their contents but for the first sentences (`lead`).
    `is_replaced`: the same period was made again with later knowledge."""
    newer = ReportRun.objects.filter(
        kind=OuterRef("kind"), first=OuterRef("first"), last=OuterRef("last"), scope=OuterRef("scope"),
        known_by__gt=OuterRef("known_by"),
    )  # fmt: skip
    found = ReportRun.objects.filter(last__year=month.year, last__month=month.month)
    if kind:
        found = found.filter(kind=kind)
    found = found.annotate(is_replaced=Exists(newer), lead=KeyTransform("lead", "content"))
    return found.defer("content").select_related("made_by").order_by("-last", "-first", "-known_by", "-pk")


def neighbours(run: ReportRun) -> tuple[ReportRun | None, ReportRun | None]:
    """The run in force of the period before and of the one after, as far as they were made. Two queries."""
    same = ReportRun.objects.filter(kind=run.kind, scope=run.scope)
    before = same.filter(last__lt=run.first).order_by("-first", "-known_by", "-pk").first()
    after = same.filter(first__gt=run.last).order_by("first", "-known_by", "-pk").first()
    return before, after


def versions(run: ReportRun) -> "QuerySet[ReportRun]":
    """All runs of the same period, the newest knowledge first."""
    same = ReportRun.objects.filter(kind=run.kind, scope=run.scope, first=run.first, last=run.last)
    return same.defer("content").order_by("-known_by", "-pk")
