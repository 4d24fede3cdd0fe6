"""Questions one model can answer. Every read of cases for a person starts from `for_user`."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Subquery
from django.utils import timezone

from collection_ops.core import clock
from collection_ops.core.access import Scope, scope

if TYPE_CHECKING:
    from collection_ops.core.models import User

BATCH_DAYS = 30
OWN_ORG = "own"
"""The lender's own people, where a log or a token names an organisation."""


class EqualsAny(Func):
    """`value = ANY (array)`: with an array that is asked for once, an index finds the rows; `IN (SELECT …)` beside an OR
    reads them all."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = models.BooleanField()


class CaseQuerySet(models.QuerySet[Any]):
    """Cases as somebody may see them, and by state."""

    def for_user(self, user: "User", capability: str = "cases.view") -> Self:
        """Rows inside the person's scope for the capability; nothing without it. Outside is as if it did not exist."""
        granted = scope(user, capability)
        if granted is None:
            return self.none()
        if granted == Scope.ALL:
            return self
        if granted == Scope.OWN:
            return self.on_desk_or_helped(user)
        if granted == Scope.TEAM:
            # Nobody without a unit leads one: an empty unit must not match every desk that has none.
            return self.filter(desk__unit=user.unit) if user.unit else self.none()
        if granted == Scope.PLACED:
            return self.filter(desk__kind="agency")
        if granted == Scope.BATCH:
            since = timezone.now() - timedelta(days=BATCH_DAYS)
            return self.filter(
                Q(last_run__uploaded_by=user) | Q(last_run__uploaded_by__isnull=True), last_run__uploaded_at__gte=since
            )
        if granted == Scope.PAID:
            from cases.models import Repayment

            return self.filter(Exists(Repayment.objects.filter(loan_id=OuterRef("loan_id"))))
        raise LookupError(f"cases know no scope {granted!r}")

    def on_desk_or_helped(self, user: "User") -> Self:
        """On the person's own desk, or on a colleague's and lent to them as a helper (协催) today; not when it went to the
        pool or to an agency meanwhile. Both sides are found by their index."""
        from cases.models import CaseHelper, Desk

        desk = Desk.objects.filter(owner=user).values("pk")[:1]
        helped = CaseHelper.objects.filter(
            user=user,
            ended_at__isnull=True,
            until__gte=clock.business_date(clock.now()),
            case__desk__kind="collector",
        ).values("case_id")
        return self.filter(Q(desk=Subquery(desk)) | EqualsAny(F("pk"), ArraySubquery(helped)))

    def for_org(self, org: str) -> Self:
        """Rows that a program acting for `org` may see: "" all, "own" those that no agency holds, else those of the agency's
        desk with that code. Outside is as if it did not exist."""
        if org == "":
            return self
        if org == OWN_ORG:
            return self.exclude(desk__kind="agency")
        return self.filter(desk__kind="agency", desk__code=org)

    def once_with(self, org: str) -> Self:
        """`for_org`, and what an agency held before: what it did then, or does still, is to be told."""
        if org in ("", OWN_ORG):
            return self.for_org(org)
        from cases.models import Custody

        held = Custody.objects.filter(case_id=OuterRef("pk"), desk__kind="agency", desk__code=org)
        return self.filter(Exists(held))

    def open(self) -> Self:
        return self.filter(closed_on__isnull=True)

    def closed(self) -> Self:
        return self.filter(closed_on__isnull=False)

    def absent(self) -> Self:
        """Open, but missing from the latest file of their source: to be explained."""
        return self.open().filter(absent_since__isnull=False)

    def present(self) -> Self:
        """Open and in the latest file of their source."""
        return self.open().filter(absent_since__isnull=True)
