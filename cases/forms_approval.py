"""Forms with which a run is decided: applied, submitted, approved, returned."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

NOTE_LENGTH = 200


class GoodRowsForm(forms.Form):
    """Whether the good rows may go in without the bad ones. A box that is not asked for is not there."""

    accept_good_rows = forms.BooleanField(
        label=_("只导入无误的行"),
        error_messages={"required": _("有不能导入的行：请修正文件后重新上传，或勾选只导入无误的行")},
    )

    def __init__(self, *args: Any, must_accept_good_rows: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not must_accept_good_rows:
            del self.fields["accept_good_rows"]

    @property
    def accepts_good_rows(self) -> bool:
        return bool(self.cleaned_data.get("accept_good_rows"))


class ApplyForm(GoodRowsForm):
    """The clerk's own decision, inside the guard rails."""


def _note(label: Any, *, required: bool, message: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=NOTE_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": message},
        help_text=_("会写入审计记录，请勿填写客户个人信息"),
    )


class SubmitForm(GoodRowsForm):
    """Why a file outside the guard rails should go in all the same."""

    note = _note(_("提交说明"), required=True, message=_("请写明为什么这个文件仍然应当导入"))
    field_order = ("note", "accept_good_rows")


class ApproveForm(GoodRowsForm):
    note = _note(_("审批意见（可不填）"), required=False)
    field_order = ("note", "accept_good_rows")


class ReturnForm(forms.Form):
    reason = _note(_("退回原因"), required=True, message=_("请写明退回的原因"))
