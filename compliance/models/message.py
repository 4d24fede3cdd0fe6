"""Messages to debtors: approved templates, and what is queued until the gate allows it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from collection_ops.core.fields import EncryptedTextField
from compliance.models.attempt import ContactAttempt
from compliance.models.decision import GateDecision


class MessageChannel(models.TextChoices):
    SMS = "sms", _("短信")
    IM = "im", _("即时消息")
    EMAIL = "email", _("邮件")
    LETTER = "letter", _("函件")


class Audience(models.TextChoices):
    DEBTOR = "debtor", _("债务人")
    CONTACT = "contact", _("联系人")


class MessagePurpose(models.TextChoices):
    DEMAND = "demand", _("催收")
    REMIND = "remind", _("提醒")
    RELAY = "relay", _("请其转告")
    REPLY = "reply", _("答复投诉")


class TemplateState(models.TextChoices):
    PENDING = "pending", _("待批准")
    APPROVED = "approved", _("已批准")
    REJECTED = "rejected", _("未批准")
    RETIRED = "retired", _("已停用")


MOST_BODY, MOST_LETTER = 500, 4_000
"""Characters of a message, and of a letter."""


class MessageTemplate(models.Model):
    """One version of a text. Amounts and names are placeholders, filled in when it is sent. The words of a version never
    change (trigger of migration 0009): whoever wants other words writes the next one. Nobody approves their own; `author`
    empty: shipped with the product, approved. A letter answers a complaint; no gateway ever sends it."""

    code = models.SlugField(_("代码"), max_length=24)
    version = models.PositiveSmallIntegerField(_("版本"))
    channel = models.CharField(_("渠道"), max_length=8, choices=MessageChannel, default=MessageChannel.SMS)
    audience = models.CharField(_("对象"), max_length=8, choices=Audience, default=Audience.DEBTOR)
    purpose = models.CharField(_("目的"), max_length=8, choices=MessagePurpose, default=MessagePurpose.DEMAND)
    body = models.CharField(_("正文"), max_length=MOST_LETTER)
    state = models.CharField(_("状态"), max_length=8, choices=TemplateState, default=TemplateState.PENDING)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField(_("编写时间"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(_("理由"), max_length=200, blank=True)
    valid_from = models.DateField(_("启用日期"))
    valid_to = models.DateField(_("停用日期"), null=True, blank=True, help_text=_("最后一天，含当日"))

    class Meta:
        verbose_name = _("消息模板")
        verbose_name_plural = _("消息模板")
        constraints = [
            models.UniqueConstraint(fields=["code", "version"], name="message_template_version_once"),
            models.UniqueConstraint(
                fields=["code"], name="message_template_one_waits", condition=Q(state=TemplateState.PENDING)
            ),
            models.CheckConstraint(
                name="message_template_two_people",
                condition=~Q(state__in=["approved", "retired"])
                | Q(author__isnull=True)
                | Q(approved_by__isnull=False) & ~Q(approved_by=F("author")),
            ),
            models.CheckConstraint(
                name="message_template_letter_replies",
                condition=Q(channel="letter", purpose="reply", audience="debtor")
                | ~Q(channel="letter") & ~Q(purpose="reply"),
            ),
            models.CheckConstraint(
                name="message_template_length",
                condition=Q(channel="letter") | Q(LessThanOrEqual(Length("body"), Value(MOST_BODY))),
            ),
            models.CheckConstraint(
                name="message_template_valid", condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} v{self.version}"


class MessageState(models.TextChoices):
    WAITING = "waiting", _("等待发送")
    REQUEUED = "requeued", _("改期发送")
    SENDING = "sending", _("发送中")
    SENT = "sent", _("已发送")
    FAILED = "failed", _("发送失败")
    REFUSED = "refused", _("不允许发送")
    CANCELLED = "cancelled", _("已取消")


class QueuedMessage(models.Model):
    """One message to one number. Whether it may be sent is asked when it is about to be, not when it was queued: the answer
    is `decision` (the last one), and the contact that an allowed one opened is `attempt`.

    `send_after`: not before this moment; a refusal with a next moment puts it there. `text` (what went out, encrypted) and
    `amount` (yuan, of the ledger then) are known once it was handed to the gateway. `claimed_at`: since when it is being
    sent; `receipt`: the gateway's.
    """

    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", verbose_name=_("案件"))
    point = models.ForeignKey("cases.ContactPoint", on_delete=models.PROTECT, related_name="+", db_index=False)
    template = models.ForeignKey(
        MessageTemplate, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("模板")
    )
    queued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    org = models.CharField(_("机构"), max_length=32, default="own")
    queued_at = models.DateTimeField(_("排队时间"))
    send_after = models.DateTimeField(_("不早于"))
    state = models.CharField(_("状态"), max_length=9, choices=MessageState, default=MessageState.WAITING)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    decision = models.ForeignKey(
        GateDecision, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    attempt = models.OneToOneField(
        ContactAttempt, null=True, blank=True, on_delete=models.PROTECT, related_name="message"
    )
    text = EncryptedTextField(blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    claimed_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(_("发送时间"), null=True, blank=True)
    receipt = models.CharField(_("回执"), max_length=64, blank=True)

    class Meta:
        verbose_name = _("待发消息")
        verbose_name_plural = _("待发消息")
        constraints = [
            # Nothing leaves the house without the gate's permission.
            models.CheckConstraint(
                name="message_sent_was_allowed",
                condition=~Q(state__in=["sending", "sent"])
                | Q(attempt__isnull=False, decision__isnull=False, claimed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="message_sent_has_moment", condition=~Q(state="sent") | Q(sent_at__isnull=False)
            ),
        ]
        indexes = [
            models.Index(
                fields=["send_after"],
                name="message_due_idx",
                condition=Q(state__in=["waiting", "requeued", "sending"]),
            ),
            # Asked by the database when a number is deleted (an import taken back).
            models.Index(fields=["point"], name="message_point_idx"),
            # The same when a decision goes, past its time.
            models.Index(fields=["decision"], name="message_decision_idx", condition=Q(decision__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class SimulatedDelivery(models.Model):
    """What the simulated gateway has taken: it stands for a carrier's own books, and a key is in them once."""

    key = models.CharField(max_length=64)
    taken_at = models.DateTimeField()

    class Meta:
        verbose_name = _("模拟网关记录")
        verbose_name_plural = _("模拟网关记录")
        constraints = [models.UniqueConstraint(fields=["key"], name="simulated_delivery_once")]

    def __str__(self) -> str:
        return self.key
