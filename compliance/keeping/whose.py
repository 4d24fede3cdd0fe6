"""Whose record or request: found by the number of a contract, as it is written on letters."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from cases.models import Case, Debtor, Loan


def latest_cases(debtors: Collection[int]) -> dict[int, Case]:
    """One case of each debtor, the latest, by the debtor's id; with loan and debtor. One query."""
    rows = Case.objects.filter(loan__debtor__in=debtors).select_related("loan__debtor").order_by("pk")
    return {case.loan.debtor_id: case for case in rows}


class WhoseForm(forms.Form):
    """A form about one person. `cleaned_data["debtor"]` is the person."""

    contract = forms.CharField(
        label=_("合同编号"),
        max_length=64,
        help_text=_("客户任一份合同的编号"),
        error_messages={"required": _("请填写合同编号")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        number = (given.get("contract") or "").strip()
        if number:
            found = set(Loan.objects.filter(contract_no=number).values_list("debtor_id", flat=True)[:2])
            if not found:
                self.add_error("contract", _t("没有这个编号的合同"))
            elif len(found) > 1:
                self.add_error("contract", _t("几个来源都有这个编号，请用该客户的另一份合同"))
            else:
                given["debtor"] = Debtor.objects.get(pk=found.pop())
        return given
