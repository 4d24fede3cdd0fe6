"""Forms of people, teams, shifts, certificates and leave. What is allowed is the services' to say."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from agents.models import Collector, Half, LeaveKind, Shift, Team
from agents.people.collectors import Abilities
from agents.people.levels import HIGHEST, LOWEST
from cases.forms_agreements import MoneyField
from cases.selectors import products_and_regions
from cases.stage import OVERDUE_STAGES
from collection_ops.core.access import Role
from collection_ops.core.models import User
from compliance.models import PaperKind

WEEKDAYS = [
    (1, _("周一")),
    (2, _("周二")),
    (3, _("周三")),
    (4, _("周四")),
    (5, _("周五")),
    (6, _("周六")),
    (7, _("周日")),
]
LANGUAGES = (
    "粤语",
    "闽南语",
    "客家话",
    "吴语",
    "湘语",
    "赣语",
    "四川话",
    "维吾尔语",
    "藏语",
    "蒙古语",
    "哈萨克语",
    "朝鲜语",
)
"""Offered for choice; another is typed in. Data, not interface: a file keeps the word."""


def day_field(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": _("请填写日期"), "invalid": _("请填写日期，例如 2026-03-05")},
        **options,
    )


def line_field(label: Any, **options: Any) -> forms.CharField:
    options.setdefault("max_length", 200)
    return forms.CharField(
        label=label,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("请填写")},
        **options,
    )


class PeopleFilter(forms.Form):
    q = forms.CharField(label=_("姓名、用户名或工号"), max_length=64, required=False)
    team = forms.ChoiceField(label=_("小组"), required=False)
    certificate = forms.ChoiceField(
        label=_("合格证"),
        required=False,
        choices=[
            ("", _("全部")),
            ("valid", _("有效")),
            ("expiring", _("即将到期")),
            ("expired", _("过期")),
            ("none", _("无")),
            ("papers", _("缺材料")),
        ],
    )
    level = forms.ChoiceField(
        label=_("难度等级"),
        required=False,
        choices=[("", _("全部")), *[(str(n), str(n)) for n in range(LOWEST, HIGHEST + 1)], ("0", _("未定"))],
    )

    def __init__(self, *args: Any, teams: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [("", _("全部")), *teams]  # type: ignore[attr-defined]
        if len(teams) < 2:
            del self.fields["team"]


class Words(forms.MultipleChoiceField):
    """Some of the words that are known, and what a file has already."""

    def __init__(self, *, label: Any, known: list[str], held: list[str], **options: Any) -> None:
        words = list(dict.fromkeys([*held, *known]))
        super().__init__(
            label=label,
            required=False,
            choices=[(word, word) for word in words],
            widget=forms.CheckboxSelectMultiple,
            **options,
        )


class FileForm(forms.Form):
    """The file of a collector."""

    staff_no = forms.CharField(label=_("工号"), max_length=32, required=False)
    joined_on = day_field(_("入职日期"))
    left_on = day_field(_("离职日期"), required=False, help_text=_("最后一个工作日"))
    shift = forms.ModelChoiceField(label=_("班次"), queryset=Shift.objects.none(), required=False)
    stages = forms.TypedMultipleChoiceField(
        label=_("可办阶段"),
        coerce=int,
        required=False,
        choices=[(int(stage), stage.label) for stage in OVERDUE_STAGES],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选即不限"),
    )
    more_languages = forms.CharField(
        label=_("其他语言或方言"), max_length=100, required=False, help_text=_("用顿号或逗号分开")
    )
    level_set = forms.TypedChoiceField(
        label=_("核定难度等级"),
        coerce=int,
        empty_value=None,
        required=False,
        choices=[("", _("按经验与合格证计算")), *[(n, str(n)) for n in range(LOWEST, HIGHEST + 1)]],
    )
    level_reason = line_field(_("核定原因"), required=False)
    soft_count = forms.IntegerField(label=_("件数（建议上限）"), min_value=0, max_value=100_000)
    hard_count = forms.IntegerField(label=_("件数（上限）"), min_value=0, max_value=100_000)
    soft_amount = MoneyField(label=_("金额（建议上限，元）"), required=False, min_value=0)
    hard_amount = MoneyField(label=_("金额（上限，元）"), required=False, min_value=0)
    takes_new = forms.BooleanField(label=_("接收新案"), required=False)

    field_order = (
        *("staff_no", "joined_on", "left_on", "shift", "stages", "products", "regions", "languages", "more_languages"),
        *("level_set", "level_reason", "soft_count", "hard_count", "soft_amount", "hard_amount", "takes_new"),
    )

    def __init__(self, *args: Any, file: Collector | None, **kwargs: Any) -> None:
        if file is not None:
            kwargs["initial"] = {name: getattr(file, name) for name in Abilities.__dataclass_fields__}
            kwargs["initial"]["shift"] = file.shift_id
        else:
            kwargs["initial"] = {"soft_count": 200, "hard_count": 220, "takes_new": True}
        super().__init__(*args, **kwargs)
        products, regions = products_and_regions()
        none = file or Collector()
        hint = _("都不选即不限")
        self.fields["products"] = Words(label=_("可办产品"), known=products, held=none.products, help_text=hint)
        self.fields["regions"] = Words(label=_("可办地区"), known=regions, held=none.regions, help_text=hint)
        self.fields["languages"] = Words(label=_("语言与方言"), known=list(LANGUAGES), held=none.languages)
        held = [file.shift_id] if file is not None and file.shift_id else []
        shifts = Shift.objects.filter(is_active=True) | Shift.objects.filter(pk__in=held)
        self.fields["shift"].queryset = shifts.order_by("name")  # type: ignore[attr-defined]
        self.order_fields(self.field_order)

    def abilities(self) -> Abilities:
        given = self.cleaned_data
        more = given["more_languages"].replace("，", "、").replace(",", "、").split("、")
        languages = [*given["languages"], *more]
        if any(len(word.strip()) > 32 for word in languages):
            languages = [word.strip()[:32] for word in languages]
        return Abilities(
            joined_on=given["joined_on"],
            left_on=given["left_on"],
            staff_no=given["staff_no"],
            stages=tuple(given["stages"]),
            products=tuple(given["products"]),
            regions=tuple(given["regions"]),
            languages=tuple(languages),
            level_set=given["level_set"],
            level_reason=given["level_reason"],
            soft_count=given["soft_count"],
            hard_count=given["hard_count"],
            soft_amount=given["soft_amount"],
            hard_amount=given["hard_amount"],
            shift_id=given["shift"].pk if given["shift"] else None,
            takes_new=given["takes_new"],
        )


class PlaceForm(forms.Form):
    team = forms.ModelChoiceField(label=_("调入小组"), queryset=Team.objects.none())
    since = day_field(_("开始日期"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "place")
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.filter(is_active=True).order_by("name")  # type: ignore[attr-defined]


def possible_leaders() -> Any:
    return User.objects.filter(is_active=True, role_grants__role=Role.TEAM_LEADER).order_by("display_name", "pk")


class TeamForm(forms.Form):
    """A team; the code is given once."""

    name = line_field(_("名称"), max_length=64)
    code = line_field(_("代码"), max_length=32, help_text=_("小写字母、数字和连字符；之后不能修改"))
    leader = forms.ModelChoiceField(label=_("组长"), queryset=User.objects.none(), required=False)

    def __init__(self, *args: Any, team: Team | None = None, **kwargs: Any) -> None:
        if team is not None:
            kwargs.setdefault("prefix", f"team-{team.pk}")
            kwargs["initial"] = {"name": team.name, "leader": team.leader_id}
        super().__init__(*args, **kwargs)
        if team is not None:
            del self.fields["code"]
        self.fields["leader"].queryset = possible_leaders()  # type: ignore[attr-defined]


class ShiftForm(forms.Form):
    name = line_field(_("名称"), max_length=32)
    starts = forms.TimeField(label=_("上班"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    ends = forms.TimeField(label=_("下班"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("工作日"),
        coerce=int,
        required=False,
        choices=WEEKDAYS,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("都不选即按工作日历（含调休）"),
    )
    is_active = forms.BooleanField(label=_("启用"), required=False, initial=True)


class CertificateForm(forms.Form):
    course = line_field(_("课程"), max_length=64)
    passed_on = day_field(_("合格日期"))
    number = line_field(_("证书编号"), max_length=64, required=False)
    level = forms.TypedChoiceField(
        label=_("可办难度"),
        coerce=int,
        initial=HIGHEST,
        choices=[(n, str(n)) for n in range(LOWEST, HIGHEST + 1)],
        help_text=_("这张合格证最高能办到的难度"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "certificate")
        super().__init__(*args, **kwargs)


class PaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("材料"), choices=PaperKind.choices)
    received_on = day_field(_("收到日期"))
    number = line_field(_("编号"), max_length=64, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("prefix", "paper")
        super().__init__(*args, **kwargs)


class LeaveForm(forms.Form):
    kind = forms.ChoiceField(label=_("类型"), choices=LeaveKind.choices)
    first_day = day_field(_("开始日期"))
    first_half = forms.ChoiceField(label=_("开始时段"), choices=Half.choices, initial=Half.WHOLE)
    last_day = day_field(_("结束日期"))
    last_half = forms.ChoiceField(label=_("结束时段"), choices=Half.choices, initial=Half.WHOLE)
    reason = line_field(_("事由"), required=False)
