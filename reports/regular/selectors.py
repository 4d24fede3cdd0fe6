"""Reads of kept papers."""

from django.db.models import Exists, OuterRef, QuerySet

from reports.models import ReportRun


def runs_of(kind: str = "") -> "QuerySet[ReportRun]":
    """Without their contents' sections being needed; `is_replaced`: the same period was made again with later knowledge."""
    newer = ReportRun.objects.filter(
        kind=OuterRef("kind"), first=OuterRef("first"), last=OuterRef("last"), scope=OuterRef("scope"),
        known_by__gt=OuterRef("known_by"),
    )  # fmt: skip
    found = ReportRun.objects.annotate(is_replaced=Exists(newer)).select_related("made_by")
    return found.filter(kind=kind) if kind else found


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
