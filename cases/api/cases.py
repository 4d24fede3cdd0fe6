"""Cases, read only: a list by cursor, and one with its contact points."""

from typing import Any

from drf_spectacular.utils import extend_schema

from cases.api.serializers import STAGES, CaseOut, CasePage, CaseQuery, CaseWithPoints
from cases.models import Case
from cases.querysets import CaseQuerySet
from cases.selectors import with_relations
from collection_ops.core.api.errors import not_found
from collection_ops.core.api.fields import LARGEST_ID
from collection_ops.core.api.paging import page
from collection_ops.core.api.views import ApiView, Request, Response, parameters
from collection_ops.core.models import ApiToken


def case_of(token: ApiToken, case_id: int, field: str = "") -> Case:
    """The case, if the token's organisation may see it; another's and none are told alike (404)."""
    case = None
    if case_id <= LARGEST_ID:
        case = with_relations(Case.objects.for_org(token.org).filter(pk=case_id)).first()
    if case is None:
        raise not_found(field)
    return case


class CaseList(ApiView):
    scopes = {"GET": "cases.read"}

    @extend_schema(
        operation_id="list_cases",
        tags=["cases"],
        parameters=[CaseQuery],
        responses=CasePage,
        summary="Cases, by cursor",
    )
    def get(self, request: Request) -> Response:
        """Cases in the order of their ids, as far as the token's organisation reaches. Personal values are masked."""
        query = parameters(CaseQuery, request)
        rows, after = page(with_relations(_filtered(Case.objects.for_org(self.token.org), query)), query)
        return Response({"results": CaseOut(rows, many=True).data, "next": after})


class CaseDetail(ApiView):
    scopes = {"GET": "cases.read"}

    @extend_schema(operation_id="get_case", tags=["cases"], responses=CaseWithPoints, summary="One case")
    def get(self, request: Request, case_id: int) -> Response:
        """One case with the contact points of its debtor: their ids are what an attempt names, their values are masked."""
        return Response(CaseWithPoints(case_of(self.token, case_id)).data)


def _filtered(cases: CaseQuerySet, query: dict[str, Any]) -> CaseQuerySet:
    if query["status"] != "all":
        cases = cases.open() if query["status"] == "open" else cases.closed()
    if "stage" in query:
        cases = cases.filter(stage=STAGES.index(query["stage"]))
    if "desk" in query:
        cases = cases.filter(desk__code=query["desk"])
    if "updated_since" in query:
        cases = cases.filter(as_of__gte=query["updated_since"])
    return cases
