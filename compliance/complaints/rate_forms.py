"""Which period the page of complaint rates shows, and by what."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MOST_DAYS = 731


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


class PeriodForm(forms.Form):
    """From the first through the last day."""

    first = _day(gettext_lazy("从"))
    last = _day(gettext_lazy("至"))

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("first"), cleaned.get("last")
        if first and last and last < first:
            self.add_error("last", _("结束日期不能早于开始日期"))
        elif first and last and (last - first).days >= MOST_DAYS:
            self.add_error("last", _("一次最多看两年"))
        return cleaned


def presets(today: date) -> list[tuple[Any, date, date]]:
    """Periods people ask for: label, first and last day; the first is where the page opens."""
    month = today.replace(day=1)
    before = (month - timedelta(days=1)).replace(day=1)
    third = (before - timedelta(days=1)).replace(day=1)
    return [
        (_("本月"), month, today),
        (_("上月"), before, month - timedelta(days=1)),
        (_("近三个月"), third, today),
        (_("今年"), today.replace(month=1, day=1), today),
    ]
