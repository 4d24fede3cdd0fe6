"""Overdue stage: a function of the days past due, never typed in, never stored as a decision.

M1 1-30, M2 31-60, M3 61-90, M4 91-120, M5 121-150, M6 151-180, M7+ over 180 (DESIGN section 2). Stage 0 stands for
"not overdue" (days 0 or less). The database computes the same in generated columns (`STAGE_SQL`); a test compares both.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

DAYS_IN_STAGE = 30
LAST_STAGE = 7

STAGE_SQL = "(CASE WHEN days_past_due <= 0 THEN 0 ELSE LEAST((days_past_due - 1) / 30 + 1, 7) END)"


class Stage(models.IntegerChoices):
    M0 = 0, _("未逾期")
    M1 = 1, "M1"
    M2 = 2, "M2"
    M3 = 3, "M3"
    M4 = 4, "M4"
    M5 = 5, "M5"
    M6 = 6, "M6"
    M7 = 7, "M7+"


OVERDUE_STAGES: tuple[Stage, ...] = tuple(s for s in Stage if s is not Stage.M0)


def stage_of(days_past_due: int) -> Stage:
    """The stage of a debt that is `days_past_due` calendar days past its oldest unpaid due date."""
    if days_past_due <= 0:
        return Stage.M0
    return Stage(min((days_past_due - 1) // DAYS_IN_STAGE + 1, LAST_STAGE))


def days_of(stage: Stage) -> tuple[int, int | None]:
    """First and last day of a stage; the last of M7+ is None."""
    if stage is Stage.M0:
        return (0, 0)
    first = (stage - 1) * DAYS_IN_STAGE + 1
    return (first, None if stage == LAST_STAGE else stage * DAYS_IN_STAGE)
