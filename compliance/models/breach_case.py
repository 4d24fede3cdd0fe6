"""The register of breaches: one matter to deal with, what was done about it, and who found it settled."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import Scope, scope
from collection_ops.core.fields import EncryptedTextField
from compliance.models.step import Step

if TYPE_CHECKING:
    from collection_ops.core.models import User


class BreachSource(models.TextChoices):
    LOG = "log", _("催记判定")
    QUALITY = "quality", _("质检")
    WORDING = "wording", _("用语检查")
    COMPLAINT = "complaint", _("投诉")
    AGENCY = "agency", _("机构报告")
    WATCH = "watch", _("查询监测")
    HAND = "hand", _("人工登记")


class BreachSeverity(models.IntegerChoices):
    MINOR = 1, _("一般违规")
    SERIOUS = 2, _("严重违规")
    CRITICAL = 3, _("红线违规")


class BreachCaseState(models.TextChoices):
    OPEN = "open", _("待处理")
    IN_HAND = "in_hand", _("整改中")
    REMEDIED = "remedied", _("待复核")
    CLOSED = "closed", _("已关闭")
    DISMISSED = "dismissed", _("不构成违规")
    WITHDRAWN = "withdrawn", _("已撤销")


STANDING = (BreachCaseState.OPEN, BreachCaseState.IN_HAND, BreachCaseState.REMEDIED)
TO_REMEDY = (BreachCaseState.OPEN, BreachCaseState.IN_HAND)
SETTLED = (BreachCaseState.CLOSED, BreachCaseState.DISMISSED)
"""Decided by a person: facts that change afterwards leave it as it is."""


class BreachCaseQuerySet(models.QuerySet["BreachCase"]):
    def for_user(self, user: "User", capability: str = "breaches.view") -> Self:
        """What somebody may see of the register; never what it says about themselves (that is `about`)."""
        granted = scope(user, capability)
        if granted is None:
            return self.none()
        if granted != Scope.ALL:
            raise LookupError(f"the register of breaches knows no scope {granted!r}")
        return self.filter(Q(user__isnull=True) | ~Q(user=user))

    def about(self, user: "User") -> Self:
        return self.filter(user=user)

    def with_all(self) -> Self:
        """With everything that a page shows of a matter."""
        return self.select_related(
            *("breach", "user", "owner", "complaint", "closed_by", "reported_by", "attempt__actor", "attempt__point"),
            *("attempt__case__loan__debtor", "attempt__case__loan__source"),
        )

    def standing(self) -> Self:
        return self.filter(state__in=STANDING)

    def overdue(self, today: date) -> Self:
        """Not put right within the days; what waits for a review has been."""
        return self.filter(state__in=TO_REMEDY, due_on__lt=today)


class BreachCase(models.Model):
    """One matter. `kind`: the rule that was broken, or a family of conduct (B01.1 to B01.6, `breaching/kinds.py`).

    `breach`: the row of the contact log that it comes from; when facts are corrected the row is withdrawn, and this with it
    unless a person has settled it. `user`, `org`: who did it (`org`: own, or the code of an agency). `found_on`: from when
    the days run. `escalated`: how far people were told that it is overdue (0 not, 1 the owner, 2 whoever closes).
    """

    source = models.CharField(_("来源"), max_length=9, choices=BreachSource)
    breach = models.OneToOneField(
        "compliance.Breach", null=True, blank=True, on_delete=models.PROTECT, related_name="register"
    )
    attempt = models.ForeignKey(
        "compliance.ContactAttempt",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="breach_cases",
        verbose_name=_("催记"),
    )
    complaint = models.ForeignKey(
        "compliance.Complaint",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="breach_cases",
        verbose_name=_("投诉"),
    )
    check_number = models.BigIntegerField(_("质检编号"), null=True, blank=True)
    kind = models.CharField(_("违规类型"), max_length=16)
    severity = models.PositiveSmallIntegerField(_("严重程度"), choices=BreachSeverity)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("当事人"),
    )
    org = models.CharField(_("机构"), max_length=32, blank=True)
    what = EncryptedTextField(_("事实"), blank=True)
    evidence = models.CharField(_("证据"), max_length=200, blank=True)
    found_on = models.DateField(_("发现日期"))
    due_on = models.DateField(_("整改期限"))
    state = models.CharField(_("状态"), max_length=9, choices=BreachCaseState, default=BreachCaseState.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("负责人"),
    )
    remedy = EncryptedTextField(_("整改措施"), blank=True)
    remedied_at = models.DateTimeField(_("整改完成时间"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    closed_at = models.DateTimeField(_("关闭时间"), null=True, blank=True)
    escalated = models.PositiveSmallIntegerField(default=0)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("登记时间"))

    objects = BreachCaseQuerySet.as_manager()

    class Meta:
        verbose_name = _("违规登记")
        verbose_name_plural = _("违规登记")
        constraints = [
            models.CheckConstraint(
                name="breach_case_from_the_log",
                condition=Q(source="log", breach__isnull=False, attempt__isnull=False)
                | ~Q(source="log") & Q(breach__isnull=True),
            ),
            models.CheckConstraint(name="breach_case_severity", condition=Q(severity__gte=1, severity__lte=3)),
            models.CheckConstraint(
                name="breach_case_owned",
                condition=Q(state__in=["open", "dismissed", "withdrawn"]) | Q(owner__isnull=False),
            ),
            models.CheckConstraint(
                name="breach_case_remedied_before_closed",
                condition=~Q(state__in=["remedied", "closed"]) | Q(remedied_at__isnull=False),
            ),
            models.CheckConstraint(
                name="breach_case_closed_by_somebody",
                condition=Q(state__in=["closed", "dismissed"], closed_by__isnull=False, closed_at__isnull=False)
                | ~Q(state__in=["closed", "dismissed"]) & Q(closed_by__isnull=True, closed_at__isnull=True),
            ),
            # Neither who answers for the remedy nor whoever did it finds it settled.
            models.CheckConstraint(
                name="breach_case_closed_by_another",
                condition=Q(closed_by__isnull=True)
                | (Q(owner__isnull=True) | ~Q(closed_by=F("owner"))) & (Q(user__isnull=True) | ~Q(closed_by=F("user"))),
            ),
            models.CheckConstraint(
                name="breach_case_not_owned_by_whoever_did_it",
                condition=Q(owner__isnull=True) | Q(user__isnull=True) | ~Q(owner=F("user")),
            ),
            # The same finding of a check or a complaint is one matter, however often it is sent.
            models.UniqueConstraint(
                fields=["complaint", "check_number", "kind", "user", "org"],
                name="breach_case_once",
                condition=Q(source__in=["quality", "complaint"]),
                nulls_distinct=False,
            ),
            # However many forbidden words of one kind a contact holds.
            models.UniqueConstraint(
                fields=["attempt", "kind"], name="breach_case_wording_once", condition=Q(source="wording")
            ),
        ]
        indexes = [
            # The register: what stands, and what of it is due.
            models.Index(
                fields=["due_on"], name="breach_case_due_idx", condition=Q(state__in=["open", "in_hand", "remedied"])
            ),
            models.Index(fields=["user", "found_on"], name="breach_case_user_idx", condition=Q(user__isnull=False)),
            models.Index(fields=["found_on"], name="breach_case_found_idx"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As it is told to people: the day it was found and its own number."""
        return f"WG{self.found_on:%Y%m%d}-{self.pk}"

    @property
    def is_standing(self) -> bool:
        return self.state in STANDING

    @property
    def is_running(self) -> bool:
        """Whether its days still run: nobody has said yet that it is put right."""
        return self.state in TO_REMEDY

    def days_left(self, today: date) -> int:
        """Days until the last day of the remedy; 0 on that day, negative after it."""
        return (self.due_on - today).days


class BreachStep(Step):
    """What was done about it. Kinds have their labels in `breaching/texts.py`."""

    breach_case = models.ForeignKey(BreachCase, on_delete=models.PROTECT, related_name="steps", db_index=False)

    class Meta:
        verbose_name = _("违规处理步骤")
        verbose_name_plural = _("违规处理步骤")
        indexes = [models.Index(fields=["breach_case", "at"], name="breach_step_idx")]

    def __str__(self) -> str:
        return f"{self.kind} {self.breach_case_id}"
