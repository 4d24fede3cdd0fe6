"""Work that outlives a request. The row is the truth; the message to Celery is only a doorbell."""

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class JobState(models.TextChoices):
    QUEUED = "queued", _("排队中")
    RUNNING = "running", _("进行中")
    DONE = "done", _("完成")
    FAILED = "failed", _("失败")
    DEAD = "dead", _("多次中断，已停止")


class Job(models.Model):
    """One piece of background work: who asked, how far it is, what came of it.

    `lease_until` says until when a worker's claim holds; the worker renews it while it lives. A running row whose
    lease has passed belongs to a dead worker and is given to another, at most `MAX_ATTEMPTS` times.
    """

    MAX_ATTEMPTS = 3

    kind = models.CharField(_("类型"), max_length=64)
    title = models.CharField(_("标题"), max_length=200, blank=True)
    queue = models.CharField(max_length=16, default="default")
    # A second request with the same key is the same job (double click, two beats).
    key = models.CharField(max_length=128, null=True, blank=True)  # noqa: DJ001 (NULL = no key; unique ignores it)
    params = models.JSONField(_("参数"), default=dict, help_text=_("只放编号，不放个人信息"))
    state = models.CharField(_("状态"), max_length=8, choices=JobState, default=JobState.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("尝试次数"), default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(max_length=64, blank=True)
    progress_done = models.PositiveIntegerField(default=0)
    progress_total = models.PositiveIntegerField(default=0)
    progress_text = models.CharField(max_length=200, blank=True)
    result = models.JSONField(_("结果"), default=dict, encoder=DjangoJSONEncoder)
    result_url = models.CharField(max_length=200, blank=True)
    error = models.CharField(_("错误"), max_length=500, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="jobs",
        verbose_name=_("发起人"),
    )
    created_at = models.DateTimeField(_("发起时间"), db_default=Now())
    rung_at = models.DateTimeField(null=True, blank=True, help_text=_("最近一次通知工作进程的时间"))
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("完成时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("任务")
        verbose_name_plural = _("任务")
        constraints = [models.UniqueConstraint(fields=["key"], name="job_key_unique")]
        indexes = [
            models.Index(fields=["created_by", "-id"], name="job_mine_idx"),
            # The sweeper's question: few rows are open at any time.
            models.Index(
                fields=["state", "lease_until"],
                name="job_open_idx",
                condition=models.Q(state__in=["queued", "running"]),
            ),
        ]

    def __str__(self) -> str:
        return self.title or self.kind

    @property
    def is_open(self) -> bool:
        return self.state in (JobState.QUEUED, JobState.RUNNING)

    @property
    def percent(self) -> int:
        """0 to 100; 0 while the total is unknown."""
        return min(100, self.progress_done * 100 // self.progress_total) if self.progress_total else 0
