"""What was given to which agency, and when it came back."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class BatchState(models.TextChoices):
    DRAFT = "draft", _("草稿")
    SUBMITTED = "submitted", _("待批准")
    APPROVED = "approved", _("已批准")
    APPLIED = "applied", _("已委出")
    WITHDRAWN = "withdrawn", _("已撤回")


class PlacementBatch(models.Model):
    """A batch as a document: draft → submitted → approved by somebody else → applied. `rule`: how cases were chosen and
    split (filters, strata, shares); with `seed` it gives the same split again. `totals`: what the preview said. `job`:
    by which a large one was planned; a job plans once, however often it is delivered."""

    number = models.CharField(_("批次编号"), max_length=32)
    as_of = models.DateField(_("数据日期"))
    state = models.CharField(_("状态"), max_length=9, choices=BatchState, default=BatchState.DRAFT)
    rule = models.JSONField(_("规则"), default=dict)
    seed = models.BigIntegerField(_("随机种子"))
    totals = models.JSONField(_("合计"), default=dict)
    job = models.OneToOneField(
        "core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("任务")
    )
    made_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("创建时间"), db_default=Now())
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)
    approved_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    applied_at = models.DateTimeField(_("委出时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("委外批次")
        verbose_name_plural = _("委外批次")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="placement_batch_number_unique"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "applied"]) | Q(approved_by__isnull=False),
                name="placement_batch_approved_by",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")), name="placement_batch_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False), name="placement_batch_applied_at"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class Placement(models.Model):
    """A case with an agency, from the batch that placed it to the day it came back. `stage`, `product` and `amount` (overdue
    total, yuan) are those of the day; the fee table goes by them. A loan never goes to one agency twice."""

    batch = models.ForeignKey(PlacementBatch, on_delete=models.PROTECT, related_name="placements")
    agency = models.ForeignKey("vendors.Agency", on_delete=models.PROTECT, related_name="placements")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="placements")
    loan = models.ForeignKey("cases.Loan", on_delete=models.PROTECT, related_name="+", db_index=False)
    stage = models.PositiveSmallIntegerField(_("委案时阶段"))
    product = models.CharField(_("产品"), max_length=64, blank=True)
    amount = models.DecimalField(_("委案金额"), max_digits=14, decimal_places=2)
    stratum = models.CharField(_("分层"), max_length=64, blank=True)
    placed_on = models.DateField(_("委出日期"))
    recalled_on = models.DateField(_("退案日期"), null=True, blank=True)
    recall_reason = models.CharField(_("退案原因"), max_length=32, blank=True)

    class Meta:
        verbose_name = _("委外案件")
        verbose_name_plural = _("委外案件")
        constraints = [
            models.UniqueConstraint(fields=["loan", "agency"], name="placement_never_twice_to_one"),
            models.UniqueConstraint(fields=["case"], name="placement_one_open", condition=Q(recalled_on__isnull=True)),
            models.CheckConstraint(
                condition=Q(recalled_on__isnull=True) | Q(recalled_on__gte=F("placed_on")), name="placement_period"
            ),
        ]
        indexes = [models.Index(fields=["agency", "placed_on"], name="placement_agency_idx")]

    def __str__(self) -> str:
        return f"{self.case_id} → {self.agency_id}"
