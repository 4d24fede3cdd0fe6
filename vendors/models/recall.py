"""Cases coming back from an agency: a list that waits, what the agency asked to keep, and the end."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class RecallState(models.TextChoices):
    PENDING = "pending", _("待退案")
    FINAL = "final", _("已退案")


class RecallBatch(models.Model):
    """The recall of one agency's cases: pending → final. One list of an agency waits at a time; what becomes due meanwhile
    is added to it."""

    number = models.CharField(_("退案编号"), max_length=32)
    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="recalls", verbose_name=_("机构")
    )
    state = models.CharField(_("状态"), max_length=7, choices=RecallState, default=RecallState.PENDING)
    made_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("创建时间"))
    finished_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    finished_at = models.DateTimeField(_("退案时间"), null=True, blank=True)
    totals = models.JSONField(_("合计"), default=dict)

    class Meta:
        verbose_name = _("退案批次")
        verbose_name_plural = _("退案批次")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="recall_number_unique"),
            models.UniqueConstraint(fields=["agency"], name="recall_one_pending", condition=Q(state="pending")),
            models.CheckConstraint(
                condition=Q(state="pending", finished_at__isnull=True)
                | Q(state="final", finished_at__isnull=False, finished_by__isnull=False),
                name="recall_finished_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.number


class ItemState(models.TextChoices):
    PENDING = "pending", _("待退案")
    KEEP_ASKED = "keep_asked", _("申请留案")
    KEPT = "kept", _("留案")
    RECALLED = "recalled", _("已退案")
    CLOSED = "closed", _("随案件结案")
    LAPSED = "lapsed", _("不再需要")


WAITING = (ItemState.PENDING, ItemState.KEEP_ASKED)


class RecallItem(models.Model):
    """One placement on a list, with the reason (code) for which it should come back. `state` repeats the newest step. A kept
    case is not proposed again for the same reason through `keep_until`."""

    recall = models.ForeignKey(RecallBatch, on_delete=models.PROTECT, related_name="items")
    placement = models.ForeignKey("vendors.Placement", on_delete=models.PROTECT, related_name="recall_items")
    reason = models.CharField(_("原因"), max_length=32)
    state = models.CharField(_("状态"), max_length=10, choices=ItemState, default=ItemState.PENDING)
    keep_until = models.DateField(_("留案至"), null=True, blank=True)

    class Meta:
        verbose_name = _("退案明细")
        verbose_name_plural = _("退案明细")
        constraints = [
            models.UniqueConstraint(fields=["recall", "placement"], name="recall_item_once"),
            models.UniqueConstraint(
                fields=["placement"],
                name="recall_item_waits_once",
                condition=Q(state__in=["pending", "keep_asked"]),
            ),
            models.CheckConstraint(
                condition=~Q(state="kept") | Q(keep_until__isnull=False), name="recall_item_kept_until"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recall_id} {self.placement_id}"


class RecallStep(models.Model):
    """What became of an item, step by step, with the words of whoever took it. Never changed."""

    item = models.ForeignKey(RecallItem, on_delete=models.PROTECT, related_name="steps")
    state = models.CharField(_("状态"), max_length=10, choices=ItemState)
    words = models.CharField(_("说明"), max_length=400, blank=True)
    actor = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("退案步骤")
        verbose_name_plural = _("退案步骤")
        constraints = [
            models.CheckConstraint(
                condition=~Q(state__in=["keep_asked", "kept"]) | ~Q(words=""), name="recall_step_keep_with_words"
            ),
        ]
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.item_id} {self.state}"
