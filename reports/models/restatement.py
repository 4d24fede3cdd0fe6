"""What late facts made of figures that had been published."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from reports.models.regular import ReportRun


class Restatement(models.Model):
    """A kept report, built again with what is known at `known_by`, has other figures. Nothing of the report is changed; the
    newest of its restatements is the one in force, and one that says the figures are back to what was printed has none.

    `figures`: reports/restating/comparing.py; `facts`: the rows, with how many there are of each kind in `counts`. `digest`:
    of the paper that was built again, so that the same news is not told twice.
    """

    run = models.ForeignKey(ReportRun, on_delete=models.PROTECT, related_name="restatements", db_index=False)
    known_by = models.DateTimeField(_("已知截至"))
    digest = models.CharField(_("摘要值"), max_length=64)
    figures = models.JSONField(_("变动的数字"), default=list)
    facts = models.JSONField(_("后来得知的事实"), default=list)
    counts = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("重述")
        verbose_name_plural = _("重述")
        constraints = [models.UniqueConstraint(fields=["run", "known_by"], name="restatement_once")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.known_by}"
