"""The demo's agencies tell one story: what was placed, what comes back, what the months came to, and what waits for whom."""

from datetime import date
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import ImportRun, RunState
from collection_ops.core.invariants import check_all
from collection_ops.core.models import User
from vendors.contracts.reading import terms_of
from vendors.contracts.terms import faults
from vendors.models import (
    Accrual,
    Agency,
    BatchState,
    BillMatch,
    ContractVersion,
    LineDispute,
    Placement,
    PlacementBatch,
    RecallItem,
    Scorecard,
    Settlement,
    VersionState,
    Voucher,
)
from vendors.scorecard.reference import seed_scheme
from vendors.settlement.settle import check

LAST_DAY = date(2026, 3, 13)
FEBRUARY = date(2026, 2, 1)


def every_active_agency_has_an_approved_contract_and_one_has_two_versions() -> None:
    active = Agency.objects.filter(state="active").order_by("pk")
    versions = ContractVersion.objects.filter(state=VersionState.APPROVED)
    counts = {one.name[:2]: versions.filter(contract__agency=one).count() for one in active}
    assert counts == {"松风": 2, "云帆": 1, "长亭": 1}
    assert not any(one.made_by_id == one.approved_by_id for one in versions)
    assert [fault for one in versions for fault in faults(terms_of(one))] == [], "none pays by recovery alone"


def batches_are_applied_and_one_waits_for_somebody_else() -> None:
    applied = PlacementBatch.objects.filter(state=BatchState.APPLIED)
    assert all(one.applied_at.date() < FEBRUARY for one in applied)
    assert {len(one.totals["applied"]["agencies"]) for one in applied} == {1, 3}
    waiting = PlacementBatch.objects.get(state=BatchState.SUBMITTED)
    assert waiting.totals["count"] and waiting.made_by.username == "vendor"
    there = Placement.objects.filter(recalled_on__isnull=True).exclude(case__desk__agency__isnull=True)
    assert there.count() == Placement.objects.filter(recalled_on__isnull=True, case__closed_on__isnull=True).count()


def a_list_waits_to_come_back_of_which_one_case_is_kept() -> None:
    states = list(RecallItem.objects.order_by("pk").values_list("state", flat=True))
    assert states[:2] == ["kept", "keep_asked"] and set(states[2:]) == {"pending"}


def the_last_month_is_paid_waits_for_finance_and_is_accrued() -> None:
    last = {one.agency.name[:2]: one for one in Settlement.objects.filter(period=FEBRUARY).select_related("agency")}
    assert sorted(one.state for one in last.values()) == ["confirmed", "paid"]
    assert last["松风"].state == "paid" and last["松风"].payment_reference == "FK202602-001"
    (waits,) = (one for one in last.values() if one.state == "confirmed")
    assert LineDispute.objects.get(resolved_at__isnull=True).line.settlement == waits
    assert set(BillMatch.objects.values_list("kind", flat=True)) >= {"rate", "theirs"}
    open_ones = Accrual.objects.filter(reverses__isnull=True, reversal__isnull=True)
    assert {one.agency.name[:2] for one in open_ones} == {"云帆", "长亭"}, "the one that is not approved, and the other"
    assert all(check(one).holds for one in Settlement.objects.all()), "nothing was told afterwards"


def the_month_before_is_posted_and_the_last_one_waits_for_it() -> None:
    months = list(Voucher.objects.order_by("month").values_list("month", flat=True))
    assert months and months[-1] == date(2026, 1, 1)
    page = _signed_in("finance").get(reverse("vendors:vouchers"), {"month": "2026-02"}).content.decode()
    assert "待过账" in page and reverse("vendors:voucher_post") in page


def every_finished_month_has_its_scorecards() -> None:
    months = Scorecard.objects.filter(agency__name__startswith="松风").order_by("month").values_list("month", flat=True)
    assert list(months)[-2:] == [date(2026, 1, 1), FEBRUARY]
    assert Scorecard.objects.filter(month=FEBRUARY).count() == 3


def each_page_shows_its_part() -> None:
    """The vendor manager sees all rooms; finance those of money, and none of the placements."""
    vendor, finance = _signed_in("vendor"), _signed_in("finance")
    waiting = PlacementBatch.objects.get(state=BatchState.SUBMITTED)
    confirmed = Settlement.objects.get(state="confirmed")
    for name, words in (
        ("placements", [waiting.number, "待批准", "已委出"]),
        ("recalls", ["松风资产管理有限公司", "待退案"]),
        ("scorecards", ["松风资产管理有限公司", "云帆信用管理有限公司", "长亭商务服务有限公司"]),
        ("settlements", ["已付款", confirmed.agency.name]),
        ("bills", [confirmed.agency.name, "2026-02"]),
        ("accruals", ["长亭商务服务有限公司"]),
    ):
        page = vendor.get(reverse(f"vendors:{name}"))
        assert page.status_code == 200
        assert [word for word in words if word not in page.content.decode()] == [], name
    assert finance.get(reverse("vendors:placements")).status_code == 403
    page = finance.get(reverse("vendors:settlement", args=[confirmed.pk])).content.decode()
    assert reverse("vendors:settlement_approve", args=[confirmed.pk]) in page, "it waits for finance"
    page = vendor.get(reverse("vendors:settlement", args=[confirmed.pk])).content.decode()
    assert reverse("vendors:settlement_approve", args=[confirmed.pk]) not in page


def no_rule_of_the_book_is_broken() -> None:
    """Nor that a second person lets in what is outside the guard rails, as files after a month's end are."""
    assert {found["code"] for found in check_all(now=timezone.now()) if found["count"]} == set()
    assert ImportRun.objects.exclude(guard_findings=[]).filter(state=RunState.APPLIED).exists()


def _signed_in(username: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(username=username))
    return client


@pytest.mark.slow
@pytest.mark.django_db
def test_the_agencies_of_the_demo_tell_one_story() -> None:
    """Played once, looked at from all sides: it takes some seconds."""
    seed_scheme()
    call_command("make_demo", cases=200, days=26, months=3, as_of=LAST_DAY, stdout=StringIO())
    for look in (
        every_active_agency_has_an_approved_contract_and_one_has_two_versions,
        batches_are_applied_and_one_waits_for_somebody_else,
        a_list_waits_to_come_back_of_which_one_case_is_kept,
        the_last_month_is_paid_waits_for_finance_and_is_accrued,
        the_month_before_is_posted_and_the_last_one_waits_for_it,
        every_finished_month_has_its_scorecards,
        each_page_shows_its_part,
        no_rule_of_the_book_is_broken,
    ):
        look()
