"""Quality checks (质检): which talks were drawn and why, the form they are scored by, what was found, who disagreed."""

from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import Scope, has, scope
from collection_ops.core.fields import EncryptedTextField

if TYPE_CHECKING:
    from collection_ops.core.models import User

CHECK, APPEAL = "quality.check", "quality.appeal"


class SamplingPlan(models.Model):
    """How many talks are drawn and which are likelier, from `valid_from` on until the next row; of two for one day the later
    counts. Never changed. Shares are per cent of a person's (an agency's) talks of a week, rounded up; `least` and `most` a
    person and week. `weights`: what each reason of `quality/reasons.py` adds to the weight 1 that every talk has."""

    valid_from = models.DateField(_("生效日期"))
    collector_share = models.DecimalField(_("催收员抽检比例（%）"), max_digits=5, decimal_places=2)
    agency_share = models.DecimalField(_("委外机构抽检比例（%）"), max_digits=5, decimal_places=2)
    least = models.PositiveSmallIntegerField(_("每人每周最少"))
    most = models.PositiveSmallIntegerField(_("每人每周最多"))
    weights: "models.JSONField[dict[str, int]]" = models.JSONField(_("风险权重"), default=dict)
    long_minutes = models.PositiveSmallIntegerField(_("长通话（分钟）"), default=10)
    short_seconds = models.PositiveSmallIntegerField(_("极短有效通话（秒）"), default=20)
    starter_days = models.PositiveSmallIntegerField(_("新人期（天）"), default=30)
    reason = models.CharField(_("原因"), max_length=200)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    saved_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("抽样方案")
        verbose_name_plural = _("抽样方案")
        constraints = [
            models.CheckConstraint(
                name="sampling_plan_shares",
                condition=Q(
                    collector_share__gte=0, collector_share__lte=100, agency_share__gte=0, agency_share__lte=100
                ),
            ),
            models.CheckConstraint(name="sampling_plan_least_most", condition=Q(most__gte=F("least"))),
        ]
        indexes = [models.Index(fields=["-valid_from", "-id"], name="sampling_plan_idx")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ScoreForm(models.Model):
    """One version of the form; the highest is in force, a check keeps the version it was scored by. Never changed. `body` as
    `quality/form.py` reads it: sections with items, critical errors, the pass mark."""

    version = models.PositiveIntegerField(_("版本"))
    body: "models.JSONField[dict[str, Any]]" = models.JSONField(_("内容"))
    reason = models.CharField(_("原因"), max_length=200)
    saved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    saved_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("质检评分表")
        verbose_name_plural = _("质检评分表")
        constraints = [models.UniqueConstraint(fields=["version"], name="score_form_version_once")]

    def __str__(self) -> str:
        return f"v{self.version}"


class BatchState(models.TextChoices):
    DRAFT = "draft", _("待下发")
    ISSUED = "issued", _("已下发")
    DISCARDED = "discarded", _("已作废")


class SampleBatch(models.Model):
    """Talks drawn of the days `first` to `last`. `facts`: what the drawing looked at, compressed (quality/frozen.py), ids
    only, so that it can be drawn again with `seed` and compared. `strata`: by person or agency and week what was there,
    wanted and drawn. A discarded one has no checks: what it drew may be drawn again."""

    first = models.DateField(_("自"))
    last = models.DateField(_("至"))
    plan = models.ForeignKey(SamplingPlan, on_delete=models.PROTECT, related_name="batches", verbose_name=_("抽样方案"))
    seed = models.CharField(_("随机种子"), max_length=32)
    state = models.CharField(_("状态"), max_length=9, choices=BatchState, default=BatchState.DRAFT)
    facts = models.BinaryField()
    strata: "models.JSONField[list[dict[str, Any]]]" = models.JSONField(default=list)
    candidates = models.PositiveIntegerField(_("通话数"))
    drawn = models.PositiveIntegerField(_("抽中数"))
    drawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    drawn_at = models.DateTimeField(_("抽样时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("下发时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("质检批次")
        verbose_name_plural = _("质检批次")
        constraints = [
            models.CheckConstraint(name="sample_batch_period", condition=Q(last__gte=F("first"))),
            models.CheckConstraint(
                name="sample_batch_decided",
                condition=Q(state="draft", decided_at__isnull=True) | ~Q(state="draft") & Q(decided_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"ZJ{self.pk}"


class CheckState(models.TextChoices):
    DRAWN = "drawn", _("待下发")
    WAITING = "waiting", _("待检")
    CHECKING = "checking", _("检查中")
    DONE = "done", _("已出结果")


class SecondState(models.TextChoices):
    """Of a second opinion: asked for, the same, too far apart, settled."""

    NONE = "none", _("无需复评")
    WANTED = "wanted", _("待复评")
    AGREED = "agreed", _("复评一致")
    DIFFERS = "differs", _("复评不一致")
    SETTLED = "settled", _("已协调")


class QualityCheckQuerySet(models.QuerySet["QualityCheck"]):
    def for_user(self, user: "User", capability: str = "quality.view") -> Self:
        """Checks as somebody may see them. Whose talks were drawn is known to whoever checks, and to nobody else before
        there is a result; a checker does not see their own in advance either."""
        granted = scope(user, capability)
        if granted is None:
            return self.none()
        done = Q(state=CheckState.DONE)
        if granted == Scope.ALL:
            return self.filter(done | ~Q(user=user) | Q(user=None)) if has(user, CHECK) else self.filter(done)
        if granted == Scope.PLACED:
            return self.filter(done, user=None)  # an agency's people
        if granted == Scope.OWN or not user.unit:
            return self.filter(done, user=user)
        if granted == Scope.TEAM:
            return self.filter(done & (Q(user=user) | Q(user__unit=user.unit)))
        raise LookupError(f"quality checks know no scope {granted!r}")

    def open(self) -> Self:
        return self.filter(state__in=[CheckState.WAITING, CheckState.CHECKING])


class QualityCheck(models.Model):
    """One talk that was drawn, and the result as it stands. `user`: whose talk; empty where an agency's people made it
    (`org`). `why`: reasons with what each added to the weight; `probability`: how likely it was to be drawn, 0 to 1.

    `score` 0 to 100 and `passed` are the result in force; `first_score`, `first_passed` what the check itself gave, before
    an appeal or a second opinion changed it. `checker`: who has it in hand, or made the first opinion."""

    batch = models.ForeignKey(SampleBatch, on_delete=models.PROTECT, related_name="checks", verbose_name=_("批次"))
    attempt = models.ForeignKey(
        "compliance.ContactAttempt", on_delete=models.PROTECT, related_name="quality_checks", db_index=False
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("被检人"),
    )
    org = models.CharField(_("机构"), max_length=32, default="own")
    talked_on = models.DateField(_("通话日期"))
    why: "models.JSONField[list[list[Any]]]" = models.JSONField(_("抽中原因"), default=list)
    weight = models.PositiveIntegerField(_("权重"), default=1)
    probability = models.DecimalField(_("抽中概率"), max_digits=9, decimal_places=8)
    state = models.CharField(_("状态"), max_length=8, choices=CheckState, default=CheckState.DRAWN)
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(_("合格"), null=True, blank=True)
    critical: "models.JSONField[list[str]]" = models.JSONField(_("致命错误"), default=list, blank=True)
    first_score = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    first_passed = models.BooleanField(null=True, blank=True)
    done_at = models.DateTimeField(_("出结果时间"), null=True, blank=True)
    acknowledged_at = models.DateTimeField(_("确认时间"), null=True, blank=True)
    second = models.CharField(_("复评"), max_length=8, choices=SecondState, default=SecondState.NONE)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    settled_at = models.DateTimeField(null=True, blank=True)
    settle_note = EncryptedTextField(_("协调说明"), blank=True)

    objects = QualityCheckQuerySet.as_manager()

    class Meta:
        verbose_name = _("质检")
        verbose_name_plural = _("质检")
        constraints = [
            models.UniqueConstraint(fields=["attempt"], name="quality_check_once"),
            models.CheckConstraint(
                name="quality_not_ones_own", condition=Q(checker=None) | Q(user=None) | ~Q(checker=F("user"))
            ),
            models.CheckConstraint(
                name="quality_done_with_result",
                condition=Q(
                    state="done",
                    score__isnull=False,
                    passed__isnull=False,
                    first_score__isnull=False,
                    first_passed__isnull=False,
                    done_at__isnull=False,
                    checker__isnull=False,
                )
                | ~Q(state="done") & Q(score=None, passed=None, done_at=None),
            ),
            models.CheckConstraint(
                name="quality_critical_fails",
                condition=Q(critical=[]) | Q(score__isnull=True) | Q(score=0, passed=False),
            ),
            models.CheckConstraint(
                name="quality_score_range", condition=Q(score__isnull=True) | Q(score__gte=0, score__lte=100)
            ),
            models.CheckConstraint(name="quality_probability", condition=Q(probability__gt=0, probability__lte=1)),
        ]
        indexes = [
            # The queue of whoever checks, and what waits for a second opinion or for people to agree.
            models.Index(fields=["id"], name="quality_open_idx", condition=Q(state__in=["waiting", "checking"])),
            models.Index(fields=["id"], name="quality_second_idx", condition=Q(second__in=["wanted", "differs"])),
            # A person's results; the month's figures.
            models.Index(fields=["user", "-id"], name="quality_person_idx"),
            models.Index(fields=["done_at"], name="quality_done_idx", condition=Q(state="done")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"ZJ{self.batch_id}-{self.pk}"

    @property
    def was_changed(self) -> bool:
        """Whether an appeal or the second opinion changed what the check itself had found."""
        return (self.score, self.passed) != (self.first_score, self.first_passed)


class OpinionKind(models.TextChoices):
    FIRST = "first", _("初评")
    SECOND = "second", _("复评")
    APPEAL = "appeal", _("申诉复核")


class QualityOpinion(models.Model):
    """What one checker found in one talk: a draft until it is submitted, then never changed. `answers`: by item code 0, 1, 2
    (none, half, all of its points) or null (not applicable). `quotes`: JSON, what was said, by code of an error; words of
    a talk, so they are encrypted, as is the comment."""

    check_of = models.ForeignKey(
        QualityCheck, on_delete=models.PROTECT, related_name="opinions", db_index=False, verbose_name=_("质检")
    )
    kind = models.CharField(_("类型"), max_length=6, choices=OpinionKind)
    checker = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("质检员")
    )
    form = models.ForeignKey(ScoreForm, on_delete=models.PROTECT, related_name="+", db_index=False)
    answers: "models.JSONField[dict[str, int | None]]" = models.JSONField(default=dict)
    critical: "models.JSONField[list[str]]" = models.JSONField(default=list)
    quotes = EncryptedTextField(blank=True)
    comment = EncryptedTextField(_("评语"), blank=True)
    score = models.DecimalField(_("得分"), max_digits=5, decimal_places=2, null=True, blank=True)
    passed = models.BooleanField(_("合格"), null=True, blank=True)
    saved_at = models.DateTimeField(_("保存时间"))
    submitted_at = models.DateTimeField(_("提交时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("质检评分")
        verbose_name_plural = _("质检评分")
        constraints = [
            models.UniqueConstraint(fields=["check_of", "kind"], name="quality_opinion_kind_once"),
            models.UniqueConstraint(fields=["check_of", "checker"], name="quality_opinion_checker_once"),
            models.CheckConstraint(
                name="quality_opinion_submitted",
                condition=Q(submitted_at__isnull=True, score=None, passed=None)
                | Q(submitted_at__isnull=False, score__isnull=False, passed__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.check_of_id} {self.kind}"


class AppealOutcome(models.TextChoices):
    KEPT = "kept", _("维持原结果")
    CHANGED = "changed", _("改判")


class QualityAppeal(models.Model):
    """Somebody does not accept their result. Decided by a checker who made neither opinion; the first result is kept beside
    the one that follows."""

    check_of = models.OneToOneField(
        QualityCheck, on_delete=models.PROTECT, related_name="appeal", verbose_name=_("质检")
    )
    reason = EncryptedTextField(_("申诉理由"))
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("申诉人")
    )
    made_at = models.DateTimeField(_("申诉时间"))
    outcome = models.CharField(_("申诉结果"), max_length=7, choices=AppealOutcome, blank=True)
    note = EncryptedTextField(_("复核说明"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("复核时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("质检申诉")
        verbose_name_plural = _("质检申诉")
        constraints = [
            models.CheckConstraint(
                name="quality_appeal_decided",
                condition=Q(outcome="", decided_at=None, decided_by=None)
                | ~Q(outcome="") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="quality_appeal_by_another", condition=Q(decided_by=None) | ~Q(decided_by=F("made_by"))
            ),
        ]
        indexes = [models.Index(fields=["id"], name="quality_appeal_open_idx", condition=Q(outcome=""))]

    def __str__(self) -> str:
        return f"{self.check_of_id}"
