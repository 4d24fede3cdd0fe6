"""What other departments are asked (转办): about a complaint, about a case, or what a debtor asks without complaining."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.access import Scope, has, scope
from collection_ops.core.fields import EncryptedTextField
from compliance.models.complaint import ComplaintSubject
from compliance.models.step import Step

if TYPE_CHECKING:
    from collection_ops.core.models import User


class Department(models.Model):
    """Who is asked. `answer_days`: business days for an answer where it differs from the common setting."""

    code = models.SlugField(_("代码"), max_length=16, db_index=False)
    name = models.CharField(_("名称"), max_length=32)
    is_active = models.BooleanField(_("可以转办"), default=True)
    answer_days = models.PositiveSmallIntegerField(_("答复期限（工作日）"), null=True, blank=True)
    members: "models.ManyToManyField[Any, Any]" = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="DepartmentMember", related_name="departments", verbose_name=_("成员")
    )

    class Meta:
        verbose_name = _("协办部门")
        verbose_name_plural = _("协办部门")
        constraints = [
            models.UniqueConstraint(fields=["code"], name="department_code_once"),
            models.CheckConstraint(
                name="department_answer_days",
                condition=Q(answer_days__isnull=True) | Q(answer_days__gte=1, answer_days__lte=30),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DepartmentMember(models.Model):
    """Somebody who answers for a department; one of them leads it."""

    department = models.ForeignKey(Department, on_delete=models.CASCADE, db_index=False, verbose_name=_("部门"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="department_places", verbose_name=_("人员")
    )
    is_lead = models.BooleanField(_("负责人"), default=False)

    class Meta:
        verbose_name = _("部门成员")
        verbose_name_plural = _("部门成员")
        constraints = [
            models.UniqueConstraint(fields=["department", "user"], name="department_member_once"),
            models.UniqueConstraint(fields=["department"], name="department_one_lead", condition=Q(is_lead=True)),
        ]

    def __str__(self) -> str:
        return f"{self.department_id} {self.user_id}"


class ReferralKind(models.TextChoices):
    INVESTIGATION = "investigation", _("投诉协查")
    FEE = "fee", _("费用异议")
    CHANNEL = "channel", _("还款渠道")
    SETTLED = "settled", _("结清证明")
    CORRECTION = "correction", _("资料更正")
    OTHER = "other", _("其他咨询")


class ReferralState(models.TextChoices):
    OPEN = "open", _("待接办")
    TAKEN = "taken", pgettext_lazy("referral", "办理中")
    ANSWERED = "answered", _("待确认")
    CLOSED = "closed", _("已完成")
    RETURNED = "returned", _("已退回")
    WITHDRAWN = "withdrawn", _("已撤回")


WAITING_STATES = (ReferralState.OPEN, ReferralState.TAKEN)
"""The department's turn."""
ASKERS_STATES = (ReferralState.ANSWERED, ReferralState.RETURNED)
"""The turn of whoever asked."""
UNFINISHED_STATES = (*WAITING_STATES, *ASKERS_STATES)


class ReferralQuerySet(models.QuerySet["Referral"]):
    """Referrals as somebody may see them. Nobody sees one of a complaint about themselves, whatever they are besides."""

    def for_user(self, user: "User") -> Self:
        """Asked of one's department, asked by oneself, within the scope of `referrals.view`; and what was asked for a
        debtor without a complaint, for whoever sees the case now: they may be the one who tells the debtor."""
        rows = self.not_about(user)
        granted = scope(user, "referrals.view")
        if granted == Scope.ALL:
            return rows
        mine = Q(asked_by=user) | Q(pk__in=self.model._default_manager.of_departments_of(user).values("pk"))
        if granted == Scope.TEAM and user.unit:
            mine |= Q(asked_by__unit=user.unit) | Q(case__desk__unit=user.unit)
        elif granted not in (None, Scope.TEAM):
            raise LookupError(f"referrals know no scope {granted!r}")
        if has(user, "cases.view"):
            mine |= Q(complaint__isnull=True, case__in=Case.objects.for_user(user).values("pk"))
        return rows.filter(mine)

    def not_about(self, user: "User") -> Self:
        """Without those of complaints about `user`: of the complaint itself, or the one that it was joined to."""
        return self.filter(
            ~Exists(ComplaintSubject.objects.filter(user=user, complaint=OuterRef("complaint"))),
            ~Exists(ComplaintSubject.objects.filter(user=user, complaint=OuterRef("complaint__joined_to"))),
        )

    def of_departments_of(self, user: "User") -> Self:
        """Asked of a department that `user` is a member of."""
        return self.filter(Exists(DepartmentMember.objects.filter(department=OuterRef("department"), user=user)))

    def waiting(self) -> Self:
        return self.filter(state__in=WAITING_STATES)

    def unfinished(self) -> Self:
        return self.filter(state__in=UNFINISHED_STATES)

    def untold(self) -> Self:
        """Answered for a debtor who has not been told yet."""
        answered = (ReferralState.ANSWERED, ReferralState.CLOSED)
        return self.filter(complaint__isnull=True, debtor__isnull=False, state__in=answered, told_on__isnull=True)


