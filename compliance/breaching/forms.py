"""Forms of the register."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms_care import day_field, words_field
from cases.models import Desk, DeskKind
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from compliance.breaching.kinds import choices
from compliance.breaching.register import HANDLE, MOST_WORDS
from compliance.models import BreachCaseState, BreachSeverity, BreachSource

EVIDENCE = _("录音、截图、质检单的编号或存放位置")


def agencies() -> list[tuple[str, str]]:
    """(code, name) of each."""
    return list(Desk.objects.filter(kind=DeskKind.AGENCY).order_by("name").values_list("code", "name"))


class RegisterFilter(forms.Form):
    """Filters of the register; all optional. Without a state: what stands."""

    state = forms.ChoiceField(
        label=_("状态"), required=False, choices=[("", _("未关闭")), *BreachCaseState.choices, ("all", _("全部"))]
    )
    severity = forms.ChoiceField(
        label=_("严重程度"), required=False, choices=[("", _("全部")), *reversed(BreachSeverity.choices)]
    )
    source = forms.ChoiceField(label=_("来源"), required=False, choices=[("", _("全部")), *BreachSource.choices])
    owner = forms.ChoiceField(label=_("负责人"), required=False)
    rule = forms.CharField(label=_("规则编号"), max_length=16, required=False, strip=True)
    org = forms.ChoiceField(label=_("机构"), required=False)
    overdue = forms.BooleanField(label=_("仅看逾期"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(one.pk), str(one)) for one in users_with(HANDLE).order_by("display_name", "pk")]
        self.fields["owner"].choices = [("", _("全部")), ("none", _("无人负责")), *people]  # type: ignore[attr-defined]
        orgs = [("own", _("本机构")), *agencies()]
        # A code that a file brought and that has no desk (any more) can be asked for as well.
        asked = str(self.data.get("org") or "")[:32]
        if asked and asked not in dict(orgs):
            orgs.append((asked, asked))
        self.fields["org"].choices = [("", _("全部")), *orgs]  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    """A breach that somebody found without the log."""

    kind = forms.ChoiceField(label=_("违规类型"))
    severity = forms.TypedChoiceField(
        label=_("严重程度"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("按违规类型")), *BreachSeverity.choices],
    )
    source = forms.ChoiceField(
        label=_("来源"),
        choices=[(one.value, one.label) for one in (BreachSource.HAND, BreachSource.AGENCY)],
    )
    user = forms.ModelChoiceField(label=_("当事人"), queryset=User.objects.none(), required=False)
    org = forms.ChoiceField(label=_("机构"), required=False, help_text=_("委外机构的人员没有账号时，只选机构"))
    found_on = day_field(_("发现日期"))
    what = words_field(_("事实"), most=MOST_WORDS, help_text=_("什么时间、对谁、做了什么、如何发现"))
    evidence = words_field(_("证据"), required=False, help_text=EVIDENCE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [("", "—"), *choices()]  # type: ignore[attr-defined]
        self.fields["user"].queryset = (  # type: ignore[attr-defined]
            User.objects.filter(is_active=True, role_grants__isnull=False).distinct().order_by("display_name", "pk")
        )
        self.fields["org"].choices = [("", "—"), *agencies()]  # type: ignore[attr-defined]


class TakeForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("负责人"), queryset=User.objects.none())

    def __init__(self, *args: Any, concerned: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = users_with(HANDLE).exclude(pk=concerned) if concerned else users_with(HANDLE)
        self.fields["owner"].queryset = people.order_by("display_name", "pk")  # type: ignore[attr-defined]


class NoteForm(forms.Form):
    words = words_field(_("补充"), most=MOST_WORDS)
    evidence = words_field(_("证据"), required=False, help_text=EVIDENCE)


class RemedyForm(forms.Form):
    words = words_field(_("整改措施与结果"), most=MOST_WORDS, help_text=_("做了什么、何时完成、如何防止再次发生"))
    evidence = words_field(_("证据"), required=False, help_text=EVIDENCE)


class WeighForm(forms.Form):
    severity = forms.TypedChoiceField(label=_("严重程度"), coerce=int, choices=BreachSeverity.choices)
    reason = words_field(_("调整原因"))


class ReviewForm(forms.Form):
    words = words_field(_("复核意见"), most=MOST_WORDS)


class StatementForm(forms.Form):
    words = words_field(_("您的说明"), most=MOST_WORDS, help_text=_("提交后不能修改，可以再次补充"))
