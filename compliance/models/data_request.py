"""What people ask about their own data (个人信息保护法 第 44 至 50 条)."""

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core.fields import EncryptedTextField


class DataRequestKind(models.TextChoices):
    COPY = "copy", _("查阅、复制")
    CORRECTION = "correction", _("更正、补充")
    DELETION = "deletion", _("删除")
    EXPLAIN = "explain", _("解释说明处理规则")
    WITHDRAW = "withdraw", _("撤回同意")
    SHARING = "sharing", _("说明向谁提供过")


class Requester(models.TextChoices):
    SELF = "self", _("本人")
    KIN = "kin", _("近亲属（本人已故）")
    AGENT = "agent", _("代理人")


class DataRequestState(models.TextChoices):
    RECEIVED = "received", _("待核验")
    CHECKING = "checking", _("处理中")
    DECIDED = "decided", _("待答复")
    DONE = "done", _("已办结")


OPEN_REQUESTS = (DataRequestState.RECEIVED, DataRequestState.CHECKING, DataRequestState.DECIDED)


class DataRequestOutcome(models.TextChoices):
    GRANTED = "granted", _("同意")
    PARTLY = "partly", _("部分同意")
    REFUSED = "refused", _("不同意")


class DataRequest(models.Model):
    """One request. The day of receipt does not count: received on 2 March with 15 days, the last day is 17 March.

    `proof`: the document by which a relative or an agent is known (PI-06); `identity`: how it was checked who asks.
    `answer`: what was decided and why, as the person is told (a refusal has its reason, PI-05). `parts`: what of the data
    may go and what may not, with why, as it was on the day of the decision. `effects`: what was changed or erased because of
    it, in masks, each with who and when; `carried_out_at`: when what was granted of a deletion or a withdrawal was done.
    `told`: how much of the time had passed
    when people were last reminded. `file_…`: the copy that was made for the person; the file goes after some days, its
    digest stays.
    """

    debtor = models.ForeignKey(
        "cases.Debtor", on_delete=models.PROTECT, related_name="data_requests", verbose_name=_("客户")
    )
    kind = models.CharField(_("请求"), max_length=10, choices=DataRequestKind)
    requester = models.CharField(_("请求人"), max_length=5, choices=Requester, default=Requester.SELF)
    requester_name = EncryptedTextField(_("请求人姓名"), blank=True)
    proof = models.CharField(_("身份或授权证明"), max_length=200, blank=True)
    details = EncryptedTextField(_("请求内容"))
    received_at = models.DateTimeField(_("收到时间"))
    received_on = models.DateField(_("收到日期"))
    due_on = models.DateField(_("答复期限"))
    told = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(_("状态"), max_length=8, choices=DataRequestState, default=DataRequestState.RECEIVED)
    identity = models.CharField(_("身份核验方式"), max_length=200, blank=True)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    checked_at = models.DateTimeField(_("核验时间"), null=True, blank=True)
    outcome = models.CharField(_("决定"), max_length=7, choices=DataRequestOutcome, blank=True)
    answer = EncryptedTextField(_("答复内容"), blank=True)
    parts = models.JSONField(default=list)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    effects = models.JSONField(default=list)
    carried_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    carried_out_at = models.DateTimeField(_("执行时间"), null=True, blank=True)
    done_how = models.CharField(_("如何办结"), max_length=200, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    done_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    file_name = models.CharField(max_length=80, blank=True)
    file_sha256 = models.CharField(max_length=64, blank=True)
    file_made_at = models.DateTimeField(_("副本生成时间"), null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("个人信息请求")
        verbose_name_plural = _("个人信息请求")
        constraints = [
            models.CheckConstraint(name="data_request_proof", condition=Q(requester="self") | ~Q(proof="")),
            models.CheckConstraint(name="data_request_in_order", condition=Q(due_on__gt=F("received_on"))),
            models.CheckConstraint(
                name="data_request_decided",
                condition=Q(state__in=["received", "checking"], outcome="", decided_at__isnull=True)
                | Q(state__in=["decided", "done"], decided_at__isnull=False, checked_at__isnull=False)
                & ~Q(outcome="")
                & ~Q(identity="")
                & ~Q(answer=""),
            ),
            # What is erased cannot be brought back: whoever decided it does not also do it.
            models.CheckConstraint(
                name="data_request_erased_by_another",
                condition=~Q(kind="deletion") | Q(carried_out_by__isnull=True) | ~Q(carried_out_by=F("decided_by")),
            ),
            models.CheckConstraint(
                name="data_request_done", condition=~Q(state="done") | Q(done_at__isnull=False) & ~Q(done_how="")
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_on"],
                name="data_request_open_idx",
                condition=Q(state__in=["received", "checking", "decided"]),
            ),
            models.Index(fields=["file_made_at"], name="data_request_file_idx", condition=~Q(file_name="")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"GR{self.received_on:%Y%m%d}-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_REQUESTS

    def days_left(self, today: date) -> int:
        return (self.due_on - today).days
