"""Lists by cursor: the id of the last row seen, packed so that nobody computes with it. Flat cost at any depth, and no row
twice or left out while others arrive."""

import base64
import binascii
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from collection_ops.core.api.fields import LARGEST_ID, StrictSerializer

LARGEST_PAGE = 200


class PageQuery(StrictSerializer):
    """Parameters of every list."""

    cursor = serializers.CharField(
        required=False, max_length=64, help_text="`next` of the page before; leave it out for the first page."
    )
    limit = serializers.IntegerField(
        required=False, default=50, min_value=1, max_value=LARGEST_PAGE, help_text="Rows a page."
    )

    def validate_cursor(self, text: str) -> int:
        try:
            found = int(base64.urlsafe_b64decode(text.encode() + b"==").decode("ascii").removeprefix("id:"))
        except (ValueError, binascii.Error, UnicodeError) as wrong:
            raise serializers.ValidationError(_("游标无效；请从第一页开始"), code="cursor_invalid") from wrong
        if not 0 <= found <= LARGEST_ID:
            raise serializers.ValidationError(_("游标无效；请从第一页开始"), code="cursor_invalid")
        return found


def page(queryset: QuerySet[Any], query: dict[str, Any]) -> tuple[list[Any], str | None]:
    """The rows of a page in the order of their ids, and the cursor of the next (None: this is the last)."""
    limit = query["limit"]
    rows = list(queryset.filter(pk__gt=query.get("cursor", 0)).order_by("pk")[: limit + 1])
    return rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None


def _cursor(row: Model) -> str:
    return base64.urlsafe_b64encode(f"id:{row.pk}".encode()).decode().rstrip("=")
