"""The numbers by which an agency's standing is judged, each with its source and changed on a day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting, values_on

PUBLISH = Setting(
    "agencies.publish_required",
    label=_("委案前须已对外公示机构"),
    default=True,
    source=_("CN-A-01：小额贷款公司监督管理暂行办法（名单制）"),
)
LOOKBACK = Setting(
    "agencies.lookback_years",
    label=_("违法违规催收记录的追溯年限"),
    default=3,
    source=_("CN-A-02：内部政策（法规未规定年限）"),
    unit=_("年"),
    least=1,
    most=20,
)
EVALUATION_AGE = Setting(
    "agencies.evaluation_max_days",
    label=_("机构评价的有效天数"),
    default=365,
    source=_("CN-A-03：GB/T 金融催收 5.4，每年至少一次"),
    unit=_("天"),
    least=30,
    most=365,
)
EVALUATION_WARN = Setting(
    "agencies.evaluation_warn_days",
    label=_("机构评价满多少天起提醒"),
    default=335,
    source=_("CN-A-03：满 11 个月提醒"),
    unit=_("天"),
    least=1,
    most=365,
)
BEFORE_END = Setting(
    "agencies.before_end_days",
    label=_("合同到期前多少天内须有到期前评价"),
    default=30,
    source=_("CN-A-03：GB/T 金融催收 5.4，到期前评价一次"),
    unit=_("天"),
    least=1,
    most=180,
)
ONSITE = Setting(
    "agencies.onsite_per_year",
    label=_("每年现场检查次数"),
    default=1,
    source=_("CN-A-03：内部政策"),
    unit=_("次"),
    least=0,
    most=12,
)
EXPIRY_WARN = Setting(
    "agencies.expiry_warn_days",
    label=_("机构文件与证书到期前多少天提醒"),
    default=30,
    source=_("内部管理"),
    unit=_("天"),
    least=1,
    most=180,
)
EXIT_DAYS = Setting(
    "agencies.exit_days",
    label=_("机构退出须在多少天内办结"),
    default=5,
    source=_("CN-A-07：内部政策（个人信息保护法第 21 条）"),
    unit=_("天"),
    least=1,
    most=60,
)
ALL = (PUBLISH, LOOKBACK, EVALUATION_AGE, EVALUATION_WARN, BEFORE_END, ONSITE, EXPIRY_WARN, EXIT_DAYS)


@dataclass(frozen=True)
class Limits:
    """The values in force on one day; days and years are calendar ones."""

    publish_required: bool = True
    lookback_years: int = 3
    evaluation_max_days: int = 365
    evaluation_warn_days: int = 335
    before_end_days: int = 30
    onsite_per_year: int = 1
    expiry_warn_days: int = 30
    exit_days: int = 5


def limits_on(day: date) -> Limits:
    """One query."""
    values: dict[str, Any] = values_on(day, ALL)
    return Limits(**{name.removeprefix("agencies."): value for name, value in values.items()})
