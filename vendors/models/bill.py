"""The agency's own claim for a month (机构账单), compared with our statement; what came of what only it lists."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class AgencyBill(models.Model):
    """One file of an agency for a month. Its lines are never changed; another file replaces it while our statement is still
    gone through. `settlement`: what it was compared with, once, since neither side moves any more."""

    agency = models.ForeignKey("vendors.Agency", on_delete=models.PROTECT, related_name="bills", verbose_name=_("机构"))
    period = models.DateField(_("月份"), help_text=_("当月第一天"))
    number = models.PositiveSmallIntegerField(_("第几份"))
    file_name = models.CharField(_("文件名"), max_length=255)
    stored_name = models.CharField(max_length=80)
    sha256 = models.CharField(max_length=64)
    rows = models.PositiveIntegerField(_("行数"))
    total = models.DecimalField(_("机构主张(元)"), max_digits=14, decimal_places=2)
    uploaded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    uploaded_at = models.DateTimeField(_("上传时间"))
    replaced_at = models.DateTimeField(_("被替换时间"), null=True, blank=True)
    settlement = models.ForeignKey(
        "vendors.Settlement", null=True, blank=True, on_delete=models.PROTECT, related_name="bills"
    )
    compared_at = models.DateTimeField(_("核对时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("机构账单")
        verbose_name_plural = _("机构账单")
        constraints = [
            models.UniqueConstraint(fields=["agency", "period", "number"], name="agency_bill_number_once"),
            models.UniqueConstraint(
                fields=["agency", "period"], name="agency_bill_one_counts", condition=Q(replaced_at__isnull=True)
            ),
            models.CheckConstraint(condition=Q(period__day=1), name="agency_bill_first_of_month"),
            models.CheckConstraint(condition=Q(rows__gt=0), name="agency_bill_not_empty"),
            models.CheckConstraint(
                condition=Q(settlement__isnull=True, compared_at__isnull=True)
                | Q(settlement__isnull=False, compared_at__isnull=False),
                name="agency_bill_compared_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.period:%Y-%m} #{self.number}"


class BillLine(models.Model):
    """One row of the file. `number`: its row in the sheet. `loan`: the contract that its number names, if it names one."""

    bill = models.ForeignKey(AgencyBill, on_delete=models.PROTECT, related_name="lines")
    number = models.PositiveIntegerField(_("行号"))
    contract_no = models.CharField(_("合同编号"), max_length=64)
    loan = models.ForeignKey(
        "cases.Loan", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    paid_on = models.DateField(_("还款日期"), null=True, blank=True)
    amount = models.DecimalField(_("还款金额"), max_digits=14, decimal_places=2, null=True, blank=True)
    rate = models.DecimalField(_("费率"), max_digits=12, decimal_places=6, null=True, blank=True)
    fee = models.DecimalField(_("费用"), max_digits=14, decimal_places=2)

    class Meta:
        verbose_name = _("机构账单明细")
        verbose_name_plural = _("机构账单明细")
        constraints = [models.UniqueConstraint(fields=["bill", "number"], name="bill_line_number_once")]

    def __str__(self) -> str:
        return f"{self.bill_id} #{self.number}"


class MatchKind(models.TextChoices):
    AGREES = "agrees", _("一致")
    AMOUNT = "amount", _("计费金额不同")
    RATE = "rate", _("费率不同")
    ROUNDING = "rounding", _("取整差异")
    OURS = "ours", _("仅我方有")
    THEIRS = "theirs", _("仅机构有")


class BillMatch(models.Model):
    """What belongs together on the two sides, mostly a line each, and how it differs: `difference` = `claimed` − `ours`,
    yuan. `reason` with its `params` says why, in bills/wording.py."""

    bill = models.ForeignKey(AgencyBill, on_delete=models.PROTECT, related_name="matches")
    number = models.PositiveIntegerField()
    kind = models.CharField(_("类别"), max_length=8, choices=MatchKind)
    loan = models.ForeignKey(
        "cases.Loan", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    claimed = models.DecimalField(_("机构主张(元)"), max_digits=14, decimal_places=2)
    ours = models.DecimalField(_("我方(元)"), max_digits=14, decimal_places=2)
    difference = models.DecimalField(_("相差(元)"), max_digits=14, decimal_places=2)
    reason = models.CharField(max_length=24)
    params = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("账单核对结果")
        verbose_name_plural = _("账单核对结果")
        constraints = [
            models.UniqueConstraint(fields=["bill", "number"], name="bill_match_number_once"),
            models.CheckConstraint(condition=Q(difference=F("claimed") - F("ours")), name="bill_match_difference"),
        ]
        indexes = [models.Index(fields=["bill", "kind", "number"], name="bill_match_kind_idx")]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.kind} #{self.number}"


class BillSide(models.Model):
    """A line of one of the two sides in its match: each in exactly one."""

    match = models.ForeignKey(BillMatch, on_delete=models.PROTECT, related_name="sides")
    bill = models.ForeignKey(AgencyBill, on_delete=models.PROTECT, related_name="+", db_index=False)
    theirs = models.ForeignKey(
        BillLine, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ours = models.ForeignKey(
        "vendors.SettlementLine", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("账单核对双方")
        verbose_name_plural = _("账单核对双方")
        constraints = [
            models.UniqueConstraint(fields=["bill", "theirs"], name="bill_side_theirs_once"),
            models.UniqueConstraint(fields=["bill", "ours"], name="bill_side_ours_once"),
            models.CheckConstraint(
                condition=Q(theirs__isnull=False, ours__isnull=True) | Q(theirs__isnull=True, ours__isnull=False),
                name="bill_side_one_of_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.match_id}"


class AnswerResolution(models.TextChoices):
    REJECTED = "rejected", _("不予支付")
    PAID = "paid", _("以后月份补付")


class BillAnswer(models.Model):
    """What the agency is told about something that only its bill has. Written once. What is to be paid (`agreed`, yuan)
    comes as a correction of the next statement (settlement/gather.py)."""

    match = models.OneToOneField(BillMatch, on_delete=models.PROTECT, related_name="answer")
    resolution = models.CharField(_("答复"), max_length=8, choices=AnswerResolution)
    agreed = models.DecimalField(_("补付金额(元)"), max_digits=14, decimal_places=2)
    placement = models.ForeignKey(
        "vendors.Placement", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    note = models.CharField(_("答复说明"), max_length=400)
    answered_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField(_("答复时间"))

    class Meta:
        verbose_name = _("账单答复")
        verbose_name_plural = _("账单答复")
        constraints = [
            models.CheckConstraint(
                condition=Q(resolution="rejected", agreed=0) | Q(resolution="paid") & ~Q(agreed=0),
                name="bill_answer_amount",
            ),
            models.CheckConstraint(condition=~Q(note=""), name="bill_answer_says_why"),
        ]

    def __str__(self) -> str:
        return f"{self.match_id} {self.resolution}"
