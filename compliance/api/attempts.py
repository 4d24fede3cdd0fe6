"""One contact, as a dialler makes it: ask, call, tell."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiExample, OpenApiResponse, extend_schema

from cases.api.agents import agent_of
from cases.api.cases import case_of
from cases.models import Case, ContactPoint
from cases.querysets import OWN_ORG
from collection_ops.core import clock
from collection_ops.core.api.errors import ApiError, not_found, refused
from collection_ops.core.api.fields import LARGEST_ID
from collection_ops.core.api.idempotency import once_per_key
from collection_ops.core.api.views import ApiView, Request, Response, checked
from collection_ops.core.models import ApiToken
from compliance.api.serializers import AttemptIn, AttemptOut, CancelIn, CloseIn, GateAnswer
from compliance.gate import Answer, StillOpen, open_attempt
from compliance.models import ContactAttempt
from compliance.rule_texts import spoken
from compliance.services.log import LogRefused, cancel_attempt, close_attempt

CALL = {"case": 4711, "point": 8205, "channel": "call"}
ALLOWED: dict[str, Any] = {
    "decision": 90211, "verdict": "allow", "attempt": 55120, "reasons": [], "evidence_required": [], "next_allowed_at": None,
}  # fmt: skip
REFUSED: dict[str, Any] = {
    **ALLOWED, "verdict": "block", "attempt": None, "next_allowed_at": "2026-03-03T08:00:00+08:00",
    "reasons": [{
        "rule": "CN-F-01", "pack": "CN-DEFAULT", "verdict": "block", "statement": "Calls to the debtor a day are limited.",
        "source": "…", "observed": "3", "limit": "3", "next_allowed_at": "2026-03-03T08:00:00+08:00",
    }],
}  # fmt: skip


def org_of(token: ApiToken) -> str:
    """In whose name the token's contacts stand in the log."""
    return token.org or OWN_ORG


def attempts_of(token: ApiToken) -> "QuerySet[ContactAttempt]":
    """Contacts of the token's organisation, also about a case that it lost meanwhile: what was said has to be told. A token
    for everybody sees everybody's."""
    found = ContactAttempt.objects.select_related("case__loan")
    return found.filter(org=token.org) if token.org else found


def point_of(case: Case, point_id: int | None, field: str = "point") -> ContactPoint | None:
    """A contact point of the case's debtor; any other, and none, are told alike (404)."""
    if point_id is None:
        return None
    point = ContactPoint.objects.filter(pk=point_id, debtor_id=case.loan.debtor_id).first()
    if point is None:
        raise not_found(field)
    return point


class AttemptOpen(ApiView):
    scopes = {"POST": "contacts.attempt"}

    @extend_schema(
        operation_id="open_attempt", tags=["contacts"], summary="May this contact be made now?", request=AttemptIn,
        responses={
            201: OpenApiResponse(GateAnswer, description="Yes. Make it, then tell the result about `attempt`."),
            200: OpenApiResponse(GateAnswer, description="No, and why, and when. Kept like the other; `attempt` is null."),
        },
        examples=[
            OpenApiExample("A call", CALL, request_only=True),
            OpenApiExample("Allowed", ALLOWED, response_only=True, status_codes=["201"]),
            OpenApiExample("Refused", REFUSED, response_only=True, status_codes=["200"]),
        ],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request) -> Response:
        """Ask the compliance gate. Both answers are answers: 201 with an attempt, or 200 with `verdict` "block", the reasons
        and the next permitted moment. An open attempt counts as a contact until its result is told or it is cancelled."""
        sent = checked(AttemptIn, request.data)
        case = case_of(self.token, sent["case"], "case")
        try:
            answer = open_attempt(
                case=case,
                point=point_of(case, sent.get("point")),
                actor=agent_of(self.token, case, sent.get("agent")),
                now=clock.now(),
                channel=sent["channel"],
                purpose=sent.get("purpose", ""),
                actor_kind=sent["actor_kind"],
                org=org_of(self.token),
                staff=sent["staff"],
                place=sent["place"],
            )
        except StillOpen as still:
            sentence = _("该人员与该客户的上一次联系 #%(id)s 还没有记录结果") % {"id": still.attempt.pk}
            raise ApiError(409, "attempt_still_open", sentence, "agent") from still
        return Response(_told(answer), status=201 if answer.allowed else 200)


class AttemptDetail(ApiView):
    scopes = {"GET": "contacts.attempt"}

    @extend_schema(operation_id="get_attempt", tags=["contacts"], responses=AttemptOut, summary="One attempt")
    def get(self, request: Request, attempt_id: int) -> Response:
        """An attempt of the token's organisation and how it stands."""
        return Response(AttemptOut(_attempt(self.token, attempt_id)).data)


class AttemptClose(ApiView):
    scopes = {"POST": "contacts.attempt"}

    @extend_schema(
        operation_id="close_attempt", tags=["contacts"], request=CloseIn, responses={200: AttemptOut},
        summary="Tell what came of it",
        examples=[OpenApiExample("Reached", {"result": "right_party", "ended_at": "2026-03-02T09:34:10+08:00"},
                                 request_only=True)],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request, attempt_id: int) -> Response:
        """The result of an open attempt. The same result again changes nothing; another one is refused (409)."""
        sent = checked(CloseIn, request.data)
        attempt = _attempt(self.token, attempt_id)
        try:
            closed = close_attempt(attempt=attempt, actor=attempt.actor, now=clock.now(), **sent)
        except LogRefused as no:
            raise refused(no) from no
        return Response(AttemptOut(closed).data)


class AttemptCancel(ApiView):
    scopes = {"POST": "contacts.attempt"}

    @extend_schema(
        operation_id="cancel_attempt", tags=["contacts"], request=CancelIn, responses={200: AttemptOut},
        summary="Nothing was dialled",
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request, attempt_id: int) -> Response:
        """The attempt counts for nothing. One whose result was told stays (409)."""
        checked(CancelIn, request.data)
        attempt = _attempt(self.token, attempt_id)
        try:
            cancelled = cancel_attempt(attempt=attempt, actor=attempt.actor, now=clock.now())
        except LogRefused as no:
            raise refused(no) from no
        return Response(AttemptOut(cancelled).data)


def _attempt(token: ApiToken, attempt_id: int) -> ContactAttempt:
    found = attempts_of(token).filter(pk=min(attempt_id, LARGEST_ID)).first()
    if found is None:
        raise not_found()
    return found


def _told(answer: Answer) -> dict[str, Any]:
    verdict = answer.verdict
    reasons = [
        {
            **reason.to_json(),
            "statement": spoken(reason.statement),
            "observed": _text(reason.observed),
            "limit": _text(reason.limit),
            "next_allowed_at": reason.next_allowed_at,
        }
        for reason in verdict.reasons
    ]
    told = {
        "decision": answer.decision.pk,
        "verdict": verdict.verdict,
        "attempt": answer.attempt.pk if answer.attempt is not None else None,
        "reasons": reasons,
        "evidence_required": list(verdict.evidence_required),
        "next_allowed_at": verdict.next_allowed_at,
    }
    return dict(GateAnswer(told).data)


def _text(value: object) -> str:
    return "" if value is None else str(value)
