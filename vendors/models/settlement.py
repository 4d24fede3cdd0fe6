"""A month's statement of an agency: frozen, line by line, each with its arithmetic."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

USER = settings.AUTH_USER_MODEL


class SettlementState(models.TextChoices):
    PROPOSED = "proposed", _("待核对")
    CONFIRMED = "confirmed", _("待财务批准")
    APPROVED = "approved", _("已批准")
    PAID = "paid", _("已付款")


class LineState(models.TextChoices):
    PROPOSED = "proposed", _("待确认")
    ACCEPTED = "accepted", _("已确认")
    DISPUTED = "disputed", pgettext_lazy("statement", "有争议")
    RESOLVED = "resolved", _("已解决")


class Settlement(models.Model):
    """What an agency is owed for a month. Lines are written once; only their states and the document's move on, and once
    approved nothing does (a trigger sees to that): corrections are lines of a later month. `facts_digest` is a hash over all
    that was gathered, `digest` over the lines: the same facts give the same two.
    They are written once, with the lines."""

    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="settlements", verbose_name=_("机构")
    )
    period = models.DateField(_("月份"), help_text=_("当月第一天"))
    state = models.CharField(_("状态"), max_length=9, choices=SettlementState, default=SettlementState.PROPOSED)
    known_by = models.DateTimeField(_("已知截至"))
    versions = ArrayField(models.PositiveIntegerField(), verbose_name=_("合同版本"))
    facts_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)
    score = models.DecimalField(_("合规得分"), max_digits=5, decimal_places=2)
    factor = models.DecimalField(_("合规系数"), max_digits=5, decimal_places=4)
    cap = models.DecimalField(_("封顶(元)"), max_digits=14, decimal_places=2, null=True, blank=True)
    clawback_days = models.PositiveSmallIntegerField(_("追回期(天)"))
    commission = models.DecimalField(_("佣金"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("应付(元)"), max_digits=14, decimal_places=2)
    tax_rate = models.DecimalField(_("税率"), max_digits=5, decimal_places=4)
    tax = models.DecimalField(_("其中税额(元)"), max_digits=14, decimal_places=2)
    made_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("生成时间"))
    confirmed_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    confirmed_at = models.DateTimeField(_("核对时间"), null=True, blank=True)
    approved_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    paid_on = models.DateField(_("付款日期"), null=True, blank=True)
    payment_reference = models.CharField(_("付款流水号"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("费用结算单")
        verbose_name_plural = _("费用结算单")
        constraints = [
            models.UniqueConstraint(fields=["agency", "period"], name="settlement_once_a_month"),
            models.CheckConstraint(condition=Q(period__day=1), name="settlement_first_of_month"),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "paid"]) | Q(approved_by__isnull=False, confirmed_by__isnull=False),
                name="settlement_approved_by",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("confirmed_by")), name="settlement_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(state="paid") | (Q(paid_on__isnull=False) & ~Q(payment_reference="")),
                name="settlement_paid_with_reference",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.period:%Y-%m}"


class SettlementLine(models.Model):
    """One line (settlement/decide.Line, with its words there). `of_line`: the earlier line that it takes back. `base`: of a
    commission what was placed under its row; so that amount, rate, band and fee can be followed by hand.

    Keys are kept a set at a time (migration 0010): a month has a million lines."""

    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, related_name="lines", db_constraint=False, db_index=False
    )
    number = models.PositiveIntegerField(_("行号"))
    kind = models.CharField(_("类型"), max_length=24)
    repayment = models.ForeignKey(
        "cases.Repayment", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_constraint=False
    )
    placement = models.ForeignKey(
        "vendors.Placement",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    version = models.PositiveIntegerField(_("合同版本"), null=True, blank=True)
    row = models.PositiveSmallIntegerField(_("费率行"), null=True, blank=True)
    band = models.PositiveSmallIntegerField(_("费率档"), null=True, blank=True)
    amount = models.DecimalField(_("计费金额"), max_digits=14, decimal_places=2)
    rate = models.DecimalField(_("费率"), max_digits=12, decimal_places=6)
    base = models.DecimalField(_("基数"), max_digits=16, decimal_places=2)
    pieces = models.PositiveIntegerField(_("件数"), default=0)
    event = models.CharField(_("事项"), max_length=16, blank=True)
    fee = models.DecimalField(_("费用"), max_digits=14, decimal_places=2)
    in_grace = models.BooleanField(_("宽限内"), default=False)
    held_on = models.DateField(_("归属日期"), null=True, blank=True)
    of_line = models.ForeignKey(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="taken_back_by",
        db_constraint=False,
        db_index=False,
        verbose_name=_("原行"),
    )
    of_period = models.DateField(_("所属月份"), null=True, blank=True)
    state = models.CharField(_("状态"), max_length=9, choices=LineState, default=LineState.PROPOSED)

    class Meta:
        verbose_name = _("结算明细")
        verbose_name_plural = _("结算明细")
        constraints = [
            models.UniqueConstraint(fields=["settlement", "number"], name="settlement_line_number_once"),
            # A line is taken back once; a correction by a dispute may stand beside that.
            models.UniqueConstraint(
                fields=["of_line"],
                name="settlement_line_taken_back_once",
                condition=Q(of_line__isnull=False, kind="clawback"),
            ),
        ]
        # Few lines are of an earlier one.
        indexes = [
            models.Index(fields=["of_line"], name="settlement_line_of_line_idx", condition=Q(of_line__isnull=False))
        ]

    def __str__(self) -> str:
        return f"{self.settlement_id} #{self.number}"


class SettledRepayment(models.Model):
    """That a repayment has been charged, and by which statement: once, whichever agency asks. While it is, the database
    keeps the repayment: what was wrong is reversed, not undone. Its keys are kept as those of a line."""

    repayment = models.OneToOneField(
        "cases.Repayment", primary_key=True, on_delete=models.PROTECT, related_name="settled", db_constraint=False
    )
    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, related_name="repayments", db_constraint=False, db_index=False
    )

    class Meta:
        verbose_name = _("已计费还款")
        verbose_name_plural = _("已计费还款")

    def __str__(self) -> str:
        return f"{self.repayment_id}"
