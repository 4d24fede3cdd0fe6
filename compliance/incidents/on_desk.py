"""The clocks of major incidents on the compliance desk."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Case, F, When
from django.db.models.functions import Least
from django.urls import reverse
from django.utils.translation import gettext as _

from collection_ops.core.models import User
from compliance.desk.parts import Deadline, deadlines, named
from compliance.models import Incident


@deadlines
def report_clocks(user: User, now: datetime, most: int) -> Iterable[Deadline]:
    """The first written report, and of a leak the telling of authority and persons; each until it is done."""
    # Least leaves out what is null: a clock that was stopped, or that this incident does not have.
    nearest = Least(
        Case(When(first_sent_at__isnull=True, then=F("due_at"))),
        Case(When(leak_told_at__isnull=True, then=F("leak_due_at"))),
    )
    rows = Incident.objects.for_user(user).filter(closed_at__isnull=True).annotate(nearest=nearest)
    for row in rows.filter(nearest__isnull=False).select_related("owner").order_by("nearest", "pk")[:most]:
        clocks = (
            (_("重大风险首报"), row.due_at, row.first_sent_at),
            (_("信息泄露通知"), row.leak_due_at, row.leak_told_at),
        )
        for kind, due_at, done_at in clocks:
            if due_at is not None and done_at is None:
                yield Deadline(
                    kind=kind,
                    number=row.number,
                    what=str(row.get_type_display()),
                    ends_at=due_at,
                    url=reverse("compliance:incident", args=[row.pk]),
                    who=named(row.owner),
                )
