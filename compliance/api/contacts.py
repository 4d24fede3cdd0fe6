"""Contacts that took place, by the hundred: the feed of an agency. What is against a rule is kept and flagged."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema

from cases.models import Case, ContactPoint
from collection_ops.core import clock
from collection_ops.core.api.errors import flattened, one
from collection_ops.core.api.idempotency import once_per_key
from collection_ops.core.api.views import ApiView, Request, Response, checked
from collection_ops.core.models import ApiToken
from compliance.api.attempts import org_of
from compliance.api.serializers import BulkIn, BulkOut, BulkRows, PastIn
from compliance.services.feeds import Reported, report_contacts
from compliance.services.log import PastContact

ROW = {
    "reference": "A-20260302-000017", "case": 4711, "point": 8205, "channel": "call", "result": "no_answer",
    "started_at": "2026-03-02T09:30:00+08:00", "ended_at": "2026-03-02T09:30:40+08:00",
}  # fmt: skip


class ContactsBulk(ApiView):
    scopes = {"POST": "contacts.report"}

    @extend_schema(
        operation_id="report_contacts", tags=["contacts"], summary="Tell of contacts that took place", request=BulkIn,
        responses={200: BulkOut},
        examples=[
            OpenApiExample("A feed", {"rows": [ROW]}, request_only=True),
            OpenApiExample("Nothing since the last feed", {"rows": []}, request_only=True),
        ],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request) -> Response:
        """Up to 500 rows. Each has the sender's own reference: sent again it is `repeated` and writes nothing; with another
        content it is `refused`. A wrong row is refused by itself, with its errors, and stops no other. A contact against a
        rule is recorded and flagged as a breach. Times are those of the contact, not of the sending. An agency sends at
        least hourly, with no rows when there is nothing: after 60 minutes of silence its counts are taken as uncertain."""
        rows = checked(BulkRows, request.data)["rows"]
        read = [_read(row) for row in rows]
        _look_up(self.token, read)
        good = [line for line in read if not line["errors"]]
        told = report_contacts([line["entry"] for line in good], org=org_of(self.token), now=clock.now())
        for line, found in zip(good, told, strict=True):
            line["state"], line["attempt"] = found.state, found.attempt
            if found.code:
                field = "reference" if found.code == "reference_reused" else "started_at"
                line["errors"] = [one(found.code, found.sentence, field)]
        states = [line["state"] for line in read]
        counts = {state: states.count(state) for state in ("recorded", "repeated", "refused")}
        return Response(BulkOut({**counts, "rows": [{"index": n, **line} for n, line in enumerate(read)]}).data)


def _read(row: Any) -> dict[str, Any]:
    """A row by itself: what it says, or its errors."""
    serializer = PastIn(data=row)
    valid = serializer.is_valid()
    sent = serializer.validated_data if valid else {}
    reference = row.get("reference") if isinstance(row, dict) else ""
    return {
        "reference": sent["reference"] if valid else _shown(reference),
        "state": "refused",
        "attempt": None,
        "errors": [] if valid else flattened(serializer.errors),
        "sent": sent,
        "raw": row,
    }


def _shown(reference: object) -> str:
    return reference[:64].encode("utf-8", "replace").decode() if isinstance(reference, str) else ""


def _look_up(token: ApiToken, read: list[dict[str, Any]]) -> None:
    """Cases and points of all rows, in two queries. What is somebody else's, or not there, is an error of its row."""
    wanted = [line for line in read if not line["errors"]]
    cases = {
        case.pk: case
        for case in Case.objects.once_with(token.org)
        .filter(pk__in=[line["sent"]["case"] for line in wanted])
        .select_related("loan")
    }
    named = [line["sent"]["point"] for line in wanted if line["sent"].get("point") is not None]
    points = {point.pk: point for point in ContactPoint.objects.filter(pk__in=named).defer("value")}
    for line in wanted:
        sent = dict(line["sent"])
        case, point_id = cases.get(sent.pop("case")), sent.pop("point", None)
        point = points.get(point_id)
        if case is None:
            line["errors"] = [one("not_found", _("没有找到"), "case")]
        elif point_id is not None and (point is None or point.debtor_id != case.loan.debtor_id):
            line["errors"] = [one("not_found", _("没有找到"), "point")]
        else:
            reference = sent.pop("reference")
            line["entry"] = Reported(reference, PastContact(case=case, point=point, **sent), line["raw"])
