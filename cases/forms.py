"""Forms of the book's pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import AbsenceReason


class ExportForm(forms.Form):
    """What the file should be, and what it is for. `unmasked` exists only for those who may."""

    file_format = forms.ChoiceField(
        label=_("文件格式"), choices=[("xlsx", _("Excel（xlsx）")), ("csv", _("CSV（UTF-8）"))], initial="xlsx"
    )
    reason = forms.CharField(
        label=_("导出用途"),
        min_length=2,
        max_length=120,
        help_text=_("会写入审计记录，请勿填写客户个人信息"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    unmasked = forms.BooleanField(
        label=_("不脱敏：包含完整姓名、证件号码与电话"),
        required=False,
        help_text=_("仅在确有需要时选择，合规会逐次查看"),
    )

    def __init__(self, *args: Any, may_unmask: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_unmask:
            del self.fields["unmasked"]


class ContractForm(forms.Form):
    """A contract number, whole and exact."""

    contract_no = forms.CharField(
        label=_("合同编号"),
        max_length=64,
        error_messages={"required": _("请填写合同编号")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


# «再次出现在文件中» is what a file says, not what a person decides.
EXPLANATIONS = [(value, label) for value, label in AbsenceReason.choices if value != AbsenceReason.RETURNED]


class ExplainForm(forms.Form):
    """Why cases are missing from the file. What follows from each reason is said beside it on the page."""

    reason = forms.ChoiceField(label=_("解释"), choices=[("", _("请选择")), *EXPLANATIONS])
    note = forms.CharField(
        label=_("说明"), max_length=200, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("reason") == AbsenceReason.OTHER and not data.get("note", "").strip():
            self.add_error("note", _("选“其他”时请写明原因"))
        return data
