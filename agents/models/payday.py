"""The day of the month on which a person is paid."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Payday(models.Model):
    """As the person told it; of a shorter month the last day stands for it. In the three days before, somebody is more
    likely to talk about money that is about to come (agents/workbench/best_hour.py)."""

    debtor = models.OneToOneField(
        "cases.Debtor", on_delete=models.CASCADE, primary_key=True, related_name="+", db_constraint=False
    )
    day = models.PositiveSmallIntegerField(_("每月发薪日"), validators=[MinValueValidator(1), MaxValueValidator(31)])
    told_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    told_at = models.DateTimeField(_("登记时间"))

    class Meta:
        verbose_name = _("发薪日")
        verbose_name_plural = _("发薪日")
        constraints = [models.CheckConstraint(condition=Q(day__gte=1, day__lte=31), name="payday_of_a_month")]

    def __str__(self) -> str:
        return f"{self.debtor_id} {self.day}"
