"""The points of the queue. Every number of the order stands here, and can be changed on the page of the weights.

A case has the points of its group, and of each factor those of the step it is on: how much is owed, the stage, days until it
rolls, days since the last contact, and so on. They are added; the highest sum is first.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from agents.models import QueueWeights


class Group(models.TextChoices):
    """In the order of the day. A case stands in the first that it belongs to."""

    PROMISE_DUE = "promise_due", _("承诺到期")
    CALLBACK = "callback", _("约定回拨")
    PROMISE_BROKEN = "promise_broken", _("承诺违约")
    ROLLING = "rolling", _("即将滚入下一阶段")
    FIRST = "first", _("首次联系")
    REST = "rest", _("其余")


GROUPS = tuple(Group)
AMOUNT_STEPS = (1_000, 5_000, 20_000, 50_000)
"""Yuan from which on the next step of the amount begins."""
QUIET_STEPS = (1, 3, 7, 14)
"""Days since the last contact from which on the next step begins; before the first, somebody called today."""
LEAST, MOST = -2000, 2000


@dataclass(frozen=True)
class Line:
    """One number of the table. `section` groups the lines on the page."""

    name: str
    label: Any
    default: int
    section: Any
    least: int = LEAST
    most: int = MOST


_GROUPS, _AMOUNT, _STAGE = _("分组"), _("金额"), _("逾期阶段")
_ROLL, _QUIET, _OTHER, _TIMES = _("滚动"), _("上次联系"), _("其他"), _("时限")

# Groups lie further apart than all factors of a fresh case together, so that the factors order within a group.
_GROUP_POINTS = {
    Group.PROMISE_DUE: 1000, Group.CALLBACK: 850, Group.PROMISE_BROKEN: 700,
    Group.ROLLING: 550, Group.FIRST: 400, Group.REST: 200,
}  # fmt: skip
# What is owed for long is seldom paid: the points of a stage follow the chance, not the age.
_STAGE_POINTS = (0, 20, 30, 25, 20, 15, 10, 5)

LINES: tuple[Line, ...] = (
    *(Line(f"group_{group.value}", group.label, points, _GROUPS) for group, points in _GROUP_POINTS.items()),
    Line("amount_0", _("1,000 元以下"), 0, _AMOUNT),
    Line("amount_1", _("1,000 元起"), 8, _AMOUNT),
    Line("amount_2", _("5,000 元起"), 16, _AMOUNT),
    Line("amount_3", _("20,000 元起"), 24, _AMOUNT),
    Line("amount_4", _("50,000 元起"), 32, _AMOUNT),
    Line("stage_0", _("未逾期"), _STAGE_POINTS[0], _STAGE),
    *(Line(f"stage_{n}", f"M{n}" if n < 7 else "M7+", _STAGE_POINTS[n], _STAGE) for n in range(1, 8)),
    Line("roll_1", _("明日滚入"), 45, _ROLL),
    Line("roll_2", _("2 天后滚入"), 30, _ROLL),
    Line("roll_3", _("3 天或更久后滚入"), 15, _ROLL),
    Line("quiet_0", _("今日已联系"), -600, _QUIET),
    Line("quiet_1", _("1 天起"), 0, _QUIET),
    Line("quiet_2", _("3 天起"), 8, _QUIET),
    Line("quiet_3", _("7 天起"), 16, _QUIET),
    Line("quiet_4", _("14 天起"), 24, _QUIET),
    Line("hour", _("正是此人最佳时段"), 40, _OTHER),
    Line("payday", _("发薪日前三天"), 30, _OTHER),
    Line("no_number", _("没有本人号码"), -800, _OTHER),
    Line("held", _("停催中"), -1600, _OTHER),
    Line("rolls_within", _("几天内滚动算即将滚入"), 3, _TIMES, 1, 10),
    Line("broken_within", _("违约几天内单列一组"), 7, _TIMES, 1, 60),
    Line("callback_lead", _("约定回拨提前几分钟进入"), 10, _TIMES, 0, 120),
)
BY_NAME = {line.name: line for line in LINES}


class WeightWrong(ValueError):
    """A value that the table does not take: `name` of the line."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


@dataclass(frozen=True)
class Weights:
    """One version of the table, all lines filled in. `version` is 0 for the defaults."""

    values: Mapping[str, int] = field(default_factory=lambda: {line.name: line.default for line in LINES})
    version: int = 0

    @classmethod
    def of(cls, values: Mapping[str, Any], version: int = 0) -> "Weights":
        """From what is stored or typed: unknown names are left out, missing ones have their default. Raises WeightWrong."""
        filled = {}
        for line in LINES:
            given = values.get(line.name, line.default)
            try:
                number = int(given)
            except (TypeError, ValueError) as wrong:
                raise WeightWrong(line.name) from wrong
            if not line.least <= number <= line.most:
                raise WeightWrong(line.name)
            filled[line.name] = number
        return cls(filled, version)

    def __getitem__(self, name: str) -> int:
        return self.values[name]

    @cached_property
    def groups(self) -> list[int]:
        return [self[f"group_{group.value}"] for group in GROUPS]

    @cached_property
    def amounts(self) -> list[int]:
        return [self[f"amount_{n}"] for n in range(len(AMOUNT_STEPS) + 1)]

    @cached_property
    def stages(self) -> list[int]:
        return [self[f"stage_{n}"] for n in range(8)]

    @cached_property
    def quiets(self) -> list[int]:
        return [self[f"quiet_{n}"] for n in range(len(QUIET_STEPS) + 1)]

    @cached_property
    def rolls(self) -> list[int]:
        return [self[f"roll_{n}"] for n in (1, 2, 3)]


def weights_in_force() -> Weights:
    """The newest version; a query."""
    newest = QueueWeights.objects.order_by("-pk").values_list("pk", "values").first()
    return Weights.of(newest[1], newest[0]) if newest else Weights()
