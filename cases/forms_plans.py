"""Forms of the plan pages: what was agreed with the debtor, its proof, and what people decide."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import PlanKind, ProofKind, RepaymentPlan
from cases.models.plan import MOST_INSTALMENTS
from cases.plans.schedule import Instalment, Terms
from collection_ops.core.money import MAX_DIGITS

Row = tuple[str, str]
SPARE_ROWS = 3


def _money(label: Any, **options: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        max_digits=MAX_DIGITS,
        decimal_places=2,
        error_messages={
            "invalid": gettext_lazy("请填写数字"),
            "required": gettext_lazy("请填写金额"),
            "max_decimal_places": gettext_lazy("金额最多两位小数"),
        },
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        **options,
    )


def _text(label: Any, *, help_text: Any = "", required: bool = False, message: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=200,
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": message},
    )


_PROOF_KINDS = [("", gettext_lazy("暂无，审批前补充")), *ProofKind.choices]


class PlanForm(forms.Form):
    """Terms of a plan. Rows of a custom plan come beside it (`rows`), as they were typed."""

    kind = forms.ChoiceField(
        label=gettext_lazy("方式"),
        choices=PlanKind.choices,
        initial=PlanKind.INSTALMENTS,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选择方式")},
    )
    total = _money(gettext_lazy("方案总额（元）"))
    first_on = forms.DateField(
        label=gettext_lazy("首期还款日"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("以后每月同日；当月没有这一天的，为当月最后一天"),
        error_messages={"invalid": gettext_lazy("请填写日期，如 2026-03-31")},
    )
    count = forms.IntegerField(
        label=gettext_lazy("期数"),
        required=False,
        initial=12,
        widget=forms.NumberInput(attrs={"min": 1, "max": MOST_INSTALMENTS}),
        error_messages={"invalid": gettext_lazy("期数须为整数")},
    )
    share = forms.DecimalField(
        label=gettext_lazy("每期最低比例（占剩余的 %）"),
        required=False,
        max_digits=5,
        decimal_places=2,
        initial=10,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": gettext_lazy("请填写数字")},
    )
    least = _money(gettext_lazy("每期最低金额（元）"), required=False)
    accrues = forms.BooleanField(label=gettext_lazy("履行期间继续计收利息和费用"), required=False)
    proof_kind = forms.ChoiceField(label=gettext_lazy("凭证类型"), choices=_PROOF_KINDS, required=False)
    proof_ref = _text(gettext_lazy("凭证编号"), help_text=gettext_lazy("协议编号或录音编号；没有凭证的方案不能批准"))
    guarantor_consent = _text(
        gettext_lazy("保证人书面同意（如有保证人）"),
        help_text=gettext_lazy("同意书编号；未同意的，加重部分保证人不承担责任"),
    )
    note = _text(gettext_lazy("提出说明"), help_text=gettext_lazy("收入、困难与还款来源，供审批参考"))

    def __init__(self, *args: Any, rows: Sequence[Row] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows = list(rows)
        self.row_error = ""

    @property
    def has_rows(self) -> bool:
        return any(day or amount for day, amount in self.rows)

    @property
    def shown_rows(self) -> list[Row]:
        """As typed, with some empty ones to go on with."""
        return [*self.rows, *[("", "")] * min(SPARE_ROWS, MOST_INSTALMENTS - len(self.rows))]

    def terms(self) -> Terms | None:
        """Of a valid form; nothing, with `row_error`, when a row cannot be read."""
        data = self.cleaned_data
        kind = PlanKind(data["kind"])
        rows = self._read_rows() if kind == PlanKind.CUSTOM else ()
        if rows is None:
            return None
        return Terms(kind, data["total"], data["first_on"], data["count"], data["share"], data["least"], rows)

    def _read_rows(self) -> tuple[tuple[date, Decimal], ...] | None:
        day_field, amount_field = forms.DateField(), _money("")
        found = []
        for number, (day, amount) in enumerate(self.rows, 1):
            try:
                found.append((day_field.clean(day), amount_field.clean(amount)))
            except forms.ValidationError as wrong:
                self.row_error = _("第 %(number)d 行：%(why)s") % {"number": number, "why": wrong.messages[0]}
                return None
        return tuple(found)

    def refuse(self, sentence: str, field: str) -> None:
        """Say why at its field; of rows, above them."""
        if field == "rows":
            self.row_error = sentence
        else:
            self.add_error(field if field in self.fields else None, sentence)

    def fill_rows(self, instalments: Sequence[Instalment]) -> None:
        self.rows = [(one.due_on.isoformat(), str(one.amount)) for one in instalments]


def rows_of(posted: QueryDict) -> list[Row]:
    """The rows that somebody wrote something into; more than a plan can have are kept, to be refused."""
    days, amounts = posted.getlist("row_day")[:200], posted.getlist("row_amount")[:200]
    pairs = [(day.strip()[:20], amount.strip()[:20]) for day, amount in zip(days, amounts, strict=False)]
    return [pair for pair in pairs if any(pair)]


def form_like(plan: RepaymentPlan, *, total: Decimal) -> PlanForm:
    """An earlier plan's terms for a new one over `total`: its days that are past, and its proof, are not taken over."""
    return PlanForm(
        initial={
            "kind": plan.kind,
            "total": total,
            "count": plan.instalments.count(),
            "share": plan.terms.get("share"),
            "least": plan.terms.get("least"),
            "accrues": plan.accrues,
            "guarantor_consent": plan.guarantor_consent,
            "note": plan.note,
        }
    )


class ProofForm(forms.Form):
    proof_kind = forms.ChoiceField(label=gettext_lazy("凭证类型"), choices=ProofKind.choices)
    proof_ref = _text(gettext_lazy("凭证编号"), required=True, message=gettext_lazy("请填写凭证编号"))


class DecisionForm(forms.Form):
    """Approve or not; without approval the note says why."""

    verdict = forms.ChoiceField(
        choices=[("approve", gettext_lazy("批准")), ("reject", gettext_lazy("不批准"))],
        error_messages={"required": gettext_lazy("请选择批准或不批准")},
    )
    note = _text(gettext_lazy("审批意见"), help_text=gettext_lazy("不批准时必填"))


class EndForm(forms.Form):
    reason = _text(gettext_lazy("终止原因"), required=True, message=gettext_lazy("请写明终止的原因"))
