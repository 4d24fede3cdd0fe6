"""Forms about holds, risk flags, numbers and files of a case."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.contact_values import FROM_FILE, ORIGINS
from cases.hold_rules import rule_of
from cases.models import Case, ContactPoint, DispositionKind, HoldType, Loan, RiskFlag, RiskType
from cases.selectors_care import SHOWN, owners_for
from collection_ops.core.models import User

ACCEPTED_FILES = ".png,.jpg,.jpeg,.pdf,.mp3,.wav,.m4a,.xlsx,.docx"
WITHOUT_END = (HoldType.DECEASED, HoldType.INCAPACITATED, HoldType.BANKRUPTCY)


def day_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, required=required, help_text=help_text, widget=widget)


def words_field(label: Any, *, most: int = 200, help_text: Any = "", required: bool = True) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2}) if most > 120 else forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=most, required=required, help_text=help_text, widget=widget)


def file_field(label: Any, *, required: bool = False) -> forms.FileField:
    return forms.FileField(
        label=label,
        required=required,
        max_length=255,
        help_text=_("图片、PDF、录音、Excel 或 Word"),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED_FILES}),
    )


class PlaceHoldForm(forms.Form):
    """A hold of one type: only what this type asks for."""

    reason = words_field(_("原因"), help_text=_("什么时间、由谁、如何得知"))
    loan = forms.ModelChoiceField(label=_("有异议的合同"), queryset=Loan.objects.none())
    amount = forms.DecimalField(
        label=_("争议金额（元）"), max_digits=14, decimal_places=2, min_value=0, help_text=_("其余部分仍可催收")
    )
    last_day = day_field(_("至（含当日）"), required=False)
    proof = words_field(_("凭证名称或编号"), most=120, required=False)
    file = file_field(_("凭证文件"))

    def __init__(self, *args: Any, type: HoldType, case: Case, today: date, pause_end: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        rule = rule_of(type)
        wanted = {"reason"}
        if type not in WITHOUT_END:
            wanted.add("last_day")
        if rule.pauses:
            self.fields["last_day"].required = True
            self.fields["last_day"].initial = pause_end
        if type == HoldType.DISPUTE:
            wanted |= {"loan", "amount"}
            loans = Loan.objects.filter(debtor_id=case.loan.debtor_id, cases__closed_on__isnull=True).distinct()
            self.fields["loan"].queryset = loans  # type: ignore[attr-defined]
            self.fields["loan"].initial = case.loan_id
        if rule.wants_proof:
            wanted |= {"proof", "file"}
        for name in set(self.fields) - wanted:
            del self.fields[name]

    def clean_last_day(self) -> date | None:
        day: date | None = self.cleaned_data["last_day"]
        if day is not None and day < self.today:
            raise forms.ValidationError(_("停催的最后一天不能在过去"))
        return day


class ReasonForm(forms.Form):
    reason = words_field(_("原因"))


class RenewForm(forms.Form):
    last_day = day_field(_("延长至（含当日）"))
    reason = words_field(_("原因"))


class ProveForm(forms.Form):
    proof = words_field(_("凭证名称或编号"), most=120)
    file = file_field(_("凭证文件"))


class HoldFilter(forms.Form):
    show = forms.ChoiceField(
        label=_("显示"),
        required=False,
        choices=list(
            zip(
                SHOWN,
                (_("有效"), _("7 天内到期"), _("缺凭证"), _("异议核实超期"), _("已结束")),
                strict=True,
            )
        ),
    )
    type = forms.ChoiceField(label=_("类型"), required=False, choices=[("", _("全部")), *HoldType.choices])


class RaiseRiskForm(forms.Form):
    type = forms.ChoiceField(label=_("风险"), choices=[("", _("请选择")), *RiskType.choices])
    evidence = words_field(_("依据"), most=500, help_text=_("什么时间、什么事实；不要写其他人的隐私"))
    proposal = forms.ChoiceField(label=_("建议处置"), choices=[("", _("请选择")), *DispositionKind.choices])
    file = file_field(_("依据文件"))


class StepForm(forms.Form):
    """One step of a plan."""

    what = words_field(_("步骤"), most=120)
    owner = forms.ModelChoiceField(label=_("负责人"), queryset=User.objects.none())
    due_on = day_field(_("截止日期"))

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = owners_for(case)  # type: ignore[attr-defined]


class DecideForm(StepForm):
    """The decision on a flag; accepted, with the first step of the plan if one is named."""

    decision = forms.ChoiceField(
        label=_("决定"), choices=[("accept", _("采纳")), ("reject", _("不采纳"))], widget=forms.RadioSelect
    )
    reason = words_field(_("理由"), most=500)
    kind = forms.ChoiceField(label=_("处置方式"), choices=DispositionKind.choices, required=False)
    pause_until = day_field(
        _("同时暂停催收至（含当日）"), required=False, help_text=_("留空则不暂停；按“特殊困难”登记停催")
    )
    field_order = ("decision", "reason", "kind", "pause_until", "what", "owner", "due_on")

    def __init__(self, *args: Any, flag: RiskFlag, **kwargs: Any) -> None:
        super().__init__(*args, case=flag.case, **kwargs)
        self.fields["kind"].initial = flag.proposal
        self.fields["what"].label = _("第一个步骤")
        for name in ("what", "owner", "due_on"):
            self.fields[name].required = False
        if flag.type != RiskType.HARDSHIP:
            del self.fields["pause_until"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = [name for name in ("what", "owner", "due_on") if data.get(name)]
        if data.get("decision") == "accept" and named and not self.errors:
            for name in {"what", "owner", "due_on"} - set(named):
                self.add_error(name, _("步骤须写明做什么、谁负责、何时完成"))
        return data


class ResultForm(forms.Form):
    result = words_field(_("结果"))


class PointForm(forms.Form):
    """What was found out about a number. Who may not judge it dead is not offered that."""

    status = forms.ChoiceField(label=_("核实结果"), choices=[], widget=forms.RadioSelect)
    reason = words_field(
        _("说明"), most=120, help_text=_("例如：本月核对、停机提示音、接听人表示拒绝；请勿填写号码或姓名")
    )

    def __init__(self, *args: Any, point: ContactPoint, may_check: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        status = ContactPoint.Status
        choices = [(status.VALID.value, _("有效"))]
        if may_check:
            choices.append((status.DEAD.value, _("失效")))
        if point.relation:
            choices.append((status.REFUSED.value, _("联系人拒绝联系（不可撤回）")))
        self.fields["status"].choices = choices  # type: ignore[attr-defined]


class AddPointForm(forms.Form):
    kind = forms.ChoiceField(label=_("类型"), choices=ContactPoint.Kind.choices)
    value = words_field(_("内容"), most=120)
    origin = forms.ChoiceField(
        label=_("来源"), choices=[("", _("请选择")), *((k, v) for k, v in ORIGINS.items() if k != FROM_FILE)]
    )
    relation = words_field(_("与客户关系"), most=32, required=False, help_text=_("留空表示本人；联系人须由本人提供"))
    holder_name = words_field(_("联系人姓名"), most=64, required=False)


class AttachForm(forms.Form):
    file = file_field(_("文件"), required=True)
    note = words_field(_("说明"), most=120, required=False)
