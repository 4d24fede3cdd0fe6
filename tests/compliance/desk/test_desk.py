"""The compliance desk shows what presses first, to everybody only what they may see."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cases.models import Case
from collection_ops.core.models import User
from compliance.breaching.register import report_breach
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.desk.parts import Deadline, cards_for, end_of, nearest
from compliance.incidents.register import CameFrom, Told, register_incident
from compliance.keeping.requests import Asked, receive_request
from compliance.models import About, DisclosureAlert, RetentionRun
from compliance.quality import appeals
from compliance.quality.checking import save_opinion
from tests.cases.builders import desk_of, make_case
from tests.compliance.quality.builders import NEXT_WEEK, checker, drawn, given, week_of_talks
from tests.compliance.quality.test_from_check_to_appeal import share

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


def _filled(case: Case, officer: User, collector: User, now: dt.datetime, times: int = 1) -> None:
    """Something of every room, `times` over."""
    for number in range(times):
        report_breach(
            kind="B01.2", severity=None, what="骂人", actor=None, now=now, user=collector, found_on=now.date()
        )
        register_incident(
            told=Told(type="data_leak", known_at=now, what="外泄"),
            came_from=CameFrom(),
            owner=officer,
            actor=officer,
            now=now,
        )
        receive_request(
            debtor=case.loan.debtor, asked=Asked(kind="copy", details="副本", received_at=now), actor=officer, now=now
        )
        DisclosureAlert.objects.create(
            kind="not_own",
            user=collector,
            day=now.date() - dt.timedelta(days=number + times),
            count=1,
            severity=1,
            found_at=now,
        )


@pytest.mark.django_db
def test_every_room_puts_its_deadlines_and_what_waits_on_the_desk(
    collector: User, compliance_officer: User, manager: User, auditor: User, client_as: Callable[[User], Client]
) -> None:
    case, now = make_case(desk=desk_of(collector)), timezone.now()
    _filled(case, compliance_officer, collector, now)
    RetentionRun.objects.create(
        rule="CN-R-01", years=5, as_of=now.date(), state="proposed", made_at=now, proposed_by=compliance_officer
    )
    seen = nearest(compliance_officer, now=now, most=15)
    assert {one.kind for one in seen} == {"违规整改", "重大风险首报", "信息泄露通知", "个人信息请求"}
    assert seen[0].kind == "信息泄露通知", "24 hours"

    def cards(user: User) -> dict[str, int]:
        return {card.label: card.count for card in cards_for(user, now=now)}

    assert cards(compliance_officer)["待核查查询提示"] == 1
    assert "待批准到期删除" not in cards(compliance_officer), "not who may approve"
    assert cards(manager)["待批准到期删除"] == 1 and "待核查查询提示" not in cards(manager)
    assert cards(auditor)["超期违规整改"] == 0 and "待复核违规" not in cards(auditor)
    yesterday = now.date() - dt.timedelta(days=1)
    week = f"week={(yesterday - dt.timedelta(days=yesterday.weekday())).isoformat()}"
    assert week in client_as(compliance_officer).get(reverse("compliance:desk")).content.decode()


@pytest.mark.django_db
def test_the_desk_asks_as_much_of_a_hundred_matters_as_of_one(
    collector: User,
    compliance_officer: User,
    client_as: Callable[[User], Client],
    django_assert_max_num_queries: Any,
) -> None:
    case, now = make_case(desk=desk_of(collector)), timezone.now()
    _filled(case, compliance_officer, collector, now)
    client, url = client_as(compliance_officer), reverse("compliance:desk")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    _filled(case, compliance_officer, collector, now, times=25)
    with django_assert_max_num_queries(len(few)):
        client.get(url)
    assert len(few) <= 24


@pytest.mark.django_db
def test_of_quality_checks_each_checker_sees_what_they_can_do_and_nobody_else_anything(
    collector: User, supervisor: User, compliance_officer: User
) -> None:
    share(100)
    other = checker("b")
    week_of_talks(collector, 45)
    appealed, again, _open = drawn().checks.order_by("pk")
    for check in (appealed, again):
        save_opinion(check=check, kind="first", given=given(1), submit=True, actor=compliance_officer, now=NEXT_WEEK)
    appeals.make_appeal(check=appealed, reason="不服", actor=collector, now=NEXT_WEEK)

    def seen(user: User) -> tuple[set[str], dict[str, int]]:
        due = {one.number for one in nearest(user, now=NEXT_WEEK, most=9)}
        cards = [one for one in cards_for(user, now=NEXT_WEEK) if "quality" in one.url]
        return due, {one.label: one.count for one in cards}

    none = {"待我质检": 1, "待我复评": 0, "待协调质检分歧": 0, "待我复核申诉": 0}
    assert seen(other) == ({appealed.number, again.number}, none | {"待我复评": 1, "待我复核申诉": 1})
    assert seen(compliance_officer) == (set(), none), "their own opinions are for others to look at again"
    assert seen(supervisor) == (set(), {})
    ends = {one.number: one.ends_at for one in nearest(other, now=NEXT_WEEK, most=9)}
    assert ends[appealed.number] == end_of(NEXT_WEEK.date() + dt.timedelta(days=7))