class Referral(models.Model):
    """One question to a department. `owner`: the member who is to answer, or nobody: the whole department. `told_on`,
    `told_how`: when and how the debtor heard the answer, where there is no complaint that answers them. `reminded`: how far
    people were reminded of its current step (1 before the last day, 2 after it)."""

    department = models.ForeignKey(
        Department, on_delete=models.PROTECT, related_name="referrals", db_index=False, verbose_name=_("部门")
    )
    kind = models.CharField(_("类型"), max_length=16, choices=ReferralKind)
    question = EncryptedTextField(_("问题"))
    complaint = models.ForeignKey(
        "compliance.Complaint",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="referrals",
        verbose_name=_("投诉"),
    )
    case = models.ForeignKey(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="referrals", verbose_name=_("案件")
    )
    debtor = models.ForeignKey(
        "cases.Debtor",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="referrals",
        verbose_name=_("客户"),
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("转办人")
    )
    asked_at = models.DateTimeField(_("转办时间"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("办理人"),
    )
    due_on = models.DateField(_("答复期限"))
    state = models.CharField(_("状态"), max_length=10, choices=ReferralState, default=ReferralState.OPEN)
    answer = EncryptedTextField(_("答复"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(_("答复时间"), null=True, blank=True)
    told_on = models.DateField(_("告知客户日期"), null=True, blank=True)
    told_how = EncryptedTextField(_("告知方式"), blank=True)
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reminded = models.PositiveSmallIntegerField(default=0)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        verbose_name = _("转办")
        verbose_name_plural = _("转办")
        constraints = [
            models.CheckConstraint(
                name="referral_answered_by_somebody",
                condition=Q(state__in=["answered", "closed"], answered_at__isnull=False, answered_by__isnull=False)
                & ~Q(answer="")
                | Q(state__in=["open", "taken", "returned", "withdrawn"], answered_at__isnull=True),
            ),
            models.CheckConstraint(
                name="referral_taken_by_somebody", condition=~Q(state="taken") | Q(owner__isnull=False)
            ),
            models.CheckConstraint(
                name="referral_told_with_day_and_way",
                condition=Q(told_on__isnull=True, told_how="") | Q(told_on__isnull=False) & ~Q(told_how=""),
            ),
            models.CheckConstraint(
                name="referral_investigation_of_a_complaint",
                condition=~Q(kind="investigation") | Q(complaint__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["department", "-id"], name="referral_department_idx"),
            models.Index(
                fields=["due_on"], name="referral_waiting_idx", condition=Q(state__in=["open", "taken", "answered"])
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As it is told to people: the day it was asked and its own number."""
        return f"ZB{clock.business_date(self.asked_at):%Y%m%d}-{self.pk}"

    @property
    def is_question(self) -> bool:
        """Whether a debtor waits for the answer who has not complained."""
        return self.complaint_id is None and self.debtor_id is not None


class ReferralStep(Step):
    """What was done about a referral. Kinds have their labels in `routing/texts.py`."""

    referral = models.ForeignKey(
        Referral, on_delete=models.PROTECT, related_name="steps", db_index=False, verbose_name=_("转办")
    )

    class Meta:
        verbose_name = _("转办步骤")
        verbose_name_plural = _("转办步骤")
        indexes = [models.Index(fields=["referral", "at"], name="referral_step_idx")]

    def __str__(self) -> str:
        return f"{self.referral_id} {self.kind}"
