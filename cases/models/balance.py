"""What a source says a debt is on one day: the columns that a position and a case's latest position share."""

from django.db import models
from django.db.models import F, Value
from django.db.models.functions import Least
from django.utils.translation import gettext_lazy as _

# The same rule as cases/stage.py, computed by the database: nobody can type a stage in.
STAGE_EXPRESSION = models.Case(
    models.When(days_past_due__lte=0, then=Value(0)),
    default=Least((F("days_past_due") - Value(1)) / Value(30) + Value(1), Value(7)),
    output_field=models.SmallIntegerField(),
)


class Balance(models.Model):
    """Days past due with the stage they give, and the debt by part, in yuan."""

    days_past_due = models.IntegerField(_("逾期天数"))
    stage = models.GeneratedField(
        expression=STAGE_EXPRESSION,
        output_field=models.SmallIntegerField(),
        db_persist=True,
        verbose_name=_("逾期阶段"),
    )
    due_date = models.DateField(_("应还日期"), null=True, blank=True)
    principal = models.DecimalField(_("本金"), max_digits=14, decimal_places=2)
    interest = models.DecimalField(_("利息"), max_digits=14, decimal_places=2)
    penalty = models.DecimalField(_("违约金"), max_digits=14, decimal_places=2)
    fees = models.DecimalField(_("费用"), max_digits=14, decimal_places=2)
    total = models.DecimalField(_("逾期总额"), max_digits=14, decimal_places=2)

    class Meta:
        abstract = True
