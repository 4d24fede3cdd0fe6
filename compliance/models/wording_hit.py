"""Forbidden wording that was found in what was written and said, and what compliance made of it."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from collection_ops.core.fields import EncryptedTextField
from compliance.models.attempt import ContactAttempt


class TextKind(models.TextChoices):
    NOTE = "note", _("催记备注")
    MESSAGE = "message", _("已发消息")
    TRANSCRIPT = "transcript", _("通话转写")


class HitState(models.TextChoices):
    NEW = "new", _("待判定")
    CONFIRMED = "confirmed", _("确认违规")
    FALSE_ALARM = "false_alarm", _("误报")


class Transcript(models.Model):
    """What was said in a call, as a machine wrote it down. `engine`: which one. Kept encrypted; it never changes."""

    attempt = models.OneToOneField(
        ContactAttempt, primary_key=True, on_delete=models.PROTECT, related_name="transcript", verbose_name=_("催记")
    )
    text = EncryptedTextField(_("转写文本"))
    engine = models.CharField(_("转写引擎"), max_length=64, blank=True)
    received_at = models.DateTimeField(_("收到时间"))

    class Meta:
        verbose_name = _("通话转写")
        verbose_name_plural = _("通话转写")
        indexes = [models.Index(fields=["received_at", "attempt"], name="transcript_received_idx")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class WordingHit(models.Model):
    """Words of a category at one place of one text: `start` and `end` are characters of the text itself. `words` as they
    stand there; `hidden` when they are not written as the list has them. `surroundings`: keyed index of the words with what
    stands round them, by which the same false alarm is known again."""

    attempt = models.ForeignKey(
        ContactAttempt, on_delete=models.PROTECT, related_name="wording_hits", db_index=False, verbose_name=_("催记")
    )
    kind = models.CharField(_("文本"), max_length=10, choices=TextKind)
    category = models.CharField(_("类别"), max_length=24)
    rule = models.CharField(_("规则"), max_length=16)
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    words = models.CharField(_("命中"), max_length=64)
    hidden = models.BooleanField(_("变形书写"), default=False)
    surroundings = models.CharField(max_length=32)
    state = models.CharField(_("状态"), max_length=11, choices=HitState, default=HitState.NEW)
    found_at = models.DateTimeField(_("发现时间"))
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("判定时间"), null=True, blank=True)
    reason = models.CharField(_("理由"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("用语命中")
        verbose_name_plural = _("用语命中")
        constraints = [
            models.UniqueConstraint(fields=["attempt", "kind", "category", "start"], name="wording_hit_once"),
            models.CheckConstraint(name="wording_hit_place", condition=Q(end__gt=F("start"))),
            models.CheckConstraint(
                name="wording_hit_decided",
                condition=Q(state="new", decided_at__isnull=True)
                | ~Q(state="new") & Q(decided_at__isnull=False) & ~Q(reason=""),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-id"], name="wording_hit_state_idx"),
            models.Index(fields=["category", "surroundings"], name="wording_hit_same_idx", condition=Q(state="new")),
        ]

    def __str__(self) -> str:
        return f"{self.category} #{self.attempt_id}"


class HarmlessWording(models.Model):
    """What was found and is none: a `word` of this house that holds a phrase (the name of a place, a product), or the
    `surroundings` of a false alarm. Texts with it are no hit any more. Taken back with a reason, never deleted."""

    category = models.CharField(_("类别"), max_length=24)
    word = models.CharField(_("无害词语"), max_length=32, blank=True)
    surroundings = models.CharField(max_length=32, blank=True)
    sample = models.CharField(_("命中"), max_length=64)
    reason = models.CharField(_("理由"), max_length=200)
    marked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    marked_at = models.DateTimeField(_("标记时间"))
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(_("取消时间"), null=True, blank=True)
    end_reason = models.CharField(_("取消原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("误报规则")
        verbose_name_plural = _("误报规则")
        constraints = [
            models.CheckConstraint(
                name="harmless_by_word_or_place",
                condition=Q(word="") & ~Q(surroundings="") | ~Q(word="") & Q(surroundings=""),
            ),
            models.UniqueConstraint(
                fields=["category", "word", "surroundings"], name="harmless_once", condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="harmless_ended_with_reason",
                condition=Q(ended_at__isnull=True, end_reason="") | Q(ended_at__isnull=False) & ~Q(end_reason=""),
            ),
        ]

    def __str__(self) -> str:
        return self.word or self.sample


class WordingScan(models.Model):
    """How far the texts of a kind have been read with a version of the lists: the last one's moment and contact. A new
    version begins at the first text again."""

    kind = models.CharField(primary_key=True, max_length=10, choices=TextKind)
    version = models.CharField(max_length=64)
    upto = models.DateTimeField(null=True, blank=True)
    upto_id = models.BigIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    ran_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("用语检查进度")
        verbose_name_plural = _("用语检查进度")

    def __str__(self) -> str:
        return self.kind
