"""Numbers of the business: each day knows what was in force, and a change has a reason and a place in the trail."""

import datetime as dt
from decimal import Decimal

import pytest

from collection_ops.core import clock, dated_settings
from collection_ops.core.dated_settings import Setting, SettingRefused, set_value, values_on
from collection_ops.core.models import AuditEvent

pytestmark = pytest.mark.django_db

MARCH, APRIL = dt.date(2026, 3, 1), dt.date(2026, 4, 1)


@pytest.fixture
def grace(monkeypatch):
    monkeypatch.setattr(dated_settings, "_declared", {})
    return Setting("test.grace_days", label="宽限天数", default=1, source="内部规定", unit="天", least=0, most=30)


def test_a_day_before_the_change_keeps_its_value_and_the_default_stands_before_any(grace, supervisor):
    set_value(grace, 3, effective_from=APRIL, reason="春节后放宽", actor=supervisor, now=clock.now())
    assert (grace.on(MARCH), grace.on(APRIL), grace.on(dt.date(2026, 5, 1))) == (1, 3, 3)


def test_of_two_values_for_one_day_the_later_counts_and_both_are_in_the_trail(grace, supervisor):
    for value in (3, 5):
        set_value(grace, value, effective_from=APRIL, reason="调整", actor=supervisor, now=clock.now())
    assert grace.on(APRIL) == 5
    told = AuditEvent.objects.filter(action="setting.changed").order_by("pk").values_list("data", flat=True)
    assert [(one["from"], one["to"]) for one in told] == [("1", "3"), ("3", "5")]


@pytest.mark.parametrize(("value", "reason"), [(31, "x"), (-1, "x"), ("三", "x"), (2, "  ")])
def test_a_wrong_value_or_none_of_a_reason_changes_nothing(grace, supervisor, value, reason):
    with pytest.raises(SettingRefused):
        set_value(grace, value, effective_from=APRIL, reason=reason, actor=supervisor, now=clock.now())
    assert grace.on(APRIL) == 1


def test_money_stays_exact_and_many_are_one_query(grace, supervisor, django_assert_num_queries):
    share = Setting("test.share", label="最低比例", default=Decimal("0.10"), source="内部规定")
    set_value(share, "0.30", effective_from=MARCH, reason="试行", actor=supervisor, now=clock.now())
    with django_assert_num_queries(1):
        assert values_on(APRIL, [grace, share]) == {"test.grace_days": 1, "test.share": Decimal("0.30")}
