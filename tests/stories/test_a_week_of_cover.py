"""A week of cover, as an accountant would check it: who held what, and whose money it is, to the cent.

Lin is away from Tuesday 10 to Thursday 12 March 2026; Bang covers for 40 % of the money.

    day        paid on the card        Bang (40 %, half-up)   Lin (the rest)
    Mon  9        100.00                    –                    100.00    before
    Tue 10        333.33                  133.33                 200.00    first day (133.332)
    Wed 11          0.01                    0.00                   0.01    0.004
    Thu 12         50.55                   20.22                  30.33    last day
    Fri 13        200.00                    –                    200.00    handed back at 00:03
    Mon 16       -333.33                 -133.33                -200.00    Tuesday's payment taken back
    sum           350.56                   20.22                 330.34
"""

import datetime as dt
from decimal import Decimal

import pytest

from agents.cover.gather import due_of
from agents.cover.keeping import keep_covers
from agents.cover.summary import summary_of
from agents.credit import credited
from agents.workbench.queue.gather import rank
from agents.workbench.queue.weights import Group, Weights
from cases.models import Case, Repayment
from cases.services.promises import make_promise, settle_promises
from collection_ops.core.models import Notification
from compliance.models import ContactAttempt, ContactDetail
from compliance.services.log import record_past
from tests.agents.cover.conftest import arranged as arranged
from tests.agents.cover.conftest import at, march
from tests.agents.cover.conftest import case_of as case_of
from tests.agents.cover.conftest import helper as helper
from tests.agents.cover.conftest import owner as owner
from tests.agents.cover.conftest import second as second

pytestmark = pytest.mark.django_db

EVERY_DAY = {"first": march(1), "last": march(31)}


def pay(case: Case, day: int, amount: str, *, reversal_of: Repayment | None = None) -> Repayment:
    return Repayment.objects.create(
        source=case.loan.source, contract_no=case.loan.contract_no, loan=case.loan, paid_on=march(day),
        amount=Decimal(amount), status="confirmed", reversal_of=reversal_of,
    )  # fmt: skip


def credit_of(user, **asked) -> list[tuple[int, str]]:
    return [(one.paid_on.day, str(one.amount)) for one in credited(**EVERY_DAY, users=[user.pk], **asked)]


def queue_of(user, now: dt.datetime) -> dict[int, Group]:
    cases = Case.objects.for_user(user, "contacts.make").present()
    return {row.case_id: row.group for row in rank(cases, Weights(), user=user, now=now).rows}


