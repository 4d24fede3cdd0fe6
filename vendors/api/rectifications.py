"""What an agency has to put right: it reads its own, and answers them. What becomes of the answer is decided inside."""

import io
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiExample, extend_schema

from collection_ops.core import clock
from collection_ops.core.api.errors import not_found, refused
from collection_ops.core.api.fields import LARGEST_ID
from collection_ops.core.api.idempotency import once_per_key
from collection_ops.core.api.paging import page
from collection_ops.core.api.views import ApiView, Request, Response, checked, parameters
from collection_ops.core.models import ApiToken
from vendors.api.rectification_serializers import AnswersIn, RectificationOut, RectificationPage, RectificationQuery
from vendors.models import Rectification
from vendors.rectification.evidence import keep_all
from vendors.rectification.handling import answer
from vendors.rectification.refusals import RectificationRefused

SCOPE = "rectifications.answer"
EXAMPLE = {"answers": [{"finding": 31, "text": "已停用当事人账号并完成全员再培训，附签到表。"}]}


def rectifications_of(token: ApiToken) -> "QuerySet[Rectification]":
    """Those of the token's agency; a token for everybody sees everybody's, one of the lender's own people none."""
    found = Rectification.objects.select_related("agency").prefetch_related("findings__answers")
    return found.filter(agency__desk__code=token.org) if token.org else found


class Rectifications(ApiView):
    scopes = {"GET": SCOPE}

    @extend_schema(
        operation_id="list_rectifications", tags=["rectifications"], parameters=[RectificationQuery],
        responses=RectificationPage, summary="What the agency has to put right, by cursor",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """The agency's own, with the findings, by when they have to be answered, and what was answered so far."""
        query = parameters(RectificationQuery, request)
        found = rectifications_of(self.token)
        if "state" in query:
            found = found.filter(state=query["state"])
        rows, after = page(found, query)
        return Response({"results": RectificationOut(rows, many=True).data, "next": after})


class RectificationAnswers(ApiView):
    scopes = {"POST": SCOPE}

    @extend_schema(
        operation_id="answer_rectification", tags=["rectifications"], request=AnswersIn,
        responses={201: RectificationOut}, summary="Answer all findings of a rectification",
        examples=[OpenApiExample("Put right", EXAMPLE, request_only=True)],
    )  # fmt: skip
    @once_per_key
    def post(self, request: Request, rectification_id: int) -> Response:
        """Each finding is answered, in one request; up to three files of one megabyte go with it as evidence. It waits then
        for the lender to find it sufficient. One that does not wait for an answer is refused (409)."""
        sent = checked(AnswersIn, request.data)
        row = rectifications_of(self.token).filter(pk=min(rectification_id, LARGEST_ID)).first()
        if row is None:
            raise not_found()
        texts = {one["finding"]: one["text"] for one in sent["answers"]}
        if not set(texts) <= {one.pk for one in row.findings.all()}:
            raise not_found("answers")
        self._keep(row, texts, sent["files"])
        return Response(RectificationOut(rectifications_of(self.token).get(pk=row.pk)).data, status=201)

    def _keep(self, row: Rectification, texts: dict[int, str], files: list[dict[str, Any]]) -> None:
        now, name = clock.database_now(), self.token.integration
        try:
            answer(row=row, texts=texts, actor=None, sent_by=name, now=now)
            given = [(io.BytesIO(one["content"]), one["name"]) for one in files]
            keep_all(row=row, files=given, actor=None, sent_by=name, now=now)
        except RectificationRefused as no:
            raise refused(no) from no
