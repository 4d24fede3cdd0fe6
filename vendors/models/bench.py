"""A trial of a contract's version: what was put in, what came out."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class BenchRun(models.Model):
    """Sample payments and the fees that a version makes of them, beside those of the version before. `digest` is of the
    terms that were tried (contracts/reading.digest_of): a run speaks for a version only while its terms are those. Never
    edited (a trigger sees to that)."""

    version = models.ForeignKey(
        "vendors.ContractVersion", on_delete=models.PROTECT, related_name="bench_runs", verbose_name=_("合同版本")
    )
    input = models.JSONField(_("样例"))
    output = models.JSONField(_("结果"))
    digest = models.CharField(max_length=64)
    by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField(_("试算时间"))

    class Meta:
        verbose_name = _("合同试算")
        verbose_name_plural = _("合同试算")

    def __str__(self) -> str:
        return f"{self.version_id} {self.at:%Y-%m-%d %H:%M}"
