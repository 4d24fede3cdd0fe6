"""Forms of what is agreed with a debtor: promises and waivers. The call form uses PromiseForm too."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.debt_parts import PART_LABELS
from cases.models import PromiseChannel
from cases.services.waiver_limits import Parts
from collection_ops.core.money import MAX_DIGITS, ZERO

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class MoneyField(forms.DecimalField):
    """Yuan with two places at the most, as people write it: separators and full-width digits are read."""

    default_error_messages = {
        "invalid": _("请填写金额，例如 1200.00"),
        "max_decimal_places": _("金额最多两位小数"),
    }

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off", "class": "figures"})
        super().__init__(max_digits=MAX_DIGITS, decimal_places=2, widget=widget, **kwargs)
        for validator in self.validators:
            if hasattr(validator, "messages"):
                validator.messages = {**validator.messages, "max_decimal_places": _("金额最多两位小数")}

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str):
            value = value.strip().replace(",", "").replace("，", "").replace("．", ".")
        return super().to_python(value)


class PromiseForm(forms.Form):
    """What the debtor promised. The limits are the service's; an exception is asked for only of those who may make one."""

    amount = MoneyField(label=_("承诺金额（元）"), error_messages={"required": _("请填写承诺金额")})
    due_on = forms.DateField(
        label=_("还款日期"),
        widget=DATE,
        error_messages={"required": _("请填写还款日期"), "invalid": _("请填写日期，例如 2026-03-05")},
    )
    channel = forms.ChoiceField(
        label=_("还款方式"), required=False, choices=[("", _("未说明")), *PromiseChannel.choices]
    )
    override_reason = forms.CharField(
        label=_("例外原因"),
        max_length=200,
        required=False,
        help_text=_("只在超出限额时填写；会写入审计记录"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, may_override: bool = False, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "promise")
        super().__init__(*args, **kwargs)
        if not may_override:
            del self.fields["override_reason"]


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("取消原因"),
        min_length=2,
        max_length=200,
        error_messages={"required": _("请写明取消的原因"), "min_length": _("请写明取消的原因")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class WaiverForm(forms.Form):
    """How much of which part, why, and until when. Empty is nothing."""

    principal = MoneyField(label=PART_LABELS["principal"], required=False, min_value=0)
    interest = MoneyField(label=PART_LABELS["interest"], required=False, min_value=0)
    penalty = MoneyField(label=PART_LABELS["penalty"], required=False, min_value=0)
    fees = MoneyField(label=PART_LABELS["fees"], required=False, min_value=0)
    valid_until = forms.DateField(
        label=_("有效期至"),
        widget=DATE,
        error_messages={"required": _("请填写有效期"), "invalid": _("请填写日期，例如 2026-03-05")},
    )
    reason = forms.CharField(
        label=_("申请原因"),
        max_length=400,
        error_messages={"required": _("请写明申请减免的原因")},
        help_text=_("写清困难情况与还款安排，供审批人判断"),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "waiver")
        super().__init__(*args, **kwargs)

    @property
    def parts(self) -> Parts:
        """Of a valid form."""
        return Parts(**{name: self.cleaned_data.get(name) or ZERO for name in PART_LABELS})

    @property
    def part_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in PART_LABELS]


class WaiverDecisionForm(forms.Form):
    """The word of somebody who decides; what a rejection needs is asked by the service."""

    decision = forms.ChoiceField(
        label=_("决定"),
        choices=[("approve", _("批准")), ("reject", _("驳回"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择批准或驳回"), "invalid_choice": _("请选择批准或驳回")},
    )
    reason = forms.CharField(
        label=_("意见"),
        max_length=200,
        required=False,
        help_text=_("驳回时必填，申请人会看到"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class WaiverUseForm(forms.Form):
    """The repayment that settled the rest."""

    repayment = forms.TypedChoiceField(
        label=_("结清还款"), coerce=int, error_messages={"required": _("请选择结清所用的还款")}
    )

    def __init__(self, *args: Any, money: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_money = bool(money)
        self.fields["repayment"].choices = [("", _("请选择")), *money]  # type: ignore[attr-defined]
