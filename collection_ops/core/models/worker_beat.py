"""That a worker lives, in the database: it must be known while Redis is away, and by a web process on another machine."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class WorkerBeat(models.Model):
    """One row a worker process, touched every few seconds with the database's clock. Old rows are swept nightly."""

    STALE_SECONDS = 60

    worker = models.CharField(_("工作进程"), max_length=64, primary_key=True)
    started_at = models.DateTimeField(_("启动时间"), db_default=Now())
    seen_at = models.DateTimeField(_("最近心跳"), db_default=Now())

    class Meta:
        verbose_name = _("工作进程心跳")
        verbose_name_plural = _("工作进程心跳")

    def __str__(self) -> str:
        return self.worker
