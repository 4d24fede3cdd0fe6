"""The filter of the absence list: source, how long missing, how much, and whether money came in."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import django_filters
from django.utils.translation import gettext_lazy as _

from cases.keyset import SortKey
from cases.models import Case
from cases.querysets import CaseQuerySet
from cases.services.absence_rules import with_received
from collection_ops.core import clock
from collection_ops.core.money import MAX_DIGITS

SORTS: dict[str, SortKey] = {
    "total": SortKey("total", "total", "decimal"),
    "absent_since": SortKey("absent_since", "absent_since", "date"),
    "days_past_due": SortKey("days_past_due", "days_past_due", "integer"),
}
SORT_LABELS = {"total": _("逾期总额"), "absent_since": _("缺席起始"), "days_past_due": _("逾期天数")}
DEFAULT_SORT = "absent_since"
MONEY = [("with", _("有还款")), ("without", _("没有还款"))]


class AbsenceFilter(django_filters.FilterSet):
    """Bound to the address. `missing_for` counts calendar days back from the business date of `now`, `money` looks at the
    payments known by then."""

    source = django_filters.CharFilter(label=_("数据来源"), field_name="loan__source__code", max_length=32)
    missing_for = django_filters.NumberFilter(
        label=_("缺席不少于（天）"), method="by_age", max_digits=5, decimal_places=0, min_value=0
    )
    amount_from = django_filters.NumberFilter(
        label=_("金额不低于"), field_name="total", lookup_expr="gte", max_digits=MAX_DIGITS, decimal_places=2
    )
    amount_to = django_filters.NumberFilter(
        label=_("金额不高于"), field_name="total", lookup_expr="lte", max_digits=MAX_DIGITS, decimal_places=2
    )

    money = django_filters.ChoiceFilter(label=_("缺席前还款"), choices=MONEY, empty_label=_("全部"), method="by_money")

    class Meta:
        model = Case
        fields: list[str] = []

    def __init__(self, data: Mapping[str, Any] | None, queryset: CaseQuerySet, *, now: datetime) -> None:
        self.now = now
        super().__init__(data=data, queryset=queryset)

    def by_age(self, queryset: CaseQuerySet, name: str, value: Any) -> CaseQuerySet:
        return queryset.filter(absent_since__lte=clock.business_date(self.now) - timedelta(days=int(value)))

    def by_money(self, queryset: CaseQuerySet, name: str, value: Any) -> CaseQuerySet:
        return with_received(queryset, known_by=self.now).filter(received__isnull=value == "without")

    @property
    def filtered(self) -> CaseQuerySet:
        queryset: CaseQuerySet = self.qs
        return queryset

    def address(self, **more: Any) -> str:
        self.errors  # noqa: B018  (cleans the form)
        query = {name: self.data[name] for name in self.filters if self.form.cleaned_data.get(name) not in (None, "")}
        return urlencode({**query, **{name: value for name, value in more.items() if value}})


def read_sort(text: str) -> tuple[SortKey, bool, str]:
    """(key, descending, canonical text); what is not on the list is the default."""
    name = text.removeprefix("-")
    if name not in SORTS:
        text, name = DEFAULT_SORT, DEFAULT_SORT.removeprefix("-")
    return SORTS[name], text.startswith("-"), text
