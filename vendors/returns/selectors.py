"""Reading files back from agencies, and what they claim beside what came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Min, Q, QuerySet, Sum
from django.utils import timezone

from cases.credit import MONEY_OF_DESKS, asked
from cases.models import Case
from collection_ops.core.models import User
from collection_ops.core.money import ZERO
from collection_ops.core.sql import all_rows
from vendors.models import Agency, MoneyPlace, PaymentClaim, ReturnedFile, ReturnedRow, Verdict
from vendors.returns.limits import REMIT_DAYS

PAGE = 50


def returned_files(*, agency: int | None = None, kind: str = "", state: str = "") -> QuerySet[ReturnedFile]:
    found = ReturnedFile.objects.select_related("agency", "uploaded_by")
    if agency:
        found = found.filter(agency=agency)
    if kind:
        found = found.filter(kind=kind)
    return found.filter(state=state) if state else found


def amounts_of(file: ReturnedFile) -> dict[str, Decimal]:
    """Verdict → sum of the amounts of its rows, yuan; nothing of a kind without amounts. One query."""
    rows = file.rows.filter(amount__isnull=False).order_by().values_list("verdict")
    return dict(rows.annotate(sum=Sum("amount")))


def reasons_of(file: ReturnedFile) -> list[tuple[int, ReturnedRow]]:
    """Why rows stay out: how many for each first reason, most first, with the first such row. Two queries."""
    rows = file.rows.filter(verdict=Verdict.REFUSED).order_by()
    found = list(rows.values_list("reasons__0__code").annotate(count=Count("pk"), first=Min("pk")).order_by("-count"))
    examples = ReturnedRow.objects.in_bulk([first for _code, _count, first in found])
    return [(count, examples[first]) for _code, count, first in found]


@dataclass(frozen=True)
class RowPage:
    """Rows in the order of the file, and the keys to go on from (None at an end)."""

    rows: list[ReturnedRow]
    before: int | None
    after: int | None


def row_page(rows: QuerySet[ReturnedRow], *, after: int | None = None, before: int | None = None) -> RowPage:
    """The rows after a key, or those before one. One query."""
    if before is not None:
        found = list(rows.filter(pk__lt=before).order_by("-pk")[: PAGE + 1])
        page = found[:PAGE][::-1]
        return RowPage(page, page[0].pk if found[PAGE:] else None, page[-1].pk if page else None)
    found = list((rows.filter(pk__gt=after) if after else rows).order_by("pk")[: PAGE + 1])
    page = found[:PAGE]
    return RowPage(page, page[0].pk if page and after else None, page[-1].pk if found[PAGE:] else None)


# Money at agencies --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class NotRemitted:
    """Money that an agency says it took and that has not come, although its days are over. Yuan; `oldest`: when the first
    of it was paid."""

    count: int = 0
    amount: Decimal = ZERO
    oldest: date | None = None


def overdue_claims(on: date) -> QuerySet[PaymentClaim]:
    """Claims of money at an agency that had not come by the end of `on`, paid more than the days allowed before it."""
    over = timezone.make_aware(datetime.combine(on + timedelta(days=1), time()))
    not_come = Q(repayment__isnull=True) | Q(repayment__recorded_at__gte=over)
    return PaymentClaim.objects.filter(
        not_come, place=MoneyPlace.AGENCY, claimed_at__lt=over, paid_on__lt=on - timedelta(days=REMIT_DAYS.on(on))
    )


def not_remitted(agency: Agency, on: date) -> NotRemitted:
    """As it was known at the end of `on`: what rectifications and scorecards ask. Two queries."""
    return not_remitted_by_agency(on, overdue_claims(on).filter(agency=agency)).get(agency.pk, NotRemitted())


def not_remitted_by_agency(on: date, claims: QuerySet[PaymentClaim] | None = None) -> dict[int, NotRemitted]:
    found = overdue_claims(on) if claims is None else claims
    rows = (
        found.order_by().values_list("agency").annotate(count=Count("pk"), amount=Sum("amount"), oldest=Min("paid_on"))
    )
    return {agency: NotRemitted(*told) for agency, *told in rows}


# What is claimed beside what came -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Claimed:
    """Claims of one kind of money: how many and yuan, and of them those whose payment was found."""

    count: int = 0
    amount: Decimal = ZERO
    matched: int = 0
    matched_amount: Decimal = ZERO

    @property
    def not_found(self) -> int:
        return self.count - self.matched

    @property
    def not_found_amount(self) -> Decimal:
        return self.amount - self.matched_amount

    def __add__(self, other: "Claimed") -> "Claimed":
        return Claimed(
            self.count + other.count, self.amount + other.amount, self.matched + other.matched,
            self.matched_amount + other.matched_amount,
        )  # fmt: skip


@dataclass(frozen=True)
class Month:
    """One agency's month: claims by kind of money; money credited to it that it did not claim; what it has not passed on."""

    agency: Agency
    places: Mapping[str, Claimed] = field(default_factory=dict)
    unclaimed: int = 0
    unclaimed_amount: Decimal = ZERO
    late: NotRemitted = NotRemitted()

    @property
    def claimed(self) -> Claimed:
        return sum(self.places.values(), Claimed())


