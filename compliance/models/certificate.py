"""What is on file of the people who contact debtors: the training's test, and papers."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class TrainingCertificate(models.Model):
    """A passed test of the training. How long it holds is the rule book's to say (CN-H-01); the newest one counts. One that
    was recorded by mistake, or got by cheating, is revoked and kept. `level`: the hardest cases (1 to 5) it is good for."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="certificates", verbose_name=_("人员")
    )
    course = models.CharField(_("课程"), max_length=64)
    number = models.CharField(_("证书编号"), max_length=64, blank=True)
    level = models.PositiveSmallIntegerField(_("可办难度"), default=5)
    passed_on = models.DateField(_("合格日期"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("登记时间"))
    revoked_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    revoke_reason = models.CharField(_("撤销原因"), max_length=200, blank=True)
    expiry_told_at = models.DateTimeField(_("到期提醒时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("培训合格证")
        verbose_name_plural = _("培训合格证")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "course", "passed_on"],
                name="certificate_once",
                condition=Q(revoked_at__isnull=True),
            ),
            models.CheckConstraint(condition=Q(level__gte=1, level__lte=5), name="certificate_level"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoke_reason="")
                | (Q(revoked_at__isnull=False) & ~Q(revoke_reason="")),
                name="certificate_revoked_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course} {self.passed_on}"


class PaperKind(models.TextChoices):
    """Named as the rule book names them (CN-H-02)."""

    NO_CRIME = "no_crime_cert", _("无犯罪记录证明")
    CREDIT = "credit_cert", _("征信证明")
    NDA = "nda", _("保密协议")


class StaffPaper(models.Model):
    """A paper of a person, on file from `received_on` until `withdrawn_on` (not that day any more)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="papers", verbose_name=_("人员")
    )
    kind = models.CharField(_("材料"), max_length=24, choices=PaperKind)
    number = models.CharField(_("编号"), max_length=64, blank=True)
    received_on = models.DateField(_("收到日期"))
    withdrawn_on = models.DateField(_("失效日期"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("人员材料")
        verbose_name_plural = _("人员材料")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind"], name="staff_paper_once", condition=Q(withdrawn_on__isnull=True)
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("received_on")),
                name="staff_paper_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.received_on}"
