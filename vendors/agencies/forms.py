"""Forms about agencies. What is allowed is the services' to say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.models import Desk, DeskKind
from vendors.agencies.papers import MOST_SAID
from vendors.agencies.register import MASTER, Master, mark_of
from vendors.models import Agency, AgencyPerson, AgencyState, CheckKind, DocumentKind, EvaluationKind, EvaluationResult
from vendors.models.agency import DATA_AGREEMENT_FIELDS

FILES = ".png,.jpg,.jpeg,.pdf,.xlsx,.docx"
CHOOSE = [("", _("请选择"))]


def day_field(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写日期"), "invalid": _("请填写日期，例如 2026-03-05")},
        **options,
    )


def line_field(label: Any, most: int, *, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        help_text=help_text,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请填写")},
    )


def words_field(label: Any, most: int, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=most,
        required=required,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": _("请填写")},
    )


def file_field(label: Any) -> forms.FileField:
    return forms.FileField(
        label=label,
        required=False,
        max_length=255,
        help_text=_("图片、PDF、Excel 或 Word"),
        widget=forms.ClearableFileInput(attrs={"accept": FILES}),
    )


def choice_field(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=[*CHOOSE, *choices], error_messages={"required": _("请选择一项")})


class AgencyFilter(forms.Form):
    q = forms.CharField(label=_("机构名称"), max_length=64, required=False)
    state = forms.ChoiceField(label=_("状态"), required=False, choices=[("", _("全部")), *AgencyState.choices])


class MasterForm(forms.Form):
    """Who the agency is."""

    name = line_field(_("机构名称"), 64, required=True)
    credit_code = line_field(_("统一社会信用代码"), 18, help_text=_("18 位，按营业执照填写"))
    group = line_field(_("所属集团"), 64, help_text=_("同一集团的机构之间不转手案件"))
    hotline = line_field(_("公示电话"), 32, help_text=_("对外公示，供客户核实"))
    website = forms.URLField(label=_("公示网址"), required=False, assume_scheme="https", max_length=200)
    address = line_field(_("地址"), 128)
    contact_name = line_field(_("联系人"), 32)
    contact_phone = line_field(_("联系电话"), 32)
    contact_email = forms.EmailField(label=_("联系邮箱"), required=False, max_length=254)

    def __init__(self, *args: Any, agency: Agency | None = None, **kwargs: Any) -> None:
        if agency is not None:
            kwargs["initial"] = {name: getattr(agency, name) for name in MASTER}
        super().__init__(*args, **kwargs)
        if agency is not None:
            self.fields["based_on"] = forms.CharField(
                widget=forms.HiddenInput, max_length=16, required=False, initial=mark_of(agency)
            )

    def master(self) -> Master:
        return Master(**{name: self.cleaned_data[name] for name in MASTER})


class RegisterForm(MasterForm):
    """And where its cases will sit."""

    code = line_field(_("新席位代码"), 32, help_text=_("小写字母、数字和连字符，例如 agency-anhe；之后不能修改"))
    desk = forms.ModelChoiceField(
        label=_("或使用已有的委外席位"), queryset=Desk.objects.none(), required=False, empty_label=_("不使用")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        free = Desk.objects.filter(kind=DeskKind.AGENCY, agency__isnull=True).order_by("name", "pk")
        self.fields["desk"].queryset = free  # type: ignore[attr-defined]
        self.order_fields(["name", "code", "desk"])


class ListingForm(forms.Form):
    listed_on = day_field(_("列入名单日期"), required=False)
    published_on = day_field(_("对外公示日期"), required=False)
    reason = line_field(_("原因"), 200, help_text=_("移出、撤下或改期时填写"))


class DocumentForm(forms.Form):
    kind = choice_field(_("类型"), [one for one in DocumentKind.choices if one[0] != DocumentKind.DELETION])
    number = line_field(_("编号"), 64)
    signed_on = day_field(_("签署或出具日期"))
    valid_until = day_field(_("有效期至"), required=False, help_text=_("长期有效的不填"))
    note = line_field(_("说明"), 200)
    file = file_field(_("文件"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in DATA_AGREEMENT_FIELDS.items():
            self.fields[f"says_{name}"] = words_field(label, MOST_SAID, required=False)

    @property
    def plain_fields(self) -> list[forms.BoundField]:
        return [field for field in self if not field.name.startswith("says_")]

    @property
    def agreement_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name.startswith("says_")]

    @property
    def has_agreement_text(self) -> bool:
        return any(self[f"says_{name}"].value() for name in DATA_AGREEMENT_FIELDS)

    def given(self) -> dict[str, Any]:
        typed = dict(self.cleaned_data)
        typed["says"] = {name: typed.pop(f"says_{name}") for name in DATA_AGREEMENT_FIELDS}
        return typed


class TrainingForm(forms.Form):
    certificate_no = line_field(_("培训证书编号"), 64)
    certified_on = day_field(_("取得日期"), required=False)
    certificate_until = day_field(_("证书有效期至"), required=False)


class PersonForm(TrainingForm):
    employee_no = line_field(_("工号"), 32, required=True)
    name = line_field(_("姓名"), 32, required=True)
    started_on = day_field(_("上岗日期"))

    field_order = ("employee_no", "name", "started_on", "certificate_no", "certified_on", "certificate_until")


class DayForm(forms.Form):
    on = day_field(_("日期"))


class AtWorkField(forms.ModelChoiceField):
    """Somebody who works at the agency now."""

    def __init__(self) -> None:
        super().__init__(
            label=_("人员"),
            queryset=AgencyPerson.objects.none(),
            empty_label=_("请选择"),
            error_messages={"required": _("请选择一项"), "invalid_choice": _("该人员已离岗，或不在该机构")},
        )

    def label_from_instance(self, obj: AgencyPerson) -> str:
        return f"{obj.employee_no} {obj.name}"


class OfOnePerson(forms.Form):
    person = AtWorkField()

    def __init__(self, *args: Any, agency: Agency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        at_work = AgencyPerson.objects.filter(agency=agency, left_on__isnull=True).order_by("employee_no", "pk")
        self.fields["person"].queryset = at_work  # type: ignore[attr-defined]


class CertificateForm(OfOnePerson, TrainingForm):
    field_order = ("person", "certificate_no", "certified_on", "certificate_until")


class LeftForm(OfOnePerson):
    left_on = day_field(_("离岗日期"))


class CheckForm(forms.Form):
    kind = choice_field(_("项目"), CheckKind.choices)
    passed = forms.TypedChoiceField(
        label=_("结果"),
        choices=[*CHOOSE, ("yes", _("通过")), ("no", _("未通过"))],
        coerce=lambda value: value == "yes",
        error_messages={"required": _("请选择一项")},
    )
    checked_on = day_field(_("核查日期"))
    record_on = day_field(
        _("违法违规记录日期"), required=False, help_text=_("查到违法违规催收记录的，填最近一次的日期")
    )
    found = words_field(_("核查结果"), 400)


class EvaluationForm(forms.Form):
    kind = choice_field(_("类型"), EvaluationKind.choices)
    done_on = day_field(_("评价日期"))
    compliance = words_field(_("合规性"), 2000)
    effect = words_field(_("任务质效"), 2000)
    security = words_field(_("信息安全"), 2000)
    result = choice_field(_("结论"), EvaluationResult.choices)


class ReasonForm(forms.Form):
    reason = line_field(_("原因"), 200, required=True)


class BeginExitForm(ReasonForm):
    on = day_field(_("退出开始日期"))


class DeletionForm(forms.Form):
    signed_on = day_field(_("证明出具日期"))
    number = line_field(_("编号"), 64)
    note = line_field(_("说明"), 200)
    file = file_field(_("删除证明文件"))
