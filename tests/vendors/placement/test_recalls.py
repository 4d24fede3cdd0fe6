"""Cases coming back: what is proposed and why, what the agency may keep, and whose the money is afterwards."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from cases.credit import credited_to_desks
from cases.models import Case, Custody, Promise
from cases.services.closing import close_case
from cases.services.custody import move_cases
from cases.services.grace import set_desk_grace
from cases.services.repayments import Payment, record_repayments
from collection_ops.core import clock
from collection_ops.core.dated_settings import set_value
from collection_ops.core.models import Notification, User
from compliance.models import BreachCase, Complaint, ComplaintSubject
from tests.cases.builders import AS_OF, desk_of, make_case
from tests.core.races import at_once
from tests.vendors.placement.cast import applied, desk_codes, make_agency, rule_for
from vendors.models import Agency, AgencyState, Contract, ItemState, Placement, RecallBatch, RecallItem, RecallStep
from vendors.placement import due, recalls
from vendors.placement.rule import PlacementRefused
from vendors.tasks import propose_recalls

pytestmark = pytest.mark.django_db


def today() -> dt.date:
    return clock.business_date(timezone.now())


def placed(maker: User, approver: User, agency: Agency, *cases: Case, days: int = 0) -> list[Placement]:
    """The cases with the agency, since `days` days ago."""
    products = sorted({case.loan.product for case in cases})
    batch = applied(maker, approver, rule_for((agency, "100"), products=products))
    since = timezone.now() - dt.timedelta(days=days, seconds=5)
    Custody.objects.filter(case__in=cases, ended_at__isnull=False).update(
        started_at=since - dt.timedelta(days=1), ended_at=since
    )
    Custody.objects.filter(case__in=cases, ended_at__isnull=True).update(started_at=since)
    Placement.objects.filter(batch=batch).update(placed_on=today() - dt.timedelta(days=days))
    return list(Placement.objects.filter(batch=batch).order_by("case_id"))


def propose(actor: User | None = None) -> int:
    return recalls.propose(day=today(), actor=actor, now=timezone.now())


def finish(actor: User) -> RecallBatch:
    return recalls.finish(recall=RecallBatch.objects.get(state="pending"), actor=actor, now=timezone.now())


def promise(case: Case) -> None:
    day = today()
    Promise.objects.create(
        case=case, amount=100, enough=100, made_on=day, due_on=day, counts_until=day, owed=case.total, stage=case.stage
    )


def test_a_case_whose_days_are_over_is_listed_by_the_night_and_comes_back_by_hand(
    vendor_manager: User, supervisor: User
) -> None:
    agency = make_agency()
    case = make_case()
    placed(vendor_manager, supervisor, agency, case, days=90)
    assert propose() == 0, "ninety days are not more than ninety"
    Placement.objects.update(placed_on=today() - dt.timedelta(days=91))
    for _night in range(3):
        propose_recalls.apply(throw=True)
    item = RecallItem.objects.get()
    assert (item.reason, item.state, item.recall.number[:2]) == ("days", "pending", "TA")
    assert Notification.objects.filter(user=vendor_manager, kind="recall.proposed").count() == 1
    assert desk_codes()[case.pk] == "ag-a", "a proposal moves nothing"

    done = finish(vendor_manager)
    one = Placement.objects.get()
    assert (desk_codes()[case.pk], one.recalled_on, one.recall_reason) == ("pool", today(), "days")
    assert Custody.objects.get(case=case, ended_at__isnull=True).reason == "recalled"
    assert done.totals == {"states": {"recalled": 1}, "reasons": {"days": 1}}
    with pytest.raises(PlacementRefused, match="已完成"):
        recalls.finish(recall=done, actor=vendor_manager, now=timezone.now())
    assert propose() == 0


def test_the_number_of_days_is_a_dated_setting(vendor_manager: User, supervisor: User, manager: User) -> None:
    agency = make_agency()
    placed(vendor_manager, supervisor, agency, make_case(), days=31)
    assert propose() == 0
    set_value(due.RECALL_DAYS, 30, effective_from=today(), reason="新政策", actor=manager, now=timezone.now())
    assert propose() == 1


def test_each_other_reason_to_come_back_is_said(vendor_manager: User, supervisor: User) -> None:
    ours, stopped, over = make_agency("ag-a"), make_agency("ag-b"), make_agency("ag-c")
    complained, breached, paid, fine = (make_case() for _n in range(4))
    placed(vendor_manager, supervisor, ours, complained, breached, paid, fine, days=10)
    halted = make_case()
    placed(vendor_manager, supervisor, stopped, halted, days=10)
    expired = make_case()
    placed(vendor_manager, supervisor, over, expired, days=10)
    now = timezone.now()
    complaint = Complaint.objects.create(
        debtor=complained.loan.debtor, source="hotline", type="threat", category="collection", received_at=now,
        received_on=today(), due_on=today(), narrative="样例", state="decided", outcome="upheld", handler=supervisor,
        decided_at=now, decided_by=supervisor,
    )  # fmt: skip
    ComplaintSubject.objects.create(complaint=complaint, about="agency", org="ag-a", responsible=True)
    other = Complaint.objects.create(
        debtor=breached.loan.debtor, source="hotline", type="threat", category="collection", received_at=now,
        received_on=today(), due_on=today(), narrative="样例",
    )  # fmt: skip
    BreachCase.objects.create(
        source="complaint", complaint=other, kind="B01.1", severity=3, org="ag-a", found_on=today(), due_on=today(),
        recorded_at=now, owner=supervisor,
    )  # fmt: skip
    Case.objects.filter(pk=paid.pk).update(principal=0, interest=0, penalty=0, fees=0, total=0)
    Agency.objects.filter(pk=stopped.pk).update(state=AgencyState.STOPPED)
    Contract.objects.filter(agency=over).update(ends_on=today() - dt.timedelta(days=1))
    assert propose() == 5
    found = dict(RecallItem.objects.values_list("placement__case_id", "reason"))
    assert found == {
        complained.pk: "complaint", breached.pk: "breach", paid.pk: "paid", halted.pk: "agency", expired.pk: "contract",
    }  # fmt: skip
    assert RecallBatch.objects.count() == 3, "a list an agency"
    item = RecallItem.objects.get(reason="complaint")
    with pytest.raises(PlacementRefused, match="不能留案"):
        recalls.ask_keep(item=item, words="请留", actor=vendor_manager, now=timezone.now())


def test_a_promise_is_shown_the_agency_asks_to_keep_the_case_and_it_is_granted(
    vendor_manager: User, supervisor: User, client_as: Any
) -> None:
    from django.urls import reverse

    agency = make_agency()
    kept, back = make_case(), make_case()
    placed(vendor_manager, supervisor, agency, kept, back, days=100)
    promise(kept)
    propose()
    recall = RecallBatch.objects.get()
    page = client_as(vendor_manager).get(reverse("vendors:recall", args=[recall.pk])).content.decode()
    assert f"承诺 {today()} 还款" in page and "委案期满" in page
    item = RecallItem.objects.get(placement__case=kept)
    with pytest.raises(PlacementRefused, match="依据"):
        recalls.ask_keep(item=item, words=" ", actor=vendor_manager, now=timezone.now())
    recalls.ask_keep(item=item, words="已承诺，录音 R-1", actor=vendor_manager, now=timezone.now())
    with pytest.raises(PlacementRefused, match="1 件留案申请"):
        finish(vendor_manager)
    common: dict[str, Any] = {"item": item, "granted": True, "actor": vendor_manager, "now": timezone.now()}
    with pytest.raises(PlacementRefused, match="理由"):
        recalls.decide_keep(**common, until=today() + dt.timedelta(days=30), words="")
    for wrong in (None, today(), today() + dt.timedelta(days=181)):
        with pytest.raises(PlacementRefused, match="留案日期"):
            recalls.decide_keep(**common, until=wrong, words="同意")
    until = today() + dt.timedelta(days=30)
    recalls.decide_keep(**common, until=until, words="承诺有效")
    done = finish(vendor_manager)
    assert (desk_codes()[kept.pk], desk_codes()[back.pk]) == ("ag-a", "pool")
    assert done.totals["states"] == {"kept": 1, "recalled": 1}
    assert [step.state for step in item.steps.all()] == ["pending", "keep_asked", "kept"]
    assert propose() == 0, "kept through its day"
    assert recalls.propose(day=until + dt.timedelta(days=1), actor=None, now=timezone.now()) == 1
    with pytest.raises(DatabaseError), transaction.atomic():
        RecallStep.objects.update(words="改写")


def test_a_request_that_is_refused_leaves_the_case_on_the_list(vendor_manager: User, supervisor: User) -> None:
    agency = make_agency()
    case = make_case()
    placed(vendor_manager, supervisor, agency, case, days=100)
    propose()
    item = RecallItem.objects.get()
    now = timezone.now()
    recalls.ask_keep(item=item, words="想再试", actor=vendor_manager, now=now)
    recalls.decide_keep(item=item, granted=False, until=None, words="没有承诺", actor=vendor_manager, now=now)
    with pytest.raises(PlacementRefused, match="待退案"):
        recalls.decide_keep(item=item, granted=False, until=None, words="又一次", actor=vendor_manager, now=now)
    finish(vendor_manager)
    assert desk_codes()[case.pk] == "pool"


def test_money_paid_in_grace_after_the_recall_is_the_agencys_and_later_money_is_not(
    vendor_manager: User, supervisor: User
) -> None:
    agency = make_agency()
    case = make_case(total="1000.00", opened_on=today() - dt.timedelta(days=200))
    placed(vendor_manager, supervisor, agency, case, days=100)
    set_desk_grace(desk=agency.desk, days=7, effective_from=AS_OF, actor=None, now=timezone.now())
    propose()
    finish(vendor_manager)
    moved = timezone.now() - dt.timedelta(days=10)  # the recall was ten days ago
    Custody.objects.filter(case=case, desk=agency.desk).update(ended_at=moved)
    Custody.objects.filter(case=case, ended_at__isnull=True).update(started_at=moved)
    in_grace, after = today() - dt.timedelta(days=5), today() - dt.timedelta(days=1)
    record_repayments(
        payments=[
            Payment(contract_no=case.loan.contract_no, paid_on=in_grace, amount=Decimal("30.00")),
            Payment(contract_no=case.loan.contract_no, paid_on=after, amount=Decimal("20.00")),
        ],
        source=case.loan.source, actor=None, now=timezone.now(),
    )  # fmt: skip
    lines = {line.paid_on: line for line in credited_to_desks(first=in_grace, last=after)}
    assert (lines[in_grace].desk_id, lines[in_grace].because) == (agency.desk_id, "grace")
    assert lines[after].desk_id != agency.desk_id


def test_a_placement_ends_with_its_case_and_what_waited_of_it_too(
    vendor_manager: User, supervisor: User, collector: User
) -> None:
    agency = make_agency()
    closed, moved, waits = (make_case(opened_on=today() - dt.timedelta(days=200)) for _n in range(3))
    placed(vendor_manager, supervisor, agency, closed, moved, waits, days=100)
    propose()
    closed.refresh_from_db()
    close_case(case=closed, reason="paid", closed_on=today() - dt.timedelta(days=1), actor=None, now=timezone.now())
    move_cases(cases=[moved.pk], desk=desk_of(collector), reason="reassigned", actor=None, now=timezone.now())
    finish(vendor_manager)
    found = {one.case_id: (one.recalled_on, one.recall_reason) for one in Placement.objects.all()}
    assert found == {
        closed.pk: (today() - dt.timedelta(days=1), "closed"), moved.pk: (today(), "moved"), waits.pk: (today(), "days"),
    }  # fmt: skip
    states = dict(RecallItem.objects.values_list("placement__case_id", "state"))
    assert states == {closed.pk: "closed", moved.pk: "lapsed", waits.pk: "recalled"}
    assert desk_codes()[moved.pk] == f"desk-{collector.pk}", "what lies elsewhere is not fetched"


@pytest.mark.django_db(transaction=True)
def test_of_two_people_who_finish_at_once_one_wins(vendor_manager: User, supervisor: User) -> None:
    agency = make_agency()
    placed(vendor_manager, supervisor, agency, make_case(), days=100)
    propose()
    recall = RecallBatch.objects.get()
    results = at_once(*[lambda: recalls.finish(recall=recall, actor=vendor_manager, now=timezone.now())] * 2)
    assert sorted(type(one).__name__ for one in results) == ["PlacementRefused", "RecallBatch"], results
    assert Custody.objects.filter(reason="recalled").count() == 1
    assert RecallStep.objects.filter(state=ItemState.RECALLED).count() == 1


def test_proposing_and_finishing_take_as_many_queries_for_twenty_as_for_two(
    vendor_manager: User, supervisor: User
) -> None:
    counts = []
    for code, size in (("ag-a", 2), ("ag-b", 20)):
        agency = make_agency(code)
        placed(vendor_manager, supervisor, agency, *[make_case(product=code) for _n in range(size)], days=100)
        with CaptureQueriesContext(connection) as proposed:
            assert propose() == size
        with CaptureQueriesContext(connection) as finished:
            finish(vendor_manager)
        counts.append((len(proposed), len(finished)))
    assert counts[1][0] <= counts[0][0] and counts[1][1] <= counts[0][1]


@settings(max_examples=200, deadline=None)
@given(
    held=st.integers(0, 200), days=st.integers(1, 200), kept=st.none() | st.integers(-10, 10),
    owed=st.sampled_from(["0", "0.01", "900"]), stopped=st.booleans(), ended=st.none() | st.integers(-3, 3),
    upheld=st.none() | st.integers(-3, 3),
)  # fmt: skip
def test_a_placement_comes_back_exactly_when_a_reason_holds(
    held: int, days: int, kept: int | None, owed: str, stopped: bool, ended: int | None, upheld: int | None
) -> None:
    day = dt.date(2026, 6, 30)
    since = day - dt.timedelta(days=held)

    def shifted(number: int | None, start: dt.date) -> dt.date | None:
        return None if number is None else start + dt.timedelta(days=number)

    one = due.Placed(1, 11, 7, since, Decimal(owed), shifted(kept, day))
    ends, complained = shifted(ended, day), shifted(upheld, since)
    standing = due.Standing(
        stopped=frozenset({11} if stopped else ()), ends={11: ends} if ends else {},
        complaints={(11, 7): complained} if complained else {},
    )  # fmt: skip
    because = {
        "paid": Decimal(owed) <= 0,
        "agency": stopped,
        "contract": ended is not None and ended < 0,
        "complaint": upheld is not None and upheld >= 0,
        "days": held > days and (kept is None or kept < 0),
    }
    expected = next((code for code, holds in because.items() if holds), "")
    assert due.why_back(one, standing, day=day, days=days) == expected
