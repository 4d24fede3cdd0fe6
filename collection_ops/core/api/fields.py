"""Values of requests and answers. Strict: a value of another type is refused, not guessed at."""

import datetime as dt
import re
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

LARGEST_ID = 2**63 - 1
EARLIEST, LATEST = 2000, 2099  # years

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_MONEY = re.compile(r"[0-9]{1,12}\.[0-9]{2}")


class StrictSerializer(serializers.Serializer[Any]):
    """A name that is not asked for is a mistake in writing, and is told: an `ended_At` dropped in silence is a fact lost."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [name for name in data if name not in self.fields]
            if unknown:
                error = serializers.ErrorDetail(str(_("没有这个字段")), code="unknown_field")
                raise serializers.ValidationError({name: [error] for name in unknown[:20]})
        return super().to_internal_value(data)


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID})
class IdField(serializers.IntegerField):
    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **options)

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """A string; a number is none. NUL characters and half characters are refused (DRF does that)."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class ChoiceField(serializers.ChoiceField):
    """The answer to a wrong choice does not repeat it."""

    default_error_messages = {"invalid_choice": _("不是可选的值")}

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice")
        return super().to_internal_value(data)


@extend_schema_field({"type": "string", "format": "date-time", "description": "ISO 8601 with its zone."})
class MomentField(serializers.DateTimeField):
    """A moment, always with its zone: without one it is two moments on the night the clocks go back."""

    default_error_messages = {
        "invalid": _("不是 ISO 8601 时间，例如 2026-03-02T09:30:00+08:00"),
        "zone": _("时间须带时区，例如 2026-03-02T09:30:00+08:00"),
        "range": _("年份不在允许范围内"),
    }

    def to_internal_value(self, value: Any) -> dt.datetime:
        if not isinstance(value, str):
            self.fail("invalid")
        if not _MOMENT.fullmatch(value):
            self.fail("zone" if _MOMENT.fullmatch(value + "Z") else "invalid")
        moment: dt.datetime = super().to_internal_value(value)
        if not EARLIEST <= moment.year <= LATEST:
            self.fail("range")
        return moment


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.DateField):
    default_error_messages = {
        "invalid": _("不是日期，例如 2026-03-02"),
        "range": _("年份不在允许范围内"),
    }

    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str) or not _DAY.fullmatch(value):
            self.fail("invalid")
        day: dt.date = super().to_internal_value(value)
        if not EARLIEST <= day.year <= LATEST:
            self.fail("range")
        return day


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]{1,12}\.[0-9]{2}$", "examples": ["1234.50"]})
class MoneyField(serializers.DecimalField):
    """Yuan as a string with two decimals, both ways. A number would be a float on its way."""

    default_error_messages = {"invalid": _('金额须为带两位小数的字符串，例如 "1234.50"')}

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, coerce_to_string=True, **options)

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not _MONEY.fullmatch(data):
            self.fail("invalid")
        return super().to_internal_value(data)