def month_of(agencies: Sequence[Agency], first: date, last: date, *, today: date) -> list[Month]:
    """A line for each of the agencies, in their order, whoever they are how many: four queries."""
    places: dict[int, dict[str, Claimed]] = {}
    for agency, place, *sums in _sums(agencies, first, last):
        places.setdefault(agency, {})[place] = Claimed(*sums)
    unclaimed = _unclaimed_sums([agency.desk_id for agency in agencies], first, last)
    late = not_remitted_by_agency(today)
    return [
        Month(
            one, places.get(one.pk, {}), *unclaimed.get(one.desk_id, (0, ZERO)), late.get(one.pk, NotRemitted()),
        )
        for one in agencies
    ]  # fmt: skip


def _sums(agencies: Sequence[Agency], first: date, last: date) -> Any:
    came = Q(repayment__isnull=False)
    return (
        PaymentClaim.objects.filter(agency__in=agencies, paid_on__range=(first, last))
        .order_by()
        .values_list("agency", "place")
        .annotate(
            count=Count("pk"), sum=Sum("amount"), matched=Count("pk", filter=came),
            matched_sum=Sum("amount", filter=came, default=ZERO),
        )
    )  # fmt: skip


# Whose money a payment is, cases/credit.py says. A payment that was taken back is none that anybody should have claimed.
_UNCLAIMED = f"""
    FROM ({MONEY_OF_DESKS}) m
    WHERE m.desk_id = ANY(%(desks)s) AND m.amount > 0
      AND NOT EXISTS (SELECT FROM vendors_paymentclaim p WHERE p.repayment_id = m.repayment_id)
      AND NOT EXISTS (SELECT FROM cases_repayment b WHERE b.reversal_of_id = m.repayment_id)
"""  # noqa: S608  constants


def _unclaimed_sums(desks: Sequence[int], first: date, last: date) -> dict[int, tuple[int, Decimal]]:
    sums = all_rows(
        f"SELECT m.desk_id, count(*), sum(m.amount) {_UNCLAIMED} GROUP BY m.desk_id",
        {**asked(first=first, last=last), "desks": list(desks)},
    )
    return {desk: (count, amount) for desk, count, amount in sums}


@dataclass(frozen=True)
class Unclaimed:
    repayment_id: int
    case_id: int
    contract_no: str
    paid_on: date
    amount: Decimal
    reference: str


def unclaimed(agency: Agency, first: date, last: date, *, after: int = 0, most: int | None = PAGE) -> list[Unclaimed]:
    """Money of the month that is the agency's and that it did not claim, in the order of the ids. One query."""
    found = all_rows(
        f"""SELECT m.repayment_id, m.case_id, l.contract_no, m.paid_on, m.amount, r.reference
            FROM (SELECT m.* {_UNCLAIMED} AND m.repayment_id > %(after)s) m
            JOIN cases_loan l ON l.id = m.loan_id JOIN cases_repayment r ON r.id = m.repayment_id
            ORDER BY m.repayment_id LIMIT %(most)s""",  # noqa: S608
        {**asked(first=first, last=last), "desks": [agency.desk_id], "after": after, "most": most},
    )
    return [Unclaimed(*row) for row in found]


SHOWN = ("late", "not_found", "matched", "all")


def claims_of(agency: Agency, first: date, last: date, *, show: str, place: str, today: date) -> QuerySet[PaymentClaim]:
    """Claims of a month, or (`show` late) all whose money has not come in time."""
    found = (
        overdue_claims(today) if show == "late" else PaymentClaim.objects.filter(paid_on__range=(first, last))
    ).filter(agency=agency)
    if show in ("matched", "not_found"):
        found = found.filter(repayment__isnull=show == "not_found")
    if place:
        found = found.filter(place=place)
    return found.select_related("loan", "repayment")


def cases_seen(user: User, wanted: set[int]) -> set[int]:
    """Of these cases (ids) those whose record the reader may open."""
    return set(Case.objects.for_user(user).filter(pk__in=wanted).values_list("pk", flat=True)) if wanted else set()
