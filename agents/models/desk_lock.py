"""Who is working on a case at this moment, and which cases a person has put aside for a while."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class CaseLock(models.Model):
    """One person has one case open. It ends by itself at `expires_at` unless the open page renews it, so that nobody has to
    tidy up after a browser that was closed.

    One row a case: a lock that has run out is written over by the next person (agents/workbench/queue/lock.py). It goes with
    its case, which an import that is taken back deletes by sets: hence a key of the database's own (migration 0001).
    """

    case = models.OneToOneField(
        "cases.Case",
        on_delete=models.CASCADE,
        related_name="+",
        primary_key=True,
        db_constraint=False,
        verbose_name=_("案件"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("处理人")
    )
    taken_at = models.DateTimeField(_("开始"))
    expires_at = models.DateTimeField(_("到期"))

    class Meta:
        verbose_name = _("处理中的案件")
        verbose_name_plural = _("处理中的案件")
        constraints = [
            models.CheckConstraint(condition=Q(expires_at__gte=F("taken_at")), name="case_lock_ends_after_it_began")
        ]

    def __str__(self) -> str:
        return f"{self.case_id} {self.user_id}"


class CasePass(models.Model):
    """The person went on to the next case without a contact, or the gate said "not before": until `until` the case is not
    served to this person again. `allowed_at`: from when on the gate allows a call, if that was the reason."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False)
    case = models.ForeignKey("cases.Case", on_delete=models.CASCADE, related_name="+", db_constraint=False)
    until = models.DateTimeField(_("到期"))
    allowed_at = models.DateTimeField(_("可联系时间"), null=True, blank=True)

    class Meta:
        verbose_name = _("已跳过的案件")
        verbose_name_plural = _("已跳过的案件")
        # Begins with the person: it is the index by which a person's passes are found, too.
        constraints = [models.UniqueConstraint(fields=["user", "case"], name="case_pass_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.case_id}"