def test_a_week_in_which_a_colleague_is_away(owner, helper, team_leader, arranged, case_of):
    card, loan = case_of(owner, "3000.00"), case_of(owner, "800.00")
    # Monday: a promise due on Wednesday, a call-back agreed for Wednesday morning.
    promise = make_promise(case=card, amount=Decimal("333.00"), due_on=march(11), actor=owner, now=at(9, 10))
    told = record_past(
        case=loan, point=None, channel="call", result="right_party", started_at=at(9, 11), actor=owner, now=at(9, 11, 5)
    )
    attempt = told if isinstance(told, ContactAttempt) else ContactAttempt.objects.get(case=loan)
    ContactDetail.objects.update_or_create(attempt=attempt, defaults={"callback_at": at(11, 10)})
    pay(card, 9, "100.00")
    [cover] = arranged(helper, now=at(9, 17), share=Decimal("40"))

    # Tuesday to Thursday: the cases lie with Bang; promise and call-back have come along by themselves.
    keep_covers(now=at(10, 0, 3))
    assert queue_of(owner, at(11, 10)) == {}
    assert queue_of(helper, at(11, 10)) == {card.pk: Group.PROMISE_DUE, loan.pk: Group.CALLBACK}
    first = pay(card, 10, "333.33")
    pay(card, 11, "0.01")
    settle_promises(day=march(12))
    loan.refresh_from_db()
    made = make_promise(case=loan, amount=Decimal("80.00"), due_on=march(16), actor=helper, now=at(12, 11))
    pay(card, 12, "50.55")

    # Friday: back, whole, and said; Bang's promise stays with the case.
    keep_covers(now=at(13, 0, 3))
    assert {Case.objects.get(pk=case.pk).desk.owner for case in (card, loan)} == {owner}
    assert [one.pk for one in due_of(Case.objects.filter(desk__owner=owner), last_day=march(16)).promises][
        -1
    ] == made.pk
    assert queue_of(owner, at(16, 10))[loan.pk] == Group.PROMISE_DUE
    pay(card, 13, "200.00")
    pay(card, 16, "333.33", reversal_of=first)

    assert credit_of(helper) == [(10, "133.33"), (12, "20.22"), (16, "-133.33")]
    assert credit_of(owner) == [
        (9, "100.00"), (10, "200.00"), (11, "0.01"), (12, "30.33"), (13, "200.00"), (16, "-200.00"),
    ]  # fmt: skip
    everybody = credited(**EVERY_DAY)
    assert sum(one.amount for one in everybody) == Decimal("350.56")
    assert {one.cover_id for one in everybody if one.paid_on in (march(10), march(12), march(16))} == {cover.pk}

    cover.refresh_from_db()
    summary = summary_of(cover, now=at(13, 9))
    [line] = summary.money
    assert (line.case, str(line.helper), str(line.owner), str(line.total)) == (card, "153.55", "230.34", "383.89")
    assert (summary.lent, [one.pk for one in summary.made]) == (2, [made.pk])
    assert [str(one.amount) for one in summary.due.promises] == ["80.00"]
    promise.refresh_from_db()
    assert (promise.state, summary.kept, summary.broken) == ("kept", 1, 0)
    after = summary_of(cover, now=at(17, 9))
    assert (str(after.helper), str(after.owner)) == ("20.22", "30.34"), (
        "what was taken back later is off the summary too"
    )
    for person in (owner, helper, team_leader):
        assert Notification.objects.filter(user=person, kind="cover.ended", params__returned=2).exists()


def test_a_hand_back_that_comes_late_does_not_lengthen_the_loan(owner, helper, arranged, case_of):
    """The worker was down until Friday afternoon: Friday's money is the owner's all the same."""
    case = case_of(owner)
    arranged(helper, first=9, last=12)
    pay(case, 13, "100.00")
    keep_covers(now=at(13, 15))
    assert (credit_of(helper), credit_of(owner)) == ([], [(13, "100.00")])


def test_from_helper_to_helper_each_day_is_shared_by_whoever_held_it(
    owner, helper, second, team_leader, arranged, case_of
):
    from agents.cover.changing import hand_on

    case = case_of(owner)
    [first] = arranged(helper, first=9, last=13)
    hand_on(cover_id=first.pk, helper=second, reason="病倒", actor=team_leader, now=at(11, 9))
    for day in (9, 10, 11, 12):
        pay(case, day, "10.01")
    assert credit_of(helper) == [(9, "5.01"), (10, "5.01"), (11, "5.01")], "half-up to the cent"
    assert credit_of(second) == [(12, "5.01")]
    assert [amount for _day, amount in credit_of(owner)] == ["5.00"] * 4


def test_one_cover_after_the_other_shares_the_new_ones_first_day(owner, helper, second, arranged, case_of):
    case = case_of(owner)
    arranged(helper, first=9, last=10)
    arranged(second, first=11, last=12)
    keep_covers(now=at(11, 0, 3))
    pay(case, 10, "10.00")
    pay(case, 11, "10.00")
    assert (credit_of(helper), credit_of(second)) == ([(10, "5.00")], [(11, "5.00")])


def test_money_of_a_case_that_was_moved_on_is_nobodys_loan(owner, helper, second, arranged, case_of):
    from cases.services.custody import move_cases
    from tests.cases.builders import desk_of

    case = case_of(owner)
    arranged(helper, first=9, last=12)
    move_cases(cases=[case.pk], desk=desk_of(second), reason="reassigned", actor=None, now=at(10, 12))
    pay(case, 11, "10.00")
    assert credit_of(second) == [(11, "10.00")]
    keep_covers(now=at(13, 0, 3))
    assert credit_of(second) == [(11, "10.00")]
