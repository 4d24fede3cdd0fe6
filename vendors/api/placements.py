"""Cases placed with an agency, for its own program: the least that names a case and says what is owed."""

from drf_spectacular.utils import extend_schema

from cases.models import Case
from collection_ops.core.api.paging import PageQuery, page
from collection_ops.core.api.views import ApiView, Request, Response, parameters
from vendors.api.serializers import PlacementOut, PlacementPage
from vendors.models import Placement


class Placements(ApiView):
    scopes = {"GET": "placements.read"}

    @extend_schema(
        operation_id="list_placements", tags=["placements"], parameters=[PageQuery], responses=PlacementPage,
        summary="Cases placed with the agency, by cursor",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Placed cases that have not come back, in the order of their ids: an agency's token sees its own, one of the lender
        for everything sees all. Personal values are masked."""
        query = parameters(PageQuery, request)
        org = self.token.org
        found = Placement.objects.filter(recalled_on__isnull=True, case__in=Case.objects.for_org(org))
        if org:
            found = found.filter(agency__desk__code=org)
        rows, after = page(found.select_related("batch", "case", "loan__debtor"), query)
        return Response({"results": PlacementOut(rows, many=True).data, "next": after})
