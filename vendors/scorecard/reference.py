"""The scheme that every installation begins with: nobody made it, and it counts until people agree on another."""

from datetime import date

from django.db import transaction

from collection_ops.core import clock
from collection_ops.core.seeding import seeder
from vendors.models import CurvePoint, SchemeItem, SchemeState, ScorecardScheme
from vendors.scorecard.criteria import shipped_scheme

SINCE = date(2020, 1, 1)
"""Whatever month is judged, the shipped scheme was in force then unless somebody made another one."""


@seeder("vendors.scorecard")
def seed_scheme() -> str:
    with transaction.atomic():
        row, is_new = ScorecardScheme.objects.get_or_create(
            number=1, defaults={"effective_from": SINCE, "is_shipped": True, "note": "随产品提供"}
        )
        if is_new:
            _write_items(row)
            row.state, row.approved_at = SchemeState.APPROVED, clock.now()
            row.save(update_fields=["state", "approved_at"])
    return f"{int(is_new)} schemes of scorecards added"


def _write_items(row: ScorecardScheme) -> None:
    scheme = shipped_scheme()
    items = SchemeItem.objects.bulk_create(
        SchemeItem(scheme=row, criterion=item.criterion.value, weight=item.weight) for item in scheme.items
    )
    CurvePoint.objects.bulk_create(
        CurvePoint(item=made, value=point.value, share=point.share)
        for made, item in zip(items, scheme.items, strict=True)
        for point in item.curve
    )
