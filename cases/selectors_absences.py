"""Reads of the absence page: the money beside each absence, and explanations that may be taken back."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q, QuerySet

from cases.models import Absence, Case
from cases.services.absence_rules import RULE_NAMES, share, with_received
from collection_ops.core.access import Scope, scope
from collection_ops.core.models import User

CAPABILITY = "cases.close"
RECENT = timedelta(days=7)
SHOWN = 10


@dataclass(frozen=True)
class AbsentLine:
    """One absent case with the money that came in after it was last seen: yuan, and percent of what was owed."""

    case: Case
    name: str
    received: Decimal | None
    share: Decimal | None


def absent_lines(cases: list[Case], names: dict[int, str], *, now: datetime) -> list[AbsentLine]:
    """One query for the money of all."""
    listed = with_received(Case.objects.filter(pk__in=[case.pk for case in cases]), known_by=now)
    received = dict(listed.values_list("pk", "received"))
    return [
        AbsentLine(
            case=case,
            name=names[case.pk],
            received=received.get(case.pk),
            share=share(owed=case.total, received=received[case.pk]) if received.get(case.pk) else None,
        )
        for case in cases
    ]


def recently_explained(user: User, *, now: datetime) -> QuerySet[Absence]:
    """What people and rules explained in the last days, newest first: one's own, or all for who may close any case."""
    mine = Q(explained_by=user)
    if scope(user, CAPABILITY) == Scope.ALL:
        mine = Q(explained_by__isnull=False) | ~Q(rule="")
    return (
        Absence.objects.filter(mine, explained_at__gte=now - RECENT)
        .select_related("case__loan__debtor", "case__loan__source", "explained_by")
        .defer("case__loan__debtor__id_no")
        .order_by("-explained_at", "-pk")
    )


def explained_lines(user: User, *, now: datetime) -> list[dict[str, Any]]:
    """The newest of them for the page: absence and who or what explained it."""
    return [
        {"absence": one, "by": str(one.explained_by) if one.explained_by else RULE_NAMES.get(one.rule, one.rule)}
        for one in recently_explained(user, now=now)[:SHOWN]
    ]
