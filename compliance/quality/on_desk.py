"""What quality checks put on the compliance desk, for whoever checks: what they themselves can do of it."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.dated_settings import Setting
from collection_ops.core.models import User
from compliance.desk.parts import Card, Deadline, card, deadlines, end_of, named, today_of
from compliance.models import QualityCheck
from compliance.models.quality import CHECK
from compliance.quality import appeals, waiting

SECOND_DAYS = Setting(
    "quality.second_days",
    label=gettext_lazy("质检复评完成天数"),
    default=7,
    source=gettext_lazy("内控：结果出来后尽快复评，口径才对得上"),
    unit=gettext_lazy("天"),
    least=1,
    most=60,
)


@deadlines
def open_appeals(user: User, now: datetime, most: int) -> Iterable[Deadline]:
    if not has(user, CHECK):
        return
    days = appeals.DECIDE_DAYS.on(today_of(now))
    for one in _told(waiting.appeals_to_decide(user)).order_by("appeal__made_at", "pk")[:most]:
        yield Deadline(
            kind=_("质检申诉"),
            number=one.number,
            what=_whose(one),
            ends_at=end_of(appeals.decided_until(one.appeal, days)),
            url=reverse("compliance:quality_check", args=[one.pk]),
        )


@deadlines
def second_opinions(user: User, now: datetime, most: int) -> Iterable[Deadline]:
    if not has(user, CHECK):
        return
    days = timedelta(days=SECOND_DAYS.on(today_of(now)))
    for one in _told(waiting.to_check_again(user)).order_by("done_at", "pk")[:most]:
        if one.done_at is not None:
            yield Deadline(
                kind=_("质检复评"),
                number=one.number,
                what=_whose(one),
                ends_at=end_of(clock.business_date(one.done_at) + days),
                url=reverse("compliance:quality_check", args=[one.pk]),
            )


@card
def checks(user: User, now: datetime) -> Card | None:
    return _card(_("待我质检"), user, waiting.to_check(user), "queue", order=30)


@card
def seconds(user: User, now: datetime) -> Card | None:
    return _card(_("待我复评"), user, waiting.to_check_again(user), "second", order=31)


@card
def differences(user: User, now: datetime) -> Card | None:
    return _card(_("待协调质检分歧"), user, waiting.to_settle(user), "differs", order=32)


@card
def appealed(user: User, now: datetime) -> Card | None:
    return _card(_("待我复核申诉"), user, waiting.appeals_to_decide(user), "appeals", order=33)


def _card(label: str, user: User, rows: QuerySet[QualityCheck], show: str, *, order: int) -> Card | None:
    if not has(user, CHECK):
        return None
    return Card(label=label, count=rows.count(), url=f"{reverse('compliance:quality')}?show={show}", order=order)


def _told(rows: QuerySet[QualityCheck]) -> QuerySet[QualityCheck]:
    return rows.select_related("user", "appeal").defer("settle_note", "appeal__reason", "appeal__note")


def _whose(check: QualityCheck) -> str:
    return f"{named(check.user) or check.org} {check.talked_on.isoformat()}"
