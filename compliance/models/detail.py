"""What was learned in a contact, and what the telephone line knows of it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from compliance.models.attempt import ContactAttempt
from compliance.models.codes import ActionCode, Reached, ResultCode


class Willingness(models.TextChoices):
    WILLING = "willing", _("愿意还款")
    HESITANT = "hesitant", _("犹豫")
    UNWILLING = "unwilling", _("不愿还款")
    UNCLEAR = "unclear", _("未表态")


class ArrearsReason(models.TextChoices):
    JOB_LOST = "job_lost", _("失业")
    INCOME_DOWN = "income_down", _("收入减少")
    ILLNESS = "illness", _("疾病")
    BUSINESS = "business", _("经营困难")
    FAMILY = "family", _("家庭变故")
    FORGOT = "forgot", _("遗忘还款")
    MANY_DEBTS = "many_debts", _("多头负债")
    DISPUTED = "disputed", _("对账单有异议")
    DISASTER = "disaster", _("受灾")
    FRAUD = "fraud", _("称被冒用或受骗")
    CAN_BUT_WONT = "can_but_wont", _("有能力但不还")
    OTHER = "other", _("其他")


class EconomicSituation(models.TextChoices):
    STABLE = "stable", _("收入稳定")
    REDUCED = "reduced", _("收入下降")
    NONE = "none", _("没有收入")
    ASSETS = "assets", _("有资产可变现")
    HARDSHIP = "hardship", _("生活困难")


class Temper(models.TextChoices):
    CALM = "calm", _("平和")
    ANXIOUS = "anxious", _("焦虑")
    ANGRY = "angry", _("激动")
    EVASIVE = "evasive", _("回避")


class IdentityFactor(models.TextChoices):
    """What was asked of the person, not told to them."""

    NAME = "name", _("姓名")
    ID_LAST4 = "id_last4", _("证件号后四位")
    BIRTH_DATE = "birth_date", _("出生日期")


FACTORS_NEEDED = 2
"""Rule CN-I-03: debt is spoken of once two of them were right."""


class ContactDetail(models.Model):
    """One to one with a contact. The row may be there before the contact is told about: the line dialled, the identity
    confirmed. It is complete once `attempt` is closed.

    `said_…`, `recording_notice`: what was said at the opening (rules CN-I-01, CN-I-04). `call_ref`, `connected_at`: as the
    telephone system has it. `recording_hash`: SHA-256 of the recording in hexadecimal. `no_recording`: somebody was on the
    line and there is no recording; `recording_finding` is what compliance found about that.
    """

    attempt = models.OneToOneField(
        ContactAttempt, primary_key=True, on_delete=models.PROTECT, related_name="detail", verbose_name=_("催记")
    )
    action = models.ForeignKey(
        ActionCode, null=True, blank=True, on_delete=models.PROTECT, related_name="details", verbose_name=_("行动码")
    )
    result_code = models.ForeignKey(
        ResultCode, null=True, blank=True, on_delete=models.PROTECT, related_name="details", verbose_name=_("结果码")
    )
    reached = models.CharField(_("接触到谁"), max_length=8, choices=Reached, blank=True)
    willingness = models.CharField(_("还款意愿"), max_length=9, choices=Willingness, blank=True)
    arrears_reason = models.CharField(_("欠款原因"), max_length=12, choices=ArrearsReason, blank=True)
    economic_situation = models.CharField(_("经济状况"), max_length=8, choices=EconomicSituation, blank=True)
    temper = models.CharField(_("通话情绪"), max_length=7, choices=Temper, blank=True)
    dispute = models.BooleanField(_("有争议"), default=False)
    complaint_wish = models.BooleanField(_("有投诉意愿"), default=False)
    self_harm = models.BooleanField(_("有自伤言论"), default=False)
    callback_at = models.DateTimeField(_("回拨时间"), null=True, blank=True)
    said_org = models.BooleanField(_("已说明债权机构"), default=False)
    said_own_org = models.BooleanField(_("已说明本机构"), default=False)
    said_staff_no = models.BooleanField(_("已报工号"), default=False)
    recording_notice = models.BooleanField(_("已告知录音"), default=False)
    identity_factors = ArrayField(models.CharField(max_length=10, choices=IdentityFactor), default=list, blank=True)
    identity_confirmed_at = models.DateTimeField(_("核实身份"), null=True, blank=True)
    call_ref = models.CharField(max_length=64, blank=True)
    connected_at = models.DateTimeField(_("接通"), null=True, blank=True)
    recording_ref = models.CharField(_("录音编号"), max_length=128, blank=True)
    recording_hash = models.CharField(_("录音校验值"), max_length=64, blank=True)
    no_recording = models.BooleanField(_("无录音"), default=False)
    recording_finding = models.CharField(_("核查结论"), max_length=200, blank=True)
    recording_reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recording_reviewed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("催记详情")
        verbose_name_plural = _("催记详情")
        constraints = [
            models.CheckConstraint(
                condition=Q(recording_hash="") | Q(recording_hash__regex=r"^[0-9a-f]{64}$") & ~Q(recording_ref=""),
                name="detail_recording_hash_sha256",
            ),
            models.CheckConstraint(condition=Q(no_recording=False) | Q(recording_ref=""), name="detail_no_recording"),
            models.CheckConstraint(
                condition=Q(identity_confirmed_at__isnull=True) | Q(identity_factors__len__gte=FACTORS_NEEDED),
                name="detail_identity_by_two",
            ),
            models.UniqueConstraint(fields=["call_ref"], name="detail_call_ref_once", condition=~Q(call_ref="")),
        ]
        indexes = [
            models.Index(fields=["callback_at"], name="detail_callback_idx", condition=Q(callback_at__isnull=False)),
            models.Index(fields=["attempt"], name="detail_no_recording_idx", condition=Q(no_recording=True)),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"
