"""The form of money for several contracts: who named the order, and how much each contract gets."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.forms_agreements import MoneyField
from cases.models import Loan, Repayment, RepaymentSplit
from cases.selectors_splits import OpenDebt, open_debts
from cases.several_debts import suggest


class SplitForm(forms.Form):
    """One field for each open debt (`share_<loan id>`). Unbound, it holds the suggestion for what the debtor named."""

    contract_no = forms.CharField(max_length=64, widget=forms.HiddenInput)
    designated = forms.TypedChoiceField(
        label=gettext_lazy("债务人指定先还"), required=False, coerce=int, empty_value=None,
        help_text=gettext_lazy("债务人付款时指定的优先；没有指定的按法定顺序"),
    )  # fmt: skip
    note = forms.CharField(
        label=gettext_lazy("谁、何时这样说的"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("债务人有指定，或金额不按法定顺序时必填"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        debts: Sequence[OpenDebt],
        amount: Decimal,
        designated: int | None = None,
        **more: Any,
    ) -> None:
        super().__init__(data, **more)
        self.debts, self.amount = debts, amount
        known = {one.debt.loan_id for one in debts}
        designated = designated if designated in known else None
        plain = [one.debt for one in debts]
        self.suggestion = {share.loan_id: share for share in suggest(amount=amount, debts=plain, designated=designated)}
        self.fields["designated"].choices = [  # type: ignore[attr-defined]
            ("", _("没有指定，按法定顺序")),
            *((one.debt.loan_id, one.case.loan.contract_no) for one in debts),
        ]
        self.initial.setdefault("designated", designated or "")
        for one in debts:
            share = self.suggestion[one.debt.loan_id]
            self.fields[_name(one)] = MoneyField(
                label=one.case.loan.contract_no, required=False, min_value=0, initial=share.amount
            )
            self.fields[_name(one)].widget.attrs["class"] = "form-control figures"

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each debt with its suggested share and its field, in the order of payment."""
        by_loan = {one.debt.loan_id: one for one in self.debts}
        return [
            {
                "debt": by_loan[loan].debt,
                "case": by_loan[loan].case,
                "share": share,
                "field": self[_name(by_loan[loan])],
            }
            for loan, share in self.suggestion.items()
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        shares = {one.debt.loan_id: data[_name(one)] for one in self.debts if data.get(_name(one))}
        if self.errors:
            return data
        total = sum(shares.values(), Decimal(0))
        if total != self.amount:
            raise forms.ValidationError(
                _("各笔合计 %(total)s 元，与还款金额 %(amount)s 元相差 %(off)s 元")
                % {"total": f"{total:,.2f}", "amount": f"{self.amount:,.2f}", "off": f"{abs(total - self.amount):,.2f}"}
            )
        data["shares"] = shares
        data["basis"] = self._basis(shares, data.get("designated"))
        if data["basis"] != RepaymentSplit.Basis.STATUTORY and not data.get("note", "").strip():
            self.add_error("note", _("请写明是谁、何时这样指定或约定的"))
        if data.get("designated") and data["designated"] not in shares:
            self.add_error("designated", _("债务人指定的合同须分到金额"))
        return data

    def _basis(self, shares: dict[int, Decimal], designated: int | None) -> RepaymentSplit.Basis:
        if designated:
            return RepaymentSplit.Basis.DEBTOR
        plain = suggest(amount=self.amount, debts=[one.debt for one in self.debts])
        lawful = {share.loan_id: share.amount for share in plain if share.amount}
        return RepaymentSplit.Basis.STATUTORY if shares == lawful else RepaymentSplit.Basis.AGREED


def _name(one: OpenDebt) -> str:
    return f"share_{one.debt.loan_id}"


def split_form_of(repayment: Repayment, loan: Loan, *, data: Any = None, designated: str = "") -> SplitForm | None:
    """The form for the open debts of this contract's debtor; None where there is only one, or the money is none."""
    if repayment.loan_id is not None or hasattr(repayment, "reversal"):
        return None
    debts = open_debts(loan)
    if len(debts) < 2:
        return None
    named = int(designated) if designated.isdecimal() and len(designated) < 19 else None
    return SplitForm(
        data, debts=debts, amount=repayment.amount, designated=named, initial={"contract_no": loan.contract_no}
    )
