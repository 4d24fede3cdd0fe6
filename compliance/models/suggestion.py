"""Problems and suggestions of the staff (问题与建议): filed, given to an owner, answered, judged by whoever filed them."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from collection_ops.core import clock
from collection_ops.core.access import has
from collection_ops.core.fields import EncryptedTextField
from compliance.models.step import Step

if TYPE_CHECKING:
    from collection_ops.core.models import User


class SuggestionArea(models.TextChoices):
    SYSTEM = "system", _("系统")
    PROCESS = "process", _("流程")
    DEBTOR = "debtor", _("客户")
    AGENCY = "agency", _("委外")
    WORDS = "words", _("话术")
    OTHER = "other", _("其他")


class Urgency(models.TextChoices):
    NORMAL = "normal", _("一般")
    URGENT = "urgent", _("紧急")


class SuggestionState(models.TextChoices):
    OPEN = "open", _("待答复")
    ACCEPTED = "accepted", _("已采纳，待落实")
    DONE = "done", _("已完成")
    DECLINED = "declined", pgettext_lazy("state", "不采纳")
    DUPLICATE = "duplicate", _("重复")


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    """Suggestions as somebody may see them: colleagues read each other's, except those that name a case."""

    def for_user(self, user: "User") -> Self:
        if not getattr(user, "is_authenticated", False):
            return self.none()
        if has(user, "suggestions.manage"):
            return self
        involved = Q(filed_by=user) | Q(owner=user)
        return self.filter(involved | Q(case__isnull=True)) if user.roles else self.filter(involved)

    def to_do_for(self, user: "User") -> Self:
        """Waiting for this person's answer, or for what they promised."""
        return self.filter(owner=user, state__in=[SuggestionState.OPEN, SuggestionState.ACCEPTED])


class SuggestionOwner(models.Model):
    """Who answers suggestions of an area. Without a line everybody does who may (`suggestions.manage`)."""

    area = models.CharField(_("领域"), max_length=8, choices=SuggestionArea)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("负责人")
    )

    class Meta:
        verbose_name = _("建议负责人")
        verbose_name_plural = _("建议负责人")
        constraints = [models.UniqueConstraint(fields=["area"], name="suggestion_owner_once")]

    def __str__(self) -> str:
        return f"{self.area} {self.user_id}"


class Suggestion(models.Model):
    """One problem or suggestion. `promised_on`: by when an accepted one will be done. `answered_at`: the first answer, which
    the days to an answer are counted by; it stays when the filer is not content and it is open again. `satisfied`: what the
    filer says of the current answer, nothing until then. `reminded`: how far its owner was reminded of the current step."""

    area = models.CharField(_("领域"), max_length=8, choices=SuggestionArea)
    urgency = models.CharField(_("紧急程度"), max_length=8, choices=Urgency, default=Urgency.NORMAL)
    text = EncryptedTextField(_("内容"))
    case = models.ForeignKey(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("案件")
    )
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("提出人")
    )
    filed_at = models.DateTimeField(_("提出时间"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("负责人"),
    )
    state = models.CharField(_("状态"), max_length=10, choices=SuggestionState, default=SuggestionState.OPEN)
    answer = models.TextField(_("答复"), blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    answered_at = models.DateTimeField(_("首次答复时间"), null=True, blank=True)
    promised_on = models.DateField(_("落实日期"), null=True, blank=True)
    satisfied = models.BooleanField(_("提出人满意"), null=True, blank=True)
    duplicate_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="duplicates", verbose_name=_("重复于")
    )
    reminded = models.PositiveSmallIntegerField(default=0)

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("问题与建议")
        verbose_name_plural = _("问题与建议")
        constraints = [
            models.CheckConstraint(
                name="suggestion_answered_in_words",
                condition=Q(state__in=["open", "duplicate"])
                | Q(answered_at__isnull=False, answered_by__isnull=False) & ~Q(answer=""),
            ),
            models.CheckConstraint(
                name="suggestion_accepted_with_day", condition=~Q(state="accepted") | Q(promised_on__isnull=False)
            ),
            models.CheckConstraint(
                name="suggestion_duplicate_of_another",
                condition=Q(state="duplicate", duplicate_of__isnull=False) & ~Q(duplicate_of=F("pk"))
                | ~Q(state="duplicate") & Q(duplicate_of__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["filed_at"], name="suggestion_filed_idx"),
            models.Index(fields=["owner"], name="suggestion_waiting_idx", condition=Q(state__in=["open", "accepted"])),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"JY{clock.business_date(self.filed_at):%Y%m%d}-{self.pk}"


class SuggestionStep(Step):
    """What became of a suggestion. Kinds have their labels in `suggestions/texts.py`."""

    suggestion = models.ForeignKey(
        Suggestion, on_delete=models.PROTECT, related_name="steps", db_index=False, verbose_name=_("问题与建议")
    )

    class Meta:
        verbose_name = _("建议步骤")
        verbose_name_plural = _("建议步骤")
        indexes = [models.Index(fields=["suggestion", "at"], name="suggestion_step_idx")]

    def __str__(self) -> str:
        return f"{self.suggestion_id} {self.kind}"


class SuggestionSupport(models.Model):
    """A colleague who has the same problem."""

    suggestion = models.ForeignKey(
        Suggestion, on_delete=models.PROTECT, related_name="supports", db_index=False, verbose_name=_("问题与建议")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("附议人")
    )
    at = models.DateTimeField(_("附议时间"))

    class Meta:
        verbose_name = _("附议")
        verbose_name_plural = _("附议")
        constraints = [models.UniqueConstraint(fields=["suggestion", "user"], name="suggestion_support_once")]

    def __str__(self) -> str:
        return f"{self.suggestion_id} {self.user_id}"
