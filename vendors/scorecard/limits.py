"""The numbers by which months are judged and schemes are allowed, each with its source and changed on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting, values_on
from vendors.scorecard.criteria import Weights

_CN_A_04 = _("CN-A-04：信用卡办法 66、67（不得单一按回收金额考核）；数值为内部政策，只能从严")
RECOVERY_MOST = Setting(
    "scorecard.recovery_most", label=_("评分卡：回款与迁徙的权重上限"), default=70, source=_CN_A_04, unit=_("分"),
    least=0, most=70,
)  # fmt: skip
COMPLIANCE_LEAST = Setting(
    "scorecard.compliance_least", label=_("评分卡：合规的权重下限"), default=20, source=_CN_A_04, unit=_("分"),
    least=20, most=90,
)  # fmt: skip
COMPLAINTS_LEAST = Setting(
    "scorecard.complaints_least", label=_("评分卡：投诉的权重下限"), default=5, source=_CN_A_04, unit=_("分"),
    least=5, most=75,
)  # fmt: skip
VETO = Setting(
    "scorecard.veto_on_critical",
    label=_("评分卡：当月有红线违规即评为 D"),
    default=True,
    source=_("CN-A-04：红线违规一票否决；内部政策"),
)
LEAST_CASES = Setting(
    "scorecard.least_cases",
    label=_("评分卡：与预期比较的最少案件数"),
    default=30,
    source=_("样本太小时差异多为偶然，不排名"),
    unit=_("件"),
    least=1,
    most=10_000,
)
WIDEST = Setting(
    "scorecard.widest_percent",
    label=_("评分卡：95% 界限半宽超过预期的多少即无法区分"),
    default=50,
    source=_("少数大额回款使界限太宽时，差异多为偶然；内部政策"),
    unit="%",
    least=1,
    most=500,
)
STRATUM_LEAST = Setting(
    "scorecard.stratum_least",
    label=_("评分卡：一个分层的最少案件数，不足则合并"),
    default=50,
    source=_("全部机构合计；按产品、曾委外次数、金额、账龄、阶段的顺序合并"),
    unit=_("件"),
    least=1,
    most=100_000,
)
DISPERSION_LEAST = Setting(
    "scorecard.dispersion_least",
    label=_("评分卡：估计离散系数的最少机构数"),
    default=10,
    source=_("机构太少时离散系数会掩盖真实差异，不足则取 1"),
    unit=_("家"),
    least=5,
    most=1_000,
)
SHARE_CHANGE = Setting(
    "scorecard.share_change_most",
    label=_("评分卡：委案份额每月最多变动"),
    default=5,
    source=_("内部政策：份额逐月调整，避免大起大落"),
    unit=_("个百分点"),
    least=0,
    most=100,
)
JUDGING = (VETO, LEAST_CASES, WIDEST, STRATUM_LEAST, DISPERSION_LEAST, SHARE_CHANGE)
WEIGHTS = (RECOVERY_MOST, COMPLIANCE_LEAST, COMPLAINTS_LEAST)


@dataclass(frozen=True)
class Limits:
    """The values in force on one day, by the names of their settings."""

    veto_on_critical: bool = True
    least_cases: int = 30
    widest_percent: int = 50
    stratum_least: int = 50
    dispersion_least: int = 10
    share_change_most: int = 5


def limits_on(day: date) -> Limits:
    """One query."""
    return Limits(**_named(values_on(day, JUDGING)))


def weights_on(day: date) -> Weights:
    """One query."""
    return Weights(**_named(values_on(day, WEIGHTS)))


def _named(values: dict[str, Any]) -> dict[str, Any]:
    return {name.removeprefix("scorecard."): value for name, value in values.items()}
