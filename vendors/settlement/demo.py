"""The demo's settled months: earlier ones are paid; of the last finished month one agency's statement is paid, one has a
line that the agency's own bill disputes and waits for finance, and the third agency's fee is only accrued. Earlier months'
vouchers are posted, the last one's waits for finance."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from cases.demo.play import AGENCY_DESK, Staff, staff_day
from cases.models import Repayment
from collection_ops.core.access import users_with
from collection_ops.core.clock import month_end
from collection_ops.core.models import User
from collection_ops.core.money import round_money
from compliance.demo_parts import at
from vendors.accruals.accrue import accrue_month
from vendors.accruals.posting import post, why_not
from vendors.accruals.vouchers import draft_of
from vendors.bills.answers import BOTH_SIDES, Chosen, dispute_chosen
from vendors.bills.keeping import compare, take_in
from vendors.models import Agency, BillMatch, Placement, Settlement, SettlementLine
from vendors.settlement.decide import Kind
from vendors.settlement.settle import Settled, settle_all
from vendors.settlement.states import approve, confirm, pay

HEADINGS = ("合同编号", "还款日期", "还款金额", "费率", "佣金")


class _Clock:
    """Moments of the month after `period`, none after `day`, on which they are played."""

    def __init__(self, period: date, day: date) -> None:
        self._first, self._day = month_end(period) + timedelta(days=1), day

    def day(self, number: int) -> date:
        return min(self._first + timedelta(days=number - 1), self._day)

    def __call__(self, number: int, hour: int) -> datetime:
        return at(self.day(number), time(hour))


@staff_day
def close_months(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """On the last day that people play, each finished month in turn, with the moments at which it was done."""
    manager, finance = users_with("settlements.make").first(), users_with("settlements.approve").first()
    if days_left > 1 or manager is None or finance is None or Settlement.objects.exists():
        return
    months = list(finished_months(day))
    for period in months:
        clock = _Clock(period, day)
        accrue_month(period=period, actor=None, now=clock(2, 3))
        agencies = _agencies(period)
        made = _settled(agencies if period != months[-1] else agencies[:2], period, manager, clock)
        if period == months[-1] and len(made) > 1:
            _bill(made.pop(), manager, clock)
        for number, settlement in enumerate(made, start=1):
            _paid(settlement, f"FK{period:%Y%m}-{number:03d}", manager, finance, clock)
        if period != months[-1] and not why_not(draft_of(period, today=clock.day(12))):
            post(month=period, actor=finance, now=clock(12, 10))


def finished_months(day: date) -> Iterator[date]:
    """First days of the months that are over on `day` and had a case with an agency."""
    first = Placement.objects.order_by("placed_on").values_list("placed_on", flat=True).first()
    month = first.replace(day=1) if first else day
    while month_end(month) < day:
        yield month
        month = month_end(month) + timedelta(days=1)


def _agencies(period: date) -> list[Agency]:
    """Those that had cases: the first one's desk, then by how many payments the month has for them."""
    last = month_end(period)
    found = Agency.objects.filter(placements__placed_on__lte=last).distinct().select_related("desk").order_by("pk")
    loans = Placement.objects.filter(placed_on__lte=last).values_list("agency_id", "loan_id")
    paid = set(Repayment.objects.filter(paid_on__range=(period, last)).values_list("loan_id", flat=True))
    count = {agency.pk: sum(loan in paid for pk, loan in loans if pk == agency.pk) for agency in found}
    return sorted(found, key=lambda one: (one.desk.code != AGENCY_DESK, -count[one.pk], one.pk))


def _settled(agencies: Sequence[Agency], period: date, manager: User, clock: _Clock) -> list[Settlement]:
    """Without those that had nothing in hand."""
    told = settle_all(agencies=agencies, period=period, actor=manager, now=clock(3, 10))
    return [found.settlement for _agency, found in told if isinstance(found, Settled)]


def _paid(settlement: Settlement, reference: str, manager: User, finance: User, clock: _Clock) -> None:
    confirm(settlement=settlement, accept_rest=True, actor=manager, now=clock(5, 14))
    approve(settlement=settlement, actor=finance, now=clock(8, 16))
    if settlement.total > 0:
        pay(
            settlement=settlement, reference=reference, paid_on=clock.day(10), today=clock.day(10), actor=finance,
            now=clock(10, 17),
        )  # fmt: skip


def _bill(settlement: Settlement, manager: User, clock: _Clock) -> None:
    """The agency reckons its largest payment at a higher rate, and bills one that we do not know."""
    lines = list(
        SettlementLine.objects.filter(settlement=settlement, kind=Kind.COMMISSION)
        .select_related("repayment")
        .order_by("-amount", "number")
    )
    if lines:
        bill, _new = take_in(
            agency=settlement.agency, period=settlement.period, file=_file(lines), actor=manager, now=clock(4, 10),
            file_name=f"{settlement.agency.name[:2]}{settlement.period:%Y%m}账单.csv",
        )  # fmt: skip
        compare(bill=bill, actor=manager, now=clock(4, 11))
        one = BillMatch.objects.filter(bill=bill, kind__in=BOTH_SIDES).order_by("number").first()
        if one is not None:
            dispute_chosen(bill=bill, chosen=Chosen(numbers=[one.number]), actor=manager, now=clock(4, 15))
    confirm(settlement=settlement, accept_rest=True, actor=manager, now=clock(5, 15))


def _file(lines: Sequence[SettlementLine]) -> io.BytesIO:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADINGS)
    for number, line in enumerate(lines):
        assert line.repayment is not None and line.rate is not None, "a commission is for a payment"
        rate = line.rate if number else line.rate + Decimal("0.05")
        fee = round_money(line.amount * rate)
        writer.writerow((line.repayment.contract_no, line.repayment.paid_on, line.amount, f"{rate.normalize():f}", fee))
    paid_on = lines[0].repayment.paid_on if lines[0].repayment else ""
    writer.writerow(("HT-2026-0000", paid_on, "800.00", "0.1", "80.00"))
    return io.BytesIO(text.getvalue().encode("utf-8-sig"))
