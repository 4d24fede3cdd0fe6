"""Promises on the record: by role, what was typed stays, sent twice, a case taken away, and the suggestion."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from cases.models import Case, Promise
from cases.services.custody import move_cases
from collection_ops.core import clock
from collection_ops.core.access import Role
from collection_ops.core.services.accounts import create_user
from collection_ops.core.services.form_tokens import new_token
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(collector) -> Case:
    return make_case(contract_no="HT-P", total="2000.00", desk=desk_of(collector))


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
