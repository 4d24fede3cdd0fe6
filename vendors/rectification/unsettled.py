"""How many rectifications of agencies are not settled: a figure that the pages of other rooms show beside theirs."""

from collections.abc import Collection

from django.db.models import Count

from vendors.models import UNSETTLED, Rectification


def unsettled_of(agencies: Collection[int]) -> dict[int, int]:
    """Agency id → how many, for those that have any. One query, however many agencies there are."""
    found = Rectification.objects.filter(agency__in=agencies, state__in=UNSETTLED).order_by()
    return dict(found.values("agency").annotate(number=Count("pk")).values_list("agency", "number"))
