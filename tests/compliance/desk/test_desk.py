"""The compliance desk shows what presses first, to everybody only what they may see."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.models import User
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.desk.parts import Deadline, nearest
from compliance.models import About
from tests.cases.builders import desk_of, make_case

NOW = dt.datetime(2026, 3, 10, 9, 30, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("hours", "said", "tone"),
    [(-48, "超期 2 天", "danger"), (-1, "超期 1 小时", "danger"), (0.5, "还剩 1 小时", "warning"),
     (23, "还剩 23 小时", "warning"), (71, "还剩 2 天", "warning"), (24 * 5, "还剩 5 天", "neutral")],
)  # fmt: skip
def test_what_is_left_is_told_in_hours_on_the_last_day(hours: float, said: str, tone: str) -> None:
    one = Deadline("投诉", "TS", "", NOW + dt.timedelta(hours=hours), "/")
    assert (one.left(NOW), one.tone(NOW)) == (said, tone)


@pytest.mark.django_db
def test_the_nearest_deadline_is_first_and_nobody_sees_a_complaint_about_themselves(
    collector: User, supervisor: User, compliance_officer: User, client_as: Callable[[User], Client]
) -> None:
    case, now = make_case(desk=desk_of(collector)), timezone.now()
    for days, accused in ((3, supervisor), (14, collector)):
        receive(
            said=Said("hotline", "threat", "骂人", now - dt.timedelta(days=days)),
            whose=Whose(case.loan.debtor, case),
            accused=[Accused(About.COLLECTOR, accused)],
            actor=None,
            now=now,
        )
    both = nearest(compliance_officer, now=now, most=5)
    assert [one.ends_at for one in both] == sorted(one.ends_at for one in both) and len(both) == 2
    assert len(nearest(supervisor, now=now, most=5)) == 1
    page = client_as(compliance_officer).get(reverse("compliance:desk"))
    assert page.status_code == 200 and both[0].number in page.content.decode()
    assert client_as(collector).get(reverse("compliance:desk")).status_code == 403
