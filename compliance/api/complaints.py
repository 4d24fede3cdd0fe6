"""A complaint, as a hotline's program or an agency tells it. What becomes of it stays inside: nothing is read back."""

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, extend_schema

from cases.api.cases import case_of
from cases.models import Case, DeskKind
from collection_ops.core import clock
from collection_ops.core.api.errors import ApiError, refused
from collection_ops.core.api.idempotency import once_per_key
from collection_ops.core.api.views import ApiView, Request, Response, checked
from collection_ops.core.models import ApiToken, User
from compliance.api.serializers import ComplaintIn, ComplaintOut
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.models import About, ComplaintSource

EXAMPLE = {
    "case": 4711,
    "source": "hotline",
    "reference": "H-20260302-0117",
    "type": "harassment",
    "narrative": "客户来电称一天内接到多次催收电话，影响上班，要求停止。",
    "received_at": "2026-03-02T09:40:00+08:00",
    "event_on": "2026-03-01",
    "about": ["collector"],
    "collector": "lin.collector",
}


class Complaints(ApiView):
    scopes = {"POST": "complaints.record"}

    @extend_schema(
        operation_id="record_complaint", tags=["complaints"], request=ComplaintIn, responses={201: ComplaintOut},
        summary="Register a complaint", examples=[OpenApiExample("Taken down by a hotline", EXAMPLE, request_only=True)],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request) -> Response:
        """Starts the clock and stops whom it is about from contacting the debtor. A `reference` that its source has used
        before is refused (409). An agency's token registers what reached the agency, about its own cases."""
        sent = checked(ComplaintIn, request.data)
        case = case_of(self.token, sent["case"], "case")
        said = Said(
            source=_source(self.token, sent.get("source")),
            source_ref=sent["reference"],
            complainant=sent["complainant"],
            **{name: sent[name] for name in ("type", "narrative", "demand", "received_at", "event_on", "severity")},
        )
        whose = Whose(debtor=case.loan.debtor, case=case, loans=[case.loan])
        try:
            made = receive(
                said=said, whose=whose, accused=_accused(self.token, case, sent), actor=None, now=clock.now()
            )
        except ComplaintRefused as no:
            raise refused(no) from no
        return Response(ComplaintOut(made).data, status=201)


def _source(token: ApiToken, source: str | None) -> str:
    """An agency speaks for itself only: what the regulator received comes to the lender from the regulator."""
    if token.org:
        if source not in (None, ComplaintSource.AGENCY):
            raise ApiError(400, "source_of_others", _("机构令牌登记的投诉来源只能是委外机构"), "source")
        return ComplaintSource.AGENCY
    return source or ComplaintSource.HOTLINE


def _accused(token: ApiToken, case: Case, sent: dict[str, Any]) -> list[Accused]:
    named = sent["collector"]
    if named and About.COLLECTOR not in sent["about"]:
        raise ApiError(400, "collector_not_accused", _("写了催收员时，about 须包含 collector"), "collector")
    found = []
    for about in dict.fromkeys(sent["about"]):
        if about == About.COLLECTOR:
            found.append(Accused(about, user=_collector(token, named) if named else None))
        elif about == About.AGENCY:
            found.append(Accused(about, org=_agency(case)))
        else:
            found.append(Accused(about))
    return found


def _collector(token: ApiToken, username: str) -> User:
    """Only the lender's own programs name people: an agency is not told who has an account."""
    user = User.objects.filter(username=username).first() if not token.org else None
    if user is None:
        raise ApiError(400, "collector_unknown", _("没有这个人员"), "collector")
    return user


def _agency(case: Case) -> str:
    if case.desk is None or case.desk.kind != DeskKind.AGENCY:
        raise ApiError(400, "no_agency", _("该案件不在委外机构"), "about")
    return str(case.desk.code)
