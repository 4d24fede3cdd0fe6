"""By when a complaint has to be closed (CN-C-01, CN-C-03).

The day of receipt does not count: received on 2 March with 15 days, the last day is 17 March. Reopening starts a new round
with days of its own; whether the round before was closed in time stays as it was.
"""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting, values_on, values_on_days
from collection_ops.core.services.calendar import add_business_days
from compliance.models import ComplaintType, Complexity

DAYS = Setting(
    "complaint.days",
    label=_("投诉办结天数"),
    default=15,
    source="CN-C-01 complaint_days",
    unit=_("天"),
    least=1,
    most=60,
)
COMPLEX_DAYS = Setting(
    "complaint.complex_days",
    label=_("复杂投诉办结天数"),
    default=30,
    source="CN-C-01 complex_days",
    unit=_("天"),
    least=1,
    most=90,
)
SPECIAL_EXTRA_DAYS = Setting(
    "complaint.special_extra_days",
    label=_("特别复杂投诉再延天数"),
    default=30,
    source="CN-C-01 special_extra_days",
    unit=_("天"),
    least=1,
    most=90,
)
CREDIT_DISPUTE_DAYS = Setting(
    "complaint.credit_dispute_days",
    label=_("征信异议答复天数"),
    default=20,
    source="CN-C-03 credit_dispute_days",
    unit=_("天"),
    least=1,
    most=20,
)
BUSINESS_DAYS = Setting(
    "complaint.business_days",
    label=_("投诉期限按工作日计算"),
    default=False,
    source=_("CN-C-01 按自然日；当地监管要求按工作日的改为是"),
)


_SETTINGS = (DAYS, COMPLEX_DAYS, SPECIAL_EXTRA_DAYS, CREDIT_DISPUTE_DAYS, BUSINESS_DAYS)


def due_on(started_on: date, *, type: ComplaintType | str, complexity: Complexity | str) -> date:
    """The last day on which closing is in time, by the settings of the day on which the clock started. One query, one more
    with business days. A credit-report dispute is never extended and counts calendar days: its clause is a statute."""
    return _due_by(values_on(started_on, _SETTINGS), started_on, type, complexity)


def due_dates(started: Collection[tuple[date, str]]) -> dict[tuple[date, str], date]:
    """`due_on` of ordinary complaints, by (first day, type): one query for all, and where business days count one more a
    day."""
    values = values_on_days({day for day, _type in started}, _SETTINGS)
    return {(day, type): _due_by(values[day], day, type, Complexity.NORMAL) for day, type in sorted(set(started))}


def _due_by(
    values: Mapping[str, Any], started_on: date, type: ComplaintType | str, complexity: Complexity | str
) -> date:
    if type == ComplaintType.CREDIT_REPORT:
        return started_on + timedelta(days=values[CREDIT_DISPUTE_DAYS.name])
    days = {
        Complexity.NORMAL: values[DAYS.name],
        Complexity.COMPLEX: values[COMPLEX_DAYS.name],
        Complexity.SPECIAL: values[COMPLEX_DAYS.name] + values[SPECIAL_EXTRA_DAYS.name],
    }[Complexity(complexity)]
    if values[BUSINESS_DAYS.name]:
        return add_business_days(started_on, days)
    return started_on + timedelta(days=days)


def passed_percent(started_on: date, due: date, today: date) -> int:
    """How much of the time is over, in whole per cent, not more than 999; 100 on the last day."""
    whole = max((due - started_on).days, 1)
    return max(0, min(999, (today - started_on).days * 100 // whole))
