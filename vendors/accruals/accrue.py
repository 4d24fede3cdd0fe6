"""Apply: the month's expected fees are booked, once an agency and month. Taken back by `reversal.py`."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.clock import month_end
from collection_ops.core.models import User
from collection_ops.core.services import audit
from vendors.accruals.expected import expected_fee
from vendors.models import Accrual, Agency, SettlementState
from vendors.settlement.gather import credited_once


class AccrueRefused(Exception):
    """The month cannot be accrued; the sentence says why."""


@dataclass(frozen=True)
class Accrued:
    """`accrual` None: nothing to expect, or the statement is approved already. `is_new` False: it was there."""

    agency: Agency
    accrual: Accrual | None
    is_new: bool = False


def accrue_month(*, period: date, actor: User | None, now: datetime) -> list[Accrued]:
    """Every agency that ever had a case, each in a transaction of its own; safe to repeat. Whose money each payment is, is
    asked once for all of them. Raises AccrueRefused while the month runs."""
    if clock.business_date(now) <= month_end(period):
        raise AccrueRefused(_("%(month)s 还没有结束，下月 1 日起才能计提") % {"month": f"{period:%Y-%m}"})
    agencies = Agency.objects.filter(placements__placed_on__lte=month_end(period)).distinct().order_by("pk")
    with credited_once(period, now) as credited:
        return _each(agencies, period, actor, now, credited)


def _each(agencies: Iterable[Agency], period: date, actor: User | None, now: datetime, credited: str) -> list[Accrued]:
    return [accrue(agency=one, period=period, actor=actor, now=now, credited=credited) for one in agencies]


def accrue(*, agency: Agency, period: date, actor: User | None, now: datetime, credited: str = "") -> Accrued:
    """One agency's month, as it is known `now`."""
    with transaction.atomic():
        # Settling locks the agency, approving the statement: neither happens between the look and the booking.
        agency = Agency.objects.select_for_update(no_key=True, of=("self",)).select_related("desk").get(pk=agency.pk)
        before = Accrual.objects.filter(agency=agency, period=period, reverses__isnull=True).first()
        if before is not None:
            return Accrued(agency, before)
        statement = agency.settlements.select_for_update(of=("self",)).filter(period=period).first()
        if statement is not None and statement.state in (SettlementState.APPROVED, SettlementState.PAID):
            return Accrued(agency, None)
        found = expected_fee(agency, period, now, statement=statement, credited=credited)
        if found is None:
            return Accrued(agency, None)
        accrual = Accrual.objects.create(
            agency=agency,
            period=period,
            booked_on=month_end(period),
            amount=found.amount,
            tax_rate=found.tax_rate,
            tax=found.tax,
            basis=found.basis,
            kinds={kind: str(fee) for kind, fee in found.kinds.items()},
            told=found.told,
            known_by=now,
            made_by=actor,
            made_at=now,
        )
        audit.record(
            action="accrual.made",
            actor=actor,
            obj=accrual,
            data={
                "agency": agency.desk.code, "period": period.isoformat(), "amount": str(found.amount),
                "basis": found.basis.value,
            },
        )  # fmt: skip
    return Accrued(agency, accrual, is_new=True)
