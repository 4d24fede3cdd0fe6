"""Moving cases by hand: who may move what, what was chosen and seen, what lies idle, and who asks for help."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from cases.models import Desk
from collection_ops.core.models import Job

USER = settings.AUTH_USER_MODEL


class MoveLimits(models.Model):
    """One version of who may move cases from and to which kinds of desks; the newest is in force. Never changed. `lines`: as
    agents/moves/limits.py reads them."""

    lines = models.JSONField(_("限制"), default=list)
    reason = models.CharField(_("原因"), max_length=200)
    saved_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("调案限制")
        verbose_name_plural = _("调案限制")

    def __str__(self) -> str:
        return f"#{self.pk}"


class ChoiceState(models.TextChoices):
    PREVIEW = "preview", _("待确认")
    MOVING = "moving", _("移动中")
    MOVED = "moved", _("已移动")


class MoveChoice(models.Model):
    """Cases that somebody chose for a desk, frozen as they were seen: `cases` and, at the same place, the desk on which each
    lay (`seen`); likewise the linked debts of the same persons. What meanwhile lies elsewhere is not moved.

    `result`: {"moved": n, "by_desk": {desk: n}, "refused": [{"case", "code", "desk", "by", "at"}, …]}."""

    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+", verbose_name=_("目标席位"))
    cases = ArrayField(models.BigIntegerField())
    seen = ArrayField(models.BigIntegerField())
    linked = ArrayField(models.BigIntegerField(), default=list)
    linked_seen = ArrayField(models.BigIntegerField(), default=list)
    with_linked = models.BooleanField(_("一并移动同一人的其他债务"), default=True)
    reason = models.CharField(_("原因"), max_length=200)
    state = models.CharField(_("状态"), max_length=8, choices=ChoiceState, default=ChoiceState.PREVIEW)
    made_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("时间"))
    moved_at = models.DateTimeField(_("移动时间"), null=True, blank=True)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    result = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("调案")
        verbose_name_plural = _("调案")
        constraints = [
            models.CheckConstraint(
                condition=Q(seen__len=F("cases__len")) & Q(linked_seen__len=F("linked__len")),
                name="move_choice_seen_each",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class IdleState(models.TextChoices):
    LISTED = "listed", _("待轮换")
    EXEMPTED = "exempted", _("已豁免")
    ROTATED = "rotated", _("已轮换")
    DROPPED = "dropped", _("已有联系")


class IdleCase(models.Model):
    """A case that nobody of its desk contacted for too long: listed the day before `due_on`, on which it goes back to the
    pool unless somebody contacted it or the leader exempted it until `exempt_until` (that day included)."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", verbose_name=_("案件"))
    desk = models.ForeignKey(Desk, on_delete=models.PROTECT, related_name="+", verbose_name=_("席位"))
    idle_since = models.DateField(_("闲置起始"))
    listed_on = models.DateField(_("列出日期"))
    due_on = models.DateField(_("轮换日期"))
    state = models.CharField(_("状态"), max_length=8, choices=IdleState, default=IdleState.LISTED)
    exempt_until = models.DateField(_("豁免至"), null=True, blank=True)
    reason = models.CharField(_("豁免原因"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("闲置案件")
        verbose_name_plural = _("闲置案件")
        constraints = [
            models.UniqueConstraint(fields=["case"], name="idle_case_listed_once", condition=Q(state="listed")),
            models.CheckConstraint(
                condition=~Q(state="exempted")
                | (Q(exempt_until__isnull=False, decided_by__isnull=False) & ~Q(reason="")),
                name="idle_case_exempted_with_reason",
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="idle_case_due_idx", condition=Q(state="listed"))]

    def __str__(self) -> str:
        return f"{self.case_id} {self.due_on}"


class AssistState(models.TextChoices):
    ASKED = "asked", _("待审批")
    ACCEPTED = "accepted", _("协催中")
    REFUSED = "refused", _("未同意")
    FINISHED = "finished", _("已完成")
    CANCELLED = "cancelled", _("已撤回")


class AssistRequest(models.Model):
    """Somebody asks for help with a case (协催): from a named `helper`, or from a team whose leader names one. While it is
    accepted, `help` lets the helper see and work the case; credit for money stays with the holder."""

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", verbose_name=_("案件"))
    asked_by = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+", verbose_name=_("申请人"))
    asked_at = models.DateTimeField(_("申请时间"))
    helper = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("协催人")
    )
    team = models.ForeignKey(
        "agents.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("协催小组")
    )
    needs = models.CharField(_("需要的协助"), max_length=200)
    until = models.DateField(_("协催至"))
    state = models.CharField(_("状态"), max_length=9, choices=AssistState, default=AssistState.ASKED)
    decided_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    decision_note = models.CharField(_("审批意见"), max_length=200, blank=True)
    ended_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(_("结束时间"), null=True, blank=True)
    outcome = models.CharField(_("协催结果"), max_length=200, blank=True)
    help = models.OneToOneField(
        "cases.CaseHelper", null=True, blank=True, on_delete=models.PROTECT, related_name="+", editable=False
    )

    class Meta:
        verbose_name = _("协催")
        verbose_name_plural = _("协催")
        constraints = [
            models.UniqueConstraint(
                fields=["case"], name="assist_one_open_a_case", condition=Q(state__in=("asked", "accepted"))
            ),
            models.CheckConstraint(
                condition=Q(helper__isnull=False) | Q(team__isnull=False), name="assist_asks_somebody"
            ),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(helper__isnull=False, help__isnull=False),
                name="assist_accepted_with_helper",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
