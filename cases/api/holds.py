"""Holds: who is not to be collected from, and why. Placing one is easier than lifting it: two scopes."""

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema

from cases.api.cases import case_of
from cases.api.serializers import HoldIn, HoldOut, HoldPage, HoldQuery, LiftIn
from cases.models import Case, Hold, HoldType
from cases.services.holds import HoldRefused, lift_by_program, place_hold
from collection_ops.core import clock
from collection_ops.core.api.errors import not_found, refused
from collection_ops.core.api.fields import LARGEST_ID
from collection_ops.core.api.idempotency import once_per_key
from collection_ops.core.api.paging import page
from collection_ops.core.api.views import ApiView, Request, Response, checked, parameters
from collection_ops.core.models import ApiToken

EXAMPLE = {
    "case": 4711,
    "type": "stop_contact",
    "reason": "客户来电要求停止联系",
    "ends_at": "2026-06-30T00:00:00+08:00",
}


def holds_of(token: ApiToken) -> "QuerySet[Hold]":
    """Holds on debtors of whom the token may see a case."""
    return Hold.objects.filter(debtor__in=Case.objects.for_org(token.org).values("loan__debtor"))


class Holds(ApiView):
    scopes = {"GET": "holds.read", "POST": "holds.place"}

    @extend_schema(
        operation_id="list_holds",
        tags=["holds"],
        parameters=[HoldQuery],
        responses=HoldPage,
        summary="Holds, by cursor",
    )
    def get(self, request: Request) -> Response:
        """Holds, ended ones too, on debtors of whom the token sees a case; with `case`, those of its debtor."""
        query = parameters(HoldQuery, request)
        holds = holds_of(self.token)
        if "case" in query:
            holds = Hold.objects.filter(debtor_id=case_of(self.token, query["case"], "case").loan.debtor_id)
        rows, after = page(holds, query)
        return Response({"results": HoldOut(rows, many=True).data, "next": after})

    @extend_schema(
        operation_id="place_hold", tags=["holds"], request=HoldIn, responses={201: HoldOut}, summary="Place a hold",
        examples=[OpenApiExample("Asked not to be called", EXAMPLE, request_only=True)],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request) -> Response:
        """Stop collecting from the debtor of a case; a dispute stops only its amount of this case's contract.

        Another hold of the type at the same time is refused (409)."""
        sent = checked(HoldIn, request.data)
        case = case_of(self.token, sent.pop("case"), "case")
        if sent["type"] == HoldType.DISPUTE:
            sent["loan"] = case.loan
        try:
            hold = place_hold(debtor=case.loan.debtor, actor=None, now=clock.now(), **sent)
        except HoldRefused as no:
            raise refused(no) from no
        return Response(HoldOut(hold).data, status=201)


class HoldLift(ApiView):
    scopes = {"POST": "holds.lift"}

    @extend_schema(
        operation_id="lift_hold", tags=["holds"], request=LiftIn, responses={200: HoldOut}, summary="Lift a hold",
        examples=[OpenApiExample("Taken back", {"reason": "客户书面撤回"}, request_only=True)],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request, hold_id: int) -> Response:
        """End a hold now. One that has ended stays as it was; so does one that only the compliance officer lifts (409)."""
        sent = checked(LiftIn, request.data)
        hold = holds_of(self.token).filter(pk=min(hold_id, LARGEST_ID)).first()
        if hold is None:
            raise not_found()
        try:
            lifted = lift_by_program(hold=hold, now=clock.now(), reason=sent["reason"])
        except HoldRefused as no:
            raise refused(no) from no
        return Response(HoldOut(lifted).data)
