"""The form in which a complaint is written down."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django import forms
from django.db.models import Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cases.models import Case, Custody, Desk, DeskKind, Loan
from collection_ops.core import clock
from collection_ops.core.access import Role, users_with
from collection_ops.core.models import User
from compliance.complaints.register import CATEGORY_OF, RECORD, Accused, Said
from compliance.models import (
    MOST_NARRATIVE,
    About,
    Complaint,
    ComplaintCategory,
    ComplaintSource,
    ComplaintType,
    ContactAttempt,
    Severity,
)

MOMENT = "%Y-%m-%dT%H:%M"
FIRST_YEAR = 2000
"""Before it nothing was received that is still complained of; a year with a digit missing is not a date."""
MOST_SUGGESTED = 8
UNKNOWN_COLLECTOR = "unknown"
MATTERS = [
    (UNKNOWN_COLLECTOR, gettext_lazy("催收员（姓名不详）")),
    *((one.value, one.label) for one in About if one not in (About.COLLECTOR, About.AGENCY)),
]
_USUAL_SOURCE = (
    (Role.COLLECTOR, ComplaintSource.COLLECTOR),
    (Role.TEAM_LEADER, ComplaintSource.COLLECTOR),
    (Role.VENDOR_MANAGER, ComplaintSource.AGENCY),
)


def usual_source(user: User) -> ComplaintSource:
    """What most complaints come by that a person of this role writes down."""
    return next((source for role, source in _USUAL_SOURCE if role in user.roles), ComplaintSource.HOTLINE)


@dataclass(frozen=True)
class Choice:
    """A tick box: `hint` says why it is offered first."""

    value: str
    label: str
    is_ticked: bool
    hint: str = ""


def _moment(label: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label,
        input_formats=[MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
        error_messages={"invalid": gettext_lazy("请按“年-月-日 时:分”填写")},
    )


def _line(label: Any, most: int, help_text: Any = "") -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": "off"})
    return forms.CharField(label=label, max_length=most, required=False, widget=widget, help_text=help_text)


def _text(label: Any, rows: int, *, required: bool, most: int | None = None) -> forms.CharField:
    return forms.CharField(
        label=label, required=required, max_length=most, widget=forms.Textarea(attrs={"rows": rows}),
        error_messages={"required": gettext_lazy("请填写投诉内容；没有原话时写明由谁转述")},
    )  # fmt: skip


class ComplaintForm(forms.Form):
    """Blank is what nobody knows yet: only who sent it, what happened, what was said and when it came in are asked for.

    `case` names the customer (None: nobody knows whose complaint it is); offered are the contracts of theirs that the
    person may write complaints down for, and the people who contacted them. `candidates`: open complaints that this one
    may be told of again.
    """

    narrative = _text(gettext_lazy("投诉内容"), 6, required=True)
    demand = _text(gettext_lazy("投诉人诉求"), 2, required=False, most=2000)
    type = forms.ChoiceField(
        label=gettext_lazy("类型"),
        choices=[("", gettext_lazy("请选择")), *ComplaintType.choices],
        error_messages={"required": gettext_lazy("请选择投诉类型；说不清的选“其他”")},
    )
    severity = forms.TypedChoiceField(
        label=gettext_lazy("严重程度"), choices=Severity.choices, coerce=int, initial=Severity.MINOR,
        help_text=gettext_lazy("监管转办、涉及暴力或媒体的选“重大”"),
    )  # fmt: skip
    category = forms.ChoiceField(
        label=gettext_lazy("监管分类"),
        required=False,
        choices=[("", gettext_lazy("按类型自动归类")), *ComplaintCategory.choices],
    )
    event_on = forms.DateField(
        label=gettext_lazy("发生日期"), required=False, help_text=gettext_lazy("不清楚可不填"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    source = forms.ChoiceField(label=gettext_lazy("来源"), choices=ComplaintSource.choices)
    source_ref = _line(gettext_lazy("来源编号"), 64, gettext_lazy("热线工单号、转办单号等；同一来源的编号只能登记一次"))
    received_at = _moment(gettext_lazy("收到时间"))
    complainant = forms.ChoiceField(
        label=gettext_lazy("投诉人"), choices=Complaint._meta.get_field("complainant").flatchoices
    )
    complainant_name = _line(gettext_lazy("投诉人姓名"), 64, gettext_lazy("加密保存"))
    complainant_phone = _line(gettext_lazy("投诉人电话"), 32, gettext_lazy("加密保存"))
    loans = forms.ModelMultipleChoiceField(
        label=gettext_lazy("涉及合同"),
        queryset=Loan.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    people = forms.ModelMultipleChoiceField(queryset=User.objects.none(), required=False)
    agencies = forms.MultipleChoiceField(required=False)
    matters = forms.MultipleChoiceField(required=False, choices=MATTERS)
    same_as = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": gettext_lazy("所选的投诉已办结或已并入，请重新选择")},
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        user: User,
        case: Case | None,
        now: datetime,
        candidates: Collection[Complaint] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.case, self.candidates = case, list(candidates)
        self.contacted = _contacted(case)
        self.people_offered = list(
            User.objects.filter(Q(pk__in=users_with("contacts.make")) | Q(pk__in=self.contacted)).order_by(
                "unit", "display_name", "pk"
            )
        )
        self.fields["people"].queryset = User.objects.filter(  # type: ignore[attr-defined]
            pk__in=[one.pk for one in self.people_offered]
        )
        self.held = _held(case)
        self.agencies_offered = list(
            Desk.objects.filter(kind=DeskKind.AGENCY)
            .filter(Q(is_active=True) | Q(code__in=self.held))
            .order_by("name", "pk")
            .values_list("code", "name")
        )
        self.fields["agencies"].choices = self.agencies_offered  # type: ignore[attr-defined]
        self.fields["source"].initial = usual_source(user)
        self.fields["received_at"].initial = timezone.localtime(now).strftime(MOMENT)
        self.fields["same_as"].choices = [  # type: ignore[attr-defined]
            ("", ""), *((str(one.pk), one.number) for one in self.candidates if one.is_open)
        ]  # fmt: skip
        self.fields["seen"].initial = ",".join(str(one.pk) for one in self.candidates)
        if case is None:
            del self.fields["loans"]
        else:
            mine = Case.objects.for_user(user, RECORD).filter(loan__debtor=case.loan.debtor_id)
            loans = Loan.objects.filter(pk__in=mine.values("loan")).order_by("contract_no", "pk")
            self.fields["loans"].queryset = loans  # type: ignore[attr-defined]
            self.fields["loans"].initial = [case.loan_id]

    # What the template shows in groups of its own.

    def _ticked(self, name: str) -> set[str]:
        return {str(value) for value in self[name].value() or ()}

    @property
    def people_suggested(self) -> list[Choice]:
        """Who contacted the customer, the latest first."""
        ticked, named = self._ticked("people"), {one.pk: one for one in self.people_offered}
        return [
            Choice(
                str(pk), str(named[pk]), str(pk) in ticked,
                _("%(day)s 联系过") % {"day": clock.business_date(last).isoformat()},
            )
            for pk, last in self.contacted.items() if pk in named
        ]  # fmt: skip

    @property
    def people_others(self) -> list[Choice]:
        ticked = self._ticked("people")
        return [
            Choice(str(one.pk), str(one), str(one.pk) in ticked, one.unit)
            for one in self.people_offered
            if one.pk not in self.contacted
        ]

    @property
    def is_other_ticked(self) -> bool:
        return any(one.is_ticked for one in self.people_others)

    @property
    def agency_choices(self) -> list[Choice]:
        """Those that held a case of the customer come first."""
        ticked = self._ticked("agencies")
        ordered = sorted(self.agencies_offered, key=lambda one: one[0] not in self.held)
        return [
            Choice(code, name, code in ticked, _("受托过该客户") if code in self.held else "") for code, name in ordered
        ]

    @property
    def matter_choices(self) -> list[Choice]:
        ticked = self._ticked("matters")
        return [Choice(value, str(label), value in ticked) for value, label in MATTERS]

    @property
    def category_by_type(self) -> dict[str, str]:
        """For the script that shows which category a type falls into."""
        return {str(type): str(category) for type, category in CATEGORY_OF.items()}

    most = MOST_NARRATIVE

    # What it says.

    def clean_narrative(self) -> str:
        """A browser sends two characters for the end of a line; one is counted and kept."""
        return str(self.cleaned_data["narrative"]).replace("\r\n", "\n")

    def clean_event_on(self) -> date | None:
        day: date | None = self.cleaned_data["event_on"]
        if day is not None and day.year < FIRST_YEAR:
            raise forms.ValidationError(_("请核对年份"))
        return day

    def clean_received_at(self) -> datetime:
        moment: datetime = self.cleaned_data["received_at"]
        if moment.year < FIRST_YEAR:
            raise forms.ValidationError(_("请核对年份"))
        return moment

    def unseen(self) -> list[Complaint]:
        """Candidates that the page did not show when it was filled in."""
        seen = set(str(self.cleaned_data.get("seen", "")).split(","))
        return [one for one in self.candidates if str(one.pk) not in seen]

    def said(self) -> Said:
        names = (
            "source", "type", "narrative", "received_at", "demand", "event_on", "source_ref", "category", "severity",
            "complainant", "complainant_name", "complainant_phone",
        )  # fmt: skip
        return Said(**{name: self.cleaned_data[name] for name in names})

    def accused(self) -> list[Accused]:
        given = self.cleaned_data
        matters = [
            Accused(About.COLLECTOR if matter == UNKNOWN_COLLECTOR else About(matter)) for matter in given["matters"]
        ]
        people = [Accused(About.COLLECTOR, user=user) for user in given["people"].order_by("pk")]
        return [*people, *(Accused(About.AGENCY, org=code) for code in given["agencies"]), *matters]

    def same(self) -> Complaint | None:
        """The complaint that this one tells again."""
        chosen = self.cleaned_data["same_as"]
        return next((one for one in self.candidates if str(one.pk) == chosen), None)


def _contacted(case: Case | None) -> dict[int, datetime]:
    """Who contacted the customer, and when last; the latest first."""
    if case is None:
        return {}
    log = ContactAttempt.objects.filter(debtor=case.loan.debtor_id, actor__isnull=False).order_by()
    latest = log.values("actor").annotate(last=Max("opened_at")).order_by("-last")
    return dict(latest.values_list("actor", "last")[:MOST_SUGGESTED])


def _held(case: Case | None) -> set[str]:
    """Codes of the agencies' desks that held a case of the customer."""
    if case is None:
        return set()
    custodies = Custody.objects.filter(case__loan__debtor=case.loan.debtor_id, desk__kind=DeskKind.AGENCY)
    return set(custodies.values_list("desk__code", flat=True))
