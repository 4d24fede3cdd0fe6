"""Rectifications as JSON."""

import base64
import re
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from collection_ops.core.api.fields import ChoiceField, DayField, IdField, MomentField, StrictSerializer, TextField
from collection_ops.core.api.paging import PageQuery
from vendors.models import RectificationState
from vendors.rectification.raising import MOST_FINDINGS, MOST_WORDS
from vendors.rectification.rules import label_of

MOST_FILES = 3
MOST_BYTES = 1 << 20
MOST_TEXT = (MOST_BYTES + 2) // 3 * 4
BASE64 = r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)$"
"""Of a file, before it is written as text: a body has five megabytes."""


class RectificationQuery(PageQuery):
    state = ChoiceField(RectificationState.values, required=False, help_text="Left out: all.")


class AnswerOut(serializers.Serializer[Any]):
    round = serializers.IntegerField()
    text = serializers.CharField()
    at = MomentField()


class FindingOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.IntegerField()
    what = serializers.CharField()
    count = serializers.IntegerField()
    answers = AnswerOut(many=True)


class RectificationOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    matter = serializers.SerializerMethodField(help_text="What raised it, in the language asked for.")
    period = DayField(help_text="The first day of the month that it is about.")
    state = serializers.ChoiceField(RectificationState.values)
    demand = serializers.CharField()
    due_on = DayField()
    failures = serializers.IntegerField(help_text="How often an answer was not enough.")
    findings = FindingOut(many=True)

    def get_matter(self, row: Any) -> str:
        return label_of(row.rule)


class RectificationPage(serializers.Serializer[Any]):
    results = RectificationOut(many=True)
    next = serializers.CharField(allow_null=True)


class FindingAnswerIn(StrictSerializer):
    finding = IdField()
    text = TextField(max_length=MOST_WORDS)


@extend_schema_field({"type": "string", "contentEncoding": "base64", "pattern": BASE64, "maxLength": MOST_TEXT})
class ContentField(TextField):
    """Base64, one megabyte at most; what comes out is bytes."""

    default_error_messages = {"not_base64": _("不是 Base64 编码"), "too_large": _("文件超过 1 MB")}

    def to_internal_value(self, data: Any) -> Any:
        text = super().to_internal_value(data)
        if len(text) > MOST_TEXT:
            self.fail("too_large")
        if not re.fullmatch(BASE64, text):
            self.fail("not_base64")
        return base64.b64decode(text)


class FileIn(StrictSerializer):
    """Evidence: an image, a PDF, a workbook or a document, judged by its content."""

    name = TextField(max_length=128)
    content = ContentField(trim_whitespace=False, help_text="Base64, one megabyte at most.")


class AnswersIn(StrictSerializer):
    """A text for each finding, in one go; evidence with it."""

    answers = serializers.ListField(child=FindingAnswerIn(), min_length=1, max_length=MOST_FINDINGS)
    files = serializers.ListField(child=FileIn(), required=False, default=list, max_length=MOST_FILES)
