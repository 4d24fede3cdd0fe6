"""Forms of returned files and of what is claimed."""

from pathlib import PurePath
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from vendors.models import Agency, ReturnedKind, ReturnedState

FILE_TYPES = (".xlsx", ".xls", ".csv")


def _agencies(**more: Any) -> forms.ModelChoiceField:
    return forms.ModelChoiceField(label=_("机构"), queryset=Agency.objects.order_by("name"), **more)


def _day(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写日期"), "invalid": _("请填写日期，例如 2026-03-02")},
    )


class UploadForm(forms.Form):
    agency = _agencies(empty_label=_("请选择"), error_messages={"required": _("请选择机构")})
    kind = forms.ChoiceField(
        label=_("文件类型"), choices=[("", _("请选择")), *ReturnedKind.choices],
        error_messages={"required": _("请选择文件类型")},
    )  # fmt: skip
    first_day = _day(_("所属日期起"))
    last_day = _day(_("所属日期止"))
    file = forms.FileField(
        label=_("文件"), max_length=255, widget=forms.FileInput(attrs={"accept": ",".join(FILE_TYPES)}),
        help_text=_("Excel 或 CSV；第一行为列标题，每行一条，须有合同编号"),
        error_messages={"required": _("请选择文件"), "empty": _("文件是空的（0 字节）")},
    )  # fmt: skip

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise forms.ValidationError(
                _("文件超过 %(megabytes)s MB，请按日期拆分后上传"),
                params={"megabytes": settings.UPLOAD_MAX_BYTES // 2**20},
            )
        if PurePath(file.name).suffix.lower() not in FILE_TYPES:
            raise forms.ValidationError(_("不支持这种文件格式，请上传 .xlsx、.xls 或 .csv"))
        return file


class FilterForm(forms.Form):
    """Filters of the list; all optional."""

    agency = _agencies(required=False, empty_label=_("全部机构"))
    kind = forms.ChoiceField(label=_("文件类型"), required=False, choices=[("", _("全部")), *ReturnedKind.choices])
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *ReturnedState.choices])


class MonthForm(forms.Form):
    """A month of an agency, or of all."""

    agency = _agencies(required=False, empty_label=_("全部机构"))
    month = forms.DateField(
        label=_("月份"), required=False, input_formats=["%Y-%m"],
        widget=forms.DateInput(attrs={"type": "month"}, format="%Y-%m"),
        error_messages={"invalid": _("请填写月份，例如 2026-03")},
    )  # fmt: skip
