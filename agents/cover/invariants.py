"""What must always be true of covers."""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from agents.models import CoverCase, CoverState
from collection_ops.core import clock
from collection_ops.core.invariants import Rows, invariant

LATE = timedelta(hours=1)
"""How long after midnight the morning's hand-back may take."""


@invariant("I28c", _("没有案件在代管结束之后仍未交还"))
def nothing_is_lent_beyond_its_cover() -> Rows:
    day = clock.business_date(clock.now() - LATE)
    over = Q(cover__last_day__lt=day) | ~Q(cover__state=CoverState.RUNNING)
    rows = CoverCase.objects.filter(over, until__isnull=True).order_by("pk")
    return [dict(row) for row in rows.values("cover", "case")[:100]]
