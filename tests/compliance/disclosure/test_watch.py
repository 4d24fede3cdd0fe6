"""From the audit trail to an alert: what was known at that moment, once, told to those who watch and to nobody else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from cases.models import Case, CaseHelper, ContactPoint, Custody
from cases.services.reveal import reveal_contact
from cases.services.search import find_person
from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, Notification, User, WorkDay
from collection_ops.core.services.accounts import create_user
from compliance.breaching.kinds import LOOKING
from compliance.disclosure.facts import Event, events
from compliance.disclosure.rules import Unusual
from compliance.disclosure.watch import DisclosureRefused, _keep, decide_alert, on_confirmed, tell_of_week, watch
from compliance.disclosure.weekly import lines_of_week, review_of, sign_week
from compliance.models import (
    AlertKind,
    AlertState,
    BreachCase,
    BreachSeverity,
    DisclosureAlert,
    DisclosureReview,
)
from tests.cases.builders import desk_of, make_case, pool_desk

pytestmark = pytest.mark.django_db
CHINA = dt.timezone(dt.timedelta(hours=8))
TUESDAY, WEEK = dt.date(2026, 3, 3), dt.date(2026, 3, 2)


def at(clock: str = "10:00", *, day: dt.date = TUESDAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(clock), tzinfo=CHINA)


def held(case: Case, since: dt.datetime, until: dt.datetime | None = None, desk: Any = None) -> Case:
    Custody.objects.filter(case=case).delete()
    if until is not None:
        Custody.objects.create(case=case, desk=desk or case.desk, started_at=since, ended_at=until, reason="分案")
        since = until
        desk = pool_desk()
    Custody.objects.create(case=case, desk=desk or case.desk, started_at=since, reason="分案")
    return case


def looked(actor: User, case: Case, moment: dt.datetime, **data: Any) -> AuditEvent:
    said = {"capability": "phones.reveal", "debtor": case.loan.debtor_id, "label": "电话", "why": "contact", **data}
    return AuditEvent.objects.create(
        at=moment, actor=actor, actor_name=str(actor), action="person.revealed", object_type="cases.case",
        object_id=str(case.pk), data=said,
    )  # fmt: skip


def exported(actor: User, persons: int, moment: dt.datetime, *, unmasked: bool = False) -> AuditEvent:
    data = {"rows": persons, "persons": persons, "unmasked": unmasked}
    return AuditEvent.objects.create(at=moment, actor=actor, actor_name=str(actor), action="cases.exported", data=data)


def only() -> Event:
    return events(first=TUESDAY, last=TUESDAY)[-1]


@pytest.fixture
def case(collector: User) -> Case:
    return held(make_case(desk=desk_of(collector), phones=("13900001111",)), at("08:00", day=WEEK))


@pytest.fixture
def second_officer(db: None) -> User:
    return create_user(
        username="di.compliance", display_name="狄合规", password="x" * 20, roles=[Role.COMPLIANCE], actor=None
    )


# What was known at that moment --------------------------------------------------------------------------------------------


def test_a_case_is_ones_own_by_where_it_lay_at_that_moment(case: Case, collector: User) -> None:
    held(case, at("08:00", day=WEEK), at("12:00"), desk=desk_of(collector))
    looked(collector, case, at("11:59"))
    assert only().own
    looked(collector, case, at("12:00"))
    assert not only().own, "it had gone to the pool"


def test_the_teams_cases_are_the_leaders_own_and_another_teams_are_not(
    case: Case, team_leader: User, supervisor: User
) -> None:
    looked(team_leader, case, at())
    assert only().own
    looked(supervisor, case, at("10:01"))
    assert not only().own


def test_a_case_one_helps_with_is_ones_own_while_the_help_lasts(case: Case) -> None:
    helper = create_user(username="bang", display_name="帮", password="x" * 20, roles=[Role.COLLECTOR], actor=None)
    CaseHelper.objects.create(case=case, user=helper, since=at("09:00"), until=TUESDAY, ended_at=at("11:00"))
    looked(helper, case, at("10:00"))
    assert only().own
    looked(helper, case, at("11:00"))
    assert not only().own


def test_hours_are_those_of_the_calendar(case: Case, collector: User) -> None:
    def late(clock: str) -> bool:
        looked(collector, case, at(clock))
        return next(e for e in reversed(events(first=TUESDAY, last=TUESDAY)) if e.at == at(clock)).late

    assert [late(clock) for clock in ("07:59", "08:00", "20:59", "21:00")] == [True, False, False, True]
    WorkDay.objects.update_or_create(day=TUESDAY, defaults={"is_business_day": False})
    assert late("10:30"), "a holiday"


def test_opening_a_number_leaves_why_and_a_search_what_was_asked_for(collector: User) -> None:
    from collection_ops.core import clock

    mine = make_case(desk=desk_of(collector), phones=("13900001111",))
    point = ContactPoint.objects.get(debtor=mine.loan.debtor)
    now = clock.database_now()
    reveal_contact(case=mine, contact_point=point, reason="contact", note="", actor=collector, now=now)
    find_person(text="无此人", actor=collector, now=now)
    day = clock.business_date(now)
    opened, search = events(first=day, last=day)
    assert (opened.why, opened.debtor) == ("contact", mine.loan.debtor_id)
    assert (search.by_name, search.is_empty) == (True, True)
    assert "无此人" not in str(AuditEvent.objects.get(pk=search.id).data)


# Alerts -------------------------------------------------------------------------------------------------------------------


def test_an_alert_is_kept_once_and_told_to_those_who_watch_and_not_to_whom_it_is_about(
    case: Case, supervisor: User, compliance_officer: User, auditor: User
) -> None:
    looked(supervisor, case, at())
    assert watch(now=at("11:00")) == 1
    assert watch(now=at("12:00")) == 0
    alert = DisclosureAlert.objects.get()
    assert (alert.kind, alert.user, alert.day, alert.count) == (AlertKind.NOT_OWN, supervisor, TUESDAY, 1)
    assert {note.user for note in Notification.objects.filter(kind="disclosure.alerts")} == {
        compliance_officer,
        auditor,
    }


def test_who_watches_is_not_told_of_their_own(case: Case, compliance_officer: User, auditor: User) -> None:
    looked(compliance_officer, case, at())
    watch(now=at("11:00"))
    assert [note.user for note in Notification.objects.filter(kind="disclosure.alerts")] == [auditor]
    assert not DisclosureAlert.objects.for_user(compliance_officer).exists()


def test_what_was_explained_waits_again_only_when_it_has_become_worse(manager: User, compliance_officer: User) -> None:
    exported(manager, 30, at())
    watch(now=at("11:00"))
    alert = DisclosureAlert.objects.get()
    decide_alert(alert=alert, confirmed=False, note="月末报送", actor=compliance_officer, now=at("11:30"))
    exported(manager, 5, at("11:40"))
    assert watch(now=at("12:00")) == 0
    alert.refresh_from_db()
    assert (alert.state, alert.count) == (AlertState.EXPLAINED, 35)
    exported(manager, 300, at("13:00"))
    assert watch(now=at("14:00")) == 1
    alert.refresh_from_db()
    assert (alert.state, alert.count, alert.severity, alert.decided_by) == (AlertState.NEW, 335, 2, None)


def test_an_alert_is_decided_by_somebody_else_with_words_and_once(
    case: Case, compliance_officer: User, second_officer: User
) -> None:
    looked(compliance_officer, case, at())
    watch(now=at("11:00"))
    alert = DisclosureAlert.objects.get()
    with pytest.raises(DisclosureRefused, match="须由他人核查"):
        decide_alert(alert=alert, confirmed=False, note="是我", actor=compliance_officer, now=at("12:00"))
    with pytest.raises(DisclosureRefused, match="请写明"):
        decide_alert(alert=alert, confirmed=False, note=" ", actor=second_officer, now=at("12:00"))
    with pytest.raises(IntegrityError), transaction.atomic():
        DisclosureAlert.objects.filter(pk=alert.pk).update(
            state="explained", decided_by=compliance_officer, decided_at=at(), note="是我"
        )
    followed: list[int] = []
    follow = on_confirmed(lambda alert, *, actor, now: followed.append(alert.pk))
    try:
        decide_alert(alert=alert, confirmed=True, note="无工作理由", actor=second_officer, now=at("12:00"))
    finally:
        from compliance.disclosure import watch as module

        module._when_confirmed.remove(follow)
    assert followed == [alert.pk]
    with pytest.raises(DisclosureRefused, match="已核查"):
        decide_alert(alert=alert, confirmed=False, note="再看", actor=second_officer, now=at("13:00"))


# Into the register --------------------------------------------------------------------------------------------------------


def test_a_confirmed_alert_ends_in_the_register_and_the_same_events_never_twice(
    case: Case, compliance_officer: User, supervisor: User
) -> None:
    others = [held(make_case(), at("08:00", day=WEEK)) for _ in range(4)]
    for minute, one in enumerate(others[:3]):
        looked(supervisor, one, at(f"22:0{minute}"), why="verify")
    assert watch(now=at("23:00")) == 2, "not their own, and late"
    confirm = {"confirmed": True, "note": "说不出工作理由", "actor": compliance_officer}
    by_kind = {alert.kind: alert for alert in DisclosureAlert.objects.all()}
    decide_alert(alert=by_kind[AlertKind.NOT_OWN], now=at("23:10"), **confirm)
    matter = BreachCase.objects.get()
    assert (matter.source, matter.kind, matter.user, matter.org) == ("watch", LOOKING, supervisor, "own")
    assert "说不出工作理由" in matter.what and "审计记录 #" in matter.evidence
    assert matter.severity == BreachSeverity.SERIOUS
    decide_alert(alert=by_kind[AlertKind.AFTER_HOURS], now=at("23:20"), **confirm)
    assert BreachCase.objects.count() == 1, "the same looking, seen by another rule"
    assert [step.kind for step in matter.steps.order_by("pk")] == ["opened", "noted"]
    assert set(matter.alerts.all()) == set(by_kind.values())

    looked(supervisor, others[3], at("23:30"), why="verify")
    DisclosureAlert.objects.filter(kind=AlertKind.NOT_OWN).update(severity=1)
    found = [Unusual(AlertKind.NOT_OWN, supervisor.pk, TUESDAY, 2500, 3, tuple(by_kind[AlertKind.NOT_OWN].evidence))]
    with transaction.atomic():
        _keep(found, at("23:40"))
    again = DisclosureAlert.objects.get(kind=AlertKind.NOT_OWN)
    assert again.state == AlertState.NEW, "more of it was found, and graver"
    decide_alert(alert=again, now=at("23:50"), **confirm)
    matter.refresh_from_db()
    assert (BreachCase.objects.count(), matter.severity) == (1, BreachSeverity.CRITICAL)


def test_other_events_of_the_same_day_are_another_matter_and_an_explanation_none(
    case: Case, compliance_officer: User, supervisor: User
) -> None:
    exported(supervisor, 30, at("10:00"))
    looked(supervisor, held(make_case(), at("08:00", day=WEEK)), at("11:00"), why="verify")
    watch(now=at("12:00"))
    for alert in DisclosureAlert.objects.all():
        decide_alert(alert=alert, confirmed=True, note="无审批", actor=compliance_officer, now=at("12:30"))
    assert BreachCase.objects.count() == 2
    exported(supervisor, 30, at(day=TUESDAY + dt.timedelta(days=1)))
    watch(now=at("12:00", day=TUESDAY + dt.timedelta(days=1)))
    fine = DisclosureAlert.objects.get(state=AlertState.NEW)
    decide_alert(alert=fine, confirmed=False, note="月末报送", actor=compliance_officer, now=at("13:00"))
    assert BreachCase.objects.count() == 2


def test_the_page_leads_from_the_alert_to_the_matter_and_from_there_to_an_incident(
    case: Case, compliance_officer: User, supervisor: User, client_as: Callable[[User], Client]
) -> None:
    looked(supervisor, case, at("11:00"), why="verify")
    watch(now=at("12:00"))
    alert, officer = DisclosureAlert.objects.get(), client_as(compliance_officer)
    url = reverse("compliance:disclosure_alert", args=[alert.pk])
    done = officer.post(url, {"note": "无理由", "found": "confirmed", "form_token": "a" * 43}, follow=True)
    matter = BreachCase.objects.get()
    assert f"违规 {matter.number} 已登记" in done.content.decode()
    assert reverse("compliance:breach", args=[matter.pk]) in done.content.decode()
    page = officer.get(reverse("compliance:breach", args=[matter.pk])).content.decode()
    assert f"alert={alert.pk}" in page
    begun = officer.get(f"{reverse('compliance:incident_new')}?breach={matter.pk}").content.decode()
    assert "无理由" in begun and '<option value="data_leak" selected>' in begun
    assert client_as(supervisor).get(reverse("compliance:breach", args=[matter.pk])).status_code == 404


# The week -----------------------------------------------------------------------------------------------------------------


def test_the_week_counts_by_person_and_leaves_out_other_weeks(
    case: Case, collector: User, manager: User, compliance_officer: User
) -> None:
    other = held(make_case(desk=desk_of(collector)), at("08:00", day=WEEK))
    looked(collector, case, at())
    looked(collector, case, at("10:01"))
    looked(collector, other, at("22:00"))
    looked(collector, case, at(day=WEEK - dt.timedelta(days=1)))
    looked(collector, case, at("00:00", day=WEEK + dt.timedelta(days=7)))
    looked(manager, case, at(), capability="ids.reveal", last4="1234")
    exported(manager, 40, at(), unmasked=True)
    lines = {line.user: line for line in lines_of_week(WEEK, compliance_officer)}
    mine = lines[collector]
    assert (mine.phones, mine.persons, mine.late, mine.not_own, mine.exported) == (3, 2, 1, 0, 0)
    boss = lines[manager]
    assert (boss.ids, boss.exports, boss.exported, boss.unmasked, boss.not_own) == (1, 1, 40, 40, 1)


def test_a_week_is_signed_once_it_is_over_and_its_alerts_are_looked_into(
    case: Case, supervisor: User, compliance_officer: User, second_officer: User
) -> None:
    looked(supervisor, case, at())
    watch(now=at("11:00"))
    sunday, monday = at(day=WEEK + dt.timedelta(days=6)), at(day=WEEK + dt.timedelta(days=7))
    with pytest.raises(DisclosureRefused, match="还没有结束"):
        sign_week(week=WEEK, note="", actor=compliance_officer, now=sunday)
    with pytest.raises(DisclosureRefused, match="待核查"):
        sign_week(week=WEEK, note="", actor=compliance_officer, now=monday)
    decide_alert(
        alert=DisclosureAlert.objects.get(), confirmed=False, note="抽查", actor=compliance_officer, now=monday
    )
    sign_week(week=WEEK, note="无异常", actor=compliance_officer, now=monday)
    with pytest.raises(DisclosureRefused, match="已由"):
        sign_week(week=WEEK, note="", actor=second_officer, now=monday)


def test_nobody_signs_for_their_own_lines(case: Case, compliance_officer: User, second_officer: User) -> None:
    looked(compliance_officer, case, at())
    monday = at(day=WEEK + dt.timedelta(days=7))
    signed = sign_week(week=WEEK, note="", actor=compliance_officer, now=monday)
    assert not signed.is_done
    with pytest.raises(DisclosureRefused, match="另一人"):
        sign_week(week=WEEK, note="", actor=compliance_officer, now=monday)
    with pytest.raises(IntegrityError), transaction.atomic():
        DisclosureReview.objects.update(second_by=compliance_officer, second_at=monday)
    sign_week(week=WEEK, note="", actor=second_officer, now=monday)
    done = review_of(WEEK)
    assert done is not None and done.is_done and done.second_by == second_officer


def test_on_monday_those_who_sign_are_told_once(compliance_officer: User, auditor: User) -> None:
    monday = at("08:05", day=WEEK + dt.timedelta(days=7))
    assert tell_of_week(now=monday) == 1
    assert tell_of_week(now=monday) == 0
    told = Notification.objects.get(kind="disclosure.week")
    assert (told.user, told.params) == (compliance_officer, {"week": "2026-03-02"})


# Pages --------------------------------------------------------------------------------------------------------------------


def test_the_page_leads_from_the_week_to_the_events_with_masks_only(
    client_as: Callable[[User], Client], case: Case, supervisor: User, compliance_officer: User, auditor: User
) -> None:
    looked(supervisor, case, at(), masked="139****1111")
    looked(compliance_officer, case, at())
    watch(now=at("11:00"))
    client = client_as(compliance_officer)
    page = client.get(reverse("compliance:disclosure"), {"week": "2026-03-05"}).content.decode()
    assert "待核查 1" in page and "本人，由他人核查" in page
    url = reverse("compliance:disclosure_person", args=[supervisor.pk])
    page = client.get(url, {"week": "2026-03-02"}).content.decode()
    assert "139****1111" in page and "13900001111" not in page and "非本人案件" in page
    assert reverse("cases:record", args=[case.pk]) in page
    own = reverse("compliance:disclosure_person", args=[compliance_officer.pk])
    assert client.get(own).status_code == 404
    assert "已说明" not in client_as(auditor).get(url, {"week": "2026-03-02"}).content.decode(), (
        "reads, changes nothing"
    )
