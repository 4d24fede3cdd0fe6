"""What a person says to have reports made."""

from django import forms
from django.utils.translation import gettext_lazy as _

from reports.models import ReportKind


class BackFillForm(forms.Form):
    """Every period of the kind that lies in the range."""

    kind = forms.ChoiceField(label=_("种类"), choices=ReportKind)
    first = forms.DateField(label=_("从"), widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(label=_("到"), widget=forms.DateInput(attrs={"type": "date"}))

    def clean(self) -> dict[str, object]:
        found: dict[str, object] = super().clean() or {}
        first, last = found.get("first"), found.get("last")
        if first and last and last < first:  # type: ignore[operator]
            self.add_error("last", _("“到”不能早于“从”"))
        return found
