"""Promises to pay: taken down within the limits, read with what was paid."""

from drf_spectacular.utils import OpenApiExample, extend_schema

from cases.api.agents import agent_of
from cases.api.cases import case_of
from cases.api.serializers import PromiseIn, PromiseOut, PromisePage, PromiseQuery
from cases.models import Case, Promise
from cases.services.promises import PromiseRefused, make_promise
from collection_ops.core import clock
from collection_ops.core.api.errors import refused
from collection_ops.core.api.idempotency import once_per_key
from collection_ops.core.api.paging import page
from collection_ops.core.api.views import ApiView, Request, Response, checked, parameters

EXAMPLE = {"case": 4711, "amount": "500.00", "due_on": "2026-03-06", "channel": "transfer"}


class Promises(ApiView):
    scopes = {"GET": "promises.read", "POST": "promises.make"}

    @extend_schema(
        operation_id="list_promises", tags=["promises"], parameters=[PromiseQuery], responses=PromisePage,
        summary="Promises, by cursor",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Promises about cases that the token sees, with the confirmed money that was counted for each."""
        query = parameters(PromiseQuery, request)
        if "case" in query:
            promises = Promise.objects.filter(case=case_of(self.token, query["case"], "case"))
        else:
            promises = Promise.objects.filter(case__in=Case.objects.for_org(self.token.org))
        if "state" in query:
            promises = promises.filter(state=query["state"])
        rows, after = page(promises, query)
        return Response({"results": PromiseOut(rows, many=True).data, "next": after})

    @extend_schema(
        operation_id="make_promise", tags=["promises"], request=PromiseIn, responses={201: PromiseOut},
        summary="Take down a promise",
        examples=[OpenApiExample("By Friday", EXAMPLE, request_only=True)],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request) -> Response:
        """What the debtor promised. One beyond a limit (least amount, latest day, how many are open) or the balance is
        refused (409) with the field and a code; exceptions are made on the page, by those who may."""
        sent = checked(PromiseIn, request.data)
        case = case_of(self.token, sent["case"], "case")
        try:
            promise = make_promise(
                case=case,
                amount=sent["amount"],
                due_on=sent["due_on"],
                actor=agent_of(self.token, case, sent.get("agent")),
                now=clock.now(),
                channel=sent["channel"],
            )
        except PromiseRefused as no:
            raise refused(no) from no
        return Response(PromiseOut(promise).data, status=201)
