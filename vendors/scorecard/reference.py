"""The scheme that every installation begins with: nobody made it, and it counts until people agree on another."""

from datetime import date, datetime, time

from django.db import transaction
from django.utils import timezone

from collection_ops.core.seeding import seeder
from vendors.models import ScorecardScheme, VersionState
from vendors.scorecard.criteria import shipped_scheme
from vendors.scorecard.schemes import write_items

SINCE = date(2020, 1, 1)
"""Whatever month is judged, the shipped scheme was in force then unless somebody made another: agreed on since then."""


@seeder("vendors.scorecard")
def seed_scheme() -> str:
    with transaction.atomic():
        row, is_new = ScorecardScheme.objects.get_or_create(
            number=1, defaults={"effective_from": SINCE, "is_shipped": True, "note": "随产品提供"}
        )
        if is_new:
            write_items(row, shipped_scheme())
            row.state, row.approved_at = VersionState.APPROVED, timezone.make_aware(datetime.combine(SINCE, time.min))
            row.save(update_fields=["state", "approved_at"])
    return f"{int(is_new)} schemes of scorecards added"
