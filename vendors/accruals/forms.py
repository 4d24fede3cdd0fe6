"""Forms of accruals and vouchers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vendors.models import Agency
from vendors.settlement.forms import month_field


class FilterForm(forms.Form):
    """Filters of the list; all optional."""

    agency = forms.ModelChoiceField(
        label=_("机构"), queryset=Agency.objects.order_by("name"), required=False, empty_label=_("全部机构")
    )
    month = month_field(required=False)


class MonthForm(forms.Form):
    """A month to accrue, or whose voucher is looked at."""

    month = month_field()
