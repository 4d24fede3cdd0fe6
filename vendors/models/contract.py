"""A contract in rows: versions with the day from which they count, fee tables, coefficient, prices of events."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from vendors.contracts.terms import EVENT_LABELS, MEASURE_LABELS, MOST_FIGURE, Measure, Method, Rounding
from vendors.models.version import Version

USER = settings.AUTH_USER_MODEL
METHODS = [(str(Method.WHOLE), _("全额")), (str(Method.PROGRESSIVE), _("超额累进"))]
ROUNDINGS = [(str(Rounding.LINE), _("逐行四舍五入")), (str(Rounding.STATEMENT), _("按合计四舍五入"))]
EVENTS = [(str(event), label) for event, label in EVENT_LABELS.items()]
MEASURES = [(str(measure), label) for measure, label in MEASURE_LABELS.items()]


class Contract(models.Model):
    """An agreement with an agency for a period. What it pays stands in its versions."""

    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="contracts", verbose_name=_("机构")
    )
    number = models.CharField(_("合同编号"), max_length=64)
    starts_on = models.DateField(_("开始日期"))
    ends_on = models.DateField(_("结束日期"))
    created_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    created_at = models.DateTimeField(_("登记时间"), db_default=Now())

    class Meta:
        verbose_name = _("委外合同")
        verbose_name_plural = _("委外合同")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="vendor_contract_number_unique"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="vendor_contract_period"),
        ]

    def __str__(self) -> str:
        return self.number


class ContractVersion(Version):
    """Terms that count from a day on. An approved version and its rows are never changed (a trigger sees to that): other
    terms are another version. Whoever submits does not approve."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="versions", verbose_name=_("合同"))
    grace_days = models.PositiveSmallIntegerField(_("退案后宽限天数"), default=0)
    clawback_days = models.PositiveSmallIntegerField(_("追回期(天)"), default=90)
    cap = models.DecimalField(_("月度佣金封顶(元)"), max_digits=14, decimal_places=2, null=True, blank=True)
    tax_rate = models.DecimalField(_("税率"), max_digits=5, decimal_places=4, default="0.06")
    rounding = models.CharField(_("取整"), max_length=9, choices=ROUNDINGS, default=Rounding.LINE)
    least_attempts = models.PositiveSmallIntegerField(_("每案每月最低作业次数"), default=0)

    class Meta:
        verbose_name = _("合同版本")
        verbose_name_plural = _("合同版本")
        constraints = [
            models.UniqueConstraint(fields=["contract", "number"], name="contract_version_number_once"),
            models.UniqueConstraint(
                fields=["contract", "effective_from"], name="contract_version_day_once", condition=Q(state="approved")
            ),
            models.CheckConstraint(
                condition=~Q(state="approved") | Q(approved_by__isnull=False, approved_at__isnull=False),
                name="contract_version_approved_by",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")), name="contract_version_two_people"
            ),
            models.CheckConstraint(condition=Q(tax_rate__gte=0, tax_rate__lt=1), name="contract_version_tax"),
        ]

    def __str__(self) -> str:
        return f"{self.contract_id} v{self.number}"


