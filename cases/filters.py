"""The filter of the case list. Page, totals, export and saved views read the same one, so that they mean the same rows.

Nothing here filters by a personal value: filters stand in addresses and are saved, searching for a person is
`cases:search`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import django_filters
from django import forms
from django.http import QueryDict
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from cases.columns import STATUS_LABELS
from cases.keyset import SortKey
from cases.models import Case
from cases.movement import moved
from cases.querysets import CaseQuerySet
from cases.stage import Stage
from collection_ops.core.money import MAX_DIGITS

SORTS: dict[str, SortKey] = {
    "total": SortKey("total", "total", "decimal"),
    "days_past_due": SortKey("days_past_due", "days_past_due", "integer"),
    "as_of": SortKey("as_of", "as_of", "date"),
    "opened_on": SortKey("opened_on", "opened_on", "date"),
    "contract": SortKey("contract", "loan__contract_no", "looked_up"),
}
SORT_LABELS: dict[str, str | Promise] = {
    "total": _("逾期总额"),
    "days_past_due": _("逾期天数"),
    "as_of": _("数据日期"),
    "opened_on": _("入催日期"),
    "contract": _("合同编号"),
}
DEFAULT_SORT = "-total"
DEFAULT_STATUS = "open"
STATUSES: tuple[tuple[str, str | Promise], ...] = (*STATUS_LABELS.items(), ("all", _("全部")))
MOVES: tuple[tuple[str, str | Promise], ...] = (
    ("new", _("新进")),
    ("left", _("离开")),
    ("forward", _("前滚")),
    ("back", _("后滚")),
    ("both", _("两日都在")),
)


class CaseFilter(django_filters.FilterSet):
    """Bound to any mapping of strings: a query string, a saved view, the parameters of an export.

    A value that cannot be read is said beside its field and left out, the rest of the filter still holds.
    """

    status = django_filters.ChoiceFilter(label=_("状态"), choices=STATUSES, method="by_status", empty_label=None)
    stage = django_filters.MultipleChoiceFilter(
        label=_("逾期阶段"),
        choices=[(str(stage.value), stage.label) for stage in Stage],
        widget=forms.CheckboxSelectMultiple,
        distinct=False,  # DISTINCT would make two equal amounts one in the totals; a stage joins nothing
    )
    source = django_filters.CharFilter(label=_("数据来源"), field_name="loan__source__code", max_length=32)
    desk = django_filters.CharFilter(label=_("席位"), field_name="desk__code", max_length=32)
    # Of addresses only, from figures of a team; the form keeps it.
    team = django_filters.CharFilter(label=_("小组"), field_name="desk__unit", max_length=32)
    product = django_filters.CharFilter(label=_("产品"), field_name="loan__product", max_length=64)
    region = django_filters.CharFilter(label=_("地区"), field_name="loan__region", max_length=64)
    amount_from = django_filters.NumberFilter(
        label=_("金额不低于"), field_name="total", lookup_expr="gte", max_digits=MAX_DIGITS, decimal_places=2
    )
    amount_to = django_filters.NumberFilter(
        label=_("金额不高于"), field_name="total", lookup_expr="lte", max_digits=MAX_DIGITS, decimal_places=2
    )
    days_from = django_filters.NumberFilter(
        label=_("天数不少于"), field_name="days_past_due", lookup_expr="gte", max_digits=6, decimal_places=0
    )
    days_to = django_filters.NumberFilter(
        label=_("天数不多于"), field_name="days_past_due", lookup_expr="lte", max_digits=6, decimal_places=0
    )
    opened_from = django_filters.DateFilter(
        label=_("入催不早于"), field_name="opened_on", lookup_expr="gte", widget=forms.DateInput(attrs={"type": "date"})
    )
    opened_to = django_filters.DateFilter(
        label=_("入催不晚于"), field_name="opened_on", lookup_expr="lte", widget=forms.DateInput(attrs={"type": "date"})
    )
    move = django_filters.ChoiceFilter(label=_("较上一数据日"), choices=MOVES, method="keep")
    stage_from = django_filters.ChoiceFilter(
        label=_("上一数据日阶段"), choices=[(str(s.value), s.label) for s in Stage], method="keep"
    )
    stage_to = django_filters.ChoiceFilter(
        label=_("本数据日阶段"), choices=[(str(s.value), s.label) for s in Stage], method="keep"
    )

    class Meta:
        model = Case
        fields: list[str] = []

    def __init__(self, data: Mapping[str, Any] | None, queryset: CaseQuerySet) -> None:
        query = QueryDict(mutable=True)
        known = set(self.base_filters)
        for name in known & set(data or {}):
            value = data.getlist(name) if isinstance(data, QueryDict) else data[name]  # type: ignore[index]
            query.setlist(name, [str(v) for v in value] if isinstance(value, list) else [str(value)])
        if not query.get("status"):
            query["status"] = DEFAULT_STATUS
        super().__init__(data=query, queryset=queryset)

    def by_status(self, queryset: CaseQuerySet, name: str, value: str) -> CaseQuerySet:
        # «在催» are the cases in the latest file; a missing one is not to be worked on before it is explained.
        by_value = {"open": queryset.present, "absent": queryset.absent, "closed": queryset.closed}
        return by_value[value]() if value in by_value else queryset

    def keep(self, queryset: CaseQuerySet, name: str, value: str) -> CaseQuerySet:
        """The three movement fields make one condition; see filter_queryset."""
        return queryset

    def filter_queryset(self, queryset: CaseQuerySet) -> CaseQuerySet:
        queryset = super().filter_queryset(queryset)
        move = self.form.cleaned_data.get("move")
        if move:
            stages = {
                name: int(self.form.cleaned_data[name]) if self.form.cleaned_data.get(name) else None
                for name in ("stage_from", "stage_to")
            }
            queryset = moved(queryset, move, stage_from=stages["stage_from"], stage_to=stages["stage_to"])
        return queryset

    @cached_property
    def query(self) -> dict[str, Any]:
        """The readable part of the filter, as strings and lists of strings: for addresses, saved views and exports."""
        self.errors  # noqa: B018  (cleans the form)
        clean: dict[str, Any] = {}
        for name in self.filters:
            if self.form.cleaned_data.get(name) in (None, "", []):
                continue
            values = self.data.getlist(name)
            clean[name] = values if name == "stage" else values[-1]
        clean.setdefault("status", DEFAULT_STATUS)
        return clean

    @cached_property
    def filtered(self) -> CaseQuerySet:
        queryset: CaseQuerySet = self.qs
        return queryset

    def address(self, *, without: str = "", value: str = "", **more: Any) -> str:
        """Query string of this filter with some parameters changed; `without` drops one (one value of it)."""
        query = {name: list(v) if isinstance(v, list) else v for name, v in self.query.items()}
        if without:
            if isinstance(query.get(without), list) and value:
                query[without] = [v for v in query[without] if v != value]
            elif without == "status":
                query["status"] = "all"
            else:
                query.pop(without, None)
            if without == "move":
                query.pop("stage_from", None)
                query.pop("stage_to", None)
        query.update({name: v for name, v in more.items() if v not in ("", None)})
        return urlencode(query, doseq=True)


@dataclass(frozen=True)
class Chip:
    """One condition in force, in words, and the address of the list without it."""

    label: str
    text: str
    remove: str


def chips_of(filterset: CaseFilter, *, names: Mapping[str, Mapping[str, str]], sort: str) -> list[Chip]:
    """What is filtered, for removal one by one. `names` gives the words for codes: {"source": {code: name}, "desk": …}."""
    found: list[Chip] = []
    for name, value in filterset.query.items():
        label = str(filterset.filters[name].label)
        if name == "status":
            continue  # the tabs above the list say it
        if name in ("stage_from", "stage_to") and "move" not in filterset.query:
            continue
        for one in value if isinstance(value, list) else [value]:
            choices = dict(getattr(filterset.filters[name], "extra", {}).get("choices") or ())
            text = str(choices.get(one, names.get(name, {}).get(one, one)))
            found.append(Chip(label=label, text=text, remove=filterset.address(without=name, value=one, sort=sort)))
    return found


def read_sort(text: str) -> tuple[SortKey, bool, str]:
    """(key, descending, its canonical text). A sort that is not on the list is the default one: `debtor__id_no` would
    make the order of rows an oracle for values that the page masks."""
    name = text.removeprefix("-")
    if name not in SORTS:
        text, name = DEFAULT_SORT, DEFAULT_SORT.removeprefix("-")
    return SORTS[name], text.startswith("-"), text
