"""The contact log (催记): every contact with a debtor, planned through the gate or told afterwards."""

from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from compliance.models.decision import GateDecision


class AttemptState(models.TextChoices):
    OPEN = "open", _("待记录")
    CLOSED = "closed", _("已记录")
    CANCELLED = "cancelled", _("未拨出")


class Channel(models.TextChoices):
    CALL = "call", _("电话")
    SMS = "sms", _("短信")
    IM = "im", _("即时消息")
    EMAIL = "email", _("邮件")
    LETTER = "letter", _("函件")
    VISIT = "visit", _("外访")


class Purpose(models.TextChoices):
    DEMAND = "demand", _("催收")
    REMIND = "remind", _("提醒")
    REPLY = "reply", _("答复")
    ASK_CONTACT = "ask_contact", _("询问联系方式")
    RELAY = "relay", _("请其转告")
    FIND_HEIR = "find_heir", _("寻找继承人")
    END_NOTICE = "end_notice", _("停催告知")


class Outcome(models.TextChoices):
    """What came of it, as the rules count it: nobody picked up, somebody did, or the right person."""

    NO_ANSWER = "no_answer", _("无人接听")
    BUSY = "busy", _("占线")
    OUT_OF_SERVICE = "out_of_service", _("停机")
    DEAD_NUMBER = "dead_number", _("空号")
    VOICEMAIL = "voicemail", _("语音信箱")
    CONNECTED = "connected", _("接通，身份未核实")
    RIGHT_PARTY = "right_party", _("本人接听")
    THIRD_PARTY = "third_party", _("他人接听")
    SENT = "sent", _("已发出")
    DELIVERED = "delivered", _("已送达")
    FAILED = "failed", _("发送失败")
    NOBODY_HOME = "nobody_home", _("无人在家")
    MET = "met", _("见到本人")


class ContactAttempt(models.Model):
    """One contact. An open one has been allowed and not been told about yet: until then it counts as if it had reached the
    person, so that two people cannot both use the last call of the day.

    `opened_at`: when the gate allowed it (of a contact told afterwards: when it took place). `started_at` to `ended_at`:
    when it really took place; the telephone line may know the end before anybody tells. `late_minutes`: how long after the
    two hours it was told about (0: in time; empty: nobody of the lender had to). `late_told_at`: when the team leader was
    told that it was not. `loans`: contracts it was about. `misdirected`: it turned out that the number is nobody's of
    this debtor; it stays in the log and counts for nothing. `gate` is empty for what was only told afterwards.
    """

    debtor = models.ForeignKey(
        "cases.Debtor", on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("客户")
    )
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", verbose_name=_("案件"))
    point = models.ForeignKey(
        "cases.ContactPoint", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    gate = models.OneToOneField(
        GateDecision,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="attempt",
        verbose_name=_("联系判定"),
    )
    loans = ArrayField(models.BigIntegerField(), default=list)
    channel = models.CharField(_("渠道"), max_length=8, choices=Channel)
    direction = models.CharField(max_length=3, choices=[("out", _("呼出")), ("in", _("呼入"))], default="out")
    purpose = models.CharField(_("目的"), max_length=12, choices=Purpose, default=Purpose.DEMAND)
    # No index of its own: attempt_actor_idx begins with it.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    actor_kind = models.CharField(max_length=5, choices=[("human", _("人工")), ("ai", _("智能语音"))], default="human")
    org = models.CharField(_("机构"), max_length=32, default="own")
    state = models.CharField(_("状态"), max_length=9, choices=AttemptState, default=AttemptState.OPEN)
    opened_at = models.DateTimeField(_("判定时间"))
    started_at = models.DateTimeField(_("开始"), null=True, blank=True)
    ended_at = models.DateTimeField(_("结束"), null=True, blank=True)
    result = models.CharField(_("结果"), max_length=14, choices=Outcome, blank=True)
    note = models.CharField(_("备注"), max_length=1000, blank=True)
    misdirected = models.BooleanField(_("号码非本人"), default=False)
    closed_at = models.DateTimeField(_("记录时间"), null=True, blank=True)
    late_minutes = models.PositiveIntegerField(_("迟记分钟"), null=True, blank=True)
    late_told_at = models.DateTimeField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("催记")
        verbose_name_plural = _("催记")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="closed", started_at__isnull=False, closed_at__isnull=False) & ~Q(result="")
                | Q(state__in=["open", "cancelled"], result="", started_at__isnull=True),
                name="attempt_closed_with_result",
            ),
            # Nobody is on the telephone with one person twice; what is open is told about before the next.
            models.UniqueConstraint(
                fields=["debtor", "actor"],
                name="attempt_one_open",
                condition=Q(state="open", actor__isnull=False, channel__in=["call", "visit"]),
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")), name="attempt_ends_after_start"
            ),
        ]
        indexes = [
            # What the gate reads: one person's last weeks.
            models.Index(fields=["debtor", "-opened_at"], name="attempt_debtor_idx"),
            # Asked by the database when a number is deleted (an import taken back).
            models.Index(fields=["point"], name="attempt_point_idx", condition=Q(point__isnull=False)),
            # What somebody did on a day: the team board, targets.
            models.Index(fields=["actor", "opened_at"], name="attempt_actor_idx"),
            models.Index(fields=["actor", "opened_at"], name="attempt_open_idx", condition=Q(state="open")),
            # The days of a period: the log is written in the order of its days.
            BrinIndex(fields=["opened_at"], name="attempt_opened_brin", pages_per_range=32, autosummarize=True),
            models.Index(fields=["opened_at"], name="attempt_late_idx", condition=Q(late_minutes__gt=0)),
            # Notes in the order in which they were written, for the reading of their words.
            models.Index(
                fields=["closed_at", "id"], name="attempt_note_idx", condition=Q(state="closed") & ~Q(note="")
            ),
            # Whom somebody reached in a period, without reading the log: what the complaint rate divides by.
            models.Index(
                fields=["started_at"],
                include=["debtor", "actor", "org", "closed_at"],
                name="attempt_reached_idx",
                condition=Q(
                    state="closed",
                    direction="out",
                    misdirected=False,
                    result__in=["connected", "right_party", "third_party", "met"],
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_with_third(self) -> bool:
        """The number is somebody else's than the debtor's. Reads `point`."""
        return self.point is not None and bool(self.point.relation)

    @property
    def took_place_at(self) -> datetime:
        """When it began, as far as is known."""
        return self.started_at or self.opened_at

    @property
    def over_at(self) -> datetime:
        """From when on the two hours for telling about it run: its end, or the gate's answer where nobody knows the end."""
        return self.ended_at or self.opened_at
