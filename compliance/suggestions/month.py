"""A month of suggestions, by area: how many, how fast they were answered, what is open for too long."""

import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import median

from django.db import transaction
from django.db.models import Count
from django.utils import timezone
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.clock import month_end
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.tables import Column, open_table
from compliance.models import Suggestion, SuggestionArea, SuggestionState
from compliance.models.suggestion import SuggestionQuerySet

OPEN_TOO_LONG = 14
"""Days without an answer after which a suggestion stands out."""


@dataclass(frozen=True)
class Filed:
    """What is counted of one suggestion."""

    area: str
    state: str
    filed_on: date
    answered_on: date | None


@dataclass(frozen=True)
class Line:
    """One area, or all (""): filed in the month; of these answered, done, declined; the median of calendar days to the first
    answer (nothing where none was answered); and open for more than OPEN_TOO_LONG days as of today, whenever filed."""

    area: str
    filed: int
    answered: int
    done: int
    declined: int
    median_days: float | None
    open_too_long: int


def lines(filed: Sequence[Filed], *, first: date, last: date, today: date) -> list[Line]:
    """Pure. `filed`: those of the month, and all that are open."""
    areas = [area for area in SuggestionArea.values if any(one.area == area for one in filed)]
    found = [_line(area, [one for one in filed if one.area == area], first, last, today) for area in areas]
    return [*found, _line("", filed, first, last, today)]


def _line(area: str, filed: Iterable[Filed], first: date, last: date, today: date) -> Line:
    rows = list(filed)
    of_month = [one for one in rows if first <= one.filed_on <= last]
    days = [(one.answered_on - one.filed_on).days for one in of_month if one.answered_on is not None]
    return Line(
        area=area,
        filed=len(of_month),
        answered=len(days),
        done=sum(one.state == SuggestionState.DONE for one in of_month),
        declined=sum(one.state == SuggestionState.DECLINED for one in of_month),
        median_days=median(days) if days else None,
        open_too_long=sum(
            one.state == SuggestionState.OPEN and (today - one.filed_on).days > OPEN_TOO_LONG for one in rows
        ),
    )


def month_of(first: date, *, user: User, today: date) -> list[Line]:
    """The lines of the month that begins on `first`. One query."""
    last = month_end(first)
    rows = Suggestion.objects.for_user(user)
    wanted = _in_month(rows, first) | rows.filter(state=SuggestionState.OPEN)
    filed = [
        Filed(area, state, clock.business_date(at), clock.business_date(answered) if answered else None)
        for area, state, at, answered in wanted.values_list("area", "state", "filed_at", "answered_at")
    ]
    return lines(filed, first=first, last=last, today=today)


def export_month(first: date, *, actor: User, now: datetime) -> bytes:
    """CSV, one row a suggestion. What names a case is told on its page only."""
    columns = [
        Column(_("编号")), Column(_("领域")), Column(_("紧急程度")), Column(_("提出时间")), Column(_("提出人")),
        Column(_("负责人")), Column(_("状态")), Column(_("首次答复时间")), Column(_("附议"), "integer"),
        Column(_("内容")), Column(_("答复")),
    ]  # fmt: skip
    rows = _in_month(Suggestion.objects.for_user(actor), first).select_related("filed_by", "owner")
    with tempfile.TemporaryDirectory() as folder, transaction.atomic():
        path = Path(folder) / "suggestions.csv"
        with open_table(
            path, file_format="csv", title=_("问题与建议"), columns=columns, exported_by=str(actor), exported_at=now
        ) as table:
            for row in rows.annotate(seconds=Count("supports")).order_by("pk").iterator(chunk_size=500):
                shown = row.text if row.case_id is None else _("涉及案件，见页面")
                table.write_row(
                    [
                        row.number, str(row.get_area_display()), str(row.get_urgency_display()), row.filed_at,
                        str(row.filed_by), str(row.owner or ""), str(row.get_state_display()), row.answered_at,
                        row.seconds, shown, row.answer if row.case_id is None else "",
                    ]
                )  # fmt: skip
        audit.record(action="suggestion.exported", actor=actor, data={"month": f"{first:%Y-%m}", "rows": table.rows})
        return path.read_bytes()


def _in_month(rows: SuggestionQuerySet, first: date) -> SuggestionQuerySet:
    start = timezone.make_aware(datetime.combine(first, time.min))
    end = timezone.make_aware(datetime.combine(month_end(first) + timedelta(days=1), time.min))
    return rows.filter(filed_at__gte=start, filed_at__lt=end)
