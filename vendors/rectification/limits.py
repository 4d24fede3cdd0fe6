"""The numbers by which rectifications are raised and chased, each changed on a day."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from collection_ops.core.dated_settings import Setting

_POLICY = _("内部政策：委外机构整改办法")


def _least(code: str, label: Any, default: int) -> Setting:
    return Setting(
        f"rectification.{code}_least", label=label, default=default, unit=_("件"), source=_POLICY, least=1, most=100
    )


CRITICAL_LEAST = _least("critical", _("当月红线违规达到多少件自动发起整改"), 1)
BREACHES_LEAST = _least("breaches", _("当月一般与严重违规达到多少件自动发起整改"), 3)
COMPLAINTS_LEAST = _least("complaints", _("当月属实投诉达到多少件自动发起整改"), 2)
LATE_LEAST = _least("late", _("当月迟交联系记录达到多少天自动发起整改"), 3)
PAPERS_LEAST = _least("papers", _("到期文件达到多少份自动发起整改"), 1)
GRADE_C = Setting(
    "rectification.grade_c",
    label=_("评分卡评为 C 也自动发起整改(D 总是发起)"),
    default=False,
    source=_POLICY,
)

ANSWER_DAYS = Setting(
    "rectification.answer_days",
    label=_("整改期限"),
    default=10,
    unit=_("个工作日"),
    source=_POLICY,
    least=1,
    most=60,
)
EXTENSIONS_MOST = Setting(
    "rectification.extensions_most",
    label=_("一项整改最多延期几次"),
    default=1,
    unit=_("次"),
    source=_POLICY,
    least=0,
    most=5,
)
EXTENSION_DAYS = Setting(
    "rectification.extension_days",
    label=_("整改每次延期最多几个工作日"),
    default=10,
    unit=_("个工作日"),
    source=_POLICY,
    least=1,
    most=60,
)
FAILURES_MOST = Setting(
    "rectification.failures_most",
    label=_("整改第几次不合格起停止委案"),
    default=2,
    unit=_("次"),
    source=_POLICY,
    least=1,
    most=5,
)
STOP_AFTER = Setting(
    "rectification.stop_after_days",
    label=_("整改逾期超过几天停止委案"),
    default=3,
    unit=_("天"),
    source=_POLICY,
    least=0,
    most=30,
)
