"""What somebody of the staff has to do because of a complaint or a quality check: be coached, or be trained again."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class StaffTaskKind(models.TextChoices):
    COACHING = "coaching", _("辅导")
    TRAINING = "training", _("再培训")


class StaffTask(models.Model):
    """One thing (`what`) that a person has to go through by `due_on`. It comes from one cause: a complaint that was upheld
    (`complaint`), or a quality check (`check_number`). A training is done with a new certificate, a coaching with what was
    talked about. A later decision that finds otherwise cancels what is still open."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="staff_tasks", verbose_name=_("人员")
    )
    kind = models.CharField(_("类型"), max_length=8, choices=StaffTaskKind)
    complaint = models.ForeignKey(
        "compliance.Complaint", null=True, blank=True, on_delete=models.PROTECT, related_name="staff_tasks"
    )
    check_number = models.BigIntegerField(_("质检编号"), null=True, blank=True)
    what = models.CharField(_("内容"), max_length=200)
    due_on = models.DateField(_("期限"))
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    opened_at = models.DateTimeField(_("布置时间"))
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    done_note = models.CharField(_("完成情况"), max_length=500, blank=True)
    certificate = models.ForeignKey(
        "compliance.TrainingCertificate", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    cancel_reason = models.CharField(_("取消原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("辅导与再培训")
        verbose_name_plural = _("辅导与再培训")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "kind", "complaint", "check_number"],
                name="staff_task_once",
                nulls_distinct=False,
                condition=Q(cancelled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="staff_task_cancelled_with_reason",
                condition=Q(cancelled_at__isnull=True, cancel_reason="")
                | Q(cancelled_at__isnull=False, done_at__isnull=True) & ~Q(cancel_reason=""),
            ),
            models.CheckConstraint(
                name="staff_task_has_a_cause", condition=Q(complaint__isnull=False) | Q(check_number__isnull=False)
            ),
            models.CheckConstraint(
                name="staff_task_done_with_note",
                condition=Q(done_at__isnull=True, done_note="") | Q(done_at__isnull=False) & ~Q(done_note=""),
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="staff_task_open_idx", condition=Q(done_at__isnull=True))]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id}"
