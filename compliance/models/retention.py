"""How long records stay: holds for a court, runs that remove what may go, and the list of what each touched."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class LegalHold(models.Model):
    """Nothing of this person is removed, whatever its age: a lawsuit, an investigation, an order to preserve. Lifted by
    somebody else than who set it."""

    debtor = models.ForeignKey(
        "cases.Debtor", on_delete=models.PROTECT, related_name="legal_holds", verbose_name=_("客户")
    )
    reason = models.CharField(_("保全原因"), max_length=200)
    reference = models.CharField(_("案号或文号"), max_length=64, blank=True)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("登记人")
    )
    placed_at = models.DateTimeField(_("开始"))
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    lifted_at = models.DateTimeField(_("解除时间"), null=True, blank=True)
    lift_reason = models.CharField(_("解除原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("法律保全")
        verbose_name_plural = _("法律保全")
        constraints = [
            models.UniqueConstraint(
                fields=["debtor", "reference"], name="legal_hold_once", condition=Q(lifted_at__isnull=True)
            ),
            models.CheckConstraint(
                name="legal_hold_lifted_by_another",
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | Q(lifted_at__gte=F("placed_at"), lifted_by__isnull=False)
                & ~Q(lift_reason="")
                & ~Q(lifted_by=F("placed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class RetentionState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    PROPOSED = "proposed", _("待批准")
    APPROVED = "approved", _("已批准，执行中")
    APPLIED = "applied", _("已执行")
    REJECTED = "rejected", _("未批准")
    WITHDRAWN = "withdrawn", _("已撤回")


OPEN_RUNS = (RetentionState.DRAFT, RetentionState.PROPOSED, RetentionState.APPROVED)


class RetentionRun(models.Model):
    """Records past their time that are to be removed: looked at, proposed, approved by somebody else, removed in batches.

    `as_of`: the day by which their age was judged; `years`: what the rule asked for then. `preview` and `removed` hold the
    figures of each kind, which stay when the records are gone: counts, oldest and newest, first and last id, a digest of the
    ids, what was spared and why.
    """

    rule = models.CharField(_("规则"), max_length=16)
    years = models.PositiveSmallIntegerField(_("保存年数"))
    as_of = models.DateField(_("截至"))
    state = models.CharField(_("状态"), max_length=9, choices=RetentionState, default=RetentionState.DRAFT)
    preview = models.JSONField(default=dict)
    removed = models.JSONField(default=dict)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    made_at = models.DateTimeField(_("生成时间"))
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    proposed_at = models.DateTimeField(_("提出时间"), null=True, blank=True)
    reason = models.CharField(_("提出说明"), max_length=200, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    decision_note = models.CharField(_("审批意见"), max_length=200, blank=True)
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("到期删除")
        verbose_name_plural = _("到期删除")
        constraints = [
            # Two at once would each show what the other removes.
            models.UniqueConstraint(
                fields=["rule"], name="retention_one_open", condition=Q(state__in=["draft", "proposed", "approved"])
            ),
            models.CheckConstraint(
                name="retention_two_people",
                condition=~Q(state__in=["approved", "applied"])
                | Q(proposed_by__isnull=False, decided_by__isnull=False) & ~Q(decided_by=F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"DEL{self.as_of:%Y%m%d}-{self.pk}"


class RetentionKind(models.TextChoices):
    CONTACT = "contact", _("催记与录音编号")
    DECISION = "decision", _("未联系的判定")
    MESSAGE = "message", _("短信与消息")
    COMPLAINT = "complaint", _("投诉")


class RetentionItem(models.Model):
    """One record that a run was approved to remove, by its id alone: the proof of what went, and when. `spared`: why it was
    left after all (a hold came between approval and removal)."""

    run = models.ForeignKey(RetentionRun, on_delete=models.CASCADE, related_name="items", db_index=False)
    kind = models.CharField(max_length=9, choices=RetentionKind)
    object_id = models.BigIntegerField()
    debtor_id = models.BigIntegerField(null=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    spared = models.CharField(max_length=12, blank=True)

    class Meta:
        verbose_name = _("到期删除明细")
        verbose_name_plural = _("到期删除明细")
        constraints = [models.UniqueConstraint(fields=["run", "kind", "object_id"], name="retention_item_once")]
        indexes = [
            models.Index(
                fields=["run", "kind", "object_id"],
                name="retention_item_todo_idx",
                condition=Q(removed_at__isnull=True, spared=""),
            ),
            models.Index(fields=["debtor_id"], name="retention_item_debtor_idx"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
