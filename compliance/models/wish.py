"""What a person said about when and how they may be contacted."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class WishKind(models.TextChoices):
    AGREED = "agreed", _("约定可联系时段")
    INCONVENIENT = "inconvenient", _("不方便时段")
    CHANNEL = "channel", _("不接受的渠道")
    ZONE = "zone", _("所在时区")


class WishChannel(models.TextChoices):
    CALL = "call", _("电话")
    SMS = "sms", _("短信")
    IM = "im", _("即时通讯")
    EMAIL = "email", _("邮件")
    LETTER = "letter", _("信函")
    VISIT = "visit", _("外访")


class ContactWish(models.Model):
    """One wish of a debtor, from the day `since` until it is taken back (`ended_on`, not that day any more); never changed.

    Hours agreed on widen what the quiet hours allow, and so need `evidence` (a recording, a message); hours that are
    inconvenient, a channel that is refused and the zone the person lives in narrow it. `starts` after `ends` goes over
    midnight; `weekdays` 1 (Monday) to 7, none: every day.
    """

    debtor = models.ForeignKey("cases.Debtor", on_delete=models.PROTECT, related_name="+", verbose_name=_("客户"))
    kind = models.CharField(_("类型"), max_length=16, choices=WishKind)
    starts = models.TimeField(_("开始时间"), null=True, blank=True)
    ends = models.TimeField(_("结束时间"), null=True, blank=True)
    weekdays = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("星期"), default=list, blank=True)
    channel = models.CharField(_("渠道"), max_length=8, choices=WishChannel, blank=True)
    zone = models.CharField(_("时区"), max_length=48, blank=True)
    evidence = models.CharField(_("依据"), max_length=200)
    since = models.DateField(_("生效日期"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    recorded_at = models.DateTimeField(_("登记时间"))
    ended_on = models.DateField(_("结束日期"), null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    end_reason = models.CharField(_("结束原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("联系约定")
        verbose_name_plural = _("联系约定")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    kind__in=("agreed", "inconvenient"), starts__isnull=False, ends__isnull=False, channel="", zone=""
                )
                | (Q(kind="channel", starts__isnull=True, ends__isnull=True, zone="") & ~Q(channel=""))
                | (Q(kind="zone", starts__isnull=True, ends__isnull=True, channel="") & ~Q(zone="")),
                name="contact_wish_by_kind",
            ),
            models.CheckConstraint(condition=Q(starts__isnull=True) | ~Q(starts=F("ends")), name="contact_wish_hours"),
            models.CheckConstraint(condition=~Q(evidence=""), name="contact_wish_has_evidence"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, end_reason="") | (Q(ended_on__gte=F("since")) & ~Q(end_reason="")),
                name="contact_wish_ended_with_reason",
            ),
            # One zone and one refusal of a channel at a time.
            models.UniqueConstraint(
                fields=["debtor", "kind", "channel"],
                name="contact_wish_once",
                condition=Q(ended_on__isnull=True, kind__in=("channel", "zone")),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
