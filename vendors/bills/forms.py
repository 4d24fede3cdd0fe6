"""Forms of agencies' bills."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vendors.models import Agency, AnswerResolution
from vendors.settlement.forms import MONEY, month_field


class FilterForm(forms.Form):
    """Filters of the list; all optional."""

    agency = forms.ModelChoiceField(
        label=_("机构"), queryset=Agency.objects.order_by("name"), required=False, empty_label=_("全部机构")
    )
    month = month_field(required=False)


class UploadForm(forms.Form):
    agency = forms.ModelChoiceField(
        label=_("机构"),
        queryset=Agency.objects.order_by("name"),
        empty_label=_("请选择机构"),
        error_messages={"required": _("请选择机构")},
    )
    month = month_field()
    file = forms.FileField(
        label=_("账单文件"),
        help_text=_(
            "Excel 或 CSV，需要“合同编号”与“费用”（或“佣金”）两列；还款日期、还款金额、费率可有可无，有则核对得更准。"
        ),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.xls,.csv"}),
        error_messages={"required": _("请选择账单文件"), "empty": _("文件是空的（0 字节）")},
    )


class AnswerForm(forms.Form):
    resolution = forms.ChoiceField(label=_("答复"), choices=AnswerResolution.choices)
    agreed = forms.DecimalField(
        label=_("补付金额(元)"),
        required=False,
        help_text=_("只答复一项时可填；留空按机构主张。补付列入以后月份的结算单，由财务一并批准。"),
        **MONEY,
    )
    note = forms.CharField(label=_("答复说明"), max_length=400, error_messages={"required": _("请写明答复说明")})
