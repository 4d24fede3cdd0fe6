"""What must always be true of placements."""

from datetime import timedelta

from django.db.models import Exists, F, OuterRef
from django.utils.translation import gettext_lazy as _

from cases.models import Case, DeskKind
from collection_ops.core import clock
from collection_ops.core.invariants import Rows, invariant
from vendors.models import Placement

SETTLED_BY = timedelta(days=2)
"""A case that ends during the day is written down the next night."""


@invariant("I40", _("在委案件都在其机构的席位上，已结案的已随之结束"))
def placements_lie_with_their_agency() -> Rows:
    before = clock.now() - SETTLED_BY
    open_ones = Placement.objects.filter(recalled_on__isnull=True).order_by("pk")
    closed = open_ones.filter(case__closed_at__lt=before)
    moved = open_ones.filter(case__custodies__ended_at__isnull=True, case__custodies__started_at__lt=before)
    elsewhere = moved.exclude(case__desk=F("agency__desk"))
    return [dict(row) for found in (closed, elsewhere) for row in found.values("pk", "case")[:100]]


@invariant("I40b", _("同一客户的案件不会同时在两家委外机构"))
def nobody_is_with_two_agencies() -> Rows:
    here = Placement.objects.filter(recalled_on__isnull=True, case__desk__kind=DeskKind.AGENCY)
    other = (
        Case.objects.open()
        .filter(desk__kind=DeskKind.AGENCY, loan__debtor=OuterRef("loan__debtor"))
        .exclude(desk=OuterRef("agency__desk"))
    )
    return [dict(row) for row in here.filter(Exists(other)).order_by("pk").values("pk", "case")[:100]]
