"""What the gate was asked and what it said."""

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.utils.translation import gettext_lazy as _


class GateDecision(models.Model):
    """One question to the gate, allowed or refused. Never changed.

    `facts` is what was known, as `compliance/rules/facts.schema.json` has it: by ids, without a name or a number. So an old
    decision can be made again, under the rules of its day or of today. `reasons`, `evidence`: as `Verdict.to_json`.
    """

    debtor = models.ForeignKey("cases.Debtor", on_delete=models.PROTECT, related_name="+", verbose_name=_("客户"))
    # No index of its own: gate_decision_case_idx begins with it.
    case = models.ForeignKey(
        "cases.Case", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("案件")
    )
    # No index of its own: gate_decision_actor_idx begins with it.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    channel = models.CharField(_("渠道"), max_length=8)
    purpose = models.CharField(_("目的"), max_length=12)
    decided_at = models.DateTimeField(_("时间"))
    verdict = models.CharField(_("结论"), max_length=8)
    reasons = models.JSONField(default=list)
    evidence = models.JSONField(default=list)
    next_allowed_at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField()

    class Meta:
        verbose_name = _("联系判定")
        verbose_name_plural = _("联系判定")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(verdict__in=["allow", "warn", "block"]), name="gate_decision_verdict_known"
            )
        ]
        indexes = [
            models.Index(fields=["case", "-decided_at"], name="gate_decision_case_idx"),
            # The days of a period.
            BrinIndex(fields=["decided_at"], name="gate_decision_decided_brin", pages_per_range=32, autosummarize=True),
            # What somebody was refused on a day, for the team board.
            models.Index(fields=["actor", "decided_at"], name="gate_decision_actor_idx"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.verdict}"
