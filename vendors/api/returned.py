"""Claimed payments and promises, by the hundred: an agency's own program tells them, about its own cases."""

from collections.abc import Callable, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema

from collection_ops.core import clock
from collection_ops.core.api.errors import flattened, not_found, one
from collection_ops.core.api.idempotency import once_per_key
from collection_ops.core.api.views import ApiView, Request, Response, checked
from collection_ops.core.models import ApiToken
from collection_ops.core.services import audit
from compliance.api.serializers import BulkRows
from vendors.api.serializers import ClaimIn, ClaimsIn, PromiseRowIn, PromisesIn, ReturnedOut
from vendors.models import Agency, PaymentClaim, ReturnedFact
from vendors.returns import writing
from vendors.returns.claims import match_claims, take_turn
from vendors.returns.decide import KNOWN, PAYMENTS, PROMISES, REFUSED, Decision, Row
from vendors.returns.gather import held_by_case, judged

CLAIM = {"reference": "P-20260302-0007", "case": 4711, "paid_on": "2026-03-02", "amount": "500.00", "place": "agency"}
PROMISE = {"reference": "C-20260302-0007", "case": 4711, "amount": "500.00", "due_on": "2026-03-06", "channel": "app"}


def agency_of(token: ApiToken) -> Agency:
    """The agency for which the token speaks. Programs of the lender claim nothing: they book repayments (404)."""
    found = Agency.objects.select_related("desk").filter(desk__code=token.org).first() if token.org else None
    if found is None:
        raise not_found()
    return found


class PaymentClaims(ApiView):
    scopes = {"POST": "payments.claim"}

    @extend_schema(
        operation_id="claim_payments", tags=["payments"], summary="Tell of payments that the agency knows of",
        request=ClaimsIn, responses={200: ReturnedOut},
        examples=[OpenApiExample("Cash taken by the agency", {"rows": [CLAIM]}, request_only=True)],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request) -> Response:
        """Up to 500 rows. A claim is no money: it is compared with the repayments that the lender confirms. Each has the
        agency's own reference: sent again it is `repeated` and writes nothing; with another content it is `refused`. A wrong
        row is refused by itself and stops no other. The case must have been with the agency on the day of the payment."""
        agency, rows = agency_of(self.token), checked(BulkRows, request.data)["rows"]

        def write(fine: Sequence[Decision], sender: writing.Sender) -> None:
            writing.write(PAYMENTS, fine, sender)
            match_claims(now=sender.now, agencies=[agency.pk])
            audit.record(action="returned.claimed", actor=None, obj=agency, data={"rows": len(fine)})

        found = PaymentClaim.objects.filter(agency=agency)
        return _answered(PAYMENTS, agency, _read(rows, ClaimIn), write, lambda refs: _ids(found, refs, "pk"))


class PromisesBulk(ApiView):
    scopes = {"POST": "promises.make"}

    @extend_schema(
        operation_id="make_promises", tags=["promises"], summary="Take down promises", request=PromisesIn,
        responses={200: ReturnedOut}, examples=[OpenApiExample("By Friday", {"rows": [PROMISE]}, request_only=True)],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request) -> Response:
        """Up to 500 rows, of an agency. Each has the agency's own reference: sent again it is `repeated` and writes nothing;
        with another content it is `refused`. A wrong row, or one beyond a limit of promises, is refused by itself and stops
        no other. The case must be with the agency now."""
        agency, rows = agency_of(self.token), checked(BulkRows, request.data)["rows"]

        def write(fine: Sequence[Decision], sender: writing.Sender) -> None:
            writing.write(PROMISES, fine, sender)
            audit.record(action="returned.promised", actor=None, obj=agency, data={"rows": len(fine)})

        found = ReturnedFact.objects.filter(agency=agency, kind=PROMISES)
        return _answered(PROMISES, agency, _read(rows, PromiseRowIn), write, lambda refs: _ids(found, refs, "promise"))


def _read(rows: list[Any], serializer: type[Any]) -> list[dict[str, Any]]:
    """Each row by itself: what it says, or its errors."""
    lines = []
    for row in rows:
        found = serializer(data=row)
        good = found.is_valid()
        reference = row.get("reference") if isinstance(row, dict) else ""
        told = found.validated_data["reference"] if good else reference[:64] if isinstance(reference, str) else ""
        lines.append(
            {
                "reference": told.encode("utf-8", "replace").decode(),
                "state": "refused",
                "id": None,
                "errors": [] if good else flattened(found.errors),
                "said": dict(found.validated_data) if good else {},
            }
        )
    return lines


def _answered(
    kind: str,
    agency: Agency,
    lines: list[dict[str, Any]],
    write: Callable[[Sequence[Decision], writing.Sender], None],
    ids_of: Callable[[list[str]], dict[str, int]],
) -> Response:
    now = clock.now()
    rows = [
        Row(
            n,
            str(line["said"]["case"]),
            line["reference"],
            {**line["said"], "pay_channel": line["said"].get("channel")},
        )
        for n, line in enumerate(lines)
        if line["said"]
    ]
    with transaction.atomic():
        take_turn(agency.pk)
        held = held_by_case([int(row.contract_no) for row in rows], agency)
        decided = judged(kind, rows, agency, now=now, held=held)
        fine = [found for found in decided if found.verdict not in (KNOWN, REFUSED)]
        if fine:
            write(fine, writing.Sender(agency, now))
        ids = ids_of([found.reference for found in decided if found.verdict != REFUSED])
    for decision in decided:
        line = lines[decision.row.key]
        if decision.verdict == REFUSED:
            line["errors"] = [_error(decision)]
        else:
            line["state"] = "repeated" if decision.verdict == KNOWN else "recorded"
            line["id"] = ids.get(decision.reference)
    states = [line["state"] for line in lines]
    counts = {state: states.count(state) for state in ("recorded", "repeated", "refused")}
    return Response(ReturnedOut({**counts, "rows": [{"index": n, **line} for n, line in enumerate(lines)]}).data)


def _ids(found: Any, references: list[str], column: str) -> dict[str, int]:
    return dict(found.filter(reference__in=references).values_list("reference", column))


def _error(refused: Decision) -> dict[str, str]:
    reason = refused.reason
    assert reason is not None
    if reason.code in ("returned_not_held", "returned_several"):
        return one("not_found", _("没有找到"), "case")
    if reason.code in ("returned_reference_used", "returned_reference_twice"):
        return one("reference_reused", _("这个参考号已用于内容不同的记录"), "reference")
    if reason.code == "returned_future":
        return one("future", _("日期在将来"), "paid_on")
    return one("refused", str(reason.params.get("sentence", "")), "")
