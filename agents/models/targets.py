"""The targets of a month, version by version: what was proposed and what was agreed, both kept."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class SetKind(models.TextChoices):
    PROPOSED = "proposed", _("提议")
    AGREED = "agreed", _("核定")


class Level(models.TextChoices):
    COMPANY = "company", _("公司")
    TEAM = "team", _("小组")
    PERSON = "person", _("个人")


class TargetSet(models.Model):
    """One version of all targets of a month; never changed. The newest agreed one is in force. `based_on`: the version that
    its author saw. `inputs`: what a proposal was computed from, so that its arithmetic can be shown for ever."""

    month = models.DateField(_("月份"), help_text=_("当月第一天"))
    version = models.PositiveIntegerField(_("版本"))
    kind = models.CharField(_("性质"), max_length=8, choices=SetKind)
    based_on = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("原因"), max_length=200, blank=True)
    inputs = models.JSONField(default=dict, blank=True)
    saved_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    saved_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("目标版本")
        verbose_name_plural = _("目标版本")
        constraints = [
            # Of two who save at the same moment one gets the number.
            models.UniqueConstraint(fields=["month", "version"], name="target_set_version_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="target_set_first_of_month"),
            models.CheckConstraint(condition=Q(kind="proposed") | ~Q(reason=""), name="target_set_agreed_with_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} #{self.version}"


class Target(models.Model):
    """What one metric of the company, a team or a person shall come to in the month: yuan, a number, or per cent. A person's
    stands under the team of that time. `note`: the code of the reason why a person has none (agents/targets/propose.py)."""

    set = models.ForeignKey(TargetSet, on_delete=models.PROTECT, related_name="targets", db_index=False)
    metric = models.CharField(_("指标"), max_length=16)
    level = models.CharField(_("层级"), max_length=8, choices=Level)
    team = models.ForeignKey(
        "agents.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("小组")
    )
    user = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="targets", verbose_name=_("人员")
    )
    amount = models.DecimalField(_("目标"), max_digits=16, decimal_places=2)
    note = models.CharField(max_length=16, blank=True)

    class Meta:
        verbose_name = _("目标")
        verbose_name_plural = _("目标")
        constraints = [
            models.UniqueConstraint(fields=["set", "metric", "level", "team", "user"], nulls_distinct=False,
                                    name="target_once_in_a_set"),
            models.CheckConstraint(
                condition=Q(level="company", team__isnull=True, user__isnull=True)
                | Q(level="team", team__isnull=False, user__isnull=True)
                | Q(level="person", team__isnull=False, user__isnull=False),
                name="target_of_its_level",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="target_not_negative"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.metric} {self.level} {self.amount}"
