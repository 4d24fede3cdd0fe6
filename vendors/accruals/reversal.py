"""An accrual is taken back whole when the statement of its month is approved, in that transaction (settlement/states)."""

from datetime import datetime

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from vendors.models import Accrual, Settlement


def take_back(*, settlement: Settlement, actor: User | None, now: datetime) -> Accrual | None:
    """Whoever calls holds the row of the statement, as whoever accrues does."""
    accrual = Accrual.objects.filter(
        agency=settlement.agency_id, period=settlement.period, reverses__isnull=True, reversal__isnull=True
    ).first()
    if accrual is None:
        return None
    found = Accrual.objects.create(
        agency_id=accrual.agency_id,
        period=accrual.period,
        booked_on=clock.business_date(now),
        amount=-accrual.amount,
        tax_rate=accrual.tax_rate,
        tax=-accrual.tax,
        basis=accrual.basis,
        known_by=now,
        made_by=actor,
        made_at=now,
        reverses=accrual,
        settlement=settlement,
    )
    audit.record(
        action="accrual.reversed",
        actor=actor,
        obj=accrual,
        data={"settlement": settlement.pk, "amount": str(accrual.amount)},
    )
    return found
