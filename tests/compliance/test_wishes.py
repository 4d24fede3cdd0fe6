"""When and how a person wants to be contacted: said once, kept, and held to by the gate."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from collection_ops.core.models import AuditEvent
from collection_ops.core.services.form_tokens import new_token
from compliance.gate import open_attempt
from compliance.models import ContactWish
from compliance.selectors import standing_of
from compliance.services.wishes import WishRefused, end_wish, record_wish
from tests.cases.builders import desk_of, make_case
from tests.core.races import at_once


def at(hour: int, minute: int = 0, *, day: int = 2) -> dt.datetime:
    """March 2026; the 2nd is a Monday."""
    return timezone.make_aware(dt.datetime(2026, 3, day, hour, minute))


def callable_case(collector, phone="13800138000"):
    case = make_case(desk=desk_of(collector), phones=(phone,))
    case.loan.debtor.contact_points.update(origin="import")
    return case


@pytest.fixture
def case(collector):
    return callable_case(collector)


def call(case, collector, now):
    return open_attempt(case=case, point=case.loan.debtor.contact_points.get(), actor=collector, now=now)


def wish(case, collector, kind, *, now=None, **said):
    return record_wish(
        debtor=case.loan.debtor, kind=kind, evidence="3 月 2 日通话", actor=collector, now=now or at(9), **said
    )


def rules_met(case, collector, now):
    return [reason.rule for reason in call(case, collector, now).verdict.reasons]


def test_in_hours_called_inconvenient_the_gate_warns_until_they_end(case, collector, supervisor):
    """The pack says that they should be avoided, not that they are forbidden."""
    wish(case, collector, "inconvenient", starts=dt.time(12), ends=dt.time(14), weekdays=[1, 2, 3, 4, 5])
    assert rules_met(case, collector, at(12, 30)) == ["CN-T-02"]
    assert rules_met(case, supervisor, at(14)) == []


def test_on_a_day_that_was_not_named_they_are_hours_like_others(case, collector):
    wish(case, collector, "inconvenient", starts=dt.time(12), ends=dt.time(14), weekdays=[1])
    assert rules_met(case, collector, at(12, 30, day=3)) == []


def test_hours_agreed_on_open_the_quiet_hours_and_taken_back_they_close_again(case, collector, supervisor):
    agreed = wish(case, collector, "agreed", starts=dt.time(22), ends=dt.time(23))
    answer = call(case, collector, at(22, 15))
    assert answer.attempt is not None
    assert answer.decision.evidence == ["3 月 2 日通话"]
    end_wish(wish=agreed, reason="客户来电收回", actor=supervisor, now=at(10, day=3))
    assert call(case, supervisor, at(22, 15, day=3)).attempt is None


def test_without_anything_said_the_quiet_hours_stay_quiet(case, collector):
    assert call(case, collector, at(22, 15)).attempt is None


def test_somebody_in_another_zone_is_called_when_it_is_day_at_both_places(case, collector):
    assert call(callable_case(collector, "13900139000"), collector, at(8, 30)).attempt is not None
    wish(case, collector, "zone", zone="Europe/Paris", now=at(8))
    assert call(case, collector, at(8, 30)).attempt is None  # 1:30 in Paris
    assert call(case, collector, at(15, 30)).attempt is not None  # 8:30 in Paris


@pytest.mark.parametrize(
    ("kind", "said", "field"),
    [
        ("inconvenient", {"starts": dt.time(12)}, "ends"),
        ("agreed", {"starts": dt.time(12), "ends": dt.time(12)}, "ends"),
        ("channel", {"channel": "pigeon"}, "channel"),
        ("zone", {"zone": "Moon/Base"}, "zone"),
        ("zone", {"zone": "Asia/Tokyo", "since": dt.date(2026, 3, 1)}, "since"),
    ],
)
def test_what_nobody_could_hold_to_is_not_taken(case, collector, kind, said, field):
    with pytest.raises(WishRefused) as refused:
        wish(case, collector, kind, **said)
    assert refused.value.field == field
    assert not ContactWish.objects.exists()


def test_agreed_hours_without_evidence_are_not_kept_by_any_way(case, collector):
    with pytest.raises(WishRefused):
        record_wish(
            debtor=case.loan.debtor, kind="agreed", evidence=" ", starts=dt.time(22), ends=dt.time(23), actor=collector,
            now=at(9),
        )  # fmt: skip
    with pytest.raises(IntegrityError), transaction.atomic():
        ContactWish.objects.create(
            debtor=case.loan.debtor, kind="agreed", starts=dt.time(22), ends=dt.time(23), since=at(9).date(),
            recorded_at=at(9), evidence="",
        )  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_of_two_who_record_the_zone_at_once_one_does(collector, supervisor):
    case = make_case()
    answers = at_once(*(lambda who=who: wish(case, who, "zone", zone="Asia/Tokyo") for who in (collector, supervisor)))
    assert sorted(type(answer).__name__ for answer in answers) == ["ContactWish", "WishRefused"]


def test_it_is_said_on_the_desk_in_words(case, collector):
    wish(case, collector, "inconvenient", starts=dt.time(12), ends=dt.time(14))
    wish(case, collector, "channel", channel="visit")
    said = standing_of(case=case, actor=collector, now=at(9)).wishes
    assert said == ["每天 12:00–14:00 不方便", "不接受外访联系"]


def test_from_form_to_record_and_back(case, collector, client_as):
    browser = client_as(collector)
    address = reverse("compliance:wish_new", args=[case.pk]) + "?kind=inconvenient"
    half = browser.post(address, {"starts": "12:00", "evidence": "她说午休", "form_token": new_token()})
    assert half.status_code == 400
    assert "她说午休" in half.content.decode()
    browser.post(address, {"starts": "12:00", "ends": "14:00", "evidence": "她说午休", "form_token": new_token()})
    kept = ContactWish.objects.get()
    page = browser.get(reverse("cases:record", args=[case.pk]) + "?tab=wishes").content.decode()
    assert "12:00–14:00" in page
    end = reverse("compliance:wish_end", args=[case.pk, kept.pk])
    browser.post(end, {"reason": "客户收回", "form_token": new_token()})
    again = browser.post(end, {"reason": "客户收回", "form_token": new_token()})
    assert again.status_code == 409
    assert "这项约定已经结束" in again.content.decode()
    assert AuditEvent.objects.filter(action__startswith="wish.").count() == 2