class FeeTableRow(models.Model):
    """A row of the fee table: the first that fits a placement counts. Empty lists are any."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveSmallIntegerField(_("行号"))
    stages = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("委案时阶段"))
    products = ArrayField(models.CharField(max_length=64), default=list, blank=True, verbose_name=_("产品"))
    age_from = models.PositiveSmallIntegerField(_("账龄自(月)"), default=0)
    age_to = models.PositiveSmallIntegerField(_("账龄至(月)"), null=True, blank=True)
    method = models.CharField(_("计算方式"), max_length=11, choices=METHODS, default=Method.WHOLE)

    class Meta:
        verbose_name = _("费率行")
        verbose_name_plural = _("费率行")
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="fee_row_number_once"),
            models.CheckConstraint(
                condition=Q(age_to__isnull=True) | Q(age_to__gte=F("age_from")), name="fee_row_ages"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} #{self.number}"


class FeeBandRow(models.Model):
    """From a recovery rate on, money of the row is paid with a rate; both are shares."""

    row = models.ForeignKey(FeeTableRow, on_delete=models.CASCADE, related_name="bands")
    floor = models.DecimalField(_("回款率自"), max_digits=7, decimal_places=6)
    rate = models.DecimalField(_("费率"), max_digits=7, decimal_places=6)

    class Meta:
        verbose_name = _("费率档")
        verbose_name_plural = _("费率档")
        ordering = ("floor",)
        constraints = [
            models.UniqueConstraint(fields=["row", "floor"], name="fee_band_floor_once"),
            models.CheckConstraint(condition=Q(floor__gte=0, rate__gte=0, rate__lte=1), name="fee_band_shares"),
        ]

    def __str__(self) -> str:
        return f"{self.floor}: {self.rate}"


class CoefficientStep(models.Model):
    """From a compliance score on, commissions are multiplied by a factor."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="steps")
    floor = models.DecimalField(_("合规得分自"), max_digits=5, decimal_places=2)
    factor = models.DecimalField(_("系数"), max_digits=5, decimal_places=4)

    class Meta:
        verbose_name = _("合规系数")
        verbose_name_plural = _("合规系数")
        ordering = ("floor",)
        constraints = [
            models.UniqueConstraint(fields=["version", "floor"], name="coefficient_floor_once"),
            models.CheckConstraint(condition=Q(floor__gte=0, floor__lte=100, factor__gte=0), name="coefficient_range"),
        ]

    def __str__(self) -> str:
        return f"{self.floor}: {self.factor}"


class EventPrice(models.Model):
    """Yuan for each event of a kind: a penalty, or the bonus of a clean month."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="prices")
    event = models.CharField(_("事项"), max_length=16, choices=EVENTS)
    amount = models.DecimalField(_("金额(元)"), max_digits=12, decimal_places=2)

    class Meta:
        verbose_name = _("扣款与奖励")
        verbose_name_plural = _("扣款与奖励")
        constraints = [
            models.UniqueConstraint(fields=["version", "event"], name="event_price_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="event_price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.event}: {self.amount}"


class ContractTarget(models.Model):
    """What the agency promised for every month: a measure that should reach a figure, or stay below it
    (contracts/terms.AT_LEAST). `figure` in the unit of the measure: 5 is 5 % of the money. Empty stages are all; of one
    measure no two rows of a version speak about one stage (drafting sees to that)."""

    version = models.ForeignKey(ContractVersion, on_delete=models.CASCADE, related_name="targets")
    number = models.PositiveSmallIntegerField(_("序号"))
    stages = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("委案时阶段"))
    measure = models.CharField(_("指标"), max_length=16, choices=MEASURES)
    figure = models.DecimalField(_("目标值"), max_digits=7, decimal_places=2)

    class Meta:
        verbose_name = _("约定目标")
        verbose_name_plural = _("约定目标")
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["version", "number"], name="contract_target_number_once"),
            models.CheckConstraint(
                condition=Q(figure__gte=0)
                & (
                    Q(measure=str(Measure.RECOVERY), figure__lte=MOST_FIGURE[Measure.RECOVERY])
                    | Q(measure=str(Measure.CONTACT), figure__lte=MOST_FIGURE[Measure.CONTACT])
                    | Q(measure=str(Measure.COMPLAINTS), figure__lte=MOST_FIGURE[Measure.COMPLAINTS], stages=[])
                    | Q(
                        measure=str(Measure.CASE_COMPLAINTS),
                        figure__lte=MOST_FIGURE[Measure.CASE_COMPLAINTS],
                        stages=[],
                    )
                ),
                name="contract_target_figure",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.measure} {self.figure}"
