"""How an agency's month is judged, and how it was: schemes in versions, scorecards in revisions. Neither is ever edited."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from vendors.contracts.targets import OUTCOME_LABELS, WHY_LABELS
from vendors.models.contract import MEASURES
from vendors.models.version import Version
from vendors.scorecard.criteria import CRITERION_LABELS, UNTOLD_LABELS, VERDICT_LABELS, Grade, Verdict

USER = settings.AUTH_USER_MODEL
CRITERIA = [(str(one), label) for one, label in CRITERION_LABELS.items()]
VERDICTS = [(str(one), label) for one, label in VERDICT_LABELS.items()]
UNTOLD = [(str(one), label) for one, label in UNTOLD_LABELS.items()]
OUTCOMES = [(str(one), label) for one, label in OUTCOME_LABELS.items()]
NOTHING_TO_JUDGE = [(str(one), label) for one, label in WHY_LABELS.items()]
GRADES = [(str(one), str(one)) for one in Grade]


class ScorecardScheme(Version):
    """Weights and curves that count from a day on. An approved version is never changed, and no version is approved that
    breaks CN-A-04 (triggers see to both); whoever makes one does not approve it. `is_shipped`: the one that came with the
    product, which nobody made. From `grade_a` points on a month is an A, below `grade_c` a D."""

    is_shipped = models.BooleanField(_("随产品提供"), default=False)
    grade_a = models.DecimalField(_("A 级分数线"), max_digits=5, decimal_places=2, default=85)
    grade_b = models.DecimalField(_("B 级分数线"), max_digits=5, decimal_places=2, default=70)
    grade_c = models.DecimalField(_("C 级分数线"), max_digits=5, decimal_places=2, default=60)

    class Meta:
        verbose_name = _("评分方案")
        verbose_name_plural = _("评分方案")
        constraints = [
            models.UniqueConstraint(fields=["number"], name="scorecard_scheme_number_once"),
            models.UniqueConstraint(
                fields=["effective_from"], name="scorecard_scheme_day_once", condition=Q(state="approved")
            ),
            models.CheckConstraint(
                condition=~Q(state="approved")
                | Q(approved_at__isnull=False)
                & (Q(is_shipped=True) | Q(made_by__isnull=False, approved_by__isnull=False)),
                name="scorecard_scheme_approved_by",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True) | ~Q(approved_by=F("made_by")), name="scorecard_scheme_two_people"
            ),
            models.CheckConstraint(
                condition=Q(is_shipped=False) | Q(number=1, made_by__isnull=True, approved_by__isnull=True),
                name="scorecard_scheme_shipped_by_nobody",
            ),
            models.CheckConstraint(
                condition=Q(grade_a__lte=100, grade_a__gt=F("grade_b"), grade_b__gt=F("grade_c"), grade_c__gt=0),
                name="scorecard_scheme_grades",
            ),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class SchemeItem(models.Model):
    """A criterion of a scheme with its weight in points of 100."""

    scheme = models.ForeignKey(ScorecardScheme, on_delete=models.CASCADE, related_name="items")
    criterion = models.CharField(_("指标"), max_length=12, choices=CRITERIA)
    weight = models.DecimalField(_("权重(分)"), max_digits=5, decimal_places=2)

    class Meta:
        verbose_name = _("评分指标")
        verbose_name_plural = _("评分指标")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["scheme", "criterion"], name="scheme_item_criterion_once"),
            models.CheckConstraint(condition=Q(weight__gt=0, weight__lte=100), name="scheme_item_weight"),
        ]

    def __str__(self) -> str:
        return f"{self.criterion} {self.weight}"


class CurvePoint(models.Model):
    """At `value` the item gives `share` (0 to 1) of its weight; straight lines between, flat at both ends."""

    item = models.ForeignKey(SchemeItem, on_delete=models.CASCADE, related_name="points")
    value = models.DecimalField(_("指标值"), max_digits=12, decimal_places=4)
    share = models.DecimalField(_("得分比例"), max_digits=5, decimal_places=4)

    class Meta:
        verbose_name = _("得分曲线")
        verbose_name_plural = _("得分曲线")
        ordering = ("value",)
        constraints = [
            models.UniqueConstraint(fields=["item", "value"], name="curve_point_value_once"),
            models.CheckConstraint(condition=Q(share__gte=0, share__lte=1), name="curve_point_share"),
        ]

    def __str__(self) -> str:
        return f"{self.value}: {self.share}"


class Scorecard(models.Model):
    """An agency's month as it was judged by what was known at `known_by`. Append-only (a trigger sees to that): when other
    facts come to be known, it is another revision, and the newest counts.

    `observed`, `expected`: yuan; `ratio` the one by the other; `lower`, `upper` (95 %) and `lower998`, `upper998` (99.8 %):
    between which the ratio of an agency that is like the pool falls by chance; empty where nothing can be expected.
    `dispersion`: by how much agencies differ beyond chance (1: not at all). `placed`: amount of the cases in hand in the
    month; `exposed`: the same by the share of the month's days in hand. `critical`: critical breaches; where they veto
    (`vetoed`), the grade is D whatever the score. `compliance_score`: the one that settlements go by, shown, not counted.
    `share_now`, `share_proposed`: per cent of the amount in hand of all agencies at the end of the month.
    """

    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="scorecards", verbose_name=_("机构")
    )
    month = models.DateField(_("月份"), help_text=_("当月第一天"))
    revision = models.PositiveSmallIntegerField(_("修订"))
    scheme = models.ForeignKey(
        ScorecardScheme, on_delete=models.PROTECT, related_name="scorecards", verbose_name=_("评分方案")
    )
    known_by = models.DateTimeField(_("已知截至"))
    made_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    made_at = models.DateTimeField(_("生成时间"))
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2)
    grade = models.CharField(_("评级"), max_length=1, choices=GRADES)
    vetoed = models.BooleanField(_("一票否决"), default=False)
    critical = models.PositiveIntegerField(_("红线违规(起)"), default=0)
    compliance_score = models.DecimalField(_("合规得分"), max_digits=5, decimal_places=2)
    cases = models.PositiveIntegerField(_("在手案件"))
    placed = models.DecimalField(_("委案金额"), max_digits=16, decimal_places=2)
    exposed = models.DecimalField(_("按在手天数折算的委案金额"), max_digits=16, decimal_places=2)
    observed = models.DecimalField(_("实际回款"), max_digits=16, decimal_places=2)
    expected = models.DecimalField(_("预期回款"), max_digits=16, decimal_places=2)
    ratio = models.DecimalField(_("实际÷预期"), max_digits=10, decimal_places=4, null=True)
    lower = models.DecimalField(_("95% 下限"), max_digits=10, decimal_places=4, null=True)
    upper = models.DecimalField(_("95% 上限"), max_digits=10, decimal_places=4, null=True)
    lower998 = models.DecimalField(_("99.8% 下限"), max_digits=10, decimal_places=4, null=True)
    upper998 = models.DecimalField(_("99.8% 上限"), max_digits=10, decimal_places=4, null=True)
    dispersion = models.DecimalField(_("离散系数"), max_digits=10, decimal_places=4, default=1)
    verdict = models.CharField(_("与预期相比"), max_length=11, choices=VERDICTS)
    why = models.CharField(_("无法区分的原因"), max_length=16, choices=UNTOLD, blank=True)
    share_now = models.DecimalField(_("目前份额(%)"), max_digits=5, decimal_places=2)
    share_proposed = models.DecimalField(_("建议份额(%)"), max_digits=5, decimal_places=2)
    facts_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("评分卡")
        verbose_name_plural = _("评分卡")
        constraints = [
            models.UniqueConstraint(fields=["agency", "month", "revision"], name="scorecard_revision_once"),
            models.CheckConstraint(condition=Q(month__day=1), name="scorecard_first_of_month"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=100), name="scorecard_score"),
            models.CheckConstraint(
                condition=Q(vetoed=False) | Q(grade="D", critical__gt=0), name="scorecard_veto_is_d"
            ),
            models.CheckConstraint(
                condition=Q(verdict="cannot_tell") & ~Q(why="") | ~Q(verdict="cannot_tell") & Q(why=""),
                name="scorecard_untold_why",
            ),
            models.CheckConstraint(
                condition=Q(share_now__gte=0, share_now__lte=100, share_proposed__gte=0, share_proposed__lte=100),
                name="scorecard_shares",
            ),
        ]
        indexes = [models.Index(fields=["month", "agency", "-revision"], name="scorecard_month_idx")]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.month:%Y-%m} #{self.revision}"

    @property
    def is_told_apart(self) -> bool:
        """Whether its money says anything; without, it has no rank."""
        return self.verdict != Verdict.CANNOT_TELL


class ScorecardItem(models.Model):
    """What one criterion came to. `value`: what the curve was asked for (scorecard/criteria.py); empty, with `why` a key of
    wording.WHY_NOT: not judged, and `weight` is 0, the scheme's own spread over the others. `points` + `lost` = `weight`;
    the weights of a card add up to 100 and its points to the score. `changes`: what would make it another score, each
    {"by", "to", "score", "grade", "gain", "grade_step"}: the numerator (of recovery, roll and quality the value) changed
    by `by` makes the value `to`. The numerator of breaches is their points, of quality the sum of all checks' scores."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="items")
    criterion = models.CharField(_("指标"), max_length=12, choices=CRITERIA)
    value = models.DecimalField(_("指标值"), max_digits=16, decimal_places=4, null=True)
    expected = models.DecimalField(_("预期值"), max_digits=16, decimal_places=4, null=True)
    numerator = models.DecimalField(_("分子"), max_digits=16, decimal_places=2, null=True)
    denominator = models.DecimalField(_("分母"), max_digits=16, decimal_places=2, null=True)
    weight = models.DecimalField(_("权重(分)"), max_digits=5, decimal_places=2)
    points = models.DecimalField(_("得分"), max_digits=5, decimal_places=2)
    lost = models.DecimalField(_("失分"), max_digits=5, decimal_places=2)
    why = models.CharField(_("未评原因"), max_length=16, blank=True)
    changes = models.JSONField(_("怎样改变得分"), default=list)

    class Meta:
        verbose_name = _("评分卡指标")
        verbose_name_plural = _("评分卡指标")
        ordering = ("pk",)
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "criterion"], name="scorecard_item_criterion_once"),
            models.CheckConstraint(
                condition=Q(value__isnull=False, why="") | Q(value__isnull=True, weight=0) & ~Q(why=""),
                name="scorecard_item_judged_or_why",
            ),
            models.CheckConstraint(
                condition=Q(points__gte=0, lost__gte=0, weight=F("points") + F("lost")), name="scorecard_item_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard_id} {self.criterion}"

    @property
    def is_judged(self) -> bool:
        return self.value is not None


class ScorecardStratum(models.Model):
    """An agency's cases of one kind: stage at placement, age of the placement, balance, product, how many earlier placements
    of the contract there were (2: two or more). Bands are keys of scorecard/strata.py. `merged`: how many of product,
    earlier placements, balance, age, stage were left out, in that order, until the pool had enough of them; 0: none.
    `pool_cases`: cases of all agencies under the rate `rate` (yuan for a yuan in hand for the whole month)."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="strata")
    stage = models.PositiveSmallIntegerField(_("委案时阶段"))
    age_band = models.PositiveSmallIntegerField(_("委案账龄档"))
    balance_band = models.PositiveSmallIntegerField(_("金额档"))
    product = models.CharField(_("产品"), max_length=64, blank=True)
    earlier = models.PositiveSmallIntegerField(_("曾委外次数"))
    cases = models.PositiveIntegerField(_("案件"))
    amount = models.DecimalField(_("委案金额"), max_digits=16, decimal_places=2)
    exposed = models.DecimalField(_("按在手天数折算的委案金额"), max_digits=16, decimal_places=2)
    observed = models.DecimalField(_("实际回款"), max_digits=16, decimal_places=2)
    expected = models.DecimalField(_("预期回款"), max_digits=16, decimal_places=2)
    merged = models.PositiveSmallIntegerField(_("合并级别"), default=0)
    pool_cases = models.PositiveIntegerField(_("同层全部案件"))
    rate = models.DecimalField(_("同层回款率"), max_digits=12, decimal_places=6)

    class Meta:
        verbose_name = _("评分卡分层")
        verbose_name_plural = _("评分卡分层")
        constraints = [
            models.UniqueConstraint(
                fields=["scorecard", "stage", "age_band", "balance_band", "product", "earlier"],
                name="scorecard_stratum_once",
            ),
            models.CheckConstraint(condition=Q(merged__lte=5, earlier__lte=2), name="scorecard_stratum_levels"),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard_id} M{self.stage}"


class ScorecardTarget(models.Model):
    """A target of the contract in force at the end of the month, as it was then, beside what the month came to
    (contracts/targets.JudgedTarget says what the figures are). Kept with the card: neither later facts nor another version
    change it."""

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="targets")
    version = models.ForeignKey(
        "vendors.ContractVersion", on_delete=models.PROTECT, related_name="+", verbose_name=_("合同版本")
    )
    number = models.PositiveSmallIntegerField(_("序号"))
    stages = ArrayField(models.PositiveSmallIntegerField(), default=list, blank=True, verbose_name=_("委案时阶段"))
    measure = models.CharField(_("指标"), max_length=16, choices=MEASURES)
    figure = models.DecimalField(_("目标值"), max_digits=7, decimal_places=2)
    outcome = models.CharField(_("结果"), max_length=8, choices=OUTCOMES)
    why = models.CharField(_("无从判断的原因"), max_length=16, choices=NOTHING_TO_JUDGE, blank=True)
    part = models.DecimalField(_("分子"), max_digits=16, decimal_places=2, null=True)
    whole = models.DecimalField(_("分母"), max_digits=16, decimal_places=2, null=True)
    value = models.DecimalField(_("实际值"), max_digits=16, decimal_places=2, null=True)
    gap = models.DecimalField(_("与目标之差"), max_digits=16, decimal_places=2, null=True)
    short = models.DecimalField(_("还差"), max_digits=16, decimal_places=2, null=True)

    class Meta:
        verbose_name = _("约定目标的结果")
        verbose_name_plural = _("约定目标的结果")
        ordering = ("number",)
        constraints = [
            models.UniqueConstraint(fields=["scorecard", "number"], name="scorecard_target_number_once"),
            models.CheckConstraint(
                condition=Q(outcome="unjudged", value__isnull=True, gap__isnull=True, short__isnull=True) & ~Q(why="")
                | Q(outcome="reached", value__isnull=False, gap__isnull=False, short__isnull=True, why="")
                | Q(outcome="missed", value__isnull=False, gap__isnull=False, short__isnull=False, short__gt=0, why=""),
                name="scorecard_target_judged_or_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard_id} {self.measure} {self.outcome}"
