"""What a source said about a case on one business date."""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models.balance import Balance
from cases.models.case import Case


class Position(Balance):
    """Base of roll rates, recovery denominators and vintage curves. Written by imports only, never edited.

    Two dates: `as_of` is the day it is true for, `recorded_at` the moment we learned it. A corrected file for the same
    day adds rows of another run; readers take the newest that was known at their moment. Partitioned by month of `as_of`
    in PostgreSQL (migration 0003), one partition made ahead of each import.
    """

    pk = models.CompositePrimaryKey("case_id", "as_of", "run_id")
    case = models.ForeignKey(
        Case,
        on_delete=models.DO_NOTHING,
        related_name="positions",
        db_index=False,
        db_constraint=False,  # kept by a trigger, see cases/models/keys.py
    )
    as_of = models.DateField(_("数据日期"))
    run = models.ForeignKey(
        "cases.ImportRun",
        on_delete=models.DO_NOTHING,
        related_name="positions",
        db_index=False,
        db_constraint=False,  # kept by a trigger, see cases/models/keys.py
    )
    row = models.BigIntegerField(help_text=_("导入行编号"))
    recorded_at = models.DateTimeField(_("入账时间"), db_default=Now())

    class Meta:
        verbose_name = _("逐日头寸")
        verbose_name_plural = _("逐日头寸")

    def __str__(self) -> str:
        return f"{self.case_id} {self.as_of}"
