"""What must always be true of accruals."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from collection_ops.core.invariants import Rows, invariant
from vendors.models import Accrual, Settlement, SettlementState

ENDED = (SettlementState.APPROVED, SettlementState.PAID)


@invariant("I49", _("结算单已批准的月份没有未冲回的计提"))
def what_is_settled_is_not_accrued_too() -> Rows:
    ended = Settlement.objects.filter(agency=OuterRef("agency"), period=OuterRef("period"), state__in=ENDED)
    standing = Accrual.objects.filter(Exists(ended), reverses__isnull=True, reversal__isnull=True)
    return [dict(row) for row in standing.order_by("pk").values("pk", "agency")[:100]]
