"""Handing out cases: the rules, a run with what it saw and what it proposes, and who was dealt how much before."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class AssignmentRules(models.Model):
    """One version of the table of rules; the newest is in force. Never changed. `lines` and `values`: as
    agents/assignment/rules.py reads them."""

    lines = models.JSONField(_("规则"), default=list)
    values = models.JSONField(_("参数"), default=dict)
    reason = models.CharField(_("原因"), max_length=200)
    saved_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = _("分案规则")
        verbose_name_plural = _("分案规则")

    def __str__(self) -> str:
        return f"#{self.pk}"


class RunState(models.TextChoices):
    PLANNED = "planned", _("待审批")
    APPROVED = "approved", _("已批准")
    APPLIED = "applied", _("已生效")
    UNDONE = "undone", _("已撤销")
    DROPPED = "dropped", _("已放弃")


class AssignmentRun(models.Model):
    """One handing out as a document: planned (a preview that can be edited) → approved → applied → undone while untouched.

    `chosen`: which cases were asked for, in words of the filter ({} the whole pool). `inputs_hash`: SHA-256 of what the
    plan saw (kept in AssignmentInputs); the same inputs, rules and seed give the same plan. `totals`: per desk counts and
    money before and after, as agents/assignment/summary.py writes them. `job`: by which a large one was planned; a job plans
    once, however often it is delivered."""

    day = models.DateField(_("业务日期"))
    seed = models.BigIntegerField(_("随机种子"))
    rules = models.ForeignKey(AssignmentRules, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    chosen = models.JSONField(_("范围"), default=dict)
    unit = models.CharField(_("小组"), max_length=32, blank=True)
    inputs_hash = models.CharField(max_length=64)
    plan_hash = models.CharField(max_length=64)
    totals = models.JSONField(_("合计"), default=dict)
    case_count = models.PositiveIntegerField(_("案件数"), default=0)
    move_count = models.PositiveIntegerField(_("移动件数"), default=0)
    state = models.CharField(_("状态"), max_length=12, choices=RunState, default=RunState.PLANNED)
    job = models.OneToOneField(
        "core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("任务")
    )
    planned_by = models.ForeignKey(USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    planned_at = models.DateTimeField(_("生成时间"))
    approved_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    approved_at = models.DateTimeField(_("批准时间"), null=True, blank=True)
    applied_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    applied_at = models.DateTimeField(_("生效时间"), null=True, blank=True)
    ended_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    end_reason = models.CharField(_("撤销原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("分案批次")
        verbose_name_plural = _("分案批次")

    def __str__(self) -> str:
        return f"#{self.pk}"


class AssignmentInputs(models.Model):
    """What a run saw, compressed, so that it can be replayed."""

    run = models.OneToOneField(AssignmentRun, on_delete=models.CASCADE, primary_key=True, related_name="inputs")
    frozen = models.BinaryField()

    class Meta:
        verbose_name = _("分案依据")
        verbose_name_plural = _("分案依据")

    def __str__(self) -> str:
        return f"#{self.run_id}"


class AssignmentMove(models.Model):
    """One case of a run: where it lay, where it goes (`to_desk` None: it stays, and `why` says what kept it), and why.

    `why`: {"rule": …, "parts": [[code, points], …], "over": [[desk, code, points], …]} in codes, worded by
    agents/assignment/reasons.py; `over` are the two runners-up with why they lost; "stays" the code that kept it. `outcome`:
    empty where the move went the way of its run, else the code of what kept it from being applied or taken back. A row goes
    with its case, when an import is undone (migration 0004). Amounts in yuan."""

    run = models.ForeignKey(
        AssignmentRun,
        on_delete=models.CASCADE,
        related_name="moves",
        db_index=False,
        db_constraint=False,  # kept by sets, as both desks: cases/models/keys.py, migration 0005
    )
    case = models.ForeignKey(
        "cases.Case", on_delete=models.CASCADE, related_name="+", db_constraint=False, verbose_name=_("案件")
    )
    debtor_id = models.BigIntegerField()
    from_desk = models.ForeignKey(
        "cases.Desk", on_delete=models.PROTECT, related_name="+", db_index=False, db_constraint=False
    )
    to_desk = models.ForeignKey(
        "cases.Desk",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    total = models.DecimalField(_("逾期总额"), max_digits=16, decimal_places=2)
    expected = models.DecimalField(_("预期回款"), max_digits=16, decimal_places=2)
    level = models.PositiveSmallIntegerField(_("难度"))
    has_promise = models.BooleanField(_("有效承诺或方案"), default=False)
    why = models.JSONField(default=dict)
    edited_by = models.ForeignKey(
        USER, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(_("结果"), max_length=16, blank=True)

    class Meta:
        verbose_name = _("分案明细")
        verbose_name_plural = _("分案明细")
        constraints = [
            models.UniqueConstraint(fields=["run", "case"], name="assignment_move_once"),
            models.CheckConstraint(
                condition=Q(to_desk__isnull=True) | ~Q(to_desk=F("from_desk")), name="assignment_move_goes_somewhere"
            ),
        ]
        indexes = [models.Index(fields=["run", "to_desk"], name="assignment_move_desk_idx")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.case_id}"


class FairnessEntry(models.Model):
    """What one person was dealt by one applied run against an equal share, in yuan of expected money, by stage: the balance
    (dealt less share) is carried to the next day's run, which deals more to whoever has had less. Undone with its run."""

    run = models.ForeignKey(AssignmentRun, on_delete=models.CASCADE, related_name="fairness", db_index=False)
    user = models.ForeignKey(USER, on_delete=models.PROTECT, related_name="+")
    day = models.DateField(_("业务日期"))
    stage = models.PositiveSmallIntegerField(_("逾期阶段"))
    dealt = models.DecimalField(_("分得预期回款"), max_digits=16, decimal_places=2)
    share = models.DecimalField(_("应得预期回款"), max_digits=16, decimal_places=2)

    class Meta:
        verbose_name = _("公平台账")
        verbose_name_plural = _("公平台账")
        constraints = [models.UniqueConstraint(fields=["run", "user", "stage"], name="fairness_entry_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"
