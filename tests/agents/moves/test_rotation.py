"""Rotation: idle cases are listed the day before, and go back to the pool unless somebody works them or exempts them."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from agents.models import IdleCase, IdleState
from agents.moves.rotation import IDLE_DAYS, RotationRefused, exempt, rotate_idle
from cases.models import Case, Custody, Hold, Promise
from collection_ops.core import clock
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import Notification, User
from collection_ops.core.services.form_tokens import new_token
from compliance.models import ContactAttempt
from compliance.services.log import record_past
from tests.cases.builders import desk_of, make_case, pool_desk

pytestmark = pytest.mark.django_db

DAY = dt.date(2026, 4, 20)
SINCE = dt.date(2026, 4, 1)


def at(day: dt.date, hour: int = 0) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time(hour, 40)))


def night(day: dt.date) -> dict[str, int]:
    return rotate_idle(day=day, now=at(day))


def held(owner: User, *, since: dt.date = SINCE) -> Case:
    case = make_case(desk=desk_of(owner))
    Custody.objects.filter(case=case).update(started_at=at(since, 10))
    return case


def call(case: Case, actor: User, day: dt.date, **columns: object) -> ContactAttempt:
    moment = at(day, 11)
    attempt = record_past(
        case=case, point=None, channel="call", result="no_answer", actor=actor, now=moment, started_at=moment
    )
    ContactAttempt.objects.filter(pk=attempt.pk).update(**{"opened_at": moment, **columns})
    return attempt


@pytest.fixture(autouse=True)
def _after_ten_days(supervisor: User) -> None:
    set_value(IDLE_DAYS, 10, effective_from=SINCE, reason="试行", actor=supervisor, now=at(SINCE))


def states() -> dict[int, str]:
    return dict(IdleCase.objects.values_list("case_id", "state"))


def test_what_nobody_called_for_ten_days_is_listed_the_day_before_and_returned_at_t_plus_one(
    collector: User, team_leader: User
) -> None:
    idle, called = held(collector), held(collector)
    call(called, collector, DAY - dt.timedelta(days=3))
    assert night(DAY) == {"rotated": 0, "listed": 1}
    line = IdleCase.objects.get()
    assert (line.case, line.idle_since, line.due_on) == (idle, SINCE, DAY + dt.timedelta(days=1))
    told = Notification.objects.get(user=team_leader)
    assert (told.kind, told.params) == ("rotation.tomorrow", {"count": 1})
    assert night(DAY) == {"rotated": 0, "listed": 0}, "the same night twice"

    assert night(DAY + dt.timedelta(days=1))["rotated"] == 1
    idle.refresh_from_db()
    called.refresh_from_db()
    assert (idle.desk, called.desk) == (pool_desk(), desk_of(collector))
    assert Custody.objects.get(case=idle, ended_at=None).reason == "rotated"
    assert night(DAY + dt.timedelta(days=1))["rotated"] == 0


def test_the_day_on_which_a_case_falls_due_is_the_tenth_after_the_last_contact(collector: User) -> None:
    case = held(collector)
    call(case, collector, DAY - dt.timedelta(days=8))
    assert night(DAY)["listed"] == 0
    assert night(DAY + dt.timedelta(days=1))["listed"] == 1
    assert IdleCase.objects.get().due_on == DAY + dt.timedelta(days=2)


def test_a_call_on_the_last_day_keeps_the_case(collector: User) -> None:
    case = held(collector)
    night(DAY)
    call(case, collector, DAY)
    assert night(DAY + dt.timedelta(days=1))["rotated"] == 0
    assert states() == {case.pk: IdleState.DROPPED}
    case.refresh_from_db()
    assert case.desk == desk_of(collector)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": "open", "result": "", "started_at": None, "ended_at": None, "closed_at": None},
        {"channel": "sms", "result": "sent"},
        {"actor_kind": "ai"},
        {"misdirected": True},
    ],
    ids=["only opened", "a message", "a machine", "a wrong number"],
)
def test_what_is_no_contact_of_a_person_does_not_keep_the_case(collector: User, columns: dict[str, object]) -> None:
    case = held(collector)
    call(case, collector, DAY - dt.timedelta(days=1), **columns)
    assert night(DAY)["listed"] == 1


def test_somebody_elses_contact_does_not_keep_it_for_the_holder(collector: User, supervisor: User) -> None:
    case = held(collector)
    call(case, supervisor, DAY - dt.timedelta(days=1))
    assert night(DAY)["listed"] == 1


@pytest.mark.parametrize("why", ["promise", "hold", "pool", "off"])
def test_what_is_exempt_by_rule_is_not_listed(collector: User, supervisor: User, why: str) -> None:
    case = held(collector)
    if why == "promise":
        Promise.objects.create(
            case=case, amount=100, enough=100, made_on=SINCE, due_on=DAY, counts_until=DAY, owed=Decimal(500),
            stage=case.stage,
        )  # fmt: skip
    elif why == "hold":
        Hold.objects.create(debtor=case.loan.debtor, type="illness", since=at(SINCE), reason="住院")
    elif why == "pool":
        Case.objects.filter(pk=case.pk).update(desk=pool_desk())
    else:
        set_value(IDLE_DAYS, 0, effective_from=DAY, reason="停用", actor=supervisor, now=at(DAY))
    assert night(DAY)["listed"] == 0


def test_switched_off_after_the_listing_nothing_is_returned(collector: User, supervisor: User) -> None:
    case = held(collector)
    night(DAY)
    tomorrow = DAY + dt.timedelta(days=1)
    set_value(IDLE_DAYS, 0, effective_from=tomorrow, reason="停用", actor=supervisor, now=at(DAY))
    assert night(tomorrow) == {"rotated": 0, "listed": 0}
    assert states() == {case.pk: IdleState.DROPPED}


def test_the_leader_exempts_with_a_reason_and_the_case_stays_until_then(
    client_as: Callable[[User], Client], collector: User, team_leader: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = held(collector)
    night(DAY)
    monkeypatch.setattr(clock, "now", lambda: at(DAY, 9))
    monkeypatch.setattr(clock, "database_now", lambda: at(DAY, 9))
    line, client = IdleCase.objects.get(), client_as(team_leader)
    page = client.get(reverse("moves:rotation")).content.decode()
    assert "明日轮换" in page and case.loan.contract_no in page
    until = DAY + dt.timedelta(days=7)
    data = {"line": [line.pk], "until": until.isoformat()}
    answer = client.post(reverse("moves:exempt"), {"form_token": new_token(), **data})
    assert answer.status_code == 400 and "请写明豁免的原因" in answer.content.decode()
    data["reason"] = "约好下周面谈"
    assert client.post(reverse("moves:exempt"), {"form_token": new_token(), **data}).status_code == 302
    assert night(DAY + dt.timedelta(days=1)) == {"rotated": 0, "listed": 0}
    assert night(until)["listed"] == 1, "due on the day after the exemption"


def test_another_teams_lines_cannot_be_exempted(collector: User, team_leader: User, supervisor: User) -> None:
    held(collector)
    night(DAY)
    team_leader.unit = "team-b"
    with pytest.raises(RotationRefused, match="没有选中"):
        exempt(
            lines=[IdleCase.objects.get().pk], until=DAY + dt.timedelta(days=3), reason="试", actor=team_leader,
            now=at(DAY),
        )  # fmt: skip
    for until, sentence in ((DAY, "须晚于今天"), (DAY + dt.timedelta(days=90), "豁免最晚到")):
        with pytest.raises(RotationRefused, match=sentence):
            exempt(lines=[1], until=until, reason="试", actor=supervisor, now=at(DAY))


def test_a_case_that_moved_meanwhile_starts_anew_on_its_new_desk(collector: User, supervisor: User) -> None:
    from cases.services.custody import move_cases
    from tests.agents.moves.test_move import colleague

    case, other = held(collector), colleague()
    night(DAY)
    move_cases(cases=[case.pk], desk=desk_of(other), reason="reassigned", actor=supervisor, now=at(DAY, 12))
    assert night(DAY + dt.timedelta(days=1))["rotated"] == 0
    case.refresh_from_db()
    assert case.desk == desk_of(other)
