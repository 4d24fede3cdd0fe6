"""Promises: every refusal beside its success, exceptions, taking back, and the pages by role."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Promise
from cases.services.closing import close_case
from cases.services.custody import move_cases
from cases.services.promises import PromiseRefused, cancel_promise, make_promise, promise_terms
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.dated_settings import set_value, setting_named
from collection_ops.core.models import AuditEvent
from collection_ops.core.services.accounts import create_user
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import desk_of, make_case
from tests.core.races import at_once

pytestmark = pytest.mark.django_db
TODAY = dt.date(2026, 4, 1)
NOW = timezone.make_aware(dt.datetime(2026, 4, 1, 10, 0))


@pytest.fixture
def case(collector) -> Case:
    return make_case(contract_no="HT-P", total="2000.00", desk=desk_of(collector))


def promise(case: Case, actor: Any, amount: str = "500.00", days: int = 3, **more: Any) -> Promise:
    return make_promise(
        case=case, amount=Decimal(amount), due_on=TODAY + dt.timedelta(days=days), actor=actor, now=NOW, **more
    )


def refused(*args: Any, **kwargs: Any) -> tuple[str, str, bool]:
    with pytest.raises(PromiseRefused) as found:
        promise(*args, **kwargs)
    return found.value.code, found.value.field, found.value.may_override


@pytest.mark.parametrize(
    ("wrong", "told", "right"),
    [
        ({"amount": "2000.01"}, ("over_balance", "amount", False), {"amount": "2000.00"}),
        ({"amount": "199.99"}, ("below_least", "amount", True), {"amount": "200.00"}),
        ({"amount": "500.001"}, ("not_cents", "amount", False), {"amount": "500.01"}),
        ({"amount": "0.00"}, ("not_positive", "amount", False), {}),
        ({"amount": "-5.00"}, ("not_positive", "amount", False), {}),
        ({"days": -1}, ("past_day", "due_on", False), {"days": 0}),
        ({"days": 11}, ("too_far", "due_on", True), {"days": 10}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else None,
)
def test_what_is_outside_the_limits_is_refused_and_just_inside_is_taken(case, collector, wrong, told, right):
    assert refused(case, collector, **wrong) == told
    assert not Promise.objects.exists()
    made = promise(case, collector, **right)
    assert (made.state, made.owed, made.stage, made.made_by) == ("open", Decimal("2000.00"), case.stage, collector)


def test_a_second_open_promise_is_refused_and_after_the_first_is_gone_it_is_taken(case, collector):
    first = promise(case, collector)
    assert refused(case, collector) == ("too_many_open", "", True)
    cancel_promise(promise=first, reason="日期听错", actor=collector, now=NOW)
    assert promise(case, collector).state == "open"


def test_three_promises_in_thirty_days_are_the_most_and_cancelled_ones_do_not_count(case, collector):
    for back in (29, 20, 10):
        Promise.objects.create(
            case=case, amount=500, enough=499, owed=2000, stage=2, state="broken", settled_on=TODAY - dt.timedelta(days=3),
            made_on=TODAY - dt.timedelta(days=back), due_on=TODAY - dt.timedelta(days=5),
            counts_until=TODAY - dt.timedelta(days=4),
        )  # fmt: skip
    assert refused(case, collector) == ("too_many_made", "", True)
    oldest = Promise.objects.order_by("made_on").first()
    Promise.objects.filter(pk=oldest.pk).update(made_on=TODAY - dt.timedelta(days=30))
    assert promise(case, collector).pk


def test_the_limits_of_a_day_are_the_settings_of_that_day(case, collector, supervisor):
    change = {"effective_from": TODAY + dt.timedelta(days=1), "reason": "收紧", "actor": supervisor, "now": NOW}
    set_value(setting_named("promise.least_share"), "50", **change)
    set_value(setting_named("promise.grace_days"), 3, **change)
    today, tomorrow = (promise_terms(case, NOW + dt.timedelta(days=ahead)) for ahead in (0, 1))
    assert (today.least, today.grace_days) == (Decimal("200.00"), 1)
    assert (tomorrow.least, tomorrow.grace_days) == (Decimal("1000.00"), 3)
    made = promise(case, collector)
    assert made.counts_until == made.due_on + dt.timedelta(days=1), "fixed when it was made"


def test_tolerance_is_the_larger_of_yuan_and_percent(case, supervisor):
    terms = promise_terms(case, NOW)
    assert terms.enough_of(Decimal("500.00")) == Decimal("499.00")
    assert terms.enough_of(Decimal("0.50")) == Decimal("0.01"), "never for nothing"
    set_value(
        setting_named("promise.tolerance_share"), "2", effective_from=TODAY, reason="试行", actor=supervisor, now=NOW
    )
    assert promise_terms(case, NOW).enough_of(Decimal("500.00")) == Decimal("490.00")


def test_a_closed_case_and_one_that_was_moved_meanwhile_take_no_promise(case, collector, supervisor):
    seen = Case.objects.get(pk=case.pk)
    other = create_user(
        username="other", display_name="另一位", password="a-password-for-tests", roles=[Role.COLLECTOR], actor=None
    )
    move_cases(cases=[case.pk], desk=desk_of(other), reason="换人", actor=supervisor, now=clock.now())
    assert refused(seen, collector)[0] == "case_moved"
    seen.refresh_from_db()
    assert promise(seen, other).pk
    close_case(case=seen, reason="recalled", closed_on=seen.as_of, actor=supervisor, now=NOW)
    assert refused(seen, other)[0] == "case_closed"


def test_an_exception_takes_the_right_for_this_case_and_a_reason(case, collector, team_leader, supervisor):
    far = {"days": 20}
    assert refused(case, collector, **far, override_by=collector, override_reason="急")[0] == "no_override_right"
    assert refused(case, collector, **far, override_by=team_leader)[0] == "no_override_reason"
    stranger = create_user(
        username="b.leader", display_name="乙组长", password="a-password-for-tests", roles=[Role.TEAM_LEADER],
        actor=None, unit="team-b",
    )  # fmt: skip
    assert refused(case, collector, **far, override_by=stranger, override_reason="急")[0] == "no_override_right"
    made = promise(case, collector, **far, override_by=team_leader, override_reason="月底发工资")
    assert (made.override_by, made.override_reason) == (team_leader, "月底发工资")
    assert AuditEvent.objects.get(action="promise.made").data["override_by"] == team_leader.pk
    cancel_promise(promise=made, reason="改期", actor=collector, now=NOW)
    usual = promise(case, collector, override_by=team_leader, override_reason="月底发工资")
    assert usual.override_by is None, "inside the limits there is no exception"
    assert (
        refused(case, collector, amount="2000.01", override_by=supervisor, override_reason="x")[0] == "over_balance"
    ), "the balance is no limit that anybody may except from"


def test_a_promise_is_taken_back_before_it_is_due_and_afterwards_by_the_team_leader(case, collector, team_leader):
    made = promise(case, collector)
    with pytest.raises(PromiseRefused, match="原因"):
        cancel_promise(promise=made, reason=" ", actor=collector, now=NOW)
    due = NOW + dt.timedelta(days=3)
    with pytest.raises(PromiseRefused) as late:
        cancel_promise(promise=made, reason="客户改口", actor=collector, now=due)
    assert late.value.code == "due_already"
    cancelled = cancel_promise(promise=made, reason="客户改口", actor=team_leader, now=due)
    assert (cancelled.state, cancelled.settled_on) == ("cancelled", made.due_on)
    with pytest.raises(PromiseRefused, match="已取消"):
        cancel_promise(promise=made, reason="再来", actor=team_leader, now=due)


# Two at once --------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_two_promises_at_the_same_moment_one_is_taken(case, collector, supervisor):
    results = at_once(*[lambda who=who: promise(case, who) for who in (collector, supervisor)])
    assert sorted(type(one).__name__ for one in results) == ["Promise", "PromiseRefused"]
    assert Promise.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_holding_the_case_both_are_taken(case, collector, supervisor, monkeypatch):
    from threading import Barrier

    from cases.services import promises

    both = Barrier(2)

    def look(case_id: int) -> Case:
        return Case.objects.select_related("loan").get(pk=case_id)

    def terms(*asked: Any) -> Any:
        found = promise_terms(*asked)
        both.wait(timeout=10)
        return found

    monkeypatch.setattr(promises, "hold_case", look)
    monkeypatch.setattr(promises, "promise_terms", terms)
    at_once(*[lambda who=who: promise(case, who) for who in (collector, supervisor)])
    assert Promise.objects.count() == 2


# The pages ----------------------------------------------------------------------------------------------------------


def in_days(days: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=days)).isoformat()


def send(client: Any, case: Case, token: str = "", **typed: str) -> Any:
    values = {f"promise-{name}": value for name, value in typed.items()}
    return client.post(reverse("cases:promise_make", args=[case.pk]), {"form_token": token or new_token(), **values})


def tab(client: Any, case: Case, **query: str) -> str:
    return client.get(reverse("cases:record", args=[case.pk]), {"tab": "agreements", **query}).content.decode()


def test_the_collector_takes_a_promise_down_on_the_record_and_cancels_it(case, collector, client_as):
    client = client_as(collector)
    page = tab(client, case)
    assert "200.00–2,000.00 元" in page and "还没有承诺" in page and "例外原因" not in page
    answer = send(client, case, amount="1,200.5", due_on=in_days(2), channel="transfer")
    assert (answer.status_code, answer["Location"]) == (302, f"/cases/{case.pk}/?tab=agreements")
    made = Promise.objects.get()
    assert (made.amount, made.channel, made.made_by) == (Decimal("1200.50"), "transfer", collector)
    page = tab(client, case)
    assert "等待还款" in page and "1,200.50" in page and "银行转账" in page
    client.post(reverse("cases:promise_cancel", args=[made.pk]), {"form_token": new_token(), "reason": "客户改口"})
    made.refresh_from_db()
    assert (made.state, made.cancel_reason) == ("cancelled", "客户改口")
    line = client.get(reverse("cases:record", args=[case.pk])).content.decode()
    assert f"承诺 {made.due_on} 前还款 1,200.50 元" in line and "承诺已取消" in line


@pytest.mark.parametrize(
    ("amount", "days", "status", "sentence"),
    [
        ("12.345", 2, 400, "金额最多两位小数"),
        ("一千", 2, 400, "请填写金额，例如 1200.00"),
        ("", 2, 400, "请填写承诺金额"),
        ("2500", 2, 409, "承诺金额不能超过逾期总额 2,000.00 元"),
        ("500", -1, 409, "还款日期不能早于今天"),
        ("500", 40, 409, "更晚须组长或主管例外批准"),
    ],
)
def test_what_was_typed_stays_beside_the_sentence_that_says_what_is_wrong(
    case, collector, client_as, amount, days, status, sentence
):
    answer = send(client_as(collector), case, amount=amount, due_on=in_days(days), channel="app")
    page = answer.content.decode()
    assert answer.status_code == status
    assert sentence in page
    assert (f'value="{amount}"' in page or not amount) and f'value="{in_days(days)}"' in page
    assert '<option value="app" selected>' in page
    assert not Promise.objects.exists()


def test_sent_twice_there_is_one_promise(case, collector, client_as):
    client, token = client_as(collector), new_token()
    for _time in range(2):
        assert send(client, case, token, amount="500", due_on=in_days(2)).status_code == 302
    assert Promise.objects.count() == 1


def test_a_case_that_was_taken_away_meanwhile_is_said_and_what_was_typed_is_shown(
    case, collector, supervisor, client_as
):
    client = client_as(collector)
    assert "登记承诺" in tab(client, case)
    other = create_user(
        username="other", display_name="另一位", password="a-password-for-tests", roles=[Role.COLLECTOR], actor=None
    )
    move_cases(cases=[case.pk], desk=desk_of(other), reason="换人", actor=supervisor, now=clock.now())
    answer = send(client, case, amount="512.34", due_on=in_days(2))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "案件刚刚转到了另一个席位" in page and "512.34" in page
    assert not Promise.objects.exists()
    # Somebody who never had it is told nothing.
    never = make_case(contract_no="HT-N", desk=desk_of(other))
    assert send(client, never, amount="512.34", due_on=in_days(2)).status_code == 404


def test_the_team_leader_may_except_and_the_reader_cannot_write(case, collector, team_leader, auditor, client_as):
    leader = client_as(team_leader)
    assert "例外原因" in tab(leader, case)
    far = {"amount": "500", "due_on": in_days(30)}
    assert send(leader, case, **far).status_code == 409
    assert send(leader, case, **far, override_reason="年终奖到账").status_code == 302
    assert Promise.objects.get().override_by == team_leader
    reader = client_as(auditor)
    page = tab(reader, case)
    assert "例外：祖组长，年终奖到账" in page and "登记承诺" not in page
    assert send(reader, case, **far).status_code == 403
    assert (
        reader.post(
            reverse("cases:promise_cancel", args=[Promise.objects.get().pk]),
            {"form_token": new_token(), "reason": "好"},
        ).status_code
        == 403
    )


def test_after_a_broken_promise_the_form_suggests_what_people_of_the_stage_kept(case, collector, client_as):
    today = timezone.localdate()

    def past(of: Case, state: str, amount: int, *, days: int = 2, owed: int = 2000) -> None:
        made = today - dt.timedelta(days=10)
        paid = {"kept": amount, "broken": 0}[state]
        Promise.objects.create(
            case=of, amount=amount, enough=amount, paid=paid, state=state, made_on=made, owed=owed, stage=case.stage,
            due_on=made + dt.timedelta(days=days), counts_until=made + dt.timedelta(days=days), settled_on=today,
        )  # fmt: skip

    past(case, "broken", 1500, days=6)
    others = [make_case() for _ in range(5)]
    for other, owed in zip(others[:4], (1000, 2000, 500, 4000), strict=True):
        past(other, "kept", owed * 3 // 10, owed=owed)
    client = client_as(collector)
    assert "上次承诺没有兑现" not in tab(client, case), "four are no habit"
    past(others[4], "kept", 300, owed=1000)
    page = tab(client, case)
    assert f"兑现了的 5 个承诺，居中的相当于 {in_days(2)} 前还 600.00 元" in page
    filled = tab(client, case, suggest="1")
    assert 'value="600.00"' in filled and f'value="{in_days(2)}"' in filled
